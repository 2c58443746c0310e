"""How the account was used, from the API to the tables, against a recount of what the simulation made happen.

Eight days by default; whole months of three other organisations are slow, so they run by their mark.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition
from reporting_assets.lake import store
from reporting_assets.models import run as models
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import open_history
from reporting_assets_tests.integration import harness, recount_core, recount_hosts, recount_resources
from reporting_assets_tests.integration.figures import same
from reporting_assets_tests.integration.recount_core import Row
from reporting_assets_tests.integration.recount_utilization import VENDORS, Account

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

MONTH = "2026-10"  # clocks go back in it
LAST = date(2026, 10, 31)
FETCHED = (
    "zoom.users",
    "zoom.meetings",
    "zoom.webinars",
    "zoom.meeting_participants",
    "zoom.webinar_participants",
    "zoom.chat_activity",
    "zoom.rooms",
    "zoom.room_meetings",
    "zoom.telephone",
    "zoom.crc_ports",
    "webex.sites",
    "webex.meeting_usage",
    "webex.meeting_attendees",
)
MONTHLY_REPORTS = ("zoom.daily_usage", "zoom.hosts", "zoom.cloud_recording")
CORE = ("core.meetings", "core.participant_sessions", "core.attendance", "core.rooms")
UTILIZATION = [table for table in contracts.TABLES if table.schema == "utilization"]
DAILY = [table.id for table in UTILIZATION if table.partition is Partition.DAY]
MONTHLY = [table.id for table in UTILIZATION if table.partition is Partition.MONTH]


class Filled:
    """A lake with some days of use, and what really happened. What ran into the first day is fetched too."""

    def __init__(self, folder: Path, seed: int, first: date, zone: str) -> None:
        before = first - timedelta(days=3)
        self.first, self.before = first, before
        self.days = [first + timedelta(days=number) for number in range((LAST - first).days + 1)]
        # Months count people and hosts anew from all days there are of them, those before the first one too.
        self.month_days = [
            day
            for day in (before + timedelta(days=number) for number in range(40))
            if "2026-10-01" <= str(day) <= str(LAST)
        ]
        keys, fetched = [str(day) for day in self.days], recount_core.days_of(before, LAST)
        config = Config(users=60, seed=seed, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}")
        with harness.sandbox(seed=seed) as running:
            self.work: Work = harness.work_for(running, folder, reporting_timezone=zone)
            for table in FETCHED:
                done = harness.ingest(self.work, table, fetched)
                assert not done.failures, done.failures
            for table in MONTHLY_REPORTS:
                assert not harness.ingest(self.work, table, [MONTH]).failures
        for table in CORE:
            assert not harness.derive(self.work, table, fetched).failures
        for table in DAILY:
            assert not harness.derive(self.work, table, keys).failures
        for table in MONTHLY:
            assert not harness.derive(self.work, table, [MONTH]).failures
        truth.write(config, folder / "truth", before, LAST)
        instances = recount_core.read(folder / "truth")
        self.account = Account(instances, open_history(config), harness.NOW, zone)
        is_complete = first == date(2026, 10, 1)
        self.hosts = recount_hosts.by_month(self.account, self.month_days, is_complete=is_complete)
        self.licences = recount_hosts.licences(self.account, self.hosts, LAST, len(self.days))

    def rows(self, table: str, *key: str) -> dict[Any, Row]:
        """The rows of a table by partition and key, or those columns."""
        contract = contracts.table(table)
        names = key or (contract.all_columns[0].name, *contract.key)
        parts = [MONTH] if contract.partition is Partition.MONTH else [str(day) for day in self.days]
        rows = [row for part in parts for row in harness.rows(self.work, table, part).to_pylist()]
        found = {tuple(row[name] for name in names): row for row in rows}
        assert len(found) == len(rows), "keys are unique"
        return found


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((7, date(2026, 10, 24), "Europe/Berlin"), id="eight-days-of-7"),
        pytest.param((15, date(2026, 10, 1), "UTC"), id="month-of-15", marks=pytest.mark.slow),
        pytest.param((2, date(2026, 10, 1), "America/New_York"), id="month-of-2", marks=pytest.mark.slow),
        pytest.param((2026, date(2026, 10, 1), "Asia/Tokyo"), id="month-of-2026", marks=pytest.mark.slow),
    ],
)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("utilization"), *request.param)


def test_what_makes_counting_hard_is_there(filled: Filled) -> None:
    account = filled.account
    assert {one.platform for one in account.instances} == set(VENDORS)
    days = [account.users(day) for day in filled.days]
    assert any(("zoom", user) in day and ("webex", user) in day for day in days for _, user in day)
    assert any(one.messages and not one.seconds for day in days for one in day.values())
    assert any(one.is_webinar for one in account.instances)


def test_users_by_day(filled: Filled) -> None:
    rows = filled.rows("utilization.user_daily")
    expected = {(day, *key): row for day in filled.days for key, row in filled.account.user_rows(day).items()}
    assert rows.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.user_daily", rows[key], row, key)


def test_account_by_day(filled: Filled) -> None:
    rows = filled.rows("utilization.account_daily")
    assert len(rows) == 3 * len(filled.days)
    for day in filled.days:
        for platform, expected in filled.account.day(day, filled.days).items():
            same("utilization.account_daily", rows[day, platform], expected, (day, platform))


def test_account_by_month(filled: Filled) -> None:
    rows = filled.rows("utilization.account_monthly")
    use = filled.account.month(filled.month_days, filled.days)
    licences = recount_hosts.licence_totals(filled.account, filled.licences, LAST, use)
    assert rows.keys() == {(MONTH, platform) for platform in use}
    for platform, expected in use.items():
        same("utilization.account_monthly", rows[MONTH, platform], {**expected, **licences[platform]}, platform)


def test_vendors_agree_over_a_whole_month(filled: Filled) -> None:
    rows = filled.rows("utilization.account_monthly")
    zoom, webex = rows[MONTH, "zoom"], rows[MONTH, "webex"]
    assert zoom["vendor_meetings"] > 0
    assert webex["vendor_person_minutes"] > 0
    if not zoom["is_complete_month"]:
        assert zoom["meetings_difference_rate"] is None
        return
    assert abs(zoom["meetings_difference_rate"]) <= 0.02
    assert abs(zoom["person_minutes_difference_rate"]) <= 0.1
    assert abs(webex["person_minutes_difference_rate"]) <= 0.1


def test_hosts(filled: Filled) -> None:
    daily = filled.rows("utilization.host_daily")
    expected = {
        (day, *key): row for day in filled.days for key, row in recount_hosts.by_day(filled.account, day).items()
    }
    assert daily.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.host_daily", daily[key], row, key)
    if filled.month_days == filled.days:
        monthly = filled.rows("utilization.host_monthly").values()
        for name in ("meetings", "webinars", "participant_joins", "instances_beyond_basic"):
            assert sum(row[name] for row in daily.values()) == sum(row[name] for row in monthly)


def test_hosts_by_month(filled: Filled) -> None:
    rows = filled.rows("utilization.host_monthly", "platform", "host_key")
    assert rows.keys() == filled.hosts.keys()
    for key, row in filled.hosts.items():
        same("utilization.host_monthly", rows[key], row, key)


def test_departments(filled: Filled) -> None:
    rows = filled.rows("utilization.department_monthly", "platform", "department")
    expected = recount_hosts.departments(filled.account, filled.hosts, filled.licences, filled.days)
    assert rows.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.department_monthly", rows[key], row, key)


def test_licences(filled: Filled) -> None:
    rows = filled.rows("utilization.license_monthly", "user_key")
    assert {user for (user,) in rows} == filled.licences.keys()
    for user, row in filled.licences.items():
        same("utilization.license_monthly", rows[user,], row, user)


def test_who_can_do_without_a_licence(filled: Filled) -> None:
    """With 90 days to look at nobody can be judged here; with as many as there are, everybody."""
    account, organisation = filled.account, filled.account.organisation
    licensed = [one for one in organisation.people if one.license == 2 and one.status_at(account.now)]
    assert {row["is_reclaim_candidate"] for row in filled.licences.values()} <= {None, False}
    days = len(filled.days)
    table = contracts.table("utilization.license_monthly")
    with duckdb.connect() as con:
        filled.work.prepare(con)
        for name, keys in models.input_partitions(table, MONTH).items():
            store.attach(con, filled.work.lake, contracts.table(name), keys)
        judged = models.rows(con, table, MONTH, {"reclaim_days": days}, "sandbox").read_all().to_pylist()
    candidates = {row["user_key"] for row in judged if row["is_reclaim_candidate"]}
    # Zoom's count is of the whole month, so it speaks where the whole month is looked at.
    by_vendor = {row["host_key"] for row in filled.rows("utilization.host_monthly").values() if row["vendor_meetings"]}
    expected = set()
    for one in licensed:
        user = organisation.user_id(one.index)
        hosted = filled.hosts.get(("zoom", f"u:{user}"))
        is_unused = (
            hosted is None
            or hosted["last_hosted_at"] is None
            or (hosted["last_hosted_at"].date() < filled.first and not hosted["instances_beyond_basic"])
        )
        is_new = recount_core.moment(one.hired).date() > filled.first
        if is_unused and not is_new and not (days == 31 and f"u:{user}" in by_vendor):
            is_pending = one.status_at(account.now) == "pending"
            expected.add(organisation.email(one.index) if is_pending else user)
    assert candidates == expected


def test_rooms(filled: Filled) -> None:
    rows = filled.rows("utilization.room_daily", "dt", "room_id")
    expected = {
        (day, room): row
        for day in filled.days
        for room, row in recount_resources.rooms(filled.account, day, filled.before).items()
    }
    assert rows.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.room_daily", rows[key], row, key)
    assert any(row["meetings"] for row in expected.values())


def test_ports(filled: Filled) -> None:
    rows = filled.rows("utilization.crc_hourly", "usage_date", "usage_hour")
    expected = {
        (day, hour): row for day in filled.days for hour, row in recount_resources.ports(filled.account, day).items()
    }
    assert rows.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.crc_hourly", rows[key], row, key)
    assert any(row["max_ports"] for row in expected.values())


def test_telephone_calls(filled: Filled) -> None:
    rows = filled.rows("utilization.telephony_daily")
    expected = recount_resources.calls(filled.account, filled.days)
    assert rows.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.telephony_daily", rows[key], row, key)
    assert {platform for _, platform, *_ in rows} == set(VENDORS)


def test_storage(filled: Filled) -> None:
    [row] = filled.rows("utilization.recording_storage_monthly").values()
    days = [date(2026, 10, number) for number in range(1, 32)]
    same("utilization.recording_storage_monthly", row, recount_resources.storage(filled.account, days))


def test_adoption(filled: Filled) -> None:
    rows = filled.rows("utilization.feature_adoption_monthly", "platform", "feature")
    expected = recount_resources.adoption(filled.account, filled.month_days)
    assert rows.keys() == expected.keys()
    for key, row in expected.items():
        same("utilization.feature_adoption_monthly", rows[key], row, key)


COMPARED_BY = {
    "utilization.user_daily": test_users_by_day,
    "utilization.account_daily": test_account_by_day,
    "utilization.account_monthly": test_account_by_month,
    "utilization.host_daily": test_hosts,
    "utilization.host_monthly": test_hosts_by_month,
    "utilization.license_monthly": test_licences,
    "utilization.department_monthly": test_departments,
    "utilization.room_daily": test_rooms,
    "utilization.crc_hourly": test_ports,
    "utilization.telephony_daily": test_telephone_calls,
    "utilization.recording_storage_monthly": test_storage,
    "utilization.feature_adoption_monthly": test_adoption,
}


def test_every_table_is_recounted() -> None:
    assert COMPARED_BY.keys() == {table.id for table in UTILIZATION}


def test_contracts_hold(filled: Filled) -> None:
    with duckdb.connect() as con:
        for table in UTILIZATION:
            parts = [MONTH] if table.partition is Partition.MONTH else [str(day) for day in filled.days]
            tables = [harness.rows(filled.work, table.id, part, without=frozenset()) for part in parts]
            con.register("stored", pa.concat_tables(tables))
            assert con.sql("SELECT count(*) FROM stored").fetchall() != [(0,)], table.id
            for expectation in table.expectations:
                if not expectation.blocking:
                    continue
                count = con.sql(f"SELECT count(*) FROM stored WHERE NOT ({expectation.predicate})").fetchall()
                assert count == [(0,)], (table.id, expectation.name)
            con.unregister("stored")


def test_any_order_gives_the_same_bytes(filled: Filled) -> None:
    days = [str(day) for day in filled.days[:3]]
    places = [(table, day) for table in DAILY for day in days] + [(table, MONTH) for table in MONTHLY]
    before = {place: harness.stored(filled.work, *place) for place in places}
    for table in DAILY:
        for day in reversed(days):
            harness.derive(filled.work, table, [day])
    for table in MONTHLY:
        harness.derive(filled.work, table, [MONTH])
    assert {place: harness.stored(filled.work, *place) for place in places} == before
