"""Pages of a listing and the tokens that lead to the next one.

A token is opaque, bound to the exact other parameters and to the instant its first page was served at, and expires.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from reporting_assets.sandbox.answers import ApiError, bad_parameter
from reporting_assets.sandbox.bounded import Bounded
from reporting_assets.sandbox.faults import Faults
from reporting_assets.sandbox.identifiers import opaque_id
from reporting_assets.sandbox.numerals import whole_number

_TOKENS_KEPT = 20_000
_RECORDS_KEPT = 100_000
DEFAULT_PAGE_SIZE = 30

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a request stands in its listing, and as of when that listing is seen."""

    offset: int
    size: int
    as_of: int
    token: str  # the token that was sent; empty on the first page


class Pager:
    """Reads page parameters and cuts pages."""

    def __init__(self, *, seed: int, lifetime_seconds: int, faults: Faults) -> None:
        self._seed = seed
        self._lifetime = lifetime_seconds
        self._faults = faults
        self._tokens: OrderedDict[str, tuple[str, int, int, float]] = OrderedDict()
        self._listings: Bounded[Any] = Bounded(_RECORDS_KEPT)

    def position(self, path: str, query: Mapping[str, str], largest: int, now: int) -> Position:
        """Where the request stands. Raises code 300 for a bad size or a token that is not valid (any more)."""
        size = _page_size(query.get("page_size", ""), largest)
        token = query.get("next_page_token", "")
        if not token:
            skipped = max((whole_number(query.get("page_number", "")) or 1) - 1, 0)
            return Position(skipped * size, size, now, "")
        bound_to, offset, as_of, expiry = self._tokens.get(token, ("", 0, 0, 0.0))
        if bound_to != _fingerprint(path, query) or time.monotonic() >= expiry or self._faults.fires("page-expire"):
            raise ApiError(400, 300, "The next page token is invalid or expired.")
        return Position(offset, size, as_of, token)

    def page(
        self, path: str, query: Mapping[str, str], position: Position, listing: Callable[[], Sequence[T]]
    ) -> tuple[Sequence[T], dict[str, Any]]:
        """The records of this page and the paging fields of the answer.

        `listing` makes all records; it is called once for all pages of one listing.
        """
        records = self._listings.get((_fingerprint(path, query), position.as_of), listing, len)
        end = position.offset + position.size
        token = ""
        if end < len(records):
            if position.token and self._faults.fires("repeat-token"):
                token = position.token
            else:
                repeats_one = position.size > 1 and self._faults.fires("shift")
                token = self._issue(path, query, end - repeats_one, position.as_of)
        return records[position.offset : end], {
            "next_page_token": token,
            "page_count": -(-len(records) // position.size),
            "page_size": position.size,
            "total_records": len(records),
        }

    def _issue(self, path: str, query: Mapping[str, str], offset: int, as_of: int) -> str:
        bound_to = _fingerprint(path, query)
        token = opaque_id(self._seed, bound_to, offset, as_of) + opaque_id(offset, bound_to)[:13]
        self._tokens[token] = (bound_to, offset, as_of, time.monotonic() + self._lifetime)
        self._tokens.move_to_end(token)
        if len(self._tokens) > _TOKENS_KEPT:
            self._tokens.popitem(last=False)
        return token


def _fingerprint(path: str, query: Mapping[str, str]) -> str:
    fixed = sorted((name, value) for name, value in query.items() if name != "next_page_token")
    return f"{path}?{fixed}"


def _page_size(text: str, largest: int) -> int:
    """The size served: the default where none is asked for, never more than the endpoint's largest."""
    if not text:
        return min(DEFAULT_PAGE_SIZE, largest)
    size = whole_number(text)
    if not size:
        raise bad_parameter("The page_size must be a positive integer.")
    return min(size, largest)
