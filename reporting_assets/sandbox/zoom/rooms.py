"""Zoom Rooms as the dashboards show them: their state, the meetings held in them, their issues and the rankings of these."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import unquote

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import freshness, premises, words
from reporting_assets.sandbox.answers import Answer, bad_parameter
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.identifiers import opaque_id
from reporting_assets.sandbox.premises import Room
from reporting_assets.sandbox.zoom import dashboards
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.route import Route
from reporting_assets.sandbox.zoom.windows import window

LARGEST_PAGE = 300
_RESTARTED_EVERY_SECONDS = 7 * DAY_SECONDS
RANKED = 25  # rooms, or issues; there is no second page
_CAMERAS = ("Logitech Rally Camera", "Integrated Webcam", "HD Pro Webcam C920")
_MICROPHONES = ("Microphone (3- Logitech USB Headset H340)", "Rally Mic Pod", "Built-in Microphone")
_SPEAKERS = ("Speakers (3- Logitech USB Headset H340)", "Rally Speaker", "Built-in Output (Headphones)")
# What a room's list of meetings shows of what the dashboards show of a meeting.
_OF_MEETING = (
    "uuid",
    "id",
    "topic",
    "host",
    "email",
    "user_type",
    "dept",
    "start_time",
    "end_time",
    "duration",
    "participants",
    "has_pstn",
    "has_voip",
    "has_3rd_party_audio",
    "has_video",
    "has_screen_share",
    "has_recording",
    "has_sip",
    "has_archiving",
    "has_manual_captions",
    "has_automated_captions",
    "custom_keys",
)


def list_rooms(call: Call) -> Answer:
    """The present state of every room."""
    dashboards.require_dashboards(call)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: _rooms(call.account))
    records = []
    for room in page:
        record = _state(call.account, room, position.as_of)
        record["location_id"] = opaque_id(call.account.organisation.seed, "floor", room.office, room.floor)[:14]
        records.append(record)
    return Answer({**fields, "page_number": position.offset // position.size + 1, "zoom_rooms": records})


def one_room(call: Call) -> Answer:
    """The room's state, its meeting in progress where there is one, and its past meetings of the window."""
    dashboards.require_dashboards(call)
    room = _room(call)
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    account, now = call.account, position.as_of
    page, fields = call.page(
        position,
        lambda: [
            meeting
            for meeting in premises.held_in(account.history, room, asked.begin, min(asked.end, now + 1))
            if freshness.listed_at(meeting) <= now
        ],
    )
    answer = _state(account, room, now)
    live = _live(account, room, now)
    if live is not None:
        answer["live_meeting"] = live
    meetings = [_meeting(dashboards.record(account, meeting, "past", now)) for meeting in page]
    answer["past_meetings"] = {"from": asked.sent_from, "to": asked.sent_to, **fields, "meetings": meetings}
    return Answer(answer)


def room_issues(call: Call) -> Answer:
    """What was noticed about one room in the window, by time."""
    dashboards.require_dashboards(call)
    room = _room(call)
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: premises.issues(room, asked.begin, min(asked.end, position.as_of + 1)))
    records = [{"issue": one.text, "time": iso(one.at)} for one in page]
    return Answer({"from": asked.sent_from, "to": asked.sent_to, **fields, "issue_details": records})


def rooms_with_most_issues(call: Call) -> Answer:
    """The 25 rooms with the most issues; `total_records` counts all that had any."""
    dashboards.require_dashboards(call)
    asked = window(call, allows_times=False)
    end = min(asked.end, call.now + 1)
    counted = [(len(premises.issues(room, asked.begin, end)), room) for room in _rooms(call.account)]
    ranked = sorted((one for one in counted if one[0]), key=lambda one: (-one[0], one[1].index))
    records = [{"id": room.id, "room_name": room.name, "issues_count": count} for count, room in ranked[:RANKED]]
    return Answer({"from": asked.sent_from, "to": asked.sent_to, "total_records": len(ranked), "zoom_rooms": records})


