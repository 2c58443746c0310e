-- The account's month. What adds up comes from the days; people are counted anew, for they come back day after day;
-- peaks are the highest day's. The vendor's totals stand beside ours.
WITH
days AS (
    SELECT * FROM utilization.account_daily WHERE dt BETWEEN $first_date AND $last_date
),
platforms AS (
    SELECT 'zoom' AS platform
),
day_totals AS (
    SELECT
        platform,
        count(*) AS days_covered,
        sum(meetings) AS meetings,
        sum(solo_meetings) AS solo_meetings,
        sum(meetings_without_participants) AS meetings_without_participants,
        sum(participant_joins) AS participant_joins,
        total_minutes(meeting_minutes) AS meeting_minutes,
        total_minutes(person_minutes) AS person_minutes
    FROM days
    GROUP BY platform
),
busiest_days AS (
    SELECT platform, dt AS peak_day, meetings AS peak_day_meetings
    FROM days
    WHERE meetings > 0
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY meetings DESC, dt) = 1
),
meeting_peaks AS (
    SELECT platform, peak_concurrent_meetings, peak_meetings_at
    FROM days
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY peak_concurrent_meetings DESC, dt) = 1
),
people_peaks AS (
    SELECT platform, peak_concurrent_people, peak_people_at
    FROM days
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY peak_concurrent_people DESC, dt) = 1
),
meetings AS (
    SELECT platform, host_key, host_user_id, host_email, actual_seconds
    FROM core.meetings
    WHERE dt BETWEEN $first_date AND $last_date AND NOT is_webinar
),
meeting_lengths AS (
    SELECT platform, ratio(sum(actual_seconds), count(actual_seconds)) / 60 AS mean_meeting_minutes
    FROM meetings
    GROUP BY platform
),
people AS (
    SELECT
        platform,
        count(DISTINCT person_key) AS unique_participants,
        count(DISTINCT person_key) FILTER (WHERE identity_confidence = 'strong') AS unique_participants_identified
    FROM core.attendance
    WHERE dt BETWEEN $first_date AND $last_date AND NOT is_webinar
    GROUP BY platform
),
users AS (
    -- The latest snapshot of the month.
    SELECT nullif(trim(user_id), '') AS user_id, text_key(email) AS email, license_type, dt
    FROM zoom.users
    WHERE dt BETWEEN $first_date AND $last_date
    QUALIFY dt = max(dt) OVER ()
),
user_ids AS (
    SELECT email, min(user_id) AS user_id FROM users WHERE email IS NOT NULL AND user_id IS NOT NULL GROUP BY email
),
hosts AS (
    -- A host known by address in one listing and by id in another is one host.
    SELECT DISTINCT
        meetings.platform,
        coalesce('u:' || coalesce(meetings.host_user_id, user_ids.user_id), meetings.host_key) AS host_key
    FROM meetings
    LEFT JOIN user_ids ON user_ids.email = meetings.host_email
    WHERE meetings.host_key IS NOT NULL
),
host_counts AS (
    SELECT platform, count(*) AS active_hosts FROM hosts GROUP BY platform
),
licenses AS (
    SELECT
        'zoom' AS platform,
        max(users.dt) AS users_as_of,
        count(*) FILTER (WHERE users.license_type = 2) AS licensed_users,
        count(*) FILTER (WHERE users.license_type = 2 AND hosts.host_key IS NOT NULL) AS active_licensed_hosts
    FROM users
    LEFT JOIN hosts ON hosts.platform = 'zoom' AND hosts.host_key = 'u:' || users.user_id
    HAVING count(*) > 0
),
vendor_totals AS (
    SELECT
        'zoom' AS platform,
        sum(meetings) AS meetings,
        sum(participant_joins) AS participant_joins,
        sum(person_minutes) AS person_minutes
    FROM zoom.daily_usage
    WHERE month = strftime($first_date, '%Y-%m')
    HAVING count(*) > 0
),
months AS (
    SELECT platform, days_covered = date_diff('day', $first_date, $last_date) + 1 AS is_complete
    FROM day_totals
)
SELECT
    platforms.platform,
    coalesce(day_totals.days_covered, 0) AS days_covered,
    coalesce(months.is_complete, false) AS is_complete_month,
    coalesce(day_totals.meetings, 0) AS meetings,
    coalesce(day_totals.solo_meetings, 0) AS solo_meetings,
    coalesce(day_totals.meetings_without_participants, 0) AS meetings_without_participants,
    coalesce(host_counts.active_hosts, 0) AS active_hosts,
    coalesce(people.unique_participants, 0) AS unique_participants,
    coalesce(people.unique_participants_identified, 0) AS unique_participants_identified,
    coalesce(day_totals.participant_joins, 0) AS participant_joins,
    coalesce(day_totals.meeting_minutes, 0) AS meeting_minutes,
    coalesce(day_totals.person_minutes, 0) AS person_minutes,
    ratio(day_totals.person_minutes, day_totals.meetings) AS person_minutes_per_meeting,
    meeting_lengths.mean_meeting_minutes,
    busiest_days.peak_day,
    busiest_days.peak_day_meetings,
    coalesce(meeting_peaks.peak_concurrent_meetings, 0) AS peak_concurrent_meetings,
    meeting_peaks.peak_meetings_at,
    coalesce(people_peaks.peak_concurrent_people, 0) AS peak_concurrent_people,
    people_peaks.peak_people_at,
    licenses.users_as_of,
    licenses.licensed_users,
    licenses.active_licensed_hosts,
    ratio(licenses.active_licensed_hosts, licenses.licensed_users) AS host_utilization_rate,
    ratio(day_totals.person_minutes, licenses.licensed_users) AS person_minutes_per_license,
    vendor_totals.meetings AS vendor_meetings,
    vendor_totals.participant_joins AS vendor_participant_joins,
    vendor_totals.person_minutes AS vendor_person_minutes,
    ratio(vendor_totals.person_minutes, vendor_totals.meetings) AS vendor_person_minutes_per_meeting,
    -- The vendor counts its whole month, so part of ours is not compared with it.
    CASE WHEN months.is_complete THEN relative_difference(day_totals.meetings, vendor_totals.meetings) END
        AS meetings_difference_rate,
    CASE WHEN months.is_complete
        THEN relative_difference(day_totals.participant_joins, vendor_totals.participant_joins)
    END AS participant_joins_difference_rate,
    CASE WHEN months.is_complete THEN relative_difference(day_totals.person_minutes, vendor_totals.person_minutes) END
        AS person_minutes_difference_rate
FROM platforms
LEFT JOIN day_totals USING (platform)
LEFT JOIN months USING (platform)
LEFT JOIN busiest_days USING (platform)
LEFT JOIN meeting_peaks USING (platform)
LEFT JOIN people_peaks USING (platform)
LEFT JOIN meeting_lengths USING (platform)
LEFT JOIN people USING (platform)
LEFT JOIN host_counts USING (platform)
LEFT JOIN licenses USING (platform)
LEFT JOIN vendor_totals USING (platform)
