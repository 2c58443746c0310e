"""The DuckDB file that analysts open: one view per table over the lake, described in the contracts' words.

It holds no data. It is built aside and renamed in, so readers hold the old one or the new one, and is left alone while
nothing about its views has changed. What the views select is for `schema`.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import duckdb

from reporting_assets.contracts.model import Column, Table
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.files import aside, remove_leftovers, replace
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.locks import locked
from reporting_assets.lake.schema import view_select
from reporting_assets.lake.sqltext import literal, quoted

_ABOUT = "_catalogue"  # a view of one row, which says what the catalogue was built from


def publish(lake: Lake, warehouse: Path, tables: Sequence[Table]) -> bool:
    """Brings the catalogue up to date with the lake; returns whether it had to be built anew. Raises LakeError.

    A view finds later partitions by itself; only a table's first one, or another contract, needs a new catalogue.
    """
    warehouse = Path(warehouse).absolute()
    with locked(warehouse.with_name(f".{warehouse.name}.lock")):
        statements = _statements(lake, tables)
        signature = sha256("\n".join(statements).encode()).hexdigest()
        if _signature(warehouse) == signature:
            return False
        with storage("publish", warehouse):
            remove_leftovers(warehouse)
            written = aside(warehouse)
            try:
                _build(written, [*statements, _about(signature, lake)])
                replace(written, warehouse)
            except duckdb.Error as error:
                said = str(error).splitlines()[0].rstrip(".")
                raise LakeError(
                    f"Cannot publish {warehouse}: {said}; if it names a partition's file, materialize that again."
                ) from None
            finally:
                written.unlink(missing_ok=True)
    return True


def connect_read_only(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """Opens the catalogue for reading, in UTC. Raises LakeError where it is not there or not a catalogue."""
    if not Path(warehouse).exists():
        raise LakeError(f"There is no catalogue {warehouse} yet: materialize an asset first.")
    try:
        con = duckdb.connect(str(warehouse), read_only=True)
    except duckdb.Error:
        raise LakeError(
            f"{warehouse} cannot be opened as a DuckDB catalogue: remove it and materialize again."
        ) from None
    con.execute("SET TimeZone='UTC'")
    return con


def _statements(lake: Lake, tables: Sequence[Table]) -> list[str]:
    statements = [
        f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}" for schema in sorted({each.schema for each in tables})
    ]
    for table in tables:
        name = f"{quoted(table.schema)}.{quoted(table.name)}"
        files = lake.glob(table) if lake.partitions(table) else ()
        statements.append(f"CREATE VIEW {name} AS {view_select(table, files)}")
        statements.append(f"COMMENT ON VIEW {name} IS {literal(table.description)}")
        statements += [
            f"COMMENT ON COLUMN {name}.{quoted(column.name)} IS {literal(_comment(column))}"
            for column in table.all_columns
        ]
    return statements


def _comment(column: Column) -> str:
    return f"{column.meaning} Unit: {column.unit}." if column.unit else column.meaning


def _about(signature: str, lake: Lake) -> str:
    return (
        f"CREATE VIEW {_ABOUT} AS SELECT {literal(signature)} AS signature, {literal(str(lake.root))} AS lake,"
        f" {literal(lake.source)} AS source"
    )


def _build(path: Path, statements: Sequence[str]) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone='UTC'")
        for statement in statements:
            con.execute(statement)
        con.execute("CHECKPOINT")


def _signature(warehouse: Path) -> str | None:
    """What the present catalogue was built from; None where there is none that can be read."""
    if not warehouse.exists():
        return None
    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            rows = con.execute(f"SELECT signature FROM {_ABOUT}").fetchall()
    except duckdb.Error:
        return None
    return str(rows[0][0]) if rows else None
