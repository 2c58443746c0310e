"""Paging against a vendor whose list changes, repeats and expires: no row is lost in silence, nothing goes in circles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets.sources.errors import PageTokenError, ServerError
from reporting_assets.sources.model import Outcome, Page, Request
from reporting_assets.sources.paging import RESTARTS, walk

USERS = contracts.table("zoom.users").endpoint("list_users")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
Query = Mapping[str, str | int]


class Vendor:
    """A list cut into pages by offset, as vendors do it; `before_call(n, rows)` may change the list or raise."""

    def __init__(self, rows: list[str], size: int, before_call: Callable[[int, list[str]], None]) -> None:
        self.rows, self.size, self.before_call = list(rows), size, before_call
        self.queries: list[dict[str, str | int]] = []

    def ask(self, query: Query) -> tuple[dict[str, Any], datetime]:
        self.queries.append(dict(query))
        self.before_call(len(self.queries), self.rows)
        offset = int(query.get("next_page_token", 0))
        after = offset + self.size
        token = str(after) if after < len(self.rows) else ""
        records = [{"id": row} for row in self.rows[offset:after]]
        return {"users": records, "next_page_token": token, "total_records": len(self.rows)}, NOW


def ids(pages: list[Page], pass_number: int | None = None) -> list[str]:
    return [record["id"] for page in pages if pass_number in (None, page.pass_number) for record in page.records]


def distinct_in_last_pass(pages: list[Page]) -> int:
    last = pages[-1].pass_number
    return sum(len(page.records) - page.repeated for page in pages if page.pass_number == last)


rows_strategy = st.integers(0, 40).map(lambda n: [f"r{i}" for i in range(n)])


@given(rows=rows_strategy, size=st.integers(1, 7), expired=st.sets(st.integers(1, 30), max_size=RESTARTS))
def test_expired_tokens_restart_the_listing(rows: list[str], size: int, expired: set[int]) -> None:
    calls_with_token = 0

    def before(_: int, __: list[str]) -> None:
        nonlocal calls_with_token
        if "next_page_token" in vendor.queries[-1]:
            calls_with_token += 1
            if calls_with_token in expired:
                raise PageTokenError("ended")

    vendor = Vendor(rows, size, before)
    pages = list(walk(Request(USERS), vendor.ask))
    last = pages[-1].pass_number
    assert ids(pages, last) == rows
    assert distinct_in_last_pass(pages) == len(rows) == pages[-1].total_records
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert 1 <= last <= 1 + len(expired)


@given(
    size=st.integers(2, 6),
    count=st.integers(1, 40),
    grow_at=st.dictionaries(st.integers(2, 8), st.integers(1, 3), max_size=3),
)
def test_rows_that_shift_down_are_never_lost(size: int, count: int, grow_at: dict[int, int]) -> None:
    """New rows at the top push others onto the next page: they come twice, none is missed, and the count is told."""
    old = [f"r{i}" for i in range(count)]

    def before(call: int, rows: list[str]) -> None:
        for i in range(min(grow_at.get(call, 0), size)):
            rows.insert(0, f"new{call}-{i}")

    vendor = Vendor(old, size, before)
    pages = list(walk(Request(USERS), vendor.ask))
    assert set(old) <= set(ids(pages))
    listed, expected = distinct_in_last_pass(pages), pages[-1].total_records
    assert expected is not None
    assert listed == len(set(ids(pages, pages[-1].pass_number)))
    if pages[-1].pass_number == 1:
        assert listed == expected or set(ids(pages)) == set(vendor.rows)
    if max(grow_at, default=0) <= len([page for page in pages if page.pass_number == 1]):
        assert set(ids(pages)) == set(vendor.rows)  # the second pass found what was added above


@given(size=st.integers(1, 6), count=st.integers(2, 40), gone_at=st.integers(2, 8), gone=st.integers(1, 3))
def test_rows_that_shift_up_are_found_or_told(size: int, count: int, gone_at: int, gone: int) -> None:
    """Rows removed at the top pull others onto a page that was read already; a second pass finds them."""

    def before(call: int, rows: list[str]) -> None:
        if call == gone_at:
            del rows[:gone]

    vendor = Vendor([f"r{i}" for i in range(count)], size, before)
    pages = list(walk(Request(USERS), vendor.ask))
    missed = set(vendor.rows) - set(ids(pages))
    assert not missed or distinct_in_last_pass(pages) != pages[-1].total_records


@given(tokens=st.lists(st.sampled_from("abcd"), min_size=1, max_size=12))
def test_repeated_tokens_end_in_an_error_after_bounded_calls(tokens: list[str]) -> None:
    """A vendor whose tokens lead back: whatever the order, the walk ends, and never as if it were complete."""
    calls = 0

    def ask(_: Query) -> tuple[dict[str, Any], datetime]:
        nonlocal calls
        calls += 1
        return {"users": [{"id": str(calls)}], "next_page_token": tokens[calls % len(tokens)]}, NOW

    with pytest.raises(ServerError, match=r"start again 3 times"):
        list(walk(Request(USERS), ask))
    assert calls <= (RESTARTS + 1) * (len(set(tokens)) + 1)


def test_empty_pages_with_tokens_go_on_but_not_for_ever() -> None:
    script = [[], [{"id": "a"}], [], [{"id": "b"}]]
    calls = 0

    def ask(_: Query) -> tuple[dict[str, Any], datetime]:
        nonlocal calls
        calls += 1
        return {"users": script[calls - 1], "next_page_token": str(calls) if calls < len(script) else ""}, NOW

    assert ids(list(walk(Request(USERS), ask))) == ["a", "b"]

    def endless(_: Query) -> tuple[dict[str, Any], datetime]:
        nonlocal calls
        calls += 1
        return {"users": [], "next_page_token": f"t{calls}"}, NOW

    with pytest.raises(ServerError):
        list(walk(Request(USERS), endless))
    assert calls < 200


def test_a_total_that_is_simply_wrong_costs_no_second_pass() -> None:
    def ask(query: Query) -> tuple[dict[str, Any], datetime]:
        first = "next_page_token" not in query
        rows = [{"id": "a"}] if first else [{"id": "b"}]
        return {"users": rows, "next_page_token": "t" if first else "", "total_records": 7}, NOW

    pages = list(walk(Request(USERS), ask))
    assert [page.pass_number for page in pages] == [1, 1]
    assert distinct_in_last_pass(pages) == 2
    assert pages[-1].total_records == 7


def test_outcome_and_request_are_plain_data() -> None:
    request = Request(USERS, path={"userId": "abc"}, params={"to": "2", "from": "1"})
    assert request.key == Request(USERS, path={"userId": "abc"}, params={"from": "1", "to": "2"}).key
    assert request.key != Request(USERS, path={"userId": "abd"}, params={"from": "1", "to": "2"}).key
    assert request.key.startswith("list_users/")
    assert request.key.endswith("?from=1&to=2")
    assert "abc" not in request.key.split("/")[0]
    assert Outcome(request, "complete").records == 0
