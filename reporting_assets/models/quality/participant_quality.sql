-- What each person had of each stream: minutes by band, and percentiles of the samples themselves.
WITH
samples AS (
    SELECT sessions.person_key, stream_minutes.*
    FROM quality.stream_minutes
    INNER JOIN quality.sessions USING (platform, meeting_uuid, session_key)
    WHERE stream_minutes.dt = $first_date AND sessions.dt = $first_date AND stream_minutes.stream <> 'none'
),
sums AS (
    SELECT
        platform,
        meeting_uuid,
        person_key,
        stream,
        direction,
        any_value(meeting_started_at) AS meeting_started_at,
        any_value(sample_reason) AS sample_reason,
        any_value(is_representative) AS is_representative,
        any_value(quality_profile) AS quality_profile,
        count(DISTINCT session_key) AS sessions,
        band_minutes(sample_seconds, band = 'good') AS good_minutes,
        band_minutes(sample_seconds, band = 'fair') AS fair_minutes,
        band_minutes(sample_seconds, band IN ('poor', 'bad')) AS poor_minutes,
        band_minutes(sample_seconds, band = 'bad') AS bad_minutes,
        band_minutes(sample_seconds, band <> 'unclassified') AS classified_minutes,
        band_minutes(sample_seconds, band = 'unclassified') AS unclassified_minutes,
        quantile_cont(latency_ms, [0.5, 0.95]) AS latency_ms,
        quantile_cont(jitter_ms, [0.5, 0.95]) AS jitter_ms,
        quantile_cont(loss_pct, [0.5, 0.95]) AS loss_pct,
        quantile_cont(estimated_mos, [0.05, 0.5]) AS estimated_mos,
        max(mos_algorithm) AS mos_algorithm,
        median(estimated_mos_g107(latency_ms, jitter_ms, loss_pct)) FILTER (WHERE mos_algorithm IS NOT NULL)
            AS estimated_mos_g107_p50
    FROM samples
    GROUP BY platform, meeting_uuid, person_key, stream, direction
)
SELECT
    * EXCLUDE (latency_ms, jitter_ms, loss_pct, estimated_mos),
    ratio(poor_minutes, classified_minutes) AS poor_minute_share,
    lasting_band(classified_minutes, good_minutes, poor_minutes, bad_minutes, $affected_pct) AS band,
    CASE
        WHEN classified_minutes > 0
            THEN 100 * poor_minutes >= $affected_pct * classified_minutes AND poor_minutes >= $affected_minutes
    END AS is_affected,
    latency_ms[1] AS latency_p50_ms,
    latency_ms[2] AS latency_p95_ms,
    jitter_ms[1] AS jitter_p50_ms,
    jitter_ms[2] AS jitter_p95_ms,
    loss_pct[1] AS loss_p50_pct,
    loss_pct[2] AS loss_p95_pct,
    estimated_mos[2] AS estimated_mos_p50,
    estimated_mos[1] AS estimated_mos_p05
FROM sums
