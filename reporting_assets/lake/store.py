"""Typed Parquet partitions: written aside, checked against the contract, put in place in one rename.

A partition is a folder with one `part-0.parquet` and a `_manifest.json`. Readers see the old file or the new one. A
write that fails leaves the partition as it was. How rows come about is for `typed` and the SQL models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets.contracts.model import Table
from reporting_assets.lake import checks
from reporting_assets.lake.errors import ContractError, LakeError, storage
from reporting_assets.lake.files import aside, read_json, remove_leftovers, replace, write_json
from reporting_assets.lake.layout import MANIFEST, Lake
from reporting_assets.lake.schema import arrow_schema, difference, view_select
from reporting_assets.lake.sqltext import quoted

ROW_GROUP_ROWS = 122_880  # at most. DuckDB's own: one row group is one unit of its parallel reading
ROW_GROUP_VALUES = 2_000_000  # at most: some groups are in memory at once, so wide tables have shorter ones
_VECTOR = 2048  # rows that DuckDB reads at once
_FOOTER_BYTES = 1 << 16
_KIND = re.compile(r"[A-Z][A-Za-z ]* Error(?=:)")


@dataclass(frozen=True, slots=True)
class Written:
    """What a partition holds now."""

    rows: int
    bytes: int
    path: Path


@dataclass(frozen=True, slots=True)
class TableStats:
    """What a table holds now."""

    partitions: int
    rows: int
    bytes: int


def write_partition(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    partition_key: str,
    reader: pa.RecordBatchReader,
    *,
    manifest: Mapping[str, Any],
) -> Written:
    """Replaces a partition with the rows of `reader`; `manifest` (JSON values) is kept beside them.

    `con` checks the file; `reader` may come from it. Raises ContractError when the rows break a blocking promise, and
    LakeError when they cannot be stored; in both cases the partition stays as it was. The same rows give the same bytes.
    """
    problem = difference(table, reader.schema)
    if problem:
        raise ContractError(f"{table.id} {partition_key} is not as its contract says: {problem}.")
    part = lake.part(table, partition_key)
    with lake.writing(table, partition_key):
        with storage("create", part.parent):
            part.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(part)
            remove_leftovers(part.with_name(MANIFEST))
        written = aside(part)
        try:
            with storage("write", part):
                rows = _write(written, arrow_schema(table), _batches(reader, f"{table.id} {partition_key}"))
            _require_promises(con, table, partition_key, written)
            with storage("write", part):
                size = written.stat().st_size
                kept = {**manifest, "table": table.id, "partition": partition_key, "rows": rows, "bytes": size}
                kept["file"] = _fingerprint(written)
                replace(written, part)
        finally:
            written.unlink(missing_ok=True)
        write_json(part.with_name(MANIFEST), kept)
    return Written(rows, size, part)


def _batches(reader: pa.RecordBatchReader, what: str) -> Iterator[pa.RecordBatch]:
    """The reader's batches; DuckDB's errors arrive through Arrow as OSError, and may quote values."""
    try:
        yield from reader
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise not_computed(what, error) from None


def not_computed(what: str, error: Exception) -> LakeError:
    """Why the rows of a partition could not be computed, without what DuckDB quotes of them."""
    said = _KIND.match(str(error))
    kind = said.group() if said else type(error).__name__
    advice = "raise REPORTING_DUCKDB_MEMORY" if "Memory" in kind else "compare its SQL with the data"
    return LakeError(f"Computing the rows of {what} failed ({kind}): {advice}; the partition stays as it was.")


def _write(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    rows = 0
    size = group_rows(len(schema))
    with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=True) as writer:
        for group in _ahead(_row_groups(batches, schema, size)):
            writer.write_table(group, row_group_size=size)
            rows += group.num_rows
            del group  # before the next is gathered
    return rows


def _ahead(groups: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The groups, the next of which is gathered while one is written: DuckDB and Arrow each keep a core busy."""
    with ThreadPoolExecutor(1, thread_name_prefix="rows") as pool:
        coming = pool.submit(next, groups, None)
        while (group := coming.result()) is not None:
            coming = pool.submit(next, groups, None)
            yield group
            del group  # before the next is asked for


