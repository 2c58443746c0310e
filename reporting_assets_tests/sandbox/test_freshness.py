"""What happened becomes visible late, in parts, and with wrong durations at first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.calendar import DAY_SECONDS, epoch_day
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import History, open_history
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets_tests.sandbox.client import Api, twice

DAY = date(2026, 11, 10)
CONFIG = Config(now="2026-11-20T00:00:00Z", users=1000)


@pytest.fixture(scope="module")
def history() -> History:
    return open_history(CONFIG)


def meetings(history: History) -> list[Meeting]:
    return [meeting for meeting in history.day(epoch_day(DAY)).meetings if not meeting.is_webinar]


def test_about_one_meeting_and_row_in_a_hundred_is_a_day_late(history: History) -> None:
    found = [m for day in range(2, 14) for m in history.day(epoch_day(date(2026, 11, day))).meetings]
    late = [m for m in found if freshness.listed_at(m) > (m.ended // DAY_SECONDS + 2) * DAY_SECONDS]
    assert 0.004 < len(late) / len(found) < 0.02
    assert all(
        m.ended < freshness.listed_at(m) <= m.ended + freshness.USUAL_DELAY_SECONDS for m in found if m not in late
    )
    rows = [(m, place) for m in found for place in range(len(history.rows(m)))]
    late_rows = [entry for entry in rows if freshness.row_shown_at(*entry) > freshness.listed_at(entry[0])]
    assert 0.004 < len(late_rows) / len(rows) < 0.015
    assert all(place > 0 for _, place in late_rows)


def test_nothing_changes_once_settled(history: History) -> None:
    settled = freshness.settled_at((epoch_day(DAY) + 1) * DAY_SECONDS)
    for meeting in meetings(history):
        shown = [freshness.row_shown_at(meeting, place) for place in range(len(history.rows(meeting)))]
        assert max(freshness.listed_at(meeting), freshness.duration_known_at(meeting), *shown) <= settled


@pytest.mark.integration
def test_days_fill_up(launched: Callable[..., Api]) -> None:
    def seen(now: str) -> set[str]:
        api = launched(now=now, users=CONFIG.users)
        rows = api.meetings("2026-11-10", "2026-11-10") + api.meetings("2026-11-10", "2026-11-10", "pastOne")
        assert all(row["end_time"] <= now for row in rows)
        return {row["uuid"] for row in rows}

    at_noon, next_day, settled = (seen(f"2026-11-{day}T20:00:00Z") for day in (10, 11, 15))
    assert at_noon < next_day < settled
    assert len(next_day) / len(settled) > 0.97


@pytest.mark.integration
def test_large_meeting_shows_no_duration_at_first(history: History, launched: Callable[..., Api]) -> None:
    meeting = next(m for m in meetings(history) if freshness.duration_known_at(m) > freshness.listed_at(m) > m.ended)
    path = f"/past_meetings/{twice(meeting.uuid)}/participants"
    day = iso(meeting.started)[:10]
    for now, is_known in ((freshness.listed_at(meeting), False), (freshness.duration_known_at(meeting), True)):
        api = launched(now=iso(now), users=CONFIG.users)
        rows = api.ok(path, page_size=300)["participants"]
        assert all((row["duration"] > 0) == is_known for row in rows)
        listed = next(row for row in api.meetings(f"{day} 00:00:00", iso(now)[:10]) if row["uuid"] == meeting.uuid)
        assert (listed["duration"] != "00:00") == is_known


@pytest.mark.integration
def test_meeting_is_not_found_before_it_is_listed(history: History, launched: Callable[..., Api]) -> None:
    meeting = next(m for m in meetings(history) if freshness.listed_at(m) < m.ended + DAY_SECONDS)
    path = f"/past_meetings/{twice(meeting.uuid)}/participants"
    before = launched(now=iso(freshness.listed_at(meeting) - 1), users=CONFIG.users)
    assert before.error(path) == (404, 3001)
    launched(now=iso(freshness.listed_at(meeting)), users=CONFIG.users).ok(path)
