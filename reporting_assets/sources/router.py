"""Which client answers a request: one per vendor, opened when it is first needed.

How a vendor is asked belongs in its client; how many requests go out at once, in `fetch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Event, Lock
from typing import Protocol

from reporting_assets.contracts.model import Service
from reporting_assets.sources.model import Page, Request


class Client(Protocol):
    """What a vendor's client can do."""

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:
        """The pages of one listing."""

    def close(self) -> None:
        """Closes the connections."""


Opening = Callable[[], Client]


class Sources:
    """The vendors' clients as one. Safe to use from many threads."""

    def __init__(self, clients: Mapping[Service, Opening]) -> None:
        """No client is opened yet. Services under the same callable share the client that it opens."""
        self._opening = dict(clients)
        self._opened: dict[Opening, Client] = {}
        self._lock = Lock()

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:
        """The pages of a listing, from the client of the request's service.

        Raises what opening that client raises, also for every later request: it is tried again each time.
        """
        return self._client(request.endpoint.service).pages(request, stop)

    def close(self) -> None:
        """Closes the clients that were opened; they open again when they are needed again."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for client in opened.values():
            client.close()

    def _client(self, service: Service) -> Client:
        opening = self._opening[service]
        with self._lock:
            if opening not in self._opened:
                self._opened[opening] = opening()
            return self._opened[opening]
