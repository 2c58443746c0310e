"""Contracts as Arrow schemas and as the SELECT of their views. Translation only; no file is touched."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from reporting_assets.contracts.constants import Constant
from reporting_assets.contracts.model import Column, Table, Type
from reporting_assets.contracts.sql import sql_type
from reporting_assets.lake.sqltext import literal, quoted

_ARROW = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.DECIMAL: pa.decimal128(18, 4),
    Type.BOOLEAN: pa.bool_(),
    Type.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Type.DATE: pa.date32(),
    Type.JSON: pa.string(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The schema of a table's Parquet files; fields carry the meaning and the unit of their column."""
    return pa.schema(
        [pa.field(column.name, _arrow_type(column), metadata=_facts(column)) for column in table.all_columns]
    )


def _arrow_type(column: Column) -> pa.DataType:
    if column.type is not Type.LIST:
        return _ARROW[column.type]
    return pa.list_(pa.struct([pa.field(item.name, _ARROW[item.type]) for item in column.items]))


def _facts(column: Column) -> dict[str, str]:
    unit = {"unit": column.unit} if column.unit else {}
    return {"meaning": column.meaning, **unit}


def difference(table: Table, found: pa.Schema) -> str | None:
    """The first way in which `found` is not the contract's schema, in words; None where it is."""
    wanted = arrow_schema(table)
    if found.names != wanted.names:
        missing = [name for name in wanted.names if name not in found.names]
        unknown = [name for name in found.names if name not in wanted.names]
        if missing or unknown:
            return (
                f"columns missing: {', '.join(missing) or 'none'}; not in the contract: {', '.join(unknown) or 'none'}"
            )
        return "the columns stand in another order than in the contract"
    for field in wanted:
        if found.field(field.name).type != field.type:
            return f"column {field.name} is {found.field(field.name).type} instead of {field.type}"
    return None


def constant_select(constant: Constant) -> str:
    """The SELECT of a table whose rows the contracts hold."""
    rows = ", ".join(f"({', '.join(literal(str(value)) for value in row)})" for row in constant.rows)
    names = [quoted(column.name) for column in constant.columns]
    typed = ", ".join(
        f"CAST({name} AS {sql_type(column)}) AS {name}" for name, column in zip(names, constant.columns, strict=True)
    )
    return f"SELECT {typed} FROM (VALUES {rows}) AS given ({', '.join(names)})"


def view_select(table: Table, files: str | Sequence[str]) -> str:
    """The SELECT of a view over Parquet `files` (a pattern or a list); without files, an empty table of the right types.

    Files written before a column was added to the contract show NULL there.
    """
    columns = ", ".join(quoted(column.name) for column in table.all_columns)
    typed = ", ".join(f"CAST(NULL AS {sql_type(column)}) AS {quoted(column.name)}" for column in table.all_columns)
    empty = f"SELECT {typed} WHERE false"
    if not files:
        return empty
    listed = literal(files) if isinstance(files, str) else f"[{', '.join(map(literal, files))}]"
    read = f"SELECT * FROM read_parquet({listed}, hive_partitioning=false, union_by_name=true)"
    return f"SELECT {columns} FROM ({empty} UNION ALL BY NAME {read})"
