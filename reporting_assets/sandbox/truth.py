"""Writes down what really happened, straight from the simulation, so that figures can be checked against it.

Nothing here passes through the API side: no hidden identities, no delays, no rounding. Once a day is settled, what the
API shows of it must agree with these files. Who somebody is and what the API tells of them stand side by side, so that
unique people can be recounted with the identity that anybody behind the API can know.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets.sandbox import registrations
from reporting_assets.sandbox.calendar import OFFICES, epoch_day
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import History, open_history
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import Meeting, Session
from reporting_assets.sandbox.words import DEVICES
from reporting_assets.sandbox.zoom import participants

_INSTANT = pa.timestamp("us", tz="UTC")

PEOPLE = pa.schema(
    [
        ("person_id", pa.string()),
        ("is_guest", pa.bool_()),
        ("user_id", pa.string()),  # NULL for guests
        ("email", pa.string()),  # lower case; of guests too, whether the API tells it or not
        ("name", pa.string()),
        ("department", pa.string()),
        ("office", pa.string()),
        ("license", pa.int64()),
        ("deleted", pa.bool_()),  # as of the configuration's now
    ]
)
MEETINGS = pa.schema(
    [
        ("meeting_uuid", pa.string()),
        ("meeting_number", pa.string()),
        ("kind", pa.string()),  # meeting or webinar
        ("host_person_id", pa.string()),
        ("started_at", _INSTANT),
        ("ended_at", _INSTANT),
        ("scheduled_at", _INSTANT),
        ("scheduled_seconds", pa.int64()),  # NULL, as scheduled_at, where nobody scheduled it
        ("is_solo", pa.bool_()),
        ("people", pa.int64()),  # distinct persons who were inside, waiting room not counted
    ]
)
PRESENCE = pa.schema(
    [
        ("meeting_uuid", pa.string()),
        ("person_id", pa.string()),
        ("joined_at", _INSTANT),
        ("left_at", _INSTANT),
        ("connection_id", pa.string()),
        ("device", pa.string()),
        ("room", pa.string()),  # main, breakout or waiting
        ("breakout_room_id", pa.string()),
        ("told_user_id", pa.string()),  # what the API tells of the person on this row; NULL where it hides it
        ("told_registrant_id", pa.string()),  # by the medium-rate list; the report tells it where asked to
        ("told_email", pa.string()),  # lower case
        ("told_name", pa.string()),
    ]
)


def write(config: Config, directory: Path, first_day: date, last_day: date) -> None:
    """Write people, meetings and presence of the UTC days, both included, as Parquet files into `directory`.

    A meeting belongs to the day it starts on. People are all employees there ever were, and the guests of these days.
    """
    directory.mkdir(parents=True, exist_ok=True)
    history = open_history(config)
    guests: set[int] = set()
    with (
        pq.ParquetWriter(directory / "meetings.parquet", MEETINGS, compression="zstd") as meetings,
        pq.ParquetWriter(directory / "presence.parquet", PRESENCE, compression="zstd") as presence,
    ):
        for number in range(epoch_day(first_day), epoch_day(last_day) + 1):
            day = history.day(number).meetings
            guests.update(guest for meeting in day for guest in meeting.guests)
            _append(meetings, MEETINGS, (_meeting(history.organisation, meeting) for meeting in day))
            rows = ((meeting, place, row) for meeting in day for place, row in enumerate(history.rows(meeting)))
            _append(presence, PRESENCE, (_presence(history, *row) for row in rows))
    with pq.ParquetWriter(directory / "people.parquet", PEOPLE, compression="zstd") as people:
        _append(people, PEOPLE, _people(history.organisation, config.now_at_start(), sorted(guests)))


def _append(writer: pq.ParquetWriter, schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    writer.write_table(
        pa.table([pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)], schema)
    )


def _people(organisation: Organisation, now: int, guests: list[int]) -> Iterable[tuple[Any, ...]]:
    for person in organisation.people:
        yield (
            person.id,
            False,
            organisation.user_id(person.index),
            organisation.email(person.index),
            person.name,
            person.department,
            OFFICES[person.office].name,
            person.license,
            person.left <= now and person.is_deleted_on_leaving,
        )
    for index in guests:
        guest = organisation.guest(index)
        yield guest.id, True, None, guest.email, guest.name, None, None, None, False


def _meeting(organisation: Organisation, meeting: Meeting) -> tuple[Any, ...]:
    return (
        meeting.uuid,
        str(meeting.number),
        "webinar" if meeting.is_webinar else "meeting",
        organisation.people[meeting.host].id,
        _instant(meeting.started),
        _instant(meeting.ended),
        _instant(meeting.scheduled) if meeting.scheduled else None,
        meeting.scheduled_seconds if meeting.scheduled else None,
        meeting.people == 1,
        meeting.people,
    )


def _presence(history: History, meeting: Meeting, place: int, row: Session) -> tuple[Any, ...]:
    organisation = history.organisation
    user_id, name, email = participants.identity(organisation, meeting, row, place)
    return (
        meeting.uuid,
        organisation.people[row.person].id if row.person >= 0 else organisation.guest(-1 - row.person).id,
        _instant(row.joined),
        _instant(row.left),
        str(row.connection),
        DEVICES[row.device],
        row.room,
        str(row.room_id) if row.room_id else None,
        user_id or None,
        registrations.registrant_id(organisation, meeting, row.person) or None,
        email.lower() or None,
        name or None,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
