"""Counts again, in plain Python, how webinars were attended, and what their audiences answered and asked.

As in `recount_core`, whose instances and people these are: from what the simulation made happen, without API rows or SQL.
Answers, questions and registrations come from the truth's own files. Figures of single polls, surveys and questions are
in `recount_answers`, those of meetings and series in `recount_engagement`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, median
from typing import Any

import pyarrow.parquet as pq

from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.interaction import LIVE_ANSWER
from reporting_assets_tests.integration.recount import Person, Span, first_peak
from reporting_assets_tests.integration.recount_core import Instance, Row, invited, ratio

ENGAGED, LEAST_PEOPLE = 60, 5


@dataclass(frozen=True)
class Audience:
    """One instance with what was answered and asked in it; rows are those of the truth's interactions."""

    instance: Instance
    rows: tuple[Row, ...]
    had_poll: bool | None  # as Zoom's list says; NULL on Webex
    told_registrants: int | None  # as Webex counts them; NULL on Zoom

    def of(self, kind: str) -> list[Row]:
        return [row for row in self.rows if row["kind"] == kind]

    @cached_property
    def attendees(self) -> list[Person]:
        """Whoever was inside and did not run it: where there was registration, colleagues without one did."""
        one = self.instance
        is_by_registration = one.platform == "zoom" and self.has_registration
        return [
            person
            for person in one.meeting.people
            if not one.is_host(person)
            and not (is_by_registration and _is_colleague(person) and not self.is_registered(person))
        ]

    @property
    def has_registration(self) -> bool:
        if self.instance.platform == "zoom":
            return self.instance.came is not None
        return bool(self.told_registrants or self.instance.registered)

    def is_registered(self, person: Person) -> bool:
        return any(join in self.instance.registered for join in person.joins)

    def registrations_of(self, person: Person) -> int:
        """Those that a person came with; Webex tells no ids, so one."""
        return max(len(_registrations([person])), self.is_registered(person))

    def person_of(self, row: Row) -> str | None:
        """Who of those with joins it was, as far as the answer tells."""
        told = {f"1u:{row['told_user_id']}", f"3e:{row['told_email']}"}
        for person in self.instance.everybody:
            if any(told & set(join.keys) for join in person.joins):
                return person.id
        return None

    @cached_property
    def forms(self) -> list[Poll]:
        by_form: dict[str, list[Row]] = defaultdict(list)
        for row in self.of("poll"):
            by_form[row["form_id"]].append(row)
        return [Poll(form, tuple(rows)) for form, rows in by_form.items()]

    def present_at(self, poll: Poll) -> int:
        """People but the host who were inside between the poll's first and last answer."""
        inside = [one for one in self.instance.everybody if any(not join.is_waiting for join in one.joins)]
        return sum(poll.is_seen_by(person) for person in inside if not self.instance.is_host(person))

    @cached_property
    def scores(self) -> list[tuple[Person, Row]]:
        """Attendees, each with components, score and place."""
        scored = [(person, self._score(person)) for person in self.attendees]
        counts = sorted({row["interactions"] for _, row in scored} - {0}, reverse=True)
        most_asked = max((row["questions_asked"] or 0 for _, row in scored), default=0)
        longest = max((row["attended_seconds"] for _, row in scored), default=0)
        for _, row in scored:
            place = counts.index(row["interactions"]) + 1 if row["interactions"] else None
            row["interaction_rank"] = place
            row["hubilo_rank_points"] = 100 / len(counts) * (len(counts) - place + 1) if place else 0
            others = [
                row["poll_component"],
                ratio(row["questions_asked"], most_asked),
                row["survey_component"],
                ratio(row["attended_seconds"], longest),
            ]
            # GoTo's formula: attention weighs as much as all other inputs together.
            inputs = [share for share in others if share is not None]
            attention = len(inputs) * row["duration_share"]
            row["goto_interest_rating"] = 100 * (sum(inputs) + attention) / (2 * len(inputs))
        return scored

    def _score(self, person: Person) -> Row:
        duration = min(1.0, person.seconds / self.instance.seconds)
        offered = answered = 0
        for poll in self.forms:
            if any(row["told_email"] for row in poll.rows):
                took = {row["question"] for row in poll.rows if self._is(row, person)}
                if took or poll.is_seen_by(person):
                    offered += len({row["question"] for row in poll.rows})
                answered += len(took)
        surveyed = self.of("survey")
        survey_questions = (
            len({row["form_id"] for row in surveyed}) if any(row["told_email"] for row in surveyed) else 0
        )
        survey_answered = len({row["form_id"] for row in surveyed if self._is(row, person)}) if survey_questions else 0
        questions = self.of("question")
        asked = sum(self._is(row, person) for row in questions)
        components = {
            "poll_component": ratio(answered, offered),
            "qa_component": float(asked > 0) if questions else None,
            "chat_component": None,  # nobody can tell who wrote
            "survey_component": ratio(survey_answered, survey_questions),
        }
        known = [share for share in components.values() if share is not None]
        return {
            "registrations": self.registrations_of(person) if self.has_registration else None,
            "is_walk_in": not self.is_registered(person) if self.has_registration else None,
            "join_count": sum(not join.is_waiting for join in person.joins),
            "attended_seconds": person.seconds,
            "duration_share": duration,
            "poll_questions_offered": offered or None,
            "poll_questions_answered": answered if offered else None,
            "questions_asked": asked if questions else None,
            "survey_questions": survey_questions or None,
            "survey_questions_answered": survey_answered if survey_questions else None,
            **components,
            "engagement_score": 50 * duration + 50 * (mean(known) if known else duration),
            "interactions": (answered if offered else 0) + asked + survey_answered,
        }

    def _is(self, row: Row, person: Person) -> bool:
        # Forms tell addresses alone, Q&A user ids too.
        told = {f"3e:{row['told_email']}"}
        if row["kind"] == "question":
            told.add(f"1u:{row['told_user_id']}")
        return any(told & set(join.keys) for join in person.joins)

    def figures(self) -> Row:
        """What `engagement.webinar_engagement` should say."""
        scores = [row for _, row in self.scores]
        seconds = [person.seconds for person in self.attendees if person.seconds]
        values = [one["engagement_score"] for one in scores]
        shown = len(values) >= LEAST_PEOPLE
        most, at = first_peak(stay for person in self.attendees for stay in person.stays)
        return {
            "actual_seconds": self.instance.seconds,
            **self._registration_figures(),
            "unique_attendees": len(self.attendees),
            "unique_attendees_identified": sum(person.key is not None for person in self.attendees),
            "join_count": sum(one["join_count"] for one in scores),
            "attended_minutes": sum(seconds) / 60,
            "mean_attended_minutes": mean(seconds) / 60 if seconds else None,
            "median_attended_minutes": median(seconds) / 60 if seconds else None,
            "peak_concurrent_attendees": most,
            "peak_attendees_at": at,
            **{
                f"present_at_{name}_share": self._present(part)
                for name, part in (("first_quarter", 0.25), ("half", 0.5), ("third_quarter", 0.75))
            },
            **self._poll_figures(scores),
            **self._question_figures(scores),
            **self._survey_figures(scores),
            "scored_attendees": len(values),
            "engagement_score_mean": mean(values) if shown else None,
            "engagement_score_median": median(values) if shown else None,
            "engaged_attendee_share": ratio(sum(value >= ENGAGED for value in values), len(values)) if shown else None,
        }

    def _registration_figures(self) -> Row:
        one = self.instance
        came = [person for person in self.attendees if person.seconds and self.is_registered(person)]
        if not self.has_registration:
            approved = attended = None
        elif one.platform == "webex":
            approved, attended = self.told_registrants, len(came)
        else:
            approved, attended = (one.came or 0) + (one.stayed_away or 0), len(_registrations(came))
        # On Webex, one of whom the report tells neither name nor address counts again on a second device.
        no_shows = None
        if approved is not None and attended is not None and attended <= approved:
            no_shows = approved - attended
        return {
            "approved_registrants": approved,
            "attended_registrants": attended,
            "no_shows": no_shows,
            "vendor_absentees": one.stayed_away or None,
            "attendance_rate": None if no_shows is None else ratio(attended, approved),
            "no_show_rate": ratio(no_shows, approved),
            "walk_ins": sum(not self.is_registered(person) for person in self.attendees)
            if self.has_registration
            else None,
        }

    def _poll_figures(self, scores: list[Row]) -> Row:
        polls = self.of("poll")
        names = ("polls_answered", "identified_poll_respondents", "anonymous_poll_responses", "poll_participation")
        if not polls:
            # 0 where the list says that there was none; where it says that there was, nobody knows who answered.
            return dict.fromkeys(names, 0 if self.had_poll is False else None) | {"poll_response_rate": None}
        present = [(poll.respondents, self.present_at(poll)) for poll in self.forms]
        return {
            "polls_answered": len(self.forms),
            "identified_poll_respondents": len({row["told_email"] for row in polls if row["told_email"]}),
            "anonymous_poll_responses": sum(not row["told_email"] for row in polls),
            "poll_participation": ratio(sum(bool(one["poll_questions_answered"]) for one in scores), len(scores)),
            "poll_response_rate": ratio(sum(map(min, present)), sum(there for _, there in present)),
        }

    def _question_figures(self, scores: list[Row]) -> Row:
        questions = self.of("question")
        answered = [self.answers(row) for row in questions]
        latencies = [
            (min(one["at"] for one in answers) - row["at"]).total_seconds()
            for row, answers in zip(questions, answered, strict=True)
            if answers
        ]
        # The report has an entry per asker, and one for every question that was asked anonymously.
        entries = {
            (row["person_id"], row["form_id"] if row["is_anonymous"] else ""): row for row in reversed(questions)
        }
        askers = sum(bool(one["questions_asked"]) for one in scores)
        found = {
            "questions_asked": len(questions),
            "anonymous_questions": sum(is_nobody(row) for row in questions),
            "anonymous_askers": sum(is_nobody(row) for row in entries.values()),
            "identified_askers": askers,
            "qa_participation": ratio(askers, len(scores)),
            "questions_answered": sum(map(bool, answered)),
            "questions_answered_live": sum(any(one["text"] == LIVE_ANSWER for one in answers) for answers in answered),
            "answered_share": ratio(sum(map(bool, answered)), len(questions)),
            "median_answer_latency_seconds": median(latencies) if latencies else None,
        }
        return found if questions else dict.fromkeys(found)

    def _survey_figures(self, scores: list[Row]) -> Row:
        surveyed = self.of("survey")
        respondents = sum(bool(one["survey_questions_answered"]) for one in scores)
        found = {
            "identified_survey_respondents": len({row["told_email"] for row in surveyed if row["told_email"]}),
            "anonymous_survey_respondents": len({row["person_id"] for row in surveyed if not row["told_email"]}),
            "survey_participation": ratio(respondents, len(scores)),
        }
        return found if surveyed else dict.fromkeys(found)

    def answers(self, question: Row) -> list[Row]:
        """Replies of the host; what others say are comments."""
        return [
            row
            for row in self.of("reply")
            if row["form_id"] == question["form_id"] and row["person_id"] == self.instance.host_id
        ]

    def _present(self, part: float) -> float | None:
        at = self.instance.begins + self.instance.seconds * part
        inside = [person.stays for person in self.attendees if person.seconds]
        return ratio(sum(any(begin <= at < end for begin, end in stays) for stays in inside), len(inside))


