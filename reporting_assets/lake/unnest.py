"""From landed records to rows: the elements of `each`, their legs, the places of the legs' series.

Here: the FROM clause only, in SQL, one batch of records after the other. What columns make of a row is for `shapes` and
`casts`. A leg that holds only blanks goes early, before anything is taken out of it: most legs do.
"""

from __future__ import annotations

from reporting_assets.contracts.model import Endpoint
from reporting_assets.contracts.places import Level
from reporting_assets.lake.casts import is_value
from reporting_assets.lake.shapes import (
    LEG_NUMBER,
    PLACES,
    SERIES,
    VALUES,
    Known,
    fields_of,
    joined,
    structure,
    unknown,
    unknown_of_object,
)
from reporting_assets.lake.sqltext import literal, pointer, quoted

# JSON text without any value: brackets, names, nulls and blank texts alone. DuckDB writes JSON without spaces.
_BLANK = r"""'(?:[\[\]{},]|"(?:[^"\\]|\\.)*":|null|"(?:\s|\\[tnr])*")*'"""
_RECORD, _AROUND, _LEG = (VALUES[level] for level in (Level.RECORD, Level.PARENT, Level.LEG))
_LEG_PLACE = "leg_place"
_PLACE, _INDEX = PLACES[Level.PLACE], PLACES[Level.INDEX]

PLACES_IN_RECORD = (_PLACE, LEG_NUMBER, _LEG_PLACE, _INDEX)  # tell the rows of one record apart


def is_one_to_one(endpoint: Endpoint) -> bool:
    """Whether every record is exactly one row."""
    return not (endpoint.each or endpoint.legs)


def rows(endpoint: Endpoint, levels: dict[Level, Known], lines: str, carried: tuple[str, ...]) -> str:
    """A SELECT of rows out of `lines`, a SELECT of records as JSON `r` and the columns `carried`.

    Its columns: `carried`, `_extra`, and those that `shapes.text` reads.
    """
    if endpoint.series and not endpoint.legs:
        raise ValueError(f"The endpoint {endpoint.name} has series but no legs that they stand in.")
    kept = ", ".join(carried)
    if endpoint.each:
        source, kept = _elements(endpoint, levels, lines, kept)
    else:
        source = f"SELECT r AS e, {kept} FROM ({lines})"
    record = f"json_transform(e, {literal(structure(levels[Level.RECORD]))}) AS {_RECORD}"
    of_element = unknown_of_object(levels[Level.RECORD], "e")
    if endpoint.each:
        of_element = f"CASE json_type(e) WHEN 'OBJECT' THEN {of_element} ELSE '{{\"$element\":' || e || '}}' END"
    if not endpoint.legs:
        source = f"SELECT {record}, {of_element} AS left_, {kept} FROM ({source})"
    else:
        source, kept = _legs(
            endpoint, levels, f"SELECT e, {record}, {of_element} AS left_, {kept} FROM ({source})", kept
        )
    absent = [
        name
        for name, is_there in zip(
            PLACES_IN_RECORD, (endpoint.each, endpoint.legs, endpoint.legs, endpoint.series), strict=True
        )
        if not is_there
    ]
    nulls = "".join(f", CAST(NULL AS BIGINT) AS {name}" for name in absent)
    if is_one_to_one(endpoint):
        return f"SELECT *, left_ AS _extra{nulls} FROM ({source})"
    parts = [fields_of("left_")]
    if endpoint.each:
        parts.append("'\"$parent\":' || left_around")
    if endpoint.legs:
        parts.append("'\"$leg\":' || left_leg")
    return f"SELECT *, {joined(*parts)} AS _extra{nulls} FROM ({source})"


