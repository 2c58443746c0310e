"""Contracts of Zoom's dashboards about the quality of meetings and webinars: devices, samples per minute, sharing, feedback."""

from __future__ import annotations

from dataclasses import replace

from reporting_assets.contracts.asking import PerItem, VendorDay
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Item,
    Leg,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)
from reporting_assets.contracts.sampling import SAMPLE_COLUMNS, sampled
from reporting_assets.contracts.zoom_qos import GROUP, qos, qos_summary
from reporting_assets.contracts.zoom_sessions import (
    KINDS,
    Kind,
    connection_columns,
    join_seconds,
    session_columns,
    text,
)

_LISTING = {"listing": "listing"}  # meetings of one person are asked for under another type
_LABEL = "good, fair, poor or bad; NULL where the medium was not used"
MEDIA = ("audio", "video", "screen_share")


def participant_metrics(kind: Kind) -> Table:
    """Device, network, client and labels of every join."""
    noun, device = kind.noun, Personal.DEVICE
    endpoint = kind.endpoint(
        "participants",
        "",
        f"Device, network, client and quality labels of everybody who joined a past {noun}.",
        f"list_{noun}_participants",
        params={"include_fields": "registrant_id"} | ({} if kind.is_meeting else {"type": "past"}),
    )
    labels = tuple(
        text(
            f"{medium}_quality",
            f"Zoom's label of the session's {medium.replace('_', ' ')}: {_LABEL}.",
            f"{medium}_quality",
        )
        for medium in MEDIA
    )
    meetings_only = (
        text("status", "`in_meeting` or `in_waiting_room`; a stay there is not attendance.", "status"),
        text("camera", "Name of the camera; filled only where one was used.", "camera", device),
        text("group_id", "The user group of the participant.", "groupId"),
        Column(
            "in_room_participants",
            Type.INTEGER,
            "People who took part through one Zoom Room.",
            unit="people",
            source=Field("in_room_participants"),
            additivity=Additivity.NONE,
        ),
        join_seconds(),
        text("ai_disclaimer", "How the participant answered the AI Companion's notice.", "aic_disclaimer"),
    )
    return Table(
        schema="zoom",
        name=f"{noun}_participant_metrics",
        grain=f"One row per join of a participant to a sampled {noun} that started on the UTC day.",
        about=(
            "What the dashboards know beyond the joins: device, network, client, place and Zoom's quality labels. "
            "Identity and devices of people outside the account are empty. "
            + (
                "Which meetings are asked for is a policy (`sample_reason`)."
                if kind.is_meeting
                else "All webinars are asked for, unless quality is switched off (`ZOOM_QUALITY_SAMPLE`)."
            )
        ),
        partition=Partition.DAY,
        key=(kind.uuid, "participant_uuid", "session_user_id", "joined_at"),
        group=GROUP,
        priority=4,
        row_floor=0,
        endpoints=(endpoint,),
        inputs=(Input(kind.parent),),
        asks=_metrics_asks(kind, endpoint),
        columns=(
            *kind.columns(),
            *(SAMPLE_COLUMNS if kind.is_meeting else ()),
            *session_columns(user_id="participant_user_id", fallback="id"),
            text("registrant_id", "The registration this join belongs to.", "registrant_id", Personal.USER_ID),
            text(
                "customer_key",
                "The participant's id in the app that uses Zoom's SDK; empty otherwise.",
                "customer_key",
                Personal.USER_ID,
            ),
            text("role", "host, attendee or, in webinars, panelist.", "role"),
            text("breakout_room_id", "The breakout room, if this row is a stay in one.", "bo_mtg_id"),
            text(
                "leave_reason",
                "Why the participant left; the sentence names the participant.",
                "leave_reason",
                Personal.IDENTITY,
            ),
            *labels,
            text("microphone", "Name of the microphone.", "microphone", device),
            text("speaker", "Name of the loudspeaker.", "speaker", device),
            *connection_columns(),
            text("sip_uri", "SIP address (Contact header), for those who joined by SIP.", "sip_uri", Personal.IDENTITY),
            text("sip_from_uri", "SIP address (From header).", "from_sip_uri", Personal.IDENTITY),
            Column(
                "audio_calls",
                Type.LIST,
                "Telephone calls by which the participant had audio.",
                source=Field("audio_call"),
                items=(
                    Item("call_number", Type.TEXT, "The caller's number.", "call_number", personal=device),
                    Item("call_type", Type.TEXT, "`call-in` or `call-out`.", "call_type"),
                    Item("zoom_number", Type.TEXT, "The number of Zoom's that was called.", "zoom_number"),
                ),
            ),
            *(meetings_only if kind.is_meeting else ()),
            kind.number(),
        ),
        expectations=(
            Expectation(
                "leave_not_before_join",
                "left_at IS NULL OR joined_at IS NULL OR left_at >= joined_at",
                "Nobody leaves before joining.",
            ),
            Expectation(
                "known_labels",
                " AND ".join(
                    f"({medium}_quality IS NULL OR {medium}_quality IN ('good', 'fair', 'poor', 'bad'))"
                    for medium in MEDIA
                ),
                "Labels are those documented.",
            ),
        ),
    )


