"""Meetings, joins and attendance: the cases that the reference vectors do not cover."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse, at

DAY_BEFORE = "2024-03-04"
MIDNIGHT = at(-9 * 3600)


def meeting(uuid: str = "m1", start: float = 0, end: float | None = 3600, **more: Any) -> dict[str, Any]:
    return {"meeting_uuid": uuid, "started_at": at(start), "ended_at": None if end is None else at(end)} | more


def join(start: float, end: float | None, **more: Any) -> dict[str, Any]:
    return {"joined_at": at(start), "left_at": None if end is None else at(end), "session_user_id": f"{start}"} | more


def attendance(warehouse: Warehouse, *joins: dict[str, Any], **columns: Any) -> list[dict[str, Any]]:
    warehouse.meetings(meeting(**columns))
    warehouse.joins(*joins)
    return warehouse.run_day()["core.attendance"]


def on_zoom(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The vendor's row, beside that of the account over all vendors."""
    [row] = [row for row in rows if row["platform"] == "zoom"]
    return row


# Meetings


def test_a_drop_over_midnight_is_one_logical_meeting(warehouse: Warehouse) -> None:
    before = {
        "meeting_uuid": "late",
        "started_at": MIDNIGHT - timedelta(hours=1),
        "ended_at": MIDNIGHT - timedelta(seconds=90),
    }
    after = {
        "meeting_uuid": "early",
        "started_at": MIDNIGHT + timedelta(seconds=30),
        "ended_at": MIDNIGHT + timedelta(hours=1),
    }
    warehouse.meetings(before, day=DAY_BEFORE)
    warehouse.meetings(after)
    [row] = warehouse.run("core.meetings", DAY)
    assert (row["meeting_uuid"], row["logical_meeting_key"]) == ("early", "late")
    [row] = warehouse.run("core.meetings", DAY_BEFORE)
    assert (row["meeting_uuid"], row["logical_meeting_key"]) == ("late", "late")


def test_meetings_of_different_or_unknown_numbers_are_not_stitched(warehouse: Warehouse) -> None:
    warehouse.meetings(
        meeting("a", 0, 100, meeting_number="1"),
        meeting("b", 110, 200, meeting_number="2"),
        meeting("c", 210, 300, meeting_number=None),
        meeting("d", 310, 400, meeting_number=None),
    )
    rows = warehouse.run("core.meetings", DAY)
    assert [row["logical_meeting_key"] for row in rows] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("gap", "logical_meetings"), [(300, ["a", "a"]), (301, ["a", "b"])])
def test_a_meeting_begun_again_within_five_minutes_goes_on(
    warehouse: Warehouse, gap: int, logical_meetings: list[str]
) -> None:
    warehouse.meetings(meeting("a", 0, 1000), meeting("b", 1000 + gap, 3000))
    rows = warehouse.run("core.meetings", DAY)
    assert [row["logical_meeting_key"] for row in rows] == logical_meetings


def test_the_strongest_key_names_the_person(warehouse: Warehouse) -> None:
    rows = attendance(
        warehouse,
        join(0, 60, user_id="U", registrant_id="R", email="a@x.com"),
        join(1, 60, registrant_id="Q", email="b@x.com"),
        join(2, 60, email="c@x.com", display_name="C"),
    )
    named = [(row["person_key"], row["identity_method"]) for row in rows]
    assert named == [("e:c@x.com", "email"), ("r:Q", "registrant"), ("u:U", "user_id")]


@pytest.mark.parametrize("webinar_type", [5, 6, 9])
def test_webinars_are_left_out(warehouse: Warehouse, webinar_type: int) -> None:
    warehouse.meetings(meeting("m", meeting_type=8), meeting("w", meeting_type=webinar_type), meeting("d"))
    rows = warehouse.run("core.meetings", DAY)
    assert {row["meeting_uuid"]: row["kind"] for row in rows} == {"m": "recurring", "d": "unclassified"}


