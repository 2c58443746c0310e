"""Who was in one meeting, from when to when, on which connection: the rows beneath every participant report.

A pure function of the organisation and the meeting, so rows are made again whenever they are asked for and never kept.
What is shown of a row (identity, lateness) is the business of the protocol side.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

MAIN, BREAKOUT, WAITING = "main", "breakout", "waiting"

_FIRST_CONNECTION = 16_778_240
_CONNECTION_STEP = 1024
_REJOIN_SHARE = 0.115
_MOST_REJOINS = 3
_SECOND_DEVICE_SHARE = 0.05
_NEVER_ADMITTED_SHARE = 0.03
_SHORTEST_STAY_SECONDS = 8


@dataclass(slots=True)
class Meeting:
    """One instance of a meeting or webinar. Instants are epoch seconds; `scheduled` is 0 where nobody scheduled it.

    `staff` and `guests` are indices of those who were let in or waited; the host is the first of `staff`. The last
    block is counted from the sessions.
    """

    day: int  # UTC day number of `started`
    place: int  # among the day's meetings
    uuid: str
    number: int
    is_webinar: bool
    type: int  # the vendor's code: 1 instant, 2 scheduled, 3/8 recurring, 4 personal room, 5/9 webinar
    topic: str
    host: int
    scheduled: int
    scheduled_seconds: int
    started: int
    planned_seconds: int  # how long the room stays open
    seed: int
    staff: tuple[int, ...]
    guests: tuple[int, ...]
    has_waiting_room: bool
    has_breakout_rooms: bool
    is_cut_off: bool  # the host's connection dropped and everybody with it

    ended: int = 0
    people: int = 0  # distinct persons who were inside
    joins: int = 0  # in-meeting rows outside breakout rooms: what the vendor calls participants
    staff_joins: int = 0
    attended_seconds: int = 0  # summed over those rows


class Session(NamedTuple):
    """One stay on one connection in one room. `person` is an employee's index, or -1 - the guest's index."""

    person: int
    connection: int
    joined: int
    left: int
    room: str
    room_id: int  # of the breakout room, else 0
    device: int
    is_failover: bool


def sessions(meeting: Meeting) -> list[Session]:
    """Every stay in this meeting, by time of joining; the host's first stay begins the meeting."""
    rng = Random(meeting.seed)
    opened, closed = meeting.started, meeting.started + meeting.planned_seconds
    rows: list[Session] = []
    connection = _FIRST_CONNECTION + rng.randrange(64) * _CONNECTION_STEP
    attendees = (*meeting.staff, *(-1 - guest for guest in meeting.guests))
    for position, person in enumerate(attendees):
        is_host = position == 0
        joined, left = (opened, closed) if is_host else _stay(rng, opened, closed, meeting.is_cut_off)
        connection += _CONNECTION_STEP
        if meeting.has_waiting_room and not is_host and (person < 0 or rng.random() < 0.25):
            waited_from = joined - 3 - int(rng.expovariate(1 / 80))
            never_admitted = rng.random() < _NEVER_ADMITTED_SHARE
            until = joined + 240 if never_admitted else joined
            rows.append(Session(person, connection, waited_from, until, WAITING, 0, rng.randrange(6), False))
            if never_admitted:
                continue
        connection = _visits(rng, rows, meeting, person, connection, joined, left)
    rows.sort(key=lambda row: (row.joined, row.connection, row.left))
    return rows


def _stay(rng: Random, opened: int, closed: int, is_cut_off: bool) -> tuple[int, int]:
    """When one attendee comes and goes: most in the first minutes and until the end, some late, some early."""
    length = closed - opened
    draw = rng.random()
    if draw < 0.60:
        delay = rng.expovariate(1 / 50)
    elif draw < 0.86:
        delay = rng.expovariate(1 / 180)
    else:
        delay = rng.uniform(300, 900)
    joined = opened + int(min(delay, length * 0.6))
    draw = rng.random()
    if is_cut_off or draw < 0.84:
        left = closed - int(rng.expovariate(1 / 15))
    else:
        left = opened + int(length * rng.uniform(0.45, 0.97))
    return joined, max(left, min(joined + _SHORTEST_STAY_SECONDS, closed))


def _visits(
    rng: Random, rows: list[Session], meeting: Meeting, person: int, connection: int, joined: int, left: int
) -> int:
    """Append the rows of one person's presence: drops and rejoins, breakout rooms, a second device."""
    device = rng.randrange(6)
    begin = joined
    for _ in range(_MOST_REJOINS):
        if left - begin < 180 or rng.random() >= _REJOIN_SHARE:
            break
        dropped = rng.randrange(begin + 30, left - 60)
        _in_rooms(rng, rows, meeting, person, connection, begin, dropped, device)
        gap = 4 + int(rng.expovariate(1 / 45))
        begin = min(dropped + gap, left - 20)
        connection += _CONNECTION_STEP
    _in_rooms(rng, rows, meeting, person, connection, begin, left, device)
    if left - joined > 240 and rng.random() < _SECOND_DEVICE_SHARE:
        connection += _CONNECTION_STEP
        second = rng.randrange(joined + 20, left - 120)
        until = rng.randrange(second + 60, left)
        rows.append(Session(person, connection, second, until, MAIN, 0, (device + 1) % 6, False))
    return connection


def _in_rooms(
    rng: Random,
    rows: list[Session],
    meeting: Meeting,
    person: int,
    connection: int,
    joined: int,
    left: int,
    device: int,
) -> None:
    """One connection's rows: one, or three where the person was sent to a breakout room and back."""
    failover = rng.random() < 0.01
    if meeting.has_breakout_rooms:
        leaves_for = meeting.started + int(meeting.planned_seconds * 0.35) + rng.randrange(20)
        comes_back = meeting.started + int(meeting.planned_seconds * 0.70) - rng.randrange(20)
        if joined < leaves_for < comes_back < left:
            room = _FIRST_CONNECTION + meeting.seed % 9973 + rng.randrange(3) * _CONNECTION_STEP
            rows.append(Session(person, connection, joined, leaves_for, MAIN, 0, device, failover))
            rows.append(Session(person, connection, leaves_for, comes_back, BREAKOUT, room, device, failover))
            rows.append(Session(person, connection, comes_back, left, MAIN, 0, device, failover))
            return
    rows.append(Session(person, connection, joined, left, MAIN, 0, device, failover))


def count(meeting: Meeting) -> None:
    """Fill in what is counted from the meeting's sessions."""
    ended = joins = staff_joins = seconds = 0
    people = set()
    for row in sessions(meeting):
        if row.room == WAITING:
            continue
        people.add(row.person)
        ended = max(ended, row.left)
        if row.room == MAIN:
            joins += 1
            staff_joins += row.person >= 0
        seconds += row.left - row.joined
    meeting.ended = ended
    meeting.people = len(people)
    meeting.joins = joins
    meeting.staff_joins = staff_joins
    meeting.attended_seconds = seconds
