-- How each instance was attended, per person. An instance without any known join has unknown figures, not zeros.
WITH
meetings AS (
    SELECT *, struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope
    FROM core.meetings
    WHERE dt = $first_date AND NOT is_webinar
),
sessions AS NOT MATERIALIZED (
    SELECT *, struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope
    FROM core.participant_sessions
    WHERE dt = $first_date AND NOT is_webinar
),
attendance AS NOT MATERIALIZED (
    SELECT *, struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope
    FROM core.attendance
    WHERE dt = $first_date AND NOT is_webinar
),
connections AS (
    SELECT scope, person_key AS member, joined_at AS begins_at, stayed_until_at AS ends_at
    FROM sessions
    WHERE NOT is_waiting_room
),
connection_peaks AS (
    FROM peak_concurrency('connections')
),
presences AS (
    FROM merged_spans('connections', INTERVAL 0 SECOND)
),
people_peaks AS (
    FROM peak_concurrency('presences')
),
joins AS (
    SELECT
        scope,
        count(DISTINCT person_key) FILTER (WHERE is_waiting_room) AS waiting_people
    FROM sessions
    GROUP BY scope
),
people AS (
    SELECT
        scope,
        count(*) AS unique_participants,
        count(*) FILTER (WHERE identity_confidence = 'strong') AS unique_participants_identified,
        CAST(sum(join_count) AS BIGINT) AS join_count,
        CAST(sum(attended_seconds) AS BIGINT) AS attended_seconds,
        count(*) FILTER (WHERE attended_seconds > 0) AS attendees,
        median(attended_seconds) FILTER (WHERE attended_seconds > 0) AS median_attended_seconds,
        count(*) FILTER (WHERE is_late) AS late_joiners,
        -- Nobody leaves early from a meeting whose end is unknown, and nobody is known to have stayed.
        CASE WHEN count(is_early_leave) > 0 THEN count(*) FILTER (WHERE is_early_leave) END AS early_leavers
    FROM attendance
    GROUP BY scope
)
SELECT
    meetings.platform,
    meetings.meeting_uuid,
    meetings.meeting_number,
    meetings.logical_meeting_key,
    meetings.host_key,
    meetings.host_department,
    meetings.started_at,
    meetings.is_final,
    meetings.is_solo,
    joins.scope IS NOT NULL AS has_participant_rows,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(people.unique_participants, 0) END AS unique_participants,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(people.unique_participants_identified, 0) END
        AS unique_participants_identified,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(people.join_count, 0) END AS join_count,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(people.attended_seconds, 0) / 60 END AS attended_minutes,
    ratio(people.attended_seconds, people.attendees) / 60 AS mean_attended_minutes,
    people.median_attended_seconds / 60 AS median_attended_minutes,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(people.late_joiners, 0) END AS late_joiners,
    people.early_leavers,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(people_peaks.peak, 0) END AS peak_concurrent_people,
    people_peaks.peak_at AS peak_people_at,
    CASE WHEN joins.scope IS NOT NULL THEN coalesce(connection_peaks.peak, 0) END AS peak_concurrent_connections,
    connection_peaks.peak_at AS peak_connections_at,
    joins.waiting_people,
    meetings.actual_seconds,
    seconds_between(meetings.scheduled_at, meetings.started_at) AS host_start_delay_seconds
FROM meetings
LEFT JOIN joins USING (scope)
LEFT JOIN people USING (scope)
LEFT JOIN people_peaks USING (scope)
LEFT JOIN connection_peaks USING (scope)
