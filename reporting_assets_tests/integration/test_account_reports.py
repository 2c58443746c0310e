"""Rooms, telephone, ports, recordings, bills, the audit log and series, from the API to the tables.

The expected rows are counted again in plain Python from what the sandbox answers to another client, over wider windows
than the product asks for and cut by UTC moments here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.zoom_telephone import METRICS_CRC
from reporting_assets.orchestration.work import Work
from reporting_assets.sources.errors import RangeClampedError
from reporting_assets.sources.model import Request
from reporting_assets_tests.integration import harness
from reporting_assets_tests.sandbox.client import Api

pytestmark = pytest.mark.integration

DAYS = ("2026-11-10", "2026-11-11", "2026-11-12")
WIDE = {"from_": "2026-11-08", "to": "2026-11-14", "page_size": 300}
PAST, RUNNING = "2026-10", "2026-11"
OF_ROOMS = ("rooms", "room_meetings", "room_issues", "room_issue_ranking", "issue_ranking")
DAILY = (*OF_ROOMS, "telephone", "crc_ports", "operation_logs", "meetings", "webinars")
MONTHLY = ("cloud_recording", "billing", "billing_invoices", "meeting_instances", "webinar_instances")
FULL: dict[str, Any] = {"reporting_privacy": "full"}
PSEUDONYMOUS: dict[str, Any] = {
    "reporting_privacy": "pseudonymous",
    "reporting_pseudonym_key": "0123456789abcdef0123456789abcdef",
}
SIZES = {"KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
Row = dict[str, Any]


class Lake:
    """A lake that holds all these tables, and another client of the sandbox it was filled from."""

    def __init__(self, work: Work, api: Api) -> None:
        self.work, self.api = work, api
        for keys, names in ((DAYS, DAILY), ((PAST, RUNNING), MONTHLY[:3]), ((RUNNING,), MONTHLY[3:])):
            for name in names:
                done = harness.ingest(work, f"zoom.{name}", keys)
                assert not done.failures, done.failures
                assert not any(one.facts["undated_rows"] for one in done.committed)
        self.asked = harness.reports_asked(api.running)

    def rows(self, name: str, *keys: str) -> list[Row]:
        return [row for key in keys or DAYS for row in harness.rows(self.work, f"zoom.{name}", key).to_pylist()]

    def calls(self, path: str) -> list[str]:
        """Queries of the calls of this path that were made to fill the lake."""
        return [query for asked, query in self.asked if asked == f"/v2{path}"]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with harness.sandbox(users=100) as running:
        yield Api(running)


@pytest.fixture(scope="module")
def lake(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(harness.work_for(api.running, tmp_path_factory.mktemp("full"), **FULL), api)


@pytest.fixture(scope="module")
def hidden(api: Api, lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same under pseudonyms."""
    return Lake(harness.work_for(api.running, tmp_path_factory.mktemp("hidden"), **PSEUDONYMOUS), api)


def counted(rows: Iterable[Row], *names: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in names) for row in rows)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def is_asked_for(moment: str) -> bool:
    return moment[:10] in DAYS


def rooms(api: Api) -> list[Row]:
    return api.all("/metrics/zoomrooms", "zoom_rooms")


def test_rooms_are_those_of_the_account_with_what_is_wrong_with_them(lake: Lake) -> None:
    listed = rooms(lake.api)
    assert len(listed) == 4
    expected = Counter(
        (
            room["id"],
            room["room_name"],
            room["calender_name"] or None,
            room["device_ip"].split(" : ")[1],
            room["camera"] or None,
            room["status"],
            tuple(room["issues"]),
            at(room["last_start_time"]),
        )
        for room in listed
    )
    for day in DAYS:
        found = lake.rows("rooms", day)
        for row in found:
            row["issues"] = tuple(issue["issue"] for issue in row["issues"])
        assert expected == counted(
            found,
            "room_id",
            "room_name",
            "calendar_name",
            "device_ip",
            "camera",
            "status",
            "issues",
            "last_started_at",
        )


