"""The rate budget: limits by plan and share, daily caps, corrections, and the limit held by real processes together."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sources import budget as budget_module
from reporting_assets.sources.budget import BudgetError, RateBudget, next_utc_midnight
from reporting_assets.sources.budget_rules import DailyCap, Limit, Limits, Rate, limits
from reporting_assets.sources.errors import BudgetExhaustedError

LIGHT, MEDIUM, HEAVY, INTENSIVE, WEBEX = RateLabel


def small(calls: int, seconds: float, daily: int | None = None) -> Limits:
    """The same small limit for every label, over one daily cap."""
    return {label: Limit(Rate(calls, seconds), DailyCap("day", daily) if daily else None) for label in RateLabel}


def opened(path: Path, given: Limits, account: str = "acc") -> RateBudget:
    return RateBudget(path / "budget.sqlite", plan="business", limits=given, account=account, reserve=0)


def most_in_any_window(moments: list[float], seconds: float) -> int:
    """The most moments that fall into any half-open window of that length, wherever it begins."""
    moments = sorted(moments)
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_official_limits() -> None:
    business = limits("business")
    assert {label: each.rate for label, each in business.items()} == {
        LIGHT: Rate(80, 1.0),
        MEDIUM: Rate(60, 1.0),
        HEAVY: Rate(40, 1.0),
        INTENSIVE: Rate(20, 60.0),
        WEBEX: Rate(5, 1.0),
    }
    assert business[MEDIUM].daily is business[WEBEX].daily is None
    assert business[HEAVY].daily == business[INTENSIVE].daily == DailyCap("heavy", 60_000)
    assert limits("pro")[INTENSIVE].daily == limits("pro")[HEAVY].daily == DailyCap("heavy", 30_000)
    free = {label: (each.rate, each.daily and each.daily.calls) for label, each in limits("free").items()}
    assert free == {
        LIGHT: (Rate(4, 1.0), 6000),
        MEDIUM: (Rate(2, 1.0), 2000),
        HEAVY: (Rate(1, 1.0), 1000),
        INTENSIVE: (Rate(10, 60.0), 30000),
        WEBEX: (Rate(5, 1.0), None),
    }
    assert limits("free")[HEAVY].daily != limits("free")[INTENSIVE].daily


def test_seed_limits_and_shares() -> None:
    seed = limits("business", "seed")
    assert [each.rate for each in seed.values()] == [Rate(60, 60), Rate(60, 60), Rate(30, 60), Rate(20, 60), Rate(5, 1)]
    assert seed[HEAVY].daily == DailyCap("heavy", 60_000)
    shared = limits("business", "official", 0.8)
    assert (shared[LIGHT].rate, shared[INTENSIVE].rate) == (Rate(64, 1.0), Rate(16, 60.0))
    assert shared[HEAVY].daily == DailyCap("heavy", 48_000)


@pytest.mark.parametrize("plan", ["free", "pro", "business"])
@pytest.mark.parametrize("preset", ["official", "seed"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.8, 0.99, 1.0])
def test_a_share_is_never_exceeded(plan: str, preset: str, share: float) -> None:
    for label, each in limits(plan, preset, share).items():
        full = limits(plan, preset)[label].rate
        assert full is not None
        assert each.rate is not None
        assert each.rate.calls / each.rate.seconds <= share * full.calls / full.seconds * (1 + 1e-9)
        assert each.rate.calls >= 1
        assert each.rate.seconds >= full.seconds


@pytest.mark.parametrize(
    "wrong",
    [{"plan": "gold"}, {"plan": "pro", "preset": "fast"}, {"plan": "pro", "share": 0.0}, {"plan": "pro", "share": 1.5}],
)
def test_unknown_limits_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"share|plan|preset"):
        limits(**wrong)


def test_unusable_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BudgetError, match="ZOOM_BUDGET_FILE"):
        RateBudget(tmp_path / "file" / "b.sqlite", plan="pro")
    (tmp_path / "other.sqlite").write_text("this is not a database, however long it may be " * 50)
    with pytest.raises(BudgetError, match=r"other\.sqlite"):
        RateBudget(tmp_path / "other.sqlite", plan="pro")


def test_daily_cap_is_shared_by_labels_and_renewed_at_midnight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caps = DailyCap("heavy", 3)
    given = {label: Limit(Rate(100, 1.0), caps if label in (HEAVY, INTENSIVE) else None) for label in RateLabel}
    budget = opened(tmp_path, given)
    for label in (HEAVY, INTENSIVE, HEAVY):
        budget.acquire(label)
    assert budget.remaining() == {"LIGHT": None, "MEDIUM": None, "HEAVY": 0, "RESOURCE-INTENSIVE": 0, "WEBEX": None}
    with pytest.raises(BudgetExhaustedError) as raised:
        budget.acquire(INTENSIVE)
    assert raised.value.resume_at == next_utc_midnight()
    assert raised.value.resume_at.time().isoformat() == "00:00:00"
    assert "00:00 UTC" in str(raised.value)
    budget.acquire(MEDIUM)  # has no cap
    monkeypatch.setattr(budget_module, "_today", lambda: "2999-01-01")
    budget.acquire(INTENSIVE)
    assert budget.remaining()["HEAVY"] == 2


def test_some_of_the_day_is_kept_for_trying_again(tmp_path: Path) -> None:
    budget = RateBudget(tmp_path / "b.sqlite", plan="business", limits=small(1000, 0.1, 40))
    for _ in range(38):
        budget.acquire(HEAVY)
    assert budget.remaining()["HEAVY"] == 0
    with pytest.raises(BudgetExhaustedError, match="38 calls"):
        budget.acquire(HEAVY)
    budget.acquire(HEAVY, again=True)
    budget.acquire(HEAVY, again=True)
    with pytest.raises(BudgetExhaustedError, match="40 calls"):
        budget.acquire(HEAVY, again=True)


def test_without_limits_only_what_the_vendor_says_counts(tmp_path: Path) -> None:
    budget = RateBudget(tmp_path / "b.sqlite", plan="business", preset="none")
    began = time.time()
    for _ in range(200):
        budget.acquire(HEAVY)
        budget.correct_window(HEAVY, 0)
        budget.correct_day(HEAVY, 0)
    assert time.time() - began < 30
    assert set(budget.remaining().values()) == {None}
    budget.pause(HEAVY, 0.3)
    assert budget.acquire(HEAVY) - began >= 0.3
    budget.spend_day(HEAVY, next_utc_midnight())
    with pytest.raises(BudgetExhaustedError):
        budget.acquire(HEAVY)


def test_accounts_do_not_share(tmp_path: Path) -> None:
    one, two = opened(tmp_path, small(10, 1.0, 5), "one"), opened(tmp_path, small(10, 1.0, 5), "two")
    one.acquire(HEAVY)
    assert (one.remaining()["HEAVY"], two.remaining()["HEAVY"]) == (4, 5)


def test_the_vendor_s_count_lowers_ours_and_never_raises_it(tmp_path: Path) -> None:
    budget = opened(tmp_path, small(10, 1.0, 100))
    budget.correct_day(HEAVY, 40)
    assert budget.remaining()["HEAVY"] == 40
    budget.correct_day(HEAVY, 90)
    assert budget.remaining()["HEAVY"] == 40


def test_spent_is_shared_and_ends_when_said(tmp_path: Path) -> None:
    budget, other = opened(tmp_path, small(10, 1.0)), opened(tmp_path, small(10, 1.0))
    until = datetime.now(UTC) + timedelta(seconds=0.5)
    budget.spend_day(MEDIUM, until)
    with pytest.raises(BudgetExhaustedError) as raised:
        other.acquire(MEDIUM)
    assert abs(raised.value.resume_at - until) < timedelta(milliseconds=1)
    assert other.remaining()["MEDIUM"] == 0
    other.acquire(LIGHT)
    time.sleep(0.6)
    other.acquire(MEDIUM)


def test_a_spent_cap_is_spent_for_every_label_that_draws_on_it(tmp_path: Path) -> None:
    budget = RateBudget(tmp_path / "b.sqlite", plan="business")
    budget.spend_day(HEAVY, next_utc_midnight())
    assert budget.remaining() == {"LIGHT": None, "MEDIUM": None, "HEAVY": 0, "RESOURCE-INTENSIVE": 0, "WEBEX": None}
    with pytest.raises(BudgetExhaustedError):
        budget.acquire(INTENSIVE)


def test_a_pause_reaches_those_already_waiting_and_costs_no_daily_call(tmp_path: Path) -> None:
    budget, other = opened(tmp_path, small(1, 0.5, 100)), opened(tmp_path, small(1, 0.5, 100))
    budget.acquire(HEAVY)
    began = time.time()
    ended: list[float] = []
    waiting = threading.Thread(target=lambda: (other.acquire(HEAVY), ended.append(time.time())))
    waiting.start()
    time.sleep(0.2)
    budget.pause(HEAVY, 1.5)
    waiting.join(20)
    assert ended[0] - began >= 1.6
    assert budget.remaining()["HEAVY"] == 98


def test_those_already_waiting_hear_that_the_day_is_spent(tmp_path: Path) -> None:
    budget, other = opened(tmp_path, small(1, 0.5)), opened(tmp_path, small(1, 0.5))
    budget.acquire(HEAVY)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.acquire, HEAVY)
        time.sleep(0.1)
        budget.spend_day(HEAVY, next_utc_midnight())
        with pytest.raises(BudgetExhaustedError):
            waiting.result(20)


def test_other_apps_calls_are_charged_to_the_window(tmp_path: Path) -> None:
    budget = opened(tmp_path, small(10, 1.0))
    budget.acquire(HEAVY)
    budget.correct_window(HEAVY, 0)
    began = time.time()
    budget.acquire(HEAVY)
    assert time.time() - began >= 0.9


def test_giving_up_a_wait(tmp_path: Path) -> None:
    budget = opened(tmp_path, small(1, 60.0))
    budget.acquire(HEAVY)

    def give_up(seconds: float) -> None:
        assert 50 < seconds < 70
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        budget.acquire(HEAVY, give_up)


def test_threads_of_one_process_hold_the_limit(tmp_path: Path) -> None:
    budget = opened(tmp_path, small(20, 0.5))
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: (budget.acquire(HEAVY), time.time()), range(80)))
    assert most_in_any_window([moment for moment, _ in granted], 0.5) <= 20
    assert all(went >= moment for moment, went in granted)  # late by the machine's own delay, never early


_PROCESS = """
import json, sys, threading, time
from pathlib import Path
from reporting_assets.contracts.model import RateLabel
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.budget_rules import DailyCap, Limit, Rate
path, calls, seconds, threads, each = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
limits = {label: Limit(Rate(calls, seconds), DailyCap("day", 100000)) for label in RateLabel}
budget = RateBudget(Path(path), plan="business", limits=limits)
granted, lock = [], threading.Lock()
print("ready", flush=True)
sys.stdin.readline()
cpu = time.process_time()
def work():
    for _ in range(each):
        moment = budget.acquire(RateLabel.HEAVY)
        with lock:
            granted.append((moment, time.time()))
