"""Asset checks from contracts: broken contracts block what is downstream, surprises warn and name examples.

The writer has already refused a partition that breaks its contract, so a failing blocking check means somebody else
changed the files; it is evaluated again on what was written, because that is what analysts read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb

from reporting_assets.contracts.model import Table
from reporting_assets.lake.checks import expectations
from reporting_assets.orchestration.specs import asset_key
from reporting_assets.orchestration.work import Work

CONTRACT_CHECKS = {
    "schema": "The stored columns are exactly the contract's.",
    "key_unique": "No two rows share the key.",
    "required_not_null": "Required columns hold a value in every row.",
}
ROW_FLOOR = "row_floor"


def specs(table: Table) -> list[dg.AssetCheckSpec]:
    """The checks of a table."""
    key = asset_key(table)
    blocking = [
        dg.AssetCheckSpec(name, asset=key, description=meaning, blocking=True)
        for name, meaning in CONTRACT_CHECKS.items()
    ]
    expected = [
        dg.AssetCheckSpec(item.name, asset=key, description=item.meaning, blocking=item.blocking)
        for item in table.expectations
    ]
    floor = dg.AssetCheckSpec(
        ROW_FLOOR, asset=key, description=f"Every partition has at least {table.row_floor} rows; fewer is a surprise."
    )
    return [*blocking, *expected, floor]


def results(
    table: Table, keys: Sequence[str], work: Work, con: duckdb.DuckDBPyConnection
) -> Iterator[dg.AssetCheckResult]:
    """Evaluate every check of the table on these partitions, as stored."""
    for found in expectations(con, work.lake, table, list(keys)):
        facts: dict[str, Any] = {"partitions": len(keys), "rows_failing": found.failures}
        if found.examples:
            facts["examples"] = dg.MetadataValue.json(
                [{name: str(value) for name, value in row.items()} for row in found.examples]
            )
        yield dg.AssetCheckResult(
            check_name=found.name,
            asset_key=asset_key(table),
            passed=found.passed,
            severity=dg.AssetCheckSeverity.ERROR if found.blocking else dg.AssetCheckSeverity.WARN,
            metadata=facts,
        )
