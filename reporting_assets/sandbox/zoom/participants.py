"""Who joined one past meeting or webinar: the medium-rate list and the reports, which differ in fields and in solo meetings."""

from __future__ import annotations

from typing import Any

from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.identifiers import share
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.registrations import registrant_id
from reporting_assets.sandbox.sessions import BREAKOUT, WAITING, Meeting, Session
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.instances import not_found, past_instance

LARGEST_PAGE = 300
_SIGNED_OUT_SHARE = 0.015  # of employees' connections are not signed in


def past_meeting_participants(call: Call) -> Answer:
    """`/past_meetings/{id}/participants`: every meeting, solo ones included; no breakout rooms."""
    return _answer(call, past_instance(call), _past_fields)


def report_meeting_participants(call: Call) -> Answer:
    """`/report/meetings/{id}/participants`: meetings of two people or more, with breakout rooms."""
    meeting = past_instance(call)
    if meeting.people < 2:
        raise not_found(call)
    return _answer(call, meeting, _report_fields)


def report_webinar_participants(call: Call) -> Answer:
    """`/report/webinars/{id}/participants`: as the meetings' report; attendees who had to register say so."""
    return _answer(call, past_instance(call, is_webinar=True), _report_fields)


def _answer(call: Call, meeting: Meeting, fields_of: Any) -> Answer:
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(
        position,
        lambda: [
            (place, row)
            for place, row in enumerate(call.account.history.rows(meeting))
            if freshness.row_shown_at(meeting, place) <= position.as_of
        ],
    )
    is_known = freshness.duration_known_at(meeting) <= position.as_of
    shows_registrants = "registrant_id" in call.query.get("include_fields", "")
    records = []
    for place, row in page:
        record = _common(call.account.organisation, meeting, row, place, is_known)
        registrant = registrant_id(call.account.organisation, meeting, row.person)
        record |= fields_of(record, meeting, row, registrant if shows_registrants else None, registrant)
        records.append(record)
    return Answer({**fields, "participants": records})


def _common(organisation: Organisation, meeting: Meeting, row: Session, place: int, is_known: bool) -> dict[str, Any]:
    user_id, name, email = identity(organisation, meeting, row, place)
    return {
        "id": user_id,
        "user_id": str(row.connection),
        "name": name,
        "user_email": email,
        "join_time": iso(row.joined),
        "leave_time": iso(row.left),
        "duration": row.left - row.joined if is_known else 0,
        "failover": row.is_failover,
        "status": "in_waiting_room" if row.room == WAITING else "in_meeting",
    }


def _past_fields(
    record: dict[str, Any], _meeting: Meeting, row: Session, _shown: str | None, registrant: str
) -> dict[str, Any]:
    return {"registrant_id": registrant, "internal_user": bool(record["id"]) and row.person >= 0}


def _report_fields(
    record: dict[str, Any], meeting: Meeting, row: Session, shown: str | None, _registrant: str
) -> dict[str, Any]:
    fields: dict[str, Any] = {"customer_key": ""}
    if record["id"]:
        fields["participant_user_id"] = record["id"]  # missing altogether for guests
    if row.room == BREAKOUT:
        fields["bo_mtg_id"] = str(row.room_id)
    if shown is not None:
        fields["registrant_id"] = shown
    if meeting.seed % 4 == 0:
        fields["attentiveness_score"] = ""  # a field the reference does not name
    return fields


def identity(organisation: Organisation, meeting: Meeting, row: Session, place: int) -> tuple[str, str, str]:
    """User id, name and address as the API tells them; empty where it hides them."""
    if row.person < 0:
        guest = organisation.guest(-1 - row.person)
        return "", guest.name, guest.shown_email
    person = organisation.people[row.person]
    if place and share(meeting.seed, "signed out", row.connection) < _SIGNED_OUT_SHARE:
        return "", person.first_name, ""
    email = organisation.email(row.person)
    if person.mixes_case and (meeting.seed ^ place) % 2:
        email = email.title().replace("Northwind.Example", "Northwind.example")
    return organisation.user_id(row.person), person.name, email
