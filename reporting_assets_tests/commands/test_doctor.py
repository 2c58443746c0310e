"""`reporting-assets doctor`: what it finds, and whether its exit code says so."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import CommandLine

pytestmark = pytest.mark.integration

GRANTED = ("user:read:list_users:admin", "report:read:admin")


def test_all_is_well(tmp_path: Path) -> None:
    with harness.real_sandbox() as running:
        lines = CommandLine(tmp_path, running).ok("doctor").splitlines()
        asked = harness.reports_asked(running)
    assert all(line.startswith("ok ") for line in lines), lines
    told = "\n".join(lines)
    for found in (
        "settings",
        "privacy",
        "lake",
        "disk",
        "credentials",
        "token",
        "/users (zoom.users)",
        "/metrics/meetings",
    ):
        assert f" {found}" in told
    assert "/report/meetings/{meetingId}/participants" not in told, "an endpoint that these settings do not use"
    # Ids that may not exist are never asked for: such endpoints are known by their scope.
    paths = {path for path, _ in asked}
    assert {"/v2/users", "/v2/report/daily", "/v2/report/users", "/v2/metrics/meetings"} <= paths
    known = {endpoint.path for table in contracts.TABLES for endpoint in table.endpoints if "{" not in endpoint.path}
    assert {path.removeprefix("/v2").removeprefix("/v1") for path in paths} <= known


def test_each_missing_scope_is_named(tmp_path: Path) -> None:
    with harness.real_sandbox(scopes=GRANTED) as running:
        done = CommandLine(tmp_path, running).run("doctor")
    assert done.returncode == 1
    assert done.stderr == ""
    wrong = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert "(zoom.meetings): the app lacks scope dashboard:read:list_meetings:admin;" in wrong[0]
    joins = "/past_meetings/{meetingId}/participants (zoom.meeting_participants)"
    assert any(f"{joins}: the app lacks scope meeting:read:list_past_participants:admin;" in line for line in wrong)
    assert all("in the Zoom App Marketplace" in line or "authorize the app again" in line for line in wrong), wrong
    right = [line for line in done.stdout.splitlines() if line.startswith("ok")]
    assert any("/report/daily" in line for line in right)


def test_other_settings_need_other_scopes(tmp_path: Path) -> None:
    with harness.real_sandbox(scopes=GRANTED, plan="pro") as running:
        line = CommandLine(tmp_path, running, ZOOM_PLAN="pro", ZOOM_PARTICIPANTS_FROM="report")
        done = line.run("doctor")
    wrong = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert "/metrics/meetings" not in done.stdout
    assert "/report/users/{userId}/meetings" in done.stdout
    # Solo meetings are in no report, so the other list is needed with either setting.
    assert sum("/past_meetings/{meetingId}/participants" in line for line in wrong) == 1
    assert not any("/report/users" in line for line in wrong)


def test_a_wrong_secret_is_told_once(tmp_path: Path) -> None:
    with harness.real_sandbox() as running:
        done = CommandLine(tmp_path, running).run("doctor", ZOOM_CLIENT_SECRET="a-wrong-secret")
        assert harness.reports_asked(running) == []
    assert done.returncode == 1
    (wrong,) = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert "token: Zoom did not accept the credentials" in wrong
    assert "ZOOM_CLIENT_SECRET" in wrong
    assert "a-wrong-secret" not in done.stdout + done.stderr


def test_live_without_credentials(tmp_path: Path) -> None:
    done = CommandLine(tmp_path).run("doctor", REPORTING_SOURCE="live")
    assert done.returncode == 1
    (wrong,) = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET not set" in wrong


def test_several_findings_at_once(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "file").write_text("")
    line = CommandLine(tmp_path, REPORTING_LAKE=str(tmp_path / "file"))
    done = line.run("doctor", ZOOM_API_URL=f"{address}/v2", ZOOM_OAUTH_URL=f"{address}/oauth/token")
    assert done.returncode == 1
    lake, token = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert "lake: Cannot use the lake" in lake
    assert "token: No token could be fetched (ConnectionError)" in token


def test_a_wrong_setting_ends_it(tmp_path: Path) -> None:
    done = CommandLine(tmp_path).run("doctor", REPORTING_THREADS="0")
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith("wrong  settings: REPORTING_THREADS")


def test_a_pseudonym_key_that_is_missing_or_short(tmp_path: Path) -> None:
    line = CommandLine(tmp_path, REPORTING_SOURCE="live", REPORTING_PRIVACY="pseudonymous")
    for key, problem in (("", "REPORTING_PSEUDONYM_KEY is not set"), ("short", "secret key of 32 bytes or more")):
        done = line.run("doctor", REPORTING_PSEUDONYM_KEY=key)
        assert done.returncode == 1
        (wrong,) = [one for one in done.stdout.splitlines() if one.startswith("wrong  privacy")]
        assert problem in wrong


def test_the_scopes_an_app_needs_are_named_before_there_is_one(tmp_path: Path) -> None:
    done = CommandLine(tmp_path, REPORTING_SOURCE="live").run("doctor")
    (wrong,) = [one for one in done.stdout.splitlines() if one.startswith("wrong")]
    assert "The Zoom app needs the scopes user:read:list_users:admin, " in wrong
    assert "dashboard:read:list_meetings:admin" in wrong
    assert "report:read:user:admin" not in wrong, "the scope of an endpoint that these settings do not use"


def test_an_address_that_cannot_be_used_does_not_hide_the_other_vendor(tmp_path: Path) -> None:
    with harness.real_sandbox() as running:
        done = CommandLine(tmp_path, running).run("doctor", ZOOM_API_URL="http://zoom.example/v2")
    assert done.returncode == 1
    assert done.stderr == ""
    [wrong] = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert wrong.startswith("wrong  zoom settings: ZOOM_API_URL must begin with https://")
    assert "ok     webex token" in done.stdout
    assert "left out of the schedules" in done.stdout
