"""How a derived table's partitions are made: attach the partitions it reads, run its SQL, replace. No Dagster here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import duckdb

from reporting_assets import contracts, periods, progress
from reporting_assets.contracts.model import Input, Partition, Table
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError
from reporting_assets.models import run as models
from reporting_assets.orchestration.ingest import Committed, Failures
from reporting_assets.orchestration.work import Work


def derive(
    table: Table, keys: Sequence[str], work: Work, con: duckdb.DuckDBPyConnection, failed: Failures
) -> Iterator[Committed]:
    """Yield each partition as it is committed; note in `failed` those that could not be, and go on."""
    for done, key in enumerate(keys):
        progress.publish(progress.Progress(table.id, done, len(keys), "partitions"))
        try:
            committed = _partition(table, key, work, con)
        except LakeError as error:
            failed.by_key[key] = error
        else:
            yield committed
    progress.publish(progress.Progress(table.id, len(keys), len(keys), "partitions"))


def _partition(table: Table, key: str, work: Work, con: duckdb.DuckDBPyConnection) -> Committed:
    """Inputs that are missing read as empty, and are counted; a partition that lacks its very own is left as it is.

    Dagster derives the days after those it is asked for, since they read these, and the months that such days are in.
    Where nothing of them has been fetched, rows of zeros, or none, would claim that nobody met. A month is derived as far
    as its days have come.
    """
    if lacking := _lacking(table, key, work):
        return Committed(
            key,
            0,
            0,
            {
                "not_derived": f"{table.id} {key} was left as it was: {lacking} {key} is not in the lake; materialize it first."
            },
        )
    facts: dict[str, Any] = {"input_partitions": 0, "input_partitions_missing": 0}
    for input_id, wanted in models.input_partitions(table, key).items():
        upstream = contracts.table(input_id)
        there = [part for part in wanted if work.lake.part(upstream, part).exists()]
        facts["input_partitions"] += len(there)
        facts["input_partitions_missing"] += len(wanted) - len(there)
        store.attach(con, work.lake, upstream, there)
    try:  # DuckDB sorts here, and hands the rows on later
        rows = models.rows(con, table, key, work.parameters(), work.lake.source)
    except duckdb.Error as error:
        raise store.not_computed(f"{table.id} {key}", error) from None
    written = store.write_partition(con, work.lake, table, key, rows, manifest={"facts": facts})
    return Committed(key, written.rows, written.bytes, facts)


def _lacking(table: Table, key: str, work: Work) -> str:
    """The input that the partition cannot do without and that has nothing of it; empty where there is none."""
    there = {read.table: _is_there(read, table.partition, key, work) for read in table.inputs}
    required = [read.table for read in table.inputs if not read.is_optional and not there[read.table]]
    if required:
        return required[0]
    return "" if any(there.values()) else " or ".join(there)


def _is_there(read: Input, partition: Partition, key: str, work: Work) -> bool:
    """Whether there is something of the very day or month that is derived, whatever there is of those before it."""
    upstream = contracts.table(read.table)
    start, end = periods.window(partition, key)
    own = periods.keys(upstream.partition, start.date(), end.date() - timedelta(days=1))
    return any(work.lake.part(upstream, part).exists() for part in own)
