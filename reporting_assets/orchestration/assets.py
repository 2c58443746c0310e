"""Asset factories: one definition per contract. The work itself is in `ingest.py` and `derive.py`.

Dagster reads the annotations of asset functions as objects, so this module does without postponed annotations.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from reporting_assets import contracts, progress
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake import catalogue
from reporting_assets.lake.errors import LakeError
from reporting_assets.orchestration import checks, derive, failures, partials, plots, sample
from reporting_assets.orchestration.ingest import Committed, Failures, Ingest
from reporting_assets.orchestration.partials import Partial
from reporting_assets.orchestration.resources import ReportingResource
from reporting_assets.orchestration.specs import asset_key, spec
from reporting_assets.orchestration.work import FETCHING, Work
from reporting_assets.sources import planner

# One run takes up to a month of days, or a year of months: few long runs cost far less than many short ones (a run
# costs seconds before its first line), and a run that is cut short loses nothing that was committed. To the days it is
# asked for, a backfill adds those after them that read them: a week at most, but for what reads four weeks.
BACKFILL = {
    Partition.DAY: dg.BackfillPolicy.multi_run(max_partitions_per_run=31 + 7),
    Partition.MONTH: dg.BackfillPolicy.multi_run(max_partitions_per_run=12),
}

# How often a run's log says how far a fetch is.
PROGRESS_EVERY_SECONDS = 5.0


class ReportConfig(dg.Config):
    """How to materialize a report; the default fetches it."""

    from_landing: bool = False  # type again what has landed, without one call to the vendor


def report_asset(table: Table, start: date) -> dg.AssetsDefinition:
    """The asset of a fetched table."""

    @dg.multi_asset(
        name=f"{table.schema}__{table.name}",
        specs=[spec(table, start)],
        check_specs=checks.specs(table),
        backfill_policy=BACKFILL[table.partition],
        retry_policy=failures.RETRIES,
        op_tags=spending_order(table),
    )
    def fetch_report(
        context: dg.AssetExecutionContext, reporting: ReportingResource, config: ReportConfig
    ) -> Iterator[dg.MaterializeResult]:
        with failures.as_failures(context), logged_progress(context), reporting.opened(FETCHING) as (work, con):
            ingest = Ingest(
                table,
                context.partition_keys,
                work,
                con,
                context.run.run_id,
                command=context.run.tags.get(failures.ATTENDED, ""),
            )
            committed = logged(context, table, ingest.run(from_landing=config.from_landing))
            yield result(context, table, committed, ingest.failures, work, con)

    return fetch_report


def spending_order(table: Table) -> dict[str, str]:
    """Tags that let a run spend the day's calls in the contracts' order; Dagster takes higher numbers first."""
    return {"dagster/priority": str(-table.priority)}


def derived_asset(table: Table, start: date) -> dg.AssetsDefinition:
    """The asset of a table that SQL makes."""

    @dg.multi_asset(
        name=f"{table.schema}__{table.name}",
        specs=[spec(table, start)],
        check_specs=checks.specs(table),
        backfill_policy=BACKFILL[table.partition],
    )
    def derive_table(context: dg.AssetExecutionContext, reporting: ReportingResource) -> Iterator[dg.MaterializeResult]:
        with failures.as_failures(context), logged_progress(context), reporting.opened() as (work, con):
            failed = Failures()
            committed = logged(context, table, derive.derive(table, context.partition_keys, work, con, failed))
            yield result(context, table, committed, failed, work, con)

    return derive_table


def logged(context: dg.AssetExecutionContext, table: Table, committed: Iterable[Committed]) -> list[Committed]:
    """Everything committed, each said in the run's log as it comes."""
    done = []
    for number, one in enumerate(committed, start=1):
        note = f" (kept: {one.kept_because})" if one.was_kept else ""
        context.log.info(
            f"{table.id} {one.key}: {one.rows} rows; {number} of {len(context.partition_keys)} partitions{note}"
        )
        done.append(one)
    return done


def _metadata(one: Committed) -> dict[str, Any]:
    return {"dagster/row_count": one.rows, "bytes": one.bytes, **one.facts}


def _partial_metadata(partial: Partial) -> dict[str, Any]:
    planned = {} if partial.planned is None else {"requests_planned": partial.planned}
    return {
        "partial": True,
        "requests_done": partial.done,
        **planned,
        "goes_on_at": dg.MetadataValue.timestamp(partial.resume_at),
        "last_day_to_ask": str(partial.deadline),
    }


def result(
    context: dg.AssetExecutionContext,
    table: Table,
    committed: list[Committed],
    failed: Failures,
    work: Work,
    con: DuckDBPyConnection,
) -> dg.MaterializeResult:
    """Publish, and tell the UI: counts per partition, a sample, a plot, and the checks.

    Where some partitions failed, the committed ones are recorded and the failure names the others.
    """
    try:
        catalogue.publish(work.lake, work.settings.warehouse, contracts.EVERY_TABLE)
    except LakeError:
        if not failed.by_key:  # otherwise what failed first says more
            raise
    key = asset_key(table)
    if failed.by_key:
        for one in committed:
            context.log_event(dg.AssetMaterialization(key, partition=one.key, metadata=_metadata(one)))
        for partial in failed.partial.values():
            context.log_event(dg.AssetObservation(key, partition=partial.key, metadata=_partial_metadata(partial)))
        _note_readers(context, table, failed, work)
        raise failures.of_partitions(failed, table, context)
    for one in committed:
        context.add_asset_metadata(_metadata(one), asset_key=key, partition_key=one.key)
    return dg.MaterializeResult(
        asset_key=key,
        metadata=sample.preview(con, work.lake, table, [one.key for one in committed])
        | plots.recent_days(con, work.lake, table),
        check_results=list(checks.results(table, context.partition_keys, work, con)),
    )


def _note_readers(context: dg.AssetExecutionContext, table: Table, failed: Failures, work: Work) -> None:
    """Let the tables of the run that ask about this one's items go on later too.

    Dagster does not even begin them after this failure, for none of the run's partitions.
    """
    if not failed.partial:
        return
    resume_at = max(partial.resume_at for partial in failed.partial.values())
    selected = context.job_def.asset_layer.selected_asset_keys
    for reader in partials.readers(table):
        if asset_key(reader) in selected and planner.chosen(reader, work.plan_options):
            for key in context.partition_keys:
                partials.note_reader(work.lake, reader, key, resume_at)


@contextmanager
def logged_progress(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Counted log events while the block works: at most one every few seconds, and the last of each kind."""
    said: dict[str, float] = {}

    def say(step: progress.Progress) -> None:
        now = time.monotonic()
        if step.done != step.total and now - said.get(step.what, now - PROGRESS_EVERY_SECONDS) < PROGRESS_EVERY_SECONDS:
            return
        said[step.what] = now
        context.log.info(f"{step.what}: {step.done} of {step.total if step.total is not None else '?'} {step.unit}")

    with progress.listening(say):
        yield
