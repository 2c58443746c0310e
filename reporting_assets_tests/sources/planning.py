"""What plans are made of in tests: the moment, the options, two items of everything, and what units ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reporting_assets import contracts
from reporting_assets.contracts.asking import (
    Asking,
    PerItem,
    PerListed,
    Slices,
    VendorDay,
)
from reporting_assets.contracts.model import Table
from reporting_assets.sources import planner
from reporting_assets.sources.model import Page, Request
from reporting_assets.sources.planner import PlanOptions, Unit

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
VALUES: dict[str, str | int] = {
    "meetings_from": "dashboards",
    "participants_from": "past_meetings",
    "quality_sample": "all",
    "quality_random_percent": 2,
    "unflagged": "webinars",
    "chat_include": "edited_messages,deleted_messages",
    "chat_bots": "true",
    "chat_reactions": "true",
    "has_qss": "yes",
}
DASHBOARDS = PlanOptions(VALUES, NOW)
HOSTS = PlanOptions(VALUES | {"meetings_from": "hosts", "participants_from": "report"}, NOW)
ROWS = [{"meeting_uuid": "u1==", "meeting_started_at": "a"}, {"meeting_uuid": "/u2==", "meeting_started_at": "b"}]

FETCHED = [table for table in contracts.TABLES if not table.is_derived]
WINDOWED = [table for table in FETCHED if any(isinstance(ask, Slices | VendorDay | PerListed) for ask in table.asks)]


class Answers:
    """Answers discovery with the records given, and notes what was asked."""

    def __init__(self, records: Sequence[dict[str, Any]] = ()) -> None:
        self.records = list(records)
        self.asked: list[Request] = []

    def pages(self, request: Request) -> Iterator[Page]:
        self.asked.append(request)
        yield Page(request, 1, self.records, len(self.records), NOW)


LISTED = {"id": "i1", "siteUrl": "s1", "user_id": "u1"}


def table(table_id: str) -> Table:
    return contracts.table(table_id)


def two_items(ask: PerItem, _: str) -> list[dict[str, str]]:
    return [{name: f"{name}-{number}" for name in ask.select} for number in (1, 2)]


def requests_of(unit: Unit, client: Answers | None = None) -> list[Request]:
    return [request for stage in unit.stages(client or Answers([LISTED])) for request in stage]


def params(unit: Unit) -> list[dict[str, str | int]]:
    return [dict(request.params) for request in requests_of(unit)]


def one_day(table_id: str, options: PlanOptions = DASHBOARDS) -> list[Unit]:
    return planner.plan(table(table_id), ["2026-11-10"], options, two_items)


def asked_by(parent: Table, ask: Asking, **changes: Any) -> Table:
    """A table like `parent`, asked in another way."""
    return replace(parent, asks=(ask,), **changes)
