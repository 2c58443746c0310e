"""The journal of a command: what it remembers, for how long, and what a killed writer may leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.orchestration.journal import Journal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = ["2026-11-10", "2026-11-11", "2026-11-12"]
FRESH_FOR = timedelta(hours=6)


def _journal(folder: Path, keys: list[str] = DAYS, *, now: datetime = NOW, table: str = "zoom.users") -> Journal:
    lake = Lake(folder, "sandbox")
    return Journal(lake, contracts.table(table), keys, now=now, fresh_for=FRESH_FOR)


def test_the_same_command_knows_what_was_committed(tmp_path: Path) -> None:
    assert _journal(tmp_path).committed == set()
    journal = _journal(tmp_path)
    journal.commit(DAYS[0])
    journal.commit(DAYS[1])
    assert _journal(tmp_path).committed == set(DAYS[:2])


def test_another_command_knows_nothing_of_it(tmp_path: Path) -> None:
    _journal(tmp_path).commit(DAYS[0])
    assert _journal(tmp_path, DAYS[:2]).committed == set()
    assert _journal(tmp_path, table="zoom.meetings").committed == set()


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    journal = _journal(tmp_path)
    (tmp_path / "_landing").write_text("a file where a folder belongs")
    with pytest.raises(LakeError, match="Cannot write"):
        journal.commit(DAYS[0])


def test_it_ages_from_its_beginning_however_often_it_goes_on(tmp_path: Path) -> None:
    _journal(tmp_path).commit(DAYS[0])
    later = NOW + timedelta(hours=5)
    _journal(tmp_path, now=later).commit(DAYS[1])
    assert _journal(tmp_path, now=NOW + FRESH_FOR).committed == set(DAYS[:2])
    assert _journal(tmp_path, now=NOW + FRESH_FOR + timedelta(seconds=1)).committed == set()


def test_what_aged_is_begun_anew(tmp_path: Path) -> None:
    _journal(tmp_path).commit(DAYS[0])
    much_later = NOW + timedelta(days=1)
    _journal(tmp_path, now=much_later).commit(DAYS[2])
    assert _journal(tmp_path, now=much_later).committed == {DAYS[2]}


def test_a_closed_journal_is_forgotten(tmp_path: Path) -> None:
    journal = _journal(tmp_path)
    journal.close()  # nothing was committed: there is no file yet
    journal.commit(DAYS[0])
    journal.close()
    assert _journal(tmp_path).committed == set()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_cut_short_counts_as_none(tmp_path: Path) -> None:
    _journal(tmp_path).commit(DAYS[0])
    (file,) = (path for path in tmp_path.rglob("*.json"))
    whole = file.read_text()
    for length in range(len(whole)):
        file.write_text(whole[:length])
        assert _journal(tmp_path).committed == set()
