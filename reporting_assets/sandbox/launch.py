"""Starts a sandbox as a child process that cannot outlive its parent."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from types import TracebackType

from reporting_assets.sandbox.config import Config

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


class LaunchError(Exception):
    """The sandbox did not start; the message says why."""


class Running:
    """A sandbox that serves. Use it as a context manager, or call `stop`."""

    def __init__(self, process: subprocess.Popen[str], base_url: str) -> None:
        self._process = process
        self.base_url = base_url

    @property
    def api_url(self) -> str:
        """Base address of the API."""
        return f"{self.base_url}/v2"

    @property
    def oauth_url(self) -> str:
        """Address that issues tokens."""
        return f"{self.base_url}/oauth/token"

    @property
    def webex_api_url(self) -> str:
        """Base address of Webex's API, tokens included."""
        return f"{self.base_url}/webex/v1"

    @property
    def webex_analytics_url(self) -> str:
        """Base address of Webex's analytics."""
        return f"{self.base_url}/webex-analytics/v1"

    @property
    def addresses(self) -> dict[str, str]:
        """The settings that let a process ask this sandbox instead of the vendors."""
        return {
            "ZOOM_API_URL": self.api_url,
            "ZOOM_OAUTH_URL": self.oauth_url,
            "WEBEX_API_URL": self.webex_api_url,
            "WEBEX_ANALYTICS_URL": self.webex_analytics_url,
        }

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End the child: closing its standard input asks it to, killing it makes sure. May be called again."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what could not be written to a child that is gone
                    pipe.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(config: Config | None = None) -> Running:
    """Start a sandbox and wait until it accepts connections. Raises LaunchError where it does not.

    The child holds the reading end of a pipe whose writing end only this process has. However this process ends, the
    pipe closes then, and the child ends itself.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "reporting_assets.sandbox", "--child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C in a terminal is for the parent to handle
    )
    assert process.stdin is not None
    assert process.stdout is not None
    patience = threading.Timer(_START_SECONDS, process.kill)
    patience.start()
    try:
        process.stdin.write(json.dumps(asdict(config or Config())) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        line = ""
    finally:
        patience.cancel()
    answer = json.loads(line) if line.startswith("{") else {}
    running = Running(process, answer.get("base_url", ""))
    if not running.base_url:
        running.stop()
        raise LaunchError(f"The sandbox did not start: {answer.get('error', 'it ended without saying why')}")
    return running
