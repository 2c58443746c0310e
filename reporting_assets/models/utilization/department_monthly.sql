-- What each department hosted and attended in the month, and what became of its licences.
WITH
snapshots AS (
    SELECT * FROM zoom.users WHERE dt BETWEEN $first_date AND $last_date
),
users AS (
    SELECT *, coalesce(department, 'unknown') AS department_name FROM listed_users('snapshots')
),
departments_of_users AS (
    SELECT 'u:' || user_id AS user_key, min(department_name) AS department
    FROM users
    WHERE user_id IS NOT NULL
    GROUP BY user_id
),
hosted AS (
    SELECT
        hosts.platform,
        coalesce(nullif(departments_of_users.department, 'unknown'), nullif(trim(hosts.department), ''), 'unknown')
            AS department,
        count(*) FILTER (WHERE hosts.meetings + hosts.webinars > 0) AS hosts,
        sum(hosts.meetings) AS meetings,
        sum(hosts.solo_meetings) AS solo_meetings,
        total_minutes(hosts.meeting_minutes) AS meeting_minutes,
        sum(hosts.participant_joins) AS participant_joins,
        total_minutes(hosts.person_minutes) AS person_minutes,
        sum(hosts.webinars) AS webinars,
        total_minutes(hosts.webinar_person_minutes) AS webinar_person_minutes
    FROM utilization.host_monthly AS hosts
    LEFT JOIN departments_of_users ON departments_of_users.user_key = hosts.host_key
    WHERE hosts.month = strftime($first_date, '%Y-%m')
    GROUP BY ALL
),
active AS (
    SELECT
        user_days.platform,
        coalesce(departments_of_users.department, 'unknown') AS department,
        count(DISTINCT user_days.user_key) AS active_users,
        total_minutes(user_days.attended_minutes) AS attended_minutes,
        sum(user_days.messages_sent) AS messages_sent
    FROM utilization.user_daily AS user_days
    LEFT JOIN departments_of_users USING (user_key)
    WHERE user_days.dt BETWEEN $first_date AND $last_date
    GROUP BY ALL
),
staff AS (
    SELECT
        'zoom' AS platform,
        department_name AS department,
        count(*) AS users,
        count(*) FILTER (WHERE license_type = 2) AS licensed_users
    FROM users
    GROUP BY department_name
),
licenses AS (
    SELECT
        platform,
        coalesce(department, 'unknown') AS department,
        count(*) FILTER (WHERE is_active_host) AS active_licensed_hosts,
        CASE
            WHEN count(is_reclaim_candidate) = count(*) THEN count(*) FILTER (WHERE is_reclaim_candidate)
        END AS reclaim_candidates
    FROM utilization.license_monthly
    WHERE month = strftime($first_date, '%Y-%m')
    GROUP BY ALL
),
departments AS (
    SELECT platform, department FROM hosted
    UNION
    SELECT platform, department FROM active
    UNION
    SELECT platform, department FROM staff
)
SELECT
    departments.platform,
    departments.department,
    coalesce(hosted.hosts, 0) AS hosts,
    coalesce(hosted.meetings, 0) AS meetings,
    coalesce(hosted.solo_meetings, 0) AS solo_meetings,
    coalesce(hosted.meeting_minutes, 0) AS meeting_minutes,
    coalesce(hosted.participant_joins, 0) AS participant_joins,
    coalesce(hosted.person_minutes, 0) AS person_minutes,
    ratio(hosted.person_minutes, hosted.meetings) AS person_minutes_per_meeting,
    coalesce(hosted.webinars, 0) AS webinars,
    coalesce(hosted.webinar_person_minutes, 0) AS webinar_person_minutes,
    coalesce(active.active_users, 0) AS active_users,
    coalesce(active.attended_minutes, 0) AS attended_minutes,
    active.messages_sent,
    staff.users,
    staff.licensed_users,
    licenses.active_licensed_hosts,
    ratio(licenses.active_licensed_hosts, staff.licensed_users) AS host_utilization_rate,
    licenses.reclaim_candidates,
    ratio(hosted.person_minutes, staff.licensed_users) AS person_minutes_per_license
FROM departments
LEFT JOIN hosted USING (platform, department)
LEFT JOIN active USING (platform, department)
LEFT JOIN staff USING (platform, department)
LEFT JOIN licenses USING (platform, department)
