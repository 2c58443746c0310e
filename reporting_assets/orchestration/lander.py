"""Between fetching and landing: which requests of a stage are still missing, pages into the attempt, progress out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from reporting_assets import progress
from reporting_assets.lake.landing import Attempt
from reporting_assets.sources.model import Outcome, Page, Request


@dataclass
class _Pass:
    """One going-through of a listing: its number, and what became of its rows."""

    number: int
    landed: int = 0


class Lander:
    """Lands one stage of a unit. `on_page` and `on_done` may be called from several threads."""

    def __init__(self, what: str, stage: Sequence[Request], attempt: Attempt) -> None:
        """`what` names the work for whoever watches."""
        self._what = what
        self._stage = stage
        self._attempt = attempt
        self._lock = Lock()
        self._passes: dict[str, _Pass] = {}  # of the requests in flight
        self.done = sum(attempt.outcome(request.key) is not None for request in stage)
        self._tell()

    def missing(self) -> Iterator[Request]:
        """The requests the ledger does not have yet, made one by one."""
        return (request for request in self._stage if self._attempt.outcome(request.key) is None)

    def on_page(self, page: Page) -> None:
        """Land a page. A listing that had to start again begins a new turn, so earlier passes do not count."""
        request = page.request
        with self._lock:
            current = self._passes.get(request.key)
            is_first = current is None or current.number != page.pass_number
            if current is None or is_first:
                current = self._passes[request.key] = _Pass(page.pass_number)
            current.landed += len(page.records)
        self._attempt.append(
            request.key,
            endpoint=request.endpoint.name,
            columns=request.columns,
            page=1 if is_first else page.number,
            records=page.records,
        )

    def on_done(self, outcome: Outcome) -> None:
        """Write a finished request into the ledger."""
        with self._lock:
            last = self._passes.pop(outcome.request.key, _Pass(0))
        self._attempt.finish(
            outcome.request.key,
            status=outcome.status,
            pages=outcome.pages,
            records=last.landed,
            expected=outcome.expected,
            note=outcome.note,
        )
        with self._lock:
            self.done += 1
        self._tell()

    def _tell(self) -> None:
        progress.publish(progress.Progress(self._what, self.done, len(self._stage), "requests"))
