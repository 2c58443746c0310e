"""Whether a documented field arrived: the columns a contract reads it into, and what stands there in the lake.

No tests here. Contracts are read by their paths; values are compared as far as a column keeps the vendor's writing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reporting_assets.contracts.model import Column, Endpoint, Parse, Personal, Table, Type
from reporting_assets.contracts.places import root_paths
from reporting_assets_tests.integration.documented import Names, is_blank, leaves

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A column that reads a field; of a list column, the item."""

    table: Table
    column: Column
    parse: Parse
    type: Type
    item: str | None = None

    @property
    def name(self) -> str:
        return f"{self.table.id}.{self.column.name}" + (f".{self.item}" if self.item else "")

    def values(self, rows: Sequence[Row]) -> Iterator[Any]:
        """What stands there, row by row; element by element in a list."""
        for row in rows:
            value = row[self.column.name]
            if self.column.type is not Type.LIST:
                yield value
            else:
                yield from (element[self.item] for element in value or ())


def readers(table: Table, endpoint: Endpoint, names: Names) -> Iterator[Found]:
    """The columns of a table that read a field of the landed record."""
    for column in table.columns:
        source = column.field_in(endpoint.name)
        for path in root_paths(endpoint, source):
            parse = source.parse if source else Parse.PLAIN
            if column.type is Type.LIST and names[: len(path)] == path:
                rest = names[len(path) :]
                for item in column.items:
                    inner = tuple(item.path.split(".")) if item.path else ()
                    if rest == inner or (item.type is Type.JSON and rest[: len(inner)] == inner):
                        yield Found(table, column, Parse.PLAIN, item.type, item.name)
            elif names == path or (column.type is Type.JSON and names[: len(path)] == path):
                yield Found(table, column, parse, column.type)


def is_never_stored(found: Found) -> bool:
    """Whether it is a secret."""
    item = next((each for each in found.column.items if each.name == found.item), None)
    return Personal.SECRET in (found.column.personal, item.personal if item else None)


def arrived(found: Found, rows: Sequence[Row], value: Any) -> bool:
    """Whether a value stands in a column: as it is where the column keeps it, else in whatever form."""
    stored = [each for each in found.values(rows) if each is not None]
    if not stored:
        return False
    if found.parse is not Parse.PLAIN:
        return True
    return any(_is(found.type, each, value) for each in stored)


def _is(kind: Type, stored: Any, value: Any) -> bool:
    match kind:
        case Type.TEXT:
            return stored == _text(value)
        case Type.INTEGER | Type.NUMBER | Type.DECIMAL:
            return float(stored) == float(value)
        case Type.BOOLEAN:
            return stored == (value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes"))
        case Type.TIMESTAMP:
            return abs(stored - _moment(str(value))) < timedelta(seconds=1)  # requests carry whole seconds
        case Type.DATE:
            return str(stored) == str(value)[:10]
        case Type.JSON:
            return any(_text(each) == _text(value) for _, each in leaves(_unpacked(stored)))
    return True


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, float) else str(value).strip()


def _unpacked(stored: Any) -> Any:
    try:
        return json.loads(stored)
    except ValueError:
        return stored


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_in_extra(names: Names, value: Any, rows: Sequence[Row]) -> bool:
    """Whether a field that no column reads is kept with the row, under its own name."""
    for row in rows:
        for found, each in leaves(json.loads(row["_extra"])) if row["_extra"] else ():
            same = _text(each) == _text(value) or is_blank(value)
            if same and found and found[-1] == names[-1]:
                return True
    return False
