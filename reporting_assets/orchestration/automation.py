"""The one automation condition: derived tables follow their inputs, old partitions too.

A late correction in a day of March must reach that day's derived tables and March's monthly ones, in November as well,
so the condition is not limited to the latest partition as `AutomationCondition.eager()` is.
"""

from __future__ import annotations

import dagster as dg

from reporting_assets import contracts
from reporting_assets.contracts.model import Table


def follow_inputs(table: Table) -> dg.AutomationCondition:
    """Derive a partition when any partition it reads was written, unless it was derived in that very run.

    - `any_deps_updated().since(newly_requested | newly_updated)`: something it reads is newer than it;
    - no input is being written right now, and it is not itself: wait, and derive once;
    - no input is missing, except where a missing partition is a true answer: the day before the first one that was
      ever fetched, and the days of a month that is still running.
    """
    condition = dg.AutomationCondition
    has_news = condition.any_deps_updated().since(condition.newly_requested() | condition.newly_updated())
    settled = ~condition.any_deps_in_progress() & ~condition.in_progress()
    missing = condition.any_deps_match(condition.missing() & ~condition.will_be_requested())
    may_be_missing = [
        dg.AssetKey(read.table.split("."))
        for read in table.inputs
        if _may_be_missing(table, read.table, read.days_before)
    ]
    if may_be_missing:
        missing = missing.ignore(dg.AssetSelection.assets(*may_be_missing))
    return (has_news & settled & ~missing).with_label("follow_inputs")


def _may_be_missing(table: Table, input_id: str, days_before: int) -> bool:
    return days_before > 0 or contracts.table(input_id).partition is not table.partition
