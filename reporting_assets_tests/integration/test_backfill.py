"""A month is backfilled through Dagster's own UI interface, and every figure agrees with a recount of what happened.

Webserver, daemon, code location, runs, Parquet and catalogue are the real ones; only the vendor is simulated. The
recount (`recount.py`) starts from the simulation's truth and never sees a row of the API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from reporting_assets import contracts, periods
from reporting_assets.contracts.model import Partition
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import start
from reporting_assets_tests.integration import recount
from reporting_assets_tests.integration.support import Deployment

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

# What is recounted here, and what that is made from; other tests recount the rest.
_RECOUNTED = (
    *("zoom.users", "zoom.daily_usage", "zoom.hosts", "zoom.meetings", "zoom.meeting_participants"),
    *("core.meetings", "core.participant_sessions", "core.attendance", "engagement.meeting_engagement"),
    *("utilization.user_daily", "utilization.account_daily", "utilization.account_monthly", "utilization.host_monthly"),
)
SCOPE = [contracts.table(id_) for id_ in _RECOUNTED]
TABLES = {kind: [table for table in SCOPE if table.partition is kind] for kind in Partition}
ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}

LAUNCH = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}"""
BACKFILL = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status error { message } } }
}"""
RUNS = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
PROGRESS = """
query ($keys: [AssetKeyInput!]) {
  assetNodes(assetKeys: $keys) { assetKey { path } partitionStats { numMaterialized numFailed } }
}"""
CHECKS = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode { assetChecksOrError { ... on AssetChecks { checks {
      name blocking executionForLatestMaterialization { status }
    } } } }
  }
}"""


@dataclass(frozen=True)
class Backfilled:
    """What stands after both backfills, and what really happened on these days."""

    keys: dict[Partition, list[str]]
    lake: Path
    con: duckdb.DuckDBPyConnection  # the catalogue, as an analyst opens it
    runs: list[dict[str, Any]]
    materialized: dict[str, dict[str, int]]  # Dagster's own count of partitions, by table
    failed_checks: dict[str, list[str]]  # blocking ones, by table
    meetings: list[recount.Meeting]

    @property
    def days(self) -> list[date]:
        return [date.fromisoformat(key) for key in self.keys[Partition.DAY]]

    def stored(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()


def settled_days(today: date) -> tuple[date, date]:
    """The latest month that nothing is late for any more, and days before it up to 30 where it is shorter."""
    last = (today - timedelta(days=5)).replace(day=1) - timedelta(days=1)
    return min(last.replace(day=1), last - timedelta(days=29)), last


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfilled]:
    today = datetime.now(UTC).date()
    first, last = settled_days(today)
    keys = {kind: periods.keys(kind, first, last) for kind in Partition}
    config = Config(users=50, now=f"{today}T00:00:00Z")
    folder = tmp_path_factory.mktemp("backfill")
    truth.write(config, folder / "truth", first, last)
    with start(config) as sandbox:
        settings = {
            **sandbox.addresses,
            "REPORTING_START_DATE": f"{first}",
        }
        with Deployment(folder, settings) as dagster:
            backfills = []
            for kind in (Partition.DAY, Partition.MONTH):
                backfills.append(launch(dagster, kind, keys[kind]))
                # The daemon notices only every half minute that a backfill is done: the next one need not wait for it.
                dagster.wait_for(f"every {kind}", lambda kind=kind: is_there(dagster, kind, keys[kind]), seconds=300)
            for backfill in backfills:
                ended = dagster.wait_for("the end", lambda id_=backfill: ended_as(dagster, id_), seconds=120)
                assert ended["status"] == "COMPLETED_SUCCESS", ended
            runs = dagster.graphql(RUNS)["runsOrError"]["results"]
            nodes = dagster.graphql(PROGRESS, keys=[path(table) for table in SCOPE])["assetNodes"]
            failed = {table.id: failed_checks(dagster, path(table)) for table in SCOPE}
    assert dagster.is_stopped()
    assert not sandbox.is_alive
    with duckdb.connect(str(dagster.warehouse), read_only=True) as con:
        yield Backfilled(
            keys=keys,
            lake=dagster.lake,
            con=con,
            runs=runs,
            materialized={".".join(node["assetKey"]["path"]): node["partitionStats"] for node in nodes},
            failed_checks=failed,
            meetings=recount.read(folder / "truth"),
        )


