-- Our band and Zoom's label of the same sessions and meetings, counted pair by pair.
WITH
session_sums AS (
    SELECT
        meeting_uuid,
        session_key,
        stream,
        band_minutes(sample_seconds, band = 'good') AS good_minutes,
        band_minutes(sample_seconds, band IN ('poor', 'bad')) AS poor_minutes,
        band_minutes(sample_seconds, band = 'bad') AS bad_minutes,
        band_minutes(sample_seconds, band <> 'unclassified') AS classified_minutes
    FROM quality.stream_minutes
    WHERE dt = $first_date AND platform = 'zoom' AND stream <> 'none'
    GROUP BY meeting_uuid, session_key, stream
),
meeting_sums AS (
    SELECT
        meeting_uuid,
        stream,
        total_minutes(good_minutes) AS good_minutes,
        total_minutes(poor_minutes) AS poor_minutes,
        total_minutes(bad_minutes) AS bad_minutes,
        total_minutes(classified_minutes) AS classified_minutes
    FROM session_sums
    GROUP BY meeting_uuid, stream
),
streams AS (
    SELECT unnest(['audio', 'video', 'screen_share']) AS stream
),
session_labels AS (
    SELECT
        sessions.meeting_uuid,
        sessions.session_key,
        streams.stream,
        CASE streams.stream
            WHEN 'audio' THEN sessions.zoom_audio_label
            WHEN 'video' THEN sessions.zoom_video_label
            ELSE sessions.zoom_screen_share_label
        END AS zoom_label
    FROM quality.sessions
    CROSS JOIN streams
    WHERE sessions.dt = $first_date AND sessions.platform = 'zoom'
),
meeting_labels AS (
    SELECT
        meetings.meeting_uuid,
        streams.stream,
        CASE streams.stream
            WHEN 'audio' THEN meetings.zoom_audio_label
            WHEN 'video' THEN meetings.zoom_video_label
            ELSE meetings.zoom_screen_share_label
        END AS zoom_label
    FROM quality.meeting_quality AS meetings
    CROSS JOIN streams
    WHERE meetings.dt = $first_date AND meetings.platform = 'zoom'
),
pairs AS (
    SELECT
        'session' AS level,
        labels.stream,
        labels.zoom_label,
        sums.classified_minutes,
        lasting_band(
            sums.classified_minutes, sums.good_minutes, sums.poor_minutes, sums.bad_minutes, $affected_pct
        ) AS our_band
    FROM session_labels AS labels
    LEFT JOIN session_sums AS sums USING (meeting_uuid, session_key, stream)
    UNION ALL
    SELECT
        'meeting' AS level,
        labels.stream,
        labels.zoom_label,
        sums.classified_minutes,
        lasting_band(
            sums.classified_minutes, sums.good_minutes, sums.poor_minutes, sums.bad_minutes, $affected_pct
        ) AS our_band
    FROM meeting_labels AS labels
    LEFT JOIN meeting_sums AS sums USING (meeting_uuid, stream)
)
SELECT
    level,
    stream,
    our_band,
    coalesce(zoom_label, 'none') AS zoom_label,
    (SELECT max(quality_profile) FROM quality.meeting_quality WHERE dt = $first_date) AS quality_profile,
    count(*) AS cases,
    nullif(list_position(['good', 'fair', 'poor', 'bad'], our_band), 0)
    - nullif(list_position(['good', 'fair', 'poor', 'bad'], coalesce(zoom_label, 'none')), 0) AS bands_apart
FROM pairs
-- What was neither used nor labelled is no case.
WHERE classified_minutes IS NOT NULL OR zoom_label IS NOT NULL
GROUP BY level, stream, our_band, coalesce(zoom_label, 'none')
