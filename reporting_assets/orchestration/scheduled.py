"""Which tables the schedules materialize, and a command that names none: all but what the account or the settings lack."""

from __future__ import annotations

from datetime import UTC, datetime

from reporting_assets import contracts
from reporting_assets.contracts.model import Table
from reporting_assets.settings import Settings, SettingsError
from reporting_assets.sources import planner


def scheduled(settings: Settings) -> list[Table]:
    """Every table, without those that are left out (REPORTING_LEAVE_OUT, or a vendor without credentials) or off.

    Raises SettingsError for a name in REPORTING_LEAVE_OUT that is no table's.
    """
    skipped = left_out(settings)
    opted_in = (table for name in settings.opted_in for table in contracts.matching(name))
    wanted = [*contracts.TABLES, *opted_in, *contracts.RECORDS]
    return [table for table in wanted if table.id not in skipped and not is_off(table, settings)]


def left_out(settings: Settings) -> set[str]:
    """The tables (`schema.name`) that REPORTING_LEAVE_OUT names, or whose vendor has no credentials.

    Raises SettingsError for a name in REPORTING_LEAVE_OUT that is no table's.
    """
    return {table.id for pattern in settings.left_out for table in _named(pattern)}


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
