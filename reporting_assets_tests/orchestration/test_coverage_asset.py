"""The asset of reports' coverage, as the command line and the schedule materialize it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.platform import REPORT_COVERAGE
from reporting_assets.defs.schedules import schedules
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake
from reporting_assets.orchestration import coverage
from reporting_assets.orchestration.coverage_asset import coverage_asset
from reporting_assets.orchestration.ingest import Failures
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import CommandLine, real_sandbox, recent_day

pytestmark = pytest.mark.integration


def states(folder: Path, key: str) -> dict[str, str]:
    with duckdb.connect() as con:
        store.attach(con, Lake(folder / "lake", "sandbox"), REPORT_COVERAGE, [key])
        return dict(con.execute(f"SELECT report, state FROM {REPORT_COVERAGE.id}").fetchall())


def test_it_comes_after_everything_else_and_in_spite_of_it(tmp_path: Path) -> None:
    day = str(recent_day())
    with real_sandbox() as running:
        command = CommandLine(tmp_path, running)
        select = ("zoom/users", "zoom/hosts", "zoom/meeting_participants", "platform/report_coverage")
        said = command.refused("materialize", "--select", ",".join(select), "--from", day)
    assert "zoom.meeting_participants" in said, "its list was not fetched"
    told = states(tmp_path, day)
    assert told["zoom.users"] == "fetched"
    assert told["zoom.hosts"] == "fetched", "a monthly report, of a run that comes after the daily one"
    assert told["zoom.meeting_participants"] == "missing"


def test_the_asset_tells_what_it_is() -> None:
    [spec] = coverage_asset(recent_day()).specs
    assert spec.key == dg.AssetKey(["platform", "report_coverage"])
    assert list(spec.deps) == []
    assert spec.automation_condition is None
    assert spec.group_name == "platform"
    assert spec.kinds == {"python", "parquet"}


def test_the_schedule_asks_for_days_that_are_out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPORTING_LAKE", str(tmp_path / "lake"))
    now = datetime.now(UTC)
    days = [str(now.date() - timedelta(days=back)) for back in (5, 4, 3, 2, 1)]
    start = now.date() - timedelta(days=5)

    def asked() -> list[tuple[str, str]]:
        [schedule] = [one for one in schedules(start, contracts.EVERY_TABLE) if one.name == "coverage"]
        with dg.build_schedule_context(scheduled_execution_time=now) as context:
            tick = schedule.evaluate_tick(context)
        tags = [request.tags for request in tick.run_requests or []]
        return [(tag["dagster/asset_partition_range_start"], tag["dagster/asset_partition_range_end"]) for tag in tags]

    assert asked() == [(days[0], days[-1])]
    with harness.sandbox() as running, duckdb.connect() as con:
        work = harness.work_for(running, tmp_path, now=now)
        work.prepare(con)
        assert len(list(coverage.coverage([days[1], days[2]], work, con, Failures()))) == 2
        assert asked() == [(days[0], days[0]), (days[3], days[4])]
        assert len(list(coverage.coverage(days, work, con, Failures()))) == 5
    assert asked() == []
