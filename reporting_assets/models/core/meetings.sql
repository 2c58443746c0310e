-- Instances of meetings and webinars, with the logical meeting each belongs to: a host who drops starts a new instance
-- of one meeting.
WITH
listed AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        meeting_number,
        CASE
            WHEN meeting_type = 1 THEN 'instant'
            WHEN meeting_type = 2 THEN 'scheduled'
            WHEN meeting_type IN (3, 8) THEN 'recurring'
            WHEN meeting_type = 4 THEN 'personal_room'
            ELSE 'unclassified'
        END AS kind,
        topic,
        nullif(trim(host_user_id), '') AS host_user_id,
        text_key(host_email) AS host_email,
        host_name,
        host_department,
        scheduled_at,
        started_at,
        ended_at,
        listing = 'pastOne' AS is_solo,
        vendor_participant_joins,
        vendor_person_minutes,
        has_recording,
        has_screen_share,
        has_external_participant,
        has_video,
        has_voip,
        has_pstn,
        has_sip,
        has_chat,
        has_poll,
        has_qa,
        has_survey,
        _ingested_at
    FROM zoom.meetings
    WHERE
        dt BETWEEN $first_date - 1 AND $last_date
        -- Webinars stand among the meetings in a host's list, and in a table of their own.
        AND coalesce(meeting_type NOT IN (5, 6, 9), TRUE)
    UNION ALL BY NAME
    SELECT
        'zoom' AS platform,
        webinar_uuid AS meeting_uuid,
        webinar_number AS meeting_number,
        'webinar' AS kind,
        topic,
        nullif(trim(host_user_id), '') AS host_user_id,
        text_key(host_email) AS host_email,
        host_name,
        host_department,
        scheduled_at,
        started_at,
        ended_at,
        vendor_participant_joins,
        vendor_person_minutes,
        has_recording,
        has_screen_share,
        has_external_participant,
        has_video,
        has_voip,
        has_pstn,
        has_sip,
        has_chat,
        has_poll,
        has_survey,
        _ingested_at
    FROM zoom.webinars
    WHERE dt BETWEEN $first_date - 1 AND $last_date
    UNION ALL BY NAME
    SELECT
        'webex' AS platform,
        meeting_instance_id AS meeting_uuid,
        meeting_number,
        CASE
            WHEN service_type = 'EventCenter' OR scheduled_type = 'webinar' THEN 'webinar'
            WHEN service_type = 'TrainingCenter' THEN 'training'
            WHEN service_type = 'SupportCenter' THEN 'support'
            ELSE 'unclassified'
        END AS kind,
        site_url,
        topic,
        text_key(host_email) AS host_email,
        host_name,
        started_at,
        ended_at,
        vendor_participants = 1 AS is_solo,
        vendor_participants AS vendor_participant_joins,
        vendor_person_minutes,
        vendor_peak_attendees,
        voip_participants > 0 AS has_voip,
        -- Unknown only where neither count says yes and one of them is missing.
        call_in_participants > 0 OR call_out_participants > 0 AS has_pstn,
        _ingested_at
    FROM webex.meeting_usage
    WHERE dt BETWEEN $first_date - 1 AND $last_date
),
instances AS (
    SELECT
        * EXCLUDE (_ingested_at),
        kind = 'webinar' AS is_webinar,
        coalesce('u:' || host_user_id, 'e:' || host_email) AS host_key,
        CAST(NULL AS TIMESTAMPTZ) AS scheduled_end_at,
        CAST(timezone($report_timezone, started_at) AS DATE) AS start_local_date,
        hour(timezone($report_timezone, started_at)) AS start_local_hour,
        CASE
            WHEN ended_at IS NOT NULL THEN ended_at
            WHEN _ingested_at <= started_at + to_seconds($longest_meeting_seconds) THEN _ingested_at
        END AS observed_until_at,
        CASE WHEN ended_at >= started_at THEN seconds_between(started_at, ended_at) END AS actual_seconds,
        ended_at IS NOT NULL AS is_final
    FROM listed
),
continuations AS (
    -- The latest end known so far, not only the previous row's; where none is known, nothing is joined.
    SELECT
        *,
        coalesce(
            started_at <= to_seconds($stitch_gap_seconds) + max(ended_at) OVER (
                PARTITION BY platform, coalesce(meeting_number, meeting_uuid)
                ORDER BY started_at, meeting_uuid
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            FALSE
        ) AS is_continuation
    FROM instances
),
chains AS (
    SELECT
        *,
        count(*) FILTER (WHERE NOT is_continuation) OVER (
            PARTITION BY platform, coalesce(meeting_number, meeting_uuid)
            ORDER BY started_at, meeting_uuid
            ROWS UNBOUNDED PRECEDING
        ) AS chain
    FROM continuations
),
stitched AS (
    SELECT
        *,
        first_value(meeting_uuid) OVER (
            PARTITION BY platform, coalesce(meeting_number, meeting_uuid), chain
            ORDER BY started_at, meeting_uuid
        ) AS logical_meeting_key
    FROM chains
)
SELECT * EXCLUDE (is_continuation, chain)
FROM stitched
WHERE started_at >= $partition_start AND started_at < $partition_end
