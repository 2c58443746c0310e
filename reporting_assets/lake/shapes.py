"""Which fields of a landed record the columns of a table read: as structs to take out, as texts, and as what is left.

Here: one tree of known fields per level of a record (`contracts.places`), and the SQL that follows from it. How records
become rows is for `unnest`; how a text becomes a value is for `casts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import orjson

from reporting_assets.contracts.model import Column, Endpoint, Item, Personal, Table, Type
from reporting_assets.contracts.places import IN_JSON, Level, Place, field_places
from reporting_assets.lake.casts import is_value, list_text
from reporting_assets.lake.sqltext import literal, not_blank, pointer, quoted

# What rows carry beside the table's columns, whose names hold no `$`. By level: structs of texts, and places.
VALUES = {level: f'"{level or "$record"}"' for level in (*IN_JSON, Level.REQUEST)}
PLACES = {level: f'"{level}"' for level in (Level.PLACE, Level.PARENT_PLACE, Level.INDEX)}
LEG_NUMBER, SERIES = '"$leg_number"', '"$series"'  # which of the legs; the series' values at this place
_ARRAY = "_array"  # written by our own paging: which list of an answer the record stood in


@dataclass
class Known:
    """A field that columns read: as a text, as JSON, as a list of `items`, or only for the fields `below` it."""

    is_read: bool = False
    as_json: bool = False
    reads_all: bool = False  # some column takes it as JSON
    items: list[Item] = field(default_factory=list)
    below: dict[str, Known] = field(default_factory=dict)

    def at(self, names: tuple[str, ...]) -> Known:
        """The field below `names`, which becomes known."""
        node = self
        for name in names:
            node = node.below.setdefault(name, Known())
        return node

    @property
    def is_whole(self) -> bool:
        """Whether all that stands below is read."""
        return self.is_read and (self.reads_all or not self.items)


def known_fields(table: Table, endpoint: Endpoint) -> dict[Level, Known]:
    """The fields of every level that columns read, or that rows are made of."""
    levels = {level: Known() for level in IN_JSON}
    for column in table.columns:
        for place in field_places(endpoint, column.field_in(endpoint.name)):
            if place.level not in IN_JSON:
                continue
            node = levels[place.level].at(place.names)
            node.is_read = True
            if column.type is Type.LIST:
                node.items += column.items
            node.as_json = node.as_json or column.type in (Type.JSON, Type.LIST)
            if column.type is Type.JSON:
                node.reads_all = True
    _add_made_into_rows(endpoint, levels)
    return levels


def _add_made_into_rows(endpoint: Endpoint, levels: dict[Level, Known]) -> None:
    """Lists and legs that become rows are known, though no column reads them."""
    outer = levels[Level.PARENT if endpoint.each else Level.RECORD]
    outer.at((_ARRAY,)).is_read = True
    if endpoint.each:
        node = outer.at(tuple(endpoint.each.split(".")))
        node.is_read = node.as_json = True
    for leg in endpoint.legs:
        levels[Level.RECORD].at(tuple(leg.path.split("."))).is_read = True
    for name in endpoint.series:
        node = levels[Level.LEG].at(tuple(name.split(".")))
        node.is_read = node.as_json = True


class Stage(IntEnum):
    """How far a record has become rows when a column can be read; nothing is read once per leg that stands around."""

    LANDED = 0
    ELEMENT = 1
    LEG = 2
    SERIES = 3


def stage(column: Column, endpoint: Endpoint) -> Stage:
    """The earliest stage at which all places of a column are there."""
    places = field_places(endpoint, column.field_in(endpoint.name))
    return max((_stage(place, endpoint) for place in places), default=Stage.LANDED)


def _stage(place: Place, endpoint: Endpoint) -> Stage:
    if place.level is Level.INDEX or (place.level is Level.LEG and _series_of(place, endpoint)):
        return Stage.SERIES
    if place.level in (Level.LEG, Level.LABEL):
        return Stage.LEG
    if place.level in (Level.RECORD, Level.PLACE):
        return Stage.ELEMENT
    return Stage.LANDED


def _series_of(place: Place, endpoint: Endpoint) -> str | None:
    """The series that a place of a leg is in."""
    for name in endpoint.series:
        parts = tuple(name.split("."))
        if place.names[: len(parts)] == parts:
            return name
    return None


def structure(known: Known) -> str:
    """What `json_transform` takes out of a level."""
    return orjson.dumps(_structure(known)).decode()


def _structure(known: Known) -> object:
    if known.is_read:
        return "JSON" if known.as_json or known.below else "VARCHAR"
    return {name: _structure(node) for name, node in known.below.items()} or {"": "VARCHAR"}


def text(column: Column, endpoint: Endpoint, levels: dict[Level, Known]) -> str:
    """The column's value as text (of a LIST: `casts.list_text`), NULL where absent or blank, of what rows carry."""
    places = field_places(endpoint, column.field_in(endpoint.name))
    is_list = column.type is Type.LIST
    if column.personal is Personal.SECRET or not places:
        return list_text(column, "CAST(NULL AS JSON)") if is_list else "CAST(NULL AS VARCHAR)"
    texts = [_text(column, place, endpoint, levels) for place in places]
    return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"


