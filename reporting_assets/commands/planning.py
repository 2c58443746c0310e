"""The plan of calls as data: which days are asked for and what they need. What follows is said in `verdicts`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reporting_assets.commands import measured
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake.layout import Lake
from reporting_assets.periods import keys
from reporting_assets.settings import Settings
from reporting_assets.sources import budget_rules, capacity, estimate
from reporting_assets.sources.budget_rules import Limits
from reporting_assets.sources.capacity import Need
from reporting_assets.sources.estimate import Modelled, Span, Use
from reporting_assets.sources.fan_out import Values
from reporting_assets.sources.volumes import Assumptions

ONE_DAY = Span(1, 1, 1, 1, is_padded=False)
_SEEN_DAYS = 30  # of the lake's lists, to know an organisation by
_OF_ROOMS = ("/metrics/zoomrooms/{", "/metrics/issues/zoomrooms/{")


@dataclass(frozen=True)
class Wish:
    """What a person wants planned. `days` is a backfill of certain days, else of so many working days."""

    tables: Sequence[Table]
    plan: str
    preset: str
    share: float
    reserve: float
    look_back_days: int
    options: Values
    users: int | None
    assumed: Mapping[str, float]
    days: tuple[date, date] | None
    backfill_days: int
    today: date


@dataclass(frozen=True)
class Planned:
    """Calls of one day's data, of a daily run and of a backfill, and the limits they meet.

    `easier` are daily runs that need fewer calls, each with what it does without, in the order of least regret; each goes
    on from the one before.
    """

    wish: Wish
    org: Assumptions
    from_lake: Mapping[str, float]
    day: Sequence[Use]
    run: Sequence[Use]
    backfill: Sequence[Use]
    easier: Sequence[tuple[str, Sequence[Use]]]
    account: Limits
    ours: Limits

    @property
    def needs(self) -> list[Need]:
        """Of a daily run and the backfill, label by label."""
        return self.needs_of(self.run)

    def needs_of(self, run: Sequence[Use]) -> list[Need]:
        """The same with another daily run."""
        return capacity.needs(run, self.backfill, self.account, self.ours, self.wish.reserve)


def make(wish: Wish, config: Settings) -> Planned:
    """The plan. Raises ValueError, one sentence without its stop, where something cannot be planned."""
    if not 0 <= wish.reserve < 1:
        raise ValueError(f"the reserve is {wish.reserve:g}; it must be at least 0 and less than 1")
    account, ours = (budget_rules.limits(wish.plan, wish.preset, share) for share in (1.0, wish.share))
    lake = Lake(config.lake, str(config.reporting_source))
    found: dict[str, float] = {}
    if wish.days is not None or wish.users is None:
        found = measured.assumptions(lake, *(wish.days or (wish.today - timedelta(days=_SEEN_DAYS), wish.today)))
    said = {**wish.assumed, **({"users": float(wish.users)} if wish.users is not None else {})}
    if "users" not in {**found, **said}:
        raise ValueError("how many people there are cannot be read from the lake; say it with --users")
    org = Assumptions(**{**found, **said})
    model = Modelled(org, wish.options)
    items = measured.LakeItems(lake, model, wish.options)

    def needed(span_of: Callable[[Table], Span | None]) -> list[Use]:
        return estimate.uses(wish.tables, wish.options, org, items, span_of)

    return Planned(
        wish=wish,
        org=org,
        from_lake={name: value for name, value in found.items() if name not in said},
        day=needed(lambda _: ONE_DAY),
        run=needed(lambda _: _run(wish.look_back_days)),
        backfill=needed(lambda table: _backfill(table, wish)),
        easier=_easier(wish, org, model),
        account=account,
        ours=ours,
    )


def _run(days: int) -> Span:
    """A daily run at its busiest: after a row of working days."""
    return Span(days, days, 1, 1)


def _backfill(table: Table, wish: Wish) -> Span | None:
    """The days of the backfill that the vendor still answers for; None where there are none."""
    reach = capacity.reach_days(table, wish.options)
    if wish.days is None:
        days = min(wish.backfill_days, reach) if reach is not None else wish.backfill_days
        return Span(days, days, math.ceil(days / estimate.WORKING_DAYS_OF_MONTH), days)
    first, last = wish.days
    first = capacity.first_in_reach(table, first, wish.today, wish.options)
    if last < first:
        return None
    dates = [date.fromisoformat(key) for key in keys(Partition.DAY, first, last)]
    months = len(keys(Partition.MONTH, first, last))
    return Span(len(dates), measured.working_days(dates), months, len(dates), dates=(first, last))


def _easier(wish: Wish, org: Assumptions, model: Modelled) -> list[tuple[str, list[Use]]]:
    options, days, rooms = dict(wish.options), wish.look_back_days, 1.0
    found = []

    def note(words: str) -> None:
        run = estimate.uses(wish.tables, options, org, Modelled(org, options, model), lambda _: _run(days))
        found.append((words, [_of_rooms(use, rooms) for use in run]))

    if days > 1:
        days = 1
        note("fetching no day twice (REPORTING_LOOK_BACK_DAYS=1)")
    if options["participants_from"] != "past_meetings":
        options["participants_from"] = "past_meetings"
        note("participants at the medium rate (ZOOM_PARTICIPANTS_FROM=past_meetings)")
    if options["quality_sample"] == "all":
        options["quality_sample"] = "flagged"
        note("quality of flagged meetings and of a sample (ZOOM_QUALITY_SAMPLE=flagged)")
    rooms = 1 / 7
    note("rooms once a week (REPORTING_LEAVE_OUT and a run of their own)")
    if options["quality_sample"] != "none":
        options["quality_sample"] = "none"
        note("no quality per participant (ZOOM_QUALITY_SAMPLE=none)")
    return found


def _of_rooms(use: Use, share: float) -> Use:
    return replace(use, calls=use.calls * share) if use.endpoint.path.startswith(_OF_ROOMS) else use
