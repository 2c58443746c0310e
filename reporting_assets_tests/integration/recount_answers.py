"""Counts again, in plain Python, what the `engagement` tables claim of single polls, survey questions and questions asked.

As in `recount_audience`, whose audiences these are: from what the simulation made happen, without API rows or SQL.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import mean

from reporting_assets.sandbox.interaction import LIVE_ANSWER
from reporting_assets_tests.integration.recount_audience import Audience, is_nobody, respondent
from reporting_assets_tests.integration.recount_core import Row, moment, ratio


def poll_results(audience: Audience, *, has_texts: bool) -> list[Row]:
    """A row per poll, question and choice; without texts one per question, for whoever answered it."""
    found = []
    for poll in audience.forms:
        present, (first, last) = audience.present_at(poll), poll.span
        questions: dict[str, list[Row]] = defaultdict(list)
        for row in poll.rows:
            questions[row["question"]].append(row)
        for question, rows in questions.items():
            options: dict[str | None, list[Row]] = defaultdict(list)
            for row in rows:
                for choice in row["text"].split(";") if has_texts else [None]:
                    options[choice].append(row)
            everybody = len(set(map(respondent, rows)))
            found += [
                {
                    "poll_id": poll.form,
                    "question": question if has_texts else None,
                    "answer": choice,
                    **_respondents(chosen),
                    "question_respondents": everybody,
                    "respondent_share": ratio(len(set(map(respondent, chosen))), everybody),
                    "first_answered_at": moment(first),
                    "last_answered_at": moment(last),
                    "poll_respondents": poll.respondents,
                    "people_present": present,
                    "poll_response_rate": min(1.0, poll.respondents / present) if present else None,
                }
                for choice, chosen in options.items()
            ]
    return found


def survey_results(audience: Audience, *, has_texts: bool) -> list[Row]:
    """A row per question of the survey."""
    forms: dict[str, list[Row]] = defaultdict(list)
    for answer in audience.of("survey"):
        forms[answer["form_id"]].append(answer)
    found = []
    for form, given in forms.items():
        texts = [row["text"] for row in given if row["text"]] if has_texts else []
        numbers = [int(text) for text in texts if text.isdigit()]
        found.append(
            {
                "question_id": form,
                **_respondents(given),
                "answers_with_text": len(texts) or None,
                "numeric_answers": len(numbers) if texts else None,
                "mean_numeric_answer": mean(numbers) if numbers and len(numbers) == len(texts) else None,
                "first_answered_at": min(row["at"] for row in given),
                "last_answered_at": max(row["at"] for row in given),
            }
        )
    return found


def threads(audience: Audience) -> list[Row]:
    """A row per question of the Q&A."""
    found = []
    for row in audience.of("question"):
        answers = audience.answers(row)
        replies = [reply for reply in audience.of("reply") if reply["form_id"] == row["form_id"]]
        first = min((reply["at"] for reply in answers), default=None)
        found.append(
            {
                "question_id": row["form_id"],
                "asked_at": row["at"],
                "is_anonymous": is_nobody(row),
                "is_asker_inside": not is_nobody(row) and audience.person_of(row) is not None,
                "is_answered": bool(answers),
                "is_answered_live": any(reply["text"] == LIVE_ANSWER for reply in answers),
                "first_answered_at": first,
                "first_answer_seconds": int((first - row["at"]).total_seconds()) if first else None,
                "answers": len(answers),
                "comments": len(replies) - len(answers),
            }
        )
    return found


def _respondents(rows: list[Row]) -> Row:
    people = set(map(respondent, rows))
    identified = sum(is_identified for is_identified, _ in people)
    return {
        "respondents": len(people),
        "identified_respondents": identified,
        "anonymous_respondents": len(people) - identified,
    }
