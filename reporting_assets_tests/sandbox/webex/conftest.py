"""One sandbox for all Webex tests that leave it as it is, and a client written apart from the product's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import Running, start

NOW = "2026-11-20T20:30:00Z"
SITE, OTHER_SITE = "northwind.webex.example", "northwind-east.webex.example"
SERVICES = ("MeetingCenter", "EventCenter", "TrainingCenter", "SupportCenter")


class Webex:
    """Talks to one sandbox's Webex with a valid token."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.session = requests.Session()
        self.log_in()

    def token(self, **changes: str) -> requests.Response:
        form = {
            "grant_type": "refresh_token",
            "client_id": "sandbox-webex-client",
            "client_secret": "sandbox-webex-secret",
            "refresh_token": "sandbox-webex-refresh-token",
            **changes,
        }
        return requests.post(f"{self.running.webex_api_url}/access_token", data=form, timeout=60)

    def log_in(self) -> None:
        self.issued = self.token().json()
        self.session.headers["Authorization"] = f"Bearer {self.issued['access_token']}"

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> requests.Response:
        """GET from whichever host has the path. `from_` stands for the parameter `from`."""
        base = self.running.webex_analytics_url if path.endswith("qualities") else self.running.webex_api_url
        params = {name.rstrip("_"): value for name, value in query.items()}
        return self.session.get(base + path, params=params, headers=headers, timeout=60)

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All records of a listing, along its links."""
        answer = self.get(path, **query)
        found: list[dict[str, Any]] = []
        while True:
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if "next" not in answer.links:
                return found
            answer = self.session.get(answer.links["next"]["url"], timeout=60)

    def usage(self, first: str, last: str, **query: Any) -> list[dict[str, Any]]:
        """Meetings of both sites and all service types that start from one instant to another."""
        return [
            {**meeting, "_site": site}
            for site in (SITE, OTHER_SITE)
            for service in SERVICES
            for meeting in self.all(
                "/meetingReports/usage", siteUrl=site, serviceType=service, from_=first, to=last, max=1000, **query
            )
        ]


@pytest.fixture(scope="session")
def webex() -> Iterator[Webex]:
    with start(Config(users=60, now=NOW)) as running:
        yield Webex(running)


@pytest.fixture
def launched() -> Iterator[Callable[..., Webex]]:
    """Starts a sandbox with the settings given; it ends with the test."""
    with ExitStack() as stack:

        def launch(**settings: Any) -> Webex:
            return Webex(stack.enter_context(start(Config(**{"users": 60, "now": NOW, **settings}))))

        yield launch
