"""`reporting-assets query`: ask the DuckDB catalogue."""

from __future__ import annotations

import click
import duckdb

from reporting_assets import settings
from reporting_assets.commands import terminal
from reporting_assets.lake import catalogue

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


@click.command()
@click.argument("sql")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="Rows to print at most.")
def query(sql: str, limit: int) -> None:
    """Run SQL on the catalogue and print the answer as a table.

    Only statements that read are run: the catalogue is opened read-only, and COPY could write over the lake's files.
    """
    warehouse = settings.load().warehouse
    if not warehouse.exists():
        raise click.ClickException(
            f"there is no catalogue at {warehouse} yet; materialize something first, or run `make run`."
        )
    with catalogue.connect_read_only(warehouse) as con:
        try:
            cursor = con.execute(_reading(sql))
            rows = cursor.fetchmany(limit + 1)
        except duckdb.Error as error:
            raise click.ClickException(_sentence(error)) from None
        columns = [column[0] for column in cursor.description or []]
    terminal.table(columns, rows[:limit])
    if len(rows) > limit:
        terminal.err.print(f"Only the first {limit} rows; use --limit for more.")


def _reading(sql: str) -> duckdb.Statement:
    """The one statement in `sql`, which must only read."""
    statements = duckdb.extract_statements(sql)
    if len(statements) != 1:
        problem = "more than one statement" if statements else "no statement"
        raise click.ClickException(f"there is {problem} in that; write one, such as 'FROM utilization.account_daily'.")
    if statements[0].type not in _READING:
        raise click.ClickException(
            f"{statements[0].type.name} is not for this command, which only reads; write a SELECT, or open the catalogue with DuckDB."
        )
    return statements[0]


def _sentence(error: duckdb.Error) -> str:
    """What DuckDB says, without its picture of the place in the SQL."""
    said = " ".join(str(error).partition("\nLINE ")[0].split())
    return f"DuckDB cannot answer that. {said if said.endswith(('.', '!', '?')) else said + '.'}"
