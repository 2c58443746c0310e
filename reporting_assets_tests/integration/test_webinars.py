"""Webinars, and polls, Q&A and surveys of meetings and webinars, from the API to the tables, against what really happened."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reporting_assets import contracts
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import Running
from reporting_assets_tests.integration import harness

pytestmark = pytest.mark.integration

DAYS = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12")
ORGANISATION: dict[str, Any] = {
    "users": 60,
    "seed": 15,
}  # three webinars in these days: one without registration, UUIDs with slashes
LISTS = ("zoom.meetings", "zoom.webinars")
PEOPLE = ("zoom.webinar_participants", "zoom.webinar_absentees")
ANSWERS = tuple(f"zoom.{kind}_{detail}" for kind in ("meeting", "webinar") for detail in ("polls", "qa", "survey"))
REPLIES = ("zoom.meeting_qa_answers", "zoom.webinar_qa_answers")
KEY = "0123456789abcdef0123456789abcdef"
PSEUDONYMOUS: dict[str, Any] = {"reporting_privacy": "pseudonymous", "reporting_pseudonym_key": KEY}
Row = dict[str, Any]


class Filled:
    """A lake with all these tables of these days, and what the sandbox was asked for it."""

    def __init__(
        self,
        work: Work,
        running: Running,
        tables: Iterable[str] = (*LISTS, *PEOPLE, *ANSWERS),
        days: Sequence[str] = DAYS,
    ) -> None:
        self.work, self.days = work, days
        for table in tables:
            assert not (done := harness.ingest(work, table, days)).failures, done.failures
        for table in REPLIES:
            assert not harness.derive(work, table, days).failures
        self.asked = harness.reports_asked(running)

    def rows(self, table: str, days: Sequence[str] = ()) -> list[Row]:
        """Rows of all days it has, or of some of them."""
        return [row for day in days or self.days for row in harness.rows(self.work, table, day).to_pylist()]

    def uuids_asked(self, path: str) -> set[str]:
        """Of which instances a detail was asked; `path` has a `*` where the UUID stands."""
        before, _, after = path.partition("*")
        return {
            unquote(unquote(asked.removeprefix(before).removesuffix(after)))
            for asked, _ in self.asked
            if asked.startswith(before) and asked.endswith(after)
        }


class Truth:
    """What the simulation says happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        truth.write(
            Config(now=f"{harness.NOW:%Y-%m-%dT%H:%M:%SZ}", **ORGANISATION),
            folder,
            date.fromisoformat(DAYS[0]),
            date.fromisoformat(DAYS[-1]),
        )

    def read(self, name: str) -> list[Row]:
        return pq.read_table(self.folder / f"{name}.parquet").to_pylist()

    @cached_property
    def webinars(self) -> dict[str, Row]:
        return {row["meeting_uuid"]: row for row in self.read("meetings") if row["kind"] == "webinar"}

    def interactions(self, kind: str, *, of_webinars: bool) -> list[Row]:
        return [
            row
            for row in self.read("interactions")
            if row["kind"] == kind and (row["meeting_uuid"] in self.webinars) == of_webinars
        ]


@contextmanager
def filled(
    folder: Path, sandbox: dict[str, Any] | None = None, days: Sequence[str] = DAYS, **settings: Any
) -> Iterator[Filled]:
    with harness.sandbox(**ORGANISATION, **(sandbox or {})) as running:
        yield Filled(harness.work_for(running, folder, **settings), running, days=days)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with filled(tmp_path_factory.mktemp("full"), reporting_privacy="full") as found:
        yield found


