"""Every asset: one per contract."""

from __future__ import annotations

from datetime import date

import dagster as dg

from reporting_assets import contracts
from reporting_assets.orchestration.assets import derived_asset, report_asset


def assets(start: date) -> list[dg.AssetsDefinition]:
    """The assets of all contracts, with partitions from `start`."""
    return [
        derived_asset(table, start) if table.is_derived else report_asset(table, start) for table in contracts.TABLES
    ]
