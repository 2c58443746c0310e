"""Nested records become rows: by hand-made cases, and as a plain recount in Python says for any record."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting_assets.contracts.model import Column, Field, Leg, Type
from reporting_assets.lake import pieces
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets.lake.typed import Counts
from reporting_assets_tests.lake.example import CALLS, DAY, NOW, call, endpoint, land, row_of, typed
from reporting_assets_tests.lake.nested import SAMPLES


def rows_of(lake: Lake, *pages: list[dict[str, Any]], table=SAMPLES, **landing: Any) -> tuple[list[dict], Counts]:
    return typed([land(lake, pages, table=table, **landing)], table)


def shown(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_legs_that_say_something_are_rows_and_a_sample_without_any_is_one(lake: Lake):
    samples = [
        {"sound": {"rate": "5 kbps"}, "picture": {"rate": "1 Mbps", "values": []}},
        {"sound": {"rate": "", "values": ["", None], "new": {"deep": [" "]}}, "picture": None},
        {"picture": {"rate": "0 kbps"}},
        {"sound": {"new": False}},
        {},
    ]
    rows, counts = rows_of(lake, [{"samples": samples}])
    assert shown(rows, "place", "kind", "way", "rate_kbps", "index") == [
        (0, "picture", "out", 1000.0, None),
        (0, "sound", None, 5.0, None),
        (1, None, None, None, None),
        (2, "picture", "out", 0.0, None),
        (3, "sound", None, None, None),
        (4, None, None, None, None),
    ]
    assert rows[4]["_extra"] == '{"$leg":{"new":false}}'
    assert counts == Counts(landed=6, stored=6, duplicates=0, outside=0, undated=0, parse_errors={})


def test_a_leg_may_be_a_list_and_its_blank_elements_are_no_rows(lake: Lake):
    rows, _ = rows_of(lake, [{"samples": [{"sound": [{"number": 1}, {"number": ""}, {"number": 2, "x": 1}, None]}]}])
    assert shown(rows, "kind", "number", "_extra") == [("sound", 1, None), ("sound", 2, '{"$leg":{"x":1}}')]


def test_series_are_rows_by_place_and_the_longest_counts(lake: Lake):
    sound = {"number": "7", "values": ["a", None, "c"], "times": [1, "x"]}
    rows, counts = rows_of(lake, [{"samples": [{"sound": sound, "picture": {"values": "one"}}]}])
    assert shown(rows, "kind", "number", "index", "value", "time") == [
        ("picture", None, 0, "one", None),
        ("sound", 7, 0, "a", 1),
        ("sound", 7, 1, None, None),
        ("sound", 7, 2, "c", None),
    ]
    assert counts.parse_errors == {"time": 1}


def test_what_stands_around_is_read_for_every_row(lake: Lake):
    record = {
        "user": {"id": "u1", "email": "around@example.com", "new": 1},
        "samples": [{"email": "own@example.com"}, {"email": " "}],
        "cost": 12.5,
        "addresses": ["10.0.0.1", "", None],
        "_answer": {"currency": "EUR", "other": 2},
        "_array": "second",
    }
    rows, counts = rows_of(lake, [record], columns={"kind": "past"})
    assert shown(rows, "person", "email", "asked", "currency", "array", "cost") == [
        ("u1", "own@example.com", "past", "EUR", "second", Decimal("12.5000")),
        ("u1", "around@example.com", "past", "EUR", "second", Decimal("12.5000")),
    ]
    assert rows[0]["addresses"] == [{"address": "10.0.0.1"}, {"address": None}, None]
    assert json.loads(rows[0]["_extra"]) == {"$parent": {"user": {"new": 1}, "_answer": {"other": 2}}}
    assert counts.parse_errors == {}


def test_records_count_their_places_over_all_pages_of_their_request(lake: Lake):
    pages = [[{"samples": [{"at": 1}]} for _ in range(size)] for size in (3, 1, 2)]
    rows, _ = rows_of(lake, *pages)
    assert [row["parent_place"] for row in rows] == [0, 1, 2, 3, 4, 5]


def test_a_request_that_began_again_counts_its_places_again(lake: Lake):
    area = lake.landing(SAMPLES, DAY)
    opened = {"run_id": "r", "started_at": NOW, "resume_after": NOW, "policy": Policy("full")}
    one = {"endpoint": "samples", "columns": {}, "records": [{"samples": [{}]}] * 2}
    with area.begin(**opened) as attempt:
        attempt.append("a", page=1, **one)
        attempt.append("b", page=1, **one)
        attempt.finish("b", status="complete", pages=1, records=2)
    with area.begin(**opened) as attempt:
        for page in (1, 2):
            attempt.append("a", page=page, **one)
        attempt.finish("a", status="complete", pages=2, records=4)
        sealed = attempt.seal()
    rows, counts = typed([sealed], SAMPLES)
    assert [row["parent_place"] for row in rows] == [0, 1, 2, 3]  # of both requests, which share their keys
    assert counts.duplicates == 2


def test_lists_are_typed_item_by_item(lake: Lake):
    people = [
        {"id": 1, "facts": {"age": "30", "height": 2}, "name": "A", "fax": None},
        {"id": " ", "facts": {"age": "old"}},
        None,
        "nobody",
    ]
    rows, counts = rows_of(
        lake, [{"samples": [{"people": people}, {"people": []}, {"people": ""}, {"people": {"id": 1}}]}]
    )
    absent = dict.fromkeys(("person_id", "age", "name"))
    assert [row["people"] for row in rows] == [
        [absent | {"person_id": "1", "age": 30, "name": "A"}, absent, None, None],
        [],
        None,
        None,
    ]
    assert counts.parse_errors == {"people": 2}  # an age, and an object in the place of the list
    assert json.loads(rows[0]["_extra"]) == {"people": [{"fax": None, "facts": {"height": 2}}, {}, {}, "nobody"]}
    assert json.loads(rows[3]["_extra"]) == {"people": {"id": 1}}


def test_odd_records_lose_nothing(lake: Lake):
    records = [
        {"samples": {"at": 1}},  # one object in the place of the list
        {"samples": ["odd", None, 7, {"sound": "loud"}]},
        {"samples": []},
        {"samples": None, "user": "x"},
        {"samples": ""},
        {},
    ]
    rows, counts = rows_of(lake, records)
    assert shown(rows, "parent_place", "place", "kind", "_extra") == [
        (0, 0, None, None),
        (1, 0, None, '{"$element":"odd"}'),
        (1, 2, None, '{"$element":7}'),
        (1, 3, "sound", '{"$leg":"loud"}'),
    ]
    assert counts.landed == 4


def test_legs_of_records_that_are_rows_themselves(lake: Lake):
    table = replace(
        CALLS,
        key=("call_id", "medium"),
        endpoints=(
            replace(endpoint("list_calls", "/calls"), legs=(Leg("a.b", {"medium": "b"}), Leg("c", {"medium": "c"}))),
        ),
        columns=(
            *CALLS.columns[:3],
            Column("medium", Type.TEXT, "", source=Field("$label.medium")),
            Column("good", Type.INTEGER, "", source=Field("$leg.good")),
        ),
    )
    record = call(1, a={"b": {"good": 2}, "other": 3}, c={"good": 5, "bad": 6})
    rows, counts = rows_of(lake, [record, call(2), call(3, start="2026-11-21T00:00:00Z", c={"good": 1})], table=table)
    assert shown(rows, "call_id", "medium", "good", "_extra") == [
        ("1", "b", 2, '{"a":{"other":3}}'),
        ("1", "c", 5, '{"a":{"other":3},"$leg":{"bad":6}}'),
        ("2", None, None, None),
    ]
    assert (counts.landed, counts.stored, counts.outside) == (4, 3, 1)


def test_the_last_of_two_elements_of_one_key_wins(lake: Lake):
    table = replace(SAMPLES, key=("person",))
    for turn in range(3):
        record = {"user": {"id": "u"}, "samples": [{"at": number} for number in range(1, 40)]}
        [row], counts = rows_of(lake, [record], table=table, unit=f"2026-11-1{turn}")
        assert (row["place"], counts.duplicates) == (38, 38)


def test_rows_of_other_tables_are_outside(lake: Lake):
    table = replace(CALLS, only={"list_calls": "leg >= 2"})
    rows, counts = rows_of(lake, [call(1, leg=1), call(2, leg=2), call(3), call(4, leg="x")], table=table)
    assert [row["call_id"] for row in rows] == ["2"]
    assert (counts.landed, counts.outside, counts.parse_errors) == (4, 3, {})
    columns = {"user_id": "u"}
    other, _ = rows_of(lake, [call(1, leg=1)], table=table, unit="2026-11-19", endpoint="report_calls", columns=columns)
    assert len(other) == 1  # the predicate is for the other endpoint


def test_rows_of_other_tables_are_counted_where_records_are_several_rows(lake: Lake):
    table = replace(SAMPLES, only={"samples": "kind = 'sound'"})
    samples = [{"sound": {"rate": "1"}, "picture": {"rate": "1"}}, {}]
    rows, counts = rows_of(lake, [{"samples": samples}], table=table)
    assert (len(rows), counts.landed, counts.outside) == (1, 3, 2)


def test_rows_that_look_alike_are_told_apart_by_number(lake: Lake):
    twin = Column("twin", Type.INTEGER, "", required=True, source=Field("$twin"))
    table = replace(CALLS, key=("call_id", "leg", "twin"), columns=(*CALLS.columns, twin))
    first = land(
        lake, [[call(1, score=1), call(1, score=2), call(2), call(1, score=3)]], table=table, unit="2026-11-19"
    )
    again = land(
        lake, [[call(1, score=4), call(1, score=5)]], table=table, run_id="run-2", started_at=NOW.replace(hour=9)
    )
    rows, counts = typed([again, first], table)
    assert shown(rows, "call_id", "twin", "score") == [("1", 0, 4.0), ("1", 1, 5.0), ("1", 2, 3.0), ("2", 0, None)]
    assert counts.duplicates == 2


def test_series_without_legs_are_refused(lake: Lake):
    table = replace(SAMPLES, endpoints=(replace(SAMPLES.endpoints[0], legs=()),))
    with pytest.raises(ValueError, match="samples has series but no legs"):
        rows_of(lake, [{"samples": [{}]}], table=table)


def test_a_record_with_megabytes_of_elements_is_read(lake: Lake):
    samples = [{"at": number, "sound": {"number": number, "new": "x" * 200}} for number in range(30_000)]
    rows, counts = rows_of(lake, [{"samples": samples}, {"samples": samples[:1]}])
    assert (len(rows), counts.landed) == (30_001, 30_001)
    assert row_of(lake, call(1, subject="y" * 5_000_000), unit="2026-11-19")["subject"] == "y" * 5_000_000


# Any record: what Python says.

BLANK = st.sampled_from([None, "", "  ", "\t"])
SCALAR = st.one_of(BLANK, st.integers(0, 99), st.booleans(), st.text("aé\"\\{}[]:,'$ ", max_size=4))
OTHER = st.dictionaries(
    st.sampled_from(["new", "x.y", "$odd", 'quo"te', "É"]),
    st.one_of(SCALAR, st.lists(SCALAR, max_size=2), st.dictionaries(st.just("z"), SCALAR, max_size=1)),
    max_size=2,
)
SERIES = st.one_of(BLANK, st.integers(0, 9), st.lists(st.one_of(BLANK, st.integers(0, 99)), max_size=3))
LEG = st.builds(
    lambda known, other: known | other,
    st.fixed_dictionaries({}, optional={"number": st.sampled_from(["", 1]), "values": SERIES, "times": SERIES}),
    OTHER,
)
LEGS = st.one_of(BLANK, st.just("odd"), LEG, st.lists(st.one_of(LEG, BLANK), max_size=3))
SAMPLE = st.builds(
    lambda known, other: known | other,
    st.fixed_dictionaries({}, optional={"sound": LEGS, "picture": LEGS, "email": SCALAR}),
    OTHER,
)
EACH = st.one_of(BLANK, SAMPLE, st.lists(st.one_of(SAMPLE, BLANK, st.just(7)), max_size=3))
USER = st.one_of(SCALAR, st.fixed_dictionaries({}, optional={"id": SCALAR, "new": SCALAR}))
RECORD = st.builds(
    lambda known, other: known | other, st.fixed_dictionaries({}, optional={"samples": EACH, "user": USER}), OTHER
)


def is_blank(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(is_blank, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and not value.strip(" \t\r\n"))


def says(value: Any) -> bool:
    """Not null and no blank text; an empty object says that it is there."""
    return value is not None and not (isinstance(value, str) and is_blank(value))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if says(value) else []


def text_of(value: Any) -> str | None:
    if is_blank(value) and not isinstance(value, dict | list):
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def recounted(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for parent_place, record in enumerate(records):
        around = {name: value for name, value in record.items() if name not in ("samples", "user")}
        user = record.get("user")
        person = text_of(user.get("id")) if isinstance(user, dict) else None
        rest = {name: value for name, value in user.items() if name != "id"} if isinstance(user, dict) else user
        if rest if isinstance(user, dict) else says(user):
            around["user"] = rest
        for place, element in enumerate(listed(record.get("samples"))):
            if not says(element):
                continue
            sample = element if isinstance(element, dict) else {}
            known = ("sound", "picture", "email")
            extra = {name: value for name, value in sample.items() if name not in known}
            extra |= {} if isinstance(element, dict) else {"$element": element}
            extra |= {"$parent": around} if around else {}
            legs = [
                (kind, leg)
                for kind in ("sound", "picture")
                for leg in (sample[kind] if isinstance(sample.get(kind), list) else [sample.get(kind)])
                if not is_blank(leg)
            ]
            row = {
                "parent_place": parent_place,
                "place": place,
                "person": person,
                "email": text_of(sample.get("email")),
            }
            if not legs:
                yield row | {"kind": None, "number": None, "index": None, "value": None, "time": None, "extra": extra}
            for kind, leg in legs:
                fields = leg if isinstance(leg, dict) else {}
                other = {name: each for name, each in fields.items() if name not in ("number", "values", "times")}
                left = other if isinstance(leg, dict) else leg
                values, times = listed(fields.get("values")), listed(fields.get("times"))
                for index in range(max(len(values), len(times))) or [None]:
                    yield row | {
                        "kind": kind,
                        "number": fields.get("number") or None,
                        "index": index,
                        "value": text_of(values[index]) if index is not None and index < len(values) else None,
                        "time": times[index]
                        if index is not None and index < len(times) and says(times[index])
                        else None,
                        "extra": extra | ({"$leg": left} if left else {}),
                    }


def numbered(value: Any, numbers: Iterator[int]) -> Any:
    """Every leg that has a number gets one of its own, so that no two rows share a key."""
    if isinstance(value, list):
        return [numbered(each, numbers) for each in value]
    if isinstance(value, dict):
        given = {name: numbered(each, numbers) for name, each in value.items()}
        return given | ({"number": next(numbers)} if value.get("number") else {})
    return value


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=st.lists(RECORD, min_size=1, max_size=12), piece=st.sampled_from([40, pieces.PIECE_BYTES]))
def test_any_records_are_the_rows_that_a_plain_recount_finds(
    tmp_path_factory, records: list[dict[str, Any]], piece: int
):
    lake = Lake(Path(tmp_path_factory.mktemp("any")) / "lake", "sandbox").open()
    records = numbered(records, count(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE_BYTES", piece)
        found, counts = typed([land(lake, [records[:5], records[5:]], table=SAMPLES)], SAMPLES)
    expected = list(recounted(records))
    assert counts.landed == len(expected)
    assert counts.parse_errors == {}
    names = tuple(name for name in (expected[0] if expected else {}) if name != "extra")
    keys = {tuple(row[name] for name in SAMPLES.key) for row in expected}
    assert counts.duplicates == len(expected) - len(keys)
    last = {tuple(row[name] for name in SAMPLES.key): row for row in expected}  # the newest of a key
    assert len(found) == len(last)
    for row in found:
        wanted = last[tuple(row[name] for name in SAMPLES.key)]
        assert {name: row[name] for name in names} == {name: wanted[name] for name in names}
        assert json.loads(row["_extra"] or "{}") == wanted["extra"]


def test_a_long_list_of_rows_is_landed_in_pieces(lake: Lake):
    """Readers take memory by the longest line; places count on, and what stands around is read for every piece."""
    samples = [
        {"email": f"{number}@example.com", "sound": {"rate": "5 kbps", "more": "x" * 999}} for number in range(2000)
    ]
    record = {"user": {"id": "u1", "new": 1}, "samples": samples}
    sealed = land(lake, [[{"samples": []}, record], [record | {"user": {"id": "u2"}}]], table=SAMPLES)
    entry, *_ = sealed.entries()
    assert (entry.records, sealed.stats["records"]) == (3, 3)
    assert entry.longest < 2 * pieces.PIECE_BYTES < len(orjson.dumps(record)) / 3
    rows, counts = typed([sealed], SAMPLES)
    assert counts == Counts(landed=4000, stored=4000, duplicates=0, outside=0, undated=0)
    assert shown(rows, "person", "parent_place", "place", "email") == [
        (person, around, place, f"{place}@example.com")
        for person, around in (("u1", 1), ("u2", 2))
        for place in range(2000)
    ]
    assert json.loads(rows[1999]["_extra"]) == {"$parent": {"user": {"new": 1}}, "$leg": {"more": "x" * 999}}


def test_a_piece_that_is_missing_is_told(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", 40)
    sealed = land(lake, [[{"samples": [{"at": 1}] * 9}]], table=SAMPLES)
    file = sealed.path / "pages.jsonl.zst"
    lines = (
        zstandard.ZstdDecompressor().stream_reader(file.read_bytes(), read_across_frames=True).read().splitlines(True)
    )
    other = (
        b'{"t":7,"x":"' + random.Random(1).randbytes(900).hex().encode() + b'"}\n'
    )  # so that the file is long enough
    file.write_bytes(zstandard.compress(b"".join([*lines[:-1], other])))
    with pytest.raises(LakeError, match=f"holds {len(lines) - 1} lines instead of {len(lines)}"):
        typed([sealed], SAMPLES)


def test_a_list_that_a_column_reads_as_a_whole_is_not_cut():
    assert pieces.rows_list(SAMPLES, SAMPLES.endpoints[0]) == ("samples",)
    all_of_it = Column("all", Type.JSON, "", source=Field("$parent.samples"))
    table = replace(SAMPLES, columns=(*SAMPLES.columns, all_of_it))
    assert pieces.rows_list(table, table.endpoints[0]) == ()
    assert pieces.rows_list(CALLS, CALLS.endpoints[0]) == ()


def test_rows_that_look_alike_on_neighbouring_pages_are_one_only_if_they_are_equal(lake: Lake):
    twin = Column("twin", Type.INTEGER, "", required=True, source=Field("$twin"))
    table = replace(CALLS, key=("call_id", "leg", "twin"), columns=(*CALLS.columns, twin))
    pages = [[call(1, score=1), call(2, score=2)], [call(2, score=2), call(1, score=3)]]
    rows, counts = typed([land(lake, pages, table=table)], table)
    assert shown(rows, "call_id", "twin", "score") == [("1", 0, 1.0), ("1", 1, 3.0), ("2", 0, 2.0)]
    assert counts.duplicates == 1
