"""The simulated Webex: what it documents, refuses, delays and rotates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from reporting_assets import contracts
from reporting_assets_tests.reference import find
from reporting_assets_tests.sandbox.client import Api
from reporting_assets_tests.sandbox.webex.conftest import NOW, OTHER_SITE, SITE, Webex

pytestmark = pytest.mark.integration
USAGE, ATTENDEES, QUALITIES = "/meetingReports/usage", "/meetingReports/attendees", "/meeting/qualities"
WEEK = ("2026-11-09T00:00:00Z", "2026-11-14T00:00:00Z")
LATEST = ("2026-11-17T00:00:00Z", "2026-11-19T00:00:00Z")


@cache
def openapi() -> dict[str, Any]:
    return json.loads(find("api/webex-openapi.json").read_text())


def resolved(value: Any) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            target: Any = openapi()
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolved(target)
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def problems(path: str, status: int, body: Any, method: str = "get") -> list[str]:
    response = resolved(openapi()["paths"][path][method]["responses"][str(status)])
    schema = response["content"]["application/json"]["schema"]
    return [
        f"{'/'.join(map(str, each.path))}: {each.message}"[:200] for each in OAS30Validator(schema).iter_errors(body)
    ]


def documented(schema: str) -> set[str]:
    return set(openapi()["components"]["schemas"][schema]["properties"])


def attendees(webex: Webex, meeting: dict[str, Any], window: tuple[str, str] = WEEK, **query: Any) -> list:
    return webex.all(
        ATTENDEES,
        siteUrl=meeting["_site"],
        meetingId=meeting["meetingId"],
        from_=window[0],
        to=window[1],
        **{"max": 1000, **query},
    )


def test_answers_match_the_reference(webex: Webex) -> None:
    assert problems("/access_token", 200, webex.token().json(), "post") == []
    assert problems("/meetingPreferences/sites", 200, webex.get("/meetingPreferences/sites").json()) == []
    meetings = webex.usage(*WEEK)
    assert meetings
    assert problems(USAGE, 200, {"items": [{k: v for k, v in m.items() if k != "_site"} for m in meetings]}) == []
    assert {name for meeting in meetings for name in meeting} == documented("MeetingUsageReportObject") | {"_site"}
    rows = [row for meeting in meetings for row in attendees(webex, meeting)]
    assert problems(ATTENDEES, 200, {"items": rows}) == []
    assert {name for row in rows for name in row} == documented("MeetingAttendeeReportObject")
    sessions = [row for meeting in webex.usage(*LATEST) for row in webex.all(QUALITIES, meetingId=meeting["meetingId"])]
    assert sessions
    assert problems(QUALITIES, 200, {"items": sessions}) == []
    assert {name for row in sessions for name in row} == documented("MediaSessionQuality")
    runs = [run for row in sessions for run in row["videoIn"]]
    assert {name for run in runs for name in run} == documented("VideoIn")


def test_the_schema_check_can_fail(webex: Webex) -> None:
    body = webex.get("/meetingPreferences/sites").json()
    body["sites"][0]["default"] = "yes"
    assert problems("/meetingPreferences/sites", 200, body) != []


def test_scopes_are_those_of_the_contracts_and_the_reference(launched: Callable[..., Webex]) -> None:
    for name, path in {
        "webex_sites": "/meetingPreferences/sites",
        "webex_meeting_usage": USAGE,
        "webex_meeting_attendees": ATTENDEES,
        "webex_meeting_qualities": QUALITIES,
    }.items():
        operation, endpoint = openapi()["paths"][path]["get"], contracts.endpoint(name)
        assert endpoint.path == path
        assert set(endpoint.scopes) == set(operation["x-scopes"]["admin"] + operation["x-scopes"]["user"])
    webex = launched(scopes=("meeting:admin_config_read",))
    assert webex.get(USAGE, siteUrl=SITE).status_code == 200
    answer = webex.get("/meetingPreferences/sites")
    assert answer.status_code == 403
    assert problems("/meetingPreferences/sites", 403, answer.json()) == []


def test_the_same_people_meet_here_in_other_meetings(webex: Webex) -> None:
    zoom = Api(webex.running)
    staff = {user["email"] for status in ("active", "inactive") for user in zoom.all("/users", "users", status=status)}
    meetings = webex.usage(*WEEK)
    assert {meeting["hostEmail"] for meeting in meetings} <= staff
    starts = {meeting["start_time"] for meeting in zoom.meetings("2026-11-09", "2026-11-14")}
    assert len(starts & {meeting["start"] for meeting in meetings}) < len(meetings) / 10
    assert 0.1 * len(starts) < len(meetings) < 0.6 * len(starts)


def test_every_service_type_and_both_sites_have_meetings(webex: Webex) -> None:
    meetings = webex.usage("2026-10-22T00:00:00Z", "2026-11-20T00:00:00Z")
    assert {meeting["_site"] for meeting in meetings} == {SITE, OTHER_SITE}
    assert len(Counter(meeting["serviceType"] for meeting in meetings)) == 4
    assert {meeting["scheduledType"] for meeting in meetings} == {"meeting", "webinar"}
    ids = [meeting["meetingId"] for meeting in meetings]
    assert len(set(ids)) == len(ids)
    default = webex.all(USAGE, siteUrl=SITE, from_=WEEK[0], to=WEEK[1], max=1000)
    assert {meeting["serviceType"] for meeting in default} == {"MeetingCenter"}


def test_totals_agree_with_who_attended(webex: Webex) -> None:
    for meeting in webex.usage(*WEEK):
        rows = attendees(webex, meeting)
        assert meeting["totalPeopleMinutes"] == sum(row["duration"] for row in rows)
        assert 1 <= meeting["peakAttendee"] <= len(rows)
        assert meeting["start"] == min(row["joinedTime"] for row in rows)
        assert meeting["end"] == max(row["leftTime"] for row in rows)
        assert {row["participantType"].lower() for row in rows} <= {"host", "attendee"}


def test_documented_quirks_are_met(webex: Webex) -> None:
    meetings = webex.usage(*WEEK)
    rows = [row for meeting in meetings for row in attendees(webex, meeting)]
    assert {type(row["meetingNumber"]) for row in rows} == {int, str}
    assert {"ATTENDEE", "attendee"} <= {row["participantType"] for row in rows}
    assert any("trackingCodes" not in meeting for meeting in webex.usage("2026-10-22T00:00:00Z", WEEK[1]))
    assert any(meeting.get("trackingCodes") == [] for meeting in meetings)
    assert any(len(meeting.get("trackingCodes", ())) > 1 for meeting in meetings)
    sessions = [row for meeting in webex.usage(*LATEST) for row in webex.all(QUALITIES, meetingId=meeting["meetingId"])]
    runs = [run for row in sessions for run in row["audioIn"]]
    assert any(run["packetLoss"] == [] and run["jitter"] for run in runs)
    assert any(row["audioIn"] == [] for row in sessions)


def test_pages_hold_everything_once_whatever_their_size(webex: Webex) -> None:
    query = {"siteUrl": SITE, "from_": WEEK[0], "to": WEEK[1]}
    whole = webex.all(USAGE, **query, max=1000)
    assert len(webex.get(USAGE, **query).json()["items"]) == 10
    assert webex.all(USAGE, **query, max=7) == whole
    assert [meeting["start"] for meeting in whole] == sorted((meeting["start"] for meeting in whole), reverse=True)


def test_moments_are_written_in_the_zone_asked_for(webex: Webex) -> None:
    def starts(**headers: str) -> list[str]:
        items = webex.get(USAGE, headers=headers, siteUrl=SITE, from_=WEEK[0], to=WEEK[1]).json()["items"]
        return [meeting["start"] for meeting in items]

    assert all(start.endswith("Z") for start in starts())
    assert all(start.endswith("+08:00") for start in starts(timezone="Asia/Shanghai"))
    there = [datetime.fromisoformat(start) for start in starts(timezone="Asia/Shanghai")]
    assert there == [datetime.fromisoformat(start) for start in starts(timezone="UTC")]
    assert webex.get(USAGE, headers={"timezone": "Moon"}, siteUrl=SITE).status_code == 400


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (USAGE, {}, 400),
        (USAGE, {"siteUrl": "elsewhere.webex.example"}, 403),
        (USAGE, {"siteUrl": SITE, "serviceType": "Meeting"}, 400),
        (USAGE, {"siteUrl": SITE, "from_": "2026-10-01T00:00:00Z", "to": "2026-10-31T00:00:01Z"}, 400),
        (USAGE, {"siteUrl": SITE, "from_": "2026-10-01T00:00:00Z", "to": "2026-10-31T00:00:00Z"}, 200),
        (USAGE, {"siteUrl": SITE, "from_": "2026-08-22T20:29:59Z", "to": "2026-09-01T00:00:00Z"}, 400),
        (USAGE, {"siteUrl": SITE, "from_": "2026-08-22T20:30:00Z", "to": "2026-09-01T00:00:00Z"}, 200),
        (USAGE, {"siteUrl": SITE, "from_": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, 400),
        (USAGE, {"siteUrl": SITE, "from_": "soon"}, 400),
        (USAGE, {"siteUrl": SITE, "max": 1001}, 400),
        (USAGE, {"siteUrl": SITE, "cursor": "x"}, 400),
        (ATTENDEES, {"siteUrl": SITE}, 400),
        (ATTENDEES, {"siteUrl": SITE, "meetingId": "0_I_1"}, 404),
        (QUALITIES, {}, 400),
        (QUALITIES, {"meetingId": "e5dba9613a9d455aa49f6ffdafb6e7db_I_191395283063545470"}, 404),
    ],
)
def test_bad_requests_are_refused_as_documented(webex: Webex, path: str, query: dict[str, Any], status: int) -> None:
    answer = webex.get(path, **query)
    assert answer.status_code == status
    if status != 200:
        assert problems(path, status, answer.json()) == []


def test_quality_is_kept_for_a_week(webex: Webex) -> None:
    older = webex.usage("2026-11-12T00:00:00Z", "2026-11-13T20:00:00Z")[0]
    newer = webex.usage("2026-11-13T20:31:00Z", "2026-11-18T00:00:00Z")[-1]
    assert webex.get(QUALITIES, meetingId=older["meetingId"]).status_code == 404
    assert webex.get(QUALITIES, meetingId=newer["meetingId"]).status_code == 200


def test_reports_are_complete_a_day_after_a_meeting_s_end(launched: Callable[..., Webex]) -> None:
    """Nothing shows before its end, some of it hours later, nothing changes after 24 hours."""
    day = ("2026-11-12T00:00:00Z", "2026-11-12T23:59:59Z")

    def seen(now: str) -> dict[str, int]:
        webex = launched(now=now)
        return {meeting["meetingId"]: len(attendees(webex, meeting)) for meeting in webex.usage(*day)}

    evening, settled, later = seen("2026-11-13T00:00:00Z"), seen("2026-11-15T06:00:00Z"), seen("2026-11-20T00:00:00Z")
    assert settled == later
    assert evening.keys() < settled.keys()
    assert any(evening[meeting] < settled[meeting] for meeting in evening)


def test_a_refresh_token_stays_good_and_tokens_outlive_their_sandbox(launched: Callable[..., Webex]) -> None:
    first, second = launched(), launched()
    issued = first.token().json()
    assert issued["refresh_token"] == "sandbox-webex-refresh-token"
    assert (issued["expires_in"], issued["refresh_token_expires_in"]) == (1_209_600, 7_776_000)
    second.session.headers["Authorization"] = f"Bearer {issued['access_token']}"
    assert second.get("/meetingPreferences/sites").status_code == 200


def test_a_rotating_refresh_token_is_good_once(launched: Callable[..., Webex]) -> None:
    webex = launched(faults=("webex-rotate",))  # logging in spent the first
    answer = webex.token()
    assert answer.status_code == 400
    assert problems("/access_token", 400, answer.json(), "post") == []
    second = webex.issued["refresh_token"]
    assert webex.token(refresh_token=second).status_code == 200
    assert webex.token(refresh_token=second).status_code == 400


@pytest.mark.parametrize("token", ["", "x", "1.2", "9" * 30 + ".00"])
def test_tokens_of_nobody_are_refused(webex: Webex, token: str) -> None:
    assert webex.get("/meetingPreferences/sites", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert webex.token(refresh_token=token).status_code == 400
    assert webex.token(client_secret=token).status_code == 401


def test_access_tokens_end(launched: Callable[..., Webex]) -> None:
    webex = launched(webex_token_seconds=0)
    answer = webex.get("/meetingPreferences/sites")
    assert answer.status_code == 401
    assert problems("/meetingPreferences/sites", 401, answer.json()) == []


def test_one_call_in_five_minutes_about_one_meeting(launched: Callable[..., Webex]) -> None:
    webex = launched(enforce_limits=True)
    first, second = webex.usage(*LATEST)[:2]
    assert webex.get(QUALITIES, meetingId=first["meetingId"]).status_code == 200
    assert webex.get(QUALITIES, meetingId=second["meetingId"]).status_code == 200
    answer = webex.get(QUALITIES, meetingId=first["meetingId"])
    assert answer.status_code == 429
    assert 290 < int(answer.headers["Retry-After"]) <= 300
    assert problems(QUALITIES, 429, answer.json()) == []


@pytest.mark.parametrize(
    ("fault", "status"), [("webex-423:1", 423), ("webex-504", 504), ("500:1", 500), ("429:1", 429)]
)
def test_faults_strike(launched: Callable[..., Webex], fault: str, status: int) -> None:
    webex = launched(faults=(fault,))
    assert webex.get(USAGE, siteUrl=SITE, max=1000).status_code == status


def test_a_link_can_lose_its_site(launched: Callable[..., Webex]) -> None:
    webex = launched(faults=("webex-lost-site",))
    answer = webex.get(USAGE, siteUrl=SITE, from_=WEEK[0], to=WEEK[1])
    assert webex.session.get(answer.links["next"]["url"], timeout=60).status_code == 400


def test_the_same_configuration_gives_the_same_answers(launched: Callable[..., Webex], webex: Webex) -> None:
    again = launched()
    assert again.usage(*WEEK) == webex.usage(*WEEK)
    meeting = webex.usage(*LATEST)[0]
    assert attendees(again, meeting, LATEST) == attendees(webex, meeting, LATEST)
    assert again.all(QUALITIES, meetingId=meeting["meetingId"]) == webex.all(QUALITIES, meetingId=meeting["meetingId"])
    assert NOW.startswith("2026-11-20")
