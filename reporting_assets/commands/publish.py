"""`reporting-assets publish`: build the DuckDB catalogue again from the lake."""

from __future__ import annotations

import click

from reporting_assets import contracts, settings
from reporting_assets.lake import catalogue
from reporting_assets.lake.layout import Lake


@click.command()
def publish() -> None:
    """Build the DuckDB catalogue again from the lake's files."""
    config = settings.load()
    lake = Lake(config.lake, str(config.reporting_source))
    lake.open()
    catalogue.publish(lake, config.warehouse, contracts.EVERY_TABLE)
    click.echo(f"Published {config.warehouse}.")
