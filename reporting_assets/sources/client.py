"""One Zoom listing over HTTP: every call under the budget, with a good token, tried again where that may help.

What an answer means belongs in `answers`, walking through pages in `paging`, many listings at once in `fetch`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Event
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from reporting_assets.contracts.model import Endpoint
from reporting_assets.sources.answers import Answer, body_of, error_of, rate_headers
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.errors import (
    BudgetExhaustedError,
    NetworkError,
    RateLimitedError,
)
from reporting_assets.sources.model import Page, Request, ZoomConfig
from reporting_assets.sources.paging import walk
from reporting_assets.sources.retries import Wait, retrying
from reporting_assets.sources.tokens import Tokens, check_address, is_loopback
from reporting_assets.sources.zoom.reports import probe

Query = Mapping[str, str | int]

RENEWALS = 10  # of the token for one call: others may end a token that works, even several times in a row


class Interrupted(Exception):  # noqa: N818 not an error: whoever fetches asked to stop
    """The wait was cut short because the whole fetch is being stopped."""


class ZoomClient:
    """Asks Zoom. One client serves many threads: they share connections, token and budget."""

    def __init__(self, config: ZoomConfig, budget: RateBudget) -> None:
        """No call is made yet. Raises CredentialsError where an address would carry credentials unprotected."""
        check_address("ZOOM_API_URL", config.api_url)
        self._config = config
        self._budget = budget
        self._session = _session(config)
        self._tokens = Tokens(self._session, config)

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:
        """The pages of a listing as they arrive, restarted where its page token expires (see `paging.walk`).

        Raises the types of `errors`; Interrupted as soon as `stop` is set while waiting.
        """
        wait = _interruptible(stop)
        return walk(request, lambda query: self._ask(request, query, wait))

    def ping(self, endpoint: Endpoint) -> None:
        """One small call, to see whether address, credentials, scope and plan are right; raises what is wrong.

        Only for endpoints without placeholders: ids that do not exist are never asked for, `scopes` tells about those.
        """
        request = probe(endpoint, datetime.now(UTC))
        query = {**endpoint.params, **request.params}
        if endpoint.page_size is not None:
            query["page_size"] = 1
        self._ask(request, query, time.sleep)

    def scopes(self) -> frozenset[str]:
        """The scopes the token was given; empty where Zoom does not say. Raises as a listing does."""
        retrying(self._config.retry, self._tokens.current)
        return self._tokens.scopes

    def remaining(self) -> dict[str, int | None]:
        """Calls left today per rate label; None where the label has no daily cap."""
        return self._budget.remaining()

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _ask(self, request: Request, query: Query, wait: Wait) -> tuple[dict[str, Any], datetime]:
        return retrying(self._config.retry, lambda: self._call(request, query, wait), wait)

    def _call(self, request: Request, query: Query, wait: Wait) -> tuple[dict[str, Any], datetime]:
        endpoint = request.endpoint
        url = self._config.api_url.rstrip("/") + encoded_path(endpoint.path, request.path)
        self._budget.acquire(endpoint.rate_label, wait)
        token = self._tokens.current()  # after the wait, which may have outlasted the token before
        answer = self._get(endpoint, url, query, token)
        for _ in range(RENEWALS):
            if not answer.refuses_token or self._tokens.are_refused:
                break
            token = self._tokens.renewed(token)
            self._budget.acquire(endpoint.rate_label, wait)
            answer = self._get(endpoint, url, query, token)
        if not answer.refuses_token:
            self._tokens.accept()
        if answer.status == 200:
            return body_of(answer, endpoint), datetime.now(UTC)
        secrets = (token, self._config.client_secret)
        error = error_of(answer, endpoint, has_page_token="next_page_token" in query, secrets=secrets)
        if isinstance(error, BudgetExhaustedError):
            self._budget.spend_day(endpoint.rate_label, error.resume_at)
        elif isinstance(error, RateLimitedError) and error.retry_after:
            # Not beyond what one call would wait: a nonsensical header must not halt every process for hours.
            self._budget.pause(endpoint.rate_label, min(error.retry_after, self._config.retry.total_seconds))
        raise error

    def _get(self, endpoint: Endpoint, url: str, query: Query, token: str) -> Answer:
        try:
            response = self._session.get(
                url,
                params=query,
                auth=_Bearer(token),
                timeout=(self._config.connect_seconds, self._config.read_seconds),
                allow_redirects=False,  # a redirect would carry the token elsewhere
            )
        except requests.RequestException as error:
            raise NetworkError(
                f"{endpoint.path}: no complete answer ({type(error).__name__}); check the network and ZOOM_API_URL."
            ) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, headers, response.content)
        self._correct_budget(endpoint, answer)
        return answer

    def _correct_budget(self, endpoint: Endpoint, answer: Answer) -> None:
        rate = rate_headers(answer)
        if rate.remaining is None:
            return
        if rate.is_daily:
            self._budget.correct_day(endpoint.rate_label, rate.remaining)
        else:
            self._budget.correct_window(endpoint.rate_label, rate.remaining)


def encoded_path(template: str, values: Mapping[str, str]) -> str:
    """The path with its placeholders filled in, percent-encoded as Zoom asks.

    Once, and twice where an id begins with '/' or holds '//': Zoom's router would split it otherwise.
    """
    encoded = {}
    for name, value in values.items():
        once = quote(value, safe="")
        encoded[name] = quote(once, safe="") if value.startswith("/") or "//" in value else once
    return template.format_map(encoded)


class _Bearer(AuthBase):
    """Sets the token per call; as `auth`, so that a ~/.netrc cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


def _session(config: ZoomConfig) -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=config.threads, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.verify = True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # no state between threads
    session.headers["Accept"] = "application/json"
    if is_loopback(config.api_url) and is_loopback(config.oauth_url):
        session.trust_env = False  # no proxy stands between this machine and itself
    return session


def _interruptible(stop: Event | None) -> Wait:
    if stop is None:
        return time.sleep

    def wait(seconds: float) -> None:
        if stop.wait(seconds):
            raise Interrupted

    return wait
