"""The opt-in asset of files sent in chat. The work itself is in `attachments`.

Dagster reads the annotations of asset functions as objects, so this module does without postponed annotations.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from reporting_assets.contracts.model import Partition
from reporting_assets.contracts.zoom_attachments import CHAT_ATTACHMENTS
from reporting_assets.orchestration import assets, attachments, checks, failures
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.resources import ReportingResource
from reporting_assets.orchestration.specs import spec


def attachments_asset(start: date) -> dg.AssetsDefinition:
    """The asset `zoom/chat_attachments`; defined only where ZOOM_CHAT_ATTACHMENTS is on."""
    table = CHAT_ATTACHMENTS

    @dg.multi_asset(
        name=f"{table.schema}__{table.name}",
        specs=[spec(table, start).replace_attributes(kinds={"zoom", "python", "parquet"})],
        check_specs=checks.specs(table),
        backfill_policy=assets.BACKFILL[Partition.DAY],
        retry_policy=failures.RETRIES,
        op_tags=assets.spending_order(table),
    )
    def download_attachments(
        context: dg.AssetExecutionContext, reporting: ReportingResource
    ) -> Iterator[dg.MaterializeResult]:
        with failures.as_failures(context), assets.logged_progress(context), reporting.opened() as (work, con):
            failed = Failures()
            committed = attachments.attachments(context.partition_keys, work, con, failed)
            yield assets.result(context, table, assets.logged(context, table, committed), failed, work, con)

    return download_attachments
