"""What derived tables cost, month by month: `python benchmarks/derive_month.py [--months 3] [--scale 1] [--days 31]`.

Makes the reports of a simulated organisation (`month_inputs.py`: 10,000 people at scale 1) and derives every table from
them, with the code and the memory limit of production. Each month runs in a process of its own, which says its times and
its highest memory. One row of cost per table, and the processor's time of all months divided by that of the first: months of
equal size should cost their number. (Seconds on the clock depend on what else the machine does; both are shown.)

`--qos-minutes` participant-minutes of quality are made a working day, at scale 1. The default is about what the policy
`flagged` asks for; 1,200,000 is everything, and takes as many times as long (`quality_models.py` measures that for a day).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from month_inputs import connect, days_of, make_day, make_month

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition
from reporting_assets.orchestration import derive
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.work import Work, open_work
from reporting_assets.settings import Settings

FIRST = date(2026, 3, 1)


def work_in(folder: Path, memory: str) -> Work:
    """The lake in `folder`, with production's limits."""
    settings = Settings(
        _env_file=None,
        reporting_source="sandbox",
        reporting_lake=folder / "lake",
        reporting_warehouse=folder / "reporting.duckdb",
        reporting_duckdb_memory=memory,
    )
    return open_work(settings)


def make(folder: Path, first: date, days: int, scale: float, qos_minutes: int) -> None:
    """The reports of a month."""
    lake = work_in(folder, "1GB").lake
    with connect(folder / "spill") as con:
        for day in days_of(first)[:days]:
            make_day(con, lake, day, scale, qos_minutes)
        make_month(con, lake, first, scale)


def measure(folder: Path, first: date, days: int, memory: str) -> dict[str, Any]:
    """Seconds (by the clock and of the processor) and rows of each derived table over the month, and the process's highest memory in MiB."""
    work, found = work_in(folder, memory), {}
    daily = [str(day) for day in days_of(first)[:days]]
    for table in contracts.TABLES:
        if not table.is_derived:
            continue
        failed, began, worked = Failures(), time.perf_counter(), time.process_time()
        with duckdb.connect() as con:
            work.prepare(con)
            keys = daily if table.partition is Partition.DAY else [f"{first:%Y-%m}"]
            committed = list(derive.derive(table, keys, work, con, failed))
        if failed.by_key:
            raise SystemExit(failed.sentence(table, len(keys)))
        found[table.id] = {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - worked,
            "rows": sum(one.rows for one in committed),
        }
    return {"tables": found, "highest_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--days", type=int, default=31, help="days of each month, from the first")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is 10,000 people")
    parser.add_argument("--qos-minutes", type=int, default=60_000, help="participant-minutes a working day, at scale 1")
    parser.add_argument("--memory", default="1GB", help="what DuckDB may use")
    parser.add_argument("--step", choices=("make", "measure"), help="one step in this process, in --folder")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--first", type=date.fromisoformat, default=FIRST)
    given = parser.parse_args()
    if given.step == "make":
        make(given.folder, given.first, given.days, given.scale, given.qos_minutes)
        return
    if given.step == "measure":
        print(json.dumps(measure(given.folder, given.first, given.days, given.memory)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        months = []
        for number in range(given.months):
            years, month = divmod(FIRST.month - 1 + number, 12)
            first = date(FIRST.year + years, month + 1, 1)
            common = [sys.executable, __file__, "--folder", scratch, "--first", str(first), "--days", str(given.days)]
            size = ["--scale", str(given.scale), "--qos-minutes", str(given.qos_minutes)]
            subprocess.run([*common, *size, "--step", "make"], check=True)
            said = subprocess.run(
                [*common, "--memory", given.memory, "--step", "measure"], check=True, stdout=subprocess.PIPE, text=True
            )
            months.append(json.loads(said.stdout))
            told = months[-1]
            seconds, cpu = (sum(one[name] for one in told["tables"].values()) for name in ("seconds", "cpu"))
            print(
                f"{first:%Y-%m}: {seconds:.1f} s, {cpu:.1f} s of the processor, highest memory {told['highest_mib']:.0f} MiB",
                flush=True,
            )
    show(months, given.days)


def show(months: list[dict[str, Any]], days: int) -> None:
    """One row of cost per table."""
    tables = [month["tables"] for month in months]
    print(f"\n{'table':40} {'rows':>11} {'s':>8} {'cpu s':>8} {'ms a day':>9} {f'{len(months)} months / 1':>13}")
    for name, first in tables[0].items():
        is_daily = contracts.table(name).partition is Partition.DAY
        cpu = [month[name]["cpu"] for month in tables]
        show_row(name, f"{first['rows']:,}", first["seconds"], cpu, days if is_daily else None)
    seconds = sum(one["seconds"] for one in tables[0].values())
    show_row("all", "", seconds, [sum(one["cpu"] for one in month.values()) for month in tables], days)


def show_row(name: str, rows: str, seconds: float, cpu: list[float], days: int | None) -> None:
    """A table's rows and seconds in the first month, and how its cost grows over all."""
    a_day = f"{seconds / days * 1000:.0f}" if days else ""
    print(f"{name:40} {rows:>11} {seconds:>8.2f} {cpu[0]:>8.2f} {a_day:>9} {sum(cpu) / cpu[0]:>11.2f} x")


if __name__ == "__main__":
    main()
