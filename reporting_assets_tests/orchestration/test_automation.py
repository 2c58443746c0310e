"""Derived tables follow corrected reports, however old: real runs, real events, real ticks of the automation.

Runs go through the same code as the command line, against a small simulated organisation; ticks are Dagster's own
evaluation of the project's conditions on that instance. What a tick requests is then run, as the daemon would.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from reporting_assets import contracts, periods
from reporting_assets.commands import runs
from reporting_assets.contracts.model import Input, Partition, Table
from reporting_assets.definitions import definitions
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import Running, start

pytestmark = pytest.mark.integration

TODAY = datetime.now(UTC).date()
# A Saturday of months ago, when hardly anybody meets, in the middle of its month so that no second month is touched.
OLD = (TODAY - timedelta(days=90)).replace(day=12)
OLD -= timedelta(days=(OLD.weekday() - 5) % 7)
MONTH = f"{OLD:%Y-%m}"
REPORTS = ["zoom.meetings", "zoom.meeting_participants"]


def following(reports: list[str]) -> list[str]:
    """The derived tables that follow where these reports, and no others, are there."""
    found = set(reports)
    for table in contracts.TABLES:  # inputs come first
        if table.is_derived and table.schema not in ("zoom", "webex"):
            required = {read.table for read in table.inputs if not read.is_optional and _is_awaited(table, read)}
            if required <= found and found & {read.table for read in table.inputs}:
                found.add(table.id)
    return [table.id for table in contracts.TABLES if table.id in found - set(reports)]


def _is_awaited(table: Table, read: Input) -> bool:
    """Days are derived where all of what they read of the day is there, months where some of each is of the month."""
    return table.partition is Partition.DAY or read.days_before == 0


def reach(table: Table) -> int:
    """How many days after a meeting's day read it, directly or through others."""
    inputs = [(read.days_before, read.table) for read in table.inputs if read.table in {*DERIVED, *REPORTS}]
    return max((days + reach(contracts.table(of)) for days, of in inputs), default=0)


# Everything that follows from meetings and joins, and every report that these cannot do without.
DERIVED = following(REPORTS)
OF_A_DAY = [id_ for id_ in DERIVED if contracts.table(id_).partition is Partition.DAY]
_READ = {read.table for id_ in DERIVED for read in contracts.table(id_).inputs if not read.is_optional}
ALL = [table.id for table in contracts.TABLES if table.id in {*REPORTS, *DERIVED, *_READ}]


def day(offset: int) -> str:
    return f"{OLD + timedelta(days=offset)}"


class Automation:
    """The project's conditions, evaluated tick by tick on one instance."""

    def __init__(self) -> None:
        self.definitions = definitions()
        self.instance = dg.DagsterInstance.get()
        self.cursor = None

    def tick(self) -> dict[str, set[str]]:
        """The partitions that one tick requests, by table."""
        result = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        requested = {id_: set(result.get_requested_partitions(dg.AssetKey(id_.split(".")))) for id_ in ALL}
        requested = {id_: keys for id_, keys in requested.items() if keys}
        assert result.total_requested == sum(map(len, requested.values()))
        return requested

    def follow(self) -> dict[str, list[str]]:
        """Run what ticks request until they request nothing; every partition requested, each as often as it was."""
        followed: dict[str, list[str]] = {}
        for _ in range(10):
            requested = self.tick()
            if not requested:
                return followed
            for key in sorted(set().union(*requested.values()), key=lambda key: (len(key) < len(day(0)), key)):
                asked = [id_ for id_ in DERIVED if key in requested.get(id_, ())]
                run(asked, key)  # as the daemon does: a day's tables in one run, days before months
                for id_ in asked:
                    followed.setdefault(id_, []).append(key)
        raise AssertionError(f"ten ticks, and still more is requested: {followed}")


