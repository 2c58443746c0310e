"""Tokens, scopes, plans, windows and lookups: what is answered, and what is refused and how."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from reporting_assets_tests.sandbox.client import Api, ask_token, twice

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-16", "to": "2026-11-17"}


def test_every_answer_says_that_it_is_simulated_and_carries_rate_headers(api: Api) -> None:
    for answer in (api.get("/users"), api.get("/report/users"), api.get("/nonsense")):
        assert answer.headers["X-Sandbox"] == "simulated"
    for path, category, kind in [
        ("/users", "Medium", "QPS"),
        ("/report/users", "Heavy", "Daily-limit"),
        ("/metrics/meetings", "Resource-intensive", "Daily-limit"),
    ]:
        headers = api.get(path).headers
        assert headers["X-RateLimit-Category"] == category
        assert headers["X-RateLimit-Type"] == kind
        assert int(headers["X-RateLimit-Remaining"]) < int(headers["X-RateLimit-Limit"])


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"account_id": "other"}, 400, "invalid_request"),
    ],
)
def test_token_errors(api: Api, changes: dict[str, str], status: int, error: str) -> None:
    answer = ask_token(requests.Session(), api.running, **changes)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert set(answer.json()) == {"reason", "error"}


def test_no_token_and_unknown_token_are_refused(api: Api) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = requests.get(f"{api.running.api_url}/users", headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (401, 124)


def test_token_expires(launched: Callable[..., Api]) -> None:
    api = launched(token_lifetime_seconds=1)
    api.ok("/users")
    time.sleep(1.1)
    assert api.error("/users") == (401, 124)
    api.log_in()
    api.ok("/users")


def test_missing_scope_is_named(launched: Callable[..., Api]) -> None:
    api = launched(scopes=["user:read:list_users:admin"])
    api.ok("/users")
    answer = api.get("/report/users", **WINDOW)
    assert (answer.status_code, answer.json()["code"]) == (400, 4711)
    assert "report:read:list_users:admin" in answer.json()["message"]


def test_classic_scope_opens_too(launched: Callable[..., Api]) -> None:
    api = launched(scopes=["report:read:admin"])
    api.ok("/report/users", **WINDOW)
    assert api.error("/users") == (400, 4711)


def test_plans(launched: Callable[..., Api]) -> None:
    pro = launched(plan="pro")
    assert pro.error("/metrics/meetings", **WINDOW, type="past") == (400, 400)
    pro.ok("/report/users", **WINDOW)
    free = launched(plan="free")
    free.ok("/users")
    for path in ("/report/users", "/report/daily", "/past_meetings/1/participants"):
        assert free.error(path, **WINDOW) == (400, 200)


@pytest.mark.parametrize("path", ["/report/users", "/metrics/meetings"])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from_": "2026-11-01"},
        {"to": "2026-11-01"},
        {"from_": "2026-11-02", "to": "2026-11-01"},
        {"from_": "01/11/2026", "to": "2026-11-01"},
        {"from_": "2026-02-30", "to": "2026-03-01"},
        {"from_": "2026-10-01", "to": "2026-11-02"},
        {"from_": "2026-04-30", "to": "2026-05-01"},
    ],
)
def test_bad_windows_are_refused(api: Api, path: str, query: dict[str, str]) -> None:
    assert api.error(path, **query) == (400, 300)


@pytest.mark.parametrize("path", ["/report/users", "/metrics/meetings"])
def test_widest_and_oldest_windows_are_served(api: Api, path: str) -> None:
    assert api.ok(path, from_="2026-10-01", to="2026-11-01")["from"] == "2026-10-01"
    api.ok(path, from_="2026-05-01", to="2026-05-31")


def test_dates_are_cut_in_the_zone_of_the_account(launched: Callable[..., Api]) -> None:
    def starts(api: Api) -> list[str]:
        return [row["start_time"] for row in api.meetings("2026-11-17", "2026-11-17")]

    west, utc = starts(launched()), starts(launched(account_timezone="UTC"))
    assert min(west) >= "2026-11-17T08:00:00Z"
    assert "2026-11-18T00:00:00Z" < max(west) < "2026-11-18T08:00:00Z"
    assert min(utc) >= "2026-11-17T00:00:00Z"
    assert max(utc) < "2026-11-18T00:00:00Z"


def test_times_narrow_the_dashboard_window(api: Api) -> None:
    rows = api.meetings("2026-11-17 09:00:00", "2026-11-17 12:00:00")
    assert rows
    assert all("2026-11-17T09:00:00Z" <= row["start_time"] <= "2026-11-17T12:00:00Z" for row in rows)
    unpadded = api.meetings("2026-11-17 9:00:00", "2026-11-17 12:00:00")
    assert min(row["start_time"] for row in unpadded) < "2026-11-17T09:00:00Z", "unpadded times count as whole days"


def test_end_time_is_another_window(api: Api) -> None:
    crossing = next(
        row for row in api.meetings("2026-11-17", "2026-11-17") if row["start_time"][:13] < row["end_time"][:13]
    )
    hour = crossing["end_time"][:13].replace("T", " ")
    window = {"from_": f"{hour}:00:00", "to": f"{hour}:59:59", "type": "past", "page_size": 300}
    by_end = api.all("/metrics/meetings", "meetings", **window, query_date_type="end_time")
    by_start = api.all("/metrics/meetings", "meetings", **window, query_date_type="start_time")
    assert all(row["end_time"][:13] == crossing["end_time"][:13] for row in by_end)
    assert crossing in by_end
    assert crossing not in by_start


def test_live_is_the_default_and_has_no_end(api: Api) -> None:
    rows = api.ok("/metrics/meetings", **WINDOW, page_size=300)["meetings"]
    assert rows
    assert all("end_time" not in row and row["start_time"] <= "2026-11-20T20:30:00Z" for row in rows)
    uuid = twice(rows[0]["uuid"])
    assert api.error(f"/past_meetings/{uuid}/participants") == (404, 3001)


def test_unknown_users_and_meetings(api: Api) -> None:
    assert api.error("/report/users/nobody/meetings", **WINDOW) == (404, 1001)
    assert api.error("/report/users/me/meetings", **WINDOW) == (404, 1001)
    for value in ("99999999999", "AAAAAAAAAAAAAAAAAAAAAA%3D%3D", "nonsense"):
        assert api.error(f"/past_meetings/{value}/participants") == (404, 3001)
    assert api.error("/metrics/nothing") == (404, 2300)


def test_user_is_found_by_address_in_any_case(api: Api) -> None:
    user = api.ok("/users")["users"][0]
    by_id = api.ok(f"/report/users/{user['id']}/meetings", **WINDOW)
    by_address = api.ok(f"/report/users/{user['email'].upper()}/meetings", **WINDOW)
    assert by_id["meetings"] == by_address["meetings"]


def test_meeting_older_than_a_year_is_refused(launched: Callable[..., Api]) -> None:
    old = launched(now="2026-01-20T12:00:00Z").meetings("2025-11-10", "2025-11-10")[0]["uuid"]
    later = launched(history_start="2025-11-01")
    assert later.error(f"/past_meetings/{twice(old)}/participants") == (400, 12702)


def test_daily_usage_months(api: Api) -> None:
    assert len(api.ok("/report/daily", year=2026, month=10)["dates"]) == 31
    assert [day["date"] for day in api.ok("/report/daily")["dates"]][-1] == "2026-11-20"
    for query in ({"year": 2026, "month": 4}, {"year": 2026, "month": 12}, {"year": 2026, "month": 13}):
        assert api.error("/report/daily", **query) == (400, 300)


def test_users_by_status(api: Api) -> None:
    active, pending = api.all("/users", "users", page_size=300), api.all("/users", "users", status="pending")
    assert {user["status"] for user in active} == {"active"}
    assert all(user["id"] for user in active)
    assert pending
    assert all("id" not in user for user in pending)
    assert api.error("/users", status="gone") == (400, 300)


def test_deleted_hosts_remain_in_dashboards_only(api: Api) -> None:
    listed = {user["email"] for status in ("active", "inactive") for user in api.all("/users", "users", status=status)}
    hosts: set[str] = set()
    for first, last in (("2026-05-04", "2026-05-29"), ("2026-08-03", "2026-08-28")):
        hosts |= {row["email"] for row in api.meetings(first, last)}
    gone = hosts - listed
    assert gone
    for email in gone:
        assert api.error(f"/report/users/{email}/meetings", from_="2026-05-04", to="2026-05-29") == (404, 1001)


def test_hosts_and_totals_agree_with_their_meetings(api: Api) -> None:
    window: dict[str, Any] = {"from_": "2026-11-02", "to": "2026-11-06", "page_size": 300}
    body = api.ok("/report/users", **window)
    rows = api.meetings("2026-11-02", "2026-11-06") + api.meetings("2026-11-02", "2026-11-06", "pastOne")
    assert body["total_meetings"] == len(rows)
    assert body["total_participants"] == sum(row["participants"] for row in rows)
    host = body["users"][0]
    mine = [
        meeting
        for kind in ("past", "pastOne")
        for meeting in api.all(f"/report/users/{host['id']}/meetings", "meetings", **window, type=kind)
        if meeting["type"] not in (5, 6, 9)
    ]
    assert (host["meetings"], host["participants"], host["meeting_minutes"]) == (
        len(mine),
        sum(meeting["participants_count"] for meeting in mine),
        sum(meeting["total_minutes"] for meeting in mine),
    )
    daily = {day["date"]: day for day in api.ok("/report/daily", year=2026, month=11)["dates"]}
    week = [daily[f"2026-11-0{day}"] for day in range(2, 7)]
    assert sum(day["meetings"] for day in week) == body["total_meetings"]
    assert sum(day["meeting_minutes"] for day in week) == body["total_meeting_minutes"]
    inactive = api.all("/report/users", "users", **window, type="inactive")
    assert all(user["meetings"] == 0 for user in inactive)


def test_webinars_are_mixed_into_host_lists_only(api: Api) -> None:
    hosts = api.all("/report/users", "users", from_="2026-11-02", to="2026-11-20", page_size=300)
    webinars = [
        row["uuid"]
        for host in hosts[:120]
        for row in api.all(f"/report/users/{host['id']}/meetings", "meetings", from_="2026-11-02", to="2026-11-20")
        if row["type"] in (5, 6, 9)
    ]
    assert webinars
    assert not {row["uuid"] for row in api.meetings("2026-11-02", "2026-11-20")} & set(webinars)


def test_joined_meetings_have_a_row_per_stay(api: Api) -> None:
    window = {"from_": "2026-10-26", "to": "2026-11-13"}
    host = api.ok("/report/users", **window)["users"][0]["id"]
    rows = api.all(f"/report/users/{host}/meetings", "meetings", **window, type="pastJoined")
    assert any(row["user_email"] != rows[0]["user_email"] for row in rows), "also meetings of others"
    assert len({row["uuid"] for row in rows}) < len(rows), "rejoins are rows of their own"
    assert all(len(row["join_time"]) == len("11/09/2026 09:00") for row in rows)


def test_request_log(launched: Callable[..., Api]) -> None:
    api = launched()
    api.ok("/users", page_size=10)
    api.get("/past_meetings/12345/participants")
    api.get("/unheard/of")
    assert api.control("requests") == {
        "total": 4,
        "endpoints": {
            "/oauth/token": 1,
            "/users": 1,
            "/past_meetings/{meetingId}/participants": 1,
            "(unknown)": 1,
        },
    }
    last = api.control("requests", detail=1)[-2]
    assert last == {"method": "GET", "path": "/v2/past_meetings/12345/participants", "query": "", "status": 404}
    api.order("requests/reset")
    assert api.control("requests")["total"] == 0
    assert api.control("health")["status"] == "ok"
