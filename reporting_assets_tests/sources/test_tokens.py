"""Tokens over HTTP: cached, renewed early, renewed once by many threads, and errors that say what to set."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from reporting_assets import contracts
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.errors import CredentialsError, NetworkError, ServerError
from reporting_assets.sources.model import Request
from reporting_assets.sources.tokens import REFUSED_IN_A_ROW
from reporting_assets_tests.sources.fake_zoom import QUICK, SECRET, Call, Reply, serving

USERS = contracts.table("zoom.users").endpoint("list_users")
pytestmark = pytest.mark.integration


def one_page(call: Call) -> Reply:
    return Reply(body={"users": [{"id": "u"}], "next_page_token": "", "total_records": 1})


def test_one_token_serves_many_calls_and_is_asked_for_as_documented(open_zoom: Callable) -> None:
    client, zoom = open_zoom(one_page)
    for _ in range(3):
        list(client.pages(Request(USERS)))
    (asked,) = zoom.token_calls
    assert asked.method == "POST"
    assert asked.body == "grant_type=account_credentials&account_id=acc"
    assert base64.b64decode(asked.headers["Authorization"].split()[1]).decode() == f"id:{SECRET}"
    assert {call.headers["Authorization"] for call in zoom.calls} == {"Bearer token-1"}
    assert client.scopes() == {"a:read", "b:read"}


def test_token_is_renewed_before_it_ends(open_zoom: Callable) -> None:
    client, zoom = open_zoom(one_page)
    zoom.expires_in = 1  # short ones are renewed at half their life
    list(client.pages(Request(USERS)))
    time.sleep(0.6)
    list(client.pages(Request(USERS)))
    assert [call.headers["Authorization"] for call in zoom.calls] == ["Bearer token-1", "Bearer token-2"]


def test_many_threads_refused_at_once_renew_once(open_zoom: Callable) -> None:
    together = threading.Barrier(8)

    def answer(call: Call) -> Reply:
        return one_page(call)

    client, zoom = open_zoom(answer)
    list(client.pages(Request(USERS)))
    zoom.revoke()

    def listing(_: int) -> int:
        together.wait()
        return sum(len(page.records) for page in client.pages(Request(USERS)))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(listing, range(8))) == [1] * 8
    assert len(zoom.token_calls) == 2


def test_code_124_under_status_400_renews_too(open_zoom: Callable) -> None:
    seen: list[str] = []

    def answer(call: Call) -> Reply:
        seen.append(call.headers["Authorization"])
        return Reply(400, {"code": 124, "message": "Invalid access token."}) if len(seen) == 1 else one_page(call)

    client, _ = open_zoom(answer)
    assert len(list(client.pages(Request(USERS)))) == 1
    assert seen == ["Bearer token-1", "Bearer token-2"]


def test_a_new_token_that_is_refused_too_ends_it(open_zoom: Callable) -> None:
    client, zoom = open_zoom(
        lambda _: Reply(401, {"code": 124, "message": f"Invalid access token token-{1 + REFUSED_IN_A_ROW}."})
    )
    with pytest.raises(CredentialsError) as raised:
        list(client.pages(Request(USERS)))
    assert len(zoom.token_calls) == 1 + REFUSED_IN_A_ROW
    assert "token-" not in str(raised.value)


def test_tokens_that_others_end_are_renewed_as_often_as_it_takes(open_zoom: Callable) -> None:
    """Each token is ended after two calls, as when another process renews all the time: no single one is at fault."""
    calls: dict[str, int] = {}

    def answer(call: Call) -> Reply:
        token = call.headers["Authorization"]
        calls[token] = calls.get(token, 0) + 1
        return one_page(call) if calls[token] <= 2 else Reply(401, {"code": 124, "message": "Invalid access token."})

    client, zoom = open_zoom(answer)
    for _ in range(20):
        assert len(list(client.pages(Request(USERS)))) == 1
    assert len(zoom.token_calls) == 10


@pytest.mark.parametrize(
    ("status", "body", "names"),
    [
        (
            401,
            {"reason": "Invalid client_id or client_secret", "error": "invalid_client"},
            ["ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"],
        ),
        (400, {"reason": "Bad Request", "error": "invalid_request"}, ["ZOOM_ACCOUNT_ID"]),
        (400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}, ["ZOOM_ACCOUNT_ID"]),
        (403, {}, ["ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_ACCOUNT_ID"]),
        (400, {"reason": f"unknown secret {SECRET}", "error": "invalid_client"}, ["ZOOM_CLIENT_SECRET"]),
        (302, {}, ["ZOOM_OAUTH_URL"]),
    ],
)
def test_refused_credentials_name_the_settings(open_zoom: Callable, status: int, body: dict, names: list[str]) -> None:
    client, zoom = open_zoom(one_page)
    zoom.token_reply = lambda _: Reply(status, body, {"Location": "http://elsewhere.example/"} if status == 302 else {})
    with pytest.raises(CredentialsError) as raised:
        list(client.pages(Request(USERS)))
    assert all(name in str(raised.value) for name in names)
    assert SECRET not in repr(raised.value)
    assert len(zoom.token_calls) == 1
    assert zoom.calls == []


def test_token_server_in_trouble_is_retried_and_bounded(open_zoom: Callable) -> None:
    client, zoom = open_zoom(one_page)
    zoom.token_reply = lambda _: Reply(503)
    with pytest.raises(ServerError):
        list(client.pages(Request(USERS)))
    assert len(zoom.token_calls) == QUICK.attempts  # not multiplied by two layers of retries


def test_unreachable_token_server(budget: RateBudget) -> None:
    with serving(one_page) as zoom:
        config = zoom.config()
    client = ZoomClient(config, budget)
    with pytest.raises(NetworkError, match="ZOOM_OAUTH_URL"):
        list(client.pages(Request(USERS)))


@pytest.mark.parametrize(
    "url",
    ["http://api.zoom.us/v2", "ftp://127.0.0.1/x", "zoom.us", "https://u:p@zoom.us/", "http://127.0.0.1.evil.example/"],
)
@pytest.mark.parametrize("setting", ["api_url", "oauth_url"])
def test_credentials_never_travel_unprotected(budget: RateBudget, url: str, setting: str) -> None:
    with serving(one_page) as zoom:
        config = zoom.config(**{setting: url})
    with pytest.raises(CredentialsError, match=f"ZOOM_{setting.upper()}"):
        ZoomClient(config, budget)


def test_secret_is_not_in_the_configuration_s_text() -> None:
    with serving(one_page) as zoom:
        assert SECRET not in repr(zoom.config())
