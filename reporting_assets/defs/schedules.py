"""When what runs by itself: a daily and a monthly schedule, and sensors that follow corrections and go on with what is partial."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import dagster as dg

from reporting_assets import contracts, periods, settings
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.contracts.platform import REPORT_COVERAGE
from reporting_assets.orchestration import coverage
from reporting_assets.orchestration.resuming import continue_partial
from reporting_assets.orchestration.specs import asset_key

# Zoom refreshes the dashboards' past data at 12:00 GMT and completes report rows within 30 minutes.
DAILY_CRON = "30 12 * * *"
# After the day's run. On the first days of a month the month before is taken again, for the same reason as days are.
MONTHLY_CRON = "30 13 * * *"
MONTH_SETTLES_AFTER_DAYS = 3
# Tables of this priority or beyond take a call per item of a whole month: they are taken once, when it has settled.
DEAR = 6
ENDED_MONTHS_CRON = f"30 14 {1 + MONTH_SETTLES_AFTER_DAYS} * *"
# Cheap, and it asks for a run only where something has changed.
COVERAGE_CRON = "50 * * * *"


def jobs(tables: Sequence[Table]) -> dict[str, dg.UnresolvedAssetJobDefinition]:
    """The jobs of the schedules: tables that are cut alike, reports and derived tables together."""
    wanted = [table for table in tables if table not in contracts.RECORDS]
    dear = [table for table in wanted if table.partition is Partition.MONTH and table.priority >= DEAR]
    groups = {
        "daily": ([table for table in wanted if table.partition is Partition.DAY], "Every table with daily partitions"),
        "monthly": (
            [table for table in wanted if table.partition is Partition.MONTH and table not in dear],
            "Every table with monthly partitions but those that are taken when the month has ended",
        ),
        "ended_months": (dear, "Tables of a month that take a call per series"),
    }
    return {
        name: dg.define_asset_job(
            f"{name}_tables",
            selection=dg.AssetSelection.assets(*map(asset_key, chosen)),
            description=f"{about}, for a range of them in one run.",
        )
        for name, (chosen, about) in groups.items()
        if chosen
    }


def range_request(keys: list[str], *, run_key: str | None = None) -> dg.RunRequest:
    """One run over a range of partitions; with `run_key`, once ever."""
    return dg.RunRequest(
        run_key=run_key,
        tags={"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]},
    )


def daily_keys(today: date, look_back_days: int, start: date) -> list[str]:
    """Yesterday and the days before it that are fetched again, oldest first."""
    first = max(today - timedelta(days=look_back_days), start)
    return periods.keys(Partition.DAY, first, today - timedelta(days=1))


def monthly_keys(today: date, start: date) -> list[str]:
    """The month of yesterday, and the month before while it is still settling."""
    first = max(today - timedelta(days=1 + MONTH_SETTLES_AFTER_DAYS), start)
    return periods.keys(Partition.MONTH, first, today - timedelta(days=1))


def ended_month(today: date, start: date) -> list[str]:
    """The month before, if it is not before the first partition."""
    last = today.replace(day=1) - timedelta(days=1)
    return periods.keys(Partition.MONTH, last, last) if last >= start else []


def schedules(start: date, tables: Sequence[Table]) -> list[dg.ScheduleDefinition]:
    """The daily and the monthly schedules of these tables, and that of their coverage."""
    by_name = jobs(tables)

    def schedule(name: str, cron: str, keys: Callable[[date], list[str]], about: str) -> dg.ScheduleDefinition:
        def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
            wanted = keys(context.scheduled_execution_time.date())
            return range_request(wanted) if wanted else dg.SkipReason(f"the first partition is {start}")

        return dg.ScheduleDefinition(
            name=name,
            job=by_name[name],
            cron_schedule=cron,
            execution_timezone="UTC",
            execution_fn=request,
            description=about,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )

    planned = [
        (
            "daily",
            DAILY_CRON,
            lambda today: daily_keys(today, settings.load().reporting_look_back_days, start),
            "Yesterday, and the days before it again (REPORTING_LOOK_BACK_DAYS), so that late rows arrive.",
        ),
        (
            "monthly",
            MONTHLY_CRON,
            lambda today: monthly_keys(today, start),
            "The running month as far as it has come; on its first days the month before once more.",
        ),
        (
            "ended_months",
            ENDED_MONTHS_CRON,
            lambda today: ended_month(today, start),
            "The month before, of tables that take a call per series: too dear to be taken every day.",
        ),
    ]
    found = [schedule(*plan) for plan in planned if plan[0] in by_name]
    return [*found, coverage_schedule(start)] if REPORT_COVERAGE in tables else found


def coverage_schedule(start: date) -> dg.ScheduleDefinition:
    """The schedule that keeps the coverage of reports true, whichever run, backfill or passing day has changed it."""

    def request(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        days = coverage.outdated(settings.load(), start, context.scheduled_execution_time)
        if not days:
            yield dg.SkipReason("the coverage of every day is as the lake is")
        for neighbours in periods.runs_of(days):
            yield range_request(
                neighbours, run_key=f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M} {neighbours[0]}"
            )

    return dg.ScheduleDefinition(
        name="coverage",
        job=dg.define_asset_job(
            "coverage_tables",
            selection=dg.AssetSelection.assets(asset_key(REPORT_COVERAGE)),
            description="What stands of every report, for a range of days in one run.",
        ),
        cron_schedule=COVERAGE_CRON,
        execution_timezone="UTC",
        execution_fn=request,
        description="Days whose reports were fetched, cut short or forgotten by the vendor since their coverage was told.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def sensors() -> list[dg.SensorDefinition]:
    """Derived tables follow corrected partitions of what they read, old ones too; partial partitions are gone on with."""
    derived = [asset_key(table) for table in contracts.TABLES if table.is_derived]
    return [
        dg.AutomationConditionSensorDefinition(
            "derived_follow_reports",
            target=dg.AssetSelection.assets(*derived),
            default_status=dg.DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=30,
        ),
        *continue_partial(),
    ]
