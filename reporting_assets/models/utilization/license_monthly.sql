-- Every licensed user of the month's last snapshot, and whether the licence was used: hosting is looked for in the months
-- that the 90 days to the snapshot reach into, and it is said how many of these days are known.
WITH
snapshots AS (
    SELECT * FROM zoom.users WHERE dt BETWEEN $first_date AND $last_date
),
licensed AS (
    SELECT
        *,
        CASE WHEN user_id IS NOT NULL THEN 'u:' || user_id ELSE 'e:' || email END AS host_key,
        dt - CAST($reclaim_days - 1 AS INTEGER) AS since_date
    FROM listed_users('snapshots')
    WHERE license_type = 2
),
known_days AS (
    SELECT licensed.since_date, count(DISTINCT days.dt) AS observed_days
    FROM (SELECT DISTINCT since_date, dt AS until_date FROM licensed) AS licensed
    INNER JOIN utilization.account_daily AS days
        ON days.platform = 'zoom' AND days.dt BETWEEN licensed.since_date AND licensed.until_date
    GROUP BY licensed.since_date
),
hosted AS (
    -- Zoom's licences serve its own meetings. Its own count is believed too, where our lists may lack meetings.
    SELECT
        host_key,
        max(last_hosted_at) AS last_hosted_at,
        sum(instances_beyond_basic) AS instances_beyond_basic,
        sum(meetings + webinars) AS instances,
        sum(meetings) FILTER (WHERE month = strftime($first_date, '%Y-%m')) AS meetings,
        sum(webinars) FILTER (WHERE month = strftime($first_date, '%Y-%m')) AS webinars,
        sum(meeting_minutes) FILTER (WHERE month = strftime($first_date, '%Y-%m')) AS meeting_minutes,
        sum(person_minutes) FILTER (WHERE month = strftime($first_date, '%Y-%m')) AS person_minutes,
        max(CASE WHEN vendor_meetings > 0 THEN CAST(month || '-01' AS DATE) END) AS last_vendor_month
    FROM utilization.host_monthly
    WHERE platform = 'zoom' AND month <= strftime($first_date, '%Y-%m')
    GROUP BY host_key
),
used AS (
    SELECT
        licensed.*,
        coalesce(known_days.observed_days, 0) AS observed_days,
        coalesce(hosted.meetings, 0) AS meetings,
        coalesce(hosted.webinars, 0) AS webinars,
        coalesce(hosted.meeting_minutes, 0) AS meeting_minutes,
        coalesce(hosted.person_minutes, 0) AS person_minutes,
        coalesce(hosted.instances, 0) AS instances,
        coalesce(hosted.instances_beyond_basic, 0) AS instances_beyond_basic,
        hosted.last_hosted_at,
        coalesce(
            CAST(hosted.last_hosted_at AS DATE) > licensed.dt - 30
                OR hosted.last_vendor_month > licensed.dt - 30,
            FALSE
        ) AS is_seen_30_days,
        coalesce(
            CAST(hosted.last_hosted_at AS DATE) >= licensed.since_date
                OR hosted.last_vendor_month >= licensed.since_date,
            FALSE
        ) AS is_seen_90_days
    FROM licensed
    LEFT JOIN known_days USING (since_date)
    LEFT JOIN hosted USING (host_key)
),
judged AS (
    SELECT
        *,
        -- Somebody seen has hosted, however few days are known; that somebody did not needs all of them.
        CASE WHEN is_seen_30_days THEN TRUE WHEN observed_days >= 30 THEN FALSE END AS has_hosted_30_days,
        CASE WHEN is_seen_90_days THEN TRUE WHEN observed_days >= $reclaim_days THEN FALSE END AS has_hosted_90_days,
        CASE
            WHEN instances_beyond_basic > 0 THEN 'needed'
            WHEN instances > 0 OR is_seen_90_days THEN 'within_basic'
            ELSE 'none'
        END AS license_use,
        NOT has_hosted_90_days
            AND instances_beyond_basic = 0
            AND coalesce(CAST(user_created_at AS DATE) <= since_date, TRUE) AS is_reclaim_candidate
    FROM used
)
SELECT
    'zoom' AS platform,
    user_key,
    user_id,
    email,
    display_name,
    department,
    status,
    dt AS users_as_of,
    user_created_at,
    observed_days,
    meetings,
    webinars,
    meeting_minutes,
    person_minutes,
    last_hosted_at,
    CASE WHEN last_hosted_at IS NOT NULL THEN greatest(0, dt - CAST(last_hosted_at AS DATE)) END AS days_since_hosting,
    instances_beyond_basic,
    meetings > 0 AS is_active_host,
    has_hosted_30_days,
    has_hosted_90_days,
    license_use,
    is_reclaim_candidate,
    CASE
        WHEN NOT coalesce(is_reclaim_candidate, FALSE) THEN NULL
        WHEN status = 'inactive' THEN 'deactivated'
        WHEN status = 'pending' THEN 'invitation_pending'
        WHEN last_hosted_at IS NULL THEN 'never_hosted'
        ELSE 'not_hosted_90_days'
    END AS reclaim_reason
FROM judged
