"""Counts again, in plain Python, what the `core` tables claim, from what the sandbox says really happened.

As in `recount`, whose spans and persons of one instance these are: no API rows, none of the SQL. Here every instance of
both vendors, webinars too, and people across the instances of a month.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from reporting_assets.sandbox.calendar import epoch_day
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.webex.meetings import Meetings
from reporting_assets_tests.integration.recount import STAND_INS, Join, Meeting, Person, Span, length, union

STITCH_SECONDS, VISIT_SECONDS, GRACE_SECONDS = 300, 60, 300
Row = dict[str, Any]


@dataclass(frozen=True)
class Instance:
    """One instance of a meeting or webinar, and what was known of registrations for it."""

    platform: str
    number: str
    is_webinar: bool
    host_id: str  # the person, whatever the API tells
    meeting: Meeting
    scheduled: int | None  # to the minute, as reports tell it; NULL where nobody scheduled it, and on Webex
    vendor_joins: int  # as the vendor counts participants
    registered: frozenset[Join]
    came: int | None  # registrations that somebody came with; NULL where none was needed, and on Webex
    stayed_away: int | None

    @property
    def key(self) -> tuple[str, str]:
        return self.platform, self.meeting.uuid

    @property
    def begins(self) -> int:
        return self.meeting.span[0]

    @property
    def seconds(self) -> int:
        return self.meeting.span[1] - self.meeting.span[0]

    @cached_property
    def everybody(self) -> list[Person]:
        """Whoever has a row, those who only waited too."""
        waiting = Meeting(self.meeting.uuid, "", self.meeting.span, 0, tuple(map(_inside, self.meeting.joins)))
        by_connection = {(join.connection, join.span): join for join in self.meeting.joins}
        return [
            Person(person.id, person.key, tuple(by_connection[join.connection, join.span] for join in person.joins))
            for person in waiting.people
        ]

    def is_host(self, person: Person) -> bool:
        """Whether any row of the person's tells the host's address, or on Webex says host."""
        return any(f"3e:{self.meeting.host}" in join.keys for join in person.joins) or any(
            self.platform == "webex" and join.truly == self.host_id for join in person.joins
        )

    @property
    def vendor_minutes(self) -> int | None:
        """Begun minutes of every stay, as Webex counts them; Zoom's dashboards do not say."""
        if self.platform == "zoom":
            return None
        return sum(-(-(end - begin) // 60) for begin, end in (join.span for join in self.meeting.joins))

    @property
    def panelists(self) -> int | None:
        """Persons inside, by the simulation's count, who ran the webinar: they needed no registration."""
        if self.platform != "zoom" or not self.is_webinar or not self.registered:
            return None
        registered = {join.truly for join in self.registered}
        return len({join.truly for join in self.meeting.inside} - registered)


def _inside(join: Join) -> Join:
    return Join(join.truly, join.keys, join.name, join.connection, False, join.span)


def read(directory: Path) -> list[Instance]:
    """Every instance of the truth in `directory`."""
    people = {row["person_id"]: row for row in _rows(directory, "people")}
    registrations: dict[str, list[bool]] = defaultdict(list)
    for row in _rows(directory, "registrations"):
        registrations[row["meeting_uuid"]].append(row["has_come"])
    zoom = _joins(
        directory, "presence", (("1u:", "told_user_id"), ("2r:", "told_registrant_id"), ("3e:", "told_email"))
    )
    webex = _joins(directory, "webex_presence", (("3e:", "told_email"),))
    found = []
    for platform, name, joins in (("zoom", "meetings", zoom), ("webex", "webex_meetings", webex)):
        for row in _rows(directory, name):
            uuid, rows = row["meeting_uuid"], joins[row["meeting_uuid"]]
            came = registrations.get(uuid) if row["kind"] == "webinar" else None
            found.append(
                Instance(
                    platform=platform,
                    number=row["meeting_number"],
                    is_webinar=row["kind"] == "webinar",
                    host_id=row["host_person_id"],
                    meeting=Meeting(
                        uuid,
                        people[row["host_person_id"]]["email"],
                        (_seconds(row["started_at"]), _seconds(row["ended_at"])),
                        row["people"],
                        tuple(join for join, _ in rows),
                    ),
                    scheduled=_seconds(row["scheduled_at"]) // 60 * 60 if row.get("scheduled_at") else None,
                    vendor_joins=row["people"]
                    if platform == "webex"
                    else sum(told["room"] == "main" for _, told in rows),
                    registered=frozenset(
                        join for join, told in rows if told.get("told_registrant_id") or told.get("is_registered")
                    ),
                    came=sum(came) if came else None,
                    stayed_away=came.count(False) if came else None,
                )
            )
    return found


def directory_of(folder: Path) -> dict[str, Row]:
    """The people there are, by id."""
    return {row["person_id"]: row for row in _rows(folder, "people")}


def _joins(directory: Path, name: str, keys: tuple[tuple[str, str], ...]) -> defaultdict[str, list[tuple[Join, Row]]]:
    """Rows of a presence file, each with the join it is, by instance."""
    found: defaultdict[str, list[tuple[Join, Row]]] = defaultdict(list)
    for row in _rows(directory, name):
        told = " ".join((row["told_name"] or "").lower().split())
        # Telephones without a name of their own are no names: whoever called is known by the connection alone.
        generic = re.fullmatch(r"call-in user_\d+", told)
        join = Join(
            truly=row["person_id"],
            keys=tuple(kind + row[column] for kind, column in keys if row[column]),
            name=next(iter(STAND_INS)) if generic else told,
            connection=f"{row['connection_id']} {row.get('room')} {row.get('breakout_room_id')}"
            if name == "webex_presence"
            else row["connection_id"],
            is_waiting=row.get("room") == "waiting",
            span=(_seconds(row["joined_at"]), _seconds(row["left_at"])),
        )
        found[row["meeting_uuid"]].append((join, row))
    return found


def logical_meetings(instances: Iterable[Instance]) -> dict[tuple[str, str], str]:
    """By instance, the first of those that are one meeting: the same number, begun again soon after the latest end."""
    found: dict[tuple[str, str], str] = {}
    latest: dict[tuple[str, str], tuple[int, str]] = {}
    for one in sorted(instances, key=lambda one: (one.begins, one.meeting.uuid)):
        series = (one.platform, one.number)
        end, first = latest.get(series, (-1, ""))
        if not first or one.begins > end + STITCH_SECONDS:
            first = one.meeting.uuid
        latest[series] = (max(end, one.meeting.span[1]), first)
        found[one.key] = first
    return found


def visits(person: Person) -> int:
    """Stays at most a minute apart are one visit; one of no length is a visit too."""
    stays = [(begin, max(end, begin)) for begin, end in (join.span for join in person.joins if not join.is_waiting)]
    count, until = 0, None
    for begin, end in sorted(stays):
        if until is None or begin > until + VISIT_SECONDS:
            count += 1
        until = end if until is None else max(until, end)
    return count


def is_shared(person: Person) -> bool:
    """Whether two names of an identified person were inside at once."""
    if person.key is None:
        return False
    by_name: dict[str, list[Span]] = defaultdict(list)
    for join in person.joins:
        if not join.is_waiting and join.name:
            by_name[join.name].append(join.span)
    merged = [span for spans in by_name.values() for span in union(spans)]
    return length(merged) > length(union(merged))


def attendance(instance: Instance, person: Person, *, knows_schedules: bool = False) -> Row:
    """What `core.attendance` should say of one person of an instance; dashboards know no schedules."""
    inside = [join.span for join in person.joins if not join.is_waiting]
    begins, ends = instance.meeting.span
    if knows_schedules and instance.scheduled:
        begins = max(begins, instance.scheduled)
    first, last = min(begin for begin, _ in inside), max(end for _, end in inside)
    within = length(union((max(begin, begins), min(end, ends)) for begin, end in inside))
    share = 100 * within / (ends - begins) if ends > begins else None
    status = None
    if share is not None:
        status = (
            "present" if share >= 75 and first - begins <= GRACE_SECONDS else "partial" if share >= 50 else "absent"
        )
    return {
        "join_count": len(inside),
        "visit_count": visits(person),
        "attended_seconds": person.seconds,
        "waiting_seconds": length(union(join.span for join in person.joins if join.is_waiting)),
        "first_joined_at": moment(first),
        "last_left_at": moment(last),
        "is_late": first > begins + GRACE_SECONDS,
        "is_early_leave": last < ends - GRACE_SECONDS,
        "pct_of_actual": share,
        "pct_of_scheduled": None,  # no report tells when a meeting was to end
        "attendance_status": status,
        "is_host": instance.is_host(person),
        "is_registered": any(join in instance.registered for join in person.joins),
        "is_shared_account_suspected": is_shared(person),
        "is_webinar": instance.is_webinar,
    }


def people(instances: Iterable[Instance], directory: Mapping[str, Row], zone: ZoneInfo) -> dict[str, list[Row]]:
    """By vendor, what `core.people` should say of everybody of a month; `person` is the key of those identified.

    Keys that were told on one row, of one host, or that the account's own list of users says belong together, are one
    person's. Who is known by less is a person of one instance.
    """
    instances = list(instances)
    found: dict[str, list[Row]] = {}
    for platform in ("zoom", "webex"):
        mine = [one for one in instances if one.platform == platform]
        groups = _Groups()
        for one in mine:
            groups.join([f"3e:{one.meeting.host}"])
            for join in one.meeting.joins:
                groups.join(list(join.keys))
        for row in directory.values():
            if platform == "zoom" and not row["is_guest"] and not row["deleted"]:
                groups.join([f"1u:{row['user_id']}", f"3e:{row['email']}"])
        seen: dict[tuple[str | None, str], _Seen] = defaultdict(_Seen)
        for one in mine:
            day = datetime.fromtimestamp(one.begins, zone).date()
            host = seen[groups.leader(f"3e:{one.meeting.host}"), ""]
            host.hosted.append(one)
            host.days.add(day)
            for person in one.everybody:
                key = groups.leader(person.joins[_keyed(person)].keys[0]) if person.key else None
                entry = seen[key, "" if key else person.id]
                entry.joins[one.key] += person.joins
                if any(not join.is_waiting for join in person.joins):
                    entry.days.add(day)
        webinars = {one.key for one in mine if one.is_webinar}
        found[platform] = [{"person": key and key[1:], **entry.figures(webinars)} for (key, _), entry in seen.items()]
    return found


class _Seen:
    """All that is known of one person in a month."""

    def __init__(self) -> None:
        self.joins: dict[tuple[str, str], tuple[Join, ...]] = defaultdict(tuple)
        self.hosted: list[Instance] = []
        self.days: set[date] = set()

    def figures(self, webinars: set[tuple[str, str]]) -> Row:
        inside = {key: [join.span for join in joins if not join.is_waiting] for key, joins in self.joins.items()}
        inside = {key: spans for key, spans in inside.items() if spans}
        moments = [moment for joins in self.joins.values() for join in joins for moment in join.span]
        moments += [one.begins for one in self.hosted]
        return {
            "meetings_attended": sum(key not in webinars for key in inside),
            "webinars_attended": sum(key in webinars for key in inside),
            "meetings_hosted": sum(not one.is_webinar for one in self.hosted),
            "webinars_hosted": sum(one.is_webinar for one in self.hosted),
            "join_count": sum(map(len, inside.values())),
            "attended_seconds": sum(length(union(spans)) for spans in inside.values()),
            "days_active": len(self.days),
            "first_seen_at": moment(min(moments)),
            "last_seen_at": moment(max(moments)),
        }


class _Groups:
    """Keys that belong together. Each group is known by its smallest, hence strongest, key."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def leader(self, key: str) -> str:
        while self._above.setdefault(key, key) != key:
            key = self._above[key]
        return key

    def join(self, keys: list[str]) -> None:
        for key in keys:
            low, high = sorted((self.leader(keys[0]), self.leader(key)))
            self._above[high] = low


def _keyed(person: Person) -> int:
    return next(place for place, join in enumerate(person.joins) if join.keys)


def series(instances: Iterable[Instance], logical: Mapping[tuple[str, str], str], zone: ZoneInfo) -> dict[Any, Row]:
    """By vendor and number, what `core.meeting_series` should say; `instances` are the month's."""
    groups: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for one in sorted(instances, key=lambda one: (one.begins, one.meeting.uuid)):
        groups[one.platform, one.number].append(one)
    return {
        key: {
            "is_webinar": members[-1].is_webinar,
            "hosts": len({one.meeting.host for one in members}),
            "instances": len(members),
            "logical_meetings": len({logical[one.key] for one in members}),
            "days_held": len({datetime.fromtimestamp(one.begins, zone).date() for one in members}),
            "actual_seconds": sum(one.seconds for one in members),
            "first_meeting_uuid": members[0].meeting.uuid,
            "first_started_at": moment(members[0].begins),
            "last_meeting_uuid": members[-1].meeting.uuid,
            "last_started_at": moment(members[-1].begins),
        }
        for key, members in groups.items()
    }


@dataclass(frozen=True)
class Invited:
    """Who was asked to come to a Webex instance, as its usage report counts them."""

    registrants: int
    invitees: int


def invited(history: History, instances: Iterable[Instance]) -> dict[str, Invited]:
    """By instance of Webex; guests of webinars register."""
    days = sorted({one.meeting.day for one in instances})
    meetings = Meetings(history)
    return {
        meetings.instance_id(one): Invited(len(one.guests) if one.is_webinar else 0, len(one.staff) + len(one.guests))
        for day in days
        for one in meetings.day(epoch_day(day))
    }


def ratio(part: float | None, whole: float | None) -> float | None:
    """NULL where there is nothing to divide, or to divide by."""
    return None if part is None or not whole else part / whole


def with_person(row: Row) -> Row:
    """The row with the key of the person, if that says more than a name or a join."""
    return {**row, "person": row["person_key"] if row["identity_confidence"] == "strong" else None}


def days_of(first: date, last: date) -> list[str]:
    return [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _rows(directory: Path, name: str) -> list[Row]:
    return pq.read_table(directory / f"{name}.parquet").to_pylist()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
