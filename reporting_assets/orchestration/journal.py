"""Which partitions of an interrupted command are already done, so that the same command again goes on.

A journal is of one table and its partitions. It is begun with them and removed when all are committed; while it exists
and is fresh, partitions it lists as committed are kept instead of being fetched anew. Where a command works on several
tables, its journals bear its name and stay until the whole of it is done (`close_command`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from reporting_assets.contracts.model import Table
from reporting_assets.lake.errors import storage
from reporting_assets.lake.layout import Lake


class Journal:
    """The journal of one command. Not safe for two processes running the very same command; units are locked anyway."""

    def __init__(
        self, lake: Lake, table: Table, keys: Sequence[str], *, now: datetime, fresh_for: timedelta, command: str = ""
    ) -> None:
        digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
        self._path: Path = (
            lake.root / "_landing" / table.schema / table.name / "_commands" / f"{command or 'table'}-{digest}.json"
        )
        self._begun_at = now
        self.committed: set[str] = set()
        try:
            with storage("read", self._path):
                state = json.loads(self._path.read_text() if self._path.exists() else "{}")
        except json.JSONDecodeError:
            return
        if not state:
            return
        begun_at = datetime.fromisoformat(state["begun_at"])
        if begun_at >= now - fresh_for:
            self._begun_at = begun_at
            self.committed = set(state["committed"])

    def commit(self, key: str) -> None:
        """Note that a partition is committed; durable before this returns."""
        self.committed.add(key)
        state = {"begun_at": self._begun_at.isoformat(), "committed": sorted(self.committed)}
        aside = self._path.with_suffix(f".{os.getpid()}.tmp")
        with storage("write", self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("w") as file:
                json.dump(state, file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)

    def close(self) -> None:
        """The command is complete: the next one, even of the same partitions, fetches anew."""
        with storage("remove", self._path):
            self._path.unlink(missing_ok=True)


def command_name(parts: Sequence[str]) -> str:
    """The name of a command over several tables: the same for the same tables and dates, in hex."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def close_command(lake: Lake, command: str) -> None:
    """Every table of the command is complete: the same one again fetches all of them anew."""
    with storage("remove", lake.root / "_landing"):
        for journal in lake.root.glob(f"_landing/*/*/_commands/{command}-*.json"):
            journal.unlink(missing_ok=True)
