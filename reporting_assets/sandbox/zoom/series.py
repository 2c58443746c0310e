"""`/past_meetings/{id}/instances` and `/past_webinars/{id}/instances`: the instances of one number that ended."""

from __future__ import annotations

from urllib.parse import unquote
from weakref import WeakKeyDictionary

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.config import HISTORY_MONTHS
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.identifiers import day_of_number
from reporting_assets.sandbox.numerals import whole_number
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.instances import not_found
from reporting_assets.sandbox.zoom.route import Route

LOOK_BACK_DAYS = HISTORY_MONTHS * 30
# Making a day takes time, so a larger organisation is looked back on less far than the vendor would: two months at least.
MEETINGS_LOOKED_THROUGH = 15_000
SHORTEST_LOOK_BACK_DAYS = 62


class _Index:
    """(day, place) of the meetings of each number that may have more than one, over the days looked at so far."""

    def __init__(self) -> None:
        self.places: dict[int, list[tuple[int, int]]] = {}
        self.days: set[int] = set()

    def add(self, history: History, day: int) -> None:
        if day not in self.days:
            self.days.add(day)
            for meeting in history.day(day).meetings:
                if day_of_number(meeting.number) is None:
                    self.places.setdefault(meeting.number, []).append((day, meeting.place))


_indices: WeakKeyDictionary[History, _Index] = WeakKeyDictionary()


def meeting_instances(call: Call) -> Answer:
    """Ended instances of a meeting number, by start."""
    return Answer({"meetings": _instances(call, is_webinar=False)})


def webinar_instances(call: Call) -> Answer:
    """Ended instances of a webinar number, by start."""
    return Answer({"webinars": _instances(call, is_webinar=True)})


def _instances(call: Call, *, is_webinar: bool) -> list[dict[str, str]]:
    number = whole_number(unquote(call.path_value))
    if number is None:
        raise not_found(call, is_webinar=is_webinar)
    found = [
        meeting
        for meeting in _of_number(call.account.history, number, call.now)
        if meeting.is_webinar == is_webinar and freshness.listed_at(meeting) <= call.now
    ]
    if not found:
        raise not_found(call, is_webinar=is_webinar)
    return [{"uuid": meeting.uuid, "start_time": iso(meeting.started)} for meeting in found]


def _of_number(history: History, number: int, now: int) -> list[Meeting]:
    today = now // DAY_SECONDS
    only = day_of_number(number)
    if only is not None:
        is_within = today - LOOK_BACK_DAYS <= only <= today
        return [one for one in history.day(only).meetings if one.number == number] if is_within else []
    index = _indices.setdefault(history, _Index())
    affordable = MEETINGS_LOOKED_THROUGH * 2 // history.organisation.size  # days, at half a meeting per employee
    days = min(LOOK_BACK_DAYS, max(SHORTEST_LOOK_BACK_DAYS, affordable))
    for day in range(max(today - days, history.begins // DAY_SECONDS), today + 1):
        index.add(history, day)
    places = sorted(index.places.get(number, ()))
    return [history.day(day).meetings[place] for day, place in places if day <= today]


ROUTES: tuple[Route, ...] = (
    Route(
        "/past_meetings/{meetingId}/instances",
        RateLabel.MEDIUM,
        ("meeting:read:list_past_instances:admin", "meeting:read:admin"),
        False,
        meeting_instances,
    ),
    Route(
        "/past_webinars/{webinarId}/instances",
        RateLabel.LIGHT,
        ("webinar:read:list_past_instances:admin", "webinar:read:admin"),
        True,
        webinar_instances,
    ),
)
