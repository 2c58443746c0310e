"""What stands of each report: its states, its figures, and the days whose coverage is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.platform import REPORT_COVERAGE
from reporting_assets.lake import catalogue, store
from reporting_assets.lake.layout import MANIFEST
from reporting_assets.orchestration import coverage, partials
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.partials import Partial
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox.launch import Running
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY, NOW

pytestmark = pytest.mark.integration

MONTH = DAY[:7]
FETCHED = [table for table in contracts.TABLES if not table.is_derived]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with harness.sandbox() as started:
        yield started


def tell(work: Work, *keys: str) -> None:
    failed = Failures()
    with duckdb.connect() as con:
        work.prepare(con)
        done = list(coverage.coverage(keys or (DAY,), work, con, failed))
    assert [one.key for one in done] == list(keys or (DAY,))
    assert failed.by_key == {}


def rows(work: Work, key: str = DAY) -> dict[str, dict[str, Any]]:
    found = harness.rows(work, REPORT_COVERAGE.id, key).to_pylist()
    return {row["report"]: row for row in found}


def of(work: Work, report: str, key: str = DAY) -> dict[str, Any]:
    """What coverage tells of one report, without what it does not know."""
    return {name: value for name, value in rows(work, key)[report].items() if value is not None}


def test_every_report_has_a_row_though_nothing_was_fetched(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    tell(work)
    assert set(rows(work)) == {table.id for table in FETCHED}
    assert of(work, "zoom.meetings") == {
        "dt": date.fromisoformat(DAY),
        "report": "zoom.meetings",
        "platform": "zoom",
        "period": "day",
        "report_partition": DAY,
        "state": "missing",
        "last_date_to_ask": date(2027, 5, 11),  # 180 days on
        "_source": "sandbox",
    }
    assert rows(work)["zoom.hosts"]["report_partition"] == MONTH


def test_what_was_fetched_says_how_much_and_when(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path, zoom_quality_sample="flagged", zoom_quality_random_percent=30)
    done = {
        name: harness.ingest(work, f"zoom.{name}", [key]).committed[0]
        for name, key in {
            "meetings": DAY,
            "meeting_participants": DAY,
            "meeting_polls": DAY,
            "meeting_qos": DAY,
            "hosts": MONTH,
        }.items()
    }
    tell(work)
    for name, committed in done.items():
        told = of(work, f"zoom.{name}")
        assert (told["state"], told["rows"], told["stored_bytes"]) == ("fetched", committed.rows, committed.bytes)
        assert told["requests"] == committed.facts["requests"]
        assert told["fetched_at"] == NOW
    meetings = harness.rows(work, "zoom.meetings").to_pylist()
    listed = {one["meeting_uuid"] for one in meetings if one["listing"] == "past"}
    sampled = set(harness.column(work, "zoom.meeting_qos", "meeting_uuid"))
    quality = of(work, "zoom.meeting_qos")
    assert quality["items_listed"] == len(listed)
    assert quality["requests"] >= len(sampled) > 0
    assert quality["sampled_share"] == quality["requests"] / len(listed)
    assert 0.2 < quality["sampled_share"] < 1
    assert "sampled_share" not in of(work, "zoom.meeting_participants")


def test_a_complete_sample_is_the_whole(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path, zoom_quality_sample="all")
    for name in ("meetings", "meeting_qos"):
        harness.ingest(work, f"zoom.{name}")
    tell(work)
    assert of(work, "zoom.meeting_qos")["sampled_share"] == 1


def test_requests_end_in_one_way_each(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    for name in ("meetings", "webinars", "webinar_participants", "webinar_absentees"):
        harness.ingest(work, f"zoom.{name}")
    tell(work)
    told = of(work, "zoom.webinar_absentees")
    ends = [told[f"requests_{name}"] for name in ("answered", "empty", "not_available", "expired", "kept")]
    assert sum(ends) == told["requests"] > 0


def test_a_partial_report_says_how_far_it_is(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    resume_at = NOW + timedelta(hours=12)
    for table, planned in (("zoom.meeting_participants", 40), ("zoom.meetings", None)):
        partials.note(work.lake, Partial(table, DAY, 7 if planned else 0, planned, resume_at))
    harness.ingest(work, "zoom.meeting_sharing")  # cannot be, without its list
    tell(work)
    told = of(work, "zoom.meeting_participants")
    assert told["state"] == "partial"
    assert (told["requests_done"], told["requests_planned"], told["resumes_at"]) == (7, 40, resume_at)
    assert "rows" not in told
    assert "requests_planned" not in of(work, "zoom.meetings")
    assert of(work, "zoom.meeting_sharing")["state"] == "missing"


def test_a_whole_partition_stands_while_its_next_fetch_is_partial(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    (done,) = harness.ingest(work, "zoom.meetings").committed
    partials.note(work.lake, Partial("zoom.meetings", DAY, 1, 3, NOW))
    tell(work)
    told = of(work, "zoom.meetings")
    assert (told["state"], told["rows"]) == ("partial", done.rows)


def test_what_can_no_longer_go_on_is_not_partial(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    partial = Partial("zoom.meetings", DAY, 1, 3, NOW)
    partials.note(work.lake, partial)
    last = partial.deadline
    assert last == date.fromisoformat(DAY) + timedelta(days=180)
    for days, state in ((0, "partial"), (1, "expired")):
        moment = datetime(last.year, last.month, last.day, 0, 1, tzinfo=UTC) + timedelta(days=days)
        then = replace(work, now=lambda moment=moment: moment)
        tell(then)
        assert of(then, "zoom.meetings")["state"] == state


def test_what_the_vendor_forgets_is_expired_the_day_after_its_last(running: Running, tmp_path: Path) -> None:
    first = harness.work_for(running, tmp_path)
    tell(first)
    lasts = {report: row["last_date_to_ask"] for report, row in rows(first).items() if row["state"] != "off"}
    moments = {last: datetime(last.year, last.month, last.day, 0, 1, tzinfo=UTC) for last in lasts.values() if last}
    assert len(moments) >= 5
    for last, moment in moments.items():
        for now, state in ((moment, "missing"), (moment + timedelta(days=1), "expired")):
            work = replace(first, now=lambda now=now: now)
            tell(work)
            assert {rows(work)[report]["state"] for report in lasts if lasts[report] == last} == {state}, now
    assert {rows(work)[report]["state"] for report in lasts if lasts[report] is None} == {"missing"}


def test_a_detail_is_lost_with_its_list(running: Running, tmp_path: Path) -> None:
    """Joins can be asked for a year, but only of meetings that are known, and those are listed for half a year."""
    work = harness.work_for(running, tmp_path)
    tell(work)
    half, year = date.fromisoformat(DAY) + timedelta(days=180), date.fromisoformat(DAY) + timedelta(days=365)
    assert of(work, "zoom.meeting_participants")["last_date_to_ask"] == half
    harness.ingest(work, "zoom.meetings")
    tell(work)
    assert of(work, "zoom.meeting_participants")["last_date_to_ask"] == year


def test_settings_that_ask_for_nothing_are_told_unless_something_stands(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    harness.ingest(work, "zoom.rooms")
    none = harness.work_for(
        running, tmp_path, reporting_leave_out="zoom/rooms,zoom/telephone,webex/*", zoom_quality_sample="none"
    )
    tell(none)
    told = rows(none)
    assert told["zoom.rooms"]["state"] == "fetched"
    assert told["zoom.telephone"]["state"] == "left_out"
    assert {told[id_]["state"] for id_ in told if id_.startswith("webex.")} == {"left_out"}
    assert told["zoom.meeting_qos"]["state"] == "off"
    assert told["zoom.meeting_qos_summary"]["state"] == "off"  # ZOOM_HAS_QSS is not set


def test_the_same_lake_tells_the_same_bytes(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    harness.ingest(work, "zoom.meetings")
    tell(work)
    before = harness.stored(work, REPORT_COVERAGE.id)
    tell(work)
    assert harness.stored(work, REPORT_COVERAGE.id) == before


def test_a_summary_is_joined_with_what_it_rests_on(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    for name in ("meetings", "meeting_participants"):
        harness.ingest(work, f"zoom.{name}")
    tell(work)
    catalogue.publish(work.lake, work.settings.warehouse, contracts.EVERY_TABLE)
    with catalogue.connect_read_only(work.settings.warehouse) as con:
        found = con.execute(
            """
            SELECT report, state FROM platform.report_coverage JOIN platform.table_reports USING (report)
            WHERE table_name = 'engagement.meeting_engagement' AND platform = 'zoom' AND report LIKE 'zoom.meeting%'
            """
        ).fetchall()
        breaks = con.execute("SELECT min(break_date), count(DISTINCT name) FROM platform.known_breaks").fetchall()
    states = dict(found)
    assert states["zoom.meetings"] == states["zoom.meeting_participants"] == "fetched"
    assert breaks == [(date(2021, 7, 1), 5)]


def test_days_are_outdated_when_something_has_happened_since(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    start, days = date(2026, 11, 11), ["2026-11-11", "2026-11-12", "2026-11-13"]
    now = datetime(2026, 11, 14, 9, tzinfo=UTC)

    def outdated(moment: datetime = now) -> list[str]:
        return coverage.outdated(work.settings, start, moment)

    assert outdated() == days, "never told"
    tell(work, *days)
    assert outdated() == []
    harness.ingest(work, "zoom.meetings", [days[1]])
    assert outdated() == [days[1]]
    tell(work, days[1])
    assert outdated() == []
    partials.note(work.lake, Partial("zoom.telephone", days[2], 0, None, NOW))
    assert outdated() == [days[2]]
    tell(work, days[2])
    harness.ingest(work, "zoom.hosts", [MONTH])  # a month's report shows on each of its days
    assert outdated() == days
    tell(work, *days)
    assert outdated() == []


def test_days_are_outdated_when_the_vendor_forgot_them(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    day = datetime.now(UTC).date() - timedelta(days=3)
    tell(work, str(day))
    # Webex answers for qualities for seven days; snapshots are of yesterday at the latest and were lost when told.
    told = {id_: row["last_date_to_ask"] for id_, row in rows(work, str(day)).items()}
    last = told["webex.meeting_qualities"]
    assert last == day + timedelta(days=6)
    before, after = (datetime(last.year, last.month, last.day, 9, tzinfo=UTC) + timedelta(days=n) for n in (0, 1))
    assert str(day) not in coverage.outdated(work.settings, day, before)
    assert str(day) in coverage.outdated(work.settings, day, after)


def test_rows_are_told_where_the_manifest_is_of_another_file(running: Running, tmp_path: Path) -> None:
    """A writer killed between the file and its manifest leaves rows that nothing else is known of."""
    work = harness.work_for(running, tmp_path)
    (done,) = harness.ingest(work, "zoom.meetings").committed
    manifest = work.lake.part(contracts.table("zoom.meetings"), DAY).with_name(MANIFEST)
    manifest.unlink()
    assert store.read_manifest(work.lake, contracts.table("zoom.meetings"), DAY) is None
    tell(work)
    told = of(work, "zoom.meetings")
    assert (told["state"], told["rows"], told["stored_bytes"]) == ("fetched", done.rows, done.bytes)
    assert "requests" not in told
