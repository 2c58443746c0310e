-- The account's rooms on the day: as the snapshot lists them, and those that met although it does not.
WITH
listed AS (
    SELECT
        room_id,
        room_name,
        location,
        location_id,
        account_type,
        status,
        health,
        len(issues) AS issues,
        status <> 'Offline' AS is_online,
        last_started_at,
        TRUE AS is_listed,
        _ingested_at < CAST(dt AS TIMESTAMPTZ) + INTERVAL 2 DAY AS is_taken_in_time
    FROM zoom.rooms
    WHERE dt = $first_date
),
meeting AS (
    SELECT room_id, min(room_name) AS room_name, min(room_location) AS location, FALSE AS is_listed
    FROM zoom.room_meetings
    WHERE dt = $first_date
    GROUP BY room_id
)
SELECT 'zoom' AS platform, *
FROM (
    FROM listed
    UNION ALL BY NAME
    FROM meeting ANTI JOIN listed USING (room_id)
)
