"""The organisation's Zoom Rooms: where they are, which meetings were held in them, and what went wrong in them.

A pure function of the organisation, its meetings and the day. How rooms are shown belongs to the protocol.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from weakref import WeakKeyDictionary

from reporting_assets.sandbox.bounded import Bounded
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.identifiers import mix, opaque_id, share, stable_hash
from reporting_assets.sandbox.sessions import Meeting

EMPLOYEES_PER_ROOM = 25
FEWEST_ROOMS = 2
MEETINGS_WITH_ROOM_PER_CENT = 35  # of those that gather two people or more of one office

OFFLINE = "Zoom room is offline"
CAMERA_LOST = "Selected camera has disconnected"
MICROPHONE_LOST = "Selected microphone has disconnected"
SPEAKER_LOST = "Selected speaker has disconnected"
# What is noticed, what is noticed when it is over (nothing where empty), how often a room has it in a day.
_ISSUES = (
    (OFFLINE, "Zoom room is online", 0.05),
    (CAMERA_LOST, "Selected camera is reconnected", 0.08),
    (MICROPHONE_LOST, "Selected microphone is reconnected", 0.10),
    (SPEAKER_LOST, "Selected speaker is reconnected", 0.06),
    ("Zoom Rooms Controller disconnected", "Zoom Rooms Controller connected", 0.09),
    ("High CPU usage is detected", "", 0.07),
    ("Low bandwidth network is detected", "", 0.05),
    ("Untrusted certificate is detected", "", 0.02),
)
_LONGEST_ISSUE_SECONDS = 6 * 3600
_TREES = ("Alder", "Birch", "Cedar", "Élan", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Larch", "Maple", "Oak")
_DRAW = 31  # what a draw is for
_DAYS_KEPT = 60_000  # weighed in meetings

_held: WeakKeyDictionary[History, Bounded[dict[int, list[Meeting]]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Room:
    """One Zoom Room. `seed` is for what is drawn about it."""

    index: int
    id: str
    name: str
    office: int
    floor: int
    seed: int


@dataclass(frozen=True, slots=True)
class Issue:
    """One notice about a room: something begins, or (`is_end`) is over. `until` is when what begins will be over."""

    at: int
    text: str
    until: int
    is_end: bool = False


@lru_cache(maxsize=64)
def rooms(seed: int, size: int) -> tuple[Room, ...]:
    """The rooms of an organisation of this seed and size: one for 25 employees, spread as the staff is."""
    bounds = list(accumulate(office.staff_share for office in OFFICES))
    found = []
    for index in range(max(FEWEST_ROOMS, size // EMPLOYEES_PER_ROOM)):
        office = min(bisect_right(bounds, (index * 0.618034) % 1.0), len(OFFICES) - 1)
        tree = _TREES[index % len(_TREES)]
        number = 1 + index // len(_TREES)
        id_ = opaque_id(seed, size, "room", index)
        room = Room(index, id_, f"{tree} {number}", office, 1 + index % 7, stable_hash(seed, "room", index))
        found.append(room)
    return tuple(found)


def room_of_id(seed: int, size: int, id_: str) -> Room | None:
    """The room with this id."""
    return next((room for room in rooms(seed, size) if room.id == id_), None)


def held_in(history: History, room: Room, begin: int, end: int) -> Iterator[Meeting]:
    """Meetings that the room takes part in and that start in [begin, end), by start; those in progress too."""
    for day in range(begin // DAY_SECONDS, -(-end // DAY_SECONDS)):
        for meeting in _of_day(history, day).get(room.index, ()):
            if begin <= meeting.started < end:
                yield meeting


def _of_day(history: History, day: int) -> dict[int, list[Meeting]]:
    kept = _held.setdefault(history, Bounded(_DAYS_KEPT))
    return kept.get(day, lambda: _assigned(history, day), lambda found: sum(map(len, found.values())))


def _assigned(history: History, day: int) -> dict[int, list[Meeting]]:
    """Which rooms the day's meetings are held in: one that is free, of the host's office; never across midnight."""
    organisation = history.organisation
    of_office: dict[int, list[Room]] = {}
    for room in rooms(organisation.seed, organisation.size):
        of_office.setdefault(room.office, []).append(room)
    found: dict[int, list[Meeting]] = {}
    for meeting in history.day(day).meetings:
        office = organisation.people[meeting.host].office
        there = of_office.get(office, [])
        draw = mix(meeting.seed, _DRAW)
        if not there or meeting.is_webinar or draw % 100 >= MEETINGS_WITH_ROOM_PER_CENT:
            continue
        gathered = sum(organisation.people[person].office == office for person in meeting.staff)
        if gathered < 2 or meeting.ended >= (day + 1) * DAY_SECONDS:
            continue
        for step in range(len(there)):
            held = found.setdefault(there[(draw // 100 + step) % len(there)].index, [])
            if not held or held[-1].ended <= meeting.started:
                held.append(meeting)
                break
    return found


def issues(room: Room, begin: int, end: int) -> list[Issue]:
    """What is noticed about the room in [begin, end), by time."""
    found = []
    for day in range(begin // DAY_SECONDS - 1, -(-end // DAY_SECONDS)):
        for kind, (text, over, often) in enumerate(_ISSUES):
            if share(room.seed, "issue", day, kind) >= often:
                continue
            draw = stable_hash(room.seed, "when", day, kind)
            at = day * DAY_SECONDS + draw % DAY_SECONDS
            until = at + 30 + draw // DAY_SECONDS % _LONGEST_ISSUE_SECONDS
            found.append(Issue(at, text, until))
            if over:
                found.append(Issue(until, over, until, is_end=True))
    return sorted((one for one in found if begin <= one.at < end), key=lambda one: (one.at, one.text))


def open_issues(room: Room, now: int) -> list[str]:
    """What is wrong with the room at this instant."""
    lately = issues(room, now - _LONGEST_ISSUE_SECONDS - 60, now + 1)
    return sorted({one.text for one in lately if not one.is_end and now < one.until})
