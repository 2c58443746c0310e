"""Several processes at once: writers of different days, and a reader that must never meet half a partition."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.lake import catalogue
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import REPOSITORY

pytestmark = pytest.mark.integration

DAYS = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12")
# Lists, details and what is derived from them: enough for writers to meet each other in every kind of place.
DAILY = [
    contracts.table(id_)
    for id_ in (
        *("zoom.users", "zoom.meetings", "zoom.meeting_participants", "core.meetings", "core.participant_sessions"),
        *("core.attendance", "engagement.meeting_engagement", "utilization.user_daily", "utilization.account_daily"),
    )
]
VIEWS = ("zoom.meetings", "zoom.meeting_participants", "core.attendance", "engagement.meeting_engagement")

# Writes every daily table of one day, each twice over, and publishes after each, as a run does.
WRITER = """
import sys
from pathlib import Path
from reporting_assets.sandbox.launch import Running
from reporting_assets import contracts
from reporting_assets.lake import catalogue
from reporting_assets_tests.integration import harness
base_url, folder, day, *tables = sys.argv[1:]
running = Running(None, base_url)
work = harness.work_for(running, Path(folder), zoom_has_qss=True)
for turn in ("first", "second"):
    for table_id in tables:
        is_derived = contracts.table(table_id).is_derived
        done = harness.derive(work, table_id, [day]) if is_derived else harness.ingest(work, table_id, [day], run_id=turn)
        assert done.keys == [day], done.sentence
        catalogue.publish(work.lake, work.settings.warehouse, contracts.TABLES)
"""

# Counts rows per partition of the views in a loop until a file appears, and reports every distinct answer it saw.
READER = """
import json, sys
from pathlib import Path
from reporting_assets.lake import catalogue
warehouse, stop, *views = sys.argv[1:]
seen, rounds = {view: {} for view in views}, 0
while not Path(stop).exists() or rounds == 0:
    with catalogue.connect_read_only(Path(warehouse)) as con:
        for _ in range(3):  # an analyst keeps a connection for several questions
            for view in views:
                for day, count in con.execute(f"SELECT dt, count(*) FROM {view} GROUP BY dt").fetchall():
                    seen[view].setdefault(str(day), []).append(count)
            rounds += 1
print(json.dumps({"rounds": rounds, "seen": {v: {d: sorted(set(c)) for d, c in by.items()} for v, by in seen.items()}}))
"""


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=REPOSITORY,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_four_writers_and_a_reader(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path, zoom_has_qss=True)
        catalogue.publish(
            work.lake, work.settings.warehouse, contracts.TABLES
        )  # empty views: the reader begins at once
        stop = tmp_path / "stop"
        reader = _python(READER, str(work.settings.warehouse), str(stop), *VIEWS)
        tables = [table.id for table in DAILY]
        writers = [_python(WRITER, running.base_url, str(tmp_path), day, *tables) for day in DAYS]
        failed = []
        for writer in writers:
            _, said = writer.communicate(timeout=120)
            if writer.returncode:
                failed.append(said)
        time.sleep(0.5)  # the reader sees the end
        stop.touch()
        answer, complaint = reader.communicate(timeout=60)
        assert failed == []
        assert reader.returncode == 0, complaint

        told = json.loads(answer)
        assert told["rounds"] > 20
        for view in VIEWS:
            for day in DAYS:
                final = harness.rows(work, view, day).num_rows
                assert final > 0
                # Absent (not in the answer at all), or the final count: nothing between, also while it is replaced.
                assert told["seen"][view].get(day) == [final], (view, day)

        alone = harness.work_for(running, tmp_path / "alone", zoom_has_qss=True)
        for table in DAILY:
            for day in DAYS:
                done = (
                    harness.derive(alone, table.id, [day])
                    if table.is_derived
                    else harness.ingest(alone, table.id, [day])
                )
                assert done.keys == [day], done.sentence
        # Days that look at the day before differ by whether it was there, so those are derived again, in order.
        for table in DAILY:
            for day in DAYS:
                if table.is_derived:
                    harness.derive(work, table.id, [day])
                assert harness.rows(work, table.id, day).equals(harness.rows(alone, table.id, day)), (table.id, day)
