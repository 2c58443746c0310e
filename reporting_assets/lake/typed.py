"""From sealed landings to the typed, de-duplicated, sorted rows of one partition, in DuckDB.

Here: which landed rows count, which partition they fall in, which of two rows of one key wins. How a single value is
read is for `casts`; writing the rows is for `store`. Rows are staged in a temporary table, which DuckDB spills to disk,
so memory stays within the connection's limit whatever the size of the partition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from reporting_assets.contracts.lineage import partition_column
from reporting_assets.contracts.model import Column, Endpoint, Partition, Table
from reporting_assets.contracts.places import Level, field_places
from reporting_assets.contracts.sql import sql_type
from reporting_assets.lake import casts, unnest
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.ledger import LedgerEntry, Sealed
from reporting_assets.lake.lines import NUMBER, PAGE, PLACE_ON_PAGE, lines
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.lake.sqltext import literal, quoted

BATCH_ROWS = 8192
SORTED_AT_ONCE = 8_000_000  # values: DuckDB holds all that it sorts, some 8 bytes of each
_STAGED, _LOSERS, _CUTS = "_typed_staged", "_typed_losers", "_typed_cuts"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the landed rows. `landed = stored + duplicates + outside + undated`."""

    landed: int  # rows, of which a record may have several or none
    stored: int
    duplicates: int  # rows beside the newest of their key
    outside: int  # rows of other partitions or (`Table.only`) tables, from landings that several share
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
        _number_twins(work, table)
        duplicates = _mark_losers(work, table)
        counts = _counts(work, table, landed, duplicates)
        return Typed(_reader(work, table, counts.stored), counts)
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
    declared = [f"{quoted(column.name)} {sql_type(column)}" for column in table.all_columns]
    marks = [f"{unnest.mark(column)} BOOLEAN" for column in casts.fallible(table.columns)]
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
        for name, entries in sorted(by_endpoint.items()):
            endpoint = _endpoint(table, name, each)
            with lines(con, table, endpoint, each, entries, position) as records:
                rows = unnest.rows(table, endpoint, records)
                inserted = _one(con, _insertion(table, endpoint, rows, partition_key, each, rank, source))
                if unnest.is_one_to_one(endpoint):
                    landed += sum(entry.records for entry in entries)
                elif table.partition_by is None and name not in table.only:
                    landed += inserted
                else:  # rows that belong elsewhere were not staged
                    landed += _one(con, f"SELECT count(*) FROM ({rows})")
    return landed


# The newest landed row has the highest, read from left to right; the last four tell rows of one record apart.
_ORDER = ("_attempt", "_page", "_place", "_request", "_element", "_leg", "_leg_element", "_index")


def _endpoint(table: Table, name: str, sealed: Sealed) -> Endpoint:
    try:
        return table.endpoint(name)
    except KeyError:
        raise LakeError(
            f"The landing {sealed.path} is of {name}, which {table.id} no longer reads: fetch again."
        ) from None


def _insertion(
    table: Table, endpoint: Endpoint, rows: str, partition_key: str, sealed: Sealed, rank: int, source: str
) -> str:
    """The statement that stages what one sealed landing holds of one endpoint."""
    own = {column.name: quoted(column.name) for column in table.columns}
    partition = partition_column(table.partition)
    own[partition.name] = f"CAST({literal(partition_key)} AS {sql_type(partition)})"
    lineage = {
        "_ingested_at": f"TIMESTAMPTZ {literal(sealed.started_at.isoformat())}",
        "_source": literal(source),
        "_endpoint": literal(endpoint.path),
        "_run_id": literal(sealed.run_id),
        "_extra": "_extra",
    }
    stored = [(own | lineage)[column.name] for column in table.all_columns]
    marks = [unnest.mark(column) for column in casts.fallible(table.columns)]
    place = (PAGE, PLACE_ON_PAGE, NUMBER, *unnest.PLACES_IN_RECORD)
    return f"""
        INSERT INTO {_STAGED}
        SELECT {", ".join((*stored, *marks))}, {rank}, {", ".join(place)}
        FROM ({rows})
        WHERE ({_belongs(table, partition_key)}) AND ({table.only.get(endpoint.name, "true")})"""


def _belongs(table: Table, partition_key: str) -> str:
    """Keeps rows of the partition, and undated ones to count them."""
    if table.partition_by is None:
        return "true"
    moment = quoted(table.partition_by)
    shape = "%Y-%m-%d" if table.partition is Partition.DAY else "%Y-%m"
    return f"{moment} IS NULL OR strftime({moment}, '{shape}') = {literal(partition_key)}"