def test_other_days_in_the_same_view_do_no_harm(warehouse: Warehouse) -> None:
    """A run over many partitions attaches them all."""
    warehouse.meetings(meeting())
    warehouse.joins(join(0, 60, email="a@x.com"))
    alone = warehouse.run_day()
    for number, day in enumerate(("2024-02-20", DAY_BEFORE, "2024-03-06")):
        shift = timedelta(days=int(day[-2:]) - 5 if day > "2024-03" else -14)
        other = {"meeting_uuid": f"o{number}", "meeting_number": f"{number}", "started_at": BASE + shift}
        warehouse.meetings(other | {"ended_at": BASE + shift + timedelta(hours=1)}, day=day)
        stay = {"joined_at": BASE + shift, "left_at": BASE + shift + timedelta(hours=1), "email": "z@x.com"}
        warehouse.joins(stay | {"meeting_uuid": f"o{number}", "meeting_started_at": BASE + shift}, day=day)
        warehouse.run_day(day)
    assert warehouse.run_day() == alone


@pytest.mark.parametrize(
    ("columns", "host_key"),
    [
        ({"host_user_id": "U1", "host_email": "H@x.com"}, "u:U1"),
        ({"host_user_id": None, "host_email": " H@x.com"}, "e:h@x.com"),
        ({"host_user_id": None, "host_email": None}, None),
    ],
)
def test_host_key(warehouse: Warehouse, columns: dict[str, Any], host_key: str | None) -> None:
    warehouse.meetings(meeting(**columns))
    [row] = warehouse.run("core.meetings", DAY)
    assert row["host_key"] == host_key


# Identity


@pytest.mark.parametrize(
    "name",
    [
        "iPhone",
        "iPhone (2)",
        "Zoom user",
        "ZOOM USER",
        "Anonymous Attendee",
        "+1650*****12",
        "16505551212",
        "",
        " ",
        "...",
        "Call-In User_1",
        "Galaxy S24",
        "Samsung Galaxy Tab A8",
        "iPhone 15 Pro Max",
        "SM-G991B",
        None,
    ],
)
def test_people_under_a_generic_name_are_not_merged(warehouse: Warehouse, name: str | None) -> None:
    rows = attendance(warehouse, join(0, 60, display_name=name), join(70, 90, display_name=name))
    assert [(row["identity_method"], row["identity_confidence"]) for row in rows] == [("session", "none")] * 2
    assert len({row["person_key"] for row in rows}) == 2


@pytest.mark.parametrize(
    "name", ["Max", "Pixel Smith", "Anna's iPhone", "李雷", "Guest Speaker Ann", "Mac Donald", "Pat Host"]
)
def test_people_under_a_name_of_their_own_are_merged_within_the_instance(warehouse: Warehouse, name: str) -> None:
    rows = attendance(warehouse, join(0, 60, display_name=name), join(70, 90, display_name=f" {name.upper()} "))
    assert [(row["identity_method"], row["join_count"]) for row in rows] == [("name", 2)]


def test_a_name_joins_nobody_across_meetings_nor_to_somebody_identified(warehouse: Warehouse) -> None:
    warehouse.meetings(meeting("m1", meeting_number="1"), meeting("m2", meeting_number="2"))
    warehouse.joins(
        join(0, 60, display_name="Jo Blogs"),
        join(1, 60, display_name="Jo Blogs", email="jo@x.com"),
        join(2, 60, display_name="Jo Blogs", meeting_uuid="m2"),
        join(3, 60, display_name="Jo Blogs", email="JO@x.com", meeting_uuid="m2"),
    )
    tables = warehouse.run_day()
    keys = [row["person_key"] for row in tables["core.attendance"]]
    assert keys.count("e:jo@x.com") == 2
    assert len(set(keys)) == 3
    account = on_zoom(tables["utilization.account_daily"])
    assert (account["unique_participants"], account["unique_participants_identified"]) == (3, 1)


def test_pseudonyms_identify_as_addresses_do(warehouse: Warehouse) -> None:
    first, second = "ab" * 32, "cd" * 32
    rows = attendance(
        warehouse,
        join(0, 60, email=first),
        join(10, 60, email=first, user_id=second),
        join(20, 60, user_id=second),
        host_email=first,
    )
    assert [(row["person_key"], row["is_host"], row["join_count"]) for row in rows] == [(f"u:{second}", True, 3)]


