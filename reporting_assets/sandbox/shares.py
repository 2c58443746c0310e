"""Who shared what in a meeting, and what people thought of it afterwards.

A pure function of the organisation's meeting and its sessions, in agreement with what the lists flag.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from reporting_assets.sandbox.features import Features
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.sessions import MAIN, Meeting, Session

_SHARES, _FEEDBACK = 24, 25  # what a draw is for
_MOST_SHARES = 4
_SHORTEST_STAY_SECONDS = 60
_FEEDBACK_SHARE = 0.06
_COMMENTS = ("Meeting got disconnected.", "", "Echo, and video froze", "", "Ton war schlecht 🙁")


class Share(NamedTuple):
    """One share, by the session at `place`."""

    place: int
    content: str
    begin: int
    end: int


class Feedback(NamedTuple):
    """One verdict, by the session at `place`."""

    place: int
    at: int
    is_good: bool
    comment: str


def shares(meeting: Meeting, used: Features, rows: Sequence[Session]) -> list[Share]:
    """Every share, one after the other; at least one where the list says that a screen was shared."""
    if not used.has_screen_share:
        return []
    rng = Random(mix(meeting.seed, _SHARES))
    present = [place for place, row in enumerate(rows) if row.room == MAIN]
    found: list[Share] = []
    free_from = meeting.started
    for turn in range(rng.randrange(1, _MOST_SHARES + 1)):
        place = present[0] if turn == 0 or rng.random() < 0.5 else rng.choice(present)
        row = rows[place]
        begin = max(free_from, row.joined) + rng.randrange(5, 120)
        if begin >= row.left and turn:
            continue
        begin = min(begin, row.left)
        end = min(row.left, begin + 20 + int(rng.expovariate(1 / 600)))
        content = ("desktop", "desktop", "application", "whiteboard")[rng.randrange(4)]
        found.append(Share(place, content, begin, end))
        free_from = end
    return found


def feedback(meeting: Meeting, used: Features, rows: Sequence[Session]) -> list[Feedback]:
    """Verdicts given right after leaving, by time; bad connections are complained about more often."""
    rng = Random(mix(meeting.seed, _FEEDBACK))
    was_bad = {"poor", "bad"} & {used.audio_quality, used.video_quality}
    found: list[Feedback] = []
    asked: set[int] = set()
    for place, row in enumerate(rows):
        if row.room != MAIN or row.person in asked or row.left - row.joined < _SHORTEST_STAY_SECONDS:
            continue
        asked.add(row.person)
        if rng.random() >= _FEEDBACK_SHARE * (2 if was_bad else 1):
            continue
        is_good = rng.random() < (0.4 if was_bad else 0.9)
        comment = "" if is_good else rng.choice(_COMMENTS)
        found.append(Feedback(place, row.left + rng.randrange(2, 40), is_good, comment))
    return sorted(found, key=lambda one: one.at)
