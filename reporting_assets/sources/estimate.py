"""How many calls tables need for a range of days, from their contracts' `asks` and from volumes.

Arithmetic only: nothing is asked and nothing is read but the lists handed in. What an organisation does stands in
`volumes`, which requests are really made in `planner`, what an account's limits make of them in `capacity`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Protocol

import duckdb

from reporting_assets import contracts
from reporting_assets.contracts.asking import (
    Asking,
    Everything,
    Month,
    PerItem,
    PerListed,
    Slices,
    Snapshot,
    VendorDay,
)
from reporting_assets.contracts.model import Endpoint, Partition, Table
from reporting_assets.sources import planner, volumes
from reporting_assets.sources.fan_out import Values
from reporting_assets.sources.planner import PlanOptions
from reporting_assets.sources.units import listing_of
from reporting_assets.sources.volumes import Assumptions
from reporting_assets.sources.windows import LONGEST_SPAN_DAYS

PADDING_DAYS = 2  # one on either side of a range: vendors do not say in which zone they cut days
WORKING_DAYS_OF_MONTH = 21.0
_NO_MATTER_WHEN = datetime.min.replace(tzinfo=UTC)
MODELLED, COUNTED = "model", "lake"


@dataclass(frozen=True)
class Span:
    """A range of days: how many, how many of them are working days, and how many months they touch.

    `is_padded` counts the neighbouring days that a run over the range asks for besides; without, what one more day
    adds. `snapshots` are the partitions of tables that show the present state alone. `dates` are its first and last day
    where it means certain days.
    """

    days: int
    busy: float
    months: float
    snapshots: int
    is_padded: bool = True
    dates: tuple[date, date] | None = None


@dataclass(frozen=True)
class Use:
    """Calls of one endpoint that a table needs for a span; `basis` says whether lists were modelled or counted."""

    table: Table
    endpoint: Endpoint
    calls: float
    basis: str = MODELLED


class Items(Protocol):
    """The lists that say what is asked about one by one."""

    def of(self, ask: PerItem, endpoint: Endpoint, span: Span) -> tuple[float, str]:
        """Calls for the details of every item of the span, and their basis. A list is a table's same partition."""


def uses(
    tables: Iterable[Table], options: Values, org: Assumptions, items: Items, span_of: Callable[[Table], Span | None]
) -> list[Use]:
    """What every fetched table needs for its span, endpoint by endpoint; listings that are asked first included.

    `span_of` gives None for a table that is not asked at all. Calls that several tables share are counted once, for the
    table whose landing they fill.
    """
    found: dict[tuple[str, str], Use] = {}
    wanted = list(tables)
    for table in wanted:
        span = span_of(table)
        if span is None:
            continue
        for ask in chosen(table, options):
            if ask.landing_of and any(other.id == ask.landing_of for other in wanted):
                continue
            for use in _of_ask(table, ask, org, items, span):
                before = found.get((table.id, use.endpoint.name))
                calls = use.calls + (before.calls if before else 0)
                found[table.id, use.endpoint.name] = Use(table, use.endpoint, calls, use.basis)
    return list(found.values())


def chosen(table: Table, options: Values) -> list[Asking]:
    """The ways of asking that count under these options."""
    return planner.chosen(table, PlanOptions(options, _NO_MATTER_WHEN))


def _of_ask(table: Table, ask: Asking, org: Assumptions, items: Items, span: Span) -> Iterable[Use]:
    endpoint = table.endpoint(ask.endpoint)
    if table.partition is Partition.MONTH:  # whole months, whichever of their days are meant
        span = replace(span, days=math.ceil(span.months * 30), busy=span.months * WORKING_DAYS_OF_MONTH)

    def listing(days: float, busy: float) -> float:
        """Calls of all passes for windows of one day each, of which `busy` are working days."""

        def calls(busy_day: float) -> float:
            return sum(
                volumes.pages(volumes.rows_of_listing(endpoint, one, org, busy_day), endpoint) for one in ask.passes
            )

        return busy * calls(1) + (days - busy) * calls(0)

    padding = PADDING_DAYS if span.is_padded else 0
    match ask:
        case Snapshot():
            yield Use(table, endpoint, span.snapshots * listing(1, 1))
        case Everything():
            yield Use(table, endpoint, listing(1, 1))
        case VendorDay():
            yield Use(table, endpoint, listing(span.days, span.busy))
        case Slices():
            yield Use(table, endpoint, listing(span.days + padding, min(span.busy + padding, span.days + padding)))
        case Month():
            busy = WORKING_DAYS_OF_MONTH
            rows = [volumes.rows_of_listing(endpoint, one, org, busy) for one in ask.passes]
            yield Use(table, endpoint, span.months * sum(volumes.pages(each, endpoint) for each in rows))
        case PerItem():
            calls, basis = items.of(ask, endpoint, span)
            yield Use(table, endpoint, calls * len(ask.passes), basis)
        case PerListed():
            yield from _per_listed(table, ask, org, span)
        case _:
            raise ValueError(f"{table.id}: nobody knows how to estimate {type(ask).__name__}")


