"""Counts again, in plain Python, what the tables claim, from what the sandbox says really happened.

The input is `sandbox.truth`: no API rows, none of the SQL, nothing of `reporting_assets.models`. Identity is the one
thing that must be shared with the API, for nobody behind it can know more: two rows are one person where they were
told the same user id, registration or address, directly or through other rows of the meeting. Each function says what
its figure means. Times are whole seconds since 1970; spans are half-open.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import pyarrow.parquet as pq

from reporting_assets.sandbox.words import GENERIC_NAMES

DAY = 86_400
STAND_INS = {name.lower() for name in GENERIC_NAMES}  # names that devices and the vendor give, not people

Span = tuple[int, int]


@dataclass(frozen=True)
class Join:
    """One stay on one connection."""

    truly: str  # the person, whatever the API tells
    keys: tuple[str, ...]  # what identifies the person to the API's readers, strongest first
    name: str
    connection: str
    is_waiting: bool
    span: Span


@dataclass(frozen=True)
class Person:
    """One person of one meeting, as far as can be known; `key` is NULL where only a name or a connection is."""

    id: str
    key: str | None
    joins: tuple[Join, ...]

    @cached_property
    def stays(self) -> list[Span]:
        """When the person was inside, each moment once; waiting rooms are outside."""
        return union(join.span for join in self.joins if not join.is_waiting)

    @property
    def seconds(self) -> int:
        return length(self.stays)


@dataclass(frozen=True)
class Meeting:
    """One meeting instance."""

    uuid: str
    host: str  # address, lower case
    span: Span
    true_people: int  # persons who were inside, by the simulation's own count
    joins: tuple[Join, ...]

    @property
    def day(self) -> date:
        """The UTC day on which it started."""
        return datetime.fromtimestamp(self.span[0], UTC).date()

    @property
    def inside(self) -> list[Join]:
        """Joins that reached the meeting: rejoins, second devices and breakout rooms count again, waiting does not."""
        return [join for join in self.joins if not join.is_waiting]

    @cached_property
    def people(self) -> list[Person]:
        """Who was inside. Without any key a row stands for its name, and with a stand-in for its connection."""
        leaders = _leaders(self.joins)
        found: dict[str, list[Join]] = defaultdict(list)
        for join in self.joins:
            if join.keys:
                found[leaders[join.keys[0]]].append(join)
            elif join.name in STAND_INS:
                found[f"connection {join.connection}"].append(join)
            else:
                found[f"name {join.name}"].append(join)
        known = set(leaders.values())
        people = [
            Person(f"{self.uuid} {id_}", id_[1:] if id_ in known else None, tuple(joins))
            for id_, joins in found.items()
        ]
        return [person for person in people if not all(join.is_waiting for join in person.joins)]

    @property
    def identified(self) -> list[Person]:
        return [person for person in self.people if person.key is not None]

    @property
    def peak_connections(self) -> int:
        """Most connections open at once."""
        return peak(join.span for join in self.inside)

    @property
    def peak_people(self) -> int:
        """Most people inside at once."""
        return peak(stay for person in self.people for stay in person.stays)


def read(directory: Path) -> list[Meeting]:
    """The meetings of the truth in `directory`, webinars left out, as the reports of meetings do."""
    email = {row["person_id"]: row["email"] for row in _rows(directory, "people")}
    joins: dict[str, list[Join]] = defaultdict(list)
    for row in _rows(directory, "presence"):
        told = (("1u:", row["told_user_id"]), ("2r:", row["told_registrant_id"]), ("3e:", row["told_email"]))
        joins[row["meeting_uuid"]].append(
            Join(
                truly=row["person_id"],
                keys=tuple(kind + value for kind, value in told if value),
                name=unicodedata.normalize("NFKC", row["told_name"] or "").strip().lower(),
                connection=row["connection_id"],
                is_waiting=row["room"] == "waiting",
                span=(_seconds(row["joined_at"]), _seconds(row["left_at"])),
            )
        )
    return [
        Meeting(
            uuid=row["meeting_uuid"],
            host=email[row["host_person_id"]],
            span=(_seconds(row["started_at"]), _seconds(row["ended_at"])),
            true_people=row["people"],
            joins=tuple(joins[row["meeting_uuid"]]),
        )
        for row in _rows(directory, "meetings")
        if row["kind"] == "meeting"
    ]


@dataclass(frozen=True)
class DayFigures:
    """One UTC day of the account. Counts belong to the day meetings started on; seconds and peaks to the clock."""

    meetings: int  # instances
    solo_meetings: int  # those with one person inside, by the simulation's own count
    hosts: int
    participant_joins: int
    unique_participants: int  # people without identity count once per meeting
    unique_participants_identified: int
    meeting_seconds: int  # what meetings ran on this day, those begun before it included
    person_seconds: int  # what people attended on this day, two meetings at once counted twice
    peak_concurrent_meetings: int
    peak_concurrent_people: int  # somebody in two meetings at once is one person


def of_day(day: date, meetings: Iterable[Meeting]) -> DayFigures:
    """The figures of a day; `meetings` are all there are, of other days too."""
    meetings = list(meetings)
    begins = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    window = (begins, begins + DAY)
    started = [meeting for meeting in meetings if meeting.day == day]
    running = [part for meeting in meetings if (part := clip(meeting.span, window))]
    presences: dict[str, list[Span]] = defaultdict(list)
    person_seconds = 0
    for meeting in meetings:
        if meeting.span[0] >= window[1] or meeting.span[0] < begins - 2 * DAY:
            continue
        for person in meeting.people:
            stays = [part for stay in person.stays if (part := clip(stay, window))]
            person_seconds += length(stays)
            presences[person.key or person.id] += stays
    return DayFigures(
        meetings=len(started),
        solo_meetings=sum(meeting.true_people == 1 for meeting in started),
        hosts=len({meeting.host for meeting in started}),
        participant_joins=sum(len(meeting.inside) for meeting in started),
        unique_participants=len({person.key or person.id for meeting in started for person in meeting.people}),
        unique_participants_identified=len({person.key for meeting in started for person in meeting.identified}),
        meeting_seconds=length(running),
        person_seconds=person_seconds,
        peak_concurrent_meetings=peak(running),
        peak_concurrent_people=peak(stay for stays in presences.values() for stay in union(stays)),
    )


def by_host(meetings: Iterable[Meeting]) -> Mapping[str, tuple[int, int]]:
    """Per host's address: meeting instances, and seconds that people attended of them, not split at midnight."""
    found: dict[str, tuple[int, int]] = {}
    for meeting in meetings:
        count, seconds = found.get(meeting.host, (0, 0))
        found[meeting.host] = (count + 1, seconds + sum(person.seconds for person in meeting.people))
    return found


