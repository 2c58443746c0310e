"""Which calls a table's partitions need: partitions into units of landing, units into requests.

A unit is what is landed and sealed together; neighbouring partitions share units. All of it follows from the table's
`asks`; nothing here knows a particular report. No input or output of its own: what must be known before a unit's
requests are is asked through the client handed in (`PerListed`) or given by the caller (`PerItem`). Dates are computed
in `windows`, requests made in `fan_out`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

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
from reporting_assets.contracts.model import Endpoint, Partition, Service, Table
from reporting_assets.sources.errors import OutOfReachError
from reporting_assets.sources.fan_out import Requests, Values, listed, of_items, option, passed, selected
from reporting_assets.sources.model import Page, Request, vendor
from reporting_assets.sources.windows import (
    DAY,
    LONGEST_SPAN_DAYS,
    chunks,
    days_of,
    first_day,
    month_window,
    slice_days,
    slices_of,
)

Items = Callable[[PerItem, str], Iterable[Mapping[str, str]]]  # (ask, partition key) -> selected values of each item

EVERYTHING = "everything"  # the unit of what has no dates at all
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")  # in names of units, which are names of folders


@dataclass(frozen=True)
class PlanOptions:
    """What `when` and `$option` in contracts refer to, by name, and the present moment (UTC)."""

    values: Values
    now: datetime


class Lister(Protocol):
    """What a unit needs of a client."""

    def pages(self, request: Request) -> Iterator[Page]:
        """The pages of a listing."""


@dataclass(frozen=True)
class Unit:
    """What is landed together under `name` in the landing of `landing_of`, and the partitions planned that need it.

    `discovery` are requests whose records say what the unit's own requests are; they are not landed.
    """

    name: str
    partition_keys: tuple[str, ...]
    landing_of: str
    make: Callable[[Iterable[Mapping[str, Any]]], Sequence[Request]]
    discovery: tuple[Request, ...] = ()

    def stages(self, client: Lister) -> Iterator[Sequence[Request]]:
        """The requests to land, in stages: all of one stage before the next.

        Discovery is asked through `client` each time, also when a unit is resumed: it is a few calls, and its records
        are not kept.
        """
        yield self.make(
            record for request in self.discovery for page in client.pages(request) for record in page.records
        )


def chosen(table: Table, options: PlanOptions) -> list[Asking]:
    """The ways of asking that count under these options; none where they switch the table off.

    Raises ValueError where a contract names an option that the plan does not have.
    """
    return [
        ask for ask in table.asks if all(str(option(name, options.values)) == value for name, value in ask.when.items())
    ]


def plan(table: Table, partition_keys: Sequence[str], options: PlanOptions, items: Items | None = None) -> list[Unit]:
    """The units that these partitions need, each once; none where the options switch the table off.

    Plan a whole range at once: neighbours share units, and per-item lists then cover the range in one call per item.
    `items(ask, key)` gives the items of a `PerItem`, when its unit is fetched. Raises OutOfReachError where
    `check_reach` does, ValueError for a table that asks per item without `items`, or that no vendor is asked for.
    """
    if not table.asks:
        raise ValueError(f"{table.id} is not fetched from a vendor")
    for key in partition_keys:
        check_reach(table, key, options.now, options)
    units: dict[tuple[str, str], Unit] = {}
    for ask in chosen(table, options):
        for unit in _units(table, ask, partition_keys, options, items):
            same = units.get((unit.landing_of, unit.name))
            units[unit.landing_of, unit.name] = _together(same, unit) if same else unit
    return list(units.values())


def check_reach(table: Table, partition_key: str, now: datetime, options: PlanOptions | None = None) -> None:
    """Raises OutOfReachError where the vendor no longer answers, or cannot answer yet, for the whole partition.

    With `options`, only the endpoints that are asked under them count.
    """
    first = first_day(partition_key)
    today = now.astimezone(UTC).date()
    if first > today:
        raise OutOfReachError(
            f"{table.id} {partition_key} has not begun (it is {today} in UTC); ask for it when it is over."
        )
    used = {ask.endpoint for ask in chosen(table, options)} if options else {ask.endpoint for ask in table.asks}
    limited = [each for each in table.endpoints if each.name in used and each.look_back_days is not None]
    if not limited:
        return
    strictest = max(limited, key=lambda each: _oldest_day(each, now))
    oldest = _oldest_day(strictest, now)
    # A partition is refused by its first moment: one that was asked for in part would look like a whole one.
    if first < oldest:
        raise OutOfReachError(
            f"{table.id} {partition_key} is older than {vendor(strictest)} answers for ({strictest.look_back}, so back "
            f"to {oldest}); take it from a backup of the lake, or leave it out."
        )


def probe(endpoint: Endpoint, now: datetime) -> Request:
    """A small request that any account may answer, to see whether the endpoint is open: yesterday, or this month.

    Raises ValueError for an endpoint that asks about one item, or that no table asks.
    """
    if "{" in endpoint.path:
        raise ValueError(f"{endpoint.path} asks about one item; items that may not exist are never asked for")
    yesterday = now.astimezone(UTC).date() - DAY
    window = _dates(yesterday, yesterday)
    for ask in (ask for table in contracts.TABLES for ask in table.asks):
        if isinstance(ask, PerListed) and ask.listing == endpoint.name:
            return passed(endpoint, ask.listing_passes[0], {}, window if ask.listing_has_window else {})
        if ask.endpoint != endpoint.name or isinstance(ask, PerItem | PerListed):
            continue
        if isinstance(ask, Month) and ask.as_year_and_month:
            window = {"year": yesterday.year, "month": yesterday.month}
        return passed(endpoint, ask.passes[0], None, {} if isinstance(ask, Snapshot | Everything) else window)
    raise ValueError(f"{endpoint.path} is asked about single items only; items that may not exist are never asked for")


def _units(table: Table, ask: Asking, keys: Sequence[str], options: PlanOptions, items: Items | None) -> Iterator[Unit]:
    """The units of one way of asking."""
    endpoint = table.endpoint(ask.endpoint)
    home = contracts.table(ask.landing_of) if ask.landing_of else table
    prefix = _prefix(home, ask)

    def unit(name: str, of: tuple[str, ...], windows: Iterable[Mapping[str, str | int]]) -> Unit:
        requests = Requests.of(
            [passed(endpoint, one, options.values, window) for window in windows for one in ask.passes]
        )
        return Unit(prefix + name, of, home.id, lambda _: requests)

    match ask:
        case Everything():
            if keys:
                yield unit(EVERYTHING, tuple(keys), [{}])
        case Snapshot():
            yield from (unit(key, (key,), [{}]) for key in keys)
        case VendorDay():
            for key in keys:
                yield unit(key, (key,), [_dates(day, day) for day in days_of(key, options.now)])
        case Month():
            yield from (unit(key, (key,), [_month(table, ask, key, options.now)]) for key in keys)
        case Slices():
            for day in slice_days(_all_days(keys, options.now), options.now):
                yield unit(day.isoformat(), _needing(keys, day, day, options.now), [_dates(day, day)])
        case PerItem():
            if items is None:
                raise ValueError(f"{table.id} is asked for per item of {ask.parent}; pass `items`")
            for key in keys:
                yield Unit(prefix + key, (key,), home.id, _per_item(ask, endpoint, key, options, items))
        case PerListed():
            yield from _per_listed(table, home, ask, keys, options)
        case _:
            raise ValueError(f"{table.id}: nobody knows how to plan {type(ask).__name__}")


def _per_item(
    ask: PerItem, endpoint: Endpoint, key: str, options: PlanOptions, items: Items
) -> Callable[[Iterable[Mapping[str, Any]]], Requests]:
    return lambda _: of_items(ask, endpoint, (selected(ask, item) for item in items(ask, key)), options.values, {})


def _per_listed(table: Table, home: Table, ask: PerListed, keys: Sequence[str], options: PlanOptions) -> Iterator[Unit]:
    """One call per listed item and pass for a whole run of days, as long as vendors allow: calls do not grow with days.

    A partition at the border of two ranges needs both. What is no longer listed is not found.
    """
    endpoint, listing = table.endpoint(ask.endpoint), _listing(table, ask)
    prefix = _prefix(home, ask)

    def unit(name: str, of: tuple[str, ...], first: date, last: date) -> Unit:
        window = _instants(first, last) if ask.has_exact_days else _dates(first, last)
        discovery = tuple(
            passed(listing, one, options.values, _dates(first, last) if ask.listing_has_window else {})
            for one in ask.listing_passes
        )

        def make(records: Iterable[Mapping[str, Any]]) -> Requests:
            found = (listed(ask, record) for record in records)
            return of_items(ask, endpoint, found, options.values, window if ask.has_window else {})

        return Unit(prefix + name, of, home.id, make, discovery)

    if not ask.has_window:
        if ask.listing_has_window:
            raise ValueError(f"{table.id} gives a window to its listing alone, which says nothing about the items")
        for key in keys:
            days = days_of(key, options.now)
            yield unit(key, (key,), days[0], days[-1])
        return
    days = _all_days(keys, options.now)
    # Exact days count to the end of the last, so a range that is 30 days long ends 29 days after its first.
    exact = chunks(days, LONGEST_SPAN_DAYS - 1)
    for first, last in exact if ask.has_exact_days else chunks(slice_days(days, options.now)):
        needing = _needing(keys, first, last, options.now, is_exact=ask.has_exact_days)
        yield unit(f"{listing.name}-{first}-to-{last}", needing, first, last)


def _together(one: Unit, other: Unit) -> Unit:
    """One unit that asks what both do."""
    if one.discovery and other.discovery and _keys(one.discovery) != _keys(other.discovery):
        raise ValueError(f"two ways of asking would share the unit {one.name}, but list different items for it")

    def make(records: Iterable[Mapping[str, Any]]) -> Requests:
        known = list(records) if one.discovery and other.discovery else records
        return Requests.of(one.make(known)) + Requests.of(other.make(known))

    keys = tuple(sorted({*one.partition_keys, *other.partition_keys}))
    return Unit(one.name, keys, one.landing_of, make, one.discovery or other.discovery)


def _keys(requests: Sequence[Request]) -> list[str]:
    return [request.key for request in requests]


def _prefix(home: Table, ask: Asking) -> str:
    """Keeps what a second choice of source lands apart: rows of both would stand side by side in a resumed landing.

    Taken from the table whose landing it is, so that tables that share a landing name its units alike.
    """
    if ask.when == home.asks[0].when:
        return ""
    return "".join(_UNSAFE.sub("_", value) + "-" for _, value in sorted(ask.when.items()))


def _listing(table: Table, ask: PerListed) -> Endpoint:
    """The listing's endpoint: of the table itself, or one that another table is fetched from."""
    own = {endpoint.name: endpoint for endpoint in table.endpoints}
    return own.get(ask.listing) or contracts.endpoint(ask.listing)


