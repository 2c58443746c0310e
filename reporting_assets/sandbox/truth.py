"""Writes down what really happened, straight from the simulation, so that figures can be checked against it.

Nothing here passes through the API side: no hidden identities, no delays, no rounding. Once a day is settled, what the
API shows of it must agree with these files. Who somebody is and what the API tells of them stand side by side, so that
unique people can be recounted with the identity that anybody behind the API can know.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets.sandbox import interaction, registrations
from reporting_assets.sandbox.calendar import OFFICES, epoch_day
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.history import History, open_history
from reporting_assets.sandbox.interaction import Answered, Asked, Reply
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import Meeting, Session
from reporting_assets.sandbox.truth_files import INSTANT, append, instant, person_id
from reporting_assets.sandbox.webex import truth as webex_truth
from reporting_assets.sandbox.words import DEVICES
from reporting_assets.sandbox.zoom import participants

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
        ("started_at", INSTANT),
        ("ended_at", INSTANT),
        ("scheduled_at", INSTANT),
        ("scheduled_seconds", pa.int64()),  # NULL, as scheduled_at, where nobody scheduled it
        ("is_solo", pa.bool_()),
        ("people", pa.int64()),  # distinct persons who were inside, waiting room not counted
    ]
)
PRESENCE = pa.schema(
    [
        ("meeting_uuid", pa.string()),
        ("person_id", pa.string()),
        ("joined_at", INSTANT),
        ("left_at", INSTANT),
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
REGISTRATIONS = pa.schema(
    [
        ("meeting_uuid", pa.string()),
        ("registrant_id", pa.string()),
        ("person_id", pa.string()),
        ("has_come", pa.bool_()),  # into the waiting room is enough
    ]
)
INTERACTIONS = pa.schema(
    [
        ("meeting_uuid", pa.string()),
        ("kind", pa.string()),  # poll, survey, question or reply
        ("person_id", pa.string()),
        ("at", INSTANT),
        ("form_id", pa.string()),  # the poll, the survey's question, or the question asked or replied to
        ("question", pa.string()),
        ("text", pa.string()),  # the answer or reply; NULL for questions
        ("is_anonymous", pa.bool_()),
        ("told_user_id", pa.string()),  # as in presence; NULL for the anonymous
        ("told_email", pa.string()),
        ("told_name", pa.string()),
    ]
)


def write(config: Config, directory: Path, first_day: date, last_day: date) -> None:
    """Write what happened on the UTC days, both included, as Parquet files into `directory`.

    The files are people, meetings, presence, registrations and interactions, and of Webex, which is another stream of
    meetings among the same people, webex_meetings and webex_presence. A meeting belongs to the day it starts on.
    People are all employees there ever were, and the guests of these days.
    """
    directory.mkdir(parents=True, exist_ok=True)
    history = open_history(config)
    days = range(epoch_day(first_day), epoch_day(last_day) + 1)
    guests = webex_truth.write(history, directory, days)
    with (
        pq.ParquetWriter(directory / "meetings.parquet", MEETINGS, compression="zstd") as meetings,
        pq.ParquetWriter(directory / "presence.parquet", PRESENCE, compression="zstd") as presence,
        pq.ParquetWriter(directory / "registrations.parquet", REGISTRATIONS, compression="zstd") as registered,
        pq.ParquetWriter(directory / "interactions.parquet", INTERACTIONS, compression="zstd") as interactions,
    ):
        for number in days:
            day = history.day(number).meetings
            absent = {meeting.uuid: registrations.absentees(history.organisation, meeting) for meeting in day}
            guests.update(guest for meeting in day for guest in meeting.guests)
            guests.update(-1 - person for persons in absent.values() for person in persons if person < 0)
            append(meetings, MEETINGS, (_meeting(history.organisation, meeting) for meeting in day))
            rows = ((meeting, place, row) for meeting in day for place, row in enumerate(history.rows(meeting)))
            append(presence, PRESENCE, (_presence(history, *row) for row in rows))
            forms = (row for meeting in day for row in _registrations(history, meeting, absent[meeting.uuid]))
            append(registered, REGISTRATIONS, forms)
            append(interactions, INTERACTIONS, (row for meeting in day for row in _interactions(history, meeting)))
    with pq.ParquetWriter(directory / "people.parquet", PEOPLE, compression="zstd") as people:
        append(people, PEOPLE, _people(history.organisation, config.now_at_start(), sorted(guests)))


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
        instant(meeting.started),
        instant(meeting.ended),
        instant(meeting.scheduled) if meeting.scheduled else None,
        meeting.scheduled_seconds if meeting.scheduled else None,
        meeting.people == 1,
        meeting.people,
    )


def _presence(history: History, meeting: Meeting, place: int, row: Session) -> tuple[Any, ...]:
    organisation = history.organisation
    user_id, name, email = participants.identity(organisation, meeting, row, place)
    return (
        meeting.uuid,
        person_id(organisation, row.person),
        instant(row.joined),
        instant(row.left),
        str(row.connection),
        DEVICES[row.device],
        row.room,
        str(row.room_id) if row.room_id else None,
        user_id or None,
        registrations.registrant_id(organisation, meeting, row.person) or None,
        email.lower() or None,
        name or None,
    )


def _registrations(history: History, meeting: Meeting, absent: list[int]) -> Iterable[tuple[Any, ...]]:
    organisation = history.organisation
    came = {row.person for row in history.rows(meeting)} if registrations.requires_registration(meeting) else set()
    for person, has_come in (*((one, True) for one in sorted(came)), *((one, False) for one in absent)):
        registrant = registrations.registrant_id(organisation, meeting, person)
        if registrant:
            yield meeting.uuid, registrant, person_id(organisation, person), has_come


def _interactions(history: History, meeting: Meeting) -> Iterable[tuple[Any, ...]]:
    rows = history.rows(meeting)

    def written(
        kind: str, one: Answered | Asked | Reply, form: str, question: str, text: str | None, is_anonymous: bool = False
    ) -> tuple[Any, ...]:
        told = participants.identity(history.organisation, meeting, one.row, one.place)
        user_id, name, email = ("", "", "") if is_anonymous else told
        person = person_id(history.organisation, one.row.person)
        who = (user_id or None, email.lower() or None, name or None)
        return (meeting.uuid, kind, person, instant(one.at), form, question, text, is_anonymous, *who)

    for one in interaction.poll_answers(meeting, rows):
        yield written("poll", one, one.form, one.question, one.answer, one.is_anonymous)
    for one in interaction.survey_answers(meeting, rows):
        yield written("survey", one, one.form, one.question, one.answer, one.is_anonymous)
    for asked in interaction.questions(meeting, rows):
        yield written("question", asked, asked.id, asked.question, None, asked.is_anonymous)
        for reply in asked.replies:
            yield written("reply", reply, asked.id, asked.question, reply.text)
