"""JSON values into typed columns: every rule of parsing, and what cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from reporting_assets.contracts.model import Column, Field, Parse, Type
from reporting_assets.lake import casts
from reporting_assets.lake.layout import Lake
from reporting_assets_tests.lake.example import CALLS, call, land, row_of, rows_of, typed
from reporting_assets_tests.reference import vectors


def read(type_: Type, text: str | None, parse: Parse = Parse.PLAIN) -> Any:
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        con.execute("CREATE TABLE t AS SELECT CAST(? AS VARCHAR) AS v", [text])
        return con.execute(f"SELECT {casts.value(Column('v', type_, ''), parse, 'v')} FROM t").fetchall()[0][0]


@pytest.mark.parametrize("case", vectors("dashboard_duration_parsing"), ids=lambda case: str(case["raw"]))
def test_reference_durations(lake: Lake, case: dict[str, Any]):
    rows, counts = rows_of(lake, call(length=case["raw"]))
    assert rows[0]["length_seconds"] == case["expected_seconds"]
    assert counts.parse_errors == {}


@pytest.mark.parametrize("case", vectors("big_integers"), ids=lambda case: case["raw"])
def test_reference_big_integers(lake: Lake, case: dict[str, Any]):
    number = int(case["raw"])
    row = row_of(lake, call(number, leg=number, tags=[{"license_option": number}], unknown=number))
    assert row["call_id"] == case["raw"]
    assert row["leg"] == number
    assert row["tags"] == f'[{{"license_option":{number}}}]'
    assert row["_extra"] == f'{{"unknown":{number}}}'


TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T10:00:00Z", TEN),
        ("2026-11-20T12:00:00+02:00", TEN),
        ("2026-11-20T12:00:00+0200", TEN),
        ("2026-11-20 10:00:00", TEN),
        ("2026-11-20T10:00:00", TEN),
        (" 2026-11-20T10:00:00.000Z ", TEN),
        ("2026-11-20T10:00:00.123456Z", TEN.replace(microsecond=123456)),
        ("2026-11-20", TEN.replace(hour=0)),
        ("infinity", None),
        ("epoch", None),
        ("now", None),
        ("today", None),
        ("11/20/2026", None),
        ("2026-13-01T00:00:00Z", None),
        ("1732100000000", None),
        ("soon", None),
    ],
)
def test_moments(text: str, expected: datetime | None):
    found = read(Type.TIMESTAMP, text)
    assert (found.astimezone(UTC) if found else None) == expected


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        (Type.INTEGER, "12", 12),
        (Type.INTEGER, " 12 ", 12),
        (Type.INTEGER, "-12", -12),
        (Type.INTEGER, "12.0", 12),
        (Type.INTEGER, "12.5", None),
        (Type.INTEGER, "1e3", None),
        (Type.INTEGER, "0x10", None),
        (Type.INTEGER, "true", None),
        (Type.INTEGER, "9223372036854775807", 2**63 - 1),
        (Type.INTEGER, "9223372036854775808", None),
        (Type.NUMBER, "12.5", 12.5),
        (Type.NUMBER, "1e3", 1000.0),
        (Type.NUMBER, "nan", None),
        (Type.NUMBER, "inf", None),
        (Type.DECIMAL, "0.3", Decimal("0.3000")),
        (Type.DECIMAL, "0.30000000000000004", Decimal("0.3000")),
        (Type.DECIMAL, "-1.7999999999999998", Decimal("-1.8000")),
        (Type.DECIMAL, "0.33333333333333331", None),
        (Type.DECIMAL, "0.00001", None),
        (Type.BOOLEAN, "true", True),
        (Type.BOOLEAN, "True", True),
        (Type.BOOLEAN, "1", True),
        (Type.BOOLEAN, "false", False),
        (Type.BOOLEAN, "0", False),
        (Type.BOOLEAN, "yes", None),
        (Type.BOOLEAN, "2", None),
        (Type.DATE, "2026-11-20", date(2026, 11, 20)),
        (Type.DATE, "2026-11-20T23:30:00-02:00", date(2026, 11, 21)),
        (Type.DATE, "20 November", None),
        (Type.TEXT, "007", "007"),
    ],
)
def test_plain_values(type_: Type, text: str, expected: object):
    found = read(type_, text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:00", 0),
        ("90:05", 5405),
        ("123:45:07", 445507),
        ("1:60:00", None),
        ("05:60", None),
        ("1:2:3:4", None),
        ("5", None),
    ],
)
def test_clock_seconds(text: str, expected: int | None):
    assert read(Type.INTEGER, text, Parse.CLOCK_SECONDS) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("7", 420), ("7.5", 450), ("0", 0), ("seven", None), ("nan", None), ("1e300", None)]
)
def test_minutes_as_seconds(text: str, expected: int | None):
    assert read(Type.INTEGER, text, Parse.MINUTES_AS_SECONDS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("11/20/2026 09:05", datetime(2026, 11, 20, 9, 5, tzinfo=UTC)), ("20/11/2026 09:05", None), ("2026-11-20", None)],
)
def test_us_minute(text: str, expected: datetime | None):
    found = read(Type.TIMESTAMP, text, Parse.US_MINUTE)
    assert (found.astimezone(UTC) if found else None) == expected


@pytest.mark.parametrize("blank", ["", "  ", "\t\n", None])
def test_blank_is_unknown_in_every_type_and_not_an_error(lake: Lake, blank: str | None):
    fields = ("leg", "score", "internal", "booked", "planned", "length", "tags", "subject", "owner_id", "owner")
    rows, counts = rows_of(lake, call(**dict.fromkeys(fields, blank), contact={"mail": blank}))
    assert counts.parse_errors == {}
    names = (
        "leg",
        "score",
        "is_internal",
        "booked_on",
        "planned_at",
        "length_seconds",
        "tags",
        "subject",
        "owner_id",
        "email",
    )
    assert {name: rows[0][name] for name in names} == dict.fromkeys(names)


def test_json_is_compact_in_its_own_order_and_scalars_stay_json(lake: Lake):
    assert row_of(lake, call(tags=[{"z": 1, "a": [1, 2.5, None]}]))["tags"] == '[{"z":1,"a":[1,2.5,null]}]'
    assert row_of(lake, call(tags="word"))["tags"] == '"word"'
    assert row_of(lake, call(tags=[]))["tags"] == "[]"


def test_json_numbers_and_texts_are_both_read(lake: Lake):
    row = row_of(lake, call(93201235621, leg="3", score="1.5", internal=1, booked="2026-11-20"))
    assert (row["call_id"], row["leg"], row["score"], row["is_internal"]) == ("93201235621", 3, 1.5, True)
    assert row_of(lake, call(leg=4, score=2, internal="false"))["is_internal"] is False


def test_text_keeps_its_spaces_quotes_and_signs(lake: Lake):
    for text in (" padded ", 'O\'Brien "x"', "=1+1", "日本 🎉", "line\nbreak\ttab", "nul\x00in", "{}"):
        assert row_of(lake, call(subject=text))["subject"] == text


def test_the_second_place_is_read_where_the_first_is_absent_or_empty(lake: Lake):
    assert row_of(lake, call(owner_id="a", owner="b"))["owner_id"] == "a"
    assert row_of(lake, call(owner_id="", owner="b"))["owner_id"] == "b"
    assert row_of(lake, call(owner="b"))["owner_id"] == "b"


def test_every_endpoint_is_read_in_its_own_way(lake: Lake):
    columns = {"user_id": "u1"}
    row = row_of(lake, call(minutes=2, owner_id="other", length="00:01"), endpoint="report_calls", columns=columns)
    assert (row["owner_id"], row["length_seconds"], row["kind"], row["_endpoint"]) == (
        "u1",
        120,
        None,
        "/report/{userId}/calls",
    )
    assert row["_extra"] == '{"owner_id":"other","length":"00:01"}'  # this endpoint's contract does not know them


def test_unknown_fields_are_kept_wherever_they_stand(lake: Lake):
    assert row_of(lake, call())["_extra"] is None
    assert row_of(lake, call(contact={"mail": "a", "name": "b"}))["_extra"] is None
    row = row_of(lake, call(contact={"mail": "a", "fax": 1}, new=None, other={"b": [1], "a": 2.5}))
    assert row["_extra"] == '{"new":null,"other":{"b":[1],"a":2.5},"contact":{"fax":1}}'


def test_a_column_may_take_a_level_and_another_a_field_of_it(lake: Lake):
    whole = Column("whole", Type.JSON, "", source=Field("a"))
    part = Column("part", Type.TEXT, "", source=Field("a.b.c"))
    for number, order in enumerate(((whole, part), (part, whole))):
        table = replace(CALLS, columns=(*CALLS.columns, *order))
        sealed = land(lake, [[call(a={"b": {"c": "x"}}, z=1)]], table=table, unit=f"2026-11-1{number}")
        [row], _ = typed([sealed], table)
        assert (row["part"], row["whole"], row["_extra"]) == ("x", '{"b":{"c":"x"}}', '{"z":1}')


def test_a_value_in_the_place_of_a_level_is_kept_as_unknown(lake: Lake):
    for odd in ('"text"', "[1]", "7"):
        row = row_of(lake, call(contact=json.loads(odd)))
        assert (row["email"], row["_extra"]) == (None, f'{{"contact":{odd}}}')
    assert row_of(lake, call(contact=""))["_extra"] is None


def test_the_vendors_words_may_read_otherwise() -> None:
    column = Column("event", Type.TEXT, "What happened.", source=Field("a", values={"messages": "sent", "it's": "o'k"}))
    text = casts.reworded(column, "any", "word")
    with duckdb.connect() as con:
        rows = con.execute(
            f"SELECT {text} FROM (VALUES ('messages'), ('it''s'), ('other'), (NULL)) AS t(word)"
        ).fetchall()
    assert rows == [("sent",), ("o'k",), ("other",), (None,)]
    assert casts.reworded(Column("event", Type.TEXT, "What happened.", source=Field("a")), "any", "word") == "word"
