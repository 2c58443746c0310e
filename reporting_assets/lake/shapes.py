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
from reporting_assets.lake.casts import list_text
from reporting_assets.lake.pieces import RECORD
from reporting_assets.lake.sqltext import is_list, is_object, is_value, literal, not_blank, pointer, quoted

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
    is_rows: bool = False  # the list whose elements are the rows
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
    def holds_rows(self) -> bool:
        """Whether the list whose elements are the rows stands somewhere below."""
        return any(node.is_rows or node.holds_rows for node in self.below.values())

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
        node.is_read = node.is_rows = True
    for leg in endpoint.legs:
        node = levels[Level.RECORD].at(tuple(leg.path.split(".")))
        node.is_read = node.as_json = node.reads_all = True
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
    return Stage.LANDED if place.level is Level.PARENT else Stage.ELEMENT


def _series_of(place: Place, endpoint: Endpoint) -> str | None:
    """The series that a place of a leg is in."""
    for name in endpoint.series:
        parts = tuple(name.split("."))
        if place.names[: len(parts)] == parts:
            return name
    return None


def structure(known: Known) -> dict[str, object]:
    """What `json_transform` takes out of a level: its fields as texts, or as JSON where something stands below."""
    return {name: _type(node) for name, node in known.below.items()} or {"": "VARCHAR"}


def _type(known: Known) -> object:
    if known.is_rows:
        return ["JSON"]
    if known.holds_rows:
        return structure(known)
    return "JSON" if known.as_json or known.below else "VARCHAR"


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
    rest = list(place.names)
    while rest:
        name = rest.pop(0)
        value, node = f"{value}.{quoted(name)}", node.below[name]
        if not node.holds_rows:
            break
    return value, tuple(rest), _type(node) == "JSON"


def unknown(known: Known, json: str, value: str) -> str:
    """The fields of a JSON value that nothing reads, as JSON text; NULL where there are none.

    `value` is what `structure` takes out of it. A value that is no object is unknown as a whole.
    """
    return f"CASE WHEN {is_object(json)} THEN {_unknown_fields(known, json, (), value)} ELSE {_said(json)} END"


def unknown_of_record(known: Known, line: str, value: str) -> str:
    """As `unknown`, of the record in a landed line."""
    return _unknown_fields(known, line, (RECORD,), value)


def _unknown_fields(known: Known, json: str, at: tuple[str, ...], value: str | None) -> str:
    """Of an object that stands `at` somewhere in `json`. To list names costs less than to write what is left."""
    names = ", ".join(map(literal, known.below))
    other = f"json_extract({json}, {pointer(at)})" if at else json
    patch = literal(orjson.dumps(dict.fromkeys(known.below)).decode())
    own = f"CAST(json_merge_patch({other}, {patch}) AS VARCHAR)"
    if names:
        own = f"CASE WHEN NOT list_has_all([{names}], json_keys({json}, {pointer(at)})) THEN {own} END"
    parts = []
    for name, node in known.below.items():
        if not node.is_whole:
            json_below = f"json_extract({json}, {pointer((*at, name))})"
            if value and not node.holds_rows:
                json_below = f"{value}.{quoted(name)}"
            parts.append(f"{literal(orjson.dumps(name).decode() + ':')} || {_unknown_below(node, json_below)}")
    return joined(fields_of(own), *parts)


def _unknown_below(known: Known, json: str) -> str:
    if not known.items:
        return f"CASE WHEN {is_object(json)} THEN {_unknown_fields(known, json, (), None)} ELSE {_said(json)} END"
    element = Known()
    for item in known.items:
        element.at(tuple(item.path.split(".")) if item.path else ()).is_read = True
    if element.is_read:
        return f"CASE WHEN NOT {is_list(json)} THEN {_said(json)} END"
    left = _unknown_below(element, "x")
    elements = f"list_transform(json_transform({json}, '[\"JSON\"]'), lambda x: coalesce({left}, '{{}}'))"
    any_left = f"len(list_filter({elements}, lambda x: x <> '{{}}')) > 0"
    listed = f"CASE WHEN {any_left} THEN '[' || array_to_string({elements}, ',') || ']' END"
    return f"CASE WHEN {is_list(json)} THEN {listed} ELSE {_said(json)} END"


def _said(json: str) -> str:
    return f"CASE WHEN {is_value(json)} THEN CAST({json} AS VARCHAR) END"


def fields_of(text_: str) -> str:
    """The text of a JSON object without its braces; NULL where it holds nothing."""
    return f"nullif(substr({text_}, 2, length({text_}) - 2), '')"


def joined(*fields: str) -> str:
    """A JSON object of texts that are fields of it, or NULL; NULL where all are."""
    return f"nullif('{{' || concat_ws(',', {', '.join(fields)}) || '}}', '{{}}')"
