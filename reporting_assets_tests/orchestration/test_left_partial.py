"""What a spent day leaves behind: notes of the lists and of those that ask about their items, as long as they can go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from reporting_assets import contracts
from reporting_assets.orchestration import partials
from reporting_assets.orchestration.assets import report_asset
from reporting_assets.orchestration.partials import Partial
from reporting_assets.orchestration.resources import resources
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY

pytestmark = pytest.mark.integration

MEETINGS, PARTICIPANTS, QOS = (
    contracts.table(name) for name in ("zoom.meetings", "zoom.meeting_participants", "zoom.meeting_qos")
)


def test_items_go_on_later_with_their_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPORTING_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("REPORTING_WAREHOUSE", str(tmp_path / "reporting.duckdb"))
    monkeypatch.setenv("ZOOM_QUALITY_SAMPLE", "none")
    with harness.sandbox(faults=("daily-limit:2",)) as running:
        monkeypatch.setenv("ZOOM_API_URL", running.api_url)
        monkeypatch.setenv("ZOOM_OAUTH_URL", running.oauth_url)
        work = harness.work_for(running, tmp_path)
        partials.note(
            work.lake, begun := Partial(PARTICIPANTS.id, "2026-11-13", 3, 9, datetime(2026, 11, 14, tzinfo=UTC))
        )
        done = dg.materialize(
            [report_asset(table, date(2026, 11, 1)) for table in (MEETINGS, PARTICIPANTS, QOS)],
            tags={"dagster/asset_partition_range_start": DAY, "dagster/asset_partition_range_end": "2026-11-13"},
            resources=resources(),
            instance=dg.DagsterInstance.ephemeral(),
            raise_on_error=False,
        )
    assert not done.success
    noted = {(one.table, one.key): one for one in partials.waiting(work.lake)}
    days = {DAY, "2026-11-13"}
    assert set(noted) == {(table.id, day) for table in (MEETINGS, PARTICIPANTS) for day in days}, "QoS is off"
    waiting = noted[PARTICIPANTS.id, DAY]
    assert (waiting.done, waiting.planned) == (0, None)
    assert waiting.resume_at == noted[MEETINGS.id, DAY].resume_at
    assert noted[PARTICIPANTS.id, "2026-11-13"] == begun, "it says how far it had come"


def test_what_the_vendor_no_longer_answers_for_does_not_stay_partial(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        old = "2026-01-05"
        partials.note(work.lake, Partial(MEETINGS.id, old, 1, 2, datetime(2026, 7, 4, tzinfo=UTC)))
        assert "older than Zoom answers for" in harness.ingest(work, MEETINGS.id, [old]).failures[old]
        assert partials.waiting(work.lake) == []


def test_what_needs_the_calls_of_several_days_is_not_begun_again(tmp_path: Path) -> None:
    with harness.sandbox(faults=("daily-limit:25",)) as running:
        work = harness.work_for(running, tmp_path)
        assert harness.ingest(work, MEETINGS.id).keys == [DAY]
        assert DAY in harness.ingest(work, PARTICIPANTS.id).partial
        answered = {one.path for one in harness.asked(running) if one.status == 200 and "/past_meetings/" in one.path}
        assert answered
        harness.new_day(running)
        harness.forget(running)
        work.settings.budget_file.unlink()
        hours = 2 * work.settings.reporting_resume_hours
        later = harness.work_for(running, tmp_path, now=harness.NOW + timedelta(hours=hours))
        assert harness.ingest(later, PARTICIPANTS.id).keys == [DAY]
        again = {path for path, _ in harness.reports_asked(running)}
        assert again
        assert not again & answered
