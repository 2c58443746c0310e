"""The landed lines of one sealed attempt as a SELECT: those of the turns that count, with what their requests carried.

Here: finding the lines, making sure that none is missing, counting places over pages. What stands in a record is for
`unnest` and `shapes`; writing lines is for `landing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from reporting_assets.contracts.model import Endpoint, Table
from reporting_assets.contracts.places import Level, field_places, request_names
from reporting_assets.lake import pieces
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.ledger import LONGEST_LINE, PAGES, LedgerEntry, Sealed
from reporting_assets.lake.sqltext import literal

# The request's values; page, place on it, and number of the request.
REQUEST, PAGE, PLACE_ON_PAGE, NUMBER = '"$request"', '"$page"', '"$place_on_page"', '"$number"'
PARENT_PLACE = '"$parent_place"'
LINE, TURN = '"$line"', '"$turn"'  # the line as text, see `pieces`; the number of the turn
FIRST_ELEMENT = '"$first_element"'  # where in the record's list of rows this piece of it begins
# What stands in a line beside the record.
IN_LINE = {TURN: pieces.TURN, PAGE: pieces.PAGE, PLACE_ON_PAGE: pieces.PLACE, FIRST_ELEMENT: pieces.FROM}
# DuckDB's reader of JSON hands on 32 MB at a time, and whatever is made of that takes memory many times over. As lines of
# a text with one column, read in small parts, the same records take a fraction of it.
_READ_AT_ONCE = 1 << 20  # bytes
_NEVER = r"\x01"  # JSON escapes it, so no line holds it
_TURNS, _PAGES, _REQUESTS = "_typed_turns", "_typed_pages", "_typed_requests"
_FOUND = '"$found_request"'


@dataclass(frozen=True)
class Lines:
    """Two steps, so that a record is taken apart before its request is looked up."""

    landed: str  # a SELECT of all lines, as LINE
    _carried: tuple[str, ...]

    def of_requests(self, rows: str, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """Those of `rows` whose turn counts, with what the requests carried: a SELECT and its columns.

        `rows` is a SELECT of TURN, PAGE, PLACE_ON_PAGE and more. No join: DuckDB would guess which side is the small one,
        and if it held the records instead of the requests, memory would grow with the landing.
        """
        kept = tuple(name for name in columns if name != TURN)
        found = {
            REQUEST: f"{_FOUND}.request",
            NUMBER: f"{_FOUND}.number",
            PARENT_PLACE: f"{_FOUND}.before[{PAGE}] + {PLACE_ON_PAGE}",
        }
        carried = [f"{found[name]} AS {name}" for name in self._carried]
        looked_up = f"SELECT *, (SELECT turns FROM {_REQUESTS})[{TURN} + 1] AS {_FOUND} FROM ({rows})"
        select = f"SELECT {', '.join((*kept, *carried))} FROM ({looked_up}) WHERE {_FOUND} IS NOT NULL"
        return select, (*kept, *self._carried)


@contextmanager
def lines(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    endpoint: Endpoint,
    sealed: Sealed,
    entries: Sequence[LedgerEntry],
    position: Mapping[str, int],
) -> Iterator[Lines]:
    """The records of `entries`; they can be read while the context holds.

    `position` numbers the requests by their keys. Raises LakeError where the landing holds more or fewer records than
    the ledger promises.
    """
    longest = max(entry.longest for entry in entries) or LONGEST_LINE
    con.register(_TURNS, _turns(table, endpoint, entries, position))
    try:
        _require_all(con, sealed, entries, longest)
        counts_places = _counts_places(table, endpoint)
        before, places = "CAST(NULL AS BIGINT[])", f"(SELECT NULL AS t WHERE false) AS {_PAGES}"
        if counts_places:
            before, places = f"{_PAGES}.before", f"({_pages(sealed, longest)}) AS {_PAGES}"
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE {_REQUESTS} AS
            SELECT list(
                CASE WHEN number IS NOT NULL THEN {{request: request, number: number, before: {before}}} END ORDER BY t
            ) AS turns
            FROM {_TURNS} LEFT JOIN {places} USING (t)""")
        carried = (REQUEST, NUMBER, PARENT_PLACE) if counts_places else (REQUEST, NUMBER)
        yield Lines(f"SELECT line AS {LINE} FROM {_read(sealed, longest)}", carried)
    finally:
        con.unregister(_TURNS)


