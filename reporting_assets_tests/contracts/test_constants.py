"""Constants of the catalogue: what they name exists, and what reads what is what the models say."""

from __future__ import annotations

from datetime import date

import pytest

from reporting_assets import contracts
from reporting_assets.contracts import constants
from reporting_assets.contracts.constants import BREAKS, CONSTANTS, Break, Constant
from reporting_assets.models import run


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.name)
def test_a_break_names_tables_that_exist_and_says_where_it_is_from(each: Break) -> None:
    assert {contracts.table(name).id for name in each.tables} == set(each.tables)
    assert each.source.startswith("https://")
    assert each.what.endswith(".")
    assert each.reading.endswith(".")


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.id)
def test_a_constant_is_described(constant: Constant) -> None:
    assert constant.description.startswith("One row per ")
    assert all(column.meaning.endswith(".") for column in constant.columns)
    assert constant.rows
    assert all(len(row) == len(constant.columns) for row in constant.rows)
    assert len(set(constant.rows)) == len(constant.rows)


def test_breaks_of_a_table_are_those_between_two_days() -> None:
    table = contracts.table("utilization.account_daily")
    assert [each.name for each in constants.breaks_of(table, date(2023, 3, 3), date(2023, 3, 3))] == [
        "guest_ids_hidden"
    ]
    assert constants.breaks_of(table, date(2023, 3, 4), date(2026, 1, 1)) == []
    assert constants.breaks_of(contracts.table("zoom.rooms"), date(2020, 1, 1), date(2026, 12, 31)) == []


def test_a_derived_table_rests_on_reports_alone_and_on_all_that_it_reads() -> None:
    for table in contracts.TABLES:
        reports = constants.reports_of(table)
        assert not any(contracts.table(report).is_derived for report in reports)
        if table.is_derived:
            for read in run.input_partitions(table, "2026-11-12" if table.partition == "day" else "2026-11"):
                assert constants.reports_of(contracts.table(read)) <= reports
    assert {"zoom.meetings", "zoom.meeting_participants"} <= constants.reports_of(
        contracts.table("engagement.meeting_engagement")
    )
