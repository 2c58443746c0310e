"""From sealed landings to the typed, de-duplicated, sorted rows of one partition, in DuckDB.

Here: which landed rows count, which partition they fall in, which of two rows of one key wins. How a single value is
read is for `casts`; writing the rows is for `store`. Rows are staged in a temporary table, which DuckDB spills to disk,
so memory stays within the connection's limit whatever the size of the partition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import orjson
import pyarrow as pa

from reporting_assets.contracts.lineage import PARTITION_COLUMN, partition_column
from reporting_assets.contracts.model import Column, Partition, Table
from reporting_assets.contracts.sql import SQL_TYPE
from reporting_assets.lake import casts
from reporting_assets.lake.casts import literal, quoted
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.ledger import LONGEST_LINE, PAGES, LedgerEntry, Sealed
from reporting_assets.lake.schema import arrow_schema

BATCH_ROWS = 8192
_LINE = {"t": "BIGINT", "p": "BIGINT", "n": "BIGINT", "r": "JSON"}  # as `landing` writes them
_STAGED, _LOSERS, _TURNS = "_typed_staged", "_typed_losers", "_typed_turns"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the landed rows. `landed = stored + duplicates + outside + undated`."""

    landed: int
    stored: int
    duplicates: int  # rows beside the newest of their key
    outside: int  # rows of other partitions, from slices that several partitions share
    undated: int  # rows whose `partition_by` column is unknown
    parse_errors: Mapping[str, int] = field(default_factory=dict)  # column: values that could not be read


@dataclass(frozen=True, slots=True)
class Typed:
    """Rows in key order, and their counts. What is staged is given back when the reader ends or is let go."""

    reader: pa.RecordBatchReader
    counts: Counts


def typed_rows(
    con: duckdb.DuckDBPyConnection, table: Table, partition_key: str, sealed: Sequence[Sealed], source: str
) -> Typed:
    """The rows of `partition_key` that `sealed` landings hold; `source` becomes `_source`. Raises LakeError.

    Typing the same landings again gives the same rows in the same order.
    """
    work = con.cursor()  # `con` itself stays free; what is staged goes when this connection is closed
    try:
        work.execute("SET TimeZone='UTC'")
        landed = _stage(work, table, partition_key, sealed, source)
        duplicates = _mark_losers(work, table)
        counts = _counts(work, table, landed, duplicates)
        return Typed(_reader(work, table), counts)
    except duckdb.Error as error:
        work.close()
        raise _explained(table, partition_key, error) from None
    except BaseException:
        work.close()
        raise


def _explained(table: Table, partition_key: str, error: duckdb.Error) -> LakeError:
    # DuckDB quotes the data it stumbles on, so only its kind of error is repeated.
    if isinstance(error, duckdb.OutOfMemoryException):
        reason = "the memory or disk DuckDB may use is exhausted; raise REPORTING_DUCKDB_MEMORY or free some disk"
    elif isinstance(error, duckdb.IOException):
        reason = "a landed file or the temporary folder could not be used; check the disk and permissions"
    elif isinstance(error, duckdb.InvalidInputException):
        reason = "a landed page is damaged; remove the landing and fetch again"
    else:
        reason = f"DuckDB refused the statement ({type(error).__name__}); compare the contract with the landing"
    return LakeError(f"Typing {table.id} {partition_key} failed: {reason}.")


