-- Minutes by site and stream, of people of the account; too few of either are named without figures.
WITH
session_sums AS (
    -- Sessions first: there are a hundred times fewer of them than of samples.
    SELECT
        platform,
        meeting_uuid,
        session_key,
        stream,
        is_representative,
        any_value(quality_profile) AS quality_profile,
        band_minutes(sample_seconds, band = 'good') AS good_minutes,
        band_minutes(sample_seconds, band = 'fair') AS fair_minutes,
        band_minutes(sample_seconds, band IN ('poor', 'bad')) AS poor_minutes,
        band_minutes(sample_seconds, band = 'bad') AS bad_minutes,
        band_minutes(sample_seconds, band <> 'unclassified') AS classified_minutes,
        band_minutes(sample_seconds, band = 'unclassified') AS unclassified_minutes
    FROM quality.stream_minutes
    WHERE dt = $first_date AND stream <> 'none'
    GROUP BY platform, meeting_uuid, session_key, stream, is_representative
),
sited AS (
    SELECT session_sums.*, sessions.site, sessions.person_key
    FROM session_sums
    INNER JOIN quality.sessions USING (platform, meeting_uuid, session_key)
    WHERE sessions.dt = $first_date AND sessions.is_internal IS NOT FALSE
),
sums AS (
    SELECT
        platform,
        site,
        stream,
        any_value(quality_profile) AS quality_profile,
        count(DISTINCT person_key) FILTER (WHERE classified_minutes > 0) AS people,
        total_minutes(good_minutes) AS good_minutes,
        total_minutes(fair_minutes) AS fair_minutes,
        total_minutes(poor_minutes) AS poor_minutes,
        total_minutes(bad_minutes) AS bad_minutes,
        total_minutes(classified_minutes) AS classified_minutes,
        total_minutes(unclassified_minutes) AS unclassified_minutes,
        ratio(total_minutes(poor_minutes), total_minutes(classified_minutes)) AS poor_minute_share,
        count(DISTINCT person_key) FILTER (WHERE classified_minutes > 0 AND is_representative) AS drawn_people,
        total_minutes(CASE WHEN is_representative THEN classified_minutes END) AS drawn_minutes,
        total_minutes(CASE WHEN is_representative THEN poor_minutes END) AS drawn_poor_minutes
    FROM sited
    GROUP BY platform, site, stream
),
judged AS (
    SELECT *, people < $site_least_people OR classified_minutes < $site_least_minutes AS is_suppressed FROM sums
)
SELECT
    platform,
    site,
    stream,
    quality_profile,
    is_suppressed,
    CASE WHEN NOT is_suppressed THEN people END AS people,
    CASE WHEN NOT is_suppressed THEN good_minutes END AS good_minutes,
    CASE WHEN NOT is_suppressed THEN fair_minutes END AS fair_minutes,
    CASE WHEN NOT is_suppressed THEN poor_minutes END AS poor_minutes,
    CASE WHEN NOT is_suppressed THEN bad_minutes END AS bad_minutes,
    CASE WHEN NOT is_suppressed THEN classified_minutes END AS classified_minutes,
    CASE WHEN NOT is_suppressed THEN unclassified_minutes END AS unclassified_minutes,
    CASE WHEN NOT is_suppressed THEN poor_minute_share END AS poor_minute_share,
    CASE
        WHEN NOT is_suppressed AND drawn_people >= $site_least_people AND drawn_minutes >= $site_least_minutes
            THEN ratio(drawn_poor_minutes, drawn_minutes)
    END AS headline_poor_minute_share
FROM judged
