-- What each host hosted in the month, by the day their meetings started. The vendor's own totals stand beside ours.
WITH
vendor_hosts AS (
    SELECT
        nullif(trim(user_id), '') AS user_id,
        text_key(email) AS email,
        user_name,
        nullif(trim(department), '') AS department,
        license_type,
        activity,
        meetings,
        participant_joins,
        person_minutes
    FROM zoom.hosts
    WHERE month = strftime($first_date, '%Y-%m')
    -- Listed as active and as inactive: the active listing knows more.
    QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY activity) = 1
),
snapshots AS (
    SELECT * FROM zoom.users WHERE dt BETWEEN $first_date AND $last_date
),
listed AS (
    -- Users as the vendor's list of hosts has them, and those it lacks from the month's last snapshot.
    SELECT user_id, email, user_name, department, license_type FROM vendor_hosts WHERE user_id IS NOT NULL
    UNION ALL
    SELECT user_id, email, display_name, department, license_type
    FROM listed_users('snapshots')
    WHERE user_id IS NOT NULL AND user_id NOT IN (SELECT user_id FROM vendor_hosts WHERE user_id IS NOT NULL)
),
user_ids AS (
    SELECT email, min(user_id) AS user_id FROM listed WHERE email IS NOT NULL GROUP BY email
),
attended AS (
    SELECT
        platform,
        meeting_uuid,
        count(*) AS people,
        sum(join_count) AS joins,
        sum(attended_seconds) AS attended_seconds
    FROM core.attendance
    WHERE dt BETWEEN $first_date AND $last_date
    GROUP BY platform, meeting_uuid
),
instances AS (
    SELECT
        meetings.*,
        coalesce('u:' || coalesce(meetings.host_user_id, user_ids.user_id), meetings.host_key, 'unknown')
            AS resolved_host_key,
        coalesce(attended.joins, 0) AS joins,
        coalesce(attended.attended_seconds, 0) AS attended_seconds,
        meetings.is_webinar
            OR coalesce(meetings.actual_seconds > 60 * $basic_minutes, FALSE)
            OR coalesce(attended.people > $basic_people, FALSE) AS is_beyond_basic
    FROM core.meetings AS meetings
    LEFT JOIN user_ids ON user_ids.email = meetings.host_email
    LEFT JOIN attended USING (platform, meeting_uuid)
    WHERE meetings.dt BETWEEN $first_date AND $last_date
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
        count(DISTINCT dt) AS days_hosted,
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
    WHERE attendance.dt BETWEEN $first_date AND $last_date AND NOT instances.is_webinar
    GROUP BY ALL
),
vendor AS (
    SELECT 'zoom' AS platform, 'u:' || user_id AS host_key, activity, meetings, participant_joins, person_minutes
    FROM vendor_hosts
),
users AS (
    SELECT
        'u:' || user_id AS host_key,
        any_value(email) AS email,
        any_value(user_name) AS user_name,
        any_value(department) AS department,
        any_value(license_type) AS license_type
    FROM listed
    GROUP BY user_id
),
months AS (
    SELECT platform, count(*) = date_diff('day', $first_date, $last_date) + 1 AS is_complete
    FROM utilization.account_daily
    WHERE dt BETWEEN $first_date AND $last_date
    GROUP BY platform
),
host_keys AS (
    SELECT platform, host_key FROM hosted
    UNION
    SELECT platform, host_key FROM vendor WHERE activity = 'active'
)
SELECT
    host_keys.platform,
    host_keys.host_key,
    coalesce(users.email, hosted.host_email) AS host_email,
    coalesce(users.user_name, hosted.host_name) AS host_name,
    coalesce(users.department, hosted.host_department) AS department,
    CASE WHEN host_keys.platform = 'zoom' THEN users.license_type END AS license_type,
    coalesce(hosted.meetings, 0) AS meetings,
    coalesce(hosted.logical_meetings, 0) AS logical_meetings,
    coalesce(hosted.solo_meetings, 0) AS solo_meetings,
    coalesce(hosted.meeting_minutes, 0) AS meeting_minutes,
    coalesce(people.unique_participants, 0) AS unique_participants,
    coalesce(people.unique_participants_identified, 0) AS unique_participants_identified,
    coalesce(hosted.participant_joins, 0) AS participant_joins,
    coalesce(hosted.person_minutes, 0) AS person_minutes,
    ratio(hosted.person_minutes, hosted.meetings) AS person_minutes_per_meeting,
    coalesce(hosted.webinars, 0) AS webinars,
    coalesce(hosted.webinar_minutes, 0) AS webinar_minutes,
    coalesce(hosted.webinar_participant_joins, 0) AS webinar_participant_joins,
    coalesce(hosted.webinar_person_minutes, 0) AS webinar_person_minutes,
    coalesce(hosted.instances_beyond_basic, 0) AS instances_beyond_basic,
    coalesce(hosted.days_hosted, 0) AS days_hosted,
    hosted.last_hosted_at,
    vendor.meetings AS vendor_meetings,
    vendor.participant_joins AS vendor_participant_joins,
    vendor.person_minutes AS vendor_person_minutes,
    -- The vendor counts its whole month, so part of ours is not compared with it.
    CASE WHEN months.is_complete THEN relative_difference(coalesce(hosted.meetings, 0), vendor.meetings) END
        AS meetings_difference_rate,
    CASE WHEN months.is_complete THEN relative_difference(coalesce(hosted.person_minutes, 0), vendor.person_minutes) END
        AS person_minutes_difference_rate
FROM host_keys
LEFT JOIN months USING (platform)
LEFT JOIN hosted USING (platform, host_key)
LEFT JOIN people USING (platform, host_key)
LEFT JOIN vendor USING (platform, host_key)
LEFT JOIN users ON users.host_key = host_keys.host_key
