"""Contracts of who joined a past webinar, and of who registered for it and stayed away."""

from __future__ import annotations

from reporting_assets.contracts.model import (
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Item,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)
from reporting_assets.contracts.zoom_webinars import WEBINARS, of_each

_DOCS = "https://developers.zoom.us/docs/api"

REPORT_WEBINAR_PARTICIPANTS = Endpoint(
    name="report_webinar_participants",
    path="/report/webinars/{webinarId}/participants",
    rows_at="participants",
    purpose="Join and leave rows of one past webinar.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:list_webinar_participants:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher, with the Webinar add-on",
    look_back="12 months by its error, 6 months by its description",
    look_back_days=365,
    doc_url=f"{_DOCS}/meetings/#tag/reports/GET/report/webinars/{{webinarId}}/participants",
    page_size=300,
    params={"include_fields": "registrant_id"},
)

PAST_WEBINAR_ABSENTEES = Endpoint(
    name="past_webinar_absentees",
    path="/past_webinars/{webinarId}/absentees",
    rows_at="registrants",
    purpose="Who registered for one past webinar and did not come.",
    rate_label=RateLabel.HEAVY,
    scope="webinar:read:list_absentees:admin",
    classic_scopes=("webinar:read:admin",),
    plan="Pro or higher, with the Webinar add-on",
    look_back="not stated",
    doc_url=f"{_DOCS}/meetings/#tag/webinars/GET/past_webinars/{{webinarId}}/absentees",
    page_size=300,
)

_UUID = Column("webinar_uuid", Type.TEXT, "The webinar instance.", required=True, source=Field("$request.webinar_uuid"))
_STARTED_AT = Column(
    "webinar_started_at",
    Type.TIMESTAMP,
    "When that instance started: it decides the partition.",
    required=True,
    source=Field("$request.webinar_started_at"),
)

WEBINAR_PARTICIPANTS = Table(
    schema="zoom",
    name="webinar_participants",
    grain="One row per join of a participant, attendee or panelist, to a webinar instance that started on the UTC day.",
    about=(
        "A rejoin or a second device is a row of its own, so rows are not people. The report does not say who is a "
        "panelist; where registration was required, panelists are those without `registrant_id`. Empty identity means "
        "hidden, not absent."
    ),
    partition=Partition.DAY,
    # The name only tells apart joins of one second that Zoom gave no id, and hides with the privacy profile.
    key=("webinar_uuid", "session_user_id", "joined_at", "status", "breakout_room_id", "left_at", "display_name"),
    row_floor=0,
    group="zoom_reports",
    priority=3,
    endpoints=(REPORT_WEBINAR_PARTICIPANTS,),
    inputs=(Input(WEBINARS.id),),
    asks=(of_each(REPORT_WEBINAR_PARTICIPANTS),),
    columns=(
        _UUID,
        _STARTED_AT,
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
            "The registration this join belongs to; the same as in `zoom.webinar_absentees`.",
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
            "Name as shown in the webinar; anybody may type anything.",
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
            "Length as the vendor states it, documented as seconds but shown in minutes there; use `left_at - joined_at`.",
            unit="seconds",
            source=Field("duration"),
        ),
        Column("is_failover", Type.BOOLEAN, "Whether the connection failed over.", source=Field("failover")),
        Column(
            "customer_key",
            Type.TEXT,
            "The participant's id in the app that uses Zoom's SDK.",
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


def _identity(name: str, meaning: str, path: str) -> Column:
    return Column(name, Type.TEXT, meaning, personal=Personal.IDENTITY, source=Field(path))


def _contact(name: str, meaning: str, path: str) -> Column:
    """What says how to reach somebody; of the privacy profiles only `full` keeps it, as what people wrote."""
    return Column(name, Type.TEXT, meaning, personal=Personal.CONTENT, source=Field(path))


def _form(name: str, meaning: str, path: str) -> Column:
    return Column(name, Type.TEXT, f"{meaning} NULL where not asked.", source=Field(path))


WEBINAR_ABSENTEES = Table(
    schema="zoom",
    name="webinar_absentees",
    grain="One row per registrant who did not come to a webinar instance that started on the UTC day.",
    about=(
        "A webinar that needs no registration has no rows, as one to which every registrant came. Registrants of a "
        "recurring webinar may be absent from several instances."
    ),
    partition=Partition.DAY,
    key=("webinar_uuid", "registrant_id", "email", "registered_at"),
    row_floor=0,
    group="zoom_reports",
    priority=3,
    endpoints=(PAST_WEBINAR_ABSENTEES,),
    inputs=(Input(WEBINARS.id),),
    asks=(of_each(PAST_WEBINAR_ABSENTEES),),
    columns=(
        _UUID,
        _STARTED_AT,
        Column(
            "registrant_id",
            Type.TEXT,
            "The registration; the same as in `zoom.webinar_participants`.",
            personal=Personal.USER_ID,
            source=Field("id"),
        ),
        _identity("email", "E-mail address given at registration.", "email"),
        _identity("first_name", "First name.", "first_name"),
        _identity("last_name", "Last name.", "last_name"),
        Column("registered_at", Type.TIMESTAMP, "When the person registered.", source=Field("create_time")),
        Column("registration_status", Type.TEXT, "`approved`, `pending` or `denied`.", source=Field("status")),
        _identity("organization", "Organisation, as the registrant wrote it.", "org"),
        _identity("job_title", "Job title, as the registrant wrote it.", "job_title"),
        _form("industry", "Industry.", "industry"),
        _form("employee_range", "Size of the registrant's organisation, as a range.", "no_of_employees"),
        _form("purchasing_time_frame", "When the registrant means to buy.", "purchasing_time_frame"),
        _form("purchasing_role", "The registrant's part in the purchase.", "role_in_purchase_process"),
        _form("country", "Two-letter code of the registrant's country.", "country"),
        _contact("state", "State or province.", "state"),
        _contact("city", "City.", "city"),
        _contact("postal_code", "Postal code.", "zip"),
        _contact("address", "Postal address.", "address"),
        _contact("phone", "Telephone number.", "phone"),
        _contact("comments", "Questions and comments of the registrant.", "comments"),
        Column(
            "custom_answers",
            Type.LIST,
            "The host's own questions of the form, with the answers.",
            source=Field("custom_questions"),
            items=(
                Item("question", Type.TEXT, "The question.", "title", personal=Personal.CONTENT),
                Item("answer", Type.TEXT, "What the registrant answered.", "value", personal=Personal.CONTENT),
            ),
        ),
        Column(
            "join_url",
            Type.TEXT,
            "The registrant's own link into the webinar; a secret that is never stored, so always NULL.",
            personal=Personal.SECRET,
            source=Field("join_url"),
        ),
    ),
    expectations=(
        Expectation("has_registrant", "registrant_id IS NOT NULL", "Every registration has an id."),
        Expectation(
            "registered_before_start",
            "registered_at IS NULL OR registered_at < webinar_started_at + INTERVAL 1 DAY",
            "Registrations are older than the webinar, give or take a day.",
        ),
    ),
)

TABLES = (WEBINAR_PARTICIPANTS, WEBINAR_ABSENTEES)
