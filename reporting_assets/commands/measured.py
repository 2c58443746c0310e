"""What the lake already knows about an organisation, for `reporting-assets plan`: real counts instead of assumed ones.

Read from partitions that have been fetched; nothing is asked of any vendor.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import duckdb
import pyarrow.parquet as pq

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import Endpoint, Table
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake
from reporting_assets.periods import keys
from reporting_assets.sources.estimate import COUNTED, Modelled, Span, items_query, number
from reporting_assets.sources.fan_out import Values

SATURDAY = 5  # date.weekday()


def working_days(days: Iterable[date]) -> int:
    """How many of these days are Monday to Friday."""
    return sum(day.weekday() < SATURDAY for day in days)


def assumptions(lake: Lake, first: date, last: date) -> dict[str, float]:
    """Assumptions that the lake can answer, by field: lists of these days, and the latest snapshots at all."""
    found: dict[str, float] = {}
    if users := _latest(lake, "zoom.users", "status = 'active'"):
        found["users"] = users
    if sites := _latest(lake, "webex.sites"):
        found["webex_sites"] = sites
    webinars = _a_day(lake, "zoom.webinars", first, last)
    if webinars is not None:
        found["webinars"] = webinars
    if not users:
        return found  # the others are told per person
    if rooms := _latest(lake, "zoom.rooms"):
        found["users_per_room"] = users / rooms
    for name, table_id in (("meetings_per_user", "zoom.meetings"), ("webex_meetings_per_user", "webex.meeting_usage")):
        a_day = _a_day(lake, table_id, first, last)
        if a_day is not None:
            found[name] = a_day / users
    return found


def _latest(lake: Lake, table_id: str, where: str = "true") -> float:
    """Rows of a snapshot's latest partition; 0 where there is none."""
    table = contracts.table(table_id)
    stored = lake.partitions(table)[-1:]
    if not stored:
        return 0.0
    with duckdb.connect() as con:
        store.attach(con, lake, table, stored)
        row = con.execute(f"SELECT count(*) FROM {table.id} WHERE {where}").fetchone()
    return float(row[0]) if row else 0.0


def _a_day(lake: Lake, table_id: str, first: date, last: date) -> float | None:
    """Rows per working day of the partitions that are stored; None where no working day is."""
    table = contracts.table(table_id)
    stored = _stored(lake, table, first, last)
    busy = working_days(map(date.fromisoformat, stored))
    return sum(pq.read_metadata(lake.part(table, key)).num_rows for key in stored) / busy if busy else None


def _stored(lake: Lake, table: Table, first: date, last: date) -> list[str]:
    return [key for key in keys(table.partition, first, last) if lake.part(table, key).exists()]


class LakeItems:
    """Lists as they stand in the lake; days that are not there are imagined."""

    def __init__(self, lake: Lake, modelled: Modelled, options: Values) -> None:
        self._lake, self._modelled, self._options = lake, modelled, options

    def of(self, ask: PerItem, endpoint: Endpoint, span: Span) -> tuple[float, str]:
        """Calls for the details of every item, and how many of the list's partitions were counted."""
        if span.dates is None:
            return self._modelled.of(ask, endpoint, span)
        parent = contracts.table(ask.parent)
        wanted = keys(parent.partition, *span.dates)
        stored = _stored(self._lake, parent, *span.dates)
        if not stored:
            return self._modelled.of(ask, endpoint, span)
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            store.attach(con, self._lake, parent, stored)
            calls = number(con, *items_query(parent, ask, endpoint, self._options))
        missing = 1 - len(stored) / len(wanted)
        if not missing:
            return calls, COUNTED
        rest = replace(span, days=round(span.days * missing), busy=span.busy * missing, months=span.months * missing)
        return calls + self._modelled.of(ask, endpoint, rest)[0], f"{COUNTED}, {len(stored)} of {len(wanted)}"
