"""Which landings a partition was made from: named in its manifest, found again, and dropped when nobody needs them.

A table's partitions are typed from units of landing, its own or those of a table whose calls answer it as well. A unit
is named here by a *reference*: its name, after the owner's id and a colon where another table owns it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.landing import LandingUnit
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.ledger import Sealed
from reporting_assets.periods import keys
from reporting_assets.sources.planner import EVERYTHING, Unit

# No unit is shared by partitions further apart: vendors answer for a month at a time.
_FURTHEST_SHARING = timedelta(days=31)


class Landings:
    """The landings of one table's partitions."""

    def __init__(self, lake: Lake, table: Table) -> None:
        self._lake, self._table = lake, table

    def reference(self, unit: Unit) -> str:
        """How a manifest names the unit."""
        return unit.name if unit.landing_of == self._table.id else f"{unit.landing_of}:{unit.name}"

    def unit(self, reference: str) -> LandingUnit:
        """The landing area a reference names."""
        owner, _, name = reference.rpartition(":")
        return self._lake.landing(contracts.table(owner) if owner else self._table, name)

    def used(self, key: str) -> dict[str, str]:
        """The landings a partition was typed from: reference and id. Empty where it is not in the lake."""
        return _used(self._lake, self._table, key)

    def sealed(self, reference: str, ident: str) -> Sealed:
        """One of those landings. Raises LakeError where it is gone."""
        for sealed in self.unit(reference).sealed():
            if sealed.id == ident:
                return sealed
        raise LakeError(
            f"the landing {reference}/{ident} of {self._table.id} is gone, so it cannot be typed again; materialize it anew."
        )

    def collect_garbage(self, key: str, replaced: Mapping[str, str], present: Mapping[str, str]) -> None:
        """Drop the attempts a partition was typed from before, unless a neighbour or a sharing table still is."""
        for reference, ident in replaced.items():
            landing = self.unit(reference)
            used = self._users(reference, key)
            with landing.lock():
                # A unit of another range or source is not fetched again, so nothing newer would ever replace it.
                landing.gc(used, done_with=ident if reference not in present else None)

    def _users(self, reference: str, key: str) -> set[str]:
        """The ids of a unit's attempts that some partition, of whatever table, is typed from."""
        owner, _, name = reference.rpartition(":")
        owner = owner or self._table.id
        sharing = [
            table
            for table in contracts.TABLES
            if table.id == owner or any(ask.landing_of == owner for ask in table.asks)
        ]
        day = date.fromisoformat(key if self._table.partition is Partition.DAY else f"{key}-01")
        found = set()
        for table in sharing:
            wanted = name if table.id == owner else f"{owner}:{name}"
            near = keys(table.partition, day - _FURTHEST_SHARING, day + _FURTHEST_SHARING)
            # A partition that shares everything with all others may be any of those stored.
            for neighbour in {*near, *(self._lake.partitions(table) if name == EVERYTHING else ())}:
                if ident := _used(self._lake, table, neighbour).get(wanted):
                    found.add(ident)
        return found


def _used(lake: Lake, table: Table, key: str) -> dict[str, str]:
    manifest = store.read_manifest(lake, table, key)
    return manifest.get("landing", {}) if manifest else {}
