"""The DuckDB file that analysts open: one view per table over the lake, described in the contracts' words.

It holds no data. It is built aside and renamed in, so readers hold the old one or the new one, and is left alone while
nothing about its views has changed. What the views select is for `schema`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import duckdb

from reporting_assets.contracts.constants import CONSTANTS, Constant
from reporting_assets.contracts.model import Column, Table
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.files import aside, remove_leftovers, replace
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.locks import locked
from reporting_assets.lake.schema import constant_select, view_select
from reporting_assets.lake.sqltext import literal, quoted

_ABOUT = "_catalogue"  # a view of one row per view, which says what each was built from


def publish(lake: Lake, warehouse: Path, tables: Sequence[Table]) -> bool:
    """Brings the catalogue up to date with the lake; returns whether anything had to change. Raises LakeError.

    A view finds later partitions by itself; only a table's first one, or another contract, needs a new view. The others
    are taken over as they stand, so that publishing costs as much as what is new.
    """
    warehouse = Path(warehouse).absolute()
    with locked(warehouse.with_name(f".{warehouse.name}.lock")):
        wanted = {table.id: _view(table, _select(table, lake)) for table in tables}
        wanted |= {constant.id: _view(constant, constant_select(constant)) for constant in CONSTANTS}
        present = _present(warehouse, lake)
        if present == {name: view.signature for name, view in wanted.items()}:
            return False
        with storage("publish", warehouse):
            remove_leftovers(warehouse)
            written = aside(warehouse)
            try:
                if present is not None:
                    shutil.copyfile(warehouse, written)
                _build(written, lake, wanted, present or {})
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


@dataclass(frozen=True)
class _View:
    """A table's view: the statements that make it, and what tells it from another."""

    statements: tuple[str, ...]

    @cached_property
    def signature(self) -> str:
        return sha256("\n".join(self.statements).encode()).hexdigest()


def _view(described: Table | Constant, select: str) -> _View:
    name = f"{quoted(described.schema)}.{quoted(described.name)}"
    columns = described.all_columns if isinstance(described, Table) else described.columns
    return _View(
        (
            f"CREATE SCHEMA IF NOT EXISTS {quoted(described.schema)}",
            f"CREATE OR REPLACE VIEW {name} AS {select}",
            f"COMMENT ON VIEW {name} IS {literal(described.description)}",
            *(f"COMMENT ON COLUMN {name}.{quoted(each.name)} IS {literal(_comment(each))}" for each in columns),
        )
    )


def _select(table: Table, lake: Lake) -> str:
    return view_select(table, lake.glob(table) if lake.partitions(table) else ())


def _comment(column: Column) -> str:
    return f"{column.meaning} Unit: {column.unit}." if column.unit else column.meaning


def _build(path: Path, lake: Lake, wanted: Mapping[str, _View], present: Mapping[str, str]) -> None:
    """Makes the views that are new or different in the file at `path`, and drops those that are gone."""
    with duckdb.connect(str(path)) as con:
        con.execute("SET TimeZone='UTC'")
        for gone in present.keys() - wanted.keys():
            con.execute(f"DROP VIEW {'.'.join(map(quoted, gone.split('.')))}")
        for name, view in wanted.items():
            if present.get(name) != view.signature:
                for statement in view.statements:
                    con.execute(statement)
        rows = ", ".join(f"({literal(name)}, {literal(view.signature)})" for name, view in wanted.items())
        con.execute(
            f"CREATE OR REPLACE VIEW {_ABOUT} AS SELECT *, {literal(str(lake.root))} AS lake,"
            f" {literal(lake.source)} AS source FROM (VALUES {rows}) AS views(name, signature)"
        )
        con.execute("CHECKPOINT")


def _present(warehouse: Path, lake: Lake) -> dict[str, str] | None:
    """The views of the present catalogue and their signatures; None where none is there that can be read and goes on."""
    if not warehouse.exists():
        return None
    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            rows = con.execute(f"SELECT name, signature FROM {_ABOUT} WHERE lake = $1", [str(lake.root)]).fetchall()
    except duckdb.Error:
        return None
    return dict(rows) or None
