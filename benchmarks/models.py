"""What the models cost: `python benchmarks/models.py [--days 1] [--memory 1GB]`.

Simulates the joins of 10,000 people a day (5,000 meetings, 42,000 joins), runs every model over Parquet inputs as in
production, and prints seconds and rows per table; then the same with four times as much, to show that cost is linear.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.models import run

FIRST = date(2026, 3, 2)
MONTH = "2026-03"
DAILY = ("core.meetings", "core.participant_sessions", "core.attendance", "engagement.meeting_engagement")
MODELS = (*DAILY, "utilization.account_daily", "utilization.account_monthly", "utilization.host_monthly")

MEETINGS = """
SELECT
    DATE '{day}' AS dt, 'm' || '{day}' || i AS meeting_uuid, CAST(hash(i) % 4000 AS VARCHAR) AS meeting_number,
    'past' AS listing, 'user' || hash(i) % ({scale} * 10000) || '@example.com' AS host_email,
    TIMESTAMPTZ '{day} 07:00:00+00' + to_seconds(CAST(hash(i, 1) % 36000 AS BIGINT)) AS started_at,
    started_at + to_seconds(900 + CAST(hash(i, 2) % 4500 AS BIGINT)) AS ended_at,
    TIMESTAMPTZ '{day} 23:59:00+00' AS _ingested_at
FROM range({scale} * 5000) AS numbers (i)
"""
JOINS = """
SELECT
    DATE '{day}' AS dt, meetings.meeting_uuid, meetings.started_at AS meeting_started_at,
    CAST(numbers.i AS VARCHAR) AS session_user_id,
    hash(numbers.i, 3) % ({scale} * 10000) AS person,
    CASE WHEN person % 10 < 8 THEN 'id' || person END AS user_id,
    CASE WHEN person % 10 < 9 THEN 'User' || person || '@Example.com' END AS email,
    CASE WHEN person % 40 = 0 THEN 'iPhone' ELSE 'Name ' || person END AS display_name,
    meetings.started_at + to_seconds(CAST(hash(numbers.i, 4) % 600 AS BIGINT)) AS joined_at,
    CASE WHEN hash(numbers.i, 5) % 50 > 0 THEN joined_at + to_seconds(CAST(hash(numbers.i, 5) % 4000 AS BIGINT)) END
        AS left_at,
    CASE WHEN hash(numbers.i, 6) % 12 = 0 THEN 'in_waiting_room' ELSE 'in_meeting' END AS status,
    TIMESTAMPTZ '{day} 23:59:00+00' AS _ingested_at
FROM range({scale} * 42000) AS numbers (i)
INNER JOIN meetings ON meetings.meeting_uuid = 'm' || '{day}' || hash(numbers.i, 7) % ({scale} * 5000)
"""


def folder(root: Path, table: Table, key: str) -> Path:
    path = root / table.schema / table.name / key
    path.mkdir(parents=True, exist_ok=True)
    return path


def simulate(con: duckdb.DuckDBPyConnection, root: Path, day: date, scale: int) -> None:
    """One day's rows of the two reports that models read by the day."""
    con.execute("CREATE OR REPLACE TEMP TABLE meetings AS " + MEETINGS.format(day=day, scale=scale))
    con.execute("CREATE OR REPLACE TEMP TABLE joins AS " + JOINS.format(day=day, scale=scale))
    for name, rows in (("zoom.meetings", "meetings"), ("zoom.meeting_participants", "joins")):
        table = contracts.table(name)
        con.execute("DROP TABLE IF EXISTS shaped")
        con.from_arrow(empty(table)).create("shaped")
        con.execute(f"ALTER TABLE {rows} DROP COLUMN IF EXISTS person")
        con.execute(f"INSERT INTO shaped BY NAME SELECT * FROM {rows}")
        con.execute(f"COPY shaped TO '{folder(root, table, str(day))}/part-0.parquet' (FORMAT parquet)")


def empty(table: Table) -> pa.Table:
    types = {"boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
    types["timestamp"] = pa.timestamp("us", tz="UTC")
    return pa.schema([(c.name, types.get(c.type, pa.string())) for c in table.all_columns]).empty_table()


def attach(con: duckdb.DuckDBPyConnection, root: Path, table: Table, keys: list[str]) -> None:
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
    files = [str(path) for key in keys for path in folder(root, table, key).glob("*.parquet")]
    if not files:
        files = [str(root / f"{table.id}.parquet")]
        pq.write_table(empty(table), files[0])
    con.execute(f"CREATE OR REPLACE VIEW {table.id} AS SELECT * FROM read_parquet({files})")


def measure(scale: int, days: int, memory: str) -> dict[str, tuple[float, int]]:
    """Seconds (mean over the days) and rows of each model."""
    found: dict[str, tuple[float, int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for name in MODELS:
            table = contracts.table(name)
            keys = [str(FIRST + timedelta(days=n)) for n in range(days)]
            for key in keys if table.partition is Partition.DAY else [MONTH]:
                con = duckdb.connect(config={"memory_limit": memory, "threads": 2, "temp_directory": scratch})
                con.execute("SET TimeZone = 'UTC'")
                if name == MODELS[0]:
                    simulate(con, root, date.fromisoformat(key), scale)
                started = time.perf_counter()
                for input_id, input_keys in run.input_partitions(table, key).items():
                    attach(con, root, contracts.table(input_id), input_keys)
                reader = run.rows(con, table, key, {}, "sandbox")
                with pq.ParquetWriter(folder(root, table, key) / "part-0.parquet", reader.schema) as writer:
                    count = 0
                    for batch in reader:
                        writer.write_batch(batch)
                        count += batch.num_rows
                seconds, rows = found.get(name, (0.0, 0))
                share = days if table.partition is Partition.DAY else 1
                found[name] = (seconds + (time.perf_counter() - started) / share, rows + count)
                reader.close()
                con.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--memory", default="1GB", help="DuckDB's memory limit")
    arguments = parser.parse_args()
    once = measure(1, arguments.days, arguments.memory)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of the process after 1x: {peak} MiB")
    fourfold = measure(4, arguments.days, arguments.memory)
    print(f"peak memory of the process after 4x: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    print(f"{'table':32} {'rows 1x':>9} {'s 1x':>7} {'rows 4x':>9} {'s 4x':>7} {'4x / 1x':>8}")
    for name, (seconds, rows) in once.items():
        more_seconds, more_rows = fourfold[name]
        ratio = more_seconds / seconds
        print(f"{name:32} {rows:9,} {seconds:7.2f} {more_rows:9,} {more_seconds:7.2f} {ratio:8.1f}")
    total, more = (sum(seconds for seconds, _ in found.values()) for found in (once, fourfold))
    print(f"{'all':32} {'':9} {total:7.2f} {'':9} {more:7.2f} {more / total:8.1f}")


if __name__ == "__main__":
    main()
