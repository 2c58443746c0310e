"""What holds for any webinar and any chat whatever: scores against Python, bounds, order and duplication of rows."""

from __future__ import annotations

from collections import defaultdict
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reporting_assets_tests.models import audience
from reporting_assets_tests.models.test_engagement_chat import message
from reporting_assets_tests.models.warehouse import Warehouse

ANY = settings(max_examples=8, deadline=None)
share = st.one_of(st.none(), st.floats(0, 1))
length = st.one_of(st.none(), st.floats(0, 3))
shares = st.tuples(share, share, share, share)


def score(warehouse: Warehouse, duration: float | None, components: tuple[float | None, ...]) -> float | None:
    [(found,)] = warehouse.con.execute(
        "SELECT engagement_score_v1($1::DOUBLE, $2::DOUBLE, $3::DOUBLE, $4::DOUBLE, $5::DOUBLE)",
        [duration, *components],
    ).fetchall()
    return found


@given(duration=length, components=shares)
@settings(max_examples=200, deadline=None)
def test_a_score_is_bounded_and_unknown_only_with_the_attendance(
    shared: Warehouse, duration: float | None, components: tuple[float | None, ...]
) -> None:
    found = score(shared, duration, components)
    if duration is None:
        assert found is None
        return
    offered = [one for one in components if one is not None]
    assert found == pytest.approx(50 * min(1, duration) + 50 * (mean(offered) if offered else min(1, duration)))
    assert 0 <= found <= 100 + 1e-9
    assert score(shared, duration, components[::-1]) == pytest.approx(found), "every component weighs the same"


@given(
    duration=st.floats(0, 3), more=st.floats(0, 3), components=shares, place=st.integers(0, 3), better=st.floats(0, 1)
)
@settings(max_examples=200, deadline=None)
def test_more_of_anything_never_lowers_a_score(
    shared: Warehouse,
    duration: float,
    more: float,
    components: tuple[float | None, ...],
    place: int,
    better: float,
) -> None:
    before = score(shared, duration, components)
    longer = score(shared, duration + more, components)
    assert before is not None
    assert longer is not None
    assert longer >= before - 1e-9
    known = components[place]
    assume(known is not None)
    improved = (*components[:place], max(better, known or 0), *components[place + 1 :])
    assert (score(shared, duration, improved) or 0) >= before - 1e-9


person = st.integers(0, 5)
stays = st.lists(
    st.fixed_dictionaries(
        {"who": person, "join": st.integers(0, 100), "length": st.integers(0, 60), "registered": st.booleans()}
    ),
    max_size=15,
)
answers = st.lists(st.tuples(st.one_of(person, st.none()), st.integers(0, 2), st.integers(0, 100)), max_size=10)
askers = st.lists(st.one_of(person, st.none()), max_size=5)


def load(
    warehouse: Warehouse, drawn: list[dict[str, Any]], polls: list[tuple[Any, ...]], asked: list[int | None]
) -> None:
    warehouse.clear()
    audience.webinar(warehouse, seconds=100)
    audience.joins(
        warehouse,
        *(
            {
                "email": f"{one['who']}@x",
                "join": one["join"],
                "leave": one["join"] + one["length"],
                "registrant_id": f"r{one['who']}" if one["registered"] else None,
            }
            for one in drawn
        ),
    )
    audience.poll(
        warehouse,
        *(
            {"who": number if who is None else f"{who}@x", "poll_id": f"p{poll}", "second": second}
            | {"respondent_place": number, "question": "?"}
            for number, (who, poll, second) in enumerate(polls)
        ),
    )
    for place, who in enumerate(asked):
        audience.question(warehouse, place, email=None if who is None else f"{who}@x")


@given(drawn=stays, polls=answers, asked=askers)
@ANY
def test_every_attendees_components_match_a_count_in_python(
    shared: Warehouse, drawn: list[dict[str, Any]], polls: list[tuple[Any, ...]], asked: list[int | None]
) -> None:
    load(shared, drawn, polls, asked)
    tables = audience.run(shared, score_least_people=1)
    rows = {row["email"]: row for row in tables["engagement.webinar_attendee_engagement"]}
    people = sorted({one["who"] for one in drawn})
    assert set(rows) == {f"{who}@x" for who in people}
    scores = []
    for who in people:
        mine = [range(one["join"], one["join"] + one["length"]) for one in drawn if one["who"] == who]
        seconds = len({second for stay in mine for second in stay})
        offered = answered = 0
        for poll in {poll for who_, poll, _ in polls if who_ is not None}:
            times = [second for _, one, second in polls if one == poll]
            took = any(one == poll and who_ == who for who_, one, _ in polls)
            there = any(stay.start <= max(times) and stay.stop > min(times) for stay in mine)
            offered += took or there
            answered += took
        row = rows[f"{who}@x"]
        assert row["attended_seconds"] == seconds
        assert (row["poll_questions_offered"] or 0, row["poll_questions_answered"] or 0) == (offered, answered)
        components = [answered / offered] if offered else []
        components += [float(who in asked)] if asked else []
        duration = min(1, seconds / 100)
        scores.append(50 * duration + 50 * (mean(components) if components else duration))
        assert row["engagement_score"] == pytest.approx(scores[-1])
    [webinar] = tables["engagement.webinar_engagement"]
    if people:
        assert webinar["engagement_score_mean"] == pytest.approx(mean(scores), abs=1e-6)
        assert webinar["engagement_score_median"] == pytest.approx(median(scores))
        assert webinar["identified_askers"] == (len({*asked} & {*people}) if asked else None)
    registered = {one["who"] for one in drawn if one["registered"]}
    if registered:
        came = {one["who"] for one in drawn if one["length"]}
        assert webinar["attended_registrants"] == len(registered & came)
        assert webinar["walk_ins"] == len({*people} - registered)


