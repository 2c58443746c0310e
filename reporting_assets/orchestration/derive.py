"""How a derived table's partitions are made: attach the partitions it reads, run its SQL, replace. No Dagster here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from reporting_assets import contracts, progress
from reporting_assets.contracts.model import Table
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
    """Inputs that are missing read as empty, and are counted."""
    facts = {"input_partitions": 0, "input_partitions_missing": 0}
    for input_id, wanted in models.input_partitions(table, key).items():
        upstream = contracts.table(input_id)
        there = [part for part in wanted if work.lake.part(upstream, part).exists()]
        facts["input_partitions"] += len(there)
        facts["input_partitions_missing"] += len(wanted) - len(there)
        store.attach(con, work.lake, upstream, there)
    rows = models.rows(con, table, key, work.parameters(), work.lake.source)
    written = store.write_partition(con, work.lake, table, key, rows, manifest={"facts": facts})
    return Committed(key, written.rows, written.bytes, facts)
