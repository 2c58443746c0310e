"""Following the links of files that vendors hand out: where to, how much, how long; never with our token.

A link holds a token of its own, so it is never stored, logged, or part of an error. What is done with the bytes is the
caller's; which files there are is known from the listings.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from reporting_assets.sources.errors import NetworkError, ServerError
from reporting_assets.sources.transport import is_loopback, session

VENDOR_DOMAINS = ("zoom.us", "zoomgov.com")
REDIRECTS = 3  # Zoom sends from the web site to a file server of its own
CHUNK_BYTES = 1 << 18
LONGEST_SECONDS = 900.0  # for one file: a server that sends a byte now and then must not hold a thread for ever
_ODD = re.compile(r"[\s\\\x00-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")

Outcome = Literal["complete", "too_large", "expired", "refused"]


@dataclass(frozen=True)
class Downloaded:
    """How following a link ended; `content_type` is what the server named, None where it named none."""

    outcome: Outcome
    bytes: int = 0
    content_type: str | None = None


class Downloader:
    """Follows links to the API's own host, or to the vendor's domains over https. Safe to use from many threads."""

    def __init__(
        self, api_url: str, *, threads: int, connect_seconds: float = 10.0, read_seconds: float = 60.0
    ) -> None:
        self._api = urlsplit(api_url)
        self._session = session(threads, api_url)
        self._session.headers.update({"Accept": "*/*", "Accept-Encoding": "identity"})
        self._timeout = (connect_seconds, read_seconds)

    def fetch(self, link: str, write: Callable[[bytes], object], most_bytes: int) -> Downloaded:
        """Hands the content behind `link` to `write`, piece by piece, at most `most_bytes` of it.

        Only after `complete` is what was written the whole file. Raises NetworkError or ServerError where following the
        link again may help.
        """
        deadline = time.monotonic() + LONGEST_SECONDS
        url = link
        for _ in range(1 + REDIRECTS):
            if not self.is_allowed(url):
                return Downloaded("refused")
            with closing(self._get(url)) as answer:
                if 300 <= answer.status_code < 400 and "location" in answer.headers:
                    url = urljoin(url, answer.headers["location"])
                    continue
                return self._read(answer, write, most_bytes, deadline)
        return Downloaded("refused")

    def is_allowed(self, url: str) -> bool:
        """Whether a link leads to the vendor, as this and as the HTTP library read it."""
        if _ODD.search(url):
            return False
        try:
            prepared = requests.Request("GET", url).prepare().url or ""
            return all(self._is_vendors(one) for one in (url, prepared))
        except (requests.RequestException, ValueError):
            return False

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _is_vendors(self, url: str) -> bool:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
        if parts.username is not None or parts.password is not None:
            return False
        if is_loopback(self._api.geturl()):  # the sandbox, and nothing else on this machine
            return (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc)
        is_known = host == self._api.hostname or any(
            host == domain or host.endswith(f".{domain}") for domain in VENDOR_DOMAINS
        )
        return parts.scheme == "https" and parts.port in (None, 443) and is_known

    def _get(self, url: str) -> requests.Response:
        try:
            return self._session.get(
                url,
                stream=True,
                timeout=self._timeout,
                allow_redirects=False,  # each step is looked at first
                auth=lambda prepared: prepared,  # none, also not from a ~/.netrc
            )
        except requests.RequestException as error:
            raise NetworkError(f"A file's link gave no answer ({type(error).__name__}); check the network.") from None

    @staticmethod
    def _read(
        answer: requests.Response, write: Callable[[bytes], object], most_bytes: int, deadline: float
    ) -> Downloaded:
        if answer.status_code == 429 or answer.status_code >= 500:
            raise ServerError(f"A file's link answered HTTP {answer.status_code}; try again later.")
        if answer.status_code in (401, 403, 404, 410):
            return Downloaded("expired")
        media_type = _media_type(answer.headers.get("content-type", ""))
        # Bytes packed by the server are not the file's own, and could unpack to any size.
        if answer.status_code != 200 or answer.headers.get("content-encoding", "identity").lower() != "identity":
            return Downloaded("refused", 0, media_type)
        announced = answer.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > most_bytes:
            return Downloaded("too_large", 0, media_type)
        count = 0
        try:
            while piece := answer.raw.read(CHUNK_BYTES, decode_content=False):
                count += len(piece)
                if count > most_bytes:
                    return Downloaded("too_large", 0, media_type)
                if time.monotonic() > deadline:
                    raise NetworkError(f"A file took longer than {LONGEST_SECONDS:.0f} s; try again later.")
                write(piece)
        except (urllib3.exceptions.HTTPError, requests.RequestException) as error:
            raise NetworkError(f"A file's answer was cut short ({type(error).__name__}); try again later.") from None
        if announced.isdigit() and count != int(announced):
            raise NetworkError("A file's answer was cut short; try again later.")
        return Downloaded("complete", count, media_type)


def _media_type(header: str) -> str | None:
    """The media type without parameters, which may quote a file's name; None where it is none."""
    name = header.partition(";")[0].strip().lower()
    return name if _MEDIA_TYPE.fullmatch(name) else None
