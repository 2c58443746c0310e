"""Contracts of the tables in schema `engagement`: how meetings were attended, here, and in the modules named after it
webinars, answers of the audience, series and team chat.

Not here: rows per person (`core`) or per account and host (`utilization`).
"""

from __future__ import annotations

from reporting_assets.contracts import engagement_answers, engagement_chat, engagement_series, engagement_webinars
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


def _count(name: str, meaning: str, unit: str, additivity: Additivity) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, additivity=additivity)


def _minutes(name: str, meaning: str, additivity: Additivity) -> Column:
    return Column(name, Type.NUMBER, meaning, unit="minutes", additivity=additivity)


MEETING_ENGAGEMENT = Table(
    schema="engagement",
    name="meeting_engagement",
    grain="One row per meeting instance that started on the UTC day.",
    about=(
        "From `core.meetings`, `core.participant_sessions` and `core.attendance`, per person and never per join. Where "
        "no join of an instance is known its figures are NULL, not 0."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid"),
    inputs=(Input("core.meetings"), Input("core.participant_sessions"), Input("core.attendance")),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        MEETING_NUMBER,
        Column("logical_meeting_key", Type.TEXT, "The logical meeting, as in `core.meetings`.", required=True),
        Column("host_key", Type.TEXT, "The host, as in `core.meetings`.", personal=Personal.IDENTITY),
        Column("host_department", Type.TEXT, "The host's department."),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True),
        Column("is_final", Type.BOOLEAN, "Whether its end is known; until then figures may grow.", required=True),
        Column("is_solo", Type.BOOLEAN, "Whether one person alone was in it, as the vendor lists or counts it."),
        Column("has_participant_rows", Type.BOOLEAN, "Whether any join is known.", required=True),
        _count(
            "unique_participants",
            "People who joined, however often; guests without a name count once per join.",
            "people",
            Additivity.NONE,
        ),
        _count(
            "unique_participants_identified",
            "Those among them known by user id, registration or address; use this for people.",
            "people",
            Additivity.NONE,
        ),
        _count("join_count", "Joins; rejoins, devices and breakout rooms count again.", "joins", Additivity.SUM),
        _minutes("attended_minutes", "Person-minutes: attended time summed over people.", Additivity.SUM),
        _minutes("mean_attended_minutes", "Mean over people who attended longer than 0 s.", Additivity.NONE),
        _minutes("median_attended_minutes", "Median over people who attended longer than 0 s.", Additivity.NONE),
        _count(
            "late_joiners",
            "People whose first join was late: `is_late` in `core.attendance`.",
            "people",
            Additivity.SUM,
        ),
        _count(
            "early_leavers",
            "People who left early: `is_early_leave` in `core.attendance`; NULL while the end is unknown.",
            "people",
            Additivity.SUM,
        ),
        _count("peak_concurrent_people", "Most people there at once.", "people", Additivity.MAX),
        Column("peak_people_at", Type.TIMESTAMP, "First moment that many people were there."),
        _count(
            "peak_concurrent_connections",
            "Most connections at once: a person's devices and breakout rows count each.",
            "connections",
            Additivity.MAX,
        ),
        Column("peak_connections_at", Type.TIMESTAMP, "First moment that many connections were there."),
        _count("waiting_people", "People who were in the waiting room, admitted or not.", "people", Additivity.SUM),
        Column(
            "actual_seconds",
            Type.INTEGER,
            "From start to end; NULL while the end is unknown.",
            unit="seconds",
            additivity=Additivity.SUM,
        ),
        Column(
            "host_start_delay_seconds",
            Type.INTEGER,
            "How long after the scheduled start it began, negative when before; NULL where unscheduled or unknown.",
            unit="seconds",
            additivity=Additivity.NONE,
        ),
    ),
    expectations=(
        Expectation(
            "identified_within_unique",
            "unique_participants IS NULL OR unique_participants_identified <= unique_participants",
            "Identified people are some of all people.",
            blocking=True,
        ),
        Expectation(
            "people_within_joins",
            "unique_participants IS NULL OR unique_participants <= join_count",
            "There are no more people than joins.",
            blocking=True,
        ),
        Expectation(
            "peak_within_people_and_connections",
            "peak_concurrent_people IS NULL OR peak_concurrent_people <= least(unique_participants, peak_concurrent_connections)",
            "No more people are there at once than there are people, or connections.",
            blocking=True,
        ),
        Expectation(
            "attended_within_meeting",
            "attended_minutes IS NULL OR actual_seconds IS NULL OR attended_minutes <= unique_participants * (actual_seconds / 60 + 1)",
            "Nobody attends longer than the meeting lasts, give or take a minute.",
        ),
        Expectation(
            "participants_known", "has_participant_rows OR is_solo", "Joins are known for every meeting of two or more."
        ),
    ),
)

TABLES = (
    MEETING_ENGAGEMENT,
    *engagement_answers.TABLES,
    *engagement_webinars.TABLES,
    *engagement_series.TABLES,
    *engagement_chat.TABLES,
)
