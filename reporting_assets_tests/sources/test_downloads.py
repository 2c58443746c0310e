"""Links of files are followed to the vendor alone, without our token, and never further than the limit."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reporting_assets.sources.downloads import CHUNK_BYTES, Downloader
from reporting_assets.sources.errors import NetworkError, ServerError

pytestmark = pytest.mark.integration

LIMIT = 1_000_000
CONTENT = bytes(range(256)) * 1000


class FileServer:
    """A server of files on a free port of 127.0.0.1: `/ok`, `/endless`, `/to?<address>` and so on."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                outer.answer(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, _, address = handler.path.partition("?")
        headers = {"Content-Type": "image/png; name=secret.png", "Connection": "close"}
        body, status = CONTENT, 200
        if path == "/to":
            status, body = 302, b""
            headers["Location"] = address
        elif path.startswith("/status/"):
            status = int(path.removeprefix("/status/"))
        elif path == "/packed":
            body = gzip.compress(bytes(50_000_000))
            headers["Content-Encoding"] = "gzip"
        if path == "/cut":
            headers["Content-Length"] = str(len(body) + 1)
        elif path != "/endless":
            headers["Content-Length"] = str(2 * LIMIT if path == "/announced" else len(body))
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        try:
            handler.wfile.write(body)
            while path == "/endless":
                handler.wfile.write(body)
        except OSError:
            pass
        handler.close_connection = True

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[FileServer]:
    one = FileServer()
    yield one
    one.stop()


@pytest.fixture
def downloader(server: FileServer) -> Iterator[Downloader]:
    one = Downloader(f"{server.url}/v2", threads=2, read_seconds=5)
    yield one
    one.close()


def fetched(downloader: Downloader, link: str) -> tuple[str, bytes]:
    """How it ended and what was written."""
    pieces: list[bytes] = []
    found = downloader.fetch(link, pieces.append, LIMIT)
    content = b"".join(pieces)
    assert found.outcome != "complete" or found.bytes == len(content)
    return found.outcome, content


def test_a_file_comes_whole_and_without_our_credentials(
    server: FileServer, downloader: Downloader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hidden\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    pieces: list[bytes] = []
    found = downloader.fetch(f"{server.url}/ok?jwt=abc", pieces.append, LIMIT)
    assert (found.outcome, found.bytes, found.content_type) == ("complete", len(CONTENT), "image/png")
    assert b"".join(pieces) == CONTENT
    [(_, headers)] = server.asked
    assert "authorization" not in headers
    assert headers["accept-encoding"] == "identity"


def test_redirects_stay_with_the_vendor(server: FileServer, downloader: Downloader) -> None:
    assert fetched(downloader, f"{server.url}/to?/ok") == ("complete", CONTENT)
    other = FileServer()
    try:
        assert fetched(downloader, f"{server.url}/to?{other.url}/ok") == ("refused", b"")
        assert fetched(downloader, f"{other.url}/ok") == ("refused", b"")
        assert other.asked == []
    finally:
        other.stop()
    assert fetched(downloader, f"{server.url}/to?/to?/to?/to?/to?/ok")[0] == "refused"
    assert len(server.asked) < 12


@pytest.mark.parametrize("path", ["/endless", "/announced"])
def test_nothing_is_read_beyond_the_limit(server: FileServer, downloader: Downloader, path: str) -> None:
    outcome, content = fetched(downloader, server.url + path)
    assert outcome == "too_large"
    assert len(content) <= LIMIT + CHUNK_BYTES
    assert path == "/endless" or content == b""


def test_a_packed_answer_is_not_unpacked(server: FileServer, downloader: Downloader) -> None:
    assert fetched(downloader, f"{server.url}/packed") == ("refused", b"")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(401, "expired"), (403, "expired"), (404, "expired"), (410, "expired"), (400, "refused"), (206, "refused")],
)
def test_other_answers_are_results(server: FileServer, downloader: Downloader, status: int, outcome: str) -> None:
    assert fetched(downloader, f"{server.url}/status/{status}") == (outcome, b"")


@pytest.mark.parametrize("path", ["/status/500", "/status/503", "/status/429", "/cut"])
def test_what_may_pass_is_an_error_that_tells_no_address(server: FileServer, downloader: Downloader, path: str) -> None:
    with pytest.raises((ServerError, NetworkError)) as caught:
        fetched(downloader, f"{server.url}{path}?jwt=hidden-token")
    assert "hidden-token" not in str(caught.value)
    assert server.url not in str(caught.value)
    assert caught.value.__cause__ is None
    assert str(caught.value).endswith(".")


def test_nobody_there_is_an_error_that_tells_no_address(server: FileServer) -> None:
    server.stop()
    with pytest.raises(NetworkError) as caught:
        Downloader(f"{server.url}/v2", threads=1, connect_seconds=1).fetch(
            f"{server.url}/ok?jwt=hidden", lambda _: None, LIMIT
        )
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://zoom.us/file/download/a?jwt=b", True),
        ("https://file.zoom.us/a", True),
        ("https://api.zoom.us/v2/a", True),
        ("https://ZOOM.US:443/a", True),
        ("http://zoom.us/a", False),
        ("https://zoom.us:8443/a", False),
        ("https://zoom.us.evil.example/a", False),
        ("https://evilzoom.us/a", False),
        ("https://zoom.us@evil.example/a", False),
        ("https://someone:word@zoom.us/a", False),
        ("https://evil.example\\@zoom.us/a", False),
        ("https://evil.example#@zoom.us/a", False),
        ("https://zoom.us /a", False),
        ("https://zoom.us/a\r\nHost: evil.example", False),
        ("https://127.0.0.1/a", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/a", False),
        ("https://zoom.us:99999/a", False),
        ("file:///etc/passwd", False),
        ("ftp://zoom.us/a", False),
        ("//zoom.us/a", False),
        ("", False),
        ("https://", False),
    ],
)
def test_links_lead_to_the_vendor_or_nowhere(url: str, is_allowed: bool) -> None:
    assert Downloader("https://api.zoom.us/v2", threads=1).is_allowed(url) is is_allowed