def _elements(endpoint: Endpoint, levels: dict[Level, Known], lines: str, kept: str) -> tuple[str, str]:
    """Rows of `each`, as JSON `e`. One object in the place of the list is a list of one."""
    around = levels[Level.PARENT]
    names = str(endpoint.each).split(".")
    listed = f"{_AROUND}.{'.'.join(map(quoted, names))}"
    transform = f"SELECT json_transform(r, {literal(structure(around))}) AS {_AROUND}, r, {kept} FROM ({lines})"
    split = f"""
        SELECT {_AROUND}, {unknown_of_object(around, "r")} AS left_around, {kept},
            coalesce(json_transform({listed}, '["JSON"]'), CASE WHEN {is_value(listed)} THEN [{listed}] END) AS listed
        FROM ({transform})"""
    kept = f"{_AROUND}, left_around, {kept}"
    numbered = f"SELECT unnest(listed) AS e, generate_subscripts(listed, 1) - 1 AS {_PLACE}, {kept} FROM ({split})"
    kept = f"{_PLACE}, {kept}"
    return f"SELECT e, {kept} FROM ({numbered}) WHERE {is_value('e')}", kept


def _legs(endpoint: Endpoint, levels: dict[Level, Known], source: str, kept: str) -> tuple[str, str]:
    """Rows of the legs that say anything, or one without leg."""
    kept = f"{_RECORD}, left_, {kept}"
    paths = ", ".join(pointer(leg.path.split(".")) for leg in endpoint.legs)
    numbered = f"list_transform(json_extract(e, [{paths}]), lambda x, i: {{number: i, value: x}})"
    saying = f"list_filter({numbered}, lambda y: NOT {_is_blank('y.value')})"
    found = f"SELECT {saying} AS found, {kept} FROM ({source})"
    taken = f"SELECT unnest(CASE WHEN len(found) > 0 THEN found ELSE [NULL] END) AS found, {kept} FROM ({found})"
    listed = "CASE WHEN json_type(found.value) = 'ARRAY' THEN json_transform(found.value, '[\"JSON\"]') ELSE [found.value] END"
    listed = f"SELECT {listed} AS listed, found.number AS {LEG_NUMBER}, {kept} FROM ({taken})"
    numbers = f"generate_subscripts(listed, 1) AS {_LEG_PLACE}"
    flat = f"SELECT unnest(listed) AS j, {numbers}, {LEG_NUMBER}, {kept} FROM ({listed})"
    kept = f"{LEG_NUMBER}, {_LEG_PLACE}, {kept}"
    known = levels[Level.LEG]
    leg = f"json_transform(j, {literal(structure(known))}) AS {_LEG}"
    source = (
        f"SELECT {leg}, {unknown(known, 'j')} AS left_leg, {kept} FROM ({flat})"
        f" WHERE {LEG_NUMBER} IS NULL OR NOT {_is_blank('j')}"
    )
    kept = f"{_LEG}, left_leg, {kept}"
    return _series(endpoint, source, kept) if endpoint.series else (source, kept)


def _series(endpoint: Endpoint, source: str, kept: str) -> tuple[str, str]:
    """Rows of the places of a leg's parallel lists, the longest of which counts; one row where all are empty."""
    lists = []
    for name in endpoint.series:
        json = f"{_LEG}.{'.'.join(map(quoted, name.split('.')))}"
        one = f"CASE WHEN {is_value(json)} THEN [{json}] END"
        lists.append(f"{quoted(name)}: coalesce(json_transform({json}, '[\"JSON\"]'), {one})")
    with_lists = f"SELECT {{{', '.join(lists)}}} AS lists, {kept} FROM ({source})"
    longest = f"greatest(0, {', '.join(f'len(lists.{quoted(name)})' for name in endpoint.series)})"
    places = f"CASE WHEN {longest} > 0 THEN range({longest}) ELSE [NULL] END"
    numbered = f"SELECT unnest({places}) AS {_INDEX}, lists, {kept} FROM ({with_lists})"
    values = ", ".join(f"{quoted(name)}: lists.{quoted(name)}[{_INDEX} + 1]" for name in endpoint.series)
    return f"SELECT {{{values}}} AS {SERIES}, {_INDEX}, {kept} FROM ({numbered})", f"{SERIES}, {_INDEX}, {kept}"


def _is_blank(json: str) -> str:
    return f"({json} IS NULL OR regexp_full_match(CAST({json} AS VARCHAR), {_BLANK}))"
