"""The dates a plan asks for: every moment covered, no range longer than allowed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reporting_assets.sources.windows import chunks, days_of, first_day, month_window, slice_days, slices_of

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(
    first=days.map(lambda day: day.replace(day=1)),
    now=st.integers(0, 730 * 24).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
)
def test_a_month_s_window_is_never_longer_than_allowed_nor_future(first: date, now: datetime) -> None:
    begin, end = month_window(first, now)
    assert begin == first
    assert (end - begin).days <= 30
    assert end <= now.date()
    if end < now.date():
        assert (end + timedelta(days=1)).day == 1


@given(
    first=days,
    count=st.integers(1, 70),
    ago=st.timedeltas(timedelta(0), timedelta(days=3)),
    second=st.integers(0, 86_399),
    offset_minutes=st.integers(-14 * 60, 14 * 60),
    pick=st.integers(0, 10_000),
)
def test_every_moment_of_every_partition_is_in_a_slice_whatever_the_zone(
    first: date, count: int, ago: timedelta, second: int, offset_minutes: int, pick: int
) -> None:
    partitions = [first + timedelta(days=i) for i in range(count)]
    now = datetime(partitions[-1].year, partitions[-1].month, partitions[-1].day, tzinfo=UTC) + ago
    slices = slice_days(partitions, now)
    assert len(slices) == len(set(slices))
    assert slices == sorted(slices)
    day = partitions[pick % count]
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    if moment <= now:
        vendor_day = (moment + timedelta(minutes=offset_minutes)).date()
        assert vendor_day in slices
        assert vendor_day in slices_of(day)
    ranges = chunks(slices)
    assert [day for begin, end in ranges for day in _between(begin, end)] == slices
    assert all((end - begin).days <= 30 for begin, end in ranges)
    assert len(ranges) == -(-len(slices) // 31)  # consecutive days: as few ranges as Zoom's limit allows


@given(day=days, now=days)
def test_days_of_a_partition(day: date, now: date) -> None:
    at = datetime(now.year, now.month, now.day, 12, tzinfo=UTC)
    assert days_of(day.isoformat(), at) == [day]
    assert first_day(day.isoformat()) == day
    month = day.strftime("%Y-%m")
    begun = [each for each in _between(day.replace(day=1), now) if each.strftime("%Y-%m") == month]
    assert days_of(month, at) == begun


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
