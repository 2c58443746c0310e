"""What contract types are called in SQL (DuckDB's). Typing and models both cast to these, so they stand here once."""

from __future__ import annotations

from reporting_assets.contracts.model import Type

SQL_TYPE = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.BOOLEAN: "BOOLEAN",
    Type.TIMESTAMP: "TIMESTAMPTZ",
    Type.DATE: "DATE",
    Type.JSON: "VARCHAR",
}
