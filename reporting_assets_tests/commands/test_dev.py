"""`reporting-assets dev`: what can be told before Dagster starts. The UI and the daemon themselves: `integration/`."""

from __future__ import annotations

import socket

from click.testing import CliRunner

from reporting_assets.cli import cli


def test_a_busy_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = CliRunner().invoke(cli, ["dev", "--port", str(port)])
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: the UI cannot listen on port {port} (")
    assert "choose another with --port" in done.output
