"""Walking through the pages of one listing by page tokens, without losing a row and without going in circles.

The traps this keeps clear of: tokens expire after fifteen minutes; a list that grows meanwhile shifts rows between
pages; an empty page may still carry a token; a token may come back; a range may be clamped. Calls belong in `client`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from reporting_assets.sources.bodies import around, further_records, records_of, total_of, with_answer
from reporting_assets.sources.errors import PageTokenError, RangeClampedError, ServerError
from reporting_assets.sources.model import Page, Record, Request, vendor

RESTARTS = 3  # of one listing; a token lives for fifteen minutes, so each pass has had that long
EMPTY_PAGES = 20  # in a row, each with a new token: beyond that the listing does not end

Ask = Callable[[Mapping[str, str | int]], tuple[dict[str, Any], datetime]]


def walk(request: Request, ask: Ask) -> Iterator[Page]:
    """The pages of `request`, in order; `ask(query)` makes one call and returns a body that has
    its list of records.

    The listing starts again from page one, under the next `pass_number`, when its page token has expired, when a token
    comes back that was followed already, and, once, when rows shifted between pages so that some may be missing. Page
    numbers go on counting. Raises ServerError when starting again did not help, RangeClampedError when the vendor
    answered for another range, and whatever `ask` raises.
    """
    number = 0
    for pass_number in range(1, RESTARTS + 2):
        current = _Pass(request)
        try:
            for page in current.pages(ask, number, pass_number):
                number = page.number
                yield page
        except (PageTokenError, _CircleError):
            continue
        if current.lost_rows_to_shifts and pass_number == 1:
            continue
        return
    raise ServerError(
        f"{request.endpoint.path}: the listing had to start again {RESTARTS} times because its page tokens expired or "
        "repeated; try again later, or with fewer days or threads."
    )


class _CircleError(Exception):
    """A page token came back within one pass."""


@dataclass
class _Pass:
    """One walk from page one to the last page."""

    request: Request
    listed: int = 0  # distinct rows so far
    repeats: int = 0
    expected: int | None = None
    has_grown: bool = False
    has_shrunk: bool = False
    followed: set[str] = field(default_factory=set)

    @property
    def lost_rows_to_shifts(self) -> bool:
        """Whether the list was seen to change so that rows may be missing: a wrong total alone is no sign of that.

        Rows taken away pull others onto pages that were read already, and then the shrunk total may even seem right.
        """
        is_short = self.expected is not None and self.listed < self.expected
        return self.has_shrunk or (is_short and (self.repeats > 0 or self.has_grown))

    def pages(self, ask: Ask, number: int, pass_number: int) -> Iterator[Page]:
        endpoint = self.request.endpoint
        query: dict[str, str | int] = {**endpoint.params, **self.request.params}
        if endpoint.page_size is not None:
            query["page_size"] = endpoint.page_size
        previous: list[Record] = []
        riding: set[bytes] = set()
        empty = 0
        while True:
            body, received_at = ask(query)
            beside = around(body, endpoint)
            _check_range(self.request, body)
            records = records_of(body, endpoint) or []
            repeated = _repeats(previous, records)
            previous = records
            self._count(len(records) - repeated, repeated, total_of(body, endpoint))
            further = _new(riding, further_records(body, endpoint) or {})
            number += 1
            delivered = with_answer(body, endpoint, records, further)
            # The vendor's total is of the rows alone, so it says nothing where other lists come along.
            expected = None if endpoint.also_rows_at else self.expected
            yield Page(self.request, number, delivered, expected, received_at, pass_number, repeated)
            token = beside.get("next_page_token")
            if not token:
                return
            empty = 0 if records else empty + 1
            if token in self.followed or empty > EMPTY_PAGES:
                raise _CircleError
            self.followed.add(token)
            query["next_page_token"] = token

    def _count(self, listed: int, repeated: int, total: int | None) -> None:
        self.listed += listed
        self.repeats += repeated
        if total is not None:
            before = total if self.expected is None else self.expected
            self.has_grown |= total > before
            self.has_shrunk |= total < before
            self.expected = total


def _repeats(previous: list[Record], records: list[Record]) -> int:
    """How many of `records` stood on the page before too; a listing that shifts repeats on neighbouring pages."""
    if not previous:
        return 0
    seen = {orjson.dumps(record) for record in previous}
    return sum(orjson.dumps(record) in seen for record in records)


def _new(riding: set[bytes], further: Mapping[str, list[Record]]) -> dict[str, list[Record]]:
    """The records of further lists that no page of this pass has brought yet: these lists come whole with every page."""
    found = {}
    for name, records in further.items():
        digests = [hashlib.blake2b(name.encode() + orjson.dumps(record), digest_size=16).digest() for record in records]
        found[name] = [record for record, digest in zip(records, digests, strict=True) if digest not in riding]
        riding.update(digests)
    return found


def _check_range(request: Request, body: Mapping[str, Any]) -> None:
    """Raises RangeClampedError where the vendor echoes another range than the one asked: rows would be missing."""
    for name in ("from", "to"):
        asked = request.params.get(name)
        for echoed in (body.get(name), around(body, request.endpoint).get(name)):
            if isinstance(asked, str) and isinstance(echoed, str) and echoed and echoed[:10] != asked[:10]:
                raise RangeClampedError(
                    f"{request.endpoint.path}: asked {name} {asked}, but {vendor(request.endpoint)} answered for "
                    f"{name} {echoed[:10]}; it keeps to its own limit of the range, so ask for fewer or for later days."
                )
