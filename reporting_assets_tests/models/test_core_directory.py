"""Series, people, users, rooms and dates: what facts in `core` refer to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets_tests.models.warehouse import DAY, MONTH, Warehouse, at

NEXT_DAY = "2024-03-06"
FIRST = date(2024, 3, 1)
ANY = settings(max_examples=25, deadline=None)


def joins(warehouse: Warehouse, meetings: dict[str, list[dict[str, Any]]], day: str = DAY, **columns: Any) -> None:
    """Meetings of an hour with joins of a minute, derived as far as people need."""
    shift = timedelta(days=(date.fromisoformat(day) - date.fromisoformat(DAY)).days)
    common = {"started_at": at(0) + shift, "ended_at": at(3600) + shift, "host_email": None}
    warehouse.meetings(*({"meeting_uuid": uuid} | common | columns for uuid in meetings), day=day)
    rows = [
        {"meeting_uuid": uuid, "session_user_id": f"{uuid} {number}"}
        | {"joined_at": at(number) + shift, "left_at": at(number + 60) + shift}
        | row
        for uuid, rows in meetings.items()
        for number, row in enumerate(rows)
    ]
    warehouse.joins(*rows, day=day)
    warehouse.run("core.meetings", day)
    warehouse.run("core.participant_sessions", day)


def people(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    return {row["person_key"]: row for row in warehouse.run("core.people", MONTH)}


def user(day: str, user_id: str | None, email: str, **more: Any) -> dict[str, Any]:
    """A user as a snapshot taken in time shows them."""
    taken = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    facts = {"dt": date.fromisoformat(day), "user_key": user_id or email, "user_id": user_id, "email": email}
    return facts | {"status": "active" if user_id else "pending", "_ingested_at": taken} | more


# People


def test_strong_keys_link_people_across_meetings(warehouse: Warehouse) -> None:
    joins(
        warehouse, {"m1": [{"user_id": "U1", "email": "a@x.com"}], "m2": [{"email": "A@x.com", "registrant_id": "R"}]}
    )
    joins(warehouse, {"m3": [{"registrant_id": "R"}, {"email": "z@x.com"}]}, day=NEXT_DAY)
    found = people(warehouse)
    assert set(found) == {"u:U1", "e:z@x.com"}
    row = found["u:U1"]
    assert [one["person_key"] for one in row["known_keys"]] == ["r:R", "u:U1"]
    counts = ("meetings_attended", "join_count", "attended_seconds", "days_active", "identity_confidence")
    assert [row[name] for name in counts] == [3, 3, 180, 2, "strong"]
    assert row["email"] == "a@x.com"


def test_names_join_nobody_across_meetings(warehouse: Warehouse) -> None:
    joins(warehouse, {"m1": [{"display_name": "Jo Blogs"}], "m2": [{"display_name": "Jo Blogs"}, {}]})
    rows = people(warehouse).values()
    assert sorted((row["identity_confidence"], row["meetings_attended"]) for row in rows) == [
        ("none", 1),
        ("weak", 1),
        ("weak", 1),
    ]


def test_two_keys_of_one_instance_that_another_links_overlap_once(warehouse: Warehouse) -> None:
    """In `m1` nothing says that id and address are one person's; `m2` does. Their minute there is one."""
    both = {"joined_at": at(0), "left_at": at(60)}
    joins(warehouse, {"m1": [{"user_id": "U1"} | both, {"email": "a@x.com"} | both]})
    joins(warehouse, {"m2": [{"user_id": "U1", "email": "a@x.com"}]}, day=NEXT_DAY)
    [row] = people(warehouse).values()
    assert (row["meetings_attended"], row["join_count"], row["attended_seconds"]) == (2, 3, 120)


def test_the_list_of_users_links_ids_and_addresses(warehouse: Warehouse) -> None:
    joins(warehouse, {"m1": [{"user_id": "U1"}], "m2": [{"email": "a@x.com"}], "m3": [{"email": "g@x.com"}]})
    warehouse.insert("zoom.users", [user(DAY, "U1", "A@x.com", department="Sales")])
    found = people(warehouse)
    assert set(found) == {"u:U1", "e:g@x.com"}
    assert (found["u:U1"]["department"], found["u:U1"]["is_internal"]) == ("Sales", True)
    assert (found["e:g@x.com"]["department"], found["e:g@x.com"]["is_internal"]) == (None, False)


