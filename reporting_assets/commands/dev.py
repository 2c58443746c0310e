"""`reporting-assets dev`: Dagster's UI and daemon on this machine, with the simulated organisation beside them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from reporting_assets import settings
from reporting_assets.commands import runs, terminal

WORKSPACE = runs.CONFIG.with_name("workspace.yaml")


@click.command()
@click.option(
    "--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the UI on 127.0.0.1."
)
def dev(port: int) -> None:
    """Run Dagster's UI and daemon on this machine.

    In sandbox mode, also the simulated organisation they talk to.
    """
    config = settings.load()
    _check_free(port)
    runs.prepare_home()
    environment = dict(os.environ)
    environment.setdefault(
        "PYTHONWARNINGS", "ignore:Function `dev_command` is superseded"
    )  # `dg` is not installed here
    with ExitStack() as stack:
        if config.is_sandbox and config.zoom_api_url is None:
            from reporting_assets.sandbox import launch
            from reporting_assets.sandbox.server import Config

            running = stack.enter_context(
                launch.start(Config(users=config.sandbox_users, seed=config.sandbox_seed, plan=str(config.zoom_plan)))
            )
            environment |= running.addresses
            terminal.err.print(
                f"Simulated organisation of {config.sandbox_users} people at {running.base_url}", markup=False
            )
        terminal.err.print(f"UI: http://127.0.0.1:{port}", markup=False)
        command = [
            str(Path(sys.executable).with_name("dagster")),
            "dev",
            "-w",
            str(WORKSPACE),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
        ]
        try:
            code = subprocess.run(command, env=environment, check=False).returncode
        except KeyboardInterrupt:
            code = 0
    sys.exit(code)


def _check_free(port: int) -> None:
    """Dagster would say it in the middle of its log, and go on without a UI."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"the UI cannot listen on port {port} ({error.strerror}); choose another with --port."
            ) from None
