"""Everything that ever happened, made day by day when asked for and kept only within bounds.

Finds meetings by UUID, by number and by period, and adds up days. It knows no protocol, and no "now" but the one that
each question carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from reporting_assets.sandbox import calendar, freshness
from reporting_assets.sandbox.bounded import Bounded
from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.clock import parse_instant
from reporting_assets.sandbox.config import HISTORY_MONTHS, Config
from reporting_assets.sandbox.identifiers import MeetingIds, day_of_number
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import Meeting, Session, sessions
from reporting_assets.sandbox.traffic import meetings_of_day

_MEETINGS_KEPT = 250_000  # four days of 100,000 people
_ROWS_KEPT = 50_000
_TOTALS_KEPT = 400_000
_SERIES_LOOK_BACK_DAYS = 40  # a series number rests no longer than this
_LONGEST_MEETING_DAYS = 2
_LONGEST_HISTORY_SECONDS = 20 * 366 * DAY_SECONDS


@dataclass
class Day:
    """The meetings of one UTC day, by start."""

    meetings: list[Meeting]

    @cached_property
    def by_host(self) -> dict[int, list[Meeting]]:
        found: dict[int, list[Meeting]] = {}
        for meeting in self.meetings:
            found.setdefault(meeting.host, []).append(meeting)
        return found


@dataclass
class Totals:
    """Sums over meetings (webinars left out): overall and per host, each (meetings, joins, person minutes)."""

    overall: list[int] = field(default_factory=lambda: [0, 0, 0])
    by_host: dict[int, list[int]] = field(default_factory=dict)

    def add(self, host: int, meetings: int, joins: int, minutes: int) -> None:
        for sums in (self.overall, self.by_host.setdefault(host, [0, 0, 0])):
            sums[0] += meetings
            sums[1] += joins
            sums[2] += minutes


class History:
    """The organisation's meetings from the UTC midnight `begins` (epoch seconds) on. Not thread-safe: ask from one thread."""

    def __init__(self, organisation: Organisation, begins: int) -> None:
        self.organisation = organisation
        self.ids = MeetingIds(organisation.seed)
        self.begins = begins
        self._days: Bounded[Day] = Bounded(_MEETINGS_KEPT)
        self._rows: Bounded[list[Session]] = Bounded(_ROWS_KEPT)
        self._totals: Bounded[Totals] = Bounded(_TOTALS_KEPT)

    def day(self, number: int) -> Day:
        """The UTC day of this number (days since 1970); empty before the history begins."""
        if number * DAY_SECONDS < self.begins:
            return Day([])
        return self._days.get(
            number,
            lambda: Day(meetings_of_day(self.organisation, self.ids, number)),
            lambda day: len(day.meetings),
        )

    def rows(self, meeting: Meeting) -> list[Session]:
        """The sessions of a meeting."""
        return self._rows.get(meeting.uuid, lambda: sessions(meeting), len)

    def meeting(self, uuid: str) -> Meeting | None:
        """The meeting or webinar with this UUID."""
        located = self.ids.locate(uuid)
        if located is None:
            return None
        day, place = located
        if not self.begins <= day * DAY_SECONDS < self.begins + _LONGEST_HISTORY_SECONDS:
            return None
        meetings = self.day(day).meetings
        return meetings[place] if place < len(meetings) else None

    def latest(self, number: int, now: int) -> Meeting | None:
        """The latest ended instance of this meeting number."""
        known = day_of_number(number)
        today = now // DAY_SECONDS
        days = [known] if known is not None else range(today, today - _SERIES_LOOK_BACK_DAYS, -1)
        for day in days:
            if day > today:
                continue
            for meeting in reversed(self.day(day).meetings):
                if meeting.number == number and meeting.ended <= now:
                    return meeting
        return None

    def started_between(self, begin: int, end: int) -> Iterator[Meeting]:
        """Meetings and webinars that start in [begin, end), by start."""
        for number in range(begin // DAY_SECONDS, -(-end // DAY_SECONDS)):
            for meeting in self.day(number).meetings:
                if begin <= meeting.started < end:
                    yield meeting

    def ended_between(self, begin: int, end: int) -> Iterator[Meeting]:
        """Meetings and webinars that end in [begin, end), by start."""
        for meeting in self.started_between(begin - _LONGEST_MEETING_DAYS * DAY_SECONDS, end):
            if begin <= meeting.ended < end:
                yield meeting

    def live(self, now: int) -> Iterator[Meeting]:
        """Meetings and webinars in progress."""
        for meeting in self.started_between(now - _LONGEST_MEETING_DAYS * DAY_SECONDS, now + 1):
            if meeting.ended > now:
                yield meeting

    def hosted_by(self, host: int, begin: int, end: int) -> Iterator[Meeting]:
        """Meetings and webinars of one host that start in [begin, end), by start."""
        for number in range(begin // DAY_SECONDS, -(-end // DAY_SECONDS)):
            for meeting in self.day(number).by_host.get(host, ()):
                if begin <= meeting.started < end:
                    yield meeting

    def totals(self, timezone: str, first: date, last: date, now: int) -> Totals:
        """Sums over the calendar days of a zone, both included, of what is visible at `now`."""
        result = Totals()
        day = first
        while day <= last and calendar.day_start(timezone, day) <= now:
            for host, sums in self.day_totals(timezone, day, now).by_host.items():
                result.add(host, *sums)
            day += timedelta(days=1)
        return result

    def day_totals(self, timezone: str, day: date, now: int) -> Totals:
        """Sums over one calendar day of a zone, of what is visible at `now`; kept once the day is settled."""
        begin = calendar.day_start(timezone, day)
        end = calendar.day_start(timezone, day + timedelta(days=1))

        def add_up() -> Totals:
            totals = Totals()
            for meeting in self.started_between(begin, end):
                if not meeting.is_webinar and freshness.listed_at(meeting) <= now:
                    totals.add(meeting.host, 1, meeting.joins, -(-meeting.attended_seconds // 60))
            return totals

        if freshness.settled_at(end) > now:
            return add_up()
        return self._totals.get((timezone, day), add_up, lambda totals: len(totals.by_host))


def open_history(config: Config) -> History:
    """The simulation that a configuration stands for."""
    if config.history_start is None:
        begins = config.now_at_start() - HISTORY_MONTHS * 30 * DAY_SECONDS
    else:
        begins = parse_instant(config.history_start)
    return History(Organisation(config.users, config.seed), begins // DAY_SECONDS * DAY_SECONDS)
