"""The asset of `platform.report_coverage`. The work itself is in `coverage`.

Dagster reads the annotations of asset functions as objects, so this module does without postponed annotations.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from reporting_assets.contracts.model import Partition
from reporting_assets.contracts.platform import REPORT_COVERAGE
from reporting_assets.orchestration import assets, checks, coverage, failures
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.resources import ReportingResource
from reporting_assets.orchestration.specs import spec


def coverage_asset(start: date) -> dg.AssetsDefinition:
    """The asset `platform/report_coverage`.

    It depends on no asset, since a report that fails is just what it has to tell; its schedule follows the lake.
    """
    table = REPORT_COVERAGE

    @dg.multi_asset(
        name=f"{table.schema}__{table.name}",
        specs=[spec(table, start).replace_attributes(kinds={"python", "parquet"})],
        check_specs=checks.specs(table),
        backfill_policy=assets.BACKFILL[Partition.DAY],
        op_tags=assets.spending_order(table),
    )
    def tell_coverage(
        context: dg.AssetExecutionContext, reporting: ReportingResource
    ) -> Iterator[dg.MaterializeResult]:
        with failures.as_failures(context), assets.logged_progress(context), reporting.opened() as (work, con):
            failed = Failures()
            committed = assets.logged(context, table, coverage.coverage(context.partition_keys, work, con, failed))
            yield assets.result(context, table, committed, failed, work, con)

    return tell_coverage