@pytest.fixture(scope="module")
def true(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return Truth(tmp_path_factory.mktemp("truth"))


def counted(rows: Iterable[Row], *names: str) -> Counter[tuple[Any, ...]]:
    """How often each combination of these columns occurs; addresses without case, as the truth has them."""
    return Counter(
        tuple(row[name].lower() if "email" in name and row[name] else row[name] for name in names) for row in rows
    )


def test_webinars_are_those_that_took_place(lake: Filled, true: Truth) -> None:
    rows = lake.rows("zoom.webinars")
    assert len(true.webinars) == 3
    assert counted(rows, "webinar_uuid", "webinar_number", "started_at", "ended_at") == counted(
        true.webinars.values(), "meeting_uuid", "meeting_number", "started_at", "ended_at"
    )
    assert true.webinars.keys().isdisjoint(row["meeting_uuid"] for row in lake.rows("zoom.meetings"))
    assert all(row["dt"] == row["started_at"].date() for row in rows)


def test_nobody_who_joined_is_lost_or_doubled(lake: Filled, true: Truth) -> None:
    presence = [row for row in true.read("presence") if row["meeting_uuid"] in true.webinars]
    told = ("told_user_id", "told_registrant_id", "told_email", "told_name")
    shown = ("user_id", "registrant_id", "email", "display_name")
    assert counted(
        lake.rows("zoom.webinar_participants"), "webinar_uuid", "session_user_id", "joined_at", "left_at", *shown
    ) == counted(presence, "meeting_uuid", "connection_id", "joined_at", "left_at", *told)
    assert any(row["told_email"] is None for row in presence), "guests without identity"


def test_absentees_are_the_registrants_who_did_not_come(lake: Filled, true: Truth) -> None:
    registered = [row for row in true.read("registrations") if row["meeting_uuid"] in true.webinars]
    absent = [row for row in registered if not row["has_come"]]
    rows = lake.rows("zoom.webinar_absentees")
    assert counted(rows, "webinar_uuid", "registrant_id") == counted(absent, "meeting_uuid", "registrant_id")
    assert lake.uuids_asked("/v2/past_webinars/*/absentees") == true.webinars.keys()
    assert {row["webinar_uuid"] for row in rows} < true.webinars.keys(), "one needed no registration: zero rows"
    assert any(row["custom_answers"] for row in rows)
    assert all(row["join_url"] is None for row in rows)
    came = {row["registrant_id"] for row in lake.rows("zoom.webinar_participants")} - {None}
    assert came == {row["registrant_id"] for row in registered if row["has_come"]}


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_every_answer_to_a_poll_is_a_row(lake: Filled, true: Truth, noun: str) -> None:
    given = true.interactions("poll", of_webinars=noun == "webinar")
    rows = lake.rows(f"zoom.{noun}_polls")
    assert counted(rows, f"{noun}_uuid", "poll_id", "question", "answer", "answered_at", "email") == counted(
        given, "meeting_uuid", "form_id", "question", "text", "at", "told_email"
    )
    anonymous = sum(row["is_anonymous"] for row in given)
    assert sum(row["display_name"] == "Anonymous Attendee" and row["email"] is None for row in rows) >= anonymous
    people = {(row["meeting_uuid"], row["person_id"]) for row in given if not row["is_anonymous"]}
    ballots = {(row["meeting_uuid"], row["person_id"], row["form_id"]) for row in given if row["is_anonymous"]}
    respondents = {(row[f"{noun}_uuid"], row["respondent_place"]) for row in rows}
    assert len(respondents) == len(people) + len(ballots), "a respondent each, told apart without name or address"


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_every_answer_to_a_survey_is_a_row(lake: Filled, true: Truth, noun: str) -> None:
    given = true.interactions("survey", of_webinars=noun == "webinar")
    rows = lake.rows(f"zoom.{noun}_survey")
    for row in given:
        row["text"] = row["text"] or None  # an empty answer is an unknown one
    assert given
    assert counted(rows, f"{noun}_uuid", "question_id", "question", "answer", "answered_at", "email") == counted(
        given, "meeting_uuid", "form_id", "question", "text", "at", "told_email"
    )
    assert all(row["survey_id"] and row["survey_name"] for row in rows)


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_every_question_and_every_reply_is_a_row(lake: Filled, true: Truth, noun: str) -> None:
    asked, replied = (true.interactions(kind, of_webinars=noun == "webinar") for kind in ("question", "reply"))
    assert asked
    assert replied
    questions = lake.rows(f"zoom.{noun}_qa")
    assert counted(questions, f"{noun}_uuid", "question_id", "question", "asked_at", "user_id", "email") == counted(
        asked, "meeting_uuid", "form_id", "question", "at", "told_user_id", "told_email"
    )
    told = ("told_user_id", "told_email", "told_name")
    answers = lake.rows(f"zoom.{noun}_qa_answers")
    assert counted(
        answers, f"{noun}_uuid", "question_id", "content", "answered_at", "user_id", "email", "display_name"
    ) == counted(replied, "meeting_uuid", "form_id", "text", "at", *told)
    for row in questions:
        assert (row["answer"] or "") == ";".join(answer["content"] for answer in row["answers"] or ())


def test_details_are_asked_only_where_the_list_says_so(lake: Filled) -> None:
    meetings, webinars = lake.rows("zoom.meetings"), lake.rows("zoom.webinars")
    for flag, detail in (("has_poll", "polls"), ("has_qa", "qa"), ("has_survey", "survey")):
        flagged = {row["meeting_uuid"] for row in meetings if row[flag]}
        assert 0 < len(flagged) < len(meetings) / 2
        assert lake.uuids_asked(f"/v2/report/meetings/*/{detail}") == flagged
        flagged = {row["webinar_uuid"] for row in webinars if row.get(flag, True)}  # no list knows of a webinar's Q&A
        assert lake.uuids_asked(f"/v2/report/webinars/*/{detail}") == flagged


HIDING = [
    pytest.param({}, PSEUDONYMOUS, id="pseudonymous"),
    pytest.param({"plan": "pro"}, PSEUDONYMOUS | {"zoom_plan": "pro"}, id="pseudonymous-by-host"),
    pytest.param({}, {"reporting_privacy": "standard"}, id="standard"),
]


@pytest.mark.parametrize(("plan", "settings"), HIDING)
def test_rows_do_not_merge_where_identity_is_hidden(
    lake: Filled, tmp_path: Path, true: Truth, plan: dict[str, Any], settings: dict[str, Any]
) -> None:
    is_pseudonymous = settings["reporting_privacy"] == "pseudonymous"
    unasked = ("zoom.meeting_polls", "zoom.meeting_qa", "zoom.meeting_survey", REPLIES[0]) if plan else ()
    days = ("2026-11-10", "2026-11-12")
    with filled(tmp_path, plan, days, **settings) as hidden:
        for table in (*LISTS, *PEOPLE, *ANSWERS, *REPLIES):
            if table in unasked:
                continue
            rows, plain = hidden.rows(table), lake.rows(table, days)
            assert len(rows) == len(plain), table
            for name in ("user_id", "email", "registrant_id"):
                if name in contracts.table(table).key or not plain or name not in plain[0]:
                    continue
                assert sum(row[name] is None for row in rows) == sum(row[name] is None for row in plain), (table, name)
        for noun in ("meeting", "webinar"):
            listed = counted(hidden.rows(f"zoom.{noun}s"), f"{noun}_uuid", f"{noun}_number")
            for detail in ("polls", "qa", "survey"):
                told = counted(hidden.rows(f"zoom.{noun}_{detail}"), f"{noun}_uuid", f"{noun}_number")
                assert told.keys() <= listed.keys(), "a series has one name in every table"
        said = repr([hidden.rows(table) for table in (*LISTS, *PEOPLE, *ANSWERS, *REPLIES)])
    asked = {row["meeting_uuid"] for row in true.read("meetings") if f"{row['started_at']:%Y-%m-%d}" in days}
    for row in true.read("interactions"):
        if row["meeting_uuid"] in asked and row["told_email"]:
            assert (row["told_email"] in said.lower()) is not is_pseudonymous
    for written in ("live answered", "Will the slides be shared?", "Security, privacy", "Harbour Road"):
        assert written in repr([lake.rows(table, days) for table in (*PEOPLE, *ANSWERS)])
        assert written not in said


def test_without_dashboards_the_hosts_lists_are_enough(lake: Filled, tmp_path: Path, true: Truth) -> None:
    with filled(tmp_path, {"plan": "pro"}, reporting_privacy="full", zoom_plan="pro") as hosts:
        assert not any(path.startswith("/v2/metrics") for path, _ in hosts.asked)
        for table in ("zoom.webinars", "zoom.meetings"):
            name = contracts.table(table).key[0]
            assert counted(hosts.rows(table), name) == counted(lake.rows(table), name)
        lists = [one for one in hosts.asked if one[0].startswith("/v2/report/users/")]
        assert len(lists) == len(set(lists)), "meetings and webinars share what was landed"
        # Without flags webinars are asked about, meetings are not.
        for table in (*PEOPLE, "zoom.webinar_polls", "zoom.webinar_qa", "zoom.webinar_survey"):
            assert without_lineage(hosts.rows(table)) == without_lineage(lake.rows(table)), table
        for detail in ("polls", "qa", "survey"):
            assert hosts.uuids_asked(f"/v2/report/webinars/*/{detail}") == true.webinars.keys()
            assert not hosts.uuids_asked(f"/v2/report/meetings/*/{detail}")
            assert not hosts.rows(f"zoom.meeting_{detail}")


def test_unflagged_meetings_can_be_asked_about(lake: Filled, tmp_path: Path) -> None:
    with harness.sandbox(plan="pro", **ORGANISATION) as running:
        for choice, details in (("all", ("meeting", "webinar")), ("none", ())):
            harness.forget(running)
            work = harness.work_for(
                running,
                tmp_path / choice,
                reporting_privacy="full",
                zoom_plan="pro",
                zoom_details_of_unflagged=choice,
            )
            tables = (*LISTS, "zoom.meeting_polls", "zoom.meeting_qa", "zoom.webinar_polls", "zoom.webinar_qa")
            found = Filled(work, running, tables)
            for noun in ("meeting", "webinar"):
                wanted = lake.rows(f"zoom.{noun}_polls") if noun in details else []
                assert without_lineage(found.rows(f"zoom.{noun}_polls")) == without_lineage(wanted)


def test_every_documented_field_has_its_column(lake: Filled) -> None:
    left = {
        (table, name)
        for table in (*LISTS[1:], *PEOPLE, *ANSWERS)
        for row in lake.rows(table)
        for name in json.loads(row["_extra"] or "{}")
    }
    assert left == {
        ("zoom.webinar_participants", "attentiveness_score"),
        ("zoom.webinar_absentees", "source_id"),
    }, "only what the reference does not name"


@pytest.mark.parametrize("table", [*LISTS[1:], *PEOPLE, *ANSWERS, *REPLIES])
def test_what_is_expected_of_rows_holds(lake: Filled, table: str) -> None:
    found = pa.concat_tables([harness.rows(lake.work, table, day) for day in DAYS])
    assert found.num_rows
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        con.register("found", found)
        for expectation in contracts.table(table).expectations:
            con.execute(f"SELECT count(*) FROM found WHERE NOT coalesce({expectation.predicate}, false)")
            assert con.fetchall() == [(0,)], expectation.name


def without_lineage(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if not name.startswith("_")} for row in rows]


