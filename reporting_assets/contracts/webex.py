"""Contracts of Webex: sites, meeting usage with its tracking codes, attendees. Media quality is in `webex_quality`."""

from __future__ import annotations

from reporting_assets.contracts.asking import PerItem, PerListed, Snapshot
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Item,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Service,
    Table,
    Type,
)
from reporting_assets.contracts.webex_quality import MEETING_QUALITIES

_DOCS = "https://developer.webex.com/docs/api/v1"

SITES = Endpoint(
    name="webex_sites",
    path="/meetingPreferences/sites",
    rows_at="sites",
    purpose="The Webex sites that the app's owner may report on.",
    rate_label=RateLabel.WEBEX,
    scope="meeting:admin_preferences_read",
    classic_scopes=("meeting:preferences_read",),
    plan="any",
    look_back="current state only",
    doc_url=f"{_DOCS}/meeting-preferences/get-site-list",
    service=Service.WEBEX,
)

MEETING_USAGE_REPORT = Endpoint(
    name="webex_meeting_usage",
    path="/meetingReports/usage",
    rows_at="items",
    purpose="Every ended meeting of one site and service type, with its totals.",
    rate_label=RateLabel.WEBEX,
    scope="meeting:admin_config_read",
    classic_scopes=(),
    plan="any, asked by an administrator of the site",
    look_back="90 days",
    look_back_days=90,
    doc_url=f"{_DOCS}/meetings-summary-report/list-meeting-usage-reports",
    page_size=1000,
    service=Service.WEBEX,
)

MEETING_ATTENDEE_REPORT = Endpoint(
    name="webex_meeting_attendees",
    path="/meetingReports/attendees",
    rows_at="items",
    purpose="Join and leave rows of one ended meeting.",
    rate_label=RateLabel.WEBEX,
    scope="meeting:admin_config_read",
    classic_scopes=("meeting:participants_read", "meeting:schedules_read"),
    plan="any, asked by an administrator of the site",
    look_back="90 days",
    look_back_days=90,
    doc_url=f"{_DOCS}/meetings-summary-report/list-meeting-attendee-reports",
    page_size=1000,
    service=Service.WEBEX,
)

# Without a service type the vendor lists MeetingCenter alone.
SERVICE_TYPES = ("MeetingCenter", "EventCenter", "TrainingCenter", "SupportCenter")

SITE_URL = Column(
    "site_url",
    Type.TEXT,
    "The Webex site that hosts the meeting, as in `webex.sites`.",
    required=True,
    source=Field("$request.site_url"),
)
_NUMBER_MEANING = (
    "The series: recurring meetings and personal rooms reuse their number, and a personal room's names its owner."
)


def _sum(name: str, meaning: str, unit: str, path: str) -> Column:
    type_ = Type.NUMBER if unit == "minutes" else Type.INTEGER
    return Column(name, type_, meaning, unit=unit, source=Field(path), additivity=Additivity.SUM)


WEBEX_SITES = Table(
    schema="webex",
    name="sites",
    grain="One row per Webex site that the app's owner may report on, as things stood when the day was taken.",
    about=(
        "Webex answers only with the present state, so every partition is the state at `_ingested_at`. The usage report "
        "is asked site by site, so a site that is missing here is missing there."
    ),
    partition=Partition.DAY,
    key=("site_url",),
    endpoints=(SITES,),
    asks=(Snapshot(endpoint=SITES.name),),
    group="webex",
    columns=(
        Column("site_url", Type.TEXT, "The site's host name.", required=True, source=Field("siteUrl")),
        Column("is_default", Type.BOOLEAN, "Whether it is the owner's default site.", source=Field("default")),
    ),
    expectations=(
        Expectation("is_host_name", "site_url NOT LIKE '%/%'", "A site is a host name, which is how reports want it."),
    ),
)

