-- SQL of call quality: bands, estimated MOS, keys of sessions, addresses. Not here: what other areas share (macros.sql).
--
-- DuckDB's `greatest` and `least` skip NULL. Where the worst of what is known is wanted that is right; where a result needs
-- every input it would turn missing data into perfect quality, so those macros ask for NULL first.

-- A measurement that can be one: negative and infinite values are unknown.
CREATE OR REPLACE TEMP MACRO measured(value) AS
    CASE WHEN value >= 0 AND isfinite(CAST(value AS DOUBLE)) THEN CAST(value AS DOUBLE) END;

-- 0 good, 1 fair, 2 poor, 3 bad. Limits are inclusive; what is unknown has no rank.
CREATE OR REPLACE TEMP MACRO limit_rank(value, good_to, fair_to, poor_to) AS
    CASE
        WHEN value IS NULL THEN NULL
        WHEN value <= good_to THEN 0
        WHEN value <= fair_to THEN 1
        WHEN value <= poor_to THEN 2
        ELSE 3
    END;

-- Pictures per second below which a moving picture is poor whatever the network says; no limit for audio.
CREATE OR REPLACE TEMP MACRO least_frame_rate(stream) AS
    CASE stream WHEN 'video' THEN 7 WHEN 'screen_share' THEN 2 END;

-- Zoom's recommendation is good, Unify Circuit's alarm levels fair, Microsoft's limits poor. Slides may come late.
CREATE OR REPLACE TEMP MACRO default_rank(stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps) AS
    greatest(
        CASE
            WHEN stream = 'screen_share' THEN limit_rank(latency_ms, 250, 500, 1000)
            ELSE limit_rank(latency_ms, 150, 300, 500)
        END,
        limit_rank(jitter_ms, 40, 50, 100),
        limit_rank(loss_pct, 2, 5, 10),
        CASE WHEN frame_rate_fps < least_frame_rate(stream) THEN 2 END
    );

-- The same ladder one rung lower: Microsoft's network targets for Teams are good, Zoom's recommendation only fair.
CREATE OR REPLACE TEMP MACRO strict_rank(stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps) AS
    greatest(
        CASE
            WHEN stream = 'screen_share' THEN limit_rank(latency_ms, 150, 250, 500)
            ELSE limit_rank(latency_ms, 100, 150, 300)
        END,
        limit_rank(jitter_ms, 30, 40, 50),
        limit_rank(loss_pct, 1, 2, 5),
        CASE WHEN frame_rate_fps < least_frame_rate(stream) THEN 2 END
    );

-- Microsoft's Call Quality Dashboard, good or poor only. Of its audio limits, degradation and concealment are not among
-- what the vendors tell. Pictures are judged by the first that is known of frame rate and loss.
CREATE OR REPLACE TEMP MACRO cqd_rank(stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps) AS
    CASE
        WHEN stream = 'audio' THEN greatest(
            limit_rank(latency_ms, 500, 500, 'infinity'::DOUBLE),
            limit_rank(jitter_ms, 30, 30, 'infinity'::DOUBLE),
            limit_rank(loss_pct, 10, 10, 'infinity'::DOUBLE)
        )
        WHEN frame_rate_fps < least_frame_rate(stream) THEN 2
        WHEN frame_rate_fps IS NOT NULL THEN 0
        ELSE limit_rank(loss_pct, 15, 15, 'infinity'::DOUBLE)
    END;

-- The band of one sample: the worst metric decides, and where none is known the sample is unclassified. Latency is a
-- round trip; the frame rate is that of a picture which was there, else NULL.
CREATE OR REPLACE TEMP MACRO quality_band(profile, stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps) AS
    CASE
        CASE profile
            WHEN 'cqd' THEN cqd_rank(stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps)
            WHEN 'strict' THEN strict_rank(stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps)
            ELSE default_rank(stream, latency_ms, jitter_ms, loss_pct, frame_rate_fps)
        END
        WHEN 0 THEN 'good'
        WHEN 1 THEN 'fair'
        WHEN 2 THEN 'poor'
        WHEN 3 THEN 'bad'
        ELSE 'unclassified'
    END;

-- The band of many samples: the worst that `affected_pct` of the classified minutes reach. Never that of their mean.
CREATE OR REPLACE TEMP MACRO lasting_band(classified_minutes, good_minutes, poor_minutes, bad_minutes, affected_pct) AS
    CASE
        WHEN coalesce(classified_minutes, 0) <= 0 THEN 'unclassified'
        WHEN bad_minutes > 0 AND 100 * bad_minutes >= affected_pct * classified_minutes THEN 'bad'
        WHEN poor_minutes > 0 AND 100 * poor_minutes >= affected_pct * classified_minutes THEN 'poor'
        WHEN classified_minutes > good_minutes
            AND 100 * (classified_minutes - good_minutes) >= affected_pct * classified_minutes THEN 'fair'
        ELSE 'good'
    END;