def _metrics_asks(kind: Kind, endpoint: Endpoint) -> tuple[PerItem, ...]:
    if kind.is_meeting:
        return sampled(
            endpoint.name,
            kind.parent,
            kind.uuid,
            select={**kind.select, **_LISTING},
            path=kind.path,
            params={"type": "listing"},
        )
    # Webinars are few and much looked at.
    return tuple(
        PerItem(
            endpoint=endpoint.name,
            parent=kind.parent,
            select=kind.select,
            path=kind.path,
            when={"quality_sample": policy},
        )
        for policy in ("all", "flagged")
    )


def sharing(kind: Kind) -> Table:
    """Who shared what, and when."""
    endpoint = kind.endpoint(
        "sharing",
        "/sharing",
        f"What every participant of a past {kind.noun} shared, and when.",
        f"{kind.noun}_sharing",
        params={"type": "past"},
    )
    endpoint = replace(endpoint, each="details")
    only_shared = "has_screen_share" + (" AND listing = 'past'" if kind.is_meeting else "")
    return Table(
        schema="zoom",
        name=f"{kind.noun}_sharing",
        grain=f"One row per share of a participant in a {kind.noun} that started on the UTC day.",
        about=f"Asked for only where the list of {kind.noun}s says that a screen was shared. Those who shared nothing have no row.",
        partition=Partition.DAY,
        key=(kind.uuid, "session_user_id", "started_at", "share_index", "content_type"),
        group=GROUP,
        priority=5,
        row_floor=0,
        endpoints=(endpoint,),
        inputs=(Input(kind.parent),),
        asks=(
            PerItem(
                endpoint=endpoint.name,
                parent=kind.parent,
                select=kind.select,
                where=only_shared,
                path=kind.path,
            ),
        ),
        columns=(
            *kind.columns(),
            text("session_user_id", "Zoom's id of this join; every rejoin gets a new one.", "$parent.user_id"),
            text("user_id", "Zoom's id of the signed-in user; NULL for guests.", "$parent.id", Personal.USER_ID),
            text("display_name", "Name as shown; anybody may type anything.", "$parent.user_name", Personal.IDENTITY),
            Column(
                "share_index",
                Type.INTEGER,
                "Which of the participant's shares it is, from 0.",
                required=True,
                source=Field("$place"),
            ),
            text("content_type", "What was shared: desktop, application, whiteboard and so on.", "content"),
            Column("started_at", Type.TIMESTAMP, "When the share began.", source=Field("start_time")),
            Column("ended_at", Type.TIMESTAMP, "When it ended.", source=Field("end_time")),
        ),
        expectations=(
            Expectation(
                "ends_after_start",
                "ended_at IS NULL OR started_at IS NULL OR ended_at >= started_at",
                "A share does not end before it starts.",
            ),
        ),
    )


