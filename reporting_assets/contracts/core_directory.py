"""Contracts of what facts refer to in schema `core`: people, users, rooms and dates.

Not here: meetings (`core`), joins and attendance (`core_attendance`), series and webinars (`core_series`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import EMAIL, IDENTITY_CONFIDENCE, IDENTITY_METHOD, PLATFORM, USER_ID
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Input,
    Item,
    Partition,
    Personal,
    Table,
    Type,
)


def _count(name: str, meaning: str, unit: str, additivity: Additivity = Additivity.SUM) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, required=True, additivity=additivity)


PEOPLE = Table(
    schema="core",
    name="people",
    grain="One row per person and vendor seen in the UTC month: in a meeting or webinar, in its waiting room, or as its host.",
    about=(
        "From `core.participant_sessions` and `core.meetings`. Who shares a user id, registration or address, directly or "
        "through others of the month, is one person; `zoom.users` says which id and address belong together. A name "
        "joins nobody across meetings, so whoever is known by a name or a join alone is a row per instance. "
        "`known_keys` leads from the `person_key` of other `core` tables to the row."
    ),
    partition=Partition.MONTH,
    key=("platform", "person_key"),
    inputs=(
        Input("core.participant_sessions"),
        Input("core.meetings"),
        Input("zoom.users", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "person_key",
            Type.TEXT,
            "The strongest of the person's keys of the month; it may be another one in another month.",
            personal=Personal.IDENTITY,
            required=True,
        ),
        IDENTITY_METHOD,
        IDENTITY_CONFIDENCE,
        Column(
            "known_keys",
            Type.LIST,
            "Every `person_key` or `host_key` under which the person stands in `core` tables of the month.",
            personal=Personal.IDENTITY,
            items=(Item("person_key", Type.TEXT, "One of the keys.", path="person_key", personal=Personal.IDENTITY),),
        ),
        USER_ID,
        EMAIL,
        Column("display_name", Type.TEXT, "Name as last shown.", personal=Personal.IDENTITY),
        Column("department", Type.TEXT, "Department in the month's last `zoom.users`; NULL for others."),
        Column(
            "is_internal",
            Type.BOOLEAN,
            (
                "Whether the person belongs to the account: among `zoom.users`, of either vendor, or so on any join. NULL "
                "for others on Webex."
            ),
        ),
        Column(
            "first_seen_at", Type.TIMESTAMP, "First join of the month, or start of a meeting hosted.", required=True
        ),
        Column(
            "last_seen_at",
            Type.TIMESTAMP,
            "Latest moment known inside or waiting, or start of a meeting hosted.",
            required=True,
        ),
        _count("meetings_attended", "Meeting instances the person was inside of.", "meetings"),
        _count("webinars_attended", "Webinar instances the person was inside of.", "webinars"),
        _count("meetings_hosted", "Meeting instances the person hosted, present or not.", "meetings"),
        _count("webinars_hosted", "Webinar instances the person hosted, present or not.", "webinars"),
        _count("join_count", "Joins; rejoins, further devices and breakout rooms count again.", "joins"),
        _count(
            "attended_seconds",
            "Time inside, each moment of an instance once; two instances at once count twice.",
            "seconds",
        ),
        _count(
            "days_active",
            "Dates in the report time zone on which an instance that the person was inside of or hosted started.",
            "days",
            Additivity.NONE,
        ),
    ),
    expectations=(
        Expectation(
            "known_confidence",
            "identity_confidence IN ('strong', 'weak', 'none')",
            "The confidence is one of three classes.",
            blocking=True,
        ),
        Expectation(
            "weak_identity_stays_in_its_instance",
            "identity_confidence = 'strong' OR meetings_attended + webinars_attended <= 1",
            "Nobody known by a name or a join alone is joined across instances.",
            blocking=True,
        ),
        Expectation(
            "seen_in_order", "first_seen_at <= last_seen_at", "The first moment is not after the last.", blocking=True
        ),
        Expectation(
            "instances_within_joins",
            "meetings_attended + webinars_attended <= join_count",
            "Being inside takes a join.",
            blocking=True,
        ),
    ),
)

USERS = Table(
    schema="core",
    name="users",
    grain="One row per user of the account and state (status, license, department) that snapshots of the month show.",
    about=(
        "From the daily snapshots `zoom.users`: what changed between two of them is seen on the day of the later one. "
        "A state that lasts over the end of a month has a row in both; `is_continuation` marks the later one. Webex "
        "lists no users."
    ),
    partition=Partition.MONTH,
    key=("platform", "user_key", "valid_from_date"),
    inputs=(Input("zoom.users", days_before=31),),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "user_key",
            Type.TEXT,
            "The user's id; the address of a pending user who had none all month.",
            personal=Personal.IDENTITY,
            required=True,
        ),
        Column("user_id", Type.TEXT, "The vendor's id; NULL while pending.", personal=Personal.USER_ID),
        Column("email", Type.TEXT, "E-mail address, lower case.", personal=Personal.IDENTITY),
        Column("display_name", Type.TEXT, "Name shown in meetings.", personal=Personal.IDENTITY),
        Column("status", Type.TEXT, "`active`, `inactive` or `pending`.", required=True),
        Column("license_type", Type.INTEGER, "1 Basic, 2 Licensed, 4 Unassigned, 99 None."),
        Column(
            "license", Type.TEXT, "`basic`, `licensed`, `unassigned`, `none`, or NULL for another number or no number."
        ),
        Column("department", Type.TEXT, "Department, as the admin set it."),
        Column("personal_meeting_number", Type.TEXT, "Personal meeting id (PMI).", personal=Personal.USER_ID),
        Column("timezone", Type.TEXT, "The user's IANA time zone."),
        Column("valid_from_date", Type.DATE, "Day of the month's first snapshot that shows the state.", required=True),
        Column(
            "valid_to_date",
            Type.DATE,
            "Day of the last snapshot that shows it without a break; NULL while the month's last snapshot does.",
        ),
        Column("is_current", Type.BOOLEAN, "Whether the month's last snapshot shows it.", required=True),
        Column(
            "is_continuation",
            Type.BOOLEAN,
            "Whether the last snapshot of the month before showed it already; NULL where there is none.",
        ),
        Column(
            "end_reason",
            Type.TEXT,
            "`changed` into the user's next state, or `removed` from the account; NULL while current.",
        ),
        _count("snapshot_days", "Snapshots that show it.", "days", Additivity.NONE),
        Column(
            "is_taken_in_time",
            Type.BOOLEAN,
            "Whether its first snapshot was taken on its day or the next; a later one shows a later state.",
            required=True,
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_beginning",
            "valid_to_date IS NULL OR valid_to_date >= valid_from_date",
            "No state ends before it begins.",
            blocking=True,
        ),
        Expectation(
            "current_is_open",
            "is_current = (valid_to_date IS NULL) AND is_current = (end_reason IS NULL)",
            "What has ended says when and why, and nothing else does.",
            blocking=True,
        ),
        Expectation("taken_in_time", "is_taken_in_time", "Snapshots were taken no later than the day after their own."),
    ),
)

ROOMS = Table(
    schema="core",
    name="rooms",
    grain="One row per meeting room of the account on the day.",
    about=(
        "From the snapshot `zoom.rooms`; a room that the snapshot lacks, but that took part in a meeting of the day "
        "(`zoom.room_meetings`), is here with what that says. How rooms were used is in `utilization.room_daily`."
    ),
    partition=Partition.DAY,
    key=("platform", "room_id"),
    inputs=(Input("zoom.rooms"), Input("zoom.room_meetings", is_optional=True)),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("room_id", Type.TEXT, "The vendor's id of the room.", required=True),
        Column("room_name", Type.TEXT, "Name of the room."),
        Column("location", Type.TEXT, "Where the room is, as the admin named it."),
        Column("location_id", Type.TEXT, "The vendor's id of the location."),
        Column("account_type", Type.TEXT, "Kind of the address the room signs in with."),
        Column("status", Type.TEXT, "`Available`, `InMeeting`, `Offline`, `UnderConstruction` or the like."),
        Column("health", Type.TEXT, "The vendor's summary of the issues, such as `healthy` or `critical`."),
        Column(
            "issues",
            Type.INTEGER,
            "Issues the room had when the snapshot was taken.",
            unit="issues",
            additivity=Additivity.NONE,
        ),
        Column("is_online", Type.BOOLEAN, "Whether the room was connected when the snapshot was taken."),
        Column("last_started_at", Type.TIMESTAMP, "When the room's software was last started."),
        Column("is_listed", Type.BOOLEAN, "Whether the day's snapshot lists the room.", required=True),
        Column(
            "is_taken_in_time",
            Type.BOOLEAN,
            "Whether the snapshot was taken on the day or the next; NULL where it does not list the room.",
        ),
    ),
    expectations=(
        Expectation("taken_in_time", "is_taken_in_time IS NULL OR is_taken_in_time", "The snapshot was taken in time."),
        Expectation("is_listed", "is_listed", "Rooms that met are rooms the account lists."),
    ),
)

DATES = Table(
    schema="core",
    name="dates",
    grain="One row per calendar date of the month.",
    about=(
        "The calendar of the report time zone (`REPORTING_TIMEZONE`): when its dates begin and end, its weeks (ISO 8601, "
        "from Monday) and working days. Holidays are not known."
    ),
    partition=Partition.MONTH,
    key=("calendar_date",),
    columns=(
        Column("calendar_date", Type.DATE, "The date.", required=True),
        Column("timezone", Type.TEXT, "The report time zone, an IANA name.", required=True),
        Column("begins_at", Type.TIMESTAMP, "When the date begins there.", required=True),
        Column("ends_at", Type.TIMESTAMP, "When the next date begins there.", required=True),
        Column(
            "length_seconds",
            Type.INTEGER,
            "Length of the date: 86,400, an hour less or more where clocks change.",
            unit="seconds",
            required=True,
            additivity=Additivity.SUM,
        ),
        *(
            Column(name, Type.INTEGER, meaning, required=True, additivity=Additivity.NONE)
            for name, meaning in (
                ("calendar_year", "Year."),
                ("calendar_quarter", "Quarter of the year, 1 to 4."),
                ("calendar_month", "Month of the year, 1 to 12."),
                ("day_of_month", "Day of the month, from 1."),
                ("iso_weekday", "Day of the week, 1 Monday to 7 Sunday."),
                ("iso_year", "Year that the ISO week belongs to."),
                ("iso_week", "ISO week of that year, 1 to 53."),
            )
        ),
        Column("weekday_name", Type.TEXT, "Day of the week in English.", required=True),
        Column("week_start_date", Type.DATE, "Monday of its week.", required=True),
        Column("is_working_day", Type.BOOLEAN, "Whether it is a Monday to Friday.", required=True),
    ),
    expectations=(
        Expectation("ends_after_beginning", "ends_at > begins_at", "Every date takes time."),
        Expectation("about_a_day", "length_seconds BETWEEN 82800 AND 90000", "Clocks change by an hour at most."),
    ),
)

TABLES = (PEOPLE, USERS, ROOMS, DATES)
