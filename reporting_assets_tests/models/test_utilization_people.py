"""Active users, both vendors beside each other, local dates, and licences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets_tests.models.warehouse import DAY, MONTH, Warehouse, at
from reporting_assets_tests.reference import vectors

ZONES = ("UTC", "America/Los_Angeles", "Asia/Tokyo", "Atlantic/Azores")


def meeting(
    warehouse: Warehouse,
    uuid: str,
    start: datetime,
    seconds: int,
    *people: str,
    platform: str = "zoom",
    host: str | None = None,
    webinar: bool = False,
    zone: str = "UTC",
) -> None:
    """A meeting as `core` holds it, in which everybody stays from beginning to end. People are person keys."""
    [(local_date, local_hour)] = warehouse.con.execute(
        "SELECT CAST(timezone($1, $2::TIMESTAMPTZ) AS DATE), hour(timezone($1, $2::TIMESTAMPTZ))", [zone, start]
    ).fetchall()
    day, end = start.astimezone(UTC).date(), start + timedelta(seconds=seconds)
    common = {"dt": day, "platform": platform, "meeting_uuid": uuid, "is_webinar": webinar}
    warehouse.insert(
        "core.meetings",
        [
            common
            | {"logical_meeting_key": uuid, "kind": "webinar" if webinar else "scheduled", "host_key": host}
            | {"host_email": host[2:] if host and host.startswith("e:") else None}
            | {"host_user_id": host[2:] if host and host.startswith("u:") else None}
            | {"started_at": start, "ended_at": end, "observed_until_at": end, "actual_seconds": seconds}
            | {"start_local_date": local_date, "start_local_hour": local_hour, "is_solo": len(people) == 1}
            | {"is_final": True}
        ],
    )
    named = {"u": "user_id", "e": "email", "n": "name", "s": "session"}
    for place, person in enumerate(people):
        method = named[person[0]]
        known = {"person_key": person, "identity_method": method, "meeting_started_at": start}
        known |= {"identity_confidence": "strong" if person[0] in "ue" else "none"}
        warehouse.insert(
            "core.participant_sessions",
            [
                common
                | known
                | {"session_key": f"{uuid}{place}", "is_waiting_room": False, "is_breakout": False, "is_open": False}
                | {"joined_at": start, "left_at": end, "stayed_until_at": end}
            ],
        )
        warehouse.insert(
            "core.attendance",
            [
                common
                | known
                | {"first_joined_at": start, "last_left_at": end, "join_count": 1, "visit_count": 1}
                | {"attended_seconds": seconds, "waiting_seconds": 0, "has_open_session": False}
                | {"is_shared_account_suspected": False}
            ],
        )


def accounts(warehouse: Warehouse, day: str = DAY, **parameters: Any) -> dict[str, dict[str, Any]]:
    warehouse.run("utilization.user_daily", day, **parameters)
    return {row["platform"]: row for row in warehouse.run("utilization.account_daily", day, **parameters)}


def test_who_attended_hosted_or_wrote_is_active_once(warehouse: Warehouse) -> None:
    warehouse.users("ann", "bo", "cy", "di")
    meeting(warehouse, "m1", at(0), 600, "u:ann", "e:guest@y.org", "n:somebody", host="e:bo@x.com")
    meeting(warehouse, "m2", at(0), 0, "u:di")  # no time, so not attended
    warehouse.insert(
        "zoom.chat_activity",
        [
            {"user_id": "ann", "email": "ann@x.com", "messages_sent": 3},
            {"user_id": None, "email": "Cy@x.com", "messages_sent": 1},
            {"user_id": "di", "email": "di@x.com", "messages_sent": 0},
        ],
    )
    rows = {row["user_key"]: row for row in warehouse.run("utilization.user_daily")}
    assert set(rows) == {"u:ann", "u:bo", "u:cy"}
    ann = rows["u:ann"]
    assert (ann["has_attended"], ann["has_hosted"], ann["has_messaged"]) == (True, False, True)
    assert (ann["attended_minutes"], ann["messages_sent"], ann["instances_attended"]) == (10, 3, 1)
    assert (rows["u:bo"]["has_hosted"], rows["u:bo"]["instances_hosted"]) == (True, 1)
    assert accounts(warehouse)["zoom"]["dau"] == 3
    assert rows["u:bo"]["has_messaged"] is False
    warehouse.query("DELETE FROM zoom.chat_activity")
    rows = {row["user_key"]: row for row in warehouse.run("utilization.user_daily")}
    assert (rows["u:ann"]["has_messaged"], rows["u:ann"]["messages_sent"]) == (None, None), "unknown is not none"


def test_an_address_of_a_user_is_that_user_on_both_vendors(warehouse: Warehouse) -> None:
    warehouse.users("ann", "bo")
    meeting(warehouse, "z", at(0), 1800, "u:ann", "e:guest@y.org")
    meeting(warehouse, "w", at(600), 1800, "e:ann@x.com", "e:bo@x.com", "e:guest@y.org", platform="webex")
    rows = accounts(warehouse)
    assert {name: row["dau"] for name, row in rows.items()} == {"zoom": 1, "webex": 2, "all": 2}
    assert {name: row["unique_participants"] for name, row in rows.items()} == {"zoom": 2, "webex": 3, "all": 3}
    assert {name: row["peak_concurrent_people"] for name, row in rows.items()} == {"zoom": 2, "webex": 3, "all": 3}
    assert {name: row["peak_concurrent_meetings"] for name, row in rows.items()} == {"zoom": 1, "webex": 1, "all": 2}
    assert rows["all"]["peak_meetings_at"] == at(600)
    assert {name: row["person_minutes"] for name, row in rows.items()} == {"zoom": 60, "webex": 90, "all": 150}


def test_without_a_list_of_users_nobody_on_webex_is_known_to_be_one(warehouse: Warehouse) -> None:
    meeting(warehouse, "w", at(0), 600, "e:ann@x.com", platform="webex")
    rows = accounts(warehouse)
    assert set(rows) == {"webex", "all"}, "of Zoom nothing is known"
    assert (rows["webex"]["dau"], rows["webex"]["mau"], rows["webex"]["unique_participants"]) == (None, None, 1)


def test_webinars_are_counted_apart(warehouse: Warehouse) -> None:
    meeting(warehouse, "m", at(0), 600, "u:ann", "u:bo")
    meeting(warehouse, "w", at(300), 600, "u:bo", "u:cy", webinar=True)
    row = accounts(warehouse)["zoom"]
    assert (row["meetings"], row["unique_participants"], row["person_minutes"]) == (1, 2, 20)
    assert (row["webinars"], row["webinar_unique_participants"], row["webinar_person_minutes"]) == (1, 2, 20)
    assert (row["unique_attendees"], row["peak_concurrent_attendees"], row["peak_attendees_at"]) == (3, 3, at(300))
    assert (row["peak_concurrent_people"], row["peak_concurrent_webinars"]) == (2, 1)


@pytest.mark.parametrize("zone", ZONES)
def test_every_local_date_has_one_row(warehouse: Warehouse, zone: str) -> None:
    """A year of days, clock changes included: each date once, over by the end of its UTC day, minutes all there."""
    rows = warehouse.con.execute(
        """
        SELECT local_date_of(CAST(day AS DATE), $zone) AS local_date,
            midnight_of(local_date + 1, $zone) <= timezone('UTC', day) + INTERVAL 1 DAY
        FROM generate_series(DATE '2024-02-01', DATE '2024-12-31', INTERVAL 1 DAY) AS days (day) ORDER BY day
        """,
        {"zone": zone},
    ).fetchall()
    dates = [row[0] for row in rows]
    assert dates == [dates[0] + timedelta(days=number) for number in range(len(rows))]
    assert all(is_over for _, is_over in rows)
    meeting(warehouse, "m", at(-20 * 3600), 30 * 3600, "u:ann", zone=zone)
    found = [accounts(warehouse, f"2024-03-{number:02}", report_timezone=zone)["all"] for number in range(3, 9)]
    assert sum(row["local_person_minutes"] for row in found) == sum(row["person_minutes"] for row in found) == 1800
    by_zone = {"UTC": [0, 660, 1140, 0], "America/Los_Angeles": [0, 0, 1140, 660]}
    if zone in by_zone:
        assert [row["local_person_minutes"] for row in found[:4]] == by_zone[zone]
    assert [row["dau"] for row in found].count(1) >= 2


def test_minutes_stand_on_the_local_dates_of_the_reference_cases(warehouse: Warehouse) -> None:
    for case in vectors("day_assignment"):
        warehouse.clear()
        start, end = (datetime.fromisoformat(case[name].replace("Z", "+00:00")) for name in ("start", "end"))
        zone = case["timezone"]
        meeting(warehouse, "m", start, int((end - start).total_seconds()), "u:ann", host="u:ann", zone=zone)
        first = start.astimezone(UTC).date() - timedelta(days=1)
        days = [str(first + timedelta(days=number)) for number in range((end - start).days + 5)]
        rows = [row for day in days for row in warehouse.run("utilization.user_daily", day, report_timezone=zone)]
        minutes = {str(row["local_date"]): row["attended_minutes"] for row in rows if row["has_attended"]}
        assert minutes == case["expected_minutes_by_date"], case["id"]
        hosted_on = [str(row["local_date"]) for row in rows if row["has_hosted"]]
        assert hosted_on == [case["expected_meeting_date"]], case["id"]


def test_a_host_runs_as_many_at_once_as_the_reference_cases_say(warehouse: Warehouse) -> None:
    cases = vectors("peak_concurrency_connections")
    for case in cases:
        for place, (begin, end) in enumerate(case["intervals"]):
            meeting(warehouse, f"{case['id']} {place}", at(begin), end - begin, host=f"u:{case['id']}")
    found = {row["host_key"][2:]: row["peak_concurrent_instances"] for row in warehouse.run("utilization.host_daily")}
    assert found == {case["id"]: case["expected_peak"] for case in cases if case["intervals"]}


active_days = st.lists(st.tuples(st.integers(0, 34), st.integers(0, 5)), max_size=60)


@given(drawn=active_days)
@settings(max_examples=10, deadline=None)
def test_trailing_windows_count_people_once(shared: Warehouse, drawn: list[tuple[int, int]]) -> None:
    shared.clear()
    first = date(2024, 3, 1)
    known = {"platform": "zoom", "has_attended": True, "has_hosted": False, "has_messaged": False}
    known |= {"instances_attended": 1, "instances_hosted": 0, "attended_minutes": 5.0, "messages_sent": 0}
    shared.insert(
        "utilization.user_daily",
        [
            known
            | {"dt": first + timedelta(days=number), "local_date": first + timedelta(days=number)}
            | {"user_key": f"u:{person}"}
            for number, person in sorted(set(drawn))
        ],
    )
    last = first + timedelta(days=34)
    shared.users("admin", day=str(last))
    row = {row["platform"]: row for row in shared.run("utilization.account_daily", str(last))}["zoom"]
    for name, length in (("dau", 1), ("wau", 7), ("mau", 28)):
        assert row[name] == len({person for number, person in drawn if number > 34 - length})
    window = {(number, person) for number, person in drawn if number > 34 - 28}
    if not window:
        assert row["stickiness_rate"] is None
        return
    working = [n for n in range(min(n for n, _ in window), 35) if (first + timedelta(days=n)).weekday() < 5]
    daily = [sum(number == n for number, _ in window) for n in working]
    expected = sum(daily) / len(working) / row["mau"] if working else None
    assert row["stickiness_rate"] == pytest.approx(expected)
    assert row["mau_dates"] == len({number for number, _ in window})


def known_days(warehouse: Warehouse, first: date, last: date) -> None:
    """Days on which Zoom was asked."""
    zeros = {
        column.name: 0
        for column in contracts.table("utilization.account_daily").columns
        if column.required and column.name not in ("platform", "local_date")
    }
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    warehouse.insert(
        "utilization.account_daily", [zeros | {"dt": day, "local_date": day, "platform": "zoom"} for day in days]
    )


def hosted(warehouse: Warehouse, user: str, month: str, last: datetime | None, **columns: Any) -> None:
    zeros = {
        column.name: 0
        for column in contracts.table("utilization.host_monthly").columns
        if column.required and column.name not in ("platform", "host_key")
    }
    row = zeros | {"month": month, "platform": "zoom", "host_key": f"u:{user}", "last_hosted_at": last}
    warehouse.insert("utilization.host_monthly", [row | {"meetings": int(last is not None)} | columns])


def test_licences_to_reclaim_and_why(warehouse: Warehouse) -> None:
    as_of, names = "2024-03-31", ("now", "edge", "old", "never", "big", "vendor", "dom")
    created = {"user_created_at": datetime(2020, 1, 1, tzinfo=UTC)}
    warehouse.users(*names, day=as_of, **created)
    warehouse.users("gone", day=as_of, **{**created, "status": "inactive"})
    warehouse.users("fresh", day=as_of, user_created_at=datetime(2024, 3, 1, tzinfo=UTC))
    warehouse.users("basic", day=as_of, license_type=1)
    known_days(warehouse, date(2023, 12, 1), date(2024, 3, 31))
    hosted(warehouse, "now", "2024-03", datetime(2024, 3, 10, tzinfo=UTC), meeting_minutes=30.0)
    hosted(warehouse, "edge", "2024-01", datetime(2024, 1, 2, 9, tzinfo=UTC))
    hosted(warehouse, "old", "2024-01", datetime(2024, 1, 1, 23, tzinfo=UTC))
    hosted(warehouse, "big", "2023-12", datetime(2023, 12, 20, tzinfo=UTC), instances_beyond_basic=1)
    hosted(warehouse, "vendor", "2024-02", None, vendor_meetings=2)
    hosted(warehouse, "dom", "2024-04", datetime(2024, 4, 2, tzinfo=UTC))  # after the month: not looked at
    rows = {row["user_id"]: row for row in warehouse.run("utilization.license_monthly", MONTH)}
    assert set(rows) == {*names, "gone", "fresh"}
    assert {name: row["reclaim_reason"] for name, row in rows.items() if row["is_reclaim_candidate"]} == {
        "old": "not_hosted_90_days",
        "never": "never_hosted",
        "gone": "deactivated",
        "dom": "never_hosted",
    }
    assert {row["observed_days"] for row in rows.values()} == {90}
    assert (rows["now"]["has_hosted_30_days"], rows["edge"]["has_hosted_30_days"]) == (True, False)
    assert (rows["edge"]["days_since_hosting"], rows["old"]["days_since_hosting"]) == (89, 90)
    uses = {name: rows[name]["license_use"] for name in ("now", "big", "never", "vendor")}
    assert uses == {"now": "within_basic", "big": "needed", "never": "none", "vendor": "within_basic"}
    assert rows["now"]["is_active_host"]
    assert not rows["edge"]["is_active_host"]


def test_too_few_days_condemn_nobody(warehouse: Warehouse) -> None:
    warehouse.users("idle", "busy", day="2024-03-31")
    known_days(warehouse, date(2024, 2, 15), date(2024, 3, 31))
    hosted(warehouse, "busy", MONTH, datetime(2024, 3, 30, tzinfo=UTC))
    rows = {row["user_id"]: row for row in warehouse.run("utilization.license_monthly", MONTH)}
    assert rows["idle"]["observed_days"] == 46
    assert (rows["idle"]["has_hosted_30_days"], rows["idle"]["has_hosted_90_days"]) == (False, None)
    assert (rows["idle"]["is_reclaim_candidate"], rows["idle"]["reclaim_reason"]) == (None, None)
    assert (rows["busy"]["has_hosted_90_days"], rows["busy"]["is_reclaim_candidate"]) == (True, False)


def test_hosts_and_departments_of_both_vendors(warehouse: Warehouse) -> None:
    warehouse.users("ann", "bo", department="Sales")
    warehouse.users("cy")
    people = tuple(f"n:{number}" for number in range(101))
    meeting(warehouse, "long", at(0), 2401, "u:ann", "u:bo", host="e:ann@x.com")
    meeting(warehouse, "short", at(1200), 2400, "u:ann", host="u:ann")
    meeting(warehouse, "crowd", at(7200), 60, *people, host="u:bo")
    meeting(warehouse, "show", at(0), 60, "u:cy", host="u:cy", webinar=True)
    meeting(warehouse, "web", at(0), 60, "e:bo@x.com", host="e:ann@x.com", platform="webex")
    meeting(warehouse, "lost", at(0), 60, "u:bo")
    daily = {(row["platform"], row["host_key"]): row for row in warehouse.run("utilization.host_daily")}
    assert set(daily) == {
        ("zoom", "u:ann"),
        ("zoom", "u:bo"),
        ("zoom", "u:cy"),
        ("zoom", "unknown"),
        ("webex", "u:ann"),
    }
    ann = daily["zoom", "u:ann"]
    assert (ann["meetings"], ann["unique_participants"], ann["participant_joins"]) == (2, 2, 3)
    assert (ann["peak_concurrent_instances"], ann["peak_instances_at"]) == (2, at(1200))
    assert {key[1]: row["instances_beyond_basic"] for key, row in daily.items() if key[0] == "zoom"} == {
        "u:ann": 1,
        "u:bo": 1,
        "u:cy": 1,
        "unknown": 0,
    }
    assert (ann["department"], daily["webex", "u:ann"]["department"]) == ("Sales", "Sales")
    accounts(warehouse)
    monthly = {(row["platform"], row["host_key"]): row for row in warehouse.run("utilization.host_monthly", MONTH)}
    alike = [name for name in ann if name in monthly["zoom", "u:ann"] and name not in ("month",)]
    assert {key: [row[name] for name in alike] for key, row in monthly.items()} == {
        key: [row[name] for name in alike] for key, row in daily.items()
    }
    warehouse.run("utilization.license_monthly", MONTH)
    rows = {(row["platform"], row["department"]): row for row in warehouse.run("utilization.department_monthly", MONTH)}
    sales = rows["zoom", "Sales"]
    assert (sales["hosts"], sales["meetings"], sales["active_users"], sales["users"]) == (2, 3, 2, 2)
    assert (sales["licensed_users"], sales["active_licensed_hosts"], sales["host_utilization_rate"]) == (2, 2, 1)
    assert (rows["zoom", "unknown"]["meetings"], rows["zoom", "unknown"]["webinars"]) == (1, 1)
    assert (rows["webex", "Sales"]["meetings"], rows["webex", "Sales"]["licensed_users"]) == (1, None)
