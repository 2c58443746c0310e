"""Counts again, in plain Python, what the `engagement` tables claim of audiences and series.

As in `recount_core`, whose instances and people these are: from what the simulation made happen, without API rows or SQL.
Answers, questions and registrations come from the truth's own files. Team chat is in `recount_chat`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, median
from typing import Any

import pyarrow.parquet as pq

from reporting_assets.sandbox.interaction import LIVE_ANSWER
from reporting_assets_tests.integration.recount import Person, peak
from reporting_assets_tests.integration.recount_core import Instance, Row, attendance, logical_meetings

ENGAGED, LEAST_PEOPLE = 60, 5


@dataclass(frozen=True)
class Audience:
    """One instance with what was answered and asked in it; rows are those of the truth's interactions."""

    instance: Instance
    rows: tuple[Row, ...]

    def of(self, kind: str) -> list[Row]:
        return [row for row in self.rows if row["kind"] == kind]

    @cached_property
    def attendees(self) -> list[Person]:
        """Whoever was inside and did not run it: where there was registration, colleagues without one did."""
        one = self.instance
        return [
            person
            for person in one.meeting.people
            if not one.is_host(person)
            and not (self.has_registration and _is_colleague(person) and not self.is_registered(person))
        ]

    @property
    def has_registration(self) -> bool:
        return self.instance.platform == "zoom" and self.instance.came is not None

    def is_registered(self, person: Person) -> bool:
        return any(join in self.instance.registered for join in person.joins)

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

    def score(self, person: Person) -> Row:
        """One attendee's components and score."""
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
        survey_answered = len({row["form_id"] for row in surveyed if self._is(row, person)})
        questions = self.of("question")
        asked = sum(self._is(row, person) for row in questions)
        components = [answered / offered] if offered else []
        components += [float(asked > 0)] if questions else []
        components += [survey_answered / survey_questions] if survey_questions else []
        return {
            "attended_seconds": person.seconds,
            "poll_questions_offered": offered or None,
            "poll_questions_answered": answered if offered else None,
            "questions_asked": asked if questions else None,
            "survey_questions": survey_questions or None,
            "survey_questions_answered": survey_answered if survey_questions else None,
            "engagement_score": round(50 * duration + 50 * (mean(components) if components else duration), 6),
        }

    def _is(self, row: Row, person: Person) -> bool:
        # Forms tell addresses alone, Q&A user ids too.
        told = {f"3e:{row['told_email']}"}
        if row["kind"] == "question":
            told.add(f"1u:{row['told_user_id']}")
        return any(told & set(join.keys) for join in person.joins)

    def figures(self) -> Row:
        """What `engagement.webinar_engagement` should say, registrations apart."""
        scores = [self.score(person) for person in self.attendees]
        people = len(self.attendees)
        inside = [person for person in self.attendees if person.seconds]
        values = [one["engagement_score"] for one in scores]
        polls, questions, surveyed = self.of("poll"), self.of("question"), self.of("survey")
        answered = [self.answers(row) for row in questions]
        latencies = [
            (first - row["at"]).total_seconds()
            for row, answers in zip(questions, answered, strict=True)
            if answers and (first := min(one["at"] for one in answers))
        ]
        shown = len(values) >= LEAST_PEOPLE
        return {
            "unique_attendees": people,
            "unique_attendees_identified": sum(person.key is not None for person in self.attendees),
            "join_count": sum(not join.is_waiting for person in self.attendees for join in person.joins),
            "attended_minutes": _minutes(sum(person.seconds for person in self.attendees)),
            "mean_attended_minutes": _minutes(mean(person.seconds for person in inside)) if inside else None,
            "median_attended_minutes": _minutes(median(person.seconds for person in inside)) if inside else None,
            "peak_concurrent_attendees": peak(stay for person in self.attendees for stay in person.stays),
            **{
                f"present_at_{name}_share": self._present(inside, part)
                for name, part in (("first_quarter", 0.25), ("half", 0.5), ("third_quarter", 0.75))
            },
            **(self._poll_figures(scores) if polls else {}),
            "questions_asked": len(questions) or None,
            "identified_askers": sum(bool(one["questions_asked"]) for one in scores) if questions else None,
            "anonymous_questions": sum(not row["told_email"] and not row["told_user_id"] for row in questions)
            if questions
            else None,
            "qa_participation": _rounded(sum(bool(one["questions_asked"]) for one in scores), people)
            if questions
            else None,
            "questions_answered": sum(map(bool, answered)) if questions else None,
            "questions_answered_live": sum(any(one["text"] == LIVE_ANSWER for one in answers) for answers in answered)
            if questions
            else None,
            "answered_share": _rounded(sum(map(bool, answered)), len(questions)),
            "median_answer_latency_seconds": median(latencies) if latencies else None,
            "identified_survey_respondents": len({row["told_email"] for row in surveyed if row["told_email"]})
            if surveyed
            else None,
            "survey_participation": _rounded(sum(bool(one["survey_questions_answered"]) for one in scores), people)
            if surveyed
            else None,
            "scored_attendees": people,
            "engagement_score_mean": round(mean(values), 5) if shown else None,
            "engagement_score_median": round(median(values), 5) if shown else None,
            "engaged_attendee_share": _rounded(sum(value >= ENGAGED for value in values), people) if shown else None,
        }

    def _poll_figures(self, scores: list[Row]) -> Row:
        polls = self.of("poll")
        return {
            "polls_answered": len(self.forms),
            "identified_poll_respondents": len({row["told_email"] for row in polls if row["told_email"]}),
            "anonymous_poll_responses": sum(not row["told_email"] for row in polls),
            "poll_participation": _rounded(sum(bool(one["poll_questions_answered"]) for one in scores), len(scores)),
        }

    def answers(self, question: Row) -> list[Row]:
        """Replies of the host; what others say are comments."""
        return [
            row
            for row in self.of("reply")
            if row["form_id"] == question["form_id"] and row["person_id"] == self.instance.host_id
        ]

    def _present(self, inside: list[Person], part: float) -> float | None:
        at = self.instance.begins + self.instance.seconds * part
        return _rounded(sum(any(begin <= at < end for begin, end in person.stays) for person in inside), len(inside))

    def attended_registrations(self) -> int:
        """Registrations that somebody spent time with; on Webex people who had registered."""
        came = [person for person in self.attendees if person.seconds and self.is_registered(person)]
        if self.instance.platform == "webex":
            return len(came)
        return len({key for person in came for join in person.joins for key in join.keys if key.startswith("2r:")})


