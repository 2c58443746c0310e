"""A real Dagster deployment for one test: webserver and daemon as child processes, with a home and a lake of their own.

It is driven through GraphQL, as the UI drives it. Everything started ends with the `with` block, whatever happened.
What tests of single commands share is in `harness`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import dagster as dg
import requests

REPOSITORY = Path(__file__).parents[2]
_STOP_SECONDS = 20


class Deployment:
    """`dagster-webserver` and `dagster-daemon` on this repository's workspace, on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.lake, self.warehouse = folder / "lake", folder / "reporting.duckdb"
        home = folder / "dagster"
        home.mkdir()
        (home / "dagster.yaml").symlink_to(REPOSITORY / "dagster.yaml")
        # No variable of the machine's but these, and no `.env`: the working directory is an empty one.
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DAGSTER_HOME": str(home),
            "REPORTING_SOURCE": "sandbox",
            "REPORTING_LAKE": str(self.lake),
            "REPORTING_WAREHOUSE": str(self.warehouse),
            **settings,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Deployment:
        try:
            self._set_up_home()
            self._start("dagster-daemon", "run")
            self._start("dagster-webserver", "-h", "127.0.0.1", "-p", str(self.port))
            self.wait_for("the webserver to answer", self._is_up, seconds=120)
        except BaseException:
            self.stop()
            self.print_logs()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is not None:
            self.print_logs()

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of an answer. Fails on errors of the query itself."""
        answer = requests.post(
            f"http://127.0.0.1:{self.port}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def wait_for(self, what: str, ask: Callable[[], Any], *, seconds: float, every: float = 1.0) -> Any:
        """The first answer that is not None, False or empty. Fails after `seconds`, or when a process has died."""
        until = time.monotonic() + seconds
        while True:
            for name, process in self._processes.items():
                assert process.poll() is None, f"{name} ended with code {process.returncode}"
            if found := ask():
                return found
            assert time.monotonic() < until, f"waited {seconds} s in vain for {what}"
            time.sleep(every)

    def stop(self) -> None:
        """End every process, and every process these started, asking first."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            # Each leads a group of its own: code servers and runs are in it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        until = time.monotonic() + _STOP_SECONDS
        while not self.is_stopped() and time.monotonic() < until:
            time.sleep(0.1)  # killed processes take a moment to go

    def is_stopped(self) -> bool:
        """Whether no process is left in any of the groups, and the port is free."""
        groups = {str(process.pid) for process in self._processes.values()}
        listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        # A dead orphan whose new parent has not asked after it yet is listed as Z.
        alive = {group for group, state in map(str.split, listed.splitlines()) if not state.startswith("Z")}
        with socket.socket() as probe:
            is_free = probe.connect_ex(("127.0.0.1", self.port)) != 0
        return is_free and not groups & alive

    def print_logs(self) -> None:
        """The end of what each process said; pytest shows it with a failed test."""
        for name in self._processes:
            lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()
            print(f"--- the end of {name}'s log ---", *lines[-60:], sep="\n")

    def _set_up_home(self) -> None:
        """Let one process create the databases: two that find an empty home get into each other's way."""
        with dg.DagsterInstance.from_config(str(self.folder / "dagster")) as instance:
            instance.get_runs(limit=1)
            instance.fetch_materializations(dg.AssetKey("none"), limit=1)
            instance.all_instigator_state()

    def _start(self, command: str, *arguments: str) -> None:
        with (self.folder / f"{command}.log").open("wb") as log:
            self._processes[command] = subprocess.Popen(
                [str(Path(sys.executable).with_name(command)), *arguments, "-w", str(REPOSITORY / "workspace.yaml")],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _is_up(self) -> bool:
        with suppress(requests.ConnectionError):
            answer = self.graphql("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")
            return bool(answer["repositoriesOrError"].get("nodes"))
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
