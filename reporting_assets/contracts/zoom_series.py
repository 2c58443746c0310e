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


def _instances(kind: str, endpoint: Endpoint, placeholder: str, asked_for: str, where: str) -> Table:
    """Instances of the series that a list of `kind` (meeting or webinar) shows in the month.

    `where` chooses the numbers, `asked_for` says so in words. Pseudonyms of numbers are never asked for: no vendor
    knows them.
    """
    uuid, number, parent = f"{kind}_uuid", f"{kind}_number", f"zoom.{kind}s"
    return Table(
        schema="zoom",
        name=f"{kind}_instances",
        grain=f"One row per ended instance of a {kind} series that started in the month.",
        about=(
            f"Asked for {asked_for}; it shows instances that `{parent}` lacks. Under the pseudonymous profile numbers "
            "are not stored, so no series can be asked for and the table is empty."
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
                where=f"regexp_full_match({number}, '[0-9]+') AND ({where})",
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
    "meeting",
    PAST_MEETING_INSTANCES,
    "meetingId",
    "numbers that took place at least twice in the month, or that the reports call recurring or a personal room",
    # The list has the only instance of any other number, and there are very many of them.
    "meeting_type IN (3, 4, 8) OR meeting_number IN"
    " (SELECT meeting_number FROM zoom.meetings GROUP BY meeting_number HAVING count(*) > 1)",
)
WEBINAR_INSTANCES = _instances(
    "webinar",
    PAST_WEBINAR_INSTANCES,
    "webinarId",
    "every number of the month, for webinars are few and dashboards do not say which of them recur",
    "true",
)

TABLES: tuple[Table, ...] = (MEETING_INSTANCES, WEBINAR_INSTANCES)
