"""Which tables the schedules materialize, and a command that names none: all but what the account or the settings lack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from reporting_assets import contracts
from reporting_assets.contracts.model import Endpoint, Service, Table
from reporting_assets.settings import Plan, Settings, SettingsError
from reporting_assets.sources import planner


def scheduled(settings: Settings) -> list[Table]:
    """Every table, without those that are left out or off, and without those that cannot be made for lack of these.

    Raises SettingsError for a name in REPORTING_LEAVE_OUT that is no table's.
    """
    skipped = without(settings)
    opted_in = (table for name in settings.opted_in for table in contracts.matching(name))
    wanted = [*contracts.TABLES, *opted_in, *contracts.RECORDS]
    return [table for table in wanted if table.id not in skipped]


def without(settings: Settings) -> dict[str, str]:
    """The tables that are not scheduled, and why, in the order of the contracts. Raises SettingsError as `left_out`."""
    reasons = left_out(settings)
    for table in contracts.TABLES:
        if table.id not in reasons and is_off(table, settings):
            reasons[table.id] = "the settings switch it off"
    return with_readers(reasons)


def with_readers(reasons: Mapping[str, str]) -> dict[str, str]:
    """These tables and all that cannot be made without them, in the order of the contracts."""
    found = dict(reasons)
    for table in contracts.TABLES:  # inputs are declared before those that read them
        lacking = [read.table for read in table.inputs if not read.is_optional and read.table in found]
        if lacking and table.id not in found:
            found[table.id] = f"it reads {lacking[0]}"
    return {table.id: found[table.id] for table in contracts.TABLES if table.id in found}


def left_out(settings: Settings) -> dict[str, str]:
    """The tables that REPORTING_LEAVE_OUT names, whose vendor has no credentials, or that the plan lacks, and why.

    Raises SettingsError for a name in REPORTING_LEAVE_OUT that is no table's.
    """
    reasons = {table.id: "REPORTING_LEAVE_OUT names it" for pattern in settings.left_out for table in _named(pattern)}
    for name in {"zoom", "webex"} - settings.configured:
        reasons |= {table.id: f"no credentials for {name.capitalize()} are set" for table in contracts.matching(name)}
    options = planner.PlanOptions(values=settings.plan_values, now=datetime.now(UTC))
    for table in contracts.TABLES:
        used = [contracts.endpoint(ask.endpoint) for ask in planner.chosen(table, options)]
        needed = [endpoint.plan for endpoint in used if not _has(settings, endpoint)]
        if needed and table.id not in reasons:
            reasons[table.id] = f"it needs {needed[0]}, and ZOOM_PLAN is {settings.zoom_plan}"
    return reasons


_RANKS = {"any": 0, "Pro": 1, "Business": 2}  # of the plans by which endpoints' `plan` begins
_RANK_OF = {Plan.FREE: 0, Plan.PRO: 1, Plan.BUSINESS: 2}


def _has(settings: Settings, endpoint: Endpoint) -> bool:
    if endpoint.service is not Service.ZOOM:
        return True
    [needed] = [rank for word, rank in _RANKS.items() if endpoint.plan.startswith(word)]
    return needed <= _RANK_OF[settings.zoom_plan]


def is_off(table: Table, settings: Settings) -> bool:
    """Whether the settings leave a report no way to be asked for."""
    options = planner.PlanOptions(values=settings.plan_values, now=datetime.now(UTC))
    return bool(table.asks) and not planner.chosen(table, options)


def _named(pattern: str) -> list[Table]:
    found = contracts.matching(pattern)
    if not found:
        raise SettingsError(
            f"REPORTING_LEAVE_OUT names {pattern!r}, which is no report; write zoom/billing or webex/*, separated by commas."
        )
    return found