def _read(sealed: Sealed, longest: int) -> str:
    """The page file as rows of one text column `line`. No piece is read that could not hold the longest line."""
    at_once = max(2 * longest, _READ_AT_ONCE)
    return (
        f"read_csv({literal(str(sealed.path / PAGES))}, columns={{'line': 'VARCHAR'}}, auto_detect=false, header=false,"
        f" delim='{_NEVER}', quote='', escape='', comment='', new_line='\\n', compression='zstd',"
        f" max_line_size={at_once}, buffer_size={at_once})"
    )


def _numbers(sealed: Sealed, longest: int) -> str:
    """Turn and page of every line, and whether a record begins with it.

    `pieces` writes the beginning, so there is no need to read all of it as JSON.
    """
    beginning = f"""'^\\{{"{pieces.TURN}":([0-9]+),"{pieces.PAGE}":([0-9]+),"{pieces.PLACE}":[0-9]+,"(.)'"""
    numbers = f"regexp_extract(line, {beginning}, ['turn', 'page', 'next'])"
    return f"""(
        SELECT TRY_CAST(found.turn AS BIGINT) AS t, TRY_CAST(found.page AS BIGINT) AS p, found.next <> '{pieces.FROM}' AS begins
        FROM (SELECT {numbers} AS found FROM {_read(sealed, longest)})
    )"""


def _require_all(con: duckdb.DuckDBPyConnection, sealed: Sealed, entries: Sequence[LedgerEntry], longest: int) -> None:
    """A second look that costs about a tenth, so that rows can never be missing without a word."""
    [(found,)] = con.execute(
        f"SELECT count(*) FROM {_numbers(sealed, longest)} SEMI JOIN (FROM {_TURNS} WHERE number IS NOT NULL) USING (t)"
    ).fetchall()
    promised = sum(entry.lines or entry.records for entry in entries)
    if found != promised:
        raise LakeError(
            f"The landing {sealed.path} holds {found} lines instead of {promised}: remove the folder and fetch again."
        )


def _pages(sealed: Sealed, longest: int) -> str:
    """How many records of its listing stand before each page of a turn, from page 1; pages may be empty."""
    landed = f"""
        SELECT t, p, count(*) FILTER (begins) AS records FROM {_numbers(sealed, longest)}
        SEMI JOIN (FROM {_TURNS} WHERE number IS NOT NULL) USING (t)
        GROUP BY t, p"""
    all_pages = "SELECT t, unnest(range(1, max(p) + 1)) AS p, 0 AS records FROM landed GROUP BY t"
    return f"""
        WITH landed AS ({landed}),
        counted AS (SELECT t, p, sum(records) AS records FROM (FROM landed UNION ALL {all_pages}) GROUP BY t, p),
        placed AS (SELECT t, p, sum(records) OVER (PARTITION BY t ORDER BY p) - records AS before FROM counted)
        SELECT t, list(CAST(before AS BIGINT) ORDER BY p) AS before FROM placed GROUP BY t"""


def _turns(table: Table, endpoint: Endpoint, entries: Sequence[LedgerEntry], position: Mapping[str, int]) -> pa.Table:
    """One row per turn from 0; those that do not count carry nothing."""
    read = {name for column in table.columns for name in request_names(column.field_in(endpoint.name))}
    values = pa.struct([pa.field(name, pa.string()) for name in sorted(read) or [""]])
    counting = {entry.turn: entry for entry in entries if entry.turn is not None}
    turns = [counting.get(turn) for turn in range(max(counting) + 1)]
    carried = [{name: entry.columns.get(name) for name in read} if entry else None for entry in turns]
    numbers = [position[entry.request_key] if entry else None for entry in turns]
    return pa.table(
        {
            "t": pa.array(range(len(turns)), pa.int64()),
            "number": pa.array(numbers, pa.int64()),
            "request": pa.array(carried, values),
        }
    )


def _counts_places(table: Table, endpoint: Endpoint) -> bool:
    places = [place for column in table.columns for place in field_places(endpoint, column.field_in(endpoint.name))]
    return any(place.level is Level.PARENT_PLACE for place in places)
