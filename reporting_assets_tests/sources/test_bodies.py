"""Records wherever an answer holds them, over a socket: nested, beside others, one object, or the whole answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets.contracts.model import Endpoint
from reporting_assets.sources import errors
from reporting_assets.sources.bodies import further_records, records_of, with_answer
from reporting_assets.sources.fetch import fetch
from reporting_assets.sources.model import Outcome, Page, Request
from reporting_assets_tests.sources.fake_zoom import Call, Reply

USERS = contracts.endpoint("list_users")
NESTED = replace(USERS, name="nested", rows_at="past_meetings.meetings", page_size=2)
SINGLE = replace(USERS, name="single", rows_at="quality", page_size=None)
WHOLE = replace(USERS, name="whole", rows_at="", page_size=None)
SEVERAL = replace(
    USERS, name="several", rows_at="messages", also_rows_at=("edited_messages", "deleted_messages"), page_size=2
)


def paged(rows: list[dict], body: Callable[[list[dict], str], dict]) -> Callable[[Call], Reply]:
    """Serves `rows` two at a time; `body(rows, token)` puts a page together."""

    def answer(call: Call) -> Reply:
        first = int(call.query.get("next_page_token") or 0)
        token = str(first + 2) if first + 2 < len(rows) else ""
        return Reply(body=body(rows[first : first + 2], token))

    return answer


def taken(client: Any, endpoint: Endpoint, **params: str) -> tuple[list[dict], Outcome]:
    """All records of one listing and its outcome."""
    pages: list[Page] = []
    outcomes: list[Outcome] = []
    fetch(client, [Request(endpoint, params=params)], threads=1, on_page=pages.append, on_done=outcomes.append)
    return [record for page in pages for record in page.records], outcomes[0]


@pytest.mark.integration
def test_paging_fields_stand_beside_nested_rows(open_zoom: Callable) -> None:
    def body(rows: list[dict], token: str) -> dict:
        inner = {"meetings": rows, "next_page_token": token, "page_size": 2, "total_records": 3, "new": 1}
        window = {"from": "2026-11-01", "to": "2026-11-02"}
        return {
            "id": "room",
            "live_meeting": {"uuid": "l"},
            "next_page_token": "",
            "past_meetings": {**inner, **window},
        }

    client, zoom = open_zoom(paged([{"uuid": each} for each in "abc"], body))
    records, outcome = taken(client, NESTED, **{"from": "2026-11-01", "to": "2026-11-02"})
    around = {"id": "room", "live_meeting": {"uuid": "l"}, "past_meetings": {"new": 1}}
    assert records == [{"uuid": each, "_answer": around} for each in "abc"]
    assert [call.query.get("next_page_token") for call in zoom.calls] == [None, "2"]
    assert (outcome.status, outcome.records, outcome.expected, outcome.note) == ("complete", 3, 3, None)


@pytest.mark.integration
def test_a_range_clamped_beside_nested_rows_is_an_error(open_zoom: Callable) -> None:
    client, _ = open_zoom(lambda _: Reply(body={"past_meetings": {"meetings": [], "from": "2026-11-02"}}))
    with pytest.raises(errors.RangeClampedError, match="2026-11-01"):
        taken(client, NESTED, **{"from": "2026-11-01", "to": "2026-11-03"})


@pytest.mark.integration
def test_one_object_is_one_record(open_zoom: Callable) -> None:
    quality = {"audio": {"good": 1}, "video": {"good": 2}}
    client, zoom = open_zoom(lambda _: Reply(body={"from": "x", "to": "y", "total_records": 7, "quality": quality}))
    records, outcome = taken(client, SINGLE)
    assert records == [quality]
    assert (outcome.records, outcome.expected, outcome.note) == (1, None, None)
    assert "page_size" not in zoom.calls[0].query


@pytest.mark.integration
def test_a_page_token_is_followed_although_the_contract_knows_no_pages(open_zoom: Callable) -> None:
    """Otherwise a vendor that begins to cut a list into pages would have all but the first lost in silence."""
    client, zoom = open_zoom(
        paged([{"id": each} for each in "abc"], lambda rows, token: {"users": rows, "next_page_token": token})
    )
    records, _ = taken(client, replace(USERS, page_size=None))
    assert [record["id"] for record in records] == ["a", "b", "c"]
    assert all("page_size" not in call.query for call in zoom.calls)


@pytest.mark.integration
def test_the_whole_answer_is_one_record(open_zoom: Callable) -> None:
    poll = {"uuid": "u", "questions": [{"email": ""}], "total_records": 1}
    client, _ = open_zoom(lambda _: Reply(body=poll))
    assert taken(client, WHOLE)[0] == [poll]


@pytest.mark.integration
def test_other_lists_come_along_once_and_are_no_shifting_list(open_zoom: Callable) -> None:
    """They come whole with every page; taken for repeated rows, they would have the listing read twice."""
    edited, deleted = [{"id": "e1"}, {"id": "e1"}], [{"id": "d1"}]
    messages = [{"id": str(i)} for i in range(5)]

    def body(rows: list[dict], token: str) -> dict:
        late = deleted if token == "" else []  # a deletion that happens while the pages are read
        lists = {"messages": rows, "edited_messages": edited, "deleted_messages": late}
        return {**lists, "next_page_token": token, "total_records": 5}  # the messages alone

    client, zoom = open_zoom(paged(messages, body))
    records, outcome = taken(client, SEVERAL)
    assert len(zoom.calls) == 3
    assert [(record["_array"], record["id"]) for record in records] == [
        ("messages", "0"),
        ("messages", "1"),
        ("edited_messages", "e1"),
        ("edited_messages", "e1"),
        ("messages", "2"),
        ("messages", "3"),
        ("messages", "4"),
        ("deleted_messages", "d1"),
    ]
    assert (outcome.records, outcome.expected, outcome.note) == (8, None, None)


@pytest.mark.integration
def test_other_lists_may_be_absent_but_the_rows_may_not(open_zoom: Callable) -> None:
    replies = iter([Reply(body={"edited_messages": []}), Reply(body={"messages": [{"id": "a"}]})])
    client, zoom = open_zoom(lambda _: next(replies))
    assert taken(client, SEVERAL)[0] == [{"id": "a", "_array": "messages"}]
    assert len(zoom.calls) == 2


@pytest.mark.integration
def test_rows_that_shift_are_seen_although_the_answer_around_them_changes(open_zoom: Callable) -> None:
    """A row is added at the top while pages are read: the one pushed on comes twice, and the total grows."""
    calls = 0

    def answer(call: Call) -> Reply:
        nonlocal calls
        calls += 1
        names = ["a", "b", "c"] if calls == 1 else ["new", "a", "b", "c"]
        rows = [{"id": name} for name in names]
        first = int(call.query.get("next_page_token") or 0)
        token = str(first + 2) if first + 2 < len(rows) else ""
        body = {"users": rows[first : first + 2], "next_page_token": token, "total_records": len(rows)}
        return Reply(body={**body, "total_meetings": calls})

    client, _ = open_zoom(answer)
    records, outcome = taken(client, replace(USERS, page_size=2))
    assert [record["id"] for record in records] == ["a", "b", "b", "c", "new", "a", "b", "c"]
    assert [record["_answer"]["total_meetings"] for record in records] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert outcome.note == "The listing had to be read 2 times."


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (USERS, {"users": {"id": "a"}}),  # a listing with pages is a list
        (USERS, {"users": ["a"]}),
        (USERS, {"users": None}),
        (USERS, {"total_records": 1}),
        (NESTED, {"past_meetings": None}),
        (NESTED, {"past_meetings": [{"meetings": []}]}),
        (NESTED, {"meetings": []}),
        (SINGLE, {"quality": "good"}),
        (SINGLE, {}),
        (WHOLE, {}),
    ],
)
def test_what_is_not_what_the_contract_says_is_no_empty_list(endpoint: Endpoint, body: dict[str, Any]) -> None:
    assert records_of(body, endpoint) is None


def test_a_list_may_be_left_out_where_none_are_counted() -> None:
    assert records_of({"total_records": 0}, USERS) == []
    assert records_of({"past_meetings": {"total_records": 0}}, NESTED) == []
    assert further_records({"messages": []}, SEVERAL) == {"edited_messages": [], "deleted_messages": []}
    assert further_records({"edited_messages": {"id": 1}}, SEVERAL) is None


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "from", "total_records"]), inner, max_size=3),
    max_leaves=5,
)
_PAGING = ("from", "to", "next_page_token", "page_size", "page_count", "page_number", "total_records")


@given(
    rest=st.dictionaries(st.sampled_from(["a", "b", "c", *_PAGING]), values, max_size=5),
    inner=st.dictionaries(st.sampled_from(["d", "e", *_PAGING]), values, max_size=4),
    count=st.integers(1, 3),
)
def test_no_field_of_an_answer_is_lost(rest: dict, inner: dict, count: int) -> None:
    rows = [{"id": number} for number in range(count)]
    body = {**rest, "past_meetings": {**inner, "meetings": rows}}
    before = json.dumps(body)
    for number, record in enumerate(with_answer(body, NESTED, rows, {})):
        assert record["id"] == number
        around = dict(record.get("_answer", {}))
        nested = around.pop("past_meetings", {})
        assert around == {name: value for name, value in rest.items() if name not in _PAGING}
        assert nested == {name: value for name, value in inner.items() if name not in _PAGING}
    assert json.dumps(body) == before
