"""What a Zoom answer means: a page's body, or the typed error its status, code and headers stand for.

Pure functions of one answer. Sending, waiting and trying again belong in `client`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reporting_assets.contracts.model import Endpoint, RateLabel
from reporting_assets.sources.bodies import further_records, records_of
from reporting_assets.sources.budget import next_utc_midnight
from reporting_assets.sources.errors import (
    BadRequestError,
    BudgetExhaustedError,
    CredentialsError,
    ExpiredError,
    MissingScopeError,
    NotAvailableError,
    NothingError,
    PageTokenError,
    PlanError,
    RateLimitedError,
    ServerError,
    SourceError,
    scrub,
)
from reporting_assets.sources.model import vendor
from reporting_assets.sources.transport import Answer, instant, retry_after

TOKEN_REFUSED = 124
NOT_PERMITTED = 200
INVALID = 300
UNKNOWN_USER, FOREIGN_USER, NO_SUCH_MEETING, NO_SUCH_REPORT, MAY_NOT_HOST = 1001, 1010, 3001, 5010, 3161
MISSING_SCOPES = frozenset({4700, 4711})
NO_REGISTRATION = 3000  # among other things: what is meant is in the text
NO_QUERY_BY_END = 12700
ONLY_FOR_OTHER_PLANS = "only available for"  # "... Business or higher accounts", told with code 400 by the dashboards
TOO_OLD = 12702

_ABSENT_ITEM = frozenset({UNKNOWN_USER, FOREIGN_USER, NO_SUCH_MEETING, NO_SUCH_REPORT, MAY_NOT_HOST})
_SCOPES = re.compile(r"scopes?\s*:?\s*\[([^\]]*)\]", re.IGNORECASE)
_PER_MINUTE = frozenset({RateLabel.RESOURCE_INTENSIVE})
SECOND_LIMIT_WAIT = 1.5  # Zoom states no time for limits per second; clients wait one to two seconds
MINUTE_LIMIT_WAIT = 60.0


def refuses_token(answer: Answer) -> bool:
    """Whether the access token has ended: code 124 under any status, or 401 without another known code."""
    if answer.status < 400:
        return False
    code, message = _code_and_message(answer.json)
    if code in MISSING_SCOPES or "does not contain scopes" in message:
        return False
    return code == TOKEN_REFUSED or answer.status == 401


@dataclass(frozen=True)
class RateHeaders:
    """What the `X-RateLimit-*` headers say, where they say it."""

    is_daily: bool
    remaining: int | None


def rate_headers(answer: Answer) -> RateHeaders:
    """The rate headers of an answer; their names come in any case."""
    kind = answer.headers.get("x-ratelimit-type", "")
    return RateHeaders(
        is_daily="daily" in kind.lower(),
        remaining=_number(answer.headers.get("x-ratelimit-remaining")),
    )


def body_of(answer: Answer, endpoint: Endpoint) -> dict[str, Any]:
    """The JSON object of a successful answer, whose records stand where the contract says (see `bodies`).

    Raises ServerError where the answer is not that: a later call may succeed, and to take it as empty would lose rows.
    """
    body = answer.json
    if body is None:
        raise ServerError(
            f"{endpoint.path}: {vendor(endpoint)}'s answer (HTTP {answer.status}) is not a complete JSON object."
        )
    if records_of(body, endpoint) is None or further_records(body, endpoint) is None:
        wanted = " and ".join(map(repr, filter(None, (endpoint.rows_at, *endpoint.also_rows_at)))) or "anything"
        raise ServerError(f"{endpoint.path}: {vendor(endpoint)}'s answer has no list of {wanted}; try again later.")
    return body


def error_of(answer: Answer, endpoint: Endpoint, *, has_page_token: bool, secrets: tuple[str, ...] = ()) -> SourceError:
    """The typed error an answer other than success stands for.

    A missing thing is a result only where the request names one item; the absence of a whole report is a failure.
    """
    body = answer.json
    code, raw = _code_and_message(body)
    message = scrub(raw, secrets)
    where = f"{endpoint.path}: Zoom answered HTTP {answer.status}"
    if code is not None:
        where += f" code {code}"
    said = f"{where} ({message})" if message else where
    one_item = "{" in endpoint.path

    if answer.status == 429:
        return _limit_reached(answer, endpoint, message)
    if answer.status == 408 or answer.status >= 500:
        return ServerError(f"{said}; try again later.", retry_after(answer))
    if code in MISSING_SCOPES or "does not contain scopes" in raw:
        scopes = _named_scopes(raw) or endpoint.scopes
        return MissingScopeError(
            f"{where}: the app lacks a scope; add one of {', '.join(scopes)} to it in the Zoom App Marketplace.", scopes
        )
    if refuses_token(answer):
        return CredentialsError(f"{said}: a new token was refused too; check that the app is activated and its scopes.")
    if code == TOO_OLD:
        return ExpiredError(f"{said}; it is older than Zoom keeps.")
    if code == INVALID and has_page_token:
        return PageTokenError(f"{said}; the page token has ended.")
    if code in _ABSENT_ITEM and (one_item or code == NO_SUCH_REPORT):
        return NotAvailableError(f"{said}.")
    if code == NO_REGISTRATION and one_item and "registration" in raw.lower():
        return NothingError(f"{where}: nobody had to register, so nobody can be listed.")
    if code == NOT_PERMITTED and "event subscription" in raw.lower():
        return PlanError(
            f"{said}; it needs Zoom's Quality of Service Subscription (QSS) add-on, and an app of the account that "
            "subscribes to its summary event."
        )
    if code == NOT_PERMITTED or ONLY_FOR_OTHER_PLANS in raw.lower():
        return PlanError(f"{said}; it needs {endpoint.plan}, and the app's owner needs the permission.")
    if code == NO_QUERY_BY_END:
        return PlanError(f"{said}; the account may not query by end time.")
    if one_item and answer.status == 404:
        return NotAvailableError(f"{said}.")
    if one_item and answer.status == 403 and body is None:
        # A firewall before the API blocks some ids for ever; a missing permission would be told in JSON.
        return NotAvailableError(f"{where} with a page that is not Zoom's API; a firewall blocks this one item.")
    if 300 <= answer.status < 400:
        return BadRequestError(f"{where}, a redirect, which is not followed; check ZOOM_API_URL.")
    return BadRequestError(f"{said}; the request must be changed.")


def _limit_reached(answer: Answer, endpoint: Endpoint, message: str) -> BudgetExhaustedError | RateLimitedError:
    if rate_headers(answer).is_daily or "daily" in message.lower():
        resume_at = instant(answer.headers.get("retry-after", "")) or next_utc_midnight()
        return BudgetExhaustedError(
            f"{endpoint.path}: the account's calls of the day ({endpoint.rate_label.value}) are spent; go on at "
            f"{resume_at:%Y-%m-%d %H:%M} UTC, what was fetched until then is kept.",
            resume_at,
        )
    wait = retry_after(answer)
    if wait is None:
        wait = MINUTE_LIMIT_WAIT if endpoint.rate_label in _PER_MINUTE else SECOND_LIMIT_WAIT
    return RateLimitedError(f"{endpoint.path}: too many calls at once ({endpoint.rate_label.value}).", wait)


def _code_and_message(body: Mapping[str, Any] | None) -> tuple[int | None, str]:
    if not body:
        return None, ""
    code = body.get("code")
    details = body.get("errors")
    text = str(body.get("message") or "")
    if isinstance(details, list):
        fields = (f"{d.get('field')}: {d.get('message')}" for d in details[:3] if isinstance(d, dict))
        text = "; ".join(filter(None, (text, *fields)))
    return (_number(str(code)), text)


def _named_scopes(message: str) -> tuple[str, ...]:
    found = _SCOPES.search(message)
    return tuple(scope.strip() for scope in found.group(1).split(",") if scope.strip()) if found else ()


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None
