"""What each privacy profile lets through, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Personal
from reporting_assets.contracts.places import root_paths
from reporting_assets.lake.errors import PrivacyError
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy, looks_secret, pseudonym
from reporting_assets_tests.lake.example import CALLS, KEY, call, everything_under, land, row_of
from reporting_assets_tests.reference import vectors

FETCHED = [table for table in contracts.TABLES if not table.is_derived]


def clean(profile: str, record: dict[str, Any], endpoint: str = "list_calls") -> dict[str, Any]:
    return Policy(profile, KEY).cleaner(CALLS, endpoint)([record])[0]


RECORD = {
    "id": 7,
    "owner_id": "Ab=",
    "contact": {"mail": " Jo@Example.com ", "name": "Jo", "phone": "1"},
    "subject": "Pay",
    "device": "Laptop",
    "pin": "1234",
    "brand_new": {"deep": [{"x": 1, "accessToken": "t"}]},
    "download_url": "https://example.com/x",
    "joinUrl": "https://example.com/y",
    "tags": [{"host_key": "9", "tag": "a"}],
}


def test_standard_keeps_identities_and_removes_content_devices_and_secrets():
    assert clean("standard", RECORD) == {
        "id": 7,
        "owner_id": "Ab=",
        "contact": {"mail": " Jo@Example.com ", "name": "Jo"},
        "brand_new": {"deep": [{"x": 1}]},
        "tags": [{"tag": "a"}],
    }


def test_full_removes_nothing_but_secrets():
    assert clean("full", RECORD) == {
        key: value for key, value in RECORD.items() if key not in ("pin", "download_url", "joinUrl")
    } | {"brand_new": {"deep": [{"x": 1}]}, "tags": [{"tag": "a"}]}


def test_pseudonymous_keeps_only_what_it_knows_and_replaces_ids_and_addresses():
    assert clean("pseudonymous", RECORD) == {
        "id": 7,
        "owner_id": pseudonym(KEY, "Ab="),
        "contact": {"mail": pseudonym(KEY, "jo@example.com")},
        "tags": [{"tag": "a"}],
    }


def test_the_cleaner_does_not_change_what_it_was_given():
    record = {"id": 1, "brand_new": {"token": "t"}}
    clean("standard", record)
    assert record == {"id": 1, "brand_new": {"token": "t"}}


def test_an_empty_id_stays_empty_and_an_id_that_is_a_number_becomes_a_pseudonym():
    assert clean("pseudonymous", {"owner_id": ""}) == {"owner_id": ""}
    assert clean("pseudonymous", {"owner_id": 5}) == {"owner_id": pseudonym(KEY, "5")}
    assert clean("pseudonymous", {"owner_id": {"unexpected": "Jo"}}) == {"owner_id": None}


def test_ids_that_differ_in_case_are_different_people_and_addresses_are_not():
    assert pseudonym(KEY, "aB==") != pseudonym(KEY, "ab==")
    assert pseudonym(KEY, "A@B.c") == pseudonym(KEY, "a@b.c")


def test_a_field_that_two_columns_read_gets_the_stricter_treatment():
    users = contracts.table("zoom.users")  # `id` is user_key (identity) and user_id
    cleaned = Policy("pseudonymous", KEY).cleaner(users, "list_users")(
        [{"id": "U1", "email": "A@b.c", "first_name": "A"}]
    )
    assert cleaned == [{"id": pseudonym(KEY, "U1"), "email": pseudonym(KEY, "a@b.c")}]


def test_a_value_in_the_place_of_a_level_that_holds_personal_fields_is_removed():
    assert clean("pseudonymous", {"contact": "jo@example.com"}) == {}
    assert clean("standard", {"contact": ["jo"]}) == {"contact": ["jo"]}


def test_values_of_the_request_are_treated_as_the_columns_that_read_them():
    columns = {"kind": "past", "user_id": "Ab=", "not_in_contract": "x"}
    assert Policy("standard").clean_request_columns(CALLS, columns) == {"kind": "past", "user_id": "Ab="}
    assert Policy("pseudonymous", KEY).clean_request_columns(CALLS, columns) == {
        "kind": "past",
        "user_id": pseudonym(KEY, "Ab="),
    }


def test_nothing_personal_reaches_the_disk_under_pseudonymous(lake: Lake):
    policy = Policy("pseudonymous", KEY)
    sealed = land(
        lake,
        [[RECORD]],
        policy=policy,
        endpoint="report_calls",
        columns={"user_id": "Ab="},
        key="report_calls?userId=Ab=",
    )
    stored = everything_under(lake.root)
    assert sealed.stats["records"] == 1
    for told in (b"Ab=", b"xample.com", b"Jo", b"Pay", b"Laptop", b"1234", b"brand_new", b'"9"'):
        assert told not in stored, told


def test_secrets_never_reach_the_disk(lake: Lake):
    land(lake, [[RECORD]], policy=Policy("full"))
    stored = everything_under(lake.root)
    for told in (b"1234", b"https://", b"accessToken", b"host_key"):
        assert told not in stored, told


def test_a_secret_column_is_unknown_even_if_it_was_landed(lake: Lake):
    assert row_of(lake, call(pin="1234"))["pin"] is None


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "accessToken",
        "download_token",
        "password",
        "h323_password",
        "passcode",
        "secret",
        "clientSecret",
        "jwt",
        "host_key",
        "hostKey",
        "download_url",
        "play_url",
        "join_url",
        "joinUrl",
        "start_url",
        "downloadUrl",
        "Start-URL",
        "host_access_code",
    ],
)
def test_names_that_look_secret(name: str):
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["tokenized_at", "passed", "keyboard", "url", "share_count", "host", "custom_keys", "secretary"]
)
def test_names_that_do_not(name: str):
    assert not looks_secret(name)


@pytest.mark.parametrize("key", [None, b"", b"short"])
def test_a_missing_or_short_key_is_one_clear_sentence(key: bytes | None):
    with pytest.raises(PrivacyError, match="REPORTING_PSEUDONYM_KEY") as raised:
        Policy("pseudonymous", key)
    assert "short" not in str(raised.value)


def test_an_unknown_profile_is_refused():
    with pytest.raises(PrivacyError, match="use standard, pseudonymous or full"):
        Policy("secretive")


def test_the_label_tells_keys_apart_without_telling_them():
    one, other = Policy("pseudonymous", KEY).label, Policy("pseudonymous", KEY[::-1]).label
    assert one != other
    assert KEY.decode() not in one


@pytest.mark.parametrize("case", vectors("pseudonym_hmac_sha256"), ids=lambda case: case["source"])
def test_reference_pseudonyms(case: dict[str, str]):
    value = case.get("message_utf8", case.get("raw_email", ""))
    assert pseudonym(case["key_utf8"].encode(), value) == case["expected_hex"]


@pytest.mark.parametrize("table", FETCHED, ids=lambda table: table.id)
def test_every_report_keeps_no_name_and_no_secret_under_pseudonymous(table):
    for endpoint in table.endpoints:
        record: dict[str, Any] = {}
        for column in table.columns:
            for names in root_paths(endpoint, column.field_in(endpoint.name)):
                *levels, last = names
                level = record
                for name in levels:
                    below = level.setdefault(name, {})
                    level = below if isinstance(below, dict) else {}
                if not isinstance(level.get(last), dict):
                    level[last] = "PLAIN" if column.personal is Personal.NONE else f"personal {column.personal}"
        cleaned = json.dumps(Policy("pseudonymous", KEY).cleaner(table, endpoint.name)([record]))
        assert "personal" not in cleaned
        kept = json.dumps(Policy("standard").cleaner(table, endpoint.name)([record]))
        assert not any(f"personal {each}" in kept for each in (Personal.SECRET, Personal.CONTENT, Personal.DEVICE))


def test_what_users_repeat_of_the_question_is_known() -> None:
    """Users say their own status, which the contract takes from the request: it is no unknown field."""
    clean = Policy("pseudonymous", b"k" * 32).cleaner(contracts.table("zoom.users"), "list_users")
    assert clean([{"status": "active", "never_heard_of": 1}]) == [{"status": "active"}]


@pytest.mark.parametrize(
    "name", ["ip_address", "deviceName", "phone_number", "geo", "meeting_summary", "chat_text", "macAddress"]
)
def test_standard_leaves_out_unknown_fields_that_sound_private(name: str) -> None:
    record = {"id": "u1", "status": "active", name: "x", "nested": {name: "x", "size": 3}}
    kept = Policy("standard").cleaner(contracts.table("zoom.users"), "list_users")([record])[0]
    assert name not in kept
    assert kept["nested"] == {"size": 3}
    assert Policy("full").cleaner(contracts.table("zoom.users"), "list_users")([record])[0][name] == "x"


@pytest.mark.parametrize("name", ["ai_companion_used", "plan_level", "is_external", "rooms_count", "relationship"])
def test_standard_keeps_unknown_fields_that_do_not(name: str) -> None:
    kept = Policy("standard").cleaner(contracts.table("zoom.users"), "list_users")([{"id": "u1", name: 7}])[0]
    assert kept[name] == 7
