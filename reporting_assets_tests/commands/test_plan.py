"""`reporting-assets plan`: what it prints, what it says when something cannot fit, and that it counts what is in the lake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reporting_assets.cli import cli
from reporting_assets_tests.integration import harness


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env`, and a lake that does not exist."""
    monkeypatch.chdir(tmp_path)
    for name in ("REPORTING_SOURCE", "REPORTING_LAKE", "ZOOM_PLAN", "ZOOM_BUDGET_SHARE", "REPORTING_LEAVE_OUT"):
        monkeypatch.delenv(name, raising=False)


def told(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["plan", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def as_json(*arguments: str) -> dict[str, Any]:
    return json.loads(told(*arguments, "--json"))


def label(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in found["labels"] if one["name"] == name)


SHARED = "HEAVY + RESOURCE-INTENSIVE"


def test_ten_thousand_people_fit() -> None:
    out = told("--users", "10000")
    assert "zoom.meeting_participants" in out
    assert "Everything fits" in out
    assert "What expires first" in out
    assert out.index("webex.meeting_qualities  ") < out.index("zoom.meetings, ")  # seven days before half a year


def test_a_hundred_thousand_do_not_and_it_says_what_to_do() -> None:
    out = told("--users", "100000", "--quality-sample", "all", "--participants-from", "report")
    assert f"{SHARED}: a daily run over 3 days needs" in out
    assert "it cannot fit, and a backfill is impossible." in out
    assert "never" in out
    for help_ in ("ZOOM_PARTICIPANTS_FROM=past_meetings", "ZOOM_QUALITY_SAMPLE=flagged", "rooms once a week"):
        assert help_ in out
    assert "Everything fits" not in out


def test_what_is_told_to_help_does_help() -> None:
    """The last step named is really enough, and no step before it is."""
    ways = ("--users", "100000", "--look-back-days", "1", "--participants-from", "past_meetings", "--quality-sample")
    assert not label(as_json(*ways, "all"), SHARED)["fits"]
    assert label(as_json(*ways, "none"), SHARED)["fits"]


def test_share_and_reserve_decide_what_is_ours() -> None:
    found = label(as_json("--users", "1000", "--share", "0.5", "--reserve", "0.1"), SHARED)
    assert (found["cap_of_account"], found["ours_a_day"]) == (60_000, 27_000)
    assert label(as_json("--users", "1000", "--plan", "pro"), SHARED)["ours_a_day"] == 30_000 * 0.8 * 0.95


def test_a_plan_without_dashboards_asks_host_by_host() -> None:
    names = {one["table"]: one for one in as_json("--users", "10000", "--plan", "pro")["reports"]}
    assert names["zoom.meetings"]["label"] == "HEAVY"
    assert names["zoom.meetings"]["calls_of_a_day"] > 5_000


def test_assumptions_are_options() -> None:
    few, many = (
        next(
            one["calls_of_a_day"]
            for one in as_json("--users", "1000", "--meetings-per-user", meetings)["reports"]
            if one["table"] == "zoom.meeting_participants"
        )
        for meetings in ("0.5", "1")
    )
    assert many == pytest.approx(2 * few)


def test_what_is_left_out_is_not_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_LEAVE_OUT", "webex/*,zoom/billing")
    tables = {one["table"] for one in as_json("--users", "1000")["reports"]}
    assert "zoom.meetings" in tables
    assert not any(name.startswith("webex.") or name == "zoom.billing" for name in tables)


def test_days_out_of_reach_are_said_and_not_counted() -> None:
    today = datetime.now(UTC).date()
    first, last = today - timedelta(days=200), today - timedelta(days=190)
    out = told("--users", "100", "--from", str(first), "--to", str(last), "--select", "zoom/meetings")
    assert "Out of reach, and not counted: all of it of zoom.meetings." in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--users"),
        (["--users", "0"], "--users"),
        (["--users", "10", "--poll-share", "3"], "poll share cannot be 3"),
        (["--users", "10", "--share", "2"], "share of the budget is 2.0"),
        (["--users", "10", "--reserve", "1"], "the reserve is 1"),
        (["--users", "10", "--select", "core/*"], "need no calls"),
        (["--users", "10", "--to", "2026-10-01"], "--to needs --from"),
        (["--users", "10", "--select", "zoom/meeting"], "did you mean"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(cli, ["plan", *arguments])
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert done.output.rstrip().splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in done.output


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, int]]:
    """A lake with one day's users, meetings and joins, the day, and the calls that the joins really took."""
    folder, day = tmp_path_factory.mktemp("plan"), harness.recent_day()
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with harness.real_sandbox() as running:
        work = harness.work_for(running, folder, now=now)
        for table_id in ("zoom.users", "zoom.meetings"):
            assert not harness.ingest(work, table_id, [str(day)]).failures
        harness.forget(running)
        assert not harness.ingest(work, "zoom.meeting_participants", [str(day)]).failures
        yield folder / "lake", str(day), len(harness.reports_asked(running))


@pytest.mark.integration
def test_a_day_in_the_lake_is_counted(filled: tuple[Path, str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate of a day whose list is in the lake is the number of calls that its joins really took."""
    lake, day, calls = filled
    monkeypatch.setenv("REPORTING_LAKE", str(lake))
    found = as_json("--from", day, "--to", day)
    joins = next(one for one in found["reports"] if one["table"] == "zoom.meeting_participants")
    assert joins["lists"] == "lake"
    assert joins["calls_of_backfill"] == calls
    assert {"users", "meetings_per_user"} <= found["counted_in_lake"].keys()
    assert 30 < found["assumptions"]["users"] < 90


@pytest.mark.integration
def test_days_that_are_not_in_the_lake_are_imagined(
    filled: tuple[Path, str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, day, calls = filled
    monkeypatch.setenv("REPORTING_LAKE", str(lake))
    before = str(datetime.fromisoformat(day).date() - timedelta(days=1))  # a Monday: as busy as the Tuesday counted
    found = as_json("--from", before, "--to", day)
    joins = next(one for one in found["reports"] if one["table"] == "zoom.meeting_participants")
    assert joins["lists"] == "lake, 1 of 2"
    assert 1.8 * calls < joins["calls_of_backfill"] < 2.2 * calls
