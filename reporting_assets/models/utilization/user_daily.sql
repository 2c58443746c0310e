-- Who of the account was active on the local date, and how. Attending counts by the time spent on the date, hosting by
-- the date the meeting started on.
WITH
users AS (
    SELECT * FROM zoom.users WHERE dt = $first_date
),
user_ids AS (
    FROM users_by_email('users')
),
bounds AS (
    SELECT
        local_date_of($first_date, $report_timezone) AS local_date,
        midnight_of(local_date, $report_timezone) AS from_at,
        midnight_of(local_date + 1, $report_timezone) AS to_at
),
people AS (
    -- Each join's user. An id whom the vendor calls external is none of the account's.
    SELECT
        sessions.platform,
        sessions.meeting_uuid,
        CASE
            WHEN sessions.person_key[1] = 'u' AND sessions.is_internal IS DISTINCT FROM FALSE THEN sessions.person_key
            ELSE 'u:' || user_ids.user_id
        END AS user_key,
        sessions.joined_at AS begins_at,
        sessions.stayed_until_at AS ends_at
    FROM core.participant_sessions AS sessions
    LEFT JOIN user_ids ON sessions.person_key = 'e:' || user_ids.email
    WHERE
        NOT sessions.is_waiting_room
        AND sessions.dt BETWEEN $first_date - 3 AND $first_date
        AND sessions.stayed_until_at > (SELECT from_at FROM bounds)
        AND sessions.joined_at < (SELECT to_at FROM bounds)
),
stays AS (
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        user_key AS member,
        greatest(begins_at, (SELECT from_at FROM bounds)) AS begins_at,
        least(ends_at, (SELECT to_at FROM bounds)) AS ends_at
    FROM people
    WHERE user_key IS NOT NULL
),
presences AS (
    FROM merged_spans('stays', INTERVAL 0 SECOND)
),
attended AS (
    SELECT
        scope.platform AS platform,
        member AS user_key,
        count(DISTINCT scope.meeting_uuid) AS instances_attended,
        sum(seconds_between(begins_at, ends_at)) / 60 AS attended_minutes
    FROM presences
    GROUP BY ALL
    HAVING sum(seconds_between(begins_at, ends_at)) > 0
),
hosted AS (
    SELECT
        meetings.platform,
        CASE WHEN meetings.host_key[1] = 'u' THEN meetings.host_key ELSE 'u:' || user_ids.user_id END AS user_key,
        count(*) AS instances_hosted
    FROM core.meetings AS meetings
    LEFT JOIN user_ids ON meetings.host_key = 'e:' || user_ids.email
    WHERE
        meetings.dt BETWEEN $first_date - 3 AND $first_date
        AND meetings.start_local_date = (SELECT local_date FROM bounds)
    GROUP BY ALL
),
messaged AS (
    SELECT
        'zoom' AS platform,
        'u:' || coalesce(nullif(trim(chat.user_id), ''), user_ids.user_id) AS user_key,
        sum(chat.messages_sent) AS messages_sent
    FROM zoom.chat_activity AS chat
    LEFT JOIN user_ids ON user_ids.email = text_key(chat.email)
    WHERE chat.dt = (SELECT local_date FROM bounds) AND chat.messages_sent > 0
    GROUP BY ALL
),
vendors_chat AS (
    -- Of Webex's chat nothing is known, and of Zoom's nothing on days without a single message.
    SELECT DISTINCT 'zoom' AS platform FROM messaged
),
active AS (
    SELECT platform, user_key FROM attended
    UNION
    SELECT platform, user_key FROM hosted
    UNION
    SELECT platform, user_key FROM messaged
)
SELECT
    active.platform,
    active.user_key,
    bounds.local_date,
    attended.user_key IS NOT NULL AS has_attended,
    hosted.user_key IS NOT NULL AS has_hosted,
    CASE WHEN vendors_chat.platform IS NOT NULL THEN messaged.user_key IS NOT NULL END AS has_messaged,
    coalesce(attended.instances_attended, 0) AS instances_attended,
    coalesce(hosted.instances_hosted, 0) AS instances_hosted,
    coalesce(attended.attended_minutes, 0) AS attended_minutes,
    CASE WHEN vendors_chat.platform IS NOT NULL THEN coalesce(messaged.messages_sent, 0) END AS messages_sent
FROM active
CROSS JOIN bounds
LEFT JOIN vendors_chat USING (platform)
LEFT JOIN attended USING (platform, user_key)
LEFT JOIN hosted USING (platform, user_key)
LEFT JOIN messaged USING (platform, user_key)
WHERE active.user_key IS NOT NULL