def run(table_ids: list[str], first: str, last: str | None = None) -> None:
    """Materialize tables over a range of days, or a month, each kind of partition in one run."""
    begins, ends = periods.parse_range(first, last or first, earliest=OLD.replace(day=1), today=TODAY)
    runs.materialize([contracts.table(id_) for id_ in table_ids], begins, ends)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start(Config(users=50, now=f"{TODAY}T00:00:00Z")) as running:
        yield running


@pytest.fixture
def automation(sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Automation]:
    home = tmp_path / "dagster"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DAGSTER_HOME": home,
        "REPORTING_SOURCE": "sandbox",
        "REPORTING_LAKE": tmp_path / "lake",
        "REPORTING_WAREHOUSE": tmp_path / "reporting.duckdb",
        "REPORTING_START_DATE": OLD.replace(day=1),
        **sandbox.addresses,
    }.items():
        monkeypatch.setenv(name, str(value))
    automation = Automation()
    with automation.instance:
        assert automation.tick() == {}, "before anything was written, something is requested"
        yield automation


def test_a_first_day_is_derived_once_its_reports_are_there(automation: Automation) -> None:
    run(REPORTS, day(0))
    followed = automation.follow()
    # Nothing of the day after, though it reads this one: it has no meetings of its own yet.
    assert {id_: set(keys) for id_, keys in followed.items()} == {
        id_: {day(0)} if id_ in OF_A_DAY else {MONTH} for id_ in DERIVED
    }
    assert {id_: followed[id_] for id_ in OF_A_DAY} == {id_: [day(0)] for id_ in OF_A_DAY}, "each day once"


def test_without_joins_there_are_no_sessions(automation: Automation) -> None:
    run(["zoom.meetings"], day(0))
    assert set(automation.follow()) == set(following(["zoom.meetings"]))
    run(["zoom.meeting_participants"], day(0))
    followed = automation.follow()
    assert {"core.attendance", "utilization.account_daily"} <= set(followed)
    assert "core.meetings" not in followed
    assert set(followed) <= set(DERIVED)


def test_what_was_derived_together_is_not_derived_again(automation: Automation) -> None:
    run(ALL, day(0), day(2))
    assert automation.tick() == {}
    assert automation.tick() == {}


def test_a_month_follows_where_there_is_something_of_it(automation: Automation) -> None:
    """The users of a month's last days are read for the month after too, of which there are none."""
    run(["zoom.users"], f"{(OLD + timedelta(days=31)).replace(day=1) - timedelta(days=1)}")
    result = dg.evaluate_automation_conditions(automation.definitions, automation.instance, cursor=automation.cursor)
    assert result.get_requested_partitions(dg.AssetKey(["core", "users"])) == {MONTH}


def test_a_corrected_old_day_reaches_the_next_days_and_its_month(automation: Automation) -> None:
    run(ALL, day(-1), day(4))
    assert automation.tick() == {}
    run(REPORTS, day(0))
    followed = automation.follow()
    for id_ in OF_A_DAY:
        last = min(reach(contracts.table(id_)), 4)  # of the days there are
        assert set(followed[id_]) == {day(offset) for offset in range(last + 1)}, id_
    assert set(followed) == set(DERIVED)
    assert {id_: keys for id_, keys in followed.items() if len(keys) > len(set(keys))} == {}, "requested twice"
    assert automation.tick() == {}


def test_a_day_derived_with_its_reports_still_reaches_the_day_after(automation: Automation) -> None:
    """One run corrects a day and all that is derived of it; the days after read it too."""
    run(ALL, day(0), day(2))
    assert automation.tick() == {}
    run([*REPORTS, *OF_A_DAY], day(0))
    followed = automation.follow()
    assert day(1) in followed["core.meetings"]
    assert day(1) in followed["utilization.account_daily"]
    assert day(0) not in followed["core.meetings"]
    assert set(followed["utilization.account_monthly"]) == {MONTH}


def test_dates_are_old_enough() -> None:
    assert timedelta(days=60) < TODAY - OLD < timedelta(days=120)
    assert isinstance(OLD, date)
    assert OLD.weekday() == 5
    assert day(-1)[:7] == day(4)[:7] == MONTH
