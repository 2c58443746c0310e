-- Meeting instances, with the logical meeting each belongs to: a host who drops starts a new instance of one meeting.
WITH
instances AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        meeting_number,
        CASE
            WHEN meeting_type = 1 THEN 'instant'
            WHEN meeting_type = 2 THEN 'scheduled'
            WHEN meeting_type IN (3, 8) THEN 'recurring'
            WHEN meeting_type = 4 THEN 'personal_room'
            ELSE 'unclassified'
        END AS kind,
        topic,
        coalesce('u:' || nullif(trim(host_user_id), ''), 'e:' || text_key(host_email)) AS host_key,
        nullif(trim(host_user_id), '') AS host_user_id,
        text_key(host_email) AS host_email,
        host_name,
        host_department,
        scheduled_at,
        CAST(NULL AS TIMESTAMPTZ) AS scheduled_end_at,
        started_at,
        ended_at,
        CASE
            WHEN ended_at IS NOT NULL THEN ended_at
            WHEN _ingested_at <= started_at + to_seconds($longest_meeting_seconds) THEN _ingested_at
        END AS observed_until_at,
        CASE WHEN ended_at >= started_at THEN seconds_between(started_at, ended_at) END AS actual_seconds,
        listing = 'pastOne' AS is_solo,
        ended_at IS NOT NULL AS is_final,
        vendor_participant_joins,
        has_recording,
        has_screen_share,
        has_external_participant
    FROM zoom.meetings
    WHERE
        dt BETWEEN $first_date - 1 AND $last_date
        -- Webinars, which only the hosts' reports mix into the list.
        AND coalesce(meeting_type NOT IN (5, 6, 9), TRUE)
),
continuations AS (
    -- The latest end known so far, not only the previous row's; where none is known, nothing is joined.
    SELECT
        *,
        coalesce(
            started_at <= to_seconds($stitch_gap_seconds) + max(ended_at) OVER (
                PARTITION BY platform, coalesce(meeting_number, meeting_uuid)
                ORDER BY started_at, meeting_uuid
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            FALSE
        ) AS is_continuation
    FROM instances
),
chains AS (
    SELECT
        *,
        count(*) FILTER (WHERE NOT is_continuation) OVER (
            PARTITION BY platform, coalesce(meeting_number, meeting_uuid)
            ORDER BY started_at, meeting_uuid
            ROWS UNBOUNDED PRECEDING
        ) AS chain
    FROM continuations
),
stitched AS (
    SELECT
        *,
        first_value(meeting_uuid) OVER (
            PARTITION BY platform, coalesce(meeting_number, meeting_uuid), chain
            ORDER BY started_at, meeting_uuid
        ) AS logical_meeting_key
    FROM chains
)
SELECT * EXCLUDE (is_continuation, chain)
FROM stitched
WHERE started_at >= $partition_start AND started_at < $partition_end
