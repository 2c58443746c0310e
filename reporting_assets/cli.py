"""The `reporting-assets` command: one subcommand per module of `commands`.

Errors a person can cause end as one sentence and a non-zero exit, never as a traceback. Dagster is imported by the
commands that need it, so `--help` answers at once.
"""

from __future__ import annotations

import sys

import click

from reporting_assets.commands.demo import demo
from reporting_assets.commands.dev import dev
from reporting_assets.commands.doctor import doctor
from reporting_assets.commands.materialize import materialize
from reporting_assets.commands.plan import plan
from reporting_assets.commands.publish import publish
from reporting_assets.commands.query import query
from reporting_assets.commands.sandbox import sandbox
from reporting_assets.commands.show_settings import show_settings
from reporting_assets.lake.errors import LakeError
from reporting_assets.periods import PeriodError
from reporting_assets.settings import SettingsError
from reporting_assets.sources.errors import SourceError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="reporting-assets")
def cli() -> None:
    """Zoom and Webex reports as partitioned Dagster assets, in Parquet and DuckDB."""


for command in (demo, dev, doctor, materialize, plan, publish, query, sandbox, show_settings):
    cli.add_command(command)


def main() -> None:
    """Run the command line; known errors become one sentence on stderr and exit code 1."""
    try:
        # Without standalone mode click returns the code of `Exit` instead of leaving with it.
        sys.exit(cli(standalone_mode=False))
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; the same command goes on where this one stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (SettingsError, PeriodError, LakeError, SourceError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
