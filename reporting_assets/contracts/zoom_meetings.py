"""Contracts of Zoom's past meetings and of who joined them."""

from __future__ import annotations

from reporting_assets.contracts.asking import PerItem, PerListed, Slices
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api"

METRICS_MEETINGS = Endpoint(
    name="metrics_meetings",
    path="/metrics/meetings",
    rows_at="meetings",
    purpose="Every past meeting of the account, from the dashboards.",
    rate_label=RateLabel.RESOURCE_INTENSIVE,
    scope="dashboard:read:list_meetings:admin",
    classic_scopes=("dashboard_meetings:read:admin", "dashboard:read:admin"),
    plan="Business or higher, with Dashboard",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/accounts/#tag/dashboards/GET/metrics/meetings",
    page_size=300,
    params={"include_fields": "tracking_fields"},
)

REPORT_USER_MEETINGS = Endpoint(
    name="report_user_meetings",
    path="/report/users/{userId}/meetings",
    rows_at="meetings",
    purpose="Past meetings and webinars of one host.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:user:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/meetings/#tag/reports/GET/report/users/{{userId}}/meetings",
    page_size=300,
)

PAST_MEETING_PARTICIPANTS = Endpoint(
    name="past_meeting_participants",
    path="/past_meetings/{meetingId}/participants",
    rows_at="participants",
    purpose="Join and leave rows of one past meeting, solo meetings included, at the medium rate.",
    rate_label=RateLabel.MEDIUM,
    scope="meeting:read:list_past_participants:admin",
    classic_scopes=("meeting:read:admin",),
    plan="Pro or higher",
    look_back="12 months",
    look_back_days=365,
    doc_url=f"{_DOCS}/meetings/#tag/meetings/GET/past_meetings/{{meetingId}}/participants",
    page_size=300,
)

REPORT_MEETING_PARTICIPANTS = Endpoint(
    name="report_meeting_participants",
    path="/report/meetings/{meetingId}/participants",
    rows_at="participants",
    purpose="Join and leave rows of one past meeting of two people or more, with breakout rooms.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:list_meeting_participants:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher",
    look_back="12 months",
    look_back_days=365,
    doc_url=f"{_DOCS}/meetings/#tag/reports/GET/report/meetings/{{meetingId}}/participants",
    page_size=300,
    params={"include_fields": "registrant_id"},
)

LISTINGS = ({"type": "past"}, {"type": "pastOne"})  # two people or more, and one person alone: Zoom lists them apart
WEBINAR_TYPES = "(5, 6, 9)"  # webinars stand among the meetings in a host's list
BY_HOST = PerListed(
    endpoint=REPORT_USER_MEETINGS.name,
    passes=LISTINGS,
    when={"meetings_from": "hosts"},
    listing="report_users",
    listing_passes=({"type": "active"},),
    listing_has_window=True,
    select={"user_id": "id"},
    path={"userId": "user_id"},
)
# The value of `$request.` columns that every table of one meeting's details has.
ITEM = {"meeting_uuid": "meeting_uuid", "meeting_started_at": "strftime(started_at, '%Y-%m-%dT%H:%M:%SZ')"}

_DASHBOARD = METRICS_MEETINGS.name
_REPORT = REPORT_USER_MEETINGS.name


def _dashboard_only(name: str, type_: Type, meaning: str, path: str) -> Column:
    return Column(name, type_, f"{meaning} Dashboards only.", by_endpoint={_DASHBOARD: Field(path)})


def _report_only(name: str, type_: Type, meaning: str, path: str) -> Column:
    return Column(name, type_, f"{meaning} Reports only.", by_endpoint={_REPORT: Field(path)})


