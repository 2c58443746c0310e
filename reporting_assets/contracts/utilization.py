"""Contracts of the tables in schema `utilization`: how accounts and hosts use meetings.

Not here: rows per meeting (`engagement`) or per person (`core`).
"""

from __future__ import annotations

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


def _sum(name: str, meaning: str, unit: str, *, required: bool = True) -> Column:
    """A whole number that adds up over rows."""
    return Column(name, Type.INTEGER, meaning, unit=unit, required=required, additivity=Additivity.SUM)


def _people(name: str, meaning: str, unit: str = "people", *, required: bool = True) -> Column:
    """Distinct people: they come back, so the figure must be counted anew at every grain."""
    return Column(name, Type.INTEGER, meaning, unit=unit, required=required, additivity=Additivity.NONE)


def _minutes(name: str, meaning: str) -> Column:
    return Column(name, Type.NUMBER, meaning, unit="minutes", required=True, additivity=Additivity.SUM)


def _ratio(name: str, meaning: str, unit: str) -> Column:
    return Column(name, Type.NUMBER, meaning, unit=unit, additivity=Additivity.NONE)


def _difference(of: str) -> Column:
    """How far our figure lies from the vendor's."""
    return _ratio(
        f"{of}_difference_rate",
        f"`{of}` less `vendor_{of}`, divided by the latter: 0.05 is 5 % above the vendor.",
        "share",
    )


def _peak(name: str, meaning: str, unit: str) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, required=True, additivity=Additivity.MAX)


_UNIQUE = _people(
    "unique_participants",
    "People who joined; guests known by name only count once per meeting, those without a name once per join.",
)
_IDENTIFIED = _people(
    "unique_participants_identified",
    "Those among them known by user id, registration or address; use this for people.",
)
_JOINS = _sum("participant_joins", "Joins; rejoins, devices and breakout rooms count again.", "joins")
_MEETINGS = _sum("meetings", "Meeting instances that started.", "meetings")
_SOLO = _sum("solo_meetings", "Those among them that one person attended alone.", "meetings")
_WITHOUT_PARTICIPANTS = _sum(
    "meetings_without_participants",
    "Meetings of which no join is known: they add nothing to people, joins and person-minutes.",
    "meetings",
)
_LOGICAL = _people("logical_meetings", "Meetings with a dropped host's instances counted once.", "meetings")

_IDENTIFIED_WITHIN_UNIQUE = Expectation(
    "identified_within_unique",
    "unique_participants_identified <= unique_participants",
    "Identified people are some of all people.",
    blocking=True,
)
_PEOPLE_WITHIN_JOINS = Expectation(
    "people_within_joins",
    "unique_participants <= participant_joins",
    "There are no more people than joins.",
    blocking=True,
)