def test_meetings_of_rooms_are_those_that_the_rooms_list(lake: Lake) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for room in rooms(lake.api):
        answer = lake.api.ok(f"/metrics/zoomrooms/{room['id']}", **WIDE)["past_meetings"]
        assert not answer["next_page_token"]
        for meeting in answer["meetings"]:
            if is_asked_for(meeting["start_time"]):
                *hours, minutes, seconds = map(int, meeting["duration"].split(":"))
                length = sum(hours) * 3600 + minutes * 60 + seconds
                begin, end = at(meeting["start_time"]), at(meeting["end_time"])
                expected[room["id"], room["room_name"], meeting["uuid"], meeting["topic"], begin, end, length] += 1
    names = ("room_id", "room_name", "meeting_uuid", "topic", "started_at", "ended_at", "vendor_duration_seconds")
    found = lake.rows("room_meetings")
    assert counted(found, *names) == expected
    assert len(expected) > 20
    assert all(row["dt"] == row["started_at"].date() for row in found)
    assert {row["meeting_uuid"] for row in found} <= {row["meeting_uuid"] for row in lake.rows("meetings")}
    assert all(row["_extra"] is None for row in found), "every field of the room and its meetings has a column"
    for room in rooms(lake.api):
        assert len(lake.calls(f"/metrics/zoomrooms/{room['id']}")) == 1, "one call per room for the whole range"


def test_issues_are_those_of_every_room(lake: Lake) -> None:
    expected = Counter(
        (room["id"], at(issue["time"]), issue["issue"])
        for room in rooms(lake.api)
        for issue in lake.api.ok(f"/metrics/issues/zoomrooms/{room['id']}", **WIDE)["issue_details"]
        if is_asked_for(issue["time"])
    )
    assert expected
    assert counted(lake.rows("room_issues"), "room_id", "occurred_at", "issue") == expected


def test_rankings_are_zooms_own_of_each_day_in_its_order(lake: Lake) -> None:
    ranked = 0
    for day in DAYS:
        window = {"from_": day, "to": day}
        worst = lake.api.ok("/metrics/issues/zoomrooms", **window)["zoom_rooms"]
        found = sorted(lake.rows("room_issue_ranking", day), key=lambda row: row["place"])
        assert [(row["place"], row["room_id"], row["issues"]) for row in found] == [
            (place, room["id"], room["issues_count"]) for place, room in enumerate(worst)
        ]
        kinds = lake.api.ok("/metrics/zoomrooms/issues", **window)["issues"]
        found = sorted(lake.rows("issue_ranking", day), key=lambda row: row["place"])
        assert [(row["issue"], row["rooms"]) for row in found] == [
            (issue["issue_name"], issue["zoom_rooms_count"]) for issue in kinds
        ]
        ranked += len(worst)
    assert ranked


def legs(api: Api, window: Row) -> list[tuple[int, Row]]:
    return [
        (int(audio), leg)
        for audio in ("1", "2", "3")
        for leg in api.all("/report/telephone", "telephony_usage", **window, type=audio)
        if is_asked_for(leg["start_time"])
    ]


def test_telephone_legs_are_all_there_with_what_they_cost(lake: Lake) -> None:
    expected = Counter(
        (
            audio,
            leg["type"],
            leg["uuid"],
            leg["phone_number"],
            leg["call_in_number"],
            at(leg["start_time"]),
            at(leg["end_time"]),
            leg["duration"],
            leg["rate"],
            Decimal(str(leg["total"])),
        )
        for audio, leg in legs(lake.api, WIDE)
    )
    names = ("audio_type", "call_type", "meeting_uuid", "phone_number", "call_in_number", "started_at", "ended_at")
    found = lake.rows("telephone")
    assert counted(found, *names, "billed_minutes", "rate_usd", "cost_usd") == expected
    assert {row["audio_type"] for row in found} == {1, 2, 3}
    assert sum(row["cost_usd"] for row in found) > 0
    assert all(row["dt"] == row["started_at"].date() for row in found)


def test_legs_that_look_alike_are_all_kept_whatever_is_hidden(tmp_path: Path) -> None:
    day = "2026-11-10"
    with harness.sandbox(users=600) as running:
        api = Api(running)
        told = [str(one) for one in legs(api, WIDE) if one[1]["start_time"][:10] == day]
        assert max(Counter(told).values()) > 1, "two lines of one switchboard"
        for number, settings in enumerate((FULL, {}, PSEUDONYMOUS)):
            work = harness.work_for(running, tmp_path / str(number), **settings)
            done = harness.ingest(work, "zoom.telephone", [day])
            assert done.facts["duplicate_rows"] == 0
            assert harness.rows(work, "zoom.telephone", day).num_rows == len(told)
            first = harness.stored(work, "zoom.telephone", day)
            harness.ingest(work, "zoom.telephone", [day], from_landing=True)
            assert harness.stored(work, "zoom.telephone", day) == first


def test_ports_are_zooms_hours_as_numbers(lake: Lake) -> None:
    usage = lake.api.ok("/metrics/crc", from_=DAYS[0], to=DAYS[-1])["crc_ports_usage"]
    expected = Counter(
        (date.fromisoformat(day["date_time"]), int(hour["hour"]), hour["max_usage"], hour["total_usage"])
        for day in usage
        for hour in day["crc_ports_hour_usage"]
    )
    found = lake.rows("crc_ports")
    assert len(expected) == 24 * len(DAYS)
    assert counted(found, "usage_date", "hour", "max_ports", "connections") == expected
    assert sum(row["connections"] for row in found) > 0
    assert all(row["dt"] == row["usage_date"] for row in found)


