-- Minutes of the day by stream, direction and why they were asked for; histograms that add up.
WITH
samples AS (
    SELECT * FROM quality.stream_minutes WHERE dt = $first_date
),
sums AS (
    SELECT
        platform,
        sample_reason,
        stream,
        direction,
        any_value(quality_profile) AS quality_profile,
        count(DISTINCT meeting_uuid) AS meetings,
        band_minutes(sample_seconds, band = 'good') AS good_minutes,
        band_minutes(sample_seconds, band = 'fair') AS fair_minutes,
        band_minutes(sample_seconds, band IN ('poor', 'bad')) AS poor_minutes,
        band_minutes(sample_seconds, band = 'bad') AS bad_minutes,
        band_minutes(sample_seconds, band <> 'unclassified') AS classified_minutes,
        band_minutes(sample_seconds, band = 'unclassified') AS unclassified_minutes,
        band_minutes(sample_seconds, is_representative AND band <> 'unclassified') AS representative_classified_minutes,
        band_minutes(sample_seconds, is_representative AND band IN ('poor', 'bad')) AS representative_poor_minutes,
        band_minutes(sample_seconds, latency_ms <= 50) AS latency_0_50_minutes,
        band_minutes(sample_seconds, latency_ms > 50 AND latency_ms <= 100) AS latency_50_100_minutes,
        band_minutes(sample_seconds, latency_ms > 100 AND latency_ms <= 150) AS latency_100_150_minutes,
        band_minutes(sample_seconds, latency_ms > 150 AND latency_ms <= 200) AS latency_150_200_minutes,
        band_minutes(sample_seconds, latency_ms > 200 AND latency_ms <= 300) AS latency_200_300_minutes,
        band_minutes(sample_seconds, latency_ms > 300 AND latency_ms <= 400) AS latency_300_400_minutes,
        band_minutes(sample_seconds, latency_ms > 400 AND latency_ms <= 500) AS latency_400_500_minutes,
        band_minutes(sample_seconds, latency_ms > 500) AS latency_above_500_minutes,
        band_minutes(sample_seconds, loss_pct <= 0.5) AS loss_0_0p5_minutes,
        band_minutes(sample_seconds, loss_pct > 0.5 AND loss_pct <= 1) AS loss_0p5_1_minutes,
        band_minutes(sample_seconds, loss_pct > 1 AND loss_pct <= 2) AS loss_1_2_minutes,
        band_minutes(sample_seconds, loss_pct > 2 AND loss_pct <= 3) AS loss_2_3_minutes,
        band_minutes(sample_seconds, loss_pct > 3 AND loss_pct <= 5) AS loss_3_5_minutes,
        band_minutes(sample_seconds, loss_pct > 5 AND loss_pct <= 10) AS loss_5_10_minutes,
        band_minutes(sample_seconds, loss_pct > 10) AS loss_above_10_minutes
    FROM samples
    GROUP BY platform, sample_reason, stream, direction
)
SELECT
    *,
    ratio(poor_minutes, classified_minutes) AS poor_minute_share,
    ratio(
        sum(representative_poor_minutes) OVER over_all_reasons,
        sum(representative_classified_minutes) OVER over_all_reasons
    ) AS headline_poor_minute_share
FROM sums
WINDOW over_all_reasons AS (PARTITION BY platform, stream, direction)
