"""The catalogue: its views, comments, publishing aside, readers and several publishers at once."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts import constants
from reporting_assets.lake import catalogue, store
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets_tests.lake.example import CALLS, NOW, reader_of

OTHER = replace(CALLS, name="other_calls")


def write(lake: Lake, day: int, table=CALLS) -> None:
    key = f"2026-11-{day:02d}"
    row = {
        "dt": date.fromisoformat(key),
        "call_id": "1",
        "_ingested_at": NOW,
        "_source": "sandbox",
        "_endpoint": "/calls",
        "_run_id": "r",
    }
    with duckdb.connect() as con:
        store.write_partition(con, lake, table, key, reader_of([row], table), manifest={})


def count(warehouse: Path, table: str = "test.calls") -> int:
    with catalogue.connect_read_only(warehouse) as con:
        return con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "reporting.duckdb"


def test_tables_without_files_are_empty_views_with_the_contracts_columns(lake: Lake, warehouse: Path):
    assert catalogue.publish(lake, warehouse, contracts.TABLES)
    with catalogue.connect_read_only(warehouse) as con:
        for table in contracts.TABLES:
            found = con.sql(f"SELECT * FROM {table.id}")
            assert found.columns == [column.name for column in table.all_columns]
            assert found.fetchall() == []


def test_a_table_without_rows_is_found_once_it_has_some_and_later_partitions_need_no_catalogue(lake, warehouse):
    assert catalogue.publish(lake, warehouse, [CALLS])
    assert not catalogue.publish(lake, warehouse, [CALLS])
    write(lake, 20)
    assert catalogue.publish(lake, warehouse, [CALLS])
    assert count(warehouse) == 1
    write(lake, 21)
    assert not catalogue.publish(lake, warehouse, [CALLS])
    assert count(warehouse) == 2


def test_what_is_new_changes_nothing_else_and_what_is_gone_goes(lake: Lake, warehouse: Path):
    write(lake, 20)
    catalogue.publish(lake, warehouse, [CALLS, OTHER])
    with duckdb.connect(str(warehouse)) as con:  # a mark by which the view would be known that was made again
        con.execute("COMMENT ON VIEW test.calls IS 'as it was'")
    write(lake, 20, OTHER)
    assert catalogue.publish(lake, warehouse, [CALLS, OTHER])
    assert (count(warehouse), count(warehouse, "test.other_calls")) == (1, 1)
    with catalogue.connect_read_only(warehouse) as con:
        said = con.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'calls'").fetchall()
    assert said == [("as it was",)]
    assert catalogue.publish(lake, warehouse, [CALLS])
    with catalogue.connect_read_only(warehouse) as con, pytest.raises(duckdb.CatalogException):
        con.execute("FROM test.other_calls")


def test_another_contract_or_another_lake_needs_a_new_catalogue(lake: Lake, warehouse: Path, tmp_path: Path):
    catalogue.publish(lake, warehouse, [CALLS])
    assert catalogue.publish(lake, warehouse, [replace(CALLS, about="Changed.")])
    assert catalogue.publish(Lake(tmp_path / "elsewhere", "sandbox").open(), warehouse, [CALLS])


def test_tables_and_columns_are_described_in_the_contracts_words(lake: Lake, warehouse: Path):
    catalogue.publish(lake, warehouse, [CALLS])
    with catalogue.connect_read_only(warehouse) as con:
        assert con.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'calls'").fetchall() == [
            ("One row per call. Made up.",)
        ]
        comments = dict(
            con.execute("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'calls'").fetchall()
        )
        assert comments["length_seconds"] == "Length. Unit: seconds."
        assert set(comments) == {column.name for column in CALLS.all_columns}
        assert None not in comments.values()


def test_the_catalogue_is_one_file_that_cannot_be_written_to_by_readers(lake: Lake, warehouse: Path):
    catalogue.publish(lake, warehouse, [CALLS])
    assert [path.name for path in warehouse.parent.glob("reporting*")] == ["reporting.duckdb"]
    with catalogue.connect_read_only(warehouse) as con, pytest.raises(duckdb.Error):
        con.execute("CREATE TABLE t (a INT)")


def test_views_do_not_depend_on_the_folder_one_stands_in(lake: Lake, tmp_path: Path, monkeypatch, warehouse: Path):
    monkeypatch.chdir(tmp_path)
    relative = Lake(Path("lake"), "sandbox").open()
    write(relative, 20)
    catalogue.publish(relative, Path("reporting.duckdb"), [CALLS])
    monkeypatch.chdir("/")
    assert count(warehouse) == 1


def test_a_reader_keeps_what_it_opened(lake: Lake, warehouse: Path):
    catalogue.publish(lake, warehouse, [CALLS])
    with catalogue.connect_read_only(warehouse) as con:
        write(lake, 20)
        catalogue.publish(lake, warehouse, [CALLS])
        assert con.execute("SELECT count(*) FROM test.calls").fetchall() == [(0,)]


def test_a_damaged_or_foreign_file_is_replaced_and_leftovers_are_removed(lake: Lake, warehouse: Path):
    warehouse.write_bytes(b"not a database")
    leftover = warehouse.with_name(".reporting.duckdb.012.aside")
    leftover.touch()
    with pytest.raises(LakeError, match="cannot be opened as a DuckDB catalogue"):
        catalogue.connect_read_only(warehouse)
    assert catalogue.publish(lake, warehouse, [CALLS])
    assert not leftover.exists()
    assert count(warehouse) == 0


def test_a_catalogue_that_is_not_there_yet_is_one_sentence(warehouse: Path):
    with pytest.raises(LakeError, match=r"There is no catalogue .* yet: materialize an asset first"):
        catalogue.connect_read_only(warehouse)


def publish_often(root: Path, warehouse: Path, name: str) -> None:
    lake = Lake(root, "sandbox").open()
    for turn in range(6):
        write(lake, 1 + turn, CALLS if turn % 2 else OTHER)
        catalogue.publish(lake, warehouse, [CALLS, replace(OTHER, about=f"{name} {turn}")])


@pytest.mark.integration
def test_four_publishers_at_once_never_disturb_a_reader(lake: Lake, warehouse: Path):
    catalogue.publish(lake, warehouse, [CALLS, OTHER])
    call = "from {0} import publish_often; from pathlib import Path; publish_often(Path({1!r}), Path({2!r}), {3!r})"
    running = [
        subprocess.Popen([sys.executable, "-c", call.format(__name__, str(lake.root), str(warehouse), name)])
        for name in "abcd"
    ]
    reads = 0
    deadline = time.monotonic() + 60
    while any(process.poll() is None for process in running) and time.monotonic() < deadline:
        assert count(warehouse) >= 0
        assert count(warehouse, "test.other_calls") >= 0
        reads += 1
    assert [process.wait(timeout=1) for process in running] == [0, 0, 0, 0]
    assert reads > 10
    assert count(warehouse) == 3
    assert list(warehouse.parent.glob(".reporting*.aside*")) == []


def test_constants_are_there_in_every_lake(lake: Lake, warehouse: Path):
    catalogue.publish(lake, warehouse, [])
    with catalogue.connect_read_only(warehouse) as con:
        for constant in constants.CONSTANTS:
            found = con.sql(f"SELECT * FROM {constant.id}")
            assert found.columns == [column.name for column in constant.columns]
            assert sorted(found.fetchall()) == sorted(constant.rows)
        comments = dict(con.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall())
    assert comments["known_breaks"] == constants.KNOWN_BREAKS.description
