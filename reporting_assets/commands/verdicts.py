"""What a plan of calls comes to, in sentences: what was assumed, what expires, what cannot fit and what would help."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from reporting_assets.commands.planning import Planned
from reporting_assets.sources import capacity
from reporting_assets.sources.capacity import Need
from reporting_assets.sources.estimate import Use

_HOUR = 3600.0


def about(made: Planned) -> str:
    """What was assumed and what was counted."""
    org, wish = made.org, made.wish
    size = (
        f"{org.users:,.0f} people; on a working day {org.meetings:,.0f} meetings, {org.webinars_a_day:,.0f} webinars, "
        f"{org.sessions:,.0f} active chats, {org.webex_meetings:,.0f} Webex meetings; {org.rooms:,.0f} rooms."
    )
    ours = (
        f"Ours are {100 * wish.share:g} % of the account's limits, {100 * wish.reserve:g} % of that kept for repeated "
        f"calls. Quality sample: {wish.options['quality_sample']}. Participants from {wish.options['participants_from']}."
    )
    lines = [size, ours]
    if made.from_lake:
        lines.append(
            f"Counted in the lake: {', '.join(f'{name} {value:,.4g}' for name, value in made.from_lake.items())}."
        )
    if wish.days:
        lines.append(f"Backfill: {wish.days[0]} to {wish.days[1]}, as far as the vendor still answers.")
    else:
        lines.append(
            f"Backfill: {wish.backfill_days} working days, fewer where the vendor does not answer for so many."
        )
    return "\n".join(lines)


def expiries(made: Planned) -> list[tuple[int, str, list[str]]]:
    """(days for which vendors answer, last day to ask, tables), what expires first at the top.

    The last day is that of the backfill's first day; without one, of yesterday.
    """
    first = made.wish.days[0] if made.wish.days else made.wish.today - timedelta(days=1)
    found: dict[tuple[int, str], list[str]] = {}
    for table in made.wish.tables:
        reach = capacity.reach_days(table, made.wish.options)
        until = capacity.deadline(table, first, made.wish.options)
        if reach is not None and until is not None:
            last = f"{until} (gone)" if until < made.wish.today else str(until)
            found.setdefault((reach, last), []).append(table.id)
    return [(reach, last, tables) for (reach, last), tables in sorted(found.items())]


def verdicts(made: Planned) -> list[str]:
    """What it comes to, one sentence each; at least one."""
    told = _gone(made)
    for need in made.needs:
        if not need.fits:
            told += [_impossible(need, made), *_instead(need, made)]
    if made.wish.days:
        told += _lost(made.wish.days[0], made)
    return told or ["Everything fits: a day's reports within a day's calls, and the backfill beside them."]


def _impossible(need: Need, made: Planned) -> str:
    days = "one day" if made.wish.look_back_days == 1 else f"{made.wish.look_back_days} days"
    needed = f"{need.name}: a daily run over {days} needs {need.calls_a_day:,.0f} calls"
    if need.usable is not None and need.calls_a_day >= need.usable:
        return f"{needed}, and {need.usable:,} a day are ours: it cannot fit, and a backfill is impossible."
    hours = need.seconds_a_day / _HOUR
    return f"{needed}, which take {hours:,.1f} h at our rate: it cannot fit, and a backfill is impossible."


def _instead(need: Need, made: Planned) -> list[str]:
    """What of it fits in the order of priorities, and what would make all of it fit."""
    reached = capacity.covered(made.run, need)
    missed = some([f"{name} ({100 * share:.0f} %)" for name, share in reached.items() if share < 1])
    told = []
    if missed:
        told.append(f"{need.name}: spent in the order of priorities, a day's calls do not reach all of {missed}.")
    steps, last, eased = [], made.run, need
    for words, run in made.easier:
        after = _same(need, run, made)
        if after.calls_a_day < eased.calls_a_day - 0.5:
            steps.append(f"{words}: {after.calls_a_day:,.0f} calls")
            last, eased = run, after
        if eased.fits:
            break
    if steps:
        end = "then it fits" if eased.fits else f"even so not everything does; {_without(eased, last, made)}"
        told.append(f"{need.name}: what helps, step by step: {'; '.join(steps)}; {end}.")
    else:
        told.append(f"{need.name}: {_without(need, last, made)}.")
    return told


def _same(need: Need, run: Sequence[Use], made: Planned) -> Need:
    """The need of the same labels for another daily run."""
    nothing = replace(need, calls_a_day=0.0, seconds_a_day=0.0)
    return next((one for one in made.needs_of(run) if one.labels == need.labels), nothing)


def _without(need: Need, run: Sequence[Use], made: Planned) -> str:
    """Which reports to leave out so that the others fit, the dearest first; lists, on which others rest, last."""
    calls: dict[str, float] = {}
    lists = {use.table.id for use in run if use.table.priority == 1}
    for use in run:
        if use.endpoint.rate_label in need.labels:
            calls[use.table.id] = calls.get(use.table.id, 0.0) + use.calls
    out: list[str] = []
    for name in sorted(calls, key=lambda name: (name in lists, -calls[name])):
        out.append(name)
        if _same(need, [use for use in run if use.table.id not in out], made).fits:
            break
    return f"without {', '.join(out)} (REPORTING_LEAVE_OUT) the rest fits"


def _lost(first: date, made: Planned) -> list[str]:
    """What of a backfill from `first` expires before it is done."""
    done: dict[str, float] = {}
    for need in made.needs:
        for use in made.backfill:
            if use.endpoint.rate_label in need.labels and need.backfill_days is not None:
                done[use.table.id] = max(done.get(use.table.id, 0.0), need.backfill_days)
    wish = made.wish
    lost: dict[tuple[date, date], list[str]] = {}
    for table in wish.tables:
        oldest = capacity.first_in_reach(table, first, wish.today, wish.options)
        until = capacity.deadline(table, oldest, wish.options)
        end = wish.today + timedelta(days=math.floor(done.get(table.id, 0.0)))
        if until is not None and until < end:
            lost.setdefault((until, end), []).append(table.id)
    return [
        f"After {until} the oldest days of {some(names)} expire, before the backfill is done ({end}): fetch them first, "
        "oldest day first."
        for (until, end), names in sorted(lost.items())
    ]


def _gone(made: Planned) -> list[str]:
    """What of the backfill is out of the vendors' reach already."""
    if made.wish.days is None:
        return []
    first, last = made.wish.days
    gone: dict[str, list[str]] = {}
    for table in made.wish.tables:
        oldest = capacity.first_in_reach(table, first, made.wish.today, made.wish.options)
        if first < oldest:
            upto = "all of it" if last < oldest else f"{first} to {oldest - timedelta(days=1)}"
            gone.setdefault(upto, []).append(table.id)
    return [f"Out of reach, and not counted: {upto} of {some(names)}." for upto, names in gone.items()]


def some(names: list[str]) -> str:
    """Names as a sentence bears them."""
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} other reports"
