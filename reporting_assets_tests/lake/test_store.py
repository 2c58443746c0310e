"""Writing partitions: the contract enforced, atomic replacement, equal bytes, manifests."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reporting_assets.contracts.model import Personal
from reporting_assets.contracts.sql import sql_type
from reporting_assets.lake import store
from reporting_assets.lake.checks import expectations
from reporting_assets.lake.errors import ContractError, LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.lake.typed import typed_rows
from reporting_assets_tests.lake.example import CALLS, DAY, NOW, call, land, reader_of


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def row(number: int = 1, **fields: Any) -> dict[str, Any]:
    lineage = {"_ingested_at": NOW, "_source": "live", "_endpoint": "/calls", "_run_id": "r"}
    return {"dt": date(2026, 11, 20), "call_id": str(number), "score": 1.0, **lineage, **fields}


def write(con, lake: Lake, *rows: dict[str, Any], key: str = DAY, table=CALLS, **manifest: Any) -> store.Written:
    return store.write_partition(con, lake, table, key, reader_of(list(rows), table), manifest=manifest)


def test_a_partition_is_one_file_and_a_manifest_about_it(con, lake: Lake):
    written = write(con, lake, row(1), row(2), sealed=["2026-11-20/x"])
    assert sorted(path.name for path in written.path.parent.iterdir()) == ["_manifest.json", "part-0.parquet"]
    assert (written.rows, written.bytes) == (2, written.path.stat().st_size)
    manifest = store.read_manifest(lake, CALLS, DAY)
    assert manifest["sealed"] == ["2026-11-20/x"]
    assert (manifest["rows"], manifest["bytes"], manifest["table"]) == (2, written.bytes, "test.calls")
    assert lake.partitions(CALLS) == [DAY]
    assert store.table_stats(lake, CALLS) == store.TableStats(1, 2, written.bytes)


def test_the_file_has_the_contracts_schema_and_statistics(con, lake: Lake):
    path = write(con, lake, row()).path
    assert pq.read_schema(path).equals(arrow_schema(CALLS), check_metadata=True)
    assert pq.read_schema(path).field("length_seconds").metadata == {b"meaning": b"Length.", b"unit": b"seconds"}
    chunk = pq.read_metadata(path).row_group(0).column(1)
    assert chunk.compression == "ZSTD"
    assert chunk.statistics.min == "1"


def test_an_empty_partition_is_a_partition(con, lake: Lake):
    assert write(con, lake).rows == 0
    assert lake.partitions(CALLS) == [DAY]


def test_the_same_landing_gives_the_same_bytes(con, lake: Lake):
    sealed = land(
        lake, [[call(n, score=n % 7, other={"n": n}) for n in range(s, s + 300)] for s in range(0, 3000, 300)]
    )

    def stored() -> bytes:
        typed = typed_rows(con, CALLS, DAY, [sealed], "live")
        calls = replace(CALLS, expectations=())
        return store.write_partition(con, lake, calls, DAY, typed.reader, manifest={}).path.read_bytes()

    first = stored()
    con.execute("SET threads=1")
    assert stored() == first


def test_bytes_do_not_depend_on_how_rows_arrive(con, lake: Lake, monkeypatch):
    monkeypatch.setattr(store, "ROW_GROUP_ROWS", 100)
    rows = pa.Table.from_pylist([row(1000 + n) for n in range(1234)], schema=arrow_schema(CALLS))
    found = set()
    for size in (1, 7, 100, 101, 5000):
        reader = pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches(max_chunksize=size))
        path = store.write_partition(con, lake, CALLS, DAY, reader, manifest={}).path
        found.add(path.read_bytes())
    assert len(found) == 1
    groups = [pq.read_metadata(path).row_group(n).num_rows for n in range(13)]
    assert groups == [100] * 12 + [34]
    assert pq.read_table(path).equals(rows)


@pytest.mark.parametrize(("columns", "rows"), [(1, 122_880), (16, 122_880), (75, 26_624), (3000, 2048)])
def test_wide_tables_have_shorter_row_groups(columns: int, rows: int):
    assert store.group_rows(columns) == rows


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [row(1, leg=3), row(1, leg=3)],
            r"breaks key_unique \(.*\) 1 times, as at call_id=1, leg=3; the partition stays",
        ),
        ([row(1), row(1)], r"breaks key_unique \(.*\) 1 times, as at call_id=1, leg=None"),
        ([row(1), row(2, call_id=None)], r"breaks required_not_null \(.*call_id.*\) 1 times"),
        ([row(1, length_seconds=-1)], r"breaks length_known \(Lengths are not negative\) 1 times, as at call_id=1"),
    ],
)
def test_rows_that_break_a_blocking_promise_leave_the_partition_as_it_was(con, lake: Lake, rows, sentence):
    before = write(con, lake, row(7), note="first").path
    content = before.read_bytes()
    with pytest.raises(ContractError, match=rf"^test\.calls 2026-11-20 {sentence}"):
        write(con, lake, *rows)
    assert before.read_bytes() == content
    assert store.read_manifest(lake, CALLS, DAY)["note"] == "first"
    assert sorted(path.name for path in before.parent.iterdir()) == ["_manifest.json", "part-0.parquet"]


def test_examples_are_three_at_most_and_never_personal(con, lake: Lake):
    columns = tuple(
        replace(each, personal=Personal.USER_ID) if each.name == "call_id" else each for each in CALLS.columns
    )
    guarded = replace(CALLS, columns=columns)
    with pytest.raises(ContractError) as raised:
        write(con, lake, *(row(n, leg=n, length_seconds=-1, call_id=f"jo{n}") for n in range(9)), table=guarded)
    assert "jo" not in str(raised.value)
    assert str(raised.value).count("leg=") == 3


def test_a_reader_of_another_shape_is_refused_before_anything_is_written(con, lake: Lake):
    wanted = arrow_schema(CALLS)
    for schema, sentence in [
        (wanted.remove(1), "columns missing: call_id"),
        (wanted.append(pa.field("new", pa.string())), "not in the contract: new"),
        (wanted.set(1, pa.field("call_id", pa.int64())), "column call_id is int64 instead of string"),
        (pa.schema([*list(wanted)[1:], wanted.field(0)]), "the columns stand in another order"),
    ]:
        with pytest.raises(ContractError, match=sentence):
            store.write_partition(con, lake, CALLS, DAY, schema.empty_table().to_reader(), manifest={})
    assert lake.partitions(CALLS) == []


def test_a_reader_that_fails_half_way_leaves_the_partition_as_it_was(con, lake: Lake):
    before = write(con, lake, row(7)).path.read_bytes()

    def failing():
        yield from reader_of([row(1)])
        raise OSError(28, "No space left on device")

    reader = pa.RecordBatchReader.from_batches(arrow_schema(CALLS), failing())
    with pytest.raises(LakeError, match="the disk is full"):
        store.write_partition(con, lake, CALLS, DAY, reader, manifest={})
    assert lake.part(CALLS, DAY).read_bytes() == before
    assert len(list(lake.partition_dir(CALLS, DAY).iterdir())) == 2


def test_rows_that_cannot_be_computed_are_one_sentence_without_their_values(con, lake: Lake):
    before = write(con, lake, row(7)).path.read_bytes()
    columns = ", ".join(f'NULL::{sql_type(each)} AS "{each.name}"' for each in CALLS.all_columns if each.name != "leg")
    columns = columns.replace(
        'AS "call_id"', "AS \"call_id\", CASE WHEN n > 90000 THEN error('jo@example.com') ELSE n END AS leg"
    )
    work = con.cursor()
    work.execute("SET TimeZone='UTC'")
    reader = work.sql(f"SELECT {columns} FROM range(100000) t(n)").to_arrow_reader(1000)
    with pytest.raises(
        LakeError, match=r"^Computing the rows of test\.calls 2026-11-20 failed \(.* Error\): "
    ) as raised:
        store.write_partition(con, lake, CALLS, DAY, reader, manifest={})
    assert "jo@" not in str(raised.value)
    assert lake.part(CALLS, DAY).read_bytes() == before


def test_what_killed_writers_left_is_removed_and_never_read(con, lake: Lake):
    path = write(con, lake, row(1)).path
    leftover = path.with_name(f".{path.name}.0123.aside")
    leftover.write_bytes(path.read_bytes())
    store.attach(con, lake, CALLS)
    assert con.execute("SELECT count(*) FROM test.calls").fetchall() == [(1,)]
    assert con.execute(f"SELECT count(*) FROM read_parquet('{lake.glob(CALLS)}')").fetchall() == [(1,)]
    write(con, lake, row(1))
    assert not leftover.exists()


def test_a_manifest_that_is_not_about_the_file_does_not_count(con, lake: Lake):
    path = write(con, lake, row(1)).path
    old = path.with_name("_manifest.json").read_bytes()
    write(con, lake, row(2))
    path.with_name("_manifest.json").write_bytes(old)  # as if killed between the two renames
    assert store.read_manifest(lake, CALLS, DAY) is None
    path.with_name("_manifest.json").unlink()
    assert store.read_manifest(lake, CALLS, DAY) is None


def test_attach_shows_exactly_the_partitions_asked_for(con, lake: Lake):
    for key in ("2026-11-19", "2026-11-20", "2026-11-21"):
        write(con, lake, row(int(key[-2:]), dt=date.fromisoformat(key)), key=key)
    count = "SELECT list(call_id ORDER BY call_id) FROM test.calls"
    for keys, expected in (
        (None, ["19", "20", "21"]),
        (["2026-11-20"], ["20"]),
        (["2026-11-20", "2027-01-01"], ["20"]),
    ):
        store.attach(con, lake, CALLS, keys)
        assert con.execute(count).fetchall() == [(expected,)]
    store.attach(con, lake, CALLS, [])
    found = con.sql("SELECT * FROM test.calls").to_arrow_table()
    assert found.num_rows == 0
    assert found.schema.types == arrow_schema(CALLS).types


def test_a_partition_from_before_a_column_was_added_shows_it_as_unknown(con, lake: Lake):
    old = replace(CALLS, columns=tuple(each for each in CALLS.columns if each.name != "tags"))
    write(con, lake, row(1), key="2026-11-19", table=old)
    write(con, lake, row(2, tags="[]"))
    store.attach(con, lake, CALLS)
    assert con.execute("SELECT call_id, tags FROM test.calls ORDER BY 1").fetchall() == [("1", None), ("2", "[]")]


def test_a_folder_that_may_not_be_written_is_one_sentence(con, lake: Lake):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    lake.root.chmod(0o500)
    with pytest.raises(LakeError, match="permission denied"):
        write(con, lake, row(1))


def test_every_promise_is_reported_after_the_write(con, lake: Lake):
    write(con, lake, row(1), row(2, score=None, leg=5))
    found = {result.name: result for result in expectations(con, lake, CALLS, [DAY, "2026-11-21"])}
    assert list(found) == ["schema", "key_unique", "required_not_null", "length_known", "has_score", "row_floor"]
    assert {name for name, result in found.items() if not result.passed} == {"has_score", "row_floor"}
    assert found["has_score"].examples == [{"call_id": "2", "leg": "5"}]
    assert (found["has_score"].failures, found["has_score"].blocking) == (1, False)
    assert found["length_known"].blocking
    assert found["row_floor"].examples == [{"dt": "2026-11-21"}]


def test_a_stored_file_of_another_shape_is_reported(con, lake: Lake):
    old = replace(CALLS, columns=CALLS.columns[:-1])
    write(con, lake, row(1), table=old)
    found = {result.name: result for result in expectations(con, lake, CALLS, [DAY])}
    assert not found["schema"].passed
    assert found["schema"].examples == [{"dt": DAY}]


def test_an_expectation_that_is_not_sql_is_one_sentence(con, lake: Lake):
    from reporting_assets.contracts.model import Expectation

    broken = replace(CALLS, expectations=(Expectation("odd", "no_such_column > 1", "Odd.", blocking=True),))
    with pytest.raises(LakeError, match="compare the SQL of its expectations with its columns"):
        write(con, lake, row(1), table=broken)
    assert lake.partitions(CALLS) == []


def typed_under_a_limit(root: Path) -> None:
    """Run in a process of its own, so that what it used can be measured."""
    lake = Lake(root, "sandbox").open()
    [sealed] = lake.landing(CALLS, DAY).sealed()
    settings = {"memory_limit": "200MB", "temp_directory": str(root / "tmp"), "threads": 1}
    with duckdb.connect(config=settings) as con:
        typed = typed_rows(con, CALLS, DAY, [sealed], "live")
        before = _peak_mib()
        written = store.write_partition(con, lake, CALLS, DAY, typed.reader, manifest={})
        print(written.rows, before, _peak_mib())


def _peak_mib() -> int:
    """The most memory this program has held. (`getrusage` would also tell what its parent held before it began.)"""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) // 1024


@pytest.mark.integration
def test_memory_does_not_grow_with_the_partition(lake: Lake):
    import subprocess
    import sys

    rows, text = 240_000, "x" * 1000
    pages = ([call(n, subject=f"{n} {text}", leg=n % 3) for n in range(at, at + 300)] for at in range(0, rows, 300))
    from reporting_assets.lake.privacy import Policy

    with lake.landing(CALLS, DAY).begin(run_id="r", started_at=NOW, resume_after=NOW, policy=Policy("full")) as attempt:
        for number, page in enumerate(pages, 1):
            attempt.append("a", endpoint="list_calls", columns={}, page=number, records=page)
        attempt.finish("a", status="complete", pages=number, records=rows)
        attempt.seal()  # 260 MB of records, typed under a limit of 200 MB
    code = f"from {__name__} import typed_under_a_limit; from pathlib import Path; typed_under_a_limit(Path({str(lake.root)!r}))"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    stored, typing, peak = map(int, done.stdout.split())
    assert stored == rows
    assert typing < 450, "MiB, of which about 130 are the interpreter and its libraries"
    assert peak < 900, "MiB, with one row group of 123,000 rows of a kilobyte each, and its copy"
