"""Landing what is fetched: listings that start again, and what the ledger then says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reporting_assets import contracts, progress
from reporting_assets.lake.landing import Attempt
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets.orchestration.lander import Lander
from reporting_assets.sources.model import Outcome, Page, Request

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MEETINGS = contracts.table("zoom.meetings")
REQUEST = Request(
    MEETINGS.endpoint("report_user_meetings"), path={"userId": "u1"}, columns={"type": "past", "user_id": "u1"}
)


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    unit = Lake(tmp_path, "sandbox").open().landing(MEETINGS, "2026-11-19")
    return unit.begin(run_id="run", started_at=NOW, resume_after=NOW, policy=Policy("standard"))


def page(number: int, *types: int, pass_number: int = 1) -> Page:
    records: list[dict[str, Any]] = [
        {"uuid": f"m{number}-{place}", "type": type_, "start_time": "2026-11-19T10:00:00Z"}
        for place, type_ in enumerate(types)
    ]
    return Page(REQUEST, number, records, total_records=3, received_at=NOW, pass_number=pass_number)


def test_a_listing_that_started_again_counts_its_last_pass(attempt: Attempt) -> None:
    lander = Lander("zoom.meetings 2026-11-19", [REQUEST], attempt)
    lander.on_page(page(1, 2, 2))
    lander.on_page(page(2, 2, 5, 2, pass_number=2))
    lander.on_page(page(3, 8, pass_number=2))
    lander.on_done(Outcome(REQUEST, "complete", pages=3, records=4, expected=5))
    [entry] = attempt.outcomes()
    assert (entry.records, entry.expected) == (4, 5), "one of the meetings announced was not listed"


def test_what_the_ledger_has_is_not_asked_again_and_counts_as_done(attempt: Attempt) -> None:
    first = Lander("zoom.meetings 2026-11-19", [REQUEST], attempt)
    assert list(first.missing()) == [REQUEST]
    first.on_done(Outcome(REQUEST, "not_available"))
    said: list[progress.Progress] = []
    with progress.listening(said.append):
        second = Lander("zoom.meetings 2026-11-19", [REQUEST], attempt)
    assert list(second.missing()) == []
    assert [(step.done, step.total) for step in said] == [(1, 1)]
