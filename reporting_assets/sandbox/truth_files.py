"""What the modules that write the ground truth share: appending rows to a file, instants, ids of people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets.sandbox.organisation import Organisation

INSTANT = pa.timestamp("us", tz="UTC")


def append(writer: pq.ParquetWriter, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows whose values stand in the order of the schema."""
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    writer.write_table(
        pa.table([pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)], schema)
    )


def person_id(organisation: Organisation, person: int) -> str:
    """The person's id in the truth; `person` is an employee's index, or -1 - the guest's index."""
    return organisation.people[person].id if person >= 0 else organisation.guest(-1 - person).id


def instant(seconds: int) -> datetime:
    """Epoch seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)
