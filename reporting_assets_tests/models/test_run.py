"""The runner: columns as the contract says, partitions, parameters, and what it refuses."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.models import run
from reporting_assets.models.parameters import DEFAULTS, PARAMETERS
from reporting_assets_tests.models.warehouse import DAY, MONTH, Warehouse, arrow_schema

MODELS = [table for table in contracts.TABLES if table.is_derived]
IDS = [table.id for table in MODELS]


def key_of(table: Table) -> str:
    return DAY if table.partition is Partition.DAY else MONTH


@pytest.mark.parametrize("table", MODELS, ids=IDS)
def test_model_gives_exactly_the_columns_of_its_contract(warehouse: Warehouse, table: Table) -> None:
    text = run.sql(table)
    values = {name: repr(value) for name, value in DEFAULTS.items()}
    values |= dict.fromkeys(("partition_start", "partition_end"), f"TIMESTAMPTZ '{DAY} 00:00:00+00'")
    values |= dict.fromkeys(("first_date", "last_date"), f"DATE '{DAY}'")
    values["_partition"] = repr(key_of(table))
    for name, value in values.items():
        text = text.replace(f"${name}", value)
    columns = {name for (name, *_) in warehouse.query(f"DESCRIBE {text}")}
    assert columns == {column.name for column in table.columns}, (
        "the SELECT and the contract must name the same columns"
    )
    result = run.rows(warehouse.con, table, key_of(table), {}, "sandbox").read_all()
    assert result.schema == arrow_schema(table)


@pytest.mark.parametrize("table", MODELS, ids=IDS)
def test_model_reads_its_declared_inputs_and_nothing_else(table: Table) -> None:
    text = run.sql(table)
    read = {other.id for other in contracts.TABLES if f" {other.id}\n" in text + "\n" or f" {other.id} " in text}
    assert read == {needed.table for needed in table.inputs}


def test_without_inputs_there_are_no_rows_but_the_account_has_its_zeros(warehouse: Warehouse) -> None:
    for table in MODELS:
        rows = warehouse.run(table.id, key_of(table))
        if table.name == "dates":
            assert len(rows) == 31, "a calendar needs no inputs"
            continue
        if table.name not in ("account_daily", "account_monthly"):
            assert rows == [], table.id
            continue
        [row] = rows
        assert row["meetings"] == row["unique_participants"] == row["peak_concurrent_people"] == 0
        assert row["person_minutes"] == 0
        assert row["peak_people_at"] is None
        ratios = [column.name for column in table.columns if column.name.endswith(("_rate", "_per_meeting"))]
        assert ratios
        assert all(row[name] is None for name in ratios), "a ratio over nothing is unknown"


def test_source_and_partition_are_in_every_row(warehouse: Warehouse) -> None:
    [row] = warehouse.run("utilization.account_daily", DAY)
    assert (row["dt"], row["_source"]) == (date.fromisoformat(DAY), "sandbox")
    [row] = warehouse.run("utilization.account_monthly", MONTH)
    assert (row["month"], row["_source"]) == (MONTH, "sandbox")


def test_partitions_read() -> None:
    two_days = ["2024-02-29", "2024-03-01"]
    sources = ("zoom.meetings", "zoom.webinars", "webex.meeting_usage")
    assert run.input_partitions(contracts.table("core.meetings"), "2024-03-01") == dict.fromkeys(sources, two_days)
    daily = run.input_partitions(contracts.table("utilization.account_daily"), "2024-01-01")
    assert daily["core.participant_sessions"] == ["2023-12-29", "2023-12-30", "2023-12-31", "2024-01-01"]
    assert daily["core.attendance"] == ["2024-01-01"]
    monthly = run.input_partitions(contracts.table("utilization.account_monthly"), "2024-02")
    assert monthly["core.meetings"][0] == "2024-02-01"
    assert len(monthly["core.meetings"]) == 29
    assert monthly["zoom.daily_usage"] == ["2024-02"]


@pytest.mark.parametrize("key", ["2024-3-05", "2024-03", "2024-02-30", "20240305", ""])
def test_a_partition_key_of_the_wrong_shape_is_refused(warehouse: Warehouse, key: str) -> None:
    with pytest.raises(run.ModelError, match="yyyy-MM-dd"):
        run.rows(warehouse.con, contracts.table("core.meetings"), key, {}, "sandbox")


def test_an_unknown_parameter_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(run.ModelError, match="late_graze_seconds"):
        run.rows(warehouse.con, contracts.table("core.meetings"), DAY, {"late_graze_seconds": 1}, "sandbox")


def test_a_table_without_a_model_is_refused() -> None:
    other = dataclasses.replace(contracts.table("core.meetings"), name="nothing")
    with pytest.raises(run.ModelError, match=r"core/nothing\.sql"):
        run.sql(other)


def test_every_parameter_is_used_by_a_model() -> None:
    texts = " ".join(run.sql(table) for table in MODELS)
    assert [parameter.name for parameter in PARAMETERS if f"${parameter.name}" not in texts] == []


def test_two_connections_of_one_database_can_both_run_models(warehouse: Warehouse) -> None:
    other = warehouse.con.cursor()
    try:
        for _ in range(2):
            [row] = (
                run.rows(other, contracts.table("utilization.account_daily"), DAY, {}, "live").read_all().to_pylist()
            )
            assert (row["platform"], row["_source"]) == ("all", "live")
    finally:
        other.close()