ACCOUNT_DAILY = Table(
    schema="utilization",
    name="account_daily",
    grain="One row per platform for the UTC day; a day without meetings has a row of zeros.",
    about=(
        "From `core`. Meetings, hosts, people and joins belong to the day their meeting started; minutes and peaks to "
        "the clock, so that what runs past midnight is split there. A meeting lasts 30 hours at most, so two days before "
        "are read too."
    ),
    partition=Partition.DAY,
    key=("platform",),
    inputs=(
        Input("core.meetings", days_before=2),
        Input("core.participant_sessions", days_before=2),
        Input("core.attendance"),
    ),
    columns=(
        PLATFORM,
        _MEETINGS,
        _LOGICAL,
        _SOLO,
        _sum("meetings_not_final", "Meetings whose end is not known yet.", "meetings"),
        _WITHOUT_PARTICIPANTS,
        _people("hosts", "Hosts of these meetings.", "hosts"),
        _UNIQUE,
        _IDENTIFIED,
        _JOINS,
        _minutes("meeting_minutes", "Minutes meetings ran on this day."),
        _minutes("person_minutes", "Minutes people attended on this day; two meetings at once count both."),
        _ratio(
            "solo_meeting_rate", "Share of meetings that one person attended alone; NULL without meetings.", "share"
        ),
        _peak("peak_concurrent_meetings", "Most meetings running at once.", "meetings"),
        Column("peak_meetings_at", Type.TIMESTAMP, "First moment that many ran; NULL where none did."),
        _peak("peak_concurrent_people", "Most people in meetings at once.", "people"),
        Column("peak_people_at", Type.TIMESTAMP, "First moment that many were there; NULL where nobody was."),
        Column(
            "busiest_start_hour_utc",
            Type.INTEGER,
            "Hour of the UTC day, 0 to 23, in which most meetings started; the earliest on ties.",
            unit="hour of day",
            additivity=Additivity.NONE,
        ),
    ),
    expectations=(
        _IDENTIFIED_WITHIN_UNIQUE,
        _PEOPLE_WITHIN_JOINS,
        Expectation(
            "peak_at_with_peak",
            "(peak_concurrent_meetings > 0) = (peak_meetings_at IS NOT NULL) AND (peak_concurrent_people > 0) = (peak_people_at IS NOT NULL)",
            "A peak has its moment, and no peak has none.",
            blocking=True,
        ),
        Expectation(
            "minutes_within_peaks",
            "meeting_minutes <= 1440 * peak_concurrent_meetings",
            "A day has 1,440 minutes for each of the meetings that ran at once.",
            blocking=True,
        ),
        Expectation(
            "participants_known",
            "meetings_without_participants <= 0.02 * meetings",
            "Joins are known for at least 98 % of the meetings.",
        ),
    ),
)

ACCOUNT_MONTHLY = Table(
    schema="utilization",
    name="account_monthly",
    grain="One row per platform for the UTC month.",
    about=(
        "Sums of `utilization.account_daily`, its highest peaks, and people counted anew from `core.attendance`, for "
        "unique people do not add up. The vendor's own totals stand beside ours with the difference as a share of "
        "theirs: its days are cut in a zone it does not document, and it counts devices and waiting rooms."
    ),
    partition=Partition.MONTH,
    key=("platform",),
    inputs=(
        Input("utilization.account_daily"),
        Input("core.meetings"),
        Input("core.attendance"),
        Input("zoom.users"),
        Input("zoom.daily_usage"),
    ),
    columns=(
        PLATFORM,
        Column("days_covered", Type.INTEGER, "Days of the month that have been computed.", unit="days", required=True),
        Column("is_complete_month", Type.BOOLEAN, "Whether every day of the month has been computed.", required=True),
        _MEETINGS,
        _SOLO,
        _WITHOUT_PARTICIPANTS,
        _people("active_hosts", "Hosts of at least one meeting.", "hosts"),
        _UNIQUE,
        _IDENTIFIED,
        _JOINS,
        _minutes("meeting_minutes", "Minutes meetings ran in the month."),
        _minutes("person_minutes", "Minutes people attended in the month; two meetings at once count both."),
        _ratio("person_minutes_per_meeting", "Person-minutes divided by meetings; not a meeting's length.", "minutes"),
        _ratio("mean_meeting_minutes", "Mean length of the meetings whose end is known.", "minutes"),
        Column("peak_day", Type.DATE, "Day with most meetings, the earliest on ties; NULL without meetings."),
        Column("peak_day_meetings", Type.INTEGER, "Meetings on that day.", unit="meetings", additivity=Additivity.MAX),
        _peak("peak_concurrent_meetings", "Most meetings running at once.", "meetings"),
        Column("peak_meetings_at", Type.TIMESTAMP, "First moment that many ran; NULL where none did."),
        _peak("peak_concurrent_people", "Most people in meetings at once.", "people"),
        Column("peak_people_at", Type.TIMESTAMP, "First moment that many were there; NULL where nobody was."),
        Column("users_as_of", Type.DATE, "Day of the users' snapshot, the latest of the month; NULL where none."),
        _people("licensed_users", "Licensed users on that day; NULL without a snapshot.", "users", required=False),
        _people("active_licensed_hosts", "Those among them who hosted in the month.", "users", required=False),
        _ratio("host_utilization_rate", "Active licensed hosts divided by licensed users, 0 to 1.", "share"),
        _ratio("person_minutes_per_license", "Person-minutes divided by licensed users.", "minutes"),
        _sum("vendor_meetings", "Meetings as the vendor counts them.", "meetings", required=False),
        _sum("vendor_participant_joins", "Joins as the vendor counts them.", "joins", required=False),
        _sum("vendor_person_minutes", "Person-minutes as the vendor counts them.", "minutes", required=False),
        _ratio("vendor_person_minutes_per_meeting", "The vendor's person-minutes divided by its meetings.", "minutes"),
        _difference("meetings"),
        _difference("participant_joins"),
        _difference("person_minutes"),
    ),
    expectations=(
        _IDENTIFIED_WITHIN_UNIQUE,
        _PEOPLE_WITHIN_JOINS,
        Expectation(
            "meetings_near_vendor",
            "NOT is_complete_month OR meetings_difference_rate IS NULL OR abs(meetings_difference_rate) <= 0.02",
            "Over a complete month our count of meetings is within 2 % of the vendor's.",
        ),
        Expectation(
            "utilization_is_a_share",
            "host_utilization_rate IS NULL OR host_utilization_rate BETWEEN 0 AND 1",
            "No more licensed users host than there are.",
            blocking=True,
        ),
    ),
)

