"""What the organisation pays and stores, and who administers its account: bills, recording storage, the audit log.

A pure function of the organisation and the day or month. Sizes are in bytes, money in cents.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from reporting_assets.sandbox import premises, words
from reporting_assets.sandbox.calendar import DAY_SECONDS, date_of, day_start
from reporting_assets.sandbox.identifiers import opaque_id, share, stable_hash
from reporting_assets.sandbox.organisation import NEVER, Organisation, Person

TAX_PER_CENT = 8
_STORED_FROM = date(2024, 1, 1)
_STORED_PER_PERSON_AND_DAY = 3 * 2**19
_LICENCE_CENTS, _ROOM_CENTS, _AUDIO_CENTS = 18_32, 49_90, 1_07

_CATEGORIES = (
    ("user", "Update", "Update User {email}: Department - from '' to '{department}'"),
    ("user_settings", "Update", "Screen sharing: from Off to On for {email}"),
    ("account", "Update", "Require a passcode when scheduling: from Off to On"),
    ("recording", "Delete", "Delete recording of {email}: {topic}"),
    ("role", "Update", "Update role of {email} from Member to Admin"),
    ("billing", "Update", "Change billing contact to {email}"),
    ("zoom_rooms", "Update", "Room settings: lock the controller, {room}"),
    ("webinar", "Update", 'Registration settings of "{topic}"'),
)
_CHANGES_PER_PERSON = 1 / 30
_BULK_DAY_PER_CENT = 25
_BULK_PART_OF_STAFF = 0.2
_CLICKED_TWICE_PER_CENT = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice."""

    invoice: str
    charge: str
    quantity: int
    first: date
    last: date
    net_cents: int

    @property
    def tax_cents(self) -> int:
        return (self.net_cents * TAX_PER_CENT + 50) // 100

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.tax_cents


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit log."""

    at: int
    operator: str
    category: str
    action: str
    detail: str


def stored_bytes(organisation: Organisation, day: date) -> int:
    """Storage that cloud recordings take at the end of the day: it never shrinks."""
    days = (day - _STORED_FROM).days
    part = share(organisation.seed, "stored", day)  # so a day adds between nothing and twice the usual
    return int(organisation.size * _STORED_PER_PERSON_AND_DAY * max(0.0, days + part))


def bill_id(organisation: Organisation, month: date) -> str:
    """Id of the bill of the month that begins on this day."""
    return opaque_id(organisation.seed, organisation.size, "bill", month)


@lru_cache(maxsize=256)
def bill(organisation: Organisation, month: date) -> tuple[Line, ...]:
    """The lines of the bill of the month that begins on this day, paid in advance: one invoice per department."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    before = (month - timedelta(days=1)).replace(day=1)
    at = day_start("UTC", month)
    lines = []
    for place, (department, _) in enumerate(words.DEPARTMENTS):
        people = [organisation.people[one] for one in organisation.people_of_department.get(department, ())]
        licences = sum(person.license == 2 and person.works_at(at) for person in people)
        if not department or not licences:
            continue
        invoice = f"INV{month:%Y%m}{place:02}"
        calls = stable_hash(organisation.seed, month, department) % (40 * licences)
        lines.append(Line(invoice, "Zoom Workplace Business", licences, month, last, licences * _LICENCE_CENTS))
        lines.append(Line(invoice, "Audio Conferencing Options", calls, month, last, calls * _AUDIO_CENTS))
        late = sum(before <= date_of(person.hired // DAY_SECONDS) < month for person in people)
        if late:  # licences bought in the month before are charged for in a second line of the same name
            lines.append(Line(invoice, "Zoom Workplace Business", late, month, last, late * _LICENCE_CENTS // 2))
    rooms = len(premises.rooms(organisation.seed, organisation.size))
    lines.append(Line(f"INV{month:%Y%m}99", "Zoom Rooms", rooms, month, last, rooms * _ROOM_CENTS))
    return tuple(lines)


def entries(organisation: Organisation, begin: int, end: int) -> list[Entry]:
    """What was changed on the account in [begin, end), by time."""
    found = []
    for day in range(begin // DAY_SECONDS, -(-end // DAY_SECONDS)):
        found += [entry for entry in _of_day(organisation, day) if begin <= entry.at < end]
    return found


@lru_cache(maxsize=400)
def _of_day(organisation: Organisation, day: int) -> tuple[Entry, ...]:
    found = [*_staff_changes(organisation, day), *_single_changes(organisation, day), *_bulk(organisation, day)]
    found.sort(key=lambda entry: entry.at)
    return tuple(found)


def _staff_changes(organisation: Organisation, day: int) -> Iterator[Entry]:
    """People who begin or leave this day."""
    begin, end = day * DAY_SECONDS, (day + 1) * DAY_SECONDS
    hires, leaves = _comings_and_goings(organisation)
    admin = organisation.email(0)
    for at, index in hires[bisect_left(hires, (begin, 0)) : bisect_left(hires, (end, 0))]:
        yield Entry(at, admin, "user", "Add", f"Add User {organisation.email(index)}: Licensed")
    for at, index in leaves[bisect_left(leaves, (begin, 0)) : bisect_left(leaves, (end, 0))]:
        action = "Delete" if organisation.people[index].is_deleted_on_leaving else "Deactivate"
        yield Entry(at, admin, "user", action, f"{action} User {organisation.email(index)}")


@lru_cache(maxsize=64)
def _comings_and_goings(organisation: Organisation) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    people: list[Person] = [person for person in organisation.people if not person.never_accepted]
    hires = sorted((person.hired, person.index) for person in people)
    return hires, sorted((person.left, person.index) for person in people if person.left != NEVER)


def _single_changes(organisation: Organisation, day: int) -> Iterator[Entry]:
    """What admins and users change one by one; an impatient click now and then is logged twice."""
    draw = stable_hash(organisation.seed, "audit", day)
    for number in range(int(organisation.size * _CHANGES_PER_PERSON + 1 + draw % 3)):
        draw = stable_hash(organisation.seed, "audit", day, number)
        category, action, text = _CATEGORIES[draw % len(_CATEGORIES)]
        at = day * DAY_SECONDS + draw // 11 % DAY_SECONDS
        who = organisation.people[draw // 13 % organisation.size]
        if not who.works_at(at):
            continue
        admin = who.index if category == "user_settings" else draw // 17 % min(3, organisation.size)
        detail = text.format(
            email=organisation.email(who.index),
            department=who.department,
            topic=words.TOPICS[draw // 19 % len(words.TOPICS)],
            room=premises.rooms(organisation.seed, organisation.size)[0].name,
        )
        entry = Entry(at, organisation.email(admin), category, action, detail)
        yield entry
        if draw // 23 % 100 < _CLICKED_TWICE_PER_CENT:
            yield entry


def _bulk(organisation: Organisation, day: int) -> Iterator[Entry]:
    """A script that changes one setting of many people within one second."""
    draw = stable_hash(organisation.seed, "bulk", day)
    if draw % 100 >= _BULK_DAY_PER_CENT:
        return
    at = day * DAY_SECONDS + draw // 100 % DAY_SECONDS
    for place in range(int(organisation.size * _BULK_PART_OF_STAFF)):
        person = organisation.people[(draw // 100 + place) % organisation.size]
        if person.works_at(at):
            detail = f"Group of {organisation.email(person.index)}: from Default to Pilot"
            yield Entry(at, organisation.email(0), "user", "Update", detail)


def months(first: date, last: date) -> list[date]:
    """First days of the months from the one that `first` lies in to the one that `last` lies in."""
    found = [first.replace(day=1)]
    while (following := (found[-1] + timedelta(days=31)).replace(day=1)) <= last:
        found.append(following)
    return found
