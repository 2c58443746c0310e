"""Serves one sandbox over HTTP on loopback, in this process."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from reporting_assets.sandbox.app import App
from reporting_assets.sandbox.config import Config

__all__ = ["Config", "serve"]

HOST = "127.0.0.1"
_BACKLOG = 512
_KEEP_ALIVE_SECONDS = 75


def serve(config: Config, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until the process is told to stop. `on_ready` gets the base address once connections are accepted.

    Raises OSError where the port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, config.port))
        listener.listen(_BACKLOG)  # from here on clients connect; they wait until the server takes them
        app = App(config)
        if on_ready is not None:
            on_ready(f"http://{HOST}:{listener.getsockname()[1]}")
        settings = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        uvicorn.Server(settings).run(sockets=[listener])