def test_users_who_were_not_seen_are_no_people_of_the_month(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.users", [user(DAY, "U1", "a@x.com")])
    assert people(warehouse) == {}


def test_hosts_are_seen_though_they_never_join(warehouse: Warehouse) -> None:
    joins(warehouse, {"m1": []}, host_email="h@x.com", host_name="Ho")
    [row] = people(warehouse).values()
    counts = ("meetings_hosted", "meetings_attended", "join_count", "days_active", "is_internal", "display_name")
    assert [row[name] for name in counts] == [1, 0, 0, 1, True, "Ho"]
    assert row["first_seen_at"] == row["last_seen_at"] == at(0)


def test_who_only_waited_was_seen_but_attended_nothing(warehouse: Warehouse) -> None:
    joins(warehouse, {"m1": [{"email": "a@x.com", "status": "in_waiting_room"}]})
    [row] = people(warehouse).values()
    assert (row["meetings_attended"], row["attended_seconds"], row["days_active"]) == (0, 0, 0)
    assert (row["first_seen_at"], row["last_seen_at"]) == (at(0), at(60))


def test_vendors_have_people_of_their_own(warehouse: Warehouse) -> None:
    joins(warehouse, {"m1": [{"email": "a@x.com"}]})
    common = {"platform": "webex", "meeting_uuid": "w", "meeting_started_at": at(0), "is_webinar": True}
    common |= {"person_key": "e:a@x.com", "identity_method": "email", "identity_confidence": "strong"}
    common |= {"is_waiting_room": False, "is_breakout": False, "is_open": False, "session_key": "s"}
    stay = {"joined_at": at(0), "left_at": at(60), "stayed_until_at": at(60), "email": "a@x.com"}
    warehouse.insert("core.participant_sessions", [{"dt": date.fromisoformat(DAY)} | common | stay])
    warehouse.insert("zoom.users", [user(DAY, "U1", "a@x.com")])
    rows = warehouse.run("core.people", MONTH)
    found = {(row["platform"], row["person_key"]): (row["webinars_attended"], row["is_internal"]) for row in rows}
    # One list of users serves both, but its ids are Zoom's.
    assert found == {("zoom", "u:U1"): (0, True), ("webex", "e:a@x.com"): (1, True)}
    assert next(row for row in rows if row["platform"] == "webex")["user_id"] is None


some_key = st.one_of(st.none(), st.integers(0, 5))
identities = st.lists(st.tuples(st.integers(0, 4), some_key, some_key, some_key, st.integers(0, 90)), max_size=25)


@given(drawn=identities, shuffle=st.randoms(use_true_random=False))
@ANY
def test_people_are_components_of_keys_over_all_meetings(shared: Warehouse, drawn: list[Any], shuffle: Any) -> None:
    shared.clear()
    rows: dict[str, list[dict[str, Any]]] = {f"m{n}": [] for n in range(5)}
    for number, (meeting, user_id, registrant, email, start) in enumerate(drawn):
        rows[f"m{meeting}"].append(
            {
                "session_user_id": f"{number}",
                "user_id": None if user_id is None else f"U{user_id}",
                "registrant_id": None if registrant is None else f"R{registrant}",
                "email": None if email is None else f"E{email}@x.com",
                "joined_at": at(start),
                "left_at": at(start + 30),
            }
        )
    joins(shared, rows)

    above: dict[str, str] = {}

    def root(key: str) -> str:
        while above.setdefault(key, key) != key:
            key = above[key]
        return key

    keys = [
        [text for value, text in ((u, f"1u:U{u}"), (r, f"2r:R{r}"), (e, f"3e:e{e}@x.com")) if value is not None]
        for _, u, r, e, _ in drawn
    ]
    for row in keys:
        for key in row:
            low, high = sorted((root(row[0]), root(key)))
            above[high] = low
    expected: dict[Any, dict[int, set[int]]] = {}
    for number, (row, (meeting, *_, start)) in enumerate(zip(keys, drawn, strict=True)):
        person = root(row[0])[1:] if row else number
        expected.setdefault(person, {}).setdefault(meeting, set()).update(range(start, start + 30))
    found = shared.run("core.people", MONTH)
    assert sorted(
        (
            row["person_key"] if row["identity_confidence"] == "strong" else "",
            row["meetings_attended"],
            row["attended_seconds"],
        )
        for row in found
    ) == sorted(
        (person if isinstance(person, str) else "", len(meetings), sum(map(len, meetings.values())))
        for person, meetings in expected.items()
    )
    known = [one["person_key"] for row in found for one in row["known_keys"]]
    assert len(set(known)) == len(known)

    sessions = shared.query("SELECT * FROM core.participant_sessions")
    names = [name for (name, *_) in shared.query("DESCRIBE core.participant_sessions")]
    shuffle.shuffle(sessions)
    shared.query("DELETE FROM core.participant_sessions")
    shared.insert("core.participant_sessions", [dict(zip(names, row, strict=True)) for row in sessions])
    assert shared.run("core.people", MONTH) == found


# Series


def test_a_series_is_what_its_last_instance_says(warehouse: Warehouse) -> None:
    warehouse.meetings(
        {"meeting_uuid": "a", "started_at": at(0), "ended_at": at(60), "topic": "Old", "meeting_type": 8},
        {"meeting_uuid": "b", "started_at": at(100), "ended_at": at(200), "topic": "Dropped"},
        {"meeting_uuid": "c", "started_at": at(9000), "ended_at": None, "host_email": "other@x.com"},
        {"meeting_uuid": "d", "started_at": at(0), "ended_at": at(60), "meeting_number": None},
    )
    warehouse.run("core.meetings", DAY)
    rows = {row["series_key"]: row for row in warehouse.run("core.meeting_series", MONTH)}
    assert set(rows) == {"111", "d"}
    row = rows["111"]
    names = ("kind", "topic", "host_key", "hosts", "instances", "logical_meetings", "days_held", "actual_seconds")
    assert [row[name] for name in names] == ["recurring", None, "e:other@x.com", 2, 3, 2, 1, 160]
    assert (row["first_meeting_uuid"], row["last_meeting_uuid"]) == ("a", "c")
    assert row["is_personal_room"] is None, "neither the report nor a list of users tells"


def test_personal_rooms_are_those_of_users(warehouse: Warehouse) -> None:
    warehouse.meetings(
        {"meeting_uuid": "a", "meeting_number": "1", "started_at": at(0)},
        {"meeting_uuid": "b", "meeting_number": "2", "started_at": at(0)},
        {"meeting_uuid": "c", "meeting_number": "3", "started_at": at(0), "meeting_type": 4},
    )
    warehouse.insert("zoom.users", [user(DAY, "U", "u@x.com", personal_meeting_number="2")])
    warehouse.run("core.meetings", DAY)
    rows = warehouse.run("core.meeting_series", MONTH)
    assert {row["series_key"]: row["is_personal_room"] for row in rows} == {"1": False, "2": True, "3": True}


# Users


def states(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    names = (
        "user_key",
        "license",
        "valid_from_date",
        "valid_to_date",
        "end_reason",
        "is_continuation",
        "snapshot_days",
    )
    rows = warehouse.run("core.users", MONTH)
    return [tuple(f"{row[name]:%d}" if isinstance(row[name], date) else row[name] for name in names) for row in rows]


def test_states_of_a_user_follow_each_other(warehouse: Warehouse) -> None:
    licenses = {"2024-03-01": 2, "2024-03-02": 2, "2024-03-04": 2, "2024-03-05": 1, "2024-03-07": 2}
    warehouse.insert("zoom.users", [user(day, "U", "u@x.com", license_type=value) for day, value in licenses.items()])
    assert states(warehouse) == [
        ("U", "licensed", "01", "04", "changed", None, 3),  # nothing was taken on the third
        ("U", "basic", "05", "05", "changed", False, 1),
        ("U", "licensed", "07", None, None, False, 1),
    ]


def test_a_state_goes_on_over_the_end_of_a_month(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.users", [user("2024-02-28", "U", "u@x.com", license_type=2)])
    warehouse.insert("zoom.users", [user("2024-02-28", "V", "v@x.com", license_type=2)])
    warehouse.insert("zoom.users", [user("2024-03-02", "U", "u@x.com", license_type=2)])
    warehouse.insert("zoom.users", [user("2024-03-02", "V", "v@x.com", license_type=1)])
    warehouse.insert("zoom.users", [user("2024-03-02", "W", "w@x.com", license_type=1)])
    assert [(row[0], row[5]) for row in states(warehouse)] == [("U", True), ("V", False), ("W", False)]


def test_who_is_no_longer_listed_was_removed(warehouse: Warehouse) -> None:
    days = ("2024-03-01", "2024-03-02", "2024-03-03")
    warehouse.insert("zoom.users", [user(day, "U", "u@x.com") for day in days])
    warehouse.insert("zoom.users", [user(day, "gone", "g@x.com") for day in days[:2]])
    warehouse.insert("zoom.users", [user(day, "back", "b@x.com") for day in (days[0], days[2])])
    found = [(row[0], row[2], row[3], row[4]) for row in states(warehouse)]
    assert found == [
        ("U", "01", None, None),
        ("back", "01", "01", "removed"),
        ("back", "03", None, None),
        ("gone", "01", "02", "removed"),
    ]


def test_a_pending_user_who_accepts_is_one_user(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.users", [user("2024-03-01", None, "New@x.com"), user("2024-03-02", "N", "new@x.com")])
    warehouse.insert("zoom.users", [user("2024-03-02", None, "still@x.com")])
    rows = warehouse.run("core.users", MONTH)
    assert [(row["user_key"], row["status"], row["user_id"], row["end_reason"]) for row in rows] == [
        ("N", "pending", None, "changed"),
        ("N", "active", "N", None),
        ("still@x.com", "pending", None, None),
    ]


def test_a_user_listed_under_two_statuses_is_one(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.users", [user(DAY, None, "u@x.com"), user(DAY, "U", "u@x.com")])
    [row] = warehouse.run("core.users", MONTH)
    assert (row["user_key"], row["status"]) == ("U", "active")


def test_a_snapshot_taken_late_says_so(warehouse: Warehouse) -> None:
    late = datetime(2024, 3, 9, tzinfo=UTC)
    warehouse.insert("zoom.users", [user("2024-03-05", "U", "u@x.com", _ingested_at=late)])
    [row] = warehouse.run("core.users", MONTH)
    assert not row["is_taken_in_time"]


days_and_states = st.dictionaries(
    st.integers(-40, 30), st.dictionaries(st.integers(0, 2), st.sampled_from([1, 2, None]), max_size=3), max_size=12
)


@given(drawn=days_and_states)
@ANY
def test_states_are_those_that_snapshots_show(shared: Warehouse, drawn: dict[int, dict[int, int | None]]) -> None:
    shared.clear()
    for offset, listed in drawn.items():
        day = f"{FIRST + timedelta(days=offset)}"
        shared.insert("zoom.users", [user(day, f"U{n}", f"u{n}@x.com", license_type=v) for n, v in listed.items()])
    # A snapshot without anybody is not one: an account always has its owner.
    days = sorted(offset for offset, listed in drawn.items() if listed and -31 <= offset < 31)
    within = [offset for offset in days if offset >= 0]
    before = [offset for offset in days if offset < 0]
    expected = set()
    for n in range(3):
        run: list[int] = []
        for place, offset in enumerate(within):
            if n not in drawn[offset]:
                continue
            previous = within[place - 1] if place else None
            is_same = previous in run and drawn[previous].get(n) == drawn[offset][n] if previous is not None else False
            run = [*run, offset] if is_same else [offset]
            following = within[place + 1] if place + 1 < len(within) else None
            if following is not None and n in drawn[following] and drawn[following][n] == drawn[offset][n]:
                continue
            reason = None if following is None else "changed" if n in drawn[following] else "removed"
            continued = None
            if before or run[0] != within[0]:
                continued = bool(before) and run[0] == within[0] and _shows(drawn[before[-1]], n, drawn[offset][n])
            expected.add((f"U{n}", drawn[offset][n], run[0], None if reason is None else offset, reason, continued))
    found = {
        (
            row["user_key"],
            row["license_type"],
            (row["valid_from_date"] - FIRST).days,
            None if row["valid_to_date"] is None else (row["valid_to_date"] - FIRST).days,
            row["end_reason"],
            row["is_continuation"],
        )
        for row in shared.run("core.users", MONTH)
    }
    assert found == expected


def _shows(listed: dict[int, int | None], n: int, license_type: int | None) -> bool:
    return n in listed and listed[n] == license_type


# Rooms


def test_rooms_are_those_listed_and_those_that_met(warehouse: Warehouse) -> None:
    day = {"dt": date.fromisoformat(DAY)}
    common = day | {"_ingested_at": at(3600), "location": "Vienna"}
    warehouse.insert(
        "zoom.rooms",
        [
            common | {"room_id": "r1", "room_name": "One", "status": "Offline", "issues": [{"issue": "No camera"}]},
            common | {"room_id": "r2", "room_name": "Two", "status": "InMeeting", "issues": []},
            common | {"room_id": "r3", "dt": date.fromisoformat(NEXT_DAY)},
        ],
    )
    met = {"meeting_uuid": "m", "started_at": at(0), "room_name": "Met", "room_location": "Graz"}
    warehouse.insert("zoom.room_meetings", [day | met | {"room_id": room} for room in ("r2", "r9")])
    rows = {row["room_id"]: row for row in warehouse.run("core.rooms", DAY)}
    names = ("room_name", "location", "is_online", "issues", "is_listed", "is_taken_in_time")
    assert {room: tuple(row[name] for name in names) for room, row in rows.items()} == {
        "r1": ("One", "Vienna", False, 1, True, True),
        "r2": ("Two", "Vienna", True, 0, True, True),
        "r9": ("Met", "Graz", None, None, False, None),
    }


# Dates


@pytest.mark.parametrize(
    ("month", "zone", "odd"),
    [
        ("2024-03", "Europe/Berlin", {date(2024, 3, 31): 23 * 3600}),
        ("2024-10", "Europe/Berlin", {date(2024, 10, 27): 25 * 3600}),
        ("2024-04", "Australia/Lord_Howe", {date(2024, 4, 7): 24 * 3600 + 1800}),
        ("2024-09", "Africa/Cairo", {}),
        ("2024-04", "Africa/Cairo", {date(2024, 4, 26): 23 * 3600}),  # midnight itself is skipped
        ("2024-02", "UTC", {}),
    ],
)
def test_dates_are_as_long_as_they_are(warehouse: Warehouse, month: str, zone: str, odd: dict[date, int]) -> None:
    rows = warehouse.run("core.dates", month, report_timezone=zone)
    assert {row["calendar_date"]: row["length_seconds"] for row in rows if row["length_seconds"] != 86_400} == odd
    for row, after in pairwise(rows):
        assert row["ends_at"] == after["begins_at"]
    for row in rows:
        assert row["begins_at"].astimezone(ZoneInfo(zone)).date() == row["calendar_date"]
        assert (row["begins_at"] - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < row["calendar_date"]


@pytest.mark.parametrize("month", ["2024-02", "2024-12", "2026-01", "2027-01"])
def test_weeks_are_those_of_iso(warehouse: Warehouse, month: str) -> None:
    for row in warehouse.run("core.dates", month):
        day = row["calendar_date"]
        assert (row["iso_year"], row["iso_week"], row["iso_weekday"]) == day.isocalendar()
        assert row["week_start_date"] == day - timedelta(days=day.weekday())
        assert row["weekday_name"] == f"{day:%A}"
        assert row["is_working_day"] == (day.weekday() < 5)
        quarter = (day.month + 2) // 3
        parts = (day.year, quarter, day.month, day.day)
        names = ("calendar_year", "calendar_quarter", "calendar_month", "day_of_month")
        assert tuple(row[name] for name in names) == parts


# Contracts


def test_rows_keep_the_expectations_of_their_contracts(warehouse: Warehouse) -> None:
    joins(warehouse, {"m1": [{"user_id": "U1", "email": "a@x.com"}, {"display_name": "Ann"}, {}]}, host_email="a@x.com")
    warehouse.insert("zoom.users", [user(DAY, "U1", "a@x.com", license_type=2)])
    warehouse.insert("zoom.rooms", [{"dt": date.fromisoformat(DAY), "room_id": "r", "_ingested_at": at(9)}])
    for name, key in (("people", MONTH), ("meeting_series", MONTH), ("users", MONTH), ("rooms", DAY), ("dates", MONTH)):
        table = contracts.table(f"core.{name}")
        assert warehouse.run(table.id, key)
        for expectation in table.expectations:
            broken = warehouse.query(f"SELECT count(*) FROM {table.id} WHERE NOT ({expectation.predicate})")
            assert broken == [(0,)], (table.id, expectation.name)
