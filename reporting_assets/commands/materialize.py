"""`reporting-assets materialize`: fetch and derive partitions, as the UI does."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from reporting_assets import periods, settings
from reporting_assets.commands import runs, selection, terminal


@click.command()
@click.option(
    "--select",
    "selectors",
    multiple=True,
    help="Assets: zoom/meetings, core/*, or * for all. Repeatable. Default: all but REPORTING_LEAVE_OUT.",
)
@click.option("--from", "start", required=True, metavar="DATE", help="First day (yyyy-MM-dd) or month (yyyy-MM), UTC.")
@click.option("--to", "end", metavar="DATE", help="Last day or month, inclusive. Default: the same as --from.")
@click.option(
    "--from-landing", is_flag=True, help="Type again what has already landed, without one call to the vendor."
)
def materialize(selectors: tuple[str, ...], start: str, end: str | None, from_landing: bool) -> None:
    """Materialize assets for a range of days or months.

    Daily tables get every day of the range, monthly tables every month it touches. When a command that was
    cut short is repeated, it goes on where it was, without asking again for what it has.
    """
    from reporting_assets.orchestration.scheduled import scheduled

    config = settings.load()
    tables = selection.tables(selectors, config.opted_in) if selectors else scheduled(config)
    first, last = periods.parse_range(
        start, end or start, earliest=config.reporting_start_date, today=datetime.now(UTC).date()
    )
    try:
        with terminal.progress_bars():
            done = runs.materialize(tables, first, last, from_landing=from_landing)
    except runs.RunFailedError as error:
        raise click.ClickException(str(error)) from None
    for one in done:
        terminal.out.print(_told(one), markup=False)
    left = [why for one in done for why in one.left.values()]
    if left:
        raise click.ClickException("\n".join(dict.fromkeys(left)))


def _told(one: runs.Done) -> str:
    keys = sorted(one.rows)
    if not keys:
        return f"{one.table.id}: nothing"
    span = keys[0] if len(keys) == 1 else f"{keys[0]} … {keys[-1]}, {len(keys)} partitions"
    return f"{one.table.id}: {span}, {sum(one.rows.values()):,} rows"