-- Mean opinion score of a transmission rating R (ITU-T G.107, Annex B). The polynomial dips below 1 for R up to 6.5.
CREATE OR REPLACE TEMP MACRO r_to_mos(r) AS
    CASE
        WHEN r IS NULL THEN NULL
        WHEN r <= 6.5 THEN 1.0::DOUBLE
        WHEN r >= 100 THEN 4.5::DOUBLE
        ELSE least(4.5, greatest(1.0, 1 + 0.035 * CAST(r AS DOUBLE) + 7e-6 * r * (r - 60) * (100 - r)))
    END;

-- Delay as the ear has it: the round trip, twice the jitter for the buffer, 10 ms for the codec.
CREATE OR REPLACE TEMP MACRO effective_latency_ms(rtt_ms, jitter_ms) AS
    CAST(rtt_ms AS DOUBLE) + 2 * CAST(jitter_ms AS DOUBLE) + 10;

-- R by the algorithm `simple-93.2`; NULL unless all three are known.
CREATE OR REPLACE TEMP MACRO network_r(rtt_ms, jitter_ms, loss_pct) AS
    CASE
        WHEN measured(rtt_ms) IS NULL OR measured(jitter_ms) IS NULL OR measured(loss_pct) IS NULL THEN NULL
        ELSE greatest(
            0.0,
            least(
                100.0,
                CASE
                    WHEN effective_latency_ms(rtt_ms, jitter_ms) < 160
                        THEN 93.2 - effective_latency_ms(rtt_ms, jitter_ms) / 40
                    ELSE 93.2 - (effective_latency_ms(rtt_ms, jitter_ms) - 120) / 10
                END - 2.5 * CAST(loss_pct AS DOUBLE)
            )
        )
    END;

CREATE OR REPLACE TEMP MACRO estimated_mos(rtt_ms, jitter_ms, loss_pct) AS
    r_to_mos(network_r(rtt_ms, jitter_ms, loss_pct));

-- R by the algorithm `g107-reduced`, for a codec of equipment impairment `ie` and robustness `bpl` under random loss.
CREATE OR REPLACE TEMP MACRO g107_reduced_r(one_way_ms, loss_pct, ie, bpl) AS
    CASE
        WHEN measured(one_way_ms) IS NULL OR measured(loss_pct) IS NULL THEN NULL
        ELSE 93.2
            - (0.024 * CAST(one_way_ms AS DOUBLE) + 0.11 * greatest(0.0, CAST(one_way_ms AS DOUBLE) - 177.3))
            - (ie + (95 - ie) * CAST(loss_pct AS DOUBLE) / (CAST(loss_pct AS DOUBLE) + bpl))
    END;

-- The same share of the way, for G.711 with concealment: which codec the vendors use, they do not say.
CREATE OR REPLACE TEMP MACRO estimated_mos_g107(rtt_ms, jitter_ms, loss_pct) AS
    r_to_mos(g107_reduced_r(CAST(rtt_ms AS DOUBLE) / 2 + 2 * CAST(jitter_ms AS DOUBLE) + 10, loss_pct, 0, 25.1));

-- One participant's stay on one connection, as Zoom's dashboards tell it apart; short, since millions of rows carry it.
CREATE OR REPLACE TEMP MACRO zoom_session_key(session_user_id, participant_uuid, joined_at) AS
    left(
        md5(
            concat_ws(
                chr(31),
                coalesce(session_user_id, chr(30)),
                coalesce(participant_uuid, chr(30)),
                coalesce(CAST(epoch_us(joined_at) AS VARCHAR), chr(30))
            )
        ),
        16
    );

-- An IPv4 address as a number; NULL for anything else.
CREATE OR REPLACE TEMP MACRO ipv4(address) AS
    CASE
        WHEN regexp_full_match(address, '[0-9]{1,3}(\.[0-9]{1,3}){3}')
            THEN TRY_CAST(split_part(address, '.', 1) AS BIGINT) * 16777216
                + TRY_CAST(split_part(address, '.', 2) AS BIGINT) * 65536
                + TRY_CAST(split_part(address, '.', 3) AS BIGINT) * 256
                + TRY_CAST(split_part(address, '.', 4) AS BIGINT)
    END;

-- Whether an address or a place belongs to a site's rule: an IPv4 network such as 203.0.113.0/24, or how either begins.
CREATE OR REPLACE TEMP MACRO fits_site(rule, address, location) AS
    CASE
        WHEN contains(rule, '/') THEN coalesce(
            ipv4(address) >> (32 - TRY_CAST(split_part(rule, '/', 2) AS INTEGER))
            = ipv4(split_part(rule, '/', 1)) >> (32 - TRY_CAST(split_part(rule, '/', 2) AS INTEGER)),
            FALSE
        )
        ELSE coalesce(starts_with(lower(address), lower(rule)), FALSE)
            OR coalesce(starts_with(lower(location), lower(rule)), FALSE)
    END;

-- Minutes of the samples for which `is_wanted` is true; samples of unknown truth are not wanted. Whole seconds are added up,
-- so that the sum is the same in any order.
CREATE OR REPLACE TEMP MACRO band_minutes(sample_seconds, is_wanted) AS
    CAST(coalesce(sum(sample_seconds) FILTER (WHERE is_wanted), 0) AS DOUBLE) / 60;