@dataclass(frozen=True)
class Poll:
    """One poll with its answers."""

    form: str
    rows: tuple[Row, ...]

    def is_seen_by(self, person: Person) -> bool:
        """Whether the person was inside between its first and its last answer."""
        times = [row["at"].timestamp() for row in self.rows]
        inside = [join.span for join in person.joins if not join.is_waiting]
        return any(begin <= max(times) and end > min(times) for begin, end in inside)

    @property
    def respondents(self) -> int:
        """Addresses count once each, guests without one once each, and the anonymous too: the report has a ballot of each."""
        return len({row["told_email"] or row["person_id"] for row in self.rows})


def audiences(instances: Iterable[Instance], folder: Path) -> list[Audience]:
    """The instances with what the truth in `folder` says was answered and asked in them."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in pq.read_table(folder / "interactions.parquet").to_pylist():
        rows[row["meeting_uuid"]].append(row)
    return [Audience(one, tuple(rows[one.meeting.uuid]) if one.platform == "zoom" else ()) for one in instances]


def poll_options(audience: Audience) -> Counter[Any]:
    """By poll, question and choice: respondents, those with an address, and people present."""
    found: Counter[Any] = Counter()
    for poll in audience.forms:
        present = sum(
            poll.is_seen_by(person)
            for person in audience.instance.everybody
            if not audience.instance.is_host(person) and any(not join.is_waiting for join in person.joins)
        )
        chosen: dict[tuple[str, str], set[tuple[bool, str]]] = defaultdict(set)
        for row in poll.rows:
            who = (bool(row["told_email"]), row["told_email"] or row["person_id"])
            for choice in row["text"].split(";"):
                chosen[row["question"], choice].add(who)
        for (question, choice), people in chosen.items():
            identified = sum(is_identified for is_identified, _ in people)
            found[poll.form, question, choice, len(people), identified, poll.respondents, present] += 1
    return found


def series(instances: list[Instance]) -> dict[tuple[str, str], Row]:
    """By vendor and number, what `engagement.series_monthly` should say of these instances."""
    groups: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for one in instances:
        groups[one.platform, one.number].append(one)
    logical = logical_meetings(instances)
    found = {}
    for key, members in groups.items():
        rows = [attendance(one, person) for one in members for person in one.meeting.people]
        times = Counter(person.key for one in members for person in one.meeting.people if person.key)
        sizes = [len(one.meeting.people) for one in members if one.meeting.people]
        shares = [row["pct_of_actual"] / 100 for row in rows if row["pct_of_actual"] is not None]
        found[key] = {
            "instances": len(members),
            "logical_meetings": len({logical[one.key] for one in members}),
            "attendances": len(rows),
            "join_count": sum(row["join_count"] for row in rows),
            "attended_minutes": _minutes(sum(row["attended_seconds"] for row in rows)),
            "meeting_minutes": _minutes(sum(one.seconds for one in members)),
            "mean_participants": _rounded(len(rows), len(sizes)),
            "median_participants": median(sizes),
            "most_participants": max(sizes),
            "unique_participants_identified": len(times),
            "returning_participants": sum(count > 1 for count in times.values()),
            "regular_participants": sum(2 * count > len(sizes) for count in times.values()),
            "mean_attended_share": round(mean(shares), 5) if shares else None,
            "late_attendances": sum(row["is_late"] for row in rows),
            "late_share": _rounded(sum(row["is_late"] for row in rows), len(rows)),
            "early_leaves": sum(row["is_early_leave"] for row in rows),
        }
    return found


def _is_colleague(person: Person) -> bool:
    return any(key.startswith("1u:") for join in person.joins for key in join.keys)


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 6)


def _rounded(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None
