"""Ways from landed pages to typed Parquet, timed against each other on one machine in one run.

Here: only the comparison behind `docs/decisions/0001-landing-to-parquet.md`. The code in use is `reporting_assets.lake`.
Run `python benchmarks/landing_to_parquet.py --rows 100000`; it prints seconds and ratios, needs no network, and
writes into a temporary folder that it removes.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq
import zstandard

FLAGS = tuple(f"has_{name}" for name in ("pstn", "voip", "video", "share", "sip", "recording", "poll", "archive"))
TEXTS = ("uuid", "id", "topic", "host", "email", "dept", "user_type", "start_time", "end_time", "duration")
KNOWN = (*TEXTS, "participants", *FLAGS, "tracking_fields")


def records(rows: int) -> Iterator[dict[str, Any]]:
    """Meetings as a dashboard lists them; one in ten carries a field that the contract does not know."""
    start = datetime(2026, 11, 20, tzinfo=UTC)
    for n in range(rows):
        began = start + timedelta(seconds=n % 86_400)
        record: dict[str, Any] = {
            "uuid": base64.b64encode(hashlib.sha256(b"%d" % n).digest()[:16]).decode(),
            "id": 93_000_000_000 + n,
            "topic": f"Weekly meeting of team {n % 977}",
            "host": f"Person {n % 4001}",
            "email": f"person{n % 4001}@example.com",
            "dept": "",
            "user_type": "Licensed",
            "start_time": began.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end_time": (began + timedelta(minutes=n % 90)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "duration": f"{n % 90:02d}:00",
            "participants": n % 40,
            **{flag: (n + place) % 3 == 0 for place, flag in enumerate(FLAGS)},
            "tracking_fields": [{"field": "Cost centre", "value": str(n % 50)}],
        }
        if n % 10 == 0:
            record["new_field"] = {"option": 72_057_594_037_927_940}
        yield record


def pages(rows: int, size: int) -> Iterator[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    for record in records(rows):
        page.append(record)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page


def lines_per_record(number: int, page: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps({"t": number, "n": at, "r": record}) + b"\n" for at, record in enumerate(page))


def lines_raw(number: int, page: list[dict[str, Any]]) -> bytes:
    return b"".join(b"%d\t%d\t%b\n" % (number, at, orjson.dumps(record)) for at, record in enumerate(page))


def lines_split(number: int, page: list[dict[str, Any]]) -> bytes:
    known = frozenset(KNOWN)
    return b"".join(
        orjson.dumps({"t": number, "n": at, "r": r, "x": {k: v for k, v in r.items() if k not in known} or None})
        + b"\n"
        for at, r in enumerate(page)
    )


def line_per_page(number: int, page: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"t": number, "r": page}) + b"\n"


def frames(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Blocks gathered to at least `size` bytes, so that small pages share a frame."""
    buffer = bytearray()
    for block in blocks:
        buffer += block
        if len(buffer) >= size:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


def unpacked(path: Path) -> io.BytesIO:
    with path.open("rb") as file:
        return io.BytesIO(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read())


def timed(actions: dict[str, Callable[[], object]], rounds: int = 3) -> dict[str, float]:
    """Best seconds of each action; rounds go through all of them, so that a busy moment hits none alone."""
    best = dict.fromkeys(actions, float("inf"))
    for _ in range(rounds):
        for name, action in actions.items():
            began = time.perf_counter()
            action()
            best[name] = min(best[name], time.perf_counter() - began)
    return best


def text_of(name: str) -> str:
    return f"nullif(trim(s.{name}), '')"


def typed_columns() -> str:
    whole = r"regexp_full_match({0}, '[+-]?\d+')"
    flags = ", ".join(
        f"CASE lower(s.{f}) WHEN 'true' THEN true WHEN '1' THEN true WHEN 'false' THEN false WHEN '0' THEN false END AS {f}"
        for f in FLAGS
    )
    plain = ", ".join(f"{text_of(n)} AS {n}" for n in TEXTS if n not in ("start_time", "end_time", "duration"))
    clock = "string_split(s.duration, ':')"
    return f"""{plain}, TRY_CAST({text_of("start_time")} AS TIMESTAMPTZ) AS start_time,
        TRY_CAST({text_of("end_time")} AS TIMESTAMPTZ) AS end_time,
        TRY_CAST({clock}[1] AS BIGINT) * 60 + TRY_CAST({clock}[2] AS BIGINT) AS duration,
        CASE WHEN {whole.format("s.participants")} THEN TRY_CAST(s.participants AS BIGINT) END AS participants,
        {flags}, nullif(CAST(s.tracking_fields AS VARCHAR), '""') AS tracking_fields"""


STRUCTURE = orjson.dumps({**dict.fromkeys(KNOWN, "VARCHAR"), "tracking_fields": "JSON"}).decode()
STRUCT = "STRUCT(" + ", ".join(f'"{n}" {"JSON" if n == "tracking_fields" else "VARCHAR"}' for n in KNOWN) + ")"
PATCH = orjson.dumps(dict.fromkeys(KNOWN)).decode()
EXTRA = f"nullif(CAST(json_merge_patch(r, '{PATCH}') AS VARCHAR), '{{}}') AS _extra"


