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


PAST_WEBINAR_INSTANCES = Endpoint(
    name="past_webinar_instances",
    path="/past_webinars/{webinarId}/instances",
    rows_at="webinars",
    purpose="Ended instances of one webinar number.",
    rate_label=RateLabel.LIGHT,
    scope="webinar:read:list_past_instances:admin",
    classic_scopes=("webinar:read:admin",),
    plan="Pro or higher, with the Webinar add-on",
    look_back="not stated",
    doc_url=f"{_DOCS}/webinars/GET/past_webinars/{{webinarId}}/instances",
    is_optional=True,
)


def _instances(kind: str, endpoint: Endpoint, placeholder: str, series_types: str, numbers: str) -> Table:
    """Instances of the series that a list of `kind` (meeting or webinar) shows in the month.

    Numbers that happened once are not asked for unless their type says that they may happen again: the list has their
    only instance. Nor are pseudonyms of numbers, which no vendor knows.
    """
    uuid, number, parent = f"{kind}_uuid", f"{kind}_number", f"zoom.{kind}s"
    again = f"SELECT {number} FROM {parent} GROUP BY {number} HAVING count(*) > 1"
    return Table(
        schema="zoom",
        name=f"{kind}_instances",
        grain=f"One row per ended instance of a {kind} series that started in the month.",
        about=(
            f"Asked for numbers that took place at least twice in the month, or that the reports call {numbers}. It shows "
            f"instances that `{parent}` lacks. Under the pseudonymous profile numbers are not stored, so no series can "
            "be asked for and the table is empty."
        ),
        partition=Partition.MONTH,
        key=(uuid,),
        partition_by="started_at",
        group="zoom_reports",
        priority=_LEAST_URGENT,
        row_floor=0,
        endpoints=(endpoint,),
        inputs=(Input(parent),),  # says which numbers to ask for
        asks=(
            PerItem(
                endpoint=endpoint.name,
                parent=parent,
                select={number: number},
                where=f"regexp_full_match({number}, '[0-9]+') AND ({kind}_type IN {series_types} OR {number} IN ({again}))",
                path={placeholder: number},
            ),
        ),
        columns=(
            Column(uuid, Type.TEXT, f"The {kind} instance.", required=True, source=Field("uuid")),
            Column(
                number,
                Type.TEXT,
                "The series; a personal room's number names its owner.",
                personal=Personal.USER_ID,
                required=True,
                source=Field(f"$request.{number}"),
            ),
            Column(
                "started_at", Type.TIMESTAMP, "When the instance started.", required=True, source=Field("start_time")
            ),
        ),
        expectations=(
            Expectation("not_in_the_future", "started_at <= _ingested_at", "An ended instance has started."),
        ),
    )


MEETING_INSTANCES = _instances(
    "meeting", PAST_MEETING_INSTANCES, "meetingId", "(3, 4, 8)", "recurring or a personal room"
)
WEBINAR_INSTANCES = _instances("webinar", PAST_WEBINAR_INSTANCES, "webinarId", "(6, 9)", "recurring")

TABLES: tuple[Table, ...] = (MEETING_INSTANCES, WEBINAR_INSTANCES)
