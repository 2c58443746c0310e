"""`reporting-assets demo`: the whole job once, on a simulated organisation."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta

import click
import duckdb

from reporting_assets import contracts, settings
from reporting_assets.commands import questions, runs, terminal
from reporting_assets.contracts.model import Table
from reporting_assets.lake import catalogue, store
from reporting_assets.lake.layout import Lake
from reporting_assets.settings import Settings

DAYS = 6  # as far back as the shortest-lived report (Webex's media quality) surely reaches


@click.command()
@click.option(
    "--days",
    default=DAYS,
    show_default=True,
    type=click.IntRange(1, 31),
    help="Complete days to materialize, up to yesterday.",
)
def demo(days: int) -> None:
    """Run the whole job once on simulated data.

    Materializes the last complete days of a simulated organisation and their month, and shows what came of it.

    Everything is simulated and says so: rows carry `_source = 'sandbox'` and live in a lake of their own.
    """
    from reporting_assets.sandbox import launch
    from reporting_assets.sandbox.server import Config

    os.environ["REPORTING_SOURCE"] = "sandbox"
    os.environ.setdefault("ZOOM_HAS_QSS", "true")  # the simulated account has every feature
    os.environ.setdefault("ZOOM_QUALITY_SAMPLE", "all")  # and is small
    config = settings.load()
    last = datetime.now(UTC).date() - timedelta(days=1)
    first = max(last - timedelta(days=days - 1), config.reporting_start_date)
    began = time.monotonic()
    terminal.err.print(
        f"Simulated organisation of {config.sandbox_users} people (seed {config.sandbox_seed}); days {first} to {last}."
    )
    with launch.start(
        Config(users=config.sandbox_users, seed=config.sandbox_seed, plan=str(config.zoom_plan))
    ) as running:
        os.environ.update(running.addresses)
        try:
            with terminal.progress_bars():
                runs.materialize(_reaching(config, days), first, last)
        except runs.RunFailedError as error:
            raise click.ClickException(str(error)) from None
    summary(config, first, last, time.monotonic() - began)


def _reaching(config: Settings, days: int) -> list[Table]:
    """The tables whose vendor answers for so many days back; the others are named."""
    from reporting_assets.orchestration.scheduled import scheduled

    wanted = scheduled(config)
    left = [
        table for table in wanted if any((endpoint.look_back_days or days + 1) <= days for endpoint in table.endpoints)
    ]
    if left:
        terminal.err.print(f"Left out, as it does not reach back {days} days: {', '.join(table.id for table in left)}.")
    return [table for table in wanted if table not in left]


def summary(config: Settings, first: date, last: date, seconds: float) -> None:
    """Rows and bytes per table, three answers, where the files are."""
    lake = Lake(config.lake, str(config.reporting_source))
    rows = []
    for table in (*contracts.TABLES, *contracts.RECORDS):
        stats = store.table_stats(lake, table)
        rows.append((table.id, stats.partitions, stats.rows, terminal.size(stats.bytes)))
    terminal.table(
        ["table", "partitions", "rows", "bytes"],
        rows,
        title=f"Simulated data, {first} to {last}, in {seconds:.0f} s",
    )
    with catalogue.connect_read_only(config.warehouse) as con:
        for question in questions.DEMO:
            answer(con, question)
    terminal.out.print(f"Parquet: {config.lake}/<schema>/<table>/", markup=False)
    terminal.out.print(
        f"DuckDB:  {config.warehouse}  (try: .venv/bin/reporting-assets query 'FROM utilization.account_daily')",
        markup=False,
    )
    terminal.out.print("UI:      make dev, then http://127.0.0.1:3000", markup=False)


def answer(con: duckdb.DuckDBPyConnection, question: questions.Question) -> None:
    """Print one question and its answer."""
    cursor = con.execute(question.sql)
    columns = [column[0] for column in cursor.description or []]
    terminal.table(columns, cursor.fetchall(), title=question.text)
