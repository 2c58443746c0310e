"""UUIDs and numbers lead back to their meetings, and are as awkward as real ones."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from reporting_assets.sandbox.identifiers import (
    MeetingIds,
    day_of_number,
    one_off_number,
    personal_number,
    series_number,
)

DAYS, PLACES = st.integers(18_000, 30_000), st.integers(0, 99_999)


@given(day=DAYS, place=PLACES, seed=st.integers(0, 1000))
def test_uuid_leads_back(day: int, place: int, seed: int) -> None:
    ids = MeetingIds(seed)
    uuid = ids.uuid(day, place)
    assert len(base64.b64decode(uuid)) == 16
    assert ids.locate(uuid) == (day, place)
    assert MeetingIds(seed + 1).locate(uuid) is None


@given(text=st.text(max_size=40))
def test_other_text_is_no_uuid(text: str) -> None:
    assert MeetingIds(7).locate(text) is None


@given(day=DAYS, place=PLACES)
def test_one_off_number_leads_back(day: int, place: int) -> None:
    number = one_off_number(day, place)
    assert len(str(number)) == 11
    assert day_of_number(number) == day


def test_numbers_of_different_kinds_never_meet() -> None:
    numbers = {one_off_number(20_000 + place // 1000, place) for place in range(5000)}
    numbers |= {series_number(series) for series in range(5000)}
    numbers |= {personal_number(person) for person in range(100_000)}
    assert len(numbers) == 110_000
    assert day_of_number(series_number(3)) is None
    assert day_of_number(personal_number(3)) is None


def test_some_uuids_need_double_encoding() -> None:
    ids = MeetingIds(7)
    uuids = [ids.uuid(20_000, place) for place in range(5000)]
    assert len(set(uuids)) == 5000
    assert 0.02 < sum(uuid.startswith("/") for uuid in uuids) / 5000 < 0.07
    assert 0.01 < sum("//" in uuid for uuid in uuids) / 5000 < 0.06