def satisfaction(kind: Kind) -> Table:
    """Thumbs up or down after the end."""
    noun = kind.noun
    endpoint = kind.endpoint(
        "satisfaction",
        "/satisfaction",
        f"Thumbs up or down, and comments, after a past {noun}.",
        f"post_{noun}_feedback",
        params={} if kind.is_meeting else {"type": "past"},
    )
    endpoint = replace(
        endpoint,
        plan=f"{kind.plan}, with Feedback to Zoom switched on",
        look_back="not stated; only those scheduled after 2020-12-20",
        look_back_days=None,
        is_optional=True,
    )
    return Table(
        schema="zoom",
        name=f"{noun}_satisfaction",
        grain=f"One row per feedback given after a sampled {noun} that started on the UTC day.",
        about=(
            "No list says which ones were rated, so those are asked about that the quality sample picks "
            "(`sample_reason`). Few people rate, and more of them when something went wrong."
        ),
        partition=Partition.DAY,
        key=(kind.uuid, "submitted_at", "user_id", "twin"),
        group=GROUP,
        priority=5,
        row_floor=0,
        endpoints=(endpoint,),
        inputs=(Input(kind.parent),),
        asks=sampled(
            endpoint.name,
            kind.parent,
            kind.uuid,
            select={**kind.select, **(_LISTING if kind.is_meeting else {})},
            path=kind.path,
            params={"type": "listing"} if kind.is_meeting else None,
        ),
        columns=(
            *kind.columns(),
            *SAMPLE_COLUMNS,
            Column("submitted_at", Type.TIMESTAMP, "When it was given.", source=Field("date_time")),
            text("user_id", "Zoom's id of the signed-in user; NULL for guests.", "user_id", Personal.USER_ID),
            text("email", "E-mail address; NULL where Zoom hides it.", "email", Personal.IDENTITY),
            text("rating", "`GOOD` or `NOT GOOD`.", "quality"),
            text("comment", "What the participant wrote.", "comment", Personal.CONTENT),
            Column(
                "twin",
                Type.INTEGER,
                "0, or a number that tells apart people without an account who gave feedback in the same second.",
                required=True,
                source=Field("$twin"),
            ),
        ),
        expectations=(
            Expectation("known_rating", "rating IN ('GOOD', 'NOT GOOD')", "The rating is one of the two documented."),
        ),
    )


def _count(label: str) -> Column:
    return Column(
        f"{label}_count",
        Type.INTEGER,
        f"How many were labelled {label}.",
        unit="meetings or participants",
        source=Field(f"$leg.{label}"),
        additivity=Additivity.SUM,
    )


METRICS_QUALITY = Endpoint(
    name="metrics_quality",
    path="/metrics/quality",
    rows_at="quality",
    purpose="How many meetings, or participants, of a day had which quality.",
    rate_label=RateLabel.HEAVY,
    scope="dashboard:read:meeting_quality_score:admin",
    classic_scopes=("dashboard_home:read:admin", "dashboard:read:admin"),
    plan="Business or higher",
    look_back="6 months",
    look_back_days=180,
    doc_url="https://developers.zoom.us/docs/api/accounts/#tag/dashboards/GET/metrics/quality",
    legs=tuple(Leg(medium, {"medium": medium}) for medium in MEDIA),
)

QUALITY_SCORES = Table(
    schema="zoom",
    name="quality_scores",
    grain="One row per day, medium and what is counted (meetings or participants).",
    about="The vendor's own totals of its labels, for the account's days as the vendor cuts them; all meetings, no sample.",
    partition=Partition.DAY,
    key=("counted", "medium"),
    group=GROUP,
    row_floor=0,
    endpoints=(METRICS_QUALITY,),
    asks=(VendorDay(endpoint=METRICS_QUALITY.name, passes=({"type": "meeting"}, {"type": "participants"})),),
    columns=(
        text("counted", "`meeting` or `participants`: never add the two.", "$request.type"),
        text("medium", "`audio`, `video` or `screen_share`.", "$label.medium"),
        *(_count(label) for label in ("good", "fair", "poor", "bad")),
    ),
    expectations=(
        Expectation("has_a_medium", "medium IS NOT NULL", "Every row is about a medium."),
        Expectation(
            "no_negative_counts",
            "coalesce(least(good_count, fair_count, poor_count, bad_count), 0) >= 0",
            "Counts are not negative.",
        ),
    ),
)

TABLES: tuple[Table, ...] = (
    *(build(kind) for kind in KINDS for build in (participant_metrics, qos, sharing, satisfaction, qos_summary)),
    QUALITY_SCORES,
)
