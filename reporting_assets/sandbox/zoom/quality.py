"""The dashboards' details of meetings and webinars: devices, sharing, feedback, scores. Samples per minute are in `qos`."""

from __future__ import annotations

from typing import Any

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox.answers import Answer, bad_parameter
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.connections import GRADES, MEDIA, Connection, connection
from reporting_assets.sandbox.features import Features, features
from reporting_assets.sandbox.registrations import panelists, registrant_id
from reporting_assets.sandbox.sessions import BREAKOUT, MAIN, WAITING, Meeting, Session
from reporting_assets.sandbox.shares import feedback, shares
from reporting_assets.sandbox.zoom import qos
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.dashboards import listing, require_dashboards
from reporting_assets.sandbox.zoom.participant_details import (
    LIVE,
    PAST,
    PAST_ONE,
    details,
    group_id,
    join_seconds,
    numbered,
    past_of_type,
    visible,
)
from reporting_assets.sandbox.zoom.participants import identity
from reporting_assets.sandbox.zoom.route import Route
from reporting_assets.sandbox.zoom.windows import window

LARGEST_PAGE = 300
_COUNTED = ("meeting", "participants")


def meeting_participants(call: Call) -> Answer:
    """Every join of a meeting, those of one person as `pastOne`."""
    return _participants(call, is_webinar=False, types=(PAST, PAST_ONE, LIVE))


def webinar_participants(call: Call) -> Answer:
    """Every join of a webinar."""
    return _participants(call, is_webinar=True, types=(PAST, LIVE))


def meeting_sharing(call: Call) -> Answer:
    """Who shared what in a meeting of two people or more."""
    return _sharing(call, is_webinar=False)


def webinar_sharing(call: Call) -> Answer:
    """Who shared what in a webinar."""
    return _sharing(call, is_webinar=True)


def meeting_satisfaction(call: Call) -> Answer:
    """Feedback about a meeting, one person's as `pastOne`."""
    return _satisfaction(call, is_webinar=False)


def webinar_satisfaction(call: Call) -> Answer:
    """Feedback about a webinar."""
    return _satisfaction(call, is_webinar=True)


def quality_scores(call: Call) -> Answer:
    """How many meetings, or joins, of the window had which label; no webinars."""
    require_dashboards(call)
    counted = call.query.get("type", "meeting")
    if counted not in _COUNTED:
        raise bad_parameter(f"The type must be one of {', '.join(_COUNTED)}.")
    asked = window(call, allows_times=False)
    totals = {medium: dict.fromkeys(GRADES, 0) for medium in MEDIA}
    for kind in (PAST, PAST_ONE):
        for meeting in listing(call, kind, asked, call.now):
            if meeting.is_webinar:
                continue
            for labels in _labels(call, meeting, counted):
                for medium, label in labels.items():
                    if label:
                        totals[medium][label] += 1
    return Answer({"from": asked.sent_from, "to": asked.sent_to, "quality": totals})


def _labels(call: Call, meeting: Meeting, counted: str) -> list[dict[str, str]]:
    used = features(meeting)
    if counted == "meeting":
        qualities = (used.audio_quality, used.video_quality, used.screen_share_quality)
        return [dict(zip(MEDIA, qualities, strict=True))]
    return [connection(meeting, used, row, place).labels for place, row in visible(call, meeting, call.now)]


def _participants(call: Call, *, is_webinar: bool, types: tuple[str, ...]) -> Answer:
    meeting = past_of_type(call, is_webinar=is_webinar, types=types)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: visible(call, meeting, position.as_of))
    used = features(meeting)
    shared = shares(meeting, used, call.account.history.rows(meeting))
    shows_registrants = "registrant_id" in call.query.get("include_fields", "")
    participants = []
    for place, row in page:
        connected = connection(meeting, used, row, place)
        record = details(call, meeting, used, row, place, connected, shared)
        record |= _join_fields(call, meeting, used, row, connected, record)
        if shows_registrants:
            record["registrant_id"] = registrant_id(call.account.organisation, meeting, row.person)
        participants.append(record)
    return Answer({**fields, **numbered(meeting), "participants": participants})


def _join_fields(
    call: Call, meeting: Meeting, used: Features, row: Session, connected: Connection, record: dict[str, Any]
) -> dict[str, Any]:
    """What this listing tells beyond `details`."""
    noun = "webinar" if meeting.is_webinar else "meeting"
    is_inside = row.person >= 0
    fields: dict[str, Any] = {
        "participant_user_id": record["id"],
        "customer_key": "",
        "role": _role(meeting, row),
        "leave_reason": _leave_reason(meeting, row, noun),
        **{f"{medium}_quality": label for medium, label in connected.labels.items()},
        "microphone": connected.headset if is_inside else "",
        "speaker": connected.headset if is_inside else "",
        "from_sip_uri": "",
        "sip_uri": "",
    }
    if connected.system.device == "H.323/SIP":
        fields["sip_uri"] = fields["from_sip_uri"] = f"room{connected.draw % 90 + 10}@sip.example"
    if connected.system.device == "Phone":
        digits = connected.draw % 10**7
        call_type = "call-out" if connected.draw & 1 else "call-in"
        fields["audio_call"] = [
            {"call_number": f"1415{digits:07}", "call_type": call_type, "zoom_number": "16465588656"}
        ]
    if row.room == BREAKOUT:
        fields["bo_mtg_id"] = str(row.room_id)
    if connected.draw % 50 == 0:
        fields["bandwidth_mode"] = "standard"  # a field the reference does not name
    if not meeting.is_webinar:
        fields |= {
            "status": "in_waiting_room" if row.room == WAITING else "in_meeting",
            "camera": connected.camera if is_inside else "",
            "groupId": group_id(call, row),
            "total_jointime_cost": join_seconds(connected),
            "aic_disclaimer": "agree" if used.draw % 3 == 0 else "no disclaimer",
        }
        if connected.is_zoom_room:
            fields["in_room_participants"] = 1 + connected.draw % 7
    return fields


