"""From landed records to typed rows: the elements of `each`, their legs, the places of the legs' series.

Here: one SELECT, over one batch of records after the other. What texts columns are is for `shapes`, how they are read
for `casts`. A leg that holds only blanks goes early, as most do; a column is read where its value stands once, not for
every leg that shares it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from reporting_assets.contracts.model import Column, Endpoint, Table
from reporting_assets.contracts.places import Level
from reporting_assets.lake import casts, pieces, shapes
from reporting_assets.lake.lines import FIRST_ELEMENT, IN_LINE, LINE, Lines
from reporting_assets.lake.shapes import LEG_NUMBER, SERIES, Known, Stage, fields_of, joined, structure, unknown
from reporting_assets.lake.sqltext import is_list, is_object, is_value, literal, pointer, quoted

# JSON text without any value: brackets, names, nulls and blank texts alone. DuckDB writes JSON without spaces.
_BLANK = r"""'(?:[\[\]{},]|"(?:[^"\\]|\\.)*":|null|"(?:\s|\\[tnr])*")*'"""
_AROUND, _RECORD, _LEG = (shapes.VALUES[level] for level in (Level.PARENT, Level.RECORD, Level.LEG))
_PLACE, _INDEX = shapes.PLACES[Level.PLACE], shapes.PLACES[Level.INDEX]
_LEG_PLACE = '"$leg_place"'  # in a leg that is a list
PLACES_IN_RECORD = (_PLACE, LEG_NUMBER, _LEG_PLACE, _INDEX)  # tell the rows of one record apart
_JSON, _LISTED, _FOUND = '"$json"', '"$listed"', '"$found"'  # what is being taken apart
_LEFT, _LEFT_AROUND, _LEFT_LEG = '"$left"', '"$left_around"', '"$left_leg"'  # fields nobody reads, by level


def is_one_to_one(endpoint: Endpoint) -> bool:
    """Whether every record is exactly one row."""
    return not (endpoint.each or endpoint.legs)


def mark(column: Column) -> str:
    """The name under which rows say whether the column's value could not be read."""
    return quoted(f"$bad {column.name}")


@dataclass(frozen=True)
class _Query:
    """A SELECT and the names of its columns."""

    sql: str
    columns: tuple[str, ...]

    def adding(self, named: Mapping[str, str], *, without: tuple[str, ...] = (), where: str = "") -> _Query:
        """With further columns, which are expressions over the present ones, of which those `without` go."""
        kept = tuple(name for name in self.columns if name not in without)
        added = [f"{value} AS {name}" for name, value in named.items()]
        condition = f" WHERE {where}" if where else ""
        return _Query(f"SELECT {', '.join((*kept, *added))} FROM ({self.sql}){condition}", (*kept, *named))


def rows(table: Table, endpoint: Endpoint, lines: Lines) -> str:
    """A SELECT of the rows that the records of `lines` hold.

    Its columns: the table's own, a `mark` for each that may be malformed, `_extra`, what `lines` carry beside the
    record, and `PLACES_IN_RECORD`.
    """
    if endpoint.series and not endpoint.legs:
        raise ValueError(f"The endpoint {endpoint.name} has series but no legs that they stand in.")
    query = _Query(lines.landed, (LINE,))
    levels = shapes.known_fields(table, endpoint)
    query = _elements(query, table, endpoint, levels) if endpoint.each else _records(query, levels[Level.RECORD])
    query = _Query(*lines.of_requests(query.sql, query.columns))
    if endpoint.each:
        query = _taken_apart(query, levels[Level.RECORD])
    else:
        query = _with_columns(query, table, endpoint, levels, Stage.LANDED)
    query = _with_columns(query, table, endpoint, levels, Stage.ELEMENT)
    if endpoint.legs:
        query = _legs(query, endpoint, levels[Level.LEG])
        query = _with_columns(query, table, endpoint, levels, Stage.LEG)
    if endpoint.series:
        query = _series(query, endpoint)
        query = _with_columns(query, table, endpoint, levels, Stage.SERIES)
    left = {"_extra": _extra(endpoint)}
    absent = {name: "CAST(NULL AS BIGINT)" for name in PLACES_IN_RECORD if name not in query.columns}
    return query.adding(left | absent).sql


def _with_columns(query: _Query, table: Table, endpoint: Endpoint, levels: dict[Level, Known], stage: Stage) -> _Query:
    """With the table's columns that can be read at this stage and not before."""
    texts, values, marks = {}, {}, {}
    checked = casts.fallible(table.columns)
    for column in table.columns:
        if shapes.stage(column, endpoint) is not stage:
            continue
        text, value = quoted(f"$text {column.name}"), quoted(column.name)
        parse = casts.parse_of(column, endpoint.name)
        texts[text] = casts.reworded(column, endpoint.name, shapes.text(column, endpoint, levels))
        values[value] = casts.value(column, parse, text)
        if column in checked:
            marks[mark(column)] = casts.malformed(column, parse, text, value)
    return query.adding(texts).adding(values).adding(marks, without=tuple(texts)) if texts else query


def _extra(endpoint: Endpoint) -> str:
    """What no column reads: of the record or element, under `$parent` of the record around it, under `$leg` of the leg."""
    parts = [fields_of(_LEFT)]
    if endpoint.each:
        parts.append(f"'\"$parent\":' || {_LEFT_AROUND}")
    if endpoint.legs:
        parts.append(f"'\"$leg\":' || {_LEFT_LEG}")
    return joined(*parts) if len(parts) > 1 else _LEFT


