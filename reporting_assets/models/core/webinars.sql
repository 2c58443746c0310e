-- Webinars, with the counts that the sources give of registrations. Where nothing is known of any, that is NULL: a
-- webinar may need none, and the lists that would tell may not have been fetched.
WITH
webinars AS (
    SELECT * FROM core.meetings WHERE dt = $first_date AND is_webinar
),
sessions AS NOT MATERIALIZED (
    SELECT * FROM core.participant_sessions WHERE dt = $first_date AND is_webinar
),
zoom_absentees AS (
    SELECT
        'zoom' AS platform,
        webinar_uuid AS meeting_uuid,
        coalesce(nullif(trim(registrant_id), ''), text_key(email)) AS registration,
        coalesce(registration_status = 'approved', TRUE) AS is_approved
    FROM zoom.webinar_absentees
    WHERE dt = $first_date
),
joined AS (
    SELECT
        platform,
        meeting_uuid,
        count(DISTINCT registrant_id) AS registrations,
        count(DISTINCT person_key) FILTER (WHERE is_registered) AS registered_people,
        -- Nobody known as a panelist or as none: unknown.
        CASE
            WHEN count(is_panelist) > 0
                THEN count(DISTINCT person_key) FILTER (WHERE is_panelist AND NOT is_waiting_room)
        END AS panelists
    FROM sessions
    GROUP BY platform, meeting_uuid
),
absent AS (
    SELECT
        zoom_absentees.platform,
        zoom_absentees.meeting_uuid,
        count(*) AS listed,
        count(DISTINCT zoom_absentees.registration) FILTER (WHERE is_approved AND sessions.registrant_id IS NULL)
            AS registrations
    FROM zoom_absentees
    LEFT JOIN (SELECT DISTINCT platform, meeting_uuid, registrant_id FROM sessions) AS sessions
        ON sessions.platform = zoom_absentees.platform
        AND sessions.meeting_uuid = zoom_absentees.meeting_uuid
        AND sessions.registrant_id = zoom_absentees.registration
    GROUP BY zoom_absentees.platform, zoom_absentees.meeting_uuid
),
fetched AS (
    SELECT count(*) > 0 AS has_absentees FROM zoom_absentees
),
zoom_registrations AS (
    SELECT
        platform,
        meeting_uuid,
        coalesce(joined.registrations, 0) AS registrants_joined,
        -- None absent, where absentees of the day are known at all.
        coalesce(absent.registrations, CASE WHEN fetched.has_absentees THEN 0 END) AS registrants_absent,
        registrants_joined + registrants_absent AS registrants,
        absent.listed AS vendor_absentees
    FROM webinars
    CROSS JOIN fetched
    LEFT JOIN joined USING (platform, meeting_uuid)
    LEFT JOIN absent USING (platform, meeting_uuid)
    WHERE platform = 'zoom' AND (joined.registrations > 0 OR absent.listed > 0)
),
webex_registrations AS (
    SELECT
        webinars.platform,
        webinars.meeting_uuid,
        usage.invitees,
        CASE WHEN usage.registrants > 0 OR joined.registered_people > 0 THEN coalesce(joined.registered_people, 0) END
            AS registrants_joined,
        CASE WHEN registrants_joined IS NOT NULL THEN usage.registrants END AS registrants,
        -- Its count may be of fewer than joined.
        CASE WHEN registrants >= registrants_joined THEN registrants - registrants_joined END AS registrants_absent
    FROM webinars
    INNER JOIN webex.meeting_usage AS usage
        ON usage.dt = $first_date AND usage.meeting_instance_id = webinars.meeting_uuid
    LEFT JOIN joined ON joined.platform = webinars.platform AND joined.meeting_uuid = webinars.meeting_uuid
    WHERE webinars.platform = 'webex'
),
registrations AS (
    FROM zoom_registrations
    UNION ALL BY NAME
    FROM webex_registrations
)
SELECT
    webinars.platform,
    webinars.meeting_uuid,
    webinars.meeting_number,
    webinars.logical_meeting_key,
    webinars.topic,
    webinars.host_key,
    webinars.host_department,
    webinars.scheduled_at,
    webinars.started_at,
    webinars.ended_at,
    webinars.start_local_date,
    webinars.start_local_hour,
    webinars.actual_seconds,
    webinars.is_final,
    joined.meeting_uuid IS NOT NULL AS has_participant_rows,
    CASE WHEN registrations.registrants_joined IS NOT NULL THEN TRUE END AS has_registration,
    registrations.registrants,
    registrations.registrants_joined,
    registrations.registrants_absent,
    registrations.vendor_absentees,
    registrations.invitees,
    joined.panelists,
    webinars.vendor_participant_joins,
    webinars.vendor_person_minutes,
    webinars.has_recording,
    webinars.has_chat,
    webinars.has_poll,
    webinars.has_qa,
    webinars.has_survey
FROM webinars
LEFT JOIN joined USING (platform, meeting_uuid)
LEFT JOIN registrations USING (platform, meeting_uuid)
