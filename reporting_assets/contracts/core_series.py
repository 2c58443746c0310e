"""Contracts of series and of webinars in schema `core`.

Not here: instances (`core`), joins and attendance (`core_attendance`), and how webinars were attended (`engagement`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import MEETING_NUMBER, MEETING_UUID, PLATFORM
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


def _sum(name: str, meaning: str, unit: str, *, required: bool = False) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, required=required, additivity=Additivity.SUM)


MEETING_SERIES = Table(
    schema="core",
    name="meeting_series",
    grain="One row per series of meetings or webinars of which an instance started in the UTC month.",
    about=(
        "From `core.meetings`; an instance without a number is a series of its own. What is said of the series is as of "
        "its last instance of the month."
    ),
    partition=Partition.MONTH,
    key=("platform", "series_key"),
    inputs=(Input("core.meetings"), Input("zoom.users", is_optional=True)),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "series_key",
            Type.TEXT,
            "The series: `meeting_number`, or `meeting_uuid` of an instance without one.",
            personal=Personal.USER_ID,
            required=True,
        ),
        MEETING_NUMBER,
        Column(
            "kind",
            Type.TEXT,
            "Kind of its last instance whose report says one, as in `core.meetings`; else `unclassified`.",
            required=True,
        ),
        Column("is_webinar", Type.BOOLEAN, "Whether it is a series of webinars.", required=True),
        Column(
            "is_personal_room",
            Type.BOOLEAN,
            (
                "Whether it is a user's personal room: the report says so, or the number is one in `zoom.users`. NULL on "
                "Webex, and where neither is known."
            ),
        ),
        Column("topic", Type.TEXT, "Topic of the last instance.", personal=Personal.CONTENT),
        Column("host_key", Type.TEXT, "Host of the last instance, as in `core.meetings`.", personal=Personal.IDENTITY),
        Column(
            "hosts",
            Type.INTEGER,
            "Different hosts of its instances.",
            unit="people",
            required=True,
            additivity=Additivity.NONE,
        ),
        _sum("instances", "Instances that started in the month.", "instances", required=True),
        Column(
            "logical_meetings",
            Type.INTEGER,
            "Meetings among them, a dropped host's instances joined.",
            unit="meetings",
            required=True,
            additivity=Additivity.NONE,
        ),
        Column(
            "days_held",
            Type.INTEGER,
            "Dates in the report time zone on which an instance started.",
            unit="days",
            required=True,
            additivity=Additivity.NONE,
        ),
        _sum("actual_seconds", "Time from start to end over its instances; NULL while none has ended.", "seconds"),
        Column("first_meeting_uuid", Type.TEXT, "Its first instance of the month.", required=True),
        Column("first_started_at", Type.TIMESTAMP, "When that started.", required=True),
        Column("last_meeting_uuid", Type.TEXT, "Its last instance of the month.", required=True),
        Column("last_started_at", Type.TIMESTAMP, "When that started.", required=True),
    ),
    expectations=(
        Expectation(
            "logical_within_instances",
            "logical_meetings BETWEEN 1 AND instances",
            "Instances make up meetings, never the other way round.",
            blocking=True,
        ),
        Expectation(
            "first_before_last",
            "first_started_at <= last_started_at",
            "The first instance is not after the last.",
            blocking=True,
        ),
        Expectation(
            "webinars_are_marked",
            "is_webinar = (kind = 'webinar')",
            "Webinars, and only they, are of the kind `webinar`.",
        ),
    ),
)

WEBINARS = Table(
    schema="core",
    name="webinars",
    grain="One row per webinar instance of either vendor that started on the UTC day.",
    about=(
        "The webinars of `core.meetings`, with what is known of registration: the counts of the sources, side by side. A "
        "webinar of whose registrations nothing is known has NULL there, for it may have needed none. Rates and scores "
        "are in `engagement.webinar_engagement`."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid"),
    inputs=(
        Input("core.meetings"),
        Input("core.participant_sessions"),
        Input("zoom.webinar_absentees", is_optional=True),
        Input("webex.meeting_usage", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        MEETING_NUMBER,
        Column("logical_meeting_key", Type.TEXT, "The logical webinar, as in `core.meetings`.", required=True),
        Column("topic", Type.TEXT, "The webinar's topic.", personal=Personal.CONTENT),
        Column("host_key", Type.TEXT, "The host, as in `core.meetings`.", personal=Personal.IDENTITY),
        Column("host_department", Type.TEXT, "The host's department."),
        Column("scheduled_at", Type.TIMESTAMP, "When it was scheduled to start; NULL where unknown."),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True),
        Column("ended_at", Type.TIMESTAMP, "When it ended; NULL while unknown."),
        Column("start_local_date", Type.DATE, "Date on which it started in the report time zone.", required=True),
        Column(
            "start_local_hour",
            Type.INTEGER,
            "Hour in which it started in the report time zone, 0 to 23.",
            required=True,
            additivity=Additivity.NONE,
        ),
        _sum("actual_seconds", "From start to end; NULL while the end is unknown.", "seconds"),
        Column("is_final", Type.BOOLEAN, "Whether its end is known; until then figures may grow.", required=True),
        Column("has_participant_rows", Type.BOOLEAN, "Whether any join is known.", required=True),
        Column(
            "has_registration",
            Type.BOOLEAN,
            "TRUE where registrations are known; NULL elsewhere, for everybody may have stayed away unregistered.",
        ),
        _sum(
            "registrants",
            (
                "Approved registrations: of those who joined and of absentees, each once, so NULL where either is unknown; on "
                "Webex its own count."
            ),
            "registrations",
        ),
        _sum(
            "registrants_joined",
            "Registrations that somebody joined with, if only the waiting room; on Webex people who joined and had registered.",
            "registrations",
        ),
        _sum(
            "registrants_absent",
            (
                "Approved registrations that Zoom lists as absent and that nobody joined with; on Webex the others of its "
                "count. NULL where Zoom's list has nobody of the day, or where more joined than Webex counts."
            ),
            "registrations",
        ),
        _sum(
            "vendor_absentees",
            "Registrations in Zoom's list of absentees, whatever their status; NULL where it is empty.",
            "registrations",
        ),
        _sum("invitees", "People invited, as Webex counts them; NULL on Zoom.", "people"),
        Column(
            "panelists",
            Type.INTEGER,
            "People inside who ran it, the host included; NULL where that is not known (`is_panelist`).",
            unit="people",
            additivity=Additivity.NONE,
        ),
        _sum("vendor_participant_joins", "Participants as the vendor counts them: joins, not people.", "joins"),
        Column(
            "vendor_person_minutes",
            Type.NUMBER,
            "Minutes summed over participants, as the vendor counts them.",
            unit="minutes",
            additivity=Additivity.SUM,
        ),
        *(
            Column(name, Type.BOOLEAN, f"Whether {what}; NULL where the report does not say.")
            for name, what in (
                ("has_recording", "it was recorded"),
                ("has_chat", "its chat was used"),
                ("has_poll", "a poll was launched"),
                ("has_qa", "Q&A was used"),
                ("has_survey", "a survey was asked"),
            )
        ),
    ),
    expectations=(
        Expectation(
            "registrants_add_up",
            "registrants IS NULL OR registrants_absent IS NULL OR registrants >= registrants_absent",
            "Absentees had registered.",
        ),
        Expectation(
            "absentees_agree",
            "platform <> 'zoom' OR vendor_absentees IS NULL OR vendor_absentees = registrants_absent",
            "Those whom Zoom lists as absent are approved registrants who did not join.",
        ),
    ),
)

TABLES = (MEETING_SERIES, WEBINARS)
