"""`/report/users`, `/report/daily`, `/report/users/{id}/meetings`: the account's hosts, days and meetings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.answers import Answer, ApiError, bad_parameter
from reporting_assets.sandbox.clock import iso, us_minute
from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.numerals import whole_number
from reporting_assets.sandbox.sessions import MAIN, WAITING, Meeting, Session
from reporting_assets.sandbox.words import ORGANISATION
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.windows import LOOK_BACK_MONTHS, window

LARGEST_PAGE = 300
_LISTED = ("active", "inactive")  # statuses: who is deleted or pending has no reports
_MEETING_TYPES = ("past", "pastOne", "pastJoined")


class _Entry(NamedTuple):
    """One row of a user's meetings: the meeting, and in `pastJoined` one stay and the wait before it."""

    meeting: Meeting
    stay: Session | None
    waited: Session | None


def list_hosts(call: Call) -> Answer:
    """Users who hosted in the window (`active`) or did not (`inactive`), with totals of each and of the account."""
    kind = call.query.get("type", "active")
    if kind not in _LISTED:
        raise bad_parameter("The type must be active or inactive.")
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    account, now = call.account, position.as_of
    totals = account.history.totals(account.timezone, asked.first, asked.last, now)
    page, fields = call.page(
        position,
        lambda: [
            person
            for person in account.organisation.people
            if person.status_at(now) in _LISTED and (person.index in totals.by_host) == (kind == "active")
        ],
    )
    users = []
    for person in page:
        meetings, joins, minutes = totals.by_host.get(person.index, (0, 0, 0))
        users.append(
            {
                "id": account.organisation.user_id(person.index),
                "email": account.organisation.email(person.index),
                "user_name": person.name,
                "type": person.license,
                "dept": person.department,
                "meetings": meetings,
                "participants": joins,
                "meeting_minutes": minutes,
                "custom_attributes": [],
            }
        )
    overall = dict(zip(("total_meetings", "total_participants", "total_meeting_minutes"), totals.overall, strict=True))
    return Answer(
        {
            "from": asked.sent_from,
            "to": asked.sent_to,
            **fields,
            "page_number": position.offset // position.size + 1,
            **overall,
            "users": users,
        }
    )


def daily_usage(call: Call) -> Answer:
    """One row per day of a month of the account's zone, up to today, days without traffic included."""
    account, zone = call.account, ZoneInfo(call.account.timezone)
    today = datetime.fromtimestamp(call.now, zone).date()
    year, month = _number(call, "year", today.year), _number(call, "month", today.month)
    age = (today.year - year) * 12 + today.month - month
    if not 1 <= month <= 12 or not 0 <= age <= LOOK_BACK_MONTHS:
        raise bad_parameter(
            f"Daily report can only be provided for a month that falls within the recent {LOOK_BACK_MONTHS} months."
        )
    hired: dict[date, int] = {}
    for person in account.organisation.people:
        if person.hired <= call.now and not person.never_accepted:
            day = datetime.fromtimestamp(person.hired, zone).date()
            hired[day] = hired.get(day, 0) + 1
    dates = []
    day = date(year, month, 1)
    while day.month == month and day <= today:
        meetings, joins, minutes = account.history.day_totals(account.timezone, day, call.now).overall
        dates.append(
            {
                "date": day.isoformat(),
                "new_users": hired.get(day, 0),
                "meetings": meetings,
                "participants": joins,
                "meeting_minutes": minutes,
            }
        )
        day += timedelta(days=1)
    return Answer({"year": year, "month": month, "dates": dates})


def user_meetings(call: Call) -> Answer:
    """Past meetings and webinars that one user hosted (`past`, `pastOne`) or joined (`pastJoined`, a row per join)."""
    kind = call.query.get("type", "past")
    if kind not in _MEETING_TYPES:
        raise bad_parameter(f"The type must be one of {', '.join(_MEETING_TYPES)}.")
    account = call.account
    user = unquote(call.path_value)
    person = account.organisation.index_of_user.get(user, account.organisation.index_of_user.get(user.lower(), -1))
    if person < 0 or account.organisation.people[person].status_at(call.now) not in _LISTED:
        raise ApiError(404, 1001, f"User {user} not exist or not belong to this account.")
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    now, end = position.as_of, min(asked.end, position.as_of + 1)
    if kind == "pastJoined":
        page, fields = call.page(position, lambda: list(_joined(account, person, asked.begin, end, now)))
    else:
        is_solo = kind == "pastOne"
        page, fields = call.page(
            position,
            lambda: [
                _Entry(meeting, None, None)
                for meeting in account.history.hosted_by(person, asked.begin, end)
                if (meeting.people == 1) == is_solo and freshness.listed_at(meeting) <= now
            ],
        )
    return Answer(
        {
            "from": asked.sent_from,
            "to": asked.sent_to,
            **fields,
            "page_number": position.offset // position.size + 1,
            "meetings": [_record(account, entry, now) for entry in page],
        }
    )


def _joined(account: Account, person: int, begin: int, end: int, now: int) -> Iterator[_Entry]:
    """Each stay of the person inside a meeting, with the wait before it where there was one."""
    for meeting in account.history.started_between(begin, end):
        if person in meeting.staff and freshness.listed_at(meeting) <= now:
            waited = None
            for row in account.history.rows(meeting):
                if row.person == person and row.room == WAITING:
                    waited = row
                elif row.person == person and row.room == MAIN:
                    yield _Entry(meeting, row, waited)
                    waited = None


def _record(account: Account, entry: _Entry, now: int) -> dict[str, Any]:
    meeting, stay, waited = entry
    organisation = account.organisation
    is_known = freshness.duration_known_at(meeting) <= now
    used = features(meeting)
    name = organisation.people[meeting.host].name
    record: dict[str, Any] = {
        "uuid": meeting.uuid,
        "id": meeting.number,
        "type": meeting.type,
        "topic": meeting.topic,
        "user_name": name,
        "user_email": organisation.email(meeting.host),
        "host_name": name,
        "host_organization": ORGANISATION,
        "start_time": iso(meeting.started),
        "end_time": iso(meeting.ended),
        "duration": _whole_minutes(meeting.ended - meeting.started) if is_known else 0,
        "total_minutes": _whole_minutes(meeting.attended_seconds) if is_known else 0,
        "participants_count": meeting.joins,
        "participants_count_my_account": meeting.staff_joins,
        "source": "Zoom",
        "session_key": "",
        "custom_keys": [],
        "has_screen_share": used.has_screen_share,
        "has_recording": used.has_recording,
        "has_chat": used.has_chat,
        "meeting_encryption_status": 1 + (used.draw % 30 == 0),
    }
    if meeting.scheduled:
        record["schedule_time"] = us_minute(meeting.scheduled)
    if stay is not None:
        record["join_time"], record["leave_time"] = us_minute(stay.joined), us_minute(stay.left)
    if waited is not None:
        record["join_waiting_room_time"] = us_minute(waited.joined)
    if used.draw % 3 == 0:
        record["ai_companion_used"] = used.draw % 2 == 0  # a field the reference does not name
    return record


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return default
    number = whole_number(text)
    if number is None:
        raise bad_parameter(f"The {name} field must be a number.")
    return number


def _whole_minutes(seconds: int) -> int:
    """Rounded up, as the reports do."""
    return -(-seconds // 60)
