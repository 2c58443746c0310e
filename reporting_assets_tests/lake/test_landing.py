"""Landing: what is durable when, resuming, sealing, and what an attempt cut short leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.landing import Attempt
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.ledger import LEDGER, PAGES
from reporting_assets.lake.privacy import Policy
from reporting_assets_tests.lake.example import CALLS, DAY, KEY, LONG_AGO, NOW, call, land, typed

FULL = Policy("full")


def begin(lake: Lake, run_id: str = "run-1", started_at=NOW, resume_after=LONG_AGO, policy: Policy = FULL) -> Attempt:
    unit = lake.landing(CALLS, DAY)
    return unit.begin(run_id=run_id, started_at=started_at, resume_after=resume_after, policy=policy)


def append(attempt: Attempt, key: str, *numbers: int, page: int = 1, **fields: object) -> None:
    records = [call(number, **fields) for number in numbers]
    attempt.append(key, endpoint="list_calls", columns={"kind": "past"}, page=page, records=records)


def finish(attempt: Attempt, key: str, records: int, pages: int = 1) -> None:
    attempt.finish(key, status="complete", pages=pages, records=records)


def ids(sealed) -> list[str]:
    return [row["call_id"] for row in typed([sealed])[0]]


def test_a_finished_request_survives_and_an_unfinished_one_is_fetched_again(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        append(attempt, "b", 2)  # cut short
        finish(attempt, "a", 1)
    with begin(lake, run_id="run-2") as attempt:
        assert attempt.run_id == "run-1"  # the rows say when and by whom the fetch was begun
        assert attempt.outcome("a").records == 1
        assert attempt.outcome("b") is None
        append(attempt, "b", 2, 3)
        finish(attempt, "b", 2)
        sealed = attempt.seal()
    rows, counts = typed([sealed])
    assert [row["call_id"] for row in rows] == ["1", "2", "3"]
    assert (counts.landed, counts.duplicates) == (3, 0)
    assert sealed.stats == {"requests": 2, "pages": 2, "records": 3, "statuses": {"complete": 2}}


def test_a_request_begun_again_counts_once(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 1, 2)
        append(attempt, "a", 3, page=2)
        append(attempt, "a", 1, 4)  # its page token had expired: from the start
        finish(attempt, "a", 2)
        sealed = attempt.seal()
    rows, counts = typed([sealed])
    assert [row["call_id"] for row in rows] == ["1", "4"]
    assert counts.landed == 2


def test_turns_of_a_life_before_are_never_taken_for_new_ones(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        append(attempt, "b", 99)  # never finished, yet within what a's line acknowledges
        finish(attempt, "a", 1)
    with begin(lake) as attempt:
        append(attempt, "c", 3)
        finish(attempt, "c", 1)
        assert ids(attempt.seal()) == ["1", "3"]


def test_a_request_finished_twice_counts_as_it_ended_last(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        finish(attempt, "a", 1)
        append(attempt, "a", 2)
        finish(attempt, "a", 1)
        assert ids(attempt.seal()) == ["2"]


def test_a_request_without_pages_is_remembered(lake: Lake):
    with begin(lake) as attempt:
        attempt.finish("gone", status="not_available", pages=0, records=0, expected=None, note="3001")
        sealed = attempt.seal()
    assert sealed.stats["statuses"] == {"not_available": 1}
    assert [entry.note for entry in sealed.entries()] == ["3001"]
    assert typed([sealed])[0] == []


def test_records_that_were_not_landed_are_missed_at_once(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        with pytest.raises(LakeError, match="delivered 2 records, but 1 were landed"):
            finish(attempt, "a", 2)
        append(attempt, "a", 1, 2)
        finish(attempt, "a", 2)
        assert ids(attempt.seal()) == ["1", "2"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_torn_tails_are_cut_back_to_what_was_acknowledged(lake: Lake, cut: int):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        finish(attempt, "a", 1)
    acknowledged = (attempt.path / LEDGER).stat().st_size
    with begin(lake) as attempt:
        append(attempt, "b", 2)
        finish(attempt, "b", 1)
    with (attempt.path / LEDGER).open("ab") as file:
        file.truncate(acknowledged + cut)
    with (attempt.path / PAGES).open("ab") as file:
        file.write(b"(\xb5/\xfd half a frame"[:cut])
    with begin(lake) as attempt:
        assert attempt.outcome("a")
        assert attempt.outcome("b") is None
        append(attempt, "b", 2)
        finish(attempt, "b", 1)
        assert ids(attempt.seal()) == ["1", "2"]


def test_a_ledger_line_whose_pages_are_gone_does_not_count(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        finish(attempt, "a", 1)
    with (attempt.path / PAGES).open("ab") as file:
        file.truncate(5)
    with begin(lake) as attempt:
        assert attempt.outcome("a") is None


@pytest.mark.parametrize(
    ("resume_after", "policy"),
    [(NOW + timedelta(seconds=1), FULL), (LONG_AGO, Policy("standard")), (LONG_AGO, Policy("pseudonymous", KEY))],
    ids=["too old", "less private", "more private"],
)
def test_an_attempt_that_is_too_old_or_under_another_policy_is_not_resumed(lake: Lake, resume_after, policy: Policy):
    with begin(lake) as attempt:
        append(attempt, "a", 1)
        finish(attempt, "a", 1)
    with begin(lake, run_id="run-2", started_at=NOW, resume_after=resume_after, policy=policy) as fresh:
        assert fresh.outcomes() == []
        assert fresh.run_id == "run-2"
    assert not attempt.path.exists()


def test_a_sealed_attempt_is_not_resumed_and_stays_until_it_is_collected(lake: Lake):
    unit = lake.landing(CALLS, DAY)
    assert unit.latest_sealed() is None
    first = land(lake, [[call(1)]])
    second = land(lake, [[call(2)]], started_at=NOW + timedelta(hours=1), run_id="run-2")
    third = land(lake, [[call(3)]], started_at=NOW + timedelta(hours=2), run_id="run-3", policy=Policy("standard"))
    assert [each.id for each in unit.sealed()] == [first.id, second.id, third.id]
    assert unit.latest_sealed() == third
    assert unit.latest_sealed(privacy="full") == second
    unit.gc(keep={first.id})
    assert [each.id for each in unit.sealed()] == [first.id, third.id]


def test_the_same_run_may_fetch_twice(lake: Lake):
    assert land(lake, [[call(1)]]).id != land(lake, [[call(1)]]).id


def test_threads_lose_nothing(lake: Lake):
    def fetch(number: int) -> None:
        for page in (1, 2, 3):
            append(attempt, f"r{number}", *(number * 30 + page * 10 + place for place in range(10)), page=page)
        finish(attempt, f"r{number}", 30, pages=3)

    with begin(lake) as attempt, ThreadPoolExecutor(16) as pool:
        list(pool.map(fetch, range(200)))
        sealed = attempt.seal()
    rows, counts = typed([sealed])
    assert counts.landed == 6000
    assert sorted(int(row["call_id"]) for row in rows) == list(range(10, 6010))


def test_a_full_disk_is_one_sentence_and_nothing_unwritten_is_acknowledged(lake: Lake):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    attempt = begin(lake)
    attempt._data.close()
    attempt._data = Path("/dev/full").open("wb")  # noqa: SIM115
    append(attempt, "a", 1)
    finish(attempt, "a", 1)
    with pytest.raises(LakeError, match="the disk is full; free some space"):
        attempt.seal()
    with pytest.raises(LakeError, match="run again to resume"):
        append(attempt, "b", 2)
    attempt.close()
    with begin(lake) as attempt:
        assert attempt.outcomes() == []


def test_another_process_waits_or_is_told(lake: Lake):
    unit = lake.landing(CALLS, DAY)
    with unit.lock(), pytest.raises(LakeError, match="Another process holds"), unit.lock(timeout=0.1):
        pass


def test_a_required_value_of_the_request_that_is_missing_is_said_at_the_first_page(lake: Lake):
    meetings = contracts.table("zoom.meetings")
    unit = lake.landing(meetings, DAY)
    with unit.begin(run_id="r", started_at=NOW, resume_after=NOW, policy=FULL) as attempt:
        with pytest.raises(LakeError, match="requires listing, which a request of metrics_meetings carries as 'type'"):
            attempt.append("a", endpoint="metrics_meetings", columns={"type": ""}, page=1, records=[])
        attempt.append("a", endpoint="metrics_meetings", columns={"type": "past"}, page=1, records=[])


def test_values_that_json_writers_refuse_are_landed(lake: Lake):
    with begin(lake) as attempt:
        append(attempt, "a", 2**70, subject="half \ud83d pair")
        finish(attempt, "a", 1)
        rows, _ = typed([attempt.seal()])
    assert rows[0]["call_id"] == str(2**70)
    assert rows[0]["subject"] == "half ? pair"


def test_a_half_created_attempt_is_removed(lake: Lake):
    unit = lake.landing(CALLS, DAY)
    (unit.path / "20261120T000000000000-aaaaaaaa").mkdir(parents=True)
    with begin(lake) as attempt:
        assert [path.name for path in unit.path.glob("[0-9]*")] == [attempt.path.name]
