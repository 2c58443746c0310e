"""Asking again loses nothing of what the vendor no longer shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import zstandard

from reporting_assets.lake import pieces
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.keeping import keep
from reporting_assets.lake.landing import Attempt
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.ledger import PAGES, Sealed
from reporting_assets.lake.privacy import Policy
from reporting_assets_tests.lake.example import CALLS, DAY, NOW, call, typed
from reporting_assets_tests.lake.nested import SAMPLES

Answers = dict[str, list[list[dict[str, Any]]] | str]  # by request: its pages, or the status it ended with


def answer(attempt: Attempt, answers: Answers, endpoint: str) -> None:
    for key, pages in answers.items():
        if isinstance(pages, str):
            attempt.finish(key, status=pages, pages=0, records=0)
            continue
        for number, records in enumerate(pages, 1):
            attempt.append(key, endpoint=endpoint, columns={"kind": "past"}, page=number, records=records)
        attempt.finish(key, status="complete", pages=len(pages), records=sum(map(len, pages)))


def fetched(lake: Lake, answers: Answers, *, hours: int = 0, table=CALLS, policy: Policy | None = None) -> Sealed:
    """One fetch of the day after the other, as `ingest` makes them."""
    area = lake.landing(table, DAY)
    policy = policy or Policy("full")
    begun = NOW + timedelta(hours=hours)
    with area.lock(), area.begin(run_id=f"run-{hours}", started_at=begun, resume_after=begun, policy=policy) as attempt:
        answer(attempt, answers, table.endpoints[0].name)
        earlier = area.latest_sealed(policy.label)
        if earlier:
            keep(attempt, earlier)
        return attempt.seal()


def ids(sealed: Sealed) -> list[str]:
    rows, _ = typed([sealed])
    return sorted(row["call_id"] for row in rows)


@pytest.mark.parametrize("gone", ["not_available", "expired"])
def test_what_is_no_longer_shown_is_kept_however_often_it_is_asked(lake: Lake, gone: str):
    fetched(lake, {"a": [[call(1)], [call(2)]], "b": [[call(3)]], "c": [[call(4)]], "d": "not_available"})
    second = fetched(lake, {"a": gone, "b": [[call(5)]], "c": "none", "d": gone, "e": [[call(6)]]}, hours=1)
    assert ids(second) == ["1", "2", "5", "6"]
    assert second.stats["statuses"] == {"complete": 2, "kept": 1, "none": 1, gone: 1}
    third = fetched(lake, {"a": gone, "b": gone, "c": gone}, hours=2)
    assert ids(third) == ["1", "2", "5"]
    back = fetched(lake, {"a": [[call(1)]], "b": gone}, hours=3)
    assert ids(back) == ["1", "5"]


def test_rows_made_of_pieces_are_kept_as_they_were(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", 200)
    page = [{"samples": [{"email": f"{n}@example.com", "sound": {"number": n}} for n in range(40)]}]
    policy = Policy("pseudonymous", b"k" * 32)
    fetched(lake, {"other": [page] * 2, "a": [page] * 3}, table=SAMPLES, policy=policy)
    first, counts = typed([fetched(lake, {"a": [page] * 3}, hours=1, table=SAMPLES, policy=policy)], SAMPLES)
    second = fetched(lake, {"a": "expired"}, hours=2, table=SAMPLES, policy=policy)
    again, counts_again = typed([second], SAMPLES)
    assert len(again) == 120
    assert counts_again == counts
    lineage = {"_ingested_at", "_run_id"}
    assert [{name: row[name] for name in row.keys() - lineage} for row in again] == [
        {name: row[name] for name in row.keys() - lineage} for row in first
    ]


def test_other_policies_keep_nothing_for_each_other(lake: Lake):
    fetched(lake, {"a": [[call(1)]]})
    assert ids(fetched(lake, {"a": "expired"}, hours=1, policy=Policy("standard"))) == []


def test_what_was_taken_over_survives_being_killed_before_the_seal(lake: Lake):
    fetched(lake, {"a": [[call(n) for n in range(500)]], "b": [[call(1000)]]})
    area, policy, begun = lake.landing(CALLS, DAY), Policy("full"), NOW + timedelta(hours=1)
    for _ in range(2):
        with area.lock(), area.begin(run_id="x", started_at=begun, resume_after=begun, policy=policy) as attempt:
            if not attempt.outcomes():
                answer(attempt, {"a": "expired", "b": [[call(1000)]]}, CALLS.endpoints[0].name)
            earlier = area.latest_sealed(policy.label)
            assert earlier
            keep(attempt, earlier)
    with area.lock(), area.begin(run_id="x", started_at=begun, resume_after=begun, policy=policy) as attempt:
        assert attempt.outcome("a").status == "kept"
        assert len(ids(attempt.seal())) == 501


def test_a_damaged_landing_is_told_before_anything_is_taken(lake: Lake):
    first = fetched(lake, {"a": [[call(1), call(2)]]})
    file = first.path / PAGES
    whole = zstandard.ZstdDecompressor().stream_reader(file.read_bytes(), read_across_frames=True).read()
    one, two = whole.splitlines(keepends=True)
    for content in (zstandard.compress(one + b" " * 9 * len(two) + b"\n", 1), file.read_bytes()[:-3] + b"\0\0\0"):
        file.write_bytes(content.ljust(file.stat().st_size, b"\0"))
        with pytest.raises(LakeError, match="is damaged: remove the folder and fetch again"):
            fetched(lake, {"a": "expired"}, hours=1)
