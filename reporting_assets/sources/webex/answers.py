"""What a Webex answer means: a page's body, or the typed error its status, body and headers stand for.

Pure functions of one answer. Sending, waiting and trying again belong in `client`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reporting_assets.contracts.model import Endpoint, Service
from reporting_assets.sources.errors import (
    BadRequestError,
    CredentialsError,
    MissingScopeError,
    NotAvailableError,
    RateLimitedError,
    ServerError,
    SourceError,
    scrub,
)
from reporting_assets.sources.transport import Answer, retry_after

DEFAULT_WAIT_SECONDS = 5.0  # where Webex refuses for now and states no time
# Not in the reference, but other clients of these reports ask for them too.
_ALSO_NEEDED = "meeting:admin_schedule_read and meeting:admin_participants_read"
_REGION_HOST = re.compile(r"\banalytics[a-z0-9-]*\.webexapis\.com\b", re.IGNORECASE)
SETTING = {Service.WEBEX: "WEBEX_API_URL", Service.WEBEX_ANALYTICS: "WEBEX_ANALYTICS_URL"}


class TooLongError(SourceError):
    """The vendor took too long over one page (504); asking for smaller ones may help, for the same one hardly."""


def records_of(answer: Answer, endpoint: Endpoint) -> list[dict[str, Any]]:
    """The records of a successful answer.

    Raises ServerError where the answer has none: a later call may succeed, and to take it as empty would lose rows.
    """
    body = answer.json
    if body is None:
        raise ServerError(f"{endpoint.path}: Webex's answer (HTTP {answer.status}) is not a complete JSON object.")
    records = body.get(endpoint.rows_at)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ServerError(f"{endpoint.path}: Webex's answer has no list of {endpoint.rows_at!r}; try again later.")
    return records


def error_of(
    answer: Answer,
    endpoint: Endpoint,
    *,
    is_one_item: bool,
    one_item_wait: float,
    may_shrink: bool,
    secrets: tuple[str, ...],
) -> SourceError:
    """The typed error an answer other than success stands for.

    `one_item_wait` is how long to wait, in seconds, where calls about one item are limited and no time is stated;
    `may_shrink` says whether smaller pages could be asked for. A missing thing is a result only where the request names
    one item.
    """
    status = answer.status
    where = f"{endpoint.path}: Webex answered HTTP {status}"
    message = _message(answer, secrets)
    said = f"{where} ({message})" if message else where
    setting = SETTING[endpoint.service]

    if status in (423, 429):
        is_limited_per_item = is_one_item and endpoint.service is Service.WEBEX_ANALYTICS
        wait = retry_after(answer)
        if wait is None:
            wait = one_item_wait if is_limited_per_item else DEFAULT_WAIT_SECONDS
        if status == 423:
            return ServerError(f"{said}; it is locked for now, try again later.", wait)
        return RateLimitedError(f"{endpoint.path}: too many calls at once.", wait)
    if status == 504 and may_shrink:
        return TooLongError(f"{said}; ask for smaller pages.")
    if status == 408 or status >= 500:
        return ServerError(f"{said}; try again later.", retry_after(answer))
    if status == 401:
        return CredentialsError(
            f"{said}: a new token was refused too; authorize the app again and set the new WEBEX_REFRESH_TOKEN."
        )
    if status in (403, 451):
        return _forbidden(answer, endpoint, where, said)
    if status == 404 and is_one_item:
        return NotAvailableError(f"{said}.")
    if status == 404:
        return BadRequestError(f"{said}; check {setting}.")
    if 300 <= status < 400:
        return BadRequestError(f"{where}, a redirect, which is not followed; check {setting}.")
    return BadRequestError(f"{said}; the request must be changed.")


def _forbidden(answer: Answer, endpoint: Endpoint, where: str, said: str) -> SourceError:
    """Missing scope, role or licence; or data that lies in another region, whose host the body names."""
    named = _REGION_HOST.search(str((answer.json or {}).get("message") or ""))
    if answer.status == 451 or named:
        host = named.group(0).lower() if named else "that of the organisation's region"
        address = f"https://{host}/v1" if named else host
        return BadRequestError(
            f"{where}: the organisation's data lies in another region; set {SETTING[endpoint.service]} to {address}."
        )
    also = f" (perhaps {_ALSO_NEEDED} as well)" if endpoint.path.startswith("/meetingReports/") else ""
    return MissingScopeError(
        f"{said}: add the scope {' or '.join(endpoint.scopes)}{also} to the app and authorize it again; it also needs "
        f"{endpoint.plan}.",
        endpoint.scopes,
    )


def _message(answer: Answer, secrets: tuple[str, ...]) -> str:
    """The vendor's own words, without its id of the call: equal errors must read alike, to be told together."""
    body: Mapping[str, Any] = answer.json or {}
    details = body.get("errors")
    texts = [str(body.get("message") or "")]
    if isinstance(details, list):
        texts += [str(detail.get("description") or "") for detail in details[:3] if isinstance(detail, dict)]
    text = "; ".join(dict.fromkeys(text.rstrip(". ") for text in texts if text))
    tracking = str(body.get("trackingId") or answer.headers.get("trackingid") or "")
    return scrub(text, (*secrets, tracking)).replace("<secret>", "…")
