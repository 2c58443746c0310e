"""Polls, Q&A and surveys of meetings and webinars: the cases that the reference vectors do not cover."""

from __future__ import annotations

import pytest

from reporting_assets_tests.models import audience
from reporting_assets_tests.models.test_engagement_webinars import ATTENDEES, POLLS, WEBINARS, here
from reporting_assets_tests.models.warehouse import Warehouse, at

SURVEYS, QA = "engagement.survey_results", "engagement.qa_threads"


def test_choices_of_polls(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a"), here("b"), {"email": "host@x.com", "join": 0, "leave": 3600})
    audience.poll(
        warehouse,
        {"who": "a@x", "question": "Which?", "answer": "Price;Length; pace", "second": 60},
        {"who": "b@x", "question": "Which?", "answer": "Price", "second": 70},
        {"who": 7, "question": "Which?", "answer": "Price", "second": 80},
        {"who": "a@x", "question": "Why?", "answer": " ", "second": 80},
        {"who": "a@x", "question": "Later?", "answer": "Yes", "second": 900, "poll_id": "a second one"},
        {"who": "a@x", "question": "Later?", "answer": "No", "second": 901, "poll_id": "a second one"},
    )
    rows = audience.run(warehouse)[POLLS]
    shown = ("poll_place", "question", "answer", "respondents", "identified_respondents", "respondent_share")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        (0, "Which?", "Length; pace", 1, 1, pytest.approx(1 / 3)),
        (0, "Which?", "Price", 3, 2, 1),
        (0, "Why?", None, 1, 1, 1),
        (1, "Later?", "No", 1, 1, 1),
        (1, "Later?", "Yes", 1, 1, 1),
    ]
    assert [row["option_place"] for row in rows] == [1, 2, 0, 1, 2]
    assert [row["people_present"] for row in rows] == [2] * 5, "the host does not answer"
    assert [row["poll_response_rate"] for row in rows] == [1, 1, 1, 0.5, 0.5]


def test_hidden_texts_leave_questions_in_their_places(warehouse: Warehouse) -> None:
    answers = [
        {"who": who, "question": question, "answer": answer, "poll_id": poll, "second": 60 + 10 * number}
        for number, (poll, questions) in enumerate([("z", ("one?", "two?")), ("b", ("three?",))])
        for who in ("a@x", "b@x", 3)
        for question, answer in zip(questions, ("yes", "no"), strict=False)
    ]
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a"), here("b"), here("c"))
    audience.poll(warehouse, *answers)
    full = audience.run(warehouse)
    warehouse.query("DELETE FROM zoom.webinar_polls")
    audience.poll(warehouse, *({**answer, "question": None, "answer": None} for answer in answers))
    hidden = audience.run(warehouse)
    kept = ("poll_place", "question_place", "poll_id", "question_respondents", "poll_response_rate", "respondents")
    assert [[row[name] for name in kept] for row in hidden[POLLS]] == [
        [row[name] for name in kept] for row in full[POLLS]
    ]
    assert {row["option_place"] for row in hidden[POLLS]} == {0}
    assert hidden[ATTENDEES] == full[ATTENDEES], "scores do not depend on what is stored of texts"
    assert hidden[WEBINARS] == full[WEBINARS]


def test_polls_and_questions_of_meetings_are_there_too(warehouse: Warehouse) -> None:
    warehouse.meetings({"meeting_uuid": "m1", "started_at": at(0), "ended_at": at(3600)})
    warehouse.joins({"email": "a@x", "joined_at": at(0), "left_at": at(3600)})
    audience.poll(warehouse, {"who": "a@x"}, uuid="m1", noun="meeting")
    audience.question(warehouse, 0, email="A@x", uuid="m1", noun="meeting")
    audience.survey(warehouse, {"who": "a@x"}, uuid="m1", noun="meeting")
    tables = audience.run(warehouse)
    for table in (POLLS, QA, SURVEYS):
        [row] = tables[table]
        assert (row["platform"], row["meeting_uuid"], row["is_webinar"]) == ("zoom", "m1", False)
    assert tables[QA][0]["person_key"] == "e:a@x"
    assert tables[WEBINARS] == []


def test_questions_are_answered_by_the_host_not_by_comments(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a", user_id="U1"))
    public, comment, live = "host_answered_publicly", "participant_commented", "host_answered"
    audience.question(warehouse, 0, (comment, 70), (public, 200), ("default", 90), user_id="U1")
    audience.question(warehouse, 1, (comment, 70), email="stranger@x")
    audience.question(warehouse, 2, (live, 61), question_status="answered")
    audience.question(warehouse, 3, question_status="answered")
    audience.question(warehouse, 4, (public, 20), email="")
    audience.question(warehouse, 5, answers=None)
    tables = audience.run(warehouse)
    shown = (
        "person_key",
        "is_asker_inside",
        "is_answered",
        "is_answered_live",
        "first_answer_seconds",
        "answers",
        "comments",
    )
    assert [tuple(row[name] for name in shown) for row in tables[QA]] == [
        ("u:U1", True, True, False, 30, 2, 1),
        ("e:stranger@x", False, False, False, None, 0, 1),
        (None, False, True, True, 1, 1, 0),
        (None, False, True, False, None, 0, 0),
        (None, False, True, False, None, 1, 0),
        (None, False, False, False, None, 0, 0),
    ]
    [row] = tables[WEBINARS]
    told = (
        "questions_asked",
        "identified_askers",
        "anonymous_questions",
        "questions_answered",
        "questions_answered_live",
    )
    assert [row[name] for name in told] == [6, 1, 4, 4, 1]
    assert (row["answered_share"], row["median_answer_latency_seconds"]) == (pytest.approx(4 / 6), 15.5)
    assert row["qa_participation"] == 1, "whoever was not there is in no share"


def test_surveys(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a"), here("b"))
    audience.survey(
        warehouse,
        {"who": "a@x", "question_id": "rate", "answer": "9", "second": 10},
        {"who": 2, "question_id": "rate", "answer": "8", "second": 12},
        {"who": "a@x", "question_id": "why", "answer": "because", "second": 11},
        {"who": 2, "question_id": "why", "answer": "7", "second": 13},
        {"who": "a@x", "question_id": "more", "answer": None, "second": 14},
    )
    rows = audience.run(warehouse)[SURVEYS]
    shown = (
        "question_id",
        "respondents",
        "anonymous_respondents",
        "answers_with_text",
        "numeric_answers",
        "mean_numeric_answer",
    )
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("rate", 2, 1, 2, 2, 8.5),
        ("why", 2, 1, 2, 1, None),
        ("more", 1, 0, None, None, None),
    ]
