"""How a report's partitions are fetched: plan, fetch, land, type, replace. No Dagster here.

Each partition is committed by itself, as soon as everything it needs has landed; one that fails is named and leaves the
others, and its own earlier data, as they were. Work that has landed and has not been used yet is used, not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import duckdb

from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import Table
from reporting_assets.lake import keeping, store
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.landing import LandingUnit
from reporting_assets.lake.ledger import LedgerEntry, Sealed
from reporting_assets.lake.typed import Counts, typed_rows
from reporting_assets.orchestration import partials
from reporting_assets.orchestration.items import items
from reporting_assets.orchestration.journal import Journal
from reporting_assets.orchestration.lander import Lander
from reporting_assets.orchestration.landings import Landings
from reporting_assets.orchestration.partials import Partial
from reporting_assets.orchestration.work import Work
from reporting_assets.periods import window
from reporting_assets.settings import SETTING_OF_OPTION
from reporting_assets.sources import planner
from reporting_assets.sources.errors import (
    BudgetExhaustedError,
    CredentialsError,
    MissingScopeError,
    NetworkError,
    NotAvailableError,
    PlanError,
    SourceError,
    SwitchedOffError,
)
from reporting_assets.sources.fetch import fetch
from reporting_assets.sources.router import Sources

# A snapshot begun this long after the end of its day shows another day: the contract's check `taken_in_time`.
SNAPSHOT_IN_TIME = timedelta(days=1)

# Single meetings may be hidden or gone. When most are, something answers in Zoom's place, and an empty partition would
# look like a day on which nobody came.
_FEWEST_REFUSALS = 10
_HIGHEST_REFUSED_SHARE = 0.5

# Errors that every other partition would meet too: going on would only repeat them.
_HOPELESS = (CredentialsError, MissingScopeError, PlanError, NetworkError)


@dataclass(frozen=True)
class Committed:
    """One partition that stands in the lake, and what it took."""

    key: str
    rows: int
    bytes: int
    facts: dict[str, Any]  # counts for the UI: requests, pages, duplicates, parse errors, ...
    kept_because: str = ""  # why it was left as it stands; empty where it was made now

    @property
    def was_kept(self) -> bool:
        """Whether it was left as it stands."""
        return bool(self.kept_because)


@dataclass
class Failures:
    """The partitions that could not be committed, each with one sentence; some of them wait for calls to come back."""

    by_key: dict[str, SourceError | LakeError] = field(default_factory=dict)
    partial: dict[str, Partial] = field(default_factory=dict)

    def sentence(self, table: Table, total: int) -> str:
        """All failures in one sentence, equal causes together; of those that each name their partition, the first."""
        causes: dict[str, dict[str, str]] = {}
        for key, error in self.by_key.items():
            causes.setdefault(str(error).replace(key, ""), {})[key] = str(error)
        told = "; ".join(_told(alike) for alike in causes.values())
        kept = f"; the other {total - len(self.by_key)} are committed" if total > len(self.by_key) else ""
        return f"{table.id}: {len(self.by_key)} of {total} partitions failed{kept}. {told}"


def _told(alike: dict[str, str]) -> str:
    """Partitions whose causes differ by their own name at most, and the cause."""
    causes = list(alike.values())
    return f"{_span(list(alike))}{', the first' if len(set(causes)) > 1 else ''}: {causes[0]}"


def _span(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} … {keys[-1]} ({len(keys)})"


class Ingest:
    """One command: fetch these partitions of this table.

    `failures` is filled while `run()` yields what was committed.
    """

    def __init__(
        self,
        table: Table,
        keys: Sequence[str],
        work: Work,
        con: duckdb.DuckDBPyConnection,
        run_id: str,
        command: str = "",
    ) -> None:
        """`command` names a command over several tables, which closes the journals itself."""
        self.command = command
        self.table, self.keys, self.work, self.con, self.run_id = table, list(keys), work, con, run_id
        self.failures = Failures()
        self._landings = Landings(work.lake, table)
        self._began_at = work.now()
        self._sources: Sources | None = None
        self._steps: dict[str, tuple[int, int]] = {}  # of units: requests answered, and planned
        self._units: list[planner.Unit] = []
        self._sealed: dict[str, Sealed] = {}

    def run(self, *, from_landing: bool = False) -> Iterator[Committed]:
        """Yield each partition as it is committed; with `from_landing`, type again what landed, without any call."""
        if from_landing:
            yield from self._each(self.keys, self._retyped)
            return
        if not planner.chosen(self.table, self.work.plan_options):
            self.failures.by_key |= dict.fromkeys(self.keys, self._switched_off())
            return
        resume = timedelta(hours=self.work.settings.reporting_resume_hours)
        journal = Journal(
            self.work.lake, self.table, self.keys, now=self._began_at, fresh_for=resume, command=self.command
        )
        missing = []
        for key in self.keys:
            because = "the interrupted run had committed it" if key in journal.committed else self._past_taking(key)
            if because and (kept := self._kept(key, because)):
                yield kept
            else:
                missing.append(key)
        self._units = self._plan(missing)
        wanted = [key for key in missing if key not in self.failures.by_key]
        for done in self._each(wanted, self._partition):
            journal.commit(done.key)
            yield done
        if not self.failures.by_key and not self.command:
            journal.close()

    def _switched_off(self) -> SwitchedOffError:
        """Which settings rule out every way of asking."""
        values = self.work.plan_options.values
        accepted: dict[str, set[str]] = {}
        for ask in self.table.asks:
            for option, value in ask.when.items():
                accepted.setdefault(option, set()).add(value)
        ruling = [option for option, fitting in accepted.items() if str(values[option]) not in fitting]
        names = ", ".join(SETTING_OF_OPTION[option] for option in ruling or accepted)
        return SwitchedOffError(
            f"{self.table.id} is switched off by {names}; change it, or do without this report: the schedules leave it out."
        )

    def _each(self, keys: list[str], make: Callable[[str], Committed]) -> Iterator[Committed]:
        """Make each partition; note those that fail and go on, unless the others would fail alike."""
        for number, key in enumerate(keys):
            try:
                done = make(key)
            except BudgetExhaustedError as error:
                self._leave_partial(keys[number:], error)
                return
            except _HOPELESS as error:
                self.failures.by_key |= dict.fromkeys(keys[number:], error)
                return
            except (SourceError, LakeError) as error:
                self.failures.by_key[key] = error
            else:
                yield done

    def _leave_partial(self, keys: list[str], error: BudgetExhaustedError) -> None:
        """Note how far each of the remaining partitions is; what was fetched waits in the landing."""
        for key in keys:
            steps = [
                self._steps[reference]
                for reference in (self._landings.reference(unit) for unit in self._units if key in unit.partition_keys)
                if reference in self._steps
            ]
            done, planned = sum(done for done, _ in steps), sum(planned for _, planned in steps)
            partial = Partial(self.table.id, key, done, planned if steps else None, error.resume_at)
            partials.note(self.work.lake, partial)
            self.failures.partial[key] = partial
            self.failures.by_key[key] = BudgetExhaustedError(f"{partial.sentence}: {error}", error.resume_at)

    def _plan(self, missing: list[str]) -> list[planner.Unit]:
        """The units of all partitions at once, so that neighbours share them; a missing one out of reach is noted.

        Planned from all keys, also those that are kept, so that ranges have the borders they had before.
        """
        reachable = []
        for key in self.keys:
            try:
                planner.check_reach(self.table, key, self._began_at)
            except SourceError as error:
                if key in missing:
                    self.failures.by_key[key] = error
                    partials.clear(self.work.lake, self.table, key)  # what was missing will never come
            else:
                reachable.append(key)
        return planner.plan(self.table, reachable, self.work.plan_options, self._items)

    def _items(self, ask: PerItem, key: str) -> Iterator[dict[str, str]]:
        return items(self.con, self.work.lake, self.table, ask, key, self.work.plan_options.values)

    def _past_taking(self, key: str) -> str:
        """Why a snapshot stays although it is asked for again: taken in its time, it would become one of today."""
        _, ends_at = window(self.table.partition, key)
        in_time = ends_at + SNAPSHOT_IN_TIME
        if not self.table.is_snapshot or self._began_at < in_time:
            return ""
        try:
            taken = [self._landings.sealed(*used) for used in self._landings.used(key).items()]
        except LakeError:  # gone
            return ""
        was_in_time = bool(taken) and all(sealed.started_at < in_time for sealed in taken)
        return "it was taken in time, and the vendor knows the present state only" if was_in_time else ""

    def _kept(self, key: str, because: str) -> Committed | None:
        manifest = store.read_manifest(self.work.lake, self.table, key)
        if manifest is None:
            return None
        return Committed(key, manifest["rows"], manifest["bytes"], manifest["facts"], because)

    def _partition(self, key: str) -> Committed:
        units = [unit for unit in self._units if key in unit.partition_keys]
        return self._commit(key, {self._landings.reference(unit): self._unit(unit, key) for unit in units})

    def _retyped(self, key: str) -> Committed:
        manifest = store.read_manifest(self.work.lake, self.table, key)
        if manifest is None:
            raise LakeError(
                f"{self.table.id} {key} has never been fetched, so there is no landing to type again; materialize it first."
            )
        used = self._landings.used(key)
        return self._commit(
            key, {reference: self._landings.sealed(reference, ident) for reference, ident in used.items()}
        )

    def _commit(self, key: str, landed: dict[str, Sealed]) -> Committed:
        lake = self.work.lake
        sealed = list(landed.values())
        typed = typed_rows(self.con, self.table, key, sealed, lake.source)
        replaced = self._landings.used(key)
        landing = {reference: one.id for reference, one in landed.items()}
        facts = _request_counts(sealed) | _row_counts(typed.counts)
        manifest = {
            "landing": landing,
            "fetched_at": max((one.started_at.isoformat() for one in sealed), default=None),
            "facts": facts,
        }
        written = store.write_partition(self.con, lake, self.table, key, typed.reader, manifest=manifest)
        self._landings.collect_garbage(key, replaced, landing)
        partials.clear(lake, self.table, key)
        return Committed(key, written.rows, written.bytes, facts)

    def _unit(self, unit: planner.Unit, key: str) -> Sealed:
        """The sealed landing of one unit: what this command has, what another left unused, or fetched now."""
        reference = self._landings.reference(unit)
        if reference in self._sealed:
            return self._sealed[reference]
        landing = self._landings.unit(reference)
        oldest = self._oldest(unit, key)
        with landing.lock():
            sealed = landing.latest_sealed(self.work.policy.label)
            used = self._landings.used(key).get(reference)
            if sealed is None or sealed.id == used or sealed.started_at < oldest or not self._answers(sealed, unit):
                sealed = self._fetch(unit, landing, resume_after=oldest)
        self._sealed[reference] = sealed
        return sealed

    def _oldest(self, unit: planner.Unit, key: str) -> datetime:
        """When what landed must have begun to be gone on with."""
        # What this command goes on using must hold for all its partitions: the latest of them was not over before.
        ends_at = max(window(self.table.partition, planned)[1] for planned in unit.partition_keys)
        now = self.work.now()
        if ends_at > now:
            return now
        if partials.path(self.work.lake, self.table.id, key).exists():
            return (
                ends_at  # it waits for calls, perhaps of several days: begun again each time, it would never be whole
            )
        return max(now - timedelta(hours=self.work.settings.reporting_resume_hours), ends_at)

    def _answers(self, sealed: Sealed, unit: planner.Unit) -> bool:
        """Whether a landing holds just what would be asked now: the list of meetings may have grown since.

        Units that ask the vendor first what to ask for are trusted while they are fresh.
        """
        if unit.discovery:
            return True
        wanted = {self.work.policy.request_key(request.key) for request in unit.make(())}
        return wanted == {entry.request_key for entry in sealed.entries()}

    def _fetch(self, unit: planner.Unit, landing: LandingUnit, *, resume_after: datetime) -> Sealed:
        sources = self._sources = self._sources or self.work.connect()
        attempt = landing.begin(
            run_id=self.run_id, started_at=self.work.now(), resume_after=resume_after, policy=self.work.policy
        )
        with attempt:
            for stage in unit.stages(sources):
                lander = Lander(f"{self.table.id} {unit.name}", stage, attempt)
                try:
                    fetch(
                        sources,
                        lander.missing(),
                        threads=self.work.settings.reporting_threads,
                        on_page=lander.on_page,
                        on_done=lander.on_done,
                    )
                finally:
                    self._steps[self._landings.reference(unit)] = lander.done, len(stage)
            outcomes = attempt.outcomes()
            if not _mostly_refused(outcomes):
                if earlier := landing.latest_sealed(self.work.policy.label):
                    keeping.keep(attempt, earlier)
                return attempt.seal()
        landing.forget_open()
        raise NotAvailableError(
            f"{self.table.id} {unit.name}: most of {len(outcomes)} items were said not to exist, which cannot be true of "
            "what was just listed; check the vendor's address in the settings and what stands in between, then run again."
        )


def _mostly_refused(outcomes: Sequence[LedgerEntry]) -> bool:
    refused = sum(entry.status == "not_available" for entry in outcomes)
    return refused >= _FEWEST_REFUSALS and refused > _HIGHEST_REFUSED_SHARE * len(outcomes)


def _request_counts(sealed: Sequence[Sealed]) -> dict[str, int]:
    """Requests, pages and outcomes over the units a partition was typed from."""
    counts = {"requests": 0, "pages": 0, "none": 0, "not_available": 0, "expired": 0, "kept": 0, "short_listings": 0}
    for unit in sealed:
        counts["short_listings"] += sum(
            entry.expected is not None and entry.records < entry.expected for entry in unit.entries()
        )
        counts["requests"] += unit.stats["requests"]
        counts["pages"] += unit.stats["pages"]
        for status in ("none", "not_available", "expired", "kept"):
            counts[status] += unit.stats["statuses"].get(status, 0)
    return counts


def _row_counts(counts: Counts) -> dict[str, Any]:
    """What became of the landed rows; parse errors only where there are any."""
    facts: dict[str, Any] = {
        "landed_rows": counts.landed,
        "duplicate_rows": counts.duplicates,
        "rows_of_other_partitions": counts.outside,
        "undated_rows": counts.undated,
    }
    return facts | {f"parse_errors_{column}": errors for column, errors in counts.parse_errors.items() if errors}
