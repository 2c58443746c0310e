"""A landing process is really killed, again and again, at moments nobody chose; then the landing is finished."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets_tests.lake.example import CALLS, DAY, LONG_AGO, NOW, call, typed

REQUESTS, PAGES, PER_PAGE = 1200, 2, 3
LIVES = 12


def fetch(root: Path) -> bool:
    """Lands what is not landed yet, from four threads; whether that was all."""
    from concurrent.futures import ThreadPoolExecutor

    unit = Lake(root, "sandbox").open().landing(CALLS, DAY)
    with unit.lock(), unit.begin(run_id="r", started_at=NOW, resume_after=LONG_AGO, policy=Policy("full")) as attempt:
        print(len(attempt.outcomes()), flush=True)

        def one(number: int) -> None:
            for page in range(1, PAGES + 1):
                first = (number * PAGES + page - 1) * PER_PAGE
                records = [call(first + place) for place in range(PER_PAGE)]
                attempt.append(
                    f"r{number}", endpoint="list_calls", columns={"kind": "past"}, page=page, records=records
                )
                time.sleep(0.002)
            attempt.finish(f"r{number}", status="complete", pages=PAGES, records=PAGES * PER_PAGE)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, [n for n in range(REQUESTS) if attempt.outcome(f"r{n}") is None]))
        attempt.seal()
    return True


@pytest.mark.integration
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path):
    chance = random.Random(20261120)
    known = 0
    killed = 0
    for _ in range(LIVES):
        if Lake(tmp_path, "sandbox").open().landing(CALLS, DAY).sealed():
            break
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"from {__name__} import fetch; from pathlib import Path; fetch(Path({str(tmp_path)!r}))",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        begun = child.stdout.readline()  # it has begun: from here on, any moment
        time.sleep(chance.uniform(0, 0.35))
        child.kill()
        child.wait()
        child.stdout.close()
        killed += child.returncode < 0
        assert int(begun) >= known, "a finished request was forgotten"
        known = int(begun)
        print("known", known)
    assert killed >= 3, "the lives were too long: nothing was interrupted"
    assert 0 < known < REQUESTS
    fetch_rest(tmp_path)
    [sealed] = Lake(tmp_path, "sandbox").open().landing(CALLS, DAY).sealed()
    rows, counts = typed([sealed])
    assert sorted(int(row["call_id"]) for row in rows) == list(range(REQUESTS * PAGES * PER_PAGE))
    assert counts.landed == REQUESTS * PAGES * PER_PAGE
    assert counts.duplicates == 0


def fetch_rest(root: Path) -> None:
    if not Lake(root, "sandbox").open().landing(CALLS, DAY).sealed():
        assert fetch(root)
