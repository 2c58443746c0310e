"""What holds for any joins whatever: the models against a count second by second and a union-find in Python."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets_tests.models.warehouse import Warehouse, at

HORIZON = 60
ANY = settings(max_examples=15, deadline=None)


joins = st.lists(
    st.fixed_dictionaries(
        {
            "meeting": st.integers(0, 3),
            "person": st.integers(0, 4),
            "start": st.integers(0, HORIZON),
            "length": st.integers(-2, 30),
            "waiting": st.booleans(),
        }
    ),
    max_size=25,
)


def load(warehouse: Warehouse, drawn: list[dict[str, Any]]) -> None:
    warehouse.clear()
    warehouse.meetings(
        *(
            {"meeting_uuid": f"m{n}", "meeting_number": str(n), "started_at": at(0), "ended_at": at(200)}
            for n in range(4)
        )
    )
    warehouse.joins(
        *(
            {
                "meeting_uuid": f"m{join['meeting']}",
                "session_user_id": str(number),
                "user_id": f"u{join['person']}",
                "joined_at": at(join["start"]),
                "left_at": at(join["start"] + join["length"]),
                "status": "in_waiting_room" if join["waiting"] else "in_meeting",
            }
            for number, join in enumerate(drawn)
        )
    )


def seconds(join: dict[str, Any]) -> range:
    return range(join["start"], join["start"] + join["length"])


@given(drawn=joins)
@ANY
def test_time_and_concurrency_match_a_count_second_by_second(shared: Warehouse, drawn: list[dict[str, Any]]) -> None:
    load(shared, drawn)
    tables = shared.run_day()
    attended = {(row["meeting_uuid"], row["person_key"]): row for row in tables["core.attendance"]}
    stays = [join for join in drawn if not join["waiting"]]
    people = {(f"m{join['meeting']}", f"u:u{join['person']}") for join in stays}
    assert set(attended) == people
    for (meeting, person), row in attended.items():
        mine = [join for join in drawn if (f"m{join['meeting']}", f"u:u{join['person']}") == (meeting, person)]
        assert row["attended_seconds"] == len({s for join in mine if not join["waiting"] for s in seconds(join)})
        assert row["waiting_seconds"] == len({s for join in mine if join["waiting"] for s in seconds(join)})
        assert row["join_count"] == sum(not join["waiting"] for join in mine)

    for row in tables["engagement.meeting_engagement"]:
        here = [join for join in stays if f"m{join['meeting']}" == row["meeting_uuid"]]
        if not row["has_participant_rows"]:
            assert row["peak_concurrent_people"] is None
            continue
        connections = {s: sum(s in seconds(join) for join in here) for s in range(HORIZON + 40)}
        present = {s: len({join["person"] for join in here if s in seconds(join)}) for s in range(HORIZON + 40)}
        assert row["peak_concurrent_connections"] == max(connections.values())
        assert row["peak_concurrent_people"] == max(present.values())
        if row["peak_concurrent_people"]:
            first = min(s for s, count in present.items() if count == row["peak_concurrent_people"])
            assert row["peak_people_at"] == at(first)

    account, overall = tables["utilization.account_daily"][::-1]
    assert (account["platform"], overall["platform"]) == ("zoom", "all")
    figures = {name: value for name, value in account.items() if name != "platform"}
    assert figures == {name: overall[name] for name in figures}, "with one vendor, it is the account"
    everywhere = {s: len({join["person"] for join in stays if s in seconds(join)}) for s in range(HORIZON + 40)}
    assert account["peak_concurrent_people"] == max(everywhere.values())
    assert account["person_minutes"] == pytest.approx(sum(row["attended_seconds"] for row in attended.values()) / 60)
    assert account["unique_participants"] == len({join["person"] for join in stays})


@given(drawn=joins, shuffle=st.randoms(use_true_random=False))
@settings(ANY, max_examples=5)
def test_row_order_and_a_second_device_do_not_matter(
    shared: Warehouse, drawn: list[dict[str, Any]], shuffle: Any
) -> None:
    load(shared, drawn)
    first = shared.run_day()
    again = shared.run_day()
    assert again == first

    rows = shared.query("SELECT * FROM zoom.meeting_participants")
    names = [name for (name, *_) in shared.query("DESCRIBE zoom.meeting_participants")]
    shuffle.shuffle(rows)
    shared.query("DELETE FROM zoom.meeting_participants")
    shared.insert("zoom.meeting_participants", [dict(zip(names, row, strict=True)) for row in rows])
    assert shared.run_day() == first

    shared.query(
        """
        INSERT INTO zoom.meeting_participants
        SELECT * REPLACE ('second ' || session_user_id AS session_user_id) FROM zoom.meeting_participants
        """
    )
    doubled = shared.run_day()
    per_person = ("person_key", "attended_seconds", "waiting_seconds", "visit_count", "pct_of_actual", "is_late")
    assert [[row[name] for name in per_person] for row in doubled["core.attendance"]] == [
        [row[name] for name in per_person] for row in first["core.attendance"]
    ]
    per_meeting = ("unique_participants", "peak_concurrent_people", "peak_people_at", "mean_attended_minutes")
    assert [[row[name] for name in per_meeting] for row in doubled["engagement.meeting_engagement"]] == [
        [row[name] for name in per_meeting] for row in first["engagement.meeting_engagement"]
    ]


some_key = st.one_of(st.none(), st.integers(0, 7))
identities = st.lists(
    st.tuples(st.integers(0, 1), some_key, some_key, some_key, st.sampled_from([None, "Ann", " ann ", "Bo", "iPhone"])),
    max_size=25,
)


@given(drawn=identities)
@ANY
def test_people_are_the_connected_components_of_strong_keys(shared: Warehouse, drawn: list[tuple[Any, ...]]) -> None:
    shared.clear()
    shared.meetings(
        *({"meeting_uuid": f"m{n}", "meeting_number": str(n), "started_at": at(0), "ended_at": at(200)} for n in (0, 1))
    )
    shared.joins(
        *(
            {
                "meeting_uuid": f"m{meeting}",
                "session_user_id": str(number),
                "user_id": None if user is None else f"U{user}",
                "registrant_id": None if registrant is None else f"R{registrant}",
                "email": None if email is None else f" E{email}@X.com ",
                "display_name": name,
                "joined_at": at(number),
                "left_at": at(number) + timedelta(seconds=5),
            }
            for number, (meeting, user, registrant, email, name) in enumerate(drawn)
        )
    )
    tables = shared.run_day()

    parent: dict[Any, Any] = {}

    def root(node: Any) -> Any:
        parent.setdefault(node, node)
        while parent[node] != node:
            node = parent[node]
        return node

    def keys(row: tuple[Any, ...]) -> list[tuple[int, str]]:
        _, user, registrant, email, _ = row
        named = ((0, user, f"u:U{user}"), (1, registrant, f"r:R{registrant}"), (2, email, f"e:e{email}@x.com"))
        return [(rank, text) for rank, value, text in named if value is not None]

    for row in drawn:
        for key in keys(row):
            # The smaller root wins, so that the root is the smallest, hence strongest, key of the person.
            low, high = sorted((root((row[0], keys(row)[0])), root((row[0], key))))
            parent[high] = low
    expected: dict[int, str] = {}
    for number, row in enumerate(drawn):
        name = " ".join((row[4] or "").split()).lower()
        if keys(row):
            expected[number] = root((row[0], keys(row)[0]))[1][1]
        else:
            expected[number] = f"m{row[0]} {name}" if name in ("ann", "bo") else f"join {number}"

    shared_keys: dict[str, set[str]] = {}
    sessions = shared.query(
        """
        SELECT CAST(date_diff('second', TIMESTAMPTZ '2024-03-05 09:00:00+00', joined_at) AS INT), person_key, identity_confidence
        FROM core.participant_sessions
        """
    )
    assert len(sessions) == len(drawn)
    for number, person, confidence in sessions:
        strong = bool(keys(drawn[number]))
        assert (confidence == "strong") == strong
        if strong:
            assert person == expected[number]
        shared_keys.setdefault(expected[number], set()).add(person)
    assert all(len(found) == 1 for found in shared_keys.values()), shared_keys
    assert len({*map(tuple, shared_keys.values())}) == len(shared_keys)
    uniques = {row["meeting_uuid"]: row["unique_participants"] for row in tables["engagement.meeting_engagement"]}
    for n in (0, 1):
        people = {expected[number] for number, row in enumerate(drawn) if row[0] == n}
        assert uniques[f"m{n}"] == (len(people) or None)
