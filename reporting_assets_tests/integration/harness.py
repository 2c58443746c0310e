"""What the resilience and bad-input tests share: a sandbox at a known instant, a lake of its own, the real `Ingest`, the
real command line as a child process, and questions about what stands in the lake and which requests were made.

No tests here, and nothing that replaces product code: only its clock, its addresses and how long it waits are chosen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import requests
import zstandard

from reporting_assets import contracts
from reporting_assets.contracts.model import Table
from reporting_assets.orchestration import derive as deriving
from reporting_assets.orchestration.ingest import Committed, Failures, Ingest
from reporting_assets.orchestration.partials import Partial
from reporting_assets.orchestration.vendors import vendors
from reporting_assets.orchestration.work import FETCHING, Work, open_work
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import Running, start
from reporting_assets.settings import Settings
from reporting_assets.sources.model import RetryPolicy

# The present moment of everything that runs in this process. The simulated organisation depends on no other clock.
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = "2026-11-12"  # a Thursday: the busiest day of its week, and long settled at NOW
LINEAGE = frozenset({"_ingested_at", "_run_id"})  # what a second fetch of the same day may change
REPOSITORY = Path(__file__).parents[2]
PATIENT = RetryPolicy(attempts=10, first_wait_seconds=0.02, longest_wait_seconds=0.2)


@dataclass
class Done:
    """What one command committed, and what it could not."""

    committed: list[Committed] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    sentence: str = ""
    partial: dict[str, Partial] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.committed]

    @property
    def facts(self) -> dict[str, Any]:
        """The counts of the one partition committed."""
        (one,) = self.committed
        return one.facts


def sandbox(**changes: Any) -> Running:
    """A running sandbox of 60 people whose clock stands at NOW; use it as a context manager."""
    return start(Config(**{"users": 60, "now": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", **changes}))


def work_for(
    running: Running, folder: Path, *, retry: RetryPolicy = PATIENT, now: datetime = NOW, **changes: Any
) -> Work:
    """An open lake in `folder` that is filled from the sandbox; `changes` are settings."""
    settings = Settings(
        _env_file=None,
        **{
            "reporting_source": "sandbox",
            "reporting_lake": folder / "lake",
            "reporting_warehouse": folder / "reporting.duckdb",
            "reporting_threads": 8,
            **{name.lower(): address for name, address in running.addresses.items()},
            **changes,
        },
    )
    return replace(open_work(settings), connect=lambda: vendors(settings, retry), now=lambda: now)


def ingest(
    work: Work, table_id: str, keys: Sequence[str] = (DAY,), *, run_id: str = "run", from_landing: bool = False
) -> Done:
    """Run one ingest command to its end."""
    table = contracts.table(table_id)
    with duckdb.connect() as con:
        work.prepare(con, FETCHING)
        command = Ingest(table, keys, work, con, run_id)
        committed = list(command.run(from_landing=from_landing))
    return _done(table, len(keys), committed, command.failures)


def _done(table: Table, total: int, committed: list[Committed], failed: Failures) -> Done:
    by_key = {key: str(error) for key, error in failed.by_key.items()}
    return Done(committed, by_key, failed.sentence(table, total) if by_key else "", failed.partial)


def derive(work: Work, table_id: str, keys: Sequence[str] = (DAY,)) -> Done:
    """Derive partitions of one table, as one command."""
    table, failed = contracts.table(table_id), Failures()
    with duckdb.connect() as con:
        work.prepare(con)
        committed = list(deriving.derive(table, keys, work, con, failed))
    return _done(table, len(keys), committed, failed)


def stored(work: Work, table_id: str, key: str = DAY) -> bytes:
    """The bytes of a partition's file."""
    return work.lake.part(contracts.table(table_id), key).read_bytes()


def rows(work: Work, table_id: str, key: str = DAY, *, without: frozenset[str] = LINEAGE) -> pa.Table:
    """A partition's rows, without the columns that name the fetch."""
    found = pq.ParquetFile(work.lake.part(contracts.table(table_id), key)).read()
    return found.drop_columns([name for name in found.column_names if name in without])


def column(work: Work, table_id: str, name: str, key: str = DAY) -> list[Any]:
    """One column of a partition."""
    return rows(work, table_id, key).column(name).to_pylist()


@dataclass(frozen=True)
class Asked:
    """One request a sandbox answered."""

    method: str
    path: str
    query: str
    status: int

    @property
    def is_report(self) -> bool:
        return self.path.startswith("/v2/")


def asked(running: Running) -> list[Asked]:
    """Every request the sandbox answered, in order, tokens included."""
    answer = requests.get(f"{running.base_url}/_sandbox/requests", params={"detail": 1}, timeout=30).json()
    return [Asked(**one) for one in answer]