def union(spans: Iterable[Span]) -> list[Span]:
    """Spans joined where they overlap or touch; empty ones take no time."""
    joined: list[Span] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def length(spans: Iterable[Span]) -> int:
    return sum(end - begin for begin, end in spans)


def clip(span: Span, window: Span) -> Span | None:
    begin, end = max(span[0], window[0]), min(span[1], window[1])
    return (begin, end) if begin < end else None


def peak(spans: Iterable[Span]) -> int:
    """Most spans open at once; what ends at an instant has ended when something begins at it."""
    changes: dict[int, int] = defaultdict(int)
    for begin, end in spans:
        changes[begin] += 1
        changes[end] -= 1
    level = highest = 0
    for instant in sorted(changes):
        level += changes[instant]
        highest = max(highest, level)
    return highest


def first_peak(spans: Iterable[Span]) -> tuple[int, datetime | None]:
    """Most spans open at once, and since when: tried at every begin, one by one."""
    spans = [span for span in spans if span[1] > span[0]]
    best, at = 0, None
    for instant in sorted({begin for begin, _ in spans}):
        count = sum(begin <= instant < end for begin, end in spans)
        if count > best:
            best, at = count, datetime.fromtimestamp(instant, UTC)
    return best, at


def _leaders(joins: Iterable[Join]) -> dict[str, str]:
    """For every key told in a meeting, the strongest key of the same person."""
    groups: list[set[str]] = []
    for join in joins:
        if join.keys:
            together = set(join.keys).union(*(group for group in groups if group & set(join.keys)))
            groups = [group for group in groups if not group & together] + [together]
    return {key: min(group) for group in groups for key in group}


def _rows(directory: Path, name: str) -> list[dict[str, object]]:
    return pq.read_table(directory / f"{name}.parquet").to_pylist()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
