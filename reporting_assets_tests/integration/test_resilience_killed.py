"""kill -9 at any moment, then the same command again: only what was missing is asked, and the result is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY, REPOSITORY, CommandLine, Running

pytestmark = pytest.mark.integration

THREADS = 4
LATENCY_MS = 40
# What a kill may cost: requests in flight (one per thread), and those finished but not yet durable: finished requests
# are made durable together, at most this long after the first of them ended (and twice that on a busy machine).
GROUP_COMMIT_SECONDS = 0.2
LOST_AT_MOST = THREADS + round(2 * GROUP_COMMIT_SECONDS / (LATENCY_MS / 1000)) * THREADS

# One ingest command in a process of its own, which can be killed; all it needs comes as arguments.
CHILD = """
import sys
from pathlib import Path
from reporting_assets.sandbox.launch import Running
from reporting_assets_tests.integration import harness
base_url, folder, threads, table, *keys = sys.argv[1:]
running = Running(None, base_url)
work = harness.work_for(running, Path(folder), reporting_threads=int(threads))
done = harness.ingest(work, table, keys, run_id="killed")
print(done.sentence or "committed", flush=True)
"""


def _start(running: Running, folder: Path, table: str, *keys: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, running.base_url, str(folder), str(THREADS), table, *keys],
        cwd=REPOSITORY,
        env=os.environ | {"ZOOM_MEETINGS_FROM": "hosts"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _kill_when(process: subprocess.Popen[str], is_time: Callable[[], bool]) -> None:
    """SIGKILL the process as soon as `is_time()`; fails if it ended before."""
    until = time.monotonic() + 60
    while not is_time():
        assert process.poll() is None, "the command ended before it could be killed"
        assert time.monotonic() < until, "the moment to kill never came"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def _let_answer(running: Running) -> None:
    """Wait until the sandbox has answered what was in flight when its client was killed: no more calls arrive."""
    count = -1
    while count != (count := len(harness.asked(running))):
        time.sleep(0.3)  # several times the latency of a call


def _answered(running: Running, part: str) -> list[str]:
    """Calls whose path holds `part` that were answered in full, in order."""
    return [f"{one.path}?{one.query}" for one in harness.asked(running) if part in one.path and one.status == 200]


@pytest.mark.parametrize(
    ("table", "part"), [("zoom.meeting_participants", "/past_meetings/"), ("zoom.meetings", "/report/users/")]
)
def test_killed_in_the_middle_of_a_fetch(table: str, part: str, tmp_path: Path) -> None:
    # Meetings host by host: many requests, so that there is a middle.
    with harness.sandbox(users=300, latency_ms=LATENCY_MS) as running:
        calm = harness.work_for(running, tmp_path / "calm", reporting_threads=THREADS, zoom_meetings_from="hosts")
        for name in ("zoom.meetings", "zoom.meeting_participants"):
            assert harness.ingest(calm, name).keys == [DAY]
        everything = set(_answered(running, part))
        assert len(everything) > 100

        folder = tmp_path / "killed"
        work = harness.work_for(running, folder, reporting_threads=THREADS, zoom_meetings_from="hosts")
        if table == "zoom.meeting_participants":
            assert harness.ingest(work, "zoom.meetings").keys == [DAY]
        before: list[str] = []
        for share in (0.3, 0.5):  # killed twice, at different places
            harness.forget(running)
            _kill_when(
                _start(running, folder, table, DAY),
                lambda: len(_answered(running, part)) >= share * (len(everything) - len(before)),  # noqa: B023
            )
            _let_answer(running)
            lived = _answered(running, part)
            assert len(set(lived) & set(before)) <= LOST_AT_MOST
            before = list(dict.fromkeys([*before, *lived]))
            assert work.lake.partitions(contracts.table(table)) == []

        harness.forget(running)
        done = harness.ingest(work, table, run_id="second")
        assert done.keys == [DAY], done.sentence
        again = _answered(running, part)
        assert len(again) == len(set(again))
        assert everything - set(before) <= set(again) <= everything
        repeated = set(again) & set(before)
        assert len(repeated) <= LOST_AT_MOST < len(everything) / 2
        assert harness.rows(work, table).equals(harness.rows(calm, table))
        assert set(harness.rows(work, table, without=frozenset()).column("_run_id").to_pylist()) == {"killed"}


def test_killed_between_partitions_keeps_the_committed_ones(tmp_path: Path) -> None:
    table = contracts.table("zoom.users")
    days = [f"2026-11-{day:02}" for day in range(9, 15)]
    with harness.sandbox(latency_ms=50) as running:
        work = harness.work_for(running, tmp_path)
        _kill_when(_start(running, tmp_path, table.id, *days), lambda: len(work.lake.partitions(table)) >= 3)
        _let_answer(running)
        committed = work.lake.partitions(table)
        assert 3 <= len(committed) < len(days)
        before = {key: harness.stored(work, table.id, key) for key in committed}
        harness.forget(running)
        done = harness.ingest(work, table.id, days, run_id="second")
        assert done.keys == days
        kept = [one.key for one in done.committed if one.was_kept]
        # The last one may have been put in place and killed before the journal had it: then it is fetched again.
        assert kept in (committed, committed[:-1])
        assert all(harness.stored(work, table.id, key) == before[key] for key in kept)
        assert len(harness.reports_asked(running)) <= 3 * (len(days) - len(kept))

        harness.forget(running)
        third = harness.ingest(work, table.id, days, run_id="third")
        assert not any(one.was_kept for one in third.committed), "a command that was completed is begun anew"
        assert len(harness.reports_asked(running)) == 3 * len(days)


def test_the_command_line_goes_on_after_kill(tmp_path: Path) -> None:
    day = str(harness.recent_day())
    command = ("materialize", "--select", "zoom/meeting_participants", "--from", day)
    with harness.real_sandbox(users=150, latency_ms=LATENCY_MS) as running:
        line = CommandLine(tmp_path, running, REPORTING_THREADS=str(THREADS))
        line.ok("materialize", "--select", "zoom/meetings", "--from", day)
        harness.forget(running)
        _kill_when(line.start(*command), lambda: len(_answered(running, "/past_meetings/")) >= 20)
        _let_answer(running)
        lived = _answered(running, "/past_meetings/")
        harness.forget(running)
        said = line.ok(*command)
        assert f"zoom.meeting_participants: {day}" in said
        again = _answered(running, "/past_meetings/")
        assert again
        meetings = line.ok("query", "SELECT count(*) AS n FROM zoom.meetings")
        assert str(len(set(lived) | set(again))) in meetings
        assert len(set(lived) & set(again)) <= LOST_AT_MOST


def test_a_command_over_several_tables_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    day = str(harness.recent_day())
    command = ("materialize", "--select", "zoom/users,zoom/meetings,zoom/meeting_participants", "--from", day)
    with harness.real_sandbox(users=150, latency_ms=LATENCY_MS) as running:
        line = CommandLine(tmp_path, running, REPORTING_THREADS=str(THREADS))
        _kill_when(line.start(*command), lambda: len(_answered(running, "/past_meetings/")) >= 20)
        _let_answer(running)
        lived = _answered(running, "/past_meetings/")
        harness.forget(running)
        line.ok(*command)
        again = harness.reports_asked(running)
        assert {path.split("/")[2] for path, _ in again} == {"past_meetings"}, "complete tables are not asked for again"
        assert len(set(lived) & set(_answered(running, "/past_meetings/"))) <= LOST_AT_MOST
        harness.forget(running)
        line.ok(*command)
        anew = {path.split("/")[2] for path, _ in harness.reports_asked(running)}
        assert anew == {"users", "metrics", "past_meetings"}, "a command that was completed is begun anew"


def test_ctrl_c_ends_the_command_at_once(tmp_path: Path) -> None:
    command = ("materialize", "--select", "zoom/meetings", "--from", str(harness.recent_day()))
    with harness.real_sandbox(latency_ms=1000) as running:
        line = CommandLine(tmp_path, running, REPORTING_THREADS="1")
        process = line.start(*command)
        until = time.monotonic() + 60
        while not _answered(running, "/metrics/") and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "Interrupted; the same command goes on where this one stopped." in said
        assert "Traceback" not in said
        assert line.files() == {}
        assert len(_answered(running, "/metrics/")) < 6
