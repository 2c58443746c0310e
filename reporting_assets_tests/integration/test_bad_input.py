"""Bad input at the command line: one clear sentence, a non-zero exit, nothing half-written, and no secret anywhere."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.constants import CONSTANTS
from reporting_assets.lake import catalogue
from reporting_assets.sandbox.config import CLIENT_SECRET, Config
from reporting_assets.sandbox.identifiers import opaque_id
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import REPOSITORY, CommandLine, assert_sentence

pytestmark = pytest.mark.integration

DAY = str(harness.recent_day())
DAY_BEFORE = str(harness.recent_day() - timedelta(days=1))
TODAY = str(datetime.now(UTC).date())
UNREACHED_MONTH = f"{harness.recent_day() - timedelta(days=270):%Y-%m}"
WRONG_SECRET = "not-the-secret-4711-0815"
PEOPLE_ONLY = ("user:read:list_users:admin",)


@dataclass(frozen=True)
class Case:
    """A command, and what a person must be told."""

    arguments: tuple[str, ...]
    says: tuple[str, ...]
    settings: Mapping[str, str]


def _case(command: str, *says: str, **settings: str) -> Case:
    return Case(tuple(command.split()), says, settings)


def _materialize(select: str, *says: str, day: str = DAY, **settings: str) -> Case:
    return _case(f"materialize --select {select} --from {day}", *says, **settings)


CASES = {
    "no date": _case("materialize --from yesterday", "'yesterday' is not a date", "yyyy-MM-dd"),
    "a date that does not exist": _case("materialize --from 2026-02-30", "'2026-02-30' is not a date"),
    "end before start": _case(f"materialize --from {DAY} --to {DAY_BEFORE}", f"{DAY_BEFORE} is before", "swap"),
    "a day that is not over": _case(f"materialize --from {TODAY}", f"{TODAY} is not over yet", "or earlier"),
    "the far future": _case("materialize --from 2199-01", "2199-01 is not over yet"),
    "before the first partition": _case(
        f"materialize --from {DAY}", "is before the first partition", "REPORTING_START_DATE", REPORTING_START_DATE=TODAY
    ),
    "an unknown asset": _materialize("zoom/meetngs", "no asset 'zoom/meetngs'", "did you mean zoom/meetings"),
    "an asset like no other": _materialize("xyz", "no asset 'xyz'", "there are zoom/*, webex/*"),
    "a wrong secret": _materialize(
        "zoom/users", "did not accept the credentials", "check ZOOM_CLIENT_ID", ZOOM_CLIENT_SECRET=WRONG_SECRET
    ),
    "an unknown account": _materialize(
        "zoom/users", "did not accept the credentials", "check ZOOM_ACCOUNT_ID", ZOOM_ACCOUNT_ID="nobody"
    ),
    "a missing scope": _materialize(
        "zoom/meetings",
        "lacks a scope",
        "dashboard:read:list_meetings:admin",
        "Marketplace",
        ZOOM_API_URL="{scoped}/v2",
        ZOOM_OAUTH_URL="{scoped}/oauth/token",
    ),
    "an address without encryption": _materialize(
        "zoom/users", "ZOOM_API_URL must begin with https://", ZOOM_API_URL="http://zoom.example/v2"
    ),
    "a token address without encryption": _materialize(
        "zoom/users", "ZOOM_OAUTH_URL must begin with https://", ZOOM_OAUTH_URL="http://zoom.example/token"
    ),
    "a password in an address": _materialize(
        "zoom/users", "holds a user name or password", ZOOM_API_URL=f"https://me:{WRONG_SECRET}@zoom.example/v2"
    ),
    "a file where the lake should be": _materialize(
        "zoom/users", "Cannot use the lake", "a file stands where a folder is needed", REPORTING_LAKE="{file}"
    ),
    "a lake of the other source": _materialize(
        "zoom/users", "holds 'live' data", "cannot take 'sandbox' data", REPORTING_LAKE="{live_lake}"
    ),
    "live without credentials": _materialize(
        "zoom/users",
        "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET not set",
        ".env",
        REPORTING_SOURCE="live",
        REPORTING_LAKE="{folder}/live",
    ),
    "live without its secret": _materialize(
        "zoom/users",
        "ZOOM_CLIENT_SECRET not set",
        REPORTING_SOURCE="live",
        REPORTING_LAKE="{folder}/live",
        ZOOM_ACCOUNT_ID="a",
        ZOOM_CLIENT_ID="b",
    ),
    "a setting that is no number": _materialize("zoom/users", "REPORTING_THREADS", "'many'", REPORTING_THREADS="many"),
    "a setting out of range": _materialize("zoom/users", "ZOOM_BUDGET_SHARE", "'2'", ZOOM_BUDGET_SHARE="2"),
    "an unknown plan": _materialize("zoom/users", "ZOOM_PLAN", "'gold'", ZOOM_PLAN="gold"),
    "a pseudonym key too short": _materialize(
        "zoom/users",
        "REPORTING_PSEUDONYM_KEY",
        REPORTING_PRIVACY="pseudonymous",
        REPORTING_PSEUDONYM_KEY=WRONG_SECRET[:8],
    ),
    "joins before their meetings": _materialize(
        "zoom/meeting_participants", f"needs zoom.meetings {DAY}", "materialize that first"
    ),
    "a month out of reach": _materialize(
        "zoom/daily_usage", f"{UNREACHED_MONTH} is older than Zoom answers for", day=UNREACHED_MONTH
    ),
    "typing what never landed": _case(
        f"materialize --select zoom/users --from {DAY} --from-landing", "never been fetched", "materialize it first"
    ),
    "a question without a catalogue": _case(
        "query FROM", "no catalogue", "materialize something first", REPORTING_WAREHOUSE="{folder}/none.duckdb"
    ),
    "an unknown fault": _case("sandbox --port 0 --fault nonsense", "no fault 'nonsense'", "429"),
    "a fault without a number": _case("sandbox --port 0 --fault 429:often", "'often'", "not a number"),
    "a port that is taken": _case("sandbox --port {port}", "cannot listen on port", "choose another with --port"),
    "an organisation too small": _case("sandbox --users 3", "--users", "50"),
    "the truth without dates": _case("sandbox --truth {folder}/truth", "--truth needs --from and --to"),
    "a home that is a file": _materialize("zoom/users", "DAGSTER_HOME", DAGSTER_HOME="{file}"),
}


@dataclass(frozen=True)
class Told:
    """What the commands answered, and where they ran."""

    answers: dict[str, tuple[int, str, str]]
    line: CommandLine


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """All cases in one process, on an empty lake."""
    folder = tmp_path_factory.mktemp("bad_input")
    live_lake = folder / "held_live"
    live_lake.mkdir()
    (live_lake / "_source").write_text("live\n")
    (folder / "file").write_text("")
    with harness.real_sandbox() as running, harness.real_sandbox(scopes=PEOPLE_ONLY) as scoped:
        line = CommandLine(folder, running)
        places = {
            "scoped": scoped.base_url,
            "file": folder / "file",
            "live_lake": live_lake,
            "folder": folder,
            "port": running.base_url.rpartition(":")[2],
        }
        commands = [
            (
                [argument.format(**places) for argument in case.arguments],
                {name: value.format(**places) for name, value in case.settings.items()},
            )
            for case in CASES.values()
        ]
        done = subprocess.run(
            [sys.executable, "-m", "reporting_assets_tests.integration.commands_child"],
            input=json.dumps(commands),
            cwd=folder,
            env=line.environment | {"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=200,
            check=True,
        )
        answers = {
            name: (answer[0], answer[1], answer[2]) for name, answer in zip(CASES, json.loads(done.stdout), strict=True)
        }
        yield Told(answers, line)


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_says_what_is_wrong(name: str, told: Told) -> None:
    code, out, err = told.answers[name]
    assert code in (1, 2), (out, err)
    assert_sentence(err)
    for part in CASES[name].says:
        assert part in err
    assert out == ""


def test_nothing_is_half_written(told: Told) -> None:
    assert told.line.files() == {}
    assert list(told.line.folder.rglob("*.aside*")) == []
    assert not (told.line.folder / "reporting.duckdb").exists() or _is_empty_catalogue(told.line)


def _is_empty_catalogue(line: CommandLine) -> bool:
    with catalogue.connect_read_only(line.folder / "reporting.duckdb") as con:
        views = con.execute("SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        known = {constant.id for constant in CONSTANTS}  # the same in every catalogue
        names = {view for (view,) in views if view[:4] != "main"} - known
        counts = [con.execute(f"SELECT count(*) FROM {view}").fetchone() for view in names]
    return len(counts) == len(contracts.EVERY_TABLE) and set(counts) == {(0,)}


def test_no_secret_is_said_or_stored(told: Told) -> None:
    said = "".join(out + err for _, out, err in told.answers.values())
    for secret in (WRONG_SECRET, CLIENT_SECRET, WRONG_SECRET[:8]):
        assert secret not in said
    found = _places_of(told.line.folder, (WRONG_SECRET, CLIENT_SECRET))
    assert found == []


def test_a_good_run_stores_neither_secret_nor_token(tmp_path: Path) -> None:
    """Every report and table of a day through the command line; then every byte it left is searched."""
    with harness.real_sandbox() as running:
        # Webex keeps media quality for a week, and the day is older.
        left = "webex/meeting_qualities"
        line = CommandLine(tmp_path, running, ZOOM_CLIENT_SECRET=CLIENT_SECRET, REPORTING_LEAVE_OUT=left)
        done = line.run("materialize", "--from", DAY)
        assert done.returncode == 0, done.stderr
        files = line.files()
        expected = [
            table
            for table in contracts.TABLES
            if table.id != "webex.meeting_qualities" and "qos_summary" not in table.id
        ]
        assert sum(name.endswith(".parquet") for name in files) >= len(expected)
        issued = sum(one.path == "/oauth/token" for one in harness.asked(running))
        tokens = [_token(number) for number in range(1, issued + 1)]
        assert harness.token(running) == _token(issued + 1), "this test must know the tokens it looks for"
    assert tokens
    secrets = (CLIENT_SECRET, *tokens)
    assert not any(secret in done.stdout + done.stderr for secret in secrets)
    assert _places_of(tmp_path, secrets) == []


def _token(number: int) -> str:
    """The access token that a sandbox issues as its `number`th."""
    config = Config()
    client = f"{config.client_id}:{config.client_secret}"
    return f"{opaque_id(client, number)}.{opaque_id(config.account_id, number)}"


def _places_of(folder: Path, secrets: tuple[str, ...]) -> list[str]:
    """Files below `folder` that hold one of the texts, also compressed ones and databases as their rows."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = harness.readable(path)
            found += [f"{path}: {secret[:4]}…" for secret in secrets if secret.encode() in content]
    return found


