"""Both vendors, from the API to the `engagement` tables, against a recount of what the simulation made happen.

Two weeks by default; whole months of three other organisations are slow, so they run by their mark.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts import engagement
from reporting_assets.contracts.model import Partition
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import open_history
from reporting_assets_tests.integration import (
    harness,
    recount_answers,
    recount_audience,
    recount_core,
    recount_engagement,
)
from reporting_assets_tests.integration.figures import same, same_rows
from reporting_assets_tests.integration.recount_chat import Chat
from reporting_assets_tests.integration.recount_core import Row

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

TWO_WEEKS = date(2026, 11, 2), date(2026, 11, 15)
OCTOBER = date(2026, 10, 1), date(2026, 10, 31)  # clocks go back in it
FETCHED = (
    "zoom.meetings",
    "zoom.webinars",
    "zoom.meeting_participants",
    "zoom.webinar_participants",
    "zoom.webinar_absentees",
    *(f"zoom.{noun}_{detail}" for noun in ("meeting", "webinar") for detail in ("polls", "qa", "survey")),
    "zoom.chat_messages",
    "zoom.chat_activity",
    "zoom.users",
    "webex.meeting_usage",
    "webex.meeting_attendees",
)
CORE = ("zoom.chat_reactions", "core.meetings", "core.participant_sessions", "core.attendance", "core.webinars")
DAILY = tuple(table.id for table in engagement.TABLES if table.partition is Partition.DAY)
MESSAGES = (
    "messages",
    "group_messages",
    "direct_messages",
    "sessions",
    "replies",
    "files",
    "messages_with_reaction",
    "reactions_received",
    "reactions_given",
)
VENDORS_OWN = ("messages", "group_messages", "direct_messages", "texts", "files", "images")
CHANGES = ("edited_messages", "deleted_messages")
NOT_ALWAYS = {"parent_found"}  # parents of the first day's threads were sent before the days there are
MONTHLY = ("core.meeting_series", "engagement.series_monthly")


class Filled:
    """A lake with some days of engagement, and what really happened. Texts are stored under `full` alone."""

    def __init__(self, folder: Path, seed: int, privacy: str, first: date, last: date) -> None:
        self.days, self.month = recount_core.days_of(first, last), f"{last:%Y-%m}"
        self.has_texts = privacy == "full"
        with harness.sandbox(seed=seed) as running:
            self.work: Work = harness.work_for(running, folder, reporting_privacy=privacy)
            for table in FETCHED:
                done = harness.ingest(self.work, table, self.days)
                assert not done.failures, done.failures
        for table in (*CORE, *DAILY):
            assert not (done := harness.derive(self.work, table, self.days)).failures, done.failures
        for table in MONTHLY:
            assert not harness.derive(self.work, table, [self.month]).failures
        config = Config(users=60, seed=seed, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}")
        truth.write(config, folder / "truth", first, last)
        self.instances = recount_core.read(folder / "truth")
        history = open_history(config)
        found = recount_audience.audiences(self.instances, folder / "truth", history)
        self.audiences = {one.instance.key: one for one in found}
        self.webinars = {key: one for key, one in self.audiences.items() if one.instance.is_webinar}
        self.chat = Chat(history.organisation, first, last, harness.NOW, config.account_timezone)

    def rows(self, table: str, day: str | None = None) -> list[Row]:
        keys = [day] if day else [self.month] if table in MONTHLY else self.days
        return [row for key in keys for row in harness.rows(self.work, table, key).to_pylist()]

    def by_instance(self, table: str) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {key: [] for key in self.audiences}
        for row in self.rows(table):
            found[row["platform"], row["meeting_uuid"]].append(row)
        return found


SEEDS = [
    pytest.param((15, "full", *TWO_WEEKS), id="two-weeks-of-15"),
    pytest.param((4, "standard", *TWO_WEEKS), id="two-weeks-of-4-without-texts", marks=pytest.mark.slow),
    *(pytest.param((seed, "full", *OCTOBER), id=f"month-of-{seed}", marks=pytest.mark.slow) for seed in (15, 2, 2026)),
]


@pytest.fixture(scope="module", params=SEEDS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("engagement"), *request.param)


def test_the_days_have_what_is_awkward(filled: Filled) -> None:
    platforms = Counter(key[0] for key in filled.webinars)
    assert platforms["zoom"] >= 2, platforms
    assert platforms["webex"], platforms
    rows = [row for one in filled.audiences.values() for row in one.rows]
    assert {row["kind"] for row in rows} == {"poll", "survey", "question", "reply"}
    assert any(row["is_anonymous"] for row in rows)
    assert any(not row["is_anonymous"] and not row["told_email"] for row in rows), "guests without an address"
    assert any(one.has_registration for one in filled.webinars.values())


def test_meetings(filled: Filled) -> None:
    rows = {(row["platform"], row["meeting_uuid"]): row for row in filled.rows("engagement.meeting_engagement")}
    meetings = {one.key: one for one in filled.instances if not one.is_webinar}
    assert rows.keys() == meetings.keys()
    for key, one in meetings.items():
        same("engagement.meeting_engagement", rows[key], recount_engagement.meeting(one), key)
        assert rows[key]["is_final"]
    assert any(row["waiting_people"] for row in rows.values())


def test_webinars(filled: Filled) -> None:
    rows = {(row["platform"], row["meeting_uuid"]): row for row in filled.rows("engagement.webinar_engagement")}
    assert rows.keys() == filled.webinars.keys()
    for key, one in filled.webinars.items():
        same("engagement.webinar_engagement", rows[key], one.figures(), key)
        assert rows[key]["is_final"]


def test_attendees(filled: Filled) -> None:
    rows = filled.by_instance("engagement.webinar_attendee_engagement")
    assert sum(map(len, rows.values())) == sum(len(one.attendees) for one in filled.webinars.values())
    for key, one in filled.webinars.items():
        expected = [{"person": person.key, **row} for person, row in one.scores]
        found = [
            {**row, "person": row["person_key"] if row["identity_confidence"] == "strong" else None}
            for row in rows[key]
        ]
        same_rows("engagement.webinar_attendee_engagement", found, expected, key)
    assert any(row["interaction_rank"] for of_one in rows.values() for row in of_one)


def test_polls(filled: Filled) -> None:
    rows = filled.by_instance("engagement.poll_results")
    for key, one in filled.audiences.items():
        expected = recount_answers.poll_results(one, has_texts=filled.has_texts)
        same_rows("engagement.poll_results", rows[key], expected, key)
    assert any(rows.values())


def test_questions(filled: Filled) -> None:
    rows = filled.by_instance("engagement.qa_threads")
    for key, one in filled.audiences.items():
        same_rows("engagement.qa_threads", rows[key], recount_answers.threads(one), key)
    assert sum(map(len, rows.values())) > 5


def test_surveys(filled: Filled) -> None:
    rows = filled.by_instance("engagement.survey_results")
    for key, one in filled.audiences.items():
        expected = recount_answers.survey_results(one, has_texts=filled.has_texts)
        same_rows("engagement.survey_results", rows[key], expected, key)
    assert any(rows.values())


def test_series(filled: Filled) -> None:
    expected = recount_engagement.series(filled.instances)
    rows = {(row["platform"], row["series_key"]): row for row in filled.rows("engagement.series_monthly")}
    assert rows.keys() == expected.keys()
    for key, figures in expected.items():
        same("engagement.series_monthly", rows[key], figures, key)
    assert any(row["returning_participants"] for row in rows.values())


def test_chat_of_people(filled: Filled) -> None:
    names: set[str] = set()
    for day in filled.days:
        expected = filled.chat.people(date.fromisoformat(day))
        rows = {row["person_key"]: row for row in filled.rows("engagement.chat_daily", day)}
        assert rows.keys() == {key for key, person in expected.items() if person.vendor or person.own}, day
        has_messages, has_events = filled.chat.told(date.fromisoformat(day))
        for key, row in rows.items():
            person = expected[key]
            names.update(name for name, value in person.own.items() if value)
            figures = {name: person.own[name] if has_messages else None for name in MESSAGES}
            figures |= {name: person.own[name] if has_events else None for name in CHANGES}
            figures |= {f"vendor_{name}": person.vendor[name] if person.vendor else None for name in VENDORS_OWN}
            same("engagement.chat_daily", row, figures, (day, key))
    assert names == {*MESSAGES, *CHANGES}


def test_chat_threads(filled: Filled) -> None:
    answered = 0
    for day in filled.days:
        rows = {row["parent_message_id"]: row for row in filled.rows("engagement.chat_threads", day)}
        expected = filled.chat.threads(date.fromisoformat(day))
        assert rows.keys() == expected.keys(), day
        for parent, figures in expected.items():
            same("engagement.chat_threads", rows[parent], figures, (day, parent))
        answered += sum(row["first_response_seconds"] is not None for row in rows.values())
    assert answered > 100


COMPARED_BY = {
    "engagement.meeting_engagement": test_meetings,
    "engagement.webinar_engagement": test_webinars,
    "engagement.webinar_attendee_engagement": test_attendees,
    "engagement.poll_results": test_polls,
    "engagement.qa_threads": test_questions,
    "engagement.survey_results": test_surveys,
    "engagement.series_monthly": test_series,
    "engagement.chat_daily": test_chat_of_people,
    "engagement.chat_threads": test_chat_threads,
}


def test_every_table_is_recounted() -> None:
    assert COMPARED_BY.keys() == {table.id for table in engagement.TABLES}


def test_contracts_hold(filled: Filled) -> None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for table in map(contracts.table, (*DAILY, MONTHLY[1])):
            keys = [filled.month] if table.id in MONTHLY else filled.days
            found = [harness.rows(filled.work, table.id, key, without=frozenset()) for key in keys]
            con.register("stored", harness.pa.concat_tables(found))
            for expectation in table.expectations:
                wrong = con.sql(f"SELECT count(*) FROM stored WHERE NOT ({expectation.predicate})").fetchall()
                if expectation.name not in NOT_ALWAYS:
                    assert wrong == [(0,)], (table.id, expectation.name)
            keys_ = ", ".join((table.all_columns[0].name, *table.key))
            assert con.sql(f"SELECT 1 FROM stored GROUP BY {keys_} HAVING count(*) > 1").fetchall() == [], table.id
            con.unregister("stored")


def test_any_order_gives_the_same_bytes(filled: Filled) -> None:
    days = filled.days[1:4]
    before = {(table, day): harness.stored(filled.work, table, day) for table in DAILY for day in days}
    for day in reversed(days):
        for table in DAILY:
            harness.derive(filled.work, table, [day])
    assert {place: harness.stored(filled.work, *place) for place in before} == before


KEPT = {
    "engagement.poll_results": ("poll_place", "question_place", "poll_id", "question_respondents", "poll_respondents"),
    "engagement.survey_results": ("question_id", "respondents", "identified_respondents"),
    "engagement.qa_threads": ("question_id", "is_anonymous", "is_asker_inside", "is_answered", "first_answer_seconds"),
    "engagement.webinar_engagement": (
        "approved_registrants",
        "attended_registrants",
        "unique_attendees_identified",
        "identified_poll_respondents",
        "anonymous_poll_responses",
        "identified_askers",
        "questions_answered",
    ),
    "engagement.chat_daily": ("vendor_messages", "messages", "replies", "reactions_received", "reactions_given"),
    "engagement.chat_threads": ("parent_message_id", "replies", "self_replies", "first_response_seconds"),
}


def test_pseudonyms_change_no_count(tmp_path: Path) -> None:
    """Of people without any address or id a name may tell that two joins are one person's; figures of those may differ."""
    day, found = "2026-11-12", {}
    with harness.sandbox(seed=15) as running:
        for privacy in ("full", "pseudonymous"):
            key = {"reporting_pseudonym_key": "0123456789abcdef" * 2} if privacy == "pseudonymous" else {}
            work = harness.work_for(running, tmp_path / privacy, reporting_privacy=privacy, **key)
            for table in FETCHED:
                assert not harness.ingest(work, table, [day]).failures
            for table in (*CORE, *DAILY):
                assert not harness.derive(work, table, [day]).failures
            found[privacy] = {
                table: Counter(
                    tuple(row[name] for name in names)
                    for row in {
                        tuple(row[name] for name in contracts.table(table).key if name != "option_place"): row
                        for row in harness.rows(work, table, day).to_pylist()
                    }.values()
                )
                for table, names in KEPT.items()
            }
    assert all(found["full"].values())
    assert found["pseudonymous"] == found["full"]
