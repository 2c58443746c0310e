"""Which meetings took place on one UTC day: a pure function of the organisation and the day.

Meetings are drawn per office and local working day, and belong to the UTC day they start on. Volumes and sizes follow
the planning assumptions: half a hosted meeting per employee and working day; 12 % with one person, 33 % with two, a
long tail to 400; 6.5 people on average. Rows of a meeting are made in `sessions`, days are kept in `history`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from random import Random

from reporting_assets.sandbox import calendar, words
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.identifiers import MeetingIds, one_off_number, series_number, share, stable_hash
from reporting_assets.sandbox.organisation import TEAM_SIZE, Organisation
from reporting_assets.sandbox.sessions import Meeting, count

ONE_OFFS_PER_EMPLOYEE = 0.30
WEEKLY_SERIES_PER_TEAM = 6
DAILY_SERIES_SHARE = 0.55  # of the teams
WEBINARS_PER_EMPLOYEE = 1 / 300
LARGEST_MEETING = 400
LARGEST_PART_OF_STAFF = 0.5  # nobody gathers more than half of a small organisation

_SERIES_PER_TEAM = WEEKLY_SERIES_PER_TEAM + 1
_WEBINAR_SERIES = 10_000_000  # numbers of webinars begin here
_SLOT_BOUNDS = list(accumulate(calendar.SLOT_WEIGHTS))
_LENGTHS_MINUTES = (15, 30, 45, 60, 90, 120)
_LENGTH_WEIGHTS = list(accumulate((6, 35, 12, 35, 9, 3)))
_FORGOTTEN_SHARE = 0.0008  # rooms left open for about a day


@dataclass(slots=True)
class _Draft:
    """A meeting before its people are known. `series` is -1 for what happens once."""

    host: int
    scheduled: int
    length_seconds: int
    type: int
    topic: str
    series: int
    is_personal_room: bool
    crowd_seed: int
    seed: int
    is_webinar: bool = False


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
    for draft in _drafts(organisation, office, local_day, midnight):
        if begin - DAY_SECONDS / 2 <= draft.scheduled < end + DAY_SECONDS / 2:
            yield from _meetings(organisation, draft, begin, end)


def _drafts(organisation: Organisation, office: int, local_day: date, midnight: int) -> Iterator[_Draft]:
    busy = calendar.activity(OFFICES[office], local_day)
    seed, day = organisation.seed, calendar.epoch_day(local_day)
    teams = organisation.teams_of_office[office]
    rng = Random(stable_hash(seed, "office", office, day))
    if busy > 0.5:
        for team in teams:
            yield from _series_drafts(organisation, team, local_day.weekday(), day, midnight)
    expected = len(teams) * TEAM_SIZE * min(1.0, organisation.size / (organisation.team_count * TEAM_SIZE)) * busy
    for _ in range(int(expected * ONE_OFFS_PER_EMPLOYEE + rng.random())):
        host = _pick_host(rng, organisation, rng.choice(teams))
        is_personal_room = rng.random() < 0.13
        is_instant = rng.random() < 0.18
        yield _Draft(
            host=host,
            scheduled=midnight + _slot(rng) + (rng.randrange(1800) if is_instant else 0),
            length_seconds=_length(rng),
            type=4 if is_personal_room else 1 if is_instant else 2,
            topic=rng.choice(words.TOPICS),
            series=-1,
            is_personal_room=is_personal_room,
            crowd_seed=rng.getrandbits(63),
            seed=rng.getrandbits(63),
        )
    for _ in range(int(expected * WEBINARS_PER_EMPLOYEE + rng.random())):
        host = _pick_host(rng, organisation, rng.choice(teams))
        series = rng.randrange(max(4, organisation.size // 100))
        yield _Draft(
            host=host,
            scheduled=midnight + 9 * 3600 + rng.randrange(16) * 1800,
            length_seconds=3600,
            type=9 if series % 2 else 5,
            topic=words.WEBINAR_TOPICS[series % len(words.WEBINAR_TOPICS)],
            series=_WEBINAR_SERIES + (series if series % 2 else rng.getrandbits(29)),
            is_personal_room=False,
            crowd_seed=rng.getrandbits(63),
            seed=rng.getrandbits(63),
            is_webinar=True,
        )


def _series_drafts(organisation: Organisation, team: int, weekday: int, day: int, midnight: int) -> Iterator[_Draft]:
    """The occurrences on this day of the team's weekly series and of its daily one."""
    for place in range(_SERIES_PER_TEAM):
        draw = stable_hash(organisation.seed, "series", team, place)
        is_daily = place == WEEKLY_SERIES_PER_TEAM
        if draw % 100 >= DAILY_SERIES_SHARE * 100 if is_daily else draw % 5 != weekday:
            continue
        rng = Random(draw)
        host = _pick_host(rng, organisation, team)
        scheduled = midnight + (9 * 3600 + rng.randrange(4) * 900 if is_daily else _slot(rng))
        length = 900 if is_daily else _length(rng)
        topic = "Stand-up" if is_daily else rng.choice(words.SERIES_TOPICS)
        seed = stable_hash(draw, day)
        if share(seed, "cancelled") < 0.04:
            continue
        series = team * _SERIES_PER_TEAM + place
        yield _Draft(host, scheduled, length, 3 if draw % 7 == 0 else 8, topic, series, False, draw, seed)


