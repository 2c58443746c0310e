"""Whether stored rows keep what their contract promises: keys, required columns, expectations, a floor of rows.

Used before a partition replaces another (`store`, blocking promises only) and after it (asset checks, all of them).
Examples name rows by key columns that say nothing about a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow.parquet as pq

from reporting_assets.contracts.lineage import PARTITION_COLUMN
from reporting_assets.contracts.model import Personal, Table
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.schema import difference, view_select
from reporting_assets.lake.sqltext import quoted

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """One promise, kept or not. `failures` counts what broke it: rows, keys, files or partitions."""

    name: str
    passed: bool
    blocking: bool
    failures: int
    meaning: str
    examples: list[dict[str, str]] = field(default_factory=list)  # up to EXAMPLES keys


@dataclass(frozen=True, slots=True)
class _Promise:
    name: str
    broken: str  # SQL over one row: true where the promise is broken
    blocking: bool
    meaning: str


def expectations(
    con: duckdb.DuckDBPyConnection, lake: Lake, table: Table, partition_keys: Sequence[str]
) -> list[ExpectationResult]:
    """Every promise of the contract, checked over the stored partitions among `partition_keys`. Raises LakeError."""
    stored = {key: lake.part(table, key) for key in partition_keys if lake.part(table, key).exists()}
    odd = []
    rows = dict.fromkeys(partition_keys, 0)
    for key, path in stored.items():
        with storage("read", path):
            found = pq.read_schema(path)
            rows[key] = pq.read_metadata(path).num_rows
        if difference(table, found):
            odd.append(key)
    results = [_listed("schema", odd, table, True, "The file's columns and types are the contract's.")]
    sound = [str(path) for key, path in stored.items() if key not in odd]
    results += promises(con, table, sound, only_blocking=False)
    low = [key for key, count in rows.items() if count < table.row_floor]
    results.append(_listed("row_floor", low, table, False, f"A partition holds {table.row_floor} rows or more."))
    return results


def promises(
    con: duckdb.DuckDBPyConnection, table: Table, files: list[str], *, only_blocking: bool
) -> list[ExpectationResult]:
    """The promises about rows and keys, over Parquet `files` that have the contract's schema. Raises LakeError."""
    con.execute("SET TimeZone='UTC'")
    rows = f"({view_select(table, files)})"
    try:
        return [_key_unique(con, table, rows), *_row_promises(con, table, rows, only_blocking)]
    except duckdb.OutOfMemoryException:
        raise LakeError(
            f"Checking {table.id} ran out of the memory or disk DuckDB may use: raise REPORTING_DUCKDB_MEMORY."
        ) from None
    except duckdb.Error as error:  # its text may quote values
        raise LakeError(
            f"Checking {table.id} failed ({type(error).__name__}): compare the SQL of its expectations with its columns."
        ) from None


def _listed(name: str, partitions: list[str], table: Table, blocking: bool, meaning: str) -> ExpectationResult:
    column = PARTITION_COLUMN[table.partition]
    examples = [{column: key} for key in partitions[:EXAMPLES]]
    return ExpectationResult(name, not partitions, blocking, len(partitions), meaning, examples)


def _key_unique(con: duckdb.DuckDBPyConnection, table: Table, rows: str) -> ExpectationResult:
    key = ", ".join(map(quoted, dict.fromkeys((PARTITION_COLUMN[table.partition], *table.key))))
    doubled = f"SELECT {key} FROM {rows} GROUP BY ALL HAVING count(*) > 1"
    # Equal keys have equal hashes, and to group numbers costs a fraction of grouping long keys.
    alike = f"SELECT 1 FROM (SELECT hash({key}) AS hashed FROM {rows}) GROUP BY hashed HAVING count(*) > 1 LIMIT 1"
    may_fail = bool(con.execute(alike).fetchall())
    failures = _row(con, f"SELECT count(*) FROM ({doubled})")[0] if may_fail else 0
    examples = _examples(con, table, f"({doubled})", "true") if failures else []
    meaning = f"No two rows of a partition share {', '.join(table.key)}."
    return ExpectationResult("key_unique", not failures, True, failures, meaning, examples)


def _row_promises(
    con: duckdb.DuckDBPyConnection, table: Table, rows: str, only_blocking: bool
) -> list[ExpectationResult]:
    required = [column.name for column in table.all_columns if column.required]
    missing = " OR ".join(f"{quoted(name)} IS NULL" for name in required) or "false"
    checked = [_Promise("required_not_null", missing, True, f"Never unknown: {', '.join(required)}.")]
    checked += [
        _Promise(each.name, f"NOT ({each.predicate})", each.blocking, each.meaning)
        for each in table.expectations
        if each.blocking or not only_blocking
    ]
    counted = ", ".join(f"count(*) FILTER ({each.broken})" for each in checked)
    results = []
    for each, failures in zip(checked, _row(con, f"SELECT {counted} FROM {rows}"), strict=True):
        examples = _examples(con, table, rows, each.broken) if failures else []
        results.append(ExpectationResult(each.name, not failures, each.blocking, failures, each.meaning, examples))
    return results


def _examples(con: duckdb.DuckDBPyConnection, table: Table, rows: str, where: str) -> list[dict[str, str]]:
    shown = [name for name in table.key if table.column(name).personal is Personal.NONE]
    if not shown:
        return []
    columns = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in shown)
    found = con.execute(
        f"SELECT DISTINCT {columns} FROM {rows} WHERE {where} ORDER BY ALL NULLS FIRST LIMIT {EXAMPLES}"
    ).fetchall()
    return [{name: str(value) for name, value in zip(shown, row, strict=True)} for row in found]


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    rows = con.execute(sql).fetchall()  # to the end: an unfinished result blocks the connection
    return rows[0]
