"""Rooms, ports, telephone legs, storage and features."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets_tests.models.warehouse import DAY, MONTH, Warehouse, at

HOUR = 3600
SATURDAY = "2024-03-09"


def rooms(warehouse: Warehouse, *ids: str, day: str = DAY) -> None:
    common = {"dt": date.fromisoformat(day), "platform": "zoom", "is_listed": True, "is_online": True}
    warehouse.insert("core.rooms", [common | {"room_id": one, "room_name": f"Room {one}"} for one in ids])


def room_meeting(warehouse: Warehouse, room: str, uuid: str, start: datetime, seconds: int) -> None:
    row = {"dt": start.date(), "room_id": room, "meeting_uuid": uuid, "started_at": start}
    warehouse.insert("zoom.room_meetings", [row | {"ended_at": start + timedelta(seconds=seconds)}])


def room_rows(warehouse: Warehouse, day: str = DAY, **parameters: Any) -> dict[str, dict[str, Any]]:
    return {row["room_id"]: row for row in warehouse.run("utilization.room_daily", day, **parameters)}


def test_a_room_is_used_once_however_many_meetings_run(warehouse: Warehouse) -> None:
    rooms(warehouse, "a", "b")
    room_meeting(warehouse, "a", "m1", at(0), 2 * HOUR)
    room_meeting(warehouse, "a", "m2", at(HOUR), 2 * HOUR)
    room_meeting(warehouse, "a", "m3", at(3 * HOUR), HOUR)
    rows = room_rows(warehouse)
    assert (rows["a"]["meetings"], rows["a"]["used_hours"], rows["a"]["used_utilization_rate"]) == (3, 4, 0.5)
    assert (rows["a"]["first_used_at"], rows["a"]["last_used_at"]) == (at(0), at(4 * HOUR))
    assert (rows["b"]["used_hours"], rows["b"]["used_utilization_rate"], rows["b"]["first_used_at"]) == (0, 0, None)
    assert room_rows(warehouse, room_hours=10)["a"]["available_hours"] == 10


def test_rooms_over_midnight_and_on_weekends(warehouse: Warehouse) -> None:
    friday = "2024-03-08"
    for day in (friday, SATURDAY):
        rooms(warehouse, "a", day=day)
    room_meeting(warehouse, "a", "m", datetime(2024, 3, 8, 23, tzinfo=UTC), 3 * HOUR)
    room_meeting(warehouse, "gone", "n", datetime(2024, 3, 8, 23, tzinfo=UTC), 2 * HOUR)
    first, second = room_rows(warehouse, friday), room_rows(warehouse, SATURDAY)
    assert (first["a"]["used_hours"], second["a"]["used_hours"], second["gone"]["used_hours"]) == (1, 2, 1)
    assert (first["a"]["available_hours"], second["a"]["available_hours"]) == (8, 0)
    assert (second["a"]["used_utilization_rate"], second["gone"]["is_working_day"]) == (None, False)
    local = room_rows(warehouse, SATURDAY, report_timezone="America/New_York")
    assert (local["a"]["local_date"], local["a"]["used_hours"]) == (date(2024, 3, 8), 3)


uses = st.lists(st.tuples(st.integers(0, 90), st.integers(-2, 30)), max_size=12)


@given(drawn=uses)
@settings(max_examples=15, deadline=None)
def test_use_is_what_a_count_minute_by_minute_says(shared: Warehouse, drawn: list[tuple[int, int]]) -> None:
    shared.clear()
    rooms(shared, "a")
    for number, (start, length) in enumerate(drawn):
        room_meeting(shared, "a", f"m{number}", at(60 * start), 60 * length)
    row = room_rows(shared)["a"]
    busy = {minute for start, length in drawn for minute in range(start, start + length)}
    assert row["used_hours"] == pytest.approx(len(busy) / 60)
    assert row["meetings"] == sum(length > 0 for _, length in drawn)


def test_ports_keep_their_hours(warehouse: Warehouse) -> None:
    ports = [(8, 2, 3), (9, 4, 4), (10, 4, 6), (11, 0, 0)]
    warehouse.insert(
        "zoom.crc_ports",
        [
            {"usage_date": date.fromisoformat(DAY), "hour": hour, "max_ports": most, "connections": count}
            for hour, most, count in ports
        ],
    )
    rows = warehouse.run("utilization.crc_hourly")
    assert [(row["usage_hour"], row["max_ports"], row["connections"]) for row in rows] == ports
    assert [row["usage_hour"] for row in rows if row["is_peak_hour"]] == [9], "the earliest of equals"


def test_legs_by_type_and_country(warehouse: Warehouse) -> None:
    def leg(kind: str | None, country: str | None, seconds: int, minutes: int, cost: str, uuid: str) -> dict[str, Any]:
        return {
            "call_type": kind,
            "country": country,
            "meeting_uuid": uuid,
            "started_at": at(0),
            "ended_at": at(seconds),
            "billed_minutes": minutes,
            "cost_usd": Decimal(cost),
        }

    warehouse.insert(
        "zoom.telephone",
        [
            leg("Toll", "US", 90, 2, "0.0650", "m1"),
            leg("toll", "US", 61, 2, "0.0650", "m1"),
            leg("call-out", "GB", 60, 1, "0.0325", "m1"),
            leg(None, None, 30, 1, "0", "m2"),
        ],
    )
    common = {"call_in_minutes": 10.0, "call_in_toll_free_minutes": 4.0, "call_out_domestic_minutes": 0.0}
    warehouse.insert("webex.meeting_usage", [common | {"meeting_instance_id": one} for one in ("w1", "w2")])
    rows = {
        (row["platform"], row["call_type"], row["country"]): row for row in warehouse.run("utilization.telephony_daily")
    }
    assert set(rows) == {
        ("zoom", "toll", "US"),
        ("zoom", "call-out", "GB"),
        ("zoom", "unknown", "unknown"),
        ("webex", "call-in", "unknown"),
        ("webex", "call-in-toll-free", "unknown"),
    }
    toll = rows["zoom", "toll", "US"]
    assert (toll["legs"], toll["instances"], toll["leg_seconds"], toll["billed_minutes"]) == (2, 1, 151, 4)
    assert toll["cost_usd"] == Decimal("0.13")
    dialled = rows["webex", "call-in", "unknown"]
    assert (dialled["leg_seconds"], dialled["instances"], dialled["legs"], dialled["cost_usd"]) == (720, 2, None, None)


def test_storage_is_a_stock(warehouse: Warehouse) -> None:
    sizes = {1: 100, 2: None, 3: 300}
    warehouse.insert(
        "zoom.cloud_recording",
        [
            {"usage_date": date(2024, 3, day), "used_bytes": size, "plan_bytes": 400, "free_bytes": 200}
            for day, size in sizes.items()
        ],
    )
    [row] = warehouse.run("utilization.recording_storage_monthly", MONTH)
    assert (row["used_bytes_last"], row["used_bytes_mean"], row["used_bytes_max"]) == (300, 200, 300)
    assert (row["used_bytes_growth"], row["plan_used_rate"], row["days_covered"]) == (200, 0.5, 3)
    assert row["last_date"] == date(2024, 3, 3)


def test_adoption_counts_only_what_is_known(warehouse: Warehouse) -> None:
    def used(uuid: str, platform: str = "zoom", **columns: Any) -> dict[str, Any]:
        common: dict[str, Any] = {"platform": platform, "meeting_uuid": uuid, "logical_meeting_key": uuid}
        common |= {"kind": "scheduled"}
        common |= {"is_webinar": False, "started_at": at(0), "is_final": True, "actual_seconds": 600, "host_key": "u:a"}
        return common | {"start_local_date": date.fromisoformat(DAY), "start_local_hour": 9} | columns

    warehouse.insert(
        "core.meetings",
        [
            used("m1", has_video=True, has_poll=False),
            used("m2", has_video=False),
            used("m3"),
            used("w", is_webinar=True, has_video=True, has_poll=True),
            used("x", "webex", has_pstn=True),
        ],
    )
    warehouse.insert("zoom.meetings", [{"meeting_uuid": "m1", "has_automated_captions": True}])
    rows = {
        (row["platform"], row["feature"]): row for row in warehouse.run("utilization.feature_adoption_monthly", MONTH)
    }
    video = rows["zoom", "video"]
    assert (video["meetings"], video["meetings_known"], video["meetings_with_feature"]) == (3, 2, 1)
    assert (video["meeting_adoption_rate"], video["webinar_adoption_rate"], video["minutes_with_feature"]) == (
        0.5,
        1,
        20,
    )
    assert (rows["zoom", "poll"]["meeting_adoption_rate"], rows["zoom", "poll"]["webinars_with_feature"]) == (0, 1)
    assert rows["zoom", "automated_captions"]["meetings_with_feature"] == 1
    assert (rows["zoom", "survey"]["meetings_known"], rows["zoom", "survey"]["meeting_adoption_rate"]) == (0, None)
    assert (rows["webex", "video"]["meetings_known"], rows["webex", "phone"]["meeting_adoption_rate"]) == (0, 1)
    assert len(rows) == 26
