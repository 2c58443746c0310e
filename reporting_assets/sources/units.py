"""Units of landing out of one way of asking: which there are, which partitions need them, which requests each makes.

A unit is what is landed and sealed together; neighbouring partitions share units. Which ways of asking count, and how
far back they reach, is decided in `planner`; dates are computed in `windows`, requests made in `fan_out`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from reporting_assets import contracts
from reporting_assets.contracts.asking import Asking, Everything, Month, PerItem, PerListed, Slices, Snapshot, VendorDay
from reporting_assets.contracts.model import Endpoint, Partition, Table
from reporting_assets.sources.fan_out import (
    Requests,
    Values,
    Window,
    listed,
    of_items,
    option,
    option_names,
    passed,
    selected,
)
from reporting_assets.sources.model import Page, Request
from reporting_assets.sources.windows import (
    DAY,
    LONGEST_SPAN_DAYS,
    chunks,
    days_of,
    first_day,
    month_window,
    slice_days,
)

Items = Callable[[PerItem, str], Iterable[Mapping[str, str]]]  # (ask, partition key) -> selected values of each item

EVERYTHING = "everything"  # the unit of what has no dates at all
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")  # in names of units, which are names of folders


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


def units_of(
    table: Table, ask: Asking, keys: Sequence[str], options: Values, now: datetime, items: Items | None
) -> Iterator[Unit]:
    """The units of one way of asking. Raises ValueError where the contract contradicts itself or `items` are missing."""
    endpoint = table.endpoint(ask.endpoint)
    home = contracts.table(ask.landing_of) if ask.landing_of else table
    prefix = _prefix(home, ask, options)

    def unit(name: str, of: tuple[str, ...], *windows: Window) -> Unit:
        requests = Requests.of([passed(endpoint, one, options, window) for window in windows for one in ask.passes])
        return Unit(prefix + name, of, home.id, lambda _: requests)

    match ask:
        case Everything():
            if keys:
                yield unit(EVERYTHING, tuple(keys), {})
        case Snapshot():
            yield from (unit(key, (key,), {}) for key in keys)
        case VendorDay():
            for key in keys:
                yield unit(key, (key,), *(dates(day, day) for day in days_of(key, now)))
        case Month():
            yield from (unit(key, (key,), _month(table, ask, key, now)) for key in keys)
        case Slices():
            needing = _Needs(keys, now, is_exact=False)
            for day in slice_days(needing.days, now):
                yield unit(day.isoformat(), needing(day, day), dates(day, day))
        case PerItem():
            if items is None:
                raise ValueError(f"{table.id} is asked for per item of {ask.parent}; pass `items`")
            for key in keys:
                yield Unit(prefix + key, (key,), home.id, _per_item(ask, endpoint, key, options, items))
        case PerListed():
            made = _per_listed(table, ask, keys, options, now)
            yield from (Unit(prefix + name, of, home.id, make, asked) for name, of, make, asked in made)
        case _:
            raise ValueError(f"{table.id}: nobody knows how to plan {type(ask).__name__}")


def together(one: Unit, other: Unit) -> Unit:
    """One unit that asks what both do. Raises ValueError where they would have to list different items first."""
    if one.discovery and other.discovery and _keys(one.discovery) != _keys(other.discovery):
        raise ValueError(f"two ways of asking would share the unit {one.name}, but list different items for it")

    def make(records: Iterable[Mapping[str, Any]]) -> Requests:
        known = list(records) if one.discovery and other.discovery else records
        return Requests.of(one.make(known)) + Requests.of(other.make(known))

    keys = tuple(sorted({*one.partition_keys, *other.partition_keys}))
    return Unit(one.name, keys, one.landing_of, make, one.discovery or other.discovery)


def listing_of(table: Table, ask: PerListed) -> Endpoint:
    """The listing's endpoint: of the table itself, or one that another table is fetched from."""
    own = {endpoint.name: endpoint for endpoint in table.endpoints}
    return own.get(ask.listing) or contracts.endpoint(ask.listing)


def dates(first: date, last: date) -> dict[str, str | int]:
    """The window of whole days, as the vendor cuts them."""
    return {"from": first.isoformat(), "to": last.isoformat()}


_Make = Callable[[Iterable[Mapping[str, Any]]], Requests]


