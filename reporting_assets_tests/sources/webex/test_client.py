"""Listings over HTTP: pages along links, waits, smaller pages, and errors that say what to do."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from reporting_assets import contracts
from reporting_assets.sources.errors import (
    BadRequestError,
    CredentialsError,
    MissingScopeError,
    NetworkError,
    NotAvailableError,
    RateLimitedError,
    ServerError,
)
from reporting_assets.sources.model import Request, RetryPolicy
from reporting_assets.sources.transport import Interrupted
from reporting_assets.sources.webex.tokens import REFUSED_IN_A_ROW
from reporting_assets_tests.sources.webex.fake_webex import QUICK, SECRET, Call, FakeWebex, Reply, error

SITES = contracts.endpoint("webex_sites")
USAGE = contracts.endpoint("webex_meeting_usage")
ATTENDEES = contracts.endpoint("webex_meeting_attendees")
QUALITIES = contracts.endpoint("webex_meeting_qualities")
ASKED = Request(USAGE, params={"siteUrl": "a.webex.com", "serviceType": "EventCenter", "from": "2026-11-01T00:00:00Z"})
MEETING = Request(QUALITIES, params={"meetingId": "ab_I_1"})
pytestmark = pytest.mark.integration


class Paged:
    """A listing of so many rows, served by `max` and `cursor`; `change` may spoil the next link."""

    def __init__(self, rows: int, change: Callable[[str], str] = lambda url: url) -> None:
        self.rows, self.change, self.url = rows, change, ""

    def __call__(self, call: Call) -> Reply:
        size, begin = int(call.query["max"]), int(call.query.get("cursor", 0))
        page = [{"meetingId": str(row)} for row in range(begin, min(begin + size, self.rows))]
        headers = {}
        if begin + size < self.rows:
            target = call.target.split("&cursor=")[0] + f"&cursor={begin + size}"
            headers["Link"] = f'<{self.change(self.url + target)}>; rel="next"'
        return Reply(body={"items": page}, headers=headers)


def rows(pages: list) -> list[str]:
    """The rows of the last pass, as a consumer keeps them."""
    return [row["meetingId"] for page in pages if page.pass_number == pages[-1].pass_number for row in page.records]


def listing(open_webex: Callable, answer: Paged, request: Request = ASKED) -> tuple[list, FakeWebex]:
    client, webex = open_webex(answer)
    answer.url = webex.url
    return list(client.pages(request)), webex


def test_a_listing_is_read_to_its_last_page(open_webex: Callable) -> None:
    pages, webex = listing(open_webex, Paged(2500))
    assert [len(page.records) for page in pages] == [1000, 1000, 500]
    assert [page.number for page in pages] == [1, 2, 3]
    assert rows(pages) == [str(row) for row in range(2500)]
    first, second, _ = webex.calls
    assert first.path == "/v1/meetingReports/usage"
    assert first.query == {**ASKED.params, "max": "1000"}
    assert second.target == f"{first.target}&cursor=1000"  # as the link is written, nothing added
    assert {call.headers["timezone"] for call in webex.calls} == {"UTC"}
    assert {call.headers["Authorization"] for call in webex.calls} == {"Bearer access-1"}


def test_a_single_page_without_page_size(open_webex: Callable) -> None:
    client, webex = open_webex(lambda _: Reply(body={"sites": [{"siteUrl": "a.webex.com", "default": True}]}))
    (page,) = client.pages(Request(SITES))
    assert page.records == [{"siteUrl": "a.webex.com", "default": True}]
    assert webex.calls[0].target == "/v1/meetingPreferences/sites"


def test_quality_is_asked_on_the_analytics_host(open_webex: Callable) -> None:
    client, webex = open_webex(lambda _: Reply(body={"items": []}))
    list(client.pages(MEETING))
    assert webex.calls[0].target == "/analytics/v1/meeting/qualities?meetingId=ab_I_1&max=100"


def test_a_site_that_the_link_lost_is_put_back(open_webex: Callable) -> None:
    pages, webex = listing(open_webex, Paged(1500, lambda url: url.replace("siteUrl=a.webex.com&", "")))
    assert rows(pages) == [str(row) for row in range(1500)]
    assert {call.query["siteUrl"] for call in webex.calls} == {"a.webex.com"}


def test_no_link_to_another_host_is_followed(open_webex: Callable) -> None:
    _, elsewhere = open_webex(Paged(1))
    with pytest.raises(BadRequestError, match="another host"):
        listing(open_webex, Paged(1500, lambda url: url.replace(url.split("/v1")[0], elsewhere.url)))
    assert elsewhere.calls == elsewhere.token_calls == []


def test_the_two_services_are_different_hosts_to_a_link(open_webex: Callable) -> None:
    """Only the port differs; the token still goes to the one that was configured for the endpoint."""
    _, analytics = open_webex(Paged(1))
    answer = Paged(150, lambda url: url)
    client, webex = open_webex(answer, analytics_url=f"{analytics.url}/v1")
    answer.url = webex.url
    analytics.answer = answer
    analytics.good_access.add("access-1")
    with pytest.raises(BadRequestError, match="another host"):
        list(client.pages(MEETING))


def test_redirects_are_not_followed(open_webex: Callable) -> None:
    _, elsewhere = open_webex(Paged(1))
    again, webex = open_webex(lambda _: Reply(302, headers={"Location": f"{elsewhere.url}/v1/x"}))
    with pytest.raises(BadRequestError, match="WEBEX_API_URL"):
        list(again.pages(ASKED))
    assert len(webex.calls) == 1
    assert elsewhere.calls == []


def test_links_in_circles_end(open_webex: Callable) -> None:
    def answer(call: Call) -> Reply:
        link = f"<{call.target.split('&cursor')[0]}&cursor=same>; rel=next"
        return Reply(body={"items": [{"meetingId": "1"}]}, headers={"Link": link})

    client, webex = open_webex(answer)
    with pytest.raises(ServerError, match="circles"):
        list(client.pages(ASKED))
    assert len(webex.calls) == 4 * 2  # the first pass and three more, two pages each


def test_empty_pages_without_end_are_a_circle(open_webex: Callable) -> None:
    def answer(call: Call) -> Reply:
        cursor = int(call.query.get("cursor", 0)) + 1
        link = f"<{call.target.split('&cursor')[0]}&cursor={cursor}>; rel=next"
        return Reply(body={"items": []}, headers={"Link": link})

    client, webex = open_webex(answer)
    with pytest.raises(ServerError, match="circles"):
        list(client.pages(ASKED))
    assert len(webex.calls) < 100


@pytest.mark.parametrize("pushed", [1, 2, 1000])
def test_rows_that_were_pushed_onto_the_next_page_count_once(open_webex: Callable, pushed: int) -> None:
    class Growing(Paged):
        def __call__(self, call: Call) -> Reply:
            reply = super().__call__(call)
            if begin := int(call.query.get("cursor", 0)):
                reply.body["items"][:0] = [{"meetingId": str(row)} for row in range(begin - pushed, begin)]
            return reply

    pages, _ = listing(open_webex, Growing(1500))
    assert rows(pages) == [str(row) for row in range(1500)]


def test_equal_rows_within_a_page_are_rows(open_webex: Callable) -> None:
    client, _ = open_webex(lambda _: Reply(body={"items": [{"meetingId": "1"}, {"meetingId": "1"}]}))
    assert rows(list(client.pages(ASKED))) == ["1", "1"]


def test_504_asks_for_half_the_page_from_the_beginning(open_webex: Callable) -> None:
    class Slow(Paged):
        def __call__(self, call: Call) -> Reply:
            too_long = int(call.query["max"]) > 300 and call.query.get("cursor")
            return error(504, "Gateway Timeout") if too_long else super().__call__(call)

    pages, webex = listing(open_webex, Slow(1200))
    assert [int(call.query["max"]) for call in webex.calls] == [1000, 1000, 500, 500, 250, 250, 250, 250, 250]
    assert rows(pages) == [str(row) for row in range(1200)]
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


def test_504_at_the_smallest_page_is_an_error(open_webex: Callable) -> None:
    client, webex = open_webex(lambda _: error(504, "Gateway Timeout"))
    with pytest.raises(ServerError, match="try again later"):
        list(client.pages(ASKED))
    sizes = [int(call.query["max"]) for call in webex.calls]
    assert sizes == [1000, 500, 250, 125, 62, 31, 15] + QUICK.attempts * [10]


@pytest.mark.parametrize("status", [423, 429])
def test_a_wish_to_wait_is_kept(open_webex: Callable, status: int) -> None:
    client, webex = open_webex(
        lambda _: error(status, "Not now.", Retry_After="1") if len(webex.calls) == 1 else Reply(body={"items": []})
    )
    began = time.monotonic()
    assert len(list(client.pages(ASKED))) == 1
    assert 1.0 <= time.monotonic() - began < 3.0
    assert len(webex.calls) == 2


def test_without_a_wish_five_seconds_are_waited(open_webex: Callable) -> None:
    client, _ = open_webex(lambda _: error(429, "Too many."), retry=RetryPolicy(attempts=9, total_seconds=4))
    with pytest.raises(RateLimitedError) as raised:
        list(client.pages(ASKED))
    assert raised.value.retry_after == 5.0


def test_too_many_calls_slow_every_listing_but_not_for_one_meeting(open_webex: Callable) -> None:
    client, webex = open_webex(
        lambda call: error(429, "Too many.", Retry_After="1") if "qualities" in call.path else Reply(body={"items": []})
    )

    def ask_about_one_meeting() -> None:
        with pytest.raises(RateLimitedError):
            list(client.pages(MEETING))

    began = time.monotonic()
    waiting = threading.Thread(target=ask_about_one_meeting)
    waiting.start()
    while not webex.calls:
        time.sleep(0.01)
    list(client.pages(ASKED))
    assert time.monotonic() - began < 0.9, "a limit on one meeting does not stop the others"
    waiting.join()


def test_one_meeting_is_not_asked_about_twice_within_its_pause(open_webex: Callable) -> None:
    client, webex = open_webex(lambda _: Reply(body={"items": []}), quality_pause_seconds=0.6)
    began = time.monotonic()
    list(client.pages(MEETING))
    list(client.pages(Request(QUALITIES, params={"meetingId": "cd_I_2"})))
    assert time.monotonic() - began < 0.5
    list(client.pages(MEETING))
    assert time.monotonic() - began >= 0.6
    assert len(webex.calls) == 3


def test_waiting_ends_when_the_fetch_is_stopped(open_webex: Callable) -> None:
    client, _ = open_webex(lambda _: Reply(body={"items": []}), quality_pause_seconds=60.0)
    list(client.pages(MEETING))
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        list(client.pages(MEETING, stop))
    assert time.monotonic() - began < 5


def test_server_errors_are_tried_again(open_webex: Callable) -> None:
    client, webex = open_webex(
        lambda _: error(502, "Bad gateway.") if len(webex.calls) < 3 else Reply(body={"items": []})
    )
    assert len(list(client.pages(ASKED))) == 1
    assert len(webex.calls) == 3


@pytest.mark.parametrize("body", [b"<html>no</html>", {"sites": []}, {"items": {}}, {"items": [1]}, b"[]"])
def test_what_is_no_page_is_never_taken_as_empty(open_webex: Callable, body: object) -> None:
    client, webex = open_webex(lambda _: Reply(body=body))
    with pytest.raises(ServerError):
        list(client.pages(ASKED))
    assert len(webex.calls) == QUICK.attempts


def test_a_page_cut_short_is_asked_for_again(open_webex: Callable) -> None:
    client, webex = open_webex(
        lambda _: Reply(body={"items": [{"meetingId": "1"}]}, cut=5 if len(webex.calls) == 1 else None)
    )
    assert rows(list(client.pages(ASKED))) == ["1"]


def test_an_unreachable_host_names_its_setting(open_webex: Callable) -> None:
    client, _ = open_webex(Paged(1), analytics_url="http://127.0.0.1:9/v1")
    with pytest.raises(NetworkError, match="WEBEX_ANALYTICS_URL"):
        list(client.pages(MEETING))


def test_an_access_token_that_ended_is_renewed(open_webex: Callable) -> None:
    answer = Paged(1)
    client, webex = open_webex(answer)
    list(client.pages(ASKED))
    webex.revoke()
    list(client.pages(ASKED))
    assert len(webex.token_calls) == 2
    webex.answer = lambda _: error(401, "The request requires a valid access token set.")
    with pytest.raises(CredentialsError, match="WEBEX_REFRESH_TOKEN"):
        list(client.pages(ASKED))
    assert len(webex.token_calls) == 2 + REFUSED_IN_A_ROW


def test_tokens_that_others_end_are_renewed_as_often_as_it_takes(open_webex: Callable) -> None:
    """Each token is ended after two calls, as when another process renews all the time: no single one is at fault."""
    calls: Counter[str] = Counter()

    def answer(call: Call) -> Reply:
        token = call.headers["Authorization"]
        calls[token] += 1
        return Reply(body={"items": []}) if calls[token] <= 2 else error(401, "The token has ended.")

    client, webex = open_webex(answer)
    for _ in range(20):
        assert len(list(client.pages(ASKED))) == 1
    assert len(webex.token_calls) == 10


def test_a_missing_scope_is_named(open_webex: Callable) -> None:
    client, webex = open_webex(lambda _: error(403, "Access denied."))
    with pytest.raises(MissingScopeError, match=r"meeting:admin_config_read.*administrator") as raised:
        list(client.pages(ASKED))
    assert raised.value.scopes == ("meeting:admin_config_read",)
    with pytest.raises(MissingScopeError, match=r"analytics:read_all.*Pro Pack"):
        list(client.pages(MEETING))
    assert len(webex.calls) == 2


@pytest.mark.parametrize("status", [403, 451])
def test_another_region_is_named(open_webex: Callable, status: int) -> None:
    message = "This server cannot serve the data for this organization. Please use analytics-eu.webexapis.com"
    client, _ = open_webex(lambda _: Reply(status, {"message": message, "errorCode": status, "trackingId": "X_1"}))
    with pytest.raises(BadRequestError, match=r"WEBEX_ANALYTICS_URL to https://analytics-eu\.webexapis\.com/v1"):
        list(client.pages(MEETING))


def test_a_region_elsewhere_is_not_suggested(open_webex: Callable) -> None:
    client, _ = open_webex(lambda _: Reply(451, {"message": "Please use evil.example"}))
    with pytest.raises(BadRequestError) as raised:
        list(client.pages(MEETING))
    assert "evil" not in str(raised.value)


def test_a_meeting_that_is_gone_is_a_result_and_a_report_is_not(open_webex: Callable) -> None:
    client, _ = open_webex(lambda _: error(404, "The requested resource could not be found."))
    with pytest.raises(NotAvailableError):
        list(client.pages(Request(ATTENDEES, params={"siteUrl": "a.webex.com", "meetingId": "ab_I_1"})))
    with pytest.raises(BadRequestError, match="WEBEX_API_URL"):
        list(client.pages(ASKED))


def test_equal_refusals_read_alike_and_tell_no_secret(open_webex: Callable) -> None:
    message = f"POST failed for jo@example.com with {SECRET} and access-1: 'from' is not a date"
    client, webex = open_webex(lambda _: error(400, message))
    told = set()
    for _ in range(2):
        with pytest.raises(BadRequestError, match="'from' is not a date") as raised:
            list(client.pages(ASKED))
        told.add(str(raised.value))
    (sentence,) = told
    for secret in (SECRET, "access-1", "example.com", "ROUTER"):
        assert secret not in sentence
    assert len(webex.calls) == 2


def test_ping_asks_little_and_nothing_that_may_not_exist(open_webex: Callable) -> None:
    def answer(call: Call) -> Reply:
        if call.path.endswith("/sites"):
            return Reply(body={"sites": [{"siteUrl": "a.webex.com", "default": True}]})
        return Reply(body={"items": []})

    client, webex = open_webex(answer)
    for endpoint in (SITES, USAGE):
        client.ping(endpoint)
    with pytest.raises(ValueError, match="meetings that may not exist are never asked for"):
        client.ping(QUALITIES)
    assert [call.path for call in webex.calls] == [
        "/v1/meetingPreferences/sites",
        "/v1/meetingPreferences/sites",
        "/v1/meetingReports/usage",
    ]
    assert webex.calls[2].query["max"] == "1"
    webex.answer = lambda _: error(403, "Access denied.")
    with pytest.raises(MissingScopeError):
        client.ping(SITES)


def test_ping_knows_scopes_that_the_token_lacks(open_webex: Callable) -> None:
    client, webex = open_webex(Paged(1))
    webex.token_reply = lambda _: Reply(body={"access_token": "a", "expires_in": 9, "scope": "meeting:schedules_read"})
    with pytest.raises(ValueError, match="never asked for"):
        client.ping(ATTENDEES)
    with pytest.raises(MissingScopeError, match="analytics:read_all"):
        client.ping(QUALITIES)
    assert webex.calls == []


@pytest.mark.parametrize("setting", ["api_url", "analytics_url"])
def test_credentials_never_travel_unprotected(open_webex: Callable, setting: str) -> None:
    with pytest.raises(CredentialsError, match=f"WEBEX_{setting.upper()}"):
        open_webex(Paged(1), **{setting: "http://webexapis.com/v1"})


def test_secrets_are_not_in_the_configuration_s_text(open_webex: Callable, tmp_path: object) -> None:
    _, webex = open_webex(Paged(1))
    text = repr(webex.config(tmp_path))  # type: ignore[arg-type]
    assert SECRET not in text
    assert "first-refresh" not in text
