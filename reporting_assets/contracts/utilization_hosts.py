"""Contracts of `utilization` tables about those who host: hosts, their departments, and licences.

Not here: the account as a whole (`utilization`), and what people attend (`core`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import PLATFORM
from reporting_assets.contracts.model import Column, Expectation, Input, Partition, Personal, Table, Type
from reporting_assets.contracts.utilization_measures import (
    HOST_KEY,
    IDENTIFIED,
    IDENTIFIED_WITHIN_UNIQUE,
    JOINS,
    LOGICAL,
    MEETINGS,
    PEOPLE_WITHIN_JOINS,
    SOLO,
    UNIQUE,
    VENDOR_TOTALS,
    WEBINAR_JOINS,
    WEBINARS,
    difference,
    minutes,
    moment,
    peak,
    people,
    ratio,
    total,
)

# As far as a month's end looks for somebody's last meeting.
_UNUSED_DAYS = 90

_LICENSE_TYPE = Column("license_type", Type.INTEGER, "1 Basic, 2 Licensed, 4 Unassigned, 99 None; NULL where unknown.")
_DEPARTMENT = Column("department", Type.TEXT, "The host's department.")
_HOST = (
    PLATFORM,
    HOST_KEY,
    Column("host_email", Type.TEXT, "The host's e-mail address, lower case.", personal=Personal.IDENTITY),
    Column("host_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY),
    _DEPARTMENT,
)
_HOSTED = (
    MEETINGS,
    LOGICAL,
    SOLO,
    minutes("meeting_minutes", "Length of the hosted meetings whose end is known, summed."),
    UNIQUE,
    IDENTIFIED,
    JOINS,
    minutes("person_minutes", "Attended time summed over people and meetings."),
    ratio("person_minutes_per_meeting", "Person-minutes divided by meetings; NULL without meetings.", "minutes"),
    WEBINARS,
    minutes("webinar_minutes", "Length of the hosted webinars whose end is known, summed."),
    WEBINAR_JOINS,
    minutes("webinar_person_minutes", "Attended time summed over people and webinars."),
    total(
        "instances_beyond_basic",
        "Instances that a Basic licence does not allow: meetings of more than 40 minutes or 100 people, and webinars.",
        "instances",
    ),
)
_LAST_HOSTED = moment("last_hosted_at", "Start of the last meeting or webinar hosted.")
_HOST_KNOWN = Expectation("host_known", "host_key <> 'unknown'", "Every meeting's host is known.")
_BEYOND_WITHIN_HOSTED = Expectation(
    "beyond_basic_within_hosted",
    "instances_beyond_basic BETWEEN webinars AND meetings + webinars",
    "What a Basic licence does not allow are webinars and some of the meetings.",
    blocking=True,
)

HOST_DAILY = Table(
    schema="utilization",
    name="host_daily",
    grain="One row per vendor and host of a meeting or webinar that started on the UTC day.",
    about=(
        "From `core`, by the day the meetings started, minutes not split. An address of a user in `zoom.users` counts as "
        "that user. Meetings whose host is not known stand under `unknown`, so that hosts add up to the account."
    ),
    partition=Partition.DAY,
    key=("platform", "host_key"),
    inputs=(
        Input("core.meetings"),
        Input("core.attendance"),
        Input("zoom.users", is_optional=True),
    ),
    row_floor=0,
    columns=(
        *_HOST,
        *_HOSTED,
        peak(
            "peak_concurrent_instances",
            "Most meetings and webinars of the host running at once, of those that started on the day.",
            "instances",
        ),
        moment("peak_instances_at", "First moment that many ran; NULL where none has a known length."),
        _LAST_HOSTED,
    ),
    expectations=(IDENTIFIED_WITHIN_UNIQUE, PEOPLE_WITHIN_JOINS, _BEYOND_WITHIN_HOSTED, _HOST_KNOWN),
)

HOST_MONTHLY = Table(
    schema="utilization",
    name="host_monthly",
    grain="One row per vendor and host of a meeting or webinar in the UTC month, by our count or the vendor's.",
    about=(
        "From `core.meetings` and `core.attendance` by the day the meetings started, minutes not split. Meetings whose "
        "host is not known stand under `unknown`, so that hosts add up to the account. An address of a user in "
        "`zoom.hosts` or `zoom.users` counts as that user, on Webex too. Zoom's own totals come from `zoom.hosts` and "
        "leave webinars out."
    ),
    partition=Partition.MONTH,
    key=("platform", "host_key"),
    inputs=(
        Input("core.meetings"),
        Input("core.attendance"),
        Input("zoom.hosts", is_optional=True),
        Input("zoom.users", is_optional=True),
        Input("utilization.account_daily"),  # which days there are: only whole months are compared with the vendor's
    ),
    row_floor=0,
    columns=(
        *_HOST,
        _LICENSE_TYPE,
        *_HOSTED,
        people("days_hosted", "UTC days on which a meeting or webinar of theirs started.", "days"),
        _LAST_HOSTED,
        *VENDOR_TOTALS,
        difference("meetings"),
        difference("person_minutes"),
    ),
    expectations=(
        IDENTIFIED_WITHIN_UNIQUE,
        PEOPLE_WITHIN_JOINS,
        _BEYOND_WITHIN_HOSTED,
        _HOST_KNOWN,
        Expectation(
            "host_near_vendor",
            "meetings_difference_rate IS NULL OR abs(meetings - vendor_meetings) <= 2 + 0.05 * vendor_meetings",
            "Over a complete month a host's meetings are within 5 % of the vendor's count, or two.",
        ),
    ),
)

LICENSE_MONTHLY = Table(
    schema="utilization",
    name="license_monthly",
    grain="One row per licensed user of the month's last snapshot of users.",
    about=(
        "From `zoom.users` and `utilization.host_monthly` of the month and the months before that 90 days reach into. A "
        "licence can be reclaimed where its user hosted nothing in the 90 days to the snapshot, nothing beyond what a "
        "Basic licence allows in the months read, and has had the account for that long. Where fewer than 90 days "
        "have been computed nobody can tell, and `is_reclaim_candidate` is NULL. Logins are not looked at: Zoom updates "
        "them with a delay. Webex does not list licences."
    ),
    partition=Partition.MONTH,
    key=("platform", "user_key"),
    inputs=(
        Input("zoom.users"),
        Input("utilization.host_monthly", days_before=_UNUSED_DAYS),
        Input("utilization.account_daily", days_before=_UNUSED_DAYS),  # which days there are
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "user_key",
            Type.TEXT,
            "The user's id; the e-mail address while the user is pending and has none.",
            personal=Personal.IDENTITY,
            required=True,
        ),
        Column("user_id", Type.TEXT, "The vendor's id of the user; NULL while pending.", personal=Personal.USER_ID),
        Column("email", Type.TEXT, "The user's e-mail address, lower case.", personal=Personal.IDENTITY),
        Column("display_name", Type.TEXT, "The user's name.", personal=Personal.IDENTITY),
        Column("department", Type.TEXT, "The user's department."),
        Column("status", Type.TEXT, "`active`, `inactive` or `pending`."),
        Column("users_as_of", Type.DATE, "Day of the snapshot, up to which everything here looks.", required=True),
        moment("user_created_at", "When the user was created."),
        people("observed_days", "Of the 90 days to the snapshot, how many have been computed at least.", "days"),
        total("meetings", "Meetings the user hosted in the month.", "meetings"),
        total("webinars", "Webinars the user hosted in the month.", "webinars"),
        minutes("meeting_minutes", "Length of these meetings, summed."),
        minutes("person_minutes", "Attended time summed over people and these meetings."),
        moment("last_hosted_at", "Start of the last meeting or webinar hosted, in the months read; NULL for none."),
        people("days_since_hosting", "Days from then to the snapshot.", "days", required=False),
        people(
            "instances_beyond_basic",
            "Meetings and webinars in the months read that a Basic licence would not have allowed.",
            "instances",
        ),
        Column("is_active_host", Type.BOOLEAN, "Whether the user hosted a meeting in the month.", required=True),
        Column(
            "has_hosted_30_days",
            Type.BOOLEAN,
            "Whether the user hosted a meeting or webinar in the 30 days to the snapshot; NULL where days are missing.",
        ),
        Column(
            "has_hosted_90_days",
            Type.BOOLEAN,
            "The same of 90 days.",
        ),
        Column(
            "license_use",
            Type.TEXT,
            (
                "`needed` (something beyond Basic), `within_basic` (hosted, but nothing beyond) or `none`, in the months "
                "read."
            ),
            required=True,
        ),
        Column(
            "is_reclaim_candidate",
            Type.BOOLEAN,
            "Whether the licence could be taken back; NULL where too few days are known.",
        ),
        Column(
            "reclaim_reason",
            Type.TEXT,
            (
                "Why: `deactivated` or `invitation_pending` (the account's state), `never_hosted` (nothing in the months "
                "read) or `not_hosted_90_days`; NULL for others."
            ),
        ),
    ),
    expectations=(
        Expectation(
            "reason_with_candidate",
            "coalesce(is_reclaim_candidate, FALSE) = (reclaim_reason IS NOT NULL)",
            "Every candidate has a reason, and nobody else.",
            blocking=True,
        ),
        Expectation(
            "candidate_needs_no_license",
            "NOT coalesce(is_reclaim_candidate, FALSE) OR (instances_beyond_basic = 0 AND NOT has_hosted_90_days)",
            "Nobody loses a licence that was needed.",
            blocking=True,
        ),
        Expectation(
            "licenses_taken_in_time",
            "observed_days >= 90",
            "The 90 days that decide about licences have all been computed.",
        ),
    ),
)

DEPARTMENT_MONTHLY = Table(
    schema="utilization",
    name="department_monthly",
    grain="One row per vendor and department that hosted, was active or has users in the UTC month.",
    about=(
        "What hosts of the department hosted (`utilization.host_monthly`), who of it was active "
        "(`utilization.user_daily`) and its licences (`utilization.license_monthly`). Departments are those of the "
        "month's last snapshot of users, else what the report of the meeting says; `unknown` holds the rest, so that "
        "departments add up to the account. Licences and users are Zoom's, so NULL on Webex."
    ),
    partition=Partition.MONTH,
    key=("platform", "department"),
    inputs=(
        Input("utilization.host_monthly"),
        Input("utilization.user_daily"),
        Input("utilization.license_monthly", is_optional=True),
        Input("zoom.users", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("department", Type.TEXT, "The department, or `unknown`.", required=True),
        people("hosts", "Hosts of at least one meeting or webinar.", "hosts"),
        MEETINGS,
        SOLO,
        minutes("meeting_minutes", "Length of the hosted meetings whose end is known, summed."),
        JOINS,
        minutes("person_minutes", "Attended time summed over people and hosted meetings."),
        ratio("person_minutes_per_meeting", "Person-minutes divided by meetings; NULL without meetings.", "minutes"),
        WEBINARS,
        minutes("webinar_person_minutes", "Attended time summed over people and hosted webinars."),
        people("active_users", "Users of the department who attended, hosted or sent a chat message.", "users"),
        minutes("attended_minutes", "Time that users of the department attended meetings and webinars."),
        total(
            "messages_sent",
            "Chat messages that users of the department sent; NULL where chat is not known.",
            "messages",
            required=False,
        ),
        people("users", "Users of the department at the month's last snapshot.", "users", required=False),
        people("licensed_users", "Those among them who are licensed.", "users", required=False),
        people("active_licensed_hosts", "Licensed users who hosted a meeting in the month.", "users", required=False),
        ratio("host_utilization_rate", "Active licensed hosts divided by licensed users, 0 to 1.", "share"),
        people(
            "reclaim_candidates",
            "Licensed users whose licence could be taken back; NULL where too little is known to say.",
            "users",
            required=False,
        ),
        ratio("person_minutes_per_license", "Person-minutes of hosted meetings divided by licensed users.", "minutes"),
    ),
    expectations=(
        Expectation(
            "licensed_within_users",
            "coalesce(active_licensed_hosts <= licensed_users AND licensed_users <= users, TRUE)",
            "Licensed users are some of the users, and active ones some of these.",
            blocking=True,
        ),
        Expectation(
            "department_known",
            "department <> 'unknown' OR meetings + webinars = 0",
            "Every host's department is known.",
        ),
    ),
)

TABLES = (HOST_DAILY, HOST_MONTHLY, LICENSE_MONTHLY)  # `department_monthly` comes after them