def _text(column: Column, place: Place, endpoint: Endpoint, levels: dict[Level, Known]) -> str:
    if place.level in PLACES:
        return f"CAST({PLACES[place.level]} AS VARCHAR)"
    if place.level is Level.TWIN:
        return "'0'"  # until all rows are there to be compared: see `typed`
    if place.level is Level.LABEL:
        labels = [leg.labels.get(".".join(place.names)) for leg in endpoint.legs]
        listed = ", ".join("NULL" if label is None else literal(label) for label in labels)
        return f"CAST([{listed}] AS VARCHAR[])[{LEG_NUMBER}]"
    if place.level is Level.REQUEST:
        return not_blank(f"{VALUES[place.level]}.{quoted('.'.join(place.names))}")
    value, rest, is_json = _taken(place, endpoint, levels)
    if column.type in (Type.LIST, Type.JSON):
        json = f"json_extract({value}, {pointer(rest)})" if rest else value
        if column.type is Type.LIST:
            return list_text(column, json)
        return f"CASE WHEN {is_value(json)} THEN CAST({json} AS VARCHAR) END"
    return not_blank(f"json_extract_string({value}, {pointer(rest)})" if is_json else value)


def _taken(place: Place, endpoint: Endpoint, levels: dict[Level, Known]) -> tuple[str, tuple[str, ...], bool]:
    """The nearest value that rows carry, the names that lead on from it, and whether it is JSON."""
    if place.level is Level.LEG and (name := _series_of(place, endpoint)):
        return f"{SERIES}.{quoted(name)}", place.names[name.count(".") + 1 :], True
    value, node = VALUES[place.level], levels[place.level]
    for depth, name in enumerate(place.names, 1):
        node = node.below[name]
        value = f"{value}.{quoted(name)}"
        if node.is_read and (node.as_json or node.below):
            return value, place.names[depth:], True
    return value, (), False


def unknown(known: Known, json: str) -> str:
    """The fields of a JSON value that nothing reads, as JSON text; NULL where there are none.

    A value of another kind than its contract says is unknown as a whole.
    """
    return f"CASE json_type({json}) WHEN 'OBJECT' THEN {unknown_of_object(known, json)} ELSE {_said(json)} END"


def unknown_of_object(known: Known, json: str) -> str:
    """As `unknown`, of what is certainly a JSON object."""
    patch = literal(orjson.dumps(dict.fromkeys(known.below)).decode())
    own = f"CAST(json_merge_patch({json}, {patch}) AS VARCHAR)" if known.below else f"CAST({json} AS VARCHAR)"
    parts = [
        f"{literal(orjson.dumps(name).decode() + ':')} || {_unknown_below(node, f'json_extract({json}, {pointer((name,))})')}"
        for name, node in known.below.items()
        if not node.is_whole
    ]
    if not parts:
        return f"nullif({own}, '{{}}')"
    return joined(fields_of(own), *parts)


def _unknown_below(known: Known, json: str) -> str:
    if not known.items:
        return unknown(known, json)
    element = Known()
    for item in known.items:
        element.at(tuple(item.path.split(".")) if item.path else ()).is_read = True
    left = unknown(element, "x") if not element.is_read else "NULL"
    elements = f"list_transform(json_transform({json}, '[\"JSON\"]'), lambda x: coalesce({left}, '{{}}'))"
    any_left = f"len(list_filter({elements}, lambda x: x <> '{{}}')) > 0"
    listed = f"CASE WHEN {any_left} THEN '[' || array_to_string({elements}, ',') || ']' END"
    return f"CASE json_type({json}) WHEN 'ARRAY' THEN {listed} ELSE {_said(json)} END"


def _said(json: str) -> str:
    return f"CASE WHEN {is_value(json)} THEN CAST({json} AS VARCHAR) END"


def fields_of(text_: str) -> str:
    """The text of a JSON object without its braces; NULL where it holds nothing."""
    return f"nullif(substr({text_}, 2, length({text_}) - 2), '')"


def joined(*fields: str) -> str:
    """A JSON object of texts that are fields of it, or NULL; NULL where all are."""
    return f"nullif('{{' || concat_ws(',', {', '.join(fields)}) || '}}', '{{}}')"
