"""`reporting-assets plan`: what a day and a backfill cost in calls, whether that fits, and what expires first.

Options and presentation. The arithmetic stands in `sources.estimate` and `sources.capacity`, what is known about the
organisation in `sources.volumes` and, where it has been fetched, in the lake (`commands.measured`).
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from reporting_assets import contracts, periods, settings
from reporting_assets.commands import planning, selection, terminal, verdicts
from reporting_assets.commands.planning import Planned, Wish
from reporting_assets.contracts.model import Table
from reporting_assets.sources.budget import RETRY_RESERVE
from reporting_assets.sources.budget_rules import SECOND, Limits
from reporting_assets.sources.capacity import Need
from reporting_assets.sources.estimate import MODELLED, Use
from reporting_assets.sources.volumes import Assumptions

HOUR = 3600.0


def _assumptions(command: Callable[..., None]) -> Callable[..., None]:
    """An option for every assumption, as its field says."""
    for each in reversed(dataclasses.fields(Assumptions)):
        if "meaning" in each.metadata:
            name = "--" + each.name.replace("_", "-")
            shown = "" if math.isnan(each.default) else f" [default: {each.default:g}]"
            command = click.option(name, each.name, type=float, help=each.metadata["meaning"] + shown)(command)
    return command


@click.command()
@click.option("--users", type=click.IntRange(min=1), help="People of the organisation. Default: those in the lake.")
@click.option("--from", "start", metavar="DATE", help="Backfill from this day (yyyy-MM-dd) or month (yyyy-MM).")
@click.option("--to", "end", metavar="DATE", help="Last day or month of the backfill. Default: yesterday.")
@click.option(
    "--backfill-days",
    default=150,
    show_default=True,
    type=click.IntRange(min=1),
    help="Without --from: working days of the backfill.",
)
@click.option(
    "--select", "selectors", multiple=True, default=("*",), show_default=True, help="Assets: zoom/meetings, webex/*, *."
)
@click.option("--plan", "plan_name", type=click.Choice(["free", "pro", "business"]), help="Default: ZOOM_PLAN.")
@click.option("--limits", "preset", type=click.Choice(["official", "seed"]), help="Default: ZOOM_LIMITS, or official.")
@click.option("--share", type=float, help="Share of the account's limits that is ours. Default: ZOOM_BUDGET_SHARE.")
@click.option("--reserve", default=RETRY_RESERVE, show_default=True, help="Share of ours kept for repeated calls.")
@click.option("--look-back-days", type=click.IntRange(1, 30), help="Days a daily run fetches. Default: as set.")
@click.option("--meetings-from", type=click.Choice(["dashboards", "hosts"]), help="Default: as set.")
@click.option("--participants-from", type=click.Choice(["past_meetings", "report"]), help="Default: as set.")
@click.option("--quality-sample", type=click.Choice(["all", "flagged", "none"]), help="Default: as set.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@_assumptions
def plan(
    users: int | None,
    start: str | None,
    end: str | None,
    backfill_days: int,
    selectors: tuple[str, ...],
    plan_name: str | None,
    preset: str | None,
    share: float | None,
    reserve: float,
    look_back_days: int | None,
    as_json: bool,
    **others: Any,
) -> None:
    """Show what a day and a backfill cost in calls, and what cannot fit.

    Without --from, for an organisation of --users people. With it, for the days --from .. --to: counted in the lake where
    lists have been fetched, assumed elsewhere. Nothing is asked of any vendor.
    """
    config = settings.load(**({"zoom_plan": plan_name} if plan_name else {}))
    today = datetime.now(UTC).date()
    if end and not start:
        raise click.UsageError("--to needs --from: the first day of the backfill.")
    days = None
    if start:
        last = end or str(today - timedelta(days=1))
        days = periods.parse_range(start, last, earliest=date.min, today=today)
    ways = {name: others.pop(name) for name in _WAYS}
    try:
        wish = Wish(
            tables=_tables(selectors, config),
            plan=str(config.zoom_plan),
            preset=preset or ("official" if config.limits == "none" else config.limits),
            share=config.zoom_budget_share if share is None else share,
            reserve=reserve,
            look_back_days=look_back_days or config.reporting_look_back_days,
            options=config.plan_values | {name: value for name, value in ways.items() if value},
            users=users,
            assumed={name: value for name, value in others.items() if value is not None},
            days=days,
            backfill_days=backfill_days,
            today=today,
        )
        made = planning.make(wish, config)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    if as_json:
        click.echo(json.dumps(_as_json(made), indent=2))
    else:
        _show(made)


_WAYS = ("meetings_from", "participants_from", "quality_sample")


def _tables(selectors: tuple[str, ...], config: settings.Settings) -> list[Table]:
    """The fetched tables meant; what the settings leave out is planned only where it is named."""
    patterns = [part.strip() for part in config.reporting_leave_out.split(",")] if selectors == ("*",) else []
    left_out = {table.id for pattern in patterns for table in contracts.matching(pattern)}
    tables = [table for table in selection.tables(selectors) if not table.is_derived and table.id not in left_out]
    if not tables:
        raise ValueError("the assets selected are derived from others and need no calls; select reports such as zoom/*")
    return tables


def _show(made: Planned) -> None:
    terminal.out.print(verdicts.about(made), markup=False)
    calls = [
        (
            name,
            label,
            round(_calls(made.day, name, label)),
            round(_calls(made.run, name, label)),
            round(_calls(made.backfill, name, label)),
            _basis(made.backfill, name),
        )
        for name, label in _reports(made)
    ]
    columns = ["table", "label", "one day", "daily run", "backfill", "lists"]
    terminal.table(columns, calls, title=f"Calls per report; a daily run fetches {made.wish.look_back_days} days")
    labels = [
        (
            need.name,
            _rate(need, made.ours),
            round(need.calls_a_day),
            duration(need.seconds_a_day),
            need.usable,
            None if need.share is None else f"{100 * need.share:.0f} %",
            round(need.calls_of_backfill),
            _backfill(need, made.ours),
        )
        for need in made.needs
    ]
    columns = ["label", "our rate", "daily run", "takes", "ours a day", "share", "backfill", "takes beside it"]
    terminal.table(columns, labels, title=f"Calls per rate label, plan {made.wish.plan}")
    expiries = [(reach, last, verdicts.some(tables)) for reach, last, tables in verdicts.expiries(made)]
    terminal.table(["answered for days", "last day to ask", "tables"], expiries, title="What expires first")
    for sentence in verdicts.verdicts(made):
        terminal.out.print(sentence, markup=False, soft_wrap=True)


def _reports(made: Planned) -> list[tuple[str, str]]:
    """(table, rate label) of everything that is asked, what is asked first at the top."""
    ordered = sorted((*made.run, *made.backfill), key=lambda use: use.table.priority)
    return list(dict.fromkeys((use.table.id, str(use.endpoint.rate_label)) for use in ordered))


def _calls(found: Sequence[Use], table_id: str, label: str) -> float:
    return sum(use.calls for use in found if (use.table.id, use.endpoint.rate_label) == (table_id, label))


def _basis(found: Sequence[Use], table_id: str) -> str:
    return next((use.basis for use in found if use.table.id == table_id and use.basis != MODELLED), MODELLED)


def _endpoints(made: Planned) -> dict[str, float]:
    """Calls per path of one day's data, over all tables."""
    found: dict[str, float] = {}
    for use in made.day:
        found[use.endpoint.path] = round(found.get(use.endpoint.path, 0.0) + use.calls, 2)
    return found


