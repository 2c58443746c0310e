"""What the UI shows of rows after a run: a few of them, without anything that concerns a person, and a plot of days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg
import duckdb

from reporting_assets.contracts.model import Column, Personal, Table
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake

ROWS = 5


def preview(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table, keys: Sequence[str]) -> dict[str, Any]:
    """The first rows of the newest partition, as metadata; columns of a personal-data class are left out."""
    if not keys:
        return {}
    newest = max(keys)
    store.attach(con, lake, table, [newest])
    shown = [column for column in table.all_columns if _is_shown(column)]
    listed = ", ".join(f'"{column.name}"' for column in shown)
    rows = con.execute(f'SELECT {listed} FROM "{table.schema}"."{table.name}" LIMIT {ROWS}').fetchall()
    head = "| " + " | ".join(column.name for column in shown) + " |"
    rule = "|" + " --- |" * len(shown)
    body = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    note = f"{len(rows)} rows of {newest}; personal columns are not shown."
    return {"sample": dg.MetadataValue.md("\n".join([note, "", head, rule, *body]))}


def _is_shown(column: Column) -> bool:
    personal = (column.personal, *(item.personal for item in column.items))
    return set(personal) == {Personal.NONE} and not column.name.startswith("_")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    text = text if len(text) <= 40 else text[:39] + "…"
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
