"""Partition definitions. Every partition is cut in UTC; a running day or month has no partition yet.

Days are UTC because vendors deliver UTC timestamps and nothing else is stable across sites and DST; local days are
columns. Months get their partition when they begin (`end_offset`), because month-to-date figures are asked for daily.
"""

from __future__ import annotations

import warnings
from datetime import date

import dagster as dg

from reporting_assets.contracts.model import Partition

_SHORTEST_MONTH_DAYS = 28


def definition(partition: Partition, start: date) -> dg.TimeWindowPartitionsDefinition:
    """The partitions of every table cut by `partition`, beginning with the one that holds `start`."""
    if partition is Partition.DAY:
        return dg.DailyPartitionsDefinition(start_date=start.isoformat(), timezone="UTC")
    return dg.MonthlyPartitionsDefinition(start_date=f"{start:%Y-%m}", timezone="UTC", end_offset=1, fmt="%Y-%m")


def mapping(own: Partition, upstream: Partition, days_before: int) -> dg.PartitionMapping | None:
    """How a derived table's partition depends on an input's; None where both are cut alike and no day before counts.

    Dagster counts the partitions before in the derived table's own, so the days before a month are whole months there.
    """
    if own is upstream and days_before == 0:
        return None
    before = days_before if own is Partition.DAY else -(-days_before // _SHORTEST_MONTH_DAYS)
    # Beta API, used here alone: the first partition has no day before, and that must not be an error.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.TimeWindowPartitionMapping(start_offset=-before, allow_nonexistent_upstream_partitions=True)