def _dated(table: Table) -> str:
    return f"{quoted(table.partition_by)} IS NOT NULL" if table.partition_by else "true"


def _number_twins(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Numbers the rows of one request that the rest of the key cannot tell apart, in the order they were listed in.

    Requests that overlap number the rows they share alike, so that these meet as duplicates. So do a row and its only
    like on the very next page, if they are equal in all that is stored: there a row comes again when the list grows
    while it is read.
    """
    twins = [column.name for column in table.columns if column.name in table.key and _is_twin(column, table)]
    content = ", ".join(quoted(column.name) for column in table.columns if column.name not in twins)
    for name in twins:
        rest = [quoted(each) for each in table.key if each != name]
        group = ", ".join((*rest, "_attempt", "_request"))
        same = " AND ".join(
            f"staged.{each} IS NOT DISTINCT FROM doubled.{each}" for each in (*rest, "_attempt", "_request")
        )
        con.execute(f"""
            UPDATE {_STAGED} SET {quoted(name)} = numbered.number
            FROM (
                SELECT id, row_number() OVER (PARTITION BY {group} ORDER BY {", ".join(_ORDER)}) - 1 AS number
                FROM (SELECT rowid AS id, {", ".join(rest)}, {", ".join(_ORDER)} FROM {_STAGED}) AS staged
                SEMI JOIN (
                    SELECT {group} FROM (SELECT *, hash({content}) AS _content FROM {_STAGED}) GROUP BY {group}
                    HAVING count(*) > 2
                        OR (count(*) = 2 AND (max(_page) - min(_page) <> 1 OR min(_content) <> max(_content)))
                ) AS doubled ON ({same})
            ) AS numbered
            WHERE {_STAGED}.rowid = numbered.id AND numbered.number > 0""")


def _is_twin(column: Column, table: Table) -> bool:
    places = [place for each in table.endpoints for place in field_places(each, column.field_in(each.name))]
    return any(place.level is Level.TWIN for place in places)


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
    sums = [f"count(*) FILTER ({unnest.mark(column)})" for column in checked]
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


def _reader(con: duckdb.DuckDBPyConnection, table: Table, rows: int) -> pa.RecordBatchReader:
    # Not filtered out while sorting: DuckDB may hold the wide rows for that join, and memory would grow with them.
    con.execute(f"DELETE FROM {_STAGED} WHERE rowid IN (SELECT id FROM {_LOSERS})")
    columns = ", ".join(quoted(column.name) for column in table.all_columns)
    order = ", ".join(f"{quoted(name)} ASC NULLS FIRST" for name in table.key)
    schema = arrow_schema(table)
    stretches = _stretches(con, table, rows)

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for stretch in stretches:
                result = con.sql(
                    f"SELECT {columns} FROM {_STAGED} WHERE {_dated(table)} AND {stretch} ORDER BY {order}"
                ).to_arrow_reader(BATCH_ROWS)
                for batch in result:
                    yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
        finally:
            con.close()

    return pa.RecordBatchReader.from_batches(schema, batches())


def _stretches(con: duckdb.DuckDBPyConnection, table: Table, rows: int) -> list[str]:
    """Predicates that cut the rows, in key order, into stretches to be sorted one after the other.

    DuckDB merges all that it sorts at once, and needs memory for every piece of that. Where to cut need not be exact, so
    a part of the rows says it; stretches of one key value are not cut further.
    """
    first = quoted(table.key[0])
    cuts = rows * len(table.all_columns) // SORTED_AT_ONCE
    if not cuts:
        return ["true"]
    shares = [number / (cuts + 1) for number in range(1, cuts + 1)]
    con.execute(f"""
        SET VARIABLE {_CUTS} = (
            SELECT list_sort(list_distinct(quantile_disc({first}, {shares}))) FROM {_STAGED} WHERE rowid % 101 = 0
        )""")
    found = _one(con, f"SELECT coalesce(len(getvariable('{_CUTS}')), 0)")
    cut = [f"{first} >= getvariable('{_CUTS}')[{number}]" for number in range(1, found + 1)]
    below = [f"{first} < getvariable('{_CUTS}')[{number}]" for number in range(1, found + 1)]
    if not found:
        return ["true"]
    middle = [f"({cut[number]} AND {below[number + 1]})" for number in range(found - 1)]
    return [f"({first} IS NULL OR {below[0]})", *middle, f"({cut[-1]})"]


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(value,)] = con.execute(sql).fetchall()  # to the end: an unfinished result blocks the connection
    return int(value)
