"""Contracts of what Zoom knows of a series: the instances that ended, of meetings and of webinars."""

from __future__ import annotations

from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import (
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api/meetings/#tag"
_GROUP = "zoom_reports"
_LEAST_URGENT = 6  # in the order in which a day's calls are spent

PAST_MEETING_INSTANCES = Endpoint(
    name="past_meeting_instances",
    path="/past_meetings/{meetingId}/instances",
    rows_at="meetings",
    purpose="Ended instances of one meeting number.",
    rate_label=RateLabel.MEDIUM,
    scope="meeting:read:list_past_instances:admin",
    classic_scopes=("meeting:read:admin",),
    plan="any",
    look_back="15 months",
    look_back_days=450,
    doc_url=f"{_DOCS}/meetings/GET/past_meetings/{{meetingId}}/instances",
)


def _repeated(parent: str, number: str, *, or_else: str = "false") -> str:
    """SQL: a number that occurs more than once in the month, or of which `or_else` says that it is a series'.

    Numbers that happen once are not asked for: the list has their only instance. Nor are pseudonyms of numbers.
    """
    again = f"SELECT {number} FROM {parent} GROUP BY {number} HAVING count(*) > 1"
    return f"regexp_full_match({number}, '[0-9]+') AND ({or_else} OR {number} IN ({again}))"


MEETING_INSTANCES = Table(
    schema="zoom",
    name="meeting_instances",
    grain="One row per ended instance of a meeting series that started in the month.",
    about=(
        "Asked for numbers that took place at least twice in the month, or that the reports call recurring or a personal "
        "room: it shows instances that the lists of `zoom.meetings` lack. Under the pseudonymous profile numbers are not "
        "stored, so no series can be asked for and the table is empty."
    ),
    partition=Partition.MONTH,
    key=("meeting_uuid",),
    partition_by="started_at",
    group=_GROUP,
    priority=_LEAST_URGENT,
    row_floor=0,
    endpoints=(PAST_MEETING_INSTANCES,),
    inputs=(Input("zoom.meetings"),),  # says which numbers to ask for
    asks=(
        PerItem(
            endpoint=PAST_MEETING_INSTANCES.name,
            parent="zoom.meetings",
            select={"meeting_number": "meeting_number"},
            where=_repeated("zoom.meetings", "meeting_number", or_else="meeting_type IN (3, 4, 8)"),
            path={"meetingId": "meeting_number"},
        ),
    ),
    columns=(
        Column("meeting_uuid", Type.TEXT, "The meeting instance.", required=True, source=Field("uuid")),
        Column(
            "meeting_number",
            Type.TEXT,
            "The series; a personal room's number names its owner.",
            personal=Personal.USER_ID,
            required=True,
            source=Field("$request.meeting_number"),
        ),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True, source=Field("start_time")),
    ),
    expectations=(Expectation("not_in_the_future", "started_at <= _ingested_at", "An ended instance has started."),),
)

TABLES: tuple[Table, ...] = (MEETING_INSTANCES,)
