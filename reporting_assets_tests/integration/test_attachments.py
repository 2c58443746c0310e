"""Files sent in chat, downloaded for real: content, limits, dead links, hostile names, going on after a stop."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from reporting_assets.contracts.zoom_attachments import CHAT_ATTACHMENTS
from reporting_assets.lake import store
from reporting_assets.lake.blobs import FOLDER
from reporting_assets.orchestration.attachments import attachments
from reporting_assets.orchestration.ingest import Committed, Failures
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox.files import content
from reporting_assets.sandbox.launch import Running
from reporting_assets.settings import SettingsError
from reporting_assets.sources.errors import BudgetExhaustedError
from reporting_assets.sources.model import RetryPolicy
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY

pytestmark = pytest.mark.integration

QUICK = RetryPolicy(attempts=2, first_wait_seconds=0.01, longest_wait_seconds=0.02)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with harness.sandbox() as one:
        yield one


@pytest.fixture(scope="module")
def filled(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that knows the day's messages and their files."""
    folder = tmp_path_factory.mktemp("filled")
    work = full(running, folder)
    assert harness.ingest(work, "zoom.chat_messages").sentence == ""
    assert harness.derive(work, "zoom.chat_files").sentence == ""
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A copy of that lake."""
    return Path(shutil.copytree(filled, tmp_path / "copy"))


def full(running: Running, folder: Path, **changes: Any) -> Work:
    return harness.work_for(running, folder, **{"reporting_privacy": "full", "zoom_chat_attachments": True, **changes})


def download(work: Work, key: str = DAY) -> tuple[list[Committed], Failures]:
    failed = Failures()
    with duckdb.connect() as con:
        work.prepare(con)
        return list(attachments([key], work, con, failed, retry=QUICK)), failed


def rows(work: Work) -> list[dict[str, Any]]:
    return pq.ParquetFile(work.lake.part(CHAT_ATTACHMENTS, DAY)).read().to_pylist()


def sent(work: Work) -> list[dict[str, Any]]:
    return [row for row in harness.rows(work, "zoom.chat_files").to_pylist() if row["event"] == "sent"]


def blobs(work: Work) -> dict[str, bytes]:
    found = (work.lake.root / FOLDER).rglob("*")
    return {str(path.relative_to(work.lake.root / FOLDER)): path.read_bytes() for path in found if path.is_file()}


def followed(running: Running) -> int:
    return sum(one.path.startswith("/file/download/") for one in harness.asked(running))


def test_every_file_is_stored_under_the_hash_of_its_content(running: Running, folder: Path) -> None:
    work = full(running, folder)
    [committed], failed = download(work)
    assert not failed.by_key
    found = rows(work)
    assert committed.rows == len(found) == len(sent(work)) > 30
    assert committed.facts == {"downloaded": len(found), "stored": len(found)}
    stored = blobs(work)
    for row in found:
        expected = b"".join(content(row["file_id"], row["listed_bytes"]))
        sha256 = hashlib.sha256(expected).hexdigest()
        assert (row["sha256"], row["stored_bytes"], row["status"]) == (sha256, len(expected), "stored")
        assert row["stored_path"] == f"{FOLDER}/{sha256[:2]}/{sha256}"
        assert stored[f"{sha256[:2]}/{sha256}"] == expected
    # Nothing else stands there: no half file, no notes, and no name that a person chose.
    assert set(stored) == {f"{row['sha256'][:2]}/{row['sha256']}" for row in found}
    names = {row["file_name"] for row in sent(work)}
    assert {"../../etc/passwd", "/absolute.txt"} & names, "no hostile name on this day"
    assert store.read_manifest(work.lake, CHAT_ATTACHMENTS, DAY)["facts"] == committed.facts
    kept = b"\n".join(
        harness.readable(path) for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 10**6
    )
    assert b"jwt=" not in kept


def test_what_is_stored_is_not_asked_for_again(running: Running, folder: Path) -> None:
    work = full(running, folder)
    download(work)
    before = rows(work)
    harness.forget(running)
    [committed], _ = download(work)
    assert harness.asked(running) == []
    assert committed.facts["downloaded"] == 0
    assert rows(work) == before

    lost = before[0]
    (work.lake.root / lost["stored_path"]).unlink()
    [committed], _ = download(work)
    assert committed.facts["downloaded"] == followed(running) == 1
    assert (work.lake.root / lost["stored_path"]).stat().st_size == lost["stored_bytes"]
    assert rows(work) == before


def test_files_beyond_the_limit_are_not_asked_for_until_it_is_raised(running: Running, folder: Path) -> None:
    work = full(running, folder, zoom_chat_attachment_max_mb=1)
    harness.forget(running)
    [committed], _ = download(work)
    large = [row for row in rows(work) if row["status"] == "too_large"]
    assert 0 < len(large) == sum(row["file_bytes"] > 1_000_000 for row in sent(work))
    assert all(row["sha256"] is row["stored_bytes"] is row["stored_path"] is None for row in large)
    assert followed(running) == committed.facts["stored"] == len(sent(work)) - len(large)
    harness.forget(running)
    [committed], _ = download(full(running, folder))
    assert committed.facts == {"downloaded": len(large), "stored": len(sent(work))}
    assert followed(running) == len(large)


def test_dead_links_are_a_result_and_are_tried_again_later(running: Running, folder: Path) -> None:
    with harness.sandbox(file_link_seconds=0) as expiring:
        work = full(expiring, folder)
        [committed], failed = download(work)
        assert not failed.by_key
        assert committed.facts == {"downloaded": 0, "expired": len(sent(work))}
        assert followed(expiring) == 2 * len(sent(work)), "each link is renewed once"
    assert blobs(work) == {}
    [committed], _ = download(full(running, folder))
    assert committed.facts == {"downloaded": len(sent(work)), "stored": len(sent(work))}


def test_a_message_that_is_gone_is_a_result(running: Running, folder: Path) -> None:
    with harness.sandbox(seed=8) as another:  # knows none of these sessions
        work = full(another, folder)
        [committed], failed = download(work)
        assert not failed.by_key
        assert committed.facts == {"downloaded": 0, "expired": len(sent(work))}


def test_a_spent_budget_keeps_what_was_stored_and_goes_on(running: Running, folder: Path) -> None:
    with harness.sandbox(faults=("daily-limit:6",)) as limited:
        work = full(limited, folder)
        committed, failed = download(work)
        assert committed == []
        assert isinstance(failed.by_key[DAY], BudgetExhaustedError)
        first = followed(limited)
        assert 0 < first < len(sent(work))
        assert not work.lake.part(CHAT_ATTACHMENTS, DAY).exists()
        ledger = work.lake.root / FOLDER / ".results" / f"{DAY}.jsonl"
        assert ledger.read_bytes().count(b"\n") == first
        with ledger.open("ab") as file:
            file.write(b'{"session_id": "written by half, then kil')
    harness.forget(running)
    [done], _ = download(full(running, folder, zoom_budget_file=folder / "next_day.sqlite"))
    assert followed(running) == done.facts["downloaded"] == len(sent(work)) - first
    assert done.facts["stored"] == len(sent(work))
    assert not ledger.exists()


def test_nothing_is_downloaded_unless_everything_may_be_stored(running: Running, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path, zoom_chat_attachments=True)
    with pytest.raises(SettingsError, match=r"needs REPORTING_PRIVACY=full \(it is standard\)"):
        download(work)


def test_a_day_whose_messages_are_not_there_says_so(running: Running, tmp_path: Path) -> None:
    committed, failed = download(full(running, tmp_path))
    assert committed == []
    assert "zoom.chat_files 2026-11-12 is not in the lake" in str(failed.by_key[DAY])


def test_every_status_has_a_place_in_the_contract(running: Running, folder: Path) -> None:
    work = full(running, folder, zoom_chat_attachment_max_mb=1)
    download(work)
    assert Counter(row["status"] for row in rows(work)).keys() == {"stored", "too_large"}
    assert [column.name for column in CHAT_ATTACHMENTS.all_columns] == list(rows(work)[0])
