"""One Zoom listing over HTTP: every call under the budget, with a good token, tried again where that may help.

What an answer means belongs in `answers`, walking through pages in `paging`, many listings at once in `fetch`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from threading import Event
from typing import Any

from reporting_assets.contracts.model import Endpoint
from reporting_assets.sources.answers import body_of, error_of, rate_headers, refuses_token
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.errors import BudgetExhaustedError, RateLimitedError
from reporting_assets.sources.model import Page, Request, ZoomConfig
from reporting_assets.sources.paging import walk
from reporting_assets.sources.planner import probe
from reporting_assets.sources.retries import Wait, retrying
from reporting_assets.sources.tokens import Tokens
from reporting_assets.sources.transport import Answer, Query, check_address, encoded_path, get, interruptible, session

RENEWALS = 10  # of the token for one call: others may end a token that works, even several times in a row


class ZoomClient:
    """Asks Zoom. One client serves many threads: they share connections, token and budget."""

    def __init__(self, config: ZoomConfig, budget: RateBudget) -> None:
        """No call is made yet. Raises CredentialsError where an address would carry credentials unprotected."""
        check_address("ZOOM_API_URL", config.api_url)
        self._config = config
        self._budget = budget
        self._session = session(config.threads, config.api_url, config.oauth_url)
        self._tokens = Tokens(self._session, config)

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:
        """The pages of a listing as they arrive, restarted where its page token expires (see `paging.walk`).

        Raises the types of `errors`; Interrupted as soon as `stop` is set while waiting.
        """
        wait = interruptible(stop)
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
        tries = count()
        return retrying(self._config.retry, lambda: self._call(request, query, wait, again=next(tries) > 0), wait)

    def _call(self, request: Request, query: Query, wait: Wait, *, again: bool) -> tuple[dict[str, Any], datetime]:
        endpoint = request.endpoint
        url = self._config.api_url.rstrip("/") + encoded_path(endpoint.path, request.path)
        self._budget.acquire(endpoint.rate_label, wait, again=again)
        token = self._tokens.current()  # after the wait, which may have outlasted the token before
        answer = self._get(endpoint, url, query, token)
        for _ in range(RENEWALS):
            if not refuses_token(answer) or self._tokens.are_refused:
                break
            token = self._tokens.renewed(token)
            self._budget.acquire(endpoint.rate_label, wait, again=True)
            answer = self._get(endpoint, url, query, token)
        if not refuses_token(answer):
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
        answer = get(
            self._session,
            url,
            query=query,
            token=token,
            timeout=(self._config.connect_seconds, self._config.read_seconds),
            said_as=endpoint.path,
            setting="ZOOM_API_URL",
        )
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