def test_a_range_that_the_vendor_cuts_short_is_refused(lake: Lake) -> None:
    request = Request(METRICS_CRC, params={"from": "2026-08-01", "to": "2026-10-31"})
    with (
        closing(lake.work.connect()) as client,
        pytest.raises(RangeClampedError, match=r"asked from 2026-08-01.* from 2026-10-01"),
    ):
        list(client.pages(request))


def test_storage_is_in_bytes_and_a_running_month_ends_yesterday(lake: Lake) -> None:
    for month, last in ((PAST, 31), (RUNNING, 19)):
        window = {"from_": f"{month}-01", "to": f"{month}-{last}"}
        days = lake.api.ok("/report/cloud_recording", **window)["cloud_recording_storage"]
        found = lake.rows("cloud_recording", month)
        assert [row["usage_date"].isoformat() for row in found] == [f"{month}-{day:02}" for day in range(1, last + 1)]
        for row, day in zip(found, days, strict=True):
            size, unit = day["usage"].split()
            assert row["used_bytes"] == pytest.approx(float(size) * SIZES[unit], abs=1)
            assert row["used_text"] == day["usage"]
            assert row["plan_bytes"] == 3 * 2**40
            assert (row["free_bytes"], row["free_text"]) == (None, "Unlimited")


def test_bills_stand_in_the_month_they_begin_and_equal_their_invoices(lake: Lake) -> None:
    bills = {bill["start_date"][:7]: bill for bill in lake.api.ok("/report/billing")["billing_reports"]}
    assert len(bills) > 10
    for month in (PAST, RUNNING):
        (row,) = lake.rows("billing", month)
        bill = bills[month]
        assert (row["billing_id"], row["currency"]) == (bill["id"], "USD")
        assert (row["total_amount"], row["tax_amount"]) == (Decimal(bill["total_amount"]), Decimal(bill["tax_amount"]))
        assert f"{row['period_start_date']} {row['period_end_date']}" == f"{bill['start_date']} {bill['end_date']}"

        lines = lake.api.ok("/report/billing/invoices", billing_id=bill["id"])["invoices"]
        found = lake.rows("billing_invoices", month)
        assert [
            (one["line"], one["invoice_number"], one["charge_name"], one["quantity"], one["total_amount"])
            for one in found
        ] == [
            (place, one["invoice_number"], one["invoice_charge_name"], one["quantity"], Decimal(one["total_amount"]))
            for place, one in enumerate(lines)
        ]
        assert {(one["billing_id"], one["currency"]) for one in found} == {(bill["id"], "USD")}
        assert sum(one["total_amount"] for one in found) == row["total_amount"]
        assert sum(one["tax_amount"] for one in found) == row["tax_amount"]
    assert len(lake.calls("/report/billing")) == 1, "one call has all months"
    assert len(lake.calls("/report/billing/invoices")) == 2, "only the bills of the months asked for"


def entries(api: Api, days: Sequence[str]) -> list[Row]:
    listed = api.all("/report/operationlogs", "operation_logs", **WIDE)
    return [entry for entry in listed if entry["time"][:10] in days]


def test_the_audit_log_has_every_entry_once(lake: Lake) -> None:
    expected = Counter(
        (at(one["time"]), one["operator"], one["category_type"], one["action"], one["operation_detail"])
        for one in entries(lake.api, DAYS)
    )
    assert len(expected) > 10
    found = lake.rows("operation_logs")
    assert counted(found, "occurred_at", "operator", "category", "action", "operation_detail") == expected


def test_a_bulk_change_is_whole_although_what_tells_its_entries_apart_is_hidden(tmp_path: Path) -> None:
    """More entries than a page holds, of one second, one operator and one action."""
    with harness.sandbox(users=2500) as running:
        api = Api(running)
        listed = api.all("/report/operationlogs", "operation_logs", **WIDE)
        alike = Counter((one["time"], one["operator"], one["category_type"], one["action"]) for one in listed)
        (moment, *_), count = alike.most_common(1)[0]
        assert count > 300
        day = moment[:10]
        work = harness.work_for(running, tmp_path)
        harness.ingest(work, "zoom.operation_logs", [day])
        found = harness.rows(work, "zoom.operation_logs", day).to_pylist()
        assert len(found) == sum(one["time"][:10] == day for one in listed)
        assert sorted(row["twin"] for row in found if row["occurred_at"] == at(moment))[-1] >= count - 1
        assert all(row["operation_detail"] is None for row in found)


