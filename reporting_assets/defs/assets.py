"""Every asset: one per contract; those that are opt-in where their setting is on."""

from __future__ import annotations

from datetime import date

import dagster as dg

from reporting_assets import contracts
from reporting_assets.orchestration.assets import derived_asset, report_asset
from reporting_assets.orchestration.attachment_asset import attachments_asset
from reporting_assets.orchestration.coverage_asset import coverage_asset


def assets(start: date, *, with_attachments: bool) -> list[dg.AssetsDefinition]:
    """The assets of all contracts and of the lake's own records, with partitions from `start`; that of chat attachments only where it is wanted."""
    found = [
        derived_asset(table, start) if table.is_derived else report_asset(table, start) for table in contracts.TABLES
    ]
    return [*found, coverage_asset(start), *([attachments_asset(start)] if with_attachments else [])]
