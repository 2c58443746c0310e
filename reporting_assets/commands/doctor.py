"""`reporting-assets doctor`: is everything in place? One line each, non-zero if something is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import click
from rich.markup import escape

from reporting_assets import contracts, settings
from reporting_assets.commands import terminal
from reporting_assets.contracts.asking import PerListed
from reporting_assets.contracts.model import Endpoint, Service
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.settings import Settings, SettingsError
from reporting_assets.sources import planner
from reporting_assets.sources.errors import MissingScopeError, PlanError, SourceError
from reporting_assets.sources.model import RetryPolicy

LEAST_FREE_BYTES = 1_000_000_000
RETRY = RetryPolicy(attempts=2)  # somebody waits: one hiccup is forgiven, an outage is told


class WrongError(Exception):
    """A finding: something is not in place."""


class Client(Protocol):
    """What is asked of a vendor's client here."""

    def ping(self, endpoint: Endpoint) -> None: ...

    def scopes(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class Check:
    """One line: what is looked at, and how. With `ends`, the checks of its group cannot go on when it fails."""

    name: str
    run: Callable[[], str]
    group: str = ""
    ends: bool = False
    tables: tuple[str, ...] = ()  # that cannot be fetched while this is wrong


@click.command()
def doctor() -> None:
    """Check that everything is in place.

    Settings, lake, disk, credentials, tokens, scopes and every endpoint's reachability: one line each, and a non-zero
    exit if something is wrong.
    """
    wrong = 0
    ended: set[str] = set()
    lacking: dict[str, None] = {}
    for check in _checks():
        if check.group in ended:
            continue  # every other line would say the same
        try:
            _say("[green]ok[/]    ", check.name, check.run())
        except (WrongError, SettingsError, SourceError, LakeError) as error:
            wrong += 1
            _say("[red]wrong[/] ", check.name, str(error))
            if check.ends:
                ended.add(check.group)
            if isinstance(error, MissingScopeError | PlanError):
                lacking |= dict.fromkeys(check.tables)
    if lacking:
        from reporting_assets.orchestration.scheduled import with_readers

        names = ",".join(table.replace(".", "/") for table in with_readers(dict.fromkeys(lacking, "")))
        terminal.out.print(
            f"What the account is not meant to have can be left out of the schedules: REPORTING_LEAVE_OUT={names}",
            soft_wrap=True,
            markup=False,
        )
    if wrong:
        raise click.exceptions.Exit(1)


def _say(verdict: str, name: str, found: str) -> None:
    terminal.out.print(f"{verdict} {escape(name)}: {escape(found)}", soft_wrap=True)


def _checks() -> Iterator[Check]:
    try:
        config = settings.load()
    except SettingsError as error:
        yield Check("settings", _raiser(error))
        return
    yield Check("settings", lambda: f"source {config.reporting_source}, plan {config.zoom_plan}")
    yield Check("privacy", lambda: _privacy(config))
    yield Check("disk", lambda: _disk(config.lake))
    yield Check("credentials", lambda: _credentials(config), ends=True)
    if not config.configured:
        return  # and the lake is left alone: opening would mark it as live
    yield Check("lake", lambda: _lake(config))
    for name in ("zoom", "webex"):
        if name in config.configured:
            yield from _vendor_checks(config, name)
    yield Check("left out of the schedules", lambda: _left_out(config))


def _vendor_checks(config: Settings, name: str) -> Iterator[Check]:
    from reporting_assets.orchestration import vendors

    try:
        client: Client = vendors.webex_client(config, RETRY) if name == "webex" else vendors.zoom_client(config, RETRY)
    except (SettingsError, SourceError) as error:  # an address or a file that cannot be used; the other vendor's may be
        yield Check(f"{name} settings", _raiser(error))
        return
    yield Check(f"{name} token", lambda: _token(client), group=name, ends=True)
    for endpoint, tables in _endpoints(config):
        if (endpoint.service is Service.ZOOM) == (name == "zoom"):
            yield Check(
                f"{endpoint.path} ({', '.join(tables)})",
                partial(_reach, client, endpoint),
                group=name,
                tables=tuple(tables),
            )


def _raiser(error: Exception) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail


def _credentials(config: Settings) -> str:
    if config.is_sandbox:
        return "the sandbox's own"
    problems = []
    for name, missing in (("zoom", config.missing_credentials()), ("webex", config.missing_webex_credentials())):
        if missing and (name in config.configured or not config.configured):
            problems.append(f"{', '.join(missing)} not set")
    if problems:  # whoever creates the app wants to know its scopes
        # As if there were an app: without one, nothing of Zoom would be fetched.
        with_app = config.model_copy(update={"zoom_client_id": config.zoom_client_id or "to be"})
        scopes = ", ".join(
            dict.fromkeys(endpoint.scope for endpoint, _ in _endpoints(with_app) if endpoint.service is Service.ZOOM)
        )
        raise WrongError(
            f"{'; '.join(problems)}; REPORTING_SOURCE=live needs those of Zoom, of Webex or of both, in the environment or "
            f"in .env. The Zoom app needs the scopes {scopes}."
        )
    return f"set for {' and '.join(name.capitalize() for name in sorted(config.configured, reverse=True))}"


def _left_out(config: Settings) -> str:
    """Which tables the schedules leave out, those with one reason together."""
    from reporting_assets.orchestration.scheduled import without

    by_reason: dict[str, list[str]] = {}
    for table, reason in without(config).items():
        by_reason.setdefault(reason, []).append(table)
    return "; ".join(f"{', '.join(tables)} ({reason})" for reason, tables in by_reason.items()) or "nothing"


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


def _token(client: Client) -> str:
    granted = client.scopes()
    return f"issued, {len(granted)} scopes" if granted else "issued"


def _reach(client: Client, endpoint: Endpoint) -> str:
    granted = client.scopes()
    if granted and not granted & set(endpoint.scopes):
        where = "in the Zoom App Marketplace" if endpoint.service is Service.ZOOM else "and authorize the app again"
        raise MissingScopeError(f"the app lacks scope {endpoint.scope}; add it {where}.", endpoint.scopes)
    try:
        client.ping(endpoint)
    except ValueError:  # it is asked about single items only, and what may not exist is never asked for
        return f"scope {endpoint.scope} is granted" if granted else f"needs scope {endpoint.scope}"
    return "answers"


def _endpoints(config: Settings) -> list[tuple[Endpoint, list[str]]]:
    """The endpoints that these settings would use, and the tables that need them."""
    from reporting_assets.orchestration.scheduled import without

    options = planner.PlanOptions(values=config.plan_values, now=datetime.now(UTC))
    skipped = without(config)
    found: dict[str, tuple[Endpoint, list[str]]] = {}
    for table in contracts.TABLES:
        if table.id in skipped:
            continue
        for ask in planner.chosen(table, options):
            for name in (ask.endpoint, *((ask.listing,) if isinstance(ask, PerListed) else ())):
                endpoint = contracts.endpoint(name)
                tables = found.setdefault(f"{endpoint.service} {endpoint.path}", (endpoint, []))[1]
                if table.id not in tables:
                    tables.append(table.id)
    return list(found.values())