def reports_asked(running: Running) -> list[tuple[str, str]]:
    """(path, query) of every call of the API, without the token's."""
    return [(one.path, one.query) for one in asked(running) if one.is_report]


def forget(running: Running) -> None:
    """Empty the sandbox's log of requests."""
    requests.post(f"{running.base_url}/_sandbox/requests/reset", timeout=30).raise_for_status()


def new_day(running: Running) -> None:
    """Midnight UTC for the sandbox's limits."""
    requests.post(f"{running.base_url}/_sandbox/new-day", timeout=30).raise_for_status()


def recent_day(weeks_ago: int = 1) -> date:
    """A Tuesday that is settled by the machine's clock, for commands whose clock cannot be chosen."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=(today.weekday() - 1) % 7 + 7 * weeks_ago)


def real_sandbox(**changes: Any) -> Running:
    """A sandbox of 60 people at last midnight of the machine's clock, so that nothing changes during a test."""
    return sandbox(**{"now": f"{datetime.now(UTC):%Y-%m-%d}T00:00:00Z", **changes})


class CommandLine:
    """The command line in a folder of its own, with no setting but those given here."""

    def __init__(self, folder: Path, running: Running | None = None, **settings: str) -> None:
        self.folder = folder
        self.home = folder / "dagster"
        self.home.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / "dagster.yaml", self.home)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DAGSTER_HOME": str(self.home),
            "REPORTING_LAKE": str(folder / "lake"),
            "REPORTING_WAREHOUSE": str(folder / "reporting.duckdb"),
            "REPORTING_START_DATE": f"{recent_day() - timedelta(days=400)}",
            "SANDBOX_USERS": "50",
        }
        if running is not None:
            self.environment |= running.addresses
        self.environment |= settings

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "reporting_assets.cli", *arguments],
            cwd=self.folder,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(*arguments, **settings)
        out, err = process.communicate(timeout=400)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def ok(self, *arguments: str, **settings: str) -> str:
        """The standard output of a command that must succeed."""
        done = self.run(*arguments, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str, **settings: str) -> str:
        """What a command that must fail says: one sentence or two on standard error, no traceback, nothing else."""
        done = self.run(*arguments, **settings)
        assert done.returncode not in (0, None), done.stdout
        assert done.returncode > 0, f"killed by signal {-done.returncode}"
        assert_sentence(done.stderr)
        return done.stderr

    def files(self) -> dict[str, bytes]:
        """Every Parquet file and manifest of the lake."""
        lake = Path(self.environment["REPORTING_LAKE"])
        found = [*lake.glob("*/*/*/*.parquet"), *lake.glob("*/*/*/_manifest.json")] if lake.is_dir() else []
        return {str(path.relative_to(lake)): path.read_bytes() for path in found}


def assert_sentence(said: str) -> None:
    """Fails where a person would be shown a stack, an exception's name, or an error about an error."""
    for trace in ("Traceback", 'File "', "dagster.", "dagster_", "Stack Trace", "Exception", "Error: Error", "<class"):
        assert trace not in said, said
    assert "Error: " in said, said
    told = said.partition("Error: ")[2].strip()
    assert told, said
    assert told.endswith((".", "?", "!")), said
    assert len(told) < 600, said
    assert told.count("\n") <= 1, said


def statuses(requested: Sequence[Asked]) -> Mapping[int, int]:
    """How often each HTTP status was answered to report calls."""
    found: dict[int, int] = {}
    for one in requested:
        if one.is_report:
            found[one.status] = found.get(one.status, 0) + 1
    return found


def token(running: Running) -> str:
    """A new access token, asked for without the product's client."""
    defaults = Config()
    found = requests.post(
        running.oauth_url,
        auth=(defaults.client_id, defaults.client_secret),
        data={"grant_type": "account_credentials", "account_id": defaults.account_id},
        timeout=30,
    )
    return str(found.json()["access_token"])


def answer(running: Running, path_and_query: str) -> dict[str, Any]:
    """What the sandbox answers, asked without the product's client."""
    headers = {"Authorization": f"Bearer {token(running)}"}
    found = requests.get(running.base_url + path_and_query, headers=headers, timeout=30)
    found.raise_for_status()
    return dict(found.json())


def readable(path: Path) -> bytes:
    """A file's content, decompressed where it is landed pages or Parquet."""
    if path.suffix == ".parquet":
        return repr(pq.read_table(path).to_pylist()).encode()
    content = path.read_bytes()
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
            return reader.read()
    return content
