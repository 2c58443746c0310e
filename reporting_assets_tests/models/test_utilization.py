"""Accounts and hosts, by day and by month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from reporting_assets_tests.models.warehouse import DAY, MONTH, Warehouse, at

DAYS = ("2024-03-04", "2024-03-05", "2024-03-06")
MIDNIGHT = at(-9 * 3600)  # the beginning of DAY
HOUR = timedelta(hours=1)


def add(warehouse: Warehouse, uuid: str, start: Any, end: Any, *people: str, **columns: Any) -> None:
    """A meeting in which everybody stays from beginning to end."""
    day = str(start.date())
    warehouse.meetings(
        {"meeting_uuid": uuid, "meeting_number": uuid, "started_at": start, "ended_at": end} | columns, day=day
    )
    rows = [
        {"meeting_uuid": uuid, "meeting_started_at": start, "session_user_id": person, "user_id": person}
        | {"joined_at": start, "left_at": end}
        for person in people
    ]
    warehouse.joins(*rows, day=day)


def run_days(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    for day in DAYS:
        warehouse.run_day(day)
    found = {}
    for day in DAYS:
        rows = {row["platform"]: row for row in warehouse.run("utilization.account_daily", day)}
        found[day] = rows.get("zoom", rows["all"])  # nothing is known of Zoom on days without a trace of it
    return found


def one(warehouse: Warehouse, table: str, key: str, platform: str = "zoom") -> dict[str, Any]:
    """The row of one platform."""
    [row] = [row for row in warehouse.run(table, key) if row["platform"] == platform]
    return row


def complete_month(warehouse: Warehouse) -> None:
    """The other days of the month, on which nobody met: only whole months are compared with the vendor's."""
    for number in range(1, 32):
        day = f"2024-03-{number:02}"
        if not warehouse.query(f"SELECT 1 FROM utilization.account_daily WHERE platform = 'zoom' AND dt = '{day}'"):
            warehouse.users("admin", day=day, license_type=1)  # Zoom was asked
            warehouse.run("utilization.account_daily", day)


def test_minutes_are_split_at_midnight_and_people_belong_to_the_start(warehouse: Warehouse) -> None:
    add(warehouse, "m", MIDNIGHT - HOUR, MIDNIGHT + 2 * HOUR, "a", "b")
    days = run_days(warehouse)
    assert [days[day]["meetings"] for day in DAYS] == [1, 0, 0]
    assert [days[day]["unique_participants"] for day in DAYS] == [2, 0, 0]
    assert [days[day]["meeting_minutes"] for day in DAYS] == [60, 120, 0]
    assert [days[day]["person_minutes"] for day in DAYS] == [120, 240, 0]
    assert [days[day]["peak_concurrent_people"] for day in DAYS] == [2, 2, 0]
    assert days[DAY]["peak_meetings_at"] == MIDNIGHT
    assert days[DAY]["solo_meeting_rate"] is None


def test_a_meeting_of_thirty_hours_reaches_into_a_third_day(warehouse: Warehouse) -> None:
    start = MIDNIGHT - HOUR
    add(warehouse, "m", start, start + 30 * HOUR, "a")
    days = run_days(warehouse)
    assert [days[day]["person_minutes"] for day in DAYS] == [60, 1440, 300]
    assert sum(days[day]["meeting_minutes"] for day in DAYS) == 1800


def test_peaks_count_a_person_in_two_meetings_once(warehouse: Warehouse) -> None:
    add(warehouse, "m1", at(0), at(3600), "a", "b")
    add(warehouse, "m2", at(1800), at(5400), "a", "c")
    add(warehouse, "m3", at(5400), at(7200), "d")
    row = run_days(warehouse)[DAY]
    assert (row["peak_concurrent_people"], row["peak_people_at"]) == (3, at(1800))
    assert (row["peak_concurrent_meetings"], row["peak_meetings_at"]) == (2, at(1800))
    assert row["person_minutes"] == 4 * 60 + 30
    assert (row["unique_participants"], row["participant_joins"], row["hosts"]) == (4, 5, 1)
    assert row["busiest_start_hour_utc"] == 9


def test_meetings_whose_joins_are_unknown_are_counted_as_such(warehouse: Warehouse) -> None:
    add(warehouse, "m1", at(0), at(3600), "a", listing="pastOne")
    add(warehouse, "m2", at(0), at(3600))
    row = run_days(warehouse)[DAY]
    assert (row["meetings"], row["meetings_without_participants"], row["solo_meetings"]) == (2, 1, 1)
    assert row["solo_meeting_rate"] == 0.5
    rows = {row["meeting_uuid"]: row for row in warehouse.run("engagement.meeting_engagement", DAY)}
    assert rows["m1"]["unique_participants"] == 1
    assert rows["m2"]["has_participant_rows"] is False
    unknown = ("unique_participants", "join_count", "attended_minutes", "late_joiners", "peak_concurrent_people")
    assert all(rows["m2"][name] is None for name in unknown)


def test_a_month_counts_people_anew_and_takes_the_highest_day(warehouse: Warehouse) -> None:
    add(warehouse, "m1", at(-86_400), at(-82_800), "a", "b", host_user_id="H")
    add(warehouse, "m2", at(0), at(3600), "a", "c", "d", host_user_id="H")
    add(warehouse, "m3", at(86_400), at(90_000), "a", "b", "c", host_user_id="G")
    run_days(warehouse)
    row = one(warehouse, "utilization.account_monthly", MONTH)
    assert (row["meetings"], row["unique_participants"], row["participant_joins"], row["active_hosts"]) == (3, 4, 8, 2)
    assert (row["person_minutes"], row["person_minutes_per_meeting"]) == (480, 160)
    assert row["mean_meeting_minutes"] == 60
    assert row["peak_day"] == date(2024, 3, 4), "the earliest of equals"
    assert (row["peak_concurrent_people"], row["peak_people_at"]) == (3, at(0))
    assert (row["days_covered"], row["is_complete_month"]) == (3, False)
    assert row["vendor_meetings"] is None
    assert row["meetings_difference_rate"] is None


