"""The code location as Dagster sees it: it loads with nothing around it, and says of every asset what it promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from reporting_assets import contracts, settings
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.definitions import definitions
from reporting_assets.defs import schedules
from reporting_assets.defs.assets import assets
from reporting_assets.orchestration import failures, specs
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.scheduled import scheduled
from reporting_assets.settings import SettingsError
from reporting_assets.sources.errors import CredentialsError, NetworkError

START = date(2026, 1, 1)
ASSETS = (*contracts.TABLES, *contracts.RECORDS)
TABLES = pytest.mark.parametrize("table", ASSETS, ids=lambda table: table.id)

LOADED_ALONE = """
import json, os, sys
events = []
def notice(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        events.append([event, str(arguments)])
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        events.append([event, str(arguments[0])])
    elif event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(os.getcwd()):
        events.append(["read", arguments[0]])
    elif event in ("os.mkdir", "sqlite3.connect", "tempfile.mkstemp", "tempfile.mkdtemp"):
        events.append([event, str(arguments[0])])
sys.dont_write_bytecode = True
sys.addaudithook(notice)
from reporting_assets.definitions import definitions
loaded = definitions()
loaded.validate_loadable(loaded)
assets = sorted(key.to_user_string() for key in loaded.resolve_all_asset_keys())
print(json.dumps({"events": events, "assets": assets, "files": os.listdir(".")}))
"""


@cache
def loaded() -> dg.Definitions:
    return definitions()


@cache
def nodes() -> dict[str, dg.AssetSpec]:
    return {".".join(spec.key.path): spec for spec in loaded().resolve_all_asset_specs()}


def definition(table: Table) -> dg.AssetsDefinition:
    return loaded().resolve_assets_def(specs.asset_key(table))


def checks(table: Table) -> list[dg.AssetCheckSpec]:
    return list(definition(table).check_specs)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine's reaches these tests."""
    for name in os.environ:
        if name.startswith(("REPORTING_", "ZOOM_", "SANDBOX_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.integration
def test_loads_alone(tmp_path: Path) -> None:
    """A fresh interpreter, no environment, an empty folder: nothing is asked of network or disk, nothing is written."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED_ALONE],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["assets"] == sorted(table.id.replace(".", "/") for table in ASSETS)
    assert told["files"] == []
    assert told["events"] == []


def test_there_is_one_asset_per_contract() -> None:
    assert sorted(nodes()) == sorted(table.id for table in ASSETS)


@TABLES
def test_an_asset_says_what_it_is(table: Table) -> None:
    spec = nodes()[table.id]
    assert spec.description
    assert spec.description.startswith(table.grain)
    assert table.grain.startswith("One row per ")
    assert spec.owners == [specs.OWNER]
    assert len(spec.kinds) >= 2
    assert spec.group_name not in (None, "default")
    assert {".".join(dep.asset_key.path) for dep in spec.deps} == {read.table for read in table.inputs}


@TABLES
def test_an_asset_shows_its_columns(table: Table) -> None:
    schema = nodes()[table.id].metadata["dagster/column_schema"]
    schema = getattr(schema, "schema", schema)
    assert [column.name for column in schema.columns] == [column.name for column in table.all_columns]
    assert [column.name for column in schema.columns if not (column.description or "").strip()] == []
    assert [column.name for column in schema.columns if not column.type] == []


@TABLES
def test_an_asset_is_checked(table: Table) -> None:
    blocking = [check.name for check in checks(table) if check.blocking]
    others = [check.name for check in checks(table) if not check.blocking]
    assert {"schema", "key_unique", "required_not_null"} <= set(blocking)
    assert others
    assert [check.name for check in checks(table) if not (check.description or "").strip()] == []


@TABLES
def test_an_asset_is_partitioned_and_backfilled_in_few_runs(table: Table) -> None:
    spec = nodes()[table.id]
    assert spec.partitions_def is not None
    first = {Partition.DAY: "2026-01-01", Partition.MONTH: "2026-01"}[table.partition]
    assert spec.partitions_def.get_first_partition_key() == first
    policy = definition(table).backfill_policy
    assert policy is not None
    assert policy.max_partitions_per_run == {Partition.DAY: 38, Partition.MONTH: 12}[table.partition]


@TABLES
def test_derived_tables_follow_by_themselves(table: Table) -> None:
    follows = table.is_derived and table not in contracts.RECORDS  # these have a schedule of their own
    assert (nodes()[table.id].automation_condition is not None) == follows
    (sensor,) = [one for one in loaded().sensors or [] if isinstance(one, dg.AutomationConditionSensorDefinition)]
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    followed = sensor.asset_selection.resolve(loaded().resolve_asset_graph())
    assert (specs.asset_key(table) in followed) == follows


def test_a_day_that_runs_has_no_partition_and_a_month_has() -> None:
    for table in contracts.TABLES:
        there = nodes()[table.id].partitions_def
        assert there is not None
        newest = there.get_partition_keys(datetime(2026, 11, 20, 12, tzinfo=UTC))[-1]
        assert newest == {Partition.DAY: "2026-11-19", Partition.MONTH: "2026-11"}[table.partition]


def requests(name: str, moment: datetime) -> Iterator[dg.RunRequest]:
    """What a schedule asks for at a moment."""
    schedule = loaded().resolve_schedule_def(name)
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "UTC"
    with dg.build_schedule_context(
        instance=dg.DagsterInstance.ephemeral(), scheduled_execution_time=moment, repository_def=repository()
    ) as context:
        yield from schedule.evaluate_tick(context).run_requests or []


@cache
def repository() -> dg.RepositoryDefinition:
    return loaded().get_repository_def()


def span(request: dg.RunRequest) -> tuple[str, str]:
    return request.tags["dagster/asset_partition_range_start"], request.tags["dagster/asset_partition_range_end"]


@pytest.mark.parametrize(
    ("name", "moment", "expected"),
    [
        ("daily", datetime(2026, 11, 20, 12, 30, tzinfo=UTC), ("2026-11-17", "2026-11-19")),
        ("daily", datetime(2026, 3, 1, 12, 30, tzinfo=UTC), ("2026-02-26", "2026-02-28")),
        ("daily", datetime(2026, 1, 2, 12, 30, tzinfo=UTC), ("2026-01-01", "2026-01-01")),  # nothing before the start
        ("monthly", datetime(2026, 11, 20, 13, 30, tzinfo=UTC), ("2026-11", "2026-11")),
        ("monthly", datetime(2026, 11, 1, 13, 30, tzinfo=UTC), ("2026-10", "2026-10")),
        ("monthly", datetime(2026, 11, 2, 13, 30, tzinfo=UTC), ("2026-10", "2026-11")),  # the last one still settles
        ("monthly", datetime(2026, 11, 4, 13, 30, tzinfo=UTC), ("2026-10", "2026-11")),
        ("monthly", datetime(2026, 11, 5, 13, 30, tzinfo=UTC), ("2026-11", "2026-11")),
        ("ended_months", datetime(2026, 11, 4, 14, 30, tzinfo=UTC), ("2026-10", "2026-10")),
    ],
)
def test_a_schedule_asks_for_a_range_that_its_job_has(name: str, moment: datetime, expected: tuple[str, str]) -> None:
    (request,) = requests(name, moment)
    assert span(request) == expected
    job = loaded().resolve_job_def(f"{name}_tables")
    assert job.partitions_def is not None
    there = job.partitions_def.get_partition_keys(moment)
    assert set(expected) <= set(there)
    partition = Partition.DAY if name == "daily" else Partition.MONTH
    off = {"zoom.meeting_qos_summary", "zoom.webinar_qos_summary"}  # ZOOM_HAS_QSS is not set
    tables = {
        specs.asset_key(table) for table in contracts.TABLES if table.partition is partition and table.id not in off
    }
    dear = {key for key in tables if key.path[-1] in ("meeting_instances", "webinar_instances")}
    tables = dear if name == "ended_months" else tables - dear
    assert job.asset_layer.executable_asset_keys == tables


def test_the_daily_schedule_looks_back_as_far_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_LOOK_BACK_DAYS", "7")
    (request,) = requests("daily", datetime(2026, 11, 20, 12, 30, tzinfo=UTC))
    assert span(request) == ("2026-11-13", "2026-11-19")


def test_before_the_first_partition_a_schedule_says_why_it_skips() -> None:
    schedule = next(one for one in schedules.schedules(date(2026, 12, 1), contracts.TABLES) if one.name == "daily")
    with dg.build_schedule_context(scheduled_execution_time=datetime(2026, 11, 20, 12, 30, tzinfo=UTC)) as context:
        answer = schedule.evaluate_tick(context)
    assert not answer.run_requests
    assert "2026-12-01" in (answer.skip_message or "")


def test_what_the_account_does_not_have_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_LEAVE_OUT", "zoom/rooms, webex/*")
    monkeypatch.setenv("ZOOM_HAS_QSS", "true")
    monkeypatch.setenv("ZOOM_CHAT_ATTACHMENTS", "true")
    found = {table.id for table in scheduled(settings.load())}
    left = {table.id for table in contracts.EVERY_TABLE} - found
    named = {id_ for id_ in left if id_ == "zoom.rooms" or id_.startswith("webex.")}
    assert "zoom.rooms" in named
    assert {"webex.sites", "webex.meeting_qualities"} <= named
    for id_ in left - named:  # and what cannot be made without them
        assert {read.table for read in contracts.table(id_).inputs if not read.is_optional} & left, id_


def test_a_vendor_without_credentials_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_SOURCE", "live")
    monkeypatch.setenv("WEBEX_CLIENT_ID", "an-id")
    found = {table.schema for table in scheduled(settings.load())}
    assert "webex" in found
    assert "zoom" not in found


def test_leaving_out_what_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_LEAVE_OUT", "zoom/bills")
    with pytest.raises(SettingsError, match="REPORTING_LEAVE_OUT names 'zoom/bills', which is no report"):
        scheduled(settings.load())


def test_attachments_are_an_asset_where_they_are_wanted() -> None:
    start = date(2026, 1, 1)
    key = dg.AssetKey(["zoom", "chat_attachments"])
    assert key not in {key for one in assets(start, with_attachments=False) for key in one.keys}
    assert key in {key for one in assets(start, with_attachments=True) for key in one.keys}


def test_a_run_spends_calls_in_the_contracts_order() -> None:
    for table in contracts.TABLES:
        if not table.is_derived:
            assert definition(table).op.tags["dagster/priority"] == str(-table.priority)


class Step:
    """As much of a step's context as failures read: its partitions, and the tags of its run."""

    def __init__(self, **tags: str) -> None:
        self.partition_keys = [f"2026-11-0{number}" for number in range(1, 6)]
        self.run = dg.DagsterRun(job_name="daily_tables", tags=tags)


def test_a_failure_says_what_failed_why_and_what_stands() -> None:
    table = contracts.table("zoom.meetings")
    cause = "Zoom could not be reached; check the network and run the same command again."
    failed = Failures({"2026-11-01": NetworkError(cause), "2026-11-02": NetworkError(cause)})
    failure = failures.of_partitions(failed, table, Step())
    assert failure.description == (
        f"zoom.meetings: 2 of 5 partitions failed; the other 3 are committed. 2026-11-01 … 2026-11-02 (2): {cause}"
    )
    assert failure.allow_retries
    assert not failures.of_partitions(failed, table, Step(**{failures.ATTENDED: "yes"})).allow_retries


def test_what_cannot_pass_by_itself_is_not_tried_again() -> None:
    sentence = "Zoom refused the credentials; check ZOOM_CLIENT_SECRET."
    with pytest.raises(dg.Failure) as told, failures.as_failures(Step()):
        raise CredentialsError(sentence)
    assert told.value.description == sentence
    assert not told.value.allow_retries
    with pytest.raises(dg.Failure) as told, failures.as_failures(Step()):
        raise NetworkError("Zoom did not answer.")
    assert told.value.allow_retries
