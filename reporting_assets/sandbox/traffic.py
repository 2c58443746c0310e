"""Which meetings took place on one UTC day: a pure function of the organisation and the day.

What offices plan comes from `schedule`; here it meets reality: people come, hosts drop, meetings overrun and belong to
the UTC day they start on. Volumes and sizes follow the planning assumptions: half a hosted meeting per employee and
working day; 12 % with one person, 33 % with two, a long tail to 400; 6.5 people on average. Rows of a meeting are made
in `sessions`, days are kept in `history`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random

from reporting_assets.sandbox import calendar
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.identifiers import MeetingIds, one_off_number, series_number, share, stable_hash
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.schedule import Draft, drafts
from reporting_assets.sandbox.sessions import Meeting, count

DROP_SHARE = 0.018  # of meetings with three people or more end with the host's connection, and are resumed
LARGEST_MEETING = 400
LARGEST_PART_OF_STAFF = 0.5  # nobody gathers more than half of a small organisation

_RESUMED = 1_000_000_000  # series numbers of one-off meetings that were resumed begin here
_EARLIEST_SECONDS, _LATEST_SECONDS = 300, 600  # before and after the schedule, at which a meeting opens
_LONGEST_BEFORE_DROP_SECONDS = 6 * 3600  # no meeting is resumed later than this after its schedule
_FORGOTTEN_SHARE = 0.0008  # rooms left open for about a day


def meetings_of_day(organisation: Organisation, ids: MeetingIds, day: int) -> list[Meeting]:
    """All meetings and webinars that start on this UTC day (days since 1970), by start."""
    found: list[Meeting] = []
    for office in range(len(OFFICES)):
        for local_day in (day - 1, day, day + 1):
            for meeting in _of_office(organisation, office, calendar.date_of(local_day), day):
                if meeting.started // DAY_SECONDS == day:
                    found.append(meeting)
    found.sort(key=lambda meeting: (meeting.started, meeting.seed))
    for place, meeting in enumerate(found):
        meeting.day, meeting.place = day, place
        meeting.uuid = ids.uuid(day, place)
        meeting.number = meeting.number or one_off_number(day, place)
    return found


def _of_office(organisation: Organisation, office: int, local_day: date, utc_day: int) -> Iterator[Meeting]:
    """Meetings that the office's people host on their local day, those on other UTC days left out early."""
    midnight = calendar.local_midnight(OFFICES[office].timezone, local_day)
    begin, end = utc_day * DAY_SECONDS, (utc_day + 1) * DAY_SECONDS
    if midnight + DAY_SECONDS + 8 * 3600 < begin or midnight > end:
        return
    for draft in drafts(organisation, office, local_day, midnight):
        if begin - _LONGEST_BEFORE_DROP_SECONDS <= draft.scheduled < end + _EARLIEST_SECONDS:
            yield from _meetings(organisation, draft, begin, end)


def _meetings(organisation: Organisation, draft: Draft, begin: int, end: int) -> Iterator[Meeting]:
    """The draft with its people, counted: one meeting, or two where the host's connection dropped."""
    rng = Random(draft.seed)
    is_instant = draft.type == 1
    started = (
        draft.scheduled
        if is_instant
        else draft.scheduled + int(max(-_EARLIEST_SECONDS, min(_LATEST_SECONDS, rng.gauss(20, 110))))
    )
    planned = _open_for(rng, draft.length_seconds)
    drops = rng.random() < DROP_SHARE and 900 < planned < _LONGEST_BEFORE_DROP_SECONDS and not draft.is_webinar
    drop_at = int(planned * rng.uniform(0.3, 0.7))
    resumed = started + drop_at + rng.randrange(11, 148)
    if not (begin <= started < end or (drops and begin <= resumed < end)):
        return
    host = _present_host(organisation, draft.host, started)
    if host is None:
        return
    staff, guests = _crowd(organisation, host, draft, started)
    size = len(staff) + len(guests)
    meeting = Meeting(
        day=0,
        place=0,
        uuid="",
        number=_number(organisation, host, draft),
        is_webinar=draft.is_webinar,
        type=draft.type,
        topic=draft.topic,
        host=host,
        scheduled=0 if is_instant else draft.scheduled,
        scheduled_seconds=draft.length_seconds,
        started=started,
        planned_seconds=planned,
        seed=draft.seed,
        staff=staff,
        guests=guests,
        has_waiting_room=rng.random() < 0.22 and not draft.is_webinar,
        has_breakout_rooms=rng.random() < 0.06 and size >= 5 and planned > 900 and not draft.is_webinar,
        is_cut_off=drops and size > 2,
    )
    if meeting.is_cut_off:
        meeting.planned_seconds = drop_at
        meeting.number = meeting.number or series_number(_RESUMED + draft.seed % _RESUMED)
        again = replace(
            meeting,
            started=resumed,
            planned_seconds=max(300, planned - drop_at),
            seed=stable_hash(draft.seed, "resumed"),
            staff=tuple(person for person in staff if person == host or share(draft.seed, person) < 0.92),
            is_cut_off=False,
        )
        count(again)
        yield again
    count(meeting)
    yield meeting