def path(table: contracts.Table) -> dict[str, list[str]]:
    return {"path": [table.schema, table.name]}


def launch(dagster: Deployment, kind: Partition, keys: list[str]) -> str:
    """Launch a backfill of every table of a kind, with the call that the UI makes; its id."""
    params = {
        "assetSelection": [path(table) for table in TABLES[kind]],
        "partitionNames": keys,
        "fromFailure": False,
        "tags": [],
    }
    answer = dagster.graphql(LAUNCH, params=params)["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    return answer["backfillId"]


def is_there(dagster: Deployment, kind: Partition, keys: list[str]) -> bool:
    """Whether every partition is materialized and nothing runs any more. Fails where a run failed."""
    runs = [run["status"] for run in dagster.graphql(RUNS)["runsOrError"]["results"]]
    assert not {"FAILURE", "CANCELED"} & set(runs), runs
    nodes = dagster.graphql(PROGRESS, keys=[path(table) for table in TABLES[kind]])["assetNodes"]
    return set(runs) == {"SUCCESS"} and all(node["partitionStats"]["numMaterialized"] >= len(keys) for node in nodes)


def backfill_of(run: dict[str, Any]) -> str | None:
    return next((tag["value"] for tag in run["tags"] if tag["key"] == "dagster/backfill"), None)


def ended_as(dagster: Deployment, backfill: str) -> dict[str, Any] | None:
    state = dagster.graphql(BACKFILL, id=backfill)["partitionBackfillOrError"]
    return state if state["status"] in ENDED else None


def failed_checks(dagster: Deployment, key: dict[str, list[str]]) -> list[str]:
    """Checks that did not pass and block."""
    node = dagster.graphql(CHECKS, key=key)["assetNodeOrError"]
    checks = node["assetChecksOrError"]["checks"]
    assert checks
    failed = []
    for check in checks:
        ran = check["executionForLatestMaterialization"]
        assert ran is not None, f"{key}: {check['name']} was not evaluated"
        if ran["status"] != "SUCCEEDED" and check["blocking"]:
            failed.append(check["name"])
    return failed


def test_days_are_a_settled_month_or_30_days() -> None:
    assert settled_days(date(2026, 11, 21)) == (date(2026, 10, 1), date(2026, 10, 31))
    assert settled_days(date(2026, 11, 5)) == (date(2026, 9, 1), date(2026, 9, 30))
    assert settled_days(date(2026, 3, 6)) == (date(2026, 1, 30), date(2026, 2, 28))


def test_every_partition_stands_in_parquet_and_in_the_catalogue(backfilled: Backfilled) -> None:
    for table in SCOPE:
        keys = backfilled.keys[table.partition]
        parts = sorted((backfilled.lake / table.schema / table.name).glob("*/part-0.parquet"))
        assert [part.parent.name.partition("=")[2] for part in parts] == keys, table.id
        in_parquet = {key: pq.read_metadata(part).num_rows for key, part in zip(keys, parts, strict=True)}
        column = table.all_columns[0].name
        catalogued = dict(backfilled.stored(f"SELECT CAST({column} AS VARCHAR), count(*) FROM {table.id} GROUP BY ALL"))
        assert catalogued == {key: rows for key, rows in in_parquet.items() if rows}, table.id
        assert sum(in_parquet.values()) > 0, table.id


def test_dagster_knows_every_partition(backfilled: Backfilled) -> None:
    for table in SCOPE:
        # Derived days read days before them, so Dagster derives that many days after those it was asked for. Their
        # reports were not fetched: nothing may stand in the lake of them, which the test above makes sure of.
        after = reach(table) if table.partition is Partition.DAY else 0
        after = min(after, (datetime.now(UTC).date() - backfilled.days[-1]).days - 1)  # today has no partition yet
        expected = {"numMaterialized": len(backfilled.keys[table.partition]) + after, "numFailed": 0}
        assert backfilled.materialized[table.id] == expected, table.id


def reach(table: contracts.Table) -> int:
    """How many days after a report's day read it, directly or through others."""
    inputs = [(read.days_before, contracts.table(read.table)) for read in table.inputs if table.is_derived]
    return max((days + reach(of) for days, of in inputs if of.partition is Partition.DAY), default=0)


def test_nothing_ran_but_the_backfills(backfilled: Backfilled) -> None:
    """The automation was awake all the time; what was derived together with its inputs it does not derive again."""
    assert [run["tags"] for run in backfilled.runs if backfill_of(run) is None] == []
    assert {run["status"] for run in backfilled.runs} == {"SUCCESS"}
    # Not a run per table and day: one per stage of tables that reach equally far beyond the days asked for, fewer where
    # the daemon looked late, and one for the months.
    assert len(backfilled.runs) <= 5


def test_no_blocking_check_failed(backfilled: Backfilled) -> None:
    assert backfilled.failed_checks == {table.id: [] for table in SCOPE}


def test_the_recount_covers_what_makes_counting_hard(backfilled: Backfilled) -> None:
    """Otherwise agreement would prove little."""
    meetings = backfilled.meetings
    people = [person for meeting in meetings for person in meeting.people]
    joins = [join for meeting in meetings for join in meeting.joins]
    assert any(join.is_waiting for join in joins)
    assert any(not join.keys and join.name in recount.STAND_INS for join in joins)
    assert any(not join.keys and join.name not in recount.STAND_INS for join in joins)
    assert any(len(person.joins) > len(person.stays) > 0 for person in people)
    assert any(meeting.peak_connections > meeting.peak_people for meeting in meetings)
    assert any(meeting.span[0] // recount.DAY != (meeting.span[1] - 1) // recount.DAY for meeting in meetings)
    assert any(meeting.true_people == 1 for meeting in meetings)
    assert not any(len({join.truly for join in person.joins}) > 1 for person in people if person.key)


def test_the_same_meetings_on_every_day(backfilled: Backfilled) -> None:
    for table in ("zoom.meetings", "core.meetings", "engagement.meeting_engagement"):
        stored = backfilled.stored(f"SELECT dt, meeting_uuid FROM {table}")
        assert sorted(stored) == sorted((meeting.day, meeting.uuid) for meeting in backfilled.meetings), table


def test_every_join_of_every_meeting(backfilled: Backfilled) -> None:
    stored = backfilled.stored(
        "SELECT meeting_uuid, session_user_id, epoch(joined_at)::BIGINT, epoch(left_at)::BIGINT,"
        " status = 'in_waiting_room' FROM zoom.meeting_participants"
    )
    expected = [
        (meeting.uuid, join.connection, *join.span, join.is_waiting)
        for meeting in backfilled.meetings
        for join in meeting.joins
    ]
    assert sorted(stored) == sorted(expected)


def test_unique_people_where_nobody_is_hidden(backfilled: Backfilled) -> None:
    """Against the simulation's own count of persons: no rule of identity takes part."""
    stored = dict(backfilled.stored("SELECT meeting_uuid, unique_participants FROM engagement.meeting_engagement"))
    open_meetings = [meeting for meeting in backfilled.meetings if all(join.keys for join in meeting.inside)]
    assert len(open_meetings) > len(backfilled.meetings) / 2
    assert {meeting.uuid: stored[meeting.uuid] for meeting in open_meetings} == {
        meeting.uuid: meeting.true_people for meeting in open_meetings
    }


def test_engagement_of_every_meeting(backfilled: Backfilled) -> None:
    stored = backfilled.stored(
        "SELECT meeting_uuid, unique_participants, unique_participants_identified, join_count,"
        " CAST(round(attended_minutes * 60) AS BIGINT), peak_concurrent_people, peak_concurrent_connections,"
        " actual_seconds FROM engagement.meeting_engagement"
    )
    expected = [
        (
            meeting.uuid,
            len(meeting.people),
            len(meeting.identified),
            len(meeting.inside),
            sum(person.seconds for person in meeting.people),
            meeting.peak_people,
            meeting.peak_connections,
            meeting.span[1] - meeting.span[0],
        )
        for meeting in backfilled.meetings
    ]
    assert sorted(stored) == sorted(expected)


def test_attended_seconds_of_every_identified_person(backfilled: Backfilled) -> None:
    stored = backfilled.stored(
        "SELECT meeting_uuid, person_key, attended_seconds, join_count FROM core.attendance"
        " WHERE identity_confidence = 'strong'"
    )
    expected = [
        (meeting.uuid, person.key, person.seconds, sum(not join.is_waiting for join in person.joins))
        for meeting in backfilled.meetings
        for person in meeting.identified
    ]
    assert sorted(stored) == sorted(expected)


def test_account_by_day(backfilled: Backfilled) -> None:
    stored = {
        row[0]: recount.DayFigures(*row[1:])
        for row in backfilled.stored(
            "SELECT dt, meetings, solo_meetings, hosts, participant_joins, unique_participants,"
            " unique_participants_identified, CAST(round(meeting_minutes * 60) AS BIGINT),"
            " CAST(round(person_minutes * 60) AS BIGINT), peak_concurrent_meetings, peak_concurrent_people"
            " FROM utilization.account_daily WHERE platform = 'zoom'"
        )
    }
    assert stored == {day: recount.of_day(day, backfilled.meetings) for day in backfilled.days}


def test_account_by_month(backfilled: Backfilled) -> None:
    days = {day: recount.of_day(day, backfilled.meetings) for day in backfilled.days}
    for month in backfilled.keys[Partition.MONTH]:
        of_month = [figures for day, figures in days.items() if f"{day:%Y-%m}" == month]
        meetings = [meeting for meeting in backfilled.meetings if f"{meeting.day:%Y-%m}" == month]
        expected = (
            len(of_month),
            len(meetings),
            sum(meeting.true_people == 1 for meeting in meetings),
            len({meeting.host for meeting in meetings}),
            sum(len(meeting.inside) for meeting in meetings),
            len({person.key or person.id for meeting in meetings for person in meeting.people}),
            len({person.key for meeting in meetings for person in meeting.identified}),
            sum(figures.meeting_seconds for figures in of_month),
            sum(figures.person_seconds for figures in of_month),
            max(figures.peak_concurrent_meetings for figures in of_month),
            max(figures.peak_concurrent_people for figures in of_month),
        )
        assert backfilled.stored(
            "SELECT days_covered, meetings, solo_meetings, active_hosts, participant_joins, unique_participants,"
            " unique_participants_identified, CAST(round(meeting_minutes * 60) AS BIGINT),"
            " CAST(round(person_minutes * 60) AS BIGINT), peak_concurrent_meetings, peak_concurrent_people"
            f" FROM utilization.account_monthly WHERE platform = 'zoom' AND month = '{month}'"
        ) == [expected]


def test_hosts_by_month(backfilled: Backfilled) -> None:
    for month in backfilled.keys[Partition.MONTH]:
        meetings = [meeting for meeting in backfilled.meetings if f"{meeting.day:%Y-%m}" == month]
        stored = backfilled.stored(
            "SELECT lower(host_email), meetings, CAST(round(person_minutes * 60) AS BIGINT)"
            f" FROM utilization.host_monthly WHERE platform = 'zoom' AND month = '{month}' AND meetings > 0"
        )
        assert sorted(stored) == sorted((host, *figures) for host, figures in recount.by_host(meetings).items())


def test_a_whole_month_agrees_with_the_vendors_own_count(backfilled: Backfilled) -> None:
    whole = backfilled.stored(
        "SELECT meetings, vendor_meetings FROM utilization.account_monthly WHERE is_complete_month AND platform = 'zoom'"
    )
    assert len(whole) == 1
    ((ours, vendors),) = whole
    assert abs(ours - vendors) <= 0.02 * vendors  # its days are cut in another zone
