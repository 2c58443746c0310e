"""How a report's partitions are fetched: plan, fetch, land, type, replace. No Dagster here.

Each partition is committed by itself, as soon as everything it needs has landed; one that fails is named and leaves the
others, and its own earlier data, as they were. Work that has landed and has not been used yet is used, not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import duckdb

from reporting_assets import contracts, progress
from reporting_assets.contracts.model import Table
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.landing import Sealed
from reporting_assets.lake.typed import typed_rows
from reporting_assets.orchestration.journal import Journal
from reporting_assets.orchestration.work import Work
from reporting_assets.periods import window
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.errors import (
    BudgetExhaustedError,
    CredentialsError,
    MissingScopeError,
    PermanentError,
    PlanError,
    SourceError,
)
from reporting_assets.sources.fetch import fetch
from reporting_assets.sources.model import Outcome, Page, Request
from reporting_assets.sources.zoom import reports

# Errors that every other partition would meet too: going on would only repeat them.
_HOPELESS = (CredentialsError, MissingScopeError, PlanError, BudgetExhaustedError)


@dataclass(frozen=True)
class Committed:
    """One partition that stands in the lake, and what it took."""

    key: str
    rows: int
    bytes: int
    facts: dict[str, Any]  # counts for the UI: requests, pages, duplicates, parse errors, ...
    was_kept: bool = False  # committed by the interrupted command that this one continues


@dataclass
class Failures:
    """The partitions that could not be committed, each with one sentence."""

    by_key: dict[str, SourceError | LakeError] = field(default_factory=dict)

    def sentence(self, table: Table, total: int) -> str:
        """All failures in one sentence, equal causes together."""
        causes: dict[str, list[str]] = {}
        for key, error in self.by_key.items():
            causes.setdefault(str(error), []).append(key)
        told = "; ".join(f"{_span(keys)}: {cause}" for cause, keys in causes.items())
        kept = f"; the other {total - len(self.by_key)} are committed" if total > len(self.by_key) else ""
        return f"{table.id}: {len(self.by_key)} of {total} partitions failed{kept}. {told}"


def _span(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} … {keys[-1]} ({len(keys)})"


class Ingest:
    """One command: fetch these partitions of this table.

    `failures` is filled while `run()` yields what was committed.
    """

    def __init__(
        self, table: Table, keys: Sequence[str], work: Work, con: duckdb.DuckDBPyConnection, run_id: str
    ) -> None:
        self.table, self.keys, self.work, self.con, self.run_id = table, list(keys), work, con, run_id
        self.failures = Failures()
        self._began_at = work.now()
        self._client: ZoomClient | None = None
        self._sealed: dict[str, Sealed] = {}

    def run(self, *, from_landing: bool = False) -> Iterator[Committed]:
        """Yield each partition as it is committed; with `from_landing`, type again what landed, without any call."""
        resume = timedelta(hours=self.work.settings.reporting_resume_hours)
        journal = Journal(self.work.lake, self.table, self.keys, now=self._began_at, fresh_for=resume)
        for key in self.keys:
            if not from_landing and key in journal.committed and (kept := self._kept(key)):
                yield kept
                continue
            try:
                result = self._retyped(key) if from_landing else self._partition(key)
            except _HOPELESS as error:
                for left in self.keys[self.keys.index(key) :]:
                    if left not in journal.committed:
                        self.failures.by_key[left] = error
                return
            except (SourceError, LakeError) as error:
                self.failures.by_key[key] = error
                continue
            if not from_landing:
                journal.commit(key)
            yield result
        if not self.failures.by_key and not from_landing:
            journal.close()

    def _kept(self, key: str) -> Committed | None:
        manifest = store.read_manifest(self.work.lake, self.table, key)
        if manifest is None:
            return None
        return Committed(key, manifest["rows"], manifest["bytes"], manifest["facts"], was_kept=True)

    def _partition(self, key: str) -> Committed:
        reports.check_reach(self.table.id, key, self.work.now())
        units = reports.plan(self.table.id, [key], self.work.plan_options, meetings=self._meetings)
        sealed = [self._unit(unit, key) for unit in units]
        return self._commit(key, sealed)

    def _retyped(self, key: str) -> Committed:
        manifest = store.read_manifest(self.work.lake, self.table, key)
        if manifest is None:
            raise LakeError(
                f"{self.table.id} {key} has never been fetched, so there is no landing to type again; materialize it first."
            )
        sealed = [self.work.lake.landing(self.table, unit).sealed(ident) for unit, ident in manifest["landing"].items()]
        return self._commit(key, sealed)

    def _commit(self, key: str, sealed: list[Sealed]) -> Committed:
        lake = self.work.lake
        typed = typed_rows(self.con, self.table, key, sealed, lake.source)
        landing = {unit.unit: unit.id for unit in sealed}
        facts = _request_counts(sealed)
        written = store.write_partition(
            lake,
            self.table,
            key,
            typed.reader,
            manifest=lambda: {"landing": landing, "facts": facts | typed.counts.facts()},
        )
        for unit in landing:
            self._collect_garbage(unit)
        return Committed(key, written.rows, written.bytes, facts | typed.counts.facts())

    def _meetings(self, key: str) -> Iterator[tuple[str, str, str]]:
        """(uuid, start, listing) of the meetings whose participants are asked for."""
        meetings = contracts.table("zoom.meetings")
        if store.read_manifest(self.work.lake, meetings, key) is None:
            raise LakeError(
                f"{self.table.id} {key} needs zoom.meetings {key}, which is not in the lake; materialize that first."
            )
        store.attach(self.con, self.work.lake, meetings, [key])
        rows = self.con.execute(
            "SELECT meeting_uuid, strftime(started_at, '%Y-%m-%dT%H:%M:%SZ'), listing FROM zoom.meetings ORDER BY meeting_uuid"
        ).fetchall()
        yield from rows

    def _unit(self, unit: reports.Unit, key: str) -> Sealed:
        """The sealed landing of one unit: what this command has, what another left unused, or fetched now."""
        if unit.name in self._sealed:
            return self._sealed[unit.name]
        landing = self.work.lake.landing(self.table, unit.name)
        _, ends_at = window(self.table.partition, key)
        now = self.work.now()
        oldest = max(
            now - timedelta(hours=self.work.settings.reporting_resume_hours), ends_at if ends_at <= now else now
        )
        with landing.lock():
            sealed = landing.latest_sealed()
            used = (store.read_manifest(self.work.lake, self.table, key) or {}).get("landing", {}).get(unit.name)
            if sealed is None or sealed.id == used or sealed.started_at < oldest:
                sealed = self._fetch(unit, landing, resume_after=oldest)
        self._sealed[unit.name] = sealed
        return sealed

    def _fetch(self, unit: reports.Unit, landing: Any, *, resume_after: datetime) -> Sealed:
        client = self._client = self._client or self.work.connect()
        attempt = landing.begin(run_id=self.run_id, started_at=self.work.now(), resume_after=resume_after)
        clean = self.work.policy.cleaner(self.table)
        clean_columns = self.work.policy.clean_request_columns

        def land(page: Page) -> None:
            request = page.request
            records = [row for row in page.records if reports.keep(self.table.id, request.endpoint.name, row)]
            attempt.append(
                request.key,
                request.endpoint.path,
                clean_columns(self.table, request.columns),
                page.number,
                clean(records),
            )

        try:
            for stage in unit.stages(client, attempt.done):
                counted = _Counted(f"{self.table.id} {unit.name}", stage, attempt.done)
                fetch(
                    client,
                    counted.missing,
                    threads=self.work.settings.reporting_threads,
                    on_page=land,
                    on_done=counted.finishing(attempt.finish),
                )
            return attempt.seal()
        except BaseException:
            attempt.close()
            raise

    def _collect_garbage(self, unit: str) -> None:
        """Drop attempts no committed partition was typed from."""
        keep = set()
        for key in self.work.lake.partitions(self.table):
            manifest = store.read_manifest(self.work.lake, self.table, key) or {}
            keep.add(manifest.get("landing", {}).get(unit))
        landing = self.work.lake.landing(self.table, unit)
        with landing.lock():
            landing.gc(keep - {None})


class _Counted:
    """The requests of a stage that are not in the ledger yet, and how many of all are done."""

    def __init__(self, what: str, requests: Sequence[Request], done: Any) -> None:
        self.what, self.total = what, len(requests)
        self.missing = [request for request in requests if request.key not in done]
        self._done = self.total - len(self.missing)
        self._lock = Lock()
        progress.publish(progress.Progress(what, self._done, self.total, "requests"))

    def finishing(self, finish: Callable[..., None]) -> Callable[[Outcome], None]:
        def on_done(outcome: Outcome) -> None:
            finish(
                outcome.request.key,
                status=outcome.status,
                pages=outcome.pages,
                records=outcome.records,
                expected=outcome.expected,
                note=outcome.note,
            )
            with self._lock:
                self._done += 1
                done = self._done
            progress.publish(progress.Progress(self.what, done, self.total, "requests"))

        return on_done


def _request_counts(sealed: Sequence[Sealed]) -> dict[str, Any]:
    counts: dict[str, Any] = {"requests": 0, "pages": 0, "not_available": 0, "expired": 0}
    for unit in sealed:
        counts["requests"] += unit.stats.requests
        counts["pages"] += unit.stats.pages
        counts["not_available"] += unit.stats.not_available
        counts["expired"] += unit.stats.expired
    return counts


__all__ = ["Committed", "Failures", "Ingest", "PermanentError"]
