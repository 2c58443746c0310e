"""Numbers as clients may send them."""

from __future__ import annotations

import pytest

from reporting_assets_tests.sandbox.client import Api, once

pytestmark = pytest.mark.integration

NO_NUMBERS = ["\u00b2", "\u0663", "9" * 5000, "-1", "1e3", " 7"]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_odd_numbers_are_refused(api: Api, text: str) -> None:
    assert api.error("/users", page_size=text) == (400, 300)
    assert api.error("/report/daily", year=text, month=11) == (400, 300)
    for path in ("/metrics/meetings/*/participants", "/report/meetings/*/participants"):
        assert api.error(path.replace("*", once(text)), type="past") == (404, 3001)
    assert api.error(f"/past_meetings/{once(text)}/instances")[0] == 404


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_odd_page_numbers_are_the_first_page(api: Api, text: str) -> None:
    assert api.ok("/users", page_number=text, page_size=5)["users"] == api.ok("/users", page_size=5)["users"]
