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
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.ledger import LONGEST_LINE, PAGES, LedgerEntry, Sealed
from reporting_assets.lake.sqltext import literal

# The request's values; page, place on it, and number of the request.
REQUEST, PAGE, PLACE_ON_PAGE, NUMBER = '"$request"', '"$page"', '"$place_on_page"', '"$number"'
PARENT_PLACE = '"$parent_place"'
LINE, TURN = '"$line"', '"$turn"'  # the line as text, see `IN_LINE`; the number of the turn
IN_LINE = {"t": "BIGINT", "p": "BIGINT", "n": "BIGINT"}  # as `landing` writes them, beside the record `r`
# DuckDB's reader of JSON hands on 32 MB at a time, and whatever is made of that takes memory many times over. As lines of
# a text with one column, read in small pieces, the same records take a tenth of it, and no more time.
_READ_AT_ONCE = 4 << 20  # bytes
_NEVER = r"\x01"  # JSON escapes it, so no line holds it
_TURNS, _PAGES = "_typed_turns", "_typed_pages"


@dataclass(frozen=True)
class Lines:
    """Two steps, so that records can be taken apart before the first join: joins gather many of them, however large."""

    landed: str  # a SELECT of all lines, as LINE
    _requests: Mapping[str, str]
    _joins: str

    def of_requests(self, rows: str, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """Those of `rows` whose turn counts, with what the requests carried: a SELECT and its columns.

        `rows` is a SELECT of TURN, PAGE, PLACE_ON_PAGE and more.
        """
        kept = tuple(name for name in columns if name != TURN)
        carried = [f"{value} AS {name}" for name, value in self._requests.items()]
        return f"SELECT {', '.join((*kept, *carried))} FROM ({rows}){self._joins}", (*kept, *self._requests)


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
        joins = f" JOIN {_TURNS} ON ({TURN} = t)"
        requests = {REQUEST: "request", NUMBER: "q"}
        if _counts_places(table, endpoint):
            _count_pages(con, sealed, longest)
            joins += f" JOIN {_PAGES} ON ({TURN} = {_PAGES}.t AND {PAGE} = {_PAGES}.p)"
            requests[PARENT_PLACE] = f"before + {PLACE_ON_PAGE}"
        yield Lines(f"SELECT line AS {LINE} FROM {_read(sealed, longest)}", requests, joins)
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
    """Turn and page of every line, of which `landing` writes the beginning: no need to read all of it as JSON."""
    number = 'TRY_CAST(regexp_extract(line, \'^\\{"t":([0-9]+),"p":([0-9]+),\', {group}) AS BIGINT)'
    turn, page = (number.replace("{group}", str(group)) for group in (1, 2))
    return f"(SELECT {turn} AS t, {page} AS p FROM {_read(sealed, longest)})"


def _require_all(con: duckdb.DuckDBPyConnection, sealed: Sealed, entries: Sequence[LedgerEntry], longest: int) -> None:
    """A second look that costs about a tenth, so that rows can never be missing without a word."""
    [(found,)] = con.execute(
        f"SELECT count(*) FROM {_numbers(sealed, longest)} SEMI JOIN {_TURNS} USING (t)"
    ).fetchall()
    promised = sum(entry.records for entry in entries)
    if found != promised:
        raise LakeError(
            f"The landing {sealed.path} holds {found} records instead of {promised}: remove the folder and fetch again."
        )


def _count_pages(con: duckdb.DuckDBPyConnection, sealed: Sealed, longest: int) -> None:
    """How many records of its listing stand before each page."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {_PAGES} AS
        SELECT t, p, CAST(sum(records) OVER (PARTITION BY t ORDER BY p) - records AS BIGINT) AS before
        FROM (SELECT t, p, count(*) AS records FROM {_numbers(sealed, longest)} SEMI JOIN {_TURNS} USING (t) GROUP BY t, p)""")


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
