"""Both vendors, from the API to the `core` tables, against a recount of what the simulation made happen.

Two weeks by default; whole months of three other organisations are slow, so they run by their mark.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets_tests.integration import harness, recount_core
from reporting_assets_tests.integration.recount_core import Instance, Row

pytestmark = pytest.mark.integration

MONTH = "2026-10"  # clocks go back in it
LAST = date(2026, 10, 31)
TWO_WEEKS, ALL_OF_IT = date(2026, 10, 18), date(2026, 10, 1)
ZONE = "Europe/Berlin"
FETCHED = (
    "zoom.meetings",
    "zoom.webinars",
    "zoom.meeting_participants",
    "zoom.webinar_participants",
    "zoom.webinar_absentees",
    "webex.meeting_usage",
    "webex.meeting_attendees",
)
DAILY = ("core.meetings", "core.participant_sessions", "core.attendance", "core.webinars")
MONTHLY = ("core.people", "core.meeting_series", "core.dates")


class Filled:
    """A lake with a month of core tables, and what really happened."""

    def __init__(self, folder: Path, seed: int, first: date) -> None:
        self.days = recount_core.days_of(first, LAST)
        before = first - timedelta(days=1)
        with harness.sandbox(seed=seed) as running:
            self.work: Work = harness.work_for(running, folder, reporting_timezone=ZONE)
            for table in FETCHED:
                done = harness.ingest(self.work, table, [str(before), *self.days])
                assert not done.failures, done.failures
            assert not harness.ingest(self.work, "zoom.users", [str(LAST)]).failures
        for table in DAILY:
            assert not harness.derive(self.work, table, self.days).failures
        for table in MONTHLY:
            assert not harness.derive(self.work, table, [MONTH]).failures
        truth.write(
            Config(users=60, seed=seed, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}"), folder / "truth", before, LAST
        )
        self.everything = recount_core.read(folder / "truth")
        self.directory = recount_core.directory_of(folder / "truth")
        self.month = [one for one in self.everything if one.meeting.day >= first]

    def rows(self, table: str) -> list[Row]:
        keys = [MONTH] if table in MONTHLY else self.days
        return [row for key in keys for row in harness.rows(self.work, table, key).to_pylist()]

    def by_instance(self, table: str) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {one.key: [] for one in self.month}
        for row in self.rows(table):
            found[row["platform"], row["meeting_uuid"]].append(row)
        return found


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((7, TWO_WEEKS), id="two-weeks-of-7"),
        *(pytest.param((seed, ALL_OF_IT), id=f"month-of-{seed}", marks=pytest.mark.slow) for seed in (15, 2, 2026)),
    ],
)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("core"), *request.param)


def test_the_month_has_what_is_awkward(filled: Filled) -> None:
    kinds = Counter((one.platform, one.is_webinar) for one in filled.month)
    assert all(kinds[platform, is_webinar] for platform in ("zoom", "webex") for is_webinar in (True, False)), kinds
    people = [person for one in filled.month for person in one.everybody]
    assert any(person.key is None for person in people)
    assert any(len(person.joins) > 3 for person in people)
    assert any(join.is_waiting for person in people for join in person.joins)
    assert any(one.meeting.span[0] // 86_400 < one.meeting.span[1] // 86_400 for one in filled.month)
    assert any(one.came is None for one in filled.month if one.is_webinar)


def test_meetings(filled: Filled) -> None:
    logical = recount_core.logical_meetings(filled.everything)
    rows = filled.by_instance("core.meetings")
    for one in filled.month:
        [row] = rows[one.key]
        local = datetime.fromtimestamp(one.begins, ZoneInfo(ZONE))
        expected = {
            "meeting_number": one.number,
            "is_webinar": one.is_webinar,
            "host_email": one.meeting.host,
            "started_at": recount_core.moment(one.begins),
            "ended_at": recount_core.moment(one.meeting.span[1]),
            "actual_seconds": one.seconds,
            "start_local_date": local.date(),
            "start_local_hour": local.hour,
            "logical_meeting_key": logical[one.key],
            "is_solo": None if one.is_webinar and one.platform == "zoom" else one.meeting.true_people == 1,
            "vendor_participant_joins": one.vendor_joins,
            "is_final": True,
        }
        assert {name: row[name] for name in expected} == expected
    assert len({key for one, key in logical.items() if one in rows}) < len(rows), "some host dropped"


def test_every_join_belongs_to_the_person_it_should(filled: Filled) -> None:
    rows = filled.by_instance("core.participant_sessions")
    for one in filled.month:
        people: dict[str, list[Row]] = {}
        for row in rows[one.key]:
            people.setdefault(row["person_key"], []).append(row)
        found = Counter(
            (
                key if joins[0]["identity_confidence"] == "strong" else None,
                tuple(sorted((row["joined_at"], row["left_at"], row["is_waiting_room"]) for row in joins)),
            )
            for key, joins in people.items()
        )
        expected = Counter(
            (
                person.key,
                tuple(sorted((*map(recount_core.moment, join.span), join.is_waiting) for join in person.joins)),
            )
            for person in one.everybody
        )
        assert found == expected, one.key
        assert len({row["session_key"] for row in rows[one.key]}) == len(rows[one.key])


def test_attendance(filled: Filled) -> None:
    rows = filled.by_instance("core.attendance")
    for one in filled.month:
        expected = Counter(_facts(person.key, recount_core.attendance(one, person)) for person in one.meeting.people)
        names = list(recount_core.attendance(one, one.meeting.people[0]))
        found = Counter(
            _facts(
                row["person_key"] if row["identity_confidence"] == "strong" else None,
                {name: row[name] for name in names} | {"pct_of_actual": _rounded(row["pct_of_actual"])},
            )
            for row in rows[one.key]
        )
        assert found == expected, one.key


def test_attendance_against_schedules(tmp_path: Path) -> None:
    """Lists of hosts, which plans without dashboards are asked for, know when meetings were to begin."""
    days = recount_core.days_of(date(2026, 11, 9), date(2026, 11, 11))
    with harness.sandbox(seed=15, plan="pro") as running:
        work = harness.work_for(running, tmp_path, zoom_plan="pro")
        for table in ("zoom.meetings", "zoom.meeting_participants"):
            done = harness.ingest(work, table, days)
            assert not done.failures, done.failures
    for table in DAILY[:3]:
        assert not harness.derive(work, table, days).failures
    config = Config(users=60, seed=15, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}")
    truth.write(config, tmp_path / "truth", date(2026, 11, 9), date(2026, 11, 11))
    directory = recount_core.directory_of(tmp_path / "truth")
    true = {one.meeting.uuid: one for one in recount_core.read(tmp_path / "truth") if one.platform == "zoom"}
    late = scheduled = 0
    meetings = [row for day in days for row in harness.rows(work, "core.meetings", day).to_pylist()]
    attended = [row for day in days for row in harness.rows(work, "core.attendance", day).to_pylist()]
    for row in meetings:
        one = true[row["meeting_uuid"]]
        assert row["kind"] in ("instant", "scheduled", "recurring", "personal_room")
        assert row["host_key"] == f"u:{directory[one.host_id]['user_id']}"
        assert row["scheduled_at"] == (recount_core.moment(one.scheduled) if one.scheduled else None)
        names = list(recount_core.attendance(one, one.meeting.people[0]))
        found = Counter(
            _facts(
                one_row["person_key"] if one_row["identity_confidence"] == "strong" else None,
                {name: one_row[name] for name in names} | {"pct_of_actual": _rounded(one_row["pct_of_actual"])},
            )
            for one_row in attended
            if one_row["meeting_uuid"] == one.meeting.uuid
        )
        expected = [
            _facts(person.key, recount_core.attendance(one, person, knows_schedules=True))
            for person in one.meeting.people
        ]
        assert found == Counter(expected), one.key
        scheduled += one.scheduled is not None
        late += one.scheduled is not None and one.scheduled > one.begins
    assert scheduled > 10
    assert late, "somebody opened a meeting before its time"


def _facts(key: str | None, facts: Row) -> tuple[Any, ...]:
    return (key, *sorted(facts.items()))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 9)


def test_webinars(filled: Filled) -> None:
    rows = {(row["platform"], row["meeting_uuid"]): row for row in filled.rows("core.webinars")}
    webinars: dict[tuple[str, str], Instance] = {one.key: one for one in filled.month if one.is_webinar}
    assert rows.keys() == webinars.keys()
    for key, one in webinars.items():
        row = rows[key]
        assert row["panelists"] == one.panelists
        if one.platform == "webex":
            registered = [person for person in one.everybody if any(join in one.registered for join in person.joins)]
            assert row["registrants_joined"] == (len(registered) if row["registrants"] or registered else None)
            continue
        assert row["has_registration"] == (one.came is not None or None)
        assert row["registrants_joined"] == one.came
        assert row["registrants_absent"] == row["vendor_absentees"] == one.stayed_away
        known = None if one.came is None or one.stayed_away is None else one.came + one.stayed_away
        assert row["registrants"] == known


def test_people(filled: Filled) -> None:
    rows = filled.rows("core.people")
    expected = recount_core.people(filled.month, filled.directory, ZoneInfo(ZONE))
    names = (
        "meetings_attended",
        "webinars_attended",
        "meetings_hosted",
        "webinars_hosted",
        "join_count",
        "attended_seconds",
        "days_active",
        "first_seen_at",
        "last_seen_at",
    )
    for platform in ("zoom", "webex"):
        mine = [row for row in rows if row["platform"] == platform]
        found = Counter(
            (
                row["person_key"] if row["identity_confidence"] == "strong" else None,
                *(row[name] for name in names),
            )
            for row in mine
        )
        assert found == expected[platform]
        assert len({row["person_key"] for row in mine}) == len(mine)


def test_known_keys_lead_from_every_row_to_one_person(filled: Filled) -> None:
    known = [(row["platform"], one["person_key"]) for row in filled.rows("core.people") for one in row["known_keys"]]
    assert len(set(known)) == len(known), "a key belongs to one person"
    seen = {(row["platform"], row["person_key"]) for row in filled.rows("core.participant_sessions")}
    seen |= {(row["platform"], row["host_key"]) for row in filled.rows("core.meetings")}
    assert set(known) == seen


def test_internal_people_are_the_employees(filled: Filled) -> None:
    """Employees who did not sign in stand under a first name and cannot be told from guests."""
    employees = {row["email"] for row in filled.directory.values() if not row["is_guest"] and not row["deleted"]}
    guests = {row["email"] for row in filled.directory.values() if row["is_guest"]}
    for row in filled.rows("core.people"):
        if row["email"] in employees:
            assert row["is_internal"], row
        if row["email"] in guests:
            assert row["is_internal"] is (False if row["platform"] == "zoom" else None), row


def test_series(filled: Filled) -> None:
    logical = recount_core.logical_meetings(filled.everything)
    expected = recount_core.series(filled.month, logical, ZoneInfo(ZONE))
    rows = {(row["platform"], row["series_key"]): row for row in filled.rows("core.meeting_series")}
    assert rows.keys() == expected.keys()
    for key, facts in expected.items():
        assert {name: rows[key][name] for name in facts} == facts
    assert any(row["is_personal_room"] for row in rows.values())
    assert all(row["is_personal_room"] is None for (platform, _), row in rows.items() if platform == "webex")


def test_contracts_hold(filled: Filled) -> None:
    with duckdb.connect() as con:
        for table in map(contracts.table, (*DAILY, *MONTHLY)):
            con.register("stored", pa.concat_tables(_tables(filled, table.id)))
            for expectation in table.expectations:
                count = con.sql(f"SELECT count(*) FROM stored WHERE NOT ({expectation.predicate})").fetchall()
                assert count == [(0,)], (table.id, expectation.name)
            keys = ", ".join(table.key)
            assert con.sql(f"SELECT {keys} FROM stored GROUP BY ALL HAVING count(*) > 1").fetchall() == []
            con.unregister("stored")


def _tables(filled: Filled, table: str) -> list[pa.Table]:
    keys = [MONTH] if table in MONTHLY else filled.days
    return [harness.rows(filled.work, table, key, without=frozenset()) for key in keys]


def test_any_order_gives_the_same_bytes(filled: Filled) -> None:
    before = {(table, day): harness.stored(filled.work, table, day) for table in DAILY for day in filled.days[:4]}
    for day in reversed(filled.days[:4]):
        for table in DAILY:
            harness.derive(filled.work, table, [day])
    assert {place: harness.stored(filled.work, *place) for place in before} == before
