"""Pages are complete, and their tokens bound to the request and to time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from reporting_assets_tests.sandbox.client import Api, twice

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-16", "to": "2026-11-17", "type": "past"}


@pytest.mark.parametrize("size", [7, 30, 300])
def test_pages_of_any_size_hold_the_same_records(api: Api, size: int) -> None:
    whole = api.all("/metrics/meetings", "meetings", **WINDOW, page_size=300)
    pages = api.pages("/metrics/meetings", **WINDOW, page_size=size)
    assert [row for page in pages for row in page["meetings"]] == whole
    assert {page["total_records"] for page in pages} == {len(whole)}
    assert {page["page_count"] for page in pages} == {len(pages)}
    assert len({row["uuid"] for row in whole}) == len(whole)


def test_participants_span_pages(api: Api) -> None:
    largest = max(api.meetings("2026-11-02", "2026-11-20"), key=lambda meeting: meeting["participants"])
    path = f"/past_meetings/{twice(largest['uuid'])}/participants"
    pages = api.pages(path, page_size=20)
    assert len(pages) > 2
    assert [row for page in pages for row in page["participants"]] == api.all(path, "participants", page_size=300)


def test_default_and_largest_page_size(api: Api) -> None:
    assert api.ok("/users")["page_size"] == 30
    assert api.ok("/users", page_size=5000)["page_size"] == 2000
    assert api.ok("/metrics/meetings", **WINDOW, page_size=1000)["page_size"] == 300
    for size in ("0", "-1", "many"):
        assert api.error("/users", page_size=size) == (400, 300)


def test_token_is_bound_to_the_other_parameters(api: Api) -> None:
    token = api.ok("/users", page_size=10)["next_page_token"]
    api.ok("/users", page_size=10, next_page_token=token)
    api.ok("/users", page_size=10, next_page_token=token)
    for changed in ({"page_size": 20}, {"page_size": 10, "status": "inactive"}, {}):
        assert api.error("/users", **changed, next_page_token=token) == (400, 300)
    assert api.error("/report/users", from_="2026-11-01", to="2026-11-02", next_page_token=token) == (400, 300)
    assert api.error("/users", page_size=10, next_page_token="nonsense") == (400, 300)


def test_token_expires(launched: Callable[..., Api]) -> None:
    api = launched(page_token_seconds=1)
    token = api.ok("/users")["next_page_token"]
    time.sleep(1.1)
    answer = api.get("/users", next_page_token=token)
    assert (answer.status_code, answer.json()) == (
        400,
        {"code": 300, "message": "The next page token is invalid or expired."},
    )
