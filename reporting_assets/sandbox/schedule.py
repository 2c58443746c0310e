"""What is planned for one local day of one office: meetings with host, time, length and the seed of their circle.

A pure function of the organisation, the office and the day. Who really comes, and when, is decided in `traffic`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from random import Random

from reporting_assets.sandbox import calendar, words
from reporting_assets.sandbox.calendar import OFFICES
from reporting_assets.sandbox.identifiers import mix, stable_hash
from reporting_assets.sandbox.organisation import TEAM_SIZE, Organisation

ONE_OFFS_PER_EMPLOYEE = 0.30
WEEKLY_SERIES_PER_TEAM = 6
DAILY_SERIES_SHARE = 0.55  # of the teams
CANCELLED_PER_CENT = 4  # of the occurrences of a series
WEBINARS_PER_EMPLOYEE = 1 / 300
PERSONAL_ROOM_SHARE = 0.13  # of the meetings that are no series
INSTANT_SHARE = 0.18

_SERIES_PER_TEAM = WEEKLY_SERIES_PER_TEAM + 1
_WEBINAR_SERIES = 10_000_000  # webinars count from here, so that they never share a number with a team's series
_SLOT_BOUNDS = list(accumulate(calendar.SLOT_WEIGHTS))
_LENGTHS_MINUTES = (15, 30, 45, 60, 90, 120)
_LENGTH_WEIGHTS = list(accumulate((6, 35, 12, 35, 9, 3)))


@dataclass(slots=True)
class Draft:
    """A planned meeting. `scheduled` is in epoch seconds; `series` is -1 for what happens once."""

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


def drafts(organisation: Organisation, office: int, local_day: date, midnight: int) -> Iterator[Draft]:
    """Everything the office plans on its local day, which begins at `midnight` (epoch seconds); in no order."""
    busy = calendar.activity(OFFICES[office], local_day)
    day = calendar.epoch_day(local_day)
    teams = organisation.teams_of_office[office]
    if busy > 0.5:
        for team in teams:
            yield from _series_drafts(organisation, team, local_day.weekday(), day, midnight)
    rng = Random(stable_hash(organisation.seed, "office", office, day))
    staff = len(teams) * organisation.size / organisation.team_count
    for _ in range(int(staff * busy * ONE_OFFS_PER_EMPLOYEE + rng.random())):
        yield _one_off(rng, organisation, rng.choice(teams), midnight)
    for _ in range(int(staff * busy * WEBINARS_PER_EMPLOYEE + rng.random())):
        yield _webinar(rng, organisation, rng.choice(teams), midnight)


def _one_off(rng: Random, organisation: Organisation, team: int, midnight: int) -> Draft:
    """A scheduled or instant meeting, or one in somebody's personal room."""
    is_personal_room = rng.random() < PERSONAL_ROOM_SHARE
    is_instant = rng.random() < INSTANT_SHARE
    return Draft(
        host=min(_pick_host(rng, team), organisation.size - 1),
        scheduled=midnight + _slot(rng) + (rng.randrange(1800) if is_instant else 0),
        length_seconds=_length(rng),
        type=4 if is_personal_room else 1 if is_instant else 2,
        topic=rng.choice(words.TOPICS),
        series=-1,
        is_personal_room=is_personal_room,
        crowd_seed=rng.getrandbits(63),
        seed=rng.getrandbits(63),
    )


def _webinar(rng: Random, organisation: Organisation, team: int, midnight: int) -> Draft:
    """A webinar: half of them recurring under one number, half once."""
    series = rng.randrange(max(4, organisation.size // 100))
    is_recurring = series % 2 == 1
    return Draft(
        host=min(_pick_host(rng, team), organisation.size - 1),
        scheduled=midnight + 9 * 3600 + rng.randrange(16) * 1800,
        length_seconds=3600,
        type=9 if is_recurring else 5,
        topic=words.WEBINAR_TOPICS[series % len(words.WEBINAR_TOPICS)],
        series=_WEBINAR_SERIES + (series if is_recurring else rng.getrandbits(29)),
        is_personal_room=False,
        crowd_seed=rng.getrandbits(63),
        seed=rng.getrandbits(63),
        is_webinar=True,
    )


def _series_drafts(organisation: Organisation, team: int, weekday: int, day: int, midnight: int) -> Iterator[Draft]:
    """The occurrences on this day of the team's weekly series and of its daily one."""
    for series in _series_of_team(organisation.seed, team):
        seed = stable_hash(series.seed, day)
        if series.weekday not in (weekday, None) or mix(seed, 0) % 100 < CANCELLED_PER_CENT:
            continue
        yield Draft(
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