def _all_days(keys: Sequence[str], now: datetime) -> list[date]:
    return sorted({day for key in keys for day in days_of(key, now)})


def _needing(keys: Sequence[str], first: date, last: date, now: datetime, *, is_exact: bool = False) -> tuple[str, ...]:
    """The partitions that need any day from `first` to `last`, as the vendor cuts days."""

    def needs(key: str) -> bool:
        days = days_of(key, now)
        begin, end = (days[0], days[-1]) if is_exact else (slices_of(days[0])[0], slices_of(days[-1])[-1])
        return begin <= last and first <= end

    return tuple(key for key in keys if needs(key))


def _dates(first: date, last: date) -> dict[str, str | int]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _instants(first: date, last: date) -> dict[str, str | int]:
    # To the midnight that ends the last day, not a second before it: whether the vendor counts its end in is not said,
    # and what began at that very midnight is left to its own partition.
    return {"from": f"{first.isoformat()}T00:00:00Z", "to": f"{(last + DAY).isoformat()}T00:00:00Z"}


def _month(table: Table, ask: Month, key: str, now: datetime) -> dict[str, str | int]:
    if table.partition is not Partition.MONTH:
        raise ValueError(f"{table.id} is asked for by month, but its partitions are days")
    first, last = month_window(first_day(key), now)
    return {"year": first.year, "month": first.month} if ask.as_year_and_month else _dates(first, last)


def _oldest_day(endpoint: Endpoint, now: datetime) -> date:
    """The first day that is wholly within the vendor's look-back."""
    edge = now.astimezone(UTC) - timedelta(days=endpoint.look_back_days or 0)
    if endpoint.service is Service.ZOOM:
        return edge.date()  # Zoom counts whole days
    # Webex counts back to the moment, so the day on which its memory begins is half forgotten.
    midnight = datetime(edge.year, edge.month, edge.day, tzinfo=UTC)
    return edge.date() if edge == midnight else edge.date() + DAY
