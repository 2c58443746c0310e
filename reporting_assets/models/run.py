"""Runs one model for one partition, and says which partitions of which tables it reads.

Here: finding a table's SQL, binding its parameters, casting its columns to the contract. Not here: what the SQL says,
where inputs come from (the caller attaches them as views `schema.table`) and where the rows go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import ARROW

from reporting_assets.contracts.model import Partition, Table
from reporting_assets.contracts.sql import sql_type
from reporting_assets.models.parameters import DEFAULTS

_FOLDER = Path(__file__).parent
_BATCH_ROWS = 50_000
_KEY_SHAPES = {Partition.DAY: re.compile(r"\d{4}-\d{2}-\d{2}"), Partition.MONTH: re.compile(r"\d{4}-\d{2}")}


class ModelError(Exception):
    """A model cannot be run as asked; the message says why, in one sentence."""


def rows(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    partition_key: str,
    parameters: Mapping[str, int | str],
    source: str,
) -> pa.RecordBatchReader:
    """The rows of one partition of a derived table, in the contract's columns and types, ordered by its key.

    `con` has a view `schema.table` for every input of the table, covering at least `input_partitions`; further
    partitions in it do no harm. `parameters` overrides the defaults of `parameters.PARAMETERS`. The reader is read
    before `con` is used again. Raises ModelError for a table without SQL, a partition key of the wrong shape or an
    unknown parameter.
    """
    unknown = sorted(set(parameters) - set(DEFAULTS))
    if unknown:
        raise ModelError(f"models have no parameter {', '.join(unknown)}; they have: {', '.join(sorted(DEFAULTS))}.")
    first, after = _days(table.partition, partition_key)
    prepare(con)
    values: dict[str, object] = {
        **DEFAULTS,
        **parameters,
        "partition_start": _midnight(first),
        "partition_end": _midnight(after),
        "first_date": first,
        "last_date": after - timedelta(days=1),
        "_partition": first if table.partition is Partition.DAY else partition_key,
        "_source": source,
    }
    given = {table.all_columns[0].name: "$_partition", "_source": "$_source"}
    columns = ", ".join(
        f"CAST({given.get(column.name, column.name)} AS {sql_type(column)}) AS {column.name}"
        for column in table.all_columns
    )
    statement = f"SELECT {columns} FROM (\n{sql(table)}\n) AS model ORDER BY {', '.join(table.key)}"
    used = duckdb.extract_statements(statement)[0].named_parameters
    return con.sql(statement, params={name: values[name] for name in used}).to_arrow_reader(_BATCH_ROWS)


def input_partitions(table: Table, partition_key: str) -> dict[str, list[str]]:
    """Which partitions of which inputs (`schema.name`) a partition of `table` reads, in order; some may not exist.

    `days_before` of an input reaches back from the first day of the partition, whatever the partition's length.
    """
    from reporting_assets import contracts

    first, after = _days(table.partition, partition_key)
    found: dict[str, list[str]] = {}
    for needed in table.inputs:
        start = first - timedelta(days=needed.days_before)
        days = [start + timedelta(days=number) for number in range((after - start).days)]
        shape = "%Y-%m-%d" if contracts.table(needed.table).partition is Partition.DAY else "%Y-%m"
        found[needed.table] = list(dict.fromkeys(day.strftime(shape) for day in days))
    return found


def sql(table: Table) -> str:
    """The SELECT that makes `table`, as its file holds it."""
    path = _FOLDER / table.schema / f"{table.name}.sql"
    if not path.is_file():
        raise ModelError(f"{table.id} has no model; write {table.schema}/{table.name}.sql beside run.py.")
    return path.read_text(encoding="utf-8").strip().removesuffix(";")


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Teach `con` the macros that models share, and set its clock to UTC. Harmless when done before.

    Close `con` when done with it: Python complains at exit about functions left in open connections.
    """
    con.execute("SET TimeZone = 'UTC'")
    with suppress(duckdb.CatalogException):
        con.execute("SELECT text_key('')").fetchall()
        return
    with suppress(duckdb.CatalogException):  # functions belong to the database, macros to the connection
        con.create_function("nfkc", _nfkc, ["VARCHAR"], "VARCHAR", type=ARROW)
    for path in sorted(_FOLDER.glob("macros*.sql")):
        con.execute(path.read_text(encoding="utf-8"))


def _nfkc(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Unicode normal form KC, which DuckDB lacks: full-width letters and odd spaces become the plain ones."""
    return pc.utf8_normalize(texts, form="NFKC")


def _days(partition: Partition, key: str) -> tuple[date, date]:
    """First day of a partition, and the first day after it."""
    try:
        if not _KEY_SHAPES[partition].fullmatch(key):
            raise ValueError
        first = date.fromisoformat(key if partition is Partition.DAY else f"{key}-01")
    except ValueError:
        shape = "yyyy-MM-dd" if partition is Partition.DAY else "yyyy-MM"
        raise ModelError(f"{key!r} is not a {partition} partition; write it as {shape}.") from None
    if partition is Partition.DAY:
        return first, first + timedelta(days=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
