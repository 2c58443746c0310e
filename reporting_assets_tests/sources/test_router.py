"""Each request goes to its vendor, whose client is opened when it is first needed and closed in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Service
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.errors import CredentialsError
from reporting_assets.sources.model import Page, Request
from reporting_assets.sources.router import Sources
from reporting_assets_tests.sources.fake_zoom import Reply

USERS = Request(contracts.endpoint("list_users"))
SITES = Request(contracts.endpoint("webex_sites"))
QUALITIES = Request(contracts.table("webex.meeting_qualities").endpoints[0])


class Other:
    """A second vendor, which answers with nothing and counts."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.closed = 0

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:  # noqa: ARG002 a client's signature
        self.asked.append(request)
        return iter(())

    def close(self) -> None:
        self.closed += 1


@pytest.mark.integration
def test_requests_go_to_their_vendor_and_clients_open_when_needed(open_zoom: Callable) -> None:
    zoom_client, zoom = open_zoom(lambda _: Reply(body={"users": [{"id": "a"}]}))
    opened: list[str] = []
    other = Other()

    def open_webex() -> Other:
        opened.append("webex")
        return other

    def open_zoom_client() -> ZoomClient:
        opened.append("zoom")
        return zoom_client

    sources = Sources({Service.ZOOM: open_zoom_client, Service.WEBEX: open_webex, Service.WEBEX_ANALYTICS: open_webex})
    assert opened == []
    assert [page.records for page in sources.pages(USERS)] == [[{"id": "a"}]]
    assert opened == ["zoom"]
    list(sources.pages(SITES))
    list(sources.pages(QUALITIES))
    assert opened == ["zoom", "webex"]  # both of Webex's addresses are one client's
    assert other.asked == [SITES, QUALITIES]
    assert len(zoom.calls) == 1
    sources.close()
    assert other.closed == 1
    sources.close()
    assert other.closed == 1
    list(sources.pages(SITES))
    assert opened == ["zoom", "webex", "webex"]


def test_many_threads_open_one_client() -> None:
    opened: list[Other] = []
    together = threading.Barrier(8)

    def slowly() -> Other:
        time.sleep(0.05)
        opened.append(Other())
        return opened[-1]

    sources = Sources({Service.WEBEX: slowly})

    def ask(_: int) -> None:
        together.wait(10)
        list(sources.pages(SITES))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert len(opened) == 1
    assert len(opened[0].asked) == 8


def test_a_client_that_cannot_be_opened_says_so_each_time() -> None:
    def refused() -> Any:
        raise CredentialsError("no credentials")

    sources = Sources({Service.ZOOM: refused})
    for _ in range(2):
        with pytest.raises(CredentialsError, match="no credentials"):
            sources.pages(USERS)
    sources.close()