MEETINGS = Table(
    schema="zoom",
    name="meetings",
    grain="One row per past meeting instance that started on the UTC day.",
    about=(
        "From the dashboards, or host by host from the reports on plans without them; these no longer show meetings "
        "of hosts who have left the account. Meetings that one person "
        "attended alone come from a second listing. Vendor totals are kept beside ours and never mixed with them."
    ),
    partition=Partition.DAY,
    key=("meeting_uuid",),
    partition_by="started_at",
    row_floor=0,
    endpoints=(METRICS_MEETINGS, REPORT_USER_MEETINGS),
    asks=(Slices(endpoint=_DASHBOARD, passes=LISTINGS, when={"meetings_from": "dashboards"}), BY_HOST),
    only={_REPORT: f"meeting_type IS NULL OR meeting_type NOT IN {WEBINAR_TYPES}"},
    columns=(
        Column(
            "meeting_uuid",
            Type.TEXT,
            "The instance: each start of a meeting has its own.",
            required=True,
            source=Field("uuid"),
        ),
        Column(
            "meeting_number",
            Type.TEXT,
            "The series: recurring meetings and personal rooms reuse their number, and a personal room's names its owner.",
            personal=Personal.USER_ID,
            source=Field("id"),
        ),
        Column(
            "listing",
            Type.TEXT,
            "`past` (two people or more) or `pastOne` (one person alone).",
            required=True,
            source=Field("$request.type"),
        ),
        Column("topic", Type.TEXT, "The meeting's topic.", personal=Personal.CONTENT, source=Field("topic")),
        _report_only(
            "meeting_type",
            Type.INTEGER,
            "Zoom's meeting type: 1 instant, 2 scheduled, 3 recurring without time, 4 personal room, 8 recurring.",
            "type",
        ),
        Column(
            "host_user_id",
            Type.TEXT,
            "Zoom's id of the host. Reports only.",
            personal=Personal.USER_ID,
            by_endpoint={_REPORT: Field("$request.user_id")},
        ),
        Column(
            "host_email",
            Type.TEXT,
            "The host's e-mail address.",
            personal=Personal.IDENTITY,
            by_endpoint={_DASHBOARD: Field("email"), _REPORT: Field("user_email")},
        ),
        Column(
            "host_name",
            Type.TEXT,
            "The host's name.",
            personal=Personal.IDENTITY,
            by_endpoint={_DASHBOARD: Field("host"), _REPORT: Field("host_name", fallback="user_name")},
        ),
        Column(
            "listed_user_name",
            Type.TEXT,
            "Name of the user in whose list it stood, who is the host. Reports only.",
            personal=Personal.IDENTITY,
            by_endpoint={_REPORT: Field("user_name")},
        ),
        _dashboard_only("host_department", Type.TEXT, "The host's department.", "dept"),
        _dashboard_only("host_license", Type.TEXT, "The host's licence in words.", "user_type"),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True, source=Field("start_time")),
        Column("ended_at", Type.TIMESTAMP, "When it ended; NULL while unknown.", source=Field("end_time")),
        Column(
            "scheduled_at",
            Type.TIMESTAMP,
            "When it was scheduled to start, to the minute. Reports only.",
            by_endpoint={_REPORT: Field("schedule_time", Parse.US_MINUTE)},
        ),
        Column(
            "vendor_duration_seconds",
            Type.INTEGER,
            "Length as the vendor states it; reports round up to whole minutes.",
            unit="seconds",
            by_endpoint={
                _DASHBOARD: Field("duration", Parse.CLOCK_SECONDS),
                _REPORT: Field("duration", Parse.MINUTES_AS_SECONDS),
            },
        ),
        Column(
            "vendor_participant_joins",
            Type.INTEGER,
            "Participants as the vendor counts them: joins, not people.",
            unit="joins",
            by_endpoint={_DASHBOARD: Field("participants"), _REPORT: Field("participants_count")},
            additivity=Additivity.SUM,
        ),
        Column(
            "vendor_person_minutes",
            Type.INTEGER,
            "Minutes summed over participants, as the vendor counts them. Reports only.",
            unit="minutes",
            by_endpoint={_REPORT: Field("total_minutes")},
            additivity=Additivity.SUM,
        ),
        Column(
            "vendor_account_joins",
            Type.INTEGER,
            "Participants from the account itself. Reports only.",
            unit="joins",
            by_endpoint={_REPORT: Field("participants_count_my_account")},
            additivity=Additivity.SUM,
        ),
        Column("has_screen_share", Type.BOOLEAN, "Whether a screen was shared.", source=Field("has_screen_share")),
        Column("has_recording", Type.BOOLEAN, "Whether it was recorded.", source=Field("has_recording")),
        _dashboard_only("has_video", Type.BOOLEAN, "Whether anybody had video on.", "has_video"),
        _dashboard_only("has_voip", Type.BOOLEAN, "Whether computer audio was used.", "has_voip"),
        _dashboard_only("has_pstn", Type.BOOLEAN, "Whether anybody dialled in.", "has_pstn"),
        _dashboard_only("has_sip", Type.BOOLEAN, "Whether anybody joined by SIP.", "has_sip"),
        _dashboard_only(
            "has_third_party_audio", Type.BOOLEAN, "Whether third-party audio was used.", "has_3rd_party_audio"
        ),
        _dashboard_only("has_archiving", Type.BOOLEAN, "Whether it was archived.", "has_archiving"),
        _dashboard_only("has_manual_captions", Type.BOOLEAN, "Whether somebody typed captions.", "has_manual_captions"),
        _dashboard_only(
            "has_automated_captions", Type.BOOLEAN, "Whether captions were generated.", "has_automated_captions"
        ),
        _dashboard_only("has_poll", Type.BOOLEAN, "Whether a poll was launched.", "has_poll"),
        _dashboard_only("has_qa", Type.BOOLEAN, "Whether Q&A was used.", "has_qa"),
        _dashboard_only("has_survey", Type.BOOLEAN, "Whether a survey was asked.", "has_survey"),
        _dashboard_only(
            "has_external_participant",
            Type.BOOLEAN,
            "Whether somebody from outside the account took part.",
            "has_external_participant",
        ),
        _report_only("has_chat", Type.BOOLEAN, "Whether meeting chat was used.", "has_chat"),
        _dashboard_only("audio_quality", Type.TEXT, "Zoom's label: good, fair, poor or bad.", "audio_quality"),
        _dashboard_only("video_quality", Type.TEXT, "Zoom's label: good, fair, poor or bad.", "video_quality"),
        _dashboard_only(
            "screen_share_quality", Type.TEXT, "Zoom's label: good, fair, poor or bad.", "screen_share_quality"
        ),
        Column(
            "mean_join_seconds",
            Type.NUMBER,
            "Mean time it took participants to join. Dashboards only.",
            unit="seconds",
            by_endpoint={_DASHBOARD: Field("avg_jointime_cost")},
            additivity=Additivity.NONE,
        ),
        _report_only("encryption_status", Type.INTEGER, "1 end-to-end, 2 enhanced.", "meeting_encryption_status"),
        _report_only("created_by", Type.TEXT, "Where the meeting was created: Zoom or an app's name.", "source"),
        _report_only("host_organization", Type.TEXT, "Account name of the hosting organisation.", "host_organization"),
        Column(
            "session_key",
            Type.TEXT,
            "Id of the session in Zoom's Video SDK; empty for ordinary meetings.",
            source=Field("session_key"),
        ),
        Column(
            "tracking_fields",
            Type.JSON,
            "Tracking fields and what hosts wrote into them. Dashboards only.",
            personal=Personal.CONTENT,
            by_endpoint={_DASHBOARD: Field("tracking_fields")},
        ),
        Column(
            "custom_keys",
            Type.JSON,
            "Keys that apps gave the meeting, with whatever they put there.",
            personal=Personal.CONTENT,
            source=Field("custom_keys"),
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_start", "ended_at IS NULL OR ended_at >= started_at", "A meeting does not end before it starts."
        ),
        Expectation("has_number", "meeting_number IS NOT NULL", "Every instance belongs to a series."),
    ),
)


