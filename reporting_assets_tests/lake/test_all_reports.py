"""Every report's contract is one that typing, storing and reading understand, whatever it is made of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Endpoint, Partition, Table, Type
from reporting_assets.contracts.places import request_names, root_paths
from reporting_assets.contracts.sql import sql_type
from reporting_assets.lake import schema, store
from reporting_assets.lake.errors import ContractError
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets.lake.typed import typed_rows
from reporting_assets_tests.lake.example import CALLS, DAY, NOW, call, land, typed
from reporting_assets_tests.lake.nested import SAMPLES

FETCHED = [(table, endpoint) for table in contracts.TABLES for endpoint in table.endpoints]


def made_up(table: Table, endpoint: Endpoint) -> dict[str, Any]:
    """A record that has every field some column reads; each value is a text."""
    record: dict[str, Any] = {}
    for column in table.columns:
        for names in root_paths(endpoint, column.field_in(endpoint.name)):
            level = record
            for name in names[:-1]:
                below = level.setdefault(name, {})
                level = below if isinstance(below, dict) else {}
            value = [{item.path: "1" for item in column.items}] if column.type is Type.LIST else "1"
            level.setdefault(names[-1], value)
    return record


@pytest.mark.parametrize(
    ("table", "endpoint"), FETCHED, ids=lambda each: each.id if isinstance(each, Table) else each.name
)
def test_every_column_of_every_report_is_read_and_nothing_known_is_left_over(
    lake: Lake, table: Table, endpoint: Endpoint
):
    key = DAY if table.partition is Partition.DAY else DAY[:7]
    names = {name for column in table.columns for name in request_names(column.field_in(endpoint.name))}
    sealed = land(
        lake,
        [[made_up(table, endpoint), {}]],
        table=table,
        unit=key,
        endpoint=endpoint.name,
        columns=dict.fromkeys(names, f"{DAY}T10:00:00Z"),
    )
    with duckdb.connect() as con:
        result = typed_rows(con, table, key, [sealed], "sandbox")
        rows = result.reader.read_all()
    counts = result.counts
    assert counts.landed >= 1
    assert counts.landed == counts.stored + counts.duplicates + counts.outside + counts.undated
    assert rows.schema.equals(schema.arrow_schema(table))
    assert rows.column("_extra").to_pylist() == [None] * rows.num_rows


def typed_samples(lake: Lake) -> tuple[Any, Any]:
    sealed = land(
        lake, [[{"cost": "1.5", "addresses": ["a"], "samples": [{"people": [{"id": 1}]}, {}]}]], table=SAMPLES
    )
    con = duckdb.connect()
    return con, typed_rows(con, SAMPLES, DAY, [sealed], "sandbox")


def test_lists_and_money_are_stored_and_read_back(lake: Lake):
    written = []
    for _ in range(2):
        con, result = typed_samples(lake)
        with con:
            path = store.write_partition(con, lake, SAMPLES, DAY, result.reader, manifest={}).path
            written.append(path.read_bytes())
            store.attach(con, lake, SAMPLES)
            rows = con.execute("SELECT cost, addresses, people FROM test.samples ORDER BY place").fetchall()
    assert written[0] == written[1]
    person = {"person_id": "1", "age": None, "name": None}
    assert rows == [(Decimal("1.5000"), [{"address": "a"}], [person]), (Decimal("1.5000"), [{"address": "a"}], None)]


def test_a_list_of_other_items_is_not_the_contracts(lake: Lake):
    con, result = typed_samples(lake)
    with con:
        table = result.reader.read_all()
    place = table.schema.get_field_index("people")
    other = table.set_column(place, "people", table.column("addresses")).to_reader()
    with duckdb.connect() as con, pytest.raises(ContractError, match="column people is list"):
        store.write_partition(con, lake, SAMPLES, DAY, other, manifest={})


def test_a_view_without_files_has_the_lists(lake: Lake):
    with duckdb.connect() as con:
        store.attach(con, lake, SAMPLES)
        found = dict(con.execute("SELECT column_name, column_type FROM (DESCRIBE test.samples)").fetchall())
    assert found["cost"] == "DECIMAL(18,4)"
    assert found["people"] == 'STRUCT(person_id VARCHAR, age BIGINT, "name" VARCHAR)[]'


def test_a_list_without_items_is_refused():
    column = replace(SAMPLES.column("people"), items=())
    with pytest.raises(ValueError, match="people has no items"):
        sql_type(column)


def test_the_longest_line_is_known_after_a_restart(lake: Lake):
    """Readers take memory by it, and refuse longer lines."""
    opened = {"run_id": "r", "started_at": NOW, "resume_after": NOW, "policy": Policy("full")}
    long = call(1, subject="x" * 6_000_000)
    area = lake.landing(CALLS, DAY)
    with area.begin(**opened) as attempt:
        attempt.append("a", endpoint="list_calls", columns={}, page=1, records=[long])
        attempt.finish("a", status="complete", pages=1, records=1)
    with area.begin(**opened) as attempt:
        attempt.append("a", endpoint="list_calls", columns={}, page=1, records=[call(2)])
        attempt.finish("a", status="complete", pages=1, records=1)
        sealed = attempt.seal()
    assert sealed.entries()[0].longest > 6_000_000
    rows, counts = typed([sealed])
    assert ([row["call_id"] for row in rows], counts.landed) == (["2"], 1)


def test_a_page_without_records_does_not_shift_places(lake: Lake):
    one = {"samples": [{}]}
    rows, _ = typed([land(lake, [[one], [], [one, one], [], [one]], table=SAMPLES)], SAMPLES)
    assert [row["parent_place"] for row in rows] == [0, 1, 2, 3]


def test_a_vendors_day_is_whole_in_whatever_zone_it_says_when_it_began(lake: Lake):
    """The account's midnight may lie on the UTC day before; the one day that was asked for must not be lost for it."""
    table = contracts.table("zoom.crc_ports")
    hours = [{"hour": f"{hour:02}", "max_usage": 1, "total_usage": 2} for hour in range(24)]
    record = {"date_time": "2026-11-19T23:00:00Z", "crc_ports_hour_usage": hours}
    rows, counts = typed([land(lake, [[record]], table=table, unit="2026-11-20")], table, "2026-11-20")
    assert len(rows) == counts.landed == 24
