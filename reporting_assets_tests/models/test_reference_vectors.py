"""The reference cases of usage and attendance, run through the models and macros themselves.

Each suite runs at once, a case per meeting, and is compared as a whole, so that a failure shows every case that is off.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from reporting_assets_tests.models.warehouse import DAY, MONTH, Warehouse, at
from reporting_assets_tests.reference import vectors


def load(warehouse: Warehouse, cases: dict[str, list[dict[str, Any]]], **meeting: Any) -> None:
    """One meeting per case, with its joins; every row is a join of its own."""
    common = {"started_at": at(0), "ended_at": at(7200)} | meeting
    warehouse.meetings(*({"meeting_uuid": uuid, "meeting_number": uuid} | common for uuid in cases))
    rows = [
        {"meeting_uuid": uuid, "session_user_id": f"{uuid} {number}"} | row
        for uuid, joins in cases.items()
        for number, row in enumerate(joins)
    ]
    warehouse.joins(*rows)


def span(interval: list[int]) -> dict[str, datetime]:
    return {"joined_at": at(interval[0]), "left_at": at(interval[1])}


def test_peak_concurrent_connections(warehouse: Warehouse) -> None:
    cases = vectors("peak_concurrency_connections")
    load(warehouse, {case["id"]: [span(interval) for interval in case["intervals"]] for case in cases})
    rows = warehouse.run_day()["engagement.meeting_engagement"]
    peaks = {row["meeting_uuid"]: row["peak_concurrent_connections"] for row in rows}
    assert peaks == {case["id"]: case["expected_peak"] for case in cases}
    assert all(row["unique_participants"] >= 1 for row in rows), "a stay of no length is a participant all the same"


def test_peak_concurrent_people(warehouse: Warehouse) -> None:
    cases = vectors("peak_concurrency_people")
    joins = {
        case["id"]: [{"user_id": row["person"]} | span([row["join"], row["leave"]]) for row in case["rows"]]
        for case in cases
    }
    load(warehouse, joins)
    peaks = {
        row["meeting_uuid"]: (row["peak_concurrent_people"], row["peak_concurrent_connections"])
        for row in warehouse.run_day()["engagement.meeting_engagement"]
    }
    assert peaks == {case["id"]: (case["expected_peak_people"], case["expected_peak_connections"]) for case in cases}


def test_attended_seconds(warehouse: Warehouse) -> None:
    cases = vectors("attended_seconds")
    for case in cases:
        joins = [{"user_id": "u"} | span(segment) for segment in case["segments"]]
        if case["clip_start"] is None:
            load(warehouse, {case["id"]: joins})
        else:
            bounds = {"started_at": at(case["clip_start"]), "ended_at": at(case["clip_end"])}
            load(warehouse, {case["id"]: joins}, **bounds)
    rows = {row["meeting_uuid"]: row for row in warehouse.run_day()["core.attendance"]}
    found = {}
    for case in cases:
        row = rows[case["id"]]
        if case["clip_start"] is None:
            found[case["id"]] = row["attended_seconds"]
        else:
            found[case["id"]] = row["pct_of_actual"] / 100 * (case["clip_end"] - case["clip_start"])
    assert found == pytest.approx({case["id"]: case["expected_seconds"] for case in cases})


def test_merged_spans(warehouse: Warehouse) -> None:
    for case in vectors("attended_seconds"):
        warehouse.query(
            "CREATE OR REPLACE TABLE segments (scope INT, member INT, begins_at TIMESTAMPTZ, ends_at TIMESTAMPTZ)"
        )
        warehouse.con.executemany(
            "INSERT INTO segments VALUES (1, 1, ?, ?)", [[at(a), at(b)] for a, b in case["segments"]]
        )
        merged = warehouse.query(
            "SELECT epoch(begins_at), epoch(ends_at) FROM merged_spans('segments', INTERVAL 0 SECOND) ORDER BY ALL"
        )
        origin = at(0).timestamp()
        first = float("-inf") if case["clip_start"] is None else case["clip_start"]
        last = float("inf") if case["clip_end"] is None else case["clip_end"]
        clipped = [[max(begin - origin, first), min(end - origin, last)] for begin, end in merged]
        assert [[begin, end] for begin, end in clipped if end > begin] == case["expected_merged"], case["id"]


def test_attendance_status(warehouse: Warehouse) -> None:
    cases = vectors("attendance_status")
    by_macro = {}
    for case in cases:
        names = ("attended_seconds", "first_join_offset_seconds", "window_seconds")
        policy = ("present_pct", "partial_pct", "late_grace_seconds")
        [(status,)] = warehouse.con.execute(
            "SELECT attendance_status($1::BIGINT, $2::BIGINT, $3::BIGINT, $4::BIGINT, $5::BIGINT, $6::BIGINT)",
            [case[name] for name in (*names, *policy)],
        ).fetchall()
        by_macro[case["id"]] = status
    assert by_macro == {case["id"]: case["expected_status"] for case in cases}

    for case in cases:
        start = case["first_join_offset_seconds"]
        if start is None:
            continue  # nobody joined: there is no row
        warehouse.clear()
        load(warehouse, {"m": [span([start, start + case["attended_seconds"]])]}, ended_at=at(case["window_seconds"]))
        policy = {name: case[name] for name in ("present_pct", "partial_pct", "late_grace_seconds")}
        [row] = warehouse.run_day(**policy)["core.attendance"]
        assert row["attendance_status"] == case["expected_status"], case["id"]


def test_late_and_early(warehouse: Warehouse) -> None:
    for case in vectors("late_early"):
        warehouse.clear()
        meeting = {
            "platform": "zoom",
            "meeting_uuid": "m1",
            "logical_meeting_key": "m1",
            "kind": "scheduled",
            "scheduled_at": at(case["scheduled"][0]),
            "scheduled_end_at": at(case["scheduled"][1]),
            "started_at": at(case["actual"][0]),
            "ended_at": at(case["actual"][1]),
            "is_solo": False,
            "is_final": True,
        }
        warehouse.insert("core.meetings", [meeting])
        # A rejoin in between changes nothing: only the first join and the last leave count.
        middle = (case["first_join"] + case["last_leave"]) // 2
        stays = [[middle + 30, case["last_leave"]], [case["first_join"], middle]]
        warehouse.joins(*({"user_id": "u", "session_user_id": str(stay[0])} | span(stay) for stay in stays))
        policy = {"late_grace_seconds": case["late_grace"], "early_grace_seconds": case["early_grace"]}
        warehouse.run("core.participant_sessions", DAY)
        [row] = warehouse.run("core.attendance", DAY, **policy)
        assert (row["is_late"], row["is_early_leave"]) == (case["expected_is_late"], case["expected_is_early"]), case[
            "id"
        ]


def test_unique_participants(warehouse: Warehouse) -> None:
    cases = vectors("unique_participants")
    names = {
        "participant_user_id": "user_id",
        "user_email": "email",
        "registrant_id": "registrant_id",
        "user_id": "session_user_id",
        "name": "display_name",
        "status": "status",
    }
    joins = {
        case["id"]: [
            {names[name]: value for name, value in row.items()} | span([number, number + 60])
            for number, row in enumerate(case["rows"])
        ]
        for case in cases
    }
    load(warehouse, joins)
    rows = warehouse.run_day()["engagement.meeting_engagement"]
    assert {row["meeting_uuid"]: row["unique_participants"] for row in rows} == {
        case["id"]: case["expected_unique_people"] for case in cases
    }


def test_day_assignment(warehouse: Warehouse) -> None:
    for case in vectors("day_assignment"):
        found = warehouse.con.execute(
            """
            WITH meeting AS (SELECT $1::TIMESTAMPTZ AS begins_at, $2::TIMESTAMPTZ AS ends_at)
            SELECT CAST(local_date AS VARCHAR), seconds_between(begins_at, ends_at) / 60
            FROM spans_by_date('meeting', $3) ORDER BY local_date
            """,
            [case["start"], case["end"], case["timezone"]],
        ).fetchall()
        assert dict(found) == case["expected_minutes_by_date"], case["id"]
        assert found[0][0] == case["expected_meeting_date"], case["id"]


def test_monthly_stats(warehouse: Warehouse) -> None:
    """The same days once as the vendor's totals and once as ours must give the same ratios."""
    zeros = dict.fromkeys(
        (
            "logical_meetings",
            "solo_meetings",
            "meetings_not_final",
            "meetings_without_participants",
            "hosts",
            "unique_participants",
            "unique_participants_identified",
            "meeting_minutes",
            "peak_concurrent_meetings",
            "peak_concurrent_people",
        ),
        0,
    )
    for case in vectors("monthly_stats"):
        warehouse.clear()
        for number, totals in enumerate(case["dates"], start=1):
            day = date.fromisoformat(f"{MONTH}-{number:02}")
            known = {"meetings": totals["meetings"], "participant_joins": totals["participants"]}
            known |= {"person_minutes": totals["meeting_minutes"]}
            warehouse.insert("zoom.daily_usage", [{"usage_date": day} | known])
            warehouse.insert("utilization.account_daily", [{"dt": day, "platform": "zoom"} | zeros | known])
        nothing = dict.fromkeys(("meetings", "participant_joins", "person_minutes"), 0)
        for number in range(len(case["dates"]) + 1, 32):  # the rest of a whole month, on which nobody met
            day = date.fromisoformat(f"{MONTH}-{number:02}")
            warehouse.insert("utilization.account_daily", [{"dt": day, "platform": "zoom"} | zeros | nothing])
        [row] = warehouse.run("utilization.account_monthly", MONTH)
        expected = case["expected"]
        assert row["person_minutes_per_meeting"] == expected["person_minutes_per_meeting"], case["id"]
        assert row["vendor_person_minutes_per_meeting"] == expected["person_minutes_per_meeting"], case["id"]
        if "peak_day" in expected:
            assert row["peak_day"] == expected["peak_day"], case["id"]
        if "total_meetings" in expected:
            assert (row["meetings"], row["person_minutes"]) == (
                expected["total_meetings"],
                expected["total_person_minutes"],
            )
            assert row["meetings_difference_rate"] == 0


@pytest.mark.parametrize("suite", ["logical_meeting_stitching", "stitching_running_max"])
def test_logical_meetings(warehouse: Warehouse, suite: str) -> None:
    for case in vectors(suite):
        warehouse.clear()
        warehouse.meetings(
            *(
                {"meeting_uuid": uuid, "started_at": at(start), "ended_at": None if end is None else at(end)}
                for uuid, start, end in reversed(case["sessions"])
            )
        )
        clusters: dict[str, list[str]] = {}
        rows = warehouse.run("core.meetings", DAY, stitch_gap_seconds=case["gap_seconds"])
        for row in sorted(rows, key=lambda row: row["started_at"]):
            clusters.setdefault(row["logical_meeting_key"], []).append(row["meeting_uuid"])
        assert list(clusters.values()) == case["expected_clusters"], case.get("id", suite)
        assert all(key == uuids[0] for key, uuids in clusters.items())
