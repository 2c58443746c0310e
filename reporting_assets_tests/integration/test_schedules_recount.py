"""Lateness and delays where schedules are known, against a recount of what the simulation made happen.

Lists of hosts, which plans without dashboards are asked for, know when meetings were to begin; dashboards do not.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets_tests.integration import harness, recount_core, recount_engagement
from reporting_assets_tests.integration.figures import same, same_rows
from reporting_assets_tests.integration.recount_core import Row

pytestmark = pytest.mark.integration

DAILY = ("core.meetings", "core.participant_sessions", "core.attendance", "engagement.meeting_engagement")
MONTHLY = ("core.meeting_series", "engagement.series_monthly")
MONTH = "2026-11"


def test_what_is_measured_against_schedules(tmp_path: Path) -> None:
    days = recount_core.days_of(date(2026, 11, 9), date(2026, 11, 11))
    with harness.sandbox(seed=15, plan="pro") as running:
        work = harness.work_for(running, tmp_path, zoom_plan="pro")
        for table in ("zoom.meetings", "zoom.meeting_participants"):
            done = harness.ingest(work, table, days)
            assert not done.failures, done.failures
    for table in DAILY:
        assert not harness.derive(work, table, days).failures
    for table in MONTHLY:
        assert not harness.derive(work, table, [MONTH]).failures
    config = Config(users=60, seed=15, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}")
    truth.write(config, tmp_path / "truth", date(2026, 11, 9), date(2026, 11, 11))
    directory = recount_core.directory_of(tmp_path / "truth")
    true = {one.meeting.uuid: one for one in recount_core.read(tmp_path / "truth") if one.platform == "zoom"}
    late = scheduled = 0
    meetings = [row for day in days for row in harness.rows(work, "core.meetings", day).to_pylist()]
    attended: dict[str, list[Row]] = defaultdict(list)
    for row in (row for day in days for row in harness.rows(work, "core.attendance", day).to_pylist()):
        attended[row["meeting_uuid"]].append(row)
    engaged = {
        row["meeting_uuid"]: row
        for day in days
        for row in harness.rows(work, "engagement.meeting_engagement", day).to_pylist()
    }
    for row in meetings:
        one = true[row["meeting_uuid"]]
        assert row["kind"] in ("instant", "scheduled", "recurring", "personal_room")
        assert row["host_key"] == f"u:{directory[one.host_id]['user_id']}"
        assert row["scheduled_at"] == (recount_core.moment(one.scheduled) if one.scheduled else None)
        expected = [
            {"person": person.key, **recount_core.attendance(one, person, knows_schedules=True)}
            for person in one.meeting.people
        ]
        same_rows("core.attendance", map(recount_core.with_person, attended[row["meeting_uuid"]]), expected, one.key)
        measured = recount_engagement.meeting(one, knows_schedules=True)
        same("engagement.meeting_engagement", engaged[row["meeting_uuid"]], measured, one.key)
        scheduled += one.scheduled is not None
        late += one.scheduled is not None and one.scheduled > one.begins
    series = recount_engagement.series([true[row["meeting_uuid"]] for row in meetings], knows_schedules=True)
    rows = {(row["platform"], row["series_key"]): row for row in harness.rows(work, MONTHLY[1], MONTH).to_pylist()}
    assert rows.keys() == series.keys()
    for key, figures in series.items():
        same(MONTHLY[1], rows[key], figures, key)
    assert scheduled > 10
    assert late, "somebody opened a meeting before its time"
