"""Counts again, in plain Python, what meetings used: rooms, ports, telephones, storage and features.

As in `recount_utilization`, whose account this is about: from what the simulation made happen, without API rows or SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import mean
from typing import Any

from reporting_assets.sandbox import bookkeeping, dialling, premises
from reporting_assets.sandbox.calendar import epoch_day
from reporting_assets.sandbox.features import Features, features
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.webex.meetings import Meetings, Stay
from reporting_assets_tests.integration.recount import DAY, first_peak, length, union
from reporting_assets_tests.integration.recount_core import Row, moment, ratio
from reporting_assets_tests.integration.recount_utilization import ACCOUNT_ZONE, Account, clipped, midnight

ROOM_HOURS = 8
CALLS = {  # Webex's kinds of audio, as the table names them
    "call_in": "call-in",
    "call_in_toll_free": "call-in-toll-free",
    "call_out_domestic": "call-out-domestic",
    "call_out_international": "call-out-international",
}
FEATURES = {
    "video": "has_video",
    "screen_share": "has_screen_share",
    "recording": "has_recording",
    "poll": "has_poll",
    "qa": "has_qa",
    "survey": "has_survey",
    "phone": "has_pstn",
    "computer_audio": "has_voip",
    "room_system": "has_sip",
    "automated_captions": "has_automated_captions",
    "manual_captions": "has_manual_captions",
    "external_participant": "has_external_participant",
}


def rooms(account: Account, day: date, first: date) -> dict[str, Row]:
    """By room, what `room_daily` should say; meetings are known from the day `first` on."""
    local = account.local_date(day)
    window, is_working = account.window(local), local.weekday() < 5
    found = {}
    for room in premises.rooms(account.organisation.seed, account.organisation.size):
        held = premises.held_in(account.history, room, midnight(max(first, day - timedelta(days=3))), window[1])
        spans = clipped(((one.started, one.ended) for one in held), window)
        hours = length(union(spans)) / 3600
        found[room.id] = {
            "local_date": local,
            "meetings": len(spans),
            "used_hours": hours,
            "available_hours": ROOM_HOURS if is_working else 0,
            "used_utilization_rate": hours / ROOM_HOURS if is_working else None,
            "is_working_day": is_working,
            "first_used_at": moment(min(begin for begin, _ in spans)) if spans else None,
            "last_used_at": moment(max(end for _, end in spans)) if spans else None,
            "issues": len(premises.open_issues(room, account.now)),  # every snapshot was taken now
        }
    return found


def ports(account: Account, day: date) -> dict[int, Row]:
    """By hour of the day on the clock of Zoom's account, what `crc_hourly` should say; clocks do not change on it."""
    begins = int(datetime(day.year, day.month, day.day, tzinfo=ACCOUNT_ZONE).timestamp())
    started = account.history.started_between(begins - 2 * DAY, begins + DAY)
    spans = [span for one in started for span in dialling.room_systems(one)]
    found = {}
    for hour in range(24):
        begin, end = begins + 3600 * hour, begins + 3600 * (hour + 1)
        found[hour] = {
            "max_ports": first_peak(clipped(spans, (begin, end)))[0],
            "connections": sum(span[0] < end and span[1] > begin for span in spans),
        }
    most = max(range(24), key=lambda hour: found[hour]["max_ports"])
    return {hour: {**row, "is_peak_hour": hour == most and row["max_ports"] > 0} for hour, row in found.items()}


