"""`/metrics/meetings`: meetings past and in progress, as the dashboards show them."""

from __future__ import annotations

from typing import Any

from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.answers import Answer, ApiError, bad_parameter
from reporting_assets.sandbox.clock import clock_text, iso
from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.sessions import MAIN, Meeting
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.windows import Window, window

LARGEST_PAGE = 300
_TRACKING = 12  # what a draw is for
_TYPES = ("past", "pastOne", "live")
_LICENSES = {1: "Basic", 2: "Licensed"}
_NO_DASHBOARD = (
    "This API is only available for ZMP and Business or higher accounts that have enabled the Dashboard feature."
)


def list_meetings(call: Call) -> Answer:
    """Meetings of one kind (`live` unless asked otherwise) that started, or ended, in the window. No webinars."""
    require_dashboards(call)
    kind = call.query.get("type", "live")
    if kind not in _TYPES:
        raise bad_parameter(f"The type must be one of {', '.join(_TYPES)}.")
    asked = window(call, allows_times=True)
    position = call.position(LARGEST_PAGE)
    now = position.as_of
    page, fields = call.page(position, lambda: [one for one in listing(call, kind, asked, now) if not one.is_webinar])
    show_tracking = "tracking_fields" in call.query.get("include_fields", "")
    records = [record(call.account, meeting, kind, now) for meeting in page]
    if show_tracking:
        for meeting, shown in zip(page, records, strict=True):
            shown["tracking_fields"] = _tracking_fields(meeting)
    return Answer({"from": asked.sent_from, "to": asked.sent_to, **fields, "meetings": records})


def require_dashboards(call: Call) -> None:
    """Raises what is answered to accounts whose plan has no dashboards."""
    if call.account.plan != "business":
        raise ApiError(400, 400, _NO_DASHBOARD)


def listing(call: Call, kind: str, asked: Window, now: int) -> list[Meeting]:
    """Meetings and webinars of one kind that started, or ended, in the window, as far as lists show them yet."""
    history = call.account.history
    if kind == "live":
        return list(history.live(now))
    by_end = call.query.get("query_date_type", "start_time") == "end_time"
    source = history.ended_between if by_end else history.started_between
    is_solo = kind == "pastOne"
    return [
        meeting
        for meeting in source(asked.begin, min(asked.end, now + 1))
        if (meeting.people == 1) == is_solo and freshness.listed_at(meeting) <= now
    ]


def record(account: Account, meeting: Meeting, kind: str, now: int) -> dict[str, Any]:
    """What the list shows of one meeting or webinar, past or live."""
    return _live_record(account, meeting, now) if kind == "live" else _past_record(account, meeting, now)


def _past_record(account: Account, meeting: Meeting, now: int) -> dict[str, Any]:
    is_known = freshness.duration_known_at(meeting) <= now
    record = _common(account, meeting)
    record["end_time"] = iso(meeting.ended)
    record["duration"] = clock_text(meeting.ended - meeting.started if is_known else 0)
    record["participants"] = meeting.joins
    if account.faults.strikes("blank-times", meeting.uuid):
        record |= {"start_time": "", "end_time": "", "duration": "", "participants": 0}
    return record


def _live_record(account: Account, meeting: Meeting, now: int) -> dict[str, Any]:
    record = _common(account, meeting)
    record["duration"] = clock_text(now - meeting.started)
    rows = account.history.rows(meeting)
    record["participants"] = sum(row.room == MAIN and row.joined <= now < row.left for row in rows)
    return record


def _common(account: Account, meeting: Meeting) -> dict[str, Any]:
    organisation = account.organisation
    host = organisation.people[meeting.host]
    used = features(meeting)
    record: dict[str, Any] = {
        "uuid": meeting.uuid,
        "id": meeting.number,
        "topic": meeting.topic,
        "host": host.name,
        "email": organisation.email(meeting.host),
        "user_type": _LICENSES[host.license],
        "dept": host.department,
        "start_time": iso(meeting.started),
        "has_pstn": used.has_pstn,
        "has_voip": used.has_voip,
        "has_3rd_party_audio": False,
        "has_video": used.has_video,
        "has_screen_share": used.has_screen_share,
        "has_recording": used.has_recording,
        "has_sip": used.has_sip,
        "has_archiving": False,
        "has_manual_captions": used.has_manual_captions,
        "has_automated_captions": used.has_automated_captions,
        "has_poll": used.has_poll,
        "has_qa": used.has_qa,
        "has_survey": used.has_survey,
        "has_external_participant": used.has_external_participant,
        "audio_quality": used.audio_quality,
        "video_quality": used.video_quality,
        "screen_share_quality": used.screen_share_quality,
        "avg_jointime_cost": round(1 + used.draw % 700 / 100, 2),
        "session_key": "",
        "custom_keys": [],
    }
    if used.draw % 3 == 0:
        record["ai_companion_used"] = used.draw % 2 == 0  # a field the reference does not name
    return record


def _tracking_fields(meeting: Meeting) -> list[dict[str, str]]:
    draw = mix(meeting.seed, _TRACKING)
    return (
        [{"field": "Meeting purpose", "value": ("Internal", "Customer", "Hiring")[draw % 3]}] if draw % 4 == 0 else []
    )
