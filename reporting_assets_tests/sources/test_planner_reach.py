"""How far back the vendors answer: what is too old or has not begun is said before any call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reporting_assets.contracts.model import Partition, Table
from reporting_assets.sources import planner
from reporting_assets.sources.errors import OutOfReachError
from reporting_assets.sources.planner import PlanOptions
from reporting_assets_tests.sources.planning import (
    DASHBOARDS,
    FETCHED,
    HOSTS,
    NOW,
    table,
    two_items,
)


@pytest.mark.parametrize(
    ("name", "reachable", "too_old"),
    [
        ("zoom.meetings", "2026-05-25", "2026-05-24"),
        ("zoom.meeting_participants", "2025-11-21", "2025-11-20"),
        ("zoom.hosts", "2026-06", "2026-05"),
        ("zoom.daily_usage", "2026-06", "2026-05"),
        # Webex counts back to the moment: at nine o'clock, nine hours of the day seven days ago are forgotten.
        ("webex.meeting_qualities", "2026-11-15", "2026-11-14"),
        ("webex.meeting_usage", "2026-08-24", "2026-08-23"),
    ],
)
def test_out_of_reach_is_said_before_any_call(name: str, reachable: str, too_old: str) -> None:
    planner.check_reach(table(name), reachable, NOW)
    with pytest.raises(OutOfReachError, match=rf"{name} {too_old} is older than (Zoom|Webex) answers for"):
        planner.plan(table(name), [reachable, too_old], DASHBOARDS, two_items)


def test_at_midnight_a_day_is_whole() -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    planner.check_reach(table("webex.meeting_qualities"), "2026-11-14", midnight)
    with pytest.raises(OutOfReachError, match="Webex"):
        planner.check_reach(table("webex.meeting_qualities"), "2026-11-14", midnight + timedelta(seconds=1))


def test_only_endpoints_that_are_asked_limit_the_reach() -> None:
    both = table("zoom.meetings")
    short = replace(both.endpoints[0], look_back_days=10, look_back="10 days")
    shortened = replace(both, endpoints=(short, both.endpoints[1]))
    planner.check_reach(shortened, "2026-10-01", NOW, HOSTS)
    for options in (DASHBOARDS, None):
        with pytest.raises(OutOfReachError, match="10 days"):
            planner.check_reach(shortened, "2026-10-01", NOW, options)


@pytest.mark.parametrize(
    ("name", "key"), [("zoom.users", "2026-11-22"), ("zoom.meetings", "2026-11-22"), ("zoom.hosts", "2026-12")]
)
def test_what_has_not_begun_is_not_asked(name: str, key: str) -> None:
    with pytest.raises(OutOfReachError, match="has not begun"):
        planner.plan(table(name), [key], DASHBOARDS)


def test_snapshots_may_be_asked_late_because_they_have_no_past() -> None:
    planner.check_reach(table("zoom.users"), "2020-01-01", NOW)


@pytest.mark.parametrize("table", FETCHED, ids=lambda table: table.id)
@pytest.mark.parametrize("options", [DASHBOARDS, HOSTS, None], ids=["dashboards", "hosts", "any"])
def test_the_last_day_is_the_last_on_which_a_partition_is_in_reach(table: Table, options: PlanOptions | None) -> None:
    key = "2026-03-05" if table.partition is Partition.DAY else "2026-03"
    last = planner.last_day(table, key, options)
    if last is None:
        planner.check_reach(table, key, datetime(2036, 1, 1, tzinfo=UTC), options)
        return
    moment = datetime(last.year, last.month, last.day, 23, 59, tzinfo=UTC)
    planner.check_reach(table, key, moment, options)
    with pytest.raises(OutOfReachError):
        planner.check_reach(table, key, moment + timedelta(minutes=2), options)
