"""The simulated traffic stays near the planning assumptions and holds the awkward cases that exist in real life."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date

import pytest

from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES, activity, epoch_day, holidays
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import BREAKOUT, MAIN, WAITING, Meeting, Session
from reporting_assets.sandbox.traffic import LARGEST_MEETING

STAFF = 2000
WEEK = [date(2026, 11, day) for day in (16, 17, 18, 19, 20)]


@pytest.fixture(scope="module")
def history() -> History:
    return History(Organisation(STAFF, 7), epoch_day(date(2025, 9, 1)) * DAY_SECONDS)


@pytest.fixture(scope="module")
def meetings(history: History) -> list[Meeting]:
    """Of one working week, webinars left out."""
    return [m for day in WEEK for m in history.day(epoch_day(day)).meetings if not m.is_webinar]


@pytest.fixture(scope="module")
def rows(history: History, meetings: list[Meeting]) -> list[tuple[Meeting, Session]]:
    return [(meeting, row) for meeting in meetings for row in history.rows(meeting)]


def test_volume_and_sizes(meetings: list[Meeting], rows: list[tuple[Meeting, Session]]) -> None:
    people = sum(meeting.people for meeting in meetings)
    assert 0.45 < len(meetings) / len(WEEK) / STAFF < 0.56
    assert 5.5 < people / len(meetings) < 7.5
    assert 0.10 < sum(meeting.people == 1 for meeting in meetings) / len(meetings) < 0.15
    assert 0.29 < sum(meeting.people == 2 for meeting in meetings) / len(meetings) < 0.37
    assert 100 < max(meeting.people for meeting in meetings) <= LARGEST_MEETING
    assert 1.2 < len(rows) / people < 1.4
    assert 34 < sum(meeting.attended_seconds for meeting in meetings) / people / 60 < 42


def test_counts_are_those_of_the_sessions(history: History, meetings: list[Meeting]) -> None:
    for meeting in meetings:
        inside = [row for row in history.rows(meeting) if row.room != WAITING]
        assert meeting.started == min(row.joined for row in inside)
        assert meeting.ended == max(row.left for row in inside)
        assert meeting.people == len({row.person for row in inside})
        assert meeting.joins == sum(row.room == MAIN for row in inside)
        assert meeting.attended_seconds == sum(row.left - row.joined for row in inside)


def test_rows_are_sound(rows: list[tuple[Meeting, Session]]) -> None:
    assert all(row.joined < row.left for _, row in rows)
    keys = Counter((m.uuid, row.connection, row.joined, row.room, row.room_id, row.left) for m, row in rows)
    assert max(keys.values()) == 1


def test_awkward_rows_exist(meetings: list[Meeting], rows: list[tuple[Meeting, Session]]) -> None:
    rooms = Counter(row.room for _, row in rows)
    assert rooms[WAITING] > 50
    assert rooms[BREAKOUT] > 50
    assert any(row.joined < meeting.started for meeting, row in rows if row.room == WAITING)
    inside = {(meeting.uuid, row.person) for meeting, row in rows if row.room != WAITING}
    assert any((meeting.uuid, row.person) not in inside for meeting, row in rows), "somebody was never let in"
    connections: dict[tuple[str, int], list[Session]] = {}
    for meeting, row in rows:
        if row.room == MAIN:
            connections.setdefault((meeting.uuid, row.person), []).append(row)
    stays = [sorted(group, key=lambda row: row.joined) for group in connections.values() if len(group) > 1]
    assert any(a.connection != b.connection and a.left < b.joined for a, b, *_ in stays), "a rejoin"
    assert any(a.connection != b.connection and b.joined < a.left for a, b, *_ in stays), "a second device"
    assert any(row.person < 0 for _, row in rows), "a guest"
    assert any(m.started // DAY_SECONDS < m.ended // DAY_SECONDS for m in meetings), "one that crosses midnight"
    assert any(m.scheduled and m.ended > m.scheduled + m.scheduled_seconds for m in meetings), "one that overran"
    assert any(meeting.topic.startswith("=") for meeting in meetings)


def test_series_and_personal_rooms_reuse_their_number(meetings: list[Meeting]) -> None:
    for kind in (4, 8):
        numbers = Counter(meeting.number for meeting in meetings if meeting.type == kind)
        assert max(numbers.values()) >= 3


def test_dropped_hosts_come_back_under_the_same_number(meetings: list[Meeting]) -> None:
    gaps = []
    for first in meetings:
        if first.is_cut_off:
            resumed = [m for m in meetings if m.number == first.number and 0 < m.started - first.ended < 200]
            gaps += [m.started - first.ended for m in resumed]
            assert all(m.uuid != first.uuid for m in resumed)
    assert len(gaps) > 20
    assert min(gaps) >= 11
    assert max(gaps) <= 147


def test_offices_work_in_their_own_hours(history: History, meetings: list[Meeting]) -> None:
    people = history.organisation.people
    for office, (first, last) in {0: (15, 6), 2: (7, 21), 4: (20, 11)}.items():
        hours = {m.started % DAY_SECONDS // 3600 for m in meetings if people[m.host].office == office and m.type != 4}
        allowed = {hour % 24 for hour in range(first, last + 1 if last > first else last + 25)}
        assert hours <= allowed, OFFICES[office].name


def test_weekends_and_holidays_are_quiet(history: History) -> None:
    def size(day: date) -> int:
        return len(history.day(epoch_day(day)).meetings)

    usual = size(date(2026, 11, 18))
    assert size(date(2026, 11, 14)) < usual * 0.05
    assert size(date(2026, 12, 25)) < usual * 0.10
    assert size(date(2026, 11, 26)) < usual * 0.75, "Thanksgiving empties the American offices"


def test_holidays_by_country() -> None:
    assert date(2026, 11, 26) in holidays("US", 2026)
    assert date(2026, 4, 3) in holidays("GB", 2026)  # Good Friday
    assert date(2026, 4, 6) in holidays("AU", 2026)  # Easter Monday
    assert date(2026, 5, 4) in holidays("GB", 2026)
    assert activity(OFFICES[3], date(2026, 8, 15)) < 0.05


def test_people_attend_only_while_they_work_there(history: History, meetings: list[Meeting]) -> None:
    people = history.organisation.people
    assert all(
        people[person].works_at(meeting.started - 300) or people[person].works_at(meeting.started)
        for meeting in meetings
        for person in meeting.staff
    )


def test_a_day_depends_on_seed_and_day_only() -> None:
    def week(seed: int, days: list[date]) -> dict[date, list[Meeting]]:
        history = History(Organisation(300, seed), 0)
        return {day: history.day(epoch_day(day)).meetings for day in days}

    assert week(7, WEEK) == week(7, WEEK[::-1])
    assert week(7, WEEK) != week(8, WEEK)


def test_days_are_made_fast_enough() -> None:
    for staff, most in ((200, 0.2), (10_000, 5.0)):
        history = History(Organisation(staff, 7), 0)
        began = time.process_time()
        history.day(epoch_day(date(2026, 11, 18)))
        assert time.process_time() - began < most


def test_memory_is_bounded() -> None:
    from reporting_assets.sandbox.bounded import Bounded

    kept: Bounded[list[int]] = Bounded(10)
    made = []
    for key in (1, 2, 3, 1, 4):
        kept.get(key, lambda key=key: made.append(key) or [0] * 3, len)  # type: ignore[misc]
    assert made == [1, 2, 3, 1, 4], "two values of weight 4 fit, the third pushes the oldest out"
    kept.get(4, lambda: pytest.fail("kept values are not made again"), len)
    kept.get("large", lambda: [0] * 100, len)
    kept.get("large", lambda: pytest.fail("the newest value is always kept"), len)