def test_fetching_again_puts_later_answers_in_their_places(lake: Filled, tmp_path: Path) -> None:
    early = datetime(2026, 11, 10, 16, 10, tzinfo=UTC)  # the webinar is listed, but not all have answered its survey
    survey, day = "zoom.webinar_survey", "2026-11-10"
    counts = []
    for now in (early, harness.NOW):
        with harness.sandbox(**{**ORGANISATION, "now": f"{now:%Y-%m-%dT%H:%M:%SZ}"}) as running:
            work = harness.work_for(running, tmp_path, now=now, reporting_privacy="full")
            for table in ("zoom.webinars", survey):
                assert not (done := harness.ingest(work, table, [day])).failures, done.failures
            counts.append(harness.rows(work, survey, day).num_rows)
    assert 0 < counts[0] < counts[1]
    found = without_lineage(harness.rows(work, survey, day).to_pylist())
    assert found == without_lineage(harness.rows(lake.work, survey, day).to_pylist())


def test_webinars_need_no_meetings_first(lake: Filled, tmp_path: Path) -> None:
    with harness.sandbox(plan="pro", **ORGANISATION) as running:
        work = harness.work_for(running, tmp_path, reporting_privacy="full", zoom_plan="pro")
        assert not (done := harness.ingest(work, "zoom.webinars", DAYS)).failures, done.failures
        alone = [row for day in DAYS for row in harness.rows(work, "zoom.webinars", day).to_pylist()]
        first = len(harness.reports_asked(running))
        assert counted(alone, "webinar_uuid") == counted(lake.rows("zoom.webinars"), "webinar_uuid")
        assert {row["webinar_type"] for row in alone} == {5, 9}
        assert not harness.ingest(work, "zoom.meetings", DAYS).failures
        assert len(harness.reports_asked(running)) == first, "meetings use what webinars landed"
