"""From landed pages to typed rows: partitions, duplicates, unknown fields, counts."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
import zstandard

from reporting_assets import contracts
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.ledger import PAGES
from reporting_assets.lake.privacy import Policy
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.lake.typed import Counts, typed_rows
from reporting_assets_tests.lake.example import CALLS, DAY, LONG_AGO, NOW, call, land, row_of, rows_of, typed


def test_rows_carry_partition_and_lineage(lake: Lake):
    row = row_of(lake, call(run="x"), run_id="run-9")
    assert row["dt"] == date(2026, 11, 20)
    assert row["_ingested_at"] == NOW
    assert (row["_source"], row["_endpoint"], row["_run_id"], row["kind"]) == ("sandbox", "/calls", "run-9", "past")


def test_the_reader_has_the_contracts_schema_even_without_rows(lake: Lake):
    with duckdb.connect() as con:
        result = typed_rows(con, CALLS, DAY, [], "live")
        assert result.reader.schema.equals(arrow_schema(CALLS), check_metadata=True)
        assert result.reader.read_all().num_rows == 0
        assert result.counts == Counts(0, 0, 0, 0, 0, {})


def test_the_connection_is_free_once_the_rows_are_read_or_let_go(lake: Lake):
    sealed = land(lake, [[call(n) for n in range(30_000)]])
    with duckdb.connect() as con:
        typed_rows(con, CALLS, DAY, [sealed], "live").reader.read_all()
        assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
        half = typed_rows(con, CALLS, DAY, [sealed], "live").reader
        half.read_next_batch()
        half.close()
        assert typed_rows(con, CALLS, DAY, [sealed], "live").reader.read_all().num_rows == 30_000


def test_rows_fall_into_the_utc_day_they_started(lake: Lake):
    rows, counts = rows_of(
        lake,
        call("first", start="2026-11-20T00:00:00Z"),
        call("last", start="2026-11-20T23:59:59.999999Z"),
        call("next", start="2026-11-21T00:00:00Z"),
        call("offset", start="2026-11-21T01:00:00+02:00"),
        call("undated", start=""),
        call("malformed", start="soon"),
    )
    assert [row["call_id"] for row in rows] == ["first", "last", "offset"]
    assert counts == Counts(landed=6, stored=3, duplicates=0, outside=1, undated=2, parse_errors={"started_at": 1})


def test_months_are_utc_calendar_months(lake: Lake):
    usage = contracts.table("zoom.daily_usage")
    records = [{"date": day, "meetings": 1} for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01")]
    sealed = land(lake, [records], table=usage, unit="2026-11", columns={})
    rows, counts = typed([sealed], usage, "2026-11")
    assert [row["usage_date"] for row in rows] == [date(2026, 11, 1), date(2026, 11, 30)]
    assert {row["month"] for row in rows} == {"2026-11"}
    assert counts.outside == 2


def test_values_that_cannot_be_read_are_unknown_and_counted_by_column(lake: Lake):
    rows, counts = rows_of(
        lake,
        call(1, leg="x", score="nan", internal="maybe", booked="?", planned="?", length="?"),
        call(2, leg="3.7"),
    )
    assert rows[0]["leg"] is rows[1]["leg"] is None
    assert counts.parse_errors == {
        "leg": 2,
        "score": 1,
        "is_internal": 1,
        "booked_on": 1,
        "planned_at": 1,
        "length_seconds": 1,
    }


def test_the_newest_row_of_a_key_wins_and_unknown_equals_unknown(lake: Lake):
    rows, counts = rows_of(
        lake,
        call(1, score=1),
        call(1, score=2),
        call(1, leg=0, score=3),
        call(1, leg=0, score=4),
        call(2, leg=0, score=5),
    )
    assert [(row["call_id"], row["leg"], row["score"]) for row in rows] == [
        ("1", None, 2.0),
        ("1", 0, 4.0),
        ("2", 0, 5.0),
    ]
    assert counts.duplicates == 2


def test_a_later_fetch_wins_over_an_earlier_one_whatever_order_they_are_given_in(lake: Lake):
    old = land(lake, [[call(1, score=1), call(2, score=1)]], unit="2026-11-19", started_at=NOW)
    new = land(lake, [[call(1, score=2)]], unit="2026-11-20", started_at=NOW + timedelta(hours=1), run_id="run-2")
    for sealed in ([old, new], [new, old]):
        rows, counts = typed(sealed)
        assert [(row["call_id"], row["score"], row["_run_id"]) for row in rows] == [
            ("1", 2.0, "run-2"),
            ("2", 1.0, "run-1"),
        ]
        assert (counts.landed, counts.duplicates) == (3, 1)


def test_rows_stand_in_key_order_with_unknown_first(lake: Lake):
    rows, _ = rows_of(lake, call("b"), call("a", leg=2), call("B"), call("a"), call("a", leg=-1), call("é"))
    assert [(row["call_id"], row["leg"]) for row in rows] == [
        ("B", None),
        ("a", None),
        ("a", -1),
        ("a", 2),
        ("b", None),
        ("é", None),
    ]


def test_the_order_in_which_requests_end_changes_nothing(lake: Lake):
    """Even where two requests disagree about a row."""
    answers = {f"r{n}": [call(place, leg=place % 7, score=n * place) for place in range(n, n + 40)] for n in range(8)}

    def landed(order: list[str], unit: str) -> pa.Table:
        area = lake.landing(CALLS, unit)
        with area.begin(run_id="r", started_at=NOW, resume_after=LONG_AGO, policy=Policy("full")) as attempt:
            for page in (1, 2):
                for key in order:
                    part = answers[key][:20] if page == 1 else answers[key][20:]
                    attempt.append(key, endpoint="list_calls", columns={"kind": "past"}, page=page, records=part)
            for key in reversed(order):
                attempt.finish(key, status="complete", pages=2, records=40)
            sealed = attempt.seal()
        with duckdb.connect() as con:
            return typed_rows(con, CALLS, DAY, [sealed], "live").reader.read_all()

    one, other = landed(sorted(answers), "2026-11-19"), landed(sorted(answers, reverse=True), "2026-11-20")
    assert one.num_rows == 47
    assert one.equals(other)


def test_a_pages_file_that_is_damaged_is_one_sentence_without_its_content(lake: Lake):
    sealed = land(lake, [[call(1, subject="private")]])
    pages = sealed.path / PAGES
    content = pages.read_bytes()
    damaged = zstandard.compress(b'{"t":0,"p":1,"n":0,"r":{"subject":"private" oops' + random.Random(1).randbytes(900))
    pages.write_bytes(damaged)
    with pytest.raises(LakeError, match=r"Typing test\.calls 2026-11-20 failed: .* damaged") as raised:
        typed([sealed])
    assert "private" not in str(raised.value)
    pages.write_bytes(content[:-1])
    with pytest.raises(LakeError, match="has lost pages or requests: remove the folder and fetch again"):
        typed([sealed])
    pages.write_bytes(zstandard.compress(random.Random(1).randbytes(900).hex().encode() + b"\n") + content)
    with pytest.raises(LakeError, match="damaged"):
        typed([sealed])


def test_records_that_vanished_from_a_page_are_missed(lake: Lake):
    sealed = land(lake, [[call(1), call(2)]])
    pages = sealed.path / PAGES
    with pages.open("rb") as file:
        first, _, _ = zstandard.ZstdDecompressor().stream_reader(file).read().partition(b"\n")
    padding = b" " * 1000 + random.Random(1).randbytes(500).hex().encode()
    pages.write_bytes(zstandard.compress(first + b"\n" + b'{"t":7,"x":"' + padding + b'"}\n'))
    with pytest.raises(LakeError, match="holds 1 lines instead of 2"):
        typed([sealed])


def test_an_endpoint_that_the_contract_dropped_is_named(lake: Lake):
    from dataclasses import replace

    sealed = land(lake, [[call(1)]])
    with pytest.raises(LakeError, match=r"list_calls, which test\.calls no longer reads: fetch again"):
        typed([sealed], replace(CALLS, endpoints=CALLS.endpoints[1:]))


def test_every_zoom_report_is_typed_from_hand_made_records(lake: Lake):
    def one(table_id: str, endpoint: str, columns: dict[str, str], record: dict, unit: str) -> dict:
        table = contracts.table(table_id)
        sealed = land(lake, [[record]], table=table, unit=unit, endpoint=endpoint, columns=columns)
        rows, counts = typed([sealed], table, unit)
        assert counts.parse_errors == {}
        assert len(rows) == 1
        return rows[0]

    user = one(
        "zoom.users",
        "list_users",
        {"status": "pending"},
        {"email": "a@b.c", "type": 2, "license_info_list": [{"license_option": 72057594037927940}], "verified": 0},
        DAY,
    )
    assert (user["user_key"], user["user_id"], user["status"], user["license_type"]) == ("a@b.c", None, "pending", 2)
    assert user["licenses"] == '[{"license_option":72057594037927940}]'
    assert user["is_verified"] is False

    host = one(
        "zoom.hosts", "report_users", {"type": "active"}, {"id": "u", "meetings": 3, "meeting_minutes": "7"}, "2026-11"
    )
    assert (host["activity"], host["meetings"], host["person_minutes"], host["month"]) == ("active", 3, 7, "2026-11")

    usage = one("zoom.daily_usage", "report_daily", {}, {"date": "2026-11-02", "participants": 5}, "2026-11")
    assert (usage["usage_date"], usage["participant_joins"]) == (date(2026, 11, 2), 5)

    listed = {
        "uuid": "/a==",
        "id": 93201235621,
        "start_time": "2026-11-20T10:00:00Z",
        "duration": "01:21:18",
        "host": "Jo",
    }
    meeting = one("zoom.meetings", "metrics_meetings", {"type": "pastOne"}, listed | {"has_video": True}, DAY)
    assert (meeting["meeting_number"], meeting["listing"], meeting["vendor_duration_seconds"]) == (
        "93201235621",
        "pastOne",
        4878,
    )
    assert (meeting["host_name"], meeting["has_video"], meeting["host_user_id"]) == ("Jo", True, None)

    reported = {"uuid": "b==", "id": 1, "start_time": "2026-11-20T10:00:00Z", "duration": 60, "user_name": "Al"}
    meeting = one(
        "zoom.meetings",
        "report_user_meetings",
        {"type": "past", "user_id": "u1"},
        reported | {"schedule_time": "11/20/2026 09:30"},
        DAY,
    )
    assert (meeting["host_user_id"], meeting["host_name"], meeting["vendor_duration_seconds"]) == ("u1", "Al", 3600)
    assert meeting["scheduled_at"] == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    join = one(
        "zoom.meeting_participants",
        "past_meeting_participants",
        {"meeting_uuid": "b==", "meeting_started_at": "2026-11-20T10:00:00Z"},
        {
            "id": "",
            "user_id": "16778240",
            "name": "Guest",
            "user_email": "",
            "join_time": "2026-11-20T10:00:05Z",
            "failover": False,
        },
        DAY,
    )
    assert (join["meeting_uuid"], join["session_user_id"], join["user_id"], join["email"]) == (
        "b==",
        "16778240",
        None,
        None,
    )
    assert join["meeting_started_at"] == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "key", [("call_id", "leg"), ("leg", "call_id"), ("started_at", "call_id"), ("score", "call_id")]
)
def test_rows_that_are_sorted_in_stretches_are_those_sorted_at_once(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...]
):
    from dataclasses import replace

    from reporting_assets.lake import typed as typing

    draw = random.Random(5)
    table = replace(CALLS, key=key)
    records = [
        call(draw.choice(["a", "b", "é", "", n]), leg=draw.choice([1, 2, None]), score=draw.choice([n, "", 0.1]))
        for n in range(3000)
    ]
    sealed = land(lake, [records], table=table)
    whole, counts = typed([sealed], table)
    monkeypatch.setattr(typing, "SORTED_AT_ONCE", 100 * len(CALLS.all_columns))
    assert typed([sealed], table) == (whole, counts)
    assert counts.stored > 300
