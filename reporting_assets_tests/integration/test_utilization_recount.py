"""How the account was used, from the API to the tables, against a recount of what the simulation made happen.

Eight days by default; whole months of three other organisations are slow, so they run by their mark.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
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
from reporting_assets.sandbox import bookkeeping, truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import open_history
from reporting_assets_tests.integration import harness, recount_core
from reporting_assets_tests.integration.recount_core import Row
from reporting_assets_tests.integration.recount_utilization import VENDORS, Account, in_seconds

pytestmark = pytest.mark.integration

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
    expected = {(day, *key): one for day in filled.days for key, one in filled.account.users(day).items()}
    assert rows.keys() == expected.keys()
    names = ("instances_attended", "instances_hosted", "attended_minutes", "messages_sent", "local_date")
    for key, one in expected.items():
        found = tuple(in_seconds(rows[key], names).values())
        day, platform, _ = key
        has_chat = platform == "zoom" and any(other.messages for other in filled.account.users(day).values())
        messages = one.messages if has_chat else None
        assert found == (one.attended, one.hosted, one.seconds, messages, filled.account.local_date(day)), key


def test_account_by_day(filled: Filled) -> None:
    rows = filled.rows("utilization.account_daily")
    assert len(rows) == 3 * len(filled.days)
    for day in filled.days:
        for platform, expected in filled.account.day(day, filled.days).items():
            assert in_seconds(rows[day, platform], expected) == expected, (day, platform)


def test_account_by_month(filled: Filled) -> None:
    days = filled.rows("utilization.account_daily")
    rows = filled.rows("utilization.account_monthly")
    people = filled.account.month(filled.month_days, filled.days)
    for platform in (*VENDORS, "all"):
        row = rows[MONTH, platform]
        mine = [days[day, platform] for day in filled.days]
        assert row["days_covered"] == len(filled.days)
        for name in ("meetings", "solo_meetings", "participant_joins", "webinars", "webinar_participant_joins"):
            assert row[name] == sum(one[name] for one in mine), name
        for name in ("meeting_minutes", "person_minutes", "webinar_minutes", "webinar_person_minutes"):
            assert round(row[name] * 60) == sum(round(one[name] * 60) for one in mine), name
        for name in ("meetings", "people", "attendees"):
            highest = max(mine, key=lambda one: one[f"peak_concurrent_{name}"])
            assert row[f"peak_{name}_at"] == highest[f"peak_{name}_at"], name
        for name in ("wau", "mau", "stickiness_rate"):
            assert row[name] == mine[-1][name], name
        expected = people[platform]
        rounded = {name: round(row[name], 9) if name.startswith("mean") else row[name] for name in expected}
        assert rounded == expected, platform
    assert rows[MONTH, "zoom"]["meeting_share_rate"] + rows[MONTH, "webex"]["meeting_share_rate"] == pytest.approx(1)


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
    expected = {(day, *key): row for day in filled.days for key, row in filled.account.hosts({day}).items()}
    assert daily.keys() == expected.keys()
    assert {key: in_seconds(daily[key], row) for key, row in expected.items()} == expected
    monthly = filled.rows("utilization.host_monthly", "platform", "host_key")
    hosted = {key: row for key, row in monthly.items() if row["meetings"] + row["webinars"]}
    counted = filled.account.hosts(set(filled.month_days))
    assert {key: in_seconds(row, counted[key]) for key, row in hosted.items()} == counted
    if filled.month_days == filled.days:
        for name in ("meetings", "webinars", "participant_joins", "instances_beyond_basic"):
            assert sum(row[name] for row in daily.values()) == sum(row[name] for row in monthly.values())


def test_departments_add_up_to_hosts_and_users(filled: Filled) -> None:
    organisation = filled.account.organisation
    department = {f"u:{organisation.user_id(one.index)}": one.department for one in organisation.people}
    address = {f"e:{organisation.email(one.index)}": one.department for one in organisation.people}
    meetings: dict[tuple[str, str], int] = defaultdict(int)
    for (platform, host), row in filled.account.hosts(set(filled.month_days)).items():
        # The list of users does not know who was deleted; Zoom's dashboards tell their department, Webex does not.
        known = department.get(host) or (address[host] if platform == "zoom" else "unknown")
        meetings[platform, known] += row["meetings"]
    rows = filled.rows("utilization.department_monthly", "platform", "department")
    assert {key: row["meetings"] for key, row in rows.items() if row["meetings"]} == {
        key: count for key, count in meetings.items() if count
    }
    active: dict[tuple[str, str], set[str]] = defaultdict(set)
    present = {f"u:{organisation.user_id(index)}" for index in filled.account.listed.values()}
    for day in filled.days:
        for platform, user in filled.account.users(day):
            active[platform, department[user] if user in present else "unknown"].add(user)
    assert {key: row["active_users"] for key, row in rows.items() if row["active_users"]} == {
        key: len(users) for key, users in active.items()
    }
    there = [one for one in organisation.people if one.status_at(filled.account.now)]
    assert sum(row["users"] or 0 for row in rows.values()) == len(there)
    assert sum(row["licensed_users"] or 0 for row in rows.values()) == sum(one.license == 2 for one in there)


def test_licences(filled: Filled) -> None:
    """With 90 days to look at nobody can be judged here; with as many as there are, everybody."""
    account, organisation = filled.account, filled.account.organisation
    rows = filled.rows("utilization.license_monthly", "user_key")
    licensed = [one for one in organisation.people if one.license == 2 and one.status_at(account.now)]
    assert len(rows) == len(licensed)
    assert {row["is_reclaim_candidate"] for row in rows.values()} <= {None, False}
    hosts = account.hosts(set(filled.month_days))
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
        hosted = hosts.get(("zoom", f"u:{user}"))
        is_unused = hosted is None or (
            hosted["last_hosted_at"].date() < filled.first and not hosted["instances_beyond_basic"]
        )
        is_new = recount_core.moment(one.hired).date() > filled.first
        if is_unused and not is_new and not (days == 31 and f"u:{user}" in by_vendor):
            is_pending = one.status_at(account.now) == "pending"
            expected.add(organisation.email(one.index) if is_pending else user)
    assert candidates == expected


def test_rooms(filled: Filled) -> None:
    rows = filled.rows("utilization.room_daily", "dt", "room_id")
    for day in filled.days:
        for room, (meetings, seconds) in filled.account.rooms(day, filled.before).items():
            row = rows.pop((day, room))
            assert (row["meetings"], round(row["used_hours"] * 3600)) == (meetings, seconds), (day, room)
            assert row["available_hours"] == (8 if filled.account.local_date(day).weekday() < 5 else 0)
    assert rows == {}


def test_telephone_legs(filled: Filled) -> None:
    rows = filled.rows("utilization.telephony_daily")
    found = {
        (day, kind, country): (row["legs"], row["leg_seconds"], row["billed_minutes"], row["cost_usd"])
        for (day, platform, kind, country), row in rows.items()
        if platform == "zoom"
    }
    expected = {
        key: (legs, seconds, minutes, Decimal(cost) / 10_000)
        for key, (legs, seconds, minutes, cost) in filled.account.legs(filled.days).items()
    }
    assert found == expected
    assert any(platform == "webex" for _, platform, *_ in rows)


def test_storage(filled: Filled) -> None:
    [row] = filled.rows("utilization.recording_storage_monthly").values()
    days = [date(2026, 10, number) for number in range(1, 32)]
    sizes = [bookkeeping.stored_bytes(filled.account.organisation, day) for day in days]
    assert row["days_covered"] == 31
    assert row["used_bytes_last"] == pytest.approx(sizes[-1], rel=0.05)  # told to one decimal of its unit
    assert row["used_bytes_mean"] == pytest.approx(sum(sizes) / 31, rel=0.05)


def test_adoption(filled: Filled) -> None:
    rows = filled.rows("utilization.feature_adoption_monthly", "platform", "feature")
    for kind in ("meetings", "webinars"):
        expected = filled.account.adoption(filled.month_days, webinars=kind == "webinars")
        found = {
            name: (rows["zoom", name][f"{kind}_known"], rows["zoom", name][f"{kind}_with_feature"]) for name in expected
        }
        assert found == expected


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
