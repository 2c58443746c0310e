"""Who answered which poll, asked which question and filled in the survey of one meeting or webinar, and when.

A pure function of the meeting and its sessions: people answer while they are inside, and surveys when they have left.
Whether there was a poll, Q&A or a survey at all is said by `features`. What is told of people belongs to the protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.identifiers import mix, opaque_id
from reporting_assets.sandbox.sessions import MAIN, Meeting, Session

LIVE_ANSWER = "live answered"
OPEN, ANSWERED = "open", "answered"
PUBLIC, PRIVATE, COMMENT, LIVE = (
    "host_answered_publicly",
    "host_answered_privately",
    "participant_commented",
    "host_answered",
)
_POLLS, _QA, _SURVEY = 14, 15, 16  # what a draw is for
_POLL_QUESTIONS = (
    ("How are you?", ("I am wonderful.", "Fine", "Ask me later"), False),
    ("Which topics matter to you?", ("Price", "Security, privacy", "Support", 'The "roadmap"'), True),
    ("Was the pace right?", ("Too fast", "Just right", "Too slow"), False),
)
_QUESTIONS = (
    "Will the slides be shared?",
    "Comment ça marche; et quand ?",
    "=1+1",
    "What does it cost, and for whom?",
    "Is there an API? 🙂",
)
_REPLIES = ("Yes, by e-mail", "See the FAQ; section 4", "We will come back to you", "fine")
_SURVEY_QUESTIONS = (
    ("How likely are you to recommend us?", tuple(str(score) for score in range(11)), False),
    ("What did you like?", ("Speakers", "Content", "Length; pace"), True),
    ("Anything else?", ("", "Great!", "Trop long…", "No"), False),
)
_LAST_SURVEY_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of one person to one question of a poll or survey. `row` is the stay during, or after, which it was given."""

    row: Session
    place: int  # of that stay among the meeting's sessions
    form: str  # id of the poll; of a survey, of its question
    question: str
    answer: str  # several choices are joined by ';'
    at: int
    is_anonymous: bool

    @property
    def person(self) -> int:
        return self.row.person


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to a question of the audience."""

    row: Session
    place: int
    text: str
    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question somebody put into Q&A, with its replies by time."""

    row: Session
    place: int
    id: str
    question: str
    status: str
    at: int
    is_anonymous: bool
    replies: tuple[Reply, ...]

    @property
    def person(self) -> int:
        return self.row.person


def poll_answers(meeting: Meeting, rows: Sequence[Session]) -> list[Answered]:
    """Answers to the polls, poll by poll; the host launches them and does not answer. `rows` are the sessions."""
    if not features(meeting).has_poll:
        return []
    rng = Random(mix(meeting.seed, _POLLS))
    found = []
    for number in range(1 + rng.randrange(3)):
        launched = meeting.started + int((meeting.ended - meeting.started) * rng.uniform(0.15, 0.85))
        is_anonymous = rng.random() < 0.25
        poll = opaque_id(meeting.seed, "poll", number)[:12]
        asked = _POLL_QUESTIONS[: 1 + rng.randrange(2)] if number else _POLL_QUESTIONS[rng.randrange(3) :]
        for place, row in _inside(meeting, rows, launched):
            answered = launched + 5 + int(rng.expovariate(1 / 25))
            if rng.random() < 0.7 and answered < row.left:
                for question, choices, is_multiple in asked:
                    given = _choice(rng, choices, is_multiple)
                    found.append(Answered(row, place, poll, question, given, answered, is_anonymous))
    return found


def questions(meeting: Meeting, rows: Sequence[Session]) -> list[Asked]:
    """What the audience asked, by asker; answered by the host, live or in writing, commented by others, or not at all."""
    if not features(meeting).has_qa:
        return []
    rng = Random(mix(meeting.seed, _QA))
    found = []
    for turn in range(2 + rng.randrange(4)):
        moment = meeting.started + int((meeting.ended - meeting.started) * rng.uniform(0.1, 0.8))
        inside = list(_inside(meeting, rows, moment))
        if not inside:
            continue
        place, row = rng.choice(inside)
        is_anonymous = rng.random() < 0.2
        for again in range(1 + (rng.random() < 0.3)):
            at = moment + 40 * again
            replies = tuple(_replies(rng, meeting, rows, at))
            answered = any(reply.kind != COMMENT for reply in replies)
            found.append(
                Asked(
                    row,
                    place,
                    opaque_id(meeting.seed, "question", turn, again)[:11],
                    rng.choice(_QUESTIONS),
                    ANSWERED if answered else rng.choice((OPEN, OPEN, "dismissed", "deleted", "default")),
                    at,
                    is_anonymous,
                    replies,
                )
            )
    return found


def survey_answers(meeting: Meeting, rows: Sequence[Session]) -> list[Answered]:
    """Answers to the survey, person by person, given after they left for good: at once or within hours."""
    if not features(meeting).has_survey:
        return []
    rng = Random(mix(meeting.seed, _SURVEY))
    is_anonymous = rng.random() < 0.2
    last: dict[int, tuple[int, Session]] = {}
    for place, row in enumerate(rows):
        if row.room == MAIN and row.person != meeting.host:
            known = last.get(row.person)
            if known is None or known[1].left <= row.left:
                last[row.person] = place, row
    found = []
    for place, row in last.values():
        if rng.random() < 0.4:
            at = row.left + 10 + int(min(rng.expovariate(1 / 900), _LAST_SURVEY_SECONDS))
            for number, (question, choices, is_multiple) in enumerate(_SURVEY_QUESTIONS):
                form = opaque_id(meeting.number, "survey question", number)[:10]
                given = _choice(rng, choices, is_multiple)
                found.append(Answered(row, place, form, question, given, at + 8 * number, is_anonymous))
    return found


def survey_id(meeting: Meeting) -> str:
    """The survey, the same for all instances of a series."""
    return f"{opaque_id(meeting.number, 'survey')}=="


def _replies(rng: Random, meeting: Meeting, rows: Sequence[Session], asked_at: int) -> Iterator[Reply]:
    host = next((place, row) for place, row in enumerate(rows) if row.person == meeting.host)
    draw = rng.random()
    if draw < 0.25:
        yield Reply(host[1], host[0], LIVE_ANSWER, LIVE, asked_at + 60)
    elif draw < 0.65:
        for number in range(1 + rng.randrange(2)):
            kind = rng.choice((PUBLIC, PUBLIC, PRIVATE))
            yield Reply(host[1], host[0], rng.choice(_REPLIES), kind, asked_at + 60 + 30 * number)
    for place, row in list(_inside(meeting, rows, asked_at + 120))[:1]:
        if rng.random() < 0.3:
            yield Reply(row, place, "I wondered, too", COMMENT, asked_at + 150)


def _inside(meeting: Meeting, rows: Sequence[Session], moment: int) -> Iterator[tuple[int, Session]]:
    """One stay, with its place, of each person but the host who is inside at the moment."""
    seen = {meeting.host}
    for place, row in enumerate(rows):
        if row.room == MAIN and row.joined <= moment < row.left and row.person not in seen:
            seen.add(row.person)
            yield place, row


def _choice(rng: Random, choices: Sequence[str], is_multiple: bool) -> str:
    if not is_multiple:
        return rng.choice(choices)
    return ";".join(rng.sample(choices, 1 + rng.randrange(len(choices))))
