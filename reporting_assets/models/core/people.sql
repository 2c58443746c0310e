-- Who was seen in the month. Strong keys link rows across all of its meetings; names and single joins stand for somebody
-- within one instance only, as they do in core.participant_sessions.
WITH
sessions AS NOT MATERIALIZED (
    SELECT * FROM core.participant_sessions WHERE dt BETWEEN $first_date AND $last_date
),
meetings AS NOT MATERIALIZED (
    SELECT * FROM core.meetings WHERE dt BETWEEN $first_date AND $last_date
),
users AS (
    -- The latest snapshot of the month.
    SELECT nullif(trim(user_id), '') AS user_id, text_key(email) AS email, department, display_name
    FROM zoom.users
    WHERE dt BETWEEN $first_date AND $last_date
    QUALIFY dt = max(dt) OVER ()
),
keys_together AS (
    SELECT DISTINCT platform, user_id, registrant_id, email
    FROM sessions
    WHERE identity_confidence = 'strong'
    UNION
    SELECT DISTINCT platform, host_user_id AS user_id, NULL AS registrant_id, host_email AS email
    FROM meetings
    UNION
    SELECT 'zoom' AS platform, user_id, NULL AS registrant_id, email
    FROM users
),
keyed_rows AS (
    SELECT
        platform AS scope,
        list_filter(
            ['1u:' || user_id, '2r:' || registrant_id, '3e:' || email], lambda strong_key: strong_key IS NOT NULL
        ) AS strong_keys
    FROM keys_together
),
persons AS (
    SELECT scope AS platform, substr(strong_key, 2) AS known_key, substr(person, 2) AS person_key
    FROM persons_by_key('keyed_rows')
),
seen_keys AS (
    SELECT DISTINCT platform, person_key AS known_key FROM sessions
    UNION
    SELECT DISTINCT platform, host_key AS known_key FROM meetings WHERE host_key IS NOT NULL
),
names AS (
    -- Keys under which somebody was seen, and the person they lead to.
    SELECT seen_keys.platform, seen_keys.known_key, coalesce(persons.person_key, seen_keys.known_key) AS person_key
    FROM seen_keys
    LEFT JOIN persons USING (platform, known_key)
),
joins AS NOT MATERIALIZED (
    SELECT sessions.* EXCLUDE (person_key), names.person_key
    FROM sessions
    INNER JOIN names ON names.platform = sessions.platform AND names.known_key = sessions.person_key
),
stays AS (
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        person_key AS member,
        joined_at AS begins_at,
        stayed_until_at AS ends_at
    FROM joins
    WHERE NOT is_waiting_room
),
presences AS (
    SELECT scope.platform AS platform, member AS person_key, sum(seconds_between(begins_at, ends_at)) AS attended_seconds
    FROM merged_spans('stays', INTERVAL 0 SECOND)
    GROUP BY scope.platform, member
),
joined AS (
    SELECT
        platform,
        person_key,
        min(user_id) AS user_id,
        min(email) AS email,
        max_by(display_name, (joined_at, session_key)) AS display_name,
        bool_or(is_internal) AS is_internal,
        min(joined_at) AS first_seen_at,
        max(greatest(joined_at, stayed_until_at)) AS last_seen_at,
        count(DISTINCT meeting_uuid) FILTER (WHERE NOT is_waiting_room AND NOT is_webinar) AS meetings_attended,
        count(DISTINCT meeting_uuid) FILTER (WHERE NOT is_waiting_room AND is_webinar) AS webinars_attended,
        count(*) FILTER (WHERE NOT is_waiting_room) AS join_count
    FROM joins
    GROUP BY platform, person_key
),
hosting AS (
    SELECT meetings.* EXCLUDE (host_key), names.person_key
    FROM meetings
    INNER JOIN names ON names.platform = meetings.platform AND names.known_key = meetings.host_key
),
hosted AS (
    SELECT
        platform,
        person_key,
        min(host_user_id) AS user_id,
        min(host_email) AS email,
        max_by(host_name, (started_at, meeting_uuid)) AS display_name,
        max_by(host_department, (started_at, meeting_uuid)) AS department,
        min(started_at) AS first_seen_at,
        max(started_at) AS last_seen_at,
        count(*) FILTER (WHERE NOT is_webinar) AS meetings_hosted,
        count(*) FILTER (WHERE is_webinar) AS webinars_hosted
    FROM hosting
    GROUP BY platform, person_key
),
days AS (
    SELECT platform, person_key, count(DISTINCT start_local_date) AS days_active
    FROM (
        SELECT joins.platform, joins.person_key, meetings.start_local_date
        FROM joins
        INNER JOIN meetings USING (platform, meeting_uuid)
        WHERE NOT joins.is_waiting_room
        UNION
        SELECT platform, person_key, start_local_date FROM hosting
    )
    GROUP BY platform, person_key
),
known_keys AS (
    SELECT
        platform,
        person_key,
        list(struct_pack(person_key := known_key) ORDER BY known_key) AS known_keys
    FROM names
    GROUP BY platform, person_key
),
account_users AS (
    -- By id, and where only an address was seen, as on Webex, by that.
    SELECT 'u:' || user_id AS key, user_id, email, department, display_name FROM users WHERE user_id IS NOT NULL
    UNION ALL
    SELECT 'e:' || email AS key, user_id, email, department, display_name FROM users WHERE email IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY email ORDER BY user_id NULLS LAST) = 1
)
SELECT
    known_keys.platform,
    known_keys.person_key,
    CASE known_keys.person_key[1]
        WHEN 'u' THEN 'user_id'
        WHEN 'r' THEN 'registrant'
        WHEN 'e' THEN 'email'
        WHEN 'n' THEN 'name'
        ELSE 'session'
    END AS identity_method,
    CASE
        WHEN known_keys.person_key[1] IN ('u', 'r', 'e') THEN 'strong'
        WHEN known_keys.person_key[1] = 'n' THEN 'weak'
        ELSE 'none'
    END AS identity_confidence,
    known_keys.known_keys,
    CASE WHEN known_keys.platform = 'zoom' THEN coalesce(users.user_id, joined.user_id, hosted.user_id) END AS user_id,
    coalesce(users.email, joined.email, hosted.email) AS email,
    coalesce(joined.display_name, hosted.display_name, users.display_name) AS display_name,
    coalesce(users.department, hosted.department) AS department,
    CASE
        WHEN users.key IS NOT NULL OR hosted.person_key IS NOT NULL OR joined.is_internal THEN TRUE
        WHEN known_keys.platform = 'zoom' THEN FALSE
    END AS is_internal,
    least(joined.first_seen_at, hosted.first_seen_at) AS first_seen_at,
    greatest(joined.last_seen_at, hosted.last_seen_at) AS last_seen_at,
    coalesce(joined.meetings_attended, 0) AS meetings_attended,
    coalesce(joined.webinars_attended, 0) AS webinars_attended,
    coalesce(hosted.meetings_hosted, 0) AS meetings_hosted,
    coalesce(hosted.webinars_hosted, 0) AS webinars_hosted,
    coalesce(joined.join_count, 0) AS join_count,
    coalesce(presences.attended_seconds, 0) AS attended_seconds,
    coalesce(days.days_active, 0) AS days_active
FROM known_keys
LEFT JOIN joined USING (platform, person_key)
LEFT JOIN hosted USING (platform, person_key)
LEFT JOIN presences USING (platform, person_key)
LEFT JOIN days USING (platform, person_key)
LEFT JOIN account_users AS users ON users.key = known_keys.person_key
