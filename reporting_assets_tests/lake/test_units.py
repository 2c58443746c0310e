"""Texts with units, read by the real SQL: the reference cases, and what any text may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets.contracts.model import Column, Parse, Type
from reporting_assets.lake import casts
from reporting_assets.lake.sqltext import not_blank
from reporting_assets_tests.reference import vectors

KINDS = {
    "bitrate_kbps": (Parse.KBPS,),
    "percent": (Parse.PERCENT,),
    "ms": (Parse.MILLISECONDS,),
    "fps": (Parse.FRAMES,),
    "resolution": (Parse.WIDTH, Parse.HEIGHT),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        yield con


def read(
    con: duckdb.DuckDBPyConnection, parse: Parse, text: str | None, type_: Type = Type.NUMBER
) -> tuple[Any, bool | None]:
    """The value, and whether the text counts as malformed; blank texts are NULL before they are read."""
    column = Column("v", type_, "")
    source = f"SELECT {not_blank('t')} AS t FROM (SELECT CAST(? AS VARCHAR) AS t)"
    valued = f"SELECT t, {casts.value(column, parse, 't')} AS v FROM ({source})"
    return con.execute(f"SELECT v, {casts.malformed(column, parse, 't', 'v')} FROM ({valued})", [text]).fetchall()[0]


@pytest.mark.parametrize("case", vectors("qos_parsing"), ids=lambda case: f"{case['kind']} {case['raw']}")
def test_reference_units(con: duckdb.DuckDBPyConnection, case: dict[str, Any]):
    expected = case["expected"]
    for parse in KINDS[case["kind"]]:
        value, is_malformed = read(con, parse, case["raw"])
        wanted = expected[str(parse)] if isinstance(expected, dict) else expected
        assert value == (None if wanted is None else pytest.approx(wanted))
        assert is_malformed == ("counter" in case.get("note", ""))


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (Parse.KBPS, "800 bps", 0.8),
        (Parse.KBPS, "1,234.5 KBPS", 1234.5),
        (Parse.KBPS, "12", 12.0),
        (Parse.KBPS, "0 kbps", 0.0),
        (Parse.MILLISECONDS, "1.5 s", 1500.0),
        (Parse.MILLISECONDS, "0ms", 0.0),
        (Parse.BYTES, "512 KB", 512 * 1024),
        (Parse.BYTES, "3 MB", 3 * 1024**2),
        (Parse.BYTES, "6.6 GB", 6.6 * 1024**3),
        (Parse.BYTES, "1234", 1234),
        (Parse.BYTES, "12 bytes", 12),
        (Parse.WIDTH, "1280x720", 1280),
        (Parse.HEIGHT, "1280 * 720", 720),
    ],
)
def test_units(con: duckdb.DuckDBPyConnection, parse: Parse, text: str, expected: float):
    assert read(con, parse, text) == (pytest.approx(expected), False)


def test_bytes_are_whole_numbers_and_other_units_are_not_rounded(con: duckdb.DuckDBPyConnection):
    assert read(con, Parse.BYTES, "6.6 GB", Type.INTEGER) == (7086696038, False)
    assert read(con, Parse.FRAMES, "12 fps", Type.INTEGER) == (12, False)
    assert read(con, Parse.FRAMES, "12.5 fps", Type.INTEGER) == (None, True)


@pytest.mark.parametrize("text", ["Unlimited", "unlimited", "-", "--", "N/A", "n/a"])
def test_no_value_is_no_error(con: duckdb.DuckDBPyConnection, text: str):
    assert read(con, Parse.BYTES, text) == (None, False)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (Parse.KBPS, "Unlimited"),
        (Parse.KBPS, "5 ms"),
        (Parse.PERCENT, "5 kbps"),
        (Parse.KBPS, "1,2 kbps"),
        (Parse.KBPS, "1 2 kbps"),
        (Parse.KBPS, "kbps"),
        (Parse.KBPS, "27 kbps\nx"),
        (Parse.BYTES, "-3 MB"),
        (Parse.BYTES, "3 XB"),
        (Parse.WIDTH, "1280"),
        (Parse.WIDTH, "1280*720*3"),
        (Parse.MILLISECONDS, "NaN"),
        (Parse.MILLISECONDS, "inf"),
    ],
)
def test_other_texts_are_malformed(con: duckdb.DuckDBPyConnection, parse: Parse, text: str):
    assert read(con, parse, text) == (None, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Computer : 10.100.93.138", "10.100.93.138"),
        ("Computer : fe80::1", "fe80::1"),
        ("10.100.93.138", "10.100.93.138"),
        ("Computer : ", None),
    ],
)
def test_after_colon(con: duckdb.DuckDBPyConnection, text: str, expected: str | None):
    assert read(con, Parse.AFTER_COLON, text, Type.TEXT)[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{27ED2949-AB}", "27ed2949-ab"), ("27ed2949-ab", "27ed2949-ab"), ("{27ED", None), ("27}ED", None), ("{}", None)],
)
def test_braced_ids(con: duckdb.DuckDBPyConnection, text: str, expected: str | None):
    assert read(con, Parse.BRACED_ID, text, Type.TEXT) == (expected, expected is None)


def test_words_whose_case_means_nothing(con: duckdb.DuckDBPyConnection):
    assert read(con, Parse.LOWER, " ATTENDEE ", Type.TEXT)[0] == "attendee"


UNITS = {
    Parse.KBPS: {"kbps": 1, "Kbps": 1, "Mbps": 1000, "bps": 0.001, "": 1},
    Parse.MILLISECONDS: {"ms": 1, "S": 1000, "s": 1000, "": 1},
    Parse.PERCENT: {"%": 1, "": 1},
    Parse.FRAMES: {"fps": 1, "FPS": 1, "": 1},
    Parse.BYTES: {"B": 1, "KB": 1024, "mb": 1024**2, "GB": 1024**3, "TB": 1024**4, "": 1},
}


@settings(max_examples=150, deadline=None)
@given(data=st.data(), whole=st.integers(0, 10**9), cents=st.integers(0, 99), space=st.sampled_from(["", " ", "  "]))
def test_any_number_is_read_in_any_unit_of_its_kind(con, data, whole: int, cents: int, space: str):
    parse = data.draw(st.sampled_from(sorted(UNITS)))
    unit, scale = data.draw(st.sampled_from(sorted(UNITS[parse].items())))
    number = data.draw(st.sampled_from([f"{whole}.{cents:02d}", f"{whole:,}.{cents:02d}"]))
    value, is_malformed = read(con, parse, f"{space}{number}{space}{unit}{space}")
    assert value == pytest.approx((whole + cents / 100) * scale)
    assert not is_malformed


@settings(max_examples=150, deadline=None)
@given(data=st.data(), text=st.text(max_size=12))
def test_any_text_is_a_number_or_unknown_and_never_an_error(con, data, text: str):
    parse = data.draw(st.sampled_from([*sorted(UNITS), Parse.WIDTH, Parse.HEIGHT]))
    value, is_malformed = read(con, parse, text)
    assert value is None or (value >= 0 and not is_malformed)
    if is_malformed:
        assert text.strip(" \t\r\n")


@settings(max_examples=100, deadline=None)
@given(milliseconds=st.integers(0, 10**14 - 1))
def test_milliseconds_since_1970(con, milliseconds: int):
    column = Column("v", Type.TIMESTAMP, "")
    sql = f"SELECT epoch_ms({casts.value(column, Parse.EPOCH_MILLISECONDS, 't')}) FROM (SELECT ? AS t)"
    assert con.execute(sql, [str(milliseconds)]).fetchall() == [(milliseconds,)]


@pytest.mark.parametrize("text", ["-1", "1.5", "173210000000000", "2026-11-20", "soon"])
def test_other_moments_are_no_milliseconds(con: duckdb.DuckDBPyConnection, text: str):
    assert read(con, Parse.EPOCH_MILLISECONDS, text, Type.TIMESTAMP) == (None, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1", "0.1000"),
        ("-12.3456", "-12.3456"),
        ("1.50000", "1.5000"),
        (".5", "0.5000"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("1.23456", None),
        ("100000000000000", None),
        ("1,000", None),
        ("1e3", None),
        ("nan", None),
        ("$5", None),
    ],
)
def test_money_is_exact_or_malformed(con: duckdb.DuckDBPyConnection, text: str, expected: str | None):
    value, is_malformed = read(con, Parse.PLAIN, text, Type.DECIMAL)
    assert (str(value) if value is not None else None) == expected
    assert is_malformed == (expected is None)