def _taken(json: str, shape: object) -> str:
    return f"json_transform({json}, {literal(orjson.dumps(shape).decode())})"


def _landed(query: _Query, known: Known, value: str, left: str) -> _Query:
    """The landed lines, with the record's fields as `value` and what nobody reads of it as `left`."""
    numbers = dict.fromkeys(IN_LINE.values(), "BIGINT")
    query = query.adding({_FOUND: _taken(LINE, {**numbers, pieces.RECORD: structure(known)})})
    record = f"{_FOUND}.{pieces.RECORD}"
    unread = shapes.unknown_of_record(known, LINE, record)
    taken = {name: f"{_FOUND}.{field}" for name, field in IN_LINE.items()}
    return query.adding({**taken, value: record, left: unread}, without=(_FOUND,))


def _records(query: _Query, known: Known) -> _Query:
    """Records that are rows themselves."""
    return _landed(query, known, _RECORD, _LEFT).adding({}, without=(LINE, FIRST_ELEMENT))


def _elements(query: _Query, table: Table, endpoint: Endpoint, levels: dict[Level, Known]) -> _Query:
    """Elements of `each`, as JSON. One object in the place of the list is a list of one."""
    query = _landed(query, levels[Level.PARENT], _AROUND, _LEFT_AROUND)
    names = tuple(str(endpoint.each).split("."))
    other = f"json_extract({LINE}, {pointer((pieces.RECORD, *names))})"
    several = f"{_AROUND}.{'.'.join(map(quoted, names))}"
    listed = f"coalesce({several}, CASE WHEN {is_value(other)} THEN [{other}] END)"
    query = query.adding({_LISTED: listed}, without=(LINE,))
    query = _with_columns(query, table, endpoint, levels, Stage.LANDED)
    place = f"generate_subscripts({_LISTED}, 1) - 1 + coalesce({FIRST_ELEMENT}, 0)"
    return query.adding({_JSON: f"unnest({_LISTED})", _PLACE: place}, without=(_LISTED, FIRST_ELEMENT))


def _taken_apart(query: _Query, known: Known) -> _Query:
    """Elements, without those that are null."""
    query = query.adding({_RECORD: _taken(_JSON, structure(known))}, where=is_value(_JSON))
    left = unknown(known, _JSON, _RECORD)
    other = f"'{{\"$element\":' || {_JSON} || '}}'"
    return query.adding({_LEFT: f"CASE WHEN {is_object(_JSON)} THEN {left} ELSE {other} END"}, without=(_JSON,))


def _legs(query: _Query, endpoint: Endpoint, known: Known) -> _Query:
    """The legs that say anything, or one row without leg where none does."""
    legs = []
    for number, leg in enumerate(endpoint.legs, 1):
        first, *rest = leg.path.split(".")
        json = f"{_RECORD}.{quoted(first)}"
        legs.append(f"{{number: {number}, json: {f'json_extract({json}, {pointer(rest)})' if rest else json}}}")
    numbered = f"[{', '.join(legs)}]"
    saying = f"list_filter({numbered}, lambda y: NOT {_is_blank('y.json')})"
    query = query.adding({_FOUND: saying})
    query = query.adding(
        {_FOUND: f"unnest(CASE WHEN len({_FOUND}) > 0 THEN {_FOUND} ELSE [NULL] END)"}, without=(_FOUND,)
    )
    several = f"json_transform({_FOUND}.json, '[\"JSON\"]')"
    listed = f"CASE WHEN {is_list(f'{_FOUND}.json')} THEN {several} ELSE [{_FOUND}.json] END"
    query = query.adding({_LISTED: listed, LEG_NUMBER: f"{_FOUND}.number"}, without=(_FOUND,))
    unnested = {_JSON: f"unnest({_LISTED})", _LEG_PLACE: f"generate_subscripts({_LISTED}, 1)"}
    query = query.adding(unnested, without=(_LISTED,))
    saying = f"{LEG_NUMBER} IS NULL OR NOT {_is_blank(_JSON)}"
    query = query.adding({_LEG: _taken(_JSON, structure(known))}, where=saying)
    return query.adding({_LEFT_LEG: unknown(known, _JSON, _LEG)}, without=(_JSON,))


def _series(query: _Query, endpoint: Endpoint) -> _Query:
    """The places of a leg's parallel lists, the longest of which counts; one row where all are empty."""
    lists = []
    for name in endpoint.series:
        first, *rest = name.split(".")
        json = f"{_LEG}.{quoted(first)}"
        json = f"json_extract({json}, {pointer(rest)})" if rest else json
        single = f"CASE WHEN {is_value(json)} THEN [{json}] END"
        lists.append(f"{quoted(name)}: coalesce(json_transform({json}, '[\"JSON\"]'), {single})")
    query = query.adding({_LISTED: f"{{{', '.join(lists)}}}"})
    longest = f"greatest(0, {', '.join(f'len({_LISTED}.{quoted(name)})' for name in endpoint.series)})"
    query = query.adding({_INDEX: f"unnest(CASE WHEN {longest} > 0 THEN range({longest}) ELSE [NULL] END)"})
    values = ", ".join(f"{quoted(name)}: {_LISTED}.{quoted(name)}[{_INDEX} + 1]" for name in endpoint.series)
    return query.adding({SERIES: f"{{{values}}}"}, without=(_LISTED,))


def _is_blank(json: str) -> str:
    return f"({json} IS NULL OR regexp_full_match(CAST({json} AS VARCHAR), {_BLANK}))"
