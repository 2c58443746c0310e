"""Contract of Zoom's past webinars.

Not here: who joined them or stayed away (`zoom_webinar_people`), what was answered and asked in them (`zoom_answers`),
and how their connections were (`zoom_quality`).
"""

from __future__ import annotations

from dataclasses import replace

from reporting_assets.contracts.asking import PerItem, Slices
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)
from reporting_assets.contracts.zoom_meetings import BY_HOST, MEETINGS, REPORT_USER_MEETINGS, WEBINAR_TYPES

_DOCS = "https://developers.zoom.us/docs/api"

METRICS_WEBINARS = Endpoint(
    name="metrics_webinars",
    path="/metrics/webinars",
    rows_at="webinars",
    purpose="Every past webinar of the account, from the dashboards.",
    rate_label=RateLabel.RESOURCE_INTENSIVE,
    scope="dashboard:read:list_webinars:admin",
    classic_scopes=("dashboard_webinars:read:admin", "dashboard:read:admin"),
    plan="Business or higher, with Dashboard and the Webinar add-on",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/accounts/#tag/dashboards/GET/metrics/webinars",
    page_size=300,
    is_optional=True,
)

# The values of `$request.` columns that every table of one webinar's details has.
ITEM = {"webinar_uuid": "webinar_uuid", "webinar_started_at": "strftime(started_at, '%Y-%m-%dT%H:%M:%SZ')"}

_DASHBOARD = METRICS_WEBINARS.name
_REPORT = REPORT_USER_MEETINGS.name


def _dashboard_only(name: str, type_: Type, meaning: str, path: str) -> Column:
    return Column(name, type_, f"{meaning} Dashboards only.", by_endpoint={_DASHBOARD: Field(path)})


def _report_only(name: str, type_: Type, meaning: str, path: str) -> Column:
    return Column(name, type_, f"{meaning} Reports only.", by_endpoint={_REPORT: Field(path)})


WEBINARS = Table(
    schema="zoom",
    name="webinars",
    grain="One row per past webinar instance that started on the UTC day.",
    about=(
        "From the dashboards, or out of the same host-by-host lists as `zoom.meetings` on plans without them. Those lists "
        "show hosts that hosted a meeting about that time: Zoom does not count webinars when it says who is an active "
        "host, so a webinar of somebody who hosted nothing else within the days asked for is missing there."
    ),
    partition=Partition.DAY,
    key=("webinar_uuid",),
    partition_by="started_at",
    row_floor=0,
    group="zoom_reports",
    endpoints=(METRICS_WEBINARS, REPORT_USER_MEETINGS),
    asks=(
        Slices(endpoint=_DASHBOARD, passes=({"type": "past"},), when={"meetings_from": "dashboards"}),
        replace(BY_HOST, landing_of=MEETINGS.id),
    ),
    only={_REPORT: f"webinar_type IN {WEBINAR_TYPES}"},
    columns=(
        Column(
            "webinar_uuid",
            Type.TEXT,
            "The instance: each start of a webinar has its own.",
            required=True,
            source=Field("uuid"),
        ),
        Column(
            "webinar_number",
            Type.TEXT,
            "The series: recurring webinars reuse their number.",
            personal=Personal.USER_ID,  # as a meeting's: both stand in one field of one landing
            source=Field("id"),
        ),
        Column("topic", Type.TEXT, "The webinar's topic.", personal=Personal.CONTENT, source=Field("topic")),
        _report_only(
            "webinar_type", Type.INTEGER, "5 webinar, 6 recurring without fixed time, 9 recurring with one.", "type"
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
            "Participants as the vendor counts them: joins, not people, panelists included.",
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
        _dashboard_only("has_survey", Type.BOOLEAN, "Whether a survey was asked.", "has_survey"),
        _dashboard_only(
            "has_external_participant",
            Type.BOOLEAN,
            "Whether somebody from outside the account took part.",
            "has_external_participant",
        ),
        _report_only("has_chat", Type.BOOLEAN, "Whether the webinar's chat was used.", "has_chat"),
        _dashboard_only("audio_quality", Type.TEXT, "Zoom's label: good, fair, poor or bad.", "audio_quality"),
        _dashboard_only("video_quality", Type.TEXT, "Zoom's label: good, fair, poor or bad.", "video_quality"),
        _dashboard_only(
            "screen_share_quality", Type.TEXT, "Zoom's label: good, fair, poor or bad.", "screen_share_quality"
        ),
        _report_only("encryption_status", Type.INTEGER, "1 end-to-end, 2 enhanced.", "meeting_encryption_status"),
        _report_only("created_by", Type.TEXT, "Where the webinar was created: Zoom or an app's name.", "source"),
        _report_only("host_organization", Type.TEXT, "Account name of the hosting organisation.", "host_organization"),
        Column(
            "custom_keys",
            Type.JSON,
            "Keys that apps gave the webinar, with whatever they put there.",
            personal=Personal.CONTENT,
            source=Field("custom_keys"),
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_start", "ended_at IS NULL OR ended_at >= started_at", "A webinar does not end before it starts."
        ),
        Expectation("has_number", "webinar_number IS NOT NULL", "Every instance belongs to a series."),
    ),
)


def of_each(endpoint: Endpoint, where: str = "true") -> PerItem:
    """One request per webinar of the day that fulfils `where`."""
    return PerItem(
        endpoint=endpoint.name, parent=WEBINARS.id, select=ITEM, where=where, path={"webinarId": "webinar_uuid"}
    )


TABLES = (WEBINARS,)
