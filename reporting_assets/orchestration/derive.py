"""How a derived table's partitions are made: attach the partitions it reads, run its SQL, replace. No Dagster here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from reporting_assets import contracts, progress
from reporting_assets.contracts.model import Table
from reporting_assets.lake import store
from reporting_assets.models import run as models
from reporting_assets.orchestration.ingest import Committed
from reporting_assets.orchestration.work import Work


def derive(table: Table, keys: Sequence[str], work: Work, con: duckdb.DuckDBPyConnection) -> Iterator[Committed]:
    """Yield each partition as it is committed. Inputs that are missing read as empty, and are counted."""
    for done, key in enumerate(keys):
        progress.publish(progress.Progress(table.id, done, len(keys), "partitions"))
        missing = 0
        read: dict[str, list[str]] = {}
        for input_id, wanted in models.input_partitions(table, key).items():
            upstream = contracts.table(input_id)
            there = [part for part in wanted if store.read_manifest(work.lake, upstream, part) is not None]
            missing += len(wanted) - len(there)
            read[input_id] = there
            store.attach(con, work.lake, upstream, there)
        rows = models.rows(con, table, key, work.parameters(), work.lake.source)
        facts = {"input_partitions": sum(map(len, read.values())), "input_partitions_missing": missing}
        written = store.write_partition(con, work.lake, table, key, rows, manifest={"facts": facts})
        yield Committed(key, written.rows, written.bytes, facts)
    progress.publish(progress.Progress(table.id, len(keys), len(keys), "partitions"))
