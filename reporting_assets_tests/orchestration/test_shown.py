"""What the UI is given of rows: a sample without anything personal, and a plot."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.contracts import constants
from reporting_assets.contracts.model import Personal, Table, Type
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.orchestration import plots, sample

DAY = "2026-11-19"
MEETINGS = contracts.table("zoom.meetings")
PNG = b"\x89PNG"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", "sandbox").open()


def value(name: str, type_: Type) -> Any:
    """A value that can be recognised by its column's name."""
    moment = datetime(2026, 11, 19, 9, tzinfo=UTC)
    values = {
        Type.TEXT: f"value-of-{name}",
        Type.JSON: f'["value-of-{name}"]',
        Type.INTEGER: 7,
        Type.NUMBER: 7.5,
        Type.BOOLEAN: True,
        Type.TIMESTAMP: moment,
        Type.DATE: date(2026, 11, 19),
        Type.DECIMAL: Decimal("7.25"),
        Type.LIST: [],
    }
    return values[type_]


def write(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table, key: str = DAY, **changed: Any) -> None:
    row = (
        {column.name: value(column.name, column.type) for column in table.all_columns}
        | {"_source": "sandbox"}
        | changed
    )
    rows = pa.Table.from_pylist([row], schema=arrow_schema(table))
    store.write_partition(con, lake, table, key, rows.to_reader(), manifest={})


@pytest.mark.parametrize(
    "table",
    [each for each in contracts.TABLES if not each.is_derived and each.schema == "zoom" and each.partition == "day"],
    ids=lambda table: table.id,
)
def test_a_sample_shows_nothing_personal(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> None:
    changed = {"zoom.users": {"status": "active"}, "zoom.chat_messages": {"event": "sent"}}.get(table.id, {})
    write(con, lake, table, **changed)
    text = sample.preview(con, lake, table, [DAY])["sample"].md_str
    for column in table.columns:
        is_shown = f"value-of-{column.name} " in text or f'value-of-{column.name}"' in text
        if column.personal is not Personal.NONE:
            assert not is_shown, f"{column.name} is {column.personal} and stands in the sample"
            assert f"| {column.name} |" not in text


def test_a_sample_cannot_break_out_of_its_table(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    write(con, lake, MEETINGS, host_department="a|b\n<img src=x>" + "y" * 100)
    text = sample.preview(con, lake, MEETINGS, [DAY])["sample"].md_str
    assert "a\\|b &lt;img src=x>" in text
    assert "y" * 41 not in text
    assert len(text.splitlines()) == 5


def test_nothing_committed_has_no_sample(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    assert sample.preview(con, lake, MEETINGS, []) == {}


def test_a_plot_is_a_picture_of_the_days(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    write(con, lake, MEETINGS)
    [(name, plot)] = plots.recent_days(con, lake, MEETINGS).items()
    assert name == "last 1 days"
    encoded = plot.value.split("base64,")[1].rstrip(")")
    assert base64.b64decode(encoded).startswith(PNG)


def test_a_plot_marks_the_days_on_which_a_vendor_changed_its_figures(
    con: duckdb.DuckDBPyConnection, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = contracts.table("zoom.meeting_participants")
    for day in (date(2023, 3, 1), date(2023, 3, 5)):
        write(con, lake, table, key=str(day), dt=day)
    [plot] = plots.recent_days(con, lake, table).values()
    marked = plot.value
    assert "; marked: guest_ids_hidden (2023-03-03)]" in marked
    monkeypatch.setattr(constants, "BREAKS", ())
    [plot] = plots.recent_days(con, lake, table).values()
    assert "marked" not in plot.value
    assert plot.value.partition("](")[2] != marked.partition("](")[2], "the picture shows it too"


def test_every_plotted_table_exists_and_is_daily() -> None:
    for table_id in plots.PLOTS:
        assert contracts.table(table_id).partition == "day"


def test_every_plot_can_be_drawn_of_an_empty_and_of_a_full_day(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    for table_id in plots.PLOTS:
        table = contracts.table(table_id)
        assert plots.recent_days(con, lake, table) == {}
        rows = pa.Table.from_pylist([], schema=arrow_schema(table))
        store.write_partition(con, lake, table, DAY, rows.to_reader(), manifest={})
        assert plots.recent_days(con, lake, table)
