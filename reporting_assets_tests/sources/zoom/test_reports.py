"""The plan of each report: which units, which requests, none twice, none beyond the vendor's reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets.sources.errors import OutOfReachError
from reporting_assets.sources.model import Page, Request
from reporting_assets.sources.zoom import reports
from reporting_assets.sources.zoom.reports import PlanOptions, Unit
from reporting_assets.sources.windows import chunks, month_window, slice_days, slices_of

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DASHBOARDS = PlanOptions("dashboards", "past_meetings", NOW)
HOSTS = PlanOptions("hosts", "report", NOW)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


class Answers:
    """Answers discovery with the records given, and notes what was asked."""

    def __init__(self, records: Sequence[dict[str, Any]] = ()) -> None:
        self.records = list(records)
        self.asked: list[Request] = []

    def pages(self, request: Request) -> Iterator[Page]:
        self.asked.append(request)
        yield Page(request, 1, self.records, len(self.records), NOW)


def requests_of(unit: Unit, client: Answers | None = None) -> list[Request]:
    return [request for stage in unit.stages(client or Answers()) for request in stage]


def params(unit: Unit) -> list[dict[str, str | int]]:
    return [dict(request.params) for request in requests_of(unit)]


def test_users_are_listed_by_status() -> None:
    (unit,) = reports.plan("zoom.users", ["2026-11-20"], DASHBOARDS)
    assert unit.name == "2026-11-20"
    assert params(unit) == [{"status": "active"}, {"status": "inactive"}, {"status": "pending"}]
    assert [request.columns for request in requests_of(unit)] == params(unit)


def test_daily_usage_is_one_call_a_month() -> None:
    units = reports.plan("zoom.daily_usage", ["2026-09", "2026-10"], DASHBOARDS)
    assert [unit.name for unit in units] == ["2026-09", "2026-10"]
    assert [params(unit) for unit in units] == [[{"year": 2026, "month": 9}], [{"year": 2026, "month": 10}]]


@pytest.mark.parametrize(
    ("month", "first", "last"), [("2026-10", "2026-10-01", "2026-10-31"), ("2026-11", "2026-11-01", "2026-11-21")]
)
def test_hosts_of_a_month(month: str, first: str, last: str) -> None:
    (unit,) = reports.plan("zoom.hosts", [month], DASHBOARDS)
    window = {"from": first, "to": last}
    assert params(unit) == [{"type": "active", **window}, {"type": "inactive", **window}]
    assert [request.columns["type"] for request in requests_of(unit)] == ["active", "inactive"]


@given(
    first=days.map(lambda day: day.replace(day=1)),
    now=st.integers(0, 730 * 24).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
)
def test_a_month_s_window_is_never_longer_than_allowed_nor_future(first: date, now: datetime) -> None:
    begin, end = month_window(first, now)
    assert begin == first
    assert (end - begin).days <= 30
    assert end <= now.date()
    if end < now.date():
        assert (end + timedelta(days=1)).day == 1


def test_meetings_of_a_day_come_from_three_slices() -> None:
    units = reports.plan("zoom.meetings", ["2026-11-10"], DASHBOARDS)
    assert [unit.name for unit in units] == ["2026-11-09", "2026-11-10", "2026-11-11"]
    assert params(units[0]) == [
        {"type": "past", "from": "2026-11-09", "to": "2026-11-09"},
        {"type": "pastOne", "from": "2026-11-09", "to": "2026-11-09"},
    ]
    assert [request.columns for request in requests_of(units[0])] == [{"type": "past"}, {"type": "pastOne"}]
    assert all(unit.partition_keys == ("2026-11-10",) for unit in units)


def test_neighbours_share_slices() -> None:
    units = reports.plan("zoom.meetings", ["2026-11-10", "2026-11-11", "2026-11-12"], DASHBOARDS)
    assert [unit.name for unit in units] == [f"2026-11-{day:02}" for day in range(9, 14)]
    assert units[2].partition_keys == ("2026-11-10", "2026-11-11", "2026-11-12")
    assert units[0].partition_keys == ("2026-11-10",)
    alone = reports.plan("zoom.meetings", ["2026-11-11"], DASHBOARDS)
    assert {unit.name for unit in alone} <= {unit.name for unit in units}  # the same names, so landings are shared


def test_no_slice_that_is_future_everywhere() -> None:
    def names(now: datetime) -> list[str]:
        options = PlanOptions("dashboards", "past_meetings", now)
        return [unit.name for unit in reports.plan("zoom.meetings", ["2026-11-21"], options)]

    assert names(datetime(2026, 11, 21, 9, 59, tzinfo=UTC)) == ["2026-11-20", "2026-11-21"]
    assert names(datetime(2026, 11, 21, 10, 0, tzinfo=UTC)) == ["2026-11-20", "2026-11-21", "2026-11-22"]


@given(
    first=days,
    count=st.integers(1, 70),
    ago=st.timedeltas(timedelta(0), timedelta(days=3)),
    second=st.integers(0, 86_399),
    offset_minutes=st.integers(-14 * 60, 14 * 60),
    pick=st.integers(0, 10_000),
)
def test_every_moment_of_every_partition_is_in_a_slice_whatever_the_zone(
    first: date, count: int, ago: timedelta, second: int, offset_minutes: int, pick: int
) -> None:
    partitions = [first + timedelta(days=i) for i in range(count)]
    now = datetime(partitions[-1].year, partitions[-1].month, partitions[-1].day, tzinfo=UTC) + ago
    slices = slice_days(partitions, now)
    assert len(slices) == len(set(slices))
    assert slices == sorted(slices)
    day = partitions[pick % count]
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    if moment <= now:
        vendor_day = (moment + timedelta(minutes=offset_minutes)).date()
        assert vendor_day in slices
        assert vendor_day in slices_of(day)
    ranges = chunks(slices)
    assert [day for begin, end in ranges for day in _between(begin, end)] == slices
    assert all((end - begin).days <= 30 for begin, end in ranges)
    assert len(ranges) == -(-len(slices) // 31)  # consecutive days: as few ranges as Zoom's limit allows


@given(chosen=st.sets(st.integers(0, 150), min_size=1, max_size=60), source=st.sampled_from(["dashboards", "hosts"]))
def test_no_range_is_asked_twice_and_every_partition_gets_its_units(chosen: set[int], source: Any) -> None:
    keys = [(date(2026, 6, 1) + timedelta(days=i)).isoformat() for i in sorted(chosen)]
    options = PlanOptions(source, "past_meetings", NOW)
    units = reports.plan("zoom.meetings", keys, options)
    asked = [request for unit in units for request in requests_of(unit, Answers([{"id": "h1"}, {"id": "h2"}]))]
    assert len({request.key for request in asked}) == len(asked)
    assert len({unit.name for unit in units}) == len(units)
    covered: dict[str, set[date]] = {key: set() for key in keys}
    listed: list[date] = []
    for unit in units:
        begin, end = (
            date.fromisoformat(str(requests_of(unit, Answers([{"id": "h"}]))[0].params[name]))
            for name in ("from", "to")
        )
        assert (end - begin).days <= 30
        listed += _between(begin, end)
        for key in unit.partition_keys:
            covered[key] |= set(_between(begin, end))
    assert len(listed) == len(set(listed))
    for key in keys:
        wanted = {day for day in slices_of(date.fromisoformat(key)) if day <= (NOW + timedelta(hours=14)).date()}
        assert wanted <= covered[key]


def test_meetings_by_host_take_one_call_a_host_and_listing_for_the_whole_range() -> None:
    keys = [f"2026-11-{day:02}" for day in range(3, 13)]
    (unit,) = reports.plan("zoom.meetings", keys, HOSTS)
    assert unit.name == "hosts-2026-11-02-to-2026-11-13"
    assert unit.partition_keys == tuple(keys)
    client = Answers([{"id": "h1"}, {"id": "h2"}, {"id": "h1"}, {"id": ""}])  # listed twice, and one without an id
    asked = requests_of(unit, client)
    assert [dict(request.params) for request in client.asked] == [
        {"type": "active", "from": "2026-11-02", "to": "2026-11-13"}
    ]
    assert client.asked[0].endpoint.path == "/report/users"
    window = {"from": "2026-11-02", "to": "2026-11-13"}
    assert [(dict(each.path), dict(each.params), dict(each.columns)) for each in asked] == [
        ({"userId": host}, {"type": listing, **window}, {"type": listing, "user_id": host})
        for host in ("h1", "h2")
        for listing in ("past", "pastOne")
    ]


def test_participants_are_asked_meeting_by_meeting() -> None:
    rows = [("u1==", "2026-11-10T08:00:00Z", "past"), ("/u2==", "2026-11-10T09:00:00Z", "pastOne")]
    asked_for: list[str] = []

    def meetings(key: str) -> list[tuple[str, str, str]]:
        asked_for.append(key)
        return rows

    (unit,) = reports.plan("zoom.meeting_participants", ["2026-11-10"], DASHBOARDS, meetings)
    assert asked_for == []  # only when the unit is fetched
    (stage,) = unit.stages(Answers())
    assert len(stage) == 2
    assert [dict(each.path) for each in stage] == [{"meetingId": "u1=="}, {"meetingId": "/u2=="}]
    assert stage[1].columns == {"meeting_uuid": "/u2==", "meeting_started_at": "2026-11-10T09:00:00Z"}
    assert {each.endpoint.name for each in stage} == {"past_meeting_participants"}
    (by_report,) = reports.plan("zoom.meeting_participants", ["2026-11-10"], HOSTS, meetings)
    assert [each.endpoint.name for each in requests_of(by_report)] == [
        "report_meeting_participants",
        "past_meeting_participants",
    ]
    with pytest.raises(ValueError, match="meetings"):
        reports.plan("zoom.meeting_participants", ["2026-11-10"], DASHBOARDS)


@pytest.mark.parametrize(
    ("table", "reachable", "too_old"),
    [
        ("zoom.meetings", "2026-05-25", "2026-05-24"),
        ("zoom.meeting_participants", "2025-11-21", "2025-11-20"),
        ("zoom.hosts", "2026-06", "2026-05"),
        ("zoom.daily_usage", "2026-06", "2026-05"),
    ],
)
def test_out_of_reach_is_said_before_any_call(table: str, reachable: str, too_old: str) -> None:
    reports.check_reach(table, reachable, NOW)
    with pytest.raises(OutOfReachError, match=rf"{table} {too_old} is older"):
        reports.plan(table, [reachable, too_old], DASHBOARDS, lambda _: [])


@pytest.mark.parametrize(
    ("table", "key"), [("zoom.users", "2026-11-22"), ("zoom.meetings", "2026-11-22"), ("zoom.hosts", "2026-12")]
)
def test_what_has_not_begun_is_not_asked(table: str, key: str) -> None:
    with pytest.raises(OutOfReachError, match="has not begun"):
        reports.plan(table, [key], DASHBOARDS)


def test_users_may_be_asked_late_because_they_have_no_past() -> None:
    reports.check_reach("zoom.users", "2020-01-01", NOW)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [(1, True), (2, True), (3, True), (4, True), (8, True), (5, False), ("6", False), (9, False), (None, True)],
)
def test_webinars_are_not_meetings(kind: object, kept: bool) -> None:
    assert reports.keep("zoom.meetings", "report_user_meetings", {"type": kind}) is kept
    assert reports.keep("zoom.meetings", "metrics_meetings", {"type": kind})
    assert reports.keep("zoom.hosts", "report_users", {"type": kind})  # there `type` is the licence


def test_unknown_table() -> None:
    with pytest.raises(KeyError):
        reports.plan("zoom.nothing", ["2026-11-10"], DASHBOARDS)


def test_every_fetched_table_has_a_plan_and_every_list_a_probe() -> None:
    for table in contracts.TABLES:
        if table.schema != "zoom" or table.is_derived:
            continue
        key = "2026-11-10" if table.partition == "day" else "2026-10"
        for options in (DASHBOARDS, HOSTS):
            assert reports.plan(table.id, [key], options, lambda _: [])
        for endpoint in table.endpoints:
            if "{" not in endpoint.path:
                assert reports.probe(endpoint, NOW).endpoint is endpoint


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