def _number(organisation: Organisation, host: int, draft: Draft) -> int:
    """The number the meeting shares with others; 0 for what happens once, numbered by its place in the day."""
    if draft.is_personal_room:
        return organisation.pmi(host)
    return series_number(draft.series) if draft.series >= 0 else 0


def _size(rng: Random, staff: int, is_webinar: bool) -> int:
    """How many people a meeting gathers."""
    if is_webinar:
        return min(LARGEST_MEETING, staff, 12 + int(rng.lognormvariate(3.2, 0.8)))
    draw = rng.random()
    if draw < 0.12:
        return 1
    if draw < 0.45:
        return 2
    return min(LARGEST_MEETING, max(3, int(staff * LARGEST_PART_OF_STAFF)), 3 + int(rng.lognormvariate(1.2, 1.35)))


def _crowd(
    organisation: Organisation, host: int, draft: Draft, instant: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who comes, host first: a stable circle for a series, mostly the host's team, then department, then anybody."""
    rng = Random(draft.crowd_seed)
    size = _size(rng, organisation.size, draft.is_webinar)
    outside = 0.65 if draft.is_webinar else rng.uniform(0.1, 0.5) if rng.random() < 0.30 else 0.0
    guest_count = min(size - 1, max(1, round(size * outside))) if outside and size > 1 else 0
    wanted = size - guest_count
    people = organisation.people
    chosen = {host: None}
    department = organisation.people_of_department[people[host].department]
    team = organisation.team_of(host)
    tries = 0
    while len(chosen) < wanted and tries < 12 * wanted:
        tries += 1
        draw = rng.random()
        if draw < 0.55 and tries <= 12:
            person = team[int(rng.random() * len(team))]
        elif draw < 0.85:
            person = department[int(rng.random() * len(department))]
        else:
            person = int(rng.random() * organisation.size)
        if person not in chosen and people[person].works_at(instant):
            chosen[person] = None
    guests: dict[int, None] = {}
    while len(guests) < guest_count:
        guests[int(rng.random() * organisation.guest_count)] = None
    return tuple(chosen), tuple(guests)


def _present_host(organisation: Organisation, host: int, instant: int) -> int | None:
    """The host, or the first of the team who works there at that instant; None where nobody does."""
    if organisation.people[host].works_at(instant):
        return host
    return next(
        (person for person in organisation.team_of(host) if organisation.people[person].works_at(instant)), None
    )


def _open_for(rng: Random, scheduled_seconds: int) -> int:
    """How long the room really stays open: most end a little early, some overrun, a few are forgotten."""
    draw = rng.random()
    if draw < _FORGOTTEN_SHARE:
        return rng.randrange(15 * 3600, 26 * 3600)
    if draw < 0.20:
        return int(scheduled_seconds * rng.uniform(1.02, 1.45))
    if draw < 0.27:
        return max(20, int(scheduled_seconds * rng.uniform(0.05, 0.5)))
    return int(scheduled_seconds * rng.uniform(0.75, 1.0))
