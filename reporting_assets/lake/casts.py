"""How a JSON value becomes a column's value: DuckDB expressions, one rule per type and way of writing.

Expressions only; which rows they run over is for `typed`. Two truths hold for all: an empty or blank text is unknown
(NULL), and a value that cannot be read is NULL and counted, never an error for the whole partition.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from reporting_assets.contracts.model import Column, Field, Parse, Personal, Table, Type
from reporting_assets.contracts.sql import SQL_TYPE
from reporting_assets.lake.privacy import REQUEST, paths

_BLANKS = r"' ' || chr(9) || chr(10) || chr(13)"
_WHOLE = r"'[+-]?[0-9]+(\.0*)?'"
_CLOCK = r"'([0-9]+:[0-5]?[0-9]|[0-9]+):[0-5][0-9]'"
_US_MINUTE = "'%m/%d/%Y %H:%M'"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def structure(table: Table, endpoint: str) -> str:
    """What `json_transform` takes out of a record of `endpoint`: fields of the top level, as JSON where that is needed."""
    fields: dict[str, str] = {}
    for column in table.columns:
        for path in paths(column.field_in(endpoint)):
            name, _, below = path.partition(".")
            as_json = bool(below) or column.type is Type.JSON or fields.get(name) == "JSON"
            fields[name] = "JSON" if as_json else "VARCHAR"
    return orjson.dumps(fields or {"": "VARCHAR"}).decode()


def unknown_fields(table: Table, endpoint: str, record: str) -> str:
    """The fields of `record` (an SQL expression) that no column reads, as JSON text; NULL where there are none."""
    patch: dict[str, object] = {}
    parents: set[str] = set()
    for column in table.columns:
        for path in paths(column.field_in(endpoint)):
            names = path.split(".")
            level = patch
            for depth, name in enumerate(names[:-1], 1):
                below = level.setdefault(name, {})
                if not isinstance(below, dict):
                    break  # a column takes the whole of the level above
                parents.add(".".join(names[:depth]))
                level = below
            else:
                level[names[-1]] = None
    left = f"json_merge_patch({record}, {literal(orjson.dumps(patch).decode())})"
    for parent in sorted(parents, key=len, reverse=True):  # a level all of whose fields are known leaves nothing
        nothing: dict[str, object] = {}
        level = nothing
        *above, last = parent.split(".")
        for name in above:
            level[name] = level = {}
        level[last] = None
        gone = literal(orjson.dumps(nothing).decode())
        left = (
            f"CASE json_extract_string({left}, {literal(_pointer(parent))})"
            f" WHEN '{{}}' THEN json_merge_patch({left}, {gone}) ELSE {left} END"
        )
    return f"nullif(CAST({left} AS VARCHAR), '{{}}')"


def raw(column: Column, endpoint: str, structure_types: dict[str, str]) -> str:
    """The column's value as text, NULL where absent or blank. `s` is the transformed record, `c` the request's values."""
    field = column.field_in(endpoint)
    if field is None or column.personal is Personal.SECRET:
        return "CAST(NULL AS VARCHAR)"
    places = [path for path in (field.path, field.fallback) if path]
    values = [_not_blank(_at(path, column.type is Type.JSON, structure_types)) for path in places]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _at(path: str, as_json: bool, types: dict[str, str]) -> str:
    if path.startswith(REQUEST):
        return f"json_extract_string(c, {literal(_pointer(path.removeprefix(REQUEST)))})"
    name, _, below = path.partition(".")
    top = f"s.{quoted(name)}"
    if as_json:
        value = f"json_extract({top}, {literal(_pointer(below))})" if below else top
        # An empty text and JSON's null both mean unknown.
        return f"CASE WHEN json_type({value}) = 'VARCHAR' AND trim({value} ->> '$', {_BLANKS}) = '' THEN NULL ELSE nullif(CAST({value} AS VARCHAR), 'null') END"
    if below:
        return f"json_extract_string({top}, {literal(_pointer(below))})"
    return f"({top} ->> '$')" if types[name] == "JSON" else top


def _pointer(path: str) -> str:
    return "$" + "".join(f'."{name}"' for name in path.split("."))


def _not_blank(value: str) -> str:
    return f"CASE WHEN trim({value}, {_BLANKS}) <> '' THEN {value} END"


def parse_of(column: Column, endpoint: str) -> Parse:
    """How the column is written in records of `endpoint`."""
    field: Field | None = column.field_in(endpoint)
    return field.parse if field else Parse.PLAIN


def value(type_: Type, parse: Parse, text: str) -> str:
    """The SQL value of a `text` expression that is NULL or not blank; NULL where it cannot be read."""
    t = f"trim({text}, {_BLANKS})"
    if parse is Parse.CLOCK_SECONDS:
        return _clock_seconds(t)
    if parse is Parse.MINUTES_AS_SECONDS:
        minutes = f"CASE WHEN isfinite(TRY_CAST({t} AS DOUBLE)) THEN TRY_CAST({t} AS DOUBLE) END"
        return f"TRY_CAST({minutes} * 60 AS {SQL_TYPE[type_]})"
    if parse is Parse.US_MINUTE:
        return f"CAST(try_strptime({t}, {_US_MINUTE}) AS {SQL_TYPE[type_]})"
    if type_ is Type.INTEGER:  # a cast alone would round 3.7 to 4 and read 0x10
        return f"CASE WHEN regexp_full_match({t}, {_WHOLE}) THEN TRY_CAST({t} AS BIGINT) END"
    if type_ is Type.NUMBER:
        number = f"TRY_CAST({t} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    if type_ is Type.BOOLEAN:
        return (
            f"CASE lower({t}) WHEN 'true' THEN true WHEN '1' THEN true WHEN 'false' THEN false WHEN '0' THEN false END"
        )
    if type_ is Type.TIMESTAMP:
        return _moment(t)
    if type_ is Type.DATE:
        return f"CAST({_moment(t)} AS DATE)"
    return text  # TEXT as it is written, JSON already compact


def _moment(t: str) -> str:
    """ISO 8601, UTC unless it says otherwise. Must begin with a year: a cast alone would also read 'epoch'."""
    return f"CASE WHEN {t} SIMILAR TO '[0-9]{{4}}-.*' THEN TRY_CAST({t} AS TIMESTAMPTZ) END"


def _clock_seconds(t: str) -> str:
    part = f"string_split({t}, ':')"
    minutes = f"TRY_CAST({part}[-2] AS BIGINT) * 60 + TRY_CAST({part}[-1] AS BIGINT)"
    hours = f"CASE WHEN len({part}) = 3 THEN TRY_CAST({part}[1] AS BIGINT) * 3600 ELSE 0 END"
    return f"CASE WHEN regexp_full_match({t}, {_CLOCK}) THEN {hours} + {minutes} END"


def fallible(columns: Iterable[Column]) -> list[Column]:
    """Columns whose values may not be readable as their type."""
    return [column for column in columns if column.type not in (Type.TEXT, Type.JSON)]