def group_rows(columns: int) -> int:
    """How many rows of so many columns a row group holds."""
    return min(ROW_GROUP_ROWS, max(_VECTOR, ROW_GROUP_VALUES // columns // _VECTOR * _VECTOR))


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema, size: int) -> Iterator[pa.Table]:
    """The rows in groups of one size, however they arrive: the file's bytes do not depend on the batches."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= size:
            taken = size - count
            waiting.append(batch.slice(0, taken))
            batch, count = batch.slice(taken), 0
            yield _group(waiting, schema)
        waiting.append(batch)
        count += batch.num_rows
    if count:
        yield _group(waiting, schema)


def _group(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """One table of the batches, which are let go: a group is in memory once."""
    chunked = pa.Table.from_batches(batches, batches[0].schema).cast(schema)
    batches.clear()
    return chunked.combine_chunks()


def _require_promises(con: duckdb.DuckDBPyConnection, table: Table, partition_key: str, path: Path) -> None:
    for result in checks.promises(con, table, [str(path)], only_blocking=True):
        if not result.passed:
            shown = "; ".join(", ".join(f"{name}={value}" for name, value in key.items()) for key in result.examples)
            raise ContractError(
                f"{table.id} {partition_key} breaks {result.name} ({result.meaning.rstrip('.')}) {result.failures} times"
                f"{f', as at {shown}' if shown else ''}; the partition stays as it was."
            )


def _fingerprint(path: Path) -> str:
    """Tells one Parquet file from another by its size and its end, where sizes and bounds of every column stand."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _FOOTER_BYTES))
        return sha256(b"%d " % size + file.read()).hexdigest()[:16]


def read_manifest(lake: Lake, table: Table, partition_key: str) -> dict[str, Any] | None:
    """What was noted when the partition was written.

    None where there is none, or where it is not about the present file (its writer was killed between the two).
    """
    part = lake.part(table, partition_key)
    content = read_json(part.with_name(MANIFEST))
    if content is None or not part.exists():
        return None
    with storage("read", part):
        return content if content.get("file") == _fingerprint(part) else None


def table_stats(lake: Lake, table: Table) -> TableStats:
    """Partitions, rows and bytes that a table holds, from the ends of its files."""
    partitions = rows = size = 0
    for key in lake.partitions(table):
        path = lake.part(table, key)
        with storage("read", path):
            rows += pq.read_metadata(path).num_rows
            size += path.stat().st_size
        partitions += 1
    return TableStats(partitions, rows, size)


def attach(
    con: duckdb.DuckDBPyConnection, lake: Lake, table: Table, partition_keys: Sequence[str] | None = None
) -> None:
    """Makes `schema.table` of `con` a view over exactly these partitions (all that are stored, if None).

    Partitions that are not stored are left out; without any, the view is empty and has the contract's columns. Raises
    LakeError where a file is not Parquet.
    """
    wanted = lake.partitions(table) if partition_keys is None else partition_keys
    files = [str(part) for key in wanted if (part := lake.part(table, key)).exists()]
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}")
    try:
        con.execute(
            f"CREATE OR REPLACE VIEW {quoted(table.schema)}.{quoted(table.name)} AS {view_select(table, files)}"
        )
    except duckdb.Error:
        broken = ", ".join(_unreadable(lake, table, wanted)) or "(one of its partitions)"
        raise LakeError(f"{table.id} {broken} cannot be read as Parquet; materialize that again.") from None


def _unreadable(lake: Lake, table: Table, partition_keys: Sequence[str]) -> Iterator[str]:
    for key in partition_keys:
        try:
            pq.read_metadata(lake.part(table, key))
        except FileNotFoundError:
            continue
        except (pa.ArrowException, OSError):
            yield key
