"""One Webex listing over HTTP: every call under the budget, with a good token, tried again where that may help.

What an answer means belongs in `answers`, where the next page is in `links`, many listings at once in `sources.fetch`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from threading import Event

import orjson

from reporting_assets import contracts
from reporting_assets.contracts.model import Endpoint, Service
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.errors import MissingScopeError, RateLimitedError, ServerError
from reporting_assets.sources.model import Page, Record, Request
from reporting_assets.sources.retries import Wait, retrying
from reporting_assets.sources.transport import Answer, Query, check_address, get, interruptible, session
from reporting_assets.sources.webex.answers import SETTING, TooLongError, error_of, records_of
from reporting_assets.sources.webex.links import next_url
from reporting_assets.sources.webex.model import WebexConfig
from reporting_assets.sources.webex.tokens import Tokens

RENEWALS = 10  # of the token for one call: others may end a token that works, even several times in a row
RESTARTS = 3  # of one listing that went in circles
EMPTY_PAGES = 20  # in a row: beyond that the listing does not end
SMALLEST_PAGE = 10  # what Webex lists where nothing is said; smaller pages would not help it
_HEADERS = {"timezone": "UTC"}  # otherwise moments come in whatever zone, and keys would change with it


class WebexClient:
    """Asks Webex. One client serves many threads: they share connections, tokens and budget."""

    def __init__(self, config: WebexConfig, budget: RateBudget) -> None:
        """No call is made yet. Raises CredentialsError where an address would carry credentials unprotected."""
        check_address("WEBEX_API_URL", config.api_url)
        check_address("WEBEX_ANALYTICS_URL", config.analytics_url)
        self._config = config
        self._budget = budget
        self._session = session(config.threads, config.api_url, config.analytics_url)
        self._tokens = Tokens(self._session, config)
        self._turns = _Turns(config.quality_pause_seconds)

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:
        """The pages of a listing as they arrive, page by page along the vendor's links.

        The listing starts again, under the next `pass_number`, with half the page size each time Webex takes too long
        over a page, and when it went in circles. Raises the types of `errors`; Interrupted as soon as `stop` is set while
        waiting.
        """
        wait = interruptible(stop)
        if request.endpoint.service is Service.WEBEX_ANALYTICS:
            wait(self._turns.seconds_until(request.key))
        size = request.endpoint.page_size
        number = restarts = 0
        for pass_number in count(1):
            current = _Pass(request, size)
            may_shrink = size is not None and size > SMALLEST_PAGE
            ask = partial(self._ask, request, wait=wait, may_shrink=may_shrink)
            try:
                for page in current.pages(ask, number, pass_number):
                    number = page.number
                    yield page
            except TooLongError:
                assert size is not None
                size = max(SMALLEST_PAGE, size // 2)
            except _CircleError:
                restarts += 1
                if restarts > RESTARTS:
                    raise ServerError(
                        f"{request.endpoint.path}: Webex's links led in circles {RESTARTS} times over; try again later."
                    ) from None
            else:
                break
        self._turns.note(request.key)

    def ping(self, endpoint: Endpoint) -> None:
        """One small call, to see whether address, credentials, scope and role are right; raises what is wrong.

        Endpoints about one meeting are not called: meetings that may not exist are never asked for, and what may be
        asked only every few minutes is not spent on a check. The token's scopes tell about those; where they suffice,
        ValueError is raised, since nothing was seen to answer.
        """
        if endpoint.name == _SITES:
            self._records(Request(endpoint))
        elif endpoint.name == _USAGE:
            sites = self._records(Request(contracts.endpoint(_SITES)))
            now = datetime.now(UTC)
            window = {"from": _instant(now - timedelta(days=1)), "to": _instant(now)}
            for site in sites[:1]:
                self._records(Request(endpoint, params={"siteUrl": str(site.get("siteUrl")), "max": 1, **window}))
        else:
            granted = self.scopes()
            if granted and not granted & set(endpoint.scopes):
                raise MissingScopeError(
                    f"{endpoint.path}: the app lacks the scope {endpoint.scope}; add it and authorize the app again.",
                    endpoint.scopes,
                )
            raise ValueError(f"{endpoint.path} asks about one meeting; meetings that may not exist are never asked for")

    def scopes(self) -> frozenset[str]:
        """The scopes the token was given; empty where Webex does not say. Raises as a listing does."""
        retrying(self._config.retry, self._tokens.current)
        return self._tokens.scopes

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _records(self, request: Request) -> list[Record]:
        """The first page of a listing."""
        query = {**request.endpoint.params, **request.params}
        answered = self._ask(request, None, query, wait=time.sleep, may_shrink=False)
        return records_of(answered.answer, request.endpoint)

    def _ask(self, request: Request, url: str | None, query: Query, *, wait: Wait, may_shrink: bool) -> _Answered:
        """One call, of the listing's first page or of the address of a later one; its answer is a success."""
        return retrying(self._config.retry, lambda: self._call(request, url, query, wait, may_shrink), wait)

    def _call(self, request: Request, url: str | None, query: Query, wait: Wait, may_shrink: bool) -> _Answered:
        endpoint = request.endpoint
        base = self._config.api_url if endpoint.service is Service.WEBEX else self._config.analytics_url
        address = url or base.rstrip("/") + endpoint.path
        self._budget.acquire(endpoint.rate_label, wait)
        token = self._tokens.current()  # after the wait, which may have outlasted the token before
        answer = self._get(endpoint, address, query, token)
        for _ in range(RENEWALS):
            if answer.status != 401 or self._tokens.are_refused:
                break
            token = self._tokens.renewed(token)
            self._budget.acquire(endpoint.rate_label, wait)
            answer = self._get(endpoint, address, query, token)
        if answer.status != 401:
            self._tokens.accept()
        if answer.status == 200:
            records_of(answer, endpoint)  # raises where the answer is no page, so that it is asked for again
            return _Answered(answer, address, base, datetime.now(UTC))
        error = error_of(
            answer,
            endpoint,
            is_one_item="meetingId" in request.params,
            one_item_wait=self._config.quality_pause_seconds,
            may_shrink=may_shrink,
            secrets=self._tokens.secrets,
        )
        if isinstance(error, RateLimitedError) and error.retry_after and endpoint.service is Service.WEBEX:
            # Not where the limit is on one meeting: the others may be asked for. And not beyond what one call would
            # wait: a nonsensical header must not halt every process for hours.
            self._budget.pause(endpoint.rate_label, min(error.retry_after, self._config.retry.total_seconds))
        raise error

    def _get(self, endpoint: Endpoint, address: str, query: Query, token: str) -> Answer:
        return get(
            self._session,
            address,
            query=query,
            token=token,
            timeout=(self._config.connect_seconds, self._config.read_seconds),
            headers=_HEADERS,
            said_as=endpoint.path,
            setting=SETTING[endpoint.service],
        )


