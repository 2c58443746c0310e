-- What each host hosted on the day, by the day their meetings started.
WITH
users AS (
    SELECT * FROM zoom.users WHERE dt = $first_date
),
user_ids AS (
    FROM users_by_email('users')
),
listed AS (
    SELECT 'u:' || user_id AS host_key, any_value(email) AS email, any_value(display_name) AS display_name,
        any_value(department) AS department
    FROM listed_users('users')
    WHERE user_id IS NOT NULL
    GROUP BY user_id
),
attended AS (
    SELECT
        platform,
        meeting_uuid,
        count(*) AS people,
        sum(join_count) AS joins,
        sum(attended_seconds) AS attended_seconds
    FROM core.attendance
    WHERE dt = $first_date
    GROUP BY platform, meeting_uuid
),
instances AS (
    SELECT
        meetings.*,
        coalesce('u:' || user_ids.user_id, meetings.host_key, 'unknown') AS resolved_host_key,
        coalesce(attended.joins, 0) AS joins,
        coalesce(attended.attended_seconds, 0) AS attended_seconds,
        meetings.is_webinar
            OR coalesce(meetings.actual_seconds > 60 * $basic_minutes, FALSE)
            OR coalesce(attended.people > $basic_people, FALSE) AS is_beyond_basic
    FROM core.meetings AS meetings
    LEFT JOIN user_ids ON meetings.host_key = 'e:' || user_ids.email
    LEFT JOIN attended USING (platform, meeting_uuid)
    WHERE meetings.dt = $first_date
),
hosted AS (
    SELECT
        platform,
        resolved_host_key AS host_key,
        min(host_email) AS host_email,
        max_by(host_name, (started_at, meeting_uuid)) AS host_name,
        max_by(host_department, (started_at, meeting_uuid)) AS host_department,
        count(*) FILTER (WHERE NOT is_webinar) AS meetings,
        count(DISTINCT logical_meeting_key) FILTER (WHERE NOT is_webinar) AS logical_meetings,
        count(*) FILTER (WHERE NOT is_webinar AND is_solo) AS solo_meetings,
        coalesce(sum(actual_seconds) FILTER (WHERE NOT is_webinar), 0) / 60 AS meeting_minutes,
        coalesce(sum(joins) FILTER (WHERE NOT is_webinar), 0) AS participant_joins,
        coalesce(sum(attended_seconds) FILTER (WHERE NOT is_webinar), 0) / 60 AS person_minutes,
        count(*) FILTER (WHERE is_webinar) AS webinars,
        coalesce(sum(actual_seconds) FILTER (WHERE is_webinar), 0) / 60 AS webinar_minutes,
        coalesce(sum(joins) FILTER (WHERE is_webinar), 0) AS webinar_participant_joins,
        coalesce(sum(attended_seconds) FILTER (WHERE is_webinar), 0) / 60 AS webinar_person_minutes,
        count(*) FILTER (WHERE is_beyond_basic) AS instances_beyond_basic,
        max(started_at) AS last_hosted_at
    FROM instances
    GROUP BY platform, resolved_host_key
),
people AS (
    SELECT
        instances.platform,
        instances.resolved_host_key AS host_key,
        count(DISTINCT attendance.person_key) AS unique_participants,
        count(DISTINCT attendance.person_key) FILTER (WHERE attendance.identity_confidence = 'strong')
            AS unique_participants_identified
    FROM instances
    INNER JOIN core.attendance AS attendance USING (platform, meeting_uuid)
    WHERE attendance.dt = $first_date AND NOT instances.is_webinar
    GROUP BY ALL
),
spans AS (
    SELECT
        struct_pack(platform := platform, host_key := resolved_host_key) AS scope,
        started_at AS begins_at,
        observed_until_at AS ends_at
    FROM instances
),
peaks AS (
    SELECT scope.platform AS platform, scope.host_key AS host_key, peak, peak_at FROM peak_concurrency('spans')
)
SELECT
    hosted.platform,
    hosted.host_key,
    coalesce(listed.email, hosted.host_email) AS host_email,
    coalesce(listed.display_name, hosted.host_name) AS host_name,
    coalesce(listed.department, hosted.host_department) AS department,
    hosted.meetings,
    hosted.logical_meetings,
    hosted.solo_meetings,
    hosted.meeting_minutes,
    coalesce(people.unique_participants, 0) AS unique_participants,
    coalesce(people.unique_participants_identified, 0) AS unique_participants_identified,
    hosted.participant_joins,
    hosted.person_minutes,
    ratio(hosted.person_minutes, hosted.meetings) AS person_minutes_per_meeting,
    hosted.webinars,
    hosted.webinar_minutes,
    hosted.webinar_participant_joins,
    hosted.webinar_person_minutes,
    hosted.instances_beyond_basic,
    coalesce(peaks.peak, 0) AS peak_concurrent_instances,
    peaks.peak_at AS peak_instances_at,
    hosted.last_hosted_at
FROM hosted
LEFT JOIN listed USING (host_key)
LEFT JOIN people USING (platform, host_key)
LEFT JOIN peaks USING (platform, host_key)
