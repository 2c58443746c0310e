"""Where bytes live: the lake's folders, their names, and the marker that keeps simulated and real data apart.

Paths only. What the files hold is for `landing` (raw pages) and `store` (typed Parquet). Names that become paths are
checked here, so nothing a vendor sent can ever become one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.landing import LandingUnit
from reporting_assets.lake.locks import locked

PART = "part-0.parquet"  # one file a partition: replacing it is one rename
MANIFEST = "_manifest.json"
_MARKER = "_source"
_PRIVACY = "_privacy"
_FOLDER = {Partition.DAY: "dt=", Partition.MONTH: "month="}
_KEY = {Partition.DAY: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), Partition.MONTH: re.compile(r"[0-9]{4}-[0-9]{2}")}
_DATES = r"\d{4}-\d{2}(-\d{2}(-to-\d{4}-\d{2}-\d{2})?)?"
_UNIT = re.compile(rf"([a-z][a-z_]*-)*{_DATES}|everything", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Lake:
    """A folder of tables. `source` is 'sandbox' or 'live'; one lake never holds both."""

    def __init__(self, root: Path, source: str) -> None:
        self.root = Path(root).absolute()
        self.source = source

    def open(self) -> Lake:
        """Creates the folder, marks it as holding `source`, and returns the lake.

        Raises LakeError when the folder cannot be written, or already holds the other source.
        """
        if set(str(self.root)) & set("*?[]"):
            raise LakeError(
                f"The lake {self.root} cannot have *, ?, [ or ] in its path: DuckDB would take them for a pattern."
            )
        marker = self.root / _MARKER
        with storage("use the lake", self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            try:
                with marker.open("x") as file:
                    file.write(self.source + "\n")
            except FileExistsError:
                self._require_same_source(marker)
            (self.root / "_locks").mkdir(exist_ok=True)
            probe = self.root / "_locks" / "writable.lock"
            probe.touch()
        return self

    def _require_same_source(self, marker: Path) -> None:
        held = marker.read_text().strip()
        if not held:  # its writer was killed between creating and filling it
            marker.write_text(self.source + "\n")
        elif held != self.source:
            raise LakeError(
                f"The lake {self.root} holds {held!r} data and cannot take {self.source!r} data: choose another folder."
            )

    def hold(self, privacy: str) -> None:
        """Marks the lake as stored under one privacy policy (its label), or checks that it is the one it has.

        People would count twice in a lake that knows them by address on one day and by pseudonym on the next. Raises
        LakeError where the lake is stored under another policy.
        """
        marker = self.root / _PRIVACY
        with storage("use the lake", self.root):
            try:
                with marker.open("x") as file:
                    file.write(privacy + "\n")
            except FileExistsError:
                held = marker.read_text().strip()
                if not held:  # its writer was killed between creating and filling it
                    marker.write_text(privacy + "\n")
                elif held != privacy:
                    raise LakeError(
                        f"The lake {self.root} is stored under privacy policy {held!r} and would mix with {privacy!r}: "
                        "choose another folder with REPORTING_LAKE, or go back to the policy it has."
                    ) from None

    def table_dir(self, table: Table) -> Path:
        """The folder of a table's partitions."""
        if not (_NAME.fullmatch(table.schema) and _NAME.fullmatch(table.name)):
            raise LakeError(f"{table.id!r} cannot name a folder: use lower-case letters, digits and underscores.")
        return self.root / table.schema / table.name

    def partition_dir(self, table: Table, partition_key: str) -> Path:
        """The folder of one partition, as in `zoom/meetings/dt=2026-11-20`."""
        if not _KEY[table.partition].fullmatch(partition_key):
            shape = "yyyy-MM-dd" if table.partition is Partition.DAY else "yyyy-MM"
            raise LakeError(f"{partition_key!r} is not a partition of {table.id}: write it as {shape}.")
        return self.table_dir(table) / f"{_FOLDER[table.partition]}{partition_key}"

    def part(self, table: Table, partition_key: str) -> Path:
        """The Parquet file of one partition, whether or not it exists."""
        return self.partition_dir(table, partition_key) / PART

    def partitions(self, table: Table) -> list[str]:
        """Keys of the partitions that are stored, in order."""
        prefix = _FOLDER[table.partition]
        found = (path.parent.name.removeprefix(prefix) for path in self.table_dir(table).glob(f"{prefix}*/{PART}"))
        return sorted(key for key in found if _KEY[table.partition].fullmatch(key))

    def glob(self, table: Table) -> str:
        """The pattern of all of a table's Parquet files."""
        return str(self.table_dir(table) / f"{_FOLDER[table.partition]}*" / PART)

    def landing(self, table: Table, unit: str) -> LandingUnit:
        """The landing area of one unit of fetching: a day or a month, perhaps prefixed (`list-2026-11-19`)."""
        if not _UNIT.fullmatch(unit):
            raise LakeError(f"{unit!r} cannot name a landing unit of {table.id}: write it as yyyy-MM-dd or yyyy-MM.")
        self.table_dir(table)
        return LandingUnit(self.root / "_landing" / table.schema / table.name / unit, table)

    @contextmanager
    def writing(self, table: Table, partition_key: str) -> Iterator[None]:
        """Lets one writer at a time, over all processes of the host, into a partition."""
        with locked(self.root / "_locks" / table.schema / table.name / f"{partition_key}.lock"):
            yield
