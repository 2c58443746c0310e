"""The dates a plan asks for. Zoom does not say in which zone it cuts `from` and `to`, so days are asked with padding.

Dates only; requests are made in `planner`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

FURTHEST_ZONE = timedelta(hours=14)  # no zone is further from UTC, in either direction
LONGEST_SPAN_DAYS = 30  # the most that `to - from` may be, for either vendor
DAY = timedelta(days=1)


def first_day(partition_key: str) -> date:
    """The day a partition is, or the first of the month it is."""
    return date.fromisoformat(partition_key if len(partition_key) > len("yyyy-MM") else f"{partition_key}-01")


def days_of(partition_key: str, now: datetime) -> list[date]:
    """The UTC days of a partition: one, or those of a month that have begun."""
    first = first_day(partition_key)
    last = first if partition_key == first.isoformat() else month_window(first, now)[1]
    return [first + i * DAY for i in range((last - first).days + 1)]


def slices_of(day: date) -> tuple[date, date, date]:
    """The calendar days, in whatever zone, that together hold every moment of a UTC day."""
    return (day - DAY, day, day + DAY)


def slice_days(days: Iterable[date], now: datetime) -> list[date]:
    """The days to ask for so that every moment of `days` is covered: each once, in order, none that is future everywhere."""
    latest = (now.astimezone(UTC) + FURTHEST_ZONE).date()
    return sorted({part for day in days for part in slices_of(day) if part <= latest})


def chunks(days: Sequence[date], longest_span: int = LONGEST_SPAN_DAYS) -> list[tuple[date, date]]:
    """Runs of consecutive days as (first, last) with `last - first` at most so many days; `days` in order, each once."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == DAY and (day - found[-1][0]).days <= longest_span:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def month_window(first: date, now: datetime) -> tuple[date, date]:
    """The month that begins on `first`, to its last day or today; from first to last is never more than 30 days."""
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, min(following - DAY, now.astimezone(UTC).date())
