"""Contracts of call quality sample by sample and session by session, and the columns that all of schema `quality` shares.

Not here: people and meetings (`quality_people`), sites, days and rooms (`quality_rollups`), and what the vendors deliver
(`zoom_qos`, `webex_quality`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import IDENTITY_CONFIDENCE, MEETING_STARTED_AT, MEETING_UUID, PERSON_KEY, PLATFORM
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Input,
    Partition,
    Personal,
    Table,
    Type,
)

STREAMS = ("audio", "video", "screen_share")

STREAM = Column("stream", Type.TEXT, "`audio`, `video` or `screen_share`.", required=True)
DIRECTION = Column(
    "direction",
    Type.TEXT,
    "`sent` or `received`, from the participant's side, whatever the vendor calls input and output.",
    required=True,
)
QUALITY_PROFILE = Column(
    "quality_profile",
    Type.TEXT,
    "The limits in force: `default`, `cqd` or `strict` (`REPORTING_QUALITY_PROFILE`). Never add up different ones.",
    required=True,
)
SAMPLE_REASON = Column(
    "sample_reason",
    Type.TEXT,
    "Why the meeting was asked for: `complete` (all are), `flagged` (Zoom labelled it poor or bad) or `random`.",
    required=True,
)
IS_REPRESENTATIVE = Column(
    "is_representative",
    Type.BOOLEAN,
    (
        "Whether the meeting is of the unbiased sample: all were asked for, or its draw lies below "
        "`ZOOM_QUALITY_RANDOM_PERCENT` whatever its label. Headline rates use these alone: flagged ones exaggerate, and "
        "without those of them that were drawn the rest would flatter."
    ),
    required=True,
)
SESSION_KEY = Column(
    "session_key",
    Type.TEXT,
    "One stay of a participant on one connection: on Zoom a hash of its ids and join, on Webex its place in the list.",
    required=True,
)
_NO_PICTURE_FLOOR = "Fewer than 7 pictures a second (2 of a shared screen) are poor where there is a picture."


def minutes(name: str, meaning: str, *, required: bool = True) -> Column:
    """A sum of minutes of streams."""
    return Column(name, Type.NUMBER, meaning, unit="minutes", required=required, additivity=Additivity.SUM)


def share(name: str, meaning: str) -> Column:
    """A share, 0 to 1, to be computed again from its sums at another grain."""
    return Column(name, Type.NUMBER, meaning, unit="share, 0 to 1", additivity=Additivity.NONE)


def measured(name: str, meaning: str, unit: str) -> Column:
    """A measurement or percentile, which adds up with nothing."""
    return Column(name, Type.NUMBER, meaning, unit=unit, additivity=Additivity.NONE)


BAND_MINUTES = (
    minutes("good_minutes", "Minutes of streams in band good."),
    minutes("fair_minutes", "Minutes in band fair."),
    minutes("poor_minutes", "Minutes in band poor or bad."),
    minutes("bad_minutes", "Those of them in band bad."),
    minutes(
        "classified_minutes",
        "Good, fair, poor and bad. Each stream and direction counts its own minutes; so do sessions.",
    ),
    minutes("unclassified_minutes", "Minutes of which no metric is known; in no share."),
)
POOR_SHARE = share("poor_minute_share", "`poor_minutes` of `classified_minutes`; NULL without classified minutes.")
BANDS_ADD_UP = (
    Expectation(
        "bands_add_up",
        "abs(good_minutes + fair_minutes + poor_minutes - classified_minutes) < 1e-6",
        "The bands add up to the classified minutes.",
        blocking=True,
    ),
    Expectation(
        "poor_within_classified",
        "bad_minutes <= poor_minutes AND poor_minutes <= classified_minutes",
        "Bad minutes are some of the poor, and those some of the classified.",
        blocking=True,
    ),
    Expectation(
        "share_is_a_share",
        "poor_minute_share IS NULL OR poor_minute_share BETWEEN 0 AND 1",
        "A share lies between 0 and 1.",
        blocking=True,
    ),
)
BAND = Column(
    "band",
    Type.TEXT,
    "The worst band that at least 5 % of the classified minutes reach; `unclassified` without any. Never that of a mean.",
    required=True,
)


STREAM_MINUTES = Table(
    schema="quality",
    name="stream_minutes",
    grain="One row per sample (a minute) of a session's stream and direction, in a meeting that started on the UTC day.",
    about=(
        "From `zoom.meeting_qos`, `zoom.webinar_qos` and `webex.meeting_qualities`. The worst of round trip, jitter, loss and "
        f"frame rate decides the band; limits are inclusive. {_NO_PICTURE_FLOOR} A web client's or room system's two legs "
        "around a gateway are one row with the worse of each metric. Samples exist only while media flows: muted senders "
        "are absent or unclassified, and people alone in a meeting have none."
    ),
    partition=Partition.DAY,
    key=(
        "platform",
        "meeting_uuid",
        "session_key",
        "run_index",
        "sample_index",
        "stream",
        "direction",
    ),
    inputs=(
        Input("zoom.meeting_qos", is_optional=True),
        Input("zoom.webinar_qos", is_optional=True),
        Input("webex.meeting_qualities", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        MEETING_STARTED_AT,
        SESSION_KEY,
        Column(
            "run_index",
            Type.INTEGER,
            "Which run of this session's stream it is, from 0: Webex begins a new one when the network changes.",
            required=True,
        ),
        Column("sample_index", Type.INTEGER, "Which sample of the run it is, from 0.", required=True),
        Column(
            "measured_at",
            Type.TIMESTAMP,
            "The minute: as Zoom states it; on Webex the run's start plus as many intervals as samples came before.",
        ),
        Column(
            "sample_seconds",
            Type.INTEGER,
            "Time the sample stands for: a minute on Zoom, the stated interval on Webex.",
            unit="seconds",
            required=True,
            additivity=Additivity.SUM,
        ),
        Column(
            "stream",
            Type.TEXT,
            "`audio`, `video` or `screen_share`; `none` for a minute of Zoom's in which nothing flowed.",
            required=True,
        ),
        Column(
            "direction",
            Type.TEXT,
            "`sent` or `received`, from the participant's side; `none` where the stream is.",
            required=True,
        ),
        measured("latency_ms", "Round trip; Webex does not say which delay it means, and it is taken as one.", "ms"),
        measured("jitter_ms", "Variation of the delay.", "ms"),
        measured("loss_pct", "Packets lost, 0 to 100; on Zoom the mean over the minute.", "percent"),
        measured("frame_rate_fps", "Pictures per second; NULL for audio.", "fps"),
        Column(
            "band",
            Type.TEXT,
            "`good`, `fair`, `poor`, `bad`, or `unclassified` where no metric is known.",
            required=True,
        ),
        Column("is_poor", Type.BOOLEAN, "Whether the band is poor or bad; NULL where unclassified."),
        QUALITY_PROFILE,
        measured(
            "estimated_mos",
            (
                "Mean opinion score estimated from round trip, jitter and loss of received audio, 1 to 4.5 (narrow band). NULL "
                "unless all three are known. Not comparable with Zoom's labels, and never averaged with them."
            ),
            "MOS, 1 to 4.5",
        ),
        Column("mos_algorithm", Type.TEXT, "`simple-93.2`, for received audio."),
        SAMPLE_REASON,
        IS_REPRESENTATIVE,
    ),
    expectations=(
        Expectation(
            "known_band",
            "band IN ('good', 'fair', 'poor', 'bad', 'unclassified')",
            "The band is one of five classes.",
            blocking=True,
        ),
        Expectation(
            "nothing_known_is_unclassified",
            "band = 'unclassified' OR coalesce(latency_ms, jitter_ms, loss_pct, frame_rate_fps) IS NOT NULL",
            "Without any metric a sample is unclassified, never good.",
            blocking=True,
        ),
        Expectation(
            "mos_in_range",
            "estimated_mos IS NULL OR (estimated_mos BETWEEN 1 AND 4.5 AND stream = 'audio' AND direction = 'received')",
            "The estimate lies between 1 and 4.5, and is of received audio.",
            blocking=True,
        ),
        Expectation(
            "mos_needs_all",
            "estimated_mos IS NULL OR (latency_ms IS NOT NULL AND jitter_ms IS NOT NULL AND loss_pct IS NOT NULL)",
            "The estimate needs round trip, jitter and loss.",
            blocking=True,
        ),
        Expectation("has_a_minute", "measured_at IS NOT NULL", "Every sample says its minute."),
    ),
)

SESSIONS = Table(
    schema="quality",
    name="sessions",
    grain="One row per session that has quality samples, in a meeting that started on the UTC day.",
    about=(
        "Who was connected, from which site, and Zoom's own labels: what the tables of quality per person and site add to "
        "`quality.stream_minutes`. Persons are those of `core.participant_sessions` where user id, address or name leads "
        "to one. Addresses and locations are stored under `REPORTING_PRIVACY=full` only; elsewhere the site is unknown."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "session_key"),
    inputs=(
        Input("zoom.meeting_qos", is_optional=True),
        Input("zoom.webinar_qos", is_optional=True),
        Input("webex.meeting_qualities", is_optional=True),
        Input("zoom.meeting_participant_metrics", is_optional=True),
        Input("zoom.webinar_participant_metrics", is_optional=True),
        Input("core.participant_sessions", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        SESSION_KEY,
        MEETING_STARTED_AT,
        PERSON_KEY,
        IDENTITY_CONFIDENCE,
        Column(
            "is_internal",
            Type.BOOLEAN,
            "Whether the person belongs to the account; NULL on Webex, which does not say.",
        ),
        Column("joined_at", Type.TIMESTAMP, "When the participant joined."),
        Column("left_at", Type.TIMESTAMP, "When the participant left; NULL while unknown."),
        Column("device_type", Type.TEXT, "Kind of device or client, in the vendor's words."),
        Column("network_type", Type.TEXT, "Kind of network, lower case: wired, wifi, cellular and so on."),
        Column(
            "site",
            Type.TEXT,
            "The first site of `REPORTING_SITES` whose rule fits, else the vendor's location, else `unknown`.",
            personal=Personal.DEVICE,
            required=True,
        ),
        Column(
            "site_source",
            Type.TEXT,
            "`rule`, `location` or `unknown`: no address or location is stored.",
            required=True,
        ),
        *(
            Column(
                f"zoom_{medium}_label",
                Type.TEXT,
                f"Zoom's own label of the session's {medium.replace('_', ' ')}: good, fair, poor or bad; NULL on Webex.",
            )
            for medium in STREAMS
        ),
    ),
    expectations=(
        Expectation("site_is_known", "site_source <> 'unknown'", "The site of every session is known."),
        Expectation(
            "leave_not_before_join", "left_at IS NULL OR left_at >= joined_at", "Nobody leaves before joining."
        ),
    ),
)

TABLES = (STREAM_MINUTES, SESSIONS)