def _per_listed(table: Table, ask: PerListed, org: Assumptions, span: Span) -> Iterable[Use]:
    """One call per item and range of at most a month, however many days the range has."""
    endpoint = table.endpoint(ask.endpoint)
    first = listing_of(table, ask)
    if table.partition is Partition.MONTH:
        ranges, busy = span.months, WORKING_DAYS_OF_MONTH
    elif not ask.has_window:
        ranges, busy = float(span.days), span.busy / span.days
    else:
        padding = PADDING_DAYS if span.is_padded and not ask.has_exact_days else 0
        total = span.days + padding
        ranges = float(math.ceil(total / (LONGEST_SPAN_DAYS + 1)))
        busy = min(span.busy + padding, total) / ranges
    # The items of a range are those of its working days, and of those the listing looks back on.
    some = max(1.0, busy + ask.listing_days_before * WORKING_DAYS_OF_MONTH / 30)
    items = [volumes.rows_of_listing(first, one, org, some) for one in ask.listing_passes]
    yield Use(table, first, ranges * sum(volumes.pages(each, first) for each in items))
    calls = sum(volumes.pages_per_listed(endpoint, one, org, busy) for one in ask.passes)
    yield Use(table, endpoint, ranges * sum(items) * calls)


class Modelled:
    """Lists as `volumes` imagines them, chosen of by the contracts' own SQL."""

    def __init__(self, org: Assumptions, options: Values, like: Modelled | None = None) -> None:
        """`like` is of the same organisation under other options: what it has worked out is used again."""
        self._org, self._options = org, options
        self._con: duckdb.DuckDBPyConnection = like._con if like else duckdb.connect()
        self._made: set[str] = like._made if like else set()
        self._known: dict[str, float] = like._known if like else {}

    def of(self, ask: PerItem, endpoint: Endpoint, span: Span) -> tuple[float, str]:
        """Calls for the details of every item of the span, and that they are modelled."""
        parent = contracts.table(ask.parent)
        if parent.id not in self._made:
            volumes.create_modelled(self._con, parent, self._org)
            self._made.add(parent.id)
        sql, values = items_query(parent, ask, endpoint, self._options)
        asked = f"{sql} {sorted(values.items())}"
        if asked not in self._known:
            self._known[asked] = number(self._con, sql, values) / volumes.MODELLED_ROWS
        return self._known[asked] * self.rows(parent, span), MODELLED

    def rows(self, table: Table, span: Span) -> float:
        """Rows of a list over a span."""
        if table.partition is Partition.MONTH:
            return span.months * self._listed(table, WORKING_DAYS_OF_MONTH)
        if table.is_snapshot:
            return span.days * self._listed(table, 1)
        return span.busy * self._listed(table, 1)

    def _listed(self, table: Table, busy: float) -> float:
        """Rows that a partition of a list with so many working days has."""
        total = 0.0
        for ask in chosen(table, self._options):
            endpoint = table.endpoint(ask.endpoint)
            if isinstance(ask, PerItem):  # one row per item: `volumes` knows no lists of details
                total += self._listed(contracts.table(ask.parent), busy)
            elif isinstance(ask, PerListed):
                first = listing_of(table, ask)
                items = sum(volumes.rows_of_listing(first, one, self._org, 1) for one in ask.listing_passes)
                total += items * sum(volumes.rows_per_listed(endpoint, one, self._org) for one in ask.passes) * busy
            else:
                total += sum(volumes.rows_of_listing(endpoint, one, self._org, busy) for one in ask.passes)
        return total


def items_query(parent: Table, ask: PerItem, endpoint: Endpoint, options: Values) -> tuple[str, dict[str, str | int]]:
    """SQL, and its values, for the calls that the details of a list's items take, where the list stands as `parent.id`.

    By the contract's own SQL, as they will be chosen; one call per item at least, more where its details fill pages.
    """
    names = ", ".join(f"{expression} AS {name}" for name, expression in ask.select.items())
    sql = (
        f"SELECT coalesce(sum(pages), 0) FROM (SELECT {names}, max({volumes.pages_per_item(endpoint, parent)}) AS pages "
        f"FROM {parent.id} WHERE ({ask.where}) GROUP BY {', '.join(str(i + 1) for i in range(len(ask.select)))})"
    )
    return sql, {name: options[name] for name in duckdb.extract_statements(sql)[0].named_parameters}


def number(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, str | int]) -> float:
    """The one number that a query answers."""
    row = con.execute(sql, dict(values)).fetchone()
    return float(row[0]) if row else 0.0
