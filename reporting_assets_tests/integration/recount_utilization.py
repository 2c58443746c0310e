"""Counts again, in plain Python, how the account was used, from what the simulation made happen.

As in `recount` and `recount_core`, whose spans, persons and instances these are: no API rows and none of the SQL. Hosts,
departments and licences are in `recount_hosts`; rooms, telephones, storage and features in `recount_resources`.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from reporting_assets.sandbox.chatter import chatter_of
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.sessions import Meeting as Simulated
from reporting_assets_tests.integration import recount_core
from reporting_assets_tests.integration.recount import DAY, Span, clip, first_peak, length, peak, union
from reporting_assets_tests.integration.recount_core import Instance, Row, ratio

VENDORS = ("zoom", "webex")
ACCOUNT_ZONE = ZoneInfo("America/Los_Angeles")  # in which Zoom cuts the days of its own counts
SUMMED = (
    "meetings",
    "solo_meetings",
    "meetings_without_participants",
    "participant_joins",
    "meeting_minutes",
    "person_minutes",
    "webinars",
    "webinar_participant_joins",
    "webinar_minutes",
    "webinar_person_minutes",
)


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
        self._days: dict[date, dict[str, Row]] = {}

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
        return datetime.fromtimestamp(midnight(day) + DAY, self.zone).date() - timedelta(days=1)

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
        chatter, zone = chatter_of(self.organisation), ACCOUNT_ZONE
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

    def user_rows(self, day: date) -> dict[tuple[str, str], Row]:
        """By vendor and user, what `user_daily` should say."""
        active = self.users(day)
        has_chat = any(one.messages for one in active.values())
        return {
            (platform, user): {
                "local_date": self.local_date(day),
                "has_attended": one.attended > 0,
                "has_hosted": one.hosted > 0,
                "has_messaged": one.messages > 0 if platform == "zoom" and has_chat else None,
                "instances_attended": one.attended,
                "instances_hosted": one.hosted,
                "attended_minutes": one.seconds / 60,
                "messages_sent": one.messages if platform == "zoom" and has_chat else None,
            }
            for (platform, user), one in active.items()
        }

    def day(self, day: date, known: list[date]) -> dict[str, Row]:
        """By platform, what `account_daily` should say. `known` are the days of which users are known: always the same."""
        if day not in self._days:
            self._days[day] = {platform: self._day(day, known, platform) for platform in (*VENDORS, "all")}
        return self._days[day]

    def _day(self, day: date, known: list[date], platform: str) -> Row:
        mine = [one for one in self.instances if platform in (one.platform, "all")]
        window = (midnight(day), midnight(day) + DAY)
        local = self.window(self.local_date(day))
        started = [one for one in mine if one.meeting.day == day]
        meetings = [one for one in started if not one.is_webinar]
        webinars = [one for one in started if one.is_webinar]
        of_meetings = [one for one in mine if not one.is_webinar]
        of_webinars = [one for one in mine if one.is_webinar]
        running = clipped((one.meeting.span for one in of_meetings), window)
        at_once, peak_at = first_peak(running)
        hosts = {one.meeting.host for one in meetings}
        trailing = [other for other in known if timedelta(0) <= day - other < timedelta(days=28)]
        solo = sum(one.meeting.true_people == 1 for one in meetings)
        return {
            "meetings": len(meetings),
            "logical_meetings": len({(one.platform, self.logical[one.key]) for one in meetings}),
            "solo_meetings": solo,
            "solo_meeting_rate": ratio(solo, len(meetings)),
            "meetings_not_final": 0,
            "meetings_without_participants": sum(not one.meeting.people for one in meetings),
            "hosts": len(hosts),
            "participant_joins": sum(len(one.meeting.inside) for one in meetings),
            "unique_participants": len(self.persons(meetings, platform)),
            "unique_participants_identified": len(self.persons(meetings, platform, identified=True)),
            "meeting_minutes": length(running) / 60,
            "person_minutes": self.attended(of_meetings, window) / 60,
            "peak_concurrent_meetings": at_once,
            "peak_meetings_at": peak_at,
            "webinars": len(webinars),
            "webinar_participant_joins": sum(len(one.meeting.inside) for one in webinars),
            "webinar_unique_participants": len(self.persons(webinars, platform)),
            "webinar_minutes": length(clipped((one.meeting.span for one in of_webinars), window)) / 60,
            "webinar_person_minutes": self.attended(of_webinars, window) / 60,
            "peak_concurrent_webinars": peak(clipped((one.meeting.span for one in of_webinars), window)),
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
            "local_meeting_minutes": length(clipped((one.meeting.span for one in of_meetings), local)) / 60,
            "local_person_minutes": self.attended(of_meetings, local) / 60,
            **self._activity(day, trailing, platform),
        }

    def _activity(self, day: date, trailing: list[date], platform: str) -> Row:
        """Active users of the day, its week and its four weeks; `trailing` are the days that are known of these."""
        users = {self.local_date(other): self.active([other], platform) for other in trailing}
        known = sorted(local for local, active in users.items() if active)
        # From the first date that anybody was active on: before that nothing may be known.
        span = (self.local_date(day) - known[0]).days + 1 if known else 0
        working = [local for number in range(span) if (local := known[0] + timedelta(days=number)).weekday() < 5]
        mau = len(set().union(*users.values()))
        mean_active = ratio(sum(len(users.get(local, ())) for local in working), len(working))
        return {
            "dau": len(self.active([day], platform)),
            "wau": len(self.active([other for other in trailing if day - other < timedelta(days=7)], platform)),
            "mau": mau,
            "mau_dates": len(known),
            "stickiness_rate": ratio(mean_active, mau),
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
        return sum(length(clipped(person.stays, window)) for one in instances for person in one.meeting.people)

    def presences(self, instances: Iterable[Instance], window: Span, platform: str) -> list[Span]:
        """When anybody was inside anything, each person once at a time."""
        stays: dict[Any, list[Span]] = defaultdict(list)
        for one in instances:
            for person in one.meeting.people:
                key = self.user_of(person.key) or person.key if platform == "all" else person.key
                stays[(one.platform, key or person.id) if platform != "all" else key or (one.key, person.id)] += (
                    clipped(person.stays, window)
                )
        return [span for spans in stays.values() for span in union(spans)]

    def month(self, days: list[date], used: list[date]) -> dict[str, Row]:
        """By platform, what `account_monthly` should say of meetings and people; licences are in `recount_hosts`.

        `days` are those of which meetings are known, `used` those that were computed.
        """
        is_complete = len(used) == monthrange(used[0].year, used[0].month)[1]
        overall = [self.day(day, used)["all"] for day in used]
        found = {}
        for platform in (*VENDORS, "all"):
            rows = {day: self.day(day, used)[platform] for day in used}
            mine = [one for one in self.instances if platform in (one.platform, "all") and one.meeting.day in days]
            meetings = [one for one in mine if not one.is_webinar]
            working = [day for day in used if self.local_date(day).weekday() < 5]
            user_days = sum(len(self.active([day], platform)) for day in working)
            sums = {name: sum(row[name] for row in rows.values()) for name in SUMMED}
            busiest = max(rows, key=lambda day: rows[day]["meetings"])
            found[platform] = {
                "days_covered": len(used),
                "is_complete_month": is_complete,
                **sums,
                "active_hosts": len({one.meeting.host for one in meetings}),
                "unique_participants": len(self.persons(meetings, platform)),
                "unique_participants_identified": len(self.persons(meetings, platform, identified=True)),
                "webinar_unique_participants": len(self.persons((one for one in mine if one.is_webinar), platform)),
                "unique_attendees": len(self.persons(mine, platform)),
                "unique_attendees_identified": len(self.persons(mine, platform, identified=True)),
                "person_minutes_per_meeting": ratio(sums["person_minutes"], sums["meetings"]),
                "mean_meeting_minutes": ratio(sum(one.seconds for one in meetings) / 60, len(meetings)),
                "meeting_share_rate": ratio(sums["meetings"], sum(row["meetings"] for row in overall)),
                "person_minute_share_rate": ratio(
                    sums["person_minutes"], sum(row["person_minutes"] for row in overall)
                ),
                "peak_day": busiest if rows[busiest]["meetings"] else None,
                "peak_day_meetings": rows[busiest]["meetings"] or None,
                **_highest("meetings", rows.values()),
                **_highest("people", rows.values()),
                **_highest("attendees", rows.values()),
                "active_users": len(self.active(used, platform)),
                "mean_dau_working_days": ratio(user_days, len(working)),
                **{name: rows[used[-1]][name] for name in ("wau", "mau", "mau_dates", "stickiness_rate")},
                **self._vendors_own(platform, meetings, days[-1], sums if is_complete else None),
            }
            peak_at = found[platform]["peak_meetings_at"]
            found[platform]["peak_local_hour"] = None if peak_at is None else peak_at.astimezone(self.zone).hour
        return found

    def _vendors_own(self, platform: str, meetings: list[Instance], in_month: date, ours: Row | None) -> Row:
        """The vendor's totals, and how far ours of a whole month are from them."""
        totals: tuple[float | None, ...] = (None, None, None)
        if platform == "zoom":
            totals = tuple(map(sum, zip(*self.zoom_totals(in_month).values(), strict=True)))
        elif platform == "webex":
            totals = (None, sum(one.vendor_joins for one in meetings), sum(one.vendor_minutes or 0 for one in meetings))
        names = ("meetings", "participant_joins", "person_minutes")
        return {
            **{f"vendor_{name}": total for name, total in zip(names, totals, strict=True)},
            "vendor_person_minutes_per_meeting": ratio(totals[2], totals[0]),
            **{
                f"{name}_difference_rate": ours and difference(ours[name], total)
                for name, total in zip(names, totals, strict=True)
            },
        }

    def zoom_totals(self, in_month: date) -> dict[str, tuple[int, int, int]]:
        """By host's address, meetings, joins and begun minutes of the month on the clock of Zoom's account."""
        first = in_month.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        begin, end = (
            int(datetime(day.year, day.month, 1, tzinfo=ACCOUNT_ZONE).timestamp()) for day in (first, following)
        )
        found: dict[str, tuple[int, int, int]] = {}
        for one in self.history.started_between(begin, end):
            if not one.is_webinar:
                address = self.organisation.email(one.host)
                meetings, joins, minutes = found.get(address, (0, 0, 0))
                # Waiting and breakout rooms are in neither of the simulation's own counts.
                found[address] = (meetings + 1, joins + one.joins, minutes - (-one.attended_seconds // 60))
        return found

    def simulated(self, days: list[date]) -> list[Simulated]:
        """Zoom's own stream of the simulation."""
        begin, end = midnight(days[0]), midnight(days[-1]) + DAY
        return list(self.history.started_between(begin, end))


def _highest(name: str, rows: Iterable[Row]) -> Row:
    """The highest day's peak, of the earliest day on ties."""
    best = max(rows, key=lambda row: row[f"peak_concurrent_{name}"])
    return {column: best[column] for column in (f"peak_concurrent_{name}", f"peak_{name}_at")}


def difference(ours: float, vendors: float | None) -> float | None:
    """How far our figure lies from the vendor's, as a share of the latter."""
    return None if not vendors else (ours - vendors) / vendors


def _peak(name: str, spans: list[Span]) -> Row:
    most, at = first_peak(spans)
    return {f"peak_concurrent_{name}": most, f"peak_{name}_at": at}


def clipped(spans: Iterable[Span], window: Span) -> list[Span]:
    return [part for span in spans if (part := clip(span, window))]


def _busiest(hours: Iterable[int]) -> int | None:
    counts: dict[int, int] = defaultdict(int)
    for hour in hours:
        counts[hour] += 1
    return min(counts, key=lambda hour: (-counts[hour], hour)) if counts else None


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
