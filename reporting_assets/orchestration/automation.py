"""The one automation condition: derived tables follow their inputs, old partitions too.

A late correction in a day of March must reach that day's derived tables and March's monthly ones, in November as well,
so the condition is not limited to the latest partition as `AutomationCondition.eager()` is.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    complete: dg.AutomationCondition = ~missing
    for there in _of_its_own(table):
        complete = complete & there
    return (has_news & settled & complete).with_label("follow_inputs")


def _of_its_own(table: Table) -> Sequence[dg.AutomationCondition]:
    """Conditions that there is something of the very day or month, and not only of those before that are read too.

    Deriving makes the same demand of the lake. Of a month, any day will do.
    """
    required = [read for read in table.inputs if not read.is_optional]
    if not required:
        own = [_has_own_partition(table, read) for read in table.inputs]
        return [reduce(or_, own)] if own else []
    # A day's inputs that are read of that day alone must all be there anyway.
    asked = [read for read in required if read.days_before > 0 or table.partition is Partition.MONTH]
    return [_has_own_partition(table, read) for read in asked]


def _may_be_missing(table: Table, read: Input) -> bool:
    return read.is_optional or read.days_before > 0 or contracts.table(read.table).partition is not table.partition


def _has_own_partition(table: Table, read: Input) -> dg.AutomationCondition:
    """Whether the input has the very partition that is derived, or a day of it, whatever there is of the days before.

    Asked of an input that is read of days before too, it would be about those as well. Dagster relates assets that do
    not depend on each other by equal partitions, so it is asked through a table that has to do with neither.
    """
    condition = dg.AutomationCondition
    present = condition.asset_matches(_key(read.table), ~condition.missing())
    if read.days_before == 0:
        return present
    of = contracts.table(read.table)
    related = {one.table for both in (table, of) for one in both.inputs} | {table.id, of.id}
    beside = next(
        other
        for other in contracts.TABLES
        if other.partition is table.partition
        and other.id not in related
        and not {table.id, of.id} & {one.table for one in other.inputs}
    )
    return condition.asset_matches(_key(beside.id), present)


def _key(table_id: str) -> dg.AssetKey:
    return dg.AssetKey(table_id.split("."))
