"""The client against the simulated organisation: another server, written to the vendor's contract, with its faults on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporting_assets import contracts
from reporting_assets.sandbox import launch
from reporting_assets.sandbox.config import Config
from reporting_assets.sources import planner
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.errors import BudgetExhaustedError, CredentialsError, MissingScopeError
from reporting_assets.sources.fetch import fetch
from reporting_assets.sources.model import Outcome, RetryPolicy, ZoomConfig
from reporting_assets.sources.planner import PlanOptions

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = "2026-11-18"
pytestmark = pytest.mark.integration

WEBINARS = (5, 6, 9)  # types in a host's list, where webinars stand among the meetings
Listed = dict[str, dict[str, Any]]


@pytest.fixture
def open_sandbox(tmp_path: Path) -> Iterator[Callable[..., ZoomClient]]:
    """`open_sandbox(**config)` starts a sandbox of 1000 people and gives a client of it."""
    with ExitStack() as stack:

        def opened(secret: str | None = None, preset: str = "none", **changes: Any) -> ZoomClient:
            config = Config(users=1000, now=NOW.isoformat().replace("+00:00", "Z"), **changes)
            running = stack.enter_context(launch.start(config))
            budget = RateBudget(tmp_path / f"{running.pid}.sqlite", plan="business", preset=preset)
            stack.callback(budget.close)
            client = ZoomClient(
                ZoomConfig(
                    running.api_url,
                    running.oauth_url,
                    config.account_id,
                    config.client_id,
                    secret or config.client_secret,
                    threads=8,
                    retry=RetryPolicy(attempts=8, first_wait_seconds=0.01, longest_wait_seconds=0.1),
                ),
                budget,
            )
            stack.callback(client.close)
            return client

        yield opened


def take(client: ZoomClient, table: str, key: str, source: str, items: Any = None) -> tuple[list[dict], list[Outcome]]:
    """All records of a partition's units, webinars left out, and the outcomes."""
    rows: list[dict] = []
    outcomes: list[Outcome] = []
    options = PlanOptions({"meetings_from": source, "participants_from": "past_meetings"}, NOW)
    for unit in planner.plan(contracts.table(table), [key], options, items):
        for stage in unit.stages(client):
            fetch(
                client,
                stage,
                threads=8,
                on_page=lambda page: rows.extend(
                    row | {"$type": page.request.columns.get("type")}
                    for row in page.records
                    if page.request.endpoint.name != "report_user_meetings" or row["type"] not in WEBINARS
                ),
                on_done=outcomes.append,
            )
    return rows, outcomes


def items_of(uuids: Iterable[str]) -> Callable[..., list[dict[str, str]]]:
    """What the plan of participants wants to know of meetings."""
    return lambda *_: [{"meeting_uuid": uuid, "meeting_started_at": f"{DAY}T08:00:00Z"} for uuid in uuids]


def meetings_of_day(client: ZoomClient, source: str) -> Listed:
    rows, outcomes = take(client, "zoom.meetings", DAY, source)
    assert all(outcome.status == "complete" for outcome in outcomes)
    return {row["uuid"]: row for row in rows if row.get("start_time", "").startswith(DAY)}


def test_both_ways_to_list_meetings_agree_and_participants_follow(open_sandbox: Callable) -> None:
    client = open_sandbox()
    by_day, by_host = meetings_of_day(client, "dashboards"), meetings_of_day(client, "hosts")
    assert len(by_day) > 100
    assert by_host.keys() <= by_day.keys()
    # Who has left the account is in no list of hosts any more; only the account-wide list still has their meetings.
    users, _ = take(client, "zoom.users", DAY, "dashboards")
    present = {row["email"] for row in users}
    assert all(by_day[uuid]["email"] not in present for uuid in by_day.keys() - by_host.keys())
    assert len(by_day) - len(by_host) < len(by_day) / 50
    assert all(row["$type"] == by_day[uuid]["$type"] for uuid, row in by_host.items())
    assert any("/" in uuid for uuid in by_day)
    joins, outcomes = take(client, "zoom.meeting_participants", DAY, "dashboards", items_of(by_day))
    assert len(outcomes) == len(by_day)
    assert {outcome.status for outcome in outcomes} == {"complete"}
    assert all(outcome.records == outcome.expected for outcome in outcomes if outcome.expected is not None)
    assert len(joins) > len(by_day)


def test_faults_lose_nothing(open_sandbox: Callable) -> None:
    faults = (
        "429:0.05",
        "500:0.05",
        "truncate:0.05",
        "token:0.05",
        "page-expire:0.05",
        "shift:0.3",
        "repeat-token:0.02",
    )
    calm, troubled = open_sandbox(), open_sandbox(faults=faults)
    assert meetings_of_day(calm, "dashboards").keys() == meetings_of_day(troubled, "dashboards").keys()
    users = [
        {row["id"] for row in take(each, "zoom.users", DAY, "dashboards")[0] if "id" in row}
        for each in (calm, troubled)
    ]
    assert users[0] == users[1]
    assert len(users[0]) > 900


def test_a_firewall_s_page_hides_one_meeting_and_no_other(open_sandbox: Callable) -> None:
    client = open_sandbox(faults=("html403",))
    uuids = meetings_of_day(client, "dashboards").keys()
    _, outcomes = take(client, "zoom.meeting_participants", DAY, "dashboards", items_of(uuids))
    (hidden,) = [outcome for outcome in outcomes if outcome.status != "complete"]
    assert hidden.status == "not_available"
    assert "firewall" in (hidden.note or "")
    assert len(outcomes) == len(uuids)


def test_a_spent_day_stops_with_its_hour(open_sandbox: Callable) -> None:
    client = open_sandbox(faults=("daily-limit:5",))
    with pytest.raises(BudgetExhaustedError) as raised:
        meetings_of_day(client, "hosts")
    assert raised.value.resume_at.time().isoformat() == "00:00:00"
    assert timedelta(0) < raised.value.resume_at - datetime.now(UTC) <= timedelta(days=1)


def test_enforced_limits_are_kept(open_sandbox: Callable) -> None:
    client = open_sandbox(preset="official", enforce_limits=True)
    rows, _ = take(client, "zoom.users", DAY, "dashboards")
    unknown = [f"bm9uZ{number:02}==" for number in range(90)]  # more than a second's calls
    _, outcomes = take(client, "zoom.meeting_participants", DAY, "dashboards", items_of(unknown))
    assert {outcome.status for outcome in outcomes} == {"not_available"}
    assert len(outcomes) == 90
    assert len(rows) > 900


def test_wrong_secret_and_missing_scope(open_sandbox: Callable) -> None:
    with pytest.raises(CredentialsError, match="ZOOM_CLIENT_SECRET"):
        open_sandbox(secret="wrong").scopes()
    client = open_sandbox(scopes=("user:read:list_users:admin",))
    assert client.scopes() == {"user:read:list_users:admin"}
    with pytest.raises(MissingScopeError, match="dashboard:read:list_meetings:admin"):
        meetings_of_day(client, "dashboards")
