"""Which requests of a landing attempt are finished: the durable record that a resumed or typed landing trusts.

One JSON line per finished request. A line is written only after the pages it acknowledges are on disk; it says up to
which byte of the page file they stand. Writing pages and lines is for `landing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from reporting_assets.lake.errors import LakeError, storage

LONGEST_LINE = 1 << 24  # bytes
PAGES, LEDGER, OPENING, SEAL = "pages.jsonl.zst", "ledger.jsonl", "attempt.json", "sealed.json"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One finished request. Its records are those that the page file holds under `turn`."""

    request_key: str  # as `Policy.request_key` names it
    status: str  # complete, not_available, expired, none; or kept, see `keeping`
    pages: int
    records: int
    expected: int | None  # as the vendor announced
    note: str | None
    lines: int = 0  # that its records take; 0 where each takes one
    turn: int | None = None  # which going-through of the request counts; None where nothing was landed
    endpoint: str | None = None  # the endpoint's name in the contract
    columns: Mapping[str, str] = field(default_factory=dict)  # values of `$request.` columns
    end: int = 0  # bytes of the page file that were on disk when this was acknowledged
    next_turn: int = 0  # no turn of this number or higher stands within those bytes
    longest: int = 0  # no line within those bytes is longer: readers take memory by it; 0 is unknown


@dataclass(frozen=True, slots=True)
class Sealed:
    """A completed attempt: all that typing needs to know about it."""

    id: str
    unit: str
    run_id: str
    started_at: datetime  # UTC; becomes `_ingested_at`
    sealed_at: datetime  # UTC
    path: Path  # folder
    privacy: str  # label of the policy it was landed under
    stats: Mapping[str, Any]  # requests, pages, records: int; statuses: {status: requests}

    def entries(self) -> list[LedgerEntry]:
        """The finished requests, the latest entry of each. Raises LakeError when some are no longer there."""
        entries = list(latest(read(self.path)[0]).values())
        if statistics(entries) != self.stats:
            raise LakeError(f"The landing {self.path} has lost pages or requests: remove the folder and fetch again.")
        return entries


def line(entry: LedgerEntry) -> bytes:
    return orjson.dumps(asdict(entry)) + b"\n"


def read(folder: Path) -> tuple[list[LedgerEntry], int]:
    """The ledger's entries whose pages are there, in order, and the length of the ledger that holds just them.

    A line cut short by a crash, and whatever follows it, does not count.
    """
    ledger, pages = folder / LEDGER, folder / PAGES
    with storage("read", ledger):
        content = ledger.read_bytes() if ledger.exists() else b""
        landed = pages.stat().st_size if pages.exists() else 0
    entries: list[LedgerEntry] = []
    length = 0
    for text in content.splitlines(keepends=True):
        try:
            entry = LedgerEntry(**orjson.loads(text))
        except (orjson.JSONDecodeError, TypeError):
            break
        if not text.endswith(b"\n") or entry.end > landed:
            break
        entries.append(entry)
        length += len(text)
    return entries, length


def latest(entries: Iterable[LedgerEntry]) -> dict[str, LedgerEntry]:
    """The last entry of each request."""
    return {entry.request_key: entry for entry in entries}


def statistics(entries: Iterable[LedgerEntry]) -> dict[str, Any]:
    """Totals over the latest entry of each request."""
    statuses: dict[str, int] = {}
    pages = records = requests = 0
    for entry in entries:
        statuses[entry.status] = statuses.get(entry.status, 0) + 1
        requests, pages, records = requests + 1, pages + entry.pages, records + entry.records
    return {"requests": requests, "pages": pages, "records": records, "statuses": dict(sorted(statuses.items()))}


def acknowledged(entry: LedgerEntry, *, end: int, next_turn: int, longest: int) -> LedgerEntry:
    """The entry as it is written once the page file is on disk up to `end`."""
    return replace(entry, end=end, next_turn=next_turn, longest=longest)


def sealed_from(folder: Path, opening: Mapping[str, Any], seal: Mapping[str, Any]) -> Sealed:
    """The sealed attempt in `folder`, from the content of its two JSON files."""
    try:
        return Sealed(
            id=folder.name,
            unit=folder.parent.name,
            run_id=opening["run_id"],
            started_at=datetime.fromisoformat(opening["started_at"]),
            sealed_at=datetime.fromisoformat(seal["sealed_at"]),
            path=folder,
            privacy=opening["privacy"],
            stats=seal["stats"],
        )
    except (KeyError, ValueError):
        raise LakeError(f"The landing {folder} is damaged: remove the folder and fetch again.") from None
