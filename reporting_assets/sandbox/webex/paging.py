"""Pages by `Link` header: each names the address of the next, as of the instant its first page was served at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from reporting_assets.sandbox.bounded import Bounded
from reporting_assets.sandbox.faults import Faults
from reporting_assets.sandbox.webex.errors import WebexError
from reporting_assets.sandbox.webex.windows import Call

_RECORDS_KEPT = 100_000
_CURSOR = re.compile(r"(\d{1,12})\.(\d{1,9})\.(\d{1,9})")

T = TypeVar("T")


class Pager:
    """Cuts pages; keeps listings that are being read."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._listings: Bounded[Any] = Bounded(_RECORDS_KEPT)

    def page(self, call: Call, size: int, listing: Callable[[int], Sequence[T]]) -> tuple[Sequence[T], dict[str, str]]:
        """The records of this page and its headers; `listing(as_of)` makes all records as seen at an instant."""
        found = _CURSOR.fullmatch(call.query.get("cursor", ""))
        if "cursor" in call.query and not found:
            raise WebexError(400, "'cursor' is not valid.")
        as_of, begin, step = map(int, found.groups()) if found else (call.now, 0, 0)
        asked = {name: value for name, value in call.query.items() if name != "cursor"}
        key = (call.url, as_of, *sorted((name, value) for name, value in asked.items() if name != "max"))
        records = self._listings.get(key, lambda: listing(as_of), len)
        end = begin + size
        if end >= len(records):
            return records[begin:end], {}
        if found and self._faults.fires("repeat-token"):
            following = call.query["cursor"]
        else:
            repeats_one = size > 1 and self._faults.fires("shift")
            following = f"{as_of}.{end - repeats_one}.{step + 1}"
        if self._faults.fires("webex-lost-site"):
            asked.pop("siteUrl", None)
        link = f"{call.url}?{urlencode({**asked, 'cursor': following})}"
        return records[begin:end], {"Link": f'<{call.url}?{urlencode(asked)}>; rel="first", <{link}>; rel="next"'}
