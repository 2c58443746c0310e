"""What contract types are called in SQL (DuckDB's). Typing and models both cast to these, so they stand here once."""

from __future__ import annotations

from reporting_assets.contracts.model import Column, Item, Type

_SQL_TYPE = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.DECIMAL: "DECIMAL(18, 4)",
    Type.BOOLEAN: "BOOLEAN",
    Type.TIMESTAMP: "TIMESTAMPTZ",
    Type.DATE: "DATE",
    Type.JSON: "VARCHAR",
}


def sql_type(column: Column | Item) -> str:
    """The SQL type of a column or of an item of a list. A list is one of structs, whose fields are its items."""
    if column.type is not Type.LIST:
        return _SQL_TYPE[column.type]
    items = column.items if isinstance(column, Column) else ()
    if not items:
        raise ValueError(f"The list {column.name} has no items: say in its contract what its elements hold.")
    fields = ", ".join(f'"{item.name}" {sql_type(item)}' for item in items)
    return f"STRUCT({fields})[]"
