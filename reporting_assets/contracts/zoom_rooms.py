"""Contracts of Zoom Rooms: their state, the meetings held in them, and what went wrong in them."""

from __future__ import annotations

from reporting_assets.contracts.asking import PerListed, Snapshot, VendorDay
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Item,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api/accounts/#tag/dashboards/GET"
_PLAN = "Business or Education, with Zoom Rooms"
_GROUP = "zoom_dashboards"
_SLOW_MOVING = 5  # in the order in which a day's calls are spent

METRICS_ZOOMROOMS = Endpoint(
    name="metrics_zoomrooms",
    path="/metrics/zoomrooms",
    rows_at="zoom_rooms",
    purpose="The present state of every Zoom Room.",
    rate_label=RateLabel.RESOURCE_INTENSIVE,
    scope="dashboard:read:list_zoomrooms:admin",
    classic_scopes=("dashboard_zr:read:admin", "dashboard:read:admin"),
    plan=_PLAN,
    look_back="current state only",
    doc_url=f"{_DOCS}/metrics/zoomrooms",
    page_size=300,
    is_optional=True,
)

METRICS_ZOOMROOM = Endpoint(
    name="metrics_zoomroom",
    path="/metrics/zoomrooms/{zoomroomId}",
    rows_at="past_meetings.meetings",
    purpose="Past meetings of one Zoom Room, and the meeting in progress.",
    rate_label=RateLabel.HEAVY,
    scope="dashboard:read:zoomroom:admin",
    classic_scopes=("dashboard_zr:read:admin", "dashboard:read:admin"),
    plan=_PLAN,
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/metrics/zoomrooms/{{zoomroomId}}",
    page_size=300,
    is_optional=True,
)

METRICS_ZOOMROOM_ISSUES = Endpoint(
    name="metrics_zoomroom_issues",
    path="/metrics/issues/zoomrooms/{zoomroomId}",
    rows_at="issue_details",
    purpose="What went wrong in one Zoom Room, and when.",
    rate_label=RateLabel.HEAVY,
    scope="dashboard:read:issues_zoomroom:admin",
    classic_scopes=("dashboard_home:read:admin", "dashboard:read:admin"),
    plan=_PLAN,
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/metrics/issues/zoomrooms/{{zoomroomId}}",
    page_size=300,
    is_optional=True,
)

METRICS_ROOMS_WITH_ISSUES = Endpoint(
    name="metrics_rooms_with_issues",
    path="/metrics/issues/zoomrooms",
    rows_at="zoom_rooms",
    purpose="The 25 Zoom Rooms with the most issues.",
    rate_label=RateLabel.HEAVY,
    scope="dashboard:read:list_zoomrooms:admin",
    classic_scopes=("dashboard_home:read:admin", "dashboard:read:admin"),
    plan=_PLAN,
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/metrics/issues/zoomrooms",
    is_optional=True,
)

METRICS_ISSUES_OF_ROOMS = Endpoint(
    name="metrics_issues_of_rooms",
    path="/metrics/zoomrooms/issues",
    rows_at="issues",
    purpose="The 25 issues that most Zoom Rooms had.",
    rate_label=RateLabel.HEAVY,
    scope="dashboard:read:issues_zoomroom:admin",
    classic_scopes=("dashboard_zr:read:admin", "dashboard:read:admin"),
    plan=_PLAN,
    look_back="6 months (not stated for this call)",
    look_back_days=180,
    doc_url=f"{_DOCS}/metrics/zoomrooms/issues",
    is_optional=True,
)