HOST_MONTHLY = Table(
    schema="utilization",
    name="host_monthly",
    grain="One row per host of at least one meeting in the UTC month, by our count or the vendor's.",
    about=(
        "From `core.meetings` and `core.attendance` by the day the meetings started, minutes not split. Meetings whose "
        "host is not known stand under `unknown`, so that hosts add up to the account. The vendor's own totals come "
        "from `zoom.hosts`."
    ),
    partition=Partition.MONTH,
    key=("platform", "host_key"),
    inputs=(
        Input("core.meetings"),
        Input("core.attendance"),
        Input("zoom.hosts"),
        Input("utilization.account_daily"),  # which days there are: only whole months are compared with the vendor's
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "host_key",
            Type.TEXT,
            "The host: `u:` user id, else `e:` e-mail address, or `unknown`.",
            personal=Personal.IDENTITY,
            required=True,
        ),
        Column("host_email", Type.TEXT, "The host's e-mail address, lower case.", personal=Personal.IDENTITY),
        Column("host_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY),
        Column("department", Type.TEXT, "The host's department."),
        Column("license_type", Type.INTEGER, "1 Basic, 2 Licensed, 4 Unassigned, 99 None; NULL where unknown."),
        _MEETINGS,
        _LOGICAL,
        _SOLO,
        _minutes("meeting_minutes", "Length of the hosted meetings whose end is known, summed."),
        _UNIQUE,
        _IDENTIFIED,
        _JOINS,
        _minutes("person_minutes", "Attended time summed over people and meetings."),
        _ratio("person_minutes_per_meeting", "Person-minutes divided by meetings; NULL without meetings.", "minutes"),
        Column("last_hosted_at", Type.TIMESTAMP, "Start of the last meeting hosted in the month."),
        _sum("vendor_meetings", "Meetings as the vendor counts them.", "meetings", required=False),
        _sum("vendor_participant_joins", "Joins as the vendor counts them.", "joins", required=False),
        _sum("vendor_person_minutes", "Person-minutes as the vendor counts them.", "minutes", required=False),
        _difference("meetings"),
        _difference("person_minutes"),
    ),
    expectations=(
        _IDENTIFIED_WITHIN_UNIQUE,
        _PEOPLE_WITHIN_JOINS,
        Expectation("host_known", "host_key <> 'unknown'", "Every meeting's host is known."),
    ),
)

TABLES = (ACCOUNT_DAILY, ACCOUNT_MONTHLY, HOST_MONTHLY)
