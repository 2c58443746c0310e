"""Which calls a table's partitions need, and whether the vendor still answers them.

All of it follows from the table's `asks`; nothing here knows a particular report. No input or output of its own: what
must be known before requests are is asked through the client handed in (`PerListed`) or given by the caller
(`PerItem`). How a way of asking becomes units of landing is `units`' work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from reporting_assets import contracts
from reporting_assets.contracts.asking import Asking, Everything, Month, PerItem, PerListed, Snapshot
from reporting_assets.contracts.model import Endpoint, Service, Table
from reporting_assets.sources.errors import OutOfReachError
from reporting_assets.sources.fan_out import Values, Window, option, passed
from reporting_assets.sources.model import Request, vendor
from reporting_assets.sources.units import EVERYTHING, Items, Unit, dates, listing_of, together, units_of
from reporting_assets.sources.windows import DAY, first_day

__all__ = ["EVERYTHING", "Items", "PlanOptions", "Unit", "check_reach", "chosen", "last_day", "plan", "probe"]


@dataclass(frozen=True)
class PlanOptions:
    """What `when` and `$option` in contracts refer to, by name, and the present moment (UTC)."""

    values: Values
    now: datetime


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
        for unit in units_of(table, ask, partition_keys, options.values, options.now, items):
            same = units.get((unit.landing_of, unit.name))
            units[unit.landing_of, unit.name] = together(same, unit) if same else unit
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
    limited = _limited(table, options)
    if not limited:
        return
    strictest = max(limited, key=lambda endpoint: _oldest_day(endpoint, now))
    oldest = _oldest_day(strictest, now)
    # A partition is refused by its first moment: one that was asked for in part would look like a whole one.
    if first < oldest:
        raise OutOfReachError(
            f"{table.id} {partition_key} is older than {vendor(strictest)} answers for ({strictest.look_back}, so back "
            f"to {oldest}); take it from a backup of the lake, or leave it out."
        )


def last_day(table: Table, partition_key: str, options: PlanOptions | None = None) -> date | None:
    """The last UTC day on which the vendor answers for the whole partition; None where it always will.

    After it, `check_reach` refuses. With `options`, only the endpoints that are asked under them count.
    """
    first = first_day(partition_key)
    # Webex counts back to the moment, so that on the day itself the first hours are already gone.
    days = [
        first + timedelta(days=endpoint.look_back_days or 0) - (0 if endpoint.service is Service.ZOOM else 1) * DAY
        for endpoint in _limited(table, options)
    ]
    return min(days, default=None)


def _limited(table: Table, options: PlanOptions | None) -> list[Endpoint]:
    """The endpoints that are asked about dates and answer for some time only."""
    asks = table.asks if options is None else chosen(table, options)
    used = [table.endpoint(ask.endpoint) for ask in asks]
    used += [listing_of(table, ask) for ask in asks if isinstance(ask, PerListed) and ask.listing_has_window]
    return [endpoint for endpoint in used if endpoint.look_back_days is not None]


def probe(endpoint: Endpoint, now: datetime) -> Request:
    """A small request that any account may answer, to see whether the endpoint is open: yesterday, or this month.

    Raises ValueError for an endpoint that asks about one item, or that no table asks.
    """
    refusal = f"{endpoint.path} asks about one item; items that may not exist are never asked for"
    if "{" in endpoint.path:
        raise ValueError(refusal)
    yesterday = now.astimezone(UTC).date() - DAY
    window: Window = dates(yesterday, yesterday)
    for ask in (ask for table in contracts.TABLES for ask in table.asks):
        if isinstance(ask, PerListed) and ask.listing == endpoint.name:
            return passed(endpoint, ask.listing_passes[0], None, window if ask.listing_has_window else {})
        if ask.endpoint != endpoint.name or isinstance(ask, PerItem | PerListed):
            continue
        if isinstance(ask, Month) and ask.as_year_and_month:
            window = {"year": yesterday.year, "month": yesterday.month}
        return passed(endpoint, ask.passes[0], None, {} if isinstance(ask, Snapshot | Everything) else window)
    raise ValueError(refusal)


def _oldest_day(endpoint: Endpoint, now: datetime) -> date:
    """The first day that is wholly within the vendor's look-back."""
    edge = now.astimezone(UTC) - timedelta(days=endpoint.look_back_days or 0)
    if endpoint.service is Service.ZOOM:
        return edge.date()  # Zoom counts whole days
    # Webex counts back to the moment, so the day on which its memory begins is half forgotten.
    midnight = datetime(edge.year, edge.month, edge.day, tzinfo=UTC)
    return edge.date() if edge == midnight else edge.date() + DAY
