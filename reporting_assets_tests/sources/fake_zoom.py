"""A small Zoom for tests: real HTTP on loopback, whose answers each test scripts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from reporting_assets.sources.model import RetryPolicy, ZoomConfig

QUICK = RetryPolicy(attempts=4, total_seconds=20, first_wait_seconds=0.01, longest_wait_seconds=0.05)
SECRET = "s3cr3t-of-the-app"


@dataclass
class Call:
    """One request as the server saw it."""

    method: str
    path: str  # raw, still percent-encoded
    query: dict[str, str]
    headers: Mapping[str, str]
    body: str
    at: float


@dataclass
class Reply:
    """One answer; `body` is JSON unless it is bytes. `cut` sends only so many of the announced bytes."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    delay: float = 0.0


class FakeZoom:
    """Answers `/token` with fresh tokens and everything else with what `answer(call)` returns."""

    def __init__(self, answer: Callable[[Call], Reply]) -> None:
        self.answer = answer
        self.token_reply: Callable[[Call], Reply] | None = None
        self.expires_in = 3600
        self.calls: list[Call] = []
        self.token_calls: list[Call] = []
        self.valid: set[str] = set()
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def config(self, **changes: Any) -> ZoomConfig:
        """A client configuration for this server, with quick retries."""
        values: dict[str, Any] = {
            "api_url": f"{self.url}/v2",
            "oauth_url": f"{self.url}/token",
            "account_id": "acc",
            "client_id": "id",
            "client_secret": SECRET,
            "threads": 8,
            "connect_seconds": 2.0,
            "read_seconds": 2.0,
            "retry": QUICK,
        }
        return ZoomConfig(**(values | changes))

    def revoke(self) -> None:
        """Every token issued so far is refused from now on."""
        with self._lock:
            self.valid.clear()

    def reply_to(self, call: Call) -> Reply:
        if urlsplit(call.path).path == "/token":
            with self._lock:
                self.token_calls.append(call)
                token = f"token-{len(self.token_calls)}"
                self.valid.add(token)
            if self.token_reply is not None:
                return self.token_reply(call)
            return Reply(body={"access_token": token, "expires_in": self.expires_in, "scope": "a:read b:read"})
        with self._lock:
            self.calls.append(call)
            known = call.headers.get("Authorization", "").removeprefix("Bearer ") in self.valid
        if not known:
            return Reply(401, {"code": 124, "message": "Access token is expired."})
        return self.answer(call)


@contextmanager
def serving(answer: Callable[[Call], Reply]) -> Iterator[FakeZoom]:
    """A running server; it ends with the block."""
    zoom = FakeZoom(answer)
    thread = threading.Thread(target=zoom.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield zoom
    finally:
        zoom.server.shutdown()
        zoom.server.server_close()
        thread.join()


def _handler(zoom: FakeZoom) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            call = Call(self.command, parts.path, query, self.headers, body, time.time())
            reply = zoom.reply_to(call)
            time.sleep(reply.delay)
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
