"""The past meeting or webinar that a path names, as every endpoint about one of them finds it."""

from __future__ import annotations

from urllib.parse import unquote

from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.answers import ApiError
from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.numerals import whole_number
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.zoom.account import Call

LOOK_BACK_DAYS = 365


def past_instance(call: Call, *, is_webinar: bool = False) -> Meeting:
    """The ended meeting, or webinar, of the path. Raises 3001 where there is none to be found, 12702 beyond a year.

    The path is decoded once before it is looked at, so a UUID that begins with `/` or holds `//` is lost unless it was
    encoded twice. A number means the latest instance.
    """
    value = unquote(call.path_value)
    if value.startswith("/") or "//" in value:
        raise not_found(call, is_webinar=is_webinar)
    value = unquote(value)
    history = call.account.history
    number = whole_number(value)
    meeting = history.meeting(value) if number is None else history.latest(number, call.now)
    if meeting is None or meeting.is_webinar != is_webinar or freshness.listed_at(meeting) > call.now:
        raise not_found(call, is_webinar=is_webinar)
    if meeting.started < call.now - LOOK_BACK_DAYS * DAY_SECONDS:
        raise ApiError(400, 12702, f"Can not access {'a webinar' if is_webinar else 'meeting'} a year ago.")
    return meeting


def not_found(call: Call, *, is_webinar: bool = False) -> ApiError:
    """Code 3001 about the meeting, or webinar, of the path."""
    kind = "Webinar" if is_webinar else "Meeting"
    return ApiError(404, 3001, f"{kind} {call.path_value} not found or has expired.")
