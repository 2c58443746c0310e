"""Contracts of call quality per day, site and label, and of what is wrong with rooms, in schema `quality`.

Not here: people and meetings (`quality_people`).
"""

from __future__ import annotations

from dataclasses import replace

from reporting_assets.contracts.core import PLATFORM
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
from reporting_assets.contracts.quality_samples import (
    BAND_MINUTES,
    BANDS_ADD_UP,
    POOR_SHARE,
    QUALITY_PROFILE,
    SAMPLE_REASON,
    STREAM,
    minutes,
    share,
)

# Column's name and what it says of the metric; a value on a limit belongs below it, as in the bands.
LATENCY_BUCKETS = {
    "latency_0_50_minutes": "up to 50 ms",
    "latency_50_100_minutes": "above 50 up to 100 ms",
    "latency_100_150_minutes": "above 100 up to 150 ms",
    "latency_150_200_minutes": "above 150 up to 200 ms",
    "latency_200_300_minutes": "above 200 up to 300 ms",
    "latency_300_400_minutes": "above 300 up to 400 ms",
    "latency_400_500_minutes": "above 400 up to 500 ms",
    "latency_above_500_minutes": "above 500 ms",
}
LOSS_BUCKETS = {
    "loss_0_0p5_minutes": "up to 0.5 %",
    "loss_0p5_1_minutes": "above 0.5 up to 1 %",
    "loss_1_2_minutes": "above 1 up to 2 %",
    "loss_2_3_minutes": "above 2 up to 3 %",
    "loss_3_5_minutes": "above 3 up to 5 %",
    "loss_5_10_minutes": "above 5 up to 10 %",
    "loss_above_10_minutes": "above 10 %",
}


def _buckets(names: dict[str, str], of: str) -> tuple[Column, ...]:
    return tuple(minutes(name, f"Minutes with {of} {words}.") for name, words in names.items())


def _within(name: str, buckets: dict[str, str]) -> Expectation:
    return Expectation(
        name,
        f"{' + '.join(buckets)} <= classified_minutes + unclassified_minutes + 1e-6",
        "A histogram holds no more minutes than there are; those without the metric are in no bucket.",
        blocking=True,
    )


QUALITY_DAILY = Table(
    schema="quality",
    name="quality_daily",
    grain="One row per platform, sample reason, stream and direction, of meetings that started on the UTC day.",
    about=(
        "From `quality.stream_minutes`. All minutes add up over days, reasons, streams and directions; percentiles of any "
        "span come from the added histograms. Quote `headline_poor_minute_share`: rates over `flagged` rows exaggerate."
    ),
    partition=Partition.DAY,
    key=("platform", "sample_reason", "stream", "direction"),
    inputs=(Input("quality.stream_minutes"),),
    row_floor=0,
    columns=(
        PLATFORM,
        SAMPLE_REASON,
        Column("stream", Type.TEXT, "`audio`, `video`, `screen_share`, or `none` where nothing flowed.", required=True),
        Column(
            "direction",
            Type.TEXT,
            "`sent` or `received`, from the participant's side; `none` where the stream is.",
            required=True,
        ),
        QUALITY_PROFILE,
        Column(
            "meetings",
            Type.INTEGER,
            "Meeting instances with such samples; one has several streams, so do not add them up over these.",
            unit="meetings",
            required=True,
            additivity=Additivity.NONE,
        ),
        *BAND_MINUTES,
        POOR_SHARE,
        minutes(
            "representative_classified_minutes",
            "Classified minutes of the unbiased sample: `is_representative` in `quality.stream_minutes`.",
        ),
        minutes("representative_poor_minutes", "Those of them that are poor or bad."),
        share(
            "headline_poor_minute_share",
            (
                "Poor share of the unbiased sample over every reason of this platform, stream and direction, the same in each "
                "of its rows; NULL without such minutes."
            ),
        ),
        *_buckets(LATENCY_BUCKETS, "a round trip"),
        *_buckets(LOSS_BUCKETS, "a loss"),
    ),
    expectations=(
        *BANDS_ADD_UP,
        _within("latency_within_minutes", LATENCY_BUCKETS),
        _within("loss_within_minutes", LOSS_BUCKETS),
        Expectation(
            "representative_within_all",
            "representative_classified_minutes <= classified_minutes AND representative_poor_minutes <= poor_minutes "
            "AND representative_poor_minutes <= representative_classified_minutes",
            "The unbiased sample is some of all, and its poor minutes some of its own.",
            blocking=True,
        ),
    ),
)

_SHOWN = ("good_minutes", "fair_minutes", "poor_minutes", "bad_minutes", "classified_minutes", "unclassified_minutes")

