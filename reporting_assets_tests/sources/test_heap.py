"""What a large fetch allocated goes back to the system, measured in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reporting_assets.sources.heap import give_back_what_is_freed

# Threads that parse pages and keep nothing; then the megabytes that stay resident beyond those at the beginning.
PARSING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson

from reporting_assets.sources.heap import give_back_what_is_freed


def resident():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def parse(length):
    return len(orjson.loads(orjson.dumps([{f"name {n}": f"{n} ms" for n in range(20)} for _ in range(length)])))


if sys.argv[1] == "give back":
    give_back_what_is_freed()
before = resident()
with ThreadPoolExecutor(16) as pool:
    list(pool.map(parse, [1_000, 20_000, 300, 5_000] * 16))
print(resident() - before)
"""


def left_over(how: str) -> float:
    done = subprocess.run([sys.executable, "-c", PARSING, how], capture_output=True, text=True, check=True, timeout=120)
    return float(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.skipif(not give_back_what_is_freed(), reason="this C library's heap cannot be told")
def test_what_threads_freed_does_not_stay() -> None:
    assert left_over("give back") < left_over("keep") / 2
