"""Where partitions lie, and the marker that keeps simulated and real data apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets_tests.lake.example import CALLS, DAY


def test_folders_are_named_as_the_table_and_its_partition(lake: Lake):
    assert lake.part(CALLS, DAY) == lake.root / "test" / "calls" / "dt=2026-11-20" / "part-0.parquet"
    hosts = contracts.table("zoom.hosts")
    assert lake.partition_dir(hosts, "2026-11") == lake.root / "zoom" / "hosts" / "month=2026-11"


@pytest.mark.parametrize("key", ["", "2026-11", "2026-11-20/../..", "../x", "2026-11-20\n", "٢٠٢٦-11-20"])
def test_nothing_else_becomes_a_path(lake: Lake, key: str):
    with pytest.raises(LakeError, match="is not a partition of test"):
        lake.partition_dir(CALLS, key)


@pytest.mark.parametrize("unit", ["", "..", "a/2026-11-20", "2026-11-20/..", "Weird", ".2026-11-20"])
def test_units_are_checked_too(lake: Lake, unit: str):
    with pytest.raises(LakeError, match="cannot name a landing unit"):
        lake.landing(CALLS, unit)


@pytest.mark.parametrize(
    "unit", ["2026-11-20", "2026-11", "list-2026-11-20", "fan_out-2026-11", "2026-11-19-to-2026-11-21"]
)
def test_units_are_days_or_months(lake: Lake, unit: str):
    assert lake.landing(CALLS, unit).path.name == unit


def test_a_lake_never_holds_both_sources(lake: Lake):
    assert Lake(lake.root, "sandbox").open().source == "sandbox"
    with pytest.raises(LakeError, match="holds 'sandbox' data and cannot take 'live' data: choose another folder"):
        Lake(lake.root, "live").open()


def test_a_marker_that_was_cut_short_is_written_again(tmp_path: Path):
    (tmp_path / "_source").touch()
    Lake(tmp_path, "live").open()
    with pytest.raises(LakeError, match="holds 'live'"):
        Lake(tmp_path, "sandbox").open()


def test_a_place_that_cannot_be_used_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(LakeError, match="a file stands where a folder is needed"):
        Lake(tmp_path / "file", "live").open()


def test_a_place_that_may_not_be_written_is_one_sentence(tmp_path: Path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(LakeError, match="permission denied; give this user write access"):
        Lake(tmp_path / "lake", "live").open()


def test_only_finished_partitions_are_listed(lake: Lake):
    for key in ("2026-11-21", "2026-11-20"):
        lake.part(CALLS, key).parent.mkdir(parents=True)
        lake.part(CALLS, key).touch()
    (lake.table_dir(CALLS) / "dt=2026-11-22").mkdir()
    (lake.table_dir(CALLS) / "dt=junk").mkdir()
    (lake.table_dir(CALLS) / "dt=junk" / "part-0.parquet").touch()
    assert lake.partitions(CALLS) == ["2026-11-20", "2026-11-21"]


def test_a_lake_keeps_the_privacy_policy_it_was_begun_with(tmp_path: Path) -> None:
    lake = Lake(tmp_path, "sandbox").open()
    lake.hold("standard")
    Lake(tmp_path, "sandbox").open().hold("standard")
    with pytest.raises(LakeError, match=r"stored under privacy policy 'standard' and would mix with 'pseudonymous-1f'"):
        lake.hold("pseudonymous-1f")


def test_a_privacy_marker_cut_short_is_written_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path, "sandbox").open()
    (tmp_path / "_privacy").touch()
    lake.hold("full")
    with pytest.raises(LakeError):
        lake.hold("standard")


@pytest.mark.parametrize("name", ["lake*", "what?", "a[1]"])
def test_a_path_that_reads_as_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LakeError, match="DuckDB would take them for a pattern"):
        Lake(tmp_path / name, "sandbox").open()
    assert list(tmp_path.iterdir()) == []
