"""Typing quality samples (one row per participant, minute and stream) at several sizes, in one run on one machine.

Here: made-up answers of Zoom's QoS dashboard, landed and typed by the code in use. Every size runs in a process of its
own, which says its time and its highest memory. Run `python benchmarks/quality_minutes.py --minutes 100000 --times 4`; it
needs no network, and writes into a temporary folder that it removes.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson

from reporting_assets import contracts
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets.lake.typed import typed_rows

TABLE = contracts.table("zoom.meeting_qos")
ENDPOINT = TABLE.endpoints[0]
DAY, START = "2026-11-20", datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGE = 10  # participants
MINUTES = 40  # of each
BLANK = dict.fromkeys(("avg_loss", "bitrate", "jitter", "latency", "max_loss", "frame_rate", "resolution"), "")


def stream(draw: random.Random, is_audio: bool) -> dict[str, str]:
    return {
        "avg_loss": f"{draw.random():.2f}%",
        "bitrate": f"{draw.uniform(20, 900):.2f} kbps",
        "jitter": f"{draw.randrange(40)} ms",
        "latency": f"{draw.randrange(20, 400)} ms",
        "max_loss": f"{draw.random() * 4:.2f}%",
        "frame_rate": "" if is_audio else f"{draw.randrange(5, 31)} fps",
        "resolution": "" if is_audio else "1280*720",
    }


def sample(draw: random.Random, minute: int) -> dict[str, Any]:
    used = draw.choice((0, 2, 3, 4, 4, 6))  # of the streams without a gateway
    legs = {
        leg.path: stream(draw, leg.path.startswith("audio")) if place < used and "device" not in leg.path else BLANK
        for place, leg in enumerate(sorted(ENDPOINT.legs, key=lambda leg: "device" in leg.path))
    }
    cpu = dict.fromkeys(("zoom_min_cpu_usage", "zoom_avg_cpu_usage", "zoom_max_cpu_usage"), f"{draw.randrange(30)}%")
    moment = START + timedelta(minutes=minute)
    return {
        "date_time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        **legs,
        "cpu_usage": cpu | {"system_max_cpu_usage": f"{draw.randrange(30, 100)}%"},
    }


def participant(draw: random.Random, number: int) -> dict[str, Any]:
    moment = START + timedelta(minutes=MINUTES)
    return {
        "participant_uuid": f"{draw.randrange(1 << 80):020X}",
        "user_id": str(16_778_240 + number),
        "id": f"u{number}",
        "user_name": f"Person {number}",
        "email": f"person{number}@example.com",
        "join_time": f"{START:%Y-%m-%dT%H:%M:%SZ}",
        "leave_time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "device": "Windows",
        "client": "6.2.5",
        "ip_address": "192.0.2.1",
        "internal_ip_addresses": ["10.0.0.1", "10.0.0.2"],
        "location": "Vienna (AT)",
        "health": "Good",
        "issue_list": [],
        "user_qos": [sample(draw, minute) for minute in range(MINUTES)],
    }


def pages(participants: int) -> Iterator[list[dict[str, Any]]]:
    """Pages of different people out of a few different answers: making up texts would cost more than all the rest."""
    draw = random.Random(1)
    made = [participant(draw, number) for number in range(200)]
    for first in range(0, participants, PAGE):
        yield [
            made[number % len(made)] | {"user_id": str(number), "participant_uuid": f"p{number}"}
            for number in range(first, min(first + PAGE, participants))
        ]


def run(folder: Path, minutes: int, memory: str, threads: int) -> dict[str, Any]:
    lake = Lake(folder, "sandbox").open()
    area, policy = lake.landing(TABLE, DAY), Policy("standard")
    size, cleaning, landing = 0, 0.0, 0.0
    clean = policy.cleaner(TABLE, ENDPOINT.name)
    with area.begin(run_id="r", started_at=START, resume_after=START, policy=policy) as attempt:
        for number, page in enumerate(pages(minutes // MINUTES), 1):
            if number <= 20:
                size += len(orjson.dumps(page))
                began = time.perf_counter()
                clean(page)
                cleaning += time.perf_counter() - began
            began = time.perf_counter()
            columns = {"meeting_uuid": f"m{number}==", "meeting_started_at": f"{START:%Y-%m-%dT%H:%M:%SZ}"}
            columns |= {"sample_reason": "flagged", "sample_bucket": "7"}
            attempt.append(f"m{number}", endpoint=ENDPOINT.name, columns=columns, page=1, records=page)
            attempt.finish(f"m{number}", status="complete", pages=1, records=len(page))
            landing += time.perf_counter() - began
        sealed = attempt.seal()
    with duckdb.connect() as con:
        (folder / "spill").mkdir()
        con.execute(f"SET memory_limit='{memory}'; SET threads={threads}; SET temp_directory='{folder / 'spill'}'")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        result = typed_rows(con, TABLE, DAY, [sealed], "sandbox")
        staged = time.perf_counter() - began
        written = store.write_partition(con, lake, TABLE, DAY, result.reader, manifest={})
        seconds = time.perf_counter() - began
    return {
        "minutes": minutes,
        "rows": written.rows,
        "cleaning_mb_per_second": size / 1e6 / cleaning,
        "landing_seconds": landing,
        "staging_seconds": staged,
        "typing_seconds": seconds,
        "microseconds_a_row": seconds / written.rows * 1e6,
        "parquet_mb": written.bytes / 1e6,
        "mib_before_typing": before / 1024,
        "highest_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "parse_errors": dict(result.counts.parse_errors),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=100_000, help="participant-minutes of the smallest size")
    parser.add_argument("--times", type=int, nargs="*", default=[4], help="how many times that are typed as well")
    parser.add_argument("--memory", default="512MB", help="what DuckDB may use")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", action="store_true", help="measure one size in this process")
    given = parser.parse_args()
    if given.one:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(run(Path(folder) / "lake", given.minutes, given.memory, given.threads)))
        return
    first: dict[str, Any] = {}
    for times in (1, *given.times):
        size = ["--minutes", str(given.minutes * times), "--memory", given.memory, "--threads", str(given.threads)]
        answer = subprocess.run(
            [sys.executable, __file__, "--one", *size], check=True, stdout=subprocess.PIPE, text=True
        )
        found = json.loads(answer.stdout)
        first = first or found
        print(f"\n{found['minutes']} participant-minutes, {len(ENDPOINT.legs)} streams each")
        for name, value in found.items():
            ratio = f"   {value / first[name]:5.2f} x" if isinstance(value, float) and times > 1 else ""
            print(f"  {name:<24} {value:12.2f}{ratio}" if isinstance(value, float) else f"  {name:<24} {value!s:>12}")


if __name__ == "__main__":
    main()