def calls(account: Account, days: list[date]) -> dict[tuple[date, str, str, str], Row]:
    """By day, vendor, type and country, what `telephony_daily` should say."""
    legs: dict[tuple[date, str, str, str], list[tuple[str, dialling.Leg]]] = {}
    for meeting in account.simulated([days[0] - timedelta(days=2), days[-1]]):
        for leg in dialling.legs(account.history, meeting):
            if days[0] <= (day := moment(leg.begin).date()) <= days[-1]:
                legs.setdefault((day, "zoom", leg.kind.lower(), leg.country), []).append((meeting.uuid, leg))
    found: dict[tuple[date, str, str, str], Row] = {
        key: {
            "legs": len(group),
            "instances": len({uuid for uuid, _ in group}),
            "leg_seconds": sum(leg.end - leg.begin for _, leg in group),
            "billed_minutes": sum(leg.minutes for _, leg in group),
            "cost_usd": Decimal(sum(leg.cost for _, leg in group)) / 10_000,
        }
        for key, group in legs.items()
    }
    minutes: dict[tuple[date, str, str, str], dict[str, int]] = {}
    for meeting, stays in _on_webex(account, days):
        for stay in stays:
            if stay.audio in CALLS and stay.minutes:
                key = (moment(meeting.started).date(), "webex", CALLS[stay.audio], "unknown")
                of_one = minutes.setdefault(key, {})
                of_one[meeting.uuid] = of_one.get(meeting.uuid, 0) + stay.minutes
    untold = dict.fromkeys(("legs", "billed_minutes", "cost_usd"))
    for key, of_type in minutes.items():
        found[key] = {**untold, "instances": len(of_type), "leg_seconds": 60 * sum(of_type.values())}
    return found


def _on_webex(account: Account, days: list[date]) -> list[tuple[Meeting, list[Stay]]]:
    meetings = Meetings(account.history)
    return [(one, meetings.stays(one)) for day in days for one in meetings.day(epoch_day(day))]


def storage(account: Account, days: list[date]) -> Row:
    """What `recording_storage_monthly` should say; sizes are told to one decimal of their unit."""
    sizes = [_told(bookkeeping.stored_bytes(account.organisation, day)) for day in days]
    return {
        "days_covered": len(days),
        "first_date": days[0],
        "last_date": days[-1],
        "used_bytes_last": sizes[-1],
        "used_bytes_mean": mean(sizes),
        "used_bytes_max": max(sizes),
        "used_bytes_growth": sizes[-1] - sizes[0],
        "plan_bytes_last": 3 * 1024**4,
        "free_bytes_last": None,  # unlimited, so that there is no share of it either
        "plan_used_rate": None,
    }


def _told(size: int) -> int:
    unit = 1024
    while size >= 1024 * unit:
        unit *= 1024
    return round(round(size / unit, 1) * unit)


def adoption(account: Account, days: list[date]) -> dict[tuple[str, str], Row]:
    """By vendor and feature, what `feature_adoption_monthly` should say. Webex tells audio alone."""
    zoom = [(one, features(one)) for one in account.simulated(days)]
    webex = _on_webex(account, days)
    found = {("zoom", "chat"): _adopted((one, None) for one, _ in zoom)}  # dashboards do not say
    for name, flag in FEATURES.items():
        found["zoom", name] = _adopted((one, _flag(one, used, flag)) for one, used in zoom)
    for name in (*FEATURES, "chat"):
        found["webex", name] = _adopted((one, _audio(stays, name)) for one, stays in webex)
    return found


def _flag(one: Meeting, used: Features, name: str) -> bool | None:
    """Of webinars the dashboards do not say whether there was Q&A."""
    return None if one.is_webinar and name == "has_qa" else bool(getattr(used, name))


def _audio(stays: list[Stay], feature: str) -> bool | None:
    kinds = {stay.audio for stay in stays}
    return (
        "voip" in kinds if feature == "computer_audio" else bool(kinds & CALLS.keys()) if feature == "phone" else None
    )


def _adopted(used: Iterable[tuple[Meeting, bool | None]]) -> Row:
    used = list(used)
    found: Row = {
        "adopting_hosts": len({one.host for one, is_used in used if is_used}),
        "minutes_with_feature": sum(one.ended - one.started for one, is_used in used if is_used) / 60,
    }
    for kind, is_webinar in (("meeting", False), ("webinar", True)):
        flags: list[Any] = [is_used for one, is_used in used if one.is_webinar == is_webinar]
        known = [flag for flag in flags if flag is not None]
        found |= {
            f"{kind}s": len(flags),
            f"{kind}s_known": len(known),
            f"{kind}s_with_feature": sum(known),
            f"{kind}_adoption_rate": ratio(sum(known), len(known)),
        }
    return found
