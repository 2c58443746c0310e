"""How a report is asked for: the vocabulary by which a contract says which requests its partitions need.

Data only; `sources.planner` turns it into requests. Everything names its endpoint and passes: a *pass* is one listing
with its own parameters, which are sent and may be read as `$request.<name>` columns.

`when` makes a way of asking depend on the options of the plan (settings): it counts where every named option has the
named value. A table whose account lacks the better source thus names both, and one of them counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Pass = Mapping[str, str | int]
ONE_PASS: tuple[Pass, ...] = ({},)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What all ways of asking have in common.

    `landing_of` names the table whose landing is shared: the same calls answer both tables, so they are made once.
    """

    endpoint: str
    passes: tuple[Pass, ...] = ONE_PASS
    when: Mapping[str, str] = field(default_factory=dict)
    landing_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Snapshot(Asking):
    """The vendor answers with the present state alone: one unit per partition, without dates."""


@dataclass(frozen=True, kw_only=True)
class Everything(Asking):
    """The vendor answers with all it has, without dates: one unit for all partitions, cut by `partition_by`."""


@dataclass(frozen=True, kw_only=True)
class VendorDay(Asking):
    """`from` = `to` = the day, as the vendor cuts it: for totals, which cannot be cut again."""


@dataclass(frozen=True, kw_only=True)
class Slices(Asking):
    """Calendar days with one day of padding on either side, shared by neighbours and cut by `partition_by`."""


@dataclass(frozen=True, kw_only=True)
class Month(Asking):
    """One window per month: `from` and `to`, or `year` and `month`; a running month to today."""

    as_year_and_month: bool = False


@dataclass(frozen=True, kw_only=True)
class PerItem(Asking):
    """One request per row of another table's same partition (or, of a daily table, of the month's days).

    `select` gives names to SQL expressions over a row of `parent`; distinct rows of them are the items, of which
    those count that fulfil `where` (SQL over these names and the parent's columns, which may use the plan's options as `$option`). `path`
    and `params` say which names fill placeholders and query parameters; all names are `$request.` values.
    """

    parent: str
    select: Mapping[str, str]
    where: str = "true"
    path: Mapping[str, str] = field(default_factory=dict)  # placeholder: name
    params: Mapping[str, str] = field(default_factory=dict)  # query parameter: name


@dataclass(frozen=True, kw_only=True)
class PerListed(Asking):
    """One request per record of a listing, for a whole range of days: calls do not grow with the days.

    `listing` is another endpoint of the table, asked first and not landed. `select` gives names to fields of its
    records; `path` and `params` use them as in `PerItem`. With `has_exact_days` the vendor cuts at UTC moments (`from`
    and `to` are ISO instants), otherwise days are padded. `listing_has_window` sends the range to the listing too,
    begun `listing_days_before` days earlier, for listings that leave out what is still of interest a few days later.
    """

    listing: str
    select: Mapping[str, str]
    listing_passes: tuple[Pass, ...] = ONE_PASS
    listing_has_window: bool = False
    listing_days_before: int = 0
    path: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    has_window: bool = True
    has_exact_days: bool = False