def in_duckdb(source: str, extra: str, parse: str, target: Path) -> Callable[[], object]:
    def run() -> None:
        with duckdb.connect() as con:
            con.execute("SET TimeZone='UTC'")
            con.execute(
                f"COPY (SELECT {typed_columns()}, {extra} FROM (SELECT *, {parse} AS s FROM {source}) ORDER BY uuid)"
                f" TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )

    return run


def in_python(source: Path, target: Path) -> Callable[[], object]:
    """orjson, one Python dict a record, Arrow columns a batch at a time; the sort in Arrow."""

    def run() -> None:
        known, tables = frozenset(KNOWN), []
        batch = [orjson.loads(line)["r"] for line in unpacked(source)]
        for at in range(0, len(batch), 20_000):
            part = batch[at : at + 20_000]
            columns: dict[str, Any] = {}
            for name in TEXTS:
                columns[name] = pa.array([str(v) if (v := r.get(name)) not in (None, "") else None for r in part])
            for name in ("start_time", "end_time"):
                columns[name] = pc.strptime(columns[name], format="%Y-%m-%dT%H:%M:%SZ", unit="us", error_is_null=True)
            columns["participants"] = pa.array([r.get("participants") for r in part], pa.int64())
            for name in FLAGS:
                columns[name] = pa.array([r.get(name) for r in part], pa.bool_())
            columns["tracking_fields"] = pa.array([orjson.dumps(r.get("tracking_fields")) for r in part])
            unknown = [{k: v for k, v in r.items() if k not in known} for r in part]
            columns["_extra"] = pa.array([orjson.dumps(x) if x else None for x in unknown])
            tables.append(pa.table(columns))
        pq.write_table(pa.concat_tables(tables).sort_by("uuid"), target, compression="zstd")

    return run


def in_arrow_json(source: Path) -> Callable[[], object]:
    """Reading alone: explicit types; it refuses a number where text is declared, so ids are declared as numbers here."""
    flags = [(flag, pa.bool_()) for flag in FLAGS]
    texts = [(name, pa.int64() if name == "id" else pa.string()) for name in TEXTS]
    schema = pa.schema([("r", pa.struct([*texts, ("participants", pa.int64()), *flags]))])

    def run() -> None:
        pj.read_json(
            unpacked(source), parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        )

    return run


def report(title: str, seconds: dict[str, float], reference: str) -> None:
    print(f"\n{title}")
    for name, value in seconds.items():
        print(f"  {name:<58} {value:7.2f} s   {value / seconds[reference]:5.2f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=300, help="records a page: 300 in lists, a handful in fan-outs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), given.rows, given.page)


def compare(folder: Path, rows: int, page: int) -> None:
    content = list(pages(rows, page))
    zstd = zstandard.ZstdCompressor(level=3)

    def write(
        name: str, line: Callable[[int, list[dict[str, Any]]], bytes], pack: Callable[[bytes], bytes], size: int
    ) -> Callable[[], object]:
        def run() -> None:
            with (folder / name).open("wb") as file:
                for frame in frames((line(number, records) for number, records in enumerate(content)), size):
                    file.write(pack(frame))

        return run

    writing = {
        "a line per record, zstd frame of 1 MB": write("record.zst", lines_per_record, zstd.compress, 1 << 20),
        "a line per record, zstd frame per page": write("framed.zst", lines_per_record, zstd.compress, 0),
        "a line per record, gzip member per page": write("record.gz", lines_per_record, gzip.compress, 0),
        "a line per page, zstd frame of 1 MB": write("page.zst", line_per_page, zstd.compress, 1 << 20),
        "a line per record, unknown fields beside it, zstd 1 MB": write(
            "split.zst", lines_split, zstd.compress, 1 << 20
        ),
        "a tab-separated line per record, zstd frame of 1 MB": write("raw.zst", lines_raw, zstd.compress, 1 << 20),
    }
    report(f"Landing {rows} records in pages of {page}", timed(writing), next(iter(writing)))
    for path in sorted(folder.iterdir()):
        print(f"  {path.name:<12} {path.stat().st_size / rows:6.1f} bytes a record")

    def json_lines(name: str, **columns: str) -> str:
        return f"read_json('{folder / name}', format='newline_delimited', columns={columns})"

    target = folder / "out.parquet"
    transform = f"json_transform(r, '{STRUCTURE}')"
    paged = f"(SELECT unnest(r) AS r FROM {json_lines('page.zst', t='BIGINT', r='JSON[]')})"
    raw = (
        f"read_csv('{folder / 'raw.zst'}', delim='\\t', quote='', escape='', header=false, auto_detect=false,"
        " compression='zstd', max_line_size=16777216, columns={'t': 'BIGINT', 'n': 'BIGINT', 'r': 'VARCHAR'})"
    )
    whole = {"t": "BIGINT", "n": "BIGINT", "r": "JSON"}
    split = {"t": "BIGINT", "n": "BIGINT", "r": STRUCT, "x": "JSON"}
    typing = {
        "DuckDB, a line per record, record as JSON": in_duckdb(
            json_lines("record.zst", **whole), EXTRA, transform, target
        ),
        "  the same, frame per page": in_duckdb(json_lines("framed.zst", **whole), EXTRA, transform, target),
        "  the same, gzip": in_duckdb(json_lines("record.gz", **whole), EXTRA, transform, target),
        "  the same, without _extra": in_duckdb(json_lines("record.zst", **whole), "NULL AS _extra", transform, target),
        "DuckDB, a line per page, unnested": in_duckdb(paged, EXTRA, transform, target),
        "DuckDB, record as struct, unknown fields landed beside": in_duckdb(
            json_lines("split.zst", **split), "CAST(x AS VARCHAR) AS _extra", "r", target
        ),
        "DuckDB, tab-separated, record parsed once": in_duckdb(raw, EXTRA, transform, target),
        "Python dicts (orjson) into Arrow": in_python(folder / "record.zst", target),
        "pyarrow.json, reading only": in_arrow_json(folder / "record.zst"),
    }
    report(f"Typing {rows} records into sorted Parquet", timed(typing), next(iter(typing)))


if __name__ == "__main__":
    main()
