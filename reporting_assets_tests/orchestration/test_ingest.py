"""Fetching partitions: units that neighbours share, what landed and was not used, what is asked again, old landings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.work import Work
from reporting_assets.sources.errors import ServerError
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import NOW

pytestmark = pytest.mark.integration

MEETINGS = contracts.table("zoom.meetings")
PARTICIPANTS = contracts.table("zoom.meeting_participants")


def _land_and_forget(work: Work, table_id: str, key: str) -> None:
    """What a command leaves that was killed after its pages had landed and before the partition was written."""
    harness.ingest(work, table_id, [key], run_id="killed")
    part = work.lake.part(contracts.table(table_id), key)
    part.unlink()
    part.with_name("_manifest.json").unlink()


def _keep_rows(work: Work, key: str, count: int) -> None:
    """The meetings of a day as they were before the late ones arrived."""
    rows = harness.rows(work, MEETINGS.id, key, without=frozenset()).slice(0, count)
    with duckdb.connect() as con:
        work.prepare(con)
        store.write_partition(con, work.lake, MEETINGS, key, rows.to_reader(), manifest={"facts": {}})


def test_neighbours_share_their_slices(tmp_path: Path) -> None:
    days = ["2026-11-10", "2026-11-11", "2026-11-12"]
    with harness.sandbox() as running:
        together = harness.work_for(running, tmp_path / "together")
        assert harness.ingest(together, MEETINGS.id, days).keys == days
        # Each day is asked with the day before and after it, in two listings; five days in all.
        assert len(harness.reports_asked(running)) == 5 * 2
        assert len(set(harness.reports_asked(running))) == 5 * 2
        for number, day in enumerate(days):
            alone = harness.work_for(running, tmp_path / str(number))
            harness.ingest(alone, MEETINGS.id, [day])
            assert harness.rows(alone, MEETINGS.id, day).equals(harness.rows(together, MEETINGS.id, day))
            starts = harness.column(together, MEETINGS.id, "started_at", day)
            assert {f"{start:%Y-%m-%d}" for start in starts} == {day}


def test_a_landing_that_was_not_used_is_used_instead_of_asking_again(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, MEETINGS.id, ["2026-11-10"])
        harness.forget(running)
        # The next day needs 2026-11-10 and -11, which have just landed, and -12.
        harness.ingest(work, MEETINGS.id, ["2026-11-11"])
        asked = {query.partition("from=")[2][:10] for _, query in harness.reports_asked(running)}
        assert asked == {"2026-11-12"}


def test_an_old_landing_is_not_used(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        harness.ingest(harness.work_for(running, tmp_path), MEETINGS.id, ["2026-11-10"])
        harness.forget(running)
        later = harness.work_for(running, tmp_path, now=NOW + timedelta(hours=31))
        harness.ingest(later, MEETINGS.id, ["2026-11-11"])
        asked = {query.partition("from=")[2][:10] for _, query in harness.reports_asked(running)}
        assert asked == {"2026-11-10", "2026-11-11", "2026-11-12"}


def test_a_day_on_which_most_meetings_are_said_not_to_exist_is_not_stored_as_empty(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, MEETINGS.id)
        with duckdb.connect() as con:  # meetings this sandbox has never heard of, as behind a wrong address
            work.prepare(con)
            stored = harness.rows(work, MEETINGS.id, without=frozenset())
            names = pa.array([f"unknown-{number}==" for number in range(stored.num_rows)])
            place = stored.column_names.index("meeting_uuid")
            strange = stored.set_column(place, stored.schema.field("meeting_uuid"), names)
            manifest = store.read_manifest(work.lake, MEETINGS, harness.DAY) or {}
            store.write_partition(con, work.lake, MEETINGS, harness.DAY, strange.to_reader(), manifest=manifest)
        for _ in range(2):  # the second command asks again, instead of trusting what the first was told
            harness.forget(running)
            done = harness.ingest(work, PARTICIPANTS.id)
            assert "items were said not to exist" in done.failures[harness.DAY]
            assert len(harness.reports_asked(running)) == stored.num_rows
        assert store.read_manifest(work.lake, PARTICIPANTS, harness.DAY) is None


def test_replaced_landings_are_dropped_and_used_ones_kept(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        for day in ("2026-11-10", "2026-11-11"):
            harness.ingest(work, MEETINGS.id, [day])
        for turn in range(3):
            harness.ingest(work, MEETINGS.id, ["2026-11-11"], run_id=f"again-{turn}")
        kept = {
            day: len(work.lake.landing(MEETINGS, day).sealed())
            for day in ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12")
        }
        # 2026-11-10 is typed from its own older attempts still, which must be there to type it again.
        assert kept["2026-11-12"] == 1
        assert max(kept.values()) <= 2
        harness.forget(running)
        before = harness.rows(work, MEETINGS.id, "2026-11-10")
        assert harness.ingest(work, MEETINGS.id, ["2026-11-10"], from_landing=True).keys == ["2026-11-10"]
        assert harness.rows(work, MEETINGS.id, "2026-11-10").equals(before)
        assert harness.asked(running) == []


def test_a_running_month_says_so_far_and_a_future_one_nothing(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        assert harness.ingest(work, "zoom.daily_usage", ["2026-11"]).keys == ["2026-11"]
        dates = harness.column(work, "zoom.daily_usage", "usage_date", "2026-11")
        assert f"{max(dates)}" <= "2026-11-20"
        harness.forget(running)
        done = harness.ingest(work, "zoom.daily_usage", ["2026-12"])
        assert "2026-12 has not begun" in done.sentence
        assert harness.asked(running) == []


def test_equal_causes_are_told_once() -> None:
    failures = Failures({f"2026-11-{day:02}": ServerError("Zoom is away; try again later.") for day in range(1, 8)})
    failures.by_key["2026-11-20"] = ServerError("Something else; wait.")
    said = failures.sentence(MEETINGS, 20)
    assert said == (
        "zoom.meetings: 8 of 20 partitions failed; the other 12 are committed. "
        "2026-11-01 … 2026-11-07 (7): Zoom is away; try again later.; 2026-11-20: Something else; wait."
    )


def test_causes_that_name_their_partition_are_told_of_the_first() -> None:
    days = [f"2026-10-{day:02}" for day in range(1, 32)]
    failures = Failures({day: ServerError(f"zoom.meetings {day} is gone; go without.") for day in days})
    assert failures.sentence(MEETINGS, 31) == (
        "zoom.meetings: 31 of 31 partitions failed. "
        "2026-10-01 … 2026-10-31 (31), the first: zoom.meetings 2026-10-01 is gone; go without."
    )


def test_a_slice_taken_while_its_day_ran_is_not_used_for_that_day(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        evening = harness.work_for(running, tmp_path, now=datetime(2026, 11, 18, 22, tzinfo=UTC))
        _land_and_forget(evening, MEETINGS.id, "2026-11-17")
        harness.forget(running)
        night = harness.work_for(running, tmp_path, now=datetime(2026, 11, 19, 0, 30, tzinfo=UTC))
        harness.ingest(night, MEETINGS.id, ["2026-11-17", "2026-11-18"])
        asked = {query.partition("from=")[2][:10] for _, query in harness.reports_asked(running)}
        assert asked == {"2026-11-17", "2026-11-18", "2026-11-19"}  # 2026-11-16 alone was over and is still good


def test_joins_that_landed_for_fewer_meetings_are_fetched_anew(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, MEETINGS.id)
        uuids = harness.column(work, MEETINGS.id, "meeting_uuid")
        _keep_rows(work, harness.DAY, len(uuids) - 5)
        _land_and_forget(work, PARTICIPANTS.id, harness.DAY)
        harness.ingest(work, MEETINGS.id, run_id="again")
        assert harness.ingest(work, PARTICIPANTS.id, run_id="again").facts["requests"] == len(uuids)
        assert set(harness.column(work, PARTICIPANTS.id, "meeting_uuid")) == set(uuids)


def test_joins_of_another_source_are_not_mixed_in(tmp_path: Path) -> None:
    with harness.sandbox(faults=("500:0.3",)) as running:
        impatient = harness.RetryPolicy(attempts=1)
        first = harness.work_for(running, tmp_path, retry=impatient, reporting_threads=1)
        while not harness.ingest(first, MEETINGS.id).keys:
            continue
        meetings = len(harness.column(first, MEETINGS.id, "meeting_uuid"))
        assert harness.ingest(first, PARTICIPANTS.id).failures, "the fault did not cut the fetch short"
        second = harness.work_for(running, tmp_path, zoom_participants_from="report")
        assert harness.ingest(second, PARTICIPANTS.id).facts["requests"] == meetings


def test_a_lake_is_not_opened_under_another_privacy_profile(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        harness.ingest(harness.work_for(running, tmp_path, reporting_privacy="full"), MEETINGS.id)
        with pytest.raises(LakeError, match="stored under privacy policy 'full' and would mix with 'standard'"):
            harness.work_for(running, tmp_path, reporting_privacy="standard")


def test_landings_of_a_range_that_nothing_is_typed_from_any_more_are_dropped(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path, zoom_meetings_from="hosts")
        harness.ingest(work, MEETINGS.id, ["2026-11-11", "2026-11-12"])
        landings = work.lake.root / "_landing" / "zoom" / "meetings"
        assert len(list(landings.glob("*report_users-*/2*"))) == 1
        harness.ingest(work, MEETINGS.id, ["2026-11-11"])
        assert len(list(landings.glob("*report_users-*/2*"))) == 2  # 2026-11-12 is typed from the first still
        harness.ingest(work, MEETINGS.id, ["2026-11-12"])
        assert not list(landings.glob("*report_users-2026-11-10-to-2026-11-13/2*"))
        for day in ("2026-11-11", "2026-11-12"):
            assert harness.ingest(work, MEETINGS.id, [day], from_landing=True).keys == [day]


def test_a_snapshot_taken_in_time_is_not_replaced_by_a_later_state(tmp_path: Path) -> None:
    def taken(now: datetime, days: list[str], **changes: str) -> dict[str, datetime]:
        work = harness.work_for(running, tmp_path, now=now, **changes)
        assert sorted(harness.ingest(work, "zoom.users", days, run_id=f"{now:%d}").keys) == days
        stored = {day: harness.rows(work, "zoom.users", day, without=frozenset()) for day in days}
        return {day: rows.column("_ingested_at")[0].as_py() for day, rows in stored.items()}

    noon = {day: datetime(2026, 11, day, 12, 30, tzinfo=UTC) for day in (17, 18, 19)}
    with harness.sandbox() as running:
        assert taken(noon[17], ["2026-11-15", "2026-11-16"]) == {"2026-11-15": noon[17], "2026-11-16": noon[17]}
        # Each day's schedule asks for the days before again; the first one was taken late, so its state may change.
        assert taken(noon[18], ["2026-11-15", "2026-11-16", "2026-11-17"]) == {
            "2026-11-15": noon[18],
            "2026-11-16": noon[17],
            "2026-11-17": noon[18],
        }


def test_a_report_that_the_settings_switch_off_says_so_and_stores_nothing(tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path)
        done = harness.ingest(work, "zoom.meeting_qos_summary")
        assert "zoom.meeting_qos_summary is switched off by ZOOM_HAS_QSS; change it" in done.sentence
        none = harness.work_for(running, tmp_path, zoom_quality_sample="none")
        assert "switched off by ZOOM_QUALITY_SAMPLE" in harness.ingest(none, "zoom.meeting_qos").sentence
        assert work.lake.partitions(contracts.table("zoom.meeting_qos")) == []
        assert harness.reports_asked(running) == []
