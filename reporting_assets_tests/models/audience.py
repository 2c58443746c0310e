"""Webinars and what their audiences do, as rows to insert: `core` rows for who was there, Zoom's rows for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse, at

UUID = "w1"
TABLES = (
    "engagement.poll_results",
    "engagement.survey_results",
    "engagement.qa_threads",
    "engagement.webinar_attendee_engagement",
    "engagement.webinar_engagement",
)
Row = dict[str, Any]


def webinar(warehouse: Warehouse, uuid: str = UUID, seconds: int | None = 3600, **more: Any) -> None:
    """A webinar that was registered for with Zoom's dashboards, unless `more` says otherwise."""
    known = {
        "webinar_uuid": uuid,
        "webinar_number": "900",
        "host_email": "host@x.com",
        "started_at": BASE,
        "ended_at": None if seconds is None else BASE + timedelta(seconds=seconds),
    }
    warehouse.insert("zoom.webinars", [{"dt": date.fromisoformat(DAY), **known, **more}])


def joins(warehouse: Warehouse, *rows: Mapping[str, Any], uuid: str = UUID) -> None:
    """Joins; `join` and `leave` are seconds after the start."""
    common = {"dt": date.fromisoformat(DAY), "webinar_uuid": uuid, "webinar_started_at": BASE, "status": "in_meeting"}
    warehouse.insert(
        "zoom.webinar_participants",
        [
            {
                **common,
                "session_user_id": f"{uuid} {number}",
                "joined_at": at(row["join"]),
                "left_at": at(row["leave"]),
                **{name: value for name, value in row.items() if name not in ("join", "leave")},
            }
            for number, row in enumerate(rows)
        ],
    )


def absent(warehouse: Warehouse, *emails: str, uuid: str = UUID, **more: Any) -> None:
    """Registrants who did not come, by address."""
    common = {"dt": date.fromisoformat(DAY), "webinar_uuid": uuid, "webinar_started_at": BASE}
    warehouse.insert(
        "zoom.webinar_absentees",
        [{**common, "registrant_id": f"absent {email}", "email": email, **more} for email in emails],
    )


def poll(warehouse: Warehouse, *rows: Mapping[str, Any], uuid: str = UUID, noun: str = "webinar") -> None:
    """Answers to polls: `who` is a place or an address, `second` when it was answered."""
    _answers(warehouse, f"zoom.{noun}_polls", {"poll_id": "p1"}, rows, uuid, noun)


def survey(warehouse: Warehouse, *rows: Mapping[str, Any], uuid: str = UUID, noun: str = "webinar") -> None:
    """Answers to the survey, as to polls."""
    _answers(warehouse, f"zoom.{noun}_survey", {"survey_id": "s1", "question_id": "q1"}, rows, uuid, noun)


def _answers(
    warehouse: Warehouse, table: str, defaults: Row, rows: tuple[Mapping[str, Any], ...], uuid: str, noun: str
) -> None:
    places: dict[Any, int] = {}
    counts: dict[int, int] = {}
    found = []
    for row in rows:
        who = row.get("who", "a@x")
        place = places.setdefault(who, len(places))
        counts[place] = counts.get(place, -1) + 1
        found.append(
            {
                "dt": date.fromisoformat(DAY),
                f"{noun}_uuid": uuid,
                f"{noun}_started_at": BASE,
                "respondent_place": place,
                "answer_place": counts[place],
                "email": who if isinstance(who, str) else None,
                "answered_at": at(row.get("second", 60)),
                **defaults,
                **{name: value for name, value in row.items() if name not in ("who", "second")},
            }
        )
    warehouse.insert(table, found)


def question(
    warehouse: Warehouse, place: int, *replies: tuple[str, int], uuid: str = UUID, noun: str = "webinar", **more: Any
) -> None:
    """A question; each reply is its type and the second at which it came."""
    answers = [
        {
            "user_id": None,
            "email": None,
            "display_name": None,
            "answer_type": kind,
            "content": None,
            "answered_at": at(second),
        }
        for kind, second in replies
    ]
    row = {
        "dt": date.fromisoformat(DAY),
        f"{noun}_uuid": uuid,
        f"{noun}_started_at": BASE,
        "asker_place": place,
        "question_place": 0,
        "asked_at": at(60),
        "question_status": "open",
        "answers": answers,
    }
    warehouse.insert(f"zoom.{noun}_qa", [{**row, **more}])


def run(warehouse: Warehouse, **parameters: int) -> dict[str, list[Row]]:
    """Derive everything about webinars of the day."""
    for name in ("core.meetings", "core.participant_sessions", "core.attendance", "core.webinars"):
        warehouse.run(name)
    return {name: warehouse.run(name, **parameters) for name in TABLES}
