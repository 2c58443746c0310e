"""One day of every Zoom and Webex report of a simulated organisation: calls against the plan, time, memory.

    python benchmarks/organisation_day.py --users 10000

The sandbox runs in a process of its own; each report is fetched by the real command in another, whose peak memory is
what the operating system says of it. Calls are counted by the sandbox, the plan's by `reporting-assets plan` over the
lists that were fetched. Nothing is timed against a limit: times are of this machine, and shared with the sandbox.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import requests

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake
from reporting_assets.sandbox.launch import Running, start
from reporting_assets.sandbox.server import Config

CLI = [sys.executable, "-m", "reporting_assets.cli"]


def main() -> None:
    """Fetch the day table by table and print one line each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--users", type=int, default=1_000, help="10000 takes half an hour")
    options.add_argument("--memory", help="what DuckDB may use, instead of the default of REPORTING_DUCKDB_MEMORY")
    options.add_argument("--select", action="append", help="only these tables, such as zoom.meeting_qos; repeatable")
    chosen = options.parse_args()
    today = datetime.now(UTC).date()
    day = today - timedelta(days=(today.weekday() - 2) % 7 or 7)  # a Wednesday of the last seven days
    with (
        tempfile.TemporaryDirectory() as folder,
        start(Config(users=chosen.users, now=f"{today}T00:00:00Z")) as running,
    ):
        environment = os.environ | running.addresses | _settings(Path(folder), chosen.users, day, chosen.memory)
        tables = [
            table.id
            for table in contracts.TABLES
            if not table.is_derived
            and table.partition is Partition.DAY
            and (not chosen.select or table.id in chosen.select)
        ]
        print(f"{chosen.users:,} people, {day}; simulated. Memory is the most that the command held.")
        print(f"{'table':34} {'rows':>10} {'calls':>8} {'planned':>8} {'seconds':>8} {'peak MiB':>8}")
        total = 0
        for table in tables:
            asked, seconds, peak = _materialize(table, day, environment, running)
            total += asked
            stats = store.table_stats(Lake(Path(folder) / "lake", "sandbox"), contracts.table(table))
            print(
                f"{table:34} {stats.rows:10,} {asked:8,} {_planned(table, day, environment, chosen.users):8,} {seconds:8.1f} {peak:8.0f}",
                flush=True,
            )
        print(f"{total:,} calls in all.")


def _settings(folder: Path, users: int, day: date, memory: str | None) -> dict[str, str]:
    given = {"REPORTING_DUCKDB_MEMORY": memory} if memory else {}
    return given | {
        "DAGSTER_HOME": str(folder / "dagster"),
        "REPORTING_SOURCE": "sandbox",
        "REPORTING_LAKE": str(folder / "lake"),
        "REPORTING_WAREHOUSE": str(folder / "reporting.duckdb"),
        "REPORTING_START_DATE": f"{day - timedelta(days=400)}",
        "ZOOM_QUALITY_SAMPLE": "all",
        "ZOOM_HAS_QSS": "true",
        "SANDBOX_USERS": f"{users}",
    }


def _materialize(table: str, day: date, environment: dict[str, str], running: Running) -> tuple[int, float, float]:
    """Fetch one table; how many calls the vendors answered, the seconds it took, and its highest memory in MiB."""
    requests.post(f"{running.base_url}/_sandbox/requests/reset", timeout=60).raise_for_status()
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        command = [*CLI, "materialize", "--select", table, "--from", f"{day}"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        if process.returncode:
            said.seek(0)
            raise SystemExit(said.read().splitlines()[-1])
    counted = requests.get(f"{running.base_url}/_sandbox/requests", timeout=60).json()["endpoints"]
    return sum(count for path, count in counted.items() if "token" not in path), seconds, usage.ru_maxrss / 1024


def _planned(table: str, day: date, environment: dict[str, str], users: int) -> int:
    """What `plan` says of the same day, counting in the lists that stand in the lake."""
    command = [*CLI, "plan", "--users", f"{users}", "--select", table, "--from", f"{day}", "--to", f"{day}", "--json"]
    said = json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    return round(sum(report["calls_of_backfill"] for report in said["reports"]))


if __name__ == "__main__":
    main()
