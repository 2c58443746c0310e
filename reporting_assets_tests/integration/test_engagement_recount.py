"""Two weeks of both vendors, from the API to the `engagement` tables, against a recount of what the simulation made happen."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts import engagement
from reporting_assets.contracts.model import Partition
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import open_history
from reporting_assets_tests.integration import harness, recount_core, recount_engagement
from reporting_assets_tests.integration.recount_chat import Chat
from reporting_assets_tests.integration.recount_core import Row
from reporting_assets_tests.integration.recount_engagement import Audience

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

MONTH = "2026-11"
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 15)
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
CHANGES = ("edited_messages", "deleted_messages")
NOT_ALWAYS = {"parent_found"}  # parents of the first day's threads were sent before the two weeks
MONTHLY = ("core.meeting_series", "engagement.series_monthly")


class Filled:
    """A lake with two weeks of engagement, and what really happened. Texts are stored under `full` alone."""

    def __init__(self, folder: Path, seed: int, privacy: str) -> None:
        self.days = recount_core.days_of(FIRST, LAST)
        self.has_texts = privacy == "full"
        with harness.sandbox(seed=seed) as running:
            self.work: Work = harness.work_for(running, folder, reporting_privacy=privacy)
            for table in FETCHED:
                done = harness.ingest(self.work, table, self.days)
                assert not done.failures, done.failures
        for table in (*CORE, *DAILY):
            assert not (done := harness.derive(self.work, table, self.days)).failures, done.failures
        for table in MONTHLY:
            assert not harness.derive(self.work, table, [MONTH]).failures
        config = Config(users=60, seed=seed, now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}")
        truth.write(config, folder / "truth", FIRST, LAST)
        self.instances = recount_core.read(folder / "truth")
        self.audiences = {
            one.instance.key: one for one in recount_engagement.audiences(self.instances, folder / "truth")
        }
        self.webinars = {key: one for key, one in self.audiences.items() if one.instance.is_webinar}
        self.chat = Chat(open_history(config).organisation, FIRST, LAST, harness.NOW, config.account_timezone)

    def rows(self, table: str, day: str | None = None) -> list[Row]:
        keys = [day] if day else [MONTH] if table in MONTHLY else self.days
        return [row for key in keys for row in harness.rows(self.work, table, key).to_pylist()]

    def by_instance(self, table: str) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {key: [] for key in self.audiences}
        for row in self.rows(table):
            found[row["platform"], row["meeting_uuid"]].append(row)
        return found


SEEDS = [
    pytest.param((15, "full"), id="15-full"),
    pytest.param((4, "standard"), id="4-standard", marks=pytest.mark.slow),
    pytest.param((9, "full"), id="9-full", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=SEEDS)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    return Filled(tmp_path_factory.mktemp("engagement"), *request.param)


def same(row: Row, expected: Row, what: Any) -> None:
    """Compares what `expected` names; floats to six places."""
    found = {name: round(row[name], 6) if isinstance(row[name], float) else row[name] for name in expected}
    assert found == pytest.approx(expected, abs=2e-5), what


def test_the_two_weeks_have_what_is_awkward(filled: Filled) -> None:
    platforms = Counter(key[0] for key in filled.webinars)
    assert platforms["zoom"] >= 2, platforms
    assert platforms["webex"], platforms
    rows = [row for one in filled.audiences.values() for row in one.rows]
    assert {row["kind"] for row in rows} == {"poll", "survey", "question", "reply"}
    assert any(row["is_anonymous"] for row in rows)
    assert any(not row["is_anonymous"] and not row["told_email"] for row in rows), "guests without an address"
    assert any(one.has_registration for one in filled.webinars.values())


def test_webinars(filled: Filled) -> None:
    rows = {(row["platform"], row["meeting_uuid"]): row for row in filled.rows("engagement.webinar_engagement")}
    assert rows.keys() == filled.webinars.keys()
    had_poll = {row["webinar_uuid"]: row["has_poll"] for row in filled.rows("zoom.webinars")}
    for key, one in filled.webinars.items():
        same(rows[key], one.figures(), key)
        assert rows[key]["is_final"]
        if not one.of("poll"):  # 0 where the list says that there was none
            told = ("polls_answered", "identified_poll_respondents", "anonymous_poll_responses", "poll_participation")
            assert {rows[key][name] for name in told} == {0 if had_poll.get(key[1]) is False else None}


def test_registrations(filled: Filled) -> None:
    for row in filled.rows("engagement.webinar_engagement"):
        one = filled.webinars[row["platform"], row["meeting_uuid"]]
        came, away = one.instance.came, one.instance.stayed_away
        if row["platform"] == "webex":
            attended, approved = row["attended_registrants"], row["approved_registrants"]
            assert attended == (one.attended_registrations() if row["has_registration"] else None)
            # One of whom the report tells neither name nor address counts again on a second device.
            is_known = attended is not None and approved is not None and attended <= approved
            assert row["no_shows"] == (approved - attended if is_known else None)
            continue
        if came is None or away is None:
            assert (row["approved_registrants"], row["attendance_rate"], row["walk_ins"]) == (None, None, None)
            continue
        attended = one.attended_registrations()
        assert (row["approved_registrants"], row["attended_registrants"]) == (came + away, attended)
        assert (row["no_shows"], row["vendor_absentees"]) == (came + away - attended, away)
        assert row["attendance_rate"] == pytest.approx(attended / (came + away))
        assert row["walk_ins"] == sum(not one.is_registered(person) for person in one.attendees)


def test_attendees(filled: Filled) -> None:
    rows = filled.by_instance("engagement.webinar_attendee_engagement")
    assert sum(map(len, rows.values())) == sum(len(one.attendees) for one in filled.webinars.values())
    for key, one in filled.webinars.items():
        expected = Counter((person.key, *sorted(one.score(person).items())) for person in one.attendees)
        names = sorted(one.score(one.attendees[0]))
        found = Counter(
            (
                row["person_key"] if row["identity_confidence"] == "strong" else None,
                *((name, round(row[name], 6) if isinstance(row[name], float) else row[name]) for name in names),
            )
            for row in rows[key]
        )
        assert found == expected, key


def test_polls(filled: Filled) -> None:
    rows = filled.by_instance("engagement.poll_results")
    for key, one in filled.audiences.items():
        expected = recount_engagement.poll_options(one)
        if filled.has_texts:
            names = ("poll_id", "question", "answer", "respondents", "identified_respondents", "poll_respondents")
            assert Counter(tuple(row[name] for name in (*names, "people_present")) for row in rows[key]) == expected, (
                key
            )
            continue
        # Without texts a question has one row; who made two choices counts once.
        assert all(row["question"] is None and row["answer"] is None and row["option_place"] == 0 for row in rows[key])
        found = Counter((row["poll_id"], row["poll_respondents"], row["people_present"]) for row in rows[key])
        questions = {(poll, question, all_, present) for poll, question, *_, all_, present in expected}
        assert found == Counter((poll, all_, present) for poll, _, all_, present in questions), key
        assert all(row["respondents"] == row["question_respondents"] == row["poll_respondents"] for row in rows[key])


def test_questions(filled: Filled) -> None:
    rows = filled.by_instance("engagement.qa_threads")
    asked = 0
    for key, one in filled.audiences.items():
        expected = Counter(_thread(one, row) for row in one.of("question"))
        found = Counter(
            (
                row["question_id"],
                row["asked_at"],
                row["is_anonymous"],
                row["is_asker_inside"],
                row["is_answered"],
                row["is_answered_live"],
                row["first_answer_seconds"],
                row["answers"],
                row["comments"],
            )
            for row in rows[key]
        )
        assert found == expected, key
        asked += len(rows[key])
    assert asked > 5


def _thread(one: Audience, row: Row) -> tuple[Any, ...]:
    answers = one.answers(row)
    replies = [reply for reply in one.of("reply") if reply["form_id"] == row["form_id"]]
    is_anonymous = not row["told_user_id"] and not row["told_email"]
    return (
        row["form_id"],
        row["at"],
        is_anonymous,
        not is_anonymous and one.person_of(row) is not None,
        bool(answers),
        any(reply["text"] == "live answered" for reply in answers),
        int((min(reply["at"] for reply in answers) - row["at"]).total_seconds()) if answers else None,
        len(answers),
        len(replies) - len(answers),
    )


def test_surveys(filled: Filled) -> None:
    rows = filled.by_instance("engagement.survey_results")
    for key, one in filled.audiences.items():
        forms: dict[str, list[Row]] = {}
        for answer in one.of("survey"):
            forms.setdefault(answer["form_id"], []).append(answer)
        assert {row["question_id"] for row in rows[key]} == forms.keys()
        for row in rows[key]:
            given = forms[row["question_id"]]
            texts = [answer["text"] for answer in given if answer["text"]]
            numbers = [int(text) for text in texts if text.isdigit()]
            assert row["respondents"] == len({answer["person_id"] for answer in given})
            assert row["identified_respondents"] == len(
                {answer["told_email"] for answer in given if answer["told_email"]}
            )
            assert row["first_answered_at"] == min(answer["at"] for answer in given)
            if filled.has_texts and texts:
                assert (row["answers_with_text"], row["numeric_answers"]) == (len(texts), len(numbers))
                is_number = len(numbers) == len(texts)
                assert row["mean_numeric_answer"] == (pytest.approx(sum(numbers) / len(numbers)) if is_number else None)


def test_series(filled: Filled) -> None:
    expected = recount_engagement.series(filled.instances)
    rows = {(row["platform"], row["series_key"]): row for row in filled.rows("engagement.series_monthly")}
    assert rows.keys() == expected.keys()
    for key, figures in expected.items():
        same(rows[key], figures, key)
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
            for name in MESSAGES:
                assert row[name] == (person.own[name] if has_messages else None), (day, key, name)
            for name in CHANGES:
                assert row[name] == (person.own[name] if has_events else None), (day, key, name)
            for name in ("messages", "group_messages", "direct_messages", "texts", "files", "images"):
                assert row[f"vendor_{name}"] == (person.vendor[name] if person.vendor else None), (day, key, name)
    assert names == {*MESSAGES, *CHANGES}


def test_chat_threads(filled: Filled) -> None:
    answered = 0
    for day in filled.days:
        rows = {
            row["parent_message_id"]: (
                row["replies"],
                row["self_replies"],
                row["repliers"],
                row["is_parent_known"],
                row["first_response_seconds"],
                row["reply_reactions"],
            )
            for row in filled.rows("engagement.chat_threads", day)
        }
        assert rows == filled.chat.threads(date.fromisoformat(day)), day
        answered += sum(row[4] is not None for row in rows.values())
    assert answered > 100


def test_contracts_hold(filled: Filled) -> None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for table in map(contracts.table, (*DAILY, MONTHLY[1])):
            keys = [MONTH] if table.id in MONTHLY else filled.days
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