@dataclass(frozen=True)
class Poll:
    """One poll with its answers."""

    form: str
    rows: tuple[Row, ...]

    @property
    def span(self) -> Span:
        """Its first and its last answer."""
        times = [int(row["at"].timestamp()) for row in self.rows]
        return min(times), max(times)

    def is_seen_by(self, person: Person) -> bool:
        """Whether the person was inside between its first and its last answer."""
        first, last = self.span
        inside = [join.span for join in person.joins if not join.is_waiting]
        return any(begin <= last and end > first for begin, end in inside)

    @property
    def respondents(self) -> int:
        return len(set(map(respondent, self.rows)))


def audiences(instances: Iterable[Instance], folder: Path, history: History) -> list[Audience]:
    """The instances with what the truth in `folder` says was answered and asked in them."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in pq.read_table(folder / "interactions.parquet").to_pylist():
        rows[row["meeting_uuid"]].append(row)
    instances = list(instances)
    on_webex = invited(history, instances)
    found = []
    for one in instances:
        uuid = one.meeting.uuid
        if one.platform == "webex":
            found.append(Audience(one, (), None, on_webex[uuid].registrants))
        elif (simulated := history.meeting(uuid)) is not None:
            found.append(Audience(one, tuple(rows[uuid]), features(simulated).has_poll, None))
    assert len(found) == len(instances)
    return found


def respondent(row: Row) -> tuple[bool, Any]:
    """Addresses count once each, guests without one once each, and the anonymous too: the report has a ballot of each."""
    return bool(row["told_email"]), row["told_email"] or row["person_id"]


def is_nobody(row: Row) -> bool:
    return not row["told_user_id"] and not row["told_email"]


def _registrations(people: Iterable[Person]) -> set[str]:
    return {key for person in people for join in person.joins for key in join.keys if key.startswith("2r:")}


def _is_colleague(person: Person) -> bool:
    return any(key.startswith("1u:") for join in person.joins for key in join.keys)
