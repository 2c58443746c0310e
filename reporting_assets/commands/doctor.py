"""`reporting-assets doctor`: is everything in place? One line each, non-zero if something is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
from rich.markup import escape

from reporting_assets import contracts, settings
from reporting_assets.commands import terminal
from reporting_assets.contracts.model import Endpoint
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.settings import Settings, SettingsError
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.errors import SourceError
from reporting_assets.sources.model import RetryPolicy

LEAST_FREE_BYTES = 1_000_000_000
TOKEN = "token"  # noqa: S105 the name of a check
RETRY = RetryPolicy(attempts=2)  # somebody waits: one hiccup is forgiven, an outage is told


class WrongError(Exception):
    """A finding: something is not in place."""


@click.command()
def doctor() -> None:
    """Check that everything is in place.

    Settings, lake, disk, credentials, token, scopes and every endpoint's reachability: one line each, and a non-zero exit
    if something is wrong.
    """
    wrong = 0
    for name, check in _checks():
        try:
            _say("[green]ok[/]    ", name, check())
        except (WrongError, SettingsError, SourceError, LakeError) as error:
            wrong += 1
            _say("[red]wrong[/] ", name, str(error))
            if name == TOKEN:
                break  # without a token every endpoint would say the same
    if wrong:
        raise click.exceptions.Exit(1)


def _say(verdict: str, name: str, found: str) -> None:
    terminal.out.print(f"{verdict} {escape(name)}: {escape(found)}", soft_wrap=True)


def _checks() -> Iterator[tuple[str, Callable[[], str]]]:
    try:
        config = settings.load()
    except SettingsError as error:
        yield "settings", _raiser(error)
        return
    yield (
        "settings",
        lambda: f"source {config.reporting_source}, plan {config.zoom_plan}",
    )
    yield "privacy", lambda: _privacy(config)
    yield "disk", lambda: _disk(config.lake)
    yield "credentials", lambda: _credentials(config)
    if config.missing_credentials():
        return  # and the lake is left alone: opening would mark it as live
    yield "lake", lambda: _lake(config)

    from reporting_assets.orchestration.work import zoom_client

    client = zoom_client(config, RETRY)
    yield TOKEN, lambda: _token(client)
    for endpoint, tables in _endpoints(config):
        yield f"{endpoint.path} ({', '.join(tables)})", partial(_reach, client, endpoint)


def _raiser(error: Exception) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail


def _credentials(config: Settings) -> str:
    from reporting_assets.orchestration.work import zoom_credentials

    try:
        zoom_credentials(config)
    except SettingsError as error:  # whoever creates the app wants to know its scopes
        scopes = ", ".join(endpoint.scope for endpoint, _ in _endpoints(config))
        raise WrongError(f"{error} The app needs the scopes {scopes}.") from None
    return "the sandbox's own" if config.is_sandbox else "set"


def _lake(config: Settings) -> str:
    Lake(config.lake, str(config.reporting_source)).open()
    return f"{config.lake} can be written"


def _privacy(config: Settings) -> str:
    from reporting_assets.orchestration.work import privacy_policy

    return f"profile {privacy_policy(config).profile}"


def _disk(folder: Path) -> str:
    there = folder.resolve()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE_BYTES:
        raise WrongError(
            f"only {terminal.size(free)} free at {there}; make room, at least {terminal.size(LEAST_FREE_BYTES)}."
        )
    return f"{terminal.size(free)} free"


def _token(client: ZoomClient) -> str:
    granted = client.scopes()
    return f"issued, {len(granted)} scopes"


def _reach(client: ZoomClient, endpoint: Endpoint) -> str:
    if "{" in endpoint.path:
        granted = client.scopes()
        if granted and not granted & set(endpoint.scopes):
            raise WrongError(f"the app lacks scope {endpoint.scope}; add it in the Zoom app marketplace.")
        return f"scope {endpoint.scope} is granted"
    client.ping(endpoint)
    return "answers"


def _endpoints(config: Settings) -> list[tuple[Endpoint, list[str]]]:
    """The endpoints that these settings would use, and the tables that need them."""
    unused = {"dashboards": "report_user_meetings", "hosts": "metrics_meetings"}[config.meetings_from]
    found: dict[str, tuple[Endpoint, list[str]]] = {}
    for table in contracts.TABLES:
        for endpoint in table.endpoints:
            if endpoint.name != unused and not (
                endpoint.name == "report_meeting_participants" and config.zoom_participants_from == "past_meetings"
            ):
                found.setdefault(endpoint.name, (endpoint, []))[1].append(table.id)
    return list(found.values())
