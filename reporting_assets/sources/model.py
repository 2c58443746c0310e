"""The shapes sources pass around: a request, a page of its answer, its outcome, and the connection's configuration.

Data only. What a report is belongs in `contracts`; sending requests belongs in `client`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from reporting_assets.contracts.model import Endpoint, Service

Record = dict[str, Any]
Status = Literal["complete", "not_available", "expired", "none"]  # none: there is nothing to list, and that is right
_VENDORS = {Service.ZOOM: "Zoom", Service.WEBEX: "Webex", Service.WEBEX_ANALYTICS: "Webex"}


def vendor(endpoint: Endpoint) -> str:
    """Who is asked, by the name people know."""
    return _VENDORS[endpoint.service]


@dataclass(frozen=True)
class Request:
    """One listing to ask for, over all its pages.

    `path` holds raw values of the endpoint's placeholders (the client encodes them), `params` the query beside the
    endpoint's own parameters and paging, `columns` the values of `$request.*` columns of the records fetched.
    """

    endpoint: Endpoint
    path: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """A stable name of the request: endpoint, path and parameters, for ledgers.

        Path values may be ids of people and ledgers are stored, so they enter as a digest.
        """
        path = "\n".join(f"{name}={value}" for name, value in sorted(self.path.items()))
        digest = "/" + hashlib.sha256(path.encode()).hexdigest()[:32] if path else ""
        params = "&".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        return f"{self.endpoint.name}{digest}" + (f"?{params}" if params else "")


@dataclass(frozen=True)
class Page:
    """One page of a listing as it arrived.

    `number` counts from 1 and goes on counting when the listing has to start again (`pass_number` 2, 3, ...), so it is
    unique within its request; rows listed in an earlier pass come again and the consumer de-duplicates them.
    Records are as the vendor wrote them; those of an answer that holds more than a list say so under `_answer` (its
    other fields) and `_array` (the list they stood in). `total_records` is what the vendor says the whole listing
    holds, None where it does not say.
    """

    request: Request
    number: int
    records: list[Record]
    total_records: int | None
    received_at: datetime
    pass_number: int = 1
    repeated: int = 0  # records of this page that the page before had already listed: the listing shifted meanwhile


@dataclass(frozen=True)
class Outcome:
    """How a request ended.

    `pages` counts all pages received; `records` the distinct rows of the last complete pass; `expected` is the vendor's
    own total at its end, None where it does not say; `note` is one sentence where something is worth knowing.
    """

    request: Request
    status: Status
    pages: int = 0
    records: int = 0
    expected: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """How long a call is tried again after transient errors; all times in seconds."""

    attempts: int = 6  # the sixth waits about half a minute after the fifth
    total_seconds: float = 600.0  # waits of several minutes for a per-minute limit fit; a longer outage is the caller's
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0


@dataclass(frozen=True)
class ZoomConfig:
    """Where Zoom is and who asks. The secret is never part of the text form."""

    api_url: str
    oauth_url: str
    account_id: str
    client_id: str
    client_secret: str = field(repr=False)
    threads: int = 16
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
