"""Partition keys and ranges of dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_assets.contracts.model import Partition
from reporting_assets.periods import PeriodError, key_of, keys, parse_range, window

EARLIEST = date(2026, 1, 1)
TODAY = date(2026, 11, 21)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(days, st.integers(0, 400), st.sampled_from(Partition))
def test_windows_of_a_range_of_keys_join_without_gap_or_overlap(first: date, length: int, partition: Partition) -> None:
    last = first + timedelta(days=length)
    windows = [window(partition, key) for key in keys(partition, first, last)]
    assert windows[0][0].date() <= first
    assert windows[-1][1].date() > last
    assert all(left[1] == right[0] for left, right in pairwise(windows))


@given(days, st.sampled_from(Partition))
def test_a_day_lies_in_the_window_of_its_key(day: date, partition: Partition) -> None:
    start, end = window(partition, key_of(partition, day))
    assert start <= datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC) < end


def test_a_month_names_all_its_days() -> None:
    assert parse_range("2026-02", "2026-02", earliest=EARLIEST, today=TODAY) == (date(2026, 2, 1), date(2026, 2, 28))


def test_the_running_month_reaches_to_yesterday() -> None:
    assert parse_range("2026-11", "2026-11", earliest=EARLIEST, today=TODAY) == (date(2026, 11, 1), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("yesterday", "2026-11-20", "--from 'yesterday' is not a date; write yyyy-MM-dd"),
        ("2026-02-30", "2026-11-20", "--from '2026-02-30' is not a date"),
        ("20261120", "2026-11-20", "--from '20261120' is not a date"),
        ("2026-11-20", "2026-11-19", "--to 2026-11-19 is before --from 2026-11-20; swap them"),
        ("2026-11-21", "2026-11-21", "--from 2026-11-21 is not over yet"),
        ("2026-11-20", "2027-01-01", "--to 2027-01-01 is not over yet (it is 2026-11-21 in UTC); ask for 2026-11-20"),
        ("2025-12-31", "2026-11-20", "--from 2025-12-31 is before the first partition, 2026-01-01"),
    ],
)
def test_an_unusable_range_is_told_in_one_sentence(start: str, end: str, says: str) -> None:
    with pytest.raises(PeriodError) as error:
        parse_range(start, end, earliest=EARLIEST, today=TODAY)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
