"""A small client of the sandbox for its own tests, written apart from the product's client so that both can be wrong."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

from reporting_assets.sandbox.launch import Running


class Api:
    """Talks to one sandbox with a valid token."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.session = requests.Session()
        self.log_in()

    def log_in(self) -> None:
        answer = ask_token(self.session, self.running)
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **query: Any) -> requests.Response:
        """GET below /v2. `from_` stands for the parameter `from`."""
        params = {name.rstrip("_"): value for name, value in query.items()}
        return self.session.get(self.running.api_url + path, params=params, timeout=60)

    def ok(self, path: str, **query: Any) -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, (path, query, answer.status_code, answer.text[:300])
        return answer.json()

    def error(self, path: str, **query: Any) -> tuple[int, int]:
        """(HTTP status, vendor's code) of an answer that must be an error."""
        answer = self.get(path, **query)
        assert answer.status_code >= 400, (path, query, answer.text[:300])
        return answer.status_code, answer.json()["code"]

    def pages(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All pages of a listing."""
        found = [self.ok(path, **query)]
        while found[-1]["next_page_token"]:
            found.append(self.ok(path, **query, next_page_token=found[-1]["next_page_token"]))
        return found

    def all(self, path: str, rows_at: str, **query: Any) -> list[dict[str, Any]]:
        """All records of a listing."""
        return [row for page in self.pages(path, **query) for row in page[rows_at]]

    def meetings(self, first: str, last: str, kind: str = "past") -> list[dict[str, Any]]:
        return self.all("/metrics/meetings", "meetings", from_=first, to=last, type=kind, page_size=300)

    def control(self, path: str, **query: Any) -> Any:
        return self.session.get(f"{self.running.base_url}/_sandbox/{path}", params=query, timeout=60).json()

    def order(self, path: str) -> None:
        self.session.post(f"{self.running.base_url}/_sandbox/{path}", timeout=60).raise_for_status()


def ask_token(session: requests.Session, running: Running, **changes: str) -> requests.Response:
    """Ask for a token; `changes` replaces the secret, the grant or the account."""
    return session.post(
        running.oauth_url,
        auth=("sandbox-client", changes.get("secret", "sandbox-secret")),
        data={
            "grant_type": changes.get("grant_type", "account_credentials"),
            "account_id": changes.get("account_id", "sandbox-account"),
        },
        timeout=60,
    )


def once(value: str) -> str:
    """Percent-encoded once, slashes too."""
    return quote(value, safe="")


def twice(value: str) -> str:
    """Percent-encoded twice, as meeting UUIDs with slashes need it."""
    return once(once(value))
