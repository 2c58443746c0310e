"""Webex's ground truth agrees with what its reports show of a settled day."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets_tests.sandbox.webex.conftest import NOW, Webex

pytestmark = pytest.mark.integration
FROM, TO = "2026-11-10T00:00:00Z", "2026-11-10T23:59:59Z"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_meetings_and_stays_agree(webex: Webex, tmp_path: Path) -> None:
    truth.write(Config(users=60, now=NOW), tmp_path, date(2026, 11, 10), date(2026, 11, 10))
    true: dict[str, list[dict[str, Any]]] = {
        name: pq.read_table(tmp_path / f"{name}.parquet").to_pylist()
        for name in ("people", "webex_meetings", "webex_presence")
    }
    people = {row["person_id"]: row for row in true["people"]}
    meetings = {row["meeting_uuid"]: row for row in true["webex_meetings"]}
    shown = {row["meetingId"]: row for row in webex.usage(FROM, TO)}
    assert meetings.keys() == shown.keys()
    assert len(meetings) >= 5
    hidden = 0
    for uuid, meeting in meetings.items():
        listed = shown[uuid]
        assert (meeting["started_at"], meeting["ended_at"]) == (instant(listed["start"]), instant(listed["end"]))
        assert (meeting["meeting_number"], meeting["people"]) == (listed["meetingNumber"], listed["totalParticipants"])
        assert (meeting["kind"], meeting["service_type"]) == (listed["scheduledType"], listed["serviceType"])
        assert people[meeting["host_person_id"]]["email"] == listed["hostEmail"].lower()
        attendees = webex.all(
            "/meetingReports/attendees",
            siteUrl=listed["_site"],
            meetingId=uuid,
            from_="2026-11-10T00:00:00Z",
            to="2026-11-13T00:00:00Z",
            max=1000,
        )
        told = {
            (instant(one["joinedTime"]), instant(one["leftTime"]), one["displayName"], one["email"].lower() or None)
            for one in attendees
        }
        stays = [row for row in true["webex_presence"] if row["meeting_uuid"] == uuid]
        assert told == {(row["joined_at"], row["left_at"], row["told_name"], row["told_email"]) for row in stays}
        assert len(attendees) == len(stays)
        for row in stays:
            assert row["told_email"] in (None, people[row["person_id"]]["email"])
            hidden += row["told_email"] is None
    assert hidden, "somebody dialled in from a telephone that nobody knows"
