"""The same past day twice: the same data, and from what landed the same bytes without a single call."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY, CommandLine

pytestmark = pytest.mark.integration

DAILY_REPORTS = ("zoom.users", "zoom.meetings", "zoom.meeting_participants")
MONTHLY_REPORTS = ("zoom.daily_usage", "zoom.hosts")
MONTH = DAY[:7]
DERIVED = (
    "core.meetings",
    "core.participant_sessions",
    "core.attendance",
    "utilization.user_daily",
    "utilization.account_daily",
)


def test_a_second_fetch_gives_the_same_rows_and_a_second_typing_the_same_bytes(tmp_path: Path) -> None:
    reports = [(table, DAY) for table in DAILY_REPORTS] + [(table, MONTH) for table in MONTHLY_REPORTS]
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        first_rows, first_bytes = {}, {}
        for table, key in reports:
            assert harness.ingest(work, table, [key], run_id="first").keys == [key]
            first_rows[table] = harness.rows(work, table, key)
        assert first_rows["zoom.meeting_participants"].num_rows > first_rows["zoom.meetings"].num_rows > 20
        requests_first = harness.reports_asked(running)
        harness.forget(running)
        for table, key in reports:
            harness.ingest(work, table, [key], run_id="second")
            assert harness.rows(work, table, key).equals(first_rows[table]), table
            assert set(harness.column(work, table, "_source", key)) == {"sandbox"}
            first_bytes[table] = harness.stored(work, table, key)
            fetched_by = harness.rows(work, table, key, without=frozenset()).column("_run_id").unique().to_pylist()
            assert fetched_by == ["second"], table
        assert sorted(harness.reports_asked(running)) == sorted(requests_first)

        harness.forget(running)
        for table, key in reports:
            harness.ingest(work, table, [key], run_id="third", from_landing=True)
            assert harness.stored(work, table, key) == first_bytes[table], table
        assert harness.asked(running) == []


def test_deriving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        for table in DAILY_REPORTS:
            harness.ingest(work, table)
        for table in DERIVED:
            harness.derive(work, table)
        before = {table: harness.stored(work, table) for table in DERIVED}
        for table in DERIVED:
            harness.derive(work, table)
        assert {table: harness.stored(work, table) for table in DERIVED} == before
        assert all(harness.rows(work, table).num_rows > 0 for table in DERIVED)


def test_typing_again_without_a_landing_says_what_to_do(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        done = harness.ingest(work, "zoom.users", from_landing=True)
        assert done.committed == []
        assert "never been fetched" in done.sentence
        assert "materialize it first" in done.sentence
        assert harness.asked(running) == []


def test_the_command_line_types_again_without_a_call(tmp_path: Path) -> None:
    day = str(harness.recent_day())
    with harness.real_sandbox() as running:
        line = CommandLine(tmp_path, running)
        line.ok("materialize", "--select", "zoom/users,zoom/meetings,core/meetings", "--from", day)
        before = line.files()
        assert sum(name.endswith(".parquet") for name in before) == 3
        harness.forget(running)
        line.ok("materialize", "--select", "zoom/users,zoom/meetings,core/meetings", "--from", day, "--from-landing")
        assert harness.asked(running) == []
        assert line.files() == before