def _meetings(organisation: Organisation, draft: _Draft, begin: int, end: int) -> Iterator[Meeting]:
    """The draft with its people, counted: one meeting, or two where the host's connection dropped."""
    rng = Random(draft.seed)
    is_instant = draft.type == 1
    started = draft.scheduled if is_instant else draft.scheduled + int(max(-300, min(600, rng.gauss(20, 110))))
    planned = _open_for(rng, draft.length_seconds)
    drop_at = int(planned * rng.uniform(0.3, 0.7)) if rng.random() < 0.018 and planned > 900 else 0
    resumed = started + drop_at + rng.randrange(11, 148)
    if not (begin <= started < end or (drop_at and begin <= resumed < end)):
        return
    host = _present_host(organisation, draft.host, started)
    if host is None:
        return
    size = _size(Random(draft.crowd_seed), organisation.size, draft.is_webinar)
    staff, guests = _crowd(organisation, host, size, draft, started)
    is_group = len(staff) + len(guests) > 2
    meeting = Meeting(
        day=0,
        place=0,
        uuid="",
        number=organisation.pmi(host)
        if draft.is_personal_room
        else series_number(draft.series)
        if draft.series >= 0
        else 0,
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
        has_breakout_rooms=rng.random() < 0.06 and len(staff) + len(guests) >= 5 and not draft.is_webinar,
        is_cut_off=False,
    )
    if drop_at and is_group and not draft.is_webinar:
        meeting.planned_seconds, meeting.is_cut_off = drop_at, True
        count(meeting)
        yield meeting
        # the next instance of the same number: an instant restart gets the first one's number once that is known
        again = replace(
            meeting,
            started=meeting.ended + resumed - started - drop_at,
            planned_seconds=max(300, planned - drop_at),
            seed=stable_hash(draft.seed, "resumed"),
            staff=tuple(person for person in staff if person == host or share(draft.seed, person) < 0.92),
            is_cut_off=False,
        )
        if not meeting.number:
            meeting.number = again.number = series_number(_RESUMED + draft.seed % _RESUMED)
        count(again)
        yield again
        return
    count(meeting)
    yield meeting


_RESUMED = 1_000_000_000  # numbers of one-off meetings that were resumed begin here


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
    organisation: Organisation, host: int, size: int, draft: _Draft, instant: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who comes, host first: a stable circle for a series, mostly the host's team, then department, then anybody."""
    rng = Random(draft.crowd_seed ^ 0x5EED)
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


def _pick_host(rng: Random, organisation: Organisation, team: int) -> int:
    """Somebody of the team; the first ones host most."""
    return min(team * TEAM_SIZE + int(TEAM_SIZE * rng.random() ** 1.8), organisation.size - 1)


def _slot(rng: Random) -> int:
    """Seconds after local midnight at which a meeting is scheduled: on the hour, half hour or quarter."""
    slot = rng.choices(range(len(_SLOT_BOUNDS)), cum_weights=_SLOT_BOUNDS)[0]
    quarter = 900 if rng.random() < 0.12 else 0
    return calendar.FIRST_SLOT_SECONDS + slot * calendar.SLOT_SECONDS + quarter


def _length(rng: Random) -> int:
    return rng.choices(_LENGTHS_MINUTES, cum_weights=_LENGTH_WEIGHTS)[0] * 60


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
