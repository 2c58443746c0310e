"""Which meetings took place on one UTC day: a pure function of the organisation and the day.

Meetings are drawn per office and local working day, and belong to the UTC day they start on. Volumes and sizes follow
the planning assumptions: half a hosted meeting per employee and working day; 12 % with one person, 33 % with two, a
long tail to 400; 6.5 people on average. Rows of a meeting are made in `sessions`, days are kept in `history`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import accumulate
from random import Random

from reporting_assets.sandbox import calendar, words
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.identifiers import MeetingIds, mix, one_off_number, series_number, share, stable_hash
from reporting_assets.sandbox.organisation import TEAM_SIZE, Organisation
from reporting_assets.sandbox.sessions import Meeting, count

ONE_OFFS_PER_EMPLOYEE = 0.30
WEEKLY_SERIES_PER_TEAM = 6
DAILY_SERIES_SHARE = 0.55  # of the teams
CANCELLED_PER_CENT = 4  # of the occurrences of a series
WEBINARS_PER_EMPLOYEE = 1 / 300
DROP_SHARE = 0.018  # of meetings with three people or more end with the host's connection, and are resumed
LARGEST_MEETING = 400
LARGEST_PART_OF_STAFF = 0.5  # nobody gathers more than half of a small organisation

_SERIES_PER_TEAM = WEEKLY_SERIES_PER_TEAM + 1
_WEBINAR_SERIES = 10_000_000  # numbers of webinars begin here
_RESUMED = 1_000_000_000  # and here those of one-off meetings that were resumed
_SLOT_BOUNDS = list(accumulate(calendar.SLOT_WEIGHTS))
_LENGTHS_MINUTES = (15, 30, 45, 60, 90, 120)
_LENGTH_WEIGHTS = list(accumulate((6, 35, 12, 35, 9, 3)))
_EARLIEST_SECONDS, _LATEST_SECONDS = 300, 600  # before and after the schedule, at which a meeting opens
_LONGEST_BEFORE_DROP_SECONDS = 6 * 3600  # a meeting resumed later than this after its schedule does not exist
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


@dataclass(frozen=True, slots=True)
class _Series:
    """A recurring meeting; `weekday` is None where it takes place every working day."""

    index: int
    host: int
    weekday: int | None
    slot_seconds: int
    length_seconds: int
    type: int
    topic: str
    seed: int


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
        if begin - _LONGEST_BEFORE_DROP_SECONDS <= draft.scheduled < end + _EARLIEST_SECONDS:
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
        host = min(_pick_host(rng, rng.choice(teams)), organisation.size - 1)
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
        host = min(_pick_host(rng, rng.choice(teams)), organisation.size - 1)
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
    for series in _series_of_team(organisation.seed, team):
        seed = stable_hash(series.seed, day)
        if series.weekday not in (weekday, None) or mix(seed, 0) % 100 < CANCELLED_PER_CENT:
            continue
        yield _Draft(
            host=min(series.host, organisation.size - 1),
            scheduled=midnight + series.slot_seconds,
            length_seconds=series.length_seconds,
            type=series.type,
            topic=series.topic,
            series=series.index,
            is_personal_room=False,
            crowd_seed=mix(series.seed, 1),
            seed=seed,
        )


@lru_cache(maxsize=20_000)
def _series_of_team(seed: int, team: int) -> tuple[_Series, ...]:
    """The team's series: weekly ones on any working day, and perhaps one every working day."""
    found = []
    for place in range(_SERIES_PER_TEAM):
        draw = stable_hash(seed, "series", team, place)
        rng = Random(draw)
        is_daily = place == WEEKLY_SERIES_PER_TEAM
        if is_daily and rng.random() >= DAILY_SERIES_SHARE:
            continue
        found.append(
            _Series(
                index=team * _SERIES_PER_TEAM + place,
                host=_pick_host(rng, team),
                weekday=None if is_daily else draw % 5,
                slot_seconds=9 * 3600 + rng.randrange(4) * 900 if is_daily else _slot(rng),
                length_seconds=900 if is_daily else _length(rng),
                type=3 if draw % 7 == 0 else 8,
                topic="Stand-up" if is_daily else rng.choice(words.SERIES_TOPICS),
                seed=draw,
            )
        )
    return tuple(found)


def _meetings(organisation: Organisation, draft: _Draft, begin: int, end: int) -> Iterator[Meeting]:
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


def _number(organisation: Organisation, host: int, draft: _Draft) -> int:
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
    organisation: Organisation, host: int, draft: _Draft, instant: int
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


def _pick_host(rng: Random, team: int) -> int:
    """Somebody of the team; the first ones host most. The last team may be short of the person picked."""
    return team * TEAM_SIZE + int(TEAM_SIZE * rng.random() ** 2.6)


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
