"""Where the paths of `Field` lead: which level of a landed record, and which fields of that level.

Here: the one reading of a path, which typing and privacy share. Not here: taking values out (`lake`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from reporting_assets.contracts.model import Endpoint, Field


class Level(StrEnum):
    """The levels a path may begin at, as it writes them; without any it stands in the record (or `each`'s element)."""

    RECORD = ""
    PARENT = "$parent"
    LEG = "$leg"
    LABEL = "$label"
    REQUEST = "$request"
    PLACE = "$place"
    PARENT_PLACE = "$parent_place"
    INDEX = "$index"
    TWIN = "$twin"


_WHOLE = (Level.PLACE, Level.PARENT_PLACE, Level.INDEX, Level.TWIN)  # numbers by themselves, without a field below
BY_PAGING = ("_answer", "_array")
IN_JSON = (Level.RECORD, Level.PARENT, Level.LEG)


@dataclass(frozen=True, slots=True)
class Place:
    """A path, read: the level it begins at, and the names of the fields that lead on from there."""

    level: Level
    names: tuple[str, ...]


@lru_cache(maxsize=10_000)
def place(path: str) -> Place:
    """Reads a path. Raises ValueError for one that begins with `$` and no known level, or that names no field."""
    first, _, rest = path.partition(".")
    if not first.startswith("$"):
        found = Place(Level.RECORD, tuple(path.split(".")))
    elif first in tuple(Level):
        found = Place(Level(first), tuple(rest.split(".")) if rest else ())
    else:
        raise ValueError(f"The path {path!r} begins with no known level: use {', '.join(filter(None, Level))} or none.")
    if (found.level in _WHOLE) is bool(found.names) or not all(found.names):
        raise ValueError(f"The path {path!r} must name a field (and {', '.join(_WHOLE)} none).")
    return found


def field_places(endpoint: Endpoint, field: Field | None) -> tuple[Place, ...]:
    """The places a column is read from: its path's, then its fallback's; none where it is not delivered.

    What paging writes into a record (`_answer`, `_array`) stands in the landed one, also where elements of it are rows.
    """
    if field is None:
        return ()
    found = [place(path) for path in (field.path, field.fallback) if path]
    return tuple(
        Place(Level.PARENT, each.names)
        if endpoint.each and each.level is Level.RECORD and each.names[0] in BY_PAGING
        else each
        for each in found
    )


def request_names(field: Field | None) -> tuple[str, ...]:
    """The values of the request that a column is read from."""
    found = [place(path) for path in (field.path, field.fallback) if path] if field else []
    return tuple(".".join(each.names) for each in found if each.level is Level.REQUEST)


def root_paths(endpoint: Endpoint, field: Field | None) -> tuple[tuple[str, ...], ...]:
    """The fields a column is read from, as names from the landed record down; lists on the way are passed through.

    A column that is read from legs has a path in each of them; labels, places and values of the request have none.
    """
    around = tuple(endpoint.each.split(".")) if endpoint.each else ()
    found: list[tuple[str, ...]] = []
    for each in field_places(endpoint, field):
        if each.level is Level.RECORD:
            found.append((*around, *each.names))
        elif each.level is Level.PARENT:
            found.append(each.names)
        elif each.level is Level.LEG:
            found += [(*around, *leg.path.split("."), *each.names) for leg in endpoint.legs]
    return tuple(dict.fromkeys(found))
