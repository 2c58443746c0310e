"""The landed lines of one sealed attempt as a SELECT: those of the turns that count, with what their requests carried.

Here: finding the lines, making sure that none is missing, counting places over pages. What stands in a record is for
`unnest` and `shapes`; writing lines is for `landing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from reporting_assets.contracts.model import Endpoint, Table
from reporting_assets.contracts.places import Level, field_places, request_names
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.ledger import LONGEST_LINE, PAGES, LedgerEntry, Sealed
from reporting_assets.lake.sqltext import literal

# The request's values; page, place on it, and number of the request.
REQUEST, PAGE, PLACE_ON_PAGE, NUMBER = '"$request"', '"$page"', '"$place_on_page"', '"$number"'
PARENT_PLACE = '"$parent_place"'
RECORD = '"$landed"'  # JSON
_LINE = {"t": "BIGINT", "p": "BIGINT", "n": "BIGINT", "r": "JSON"}  # as `landing` writes them
_TURNS, _PAGES = "_typed_turns", "_typed_pages"


@contextmanager
def lines(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    endpoint: Endpoint,
    sealed: Sealed,
    entries: Sequence[LedgerEntry],
    position: Mapping[str, int],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A SELECT of the records of `entries`, and the names of its columns; it holds while the context does.

    `position` numbers the requests by their keys. Raises LakeError where the landing holds more or fewer records than
    the ledger promises.
    """
    con.register(_TURNS, _turns(table, endpoint, entries, position))
    try:
        _require_all(con, sealed, entries)
        source = _read(sealed, "p", "n", "r")
        named = {RECORD: "r", REQUEST: "request", PAGE: "p", PLACE_ON_PAGE: "n", NUMBER: "q"}
        if _counts_places(table, endpoint):
            _count_pages(con, sealed)
            source += f" JOIN {_PAGES} USING (t, p)"
            named[PARENT_PLACE] = "before + n"
        select = ", ".join(f"{value} AS {name}" for name, value in named.items())
        yield f"SELECT {select} FROM {source}", tuple(named)
    finally:
        con.unregister(_TURNS)


def _read(sealed: Sealed, *columns: str) -> str:
    types = {name: _LINE[name] for name in ("t", *columns)}
    pages = literal(str(sealed.path / PAGES))
    return (
        f"read_json({pages}, format='newline_delimited', compression='zstd', columns={types},"
        f" maximum_object_size={LONGEST_LINE}) JOIN {_TURNS} USING (t)"
    )


def _require_all(con: duckdb.DuckDBPyConnection, sealed: Sealed, entries: Sequence[LedgerEntry]) -> None:
    """A second look that costs about a tenth, so that rows can never be missing without a word."""
    [(found,)] = con.execute(f"SELECT count(*) FROM {_read(sealed)}").fetchall()
    promised = sum(entry.records for entry in entries)
    if found != promised:
        raise LakeError(
            f"The landing {sealed.path} holds {found} records instead of {promised}: remove the folder and fetch again."
        )


def _count_pages(con: duckdb.DuckDBPyConnection, sealed: Sealed) -> None:
    """How many records of its listing stand before each page."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {_PAGES} AS
        SELECT t, p, CAST(sum(records) OVER (PARTITION BY t ORDER BY p) - records AS BIGINT) AS before
        FROM (SELECT t, p, count(*) AS records FROM {_read(sealed, "p")} GROUP BY t, p)""")


def _turns(table: Table, endpoint: Endpoint, entries: Sequence[LedgerEntry], position: Mapping[str, int]) -> pa.Table:
    read = {name for column in table.columns for name in request_names(column.field_in(endpoint.name))}
    values = pa.struct([pa.field(name, pa.string()) for name in sorted(read) or [""]])
    return pa.table(
        {
            "t": pa.array([entry.turn for entry in entries], pa.int64()),
            "q": pa.array([position[entry.request_key] for entry in entries], pa.int64()),
            "request": pa.array([{name: entry.columns.get(name) for name in read} for entry in entries], values),
        }
    )


def _counts_places(table: Table, endpoint: Endpoint) -> bool:
    places = [place for column in table.columns for place in field_places(endpoint, column.field_in(endpoint.name))]
    return any(place.level is Level.PARENT_PLACE for place in places)