def _state(at: str = "", prefix: str = "", when: str = "") -> tuple[Column, ...]:
    """What Zoom says about a room, whose fields stand below `at`; `when` ends the meanings' sentences."""

    def column(name: str, type_: Type, meaning: str, field: str, personal: Personal = Personal.NONE) -> Column:
        parse = Parse.AFTER_COLON if field == "device_ip" else Parse.PLAIN
        is_list = type_ is Type.LIST
        items = (Item("issue", Type.TEXT, "The issue in Zoom's words.", ""),) if is_list else ()
        return Column(
            prefix + name, type_, f"{meaning}{when}.", personal=personal, source=Field(at + field, parse), items=items
        )

    return (
        column("account_type", Type.TEXT, "Kind of the address the room signs in with", "account_type"),
        column("email", Type.TEXT, "Address the room signs in with", "email", Personal.IDENTITY),
        column(
            "calendar_name",
            Type.TEXT,
            "The calendar the room is booked through, often an address",
            "calender_name",  # sic: so Zoom writes it
            Personal.IDENTITY,
        ),
        column("location", Type.TEXT, "Where the room is, as the admin named it", "location"),
        column("status", Type.TEXT, "`Available`, `InMeeting`, `Offline`, `UnderConstruction` or the like", "status"),
        column("health", Type.TEXT, "Zoom's summary of the issues, such as `healthy` or `critical`", "health"),
        column("issues", Type.LIST, "What is wrong with the room", "issues"),
        column("camera", Type.TEXT, "Selected camera; NULL where there is none", "camera", Personal.DEVICE),
        column("microphone", Type.TEXT, "Selected microphone; NULL where there is none", "microphone", Personal.DEVICE),
        column("speaker", Type.TEXT, "Selected speaker; NULL where there is none", "speaker", Personal.DEVICE),
        column("device_ip", Type.TEXT, "Network address of the room's computer", "device_ip", Personal.DEVICE),
    )


ROOMS = Table(
    schema="zoom",
    name="rooms",
    grain="One row per Zoom Room of the account as it stood when the day was taken.",
    about=(
        "Zoom answers only with the present state, so every partition is the state at `_ingested_at`; a day that is "
        "materialized late holds the later state, and a check says so."
    ),
    partition=Partition.DAY,
    key=("room_id",),
    group=_GROUP,
    row_floor=0,
    endpoints=(METRICS_ZOOMROOMS,),
    asks=(Snapshot(endpoint=METRICS_ZOOMROOMS.name),),
    columns=(
        Column("room_id", Type.TEXT, "Zoom's id of the room.", required=True, source=Field("id")),
        Column("room_name", Type.TEXT, "Name of the room.", source=Field("room_name")),
        Column("location_id", Type.TEXT, "Zoom's id of the location.", source=Field("location_id")),
        *_state(),
        Column(
            "last_started_at",
            Type.TIMESTAMP,
            "When the room's software was last started.",
            source=Field("last_start_time"),
        ),
    ),
    expectations=(
        Expectation(
            "taken_in_time",
            "_ingested_at < CAST(dt AS TIMESTAMPTZ) + INTERVAL 2 DAY",
            "The snapshot was taken no later than the day after the one it is filed under.",
        ),
        Expectation("has_status", "status IS NOT NULL", "Every room has a status."),
    ),
)


def _flag(name: str, meaning: str, path: str | None = None) -> Column:
    return Column(name, Type.BOOLEAN, meaning, source=Field(path or name))


def _of_room(endpoint: Endpoint) -> PerListed:
    """Room by room over all rooms there are, each for the whole range of days."""
    return PerListed(
        endpoint=endpoint.name,
        listing=METRICS_ZOOMROOMS.name,
        select={"room_id": "id"},
        path={"zoomroomId": "room_id"},
    )


