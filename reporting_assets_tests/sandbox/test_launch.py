"""A launched sandbox serves, stops when told, and never outlives its parent, however the parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import LaunchError, start

pytestmark = pytest.mark.integration

PARENT = """
import os, sys, time
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import start
running = start(Config(users=50))
bystander = os.fork() if sys.argv[1] == "fork" else -1
if bystander:
    print(running.base_url, bystander, flush=True)
time.sleep(600)
"""


def serves(url: str) -> bool:
    try:
        return requests.get(f"{url}/_sandbox/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def ends(url: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not serves(url):
            return True
        time.sleep(0.05)
    return False


def test_stops_with_its_context() -> None:
    with start(Config(users=50)) as running:
        assert serves(running.base_url)
        assert running.is_alive
    assert not running.is_alive
    assert not serves(running.base_url)
    running.stop()


def test_two_run_side_by_side() -> None:
    with start(Config(users=50)) as one, start(Config(users=50)) as other:
        assert one.base_url != other.base_url


@pytest.mark.parametrize("mode", ["plain", "fork"])
def test_dies_with_a_killed_parent(tmp_path: Path, mode: str) -> None:
    """Also where a process forked from the parent lives on and keeps the pipe open."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script), mode], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        url, bystander = parent.stdout.readline().split()
        assert serves(url)
        parent.kill()
        parent.wait()
        assert ends(url, 5)
        if mode == "fork":
            os.kill(int(bystander), signal.SIGKILL)
    finally:
        parent.kill()


def test_says_why_it_does_not_start() -> None:
    with start(Config(users=50)) as running:
        port = int(running.base_url.rsplit(":", 1)[1])
        with pytest.raises(LaunchError, match=r"[Aa]ddress already in use"):
            start(Config(users=50, port=port))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"users": 10}, "choose 50 to 100000"),
        ({"plan": "gold"}, "free, pro or business"),
        ({"faults": "429"}, "list of names"),
        ({"account_timezone": "Mars/Olympus"}, "IANA name"),
        ({"now": "yesterday"}, "ISO instant"),
    ],
)
def test_impossible_configurations_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Config(**settings)  # type: ignore[arg-type]


def test_command_line_reports_bad_values() -> None:
    command = [sys.executable, "-m", "reporting_assets.sandbox", "--users", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == "The sandbox cannot start: users is 3; choose 50 to 100000.\n"


def test_command_line_serves() -> None:
    command = [sys.executable, "-m", "reporting_assets.sandbox", "--port", "0", "--users", "50"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[3].removesuffix("/v2,")
        assert serves(url)
    finally:
        process.terminate()
        process.wait(10)
