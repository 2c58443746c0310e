"""Deriving days that were never fetched: said in a sentence, and nothing of them is written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reporting_assets_tests.integration.harness import CommandLine, real_sandbox, recent_day

pytestmark = pytest.mark.integration


def test_the_command_names_the_day_it_left_and_keeps_the_others(tmp_path: Path) -> None:
    first, second = recent_day(), recent_day() + timedelta(days=1)
    with real_sandbox() as running:
        command = CommandLine(tmp_path, running)
        command.ok("materialize", "--select", "zoom/meetings", "--from", str(first))
        done = command.run("materialize", "--select", "core/meetings", "--from", str(first), "--to", str(second))
    assert done.returncode == 1
    assert f"core.meetings: {first}, " in done.stdout
    sources = "zoom.meetings or zoom.webinars or webex.meeting_usage"
    assert f"core.meetings {second} was left as it was: {sources} {second} is not in the lake" in done.stderr
    assert [path for path in command.files() if path.startswith("core/meetings/") and str(second) in path] == []
    assert [path for path in command.files() if path.startswith("core/meetings/") and str(first) in path]