MEETING_USAGE = Table(
    schema="webex",
    name="meeting_usage",
    grain="One row per ended Webex meeting instance that started on the UTC day.",
    about=(
        "All sites and all four service types, each asked on its own. Meetings appear within 24 hours after they end, so "
        "a day is complete a day or two later. Totals are the vendor's."
    ),
    partition=Partition.DAY,
    key=("meeting_instance_id",),
    partition_by="started_at",
    row_floor=0,
    endpoints=(MEETING_USAGE_REPORT,),
    asks=(
        PerListed(
            endpoint=MEETING_USAGE_REPORT.name,
            passes=tuple({"serviceType": service} for service in SERVICE_TYPES),
            listing=SITES.name,
            select={"site_url": "siteUrl"},
            params={"siteUrl": "site_url"},
            has_exact_days=True,
        ),
    ),
    group="webex",
    columns=(
        Column(
            "meeting_instance_id",
            Type.TEXT,
            "The instance: each start of a meeting has its own.",
            required=True,
            source=Field("meetingId"),
        ),
        Column("meeting_number", Type.TEXT, _NUMBER_MEANING, personal=Personal.USER_ID, source=Field("meetingNumber")),
        SITE_URL,
        Column(
            "service_type",
            Type.TEXT,
            "`MeetingCenter`, `EventCenter` (webinars and events), `TrainingCenter` or `SupportCenter`.",
            required=True,
            source=Field("serviceType", fallback="$request.serviceType"),
        ),
        Column(
            "scheduled_type",
            Type.TEXT,
            "`meeting` or `webinar`: MeetingCenter holds both.",
            source=Field("scheduledType", Parse.LOWER),
        ),
        Column("topic", Type.TEXT, "The meeting's title.", personal=Personal.CONTENT, source=Field("meetingTitle")),
        Column(
            "host_email",
            Type.TEXT,
            "The host's e-mail address.",
            personal=Personal.IDENTITY,
            source=Field("hostEmail"),
        ),
        Column("host_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY, source=Field("hostDisplayName")),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True, source=Field("start")),
        Column("ended_at", Type.TIMESTAMP, "When it ended.", source=Field("end")),
        Column(
            "vendor_duration_seconds",
            Type.INTEGER,
            "Length as the vendor states it, in whole minutes; use `ended_at - started_at`.",
            unit="seconds",
            source=Field("duration", Parse.MINUTES_AS_SECONDS),
        ),
        _sum("vendor_person_minutes", "Minutes summed over participants.", "minutes", "totalPeopleMinutes"),
        _sum("voip_minutes", "Those on computer audio.", "minutes", "totalVoipMinutes"),
        _sum("call_in_minutes", "Those dialled in.", "minutes", "totalCallInMinutes"),
        _sum("call_in_toll_free_minutes", "Those dialled in toll-free.", "minutes", "totalCallInTollFreeMinutes"),
        _sum("call_out_domestic_minutes", "Those called back at home.", "minutes", "totalCallOutDomestic"),
        _sum("call_out_international_minutes", "Those called back abroad.", "minutes", "totalCallOutInternational"),
        _sum("vendor_participants", "Participants as the vendor counts them.", "participants", "totalParticipants"),
        _sum("voip_participants", "Those on computer audio.", "participants", "totalParticipantsVoip"),
        _sum("call_in_participants", "Those who dialled in.", "participants", "totalParticipantsCallIn"),
        _sum("call_out_participants", "Those who were called back.", "participants", "totalParticipantsCallOut"),
        Column(
            "vendor_peak_attendees",
            Type.INTEGER,
            "Most attendees there at once.",
            unit="attendees",
            source=Field("peakAttendee"),
            additivity=Additivity.MAX,
        ),
        _sum("registrants", "People who registered.", "people", "totalRegistered"),
        _sum("invitees", "People who were invited.", "people", "totalInvitee"),
        Column(
            "tracking_codes",
            Type.LIST,
            "Codes by which the site's administrators group meetings, such as a department; row by row in `webex.meeting_tracking_codes`.",
            source=Field("trackingCodes"),
            items=(
                Item("name", Type.TEXT, "The code's name, which administrators define.", path="name"),
                Item("value", Type.TEXT, "Its value; may name a person.", path="value", personal=Personal.IDENTITY),
            ),
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_start", "ended_at IS NULL OR ended_at >= started_at", "A meeting does not end before it starts."
        ),
        Expectation(
            "known_service_type",
            f"service_type IN {SERVICE_TYPES}",
            "The service type is one of the four that are asked for.",
        ),
        Expectation(
            "dial_in_within_total",
            "call_in_participants IS NULL OR call_in_participants <= vendor_participants",
            "Those who dialled in are participants.",
        ),
    ),
)

MEETING_TRACKING_CODES = Table(
    schema="webex",
    name="meeting_tracking_codes",
    grain="One row per tracking code of a Webex meeting instance that started on the UTC day.",
    about="From `webex.meeting_usage`; meetings without codes have no row here.",
    partition=Partition.DAY,
    key=("meeting_instance_id", "code_place"),
    inputs=(Input("webex.meeting_usage"),),
    row_floor=0,
    group="webex",
    columns=(
        Column("meeting_instance_id", Type.TEXT, "The instance.", required=True),
        Column("code_place", Type.INTEGER, "Position of the code in the meeting's list, from 0.", required=True),
        Column("site_url", Type.TEXT, "The Webex site that hosts the meeting.", required=True),
        Column("meeting_started_at", Type.TIMESTAMP, "When the instance started.", required=True),
        Column("name", Type.TEXT, "The code's name, which the site's administrators define."),
        Column("value", Type.TEXT, "Its value; may name a person.", personal=Personal.IDENTITY),
    ),
    expectations=(Expectation("has_name", "name IS NOT NULL", "Every code has a name."),),
)

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"

MEETING_ATTENDEES = Table(
    schema="webex",
    name="meeting_attendees",
    grain="One row per attendee session of an ended Webex meeting instance that started on the UTC day.",
    about=(
        "A rejoin or a second device is a session of its own, so rows are not people. The vendor gives sessions no id: "
        "`session_place` tells them apart within one fetch and means nothing beyond it."
    ),
    partition=Partition.DAY,
    key=("meeting_instance_id", "session_place"),
    row_floor=0,
    endpoints=(MEETING_ATTENDEE_REPORT,),
    inputs=(Input("webex.meeting_usage"),),  # says which meetings to ask for
    priority=2,
    asks=(
        PerItem(
            endpoint=MEETING_ATTENDEE_REPORT.name,
            parent="webex.meeting_usage",
            select={
                "meeting_instance_id": "meeting_instance_id",
                "meeting_started_at": f"strftime(started_at, '{_INSTANT}')",
                "site_url": "site_url",
                # Without a window only the last seven days are answered for. Long meetings reach into the days after.
                "window_from": f"strftime(date_trunc('day', started_at), '{_INSTANT}')",
                "window_to": f"strftime(date_trunc('day', started_at) + INTERVAL 3 DAY, '{_INSTANT}')",
            },
            params={
                "meetingId": "meeting_instance_id",
                "siteUrl": "site_url",
                "from": "window_from",
                "to": "window_to",
            },
        ),
    ),
    group="webex",
    columns=(
        Column(
            "meeting_instance_id",
            Type.TEXT,
            "The instance.",
            required=True,
            source=Field("meetingId", fallback="$request.meeting_instance_id"),
        ),
        Column(
            "session_place",
            Type.INTEGER,
            "Position of the session in the vendor's list of the instance, from 0.",
            required=True,
            source=Field("$parent_place"),
        ),
        SITE_URL,
        Column(
            "meeting_started_at",
            Type.TIMESTAMP,
            "When the instance started: it decides the partition.",
            required=True,
            source=Field("$request.meeting_started_at"),
        ),
        Column("meeting_number", Type.TEXT, _NUMBER_MEANING, personal=Personal.USER_ID, source=Field("meetingNumber")),
        Column("topic", Type.TEXT, "The meeting's title.", personal=Personal.CONTENT, source=Field("meetingTitle")),
        Column(
            "display_name",
            Type.TEXT,
            "Name as shown in the meeting; anybody may type anything.",
            personal=Personal.IDENTITY,
            source=Field("displayName"),
        ),
        Column("email", Type.TEXT, "E-mail address.", personal=Personal.IDENTITY, source=Field("email")),
        Column("joined_at", Type.TIMESTAMP, "When the attendee joined.", source=Field("joinedTime")),
        Column("left_at", Type.TIMESTAMP, "When the attendee left.", source=Field("leftTime")),
        Column(
            "vendor_duration_seconds",
            Type.INTEGER,
            "Length as the vendor states it, in whole minutes; use `left_at - joined_at`.",
            unit="seconds",
            source=Field("duration", Parse.MINUTES_AS_SECONDS),
        ),
        Column(
            "participant_type",
            Type.TEXT,
            "`host` or `attendee`, whichever case the vendor writes it in.",
            source=Field("participantType", Parse.LOWER),
        ),
        Column(
            "ip_address", Type.TEXT, "IP address of the attendee.", personal=Personal.DEVICE, source=Field("ipAddress")
        ),
        Column(
            "client_agent",
            Type.TEXT,
            "Operating system and application, such as `WINDOWS,IE`.",
            source=Field("clientAgent"),
        ),
        *(
            Column(name, Type.TEXT, f"{what} the attendee gave.", personal=personal, source=Field(path))
            for name, what, path, personal in (
                ("company", "Company that", "company", Personal.IDENTITY),
                # Classes as of telephones and registrants' addresses at Zoom.
                ("phone_number", "Telephone number that", "phoneNumber", Personal.DEVICE),
                ("address_1", "First line of the address that", "address1", Personal.CONTENT),
                ("address_2", "Second line of the address that", "address2", Personal.CONTENT),
                ("city", "City that", "city", Personal.CONTENT),
                ("state", "State that", "state", Personal.CONTENT),
                ("country", "Country that", "country", Personal.IDENTITY),
                ("zip_code", "Postal code that", "zipCode", Personal.CONTENT),
            )
        ),
        Column("is_registered", Type.BOOLEAN, "Whether the attendee had registered.", source=Field("registered")),
        Column("is_invited", Type.BOOLEAN, "Whether the attendee had been invited.", source=Field("invited")),
    ),
    expectations=(
        Expectation("has_join", "joined_at IS NOT NULL", "Every session begins with a join."),
        Expectation(
            "leave_not_before_join", "left_at IS NULL OR left_at >= joined_at", "Nobody leaves before joining."
        ),
        Expectation(
            "known_participant_type",
            "participant_type IS NULL OR participant_type IN ('host', 'attendee')",
            "The type is one of the two documented.",
        ),
    ),
)

TABLES = (WEBEX_SITES, MEETING_USAGE, MEETING_TRACKING_CODES, MEETING_ATTENDEES, MEETING_QUALITIES)