workers = [threading.Thread(target=work) for _ in range(threads)]
for worker in workers: worker.start()
for worker in workers: worker.join()
print(json.dumps({"granted": granted, "cpu": time.process_time() - cpu}), flush=True)
"""


@pytest.mark.integration
def test_four_processes_of_four_threads_hold_the_limit_and_use_it(tmp_path: Path) -> None:
    """Every window the vendor could count, sliding or fixed, holds at most the limit; nearly all of it is used."""
    calls, seconds, threads, each = 30, 1.0, 4, 12
    path = tmp_path / "budget.sqlite"
    arguments = [str(path), str(calls), str(seconds), str(threads), str(each)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = [json.loads(process.communicate(timeout=120)[0]) for process in processes]

    granted = sorted(pair[0] for result in results for pair in result["granted"])
    assert len(granted) == 4 * threads * each
    assert all(went >= moment for result in results for moment, went in result["granted"])  # nobody goes early
    assert most_in_any_window(granted, seconds) <= calls
    fixed_windows = Counter(int(moment / seconds) for moment in granted)
    assert max(fixed_windows.values()) <= calls
    # The first window's calls come at once; the last call cannot be earlier than this many windows after the first.
    earliest = (len(granted) - 1) // calls * seconds
    used = earliest / (granted[-1] - granted[0])
    print(f"used {used:.1%} of the limit, {sum(r['cpu'] for r in results) / len(granted) * 1000:.2f} ms of CPU a call")
    assert used >= 0.95
    budget = RateBudget(path, plan="business", limits=small(calls, seconds, 100_000), account="", reserve=0)
    assert budget.remaining()["HEAVY"] == 100_000 - len(granted)
