"""Landing: every page a vendor answers is kept, compressed, before anything is made of it.

A unit (a day's list, a month, ...) holds attempts; an attempt holds a file of records and a ledger of finished
requests. A killed process loses at most the requests it had not finished: the next one cuts the files back to what the
ledger acknowledges and goes on. Only sealed attempts are typed. Reading records back is for `casts` and `typed`.

A record is a line, `{"t": turn, "p": page, "n": place on the page, "r": record}`, or several (`pieces`). A turn is one
going-through of a request from its page 1; a request that was begun again has several, and its ledger entry names the
one that counts.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

import zstandard

from reporting_assets import contracts
from reporting_assets.contracts.model import Table
from reporting_assets.contracts.places import request_names
from reporting_assets.lake import ledger, pieces
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.files import read_json, sync_folder, write_json
from reporting_assets.lake.ledger import LEDGER, LONGEST_LINE, OPENING, PAGES, SEAL, LedgerEntry, Sealed
from reporting_assets.lake.locks import locked
from reporting_assets.lake.privacy import Policy

FRAME_BYTES = 1 << 20  # lines gathered before they are compressed: small pages share a frame
COMMIT_SECONDS = 0.2  # finished requests wait this long for others, so that one fsync serves them all
_TRASH = ".removed-"


class LandingUnit:
    """The attempts at fetching one unit. Hold `lock()` around everything that changes it."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.table = table

    @contextmanager
    def lock(self, timeout: float = -1) -> Iterator[None]:
        """One process at a time; waits `timeout` seconds (-1: for ever), then raises LakeError."""
        with locked(self.path / ".lock", timeout):
            yield

    def begin(self, *, run_id: str, started_at: datetime, resume_after: datetime, policy: Policy) -> Attempt:
        """Goes on with the newest open attempt that began at or after `resume_after` under the same privacy policy.

        Where there is none, open attempts are removed and a new one begins. Raises LakeError.
        """
        self._clean()
        opened = [(attempt, opening) for attempt, opening, seal in self._attempts() if seal is None]
        resumable = [
            attempt
            for attempt, opening in opened
            if opening.get("privacy") == policy.label and datetime.fromisoformat(opening["started_at"]) >= resume_after
        ]
        chosen = max(resumable, default=None)
        for attempt, _ in opened:
            if attempt != chosen:
                self._remove(attempt)
        if chosen is None:
            chosen = self._create(run_id, started_at, policy)
        return Attempt(chosen, self.table, policy)

    def sealed(self) -> list[Sealed]:
        """Completed attempts, oldest first."""
        found = [ledger.sealed_from(folder, opening, seal) for folder, opening, seal in self._attempts() if seal]
        return sorted(found, key=lambda sealed: (sealed.started_at, sealed.sealed_at, sealed.id))

    def latest_sealed(self, privacy: str | None = None) -> Sealed | None:
        """The newest completed attempt (landed under the policy labelled `privacy`, if given); None where none is."""
        found = [sealed for sealed in self.sealed() if privacy in (None, sealed.privacy)]
        return found[-1] if found else None

    def forget_open(self) -> None:
        """Removes attempts that are not complete: what they hold is not to be resumed."""
        for attempt, _, seal in list(self._attempts()):
            if seal is None:
                self._remove(attempt)

    def gc(self, keep: set[str], *, done_with: str | None = None) -> None:
        """Removes completed attempts whose id is not in `keep`: those older than the latest, and `done_with`."""
        found = self.sealed()
        for sealed in found:
            if sealed.id not in keep and (sealed is not found[-1] or sealed.id == done_with):
                self._remove(sealed.path)

    def _attempts(self) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any] | None]]:
        for folder in sorted(self.path.glob("[0-9]*")) if self.path.exists() else ():
            opening = read_json(folder / OPENING)
            if opening is not None:
                yield folder, opening, read_json(folder / SEAL)

    def _create(self, run_id: str, started_at: datetime, policy: Policy) -> Path:
        moment = started_at.astimezone(UTC)
        name = f"{moment:%Y%m%dT%H%M%S%f}-{sha256(run_id.encode()).hexdigest()[:8]}"
        folder, number = self.path / name, 1
        while folder.exists():
            number += 1
            folder = self.path / f"{name}-{number}"
        with storage("create", folder):
            folder.mkdir(parents=True)
            write_json(folder / OPENING, {"run_id": run_id, "started_at": moment.isoformat(), "privacy": policy.label})
            sync_folder(self.path)
        return folder

    def _clean(self) -> None:
        """Removes what a killed process left: half-removed attempts, and folders without their opening."""
        with storage("clean", self.path):
            for trash in self.path.glob(f"{_TRASH}*"):
                shutil.rmtree(trash, ignore_errors=True)
            for folder in self.path.glob("[0-9]*"):
                if not (folder / OPENING).exists():
                    self._remove(folder)

    def _remove(self, folder: Path) -> None:
        trash = folder.with_name(_TRASH + folder.name)
        with storage("remove", folder):
            shutil.rmtree(trash, ignore_errors=True)
            folder.rename(trash)  # at once: nobody meets a half-removed attempt
            shutil.rmtree(trash, ignore_errors=True)


