"""`reporting-assets settings`: what is in force, and the example file that documents all of it."""

from __future__ import annotations

import textwrap

import click

from reporting_assets import settings


@click.command("settings")
@click.option("--example", is_flag=True, help="Print the contents of .env.example instead.")
def show_settings(example: bool) -> None:
    """Show every setting in force; secrets are never shown."""
    if example:
        click.echo(example_file(), nl=False)
        return
    config = settings.load()
    by_default = {  # settings whose default follows from others
        "reporting_lake": config.lake,
        "reporting_warehouse": config.warehouse,
        "zoom_budget_file": config.budget_file,
        "zoom_meetings_from": config.meetings_from,
        "zoom_limits": config.limits,
        "webex_token_file": config.token_file,
    }
    for name, field in settings.Settings.model_fields.items():
        value = _shown(name.upper(), by_default.get(name, getattr(config, name)))
        click.echo(textwrap.fill(f"# {field.description}", width=110, subsequent_indent="# "))
        click.echo(f"{name.upper()}={value}\n")


def _shown(name: str, value: object) -> str:
    if name in settings.SECRETS:
        return "(set)" if value else "(not set)"
    return "" if value is None else str(value)


def example_file() -> str:
    """`.env.example`: every setting, commented out, with its meaning and default."""
    blocks = [
        "# Every setting, with its default. Copy to .env and change what you need.\n# Written by `reporting-assets settings --example`; a test keeps it current.\n"
    ]
    for name, field in settings.Settings.model_fields.items():
        about = textwrap.fill(field.description or "", width=110, initial_indent="# ", subsequent_indent="# ")
        default = "" if field.default is None else str(field.default)
        blocks.append(f"{about}\n#{name.upper()}={default}\n")
    return "\n".join(blocks)
