-- Who was behind each session with samples, from which site, and how Zoom labelled it. Facts of a session are repeated in
-- all its rows, so its first sample tells them.
WITH
first_samples AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        zoom_session_key(session_user_id, participant_uuid, joined_at) AS session_key,
        meeting_started_at,
        user_id,
        email,
        display_name,
        joined_at,
        left_at,
        device_type,
        network_type,
        location,
        list_prepend(ip_address, list_transform(internal_ip_addresses, lambda inner_one: inner_one.address)) AS addresses
    FROM zoom.meeting_qos
    WHERE dt = $first_date AND sample_index = 0
    UNION ALL
    SELECT
        'zoom' AS platform,
        webinar_uuid AS meeting_uuid,
        zoom_session_key(session_user_id, participant_uuid, joined_at) AS session_key,
        webinar_started_at AS meeting_started_at,
        user_id,
        email,
        display_name,
        joined_at,
        left_at,
        device_type,
        network_type,
        location,
        list_prepend(ip_address, list_transform(internal_ip_addresses, lambda inner_one: inner_one.address)) AS addresses
    FROM zoom.webinar_qos
    WHERE dt = $first_date AND sample_index = 0
    UNION ALL
    SELECT
        'webex' AS platform,
        meeting_instance_id AS meeting_uuid,
        CAST(session_place AS VARCHAR) AS session_key,
        meeting_started_at,
        NULL AS user_id,  -- what Webex tells is an id within the meeting, not of the person
        user_email AS email,
        user_name AS display_name,
        joined_at,
        left_at,
        client_type AS device_type,
        network_type,
        NULL AS location,
        [public_ip, local_ip] AS addresses
    FROM webex.meeting_qualities
    WHERE dt = $first_date AND sample_index = 0 AND stream IN ('audio', 'video', 'share')
),
sessions AS (
    SELECT
        platform,
        meeting_uuid,
        session_key,
        any_value(meeting_started_at) AS meeting_started_at,
        min(nullif(trim(user_id), '')) AS user_id,
        min(text_key(email)) AS email,
        min(text_key(display_name)) AS name_key,
        min(joined_at) AS joined_at,
        max(left_at) AS left_at,
        min(device_type) AS device_type,
        min(lower(network_type)) AS network_type,
        min(location) AS location,
        min(addresses) AS addresses
    FROM first_samples
    GROUP BY platform, meeting_uuid, session_key
),
-- By which of its keys core knows a person of the meeting. Names count only for those of whom nothing else is known.
persons AS (
    SELECT
        platform,
        meeting_uuid,
        identity,
        min(person_key) AS person_key,
        min_by(identity_confidence, person_key) AS identity_confidence,
        bool_or(is_internal) AS is_internal
    FROM (
        SELECT
            platform,
            meeting_uuid,
            person_key,
            identity_confidence,
            is_internal,
            unnest(
                [
                    'u:' || user_id,
                    'e:' || email,
                    CASE WHEN identity_confidence = 'weak' THEN 'n:' || text_key(display_name) END
                ]
            ) AS identity
        FROM core.participant_sessions
        WHERE dt = $first_date
    )
    WHERE identity IS NOT NULL
    GROUP BY platform, meeting_uuid, identity
),
site_rules AS (
    SELECT
        place,
        trim(split_part(part, '=', 1)) AS site,
        trim(substr(part, position('=' IN part) + 1)) AS rule
    FROM (SELECT unnest(parts) AS part, generate_subscripts(parts, 1) AS place FROM (SELECT string_split($sites, ';') AS parts))
    WHERE contains(part, '=')
),
ruled AS (
    SELECT platform, meeting_uuid, session_key, min_by(site, place) AS site
    FROM (SELECT platform, meeting_uuid, session_key, location, unnest(addresses) AS address FROM sessions)
    INNER JOIN site_rules ON fits_site(rule, address, location)
    GROUP BY platform, meeting_uuid, session_key
),
labels AS (
    SELECT
        meeting_uuid,
        session_user_id,
        participant_uuid,
        joined_at,
        audio_quality,
        video_quality,
        screen_share_quality
    FROM zoom.meeting_participant_metrics
    WHERE dt = $first_date
    UNION ALL
    SELECT
        webinar_uuid AS meeting_uuid,
        session_user_id,
        participant_uuid,
        joined_at,
        audio_quality,
        video_quality,
        screen_share_quality
    FROM zoom.webinar_participant_metrics
    WHERE dt = $first_date
),
labelled AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        zoom_session_key(session_user_id, participant_uuid, joined_at) AS session_key,
        max(lower(audio_quality)) AS zoom_audio_label,
        max(lower(video_quality)) AS zoom_video_label,
        max(lower(screen_share_quality)) AS zoom_screen_share_label
    FROM labels
    GROUP BY ALL
)
SELECT
    sessions.platform,
    sessions.meeting_uuid,
    sessions.session_key,
    sessions.meeting_started_at,
    coalesce(
        by_user.person_key,
        by_email.person_key,
        by_name.person_key,
        'u:' || sessions.user_id,
        'e:' || sessions.email,
        's:' || md5(concat_ws(chr(31), sessions.meeting_uuid, sessions.session_key))
    ) AS person_key,
    coalesce(
        by_user.identity_confidence,
        by_email.identity_confidence,
        by_name.identity_confidence,
        CASE WHEN sessions.user_id IS NOT NULL OR sessions.email IS NOT NULL THEN 'strong' ELSE 'none' END
    ) AS identity_confidence,
    CASE
        WHEN sessions.platform = 'zoom' THEN coalesce(
            by_user.is_internal, by_email.is_internal, by_name.is_internal, sessions.user_id IS NOT NULL
        )
    END AS is_internal,
    sessions.joined_at,
    sessions.left_at,
    sessions.device_type,
    sessions.network_type,
    coalesce(ruled.site, sessions.location, 'unknown') AS site,
    CASE
        WHEN ruled.site IS NOT NULL THEN 'rule'
        WHEN sessions.location IS NOT NULL THEN 'location'
        ELSE 'unknown'
    END AS site_source,
    labelled.zoom_audio_label,
    labelled.zoom_video_label,
    labelled.zoom_screen_share_label
FROM sessions
LEFT JOIN ruled USING (platform, meeting_uuid, session_key)
LEFT JOIN labelled USING (platform, meeting_uuid, session_key)
LEFT JOIN persons AS by_user
    ON by_user.platform = sessions.platform
    AND by_user.meeting_uuid = sessions.meeting_uuid
    AND by_user.identity = 'u:' || sessions.user_id
LEFT JOIN persons AS by_email
    ON by_email.platform = sessions.platform
    AND by_email.meeting_uuid = sessions.meeting_uuid
    AND by_email.identity = 'e:' || sessions.email
LEFT JOIN persons AS by_name
    ON by_name.platform = sessions.platform
    AND by_name.meeting_uuid = sessions.meeting_uuid
    AND by_name.identity = 'n:' || sessions.name_key
    AND sessions.user_id IS NULL
    AND sessions.email IS NULL