def _per_item(ask: PerItem, endpoint: Endpoint, key: str, options: Values, items: Items) -> _Make:
    return lambda _: of_items(ask, endpoint, (selected(ask, item) for item in items(ask, key)), options, {})


def _per_listed(
    table: Table, ask: PerListed, keys: Sequence[str], options: Values, now: datetime
) -> Iterator[tuple[str, tuple[str, ...], _Make, tuple[Request, ...]]]:
    """One call per listed item and pass for a whole run of days, as long as vendors allow: calls do not grow with days.

    A partition at the border of two ranges needs both. What is no longer listed is not found.
    """
    endpoint, listing = table.endpoint(ask.endpoint), listing_of(table, ask)

    def asked(listing_window: Window) -> tuple[Request, ...]:
        return tuple(passed(listing, one, options, listing_window) for one in ask.listing_passes)

    def making(window: Window) -> _Make:
        return lambda records: of_items(ask, endpoint, (listed(ask, record) for record in records), options, window)

    if not ask.has_window:
        if ask.listing_has_window:
            raise ValueError(f"{table.id} gives a window to its listing alone, which says nothing about the items")
        yield from ((key, (key,), making({}), asked({})) for key in keys)
        return
    needing = _Needs(keys, now, is_exact=ask.has_exact_days)
    # Exact days count to the end of the last, so a range that is 30 days long ends 29 days after its first.
    exact = chunks(needing.days, LONGEST_SPAN_DAYS - 1)
    for first, last in exact if ask.has_exact_days else chunks(slice_days(needing.days, now)):
        window = _instants(first, last) if ask.has_exact_days else dates(first, last)
        name = f"{listing.name}-{first}-to-{last}"
        listed_from = _earlier(first, last, ask.listing_days_before, listing, now)
        yield (
            name,
            needing(first, last),
            making(window),
            asked(dates(listed_from, last) if ask.listing_has_window else {}),
        )


def _earlier(first: date, last: date, days: int, listing: Endpoint, now: datetime) -> date:
    """So many days before `first`, as far as the vendor lists them: within one span, and within its memory."""
    oldest = now.astimezone(UTC).date() - DAY * (listing.look_back_days or days)
    return min(first, max(first - DAY * days, last - DAY * LONGEST_SPAN_DAYS, oldest))


class _Needs:
    """Which partitions need any day from the first to the last asked for: padded by one, unless days are exact."""

    def __init__(self, keys: Sequence[str], now: datetime, *, is_exact: bool) -> None:
        padding = DAY * (not is_exact)
        by_key = {key: days_of(key, now) for key in keys}
        self.days = sorted({day for days in by_key.values() for day in days})
        self._spans = [(key, days[0] - padding, days[-1] + padding) for key, days in by_key.items()]

    def __call__(self, first: date, last: date) -> tuple[str, ...]:
        return tuple(key for key, begin, end in self._spans if begin <= last and first <= end)


def _prefix(home: Table, ask: Asking, options: Values) -> str:
    """Keeps apart what would stand side by side in a resumed landing: other sources, and other options in the passes.

    Taken from the table whose landing it is, so that tables that share a landing name its units alike. The first way of
    asking in the contract has none.
    """
    others = [] if ask.when == home.asks[0].when else [value for _, value in sorted(ask.when.items())]
    filled = [f"{name}_{value}" for name in option_names(ask) if (value := option(name, options)) != ""]
    return "".join(_UNSAFE.sub("_", each) + "-" for each in (*others, *filled))


def _keys(requests: Sequence[Request]) -> list[str]:
    return [request.key for request in requests]


def _instants(first: date, last: date) -> dict[str, str | int]:
    # To the midnight that ends the last day, not a second before it: whether the vendor counts its end in is not said,
    # and what began at that very midnight is left to its own partition.
    return {"from": f"{first.isoformat()}T00:00:00Z", "to": f"{(last + DAY).isoformat()}T00:00:00Z"}


def _month(table: Table, ask: Month, key: str, now: datetime) -> dict[str, str | int]:
    if table.partition is not Partition.MONTH:
        raise ValueError(f"{table.id} is asked for by month, but its partitions are days")
    first, last = month_window(first_day(key), now)
    return {"year": first.year, "month": first.month} if ask.as_year_and_month else dates(first, last)
