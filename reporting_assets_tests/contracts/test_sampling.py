"""The policy by which meetings are sampled: what its SQL picks, and that anybody can draw the same sample."""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.sampling import SALT, bucket

UUIDS = [f"uuid-{number}/+==" for number in range(20_000)]
SAMPLED = [
    table
    for table in contracts.TABLES
    if any(isinstance(ask, PerItem) and "sample_reason" in ask.select for ask in table.asks)
]


def drawn(uuid: str) -> int:
    """The draw, written without the product's SQL."""
    return int(hashlib.md5((uuid + SALT).encode(), usedforsecurity=False).hexdigest()[:8], 16) % 100


def picked(policy: str, rows: list[tuple[Any, ...]], percent: int) -> dict[str, str]:
    """Reason by UUID of what `zoom.meeting_qos` would ask for, of meetings (uuid, audio, video, share label, listing)."""
    table = contracts.table("zoom.meeting_qos")
    asks = [ask for ask in table.asks if ask.when.get("quality_sample") == policy]
    assert len(asks) <= 1
    found: dict[str, str] = {}
    with duckdb.connect() as con:
        names = ("meeting_uuid", "audio_quality", "video_quality", "screen_share_quality", "listing")
        columns = {
            name: pa.array(values, pa.string()) for name, values in zip(names, zip(*rows, strict=True), strict=True)
        }
        con.register("given", pa.table(columns))
        con.execute("CREATE TABLE meetings AS SELECT *, now() AS started_at FROM given")
        for ask in asks:
            assert isinstance(ask, PerItem)
            # As text, which is how selected values become those of a request.
            selected = ", ".join(f"CAST({expression} AS VARCHAR) AS {name}" for name, expression in ask.select.items())
            sql = f"SELECT * FROM (SELECT {selected} FROM meetings WHERE ({ask.where}))"
            used = duckdb.extract_statements(sql)[0].named_parameters
            result = con.execute(sql, {"quality_random_percent": percent} if used else {})
            selected_names = [column[0] for column in result.description]
            for values in result.fetchall():
                row = dict(zip(selected_names, values, strict=True))
                assert row["sample_bucket"] == str(drawn(row["meeting_uuid"]))
                found[row["meeting_uuid"]] = row["sample_reason"]
    return found


def test_the_draw_is_the_same_outside_duckdb() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE uuids AS SELECT unnest(?) AS uuid", [UUIDS[:2000]])
        found = con.execute(f"SELECT uuid, {bucket('uuid')} FROM uuids").fetchall()
    assert found == [(uuid, drawn(uuid)) for uuid in UUIDS[:2000]]
    assert [drawn(uuid) for uuid in ("w7fUhDMLSo25Lfvu/3I+cw==", "/abc//==")] == [62, 70], "a series must not break"


@pytest.mark.parametrize("percent", [0, 2, 15, 100])
def test_the_random_share_has_the_size_asked_for(percent: int) -> None:
    found = picked("flagged", [(uuid, "good", None, "", "past") for uuid in UUIDS], percent)
    assert set(found) == {uuid for uuid in UUIDS if drawn(uuid) < percent}
    assert set(found.values()) <= {"random"}
    assert len(found) / len(UUIDS) == pytest.approx(percent / 100, abs=0.01)


def test_a_larger_share_keeps_the_smaller_one() -> None:
    rows = [(uuid, None, None, None, "past") for uuid in UUIDS[:3000]]
    assert picked("flagged", rows, 5).items() <= picked("flagged", rows, 30).items()


@pytest.mark.parametrize(
    ("labels", "is_flagged"),
    [
        (("good", "good", "good"), False),
        (("fair", "fair", "fair"), False),
        (("poor", "good", "good"), True),
        (("good", "bad", None), True),
        ((None, "", "Poor"), True),
        ((None, None, None), False),
        (("", "", ""), False),
    ],
)
def test_any_medium_flags(labels: tuple[str | None, ...], is_flagged: bool) -> None:
    found = picked("flagged", [("one", *labels, "past")], 0)
    assert found == ({"one": "flagged"} if is_flagged else {})


def test_all_is_complete_and_none_asks_for_nothing() -> None:
    rows = [("bad", "bad", None, None, "past"), ("good", "good", "good", "good", "past")]
    assert picked("all", rows, 0) == {"bad": "complete", "good": "complete"}
    assert picked("none", rows, 100) == {}


def test_people_alone_have_no_samples() -> None:
    rows = [("alone", "bad", None, None, "pastOne")]
    assert picked("all", rows, 100) == picked("flagged", rows, 100) == {}


@pytest.mark.parametrize("table", SAMPLED, ids=lambda table: table.id)
def test_sampled_tables_say_so_and_can_be_switched_off(table: Any) -> None:
    assert {"sample_reason", "sample_bucket"} <= {column.name for column in table.columns}
    assert {ask.when["quality_sample"] for ask in table.asks} == {"all", "flagged"}


def test_every_quality_table_but_the_totals_and_the_flagged_is_sampled() -> None:
    assert {table.name for table in SAMPLED} == {
        "meeting_participant_metrics",
        "meeting_qos",
        "meeting_qos_summary",
        "meeting_satisfaction",
        "webinar_qos",
        "webinar_qos_summary",
        "webinar_satisfaction",
    }