@given(drawn=stays, polls=answers, asked=askers, shuffle=st.randoms(use_true_random=False))
@settings(ANY, max_examples=3)
def test_order_and_second_devices_change_nothing(
    shared: Warehouse, drawn: list[dict[str, Any]], polls: list[tuple[Any, ...]], asked: list[int | None], shuffle: Any
) -> None:
    load(shared, drawn, polls, asked)
    first = audience.run(shared, score_least_people=1)
    assert audience.run(shared, score_least_people=1) == first
    for table in ("zoom.webinar_participants", "zoom.webinar_polls", "zoom.webinar_qa"):
        _shuffle(shared, table, shuffle)
    assert audience.run(shared, score_least_people=1) == first
    shared.query(
        """
        INSERT INTO zoom.webinar_participants
        SELECT * REPLACE ('second ' || session_user_id AS session_user_id) FROM zoom.webinar_participants
        """
    )
    doubled = audience.run(shared, score_least_people=1)
    for table, rows in first.items():
        for before, after in zip(rows, doubled[table], strict=True):
            assert {name: after[name] for name in before if name != "join_count"} == {
                name: value for name, value in before.items() if name != "join_count"
            }, table


def _shuffle(warehouse: Warehouse, table: str, shuffle: Any) -> None:
    found = warehouse.con.sql(f"FROM {table}").to_arrow_table().to_pylist()
    shuffle.shuffle(found)
    warehouse.query(f"DELETE FROM {table}")
    warehouse.insert(table, found)


chats = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 300), st.one_of(st.none(), st.integers(0, 12)), st.integers(0, 2)),
    max_size=12,
)


@given(drawn=chats, shuffle=st.randoms(use_true_random=False))
@ANY
def test_chat_matches_a_count_in_python(
    shared: Warehouse, drawn: list[tuple[int, int, int | None, int]], shuffle: Any
) -> None:
    shared.clear()
    rows = [
        message(
            f"m{place}",
            f"s{sender}",
            second,
            reply_to_message_id=None if parent is None else f"m{parent}",
            reactions=[{"emoji": "x", "total_count": reactions}] if reactions else None,
        )
        for place, (sender, second, parent, reactions) in enumerate(drawn)
    ]
    shared.insert("zoom.chat_messages", rows)
    people = {row["email"]: row for row in shared.run("engagement.chat_daily")}
    threads = {row["parent_message_id"]: row for row in shared.run("engagement.chat_threads")}
    assert set(people) == {f"s{sender}@x.com" for sender, *_ in drawn}
    for email, row in people.items():
        mine = [one for one in drawn if f"s{one[0]}@x.com" == email]
        assert row["messages"] == len(mine)
        assert row["replies"] == sum(parent is not None for _, _, parent, _ in mine)
        assert (row["reactions_received"], row["messages_with_reaction"]) == (
            sum(one[3] for one in mine),
            sum(one[3] > 0 for one in mine),
        )
    replies: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for sender, second, parent, _ in drawn:
        if parent is not None:
            replies[parent].append((second, sender))
    assert set(threads) == {f"m{parent}" for parent in replies}
    for parent, given_ in replies.items():
        row = threads[f"m{parent}"]
        assert (row["replies"], row["is_parent_known"]) == (len(given_), parent < len(drawn))
        if parent < len(drawn):
            sender, second, *_ = drawn[parent]
            others = [one - second for one, who in given_ if who != sender and one >= second]
            assert row["first_response_seconds"] == (min(others) if others else None)
            assert row["self_replies"] == sum(who == sender for _, who in given_)
    before = (shared.run("engagement.chat_daily"), shared.run("engagement.chat_threads"))
    _shuffle(shared, "zoom.chat_messages", shuffle)
    assert (shared.run("engagement.chat_daily"), shared.run("engagement.chat_threads")) == before
