-- Issues of Zoom Rooms. Their sentences come in pairs; what was wrong lasts from its first notice to the one that it is over.
WITH
notices AS (
    SELECT
        room_id,
        dt,
        occurred_at,
        lower(trim(issue)) AS sentence,
        regexp_extract(
            sentence,
            '^(.*?)\s+(?:(?:has|have|is|are|was|were|been|got)\s+)*(disconnected|reconnected|connected|offline|online)\.?$',
            ['subject', 'state']
        ) AS told
    FROM zoom.room_issues
    WHERE dt BETWEEN $first_date - 7 AND $last_date
),
paired AS (
    SELECT
        room_id,
        dt,
        occurred_at,
        CASE WHEN told.state = '' THEN sentence ELSE told.subject END AS subject,
        told.state <> '' AS has_pair,
        told.state IN ('reconnected', 'connected', 'online') AS is_over
    FROM notices
),
-- All notices of a subject since it was last over make one stretch, and its end is part of it. Of notices of one instant
-- those that something was wrong come first, so that every stretch has an end if there is one.
stretched AS (
    SELECT
        *,
        count(*) FILTER (WHERE is_over) OVER (
            PARTITION BY room_id, subject
            ORDER BY occurred_at, is_over
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS stretch
    FROM paired
),
stretches AS (
    SELECT
        room_id,
        subject,
        stretch,
        bool_or(has_pair) AS has_pair,
        min(occurred_at) FILTER (WHERE NOT is_over) AS began_at,
        max(occurred_at) FILTER (WHERE is_over) AS over_at,
        count(*) FILTER (WHERE NOT is_over AND dt = $first_date) AS issues
    FROM stretched
    GROUP BY room_id, subject, stretch
),
counted AS (
    SELECT
        room_id,
        subject,
        sum(issues) AS issues,
        count(*) FILTER (WHERE over_at >= $partition_start) AS resolved_issues,
        count(*) FILTER (WHERE over_at >= $partition_start AND began_at IS NULL) AS resolved_of_unknown_length,
        coalesce(sum(seconds_between(began_at, over_at)) FILTER (WHERE over_at >= $partition_start), 0) / 60
            AS issue_minutes,
        CASE WHEN bool_or(has_pair) THEN bool_or(over_at IS NULL) END AS is_open_at_midnight
    FROM stretches
    GROUP BY room_id, subject
    HAVING sum(issues) > 0 OR count(*) FILTER (WHERE over_at >= $partition_start) > 0
),
rooms AS (
    SELECT room_id, room_name FROM zoom.rooms WHERE dt = $first_date
)
SELECT 'zoom' AS platform, counted.*, rooms.room_name
FROM counted
LEFT JOIN rooms USING (room_id)
