-- How each series of meetings or webinars was attended in the month. Shares are of attendances: a person at an instance.
WITH
instances AS (
    SELECT
        platform,
        coalesce(meeting_number, meeting_uuid) AS series_key,
        meeting_uuid,
        scheduled_at,
        started_at
    FROM core.meetings
    WHERE dt BETWEEN $first_date AND $last_date
),
attendances AS (
    SELECT
        instances.platform,
        instances.series_key,
        people.*
    FROM core.attendance AS people
    INNER JOIN instances USING (platform, meeting_uuid)
    WHERE people.dt BETWEEN $first_date AND $last_date
),
by_instance AS (
    SELECT platform, series_key, meeting_uuid, count(*) AS participants
    FROM attendances
    GROUP BY platform, series_key, meeting_uuid
),
sizes AS (
    SELECT
        platform,
        series_key,
        count(*) AS attended_instances,
        median(participants) AS median_participants,
        max(participants) AS most_participants
    FROM by_instance
    GROUP BY platform, series_key
),
regulars AS (
    SELECT platform, series_key, person_key, count(*) AS attended_instances
    FROM attendances
    WHERE identity_confidence = 'strong'
    GROUP BY platform, series_key, person_key
),
people AS (
    SELECT
        regulars.platform,
        regulars.series_key,
        count(*) AS unique_participants_identified,
        count(*) FILTER (WHERE regulars.attended_instances > 1) AS returning_participants,
        count(*) FILTER (WHERE 2 * regulars.attended_instances > sizes.attended_instances) AS regular_participants
    FROM regulars
    INNER JOIN sizes USING (platform, series_key)
    GROUP BY regulars.platform, regulars.series_key
),
shares AS (
    SELECT
        platform,
        series_key,
        count(*) AS attendances,
        CAST(sum(join_count) AS BIGINT) AS join_count,
        CAST(sum(attended_seconds) AS BIGINT) AS attended_seconds,
        exact_mean(pct_of_actual / 100) AS mean_attended_share,
        count(pct_of_actual) AS measured_attendances,
        -- Where nobody's expected time is known, nobody is known to have been in time.
        CASE WHEN count(is_late) > 0 THEN count(*) FILTER (WHERE is_late) END AS late_attendances,
        ratio(late_attendances, count(is_late)) AS late_share,
        CASE WHEN count(is_early_leave) > 0 THEN count(*) FILTER (WHERE is_early_leave) END AS early_leaves,
        ratio(early_leaves, count(is_early_leave)) AS early_leave_share
    FROM attendances
    GROUP BY platform, series_key
),
delays AS (
    SELECT platform, series_key, median(seconds_between(scheduled_at, started_at)) AS median_start_delay_seconds
    FROM instances
    GROUP BY platform, series_key
)
SELECT
    series.platform,
    series.series_key,
    series.meeting_number,
    series.kind,
    series.is_webinar,
    series.is_personal_room,
    series.topic,
    series.host_key,
    series.instances,
    series.logical_meetings,
    coalesce(sizes.attended_instances, 0) AS instances_with_people,
    series.actual_seconds / 60 AS meeting_minutes,
    delays.median_start_delay_seconds,
    shares.attendances,
    shares.join_count,
    shares.attended_seconds / 60 AS attended_minutes,
    ratio(shares.attendances, sizes.attended_instances) AS mean_participants,
    sizes.median_participants,
    sizes.most_participants,
    CASE WHEN shares.attendances IS NOT NULL THEN coalesce(people.unique_participants_identified, 0) END
        AS unique_participants_identified,
    CASE WHEN shares.attendances IS NOT NULL THEN coalesce(people.returning_participants, 0) END
        AS returning_participants,
    CASE WHEN shares.attendances IS NOT NULL THEN coalesce(people.regular_participants, 0) END AS regular_participants,
    shares.measured_attendances,
    shares.mean_attended_share,
    shares.late_attendances,
    shares.late_share,
    shares.early_leaves,
    shares.early_leave_share
FROM core.meeting_series AS series
LEFT JOIN delays USING (platform, series_key)
LEFT JOIN sizes USING (platform, series_key)
LEFT JOIN shares USING (platform, series_key)
LEFT JOIN people USING (platform, series_key)
WHERE series.month = $_partition