def test_full_width_letters_and_odd_spaces_are_the_same_address(warehouse: Warehouse) -> None:
    rows = attendance(warehouse, join(0, 60, email="\u00a0ＡＮＮ@x.com"), join(70, 90, email="ann@X.com\t"))
    assert [row["person_key"] for row in rows] == ["e:ann@x.com"]


def test_identity_does_not_reach_from_one_instance_into_another(warehouse: Warehouse) -> None:
    """Only inside an instance do rows bridge keys; across instances equal keys stay equal, that is all."""
    warehouse.meetings(meeting("m1", meeting_number="1"), meeting("m2", meeting_number="2"))
    warehouse.joins(
        join(0, 60, user_id="U1", email="a@x.com"),
        join(1, 60, email="a@x.com", meeting_uuid="m2"),
    )
    keys = {row["meeting_uuid"]: row["person_key"] for row in warehouse.run_day()["core.attendance"]}
    assert keys == {"m1": "u:U1", "m2": "e:a@x.com"}


def test_host_is_known_by_any_of_their_rows(warehouse: Warehouse) -> None:
    rows = attendance(
        warehouse,
        join(0, 60, user_id="H"),
        join(70, 90, user_id="H", email="host@x.com"),
        join(5, 60, user_id="G"),
    )
    assert {row["person_key"]: row["is_host"] for row in rows} == {"u:H": True, "u:G": False}


# Attendance


def test_waiting_is_not_attending(warehouse: Warehouse) -> None:
    rows = attendance(
        warehouse,
        join(0, 100, email="a@x.com", status="in_waiting_room"),
        join(100, 300, email="a@x.com"),
        join(0, 500, email="b@x.com", status="in_waiting_room"),
    )
    assert [(row["person_key"], row["attended_seconds"], row["waiting_seconds"]) for row in rows] == [
        ("e:a@x.com", 200, 100)
    ]
    assert rows[0]["first_joined_at"] == at(100)
    [engagement] = warehouse.run("engagement.meeting_engagement", DAY)
    assert (engagement["unique_participants"], engagement["waiting_people"]) == (1, 2)


@pytest.mark.parametrize(("gap", "visits"), [(60, 1), (61, 2)])
def test_visits_are_joins_at_most_a_minute_apart(warehouse: Warehouse, gap: int, visits: int) -> None:
    [row] = attendance(warehouse, join(0, 100, email="a@x.com"), join(100 + gap, 300, email="a@x.com"))
    assert (row["visit_count"], row["join_count"], row["attended_seconds"]) == (visits, 2, 300 - gap)


def test_a_stay_of_no_length_counts_as_a_person_without_time(warehouse: Warehouse) -> None:
    [row] = attendance(warehouse, join(10, 10, email="a@x.com"))
    assert (row["attended_seconds"], row["visit_count"], row["attendance_status"]) == (0, 1, "absent")
    [engagement] = warehouse.run("engagement.meeting_engagement", DAY)
    assert engagement["unique_participants"] == 1
    assert engagement["peak_concurrent_people"] == 0
    assert engagement["peak_people_at"] is None
    assert engagement["mean_attended_minutes"] is None
    assert engagement["median_attended_minutes"] is None


def test_an_unknown_leave_ends_with_the_meeting(warehouse: Warehouse) -> None:
    [row] = attendance(warehouse, join(600, None, email="a@x.com"))
    assert (row["attended_seconds"], row["has_open_session"], row["last_left_at"]) == (3000, True, at(3600))