ROOM_MEETINGS = Table(
    schema="zoom",
    name="room_meetings",
    grain="One row per Zoom Room and past meeting that the room took part in and that started on the UTC day.",
    about=(
        "Asked room by room over the rooms there are now: meetings of rooms that were removed since are not listed. A "
        "meeting with two rooms is two rows, so count meetings by `meeting_uuid`. `room_` columns say how the room stood "
        "when it was asked, not during the meeting."
    ),
    partition=Partition.DAY,
    key=("room_id", "meeting_uuid"),
    partition_by="started_at",
    group=_GROUP,
    priority=_SLOW_MOVING,
    row_floor=0,
    endpoints=(METRICS_ZOOMROOM,),
    asks=(_of_room(METRICS_ZOOMROOM),),
    columns=(
        Column(
            "room_id",
            Type.TEXT,
            "Zoom's id of the room.",
            required=True,
            source=Field("$request.room_id", fallback="_answer.id"),
        ),
        Column("meeting_uuid", Type.TEXT, "The meeting instance.", required=True, source=Field("uuid")),
        Column(
            "meeting_number",
            Type.TEXT,
            "The series: recurring meetings and personal rooms reuse their number, and a personal room's names its owner.",
            personal=Personal.USER_ID,
            source=Field("id"),
        ),
        Column("topic", Type.TEXT, "The meeting's topic.", personal=Personal.CONTENT, source=Field("topic")),
        Column("host_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY, source=Field("host")),
        Column(
            "host_email", Type.TEXT, "The host's e-mail address.", personal=Personal.IDENTITY, source=Field("email")
        ),
        Column("host_department", Type.TEXT, "The host's department.", source=Field("dept")),
        Column("host_license", Type.TEXT, "The host's licence in words.", source=Field("user_type")),
        Column("started_at", Type.TIMESTAMP, "When the meeting started.", required=True, source=Field("start_time")),
        Column("ended_at", Type.TIMESTAMP, "When it ended.", source=Field("end_time")),
        Column(
            "vendor_duration_seconds",
            Type.INTEGER,
            "Length as the vendor states it; use `ended_at - started_at`.",
            unit="seconds",
            source=Field("duration", Parse.CLOCK_SECONDS),
        ),
        Column(
            "vendor_participant_joins",
            Type.INTEGER,
            "Participants as the vendor counts them: joins, not people.",
            unit="joins",
            source=Field("participants"),
            additivity=Additivity.NONE,
        ),
        Column(
            "rooms_in_meeting",
            Type.INTEGER,
            "Zoom Rooms among the participants.",
            unit="rooms",
            source=Field("in_room_participants"),
            additivity=Additivity.NONE,
        ),
        _flag("has_screen_share", "Whether a screen was shared."),
        _flag("has_recording", "Whether it was recorded."),
        _flag("has_video", "Whether anybody had video on."),
        _flag("has_voip", "Whether computer audio was used."),
        _flag("has_pstn", "Whether anybody dialled in."),
        _flag("has_sip", "Whether anybody joined by SIP."),
        _flag("has_third_party_audio", "Whether third-party audio was used.", "has_3rd_party_audio"),
        _flag("has_archiving", "Whether it was archived."),
        _flag("has_manual_captions", "Whether somebody typed captions."),
        _flag("has_automated_captions", "Whether captions were generated."),
        Column(
            "custom_keys",
            Type.JSON,
            "Keys that apps gave the meeting, with whatever they put there.",
            personal=Personal.CONTENT,
            source=Field("custom_keys"),
        ),
        Column("room_name", Type.TEXT, "Name of the room.", source=Field("_answer.room_name")),
        *_state("_answer.", "room_", ", when asked"),
        Column(
            "room_last_started_at",
            Type.TIMESTAMP,
            "When the room's software was last started, when asked.",
            source=Field("_answer.last_start_time"),
        ),
        Column(
            "live_meeting",
            Type.JSON,
            "The meeting in progress in the room when asked; once over, it is a row of its own.",
            personal=Personal.CONTENT,
            source=Field("_answer.live_meeting"),
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_start", "ended_at IS NULL OR ended_at >= started_at", "A meeting does not end before it starts."
        ),
        Expectation(
            "has_a_room", "rooms_in_meeting IS NULL OR rooms_in_meeting >= 1", "At least the room itself took part."
        ),
    ),
)

ROOM_ISSUES = Table(
    schema="zoom",
    name="room_issues",
    grain="One row per issue of a Zoom Room that was noticed, or was over, on the UTC day.",
    about=(
        "Zoom ranks only the 25 worst rooms, which would hide all others, so every room there is now is asked. An issue "
        "is one of Zoom's fixed sentences; many come in pairs, such as microphone disconnected and connected."
    ),
    partition=Partition.DAY,
    key=("room_id", "occurred_at", "issue"),
    partition_by="occurred_at",
    group=_GROUP,
    priority=_SLOW_MOVING,
    row_floor=0,
    endpoints=(METRICS_ZOOMROOM_ISSUES,),
    asks=(_of_room(METRICS_ZOOMROOM_ISSUES),),
    columns=(
        Column("room_id", Type.TEXT, "Zoom's id of the room.", required=True, source=Field("$request.room_id")),
        Column("occurred_at", Type.TIMESTAMP, "When it was noticed.", required=True, source=Field("time")),
        Column("issue", Type.TEXT, "The issue in Zoom's words.", required=True, source=Field("issue")),
    ),
    expectations=(
        Expectation("not_in_the_future", "occurred_at <= _ingested_at", "Nothing is noticed before it happens."),
    ),
)

_PLACE = Column(
    "place",
    Type.INTEGER,
    "Place in Zoom's ranking, from 0.",
    source=Field("$parent_place"),
    additivity=Additivity.NONE,
)

ROOM_ISSUE_RANKING = Table(
    schema="zoom",
    name="room_issue_ranking",
    grain="One row per Zoom Room among the 25 with the most issues of the day.",
    about=(
        "Zoom's own totals of a day cut in a zone Zoom does not document, and of 25 rooms at most: `zoom.room_issues` "
        "has every issue of every room, and need not agree at the day's borders."
    ),
    partition=Partition.DAY,
    key=("room_id",),
    group=_GROUP,
    priority=_SLOW_MOVING,
    row_floor=0,
    endpoints=(METRICS_ROOMS_WITH_ISSUES,),
    asks=(VendorDay(endpoint=METRICS_ROOMS_WITH_ISSUES.name),),
    columns=(
        Column("room_id", Type.TEXT, "Zoom's id of the room.", required=True, source=Field("id")),
        Column("room_name", Type.TEXT, "Name of the room.", source=Field("room_name")),
        _PLACE,
        Column(
            "issues",
            Type.INTEGER,
            "Issues of the room that day.",
            unit="issues",
            source=Field("issues_count"),
            additivity=Additivity.SUM,
        ),
    ),
    expectations=(
        Expectation("at_most_25", "place < 25", "Zoom ranks 25 rooms at most."),
        Expectation("has_issues", "issues >= 1", "A room in the ranking had an issue."),
    ),
)

ISSUE_RANKING = Table(
    schema="zoom",
    name="issue_ranking",
    grain="One row per issue among the 25 that most Zoom Rooms had that day.",
    about=(
        "Zoom's own totals of a day cut in a zone Zoom does not document, and of 25 issues at most: `zoom.room_issues` "
        "has every issue of every room, and need not agree at the day's borders."
    ),
    partition=Partition.DAY,
    key=("issue",),
    group=_GROUP,
    priority=_SLOW_MOVING,
    row_floor=0,
    endpoints=(METRICS_ISSUES_OF_ROOMS,),
    asks=(VendorDay(endpoint=METRICS_ISSUES_OF_ROOMS.name),),
    columns=(
        Column("issue", Type.TEXT, "The issue in Zoom's words.", required=True, source=Field("issue_name")),
        _PLACE,
        Column(
            "rooms",
            Type.INTEGER,
            "Rooms that had the issue that day.",
            unit="rooms",
            source=Field("zoom_rooms_count"),
            additivity=Additivity.NONE,  # a room may have it on several days
        ),
    ),
    expectations=(
        Expectation("at_most_25", "place < 25", "Zoom ranks 25 issues at most."),
        Expectation("has_rooms", "rooms >= 1", "An issue in the ranking was had by a room."),
    ),
)

TABLES: tuple[Table, ...] = (ROOMS, ROOM_MEETINGS, ROOM_ISSUES, ROOM_ISSUE_RANKING, ISSUE_RANKING)