def _stage(
    con: duckdb.DuckDBPyConnection, table: Table, partition_key: str, sealed: Sequence[Sealed], source: str
) -> int:
    """Fills the temporary table with the partition's rows and the undated ones; returns how many rows were landed."""
    declared = [f"{quoted(column.name)} {SQL_TYPE[column.type]}" for column in table.all_columns]
    marks = [f"{quoted(_bad(column))} BOOLEAN" for column in casts.fallible(table.columns)]
    order = [f"{name} BIGINT" for name in _ORDER]
    con.execute(f"CREATE TEMP TABLE {_STAGED} ({', '.join((*declared, *marks, *order))})")
    landed = 0
    ordered = sorted(sealed, key=lambda each: (each.started_at, each.unit, each.id))
    for rank, each in enumerate(ordered):
        by_endpoint: dict[str, list[LedgerEntry]] = {}
        requests = sorted(each.entries(), key=lambda entry: entry.request_key)
        position = {entry.request_key: place for place, entry in enumerate(requests)}
        for entry in requests:
            if entry.records and entry.endpoint is not None:
                by_endpoint.setdefault(entry.endpoint, []).append(entry)
                landed += entry.records
        for endpoint, entries in sorted(by_endpoint.items()):
            con.register(_TURNS, _turns(entries, position))
            try:
                _require_all(con, each, entries)
                con.execute(_insertion(table, endpoint, partition_key, each, rank, source))
            finally:
                con.unregister(_TURNS)
    return landed


_ORDER = ("_attempt", "_page", "_place", "_request")  # the newest landed row has the highest, read from left to right


def _lines(sealed: Sealed, *columns: str) -> str:
    """The landed lines that count: those of the turns in `_TURNS`, with these of their columns."""
    types = {name: _LINE[name] for name in ("t", *columns)}
    pages = literal(str(sealed.path / PAGES))
    return (
        f"read_json({pages}, format='newline_delimited', compression='zstd', columns={types},"
        f" maximum_object_size={LONGEST_LINE}) JOIN {_TURNS} USING (t)"
    )


def _require_all(con: duckdb.DuckDBPyConnection, sealed: Sealed, entries: Sequence[LedgerEntry]) -> None:
    """A second look that costs about a tenth, so that rows can never be missing without a word."""
    promised, found = sum(entry.records for entry in entries), _one(con, f"SELECT count(*) FROM {_lines(sealed)}")
    if found != promised:
        raise LakeError(
            f"The landing {sealed.path} holds {found} records instead of {promised}: remove the folder and fetch again."
        )


def _turns(entries: Sequence[LedgerEntry], position: Mapping[str, int]) -> pa.Table:
    return pa.table(
        {
            "t": pa.array([entry.turn for entry in entries], pa.int64()),
            "q": pa.array([position[entry.request_key] for entry in entries], pa.int64()),
            "c": pa.array([orjson.dumps(dict(entry.columns)).decode() for entry in entries], pa.string()),
        }
    )


def _insertion(table: Table, endpoint: str, partition_key: str, sealed: Sealed, rank: int, source: str) -> str:
    """The statement that stages what one sealed landing holds of one endpoint."""
    try:
        path = table.endpoint(endpoint).path
    except KeyError:
        raise LakeError(
            f"The landing {sealed.path} is of {endpoint}, which {table.id} no longer reads: fetch again."
        ) from None
    shape = casts.structure(table, endpoint)
    types = orjson.loads(shape)
    texts = [f"{casts.raw(column, endpoint, types)} AS {quoted(column.name)}" for column in table.columns]
    values = [
        f"{casts.value(column.type, casts.parse_of(column, endpoint), quoted(column.name))} AS {quoted(_new(column))}"
        for column in table.columns
    ]
    lineage = {
        "_ingested_at": f"TIMESTAMPTZ {literal(sealed.started_at.isoformat())}",
        "_source": literal(source),
        "_endpoint": literal(path),
        "_run_id": literal(sealed.run_id),
        "_extra": "_extra",
    }
    own = {column.name: quoted(_new(column)) for column in table.columns}
    name = PARTITION_COLUMN[table.partition]
    own[name] = f"CAST({literal(partition_key)} AS {SQL_TYPE[partition_column(table.partition).type]})"
    stored = [(own | lineage)[column.name] for column in table.all_columns]
    marks = [
        f"({quoted(column.name)} IS NOT NULL AND {quoted(_new(column))} IS NULL)"
        for column in casts.fallible(table.columns)
    ]
    return f"""
        INSERT INTO {_STAGED}
        SELECT {", ".join((*stored, *marks))}, {rank}, p, n, q
        FROM (
            SELECT *, {", ".join(values)}
            FROM (
                SELECT {", ".join(texts)}, {casts.unknown_fields(table, endpoint, "r")} AS _extra, p, n, q
                FROM (
                    SELECT json_transform(r, {literal(shape)}) AS s, r, p, n, q, CAST(c AS JSON) AS c
                    FROM {_lines(sealed, "p", "n", "r")}
                )
            )
        )
        WHERE {_belongs(table, partition_key)}"""


