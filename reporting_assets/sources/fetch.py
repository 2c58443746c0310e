"""Many listings at once: bounded threads, bounded queue, and a clean stop.

One listing belongs in `client`; what is done with pages and outcomes is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Protocol

from reporting_assets.sources.errors import ExpiredError, NotAvailableError, NothingError, TransientError
from reporting_assets.sources.heap import give_back_what_is_freed
from reporting_assets.sources.model import Outcome, Page, Request, vendor

FAILURES_ENDURED = 10  # requests that failed for a while and not for ever, before the whole fetch gives up


class Pager(Protocol):
    """What fetching needs of a client."""

    def pages(self, request: Request, stop: Event | None = None) -> Iterator[Page]:
        """The pages of one listing."""


def fetch(
    client: Pager,
    requests: Iterable[Request],
    *,
    threads: int,
    on_page: Callable[[Page], object],
    on_done: Callable[[Outcome], object],
) -> None:
    """Fetches `requests`, `threads` at a time and in no promised order, taking them from the iterable as it goes.

    `on_page` and `on_done` are called from worker threads, for different requests at the same time; for one request in
    order, by one thread, `on_done` after all its pages and only when it ended (complete, not available, expired, none).

    Stops taking requests at the first permanent error, spent budget, or error of a callback, lets those in flight end
    (and reports them), then raises that error. Requests that fail transiently do not stop the others until there are
    ten of them; the first such error is raised at the end, so no failure passes silently. On KeyboardInterrupt, waits
    are cut short and calls under way end before it is raised.
    """
    give_back_what_is_freed()
    stop = Event()
    flight = _Flight()
    with ThreadPoolExecutor(threads, thread_name_prefix="fetch") as pool:
        try:
            for request in requests:
                flight.add(pool.submit(_one, client, request, stop, on_page, on_done))
                # A few wait in the queue, so that no thread idles while the next request is made.
                flight.land(until_at_most=2 * threads)
                if flight.must_stop:
                    flight.drop_waiting()
                    break
            flight.land(until_at_most=0)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    flight.raise_error()


def _one(
    client: Pager,
    request: Request,
    stop: Event,
    on_page: Callable[[Page], object],
    on_done: Callable[[Outcome], object],
) -> None:
    tally = _Tally(request)
    try:
        for page in client.pages(request, stop):
            on_page(page)
            tally.add(page)
    except NotAvailableError as error:
        on_done(Outcome(request, "not_available", pages=tally.pages, note=str(error)))
    except ExpiredError as error:
        on_done(Outcome(request, "expired", pages=tally.pages, note=str(error)))
    except NothingError as error:
        on_done(Outcome(request, "none", pages=tally.pages, note=str(error)))
    else:
        on_done(tally.outcome())


class _Tally:
    """Counts the pages of one request, and the distinct rows of its latest pass."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.pages = 0
        self.passes = 1
        self.records = 0
        self.expected: int | None = None

    def add(self, page: Page) -> None:
        if page.pass_number != self.passes:
            self.passes, self.records, self.expected = page.pass_number, 0, None
        self.pages += 1
        self.records += len(page.records) - page.repeated
        self.expected = page.total_records if page.total_records is not None else self.expected

    def outcome(self) -> Outcome:
        notes = []
        if self.passes > 1:
            notes.append(f"the listing had to be read {self.passes} times")
        if self.expected is not None and self.records != self.expected:
            notes.append(f"{vendor(self.request.endpoint)} announced {self.expected} rows and listed {self.records}")
        note = "; ".join(notes)
        note = f"{note[0].upper()}{note[1:]}." if note else ""
        return Outcome(self.request, "complete", self.pages, self.records, self.expected, note or None)


class _Flight:
    """The requests submitted and not yet seen to end, and the first thing that went wrong."""

    def __init__(self) -> None:
        self._pending: set[Future[None]] = set()
        self._error: BaseException | None = None
        self._passing: list[BaseException] = []

    @property
    def must_stop(self) -> bool:
        return self._error is not None or len(self._passing) >= FAILURES_ENDURED

    def add(self, future: Future[None]) -> None:
        self._pending.add(future)

    def drop_waiting(self) -> None:
        """Takes back the requests no thread has begun."""
        self._pending = {future for future in self._pending if not future.cancel()}

    def land(self, *, until_at_most: int) -> None:
        """Waits until no more than so many are in flight; sees those that have ended already in any case."""
        while len(self._pending) > until_at_most or self._any_ended():
            ended, self._pending = wait(self._pending, return_when=FIRST_COMPLETED)
            for future in ended:
                self._note(future.exception())

    def raise_error(self) -> None:
        error = self._error or (self._passing[0] if self._passing else None)
        if error is not None:
            raise error

    def _any_ended(self) -> bool:
        return any(future.done() for future in self._pending)

    def _note(self, error: BaseException | None) -> None:
        if isinstance(error, TransientError):
            self._passing.append(error)
        elif error is not None and self._error is None:
            self._error = error
