"""`/report/telephone` and `/metrics/crc`: calls that reach meetings from other networks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import dialling, freshness
from reporting_assets.sandbox.answers import Answer, bad_parameter
from reporting_assets.sandbox.calendar import DAY_SECONDS, day_start
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.dialling import Leg
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.zoom import dashboards
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.route import Route
from reporting_assets.sandbox.zoom.windows import Window, window

LARGEST_PAGE = 300
_AUDIO = (dialling.TOLL_FREE, dialling.TOLL, dialling.SIP)
_DATES = ("start_time", "end_time", "meeting_start_time", "meeting_end_time")
_LONGEST_MEETING_SECONDS = 2 * DAY_SECONDS
_HOUR_SECONDS = 3600


def telephone(call: Call) -> Answer:
    """Telephone legs of one kind of audio (`1` unless asked otherwise), by the instant that is asked about."""
    audio = call.query.get("type", dialling.TOLL_FREE)
    if audio not in _AUDIO:
        raise bad_parameter(f"The type must be one of {', '.join(_AUDIO)}.")
    dated = call.query.get("query_date_type", _DATES[0])
    if dated not in _DATES:
        raise bad_parameter(f"The query_date_type must be one of {', '.join(_DATES)}.")
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: _legs(call.account, audio, dated, asked, position.as_of))
    if dated.startswith("meeting"):
        del fields["page_count"], fields["total_records"]
    records = [_record(call.account, meeting, leg) for meeting, leg in page]
    return Answer({"from": asked.sent_from, "to": asked.sent_to, **fields, "telephony_usage": records})


def _legs(account: Account, audio: str, dated: str, asked: Window, now: int) -> list[tuple[Meeting, Leg]]:
    found = []
    for meeting in account.history.started_between(asked.begin - _LONGEST_MEETING_SECONDS, min(asked.end, now + 1)):
        if freshness.listed_at(meeting) > now:
            continue
        for leg in dialling.legs(account.history, meeting):
            at = dict(zip(_DATES, (leg.begin, leg.end, meeting.started, meeting.ended), strict=True))[dated]
            if leg.audio == audio and asked.begin <= at < asked.end:
                found.append((at, meeting, leg))
    found.sort(key=lambda one: (one[0], one[1].uuid))
    return [(meeting, leg) for _, meeting, leg in found]


def _record(account: Account, meeting: Meeting, leg: Leg) -> dict[str, Any]:
    organisation = account.organisation
    host = organisation.people[meeting.host]
    return {
        "uuid": meeting.uuid,
        "meeting_id": meeting.number,
        "meeting_type": "Webinar" if meeting.is_webinar else "Meeting",
        "host_id": organisation.user_id(meeting.host),
        "host_name": host.name,
        "host_email": organisation.email(meeting.host),
        "dept": host.department,
        "type": leg.kind,
        "country_name": leg.country,
        "phone_number": leg.called,
        "signaled_number": leg.called,
        "call_in_number": leg.caller,
        "start_time": iso(leg.begin),
        "end_time": iso(leg.end),
        "duration": leg.minutes,
        "rate": leg.rate / 10_000,
        "total": leg.cost / 10_000,
    }


def crc(call: Call) -> Answer:
    """Ports in use in each hour of each day; of a range longer than a month, silently its last month."""
    dashboards.require_dashboards(call)
    asked = window(call, allows_times=False, clamps=True)
    zone = call.account.timezone
    connections = sorted(_connections(call.account, asked, call.now))
    usage = []
    day = asked.first
    while day <= asked.last and day_start(zone, day) <= call.now:
        usage.append({"date_time": day.isoformat(), "crc_ports_hour_usage": _hours(zone, day, connections)})
        day += timedelta(days=1)
    return Answer({"from": asked.sent_from, "to": asked.sent_to, "crc_ports_usage": usage})


def _connections(account: Account, asked: Window, now: int) -> Iterator[tuple[int, int]]:
    """Connections that touch the window."""
    for meeting in account.history.started_between(asked.begin - _LONGEST_MEETING_SECONDS, min(asked.end, now + 1)):
        if freshness.listed_at(meeting) <= now:
            for begin, end in dialling.room_systems(meeting):
                if begin < asked.end and end > asked.begin:
                    yield begin, end


def _hours(zone: str, day: date, connections: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """The 24 hours of a day on the clock of the zone; where the clock is put back, one of them is two hours long."""
    found = {hour: [0, 0] for hour in range(24)}
    start, following = day_start(zone, day), day_start(zone, day + timedelta(days=1))
    today = [one for one in connections if one[0] < following and one[1] > start]
    for begins in range(start, following, _HOUR_SECONDS):
        inside = [one for one in today if one[0] < begins + _HOUR_SECONDS and one[1] > begins]
        moments = [max(begin, begins) for begin, _ in inside]  # the most are connected when somebody comes
        at_once = max((sum(begin <= at < end for begin, end in inside) for at in moments), default=0)
        counts = found[datetime.fromtimestamp(begins, ZoneInfo(zone)).hour]
        counts[0], counts[1] = max(counts[0], at_once), counts[1] + len(inside)
    return [{"hour": f"{hour:02}", "max_usage": most, "total_usage": total} for hour, (most, total) in found.items()]


ROUTES: tuple[Route, ...] = (
    Route(
        "/report/telephone",
        RateLabel.HEAVY,
        ("report:read:telephone:admin", "report:read:admin"),
        True,
        telephone,
    ),
    Route(
        "/metrics/crc",
        RateLabel.HEAVY,
        ("dashboard:read:crc_port_usage:admin", "dashboard_crc:read:admin", "dashboard:read:admin"),
        False,  # the handler refuses it below Business, in other words
        crc,
    ),
)
