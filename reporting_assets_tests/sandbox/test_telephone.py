"""Telephone legs and Room Connector ports agree with the meetings that have them."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reporting_assets_tests.sandbox.client import Api, twice

pytestmark = pytest.mark.integration
FIRST, LAST = "2026-11-02", "2026-11-13"
WINDOW = {"from_": FIRST, "to": LAST, "page_size": 300}


def legs(api: Api, **changes: Any) -> list[dict[str, Any]]:
    """Legs of all kinds of audio."""
    return [
        leg
        for audio in ("1", "2", "3")
        for leg in api.all("/report/telephone", "telephony_usage", **{**WINDOW, **changes}, type=audio)
    ]


def sessions(api: Api, path: str, rows_at: str, **query: Any) -> list[dict[str, Any]]:
    return api.all(path, rows_at, **WINDOW, type="past", **query)


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_legs_exist_exactly_where_somebody_dialled_in(api: Api) -> None:
    listed = [*api.meetings(FIRST, LAST), *api.meetings(FIRST, LAST, "pastOne")]
    listed += sessions(api, "/metrics/webinars", "webinars")
    dialled = {meeting["uuid"] for meeting in listed if meeting["has_pstn"]}
    found = {leg["uuid"] for leg in legs(api)}
    within = {meeting["uuid"] for meeting in listed}
    assert found & within <= dialled
    begun_late = {meeting["uuid"] for meeting in listed if meeting["start_time"] >= "2026-11-13"}
    assert dialled - found <= begun_late  # their legs may begin after the window
    assert len(found & dialled) > 20


def test_a_leg_is_a_participants_stay(api: Api) -> None:
    meetings = {meeting["uuid"] for meeting in api.meetings(FIRST, LAST)}
    checked = 0
    for leg in legs(api):
        if leg["uuid"] in meetings and checked < 25:
            rows = api.all(f"/past_meetings/{twice(leg['uuid'])}/participants", "participants", page_size=300)
            stays = {(row["join_time"], row["leave_time"]) for row in rows}
            assert (leg["start_time"], leg["end_time"]) in stays
            checked += 1
    assert checked == 25


def test_minutes_are_rounded_up_and_cost_follows_from_them(api: Api) -> None:
    found = legs(api)
    for leg in found:
        seconds = instant(leg["end_time"]) - instant(leg["start_time"])
        assert leg["duration"] * 60 - 60 < seconds <= leg["duration"] * 60
        assert leg["total"] == pytest.approx(leg["rate"] * leg["duration"])
    assert {leg["type"] for leg in found} >= {"toll-free", "call-out", "Toll", "premium"}


def test_some_legs_look_exactly_alike(api: Api) -> None:
    alike = [count for count in Counter(str(sorted(leg.items())) for leg in legs(api)).values() if count > 1]
    assert alike, "two lines of one switchboard should stand in the list"


def test_the_window_means_the_instant_that_is_asked_about(api: Api) -> None:
    one_day = {"from_": "2026-11-10", "to": "2026-11-10"}
    begin, end = instant("2026-11-10T08:00:00Z"), instant("2026-11-11T08:00:00Z")  # of the account's zone
    for dated, field in (("start_time", "start_time"), ("end_time", "end_time")):
        wide = legs(api, query_date_type=dated)
        assert sum(begin <= instant(leg[field]) < end for leg in wide) == len(
            legs(api, query_date_type=dated, **one_day)
        )
    for dated in ("meeting_start_time", "meeting_end_time"):
        body = api.ok("/report/telephone", **WINDOW, query_date_type=dated)
        assert body["telephony_usage"]
        assert "total_records" not in body
        assert "page_count" not in body


def test_ports_are_in_use_when_room_systems_are_in_a_meeting(api: Api) -> None:
    usage = {day["date_time"]: day for day in api.ok("/metrics/crc", **WINDOW)["crc_ports_usage"]}
    days = [date.fromisoformat(FIRST) + timedelta(days=number) for number in range(12)]
    assert list(usage) == [day.isoformat() for day in days]
    with_sip = [meeting for meeting in api.meetings(FIRST, LAST) if meeting["has_sip"]]
    assert with_sip
    for day in usage.values():
        assert [hour["hour"] for hour in day["crc_ports_hour_usage"]] == [f"{hour:02}" for hour in range(24)]
        assert all(0 <= hour["max_usage"] <= hour["total_usage"] for hour in day["crc_ports_hour_usage"])
    for meeting in with_sip:
        last = datetime.fromisoformat(meeting["end_time"]) - timedelta(hours=8, seconds=1)  # on the account's clock
        hours = usage[last.date().isoformat()]["crc_ports_hour_usage"]
        assert hours[last.hour]["total_usage"] >= 1, meeting["uuid"]
    in_use = sum(hour["max_usage"] > 0 for day in usage.values() for hour in day["crc_ports_hour_usage"])
    assert 0 < in_use < 12 * 24


@pytest.mark.parametrize(
    ("first", "last", "answered"),
    [
        ("2026-10-01", "2026-10-31", "2026-10-01"),
        ("2026-09-01", "2026-10-15", "2026-09-15"),
        ("2026-01-01", "2026-07-31", "2026-07-01"),
        ("2020-01-01", "2026-07-30", "2026-06-30"),
    ],
)
def test_a_range_that_is_too_long_is_silently_cut_to_its_last_month(
    api: Api, first: str, last: str, answered: str
) -> None:
    body = api.ok("/metrics/crc", from_=first, to=last)
    assert (body["from"], body["to"]) == (answered, last)
    assert body["crc_ports_usage"][0]["date_time"] == answered
    assert body["crc_ports_usage"][-1]["date_time"] == last
