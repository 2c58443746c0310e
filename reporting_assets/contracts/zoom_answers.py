"""Contracts of polls, Q&A and surveys, of meetings and of webinars, which differ in little but the word.

Zoom groups all three by person: an entry of an answer is a respondent or asker, who stands around (`$parent`) what he
or she answered or asked. Names and addresses may be empty or hidden, and Zoom gives an entry no id, so rows are told
apart by their places; these reports have no pages, and a partition is replaced as a whole, so places need to be unique
in one answer only. They may differ after another fetch and must not be kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting_assets.contracts import zoom_meetings, zoom_webinars
from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import (
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Item,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api/meetings/#tag/reports/GET"


@dataclass(frozen=True)
class _Kind:
    """What is different between meetings and webinars."""

    noun: str
    parent: Table
    item: Mapping[str, str]
    plan: str
    without_flags: str  # whether to ask where the list has no flag, as SQL over the plan's options

    def where(self, flag: str) -> str:
        """Ask only where the list says that there is something, or where it cannot say and the options want it."""
        return f"{flag} OR ({flag} IS NULL AND {self.without_flags})"


_MEETING = _Kind("meeting", zoom_meetings.MEETINGS, zoom_meetings.ITEM, "Pro or higher", "$unflagged = 'all'")
_WEBINAR = _Kind(
    "webinar",
    zoom_webinars.WEBINARS,
    zoom_webinars.ITEM,
    "Pro or higher, with the Webinar add-on",
    "$unflagged IN ('webinars', 'all')",
)


def _endpoint(kind: _Kind, detail: str, rows_at: str, each: str, purpose: str, granular: str) -> Endpoint:
    path = f"/report/{kind.noun}s/{{{kind.noun}Id}}/{detail}"
    return Endpoint(
        name=f"report_{kind.noun}_{detail}",
        path=path,
        rows_at=rows_at,
        each=each,
        purpose=purpose,
        rate_label=RateLabel.HEAVY,
        scope=f"report:read:{granular}:admin",
        classic_scopes=("report:read:admin",),
        plan=kind.plan,
        look_back="12 months",
        look_back_days=365,
        doc_url=f"{_DOCS}{path}",
    )


def _table(
    kind: _Kind,
    name: str,
    grain: str,
    about: str,
    endpoint: Endpoint,
    where: str,
    columns: tuple[Column, ...],
    key: tuple[str, ...],
    expectations: tuple[Expectation, ...],
) -> Table:
    return Table(
        schema="zoom",
        name=f"{kind.noun}_{name}",
        grain=grain,
        about=about,
        partition=Partition.DAY,
        key=(f"{kind.noun}_uuid", *key),
        row_floor=0,
        group="zoom_reports",
        priority=3,
        endpoints=(endpoint,),
        inputs=(Input(kind.parent.id),),
        asks=(
            PerItem(
                endpoint=endpoint.name,
                parent=kind.parent.id,
                select=kind.item,
                where=where,
                path={f"{kind.noun}Id": f"{kind.noun}_uuid"},
            ),
        ),
        columns=columns,
        expectations=expectations,
    )


def _instance(kind: _Kind, uuid: str, number: str) -> tuple[Column, ...]:
    """Which meeting or webinar; `uuid` and `number` are its names in the answer, which are not the same everywhere."""
    noun = kind.noun
    return (
        Column(
            f"{noun}_uuid",
            Type.TEXT,
            f"The {noun} instance.",
            required=True,
            source=Field(f"$request.{noun}_uuid", fallback=f"$parent._answer.{uuid}"),
        ),
        Column(
            f"{noun}_started_at",
            Type.TIMESTAMP,
            "When that instance started: it decides the partition.",
            required=True,
            source=Field(f"$request.{noun}_started_at", fallback="$parent._answer.start_time"),
        ),
        Column(
            f"{noun}_number",
            Type.TEXT,
            f"The {noun}'s series.",
            personal=Personal.USER_ID,
            source=Field(f"$parent._answer.{number}"),
        ),
    )


def _place(name: str, meaning: str, path: str) -> Column:
    return Column(
        name, Type.INTEGER, f"{meaning}, from 0; tells rows of one fetch apart.", required=True, source=Field(path)
    )


def _person(name: str, meaning: str, path: str) -> Column:
    return Column(name, Type.TEXT, meaning, personal=Personal.IDENTITY, source=Field(path))


def _words(name: str, meaning: str, path: str) -> Column:
    return Column(name, Type.TEXT, meaning, personal=Personal.CONTENT, source=Field(path))


_RESPONDENT = (
    _place("respondent_place", "Place of the respondent in the report", "$parent_place"),
    _place("answer_place", "Place of the answer among the respondent's", "$place"),
    _person("email", "The respondent's e-mail address; NULL for guests and where anonymous.", "$parent.email"),
    _person(
        "display_name",
        "The respondent's name as shown; `Anonymous Attendee` where the form was anonymous.",
        "$parent.name",
    ),
    _person("first_name", "The respondent's first name.", "$parent.first_name"),
    _person("last_name", "The respondent's last name; NULL for guests.", "$parent.last_name"),
)
_RESPONDENT_KEY = ("respondent_place", "answer_place")
_QUESTION = _words("question", "The question.", "question")
_ANSWER = _words("answer", "The answer; several choices are joined by `;`, which may stand in a choice too.", "answer")


def _answered_at(kind: _Kind) -> tuple[Column, Expectation]:
    column = Column(
        "answered_at",
        Type.TIMESTAMP,
        "When it was answered; without a zone in the report it is UTC.",
        source=Field("date_time"),
    )
    check = Expectation(
        "answered_after_start",
        f"answered_at IS NULL OR answered_at >= {kind.noun}_started_at - INTERVAL 5 MINUTE",
        f"Nobody answers before the {kind.noun} starts; if everybody seems to, Zoom's times are not UTC.",
    )
    return column, check


def _polls(kind: _Kind) -> Table:
    answered_at, after_start = _answered_at(kind)
    return _table(
        kind,
        "polls",
        f"One row per answer of a respondent to a poll question in a {kind.noun} instance that started on the UTC day.",
        f"Asked only about {kind.noun}s whose list says that a poll was launched. Polls nobody answered have no rows.",
        _endpoint(
            kind,
            "polls",
            "questions",
            "question_details",
            f"Poll answers of one past {kind.noun}, by respondent.",
            f"list_{kind.noun}_polls",
        ),
        kind.where("has_poll"),
        (
            *_instance(kind, "uuid", "id"),
            *_RESPONDENT,
            Column("poll_id", Type.TEXT, "The poll; it may have several questions.", source=Field("polling_id")),
            _QUESTION,
            _ANSWER,
            answered_at,
        ),
        _RESPONDENT_KEY,
        (after_start,),
    )


def _survey(kind: _Kind) -> Table:
    answered_at, after_start = _answered_at(kind)
    return _table(
        kind,
        "survey",
        f"One row per answer of a respondent to a survey question of a {kind.noun} instance that started on the UTC day.",
        (
            f"Asked only about {kind.noun}s whose list says that there was a survey. People answer after the {kind.noun}, so "
            "the day is complete only when it is asked for again some days later."
        ),
        _endpoint(
            kind,
            "survey",
            "survey_answers",
            "answer_details",
            f"Survey answers of one past {kind.noun}, by respondent.",
            f"{kind.noun}_survey",
        ),
        kind.where("has_survey"),
        (
            *_instance(kind, f"{kind.noun}_uuid", f"{kind.noun}_id"),
            *_RESPONDENT,
            Column("survey_id", Type.TEXT, "The survey.", source=Field("$parent._answer.survey_id")),
            _words("survey_name", "The survey's name.", "$parent._answer.survey_name"),
            Column("question_id", Type.TEXT, "The question's id.", source=Field("question_id")),
            _QUESTION,
            _ANSWER,
            answered_at,
        ),
        _RESPONDENT_KEY,
        (after_start,),
    )


_REPLY = (
    Item("user_id", Type.TEXT, "Zoom's id of who answered; NULL for guests.", "user_id", personal=Personal.USER_ID),
    Item("email", Type.TEXT, "E-mail address of who answered.", "email", personal=Personal.IDENTITY),
    Item("display_name", Type.TEXT, "Name of who answered.", "name", personal=Personal.IDENTITY),
    Item(
        "answer_type",
        Type.TEXT,
        "`host_answered_publicly`, `host_answered_privately`, `host_answered`, `participant_commented` or `default`.",
        "type",
    ),
    Item(
        "content", Type.TEXT, "The answer; `live answered` where it was spoken.", "content", personal=Personal.CONTENT
    ),
    Item("answered_at", Type.TIMESTAMP, "When it was answered.", "create_time"),
)
_STATUSES = "('default', 'open', 'dismissed', 'answered', 'deleted')"


def _qa(kind: _Kind, where: str) -> Table:
    return _table(
        kind,
        "qa",
        f"One row per question asked in the Q&A of a {kind.noun} instance that started on the UTC day.",
        (
            f"The answers stand in `answers`; `zoom.{kind.noun}_qa_answers` has a row for each. Who asks anonymously has no "
            "identity."
        ),
        _endpoint(
            kind,
            "qa",
            "questions",
            "question_details",
            f"Questions and answers of one past {kind.noun}, by asker.",
            f"{kind.noun}_qna",
        ),
        where,
        (
            *_instance(kind, "uuid", "id"),
            _place("asker_place", "Place of the asker in the report", "$parent_place"),
            _place("question_place", "Place of the question among the asker's", "$place"),
            Column("question_id", Type.TEXT, "Zoom's id of the question.", source=Field("question_id")),
            Column(
                "user_id",
                Type.TEXT,
                "Zoom's id of who asked; NULL for guests and where anonymous.",
                personal=Personal.USER_ID,
                source=Field("$parent.user_id"),
            ),
            _person("email", "E-mail address of who asked; NULL for guests and where anonymous.", "$parent.email"),
            _person("display_name", "Name of who asked; `Anonymous Attendee` where anonymous.", "$parent.name"),
            Column("asked_at", Type.TIMESTAMP, "When it was asked.", source=Field("create_time")),
            Column(
                "question_status",
                Type.TEXT,
                "`open`, `answered`, `dismissed`, `deleted` or `default`.",
                source=Field("question_status"),
            ),
            _QUESTION,
            _words("answer", "All answers joined by `;`; `live answered` stands for a spoken one.", "answer"),
            Column(
                "answers",
                Type.LIST,
                "The answers and comments, one by one.",
                source=Field("answer_details"),
                items=_REPLY,
            ),
        ),
        ("asker_place", "question_place"),
        (
            Expectation(
                "known_status",
                f"question_status IS NULL OR question_status IN {_STATUSES}",
                "The status is one of those documented.",
            ),
        ),
    )


def _qa_answers(kind: _Kind, source: Table) -> Table:
    kept = (f"{kind.noun}_uuid", f"{kind.noun}_started_at", "asker_place", "question_place", "question_id")
    named = {column.name: column for column in source.columns}
    return Table(
        schema="zoom",
        name=f"{kind.noun}_qa_answers",
        grain=f"One row per answer to, or comment on, a question in the Q&A of a {kind.noun} instance that started on the UTC day.",
        about=f"From `zoom.{kind.noun}_qa`, which has one row per question; questions nobody answered have no rows here.",
        partition=Partition.DAY,
        key=(f"{kind.noun}_uuid", "asker_place", "question_place", "answer_place"),
        inputs=(Input(source.id),),
        row_floor=0,
        group="zoom_reports",
        priority=3,
        columns=(
            *(
                Column(column.name, column.type, column.meaning, personal=column.personal, required=column.required)
                for column in (named[name] for name in kept)
            ),
            Column(
                "answer_place",
                Type.INTEGER,
                "Place of the answer among the question's, from 0; tells rows of one fetch apart.",
                required=True,
            ),
            *(Column(item.name, item.type, item.meaning, personal=item.personal) for item in _REPLY),
        ),
        expectations=(Expectation("place_not_negative", "answer_place >= 0", "Places count from 0.", blocking=True),),
    )


MEETING_POLLS = _polls(_MEETING)
MEETING_QA = _qa(_MEETING, _MEETING.where("has_qa"))
MEETING_QA_ANSWERS = _qa_answers(_MEETING, MEETING_QA)
MEETING_SURVEY = _survey(_MEETING)
WEBINAR_POLLS = _polls(_WEBINAR)
WEBINAR_QA = _qa(_WEBINAR, _WEBINAR.without_flags)  # no list says whether a webinar had Q&A
WEBINAR_QA_ANSWERS = _qa_answers(_WEBINAR, WEBINAR_QA)
WEBINAR_SURVEY = _survey(_WEBINAR)

TABLES = (
    MEETING_POLLS,
    MEETING_QA,
    MEETING_QA_ANSWERS,
    MEETING_SURVEY,
    WEBINAR_POLLS,
    WEBINAR_QA,
    WEBINAR_QA_ANSWERS,
    WEBINAR_SURVEY,
)
