"""The one automation condition: derived tables follow their inputs, old partitions too.

A late correction in a day of March must reach that day's derived tables and March's monthly ones, in November as well,
so the condition is not limited to the latest partition as `AutomationCondition.eager()` is.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import dagster as dg

from reporting_assets import contracts
from reporting_assets.contracts.model import Input, Partition, Table


def follow_inputs(table: Table) -> dg.AutomationCondition:
    """Derive a partition when any partition it reads was written after it.

    - news: something it reads is newer than it. Dagster's `any_deps_updated` would not do: it passes over an input
      whose run also derived this table, though for another day, and a day reads the days before it too;
    - no input is being written right now, and it is not itself: wait, and derive once;
    - no input is missing, except where a missing partition is a true answer: the day before the first one that was
      ever fetched, the days of a month that is still running, and vendors or features that the account lacks.
    """
    condition = dg.AutomationCondition
    written = condition.any_deps_match(condition.newly_updated() | condition.will_be_requested())
    has_news = written.since(condition.newly_requested() | condition.newly_updated())
    settled = ~condition.any_deps_in_progress() & ~condition.in_progress()
    may_be_missing = [read for read in table.inputs if _may_be_missing(table, read)]
    missing = condition.any_deps_match(condition.missing() & ~condition.will_be_requested())
    if may_be_missing:
        missing = missing.ignore(dg.AssetSelection.assets(*[_key(read.table) for read in may_be_missing]))
    complete = ~missing
    if len(may_be_missing) == len(table.inputs) and table.partition is Partition.DAY:
        required = [read for read in table.inputs if not read.is_optional]
        own = [_has_own_partition(table, read) for read in required[:1] or table.inputs]
        complete = complete & reduce(or_, own)
    return (has_news & settled & complete).with_label("follow_inputs")


def _may_be_missing(table: Table, read: Input) -> bool:
    return read.is_optional or read.days_before > 0 or contracts.table(read.table).partition is not table.partition


def _has_own_partition(table: Table, read: Input) -> dg.AutomationCondition:
    """Whether the input has the very partition that is derived, whatever there is of the days before it.

    Asked of an input that is read of days before too, it would be about those as well. Dagster relates assets that do
    not depend on each other by equal partitions, so it is asked through a table that reads that input of the day alone.
    """
    condition = dg.AutomationCondition
    present = condition.asset_matches(_key(read.table), ~condition.missing())
    if read.days_before == 0:
        return present
    beside = [
        other
        for other in contracts.TABLES
        if Input(read.table) in other.inputs and other.id not in {table.id, *(own.table for own in table.inputs)}
    ]
    # Where no table does, a day is asked for that only the days before give reason to; deriving leaves it as it is.
    return condition.asset_matches(_key(beside[0].id), present) if beside else present


def _key(table_id: str) -> dg.AssetKey:
    return dg.AssetKey(table_id.split("."))
