"""What an account's limits make of the calls that are needed: shares of daily caps, times, and what expires first.

Arithmetic on what `estimate` counts and `budget_rules` allow; nothing is asked or read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem, PerListed
from reporting_assets.contracts.model import Partition, RateLabel, Table
from reporting_assets.sources.budget_rules import Limit, Limits
from reporting_assets.sources.estimate import Use, chosen
from reporting_assets.sources.fan_out import Values
from reporting_assets.sources.units import listing_of


@dataclass(frozen=True)
class Need:
    """What one rate label, or the labels that share a daily cap, need and may use.

    `cap` is what the account may do a day, `usable` our share of it without the reserve; None where there is none.
    Times are in seconds at the permitted rate.
    """

    name: str
    labels: tuple[RateLabel, ...]
    calls_a_day: float
    calls_of_backfill: float
    cap: int | None
    usable: int | None
    seconds_a_day: float
    seconds_of_backfill: float

    @property
    def share(self) -> float | None:
        """Of the usable calls of a day, what a day's data takes."""
        return self.calls_a_day / self.usable if self.usable else None

    @property
    def fits(self) -> bool:
        """Whether a day's data can be fetched within a day."""
        return self.seconds_a_day <= _DAY_SECONDS and (self.usable is None or self.calls_a_day < self.usable)

    @property
    def backfill_days(self) -> float | None:
        """Days until the backfill is done beside the daily work; None where that never happens.

        The calls that the daily work leaves over are what a backfill has: where it leaves none, the vendor's window
        moves on faster than the backfill.
        """
        if not self.fits:
            return None
        by_rate = self.seconds_of_backfill / (_DAY_SECONDS - self.seconds_a_day)
        if self.usable is None:
            return by_rate
        return max(by_rate, self.calls_of_backfill / (self.usable - self.calls_a_day))


_DAY_SECONDS = 86_400.0


def needs(a_day: Sequence[Use], backfill: Sequence[Use], account: Limits, ours: Limits, reserve: float) -> list[Need]:
    """What each label needs, then each daily cap that several labels share. `ours` is our share of the account."""
    found = []
    for label in RateLabel:
        if any(use.endpoint.rate_label is label for use in (*a_day, *backfill)):
            alone = _is_alone(label, ours)
            found.append(_need(str(label), (label,), a_day, backfill, account, ours, reserve if alone else None))
    shared: dict[str, list[RateLabel]] = {}
    for label, limit in ours.items():
        if limit.daily is not None and not _is_alone(label, ours):
            shared.setdefault(limit.daily.name, []).append(label)
    for labels in shared.values():
        name = " + ".join(labels)
        found.append(_need(name, tuple(labels), a_day, backfill, account, ours, reserve))
    return found


def _is_alone(label: RateLabel, limits: Limits) -> bool:
    """Whether no other label draws on this one's daily cap."""
    cap = limits.get(label, Limit(None)).daily
    return cap is None or sum(limit.daily == cap for limit in limits.values()) == 1


def _need(
    name: str,
    labels: tuple[RateLabel, ...],
    a_day: Sequence[Use],
    backfill: Sequence[Use],
    account: Limits,
    ours: Limits,
    reserve: float | None,
) -> Need:
    """`reserve` is None for a label whose cap is shared: the cap's own line tells of it."""
    cap = account.get(labels[0], Limit(None)).daily if reserve is not None else None
    mine = ours.get(labels[0], Limit(None)).daily
    usable = mine.calls - int(mine.calls * reserve) if cap and mine and reserve is not None else None
    return Need(
        name,
        labels,
        total(a_day, labels),
        total(backfill, labels),
        cap.calls if cap else None,
        usable,
        _seconds(a_day, labels, ours),
        _seconds(backfill, labels, ours),
    )


def total(found: Iterable[Use], labels: Sequence[RateLabel] = tuple(RateLabel)) -> float:
    """Calls of these labels."""
    return sum(use.calls for use in found if use.endpoint.rate_label in labels)


def _seconds(found: Sequence[Use], labels: Sequence[RateLabel], limits: Limits) -> float:
    """At the permitted rates; labels have rates of their own and run beside each other."""

    def seconds(label: RateLabel) -> float:
        rate = limits.get(label, Limit(None)).rate
        return total(found, (label,)) * rate.seconds / rate.calls if rate else 0.0

    return max((seconds(label) for label in labels), default=0.0)


def covered(found: Sequence[Use], need: Need) -> Mapping[str, float]:
    """The share of each table's calls of this need that a day's budget reaches, spent in the order of priorities."""
    left = math.inf if need.usable is None else float(need.usable)
    reached: dict[str, float] = {}
    for table in sorted({use.table.id: use.table for use in found}.values(), key=lambda table: table.priority):
        wanted = total([use for use in found if use.table.id == table.id], need.labels)
        if wanted:
            reached[table.id] = min(1.0, left / wanted)
            left = max(0.0, left - wanted)
    return reached


def reach_days(table: Table, options: Values) -> int | None:
    """For how many days the vendor answers for a table, counting the lists it rests on; None where it does not say."""
    reaches: list[int] = []
    for ask in chosen(table, options):
        asked = [table.endpoint(ask.endpoint)]
        if isinstance(ask, PerListed) and ask.listing_has_window:
            asked.append(listing_of(table, ask))
        reaches += [endpoint.look_back_days for endpoint in asked if endpoint.look_back_days is not None]
        if isinstance(ask, PerItem):
            of_list = reach_days(contracts.table(ask.parent), options)
            if of_list is not None:
                reaches.append(of_list)
    return min(reaches, default=None)


def first_in_reach(table: Table, first: date, today: date, options: Values) -> date:
    """`first`, or the first later day that begins a partition for which the vendor still answers on `today`.

    A month is in reach if its first day is: asked for in part, it would look like a whole one.
    """
    reach = reach_days(table, options)
    oldest = first if reach is None else max(first, today - timedelta(days=reach))
    if table.partition is Partition.DAY or oldest.day == 1:
        return oldest
    if reach is None or first.replace(day=1) >= today - timedelta(days=reach):
        return first.replace(day=1)
    return (oldest.replace(day=1) + timedelta(days=31)).replace(day=1)


def deadline(table: Table, first: date, options: Values) -> date | None:
    """The last day on which the vendor answers for the partition of `first`; None where it always does."""
    reach = reach_days(table, options)
    begins = first if table.partition is Partition.DAY else first.replace(day=1)
    return None if reach is None else begins + timedelta(days=reach)