def test_a_running_meeting_is_cut_at_the_fetch_and_not_final(warehouse: Warehouse) -> None:
    seen = {"_ingested_at": at(1800)}
    warehouse.meetings(meeting(end=None) | seen)
    warehouse.joins(join(600, None, email="a@x.com") | seen)
    tables = warehouse.run_day()
    [row] = tables["core.attendance"]
    assert row["attended_seconds"] == 1200
    assert (row["is_early_leave"], row["pct_of_actual"], row["attendance_status"]) == (None, None, None)
    [engagement] = tables["engagement.meeting_engagement"]
    assert (engagement["is_final"], engagement["early_leavers"], engagement["peak_concurrent_people"]) == (
        False,
        None,
        1,
    )
    account = on_zoom(tables["utilization.account_daily"])
    assert (account["meetings_not_final"], account["meeting_minutes"], account["person_minutes"]) == (1, 30, 20)


def test_a_meeting_long_over_whose_end_is_unknown_takes_no_time(warehouse: Warehouse) -> None:
    seen = {"_ingested_at": BASE + timedelta(days=60)}
    warehouse.meetings(meeting(end=None) | seen)
    warehouse.joins(join(600, None, email="a@x.com") | seen, join(0, 300, email="b@x.com") | seen)
    tables = warehouse.run_day()
    assert {row["person_key"]: row["attended_seconds"] for row in tables["core.attendance"]} == {
        "e:a@x.com": 0,
        "e:b@x.com": 300,
    }
    assert on_zoom(tables["utilization.account_daily"])["meeting_minutes"] == 0


def test_one_identity_under_two_names_at_once_is_suspected_to_be_shared(warehouse: Warehouse) -> None:
    rows = attendance(
        warehouse,
        join(0, 100, user_id="shared", display_name="Ann"),
        join(50, 150, user_id="shared", display_name="Bo"),
        join(0, 100, user_id="renamed", display_name="Cy"),
        join(100, 150, user_id="renamed", display_name="Cyrus"),
        join(0, 100, user_id="two devices", display_name="Di"),
        join(50, 150, user_id="two devices", display_name="di "),
        join(0, 100, user_id="breakout", display_name="Ed"),
        join(50, 80, user_id="breakout", display_name="Edward", breakout_room_id="b"),
    )
    suspected = {row["person_key"]: row["is_shared_account_suspected"] for row in rows}
    assert suspected == {"u:shared": True, "u:renamed": False, "u:two devices": False, "u:breakout": False}


def test_shares_of_the_scheduled_and_the_actual_time(warehouse: Warehouse) -> None:
    """Opened ten minutes early, closed ten minutes late; the guest came for the second half and the overrun."""
    scheduled = {"scheduled_at": at(600), "scheduled_end_at": at(4200)}
    common = {"platform": "zoom", "meeting_uuid": "m1", "logical_meeting_key": "m1", "kind": "scheduled"}
    common |= {"started_at": at(0), "ended_at": at(4800), "is_solo": False, "is_final": True}
    warehouse.insert("core.meetings", [common | scheduled])
    warehouse.joins(join(2400, 4800, email="a@x.com"), join(0, 4800, email="b@x.com"))
    warehouse.run("core.participant_sessions", DAY)
    rows = {row["person_key"]: row for row in warehouse.run("core.attendance", DAY)}
    assert rows["e:a@x.com"]["pct_of_actual"] == rows["e:a@x.com"]["pct_of_scheduled"] == 50
    assert rows["e:b@x.com"]["pct_of_actual"] == rows["e:b@x.com"]["pct_of_scheduled"] == 100
    assert rows["e:b@x.com"]["attended_seconds"] == 4800


def test_a_meeting_held_before_its_schedule_has_no_expected_time(warehouse: Warehouse) -> None:
    [row] = attendance(warehouse, join(0, 3600, email="a@x.com"), scheduled_at=at(7200))
    assert (row["attended_seconds"], row["is_late"]) == (3600, False)
    assert (row["pct_of_actual"], row["attendance_status"]) == (None, None)
    [engagement] = warehouse.run("engagement.meeting_engagement", DAY)
    assert engagement["host_start_delay_seconds"] == -7200


def test_participants_of_an_unknown_meeting_are_left_out(warehouse: Warehouse) -> None:
    assert attendance(warehouse, join(0, 60, email="a@x.com", meeting_uuid="elsewhere")) == []
