"""Many listings at once over HTTP: bounded, complete, and stopped cleanly whatever goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.sources import errors
from reporting_assets.sources.fetch import FAILURES_ENDURED, fetch
from reporting_assets.sources.model import Outcome, Page, Request
from reporting_assets_tests.sources.fake_zoom import Call, Reply, serving

JOINS = contracts.table("zoom.meeting_participants").endpoint("past_meeting_participants")
pytestmark = pytest.mark.integration


def meeting(name: str) -> Request:
    return Request(JOINS, path={"meetingId": name})


def name_of(call: Call) -> str:
    return call.path.split("/")[-2]


def joins(call: Call, **more: object) -> Reply:
    return Reply(body={"participants": [{"user_id": name_of(call)}], "next_page_token": "", **more})


class Seen:
    """What the callbacks were told."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pages: list[Page] = []
        self.done: dict[str, Outcome] = {}

    def on_page(self, page: Page) -> None:
        with self.lock:
            self.pages.append(page)

    def on_done(self, outcome: Outcome) -> None:
        with self.lock:
            self.done[outcome.request.path["meetingId"]] = outcome


def test_every_request_is_fetched_once_with_bounded_threads(open_zoom: Callable) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def answer(call: Call) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return joins(call, total_records=1)

    client, zoom = open_zoom(answer)
    seen = Seen()
    fetch(client, (meeting(f"m{i}") for i in range(60)), threads=4, on_page=seen.on_page, on_done=seen.on_done)
    assert sorted(seen.done) == sorted(f"m{i}" for i in range(60))
    assert {name_of(call) for call in zoom.calls} == set(seen.done)
    assert len(zoom.calls) == 60
    assert 2 <= most <= 4
    assert all(
        each.status == "complete" and each.records == each.expected == each.pages == 1 for each in seen.done.values()
    )
    assert all(each.note is None for each in seen.done.values())


def test_requests_are_taken_lazily(open_zoom: Callable) -> None:
    taken = 0
    release = threading.Event()

    def requests() -> Iterator[Request]:
        nonlocal taken
        for i in range(1000):
            taken += 1
            yield meeting(f"m{i}")

    def answer(call: Call) -> Reply:
        release.wait(20)
        return joins(call)

    client, _ = open_zoom(answer, read_seconds=30)
    seen = Seen()
    thread = threading.Thread(
        target=lambda: fetch(client, requests(), threads=4, on_page=seen.on_page, on_done=seen.on_done)
    )
    thread.start()
    time.sleep(0.5)
    assert taken <= 10
    release.set()
    thread.join(60)
    assert len(seen.done) == 1000


def test_what_single_items_lack_is_an_outcome(open_zoom: Callable) -> None:
    def answer(call: Call) -> Reply:
        if name_of(call) == "gone":
            return Reply(404, {"code": 3001, "message": "Meeting does not exist."})
        if name_of(call) == "old":
            return Reply(400, {"code": 12702, "message": "Can not access a meeting a year ago."})
        if name_of(call) == "open":
            return Reply(400, {"code": 3000, "message": "This webinar doesn't have registration required: open."})
        return joins(call)

    client, _ = open_zoom(answer)
    seen = Seen()
    wanted = [meeting(name) for name in ("gone", "old", "open", "ok")]
    fetch(client, wanted, threads=2, on_page=seen.on_page, on_done=seen.on_done)
    assert {name: outcome.status for name, outcome in seen.done.items()} == {
        "gone": "not_available",
        "old": "expired",
        "open": "none",
        "ok": "complete",
    }
    assert "3001" in (seen.done["gone"].note or "")
    assert "register" in (seen.done["open"].note or "")
    assert (seen.done["open"].pages, seen.done["open"].records) == (0, 0)


def test_short_listing_is_told(open_zoom: Callable) -> None:
    client, _ = open_zoom(lambda call: joins(call, total_records=5))
    seen = Seen()
    fetch(client, [meeting("m")], threads=2, on_page=seen.on_page, on_done=seen.on_done)
    outcome = seen.done["m"]
    assert (outcome.records, outcome.expected) == (1, 5)
    assert outcome.note == "Zoom announced 5 rows and listed 1."


