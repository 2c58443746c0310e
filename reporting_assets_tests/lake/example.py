"""A small contract and shortcuts that the lake's tests share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from reporting_assets.contracts.model import (
    Column,
    Endpoint,
    Expectation,
    Field,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.ledger import Sealed
from reporting_assets.lake.privacy import Policy
from reporting_assets.lake.typed import Counts, typed_rows

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1000)
DAY = "2026-11-20"
KEY = b"0123456789abcdef0123456789abcdef"


def endpoint(name: str, path: str) -> Endpoint:
    return Endpoint(name, path, "rows", "", RateLabel.LIGHT, "scope", (), "any", "for ever", "https://example.com")


CALLS = Table(
    schema="test",
    name="calls",
    grain="One row per call.",
    about="Made up.",
    partition=Partition.DAY,
    key=("call_id", "leg"),
    partition_by="started_at",
    endpoints=(endpoint("list_calls", "/calls"), endpoint("report_calls", "/report/{userId}/calls")),
    columns=(
        Column("call_id", Type.TEXT, "The call.", required=True, source=Field("id")),
        Column("leg", Type.INTEGER, "Its leg.", source=Field("leg")),
        Column("started_at", Type.TIMESTAMP, "Start.", source=Field("start")),
        Column("kind", Type.TEXT, "Asked for.", source=Field("$request.kind")),
        Column(
            "owner_id",
            Type.TEXT,
            "Owner.",
            personal=Personal.USER_ID,
            source=Field("owner_id", fallback="owner"),
            by_endpoint={"report_calls": Field("$request.user_id")},
        ),
        Column("email", Type.TEXT, "Address.", personal=Personal.IDENTITY, source=Field("contact.mail")),
        Column("full_name", Type.TEXT, "Name.", personal=Personal.IDENTITY, source=Field("contact.name")),
        Column("subject", Type.TEXT, "Subject.", personal=Personal.CONTENT, source=Field("subject")),
        Column("device", Type.TEXT, "Machine.", personal=Personal.DEVICE, source=Field("device")),
        Column("pin", Type.TEXT, "Pin.", personal=Personal.SECRET, source=Field("pin")),
        Column(
            "length_seconds",
            Type.INTEGER,
            "Length.",
            unit="seconds",
            by_endpoint={
                "list_calls": Field("length", Parse.CLOCK_SECONDS),
                "report_calls": Field("minutes", Parse.MINUTES_AS_SECONDS),
            },
        ),
        Column("score", Type.NUMBER, "Score.", source=Field("score")),
        Column("is_internal", Type.BOOLEAN, "Internal.", source=Field("internal")),
        Column("booked_on", Type.DATE, "Booked.", source=Field("booked")),
        Column("planned_at", Type.TIMESTAMP, "Planned.", source=Field("planned", Parse.US_MINUTE)),
        Column("tags", Type.JSON, "Tags.", source=Field("tags")),
    ),
    expectations=(
        Expectation("length_known", "length_seconds >= 0", "Lengths are not negative.", blocking=True),
        Expectation("has_score", "score IS NOT NULL", "Scores are known."),
    ),
)


def call(number: int | str = 1, **fields: Any) -> dict[str, Any]:
    return {"id": number, "start": f"{DAY}T10:00:00Z", **fields}


def land(
    lake: Lake,
    pages: Iterable[list[dict[str, Any]]],
    *,
    table: Table = CALLS,
    unit: str = DAY,
    endpoint: str | None = None,
    columns: Mapping[str, str] | None = None,
    started_at: datetime = NOW,
    run_id: str = "run-1",
    policy: Policy | None = None,
    key: str = "request",
) -> Sealed:
    """One request's pages, landed and sealed."""
    content = list(pages)
    area = lake.landing(table, unit)
    policy = policy or Policy("full")
    with (
        area.lock(),
        area.begin(run_id=run_id, started_at=started_at, resume_after=started_at, policy=policy) as attempt,
    ):
        for number, records in enumerate(content, 1):
            attempt.append(
                key,
                endpoint=endpoint or table.endpoints[0].name,
                columns=columns or {"kind": "past"},
                page=number,
                records=records,
            )
        attempt.finish(key, status="complete", pages=len(content), records=sum(map(len, content)))
        return attempt.seal()


def typed(sealed: Iterable[Sealed], table: Table = CALLS, key: str = DAY) -> tuple[list[dict[str, Any]], Counts]:
    with duckdb.connect() as con:
        result = typed_rows(con, table, key, list(sealed), "sandbox")
        return result.reader.read_all().to_pylist(), result.counts


def rows_of(lake: Lake, *records: dict[str, Any], **landing: Any) -> tuple[list[dict[str, Any]], Counts]:
    return typed([land(lake, [list(records)], **landing)])


def row_of(lake: Lake, record: dict[str, Any], **landing: Any) -> dict[str, Any]:
    rows, _ = rows_of(lake, record, **landing)
    assert len(rows) == 1
    return rows[0]


def everything_under(root: Path) -> bytes:
    """All bytes of all files, decompressed where they are pages."""
    import zstandard

    found = b""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".zst":
                with path.open("rb") as file:
                    content = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
            found += path.as_posix().encode() + content
    return found


def reader_of(rows: list[dict[str, Any]], table: Table = CALLS) -> pa.RecordBatchReader:
    from reporting_assets.lake.schema import arrow_schema

    return pa.Table.from_pylist(rows, schema=arrow_schema(table)).to_reader()
