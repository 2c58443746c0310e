"""Requests made one by one are the same as a list of them, and none is made before it is looked at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem
from reporting_assets.sources.fan_out import Requests, of_items, selected
from reporting_assets.sources.model import Request

USERS = contracts.endpoint("list_users")
ASK = PerItem(
    endpoint="list_users",
    parent="zoom.users",
    passes=({"status": "active"}, {"status": "$which"}),
    select={"user": "user_id", "about": "topic"},
    params={"id": "user", "q": "about"},
)


def request(name: str) -> Request:
    return Request(USERS, params={"name": name})


@given(parts=st.lists(st.lists(st.text(max_size=2), max_size=4), max_size=4), data=st.data())
def test_they_are_a_sequence(parts: list[list[str]], data: st.DataObject) -> None:
    whole = [request(name) for part in parts for name in part]
    lazy = Requests(*((part, request) for part in parts))
    assert list(lazy) == whole
    assert len(lazy) == len(whole)
    for place in range(-len(whole), len(whole)):
        assert lazy[place] == whole[place]
    part = data.draw(st.slices(len(whole)))
    assert lazy[part] == whole[part]
    for beyond in (len(whole), -len(whole) - 1):
        with pytest.raises(IndexError):
            lazy[beyond]
    assert list(lazy + Requests.of(whole)) == whole + whole


def test_none_is_made_before_it_is_looked_at() -> None:
    made: list[int] = []

    def make(number: int) -> Request:
        made.append(number)
        return request(str(number))

    lazy = Requests((range(500_000), make))
    assert len(lazy) == 500_000
    assert made == []
    assert lazy[499_999].params == {"name": "499999"}
    assert made == [499_999]


def test_each_item_is_asked_for_in_every_pass_by_its_own_values() -> None:
    rows: list[dict[str, str | None]] = [
        {"user": "u1", "about": "a"},
        {"user": "u2", "about": None},
        {"user": "u1", "about": "a", "other": "x"},
    ]
    items = (selected(ASK, row) for row in rows)
    asked = of_items(ASK, USERS, items, {"which": ""}, {"from": "2026-11-01"})
    window = {"from": "2026-11-01"}
    assert [(dict(each.params), dict(each.columns)) for each in asked] == [
        ({**window, "status": "active", "id": "u1", "q": "a"}, {"status": "active", "user": "u1", "about": "a"}),
        ({**window, "id": "u1", "q": "a"}, {"user": "u1", "about": "a"}),
        ({**window, "status": "active", "id": "u2"}, {"status": "active", "user": "u2"}),
        ({**window, "id": "u2"}, {"user": "u2"}),
    ]
    assert len({each.key for each in asked}) == 4