def test_a_host_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    line = CommandLine(tmp_path, ZOOM_API_URL=f"{address}/v2", ZOOM_OAUTH_URL=f"{address}/oauth/token")
    said = line.refused("materialize", "--select", "zoom/users", "--from", DAY)
    assert "No token could be fetched (ConnectionError)" in said
    assert "check the network and ZOOM_OAUTH_URL" in said
    assert line.files() == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become a user without rights")
def test_a_lake_that_may_not_be_written(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir(mode=stat.S_IRWXU)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder.name.startswith("pytest-"):
            folder.chmod(0o755)
    # The interpreter may live where only root can read; so only the function is called as the unprivileged user.
    code = """
import os, sys
from pathlib import Path
from reporting_assets import cli
os.setgid(65534); os.setuid(65534)
sys.argv = ["reporting-assets", "publish"]
cli.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={
            "PATH": os.environ["PATH"],
            "REPORTING_LAKE": str(lake),
            "REPORTING_WAREHOUSE": str(tmp_path / "w.duckdb"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert_sentence(done.stderr)
    assert "Cannot use the lake" in done.stderr
    assert "permission denied; give this user write access" in done.stderr


def test_questions_that_cannot_be_answered(tmp_path: Path) -> None:
    with harness.real_sandbox() as running:
        line = CommandLine(tmp_path, running)
        line.ok("publish")
        assert "syntax error" in line.refused("query", "SELEC 1")
        said = line.refused("query", "FROM zoom.nothing")
        assert "nothing does not exist" in said
        assert "only reads" in line.refused("query", "DROP VIEW zoom.users")
        assert "only reads" in line.refused("query", f"COPY (SELECT 1) TO '{tmp_path}/over.parquet'")
        assert not (tmp_path / "over.parquet").exists()
        assert "more than one statement" in line.refused("query", "SELECT 1; SELECT 2")
        for nothing in ("", " ;", "-- FROM zoom.users"):
            assert "no statement" in line.refused("query", "--", nothing)


def test_a_damaged_partition_is_named(tmp_path: Path) -> None:
    with harness.real_sandbox() as running:
        line = CommandLine(tmp_path, running)
        work = harness.work_for(running, tmp_path, now=datetime.now(UTC))
        harness.ingest(work, "zoom.meetings", [DAY])
        part = tmp_path / "lake" / "zoom" / "meetings" / f"dt={DAY}" / "part-0.parquet"
        part.write_bytes(b"no Parquet")
        said = line.refused("materialize", "--select", "core/meetings", "--from", DAY)
        assert f"zoom.meetings {DAY} cannot be read as Parquet" in said
        assert "materialize that again" in said
