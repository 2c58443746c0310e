"""One HTTP call, the same way for every vendor: connections, timeouts, safe addresses, waits that can be cut short.

What an answer means is each vendor's own: `answers` for Zoom. Trying again belongs in `retries`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Event
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from reporting_assets.sources.errors import CredentialsError, NetworkError
from reporting_assets.sources.retries import Wait

Query = Mapping[str, str | int]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Interrupted(Exception):  # noqa: N818 not an error: whoever fetches asked to stop
    """The wait was cut short because the whole fetch is being stopped."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and bytes of one HTTP answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object; None where it is not one."""
        try:
            body = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None
        return body if isinstance(body, dict) else None


def session(threads: int, *urls: str) -> requests.Session:
    """Connections for so many threads; without a proxy where all `urls` are this machine itself."""
    opened = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=threads, max_retries=0)
    opened.mount("https://", adapter)
    opened.mount("http://", adapter)
    opened.verify = True
    opened.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # no state between threads
    opened.headers["Accept"] = "application/json"
    if all(is_loopback(url) for url in urls):
        opened.trust_env = False  # no proxy stands between this machine and itself
    return opened


def get(
    opened: requests.Session,
    url: str,
    *,
    query: Query,
    token: str,
    timeout: tuple[float, float],
    headers: Mapping[str, str] | None = None,
    said_as: str,
    setting: str,
) -> Answer:
    """One GET. `timeout` is (connect, read) in seconds.

    Raises NetworkError where no complete answer came; it names the call as `said_as` (a path template, never the
    address) and `setting` as what to check.
    """
    try:
        response = opened.get(
            url,
            params=query,
            auth=_Bearer(token),
            headers=headers,
            timeout=timeout,
            allow_redirects=False,  # a redirect would carry the token elsewhere
        )
    except requests.RequestException as error:
        raise NetworkError(
            f"{said_as}: no complete answer ({type(error).__name__}); check the network and {setting}."
        ) from None
    return Answer(
        response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
    )


def encoded_path(template: str, values: Mapping[str, str]) -> str:
    """The path with its placeholders filled in, percent-encoded as Zoom asks.

    Once, and twice where an id begins with '/' or holds '//': Zoom's router would split it otherwise.
    """
    encoded = {}
    for name, value in values.items():
        once = quote(value, safe="")
        encoded[name] = quote(once, safe="") if value.startswith("/") or "//" in value else once
    return template.format_map(encoded)


def retry_after(answer: Answer) -> float | None:
    """`Retry-After` in seconds from now, be it written as seconds, ISO instant or HTTP date; None where unreadable."""
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d*)?", text):
        return float(text)
    moment = instant(text)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else None


def instant(text: str) -> datetime | None:
    """A moment written as ISO instant or HTTP date; None where it is neither."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text.strip())
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def check_address(setting: str, url: str) -> None:
    """Raises CredentialsError where credentials must not be sent to `url`: only TLS, or loopback."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise CredentialsError(f"{setting} holds a user name or password; remove it from the address.")
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and is_loopback(url):
        return
    raise CredentialsError(
        f"{setting} must begin with https:// (http:// is allowed to this machine itself only), or credentials would "
        "travel unprotected."
    )


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine itself."""
    return (urlsplit(url).hostname or "") in _LOOPBACK


def interruptible(stop: Event | None) -> Wait:
    """A wait that raises Interrupted as soon as `stop` is set."""
    if stop is None:
        return time.sleep

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise Interrupted

    return wait


class _Bearer(AuthBase):
    """Sets the token per call; as `auth`, so that a ~/.netrc cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared
