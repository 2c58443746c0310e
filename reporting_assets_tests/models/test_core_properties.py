"""What holds for any joins, whichever vendor reports them, of meetings and of webinars."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets_tests.models.warehouse import DAY, Warehouse, at

ENDS = 100
ANY = settings(max_examples=20, deadline=None)
FIGURES = (
    "attended_seconds",
    "visit_count",
    "join_count",
    "first_joined_at",
    "last_left_at",
    "is_late",
    "is_early_leave",
    "pct_of_actual",
    "attendance_status",
)

joins = st.lists(
    st.fixed_dictionaries({"person": st.integers(0, 3), "start": st.integers(-10, ENDS), "length": st.integers(0, 70)}),
    min_size=1,
    max_size=20,
)


def load(warehouse: Warehouse, drawn: list[dict[str, int]]) -> None:
    """The same joins as a meeting and a webinar of one vendor, and a meeting of the other."""
    warehouse.clear()
    day = {"dt": date.fromisoformat(DAY)}
    whole = {"started_at": at(0), "ended_at": at(ENDS)}
    stays = [
        {"email": f"p{join['person']}@x.com", "joined_at": at(join["start"])}
        | {"left_at": at(join["start"] + join["length"])}
        for join in drawn
    ]
    warehouse.meetings({"meeting_uuid": "m1"} | whole)
    warehouse.joins(*({"session_user_id": f"{place}"} | stay for place, stay in enumerate(stays)))
    warehouse.insert("zoom.webinars", [day | {"webinar_uuid": "w1"} | whole])
    inside = {"webinar_uuid": "w1", "webinar_started_at": at(0), "status": "in_meeting"}
    warehouse.insert(
        "zoom.webinar_participants",
        [day | inside | {"session_user_id": f"{place}"} | stay for place, stay in enumerate(stays)],
    )
    site = {"meeting_instance_id": "x1", "site_url": "s.webex.example"}
    warehouse.insert("webex.meeting_usage", [day | site | {"service_type": "MeetingCenter"} | whole])
    warehouse.insert(
        "webex.meeting_attendees",
        [day | site | {"meeting_started_at": at(0), "session_place": place} | stay for place, stay in enumerate(stays)],
    )


def derive(warehouse: Warehouse) -> list[dict[str, Any]]:
    warehouse.run("core.meetings", DAY)
    warehouse.run("core.participant_sessions", DAY)
    return warehouse.run("core.attendance", DAY)


@given(drawn=joins)
@ANY
def test_all_vendors_are_counted_alike_and_second_by_second(shared: Warehouse, drawn: list[dict[str, int]]) -> None:
    load(shared, drawn)
    rows = derive(shared)
    by_instance = {
        uuid: {row["email"]: [row[name] for name in FIGURES] for row in rows if row["meeting_uuid"] == uuid}
        for uuid in ("m1", "w1", "x1")
    }
    assert by_instance["m1"] == by_instance["w1"] == by_instance["x1"]
    for person in {join["person"] for join in drawn}:
        mine = [range(join["start"], join["start"] + join["length"]) for join in drawn if join["person"] == person]
        inside = {second for stay in mine for second in stay}
        facts = dict(zip(FIGURES, by_instance["x1"][f"p{person}@x.com"], strict=True))
        assert facts["attended_seconds"] == len(inside)
        assert facts["join_count"] == len(mine)
        assert round(facts["pct_of_actual"] * ENDS / 100) == len(inside & set(range(ENDS)))


@given(drawn=joins, shuffle=st.randoms(use_true_random=False))
@settings(ANY, max_examples=10)
def test_neither_order_nor_a_second_device_counts(shared: Warehouse, drawn: list[dict[str, int]], shuffle: Any) -> None:
    load(shared, drawn)
    first = derive(shared)
    shuffled = list(drawn)
    shuffle.shuffle(shuffled)
    load(shared, shuffled)
    again = derive(shared)
    assert again == first
    load(shared, [*drawn, *drawn])
    once = ("meeting_uuid", "person_key", *(name for name in FIGURES if name != "join_count"))
    doubled = [[row[name] for name in once] for row in derive(shared)]
    assert doubled == [[row[name] for name in once] for row in first]