def test_a_month_is_complete_when_each_of_its_days_is(warehouse: Warehouse) -> None:
    for number in range(1, 32):
        warehouse.run("utilization.account_daily", f"2024-03-{number:02}")
    [row] = warehouse.run("utilization.account_monthly", MONTH)  # of neither vendor anything is known
    assert (row["platform"], row["meetings"]) == ("all", 0)
    assert (row["days_covered"], row["is_complete_month"]) == (31, True)


def test_differences_from_the_vendor_are_shares_of_its_totals(warehouse: Warehouse) -> None:
    add(warehouse, "m1", at(0), at(3600), "a", "b")
    run_days(warehouse)
    totals = [
        {"meetings": 1, "participant_joins": 1, "person_minutes": 0},
        {"meetings": 1, "participant_joins": 3, "person_minutes": 0},
    ]
    warehouse.insert(
        "zoom.daily_usage", [{"usage_date": date(2024, 3, number)} | total for number, total in enumerate(totals, 4)]
    )
    part = one(warehouse, "utilization.account_monthly", MONTH)
    assert (part["vendor_meetings"], part["meetings_difference_rate"]) == (2, None), "part of a month is not compared"
    complete_month(warehouse)
    row = one(warehouse, "utilization.account_monthly", MONTH)
    assert (row["vendor_meetings"], row["meetings_difference_rate"]) == (2, -0.5)
    assert (row["vendor_participant_joins"], row["participant_joins_difference_rate"]) == (4, -0.5)
    assert (row["vendor_person_minutes"], row["person_minutes_difference_rate"]) == (0, None)


def test_licences_come_from_the_latest_snapshot_of_the_month(warehouse: Warehouse) -> None:
    warehouse.users("H", "G", "I", "J", day="2024-03-04")
    warehouse.users("H", "G", "I", day="2024-03-20")
    warehouse.users("H", day="2024-04-01")
    add(warehouse, "m1", at(0), at(3600), "a", host_email="h@X.com")
    add(warehouse, "m2", at(0), at(3600), "a", host_email="elsewhere@x.com")
    add(warehouse, "m3", at(0), at(3600), "a", host_email=None, host_user_id="H")
    run_days(warehouse)
    row = one(warehouse, "utilization.account_monthly", MONTH)
    assert row["mean_licensed_users"] == 3.5
    assert (row["users_as_of"], row["licensed_users"]) == (date(2024, 3, 20), 3)
    assert (row["active_hosts"], row["active_licensed_hosts"]) == (2, 1), "one host, by address here and by id there"
    assert row["host_utilization_rate"] == pytest.approx(1 / 3)
    assert row["person_minutes_per_license"] == 60


def test_hosts_of_a_month(warehouse: Warehouse) -> None:
    def listed(user: str, activity: str, **totals: int) -> dict[str, Any]:
        common = {"user_id": user, "email": f"{user}@x.com", "user_name": f"Name {user}", "activity": activity}
        return common | {"license_type": 2} | totals

    add(warehouse, "m1", at(0), at(3600), "a", "b", host_email="Ann@x.com")
    add(warehouse, "m2", at(86_400), at(90_000), "a", host_user_id="ann", host_email=None, listing="pastOne")
    add(warehouse, "m3", at(0), at(1800), "c", host_email=None)
    add(warehouse, "m4", at(0), at(1800), "c", host_email="outside@y.org")
    warehouse.insert(
        "zoom.hosts",
        [
            listed("ann", "active", meetings=1, participant_joins=2, person_minutes=120),
            listed("bo", "active", meetings=3, participant_joins=6, person_minutes=90),
            listed("cy", "inactive", meetings=0, participant_joins=0, person_minutes=0),
        ],
    )
    run_days(warehouse)
    part = warehouse.run("utilization.host_monthly", MONTH)
    assert {row["meetings_difference_rate"] for row in part} == {None}, "part of a month is not compared"
    complete_month(warehouse)
    rows = {row["host_key"]: row for row in warehouse.run("utilization.host_monthly", MONTH)}
    assert set(rows) == {"u:ann", "u:bo", "unknown", "e:outside@y.org"}
    ann = rows["u:ann"]
    assert (ann["meetings"], ann["solo_meetings"], ann["meeting_minutes"], ann["person_minutes"]) == (2, 1, 120, 180)
    assert (ann["unique_participants"], ann["participant_joins"], ann["person_minutes_per_meeting"]) == (2, 3, 90)
    assert (ann["host_name"], ann["license_type"], ann["last_hosted_at"]) == ("Name ann", 2, at(86_400))
    assert (ann["vendor_meetings"], ann["meetings_difference_rate"]) == (1, 1)
    assert (ann["vendor_person_minutes"], ann["person_minutes_difference_rate"]) == (120, 0.5)
    assert (rows["u:bo"]["meetings"], rows["u:bo"]["person_minutes_per_meeting"]) == (0, None)
    assert rows["u:bo"]["meetings_difference_rate"] == -1
    assert rows["e:outside@y.org"]["vendor_meetings"] is None
    account = one(warehouse, "utilization.account_monthly", MONTH)
    assert sum(row["meetings"] for row in rows.values()) == account["meetings"]
    assert sum(row["person_minutes"] for row in rows.values()) == account["person_minutes"]
