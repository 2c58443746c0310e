-- The account's month, per vendor and over all. What adds up comes from the days; people are counted anew, for they come
-- back day after day; peaks are the highest day's. The vendors' totals stand beside ours.
WITH
days AS (
    SELECT * FROM utilization.account_daily WHERE dt BETWEEN $first_date AND $last_date
),
platforms AS (
    SELECT DISTINCT platform FROM days
),
day_totals AS (
    SELECT
        platform,
        count(*) AS days_covered,
        count(*) = date_diff('day', $first_date, $last_date) + 1 AS is_complete,
        sum(meetings) AS meetings,
        sum(solo_meetings) AS solo_meetings,
        sum(meetings_without_participants) AS meetings_without_participants,
        sum(participant_joins) AS participant_joins,
        total_minutes(meeting_minutes) AS meeting_minutes,
        total_minutes(person_minutes) AS person_minutes,
        sum(webinars) AS webinars,
        sum(webinar_participant_joins) AS webinar_participant_joins,
        total_minutes(webinar_minutes) AS webinar_minutes,
        total_minutes(webinar_person_minutes) AS webinar_person_minutes,
        max_by(struct_pack(wau, mau, mau_dates, stickiness_rate), dt) AS active_at_end
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
attendee_peaks AS (
    SELECT platform, peak_concurrent_attendees, peak_attendees_at
    FROM days
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY peak_concurrent_attendees DESC, dt) = 1
),
snapshots AS (
    SELECT * FROM zoom.users WHERE dt BETWEEN $first_date AND $last_date
),
users AS (
    FROM listed_users('snapshots')
),
user_ids AS (
    FROM users_by_email('snapshots')
),
meetings AS (
    SELECT
        platform,
        is_webinar,
        -- A host known by address in one listing and by id in another is one host.
        coalesce('u:' || coalesce(host_user_id, user_ids.user_id), host_key) AS host_key,
        actual_seconds,
        vendor_participant_joins,
        vendor_person_minutes
    FROM core.meetings
    LEFT JOIN user_ids ON user_ids.email = core.meetings.host_email
    WHERE dt BETWEEN $first_date AND $last_date
),
meetings_on AS (
    FROM meetings
    UNION ALL
    SELECT * REPLACE ('all' AS platform) FROM meetings
),
meeting_facts AS (
    SELECT
        platform,
        count(DISTINCT host_key) AS active_hosts,
        ratio(sum(actual_seconds), count(actual_seconds)) / 60 AS mean_meeting_minutes
    FROM meetings_on
    WHERE NOT is_webinar
    GROUP BY platform
),
attendance AS (
    SELECT
        platform,
        is_webinar,
        identity_confidence,
        person_key,
        coalesce('u:' || user_ids.user_id, person_key) AS person_of_all
    FROM core.attendance
    LEFT JOIN user_ids ON person_key = 'e:' || user_ids.email
    WHERE dt BETWEEN $first_date AND $last_date
),
attendance_on AS (
    FROM attendance
    UNION ALL
    SELECT * REPLACE ('all' AS platform, person_of_all AS person_key) FROM attendance
),
people AS (
    SELECT
        platform,
        count(DISTINCT person_key) FILTER (WHERE NOT is_webinar) AS unique_participants,
        count(DISTINCT person_key) FILTER (WHERE NOT is_webinar AND identity_confidence = 'strong')
            AS unique_participants_identified,
        count(DISTINCT person_key) FILTER (WHERE is_webinar) AS webinar_unique_participants,
        count(DISTINCT person_key) AS unique_attendees,
        count(DISTINCT person_key) FILTER (WHERE identity_confidence = 'strong') AS unique_attendees_identified
    FROM attendance_on
    GROUP BY platform
),
active AS (
    SELECT platform, user_key, local_date FROM utilization.user_daily WHERE dt BETWEEN $first_date AND $last_date
    UNION
    SELECT 'all' AS platform, user_key, local_date FROM utilization.user_daily
    WHERE dt BETWEEN $first_date AND $last_date
),
active_users AS (
    SELECT
        platform,
        count(DISTINCT user_key) AS active_users,
        count(*) FILTER (WHERE is_working_date(local_date)) AS working_user_days
    FROM active
    GROUP BY platform
),
working_days AS (
    SELECT platform, count(*) AS working_days FROM days WHERE is_working_date(local_date) GROUP BY platform
),
license_counts AS (
    SELECT
        count(*) AS licenses,
        ratio(count(*) FILTER (WHERE has_hosted_30_days), count(has_hosted_30_days)) AS license_utilization_30d_rate,
        CASE
            WHEN count(is_reclaim_candidate) = count(*) THEN count(*) FILTER (WHERE is_reclaim_candidate)
        END AS reclaim_candidates
    FROM utilization.license_monthly
    WHERE month = strftime($first_date, '%Y-%m')
),
licenses AS (
    SELECT
        'zoom' AS platform,
        max(users.dt) AS users_as_of,
        count(*) FILTER (WHERE users.license_type = 2) AS licensed_users,
        count(*) FILTER (
            WHERE users.license_type = 2
            AND 'u:' || users.user_id IN (SELECT host_key FROM meetings WHERE platform = 'zoom' AND NOT is_webinar)
        ) AS active_licensed_hosts
    FROM users
    HAVING count(*) > 0
),
licensed_by_day AS (
    SELECT 'zoom' AS platform, avg(licensed) AS mean_licensed_users
    FROM (SELECT dt, count(*) FILTER (WHERE license_type = 2) AS licensed FROM snapshots GROUP BY dt)
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
    UNION ALL
    -- Webex lists meetings, which are ours; joins and minutes are its own.
    SELECT
        'webex' AS platform,
        NULL AS meetings,
        sum(vendor_participant_joins) AS participant_joins,
        sum(vendor_person_minutes) AS person_minutes
    FROM meetings
    WHERE platform = 'webex' AND NOT is_webinar
    HAVING count(*) > 0
),
overall AS (
    SELECT meetings, person_minutes FROM day_totals WHERE platform = 'all'
)
SELECT
    platforms.platform,
    day_totals.days_covered,
    day_totals.is_complete AS is_complete_month,
    day_totals.meetings,
    day_totals.solo_meetings,
    day_totals.meetings_without_participants,
    coalesce(meeting_facts.active_hosts, 0) AS active_hosts,
    coalesce(people.unique_participants, 0) AS unique_participants,
    coalesce(people.unique_participants_identified, 0) AS unique_participants_identified,
    day_totals.participant_joins,
    day_totals.meeting_minutes,
    day_totals.person_minutes,
    ratio(day_totals.person_minutes, day_totals.meetings) AS person_minutes_per_meeting,
    meeting_facts.mean_meeting_minutes,
    ratio(day_totals.meetings, overall.meetings) AS meeting_share_rate,
    ratio(day_totals.person_minutes, overall.person_minutes) AS person_minute_share_rate,
    day_totals.webinars,
    coalesce(people.webinar_unique_participants, 0) AS webinar_unique_participants,
    day_totals.webinar_participant_joins,
    day_totals.webinar_minutes,
    day_totals.webinar_person_minutes,
    coalesce(people.unique_attendees, 0) AS unique_attendees,
    coalesce(people.unique_attendees_identified, 0) AS unique_attendees_identified,
    busiest_days.peak_day,
    busiest_days.peak_day_meetings,
    meeting_peaks.peak_concurrent_meetings,
    meeting_peaks.peak_meetings_at,
    hour(timezone($report_timezone, meeting_peaks.peak_meetings_at)) AS peak_local_hour,
    people_peaks.peak_concurrent_people,
    people_peaks.peak_people_at,
    attendee_peaks.peak_concurrent_attendees,
    attendee_peaks.peak_attendees_at,
    -- As with the day's: without a list of users nobody on Webex is known to be one.
    CASE WHEN day_totals.active_at_end.mau IS NOT NULL THEN coalesce(active_users.active_users, 0) END AS active_users,
    CASE
        WHEN day_totals.active_at_end.mau IS NOT NULL
            THEN ratio(coalesce(active_users.working_user_days, 0), working_days.working_days)
    END AS mean_dau_working_days,
    day_totals.active_at_end.wau,
    day_totals.active_at_end.mau,
    day_totals.active_at_end.mau_dates,
    day_totals.active_at_end.stickiness_rate,
    licenses.users_as_of,
    licenses.licensed_users,
    licensed_by_day.mean_licensed_users,
    licenses.active_licensed_hosts,
    ratio(licenses.active_licensed_hosts, licenses.licensed_users) AS host_utilization_rate,
    CASE WHEN license_counts.licenses > 0 AND licenses.licensed_users > 0
        THEN license_counts.license_utilization_30d_rate
    END AS license_utilization_30d_rate,
    CASE WHEN license_counts.licenses > 0 AND licenses.licensed_users > 0 THEN license_counts.reclaim_candidates END
        AS reclaim_candidates,
    ratio(day_totals.person_minutes, licenses.licensed_users) AS person_minutes_per_license,
    ratio(day_totals.meeting_minutes, licenses.licensed_users) AS meeting_minutes_per_license,
    vendor_totals.meetings AS vendor_meetings,
    vendor_totals.participant_joins AS vendor_participant_joins,
    vendor_totals.person_minutes AS vendor_person_minutes,
    ratio(vendor_totals.person_minutes, vendor_totals.meetings) AS vendor_person_minutes_per_meeting,
    -- The vendor counts its whole month, so part of ours is not compared with it.
    CASE WHEN day_totals.is_complete THEN relative_difference(day_totals.meetings, vendor_totals.meetings) END
        AS meetings_difference_rate,
    CASE WHEN day_totals.is_complete
        THEN relative_difference(day_totals.participant_joins, vendor_totals.participant_joins)
    END AS participant_joins_difference_rate,
    CASE WHEN day_totals.is_complete THEN relative_difference(day_totals.person_minutes, vendor_totals.person_minutes) END
        AS person_minutes_difference_rate
FROM platforms
CROSS JOIN license_counts
LEFT JOIN overall ON TRUE
LEFT JOIN day_totals USING (platform)
LEFT JOIN busiest_days USING (platform)
LEFT JOIN meeting_peaks USING (platform)
LEFT JOIN people_peaks USING (platform)
LEFT JOIN attendee_peaks USING (platform)
LEFT JOIN meeting_facts USING (platform)
LEFT JOIN people USING (platform)
LEFT JOIN active_users USING (platform)
LEFT JOIN working_days USING (platform)
LEFT JOIN licenses USING (platform)
LEFT JOIN licensed_by_day USING (platform)
LEFT JOIN vendor_totals USING (platform)
