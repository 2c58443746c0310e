"""The same seed and instant give the same bytes; another seed gives another organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reporting_assets_tests.sandbox.client import Api, twice

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-16", "to": "2026-11-19", "page_size": 50}


def answers(api: Api, *, backwards: bool = False) -> dict[str, bytes]:
    """The bytes of answers of every endpoint, asked for in one order or the other."""
    meeting = api.meetings("2026-11-16", "2026-11-16")[0]["uuid"]
    host = api.ok("/users")["users"][0]["id"]
    calls = [
        ("/users", {}),
        ("/report/users", WINDOW),
        ("/report/daily", {}),
        ("/metrics/meetings", {**WINDOW, "type": "past"}),
        (f"/report/users/{host}/meetings", {**WINDOW, "type": "pastJoined"}),
        (f"/past_meetings/{twice(meeting)}/participants", {}),
        (f"/report/meetings/{twice(meeting)}/participants", {}),
    ]
    return {path: api.get(path, **query).content for path, query in (reversed(calls) if backwards else calls)}


def test_same_seed_same_bytes_in_any_order(launched: Callable[..., Api]) -> None:
    assert answers(launched()) == answers(launched(), backwards=True)


def test_other_seed_other_bytes(launched: Callable[..., Api]) -> None:
    one, other = answers(launched()), answers(launched(seed=8))
    assert not set(one.values()) & set(other.values())
