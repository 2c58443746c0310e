"""That a comparison with a recount fails where it must: a wrong figure, and one that no recount has."""

from __future__ import annotations

from datetime import date

import pytest

from reporting_assets_tests.integration.figures import figures, same, same_rows

TABLE = "utilization.telephony_daily"
ROW = {"legs": 3, "instances": 2, "leg_seconds": 61, "billed_minutes": 2, "cost_usd": None}


def test_figures_are_the_numbers_that_no_key_has() -> None:
    assert figures(TABLE) == ROW.keys()
    assert "usage_hour" not in figures("utilization.crc_hourly")
    assert "license_type" not in figures("utilization.host_monthly")


def test_what_is_equal_passes() -> None:
    same(TABLE, {**ROW, "country": "US"}, ROW)
    same_rows(TABLE, [{**ROW, "country": "US"}, ROW], [ROW, ROW])


@pytest.mark.parametrize("wrong", [{"legs": 4}, {"legs": None}, {"cost_usd": 0}])
def test_a_wrong_figure_fails(wrong: dict[str, int | None]) -> None:
    with pytest.raises(AssertionError, match=next(iter(wrong))):
        same(TABLE, ROW | wrong, ROW)
    with pytest.raises(AssertionError, match="stored alone"):
        same_rows(TABLE, [ROW, ROW | wrong], [ROW, ROW])


def test_rows_too_many_or_too_few_fail() -> None:
    for rows in ([], [ROW], [ROW, ROW, ROW]):
        with pytest.raises(AssertionError, match="alone"):
            same_rows(TABLE, rows, [ROW, ROW])


def test_a_second_apart_is_not_equal() -> None:
    row = dict.fromkeys(figures("utilization.recording_storage_monthly"))
    minute = row | {"plan_used_rate": 0.5, "used_bytes_mean": 100.0, "last_date": date(2026, 10, 31)}
    same("utilization.recording_storage_monthly", minute | {"used_bytes_mean": 100.0000000001}, minute)
    with pytest.raises(AssertionError, match="used_bytes_mean"):
        same("utilization.recording_storage_monthly", minute | {"used_bytes_mean": 100 + 1 / 60}, minute)


def test_a_figure_that_is_in_no_recount_fails() -> None:
    recounted = {name: value for name, value in ROW.items() if name != "legs"}
    with pytest.raises(AssertionError, match=r"\['legs'\] are in no recount"):
        same(TABLE, ROW, recounted)
    with pytest.raises(AssertionError, match=r"\['legs'\] are in no recount"):
        same_rows(TABLE, [ROW], [recounted])
