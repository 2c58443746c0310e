"""A DuckDB connection with an empty typed table for every contract, to run models on.

Rows are given as dictionaries: what a row leaves out is NULL, and lineage gets fixed values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from reporting_assets import contracts
from reporting_assets.contracts.lineage import PARTITION_COLUMN
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.models import run

DAY = "2024-03-05"
MONTH = "2024-03"
BASE = datetime(2024, 3, 5, 9, tzinfo=UTC)
DERIVED = ("core.meetings", "core.participant_sessions", "core.attendance", "engagement.meeting_engagement")


def at(seconds: float) -> datetime:
    """The moment that many seconds after nine o'clock on `DAY`."""
    return BASE + timedelta(seconds=seconds)


class Warehouse:
    """Inputs to insert, models to run; `run` also stores what a model gives, for the models after it."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        run.prepare(self.con)
        for table in contracts.TABLES:
            empty = arrow_schema(table).empty_table()
            self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
            self.con.from_arrow(empty).create(table.id)

    def clear(self) -> None:
        for table in contracts.TABLES:
            self.con.execute(f"DELETE FROM {table.id}")

    def insert(self, table_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
        table = contracts.table(table_id)
        filled = [{**_lineage(table), **row} for row in rows]
        for row in filled:
            if not set(row) <= set(arrow_schema(table).names):
                raise AssertionError(f"{table_id} has no column {set(row) - set(arrow_schema(table).names)}")
        if filled:
            self.con.from_arrow(pa.Table.from_pylist(filled, schema=arrow_schema(table))).insert_into(table_id)

    def meetings(self, *rows: Mapping[str, Any], day: str = DAY) -> None:
        common = {"dt": date.fromisoformat(day), "listing": "past", "meeting_number": "111", "host_email": "host@x.com"}
        self.insert("zoom.meetings", [{**common, **row} for row in rows])

    def joins(self, *rows: Mapping[str, Any], day: str = DAY) -> None:
        common = {
            "dt": date.fromisoformat(day),
            "meeting_uuid": "m1",
            "meeting_started_at": BASE,
            "status": "in_meeting",
        }
        self.insert("zoom.meeting_participants", [{**common, **row} for row in rows])

    def run(self, table_id: str, partition_key: str = DAY, **parameters: int | str) -> list[dict[str, Any]]:
        table = contracts.table(table_id)
        result = run.rows(self.con, table, partition_key, parameters, "sandbox").read_all()
        column = PARTITION_COLUMN[table.partition]
        self.con.execute(f"DELETE FROM {table_id} WHERE CAST({column} AS VARCHAR) = $key", {"key": partition_key})
        if result.num_rows:
            self.con.from_arrow(result).insert_into(table_id)
        return result.to_pylist()

    def run_day(self, day: str = DAY, **parameters: int | str) -> dict[str, list[dict[str, Any]]]:
        """All models of one day, in order."""
        return {name: self.run(name, day, **parameters) for name in (*DERIVED, "utilization.account_daily")}

    def users(self, *user_ids: str, day: str = DAY, **columns: Any) -> None:
        """Licensed users in the snapshot of a day; each has the address `<id>@x.com`."""
        common = {"dt": date.fromisoformat(day), "status": "active", "license_type": 2}
        self.insert(
            "zoom.users",
            [common | {"user_key": one, "user_id": one, "email": f"{one}@x.com"} | columns for one in user_ids],
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()


def _lineage(table: Table) -> dict[str, Any]:
    day = date.fromisoformat(DAY)
    row: dict[str, Any] = {"dt": day} if table.partition is Partition.DAY else {"month": MONTH}
    row |= {"_source": "sandbox"}
    if not table.is_derived:
        row |= {"_ingested_at": BASE + timedelta(days=1), "_endpoint": "/test", "_run_id": "test"}
    return row
