"""Fetching partitions: units that neighbours share, what landed and was not used, what is asked again, old landings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.sources.errors import ServerError
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import NOW

pytestmark = pytest.mark.integration

MEETINGS = contracts.table("zoom.meetings")


def test_neighbours_share_their_slices(tmp_path: Path) -> None:
    days = ["2026-11-10", "2026-11-11", "2026-11-12"]
    with harness.sandbox() as running:
        together = harness.work_for(running, tmp_path / "together")
        assert harness.ingest(together, MEETINGS.id, days).keys == days
        # Each day is asked with the day before and after it, in two listings; five days in all.
        assert len(harness.reports_asked(running)) == 5 * 2
        assert len(set(harness.reports_asked(running))) == 5 * 2
        for number, day in enumerate(days):
            alone = harness.work_for(running, tmp_path / str(number))
            harness.ingest(alone, MEETINGS.id, [day])
            assert harness.rows(alone, MEETINGS.id, day).equals(harness.rows(together, MEETINGS.id, day))
            starts = harness.column(together, MEETINGS.id, "started_at", day)
            assert {f"{start:%Y-%m-%d}" for start in starts} == {day}


def test_a_landing_that_was_not_used_is_used_instead_of_asking_again(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, MEETINGS.id, ["2026-11-10"])
        harness.forget(running)
        # The next day needs 2026-11-10 and -11, which have just landed, and -12.
        harness.ingest(work, MEETINGS.id, ["2026-11-11"])
        asked = {query.partition("from=")[2][:10] for _, query in harness.reports_asked(running)}
        assert asked == {"2026-11-12"}


def test_an_old_landing_is_not_used(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        harness.ingest(harness.work_for(running, tmp_path), MEETINGS.id, ["2026-11-10"])
        harness.forget(running)
        later = harness.work_for(running, tmp_path, now=NOW + timedelta(hours=7))
        harness.ingest(later, MEETINGS.id, ["2026-11-11"])
        asked = {query.partition("from=")[2][:10] for _, query in harness.reports_asked(running)}
        assert asked == {"2026-11-10", "2026-11-11", "2026-11-12"}


def test_replaced_landings_are_dropped_and_used_ones_kept(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        for day in ("2026-11-10", "2026-11-11"):
            harness.ingest(work, MEETINGS.id, [day])
        for turn in range(3):
            harness.ingest(work, MEETINGS.id, ["2026-11-11"], run_id=f"again-{turn}")
        kept = {
            day: len(work.lake.landing(MEETINGS, day).sealed())
            for day in ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12")
        }
        # 2026-11-10 is typed from its own older attempts still, which must be there to type it again.
        assert kept["2026-11-12"] == 1
        assert max(kept.values()) <= 2
        harness.forget(running)
        before = harness.rows(work, MEETINGS.id, "2026-11-10")
        assert harness.ingest(work, MEETINGS.id, ["2026-11-10"], from_landing=True).keys == ["2026-11-10"]
        assert harness.rows(work, MEETINGS.id, "2026-11-10").equals(before)
        assert harness.asked(running) == []


def test_a_running_month_says_so_far_and_a_future_one_nothing(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        assert harness.ingest(work, "zoom.daily_usage", ["2026-11"]).keys == ["2026-11"]
        dates = harness.column(work, "zoom.daily_usage", "usage_date", "2026-11")
        assert f"{max(dates)}" <= "2026-11-20"
        harness.forget(running)
        done = harness.ingest(work, "zoom.daily_usage", ["2026-12"])
        assert "2026-12 has not begun" in done.sentence
        assert harness.asked(running) == []


def test_equal_causes_are_told_once() -> None:
    failures = Failures({f"2026-11-{day:02}": ServerError("Zoom is away; try again later.") for day in range(1, 8)})
    failures.by_key["2026-11-20"] = ServerError("Something else; wait.")
    said = failures.sentence(MEETINGS, 20)
    assert said == (
        "zoom.meetings: 8 of 20 partitions failed; the other 12 are committed. "
        "2026-11-01 … 2026-11-07 (7): Zoom is away; try again later.; 2026-11-20: Something else; wait."
    )
