"""What a report is asked for: window, zone of the answer, page size. Which are refused, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.clock import parse_instant
from reporting_assets.sandbox.webex.errors import WebexError

LONGEST_DAYS, LOOK_BACK_DAYS, DEFAULT_DAYS = 30, 90, 7


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an endpoint: its query, its headers, when, and the address it was sent to without the query."""

    query: Mapping[str, str]
    timezone: str
    now: int
    url: str


def window(call: Call) -> tuple[int, int]:
    """The instants from and to, as epoch seconds. Raises 400 where they are malformed, too long or too far back."""
    begin, end = (_instant(call.query.get(name, ""), name) for name in ("from", "to"))
    if end is None:
        end = call.now if begin is None else begin + DEFAULT_DAYS * DAY_SECONDS
    if begin is None:
        begin = end - DEFAULT_DAYS * DAY_SECONDS
    if begin > end:
        raise WebexError(400, "'from' cannot be after 'to'.")
    if end - begin > LONGEST_DAYS * DAY_SECONDS:
        raise WebexError(400, f"The interval between 'to' and 'from' cannot exceed {LONGEST_DAYS} days.")
    if begin < call.now - LOOK_BACK_DAYS * DAY_SECONDS:
        raise WebexError(400, f"'from' cannot be earlier than {LOOK_BACK_DAYS} days ago.")
    return begin, end


def writer(call: Call) -> Callable[[int], str]:
    """How instants are written: in the zone the header asks for, with its offset. Raises 400 for no such zone."""
    name = call.timezone or "UTC"
    if name == "UTC":
        return lambda instant: f"{datetime.fromtimestamp(instant, UTC).isoformat()[:19]}Z"
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WebexError(400, "The timezone header is not an IANA time zone.") from None
    return lambda instant: datetime.fromtimestamp(instant, zone).isoformat()


def page_size(call: Call, default: int, largest: int) -> int:
    """The size of a page. Raises 400 beyond what is allowed."""
    text = call.query.get("max", str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= largest:
        raise WebexError(400, f"'max' must be a number from 1 to {largest}.")
    return int(text)


def _instant(text: str, name: str) -> int | None:
    try:
        return parse_instant(text.replace(" ", "+")) if text else None  # a plus sign that nobody encoded
    except (ValueError, OverflowError):
        raise WebexError(400, f"'{name}' is not a date and time in ISO 8601.") from None
