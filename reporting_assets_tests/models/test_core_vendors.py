"""Webinars and Webex in `core`: how two vendors and two kinds of event come into one shape."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse, at
from reporting_assets_tests.reference import vectors

SOURCES = ("core.meetings", "core.participant_sessions", "core.attendance", "core.webinars")


def run(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    return {table: warehouse.run(table, DAY) for table in SOURCES}


def webinar(warehouse: Warehouse, *joins: dict[str, Any], uuid: str = "w1", **columns: Any) -> None:
    """A Zoom webinar of an hour, and who joined it."""
    facts = {"dt": date.fromisoformat(DAY), "webinar_uuid": uuid, "started_at": at(0), "ended_at": at(3600)}
    warehouse.insert("zoom.webinars", [facts | {"webinar_number": "9", "host_email": "host@x.com"} | columns])
    common = {"dt": date.fromisoformat(DAY), "webinar_uuid": uuid, "webinar_started_at": at(0), "status": "in_meeting"}
    rows = [common | {"session_user_id": f"{number}"} | row for number, row in enumerate(joins)]
    warehouse.insert("zoom.webinar_participants", rows)


def absentees(warehouse: Warehouse, *rows: dict[str, Any]) -> None:
    common = {"dt": date.fromisoformat(DAY), "webinar_uuid": "w1", "webinar_started_at": at(0)}
    warehouse.insert("zoom.webinar_absentees", [common | {"registration_status": "approved"} | row for row in rows])


def webex(warehouse: Warehouse, *joins: dict[str, Any], uuid: str = "x_I_1", **columns: Any) -> None:
    """A Webex meeting of an hour, and who joined it."""
    facts = {"dt": date.fromisoformat(DAY), "meeting_instance_id": uuid, "started_at": at(0), "ended_at": at(3600)}
    facts |= {"meeting_number": "2", "site_url": "s.webex.example", "service_type": "MeetingCenter"}
    facts |= {"scheduled_type": "meeting", "host_email": "Host@x.com"}
    warehouse.insert("webex.meeting_usage", [facts | columns])
    common = {"dt": date.fromisoformat(DAY), "meeting_instance_id": uuid, "meeting_started_at": at(0)}
    common |= {"site_url": "s.webex.example", "participant_type": "attendee"}
    rows = [common | {"session_place": number} | row for number, row in enumerate(joins)]
    warehouse.insert("webex.meeting_attendees", rows)


def stay(begin: float, end: float | None, **more: Any) -> dict[str, Any]:
    return {"joined_at": at(begin), "left_at": None if end is None else at(end)} | more


# Meetings


def test_both_vendors_and_webinars_stand_side_by_side(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "m1", "started_at": at(0), "ended_at": at(60)})
    webinar(warehouse)
    webex(warehouse)
    rows = {row["meeting_uuid"]: row for row in warehouse.run("core.meetings", DAY)}
    shape = {uuid: (row["platform"], row["kind"], row["is_webinar"], row["is_solo"]) for uuid, row in rows.items()}
    assert shape == {
        "m1": ("zoom", "unclassified", False, False),
        "w1": ("zoom", "webinar", True, None),
        "x_I_1": ("webex", "unclassified", False, None),
    }
    assert (rows["x_I_1"]["host_key"], rows["x_I_1"]["site_url"]) == ("e:host@x.com", "s.webex.example")


@pytest.mark.parametrize(
    ("service", "scheduled", "kind"),
    [
        ("MeetingCenter", "meeting", "unclassified"),
        ("MeetingCenter", None, "unclassified"),
        ("MeetingCenter", "webinar", "webinar"),
        ("EventCenter", "webinar", "webinar"),
        ("EventCenter", None, "webinar"),
        ("TrainingCenter", "meeting", "training"),
        ("SupportCenter", None, "support"),
    ],
)
def test_kinds_of_webex(warehouse: Warehouse, service: str, scheduled: str | None, kind: str) -> None:
    webex(warehouse, service_type=service, scheduled_type=scheduled)
    [row] = warehouse.run("core.meetings", DAY)
    assert (row["kind"], row["is_webinar"]) == (kind, kind == "webinar")


@pytest.mark.parametrize(("participants", "is_solo"), [(1, True), (2, False), (0, False), (None, None)])
def test_webex_counts_who_is_alone(warehouse: Warehouse, participants: int | None, is_solo: bool | None) -> None:
    webex(warehouse, vendor_participants=participants)
    [row] = warehouse.run("core.meetings", DAY)
    assert row["is_solo"] is is_solo


@pytest.mark.parametrize(
    ("dialled", "called", "has_pstn"),
    [(1, 0, True), (0, 1, True), (0, 0, False), (None, 1, True), (None, 0, None), (None, None, None)],
)
def test_an_unknown_count_says_nothing_about_telephones(
    warehouse: Warehouse, dialled: int | None, called: int | None, has_pstn: bool | None
) -> None:
    webex(warehouse, call_in_participants=dialled, call_out_participants=called)
    [row] = warehouse.run("core.meetings", DAY)
    assert row["has_pstn"] is has_pstn


def test_equal_numbers_of_two_vendors_are_two_series(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "a", "meeting_number": "2", "started_at": at(0), "ended_at": at(60)})
    webex(warehouse, uuid="b", started_at=at(70), ended_at=at(100))
    webex(warehouse, uuid="c", started_at=at(110), ended_at=at(200))
    rows = {row["meeting_uuid"]: row["logical_meeting_key"] for row in warehouse.run("core.meetings", DAY)}
    assert rows == {"a": "a", "b": "b", "c": "b"}


def test_dates_and_hours_are_those_of_the_report_time_zone(warehouse: Warehouse) -> None:
    for case in vectors("day_assignment"):
        warehouse.clear()
        begins, ends = (datetime.fromisoformat(case[name]) for name in ("start", "end"))
        day = begins.astimezone(UTC).date()
        warehouse.insert(
            "zoom.meetings",
            [{"dt": day, "meeting_uuid": "m", "listing": "past", "started_at": begins, "ended_at": ends}],
        )
        [row] = warehouse.run("core.meetings", f"{day}", report_timezone=case["timezone"])
        assert f"{row['start_local_date']}" == case["expected_meeting_date"], case["id"]


@pytest.mark.parametrize(
    ("begins", "local"),
    [
        ("2024-10-26T22:30:00+00:00", ("2024-10-27", 0)),
        ("2024-10-27T00:30:00+00:00", ("2024-10-27", 2)),  # summer time
        ("2024-10-27T01:30:00+00:00", ("2024-10-27", 2)),  # the same hour again
        ("2024-10-27T23:30:00+00:00", ("2024-10-28", 0)),
        ("2024-03-31T00:59:59+00:00", ("2024-03-31", 1)),
        ("2024-03-31T01:00:00+00:00", ("2024-03-31", 3)),
    ],
)
def test_hours_across_a_change_of_clocks(warehouse: Warehouse, begins: str, local: tuple[str, int]) -> None:
    moment = datetime.fromisoformat(begins)
    warehouse.insert(
        "zoom.meetings", [{"dt": moment.date(), "meeting_uuid": "m", "listing": "past", "started_at": moment}]
    )
    [row] = warehouse.run("core.meetings", begins[:10], report_timezone="Europe/Berlin")
    assert (f"{row['start_local_date']}", row["start_local_hour"]) == local


# Joins


def test_webex_attendees_are_people_by_address(warehouse: Warehouse) -> None:
    webex(
        warehouse,
        stay(0, 100, email="Ann@x.com", display_name="Ann"),
        stay(50, 200, email=" ann@X.com", display_name="Ann's phone"),
        stay(0, 10, display_name="Call-in User_7"),
        stay(0, 10, display_name="Call-in User_7"),
        stay(5, 20, display_name="Guest One"),
        stay(30, 40, display_name="guest  one"),
    )
    rows = run(warehouse)["core.attendance"]
    found = sorted((row["identity_method"], row["join_count"], row["attended_seconds"]) for row in rows)
    assert found == [("email", 2, 200), ("name", 2, 25), ("session", 1, 10), ("session", 1, 10)]
    assert {row["is_internal"] for row in rows} == {None}, "Webex does not say who is of the account"


def test_a_webex_host_is_known_by_address_or_by_the_report(warehouse: Warehouse) -> None:
    webex(
        warehouse,
        stay(0, 10, email="HOST@x.com"),
        stay(0, 10, email="co@x.com", participant_type="host"),
        stay(20, 30, email="co@x.com"),
        stay(0, 10, email="g@x.com"),
    )
    rows = run(warehouse)["core.attendance"]
    assert {row["email"]: row["is_host"] for row in rows} == {"host@x.com": True, "co@x.com": True, "g@x.com": False}


def test_a_webex_host_is_unknown_where_nothing_says_so(warehouse: Warehouse) -> None:
    webex(warehouse, stay(0, 10, email="g@x.com", participant_type=None), host_email=None)
    [row] = run(warehouse)["core.attendance"]
    assert row["is_host"] is None


def test_webex_sessions_of_one_second_stay_apart_in_any_order(warehouse: Warehouse) -> None:
    joins = [stay(0, 100, display_name=name) for name in ("A One", "B Two", "C Three")]
    webex(warehouse, *joins)
    first = run(warehouse)["core.participant_sessions"]
    assert len({row["session_key"] for row in first}) == 3
    warehouse.clear()
    webex(warehouse, *reversed(joins))
    again = run(warehouse)["core.participant_sessions"]
    assert {row["session_key"] for row in again} == {row["session_key"] for row in first}


def test_a_webex_session_without_a_join_takes_no_time(warehouse: Warehouse) -> None:
    webex(
        warehouse,
        {"email": "a@x.com", "left_at": at(100)},
        {"email": "b@x.com"},
        stay(600, None, email="c@x.com"),
    )
    tables = run(warehouse)
    rows = {row["email"]: row for row in tables["core.attendance"]}
    assert {email: row["attended_seconds"] for email, row in rows.items()} == {
        "a@x.com": 0,
        "b@x.com": 0,
        "c@x.com": 3000,
    }
    assert rows["a@x.com"]["first_joined_at"] == at(100)
    assert rows["b@x.com"]["last_left_at"] is None


def test_sessions_of_an_unlisted_webex_meeting_are_left_out(warehouse: Warehouse) -> None:
    webex(warehouse, stay(0, 10, email="a@x.com"))
    warehouse.query("DELETE FROM webex.meeting_usage")
    assert run(warehouse)["core.participant_sessions"] == []


def test_ids_of_two_vendors_never_mix(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "same", "started_at": at(0), "ended_at": at(60)})
    warehouse.joins(stay(0, 60, meeting_uuid="same", session_user_id="1", email="a@x.com"))
    webex(warehouse, stay(0, 100, email="a@x.com"), uuid="same")
    rows = run(warehouse)["core.attendance"]
    assert {row["platform"]: row["attended_seconds"] for row in rows} == {"zoom": 60, "webex": 100}


def test_zoom_says_who_is_of_the_account(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "m1", "started_at": at(0), "ended_at": at(60)})
    warehouse.joins(
        stay(0, 60, session_user_id="1", user_id="U1"),
        stay(0, 60, session_user_id="2", user_id="U2", is_internal=False),
        stay(0, 60, session_user_id="3", email="c@x.com", is_internal=True),
        stay(0, 60, session_user_id="4", email="d@x.com"),
        stay(10, 60, session_user_id="5", user_id="U1", email="a@x.com"),
    )
    rows = run(warehouse)["core.attendance"]
    known = {row["person_key"]: row["is_internal"] for row in rows}
    assert known == {"u:U1": True, "u:U2": False, "e:c@x.com": True, "e:d@x.com": False}


# Webinars


def test_panelists_are_those_without_a_registration_where_one_was_needed(warehouse: Warehouse) -> None:
    webinar(
        warehouse,
        stay(0, 60, user_id="H", email="host@x.com"),
        stay(0, 60, registrant_id="R1", email="a@x.com"),
        stay(70, 90, email="a@x.com"),
        stay(0, 60, user_id="P", status="in_waiting_room"),
    )
    tables = run(warehouse)
    rows = {row["person_key"]: (row["is_panelist"], row["is_registered"]) for row in tables["core.attendance"]}
    assert rows == {"u:H": (True, False), "r:R1": (False, True)}
    [row] = tables["core.webinars"]
    assert (row["panelists"], row["registrants_joined"], row["has_registration"]) == (1, 1, True)


def test_of_a_webinar_without_registration_nothing_is_known(warehouse: Warehouse) -> None:
    webinar(warehouse, stay(0, 60, email="a@x.com"))
    tables = run(warehouse)
    assert [row["is_panelist"] for row in tables["core.attendance"]] == [None]
    [row] = tables["core.webinars"]
    unknown = ("panelists", "has_registration", "registrants", "registrants_joined", "registrants_absent", "invitees")
    assert [row[name] for name in unknown] == [None] * 6
    assert row["has_participant_rows"]


def test_meetings_are_no_webinars_and_have_no_panelists(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "m1", "started_at": at(0), "ended_at": at(60)})
    warehouse.joins(stay(0, 60, session_user_id="1", registrant_id="R"), stay(0, 60, session_user_id="2"))
    tables = run(warehouse)
    assert tables["core.webinars"] == []
    assert {row["is_panelist"] for row in tables["core.attendance"]} == {None}


def test_absentees_are_approved_registrations_that_nobody_joined_with(warehouse: Warehouse) -> None:
    webinar(warehouse, stay(0, 60, registrant_id="R1"), stay(0, 60, registrant_id="R2", status="in_waiting_room"))
    absentees(
        warehouse,
        {"registrant_id": "R3"},
        {"registrant_id": "R3", "registered_at": at(-99)},  # of another occurrence
        {"registrant_id": "R1"},
        {"registrant_id": "R4", "registration_status": "denied"},
        {"registrant_id": "R5", "registration_status": None},
    )
    [row] = run(warehouse)["core.webinars"]
    counts = ("registrants_joined", "registrants_absent", "registrants", "vendor_absentees")
    assert [row[name] for name in counts] == [2, 2, 4, 5]


def test_nobody_absent_is_known_only_where_absentees_were_fetched(warehouse: Warehouse) -> None:
    webinar(warehouse, stay(0, 60, registrant_id="R1"))
    [row] = run(warehouse)["core.webinars"]
    assert (row["registrants_joined"], row["registrants_absent"], row["registrants"]) == (1, None, None)
    absentees(warehouse, {"webinar_uuid": "another", "registrant_id": "R9"})
    [row] = run(warehouse)["core.webinars"]
    assert (row["registrants_joined"], row["registrants_absent"], row["registrants"]) == (1, 0, 1)


def test_registrants_of_webex_are_its_own_count(warehouse: Warehouse) -> None:
    webex(
        warehouse,
        stay(0, 60, email="a@x.com", is_registered=True),
        stay(70, 90, email="a@x.com", is_registered=True),
        stay(0, 60, email="b@x.com", is_registered=False),
        scheduled_type="webinar",
        registrants=5,
        invitees=9,
    )
    [row] = run(warehouse)["core.webinars"]
    counts = ("registrants_joined", "registrants_absent", "registrants", "invitees", "panelists")
    assert [row[name] for name in counts] == [1, 4, 5, 9, None]


def test_a_count_smaller_than_what_joined_gives_no_absentees(warehouse: Warehouse) -> None:
    webex(warehouse, stay(0, 60, email="a@x.com", is_registered=True), service_type="EventCenter", registrants=0)
    [row] = run(warehouse)["core.webinars"]
    assert (row["registrants"], row["registrants_joined"], row["registrants_absent"]) == (0, 1, None)


def test_a_day_with_one_vendor_alone_is_complete(warehouse: Warehouse) -> None:
    """What the other vendor would tell is not there; nothing of this one is missing."""
    webex(warehouse, stay(0, 60, email="a@x.com"))
    tables = run(warehouse)
    assert [len(tables[name]) for name in SOURCES] == [1, 1, 1, 0]


def test_webinars_change_no_figure_of_meetings(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "m1", "started_at": at(0), "ended_at": at(600)})
    warehouse.joins(stay(0, 60, session_user_id="1", email="a@x.com"))
    before = warehouse.run_day()
    webinar(warehouse, stay(0, 3000, email="a@x.com"), stay(0, 3000, email="b@x.com"))
    after = warehouse.run_day()
    assert after["engagement.meeting_engagement"] == before["engagement.meeting_engagement"]
    [account] = [row for row in after["utilization.account_daily"] if row["platform"] == "zoom"]
    assert (account["meetings"], account["meeting_minutes"]) == (1, 10)


def test_a_webinar_over_midnight_stitches_with_the_day_before(warehouse: Warehouse) -> None:
    midnight = BASE - timedelta(hours=9)
    common = {"webinar_number": "9"}
    warehouse.insert(
        "zoom.webinars",
        [
            common
            | {"dt": (midnight - timedelta(days=1)).date(), "webinar_uuid": "late"}
            | {"started_at": midnight - timedelta(hours=1), "ended_at": midnight - timedelta(seconds=90)},
            common
            | {"dt": midnight.date(), "webinar_uuid": "early"}
            | {"started_at": midnight + timedelta(seconds=30), "ended_at": midnight + timedelta(hours=1)},
        ],
    )
    [row] = warehouse.run("core.meetings", DAY)
    assert (row["meeting_uuid"], row["logical_meeting_key"]) == ("early", "late")