def issues_of_most_rooms(call: Call) -> Answer:
    """The 25 issues that most rooms had."""
    dashboards.require_dashboards(call)
    asked = window(call, allows_times=False)
    end = min(asked.end, call.now + 1)
    counts: Counter[str] = Counter()
    for room in _rooms(call.account):
        counts.update({one.text for one in premises.issues(room, asked.begin, end)})
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    records = [{"issue_name": text, "zoom_rooms_count": count} for text, count in ranked[:RANKED]]
    return Answer({"from": asked.sent_from, "to": asked.sent_to, "total_records": len(ranked), "issues": records})


def _rooms(account: Account) -> tuple[Room, ...]:
    return premises.rooms(account.organisation.seed, account.organisation.size)


def _room(call: Call) -> Room:
    organisation = call.account.organisation
    id_ = unquote(call.path_value)
    room = premises.room_of_id(organisation.seed, organisation.size, id_)
    if room is None:
        raise bad_parameter(f"Zoom Room does not exist: {id_}.")
    return room


def _state(account: Account, room: Room, now: int) -> dict[str, Any]:
    wrong = premises.open_issues(room, now)
    is_offline = premises.OFFLINE in wrong
    is_in_meeting = not is_offline and _in_progress(account, room, now) is not None
    office = OFFICES[room.office]
    return {
        "id": room.id,
        "room_name": room.name,
        "account_type": "Work Email",
        "email": f"room.{room.index}@{words.DOMAIN}",
        "calender_name": f"room.{room.index}@{words.DOMAIN}" if room.seed % 3 else "",
        "location": f"{office.name}, floor {room.floor}",
        "device_ip": f"Computer : 10.{room.office}.{room.floor}.{room.index % 250 + 1}",
        "camera": "" if premises.CAMERA_LOST in wrong else _CAMERAS[room.seed % 3],
        "microphone": "" if premises.MICROPHONE_LOST in wrong else _MICROPHONES[room.seed // 3 % 3],
        "speaker": "" if premises.SPEAKER_LOST in wrong else _SPEAKERS[room.seed // 9 % 3],
        "health": "critical" if is_offline else "warning" if wrong else "healthy",
        "issues": wrong,
        "status": "Offline" if is_offline else "InMeeting" if is_in_meeting else "Available",
        "last_start_time": iso(now - (now - room.seed) % _RESTARTED_EVERY_SECONDS),
    }


def _live(account: Account, room: Room, now: int) -> dict[str, Any] | None:
    meeting = _in_progress(account, room, now)
    return None if meeting is None else _meeting(dashboards.record(account, meeting, "live", now))


def _in_progress(account: Account, room: Room, now: int) -> Any:
    midnight = now - now % DAY_SECONDS
    held = premises.held_in(account.history, room, midnight, now + 1)
    return next((meeting for meeting in held if now < meeting.ended), None)


def _meeting(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in _OF_MEETING if name in shown} | {"in_room_participants": 1}


_LIST_SCOPES = ("dashboard:read:list_zoomrooms:admin", "dashboard_zr:read:admin", "dashboard:read:admin")
_ISSUE_SCOPES = ("dashboard:read:issues_zoomroom:admin", "dashboard_zr:read:admin", "dashboard:read:admin")

# All of them are refused below Business by their handlers, in other words than those of a free plan.
ROUTES: tuple[Route, ...] = (
    Route("/metrics/zoomrooms", RateLabel.RESOURCE_INTENSIVE, _LIST_SCOPES, False, list_rooms),
    Route("/metrics/zoomrooms/issues", RateLabel.HEAVY, _ISSUE_SCOPES, False, issues_of_most_rooms),
    Route(
        "/metrics/zoomrooms/{zoomroomId}",
        RateLabel.HEAVY,
        ("dashboard:read:zoomroom:admin", "dashboard_zr:read:admin", "dashboard:read:admin"),
        False,
        one_room,
    ),
    Route(
        "/metrics/issues/zoomrooms",
        RateLabel.HEAVY,
        ("dashboard:read:list_zoomrooms:admin", "dashboard_home:read:admin", "dashboard:read:admin"),
        False,
        rooms_with_most_issues,
    ),
    Route(
        "/metrics/issues/zoomrooms/{zoomroomId}",
        RateLabel.HEAVY,
        ("dashboard:read:issues_zoomroom:admin", "dashboard_home:read:admin", "dashboard:read:admin"),
        False,
        room_issues,
    ),
)
