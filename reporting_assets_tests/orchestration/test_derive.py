"""Deriving partitions: which inputs are read, what is counted where some are missing, and what a failure leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Input, Partition
from reporting_assets.orchestration import partitions
from reporting_assets.orchestration.work import Work
from reporting_assets_tests.integration import harness

pytestmark = pytest.mark.integration

DAY_BEFORE, DAY = "2026-11-11", "2026-11-12"
VENDORS = {"zoom.meetings", "webex.meeting_usage"}


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A lake with the meetings and joins of two days."""
    with harness.sandbox() as running:
        opened = harness.work_for(running, tmp_path)
        for table in ("zoom.users", "zoom.meetings", "zoom.meeting_participants"):
            assert harness.ingest(opened, table, [DAY_BEFORE, DAY]).keys == [DAY_BEFORE, DAY]
    return opened  # deriving asks nobody: the sandbox is gone


def test_the_day_before_is_read_where_it_is_there(work: Work) -> None:
    table = contracts.table("core.meetings")
    assert harness.derive(work, table.id, [DAY_BEFORE, DAY]).keys == [DAY_BEFORE, DAY]
    compared = set()
    for daily in contracts.TABLES:
        looks_back = [contracts.table(read.table) for read in daily.inputs if read.days_before]
        if not looks_back or daily.partition is not Partition.DAY:
            continue
        for needed in daily.inputs:  # what it reads must be derived first
            if contracts.table(needed.table).is_derived:
                harness.derive(work, needed.table, [DAY_BEFORE, DAY])
        done = harness.derive(work, daily.id, [DAY_BEFORE, DAY])
        first, second = (one.facts for one in done.committed)
        if "not_derived" in first:
            continue  # of a feature that was not fetched
        there = sum(DAY_BEFORE in work.lake.partitions(upstream) for upstream in looks_back)
        assert second["input_partitions"] - first["input_partitions"] == there
        assert first["input_partitions_missing"] - second["input_partitions_missing"] == there
        compared.add(daily.id)
    assert {"core.meetings", "utilization.account_daily"} <= compared


def test_memory_that_does_not_suffice_is_said_in_a_sentence(work: Work) -> None:
    settings = work.settings.model_copy(update={"reporting_duckdb_memory": "2MB"})
    done = harness.derive(replace(work, settings=settings), "core.meetings", [DAY])
    assert done.keys == []
    assert "Out of Memory Error" in done.sentence
    assert "raise REPORTING_DUCKDB_MEMORY; the partition stays as it was." in done.sentence


def test_a_day_without_its_own_inputs_is_left_as_it_is(work: Work) -> None:
    table = contracts.table("core.meetings")
    done = harness.derive(work, table.id, ["2026-11-03"])
    assert done.keys == ["2026-11-03"]
    sources = "zoom.meetings or zoom.webinars or webex.meeting_usage"
    assert f"{sources} 2026-11-03 is not in the lake; materialize it first" in done.facts["not_derived"]
    assert work.lake.partitions(table) == []


def test_a_month_without_anything_of_its_own_is_left_as_it_is(work: Work) -> None:
    """No rows would claim that there was nobody. Days of the month before, where they are read, are not its own."""
    first, second, third = harness.derive(work, "core.users", ["2026-10", "2026-11", "2026-12"]).committed
    for left in (first, third):
        assert f"zoom.users {left.key} is not in the lake; materialize it first" in left.facts["not_derived"]
    assert "not_derived" not in second.facts
    assert second.rows > 0
    assert work.lake.partitions(contracts.table("core.users")) == ["2026-11"]
    for table in contracts.TABLES:
        if table.partition is Partition.MONTH and table.inputs and table.is_derived:
            (left,) = harness.derive(work, table.id, ["2026-10"]).committed
            assert "not_derived" in left.facts, table.id
            assert "2026-10" not in work.lake.partitions(table), table.id


def test_a_damaged_input_fails_its_day_alone(work: Work) -> None:
    assert harness.derive(work, "core.meetings", [DAY_BEFORE, DAY]).keys == [DAY_BEFORE, DAY]
    before = harness.stored(work, "core.meetings", DAY)
    work.lake.part(contracts.table("zoom.meetings"), DAY).write_bytes(b"no Parquet")
    done = harness.derive(work, "core.meetings", [DAY_BEFORE, DAY])
    assert done.keys == [DAY_BEFORE]
    assert done.failures == {DAY: f"zoom.meetings {DAY} cannot be read as Parquet; materialize that again."}
    assert harness.stored(work, "core.meetings", DAY) == before
    assert "the other 1 are committed" in done.sentence


def test_a_vendor_that_is_not_there_reads_as_empty(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Derived from what there is, unless there is nothing at all."""
    table = contracts.table("core.meetings")
    vendors = (Input("zoom.meetings", is_optional=True), Input("webex.meeting_usage", is_optional=True))
    both = replace(table, inputs=(*vendors, *(read for read in table.inputs if read.table not in VENDORS)))
    both = replace(both, inputs=tuple(replace(read, is_optional=True) for read in both.inputs))
    monkeypatch.setitem(contracts._BY_ID, table.id, both)
    done = harness.derive(work, table.id, [DAY, "2026-11-03"])
    first, second = done.committed
    assert first.rows > 0
    assert first.facts["input_partitions_missing"] >= 1
    assert "zoom.meetings or webex.meeting_usage" in second.facts["not_derived"]
    assert work.lake.partitions(table) == [DAY]


def test_days_before_a_month_are_months_to_dagster() -> None:
    """Dagster counts in the derived table's partitions: 27 days before a month are no 27 months."""
    month, day = (partitions.definition(kind, date(2026, 1, 1)) for kind in (Partition.MONTH, Partition.DAY))
    for days_before, first in ((0, "2026-05-01"), (27, "2026-04-01"), (90, "2026-01-01")):
        mapping = partitions.mapping(Partition.MONTH, Partition.DAY, days_before)
        assert mapping is not None
        asked = month.subset_with_partition_keys(["2026-05"])
        mapped = mapping.get_upstream_mapped_partitions_result_for_partitions(
            asked, month, day, current_time=datetime(2026, 6, 1, tzinfo=UTC)
        )
        keys = sorted(mapped.partitions_subset.get_partition_keys())
        assert (keys[0], keys[-1]) == (first, "2026-05-31")
