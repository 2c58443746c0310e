"""Each fault does what its name says, and only when it is switched on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reporting_assets.sandbox.faults import FAULTS, Faults
from reporting_assets.sandbox.launch import LaunchError
from reporting_assets_tests.sandbox.client import Api, twice

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-16", "to": "2026-11-17", "type": "past"}
Launch = Callable[..., Api]


def test_faults_are_repeatable(launched: Launch) -> None:
    def statuses() -> list[int]:
        api = launched(faults=["429:0.3", "500:0.2"])
        return [api.get("/users").status_code for _ in range(60)]

    first = statuses()
    assert first == statuses()
    assert 5 < first.count(429) < 30
    assert 2 < first.count(500) < 25
    assert first.count(200) > 15


def test_429_without_retry_after(launched: Launch) -> None:
    answer = launched(faults=["429:1"]).get("/users")
    assert (answer.status_code, answer.headers["X-RateLimit-Type"]) == (429, "QPS")
    assert "Retry-After" not in answer.headers
    assert answer.headers["X-RateLimit-Limit"] == "60"


def test_429_with_retry_after(launched: Launch) -> None:
    assert launched(faults=["retry-after-seconds:1"]).get("/users").headers["Retry-After"] == "1"
    text = launched(faults=["retry-after-iso:1"]).get("/users").headers["Retry-After"]
    assert -1 < (datetime.fromisoformat(text) - datetime.now(UTC)).total_seconds() <= 2


def test_daily_limit(launched: Launch) -> None:
    api = launched(faults=["daily-limit:3"])
    assert [api.get("/users").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    headers = api.get("/report/daily").headers
    assert headers["X-RateLimit-Type"] == "Daily-limit"
    assert datetime.fromisoformat(headers["Retry-After"]) > datetime.now(UTC)
    api.order("new-day")
    api.ok("/users")


def test_500(launched: Launch) -> None:
    assert launched(faults=["500:1"]).error("/users") == (500, 500)


def test_truncated_body(launched: Launch) -> None:
    answer = launched(faults=["truncate:1"]).get("/users")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_slow(launched: Launch) -> None:
    api = launched(faults=["slow:1"])
    began = time.monotonic()
    api.ok("/users")
    assert time.monotonic() - began >= 1


def test_latency(launched: Launch) -> None:
    api = launched(latency_ms=300)
    began = time.monotonic()
    api.ok("/users")
    assert time.monotonic() - began >= 0.3


def test_tokens_die_in_the_middle(launched: Launch) -> None:
    api = launched(faults=["token:0.2"])
    statuses = []
    for _ in range(30):
        statuses.append(api.get("/users").status_code)
        if statuses[-1] == 401:
            api.log_in()
    assert 1 < statuses.count(401) < 15
    assert statuses.count(200) == 30 - statuses.count(401)


def test_page_tokens_die_early(launched: Launch) -> None:
    api = launched(faults=["page-expire:1"])
    token = api.ok("/users")["next_page_token"]
    assert api.error("/users", next_page_token=token) == (400, 300)


def test_token_is_handed_out_twice(launched: Launch) -> None:
    api = launched(faults=["repeat-token:1"])
    token = api.ok("/users")["next_page_token"]
    assert api.ok("/users", next_page_token=token)["next_page_token"] == token


def test_rows_shift_between_pages(launched: Launch) -> None:
    api = launched(faults=["shift:1"])
    rows = api.all("/metrics/meetings", "meetings", **WINDOW, page_size=30)
    whole = api.ok("/metrics/meetings", **WINDOW, page_size=300)["meetings"]
    assert len(rows) > len(whole)
    assert {row["uuid"] for row in rows} == {row["uuid"] for row in whole}
    assert rows[29] == rows[30]


def test_firewall_blocks_one_meeting_a_day(launched: Launch) -> None:
    api = launched(faults=["html403"], account_timezone="UTC")
    answers = []
    for kind in ("past", "pastOne"):
        for row in api.meetings("2026-11-17", "2026-11-17", kind):
            answers.append(api.get(f"/past_meetings/{twice(row['uuid'])}/participants"))
    blocked = [answer for answer in answers if answer.status_code == 403]
    assert len(blocked) == 1
    assert blocked[0].headers["Content-Type"].startswith("text/html")
    assert all(answer.status_code == 200 for answer in answers if answer not in blocked)


def test_blank_times(launched: Launch, api: Api) -> None:
    rows = launched(faults=["blank-times:0.1"]).meetings("2026-11-16", "2026-11-18")
    blank = [row for row in rows if row["start_time"] == ""]
    assert 0.03 < len(blank) / len(rows) < 0.2
    assert all((row["end_time"], row["duration"], row["participants"]) == ("", "", 0) for row in blank)
    assert all(row["start_time"] for row in api.meetings("2026-11-16", "2026-11-18"))


def test_unknown_faults_are_refused(launched: Launch) -> None:
    with pytest.raises(LaunchError, match="no fault 'fire'"):
        launched(faults=["fire"])
    with pytest.raises(ValueError, match="not a number"):
        Faults(["429:often"], 7)


def test_every_fault_is_tested() -> None:
    here = Path(__file__)
    text = "".join(path.read_text(encoding="utf-8") for path in (here, here.parent / "webex/test_webex.py"))
    assert [name for name in FAULTS if f'"{name}' not in text] == []
