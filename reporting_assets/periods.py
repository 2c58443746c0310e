"""Partition keys as time: what a day or month key covers, and which keys a range of dates names. No Dagster here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from reporting_assets.contracts.model import Partition


class PeriodError(Exception):
    """A date or month that cannot be used; the message says which and what is expected."""


def window(partition: Partition, key: str) -> tuple[datetime, datetime]:
    """The half-open UTC interval `[start, end)` that a partition key covers."""
    first = date.fromisoformat(key if partition is Partition.DAY else f"{key}-01")
    after = first + timedelta(days=1) if partition is Partition.DAY else _next_month(first)
    return _midnight(first), _midnight(after)


def key_of(partition: Partition, day: date) -> str:
    """The key of the partition that holds `day`."""
    return day.isoformat() if partition is Partition.DAY else f"{day:%Y-%m}"


def keys(partition: Partition, first: date, last: date) -> list[str]:
    """The keys of every partition that `first`..`last` (inclusive) touches, in order."""
    found: list[str] = []
    day = first
    while day <= last:
        found.append(key_of(partition, day))
        day = day + timedelta(days=1) if partition is Partition.DAY else _next_month(day)
    return found


def runs_of(days: Sequence[str]) -> list[list[str]]:
    """Day keys that follow each other, as groups; `days` in order, each once."""
    found: list[list[str]] = []
    for key in days:
        before = str(date.fromisoformat(key) - timedelta(days=1))
        if found and found[-1][-1] == before:
            found[-1].append(key)
        else:
            found.append([key])
    return found


def parse_range(start: str, end: str, *, earliest: date, today: date) -> tuple[date, date]:
    """The dates that two texts (yyyy-MM-dd or yyyy-MM) name, first to last inclusive.

    Raises PeriodError, one sentence, for a text that is no date, an end before the start, a start before the first
    partition, or a day that is not over yet.
    """
    first, _ = _parse("--from", start)
    _, last = _parse("--to", end)
    if last < first:
        raise PeriodError(f"--to {end} is before --from {start}; swap them.")
    if first < earliest:
        raise PeriodError(
            f"--from {start} is before the first partition, {earliest}; set REPORTING_START_DATE to reach further back."
        )
    if first >= today:
        raise PeriodError(
            f"--from {start} is not over yet (it is {today} in UTC); ask for {today - timedelta(days=1)} or earlier."
        )
    if last >= today:
        if len(end) == len("yyyy-MM"):  # the month that is running: as far as it has come
            last = today - timedelta(days=1)
        else:
            raise PeriodError(
                f"--to {end} is not over yet (it is {today} in UTC); ask for {today - timedelta(days=1)} or earlier."
            )
    return first, last


def _parse(option: str, text: str) -> tuple[date, date]:
    try:
        if len(text) == len("yyyy-MM"):
            first = date.fromisoformat(f"{text}-01")
            return first, _next_month(first) - timedelta(days=1)
        if len(text) != len("yyyy-MM-dd"):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise PeriodError(f"{option} {text!r} is not a date; write yyyy-MM-dd, or yyyy-MM for a whole month.") from None
    return day, day


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
