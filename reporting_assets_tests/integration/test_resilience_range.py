"""A range of days of which some cannot be fetched: the failure names them, the others are there, in the lake and in Dagster."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition
from reporting_assets.periods import keys
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import CommandLine

pytestmark = pytest.mark.integration


def test_days_out_of_reach_do_not_take_the_others_with_them(tmp_path: Path) -> None:
    """Zoom's look-back ends inside the range: the older days fail for good, before any call."""
    last_reached = datetime.now(UTC).date() - timedelta(days=180)
    first, last = last_reached - timedelta(days=2), last_reached + timedelta(days=2)
    days = [day.isoformat() for day in _days(first, last)]
    with harness.real_sandbox() as running:
        line = CommandLine(tmp_path, running)
        said = line.refused("materialize", "--select", "zoom/meetings", "--from", days[0], "--to", days[-1])
    assert "zoom.meetings: 2 of 5 partitions failed; the other 3 are committed" in said
    assert days[0] in said
    assert days[1] in said
    assert f"back to {last_reached}" in said
    stored = sorted(name.split("/")[2] for name in line.files() if name.endswith(".parquet"))
    assert stored == [f"dt={day}" for day in days[2:]]
    assert _materialized(line, "zoom/meetings") == set(days[2:])
    assert "3" in line.ok("query", "SELECT count(DISTINCT dt) AS days FROM zoom.meetings")


def test_one_damaged_day_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    """Joins of five days, of which the third has no meetings in the lake and the fourth broken ones."""
    days = [day.isoformat() for day in _days(date(2026, 11, 9), date(2026, 11, 13))]
    table = contracts.table("zoom.meeting_participants")
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, "zoom.meetings", [day for day in days if day != days[2]])
        work.lake.part(contracts.table("zoom.meetings"), days[3]).write_bytes(b"no Parquet")
        done = harness.ingest(work, table.id, days)
        assert done.keys == [days[0], days[1], days[4]]
        assert done.failures.keys() == {days[2], days[3]}
        assert "needs zoom.meetings" in done.failures[days[2]]
        assert work.lake.partitions(table) == done.keys
        assert "3 are committed" in done.sentence

        # Repaired, the same command again fetches what was missing and keeps what was committed.
        harness.ingest(work, "zoom.meetings", [days[2], days[3]])
        again = harness.ingest(work, table.id, days)
        assert sorted(again.keys) == days
        assert [one.key for one in again.committed if one.was_kept] == done.keys


def test_a_failed_day_keeps_what_it_held_before(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        assert harness.ingest(work, "zoom.users").keys == [harness.DAY]
        before = harness.stored(work, "zoom.users")
    with harness.sandbox(scopes=()) as refusing:
        work = harness.work_for(refusing, tmp_path)
        done = harness.ingest(work, "zoom.users")
        assert done.committed == []
        assert "lacks a scope" in done.sentence
        assert harness.stored(work, "zoom.users") == before
        assert harness.column(work, "zoom.users", "user_key")


def _days(first: date, last: date) -> list[date]:
    return [date.fromisoformat(key) for key in keys(Partition.DAY, first, last)]


def _materialized(line: CommandLine, asset: str) -> set[str]:
    """The partitions that Dagster's instance knows as materialized."""
    with dg.DagsterInstance.from_config(str(line.home)) as instance:
        return set(instance.get_materialized_partitions(dg.AssetKey(asset.split("/"))))
