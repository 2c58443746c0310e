"""Contract of how series of meetings and webinars are attended, in schema `engagement`.

Not here: single instances (`engagement`, `engagement_webinars`) and what a series is (`core_series`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import MEETING_NUMBER, PLATFORM
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


def _count(name: str, meaning: str, unit: str, additivity: Additivity = Additivity.NONE) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, additivity=additivity)


def _number(name: str, meaning: str, unit: str, additivity: Additivity = Additivity.NONE) -> Column:
    return Column(name, Type.NUMBER, meaning, unit=unit, additivity=additivity)


SERIES_MONTHLY = Table(
    schema="engagement",
    name="series_monthly",
    grain="One row per series of meetings or webinars of which an instance started in the UTC month.",
    about=(
        "The series of `core.meeting_series` with `core.attendance` of its instances. An attendance is one person at one "
        "instance; hosts and panelists are people too. Where no join of any instance is known, figures of people are NULL."
    ),
    partition=Partition.MONTH,
    key=("platform", "series_key"),
    inputs=(Input("core.meeting_series"), Input("core.meetings"), Input("core.attendance")),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "series_key",
            Type.TEXT,
            "The series, as in `core.meeting_series`.",
            personal=Personal.USER_ID,
            required=True,
        ),
        MEETING_NUMBER,
        Column("kind", Type.TEXT, "Kind of the series, as in `core.meeting_series`.", required=True),
        Column("is_webinar", Type.BOOLEAN, "Whether it is a series of webinars.", required=True),
        Column("is_personal_room", Type.BOOLEAN, "Whether it is a user's personal room; NULL where not known."),
        Column("topic", Type.TEXT, "Topic of the last instance.", personal=Personal.CONTENT),
        Column("host_key", Type.TEXT, "Host of the last instance.", personal=Personal.IDENTITY),
        _count("instances", "Instances that started in the month.", "instances", Additivity.SUM),
        _count("logical_meetings", "Meetings among them, a dropped host's instances joined.", "meetings"),
        _count("instances_with_people", "Instances of which a join is known.", "instances", Additivity.SUM),
        _number("meeting_minutes", "From start to end, over instances that ended.", "minutes", Additivity.SUM),
        _number(
            "median_start_delay_seconds",
            "Median over instances of how long after the scheduled start they began, negative when before.",
            "seconds",
        ),
        _count("attendances", "People per instance, summed over instances.", "attendances", Additivity.SUM),
        _count(
            "join_count", "Joins; rejoins, further devices and breakout rooms count again.", "joins", Additivity.SUM
        ),
        _number("attended_minutes", "Person-minutes: attended time summed over people.", "minutes", Additivity.SUM),
        _number("mean_participants", "Attendances per instance of which a join is known.", "people"),
        _number("median_participants", "Median people of such an instance.", "people"),
        _count("most_participants", "People of the instance with most.", "people", Additivity.MAX),
        _count(
            "unique_participants_identified",
            "People known by user id, registration or address who came at all.",
            "people",
        ),
        _count("returning_participants", "Those who came to two instances or more.", "people"),
        _count("regular_participants", "Those who came to more than half of the instances with people.", "people"),
        _count("measured_attendances", "Attendances whose share is known.", "attendances", Additivity.SUM),
        _number(
            "mean_attended_share",
            "Mean over those of the share of the expected time that was attended.",
            "share, 0 to 1",
        ),
        _count(
            "late_attendances",
            "Attendances that began late; NULL where none can be judged.",
            "attendances",
            Additivity.SUM,
        ),
        _number("late_share", "Late attendances per attendance that can be judged.", "share, 0 to 1"),
        _count("early_leaves", "Attendances that ended early; NULL as above.", "attendances", Additivity.SUM),
        _number("early_leave_share", "Early leaves per attendance that can be judged.", "share, 0 to 1"),
    ),
    expectations=(
        Expectation(
            "people_within_attendances",
            "attendances IS NULL OR unique_participants_identified <= attendances",
            "Nobody comes without an attendance.",
            blocking=True,
        ),
        Expectation(
            "returning_within_people",
            "returning_participants IS NULL OR returning_participants <= unique_participants_identified",
            "Who comes again has come.",
            blocking=True,
        ),
        Expectation(
            "shares_are_shares",
            "coalesce(mean_attended_share BETWEEN 0 AND 1, TRUE) AND coalesce(late_share BETWEEN 0 AND 1, TRUE) "
            "AND coalesce(early_leave_share BETWEEN 0 AND 1, TRUE)",
            "Shares lie between 0 and 1.",
            blocking=True,
        ),
        Expectation(
            "instances_with_people_within_instances",
            "instances_with_people <= instances",
            "Instances with people are instances.",
            blocking=True,
        ),
    ),
)

TABLES = (SERIES_MONTHLY,)
