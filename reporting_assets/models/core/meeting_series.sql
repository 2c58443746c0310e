-- Series of the month: what shares a meeting number. Its last instance speaks for it.
WITH
instances AS (
    SELECT *, coalesce(meeting_number, meeting_uuid) AS series_key
    FROM core.meetings
    WHERE dt BETWEEN $first_date AND $last_date
),
personal_rooms AS (
    SELECT DISTINCT 'zoom' AS platform, personal_meeting_number AS meeting_number
    FROM zoom.users
    WHERE dt BETWEEN $first_date AND $last_date AND personal_meeting_number IS NOT NULL
),
users AS (
    SELECT count(*) > 0 AS are_known FROM zoom.users WHERE dt BETWEEN $first_date AND $last_date
),
series AS (
    SELECT
        platform,
        series_key,
        any_value(meeting_number) AS meeting_number,
        coalesce(max_by(kind, (started_at, meeting_uuid)) FILTER (WHERE kind <> 'unclassified'), 'unclassified')
            AS kind,
        bool_or(kind = 'personal_room') AS is_called_personal_room,
        -- In a list, for the last instance's may be NULL, which max_by would pass over.
        max_by([topic], (started_at, meeting_uuid))[1] AS topic,
        max_by([host_key], (started_at, meeting_uuid))[1] AS host_key,
        count(DISTINCT host_key) AS hosts,
        count(*) AS instances,
        count(DISTINCT logical_meeting_key) AS logical_meetings,
        count(DISTINCT start_local_date) AS days_held,
        CAST(sum(actual_seconds) AS BIGINT) AS actual_seconds,
        min_by(meeting_uuid, (started_at, meeting_uuid)) AS first_meeting_uuid,
        min(started_at) AS first_started_at,
        max_by(meeting_uuid, (started_at, meeting_uuid)) AS last_meeting_uuid,
        max(started_at) AS last_started_at
    FROM instances
    GROUP BY platform, series_key
)
SELECT
    series.* EXCLUDE (is_called_personal_room),
    series.kind = 'webinar' AS is_webinar,
    CASE
        WHEN series.platform <> 'zoom' THEN NULL
        WHEN series.kind = 'webinar' THEN FALSE
        WHEN series.is_called_personal_room OR personal_rooms.meeting_number IS NOT NULL THEN TRUE
        WHEN users.are_known THEN FALSE
    END AS is_personal_room
FROM series
CROSS JOIN users
LEFT JOIN personal_rooms USING (platform, meeting_number)
