-- What each host hosted in the month, by the day their meetings started. The vendor's own totals stand beside ours.
WITH
vendor_hosts AS (
    SELECT
        'zoom' AS platform,
        nullif(trim(user_id), '') AS user_id,
        text_key(email) AS email,
        user_name,
        department,
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
user_ids AS (
    SELECT platform, email, min(user_id) AS user_id FROM vendor_hosts WHERE email IS NOT NULL GROUP BY platform, email
),
meetings AS (
    SELECT
        meetings.*,
        coalesce('u:' || coalesce(meetings.host_user_id, user_ids.user_id), meetings.host_key, 'unknown')
            AS resolved_host_key
    FROM core.meetings
    LEFT JOIN user_ids ON user_ids.platform = meetings.platform AND user_ids.email = meetings.host_email
    WHERE meetings.dt BETWEEN $first_date AND $last_date AND NOT meetings.is_webinar
),
hosted AS (
    SELECT
        platform,
        resolved_host_key AS host_key,
        min(host_email) AS host_email,
        max_by(host_name, (started_at, meeting_uuid)) AS host_name,
        max_by(host_department, (started_at, meeting_uuid)) AS host_department,
        count(*) AS meetings,
        count(DISTINCT logical_meeting_key) AS logical_meetings,
        count(*) FILTER (WHERE is_solo) AS solo_meetings,
        coalesce(sum(actual_seconds), 0) / 60 AS meeting_minutes,
        max(started_at) AS last_hosted_at
    FROM meetings
    GROUP BY platform, resolved_host_key
),
attended AS (
    SELECT
        meetings.platform,
        meetings.resolved_host_key AS host_key,
        count(DISTINCT attendance.person_key) AS unique_participants,
        count(DISTINCT attendance.person_key) FILTER (WHERE attendance.identity_confidence = 'strong')
            AS unique_participants_identified,
        sum(attendance.join_count) AS participant_joins,
        sum(attendance.attended_seconds) / 60 AS person_minutes
    FROM meetings
    INNER JOIN core.attendance AS attendance USING (platform, meeting_uuid)
    WHERE attendance.dt BETWEEN $first_date AND $last_date
    GROUP BY meetings.platform, meetings.resolved_host_key
),
vendor AS (
    SELECT *, 'u:' || user_id AS host_key FROM vendor_hosts
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
    coalesce(vendor.email, hosted.host_email) AS host_email,
    coalesce(vendor.user_name, hosted.host_name) AS host_name,
    coalesce(vendor.department, hosted.host_department) AS department,
    vendor.license_type,
    coalesce(hosted.meetings, 0) AS meetings,
    coalesce(hosted.logical_meetings, 0) AS logical_meetings,
    coalesce(hosted.solo_meetings, 0) AS solo_meetings,
    coalesce(hosted.meeting_minutes, 0) AS meeting_minutes,
    coalesce(attended.unique_participants, 0) AS unique_participants,
    coalesce(attended.unique_participants_identified, 0) AS unique_participants_identified,
    coalesce(attended.participant_joins, 0) AS participant_joins,
    coalesce(attended.person_minutes, 0) AS person_minutes,
    ratio(attended.person_minutes, hosted.meetings) AS person_minutes_per_meeting,
    hosted.last_hosted_at,
    vendor.meetings AS vendor_meetings,
    vendor.participant_joins AS vendor_participant_joins,
    vendor.person_minutes AS vendor_person_minutes,
    -- The vendor counts its whole month, so part of ours is not compared with it.
    CASE WHEN months.is_complete THEN relative_difference(coalesce(hosted.meetings, 0), vendor.meetings) END
        AS meetings_difference_rate,
    CASE WHEN months.is_complete
        THEN relative_difference(coalesce(attended.person_minutes, 0), vendor.person_minutes)
    END AS person_minutes_difference_rate
FROM host_keys
LEFT JOIN months USING (platform)
LEFT JOIN hosted USING (platform, host_key)
LEFT JOIN attended USING (platform, host_key)
LEFT JOIN vendor USING (platform, host_key)
