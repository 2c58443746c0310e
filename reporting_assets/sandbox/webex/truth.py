"""Writes down what really happened on Webex, straight from the simulation; `sandbox.truth` does so for the rest.

Nothing here passes through the API side. People are those of `people.parquet`; what the API tells of them stands beside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.truth_files import INSTANT, append, instant, person_id
from reporting_assets.sandbox.webex import meetings as happened
from reporting_assets.sandbox.webex.meetings import Meetings, Stay

MEETINGS = pa.schema(
    [
        ("meeting_uuid", pa.string()),  # the instance id
        ("meeting_number", pa.string()),
        ("kind", pa.string()),  # meeting or webinar
        ("service_type", pa.string()),
        ("host_person_id", pa.string()),
        ("started_at", INSTANT),
        ("ended_at", INSTANT),
        ("people", pa.int64()),  # distinct persons who were inside
    ]
)
PRESENCE = pa.schema(
    [
        ("meeting_uuid", pa.string()),
        ("person_id", pa.string()),
        ("joined_at", INSTANT),
        ("left_at", INSTANT),
        ("connection_id", pa.string()),
        ("is_host", pa.bool_()),
        ("is_registered", pa.bool_()),
        ("told_email", pa.string()),  # lower case; NULL where the API hides it
        ("told_name", pa.string()),
    ]
)


def write(history: History, directory: Path, days: range) -> set[int]:
    """Write `webex_meetings` and `webex_presence` of these UTC day numbers; answers the indices of their guests."""
    meetings = Meetings(history)
    guests: set[int] = set()
    with (
        pq.ParquetWriter(directory / "webex_meetings.parquet", MEETINGS, compression="zstd") as instances,
        pq.ParquetWriter(directory / "webex_presence.parquet", PRESENCE, compression="zstd") as presence,
    ):
        for number in days:
            day = meetings.day(number)
            guests.update(guest for meeting in day for guest in meeting.guests)
            append(instances, MEETINGS, (_meeting(meetings, meeting) for meeting in day))
            stays = ((meeting, stay) for meeting in day for stay in meetings.stays(meeting))
            append(presence, PRESENCE, (_stay(meetings, *row) for row in stays))
    return guests


def _meeting(meetings: Meetings, meeting: Meeting) -> tuple[Any, ...]:
    return (
        meetings.instance_id(meeting),
        str(happened.number(meeting)),
        "webinar" if meeting.is_webinar else "meeting",
        happened.service_type(meeting),
        meetings.organisation.people[meeting.host].id,
        instant(meeting.started),
        instant(meeting.ended),
        len({stay.person for stay in meetings.stays(meeting)}),
    )


def _stay(meetings: Meetings, meeting: Meeting, stay: Stay) -> tuple[Any, ...]:
    name, email = meetings.told(meeting, stay)
    return (
        meetings.instance_id(meeting),
        person_id(meetings.organisation, stay.person),
        instant(stay.joined),
        instant(stay.left),
        str(stay.connection),
        stay.person == meeting.host,
        happened.is_registered(meeting, stay),
        email.lower() or None,
        name or None,
    )