def _as_json(made: Planned) -> dict[str, Any]:
    """Everything, for programs. Calls are expected values, times are in seconds; null is unknown, or never."""
    wish = made.wish
    return {
        "assumptions": {
            name: None if math.isnan(value) else value for name, value in dataclasses.asdict(made.org).items()
        },
        "counted_in_lake": dict(made.from_lake),
        "options": dict(wish.options),
        "plan": wish.plan,
        "share": wish.share,
        "reserve": wish.reserve,
        "look_back_days": wish.look_back_days,
        "backfill": [str(day) for day in wish.days] if wish.days else wish.backfill_days,
        "reports": [
            {
                "table": name,
                "label": label,
                "calls_of_a_day": round(_calls(made.day, name, label), 2),
                "calls_of_daily_run": round(_calls(made.run, name, label), 2),
                "calls_of_backfill": round(_calls(made.backfill, name, label), 2),
                "lists": _basis(made.backfill, name),
            }
            for name, label in _reports(made)
        ],
        "endpoints": _endpoints(made),
        "labels": [
            {
                "name": need.name,
                "calls_of_daily_run": round(need.calls_a_day, 2),
                "seconds_of_daily_run": round(need.seconds_a_day, 1),
                "cap_of_account": need.cap,
                "ours_a_day": need.usable,
                "share_of_ours": need.share,
                "fits": need.fits,
                "calls_of_backfill": round(need.calls_of_backfill, 2),
                "seconds_of_backfill": round(need.seconds_of_backfill, 1),
                "days_of_backfill": need.backfill_days,
            }
            for need in made.needs
        ],
        "expiries": [
            {"reach_days": reach, "last_day": last, "tables": tables} for reach, last, tables in verdicts.expiries(made)
        ],
        "verdicts": verdicts.verdicts(made),
    }


def _rate(need: Need, limits: Limits) -> str | None:
    limit = limits.get(need.labels[0])
    if len(need.labels) > 1 or limit is None or limit.rate is None:
        return None
    rate = limit.rate
    return f"{rate.calls} a {'second' if rate.seconds == SECOND else f'{rate.seconds:g} s'}"


def _backfill(need: Need, limits: Limits) -> str:
    """How long the backfill takes; of a label that shares its daily cap, the cap's own line tells."""
    limit = limits.get(need.labels[0])
    if not need.calls_of_backfill or (need.usable is None and limit is not None and limit.daily is not None):
        return ""
    return "never" if need.backfill_days is None else duration(need.backfill_days * 24 * HOUR)


def duration(seconds: float) -> str:
    """A length of time as people say it."""
    for unit, length in (("days", 24 * HOUR), ("h", HOUR), ("min", 60.0)):
        if seconds >= (2 * length if unit == "days" else length):
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