SITE_DAILY = Table(
    schema="quality",
    name="site_daily",
    grain="One row per platform, site and stream, of meetings that started on the UTC day.",
    about=(
        "From `quality.stream_minutes` and `quality.sessions`, of people of the account; Webex does not say who is not, so "
        "there everybody counts. Sites of fewer than 5 people or 30 classified minutes are named without figures. Where "
        "no address or location is stored (any privacy profile but `full`) all is site `unknown`."
    ),
    partition=Partition.DAY,
    key=("platform", "site", "stream"),
    inputs=(Input("quality.stream_minutes"), Input("quality.sessions")),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "site",
            Type.TEXT,
            "The site, as in `quality.sessions`; `unknown` where no address or location is stored.",
            personal=Personal.DEVICE,
            required=True,
        ),
        STREAM,
        QUALITY_PROFILE,
        Column(
            "is_suppressed",
            Type.BOOLEAN,
            "Whether figures are left out, because they would be about persons or say nothing.",
            required=True,
        ),
        Column(
            "people",
            Type.INTEGER,
            "People with classified minutes; NULL where suppressed.",
            unit="people",
            additivity=Additivity.NONE,
        ),
        *(replace(column, required=False) for column in BAND_MINUTES),
        POOR_SHARE,
        share(
            "headline_poor_minute_share",
            "The same over the unbiased sample alone; NULL where that is too small to be shown.",
        ),
    ),
    expectations=(
        *BANDS_ADD_UP,
        Expectation(
            "suppressed_says_nothing",
            f"NOT is_suppressed OR coalesce({', '.join(_SHOWN)}, people, poor_minute_share, headline_poor_minute_share) IS NULL",
            "Suppressed rows hold no figure.",
            blocking=True,
        ),
        Expectation(
            "shown_is_enough",
            "is_suppressed OR (people >= 5 AND classified_minutes >= 30)",
            "What is shown is about five people and half an hour at least.",
            blocking=True,
        ),
        Expectation("site_is_known", "site <> 'unknown'", "The site of every minute is known."),
    ),
)

ZOOM_LABEL_AGREEMENT = Table(
    schema="quality",
    name="zoom_label_agreement",
    grain="One row per level (session or meeting), stream, our band and Zoom's label, of the UTC day.",
    about=(
        "How often Zoom's label and our band of the same session or meeting say the same; both directions make one band. "
        "The two measure different things: disagreement is a finding, no error. Of sampled meetings only, where flagged "
        "ones are too many."
    ),
    partition=Partition.DAY,
    key=("level", "stream", "our_band", "zoom_label"),
    inputs=(Input("quality.stream_minutes"), Input("quality.sessions"), Input("quality.meeting_quality")),
    row_floor=0,
    columns=(
        Column("level", Type.TEXT, "`session` or `meeting`: never add the two.", required=True),
        STREAM,
        Column(
            "our_band", Type.TEXT, "Our band over all samples; `unclassified` where none is classified.", required=True
        ),
        Column("zoom_label", Type.TEXT, "Zoom's label; `none` where it gave none.", required=True),
        QUALITY_PROFILE,
        Column(
            "cases",
            Type.INTEGER,
            "Sessions, or meetings, with this pair.",
            unit="sessions or meetings",
            required=True,
            additivity=Additivity.SUM,
        ),
        Column(
            "bands_apart",
            Type.INTEGER,
            "How many bands ours is worse (+) or better (-) than Zoom's; NULL where either is missing.",
            unit="bands",
            additivity=Additivity.NONE,
        ),
    ),
    expectations=(
        Expectation(
            "known_label",
            "zoom_label IN ('good', 'fair', 'poor', 'bad', 'none')",
            "Labels are those documented.",
        ),
    ),
)

ROOM_ISSUES_DAILY = Table(
    schema="quality",
    name="room_issues_daily",
    grain="One row per Zoom Room and subject of issues that were noticed, or were over, on the UTC day.",
    about=(
        "From `zoom.room_issues`, whose sentences come in pairs such as disconnected and reconnected; the subject is what "
        "both share. An issue lasts from the first notice since the one before was over. Its minutes count on the day it "
        "was over, so that they add up; what began more than 7 days before has no known length."
    ),
    partition=Partition.DAY,
    key=("platform", "room_id", "subject"),
    inputs=(Input("zoom.room_issues", days_before=7), Input("zoom.rooms", is_optional=True)),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("room_id", Type.TEXT, "Zoom's id of the room.", required=True),
        Column("room_name", Type.TEXT, "Name of the room, where `zoom.rooms` of the day has it."),
        Column(
            "subject",
            Type.TEXT,
            "What it is about, such as `selected camera`: Zoom's sentence without the state, lower case.",
            required=True,
        ),
        Column(
            "issues",
            Type.INTEGER,
            "Notices that something was wrong.",
            unit="issues",
            required=True,
            additivity=Additivity.SUM,
        ),
        Column(
            "resolved_issues",
            Type.INTEGER,
            "Notices that it was over.",
            unit="issues",
            required=True,
            additivity=Additivity.SUM,
        ),
        Column(
            "resolved_of_unknown_length",
            Type.INTEGER,
            "Those of them whose beginning is not known.",
            unit="issues",
            required=True,
            additivity=Additivity.SUM,
        ),
        minutes("issue_minutes", "How long those lasted that were over on the day and whose beginning is known."),
        Column(
            "is_open_at_midnight",
            Type.BOOLEAN,
            "Whether it was still wrong when the day ended; NULL for issues whose end Zoom does not tell.",
        ),
    ),
    expectations=(
        Expectation(
            "unknown_within_resolved",
            "resolved_of_unknown_length <= resolved_issues",
            "Those of unknown length are some of the resolved.",
            blocking=True,
        ),
        Expectation("minutes_not_negative", "issue_minutes >= 0", "Nothing is over before it begins.", blocking=True),
        Expectation(
            "beginning_is_known", "resolved_of_unknown_length = 0", "What is over was noticed in the 7 days before."
        ),
    ),
)

TABLES = (QUALITY_DAILY, SITE_DAILY, ZOOM_LABEL_AGREEMENT, ROOM_ISSUES_DAILY)