def _joins(endpoint: Endpoint, when: dict[str, str], where: str = "true") -> PerItem:
    return PerItem(
        endpoint=endpoint.name,
        parent="zoom.meetings",
        select=ITEM,
        where=where,
        path={"meetingId": "meeting_uuid"},
        when=when,
    )


MEETING_PARTICIPANTS = Table(
    schema="zoom",
    name="meeting_participants",
    grain="One row per join of a participant to a meeting instance that started on the UTC day.",
    about=(
        "A rejoin, a second device, a breakout room or a stay in the waiting room is a row of its own, so rows are not "
        "people. Empty identity means hidden, not absent: Zoom hides ids and addresses of guests since 2023-03-03."
    ),
    partition=Partition.DAY,
    key=("meeting_uuid", "session_user_id", "joined_at", "status", "breakout_room_id", "left_at", "display_name"),
    row_floor=0,
    endpoints=(PAST_MEETING_PARTICIPANTS, REPORT_MEETING_PARTICIPANTS),
    inputs=(Input("zoom.meetings"),),  # says which meetings to ask for
    priority=2,
    asks=(
        _joins(PAST_MEETING_PARTICIPANTS, {"participants_from": "past_meetings"}),
        # Reports leave out meetings of one person; the other call has them.
        _joins(REPORT_MEETING_PARTICIPANTS, {"participants_from": "report"}, "listing = 'past'"),
        _joins(PAST_MEETING_PARTICIPANTS, {"participants_from": "report"}, "listing = 'pastOne'"),
    ),
    columns=(
        Column(
            "meeting_uuid", Type.TEXT, "The meeting instance.", required=True, source=Field("$request.meeting_uuid")
        ),
        Column(
            "meeting_started_at",
            Type.TIMESTAMP,
            "When that instance started: it decides the partition.",
            required=True,
            source=Field("$request.meeting_started_at"),
        ),
        Column(
            "session_user_id",
            Type.TEXT,
            "Zoom's id of this join; every rejoin gets a new one.",
            source=Field("user_id"),
        ),
        Column(
            "user_id",
            Type.TEXT,
            "Zoom's id of the signed-in user; NULL for guests.",
            personal=Personal.USER_ID,
            source=Field("participant_user_id", fallback="id"),
        ),
        Column(
            "registrant_id",
            Type.TEXT,
            "The registration this join belongs to.",
            personal=Personal.USER_ID,
            source=Field("registrant_id"),
        ),
        Column(
            "email",
            Type.TEXT,
            "E-mail address; NULL where Zoom hides it.",
            personal=Personal.IDENTITY,
            source=Field("user_email"),
        ),
        Column(
            "display_name",
            Type.TEXT,
            "Name as shown in the meeting; anybody may type anything.",
            personal=Personal.IDENTITY,
            source=Field("name"),
        ),
        Column("joined_at", Type.TIMESTAMP, "When the participant joined.", required=True, source=Field("join_time")),
        Column(
            "left_at", Type.TIMESTAMP, "When the participant left; NULL while still there.", source=Field("leave_time")
        ),
        Column(
            "status",
            Type.TEXT,
            "`in_meeting` or `in_waiting_room`; a stay in the waiting room is not attendance.",
            source=Field("status"),
        ),
        Column(
            "breakout_room_id", Type.TEXT, "The breakout room, if this row is a stay in one.", source=Field("bo_mtg_id")
        ),
        Column(
            "vendor_duration_seconds",
            Type.INTEGER,
            "Length as the vendor states it; use `left_at - joined_at`.",
            unit="seconds",
            source=Field("duration"),
        ),
        Column("is_failover", Type.BOOLEAN, "Whether the connection failed over.", source=Field("failover")),
        Column(
            "is_internal",
            Type.BOOLEAN,
            "Whether the participant belongs to the account.",
            by_endpoint={PAST_MEETING_PARTICIPANTS.name: Field("internal_user")},
        ),
        Column(
            "customer_key",
            Type.TEXT,
            "The participant's id in the app that uses Zoom's Video SDK; empty for ordinary meetings.",
            personal=Personal.USER_ID,
            source=Field("customer_key"),
        ),
    ),
    expectations=(
        Expectation(
            "leave_not_before_join", "left_at IS NULL OR left_at >= joined_at", "Nobody leaves before joining."
        ),
        Expectation(
            "known_status",
            "status IS NULL OR status IN ('in_meeting', 'in_waiting_room')",
            "The status is one of the two documented.",
        ),
    ),
)

TABLES = (MEETINGS, MEETING_PARTICIPANTS)
