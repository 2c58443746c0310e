-- Every sample of every stream with its band. No sort and no grouping of the whole: a day has millions of rows.
WITH
-- Not materialized: read twice it costs less than millions of rows kept in memory.
zoom_samples AS NOT MATERIALIZED (
    SELECT
        meeting_uuid,
        meeting_started_at,
        zoom_session_key(session_user_id, participant_uuid, joined_at) AS session_key,
        * EXCLUDE (meeting_uuid, meeting_started_at)
    FROM (
        SELECT
            meeting_uuid, meeting_started_at, session_user_id, participant_uuid, joined_at, measured_at, sample_index,
            stream, direction, route, latency_ms, jitter_ms, avg_loss_pct, frame_rate_fps, height_px, sample_reason,
            sample_bucket
        FROM zoom.meeting_qos
        WHERE dt = $first_date
        UNION ALL
        SELECT
            webinar_uuid, webinar_started_at, session_user_id, participant_uuid, joined_at, measured_at, sample_index,
            stream, direction, route, latency_ms, jitter_ms, avg_loss_pct, frame_rate_fps, height_px, sample_reason,
            sample_bucket
        FROM zoom.webinar_qos
        WHERE dt = $first_date
    )
),
-- Web clients and room systems are measured twice, before and behind a gateway. Both lie in one and the same stream, which
-- is as good as the worse of them.
gateway_samples AS (
    SELECT
        meeting_uuid,
        session_key,
        sample_index,
        stream,
        direction,
        any_value(meeting_started_at) AS meeting_started_at,
        any_value(measured_at) AS measured_at,
        max(latency_ms) AS latency_ms,
        max(jitter_ms) AS jitter_ms,
        max(avg_loss_pct) AS avg_loss_pct,
        min(frame_rate_fps) AS frame_rate_fps,
        max(height_px) AS height_px,
        any_value(sample_reason) AS sample_reason,
        any_value(sample_bucket) AS sample_bucket
    FROM zoom_samples
    WHERE route <> 'client'
    GROUP BY meeting_uuid, session_key, sample_index, stream, direction
),
samples AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        coalesce(direct.meeting_started_at, gateway.meeting_started_at) AS meeting_started_at,
        session_key,
        0 AS run_index,
        sample_index,
        coalesce(direct.measured_at, gateway.measured_at) AS measured_at,
        60 AS sample_seconds,
        coalesce(stream, 'none') AS stream,
        coalesce(direction, 'none') AS direction,
        greatest(direct.latency_ms, gateway.latency_ms) AS latency_ms,
        greatest(direct.jitter_ms, gateway.jitter_ms) AS jitter_ms,
        greatest(direct.avg_loss_pct, gateway.avg_loss_pct) AS loss_pct,
        least(direct.frame_rate_fps, gateway.frame_rate_fps) AS frame_rate_fps,
        coalesce(direct.height_px, gateway.height_px) IS NOT NULL AS has_picture,
        coalesce(direct.sample_reason, gateway.sample_reason) AS sample_reason,
        coalesce(direct.sample_bucket, gateway.sample_bucket) < CAST($quality_random_percent AS BIGINT) AS is_drawn
    FROM (SELECT * FROM zoom_samples WHERE route IS NULL OR route = 'client') AS direct
    FULL JOIN gateway_samples AS gateway USING (meeting_uuid, session_key, sample_index, stream, direction)
    UNION ALL
    SELECT
        'webex' AS platform,
        meeting_instance_id AS meeting_uuid,
        meeting_started_at,
        CAST(session_place AS VARCHAR) AS session_key,
        dense_rank() OVER (
            PARTITION BY meeting_instance_id, session_place, stream, direction ORDER BY run_started_at, twin
        ) - 1 AS run_index,
        sample_index,
        run_started_at
            + to_milliseconds(CAST(1000 * sample_index * coalesce(sampling_interval_seconds, 60) AS BIGINT))
            AS measured_at,
        CAST(round(coalesce(sampling_interval_seconds, 60)) AS BIGINT) AS sample_seconds,
        CASE stream WHEN 'share' THEN 'screen_share' ELSE stream END AS stream,
        CASE direction WHEN 'in' THEN 'received' WHEN 'out' THEN 'sent' END AS direction,
        measured(latency_ms) AS latency_ms,
        measured(jitter_ms) AS jitter_ms,
        measured(packet_loss_pct) AS loss_pct,
        measured(frame_rate) AS frame_rate_fps,
        coalesce(resolution_height > 0, FALSE) AS has_picture,
        'complete' AS sample_reason,
        TRUE AS is_drawn
    FROM webex.meeting_qualities
    WHERE dt = $first_date AND stream IN ('audio', 'video', 'share') AND sample_index IS NOT NULL
),
banded AS (
    SELECT
        *,
        quality_band(
            $quality_profile,
            stream,
            latency_ms,
            jitter_ms,
            loss_pct,
            CASE WHEN has_picture THEN frame_rate_fps END
        ) AS band
    FROM samples
)
SELECT
    * EXCLUDE (has_picture, is_drawn),
    CASE WHEN band <> 'unclassified' THEN band IN ('poor', 'bad') END AS is_poor,
    $quality_profile AS quality_profile,
    CASE WHEN stream = 'audio' AND direction = 'received' THEN estimated_mos(latency_ms, jitter_ms, loss_pct) END
        AS estimated_mos,
    CASE WHEN stream = 'audio' AND direction = 'received' THEN 'simple-93.2' END AS mos_algorithm,
    sample_reason = 'complete' OR is_drawn AS is_representative
FROM banded
