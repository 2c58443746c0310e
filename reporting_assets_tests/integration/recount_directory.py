"""Counts again, in plain Python, what the `core` tables claim of users, rooms and dates.

Users come from the simulated people and the instants of the snapshots, dates from Python's own calendar: no API rows,
none of the SQL. People as they were seen in meetings are in `recount_core`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from reporting_assets.sandbox import premises
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets_tests.integration.recount_core import Row, moment


def users(organisation: Organisation, taken: Mapping[date, int], month: str) -> list[Row]:
    """What `core.users` should say; `taken` has the instant of each snapshot, those of the month before too."""
    days = sorted(taken)
    inside = [day for day in days if f"{day:%Y-%m}" == month]
    found = []
    for person in organisation.people:
        status = {day: person.status_at(taken[day]) for day in days}
        has_id = any(one in ("active", "inactive") for one in status.values())
        user = organisation.user_id(person.index) if has_id else organisation.email(person.index)
        for state, group in groupby(inside, key=status.__getitem__):
            seen = list(group)
            before, after = _next_to(days, seen[0], -1), _next_to(days, seen[-1], 1)
            if state is None:
                continue
            ended = None if after is None else "changed" if status[after] else "removed"
            found.append(
                {
                    "user_key": user,
                    "status": state,
                    "license_type": person.license,
                    "valid_from_date": seen[0],
                    "valid_to_date": None if after is None else seen[-1],
                    "is_current": after is None,
                    "is_continuation": None if before is None else status[before] == state,
                    "end_reason": ended,
                    "snapshot_days": len(seen),
                    "is_taken_in_time": True,
                }
            )
    return found


def _next_to(days: list[date], day: date, step: int) -> date | None:
    place = days.index(day) + step
    return days[place] if 0 <= place < len(days) else None


def rooms(organisation: Organisation, now: int) -> dict[str, Row]:
    """By id, what `core.rooms` should say of a snapshot that was taken at `now`."""
    found = {}
    for room in premises.rooms(organisation.seed, organisation.size):
        wrong = premises.open_issues(room, now)
        found[room.id] = {
            "room_name": room.name,
            "issues": len(wrong),
            "is_online": premises.OFFLINE not in wrong,
            "is_listed": True,
        }
    return found


def dates(first: date, last: date, zone: ZoneInfo) -> dict[date, Row]:
    """By date, what `core.dates` should say."""
    midnights = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    found = {}
    for day, following in pairwise(midnights):
        begins, ends = (
            int(datetime(one.year, one.month, one.day, tzinfo=zone).timestamp()) for one in (day, following)
        )
        iso_year, iso_week, weekday = day.isocalendar()
        found[day] = {
            "timezone": zone.key,
            "begins_at": moment(begins),
            "ends_at": moment(ends),
            "length_seconds": ends - begins,
            "calendar_year": day.year,
            "calendar_quarter": (day.month + 2) // 3,
            "calendar_month": day.month,
            "day_of_month": day.day,
            "iso_weekday": weekday,
            "iso_year": iso_year,
            "iso_week": iso_week,
            "weekday_name": f"{day:%A}",
            "week_start_date": day - timedelta(days=weekday - 1),
            "is_working_day": weekday <= 5,
        }
    return found