_SITES, _USAGE = "webex_sites", "webex_meeting_usage"


@dataclass(frozen=True)
class _Answered:
    """A successful answer, the address that gave it, the configured address it must belong to, and when."""

    answer: Answer
    address: str
    base: str
    received_at: datetime


class _CircleError(Exception):
    """A link came back within one pass, or led on and on without a row."""


_Ask = Callable[[str | None, Query], _Answered]


class _Pass:
    """One walk from the first page to the last.

    Listings are newest first, so what is new meanwhile pushes rows onto the next page: where one begins as the one
    before ended, to the last field, it is the same rows again, and they are left out. No key would merge them later.
    """

    def __init__(self, request: Request, size: int | None) -> None:
        self._request = request
        self._query: dict[str, str | int] = {**request.endpoint.params, **request.params}
        if size is not None:
            self._query["max"] = size

    def pages(self, ask: _Ask, number: int, pass_number: int) -> Iterator[Page]:
        endpoint = self._request.endpoint
        followed: set[str] = set()
        previous: list[bytes] = []
        url: str | None = None
        empty = 0
        while True:
            # A link is complete as it stands: nothing is added to it.
            answered = ask(url, self._query if url is None else {})
            records = records_of(answered.answer, endpoint)
            rows = [orjson.dumps(record) for record in records] if endpoint.page_size else []
            records = records[_overlap(previous, rows) :]
            previous = rows
            number += 1
            yield Page(self._request, number, records, None, answered.received_at, pass_number)
            header = answered.answer.headers.get("link", "")
            url = next_url(header, answered.address, answered.base, self._query, endpoint.path)
            if url is None:
                return
            empty = 0 if rows else empty + 1
            if url in followed or empty > EMPTY_PAGES:
                raise _CircleError
            followed.add(url)


def _overlap(previous: list[bytes], rows: list[bytes]) -> int:
    """How many rows at the beginning are those at the end of the page before."""
    if not rows or rows[0] not in set(previous):
        return 0
    longest = min(len(previous), len(rows))
    return next((size for size in range(longest, 0, -1) if previous[-size:] == rows[:size]), 0)


class _Turns:
    """When each meeting's quality was last asked for: the vendor allows that once in a while only."""

    def __init__(self, pause_seconds: float) -> None:
        self._pause = pause_seconds
        self._asked: dict[str, float] = {}  # oldest first
        self._lock = threading.Lock()

    def note(self, key: str) -> None:
        """It has just been asked for, to the end."""
        now = time.monotonic()
        with self._lock:
            self._asked.pop(key, None)
            self._asked[key] = now
            while next(iter(self._asked.values())) < now - self._pause:
                del self._asked[next(iter(self._asked))]

    def seconds_until(self, key: str) -> float:
        """How long to wait before it may be asked for again; 0 where at once."""
        with self._lock:
            return max(0.0, self._asked.get(key, -self._pause) + self._pause - time.monotonic())


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
