"""Rooms agree with the meetings of the account, with their own issues, and with what is ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from reporting_assets_tests.sandbox.client import Api

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-02", "to": "2026-11-20", "page_size": 300}
_OVER = {
    "Zoom room is online": "Zoom room is offline",
    "Selected camera is reconnected": "Selected camera has disconnected",
    "Selected microphone is reconnected": "Selected microphone has disconnected",
    "Selected speaker is reconnected": "Selected speaker has disconnected",
    "Zoom Rooms Controller connected": "Zoom Rooms Controller disconnected",
}
_NOBODY_ENDS = {"High CPU usage is detected", "Low bandwidth network is detected", "Untrusted certificate is detected"}


def all_rooms(api: Api) -> list[dict[str, Any]]:
    return api.all("/metrics/zoomrooms", "zoom_rooms", page_size=300)


def past_meetings(api: Api, room: str, **changes: Any) -> list[dict[str, Any]]:
    """All pages; the token stands in `past_meetings`, not at the top."""
    query = {**WINDOW, **changes}
    found, token = [], ""
    while True:
        page = api.ok(f"/metrics/zoomrooms/{room}", **query, **({"next_page_token": token} if token else {}))
        found += page["past_meetings"]["meetings"]
        token = page["past_meetings"]["next_page_token"]
        if not token:
            assert page["past_meetings"]["total_records"] == len(found)
            return found


def issues(api: Api, room: str) -> list[dict[str, Any]]:
    return api.all(f"/metrics/issues/zoomrooms/{room}", "issue_details", **WINDOW)


def test_there_is_a_room_for_25_employees_and_it_has_its_own_name(api: Api, launched: Callable[..., Api]) -> None:
    assert len(all_rooms(api)) == 200 // 25
    small = all_rooms(launched(users=50))
    assert len(small) == 2
    names = [room["room_name"] for room in all_rooms(api)]
    assert len(set(names)) == len(names)


def test_a_room_holds_meetings_of_the_account_one_at_a_time(api: Api) -> None:
    listed = {meeting["uuid"]: meeting for meeting in api.meetings("2026-11-02", "2026-11-20")}
    seen: Counter[str] = Counter()
    for room in all_rooms(api):
        held = past_meetings(api, room["id"])
        assert held
        for meeting in held:
            shown = {name: value for name, value in meeting.items() if name != "in_room_participants"}
            assert shown.items() <= listed[meeting["uuid"]].items()
            seen[meeting["uuid"]] += 1
        spans = sorted((meeting["start_time"], meeting["end_time"]) for meeting in held)
        assert all(one[1] <= following[0] for one, following in pairwise(spans))
    assert set(seen.values()) == {1}
    assert 0.05 < len(seen) / len(listed) < 0.5


def test_pages_of_a_room_add_up(api: Api) -> None:
    room = all_rooms(api)[0]["id"]
    whole = past_meetings(api, room)
    assert len(whole) > 7
    assert past_meetings(api, room, page_size=7) == whole


def test_a_meeting_in_progress_stands_in_its_room(launched: Callable[..., Api]) -> None:
    api = launched(users=400, now="2026-11-17T16:20:00Z")
    live = {one["uuid"]: one for one in api.all("/metrics/meetings", "meetings", **WINDOW, type="live")}
    statuses: Counter[str] = Counter()
    for room in all_rooms(api):
        answer = api.ok(f"/metrics/zoomrooms/{room['id']}", **WINDOW)
        statuses[answer["status"]] += 1
        assert answer.items() >= {name: value for name, value in room.items() if name != "location_id"}.items()
        if answer["status"] == "InMeeting":
            shown = {name: value for name, value in answer["live_meeting"].items() if name != "in_room_participants"}
            assert shown.items() <= live[shown["uuid"]].items()
            assert "end_time" not in shown
        elif answer["status"] == "Available":
            assert "live_meeting" not in answer
    assert statuses["InMeeting"]
    assert statuses["Available"]


def test_what_ends_has_begun_and_what_is_open_shows_in_the_rooms_state(launched: Callable[..., Api]) -> None:
    api = launched(users=1000)
    open_now = 0
    for room in all_rooms(api):
        still_open: Counter[str] = Counter()
        for issue in issues(api, room["id"]):
            text = issue["issue"]
            if text in _OVER:
                still_open[_OVER[text]] = max(0, still_open[_OVER[text]] - 1)  # may have begun before the window
            elif text in _OVER.values():
                still_open[text] += 1
        wrong = set(+still_open)
        open_now += len(wrong)
        assert wrong <= set(room["issues"])
        assert set(room["issues"]) - wrong <= _NOBODY_ENDS
        for device in ("camera", "microphone", "speaker"):
            assert (room[device] == "") == (f"Selected {device} has disconnected" in wrong)
        assert (room["status"] == "Offline") == ("Zoom room is offline" in wrong)
        assert (room["health"] == "healthy") == (not room["issues"])
    assert open_now, "nothing is broken at this instant: choose another"


def test_rankings_count_the_issues_of_every_room(api: Api) -> None:
    per_room: Counter[str] = Counter()
    per_issue: Counter[str] = Counter()
    for room in all_rooms(api):
        found = [issue["issue"] for issue in issues(api, room["id"])]
        per_room[room["id"]] = len(found)
        per_issue.update(set(found))
    rooms = api.ok("/metrics/issues/zoomrooms", **WINDOW)
    assert {room["id"]: room["issues_count"] for room in rooms["zoom_rooms"]} == dict(+per_room)
    kinds = api.ok("/metrics/zoomrooms/issues", **WINDOW)
    assert {issue["issue_name"]: issue["zoom_rooms_count"] for issue in kinds["issues"]} == dict(per_issue)


def test_only_25_rooms_are_ranked_and_there_is_no_second_page(launched: Callable[..., Api]) -> None:
    api = launched(users=1000)
    body = api.ok("/metrics/issues/zoomrooms", **WINDOW)
    counts = [room["issues_count"] for room in body["zoom_rooms"]]
    assert len(counts) == 25 < body["total_records"] <= len(all_rooms(api)) == 40
    assert counts == sorted(counts, reverse=True)
    assert "next_page_token" not in body
