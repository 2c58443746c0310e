"""Contracts of what audiences answered and asked, in schema `engagement`: polls, surveys and Q&A of Zoom.

Webex does not report them. Not here: what that says about an attendee or a webinar (`engagement_webinars`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import IS_WEBINAR, MEETING_STARTED_AT, MEETING_UUID, PLATFORM
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Input,
    Partition,
    Personal,
    Table,
    Type,
)


def _place(name: str, meaning: str) -> Column:
    return Column(name, Type.INTEGER, meaning, required=True)


def _count(name: str, meaning: str, unit: str, additivity: Additivity = Additivity.NONE) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, additivity=additivity)


def _share(name: str, meaning: str) -> Column:
    return Column(name, Type.NUMBER, meaning, unit="share, 0 to 1", additivity=Additivity.NONE)


_QUESTION = Column("question", Type.TEXT, "The question.", personal=Personal.CONTENT)
_ANSWER = Column(
    "answer", Type.TEXT, "The choice; NULL where it is blank or answers are not stored.", personal=Personal.CONTENT
)
_RESPONDENTS = "Respondents with an address count once; others once per entry of the report."
_FIRST_ANSWERED_AT = Column("first_answered_at", Type.TIMESTAMP, "First answer to any of its questions.")
_LAST_ANSWERED_AT = Column("last_answered_at", Type.TIMESTAMP, "Last answer to any of its questions.")

POLL_RESULTS = Table(
    schema="engagement",
    name="poll_results",
    grain="One row per choice that was made of a poll question in a meeting or webinar instance that started on the UTC day.",
    about=(
        "From `zoom.meeting_polls` and `zoom.webinar_polls`; choices and polls that nobody took are not reported. Where the "
        "privacy profile stores no answers, a question has one row for all of them. Questions are told apart by their "
        "text or, where it is not stored, by their place among a respondent's answers to the poll, which goes wrong where "
        "somebody skips one. Several choices in one answer are split at a `;` without a space after it."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "poll_place", "question_place", "option_place"),
    inputs=(
        Input("zoom.meeting_polls", is_optional=True),
        Input("zoom.webinar_polls", is_optional=True),
        Input("core.participant_sessions"),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        _place("poll_place", "Place of the poll in the instance, by its first answer, from 0."),
        _place("question_place", "Place of the question in the poll, from 0."),
        _place("option_place", "Place of the choice by its text, from 1; 0 for blank answers and those not stored."),
        MEETING_STARTED_AT,
        IS_WEBINAR,
        Column("poll_id", Type.TEXT, "Zoom's id of the poll; it may have several questions."),
        _QUESTION,
        _ANSWER,
        _count("respondents", f"Respondents who made this choice. {_RESPONDENTS}", "respondents"),
        _count("identified_respondents", "Those among them with an address.", "respondents"),
        _count(
            "anonymous_respondents",
            "Those without: who answered an anonymous poll, and guests whose address is hidden.",
            "respondents",
        ),
        _count("question_respondents", "Respondents who answered the question; its rows repeat it.", "respondents"),
        _share(
            "respondent_share",
            "Respondents of the choice per respondent of the question; over several choices they add up to more than 1.",
        ),
        _FIRST_ANSWERED_AT,
        _LAST_ANSWERED_AT,
        _count("poll_respondents", "Respondents who answered any question of the poll; repeated.", "respondents"),
        _count(
            "people_present",
            "People but the host who were inside between the poll's first and last answer; NULL where no join is known.",
            "people",
        ),
        _share("poll_response_rate", "Respondents of the poll per person present, at most 1; NULL where nobody was."),
    ),
    expectations=(
        Expectation(
            "respondents_add_up",
            "identified_respondents + anonymous_respondents = respondents",
            "Every respondent is identified or not.",
            blocking=True,
        ),
        Expectation(
            "share_is_a_share",
            "respondent_share BETWEEN 0 AND 1 AND coalesce(poll_response_rate BETWEEN 0 AND 1, TRUE)",
            "Shares lie between 0 and 1.",
            blocking=True,
        ),
        Expectation(
            "question_within_poll",
            "question_respondents <= poll_respondents",
            "Whoever answers a question answers its poll.",
            blocking=True,
        ),
        Expectation(
            "respondents_were_there",
            "people_present IS NULL OR poll_respondents <= people_present",
            "Those who answer a poll are there.",
        ),
    ),
)

SURVEY_RESULTS = Table(
    schema="engagement",
    name="survey_results",
    grain="One row per survey question of a meeting or webinar instance that started on the UTC day.",
    about=(
        "From `zoom.meeting_survey` and `zoom.webinar_survey`; people answer after the end, so counts grow for some days. "
        "Answers themselves stand there, where the privacy profile stores them."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "question_place"),
    inputs=(
        Input("zoom.meeting_survey", is_optional=True),
        Input("zoom.webinar_survey", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        _place("question_place", "Place of the question, by its first answer, from 0."),
        MEETING_STARTED_AT,
        IS_WEBINAR,
        Column("survey_id", Type.TEXT, "Zoom's id of the survey."),
        Column("question_id", Type.TEXT, "Zoom's id of the question."),
        _QUESTION,
        _count(
            "respondents",
            f"Respondents in whose entry the question stands, answered or left blank. {_RESPONDENTS}",
            "respondents",
        ),
        _count("identified_respondents", "Those among them with an address.", "respondents"),
        _count("anonymous_respondents", "Those without.", "respondents"),
        _count(
            "answers_with_text",
            "Answers that are not blank; NULL where answers are not stored.",
            "answers",
            Additivity.SUM,
        ),
        _count("numeric_answers", "Those that are a number; NULL as above.", "answers", Additivity.SUM),
        Column(
            "mean_numeric_answer",
            Type.NUMBER,
            "Mean of the numbers; NULL unless every answer that is not blank is one.",
            additivity=Additivity.NONE,
        ),
        Column("first_answered_at", Type.TIMESTAMP, "First answer."),
        Column("last_answered_at", Type.TIMESTAMP, "Last answer."),
    ),
    expectations=(
        Expectation(
            "respondents_add_up",
            "identified_respondents + anonymous_respondents = respondents",
            "Every respondent is identified or not.",
            blocking=True,
        ),
    ),
)

QA_THREADS = Table(
    schema="engagement",
    name="qa_threads",
    grain="One row per question asked in the Q&A of a meeting or webinar instance that started on the UTC day.",
    about=(
        "From `zoom.meeting_qa` and `zoom.webinar_qa`; the texts of answers stand in `zoom.meeting_qa_answers` and "
        "`zoom.webinar_qa_answers`. Who asks anonymously, or is a guest without an address, is nobody."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "asker_place", "question_place"),
    inputs=(
        Input("zoom.meeting_qa", is_optional=True),
        Input("zoom.webinar_qa", is_optional=True),
        Input("core.participant_sessions"),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        _place("asker_place", "Place of the asker in the report, from 0; it may differ after another fetch."),
        _place("question_place", "Place of the question among the asker's, from 0."),
        MEETING_STARTED_AT,
        IS_WEBINAR,
        Column("question_id", Type.TEXT, "Zoom's id of the question."),
        _QUESTION,
        Column(
            "person_key",
            Type.TEXT,
            "Who asked, as in `core.attendance`, found by user id or address; NULL for the anonymous.",
            personal=Personal.IDENTITY,
        ),
        Column("is_anonymous", Type.BOOLEAN, "Whether neither user id nor address is told.", required=True),
        Column("is_asker_inside", Type.BOOLEAN, "Whether joins of who asked are known.", required=True),
        Column("asked_at", Type.TIMESTAMP, "When it was asked."),
        Column("question_status", Type.TEXT, "`open`, `answered`, `dismissed`, `deleted` or `default`."),
        Column(
            "is_answered",
            Type.BOOLEAN,
            "Whether it is marked as answered or has an answer; comments of the audience are none.",
            required=True,
        ),
        Column(
            "is_answered_live",
            Type.BOOLEAN,
            "Whether an answer was spoken: its text is `live answered`, or its type says neither public nor private.",
            required=True,
        ),
        Column("first_answered_at", Type.TIMESTAMP, "First answer."),
        Column(
            "first_answer_seconds",
            Type.INTEGER,
            "From question to first answer; NULL without one.",
            unit="seconds",
            additivity=Additivity.NONE,
        ),
        _count("answers", "Answers, written or spoken.", "answers", Additivity.SUM),
        _count("comments", "Comments of the audience.", "comments", Additivity.SUM),
    ),
    expectations=(
        Expectation(
            "answered_after_asked",
            "first_answered_at IS NULL OR asked_at IS NULL OR first_answered_at >= asked_at",
            "Nobody answers before the question.",
        ),
        Expectation(
            "live_is_answered",
            "is_answered OR NOT is_answered_live",
            "What is answered live is answered.",
            blocking=True,
        ),
        Expectation(
            "anonymous_is_nobody", "is_anonymous = (person_key IS NULL)", "The anonymous are nobody.", blocking=True
        ),
    ),
)

TABLES = (POLL_RESULTS, SURVEY_RESULTS, QA_THREADS)
