-- How long each room was in use on the local date: the union of its meetings, for two may overlap.
WITH
bounds AS (
    SELECT
        local_date_of($first_date, $report_timezone) AS local_date,
        midnight_of(local_date, $report_timezone) AS from_at,
        midnight_of(local_date + 1, $report_timezone) AS to_at
),
meetings AS (
    SELECT room_id AS scope, meeting_uuid AS member, started_at AS begins_at, ended_at AS ends_at
    FROM zoom.room_meetings
    WHERE dt BETWEEN $first_date - 3 AND $first_date
),
meetings_of_date AS (
    FROM spans_within('meetings', (SELECT from_at FROM bounds), (SELECT to_at FROM bounds))
),
uses AS (
    SELECT * REPLACE (scope AS member) FROM meetings_of_date
),
used AS (
    SELECT
        scope AS room_id,
        sum(seconds_between(begins_at, ends_at)) / 3600 AS used_hours,
        min(begins_at) AS first_used_at,
        max(ends_at) AS last_used_at
    FROM merged_spans('uses', INTERVAL 0 SECOND)
    GROUP BY scope
),
counted AS (
    SELECT scope AS room_id, count(DISTINCT member) AS meetings FROM meetings_of_date GROUP BY scope
),
rooms AS (
    SELECT *, is_working_date(bounds.local_date) AS is_working_day
    FROM core.rooms
    CROSS JOIN bounds
    WHERE dt = $first_date AND platform = 'zoom'
),
earlier AS (
    -- A room that is gone from the list, but whose meeting still ran on the date.
    SELECT used.room_id, bounds.local_date, is_working_date(bounds.local_date) AS is_working_day
    FROM used
    CROSS JOIN bounds
    WHERE used.room_id NOT IN (SELECT room_id FROM rooms)
),
all_rooms AS (
    SELECT
        room_id, room_name, location, status, health, is_online, issues, is_taken_in_time, local_date, is_working_day
    FROM rooms
    UNION ALL BY NAME
    FROM earlier
)
SELECT
    'zoom' AS platform,
    all_rooms.room_id,
    all_rooms.room_name,
    all_rooms.location,
    all_rooms.local_date,
    coalesce(counted.meetings, 0) AS meetings,
    coalesce(used.used_hours, 0) AS used_hours,
    CASE WHEN all_rooms.is_working_day THEN $room_hours ELSE 0 END AS available_hours,
    ratio(coalesce(used.used_hours, 0), available_hours) AS used_utilization_rate,
    all_rooms.is_working_day,
    used.first_used_at,
    used.last_used_at,
    all_rooms.status,
    all_rooms.health,
    all_rooms.is_online,
    all_rooms.issues,
    all_rooms.is_taken_in_time
FROM all_rooms
LEFT JOIN used USING (room_id)
LEFT JOIN counted USING (room_id)
