"""Contracts of call quality per person and per meeting, in schema `quality`.

Not here: the samples they are made of (`quality_samples`), and sites and days (`quality_rollups`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import MEETING_STARTED_AT, MEETING_UUID, PERSON_KEY, PLATFORM
from reporting_assets.contracts.model import Additivity, Column, Expectation, Input, Partition, Table, Type
from reporting_assets.contracts.quality_samples import (
    BAND,
    BAND_MINUTES,
    BANDS_ADD_UP,
    DIRECTION,
    IS_REPRESENTATIVE,
    POOR_SHARE,
    QUALITY_PROFILE,
    SAMPLE_REASON,
    STREAM,
    STREAMS,
    measured,
    minutes,
    share,
)


def _percentiles(of: str, suffix: str, unit: str, meaning: str) -> tuple[Column, Column]:
    return (
        measured(f"{of}_p50_{suffix}", f"Median of {meaning} over the samples.", unit),
        measured(f"{of}_p95_{suffix}", f"What {meaning} exceeded in one sample of twenty.", unit),
    )


PARTICIPANT_QUALITY = Table(
    schema="quality",
    name="participant_quality",
    grain="One row per person, meeting instance, stream and direction, of meetings that started on the UTC day.",
    about=(
        "From `quality.stream_minutes` and `quality.sessions`; a person's sessions are added up. Percentiles are of the "
        "samples themselves: compute others from `quality.stream_minutes`, never from these."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "person_key", "stream", "direction"),
    inputs=(Input("quality.stream_minutes"), Input("quality.sessions")),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        PERSON_KEY,
        STREAM,
        DIRECTION,
        MEETING_STARTED_AT,
        SAMPLE_REASON,
        IS_REPRESENTATIVE,
        QUALITY_PROFILE,
        Column(
            "sessions",
            Type.INTEGER,
            "Sessions of the person that had this stream.",
            unit="sessions",
            required=True,
            additivity=Additivity.NONE,
        ),
        *BAND_MINUTES,
        POOR_SHARE,
        BAND,
        Column(
            "is_affected",
            Type.BOOLEAN,
            "Whether at least 5 % of the classified minutes were poor or bad, and at least 2 of them; NULL without any.",
        ),
        *_percentiles("latency", "ms", "ms", "the round trip"),
        *_percentiles("jitter", "ms", "ms", "jitter"),
        *_percentiles("loss", "pct", "percent", "loss"),
        measured("estimated_mos_p50", "Median of the estimated MOS; received audio only.", "MOS, 1 to 4.5"),
        measured("estimated_mos_p05", "What the estimated MOS fell below in one sample of twenty.", "MOS, 1 to 4.5"),
        Column("mos_algorithm", Type.TEXT, "`simple-93.2`, for received audio."),
        measured(
            "estimated_mos_g107_p50",
            (
                "Median by the reduced model of ITU-T G.107 for G.711 with concealment: a second opinion on how much depends "
                "on the algorithm, for which codec is in use the vendors do not say."
            ),
            "MOS, 1 to 4.5",
        ),
    ),
    expectations=(
        *BANDS_ADD_UP,
        Expectation(
            "affected_has_poor_minutes",
            "is_affected IS NOT TRUE OR (poor_minutes > 0 AND band IN ('poor', 'bad'))",
            "Whoever is affected had poor minutes.",
            blocking=True,
        ),
        Expectation(
            "percentiles_in_order",
            "coalesce(latency_p50_ms <= latency_p95_ms, TRUE) AND coalesce(jitter_p50_ms <= jitter_p95_ms, TRUE) "
            "AND coalesce(loss_p50_pct <= loss_p95_pct, TRUE) AND coalesce(estimated_mos_p05 <= estimated_mos_p50, TRUE)",
            "A median does not exceed the 95th percentile.",
        ),
    ),
)

MEETING_QUALITY = Table(
    schema="quality",
    name="meeting_quality",
    grain="One row per meeting or webinar instance with quality samples that started on the UTC day.",
    about=(
        "From `quality.participant_quality`: sums of minutes over people, streams and directions, and shares of those sums, "
        "so that a short call does not weigh like a long one. Zoom's own labels stand beside ours and are another thing: "
        "they are bands of its score, ours of the network's metrics."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid"),
    inputs=(
        Input("quality.participant_quality"),
        Input("core.meetings", is_optional=True),
        Input("zoom.meetings", is_optional=True),
        Input("zoom.webinars", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        MEETING_STARTED_AT,
        Column(
            "is_webinar", Type.BOOLEAN, "Whether it is a webinar, as in `core.meetings`; NULL where it is not there."
        ),
        SAMPLE_REASON,
        IS_REPRESENTATIVE,
        QUALITY_PROFILE,
        Column(
            "people",
            Type.INTEGER,
            "People with classified minutes.",
            unit="people",
            required=True,
            additivity=Additivity.NONE,
        ),
        Column(
            "affected_people",
            Type.INTEGER,
            "Those of them who were affected in any stream and direction: the worst one decides.",
            unit="people",
            required=True,
            additivity=Additivity.NONE,
        ),
        share("affected_participant_share", "`affected_people` of `people`; NULL without people."),
        *BAND_MINUTES,
        POOR_SHARE,
        BAND,
        *(
            column
            for stream in STREAMS
            for column in (
                minutes(
                    f"{stream}_classified_minutes",
                    f"Classified minutes of {stream.replace('_', ' ')}, both directions.",
                ),
                minutes(f"{stream}_poor_minutes", "Those of them that are poor or bad."),
            )
        ),
        Column(
            "worst_stream",
            Type.TEXT,
            "The stream with the highest share of poor minutes; NULL where none is poor.",
        ),
        share("worst_stream_poor_minute_share", "Its share of poor minutes."),
        *(
            Column(
                f"zoom_{stream}_label",
                Type.TEXT,
                f"Zoom's own label of the meeting's {stream.replace('_', ' ')}: good, fair, poor or bad.",
            )
            for stream in STREAMS
        ),
    ),
    expectations=(
        *BANDS_ADD_UP,
        Expectation(
            "affected_within_people", "affected_people <= people", "Affected people are some of all.", blocking=True
        ),
        Expectation(
            "streams_add_up",
            "abs(audio_classified_minutes + video_classified_minutes + screen_share_classified_minutes "
            "- classified_minutes) < 1e-6 AND abs(audio_poor_minutes + video_poor_minutes + screen_share_poor_minutes "
            "- poor_minutes) < 1e-6",
            "The streams add up to the whole.",
            blocking=True,
        ),
    ),
)

TABLES = (PARTICIPANT_QUALITY, MEETING_QUALITY)
