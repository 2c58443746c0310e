"""The client over HTTP: paths, paging parameters, retries, limits, and messages without anything private."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import RateLabel
from reporting_assets.sources import errors
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.budget_rules import DailyCap, Limit, Rate
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.model import Request, RetryPolicy
from reporting_assets.sources.transport import Interrupted, encoded_path
from reporting_assets_tests import reference
from reporting_assets_tests.sources.fake_zoom import QUICK, SECRET, Call, Reply

USERS = contracts.table("zoom.users").endpoint("list_users")
DAILY = contracts.table("zoom.daily_usage").endpoint("report_daily")
METRICS = contracts.table("zoom.meetings").endpoint("metrics_meetings")
JOINS = contracts.table("zoom.meeting_participants").endpoint("past_meeting_participants")
pytestmark = pytest.mark.integration


def page(*ids: str, token: str = "", total: int | None = None) -> Reply:
    body: dict = {"users": [{"id": each} for each in ids], "next_page_token": token}
    return Reply(body=body if total is None else body | {"total_records": total})


def in_turn(*replies: Reply) -> Callable[[Call], Reply]:
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_uuid_encoding_vectors() -> None:
    for case in reference.vectors("uuid_encoding"):
        assert encoded_path("/m/{id}/p", {"id": case["raw"]}) == f"/m/{case['expected_path_segment']}/p", case


@pytest.mark.parametrize(
    ("raw", "sent"),
    [("/ab==", "%252Fab%253D%253D"), ("a/b", "a%2Fb"), ("a b?#%", "a%20b%3F%23%25"), ("{x}", "%7Bx%7D")],
)
def test_what_goes_over_the_wire(open_zoom: Callable, raw: str, sent: str) -> None:
    client, zoom = open_zoom(lambda _: Reply(body={"participants": []}))
    list(client.pages(Request(JOINS, path={"meetingId": raw})))
    assert zoom.calls[0].path == f"/v2/past_meetings/{sent}/participants"


def test_every_page_repeats_all_parameters(open_zoom: Callable) -> None:
    client, zoom = open_zoom(in_turn(page("a", "b", token="t1", total=3), page("c", total=3)))
    pages = list(client.pages(Request(USERS, params={"status": "active"})))
    assert [[record["id"] for record in each.records] for each in pages] == [["a", "b"], ["c"]]
    assert [each.number for each in pages] == [1, 2]
    assert [each.total_records for each in pages] == [3, 3]
    assert all(each.received_at.tzinfo is UTC for each in pages)
    assert [call.query for call in zoom.calls] == [
        {"status": "active", "page_size": "300"},
        {"status": "active", "page_size": "300", "next_page_token": "t1"},
    ]


def test_endpoint_parameters_are_sent_and_single_page_answers_are_not_paged(open_zoom: Callable) -> None:
    client, zoom = open_zoom(lambda _: Reply(body={"meetings": [], "dates": [{"date": "2026-11-01"}]}))
    list(client.pages(Request(METRICS, params={"type": "past"})))
    list(client.pages(Request(DAILY, params={"year": 2026, "month": 11})))
    assert zoom.calls[0].query["include_fields"] == "tracking_fields"
    assert zoom.calls[1].query == {"year": "2026", "month": "11"}


def test_a_clamped_range_is_an_error(open_zoom: Callable) -> None:
    client, _ = open_zoom(lambda _: Reply(body={"meetings": [], "from": "2026-10-21", "to": "2026-11-20"}))
    with pytest.raises(errors.RangeClampedError, match="2026-10-01"):
        list(client.pages(Request(METRICS, params={"from": "2026-10-01", "to": "2026-11-20"})))
    assert len(list(client.pages(Request(METRICS, params={"from": "2026-10-21", "to": "2026-11-20"})))) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(500),
        Reply(502, b"<html>bad gateway</html>"),
        Reply(408),
        Reply(429, {"message": "slow down"}, {"Retry-After": "0", "x-RateLimit-TYPE": "QPS"}),
        Reply(200, b'{"users": [{"id"'),
        Reply(200, {"users": [{"id": "x" * 1000}]}, cut=100),
        Reply(200, {"total_records": 3}),
        Reply(200, {"users": "none"}),
        Reply(200, delay=3),
    ],
    ids=["500", "502", "408", "429", "bad json", "cut short", "no list", "not a list", "too slow"],
)
def test_passing_trouble_is_retried(open_zoom: Callable, trouble: Reply) -> None:
    client, zoom = open_zoom(in_turn(trouble, page("a")), read_seconds=0.5)
    assert [record["id"] for each in client.pages(Request(USERS)) for record in each.records] == ["a"]
    assert len(zoom.calls) == 2


def test_lasting_trouble_is_bounded_and_named_without_private_values(
    open_zoom: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client, zoom = open_zoom(lambda _: Reply(503, {"code": 503, "message": f"bob@corp.example.com failed {SECRET}"}))
    with pytest.raises(errors.ServerError) as raised:
        list(client.pages(Request(JOINS, path={"meetingId": "per/sonal=="})))
    assert len(zoom.calls) == QUICK.attempts
    text = f"{raised.value!r} {caplog.text}"
    assert "/past_meetings/{meetingId}/participants" in text
    for private in ("bob@", "per/sonal", "per%2Fsonal", "token-1", SECRET):
        assert private not in text


def test_total_time_is_bounded(open_zoom: Callable) -> None:
    policy = RetryPolicy(attempts=50, total_seconds=1.0, first_wait_seconds=0.01, longest_wait_seconds=0.05)
    client, zoom = open_zoom(lambda _: Reply(503, headers={"Retry-After": "3600"}), retry=policy)
    began = time.monotonic()
    with pytest.raises(errors.ServerError):
        list(client.pages(Request(USERS)))
    assert time.monotonic() - began < 60  # and not the hour it was told to wait
    assert len(zoom.calls) == 1  # it does not wait beyond its time


def test_the_vendor_s_clock_is_kept(open_zoom: Callable) -> None:
    client, zoom = open_zoom(in_turn(Reply(429, {}, {"Retry-After": "1"}), page("a")))
    list(client.pages(Request(USERS)))
    assert zoom.calls[1].at - zoom.calls[0].at >= 0.95


def test_a_limit_hit_slows_every_thread_of_the_label(open_zoom: Callable) -> None:
    client, zoom = open_zoom(in_turn(Reply(429, {}, {"Retry-After": "1"}), page("a")))
    first = threading.Thread(target=lambda: list(client.pages(Request(USERS))))
    first.start()
    while not zoom.calls:
        time.sleep(0.01)
    time.sleep(0.2)
    list(client.pages(Request(USERS)))
    first.join()
    assert all(call.at - zoom.calls[0].at >= 0.9 for call in zoom.calls[1:])


def test_daily_limit_ends_at_once_for_every_process(open_zoom: Callable, budget: RateBudget) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    headers = {"Retry-After": tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ"), "X-RATELIMIT-TYPE": "Daily-limit"}
    client, zoom = open_zoom(lambda _: Reply(429, {"message": "limit"}, headers))
    for _ in range(2):
        with pytest.raises(errors.BudgetExhaustedError) as raised:
            list(client.pages(Request(USERS)))
        assert raised.value.resume_at == tomorrow
    assert len(zoom.calls) == 1
    assert budget.remaining()["MEDIUM"] == 0


def test_headers_correct_the_budget(open_zoom: Callable, budget: RateBudget) -> None:
    def answer(call: Call) -> Reply:
        reply = page("a")
        reply.headers = {"x-ratelimit-Type": "Daily-limit", "X-RateLimit-remaining": "41"}
        return reply

    client, _ = open_zoom(answer)
    list(client.pages(Request(USERS)))
    assert client.remaining() == budget.remaining()
    assert budget.remaining()["MEDIUM"] == 41


def test_a_call_that_failed_is_made_again_out_of_the_reserve(open_zoom: Callable, tmp_path: Path) -> None:
    """Otherwise a report whose last call fails would wait for tomorrow."""
    limits = {label: Limit(Rate(1000, 1.0), DailyCap("day", 40)) for label in RateLabel}
    few = RateBudget(tmp_path / "few.sqlite", plan="business", limits=limits)
    _, zoom = open_zoom(in_turn(Reply(500), page("a")))
    client = ZoomClient(zoom.config(), few)
    for _ in range(37):
        few.acquire(RateLabel.MEDIUM)
    assert len(list(client.pages(Request(USERS)))) == 1
    assert len(zoom.calls) == 2
    with pytest.raises(errors.BudgetExhaustedError):
        list(client.pages(Request(USERS)))
    assert len(zoom.calls) == 2
    client.close()
    few.close()


def test_redirects_are_not_followed(open_zoom: Callable) -> None:
    client, zoom = open_zoom(lambda _: Reply(302, {}, {"Location": "http://127.0.0.1:1/other"}))
    with pytest.raises(errors.BadRequestError, match="ZOOM_API_URL"):
        list(client.pages(Request(USERS)))
    assert len(zoom.calls) == 1


def test_ping(open_zoom: Callable) -> None:
    client, zoom = open_zoom(in_turn(page("a"), Reply(400, {"code": 4711, "message": "does not contain scopes:[x:y]"})))
    client.ping(USERS)
    assert zoom.calls[0].query["page_size"] == "1"
    with pytest.raises(errors.MissingScopeError, match="x:y"):
        client.ping(METRICS)
    with pytest.raises(ValueError, match="one item"):
        client.ping(JOINS)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("metrics_quality", {"from": "2026-11-01", "quality": {"audio": {"good": 1}}}),  # one object
        ("report_billing", {"currency": "USD", "billing_reports": []}),  # no pages
        ("metrics_zoomrooms", {"zoom_rooms": [], "next_page_token": "more"}),
    ],
)
def test_ping_takes_every_shape_of_answer(open_zoom: Callable, name: str, body: dict) -> None:
    endpoint = contracts.endpoint(name)
    client, zoom = open_zoom(in_turn(Reply(body=body), Reply(body={"code": 1})))
    client.ping(endpoint)
    assert len(zoom.calls) == 1
    assert ("page_size" in zoom.calls[0].query) is (endpoint.page_size is not None)
    with pytest.raises(errors.ServerError, match="list of"):
        client.ping(endpoint)


def test_what_needs_an_item_is_not_pinged_although_its_path_has_no_placeholder(open_zoom: Callable) -> None:
    client, zoom = open_zoom(lambda _: Reply())
    with pytest.raises(ValueError, match="one item"):
        client.ping(contracts.endpoint("report_billing_invoices"))
    assert zoom.calls == []


def test_waiting_can_be_interrupted(open_zoom: Callable, budget: RateBudget) -> None:
    client, _ = open_zoom(lambda _: page("a"))
    budget.pause(RateLabel.MEDIUM, 60)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        list(client.pages(Request(USERS), stop))
    assert time.monotonic() - began < 30  # half of what it was waiting for