def _belongs(table: Table, partition_key: str) -> str:
    """Keeps rows of the partition, and undated ones to count them."""
    if table.partition_by is None:
        return "true"
    moment = quoted(_new(table.column(table.partition_by)))
    shape = "%Y-%m-%d" if table.partition is Partition.DAY else "%Y-%m"
    return f"{moment} IS NULL OR strftime({moment}, '{shape}') = {literal(partition_key)}"


def _new(column: Column) -> str:
    return f"{column.name}:value"


def _bad(column: Column) -> str:
    return f"{column.name}:bad"


def _dated(table: Table) -> str:
    return f"{quoted(table.partition_by)} IS NOT NULL" if table.partition_by else "true"


def _mark_losers(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Lists the rows that a newer row of the same key replaces (NULL equals NULL in a key); returns how many."""
    key = ", ".join(quoted(name) for name in table.key)
    same = " AND ".join(f"staged.{quoted(name)} IS NOT DISTINCT FROM doubled.{quoted(name)}" for name in table.key)
    newest = ", ".join(f"{name} DESC" for name in _ORDER)
    con.execute(f"""
        CREATE TEMP TABLE {_LOSERS} AS
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY {key} ORDER BY {newest}) AS place
            FROM (SELECT rowid AS id, {key}, {", ".join(_ORDER)} FROM {_STAGED} WHERE {_dated(table)}) AS staged
            SEMI JOIN (
                SELECT {key} FROM {_STAGED} WHERE {_dated(table)} GROUP BY ALL HAVING count(*) > 1
            ) AS doubled ON ({same})
        ) WHERE place > 1""")
    return _one(con, f"SELECT count(*) FROM {_LOSERS}")


def _counts(con: duckdb.DuckDBPyConnection, table: Table, landed: int, duplicates: int) -> Counts:
    checked = casts.fallible(table.columns)
    sums = [f"count(*) FILTER ({quoted(_bad(column))})" for column in checked]
    counted = con.execute(
        f"SELECT {', '.join(('count(*)', f'count(*) FILTER ({_dated(table)})', *sums))} FROM {_STAGED}"
    ).fetchall()
    [(staged, dated, *errors)] = counted
    return Counts(
        landed=landed,
        stored=dated - duplicates,
        duplicates=duplicates,
        outside=landed - staged,
        undated=staged - dated,
        parse_errors={column.name: count for column, count in zip(checked, errors, strict=True) if count},
    )


def _reader(con: duckdb.DuckDBPyConnection, table: Table) -> pa.RecordBatchReader:
    columns = ", ".join(quoted(column.name) for column in table.all_columns)
    order = ", ".join(f"{quoted(name)} ASC NULLS FIRST" for name in table.key)
    result: pa.RecordBatchReader = con.sql(
        f"SELECT {columns} FROM {_STAGED}"
        f" WHERE {_dated(table)} AND rowid NOT IN (SELECT id FROM {_LOSERS}) ORDER BY {order}"
    ).to_arrow_reader(BATCH_ROWS)
    schema = arrow_schema(table)

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in result:
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
        finally:
            con.close()

    return pa.RecordBatchReader.from_batches(schema, batches())


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(value,)] = con.execute(sql).fetchall()  # to the end: an unfinished result blocks the connection
    return int(value)