def test_entries_that_come_again_on_the_next_page_are_not_taken_for_others(tmp_path: Path) -> None:
    """The list grows while it is read, so that each page begins with the row that ended the one before."""
    with harness.sandbox(users=11_000, faults=("shift:1.0",)) as running:
        work = harness.work_for(running, tmp_path, **FULL)
        assert not harness.ingest(work, "zoom.operation_logs", DAYS).failures
        repeated = 0
        for day in DAYS:
            pages = Api(running).pages("/report/operationlogs", **(WIDE | {"from_": day, "to": day}))
            repeated += len(pages) - 1
    with harness.sandbox(users=11_000) as running:
        told = entries(Api(running), DAYS)
    assert repeated > 2
    assert sum(harness.rows(work, "zoom.operation_logs", day).num_rows for day in DAYS) == len(told)


@pytest.mark.parametrize(("noun", "segment"), [("meeting", "past_meetings"), ("webinar", "past_webinars")])
def test_instances_are_those_of_the_series_of_the_month(lake: Lake, noun: str, segment: str) -> None:
    starts: dict[str, int] = defaultdict(int)
    for row in lake.rows(f"{noun}s"):
        starts[row[f"{noun}_number"]] += 1
    series = {number for number, count in starts.items() if count > 1 or noun == "webinar"}
    assert series
    asked = {
        path.split("/")[3]
        for path, _ in lake.asked
        if path.startswith(f"/v2/{segment}/") and path.endswith("instances")
    }
    assert asked == series
    expected = Counter(
        (number, instance["uuid"], at(instance["start_time"]))
        for number in series
        for instance in lake.api.ok(f"/{segment}/{number}/instances")[f"{noun}s"]
        if instance["start_time"].startswith(RUNNING)
    )
    found = lake.rows(f"{noun}_instances", RUNNING)
    assert counted(found, f"{noun}_number", f"{noun}_uuid", "started_at") == expected
    if noun == "meeting":
        assert len(series) > 5
        assert len(found) > sum(starts[number] for number in series), "and those of the month's other days"


def test_pseudonyms_hide_people_and_keep_every_row(lake: Lake, hidden: Lake) -> None:
    for name in DAILY:
        assert len(hidden.rows(name)) == len(lake.rows(name)), name
    for name in MONTHLY[:3]:
        assert len(hidden.rows(name, PAST, RUNNING)) == len(lake.rows(name, PAST, RUNNING)), name
    for name in MONTHLY[3:]:
        assert hidden.rows(name, RUNNING) == [], "numbers are pseudonyms, so no series can be asked for"
    secrets = {leg[name] for _, leg in legs(lake.api, WIDE) for name in ("call_in_number", "host_email", "host_name")}
    secrets |= {leg["phone_number"] for _, leg in legs(lake.api, WIDE) if leg["type"] == "call-out"}
    secrets |= {one[name] for one in entries(lake.api, DAYS) for name in ("operator", "operation_detail")}
    secrets |= {room[name] for room in rooms(lake.api) for name in ("email", "calender_name", "microphone")}
    secrets -= {"", "ZoomGW", "Anonymous"}
    assert len(secrets) > 40
    files = [path for path in hidden.work.lake.root.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        content = harness.readable(path).decode("utf-8", "replace")
        assert not [secret for secret in secrets if secret in content], path


def test_pro_has_no_rooms_and_says_so_and_has_the_rest(tmp_path: Path) -> None:
    with harness.sandbox(plan="pro") as running:
        work = harness.work_for(running, tmp_path, zoom_plan="pro")
        for name in (*OF_ROOMS, "crc_ports"):
            said = harness.ingest(work, f"zoom.{name}", [DAYS[0]]).sentence
            assert "only available for ZMP and Business or higher accounts" in said
        for name in ("telephone", "operation_logs"):
            assert harness.ingest(work, f"zoom.{name}", [DAYS[0]]).keys == [DAYS[0]]
        for name in MONTHLY[:3]:
            assert harness.ingest(work, f"zoom.{name}", [PAST]).keys == [PAST]
            assert harness.rows(work, f"zoom.{name}", PAST).num_rows


def test_features_that_an_account_may_lack_are_marked() -> None:
    optional = {table.name for table in contracts.TABLES for one in table.endpoints if one.is_optional}
    assert optional >= {*OF_ROOMS, "telephone", "crc_ports", "billing", "billing_invoices", "webinar_instances"}
    assert optional.isdisjoint({"cloud_recording", "operation_logs", "meeting_instances"})
