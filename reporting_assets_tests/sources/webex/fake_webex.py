"""A small Webex for tests: real HTTP on loopback, whose answers each test scripts. Refresh tokens are spent once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from reporting_assets.sources.model import RetryPolicy
from reporting_assets.sources.webex.model import WebexConfig

QUICK = RetryPolicy(attempts=4, total_seconds=20, first_wait_seconds=0.01, longest_wait_seconds=0.05)
SECRET = "s3cr3t-of-the-webex-app"
FIRST = "first-refresh-token"


@dataclass
class Call:
    """One request as the server saw it."""

    target: str  # raw path and query
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    form: dict[str, str]


@dataclass
class Reply:
    """One answer; `body` is JSON unless it is bytes. `cut` sends only so many of the announced bytes."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


class FakeWebex:
    """Answers `/v1/access_token` with tokens and everything else with what `answer(call)` returns."""

    def __init__(self, answer: Callable[[Call], Reply]) -> None:
        self.answer = answer
        self.token_reply: Callable[[Call], Reply] | None = None
        self.rotates = True  # each refresh token is good once and brings another
        self.forgives = False  # a spent one is good all the same
        self.expires_in = 1_209_600
        self.refresh_expires_in = 7_776_000
        self.token_delay = 0.0
        self.token_arrivals = 0  # requests for a token that came, answered or not
        self.calls: list[Call] = []
        self.token_calls: list[Call] = []
        self.good_refresh = {FIRST}
        self.good_access: set[str] = set()
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def config(self, folder: Path, **changes: Any) -> WebexConfig:
        """A client configuration for this server, with quick retries and its token file in `folder`."""
        values: dict[str, Any] = {
            "api_url": f"{self.url}/v1",
            "analytics_url": f"{self.url}/analytics/v1",
            "client_id": "id",
            "client_secret": SECRET,
            "refresh_token": FIRST,
            "token_file": folder / "tokens" / "webex.json",
            "threads": 8,
            "connect_seconds": 2.0,
            "read_seconds": 5.0,
            "quality_pause_seconds": 0.3,
            "retry": QUICK,
        }
        return WebexConfig(**(values | changes))

    def revoke(self) -> None:
        """Every access token issued so far is refused from now on."""
        with self._lock:
            self.good_access.clear()

    def reply_to(self, call: Call) -> Reply:
        if call.path == "/v1/access_token":
            self.token_arrivals += 1
            time.sleep(self.token_delay)
            with self._lock:
                self.token_calls.append(call)
                return self.token_reply(call) if self.token_reply else self._issue(call.form)
        with self._lock:
            self.calls.append(call)
            known = call.headers.get("Authorization", "").removeprefix("Bearer ") in self.good_access
        return self.answer(call) if known else error(401, "The request requires a valid access token set.")

    def _issue(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != ("id", SECRET):
            return error(401, "The client credentials are invalid.")
        sent = form.get("refresh_token", "")
        if sent not in self.good_refresh:
            return error(400, f"The refresh token {sent} provided is expired, revoked, malformed or invalid.")
        number = len(self.token_calls)
        body = {"access_token": f"access-{number}", "expires_in": self.expires_in, "token_type": "Bearer"}
        body |= {"scope": "meeting:admin_config_read analytics:read_all", "refresh_token": sent}
        body |= {"refresh_token_expires_in": self.refresh_expires_in}
        self.good_access.add(f"access-{number}")
        if self.rotates:
            body["refresh_token"] = f"refresh-{number}"
            self.good_refresh.add(f"refresh-{number}")
            if not self.forgives:
                self.good_refresh.discard(sent)
        return Reply(body=body)


def error(status: int, message: str, **headers: str) -> Reply:
    """An error in Webex's shape; each has an id of its own."""
    tracking = f"ROUTER_{time.time_ns():X}"
    body = {"message": message, "errors": [{"description": message}], "trackingId": tracking}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def serving(answer: Callable[[Call], Reply]) -> Iterator[FakeWebex]:
    """A running server; it ends with the block."""
    webex = FakeWebex(answer)
    thread = threading.Thread(target=webex.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield webex
    finally:
        webex.server.shutdown()
        webex.server.server_close()
        thread.join()


def _handler(webex: FakeWebex) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            reply = webex.reply_to(Call(self.path, parts.path, query, self.headers, form))
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content[: reply.cut])
            except ConnectionError:
                return
            self.close_connection = reply.cut is not None

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002 as the base class has it
            return

    return Handler
