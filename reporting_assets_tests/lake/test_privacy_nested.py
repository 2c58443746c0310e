"""What may be stored of records within records: lists, legs, elements, list columns, shared landings."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Column, Field, Item, Parse, Personal, Type
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy, pseudonym
from reporting_assets_tests.lake.example import CALLS, DAY, KEY, NOW, everything_under, land, typed
from reporting_assets_tests.lake.nested import SAMPLES

RECORD = {
    "user": {"id": "U1", "email": "Jo@example.com", "fax": "1"},
    "addresses": ["10.0.0.1"],
    "new": {"deep": [{"token": "t", "size": 1}]},
    "samples": [
        {
            "email": "Own@example.com",
            "people": [{"id": "P1", "facts": {"age": 3, "ip": "i"}, "name": "Al", "pin": "1"}, "odd", None],
            "sound": [{"number": 1, "new": 2, "password": "p"}],
            "picture": {"rate": "5 kbps"},
        }
    ],
}


def clean(profile: str, record: dict[str, Any], table=SAMPLES) -> dict[str, Any]:
    return Policy(profile, KEY).cleaner(table, table.endpoints[0].name)([record])[0]


def test_standard_reaches_into_lists():
    assert clean("standard", RECORD) == {
        "user": {"id": "U1", "email": "Jo@example.com", "fax": "1"},
        "new": {"deep": [{"size": 1}]},
        "samples": [
            {
                "email": "Own@example.com",
                "people": [{"id": "P1", "facts": {"age": 3}, "name": "Al", "pin": "1"}, "odd", None],
                "sound": [{"number": 1, "new": 2}],
                "picture": {"rate": "5 kbps"},
            }
        ],
    }


def test_pseudonymous_reaches_into_lists_and_keeps_places():
    assert clean("pseudonymous", RECORD) == {
        "user": {"id": pseudonym(KEY, "U1"), "email": pseudonym(KEY, "jo@example.com")},
        "samples": [
            {
                "email": pseudonym(KEY, "own@example.com"),
                "people": [{"id": pseudonym(KEY, "P1"), "facts": {"age": 3}}, None, None],
                "sound": [{"number": 1}],
                "picture": {"rate": "5 kbps"},
            }
        ],
    }


def with_people(personal: Personal, *items: Item) -> Any:
    column = Column("people", Type.LIST, "", personal=personal, source=Field("people"), items=items)
    return replace(CALLS, columns=(*CALLS.columns, column))


ID = Item("person_id", Type.TEXT, "", "id", personal=Personal.USER_ID)
PLAIN = Item("age", Type.INTEGER, "", "age")


@pytest.mark.parametrize(
    ("profile", "personal", "expected"),
    [
        ("standard", Personal.NONE, [{"id": "a", "age": 1, "x": 2}]),
        ("standard", Personal.CONTENT, None),
        ("full", Personal.CONTENT, [{"id": "a", "age": 1, "x": 2}]),
        ("full", Personal.SECRET, None),
        ("pseudonymous", Personal.NONE, [{"id": pseudonym(KEY, "a"), "age": 1}]),
        ("pseudonymous", Personal.USER_ID, [{"id": pseudonym(KEY, "a"), "age": pseudonym(KEY, "1")}]),
        ("pseudonymous", Personal.IDENTITY, None),
    ],
)
def test_items_follow_the_stricter_of_their_own_class_and_their_columns(
    profile: str, personal: Personal, expected: Any
):
    people = [{"id": "a", "age": 1, "x": 2, "api_key": "k"}]
    assert clean(profile, {"people": people}, with_people(personal, ID, PLAIN)).get("people") == expected


def test_items_whose_names_look_secret_are_never_kept():
    table = with_people(Personal.NONE, Item("host_key", Type.TEXT, "", "host_key"), PLAIN)
    for profile in ("standard", "pseudonymous", "full"):
        assert clean(profile, {"people": [{"host_key": "k", "age": 1}]}, table)["people"] == [{"age": 1}]


def test_lists_of_plain_ids_become_pseudonyms():
    table = with_people(Personal.USER_ID, Item("id", Type.TEXT, "", ""))
    assert clean("pseudonymous", {"people": ["a", "", None, {"id": "a"}]}, table)["people"] == [
        pseudonym(KEY, "a"),
        "",
        None,
        None,
    ]


def test_two_ways_to_write_an_id_are_one_pseudonym():
    column = Column("id", Type.TEXT, "", personal=Personal.USER_ID, source=Field("braced", Parse.BRACED_ID))
    table = replace(CALLS, columns=(*CALLS.columns, column))
    found = {clean("pseudonymous", {"braced": text}, table)["braced"] for text in ("{AB-1}", "ab-1", " {ab-1} ")}
    assert found == {pseudonym(KEY, "ab-1")}


def test_nothing_personal_of_nested_records_reaches_the_disk(lake: Lake):
    sealed = land(lake, [[RECORD]], table=SAMPLES, policy=Policy("pseudonymous", KEY))
    stored = everything_under(lake.root)
    for told in (b"Jo@", b"U1", b"P1", b"Own@", b"10.0.0.1", b'"Al"', b"fax", b"token"):
        assert told not in stored, told
    rows, _ = typed([sealed], SAMPLES)
    assert [(row["kind"], row["number"], row["rate_kbps"]) for row in rows] == [
        ("picture", None, 5.0),
        ("sound", 1, None),
    ]
    assert rows[0]["person"] == pseudonym(KEY, "U1")
    assert rows[0]["_extra"] is None


def test_a_page_of_nested_records_is_not_changed():
    before = json.dumps(RECORD)
    clean("standard", RECORD)
    assert json.dumps(RECORD) == before


def test_what_a_sharing_table_reads_is_landed_for_it(lake: Lake):
    """Meetings of a host are listed by calls that answer about webinars as well."""
    meetings, webinars = contracts.table("zoom.meetings"), contracts.table("zoom.webinars")
    [ask] = [ask for ask in webinars.asks if ask.landing_of == meetings.id]
    asked = webinars.endpoint(ask.endpoint)
    own = {
        field.path
        for column in webinars.columns
        if column.personal is Personal.NONE and (field := column.field_in(asked.name)) and "." not in field.path
    }
    record = dict.fromkeys(own, "5")
    with lake.landing(meetings, DAY).begin(
        run_id="r", started_at=NOW, resume_after=NOW, policy=Policy("pseudonymous", KEY)
    ) as attempt:
        columns = {"user_id": "u", "type": "past"}
        attempt.append("k", endpoint=asked.name, columns=columns, page=1, records=[record])
        attempt.finish("k", status="complete", pages=1, records=1)
        attempt.seal()
    stored = everything_under(lake.root / "_landing").decode(errors="replace")
    for name in own:
        assert f'"{name}":"5"' in stored
    assert pseudonym(KEY, "u") in stored
