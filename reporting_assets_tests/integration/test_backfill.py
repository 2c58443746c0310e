"""A month of every report and table is backfilled through Dagster's own UI interface, while the automation is awake.

Webserver, daemon, code location, runs, Parquet and catalogue are the real ones; only the vendors are simulated. What is
asked of Dagster's own records: nothing failed, nothing was made twice for nothing, nothing is older than what it reads,
and everything came to rest. What is asked of the figures: they agree with a recount of what happened (`recount.py`),
which starts from the simulation's truth and never sees a row of the API. Here meetings and their use are recounted;
other tests recount the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from reporting_assets import contracts, periods
from reporting_assets.contracts.model import Partition
from reporting_assets.models import run as models
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import start
from reporting_assets_tests.integration import recount
from reporting_assets_tests.integration.records import (
    Made,
    failed_checks,
    has_ended,
    is_at_rest,
    launch,
    made_of,
    runs_of,
    stop_schedules,
    tags,
)
from reporting_assets_tests.integration.support import Deployment

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(2400)]

NOT_TO_BE_HAD = {
    "webex.meeting_qualities",  # told for a week
    "zoom.meeting_qos_summary",  # needs a feature that is off by default, as the next
    "zoom.webinar_qos_summary",
}
SCOPE = [table for table in contracts.TABLES if table.id not in NOT_TO_BE_HAD]
TABLES = {kind: [table for table in SCOPE if table.partition is kind] for kind in Partition}
# What is recounted here, and what that is made from. Of what happens seldom there may be none among few people.
RECOUNTED = (
    *("zoom.users", "zoom.daily_usage", "zoom.hosts", "zoom.meetings", "zoom.meeting_participants"),
    *("core.meetings", "core.participant_sessions", "core.attendance", "engagement.meeting_engagement"),
    *("utilization.user_daily", "utilization.account_daily", "utilization.account_monthly", "utilization.host_monthly"),
)


@dataclass(frozen=True)
class Backfilled:
    """What stands after both backfills, and what really happened on these days."""

    keys: dict[Partition, list[str]]
    lake: Path
    con: duckdb.DuckDBPyConnection  # the catalogue, as an analyst opens it
    runs: list[dict[str, Any]]
    backfills: list[str]  # the two launched here; the automation launches backfills too
    made: dict[tuple[str, str], list[Made]]  # by table and partition, in order
    failed_checks: dict[str, list[str]]  # blocking ones, by table
    meetings: list[recount.Meeting]

    @property
    def days(self) -> list[date]:
        return [date.fromisoformat(key) for key in self.keys[Partition.DAY]]

    @cached_property
    def asked(self) -> set[tuple[str, str]]:
        """The partitions the backfills were launched for, by table."""
        return {(table.id, key) for table in SCOPE for key in self.keys[table.partition]}

    @cached_property
    def own(self) -> dict[str, str]:
        """The runs of the backfills launched here, and of which one each is."""
        launched = {run["runId"]: tags(run).get("dagster/backfill", "") for run in self.runs}
        return {run: backfill for run, backfill in launched.items() if backfill in self.backfills}

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
            stop_schedules(dagster)
            backfills = []
            for kind in (Partition.DAY, Partition.MONTH):
                backfills.append(launch(dagster, TABLES[kind], keys[kind]))
                dagster.wait_for(f"every {kind}", lambda: has_ended(dagster, backfills[-1]), seconds=1500)
            dagster.wait_for("rest", lambda: is_at_rest(dagster), seconds=600, every=5)
            runs = runs_of(dagster)
            made = {
                (table.id, key): parts for table in contracts.TABLES for key, parts in made_of(dagster, table).items()
            }
            failed = {table.id: failed_checks(dagster, table) for table in SCOPE}
    assert dagster.is_stopped()
    assert not sandbox.is_alive
    with duckdb.connect(str(dagster.warehouse), read_only=True) as con:
        yield Backfilled(
            keys=keys,
            lake=dagster.lake,
            con=con,
            runs=runs,
            backfills=backfills,
            made=made,
            failed_checks=failed,
            meetings=recount.read(folder / "truth"),
        )


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
        assert sum(in_parquet.values()) > 0 or (table.row_floor == 0 and table.id not in RECOUNTED), table.id


def test_dagster_knows_every_partition(backfilled: Backfilled) -> None:
    """And of none that is beyond those asked for does it say that something stands.

    Derived days read days before them, so Dagster derives days after those it was asked for, and their month. Their
    reports were not fetched: nothing may stand in the lake of them, which the test above makes sure of.
    """
    assert backfilled.asked <= set(backfilled.made)
    assert not any(made.was_left for of in backfilled.asked for made in backfilled.made[of])
    for (table, key), made in backfilled.made.items():
        if (table, key) not in backfilled.asked:
            assert key > backfilled.keys[contracts.table(table).partition][-1], table
            assert all(one.was_left for one in made), (table, key)


def test_every_backfill_made_each_of_its_partitions_once(backfilled: Backfilled) -> None:
    times = {
        of: Counter(backfilled.own[one.run] for one in made if one.run in backfilled.own)
        for of, made in items(backfilled)
    }
    assert {of: counted for of, counted in times.items() if max(counted.values(), default=1) > 1} == {}
    assert {of: len(counted) for of, counted in times.items() if of in backfilled.asked} == dict.fromkeys(
        backfilled.asked, 1
    )


def test_the_automation_left_the_backfilled_days_alone(backfilled: Backfilled) -> None:
    """It was awake all the time, and what a backfill is about to derive it does not derive before, beside or after."""
    days = {of for of in backfilled.asked if contracts.table(of[0]).partition is Partition.DAY}
    assert {of: made for of, made in items(backfilled) if of in days and len(made) > 1} == {}


def test_the_automation_made_nothing_without_news(backfilled: Backfilled) -> None:
    """What it made again reads something that was written since."""
    for of, made in items(backfilled):
        for before, again in pairwise(made):
            assert again.run in backfilled.own or before.at < newest_input(backfilled, *of, until=again.at), of


def test_nothing_is_older_than_what_it_reads(backfilled: Backfilled) -> None:
    """Whatever the order in which backfills and automation came to it."""
    derived = [of for of in backfilled.asked if contracts.table(of[0]).is_derived]
    late = [of for of in derived if backfilled.made[of][-1].at < newest_input(backfilled, *of)]
    assert late == []


def items(backfilled: Backfilled) -> list[tuple[tuple[str, str], list[Made]]]:
    return sorted(backfilled.made.items())


def newest_input(backfilled: Backfilled, table_id: str, key: str, *, until: float = float("inf")) -> int:
    """When the last of what a partition reads was written, before that moment; 0 where nothing was."""
    read = models.input_partitions(contracts.table(table_id), key)
    return max(
        (
            made.at
            for upstream, parts in read.items()
            for part in parts
            for made in backfilled.made.get((upstream, part), ())
            if made.at < until
        ),
        default=0,
    )


def test_only_the_backfills_and_the_automation_ran(backfilled: Backfilled) -> None:
    others = [run["runId"] for run in backfilled.runs if run["runId"] not in backfilled.own]
    automatic = [run["runId"] for run in backfilled.runs if "dagster/from_automation_condition" in tags(run)]
    assert sorted(others) == sorted(automatic)
    assert {run["status"] for run in backfilled.runs} == {"SUCCESS"}
    # Not a run per table, let alone per table and day: each takes what reaches equally far beyond the days asked for and
    # has become ready since the daemon last looked. The days beyond are often runs of their own.
    assert len(backfilled.runs) < len(SCOPE)


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
    for table, which in {
        "zoom.meetings": "",
        "core.meetings": "WHERE platform = 'zoom' AND NOT is_webinar",
        "engagement.meeting_engagement": "WHERE platform = 'zoom'",
    }.items():
        stored = backfilled.stored(f"SELECT dt, meeting_uuid FROM {table} {which}")
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
    stored = dict(
        backfilled.stored(
            "SELECT meeting_uuid, unique_participants FROM engagement.meeting_engagement WHERE platform = 'zoom'"
        )
    )
    open_meetings = [meeting for meeting in backfilled.meetings if all(join.keys for join in meeting.inside)]
    assert len(open_meetings) > len(backfilled.meetings) / 2
    assert {meeting.uuid: stored[meeting.uuid] for meeting in open_meetings} == {
        meeting.uuid: meeting.true_people for meeting in open_meetings
    }


def test_engagement_of_every_meeting(backfilled: Backfilled) -> None:
    stored = backfilled.stored(
        "SELECT meeting_uuid, unique_participants, unique_participants_identified, join_count,"
        " CAST(round(attended_minutes * 60) AS BIGINT), peak_concurrent_people, peak_concurrent_connections,"
        " actual_seconds FROM engagement.meeting_engagement WHERE platform = 'zoom'"
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
        " WHERE platform = 'zoom' AND NOT is_webinar AND identity_confidence = 'strong'"
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
