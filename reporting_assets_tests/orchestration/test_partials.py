"""Partial partitions: what is remembered, in which order they wait, and which runs the sensor asks for."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from reporting_assets import contracts
from reporting_assets.lake.layout import Lake
from reporting_assets.orchestration import partials
from reporting_assets.orchestration.partials import NO_DEADLINE, Partial
from reporting_assets.orchestration.resuming import continue_partial

PAST = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setenv("REPORTING_SOURCE", "sandbox")
    monkeypatch.setenv("REPORTING_LAKE", str(tmp_path / "lake"))
    return Lake(tmp_path / "lake", "sandbox").open()


def partial(table: str, key: str, resume_at: datetime = PAST, planned: int | None = 10) -> Partial:
    return Partial(table, key, 4, planned, resume_at)


def note(lake: Lake, *waiting: Partial) -> None:
    for one in waiting:
        partials.note(lake, one)


def test_what_is_noted_waits_until_it_is_cleared(lake: Lake) -> None:
    one = partial("zoom.meetings", "2026-10-05")
    note(lake, one)
    assert partials.waiting(lake) == [one]
    note(lake, partial("zoom.meetings", "2026-10-05", planned=None))
    (again,) = partials.waiting(lake)
    assert again.planned is None
    partials.clear(lake, contracts.table("zoom.meetings"), "2026-10-05")
    partials.clear(lake, contracts.table("zoom.meetings"), "2026-10-05")
    assert partials.waiting(lake) == []


def test_the_nearest_deadline_waits_first(lake: Lake) -> None:
    oldest, newest = partial("zoom.meetings", "2026-08-01"), partial("zoom.meetings", "2026-11-01")
    year_long = partial("zoom.meeting_participants", "2026-08-01")  # these are kept twice as long
    for_ever = partial("zoom.users", "2026-07-01")
    note(lake, for_ever, newest, year_long, oldest)
    assert partials.waiting(lake) == [oldest, newest, year_long, for_ever]
    assert oldest.deadline == date(2026, 8, 1) + timedelta(days=180)
    assert for_ever.deadline == NO_DEADLINE


def test_a_note_of_a_table_that_is_gone_does_no_harm(lake: Lake) -> None:
    note(lake, partial("zoom.meetings", "2026-08-01"))
    folder = lake.root / "_partial" / "zoom.gone"
    folder.mkdir()
    stored = json.loads((lake.root / "_partial/zoom.meetings/2026-08-01.json").read_text())
    (folder / "2026-08-01.json").write_text(json.dumps(stored | {"table": "zoom.gone"}))
    assert [one.table for one in partials.waiting(lake)] == ["zoom.meetings"]


def evaluate() -> list[dg.RunRequest]:
    found = []
    for sensor in continue_partial():
        found += sensor.evaluate_tick(dg.build_sensor_context()).run_requests or []
    return found


def test_the_sensor_waits_for_the_calls_to_come_back(lake: Lake) -> None:
    assert evaluate() == []
    note(lake, partial("zoom.meetings", "2026-10-05", datetime.now(UTC) + timedelta(hours=3)))
    assert evaluate() == []


def test_the_sensor_asks_for_neighbours_together_and_for_deadlines_first(lake: Lake) -> None:
    note(
        lake,
        partial("zoom.meetings", "2026-10-30"),
        partial("zoom.meetings", "2026-10-31"),
        partial("zoom.meetings", "2026-11-01"),
        partial("zoom.meetings", "2026-08-05"),
        partial("zoom.webinar_participants", "2026-10-31"),
        partial("zoom.hosts", "2026-07"),
    )
    asked = evaluate()
    assert [(request.asset_selection, *_range(request)) for request in asked] == [
        ([dg.AssetKey(["zoom", "meetings"])], "2026-08-05", "2026-08-05"),
        ([dg.AssetKey(["zoom", "meetings"])], "2026-10-30", "2026-11-01"),
        ([dg.AssetKey(["zoom", "webinar_participants"])], "2026-10-31", "2026-10-31"),
        ([dg.AssetKey(["zoom", "hosts"])], "2026-07", "2026-07"),  # months are another sensor's
    ]
    priorities = [int(request.tags["dagster/priority"]) for request in asked[:3]]
    assert priorities == sorted(priorities, reverse=True)
    assert [request.run_key for request in evaluate()] == [request.run_key for request in asked], "asked for twice"


def test_what_is_left_of_a_run_at_work_is_not_asked_for_beside_it(lake: Lake) -> None:
    note(lake, partial("zoom.meetings", "2026-10-30"), partial("zoom.meetings", "2026-10-31"))
    (asked,) = evaluate()
    partials.clear(lake, contracts.table("zoom.meetings"), "2026-10-30")  # committed, and the run goes on
    (rest,) = evaluate()
    assert _range(rest) == ("2026-10-31", "2026-10-31")
    assert rest.run_key == asked.run_key


def test_what_failed_to_go_on_is_asked_for_again_the_next_day(lake: Lake) -> None:
    now = datetime.now(UTC)
    keys = set()
    for hours in (1, 20, 25):  # that many ago its calls came back
        note(lake, partial("zoom.meetings", "2026-10-30", now - timedelta(hours=hours)))
        (asked,) = evaluate()
        assert asked.run_key is not None
        keys.add(asked.run_key.rpartition("-")[2])
    assert keys == {"0", "1"}


def test_items_wait_for_their_list(lake: Lake) -> None:
    note(
        lake,
        partial("zoom.meetings", "2026-10-30"),
        partial("zoom.meeting_participants", "2026-10-30", planned=None),
        partial("zoom.meeting_participants", "2026-10-31"),
    )
    assert {(one.asset_selection[0].path[1], *_range(one)) for one in evaluate() if one.asset_selection} == {
        ("meetings", "2026-10-30", "2026-10-30"),
        ("meeting_participants", "2026-10-31", "2026-10-31"),
    }
    partials.clear(lake, contracts.table("zoom.meetings"), "2026-10-30")
    (asked,) = evaluate()
    assert _range(asked) == ("2026-10-30", "2026-10-31")


def test_what_the_settings_rule_out_is_not_gone_on_with(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    note(lake, partial("zoom.meeting_qos", "2026-10-30"))
    assert len(evaluate()) == 1
    monkeypatch.setenv("ZOOM_QUALITY_SAMPLE", "none")
    assert evaluate() == []


def _range(request: dg.RunRequest) -> tuple[str, str]:
    return request.tags["dagster/asset_partition_range_start"], request.tags["dagster/asset_partition_range_end"]
