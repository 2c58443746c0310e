"""The items a report asks about one by one: rows of the list that stands in the lake, chosen by the contract's SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import duckdb

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.periods import keys, window

BATCH_ROWS = 10_000


def items(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    ask: PerItem,
    partition_key: str,
    options: Mapping[str, str | int],
) -> Iterator[dict[str, str]]:
    """The selected values of each item, as text and in one order; those that are NULL are left out.

    Raises LakeError where the list has not been materialized: an empty answer would look like a day without items.
    """
    with con.cursor() as cursor:
        _select(cursor, lake, table, ask, partition_key, options)
        while batch := cursor.fetchmany(BATCH_ROWS):
            for row in batch:
                yield {name: value for name, value in zip(ask.select, row, strict=True) if value is not None}


def counted(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    ask: PerItem,
    partition_key: str,
    options: Mapping[str, str | int],
) -> int:
    """How many items there are. Raises LakeError as `items` does."""
    with con.cursor() as cursor:
        _select(cursor, lake, table, ask, partition_key, options, "count(*)")
        return int(cursor.fetchall()[0][0])


def _select(
    cursor: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    ask: PerItem,
    partition_key: str,
    options: Mapping[str, str | int],
    what: str = "*",
) -> None:
    parent = contracts.table(ask.parent)
    needed = parent_keys(table, parent, partition_key)
    there = [key for key in needed if lake.part(parent, key).exists()]
    if not there:
        raise LakeError(
            f"{table.id} {partition_key} needs {parent.id} {_span(needed)}, which is not in the lake; materialize that first."
        )
    cursor.execute("SET TimeZone = 'UTC'")
    store.attach(cursor, lake, parent, there)
    selected = ", ".join(f"{expression} AS {name}" for name, expression in ask.select.items())
    # The names are those of `select`, and of the parent's columns; both may stand in `where`, with the types they have.
    chosen = f"SELECT DISTINCT {selected} FROM {parent.id} WHERE ({ask.where})"
    texts = ", ".join(f"CAST({name} AS VARCHAR)" for name in ask.select)
    places = ", ".join(str(place + 1) for place in range(len(ask.select)))
    sql = f"SELECT {texts} FROM ({chosen}) ORDER BY {places}" if what == "*" else f"SELECT {what} FROM ({chosen})"
    used = duckdb.extract_statements(sql)[0].named_parameters
    cursor.execute(sql, {name: options[name] for name in used})


def parent_keys(table: Table, parent: Table, partition_key: str) -> list[str]:
    """The same partition of the parent; of a daily parent, the month's days."""
    if table.partition is parent.partition:
        return [partition_key]
    begins, ends = window(table.partition, partition_key)
    if parent.partition is Partition.DAY:
        return keys(Partition.DAY, begins.date(), (ends - timedelta(days=1)).date())
    return keys(Partition.MONTH, begins.date(), begins.date())


def _span(partition_keys: list[str]) -> str:
    return partition_keys[0] if len(partition_keys) == 1 else f"{partition_keys[0]} … {partition_keys[-1]}"
