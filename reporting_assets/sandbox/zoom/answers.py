"""Polls, Q&A and surveys of past meetings and webinars: what was answered in `interaction`, as the reports tell it.

None of them has pages. Each groups by person; who answered anonymously stands apart, once for every poll, question or survey.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import interaction
from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.interaction import Answered, Asked
from reporting_assets.sandbox.sessions import Meeting, Session
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.instances import past_instance
from reporting_assets.sandbox.zoom.participants import identity
from reporting_assets.sandbox.zoom.route import Route

ANONYMOUS = "Anonymous Attendee"
_T = TypeVar("_T", Answered, Asked)


def polls(call: Call, *, is_webinar: bool) -> Answer:
    """`/report/{meetings,webinars}/{id}/polls`: an entry per respondent, which the vendor calls questions."""
    meeting = past_instance(call, is_webinar=is_webinar)
    rows = call.account.history.rows(meeting)
    given = interaction.poll_answers(meeting, rows)
    return Answer(
        {
            "id": meeting.number,
            "uuid": meeting.uuid,
            "start_time": iso(meeting.started),
            "questions": [
                {
                    **_respondent(call.account, meeting, entry[0]),
                    "question_details": [
                        {
                            "answer": one.answer,
                            "date_time": _written(meeting, one.at),
                            "polling_id": one.form,
                            "question": one.question,
                        }
                        for one in entry
                    ],
                }
                for entry in _entries(given, lambda one: (one.person, one.form if one.is_anonymous else ""))
            ],
        }
    )


def survey(call: Call, *, is_webinar: bool) -> Answer:
    """`/report/{meetings,webinars}/{id}/survey`: an entry per respondent, as far as they have answered yet."""
    meeting = past_instance(call, is_webinar=is_webinar)
    rows = call.account.history.rows(meeting)
    given = [one for one in interaction.survey_answers(meeting, rows) if one.at <= call.now]
    kind = "webinar" if is_webinar else "meeting"
    return Answer(
        {
            f"{kind}_id": meeting.number,
            f"{kind}_uuid": meeting.uuid,
            "start_time": iso(meeting.started),
            "survey_id": interaction.survey_id(meeting),
            "survey_name": f"Survey of this {kind}",
            "survey_answers": [
                {
                    **_respondent(call.account, meeting, entry[0]),
                    "answer_details": [
                        {
                            "question": one.question,
                            "question_id": one.form,
                            "answer": one.answer,
                            "date_time": _written(meeting, one.at),
                        }
                        for one in entry
                    ],
                }
                for entry in _entries(given, lambda one: one.person)
            ],
        }
    )


def qa(call: Call, *, is_webinar: bool) -> Answer:
    """`/report/{meetings,webinars}/{id}/qa`: an entry per asker, with the questions and the answers to each."""
    meeting = past_instance(call, is_webinar=is_webinar)
    asked = interaction.questions(meeting, call.account.history.rows(meeting))
    return Answer(
        {
            "id": meeting.number,
            "uuid": meeting.uuid,
            "start_time": iso(meeting.started),
            "questions": [
                {
                    **_asker(call.account, meeting, entry[0]),
                    "question_details": [_question(call.account, meeting, one) for one in entry],
                }
                for entry in _entries(asked, lambda one: (one.person, one.id if one.is_anonymous else ""))
            ],
        }
    )


def _entries(things: Iterable[_T], key: Callable[[_T], object]) -> list[list[_T]]:
    """What belongs to one entry, in the order of its first part."""
    found: dict[object, list[_T]] = {}
    for one in things:
        found.setdefault(key(one), []).append(one)
    return list(found.values())


def _respondent(account: Account, meeting: Meeting, answered: Answered) -> dict[str, str]:
    """Who answered, as told: guests without address lack some keys altogether, the anonymous have a stand-in."""
    if answered.is_anonymous:
        return {"email": "", "name": ANONYMOUS, "first_name": ANONYMOUS, "last_name": ""}
    user_id, name, email = identity(account.organisation, meeting, answered.row, answered.place)
    if not user_id and not email:
        return {"name": name, "first_name": name}
    first, _, last = name.partition(" ")
    return {"email": email, "name": name, "first_name": first, "last_name": last}


def _asker(account: Account, meeting: Meeting, asked: Asked) -> dict[str, str]:
    if asked.is_anonymous:
        return {"user_id": "", "email": "", "name": ANONYMOUS}
    return _named(account, meeting, asked.row, asked.place)


def _question(account: Account, meeting: Meeting, asked: Asked) -> dict[str, Any]:
    return {
        "answer": ";".join(reply.text for reply in asked.replies),
        "question": asked.question,
        "question_id": asked.id,
        "create_time": iso(asked.at),
        "question_status": asked.status,
        "answer_details": [
            {
                **_named(account, meeting, reply.row, reply.place),
                "content": reply.text,
                "create_time": iso(reply.at),
                "type": reply.kind,
            }
            for reply in asked.replies
        ],
    }


def _named(account: Account, meeting: Meeting, row: Session, place: int) -> dict[str, str]:
    user_id, name, email = identity(account.organisation, meeting, row, place)
    return {"user_id": user_id, "name": name, "email": email}


def _written(meeting: Meeting, at: int) -> str:
    """An instant in UTC; for one meeting in five without saying so."""
    return iso(at).replace("T", " ").removesuffix("Z") if meeting.seed % 5 == 0 else iso(at)


def _routes(kind: str, *, is_webinar: bool) -> tuple[Route, ...]:
    return tuple(
        Route(
            f"/report/{kind}s/{{{kind}Id}}/{name}",
            RateLabel.HEAVY,
            (f"report:read:{granular}:admin", "report:read:admin"),
            True,
            partial(handle, is_webinar=is_webinar),
        )
        for name, granular, handle in (
            ("polls", f"list_{kind}_polls", polls),
            ("qa", f"{kind}_qna", qa),
            ("survey", f"{kind}_survey", survey),
        )
    )


ROUTES: tuple[Route, ...] = (*_routes("meeting", is_webinar=False), *_routes("webinar", is_webinar=True))
