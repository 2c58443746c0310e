"""What the quality models cost: `python benchmarks/quality_models.py [--minutes 300000] [--times 2 4] [--memory 1GB]`.

A day of 10,000 people has about 1.2 million participant-minutes, which are the default's four-fold. Samples are made up as
Parquet in the shape and order of `zoom.meeting_qos`; then every model of the schema runs as in production. Each size runs
in a process of its own, which says its times and its highest memory; nothing is left behind.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from reporting_assets import contracts
from reporting_assets.contracts import quality
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.schema import view_select
from reporting_assets.models import run

DAY = "2026-11-12"
SESSION_MINUTES = 40
MEETING_SESSIONS = 9
MODELS = tuple(table for table in quality.TABLES if table.name != "room_issues_daily")

# One in twelve sessions is a web client's, whose every sample is told twice, before and behind its gateway.
SAMPLES = f"""
SELECT
    DATE '{DAY}' AS dt,
    'meeting' || lpad(CAST(session // {MEETING_SESSIONS} AS VARCHAR), 12, '0') || '==' AS meeting_uuid,
    TIMESTAMPTZ '{DAY} 08:00:00+00' AS meeting_started_at,
    CASE WHEN hash(meeting_uuid) % 10 < 3 THEN 'flagged' ELSE 'random' END AS sample_reason,
    CAST(hash(meeting_uuid) % 100 AS BIGINT) AS sample_bucket,
    CAST(16777216 + session * 1024 AS VARCHAR) AS session_user_id,
    lpad(CAST(session AS VARCHAR), 8, '0') || '-27BD-11EF-9D61-0242AC120002' AS participant_uuid,
    'id' || session % 10000 AS user_id,
    'user' || session % 10000 || '@example.com' AS email,
    'User ' || session % 10000 AS display_name,
    meeting_started_at + to_seconds(session % 300) AS joined_at,
    joined_at + INTERVAL {SESSION_MINUTES} MINUTE AS left_at,
    joined_at + to_minutes(minute) AS measured_at,
    minute AS sample_index,
    stream,
    direction,
    route,
    CAST(hash(session, minute, stream, direction, route) % 320 AS DOUBLE) AS latency_ms,
    CAST(hash(session, minute, stream, direction, route, 1) % 45 AS DOUBLE) AS jitter_ms,
    (hash(session, minute, stream, direction, route, 2) % 300) / 100 AS avg_loss_pct,
    CASE WHEN stream <> 'audio' THEN CAST(hash(session, minute) % 25 + 5 AS DOUBLE) END AS frame_rate_fps,
    CASE WHEN stream <> 'audio' THEN 720 END AS height_px,
    'Windows' AS device_type,
    'Wifi' AS network_type,
    'Site ' || session % 7 AS location
FROM range({{sessions}}) AS sessions (session)
CROSS JOIN range({SESSION_MINUTES}) AS minutes (minute)
CROSS JOIN (
    VALUES ('audio', 'received'), ('audio', 'sent'), ('screen_share', 'received'), ('video', 'received')
) AS streams (stream, direction)
CROSS JOIN (VALUES ('client'), ('rwg')) AS routes (route)
WHERE
    (stream = 'audio' OR hash(session, stream) % 10 < 6)
    AND (route = 'client' OR session % 12 = 0)
    AND (minute = 0 OR {{every_minute}})
ORDER BY session, minute, stream, direction, route
"""


def make(root: Path, minutes: int) -> None:
    """The day's samples, and one row of each session as the dashboards label it."""
    lake = Lake(root, "sandbox").open()
    for name in ("zoom.meeting_qos", "zoom.meeting_participant_metrics"):
        table = contracts.table(name)
        part = lake.part(table, DAY)
        part.parent.mkdir(parents=True)
        has_samples = name == "zoom.meeting_qos"
        rows = SAMPLES.format(sessions=minutes // SESSION_MINUTES, every_minute=str(has_samples))
        if not has_samples:
            rows = f"""
                SELECT
                    dt, meeting_uuid, meeting_started_at, sample_reason, sample_bucket, session_user_id, participant_uuid,
                    joined_at, 'good' AS audio_quality
                FROM ({rows})
                GROUP BY ALL
            """
        with duckdb.connect() as con:
            con.execute(
                f"SET TimeZone = 'UTC'; SET threads = 2; SET memory_limit = '1GB'; SET temp_directory = '{root / 'spill'}'"
            )
            con.execute(
                f"COPY ({view_select(table, [])} UNION ALL BY NAME ({rows})) TO '{part}' (FORMAT parquet, COMPRESSION zstd)"
            )


def measure(root: Path, memory: str, threads: int) -> dict[str, Any]:
    """Seconds and rows of each model, and the process's highest memory."""
    lake = Lake(root, "sandbox").open()
    found: dict[str, Any] = {}
    for table in MODELS:
        with duckdb.connect() as con:
            con.execute(
                f"SET memory_limit = '{memory}'; SET threads = {threads}; SET temp_directory = '{root / 'spill'}'"
            )
            started = time.perf_counter()
            for input_id, keys in run.input_partitions(table, DAY).items():
                store.attach(con, lake, contracts.table(input_id), keys)
            reader = run.rows(con, table, DAY, {"sites": "One=Site 1; Two=10.0.0.0/8"}, "sandbox")
            written = store.write_partition(con, lake, table, DAY, reader, manifest={})
            found[table.id] = {"seconds": time.perf_counter() - started, "rows": written.rows}
            reader.close()
    found["highest_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=300_000, help="participant-minutes of the smallest size")
    parser.add_argument("--times", type=int, nargs="*", default=[2, 4], help="how many times that are measured as well")
    parser.add_argument("--memory", default="1GB", help="what DuckDB may use")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--step", choices=("make", "measure"), help="one step in this process, in --folder")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.step == "make":
        make(given.folder, given.minutes)
        return
    if given.step == "measure":
        print(json.dumps(measure(given.folder, given.memory, given.threads)))
        return
    first: dict[str, Any] = {}
    for times in (1, *given.times):
        with tempfile.TemporaryDirectory() as scratch:
            common = [sys.executable, __file__, "--folder", f"{scratch}/lake", "--minutes", str(given.minutes * times)]
            subprocess.run([*common, "--step", "make"], check=True)
            limits = ["--memory", given.memory, "--threads", str(given.threads)]
            answer = subprocess.run([*common, *limits, "--step", "measure"], check=True, capture_output=True, text=True)
        found = json.loads(answer.stdout)
        first = first or found
        print(f"\n{given.minutes * times:,} participant-minutes; highest memory {found.pop('highest_mib'):.0f} MiB")
        for name, one in found.items():
            ratio = f"{one['seconds'] / first[name]['seconds']:6.2f} x" if times > 1 else ""
            print(f"  {name:30} {one['rows']:>11,} rows {one['seconds']:8.2f} s {ratio}")
        total, base = (sum(one["seconds"] for one in each.values() if isinstance(one, dict)) for each in (found, first))
        print(f"  {'all':30} {'':16} {total:8.2f} s {total / base:6.2f} x")


if __name__ == "__main__":
    main()