def _role(meeting: Meeting, row: Session) -> str:
    if row.person == meeting.host:
        return "host"
    return "panelist" if meeting.is_webinar and row.person in panelists(meeting) else "attendee"


def _leave_reason(meeting: Meeting, row: Session, noun: str) -> str:
    if row.room == WAITING:
        return "Leave waiting room."
    if row.is_failover:
        return "Network connection error."
    if row.left >= meeting.ended - 30:
        return f"Host ended the {noun}."
    return f"$name {'left' if row.left % 5 else 'got disconnected from'} the {noun}."  # as documented, name and all


def _sharing(call: Call, *, is_webinar: bool) -> Answer:
    meeting = past_of_type(call, is_webinar=is_webinar, types=(PAST, LIVE))
    position = call.position(LARGEST_PAGE)
    rows = call.account.history.rows(meeting)
    shared = shares(meeting, features(meeting), rows)
    # Whoever shared, and the host even without a share: an empty list is an answer too.
    page, fields = call.page(
        position,
        lambda: [
            (place, row)
            for place, row in visible(call, meeting, position.as_of)
            if row.room == MAIN and (place == 0 or any(share.place == place for share in shared))
        ],
    )
    participants = []
    for place, row in page:
        user_id, name, _ = identity(call.account.organisation, meeting, row, place)
        own = [share for share in shared if share.place == place]
        participants.append(
            {
                "id": user_id,
                "user_id": str(row.connection),
                "user_name": name,
                "details": [
                    {"content": share.content, "start_time": iso(share.begin), "end_time": iso(share.end)}
                    for share in own
                ],
            }
        )
    return Answer({**fields, "participants": participants})


def _satisfaction(call: Call, *, is_webinar: bool) -> Answer:
    meeting = past_of_type(call, is_webinar=is_webinar, types=(PAST, PAST_ONE, LIVE))
    position = call.position(LARGEST_PAGE)
    rows = call.account.history.rows(meeting)
    page, fields = call.page(
        position,
        lambda: [one for one in feedback(meeting, features(meeting), rows) if one.at <= position.as_of],
    )
    participants = []
    for given in page:
        user_id, _, email = identity(call.account.organisation, meeting, rows[given.place], given.place)
        record = {
            "date_time": iso(given.at),
            "email": email,
            "quality": "GOOD" if given.is_good else "NOT GOOD",
            "user_id": user_id,
        }
        participants.append(record | ({} if given.is_good else {"comment": given.comment}))
    return Answer(
        {
            "next_page_token": fields["next_page_token"],
            "page_size": fields["page_size"],
            "participants": participants,
        }
    )


def _routes() -> tuple[Route, ...]:
    found = []
    for noun, below in (
        (
            "meeting",
            {
                "": meeting_participants,
                "/qos": qos.meeting_qos,
                "/sharing": meeting_sharing,
                "/satisfaction": meeting_satisfaction,
                "/qos_summary": qos.meeting_summary,
            },
        ),
        (
            "webinar",
            {
                "": webinar_participants,
                "/qos": qos.webinar_qos,
                "/sharing": webinar_sharing,
                "/satisfaction": webinar_satisfaction,
                "/qos_summary": qos.webinar_summary,
            },
        ),
    ):
        granular = {
            "": f"list_{noun}_participants",
            "/qos": f"list_{noun}_participants_qos",
            "/sharing": f"{noun}_sharing",
            "/satisfaction": f"post_{noun}_feedback",
            "/qos_summary": f"list_{noun}_participants_qos",
        }
        for end, handle in below.items():
            scopes = (f"dashboard:read:{granular[end]}:admin", f"dashboard_{noun}s:read:admin", "dashboard:read:admin")
            found.append(
                Route(f"/metrics/{noun}s/{{{noun}Id}}/participants{end}", RateLabel.HEAVY, scopes, False, handle)
            )
    return tuple(found)


ROUTES: tuple[Route, ...] = (
    *_routes(),
    Route(
        "/metrics/quality",
        RateLabel.HEAVY,
        ("dashboard:read:meeting_quality_score:admin", "dashboard_home:read:admin", "dashboard:read:admin"),
        False,
        quality_scores,
    ),
)
