"""Accounts that lack something: `doctor` tells it beforehand, what can be materialized is, the rest says what it lacks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition
from reporting_assets.lake.layout import Lake
from reporting_assets.sandbox.zoom.routes import ALL_SCOPES
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import CommandLine

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
BEFORE = YESTERDAY - timedelta(days=1)


def told(line: CommandLine) -> tuple[list[str], str]:
    """The findings of `doctor` that are wrong, and what it says can be left out."""
    done = line.run("doctor")
    assert done.returncode == 1, done.stdout
    assert done.stderr == ""
    wrong = [said for said in done.stdout.splitlines() if said.startswith("wrong")]
    (leave_out,) = re.findall(r"REPORTING_LEAVE_OUT=(\S+)", done.stdout)
    return wrong, leave_out


def everything_else_is_there(line: CommandLine, leave_out: str, without: set[str]) -> None:
    """A command without a selection makes all tables but these, and ends well."""
    line.ok("materialize", "--from", f"{BEFORE}", "--to", f"{YESTERDAY}", REPORTING_LEAVE_OUT=leave_out)
    lake = Lake(Path(line.environment["REPORTING_LAKE"]), "sandbox")
    for table in contracts.TABLES:
        key = f"{YESTERDAY}" if table.partition is Partition.DAY else f"{YESTERDAY:%Y-%m}"
        is_expected = table.id.replace(".", "/") not in without and not table.name.endswith("_qos_summary")
        assert (key in lake.partitions(table)) == is_expected, table.id


def test_a_plan_without_dashboards(tmp_path: Path) -> None:
    with harness.real_sandbox(plan="pro", seed=3) as running:
        line = CommandLine(tmp_path, running, ZOOM_PLAN="pro", REPORTING_THREADS="8")
        (left,) = [said for said in line.ok("doctor").splitlines() if "left out of the schedules" in said]
        assert "zoom.meeting_qos" in left
        assert "it needs Business or higher, with Dashboard, and ZOOM_PLAN is pro" in left
        without = {id_.replace(".", "/") for id_ in re.findall(r"[a-z]+\.[a-z_]+", left)}
        assert {"zoom/rooms", "zoom/quality_scores", "zoom/chat_activity"} <= without
        assert not {"zoom/meetings", "zoom/webinars", "zoom/meeting_polls", "zoom/telephone"} & without
        everything_else_is_there(line, "", without)
        said = line.refused("materialize", "--select", "zoom/quality_scores", "--from", f"{YESTERDAY}")
        assert "Business" in said


def test_an_app_with_half_of_the_scopes(tmp_path: Path) -> None:
    missing = ALL_SCOPES[1::2]
    webex = {
        scope
        for table in contracts.TABLES
        for each in table.endpoints
        if table.schema == "webex"
        for scope in each.scopes
    }
    with harness.real_sandbox(seed=5, scopes=(*ALL_SCOPES[::2], *webex)) as running:
        line = CommandLine(tmp_path, running, REPORTING_THREADS="8")
        wrong, leave_out = told(line)
        assert all(any(scope in said for scope in missing) for said in wrong), wrong
        everything_else_is_there(line, leave_out, set(leave_out.split(",")))
        first = leave_out.split(",")[0]
        said = line.refused("materialize", "--select", first, "--from", f"{YESTERDAY}")
        assert any(scope in said for scope in missing), said
