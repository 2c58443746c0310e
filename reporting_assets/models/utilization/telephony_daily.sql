-- Telephone legs of the day by type and country, with their time, begun minutes and cost.
WITH
zoom_legs AS (
    SELECT
        'zoom' AS platform,
        coalesce(text_key(call_type), 'unknown') AS call_type,
        coalesce(nullif(trim(country), ''), 'unknown') AS country,
        count(*) AS legs,
        count(DISTINCT meeting_uuid) AS instances,
        sum(CASE WHEN ended_at >= started_at THEN seconds_between(started_at, ended_at) ELSE 0 END) AS leg_seconds,
        sum(billed_minutes) AS billed_minutes,
        sum(cost_usd) AS cost_usd
    FROM zoom.telephone
    WHERE dt = $first_date
    GROUP BY ALL
),
webex_minutes AS (
    -- Those dialled in toll-free are among those dialled in.
    SELECT
        meeting_instance_id,
        unnest(
            [
                struct_pack(
                    call_type := 'call-in',
                    minutes := coalesce(call_in_minutes, 0) - coalesce(call_in_toll_free_minutes, 0)
                ),
                struct_pack(call_type := 'call-in-toll-free', minutes := call_in_toll_free_minutes),
                struct_pack(call_type := 'call-out-domestic', minutes := call_out_domestic_minutes),
                struct_pack(call_type := 'call-out-international', minutes := call_out_international_minutes)
            ],
            recursive := TRUE
        )
    FROM webex.meeting_usage
    WHERE dt = $first_date
)
FROM zoom_legs
UNION ALL
SELECT
    'webex' AS platform,
    call_type,
    'unknown' AS country,
    NULL AS legs,
    count(DISTINCT meeting_instance_id) AS instances,
    sum(CAST(round(minutes * 60) AS BIGINT)) AS leg_seconds,
    NULL AS billed_minutes,
    NULL AS cost_usd
FROM webex_minutes
WHERE minutes > 0
GROUP BY call_type
