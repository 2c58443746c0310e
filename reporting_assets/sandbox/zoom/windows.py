"""The `from`/`to` window of a call: which instants it means, and which windows are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reporting_assets.sandbox.answers import bad_parameter
from reporting_assets.sandbox.calendar import day_start
from reporting_assets.sandbox.zoom.account import Call

LOOK_BACK_MONTHS = 6
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
_PADDED_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_PADDED_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Window:
    """Instants [begin, end) in epoch seconds, the calendar days asked for, and the texts as sent."""

    begin: int
    end: int
    first: date
    last: date
    sent_from: str
    sent_to: str


def window(call: Call, *, allows_times: bool, allows_minutes: bool = False, clamps: bool = False) -> Window:
    """The call's window. Raises code 300 where it is missing, malformed, longer than a month or too far back.

    Dates are days of the account's zone, the last included. Times are UTC, and must be zero-padded: others silently
    count as their whole day. Endpoints that know only days cut times off; few know minutes. One that `clamps` answers
    for the last month of a range that is longer, and only `sent_from` tells.
    """
    sent_from, sent_to = call.query.get("from", ""), call.query.get("to", "")
    if not sent_from or not sent_to:
        raise bad_parameter(f"The {'to' if sent_from else 'from'} field is required.")
    zone = call.account.timezone
    first, last = _date(sent_from, "from"), _date(sent_to, "to")
    if clamps and last > _add_months(first, 1):
        first = _add_months(last, -1)
        while last > _add_months(first, 1):  # from 28 February it is not a month to 31 March and back
            first += timedelta(days=1)
        sent_from = first.isoformat()
    begin, end = day_start(zone, first), day_start(zone, last + timedelta(days=1))
    if allows_times and _PADDED_INSTANT.fullmatch(sent_from):
        begin = _instant(sent_from, "from")
    if allows_times and _PADDED_INSTANT.fullmatch(sent_to):
        end = _instant(sent_to, "to") + 1
    if allows_minutes and _PADDED_MINUTE.fullmatch(sent_from):
        begin = _instant(sent_from, "from")
    if allows_minutes and _PADDED_MINUTE.fullmatch(sent_to):
        end = _instant(sent_to, "to") + 60
    if end <= begin:
        raise bad_parameter("The from date must not be later than the to date.")
    if last > _add_months(first, 1):
        raise bad_parameter("The date range between from and to must not exceed one month.")
    today = datetime.fromtimestamp(call.now, ZoneInfo(zone)).date()
    if first < _add_months(today.replace(day=1), -LOOK_BACK_MONTHS):
        raise bad_parameter(
            f"The report can only be provided for a month that falls within the recent {LOOK_BACK_MONTHS} months."
        )
    return Window(begin, end, first, last, sent_from, sent_to)


def _date(text: str, name: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise bad_parameter(f"The {name} field is not a date: use yyyy-MM-dd.")


def _instant(text: str, name: str) -> int:
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise bad_parameter(f"The {name} field is not a time: use yyyy-MM-dd HH:mm:ss.") from None


def _add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"no such month after {day}")
