"""Conventions every contract keeps; each failure says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.dictionary import dictionary
from reporting_assets.contracts.model import Table, Type

ROOT = Path(__file__).resolve().parents[2]
SUFFIX_MEANS_UNIT = {"_seconds": "seconds", "_minutes": "minutes", "_bytes": "bytes"}
every_table = pytest.mark.parametrize("table", contracts.EVERY_TABLE, ids=lambda table: table.id)


def test_the_dictionary_is_current() -> None:
    assert (ROOT / "docs/data_dictionary.md").read_text() == dictionary(), "run `make docs`"


def test_an_unknown_table_names_those_that_exist() -> None:
    with pytest.raises(KeyError, match=r"zoom\.meetings"):
        contracts.table("zoom.meeting")


@every_table
def test_the_description_begins_with_the_grain(table: Table) -> None:
    assert table.description.startswith("One row per "), f"{table.id}: begin `grain` with 'One row per ...'"


@every_table
def test_names_are_standard(table: Table) -> None:
    for column in table.all_columns:
        assert re.fullmatch(r"_?[a-z][a-z0-9_]*", column.name), f"{table.id}.{column.name}: use snake_case"
        if column.type is Type.TIMESTAMP:
            assert column.name.endswith("_at"), f"{table.id}.{column.name}: a timestamp's name ends in _at"
        if column.type is Type.BOOLEAN:
            assert column.name.startswith(("is_", "has_")), (
                f"{table.id}.{column.name}: begin a boolean with is_ or has_"
            )
        for suffix, unit in SUFFIX_MEANS_UNIT.items():
            if column.name.endswith(suffix) and column.type in (Type.INTEGER, Type.NUMBER):
                assert column.unit == unit, f"{table.id}.{column.name}: state its unit, {unit}"


@every_table
def test_every_column_has_a_meaning(table: Table) -> None:
    for column in table.all_columns:
        assert column.meaning.endswith("."), f"{table.id}.{column.name}: write its meaning as a sentence"


@every_table
def test_fetched_columns_say_where_they_stand(table: Table) -> None:
    if table.is_derived:
        return
    for column in table.columns:
        assert any(column.field_in(endpoint.name) for endpoint in table.endpoints), (
            f"{table.id}.{column.name}: no endpoint delivers it"
        )


@every_table
def test_inputs_exist_and_come_earlier(table: Table) -> None:
    order = [one.id for one in contracts.EVERY_TABLE]
    for read in table.inputs:
        assert order.index(read.table) < order.index(table.id), f"{table.id}: declare it after {read.table}"
