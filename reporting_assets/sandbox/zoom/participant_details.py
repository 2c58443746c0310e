"""What the dashboards tell about one participant's connection, wherever they list participants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reporting_assets.sandbox import freshness
from reporting_assets.sandbox.answers import bad_parameter
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.connections import WEB_CLIENT, Connection, machine
from reporting_assets.sandbox.features import Features
from reporting_assets.sandbox.identifiers import opaque_id
from reporting_assets.sandbox.sessions import Meeting, Session
from reporting_assets.sandbox.shares import Share
from reporting_assets.sandbox.words import DOMAIN
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.dashboards import require_dashboards
from reporting_assets.sandbox.zoom.instances import not_found, past_instance
from reporting_assets.sandbox.zoom.participants import identity

PAST, PAST_ONE, LIVE = "past", "pastOne", "live"


def past_of_type(call: Call, *, is_webinar: bool, types: Sequence[str]) -> Meeting:
    """The ended instance of the path, if it is of the `type` asked for, which is `live` unless sent.

    Meetings of one person are found as `pastOne` only; what has ended is never `live`. Raises 300 or 3001.
    """
    require_dashboards(call)
    kind = call.query.get("type", LIVE)
    if kind not in types:
        raise bad_parameter(f"The type must be one of {', '.join(types)}.")
    meeting = past_instance(call, is_webinar=is_webinar)
    is_alone = meeting.people == 1 and not is_webinar
    if kind == LIVE or is_alone != (kind == PAST_ONE):
        raise not_found(call, is_webinar=is_webinar)
    return meeting


def visible(call: Call, meeting: Meeting, now: int) -> list[tuple[int, Session]]:
    """The meeting's sessions that show yet, each with its place."""
    rows = enumerate(call.account.history.rows(meeting))
    return [(place, row) for place, row in rows if freshness.row_shown_at(meeting, place) <= now]


def numbered(meeting: Meeting) -> dict[str, str]:
    """The number that stands beside the participants."""
    return {"webinar_number" if meeting.is_webinar else "meeting_number": str(meeting.number)}


def details(
    call: Call,
    meeting: Meeting,
    used: Features,
    row: Session,
    place: int,
    connected: Connection,
    shared: Sequence[Share],
) -> dict[str, Any]:
    """Identity, device and network. What tells of machines is empty for people outside the account."""
    organisation = call.account.organisation
    user_id, name, email = identity(organisation, meeting, row, place)
    own = machine(organisation, row.person)
    is_inside = row.person >= 0
    is_web = connected.route == WEB_CLIENT
    contents = {share.content for share in shared if share.place == place}
    record: dict[str, Any] = {
        "id": user_id,
        "user_id": str(row.connection),
        "participant_uuid": connected.participant_uuid,
        "user_name": name,
        "email": email,
        "join_time": iso(row.joined),
        "leave_time": iso(row.left),
        "device": connected.system.device,
        "device_name": connected.system.name if is_inside else "",
        "os": connected.system.os,
        "os_version": connected.system.os_version,
        "version": connected.system.version,
        "browser_name": "Firefox" if is_web else "",
        "browser_version": "133" if is_web else "",
        "client": "Web Meeting SDK 2.18" if is_web else "",
        "zoom_thin_client_plugin_version": "",
        "network_type": connected.network,
        "connection_type": connected.protocol,
        "video_connection_type": connected.protocol,
        "as_connection_type": connected.protocol,
        "data_center": own.data_center,
        "full_data_center": f"{own.data_center};",
        "location": own.location,
        "ip_address": own.address,
        "internal_ip_addresses": [own.inner_address] if is_inside else [],
        "mac_addr": own.mac if is_inside else "",
        "harddisk_id": own.disk if is_inside else "",
        "pc_name": own.pc_name if is_inside else "",
        "domain": DOMAIN if is_inside else "",
        "share_application": "application" in contents,
        "share_desktop": "desktop" in contents,
        "share_whiteboard": "whiteboard" in contents,
        "recording": used.has_recording and row.person == meeting.host,
        "has_archiving": False,
    }
    if is_inside:
        record["optional_archiving"] = "no optional archiving"
    return record


def group_id(call: Call, row: Session) -> str:
    """The user group of an employee: the department's; empty for guests."""
    organisation = call.account.organisation
    return opaque_id(organisation.seed, "group", organisation.people[row.person].department) if row.person >= 0 else ""


def join_seconds(connected: Connection) -> float:
    """How long joining took."""
    return round(0.8 + connected.draw % 900 / 100, 2)
