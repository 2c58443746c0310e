"""The dates a plan asks for. Zoom does not say in which zone it cuts `from` and `to`, so days are asked with padding.

Dates only; requests are made in `reports`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

FURTHEST_ZONE = timedelta(hours=14)  # no zone is further from UTC, in either direction
LONGEST_SPAN_DAYS = 30  # the most that `to - from` may be
_DAY = timedelta(days=1)


def slices_of(day: date) -> tuple[date, date, date]:
    """The calendar days, in whatever zone, that together hold every moment of a UTC day."""
    return (day - _DAY, day, day + _DAY)


def slice_days(days: Sequence[date], now: datetime) -> list[date]:
    """The days to ask for so that every moment of `days` is covered: each once, in order, none that is future everywhere."""
    latest = (now.astimezone(UTC) + FURTHEST_ZONE).date()
    return sorted({part for day in days for part in slices_of(day) if part <= latest})


def chunks(days: Sequence[date]) -> list[tuple[date, date]]:
    """Runs of consecutive days as (first, last), none longer than Zoom allows; `days` in order, each once."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == _DAY and (day - found[-1][0]).days <= LONGEST_SPAN_DAYS:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def month_window(first: date, now: datetime) -> tuple[date, date]:
    """The month that begins on `first`, to its last day or today; from first to last is never more than 30 days."""
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, min(following - _DAY, now.astimezone(UTC).date())