def test_restarted_listing_counts_its_last_pass(open_zoom: Callable) -> None:
    answers: list[Reply] = [
        Reply(body={"participants": [{"user_id": "1"}, {"user_id": "2"}], "next_page_token": "t", "total_records": 3}),
        Reply(400, {"code": 300, "message": "The next page token is invalid or expired."}),
        Reply(body={"participants": [{"user_id": "1"}, {"user_id": "2"}], "next_page_token": "u", "total_records": 3}),
        Reply(body={"participants": [{"user_id": "3"}], "next_page_token": "", "total_records": 3}),
    ]
    client, zoom = open_zoom(lambda _: answers.pop(0))
    seen = Seen()
    fetch(client, [meeting("m")], threads=2, on_page=seen.on_page, on_done=seen.on_done)
    assert (seen.done["m"].pages, seen.done["m"].records, seen.done["m"].expected) == (3, 3, 3)
    assert [page.number for page in seen.pages] == [1, 2, 3]
    assert "read 2 times" in (seen.done["m"].note or "")
    assert len(zoom.calls) == 4


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(400, {"code": 4711, "message": "does not contain scopes:[x:y]"}), errors.MissingScopeError),
        (Reply(429, {"message": "daily limit"}, {"X-RateLimit-Type": "Daily-limit"}), errors.BudgetExhaustedError),
    ],
)
def test_what_is_permanent_stops_but_calls_under_way_are_kept(open_zoom: Callable, reply: Reply, error: type) -> None:
    slow_ones_run = threading.Event()

    def answer(call: Call) -> Reply:
        if name_of(call) == "bad":
            slow_ones_run.wait(10)
            return reply
        slow_ones_run.set()
        time.sleep(0.5)
        return joins(call)

    client, zoom = open_zoom(answer)
    seen = Seen()
    names = ["slow0", "slow1", "bad", *(f"later{i}" for i in range(500))]
    with pytest.raises(error):
        fetch(client, map(meeting, names), threads=4, on_page=seen.on_page, on_done=seen.on_done)
    assert {"slow0", "slow1"} <= set(seen.done)
    assert "bad" not in seen.done
    assert len(zoom.calls) <= 7  # those in flight, and hardly one more: not those that waited in the queue
    assert {page.request.path["meetingId"] for page in seen.pages} == set(seen.done)


def test_one_poisoned_item_does_not_keep_the_others_from_landing(open_zoom: Callable) -> None:
    client, _ = open_zoom(lambda call: Reply(500) if name_of(call) == "poison" else joins(call))
    seen = Seen()
    names = ["poison", *(f"m{i}" for i in range(30))]
    with pytest.raises(errors.ServerError):
        fetch(client, map(meeting, names), threads=4, on_page=seen.on_page, on_done=seen.on_done)
    assert len(seen.done) == 30


def test_a_vendor_that_is_down_is_given_up(open_zoom: Callable) -> None:
    client, zoom = open_zoom(lambda _: Reply(503))
    seen = Seen()
    with pytest.raises(errors.ServerError):
        fetch(client, (meeting(f"m{i}") for i in range(1000)), threads=4, on_page=seen.on_page, on_done=seen.on_done)
    assert seen.done == {}
    assert len({name_of(call) for call in zoom.calls}) <= FAILURES_ENDURED + 8


@pytest.mark.parametrize("where", ["on_page", "on_done"])
def test_errors_of_callbacks_propagate(open_zoom: Callable, where: str) -> None:
    client, zoom = open_zoom(joins)
    seen = Seen()

    def fail(_: object) -> None:
        raise RuntimeError("disk full")

    callbacks = {"on_page": seen.on_page, "on_done": seen.on_done} | {where: fail}
    with pytest.raises(RuntimeError, match="disk full"):
        fetch(client, (meeting(f"m{i}") for i in range(500)), threads=4, **callbacks)
    assert len(zoom.calls) < 40
    assert seen.done == {}


_INTERRUPTED = """
import sys, threading
from pathlib import Path
from reporting_assets import contracts
from reporting_assets.contracts.model import RateLabel
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.budget_rules import Limit, Rate
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.fetch import fetch
from reporting_assets.sources.model import Request, ZoomConfig
url, path = sys.argv[1:]
limits = {label: Limit(Rate(2, 30.0)) for label in RateLabel}
budget = RateBudget(Path(path), plan="business", limits=limits)
client = ZoomClient(ZoomConfig(url + "/v2", url + "/token", "a", "b", "c"), budget)
endpoint = contracts.table("zoom.meeting_participants").endpoint("past_meeting_participants")
requests = (Request(endpoint, path={"meetingId": f"m{i}"}) for i in range(100))
try:
    fetch(client, requests, threads=4, on_page=lambda page: None, on_done=lambda outcome: sys.stdout.write("done\\n") and sys.stdout.flush())
except KeyboardInterrupt:
    print("interrupted", threading.active_count(), flush=True)
"""


def test_keyboard_interrupt_ends_soon_and_leaves_no_thread(tmp_path: Path) -> None:
    with serving(joins) as zoom:
        process = subprocess.Popen(
            [sys.executable, "-c", _INTERRUPTED, zoom.url, str(tmp_path / "b.sqlite")],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["done\n", "done\n"]
        time.sleep(0.3)  # the others wait half a minute for the budget now
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=25)
    assert rest.split() == ["interrupted", "1"]
    assert time.monotonic() - began < 25  # half a minute is what they were waiting for
