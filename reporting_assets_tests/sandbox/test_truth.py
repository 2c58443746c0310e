"""The ground truth agrees with an independent recount, over HTTP, of a settled day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets_tests.sandbox.client import Api, twice
from reporting_assets_tests.sandbox.conftest import NOW

pytestmark = pytest.mark.integration
DAY = date(2026, 11, 10)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    directory: Path = tmp_path_factory.mktemp("truth")
    truth.write(Config(now=NOW), directory, DAY, DAY)
    return {
        name: pq.read_table(directory / f"{name}.parquet").to_pylist() for name in ("people", "meetings", "presence")
    }


@pytest.fixture(scope="module")
def listed(api: Api) -> dict[str, dict[str, Any]]:
    """Meetings of the UTC day as the dashboards list them, by UUID, with the listing they stood in."""
    return {
        row["uuid"]: {**row, "kind": kind}
        for kind in ("past", "pastOne")
        for row in api.meetings("2026-11-09", "2026-11-11", kind)
        if row["start_time"][:10] == DAY.isoformat()
    }


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def test_meetings_agree(written: dict[str, Rows], listed: dict[str, dict[str, Any]]) -> None:
    meetings = {row["meeting_uuid"]: row for row in written["meetings"] if row["kind"] == "meeting"}
    email = {row["person_id"]: row["email"] for row in written["people"]}
    assert meetings.keys() == listed.keys()
    assert len(meetings) > 50
    for uuid, row in meetings.items():
        shown = listed[uuid]
        assert row["meeting_number"] == str(shown["id"])
        assert (row["started_at"], row["ended_at"]) == (instant(shown["start_time"]), instant(shown["end_time"]))
        assert row["is_solo"] == (shown["kind"] == "pastOne") == (row["people"] == 1)
        assert email[row["host_person_id"]] == shown["email"]


def test_presence_agrees_row_by_row(written: dict[str, Rows], listed: dict[str, dict[str, Any]], api: Api) -> None:
    people = {row["person_id"]: row for row in written["people"]}
    expected: dict[str, Rows] = {}
    for row in written["presence"]:
        expected.setdefault(row["meeting_uuid"], []).append(row)
    identified = hidden = 0
    for uuid, meeting in listed.items():
        kind = "report/meetings" if meeting["kind"] == "past" else "past_meetings"
        shown = api.all(f"/{kind}/{twice(uuid)}/participants", "participants", page_size=300)
        truths = {
            (row["connection_id"], row["joined_at"], row["left_at"], row["room"], row["breakout_room_id"]): row
            for row in expected[uuid]
        }
        assert len(shown) == len(expected[uuid]) == len(truths)
        inside = set()
        for row in shown:
            room = "waiting" if row["status"] == "in_waiting_room" else "breakout" if "bo_mtg_id" in row else "main"
            joined, left = instant(row["join_time"]), instant(row["leave_time"])
            true = truths[row["user_id"], joined, left, room, row.get("bo_mtg_id")]
            assert row["duration"] == (left - joined).total_seconds()
            person = people[true["person_id"]]
            assert row["id"] in ("", person["user_id"])
            assert row["user_email"].lower() in ("", person["email"])
            told = (row["id"] or None, row["name"], row["user_email"].lower() or None)
            assert told == (true["told_user_id"], true["told_name"], true["told_email"])
            if meeting["kind"] == "pastOne":  # from the list that tells registrations unasked
                assert (row["registrant_id"] or None) == true["told_registrant_id"]
            identified += bool(row["id"])
            hidden += not row["id"] and not row["user_email"]
            if room != "waiting":
                inside.add(true["person_id"])
        counted = next(row["people"] for row in written["meetings"] if row["meeting_uuid"] == uuid)
        assert counted == len(inside)
    assert identified > hidden > 0


def test_people_agree_with_the_accounts(written: dict[str, Rows], api: Api) -> None:
    listed = {
        user["id"]
        for status in ("active", "inactive")
        for user in api.all("/users", "users", status=status, page_size=300)
    }
    employees = {row["user_id"]: row for row in written["people"] if not row["is_guest"]}
    assert listed <= employees.keys()
    assert not any(employees[user]["deleted"] for user in listed)
    assert any(row["deleted"] for row in employees.values())
    guests = {row["person_id"] for row in written["people"] if row["is_guest"]}
    assert {row["person_id"] for row in written["presence"] if row["person_id"].startswith("guest-")} <= guests


def test_webinars_are_told_apart(tmp_path: Path) -> None:
    truth.write(Config(now=NOW, users=2000), tmp_path, DAY, DAY)
    kinds = [row["kind"] for row in pq.read_table(tmp_path / "meetings.parquet").to_pylist()]
    assert kinds.count("webinar") > 2
    assert kinds.count("meeting") > 800


def test_same_configuration_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        truth.write(Config(now=NOW), tmp_path / name, DAY, date(2026, 11, 11))
    for name in ("people", "meetings", "presence"):
        one, other = (tmp_path / folder / f"{name}.parquet" for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()
