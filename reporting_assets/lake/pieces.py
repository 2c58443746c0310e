"""Landed records as lines; one whose rows stand in a long list as several: each with a part of it, and all around it.

Readers take memory by the longest line, many times over: a meeting that was left open all day has megabytes of minutes
for each of its participants. Only lists that become rows are cut; which these are is for the contract to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from reporting_assets.contracts.model import Endpoint, Table
from reporting_assets.contracts.places import Level, field_places

PIECE_BYTES = 1 << 18  # about: elements are not cut
TURN, PAGE, PLACE, FROM, RECORD = "t", "p", "n", "o", "r"  # in a line; FROM only behind a record's first piece


def rows_list(table: Table, endpoint: Endpoint) -> tuple[str, ...]:
    """The names that lead to the list to be cut; none where some column reads all of it, or nothing becomes rows."""
    if not endpoint.each:
        return ()
    names = tuple(endpoint.each.split("."))
    for column in table.columns:
        for place in field_places(endpoint, column.field_in(endpoint.name)):
            if place.level is Level.PARENT and place.names == names[: len(place.names)]:
                return ()
    return names


def lines(record: Mapping[str, Any], names: tuple[str, ...], *, turn: int, page: int, place: int) -> Iterator[bytes]:
    """The record as JSON lines, cut at the list that `names` lead to where it is long."""
    numbers = {TURN: turn, PAGE: page, PLACE: place}
    whole = _json({**numbers, RECORD: record})
    listed = _at(record, names) if names and len(whole) > PIECE_BYTES else None
    if not isinstance(listed, list) or len(listed) < 2:
        yield whole
        return
    pieces = -(-len(_json(listed)) // PIECE_BYTES)
    step = -(-len(listed) // pieces)
    for start in range(0, len(listed), step):
        begins = {FROM: start} if start else {}
        yield _json({**numbers, **begins, RECORD: _with(record, names, listed[start : start + step])})


def begun(turn: int) -> bytes:
    """How a line of this turn begins; the page follows."""
    return b'{"%s":%d,' % (TURN.encode(), turn)


def _at(record: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        record = record.get(name) if isinstance(record, Mapping) else None
    return record


def _with(record: Mapping[str, Any], names: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = names
    return {**record, first: _with(record[first], tuple(rest), value) if rest else value}


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # integers beyond 64 bits, or half a surrogate pair, which no UTF-8 text can hold
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
        return text.encode("utf-8", "replace")