@dataclass
class _Turn:
    number: int
    endpoint: str
    columns: dict[str, str]
    pages: int = 0
    records: int = 0
    lines: int = 0


@dataclass
class _Waiting:
    entries: list[LedgerEntry] = field(default_factory=list)
    since: float = 0.0


class Attempt:
    """One attempt at fetching a unit. Its methods may be called from several threads."""

    def __init__(self, folder: Path, table: Table, policy: Policy) -> None:
        self.path = folder
        self._table = table
        self._policy = policy
        self._lock = threading.Lock()
        self._cleaners: dict[str, Callable[[list[dict[str, Any]]], list[dict[str, Any]]]] = {}
        self._turns: dict[str, _Turn] = {}
        self._waiting = _Waiting()
        self._buffer = bytearray()
        self._compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
        self._failed = False
        opening = read_json(folder / OPENING) or {}
        self.run_id: str = opening["run_id"]
        self.started_at = datetime.fromisoformat(opening["started_at"])
        entries, ledger_length = ledger.read(folder)
        self._entries = ledger.latest(entries)
        self._next_turn = entries[-1].next_turn if entries else 0
        self._longest = (entries[-1].longest or LONGEST_LINE) if entries else 0
        with storage("write", folder):
            self._data = (folder / PAGES).open("ab")
            self._data.truncate(entries[-1].end if entries else 0)
            self._data.seek(0, os.SEEK_END)
            self._ledger = (folder / LEDGER).open("ab")
            self._ledger.truncate(ledger_length)
            sync_folder(folder)

    def __enter__(self) -> Attempt:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def outcome(self, request_key: str) -> LedgerEntry | None:
        """How a request ended, in this or an earlier life of the attempt; None while it is not finished."""
        return self._entries.get(self._policy.request_key(request_key))

    def outcomes(self) -> list[LedgerEntry]:
        """The finished requests, the latest entry of each."""
        with self._lock:
            return list(self._entries.values())

    def append(
        self,
        request_key: str,
        *,
        endpoint: str,
        columns: Mapping[str, str],
        page: int,
        records: list[dict[str, Any]],
    ) -> None:
        """Lands one page, with only what the privacy policy allows. Page 1 begins the request anew.

        `endpoint` is its name in the table's contract; `columns` are the request's values for `$request.` columns.
        """
        key = self._policy.request_key(request_key)
        self._require_columns(endpoint, columns)
        cleaned = self._cleaner(endpoint)(records)
        with self._lock:
            turn = self._turns.get(key)
            if turn is None or page == 1:
                allowed = self._policy.clean_request_columns(self._table, columns, self._sharing(endpoint))
                turn = self._turns[key] = _Turn(self._next_turn, endpoint, allowed)
                self._next_turn += 1
            turn.pages += 1
            turn.records += len(records)
        at = pieces.rows_list(self._table, self._table.endpoint(endpoint))
        lines = [
            line
            for place, record in enumerate(cleaned)
            for line in pieces.lines(record, at, turn=turn.number, page=page, place=place)
        ]
        longest = max(map(len, lines), default=0)
        if longest > LONGEST_LINE:
            raise LakeError(f"A record of {self._table.id} is longer than {LONGEST_LINE >> 20} MiB; it was not landed.")
        with self._writing():
            turn.lines += len(lines)
            self._longest = max(self._longest, longest)
            self._buffer += b"".join(lines)
            if len(self._buffer) >= FRAME_BYTES:
                self._write_frame()
            self._commit(only_when_due=True)

    def finish(
        self,
        request_key: str,
        *,
        status: str,
        pages: int,
        records: int,
        expected: int | None = None,
        note: str | None = None,
    ) -> None:
        """Records that a request ended. Durable within `COMMIT_SECONDS` of further calls, or on `seal` or `close`.

        Raises LakeError where a complete request says it delivered another number of records than were landed.
        """
        key = self._policy.request_key(request_key)
        with self._writing():
            turn = self._turns.pop(key, None) if pages else None
            landed = turn.records if turn else 0
            if status == "complete" and landed != records:
                raise LakeError(
                    f"A request of {self._table.id} says it delivered {records} records, but {landed} were landed; "
                    "nothing of it is kept, run again."
                )
            entry = LedgerEntry(
                key,
                status,
                turn.pages if turn else 0,
                landed,
                expected,
                self._policy.note(note),
                turn=turn.number if turn else None,
                lines=turn.lines if turn else 0,
                endpoint=turn.endpoint if turn else None,
                columns=turn.columns if turn else {},
            )
            self._entries[key] = entry
            if not self._waiting.entries:
                self._waiting.since = time.monotonic()
            self._waiting.entries.append(entry)
            self._commit(only_when_due=True)

    def reads(self, endpoint: str | None) -> bool:
        """Whether the table has this endpoint."""
        return any(each.name == endpoint for each in self._table.endpoints)

    def take_over(self, entries: Sequence[LedgerEntry], lines: Iterable[tuple[int, bytes]]) -> None:
        """Lands requests of an earlier attempt as they were: of each line its turn, and what stands behind that.

        They end as `kept`, and were landed under the same privacy policy.
        """
        with self._writing():
            turns = {entry.turn: self._next_turn + number for number, entry in enumerate(entries)}
            self._next_turn += len(entries)
            for turn, rest in lines:
                line = pieces.begun(turns[turn]) + rest + b"\n"
                self._longest = max(self._longest, len(line))
                self._buffer += line
                if len(self._buffer) >= FRAME_BYTES:
                    self._write_frame()
            kept = [replace(entry, status="kept", note=None, turn=turns[entry.turn]) for entry in entries]
            self._entries |= {entry.request_key: entry for entry in kept}
            self._waiting.entries += kept
            self._commit()

    def seal(self) -> Sealed:
        """Ends the attempt as complete: from now on it can be typed, and not added to."""
        with self._writing():
            self._commit()
            seal = {
                "sealed_at": datetime.now(UTC).isoformat(),
                "stats": ledger.statistics(self._entries.values()),
            }
            self._close_files()
            write_json(self.path / SEAL, seal)
        return ledger.sealed_from(self.path, read_json(self.path / OPENING) or {}, seal)

    def close(self) -> None:
        """Makes finished requests durable and lets go of the files; the attempt stays open to be resumed."""
        if self._data.closed:
            return
        try:
            if not self._failed:
                with self._writing():
                    self._commit()
        finally:
            self._close_files()

    def _require_columns(self, endpoint: str, columns: Mapping[str, str]) -> None:
        """Says at the first page, rather than after the whole fetch, that rows would lack what the contract requires."""
        for column in self._table.columns:
            field = column.field_in(endpoint)
            names = request_names(field)
            only_there = field is not None and len(names) == 1 + (field.fallback is not None)
            if column.required and only_there and not any(columns.get(name) for name in names):
                raise LakeError(
                    f"{self._table.id} requires {column.name}, which a request of {endpoint} carries as"
                    f" {' or '.join(map(repr, names))}; it does not."
                )

    def _cleaner(self, endpoint: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
        if endpoint not in self._cleaners:
            self._table.endpoint(endpoint)  # KeyError where the contract has no such endpoint
            self._cleaners[endpoint] = self._policy.cleaner(self._table, endpoint, self._sharing(endpoint))
        return self._cleaners[endpoint]

    def _sharing(self, endpoint: str) -> list[Table]:
        """The other tables that are made of what this one lands."""
        return [
            table
            for table in contracts.TABLES
            if any(ask.landing_of == self._table.id and ask.endpoint == endpoint for ask in table.asks)
        ]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Holds the lock. After a write that failed nothing more is acknowledged: the files' ends are unknown."""
        with self._lock:
            if self._failed or self._data.closed:
                raise LakeError(f"The landing {self.path} is no longer written to: run again to resume it.")
            with storage("write", self.path):
                try:
                    yield
                except LakeError:  # said before anything was written
                    raise
                except BaseException:
                    self._failed = True
                    raise

    def _write_frame(self) -> None:
        if self._buffer:
            self._data.write(self._compressor.compress(bytes(self._buffer)))
            self._buffer.clear()

    def _commit(self, *, only_when_due: bool = False) -> None:
        waiting = self._waiting
        if not waiting.entries or (only_when_due and time.monotonic() - waiting.since < COMMIT_SECONDS):
            return
        self._write_frame()
        self._data.flush()
        os.fsync(self._data.fileno())
        end = self._data.tell()
        durable = [
            ledger.acknowledged(entry, end=end, next_turn=self._next_turn, longest=self._longest)
            for entry in waiting.entries
        ]
        self._ledger.write(b"".join(ledger.line(entry) for entry in durable))
        self._ledger.flush()
        os.fsync(self._ledger.fileno())
        self._waiting = _Waiting()

    def _close_files(self) -> None:
        # Closing writes out what is buffered; on a full disk that fails, and the ledger does not acknowledge it anyway.
        for file in (self._data, self._ledger):
            try:
                file.close()
            except OSError:
                continue
