"""Counts again, in plain Python, how the account was used, from what the simulation made happen.

As in `recount` and `recount_core`, whose spans, persons and instances these are: no API rows and none of the SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from reporting_assets.sandbox import dialling, premises
from reporting_assets.sandbox.chatter import chatter_of
from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.sessions import Meeting as Simulated
from reporting_assets_tests.integration import recount_core
from reporting_assets_tests.integration.recount import DAY, Span, clip, first_peak, length, peak, union
from reporting_assets_tests.integration.recount_core import Instance, Row, moment

VENDORS = ("zoom", "webex")
BASIC_SECONDS, BASIC_PEOPLE = 40 * 60, 100


@dataclass
class UserDay:
    """What one user did on one date on one vendor."""

    stays: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))  # by instance
    hosted: int = 0
    messages: int = 0

    @property
    def seconds(self) -> int:
        return sum(length(union(stays)) for stays in self.stays.values())

    @property
    def attended(self) -> int:
        return sum(length(stays) > 0 for stays in self.stays.values())

    @property
    def is_active(self) -> bool:
        return bool(self.seconds or self.hosted or self.messages)


class Account:
    """Everything that happened in the days that were fetched, and who was on the account's list of users at `now`."""

    def __init__(self, instances: list[Instance], history: History, now: datetime, zone: str) -> None:
        self.instances, self.history, self.zone = instances, history, ZoneInfo(zone)
        self.now = int(now.timestamp())
        self.organisation = history.organisation
        self.logical = recount_core.logical_meetings(instances)
        self._user_days: dict[date, dict[tuple[str, str], UserDay]] = {}

    @cached_property
    def listed(self) -> dict[str, int]:
        """By address, the employees in the list of users who have an id: nobody invited, nobody deleted."""
        people = self.organisation.people
        there = [one.index for one in people if one.status_at(self.now) in ("active", "inactive")]
        return {self.organisation.email(index): index for index in there}

    def user_of(self, key: str | None) -> str | None:
        """The user behind a person's key; nobody from outside has one."""
        if key is None or key.startswith("u:"):
            return key
        index = self.listed.get(key[2:]) if key.startswith("e:") else None
        return None if index is None else f"u:{self.organisation.user_id(index)}"

    def host_of(self, one: Instance) -> str:
        address = f"e:{one.meeting.host}"
        return self.user_of(address) or address

    def local_date(self, day: date) -> date:
        """The latest date that is over in the report time zone when the UTC day is."""
        return datetime.fromtimestamp(_midnight(day) + DAY, self.zone).date() - timedelta(days=1)

    def window(self, local: date) -> Span:
        begins, ends = (
            int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp())
            for day in (local, local + timedelta(days=1))
        )
        return begins, ends

    @cached_property
    def messages(self) -> dict[tuple[date, str], int]:
        """Chat messages by day of the vendor's zone and user; those who have left the list are not in the report."""
        found: dict[tuple[date, str], int] = defaultdict(int)
        begin = min(one.begins for one in self.instances) - 3 * DAY
        end = max(one.begins for one in self.instances) + 3 * DAY
        chatter, zone = chatter_of(self.organisation), ZoneInfo("America/Los_Angeles")
        for conversation in chatter.conversations:
            for message in chatter.sent_between(conversation, begin, end):
                if message.sender >= 0 and self.organisation.people[message.sender].status_at(self.now) is not None:
                    day = datetime.fromtimestamp(message.sent // 1000, zone).date()
                    found[day, f"u:{self.organisation.user_id(message.sender)}"] += 1
        return found

    def users(self, day: date) -> dict[tuple[str, str], UserDay]:
        """By vendor and user, who was active on the local date of the UTC day."""
        if day in self._user_days:
            return self._user_days[day]
        local = self.local_date(day)
        window = self.window(local)
        found: dict[tuple[str, str], UserDay] = defaultdict(UserDay)
        for one in self.instances:
            for person in one.meeting.people:
                user = self.user_of(person.key)
                stays = [part for stay in person.stays if (part := clip(stay, window))]
                if user and stays:
                    found[one.platform, user].stays[one.meeting.uuid] += stays
            host = self.user_of(f"e:{one.meeting.host}")
            if host and datetime.fromtimestamp(one.begins, self.zone).date() == local:
                found[one.platform, host].hosted += 1
        for (sent_on, user), count in self.messages.items():
            if sent_on == local:
                found["zoom", user].messages += count
        self._user_days[day] = {key: one for key, one in found.items() if one.is_active}
        return self._user_days[day]

    def day(self, day: date, known: list[date]) -> dict[str, Row]:
        """By platform, what `account_daily` should say. `known` are the days of which users are known."""
        return {platform: self._day(day, known, platform) for platform in (*VENDORS, "all")}

    def _day(self, day: date, known: list[date], platform: str) -> Row:
        mine = [one for one in self.instances if platform in (one.platform, "all")]
        window = (_midnight(day), _midnight(day) + DAY)
        local = self.window(self.local_date(day))
        started = [one for one in mine if one.meeting.day == day]
        meetings = [one for one in started if not one.is_webinar]
        webinars = [one for one in started if one.is_webinar]
        of_meetings = [one for one in mine if not one.is_webinar]
        of_webinars = [one for one in mine if one.is_webinar]
        running = _clipped((one.meeting.span for one in of_meetings), window)
        at_once, peak_at = first_peak(running)
        hosts = {one.meeting.host for one in meetings}
        trailing = [other for other in known if timedelta(0) <= day - other < timedelta(days=28)]
        return {
            "meetings": len(meetings),
            "logical_meetings": len({(one.platform, self.logical[one.key]) for one in meetings}),
            "solo_meetings": sum(one.meeting.true_people == 1 for one in meetings),
            "meetings_not_final": 0,
            "meetings_without_participants": sum(not one.meeting.people for one in meetings),
            "hosts": len(hosts),
            "participant_joins": sum(len(one.meeting.inside) for one in meetings),
            "unique_participants": len(self.persons(meetings, platform)),
            "unique_participants_identified": len(self.persons(meetings, platform, identified=True)),
            "meeting_minutes": length(running),
            "person_minutes": self.attended(of_meetings, window),
            "peak_concurrent_meetings": at_once,
            "peak_meetings_at": peak_at,
            "webinars": len(webinars),
            "webinar_participant_joins": sum(len(one.meeting.inside) for one in webinars),
            "webinar_unique_participants": len(self.persons(webinars, platform)),
            "webinar_minutes": length(_clipped((one.meeting.span for one in of_webinars), window)),
            "webinar_person_minutes": self.attended(of_webinars, window),
            "peak_concurrent_webinars": peak(_clipped((one.meeting.span for one in of_webinars), window)),
            "unique_attendees": len(self.persons(started, platform)),
            "unique_attendees_identified": len(self.persons(started, platform, identified=True)),
            **_peak("people", self.presences(of_meetings, window, platform)),
            **_peak("attendees", self.presences(mine, window, platform)),
            "peak_local_hour": None if peak_at is None else peak_at.astimezone(self.zone).hour,
            "busiest_start_hour_utc": _busiest(one.begins // 3600 % 24 for one in meetings),
            "busiest_start_local_hour": _busiest(
                datetime.fromtimestamp(one.begins, self.zone).hour for one in meetings
            ),
            "local_date": self.local_date(day),
            "local_meeting_minutes": length(_clipped((one.meeting.span for one in of_meetings), local)),
            "local_person_minutes": self.attended(of_meetings, local),
            "dau": len(self.active([day], platform)),
            "wau": len(self.active([other for other in trailing if day - other < timedelta(days=7)], platform)),
            "mau": len(self.active(trailing, platform)),
        }

    def active(self, days: Iterable[date], platform: str) -> set[str]:
        return {user for day in days for vendor, user in self.users(day) if platform in (vendor, "all")}

    def persons(self, instances: Iterable[Instance], platform: str, *, identified: bool = False) -> set[Any]:
        """Distinct people: over both vendors a user's address is the user; without identity one per instance."""
        found: set[Any] = set()
        for one in instances:
            for person in one.meeting.people:
                key = self.user_of(person.key) or person.key if platform == "all" else person.key
                if key is not None:
                    found.add(key)
                elif not identified:
                    found.add((one.key, person.id))
        return found

    def attended(self, instances: Iterable[Instance], window: Span) -> int:
        return sum(length(_clipped(person.stays, window)) for one in instances for person in one.meeting.people)

    def presences(self, instances: Iterable[Instance], window: Span, platform: str) -> list[Span]:
        """When anybody was inside anything, each person once at a time."""
        stays: dict[Any, list[Span]] = defaultdict(list)
        for one in instances:
            for person in one.meeting.people:
                key = self.user_of(person.key) or person.key if platform == "all" else person.key
                stays[(one.platform, key or person.id) if platform != "all" else key or (one.key, person.id)] += (
                    _clipped(person.stays, window)
                )
        return [span for spans in stays.values() for span in union(spans)]

    def hosts(self, days: set[date]) -> dict[tuple[str, str], Row]:
        """By vendor and host, what `host_daily` and `host_monthly` should say of instances begun on these days."""
        groups: dict[tuple[str, str], list[Instance]] = defaultdict(list)
        for one in self.instances:
            if one.meeting.day in days:
                groups[one.platform, self.host_of(one)].append(one)
        return {key: self._hosted(key[0], members) for key, members in groups.items()}

    def _hosted(self, platform: str, members: list[Instance]) -> Row:
        meetings = [one for one in members if not one.is_webinar]
        webinars = [one for one in members if one.is_webinar]

        def seconds(instances: list[Instance]) -> int:
            return sum(person.seconds for one in instances for person in one.meeting.people)

        return {
            "meetings": len(meetings),
            "logical_meetings": len({self.logical[one.key] for one in meetings}),
            "solo_meetings": sum(one.meeting.true_people == 1 for one in meetings),
            "meeting_minutes": sum(one.seconds for one in meetings),
            "unique_participants": len(self.persons(meetings, platform)),
            "unique_participants_identified": len(self.persons(meetings, platform, identified=True)),
            "participant_joins": sum(len(one.meeting.inside) for one in meetings),
            "person_minutes": seconds(meetings),
            "webinars": len(webinars),
            "webinar_minutes": sum(one.seconds for one in webinars),
            "webinar_participant_joins": sum(len(one.meeting.inside) for one in webinars),
            "webinar_person_minutes": seconds(webinars),
            "instances_beyond_basic": len(webinars)
            + sum(one.seconds > BASIC_SECONDS or len(one.meeting.people) > BASIC_PEOPLE for one in meetings),
            "last_hosted_at": moment(max(one.begins for one in members)),
        }

    def month(self, days: list[date], used: list[date]) -> dict[str, Row]:
        """By platform, what `account_monthly` should say that does not add up over days.

        `days` are those of which meetings are known, `used` those of which users are.
        """
        found = {}
        for platform in (*VENDORS, "all"):
            mine = [one for one in self.instances if platform in (one.platform, "all") and one.meeting.day in days]
            meetings = [one for one in mine if not one.is_webinar]
            working = [day for day in used if self.local_date(day).weekday() < 5]
            user_days = sum(len(self.active([day], platform)) for day in working)
            found[platform] = {
                "active_hosts": len({one.meeting.host for one in meetings}),
                "unique_participants": len(self.persons(meetings, platform)),
                "unique_participants_identified": len(self.persons(meetings, platform, identified=True)),
                "webinar_unique_participants": len(self.persons((one for one in mine if one.is_webinar), platform)),
                "unique_attendees": len(self.persons(mine, platform)),
                "active_users": len(self.active(used, platform)),
                "mean_meeting_minutes": _rounded(sum(one.seconds for one in meetings) / 60, len(meetings)),
                "mean_dau_working_days": _rounded(user_days, len(working)),
            }
        return found

    # What meetings use: Zoom's own stream of the simulation.

    def simulated(self, days: list[date]) -> list[Simulated]:
        begin, end = _midnight(days[0]), _midnight(days[-1]) + DAY
        return list(self.history.started_between(begin, end))

    def rooms(self, day: date, first: date) -> dict[str, tuple[int, int]]:
        """By room, meetings that ran on the local date and the seconds of it in which any did."""
        window = self.window(self.local_date(day))
        found = {}
        for room in premises.rooms(self.organisation.seed, self.organisation.size):
            held = premises.held_in(self.history, room, _midnight(max(first, day - timedelta(days=3))), window[1])
            spans = _clipped(((one.started, one.ended) for one in held), window)
            found[room.id] = (len(spans), length(union(spans)))
        return found

    def legs(self, days: list[date]) -> dict[tuple[date, str, str], tuple[int, int, int, int]]:
        """By day, type and country: legs, seconds, begun minutes and ten-thousandths of a dollar."""
        found: dict[tuple[date, str, str], tuple[int, int, int, int]] = {}
        for meeting in self.simulated([days[0] - timedelta(days=2), days[-1]]):
            for leg in dialling.legs(self.history, meeting):
                day = moment(leg.begin).date()
                if days[0] <= day <= days[-1]:
                    key = (day, leg.kind.lower(), leg.country)
                    sums = found.get(key, (0, 0, 0, 0))
                    more = (1, leg.end - leg.begin, leg.minutes, leg.cost)
                    found[key] = tuple(map(sum, zip(sums, more, strict=True)))  # type: ignore[assignment]
        return found

    def adoption(self, days: list[date], *, webinars: bool) -> dict[str, tuple[int, int]]:
        """By feature, how many meetings or webinars there were and how many of them used it."""
        names = {
            "video": "has_video",
            "screen_share": "has_screen_share",
            "recording": "has_recording",
            "poll": "has_poll",
            "survey": "has_survey",
            "phone": "has_pstn",
            "computer_audio": "has_voip",
            "room_system": "has_sip",
            "automated_captions": "has_automated_captions",
            "manual_captions": "has_manual_captions",
            "external_participant": "has_external_participant",
        }
        used = [features(one) for one in self.simulated(days) if one.is_webinar == webinars]
        return {name: (len(used), sum(getattr(one, flag) for one in used)) for name, flag in names.items()}


def _peak(name: str, spans: list[Span]) -> Row:
    most, at = first_peak(spans)
    return {f"peak_concurrent_{name}": most, f"peak_{name}_at": at}


def _clipped(spans: Iterable[Span], window: Span) -> list[Span]:
    return [part for span in spans if (part := clip(span, window))]


def _busiest(hours: Iterable[int]) -> int | None:
    counts: dict[int, int] = defaultdict(int)
    for hour in hours:
        counts[hour] += 1
    return min(counts, key=lambda hour: (-counts[hour], hour)) if counts else None


def _rounded(total: float, count: int) -> float | None:
    return round(total / count, 9) if count else None


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def in_seconds(row: Mapping[str, Any], names: Iterable[str]) -> Row:
    """A row's figures as a recount has them: minutes as whole seconds."""
    return {
        name: round(row[name] * 60) if name.endswith("_minutes") and not name.startswith("mean") else row[name]
        for name in names
    }
