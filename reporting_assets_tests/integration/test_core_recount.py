"""Both vendors, from the API to the `core` tables, against a recount of what the simulation made happen.

Two weeks by default; whole months of three other organisations are slow, so they run by their mark.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from reporting_assets import contracts
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import open_history
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets_tests.integration import harness, recount_core, recount_directory
from reporting_assets_tests.integration.figures import figures, same, same_rows
from reporting_assets_tests.integration.recount_core import Instance, Row

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

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
        config = Config(users=60, seed=seed, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}")
        truth.write(config, folder / "truth", before, LAST)
        self.everything = recount_core.read(folder / "truth")
        self.invited = recount_core.invited(open_history(config), self.everything)
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
        expected = {
            "meeting_number": one.number,
            "is_webinar": one.is_webinar,
            "host_email": one.meeting.host,
            "started_at": recount_core.moment(one.begins),
            "ended_at": recount_core.moment(one.meeting.span[1]),
            "actual_seconds": one.seconds,
            **_starts(one),
            "logical_meeting_key": logical[one.key],
            "is_solo": None if one.is_webinar and one.platform == "zoom" else one.meeting.true_people == 1,
            "vendor_participant_joins": one.vendor_joins,
            "vendor_person_minutes": one.vendor_minutes,
            "vendor_peak_attendees": one.meeting.peak_connections if one.platform == "webex" else None,
            "is_final": True,
        }
        same("core.meetings", row, expected, one.key)
    assert len({key for one, key in logical.items() if one in rows}) < len(rows), "some host dropped"


def _starts(one: Instance) -> Row:
    local = datetime.fromtimestamp(one.begins, ZoneInfo(ZONE))
    return {"start_local_date": local.date(), "start_local_hour": local.hour}


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
        expected = [{"person": person.key, **recount_core.attendance(one, person)} for person in one.meeting.people]
        same_rows("core.attendance", map(recount_core.with_person, rows[one.key]), expected, one.key)


def test_webinars(filled: Filled) -> None:
    rows = {(row["platform"], row["meeting_uuid"]): row for row in filled.rows("core.webinars")}
    webinars: dict[tuple[str, str], Instance] = {one.key: one for one in filled.month if one.is_webinar}
    assert rows.keys() == webinars.keys()
    for key, one in webinars.items():
        expected = {
            **_starts(one),
            "actual_seconds": one.seconds,
            "panelists": one.panelists,
            "vendor_participant_joins": one.vendor_joins,
            "vendor_person_minutes": one.vendor_minutes,
            **_registrations(one, filled),
        }
        same("core.webinars", rows[key], expected, key)


def _registrations(one: Instance, filled: Filled) -> Row:
    if one.platform == "zoom":
        known = None if one.came is None or one.stayed_away is None else one.came + one.stayed_away
        return {
            "has_registration": one.came is not None or None,
            "registrants": known,
            "registrants_joined": one.came,
            "registrants_absent": one.stayed_away,
            "vendor_absentees": one.stayed_away,
            "invitees": None,
        }
    asked = filled.invited[one.meeting.uuid]
    joined = sum(any(join in one.registered for join in person.joins) for person in one.everybody)
    is_known = asked.registrants > 0 or joined > 0
    return {
        "has_registration": is_known or None,
        "registrants": asked.registrants if is_known else None,
        "registrants_joined": joined if is_known else None,
        "registrants_absent": asked.registrants - joined if is_known and asked.registrants >= joined else None,
        "vendor_absentees": None,
        "invitees": asked.invitees,
    }


def test_people(filled: Filled) -> None:
    rows = filled.rows("core.people")
    expected = recount_core.people(filled.month, filled.directory, ZoneInfo(ZONE))
    for platform in ("zoom", "webex"):
        mine = [row for row in rows if row["platform"] == platform]
        same_rows("core.people", map(recount_core.with_person, mine), expected[platform], platform)
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
        same("core.meeting_series", rows[key], facts, key)
    assert any(row["is_personal_room"] for row in rows.values())
    assert all(row["is_personal_room"] is None for (platform, _), row in rows.items() if platform == "webex")


@pytest.mark.parametrize(
    ("first", "last", "lengths"),
    [
        (ALL_OF_IT, LAST, {86_400, 90_000}),  # clocks go back
        (date(2026, 3, 1), date(2026, 3, 31), {82_800, 86_400}),  # and forward
        (date(2027, 1, 1), date(2027, 1, 31), {86_400}),  # begins in the last week of the year before
        (date(2024, 12, 1), date(2024, 12, 31), {86_400}),  # ends in the first week of the next
        (date(2024, 2, 1), date(2024, 2, 29), {86_400}),
    ],
)
def test_dates(filled: Filled, first: date, last: date, lengths: set[int]) -> None:
    assert not harness.derive(filled.work, "core.dates", [f"{first:%Y-%m}"]).failures
    rows = {row["calendar_date"]: row for row in harness.rows(filled.work, "core.dates", f"{first:%Y-%m}").to_pylist()}
    expected = recount_directory.dates(first, last, ZoneInfo(ZONE))
    assert rows.keys() == expected.keys()
    for day, facts in expected.items():
        same("core.dates", rows[day], facts, day)
    assert {row["length_seconds"] for row in rows.values()} == lengths


@pytest.mark.parametrize("seed", [15, 2, 2026])
def test_rooms(seed: int, tmp_path: Path) -> None:
    """An organisation large enough that something is wrong with some room."""
    with harness.sandbox(seed=seed, users=1200) as running:
        work = harness.work_for(running, tmp_path)
        assert not harness.ingest(work, "zoom.rooms", [str(LAST)]).failures
    assert not harness.derive(work, "core.rooms", [str(LAST)]).failures
    rows = {row["room_id"]: row for row in harness.rows(work, "core.rooms", str(LAST)).to_pylist()}
    expected = recount_directory.rooms(Organisation(1200, seed), int(harness.NOW.timestamp()))
    assert rows.keys() == expected.keys()
    for room, facts in expected.items():
        same("core.rooms", rows[room], facts, room)
    assert any(row["issues"] for row in expected.values())


@pytest.mark.parametrize(
    ("seed", "days"),
    [
        pytest.param(
            7, (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 14), date(2026, 10, 31)), id="four-days-of-7"
        ),
        *(
            # Nobody asked on Sundays, so that states last over days of which nothing is known.
            pytest.param(
                seed,
                tuple(day for number in range(-9, 31) if (day := ALL_OF_IT + timedelta(days=number)).weekday() < 6),
                id=f"month-of-{seed}",
                marks=pytest.mark.slow,
            )
            for seed in (15, 2, 2026)
        ),
    ],
)
def test_users(seed: int, days: tuple[date, ...], tmp_path: Path) -> None:
    """A larger organisation, in which people come, begin and leave from one snapshot to the next."""
    taken = {}
    for day in days:
        now = datetime(day.year, day.month, day.day, 3, tzinfo=UTC) + timedelta(days=1)
        taken[day] = int(now.timestamp())
        with harness.sandbox(seed=seed, users=1200, now=f"{now:%Y-%m-%dT%H:%M:%SZ}") as running:
            work = harness.work_for(running, tmp_path, now=now)
            assert not harness.ingest(work, "zoom.users", [str(day)]).failures
    assert not harness.derive(work, "core.users", [MONTH]).failures
    rows = harness.rows(work, "core.users", MONTH).to_pylist()
    expected = recount_directory.users(Organisation(1200, seed), taken, MONTH)
    same_rows("core.users", rows, expected)
    assert {row["end_reason"] for row in expected} == {None, "changed", "removed"}
    assert {row["is_continuation"] for row in expected} == {True, False}


COMPARED_BY = {
    "core.meetings": test_meetings,
    "core.participant_sessions": test_every_join_belongs_to_the_person_it_should,
    "core.attendance": test_attendance,
    "core.webinars": test_webinars,
    "core.people": test_people,
    "core.meeting_series": test_series,
    "core.dates": test_dates,
    "core.rooms": test_rooms,
    "core.users": test_users,
}


def test_every_table_is_recounted() -> None:
    assert COMPARED_BY.keys() == {table.id for table in contracts.TABLES if table.schema == "core"}
    # A join is an interval: it has no figures, and its begin and end are compared.
    assert not figures("core.participant_sessions")


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
