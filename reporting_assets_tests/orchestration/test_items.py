"""Items chosen by a contract's SQL from the list in the lake: types, options, order, months, and a list that is not there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.asking import PerItem
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.orchestration.items import counted, items

MEETINGS, PARTICIPANTS = contracts.table("zoom.meetings"), contracts.table("zoom.meeting_participants")
INSTANCES = contracts.table("zoom.meeting_instances")
ASK = PerItem(
    endpoint="past_meeting_participants",
    parent="zoom.meetings",
    select={"meeting_uuid": "meeting_uuid", "joins": "vendor_participant_joins", "topic": "topic"},
    where="joins < $quality_random_percent",
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    opened = Lake(tmp_path, "sandbox").open()
    with duckdb.connect() as con:
        for day, joins in (("2026-11-18", (9, 10)), ("2026-11-19", (100, 7))):
            rows = [_meeting(day, place, count) for place, count in enumerate(joins)]
            reader = pa.Table.from_pylist(rows, schema=arrow_schema(MEETINGS)).to_reader()
            store.write_partition(con, opened, MEETINGS, day, reader, manifest={})
    return opened


def _meeting(day: str, place: int, joins: int) -> dict[str, object]:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {
        "dt": moment.date(),
        "meeting_uuid": f"{day}/{place}",
        "meeting_number": "1",
        "listing": "past",
        "started_at": moment,
        "vendor_participant_joins": joins,
        "_ingested_at": moment,
        "_source": "sandbox",
        "_endpoint": "/metrics/meetings",
        "_run_id": "r",
    }


def chosen(lake: Lake, ask: PerItem, key: str, most: int) -> list[dict[str, str]]:
    with duckdb.connect() as con:
        found = list(items(con, lake, PARTICIPANTS, ask, key, {"quality_random_percent": most}))
        assert counted(con, lake, PARTICIPANTS, ask, key, {"quality_random_percent": most}) == len(found)
    return found


def test_options_are_compared_as_what_they_are(lake: Lake) -> None:
    """As texts, '9' would be more than '10'."""
    assert chosen(lake, ASK, "2026-11-18", 10) == [{"meeting_uuid": "2026-11-18/0", "joins": "9"}]
    assert chosen(lake, ASK, "2026-11-19", 10) == [{"meeting_uuid": "2026-11-19/1", "joins": "7"}]
    assert len(chosen(lake, ASK, "2026-11-18", 11)) == 2


def test_a_month_has_the_items_of_its_days_each_once(lake: Lake) -> None:
    ask = PerItem(endpoint="e", parent="zoom.meetings", select={"meeting_number": "meeting_number"})
    with duckdb.connect() as con:
        assert list(items(con, lake, INSTANCES, ask, "2026-11", {})) == [{"meeting_number": "1"}]


def test_a_list_that_is_not_there_is_told(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"needs zoom\.meetings 2026-11-17, which is not in the lake; materialize"):
        chosen(lake, ASK, "2026-11-17", 10)
