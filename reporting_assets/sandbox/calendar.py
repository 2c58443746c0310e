"""When people work: offices, their time zones, weekdays, holidays and hours. Nothing about who meets whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_SECONDS = 86_400
WEEKDAY_ACTIVITY = (0.94, 1.08, 1.08, 1.04, 0.86, 0.012, 0.008)  # Monday first; 1.0 is the mean working day
HOLIDAY_ACTIVITY = 0.03

# Weight of each half hour from 08:00 local time in which a meeting may begin.
FIRST_SLOT_SECONDS = 8 * 3600
SLOT_SECONDS = 1800
SLOT_WEIGHTS = (2, 3, 7, 8, 11, 9, 10, 7, 3, 4, 8, 8, 10, 8, 8, 6, 5, 3, 2, 1, 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Office:
    """A place of work: its IANA time zone, the country whose holidays it keeps, its share of the staff."""

    name: str
    timezone: str
    country: str
    staff_share: float


OFFICES = (
    Office("San Francisco", "America/Los_Angeles", "US", 0.30),
    Office("New York", "America/New_York", "US", 0.20),
    Office("London", "Europe/London", "GB", 0.22),
    Office("Bengaluru", "Asia/Kolkata", "IN", 0.18),
    Office("Sydney", "Australia/Sydney", "AU", 0.10),
)

_FIXED_HOLIDAYS = {
    "US": ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)),
    "GB": ((1, 1), (12, 25), (12, 26)),
    "IN": ((1, 26), (8, 15), (10, 2), (12, 25)),
    "AU": ((1, 1), (1, 26), (4, 25), (12, 25), (12, 26)),
}


@lru_cache(maxsize=64)
def holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays of one country and year: the fixed ones, those around Easter, and the nth-weekday ones."""
    days = {date(year, month, day) for month, day in _FIXED_HOLIDAYS[country]}
    if country in ("GB", "AU"):
        easter = _easter(year)
        days |= {easter - timedelta(days=2), easter + timedelta(days=1)}
    if country == "US":
        days |= {_nth_weekday(year, 11, 3, 4), _nth_weekday(year, 9, 0, 1), _nth_weekday(year, 1, 0, 3)}
    if country == "GB":
        days |= {_nth_weekday(year, 5, 0, 1)}
    return frozenset(days)


def activity(office: Office, day: date) -> float:
    """How busy a local day is in this office; the mean working day is 1."""
    usual = WEEKDAY_ACTIVITY[day.weekday()]
    return min(usual, HOLIDAY_ACTIVITY) if day in holidays(office.country, day.year) else usual


@lru_cache(maxsize=4096)
def local_midnight(timezone: str, day: date) -> int:
    """Epoch seconds of the local day's beginning, as its noon sees it (so that a clock change leaves hours alone)."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(timezone))
    return int(noon.timestamp()) - 12 * 3600


@lru_cache(maxsize=4096)
def day_start(timezone: str, day: date) -> int:
    """Epoch seconds at which the calendar day begins in the zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).timestamp())


def epoch_day(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def date_of(epoch_day_number: int) -> date:
    """The date of a day number."""
    return date(1970, 1, 1) + timedelta(days=epoch_day_number)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (anonymous computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)
