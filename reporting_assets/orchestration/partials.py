"""Partitions that are partial: their fetch stopped because the day's calls were spent, and goes on when they are back.

What has been fetched waits in the landing; a note in the lake says how far it is, when it may go on, and when the
vendor will no longer answer. The partition itself keeps what it had: half a day never looks like a whole one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import Table
from reporting_assets.lake.errors import storage
from reporting_assets.lake.files import read_json, write_json
from reporting_assets.lake.layout import Lake
from reporting_assets.sources import planner

NO_DEADLINE = date.max


@dataclass(frozen=True)
class Partial:
    """How far one partition's fetch is. `planned` is None where it had not begun."""

    table: str
    key: str
    done: int
    planned: int | None
    resume_at: datetime

    @property
    def deadline(self) -> date:
        """The last day on which the vendor answers for it; `date.max` where it always will."""
        return planner.last_day(contracts.table(self.table), self.key) or NO_DEADLINE

    @property
    def sentence(self) -> str:
        """How far it is, in words."""
        progress = (
            "it had not begun" if self.planned is None else f"{self.done} of {self.planned} requests are answered"
        )
        return f"{self.key} is partial ({progress})"


def path(lake: Lake, table_id: str, key: str) -> Path:
    """The file of a partition's note, whether or not it exists."""
    return lake.root / "_partial" / table_id / f"{key}.json"


def note(lake: Lake, partial: Partial) -> None:
    """Remember that a partition is partial. Raises LakeError."""
    noted = path(lake, partial.table, partial.key)
    with storage("create", noted.parent):
        noted.parent.mkdir(parents=True, exist_ok=True)
    write_json(noted, asdict(partial) | {"resume_at": partial.resume_at.isoformat()})


def note_reader(lake: Lake, reader: Table, key: str, resume_at: datetime) -> None:
    """Remember that a partition could not begin, because the list of its items is partial. Raises LakeError."""
    if not path(lake, reader.id, key).exists():  # otherwise it had begun, and its own note says how far it is
        note(lake, Partial(reader.id, key, 0, None, resume_at))


def readers(table: Table) -> list[Table]:
    """The tables that ask item by item about `table`, or about one that does, partition by partition."""
    found = {table.id: table}
    for other in contracts.TABLES:  # lists are declared before those that ask about them
        asked_about = {ask.parent for ask in other.asks if isinstance(ask, PerItem)}
        if other.partition is table.partition and asked_about & found.keys():
            found[other.id] = other
    return [reader for reader in found.values() if reader is not table]


def clear(lake: Lake, table: Table, key: str) -> None:
    """The partition is whole again, or nobody can make it so any more."""
    noted = path(lake, table.id, key)
    with storage("remove", noted):
        noted.unlink(missing_ok=True)


def waiting(lake: Lake) -> list[Partial]:
    """Every partial partition, the one whose deadline is nearest first."""
    found = []
    for noted in (lake.root / "_partial").glob("*/*.json"):
        content = read_json(noted)
        if content is not None:
            found.append(Partial(**content | {"resume_at": datetime.fromisoformat(content["resume_at"])}))
    priority = {table.id: table.priority for table in contracts.TABLES}
    known = [partial for partial in found if partial.table in priority]
    return sorted(known, key=lambda partial: (partial.deadline, priority[partial.table], partial.table, partial.key))
