"""Each fault of the sandbox, switched on: the day becomes what it is without the fault, or exactly what is documented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.orchestration import partials
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY

pytestmark = pytest.mark.integration

FEW, MANY = 60, 1000  # people: with MANY, users and the day's meetings take several pages
REPORTS = ("zoom.users", "zoom.meetings", "zoom.meeting_participants")


@dataclass(frozen=True)
class Calm:
    """What the organisations hold when nothing goes wrong."""

    by_day: dict[str, pa.Table]
    by_host: dict[str, pa.Table]
    paged: dict[str, pa.Table]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calm]:
    folder = tmp_path_factory.mktemp("calm")
    with harness.sandbox(users=FEW) as few, harness.sandbox(users=MANY) as many:
        by_day, by_host = harness.work_for(few, folder / "day"), _by_host(few, folder / "host")
        paged = harness.work_for(many, folder / "paged")
        yield Calm(_all(by_day, REPORTS), _all(by_host, REPORTS), _all(paged, REPORTS[:2]))


def _by_host(running: harness.Running, folder: Path) -> harness.Work:
    return harness.work_for(running, folder, zoom_meetings_from="hosts")


def _all(work: harness.Work, tables: tuple[str, ...]) -> dict[str, pa.Table]:
    for table in tables:
        done = harness.ingest(work, table)
        assert done.keys == [DAY], done.sentence
    return {table: harness.rows(work, table) for table in tables}


@pytest.mark.parametrize(
    ("fault", "status"),
    [("500:0.15", 500), ("truncate:0.15", 200), ("token:0.05", 401), ("slow:0.03", 200)],
)
def test_a_fault_that_passes_changes_nothing(fault: str, status: int, calm: Calm, tmp_path: Path) -> None:
    with harness.sandbox(users=FEW, faults=(fault,)) as running:
        assert _all(harness.work_for(running, tmp_path), REPORTS) == calm.by_day
        assert harness.statuses(harness.asked(running))[status] > 0
        subjects = 3 + 3 * 2 + calm.by_day["zoom.meetings"].num_rows  # requests without the fault
        answered = harness.statuses(harness.asked(running))
        assert sum(answered.values()) > subjects or fault.startswith("slow"), "the fault never struck"


@pytest.mark.parametrize("fault", ["429:0.1", "retry-after-seconds:0.04", "retry-after-iso:0.03"])
def test_too_many_calls_at_once_only_take_longer(fault: str, calm: Calm, tmp_path: Path) -> None:
    # Host by host: no call of it has a limit per minute, after which a client waits for a minute.
    with harness.sandbox(users=FEW, faults=(fault,)) as running:
        assert _all(_by_host(running, tmp_path), REPORTS) == calm.by_host
        assert harness.statuses(harness.asked(running))[429] > 0


@pytest.mark.parametrize("fault", ["page-expire:0.2", "repeat-token:0.4", "shift:0.5"])
def test_troubled_pages_lose_and_double_nothing(fault: str, calm: Calm, tmp_path: Path) -> None:
    with harness.sandbox(users=MANY, faults=(fault,)) as running:
        assert _all(harness.work_for(running, tmp_path), REPORTS[:2]) == calm.paged
        troubled = len(harness.reports_asked(running))
    with harness.sandbox(users=MANY) as running:
        _all(harness.work_for(running, tmp_path / "calm"), REPORTS[:2])
        undisturbed = len(harness.reports_asked(running))
    assert undisturbed > 3 + 3 * 2, "there must be listings of several pages"
    assert troubled > undisturbed or fault.startswith("shift"), "the fault never struck"


def test_everything_at_once(calm: Calm, tmp_path: Path) -> None:
    faults = ("500:0.05", "truncate:0.05", "token:0.05", "page-expire:0.05", "repeat-token:0.05", "shift:0.2")
    with harness.sandbox(users=MANY, faults=faults) as running:
        assert _all(harness.work_for(running, tmp_path), REPORTS[:2]) == calm.paged


def test_a_meeting_behind_a_firewall_is_counted_and_the_others_are_there(calm: Calm, tmp_path: Path) -> None:
    with harness.sandbox(users=FEW, faults=("html403",)) as running:
        work = harness.work_for(running, tmp_path)
        assert harness.ingest(work, "zoom.meetings").keys == [DAY]
        done = harness.ingest(work, "zoom.meeting_participants")
        blocked = [one.path for one in harness.asked(running) if one.status == 403]
        assert len(blocked) == done.facts["not_available"] == 1
        undisturbed = calm.by_day["zoom.meeting_participants"]
        there = set(harness.column(work, "zoom.meeting_participants", "meeting_uuid"))
        missing = set(undisturbed.column("meeting_uuid").to_pylist()) - there
        assert len(missing) == 1
        rest = undisturbed.filter([uuid not in missing for uuid in undisturbed.column("meeting_uuid").to_pylist()])
        assert harness.rows(work, "zoom.meeting_participants").equals(rest)


def test_a_meeting_that_is_no_longer_shown_keeps_what_was_fetched_of_it(calm: Calm, tmp_path: Path) -> None:
    with harness.sandbox(users=FEW) as running:
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, "zoom.meetings")
        harness.ingest(work, "zoom.meeting_participants")
    with harness.sandbox(users=FEW, faults=("html403",)) as running:
        done = harness.ingest(harness.work_for(running, tmp_path), "zoom.meeting_participants", run_id="again")
        blocked = [one.path for one in harness.asked(running) if one.status == 403]
        assert len(blocked) == done.facts["kept"] == 1
        assert done.facts["not_available"] == 0
        assert harness.rows(work, "zoom.meeting_participants").equals(calm.by_day["zoom.meeting_participants"])


def test_meetings_without_times_are_counted_and_not_stored(calm: Calm, tmp_path: Path) -> None:
    with harness.sandbox(users=FEW, faults=("blank-times:0.2",)) as running:
        work = harness.work_for(running, tmp_path)
        done = harness.ingest(work, "zoom.meetings")
        stored = set(harness.column(work, "zoom.meetings", "meeting_uuid"))
        calm_uuids = set(calm.by_day["zoom.meetings"].column("meeting_uuid").to_pylist())
        lost = calm_uuids - stored
        assert stored < calm_uuids
        # Blank meetings of the neighbouring days, which are asked too, are undated as well.
        assert done.facts["undated_rows"] >= len(lost) > 0
        facts = done.facts
        assert facts["landed_rows"] == (
            len(stored) + facts["duplicate_rows"] + facts["rows_of_other_partitions"] + facts["undated_rows"]
        )


def test_a_spent_day_says_when_to_go_on_and_the_next_run_does(calm: Calm, tmp_path: Path) -> None:
    spent_after = 25
    with harness.sandbox(users=FEW, faults=(f"daily-limit:{spent_after}",)) as running:
        work = harness.work_for(running, tmp_path)
        assert harness.ingest(work, "zoom.meetings").keys == [DAY]
        used = len(harness.reports_asked(running))
        done = harness.ingest(work, "zoom.meeting_participants")
        assert done.committed == []
        midnight = datetime.now(UTC).date() + timedelta(days=1)
        assert f"{midnight} 00:00 UTC" in done.sentence
        assert "what was fetched until then is kept" in done.sentence
        assert work.lake.partitions(contracts.table("zoom.meeting_participants")) == []
        (waiting,) = partials.waiting(work.lake)
        assert waiting == done.partial[DAY]
        assert (waiting.done, waiting.planned) == (spent_after - used, calm.by_day["zoom.meetings"].num_rows)
        assert f"{DAY} is partial ({waiting.done} of {waiting.planned} requests are answered)" in done.sentence

        answered = {one.path for one in harness.asked(running) if one.status == 200 and "/past_meetings/" in one.path}
        assert len(answered) == spent_after - used
        harness.new_day(running)
        harness.forget(running)
        work.settings.budget_file.unlink()  # our own memory of the spent day ends at midnight by the machine's clock
        done = harness.ingest(work, "zoom.meeting_participants")
        assert done.keys == [DAY], done.sentence
        assert harness.rows(work, "zoom.meeting_participants").equals(calm.by_day["zoom.meeting_participants"])
        requests = [path for path, _ in harness.reports_asked(running)]
        assert len(requests) == len(set(requests)) == calm.by_day["zoom.meetings"].num_rows - len(answered)
        assert not answered & set(requests)
        assert partials.waiting(work.lake) == []
