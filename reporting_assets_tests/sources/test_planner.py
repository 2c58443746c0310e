"""The plan of every report: which units, which requests, none twice, none beyond the vendor's reach, no moment left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets.contracts.asking import (
    Everything,
    Month,
    PerItem,
    PerListed,
    Slices,
    Snapshot,
    VendorDay,
)
from reporting_assets.contracts.model import Partition, Service, Table
from reporting_assets.sources import planner
from reporting_assets.sources.model import Request
from reporting_assets.sources.planner import PlanOptions
from reporting_assets_tests.sources.planning import (
    DASHBOARDS,
    FETCHED,
    HOSTS,
    LISTED,
    NOW,
    ROWS,
    VALUES,
    WINDOWED,
    Answers,
    asked_by,
    one_day,
    params,
    requests_of,
    table,
    two_items,
)


def test_a_snapshot_is_asked_without_dates_for_each_partition() -> None:
    (unit,) = planner.plan(table("zoom.users"), ["2026-11-20"], DASHBOARDS)
    assert unit.name == "2026-11-20"
    assert unit.landing_of == "zoom.users"
    assert params(unit) == [{"status": "active"}, {"status": "inactive"}, {"status": "pending"}]
    assert [request.columns for request in requests_of(unit)] == params(unit)


def test_a_month_is_one_call() -> None:
    units = planner.plan(table("zoom.daily_usage"), ["2026-09", "2026-10"], DASHBOARDS)
    assert [unit.name for unit in units] == ["2026-09", "2026-10"]
    assert [params(unit) for unit in units] == [[{"year": 2026, "month": 9}], [{"year": 2026, "month": 10}]]


@pytest.mark.parametrize(
    ("month", "first", "last"), [("2026-10", "2026-10-01", "2026-10-31"), ("2026-11", "2026-11-01", "2026-11-21")]
)
def test_a_month_ends_today_while_it_runs(month: str, first: str, last: str) -> None:
    (unit,) = planner.plan(table("zoom.hosts"), [month], DASHBOARDS)
    window = {"from": first, "to": last}
    assert params(unit) == [{**window, "type": "active"}, {**window, "type": "inactive"}]
    assert [request.columns["type"] for request in requests_of(unit)] == ["active", "inactive"]


def test_a_daily_table_cannot_be_asked_for_by_month() -> None:
    wrong = asked_by(table("zoom.users"), Month(endpoint="list_users"))
    with pytest.raises(ValueError, match="by month"):
        planner.plan(wrong, ["2026-11-10"], DASHBOARDS)


def test_everything_is_one_unit_for_all_partitions() -> None:
    units = planner.plan(
        asked_by(table("zoom.users"), Everything(endpoint="list_users")), ["2026-11-10", "2026-11-11"], DASHBOARDS
    )
    assert [(unit.name, unit.partition_keys) for unit in units] == [("everything", ("2026-11-10", "2026-11-11"))]
    assert params(units[0]) == [{}]
    assert planner.plan(asked_by(table("zoom.users"), Everything(endpoint="list_users")), [], DASHBOARDS) == []


def test_slices_of_a_day_are_three() -> None:
    units = one_day("zoom.meetings")
    assert [unit.name for unit in units] == ["2026-11-09", "2026-11-10", "2026-11-11"]
    window = {"from": "2026-11-09", "to": "2026-11-09"}
    assert params(units[0]) == [{**window, "type": "past"}, {**window, "type": "pastOne"}]
    assert [request.columns["type"] for request in requests_of(units[0])] == ["past", "pastOne"]
    assert all(unit.partition_keys == ("2026-11-10",) for unit in units)


def test_neighbours_share_slices() -> None:
    meetings = table("zoom.meetings")
    units = planner.plan(meetings, ["2026-11-10", "2026-11-11", "2026-11-12"], DASHBOARDS)
    assert [unit.name for unit in units] == [f"2026-11-{day:02}" for day in range(9, 14)]
    assert units[2].partition_keys == ("2026-11-10", "2026-11-11", "2026-11-12")
    assert units[0].partition_keys == ("2026-11-10",)
    alone = planner.plan(meetings, ["2026-11-11"], DASHBOARDS)
    assert {unit.name for unit in alone} <= {unit.name for unit in units}  # the same names, so landings are shared


def test_no_slice_that_is_future_everywhere() -> None:
    def names(now: datetime) -> list[str]:
        return [unit.name for unit in planner.plan(table("zoom.meetings"), ["2026-11-21"], PlanOptions(VALUES, now))]

    assert names(datetime(2026, 11, 21, 9, 59, tzinfo=UTC)) == ["2026-11-20", "2026-11-21"]
    assert names(datetime(2026, 11, 21, 10, 0, tzinfo=UTC)) == ["2026-11-20", "2026-11-21", "2026-11-22"]


def test_per_listed_takes_one_call_an_item_and_pass_for_the_whole_range() -> None:
    keys = [f"2026-11-{day:02}" for day in range(3, 13)]
    (unit,) = planner.plan(table("zoom.meetings"), keys, HOSTS)
    assert unit.name == "hosts-report_users-2026-11-02-to-2026-11-13"
    assert unit.partition_keys == tuple(keys)
    client = Answers([{"id": "h1"}, {"id": "h2"}, {"id": "h1"}, {"id": ""}, {}])  # twice, and some without an id
    asked = requests_of(unit, client)
    window = {"from": "2026-11-02", "to": "2026-11-13"}
    assert [dict(request.params) for request in client.asked] == [{"type": "active", **window}]
    assert client.asked[0].endpoint.path == "/report/users"
    assert [(dict(each.path), dict(each.params), dict(each.columns)) for each in asked] == [
        ({"userId": host}, {"type": listing, **window}, {"type": listing, "user_id": host})
        for host in ("h1", "h2")
        for listing in ("past", "pastOne")
    ]


def test_exact_days_are_instants_without_padding_and_thirty_days_at_most() -> None:
    keys = [(date(2026, 9, 20) + timedelta(days=i)).isoformat() for i in range(45)]
    units = planner.plan(table("webex.meeting_usage"), keys, DASHBOARDS)
    windows = [(params(unit)[0]["from"], params(unit)[0]["to"]) for unit in units]
    assert windows == [
        ("2026-09-20T00:00:00Z", "2026-10-20T00:00:00Z"),
        ("2026-10-20T00:00:00Z", "2026-11-04T00:00:00Z"),
    ]
    assert [unit.partition_keys for unit in units] == [tuple(keys[:30]), tuple(keys[30:])]
    assert {request.columns["site_url"] for request in requests_of(units[0])} == {"s1"}


def test_per_listed_without_a_window_is_a_unit_for_each_partition() -> None:
    usage = table("webex.meeting_usage")
    (ask,) = usage.asks
    assert isinstance(ask, PerListed)
    units = planner.plan(asked_by(usage, replace(ask, has_window=False)), ["2026-11-09", "2026-11-10"], DASHBOARDS)
    assert [(unit.name, unit.partition_keys) for unit in units] == [
        (day, (day,)) for day in ("2026-11-09", "2026-11-10")
    ]
    assert all("from" not in each and "to" not in each for unit in units for each in params(unit))
    odd = asked_by(usage, replace(ask, has_window=False, listing_has_window=True))
    with pytest.raises(ValueError, match="listing"):
        planner.plan(odd, ["2026-11-09"], DASHBOARDS)


def test_items_are_asked_one_by_one_and_only_when_the_unit_is_fetched() -> None:
    wanted: list[str] = []

    def items(ask: PerItem, key: str) -> list[Mapping[str, str]]:
        wanted.append(key)
        return [*ROWS, {"meeting_started_at": "c"}, ROWS[0]]  # one that cannot be asked for, and one twice

    joins = table("zoom.meeting_participants")
    (unit,) = planner.plan(joins, ["2026-11-10"], DASHBOARDS, items)
    assert unit.name == "2026-11-10"
    assert wanted == []
    (stage,) = unit.stages(Answers())
    assert wanted == ["2026-11-10"]
    assert len(stage) == len(list(stage)) == 2
    assert [dict(each.path) for each in stage] == [{"meetingId": "u1=="}, {"meetingId": "/u2=="}]
    assert stage[1].columns == stage[-1].columns == {"meeting_uuid": "/u2==", "meeting_started_at": "b"}
    assert {each.endpoint.name for each in stage} == {"past_meeting_participants"}
    with pytest.raises(IndexError):
        stage[2]
    with pytest.raises(ValueError, match="items"):
        planner.plan(joins, ["2026-11-10"], DASHBOARDS)


def test_another_source_lands_apart_and_may_ask_in_two_ways() -> None:
    def items(ask: PerItem, _: str) -> list[dict[str, str]]:
        return [ROWS[0]] if ask.where == "listing = 'past'" else [ROWS[1]]

    (unit,) = planner.plan(table("zoom.meeting_participants"), ["2026-11-10"], HOSTS, items)
    assert unit.name == "report-2026-11-10"  # joins of both sources would stand side by side in a resumed landing
    (stage,) = unit.stages(Answers())
    assert len(stage) == 2
    assert [each.endpoint.name for each in stage] == ["report_meeting_participants", "past_meeting_participants"]
    assert [stage[i].path["meetingId"] for i in (0, 1, -1, -2)] == ["u1==", "/u2==", "/u2==", "u1=="]


def test_a_shared_landing_is_named_alike_by_both_tables() -> None:
    keys = ["2026-11-10", "2026-11-11"]
    shared, own = (planner.plan(table(name), keys, HOSTS) for name in ("zoom.webinars", "zoom.meetings"))
    assert [(unit.landing_of, unit.name) for unit in shared] == [(unit.landing_of, unit.name) for unit in own]
    for one, other in zip(shared, own, strict=True):
        assert [request.key for request in requests_of(one)] == [request.key for request in requests_of(other)]


def test_options_fill_passes_and_empty_ones_leave_the_parameter_out() -> None:
    users = table("zoom.users")
    ask = Snapshot(endpoint="list_users", passes=({"status": "$which", "license": "$license"},))
    (unit,) = planner.plan(asked_by(users, ask), ["2026-11-20"], PlanOptions({"which": "active", "license": ""}, NOW))
    (request,) = requests_of(unit)
    assert request.params == {"status": "active"}
    assert request.columns == {"status": "active"}
    assert unit.name == "which_active-2026-11-20"  # rows asked for in another way are landed apart
    with pytest.raises(ValueError, match="license"):
        planner.plan(asked_by(users, ask), ["2026-11-20"], PlanOptions({"which": "active"}, NOW))


def test_what_the_options_switch_off_has_no_units() -> None:
    users = asked_by(table("zoom.users"), Snapshot(endpoint="list_users", when={"has_qss": "yes"}))
    assert planner.plan(users, ["2026-11-20"], PlanOptions({"has_qss": "no"}, NOW)) == []
    assert len(planner.plan(users, ["2026-11-20"], PlanOptions({"has_qss": "yes"}, NOW))) == 1
    with pytest.raises(ValueError, match="has_qss"):
        planner.plan(users, ["2026-11-20"], PlanOptions({}, NOW))


def test_two_listings_cannot_share_a_unit() -> None:
    meetings = table("zoom.meetings")
    ask = meetings.asks[1]
    assert isinstance(ask, PerListed)
    other = replace(ask, listing_passes=({"type": "inactive"},))
    with pytest.raises(ValueError, match="list different items"):
        planner.plan(replace(meetings, asks=(ask, other)), ["2026-11-10"], HOSTS)


def test_ways_of_asking_that_agree_are_one_unit() -> None:
    meetings = table("zoom.meetings")
    ask = meetings.asks[1]
    assert isinstance(ask, PerListed)
    past, alone = (replace(ask, passes=(one,)) for one in ask.passes)
    (unit,) = planner.plan(replace(meetings, asks=(past, alone)), ["2026-11-10"], HOSTS)
    client = Answers([{"id": "h1"}, {"id": "h2"}])
    assert [(each.path["userId"], each.params["type"]) for each in requests_of(unit, client)] == [
        ("h1", "past"), ("h2", "past"), ("h1", "pastOne"), ("h2", "pastOne")
    ]  # fmt: skip
    assert len(client.asked) == 1


@given(
    which=st.sampled_from(WINDOWED),
    chosen=st.sets(st.integers(0, 85), min_size=1, max_size=50),
    source=st.sampled_from([DASHBOARDS, HOSTS]),
    pick=st.integers(0, 10_000),
    second=st.integers(0, 86_399),
    offset_minutes=st.integers(-14 * 60, 14 * 60),
)
def test_every_moment_is_asked_for_once_whatever_the_vendor_s_zone(
    which: Table, chosen: set[int], source: PlanOptions, pick: int, second: int, offset_minutes: int
) -> None:
    assert which.partition is Partition.DAY
    days = [NOW.date() - timedelta(days=ago) for ago in sorted(chosen, reverse=True)]
    keys = [day.isoformat() for day in days]
    units = planner.plan(which, keys, source, two_items)
    asked = [(unit, request) for unit in units for request in requests_of(unit)]
    assert len({(unit.landing_of, unit.name) for unit in units}) == len(units)
    assert max(Counter(request.key for _, request in asked).values()) == 1
    assert all(set(unit.partition_keys) <= set(keys) for unit in units)

    day = days[pick % len(days)]
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
    ways = planner.chosen(which, source)
    is_cut_by_vendor = any(isinstance(ask, VendorDay) for ask in ways)
    vendor_day = day if is_cut_by_vendor else (moment + timedelta(minutes=offset_minutes)).date()
    for ask in ways:
        listings = len({tuple(one.items()) for one in ask.passes})
        mine = [
            request
            for unit, request in asked
            if day.isoformat() in unit.partition_keys and request.endpoint.name == ask.endpoint
        ]
        holding = [request for request in mine if _holds(request, moment, vendor_day)]
        if isinstance(ask, Slices | VendorDay | PerListed) and (moment <= NOW or is_cut_by_vendor):
            assert len(holding) == listings * sum(other.endpoint == ask.endpoint for other in ways)


def _holds(request: Request, moment: datetime, vendor_day: date) -> bool:
    first, last = request.params.get("from"), request.params.get("to")
    if first is None:
        return True
    if "T" in str(first):
        return datetime.fromisoformat(str(first)) <= moment < datetime.fromisoformat(str(last))
    assert (date.fromisoformat(str(last)) - date.fromisoformat(str(first))).days <= 30
    return str(first) <= vendor_day.isoformat() <= str(last)


@given(which=st.sampled_from(FETCHED), gap=st.integers(1, 3))
def test_neighbours_planned_alone_find_the_units_of_the_range_or_their_own(which: Table, gap: int) -> None:
    """Fixed windows have names that do not depend on the range; only runs of days do."""
    keys = ["2026-08", "2026-09"] if which.partition is Partition.MONTH else ["2026-11-18", f"2026-11-{18 + gap}"]
    together = {
        (unit.landing_of, unit.name): {request.key for request in requests_of(unit)}
        for unit in planner.plan(which, keys, DASHBOARDS, two_items)
    }
    for key in keys:
        for unit in planner.plan(which, [key], DASHBOARDS, two_items):
            if not unit.discovery:
                assert {request.key for request in requests_of(unit)} == together[unit.landing_of, unit.name]


def test_a_derived_table_has_no_plan() -> None:
    with pytest.raises(ValueError, match="not fetched"):
        planner.plan(table("core.meetings"), ["2026-11-10"], DASHBOARDS)


@pytest.mark.parametrize("which", FETCHED, ids=lambda each: each.id)
def test_every_fetched_table_has_a_plan_whose_requests_fill_their_paths(which: Table) -> None:
    key = "2026-11-18" if which.partition is Partition.DAY else "2026-10"
    for options in (DASHBOARDS, HOSTS):
        units = planner.plan(which, [key], options, two_items)
        asked = [request for unit in units for request in requests_of(unit)]
        assert asked
        assert {request.endpoint.name for request in asked} == {ask.endpoint for ask in planner.chosen(which, options)}
        for request in asked:
            request.endpoint.path.format_map(request.path)
            assert all(not str(value).startswith("$") and value != "" for value in request.params.values())
            assert all(unit.name.replace("-", "").replace("_", "").isalnum() for unit in units)


@pytest.mark.parametrize("name", sorted({each.name for table in FETCHED for each in table.endpoints}))
def test_every_list_has_a_probe_and_single_items_have_none(name: str) -> None:
    endpoint = contracts.endpoint(name)
    ways = [ask for table in FETCHED for ask in table.asks]
    per_item = all(isinstance(ask, PerItem | PerListed) for ask in ways if ask.endpoint == name)
    if per_item and not any(isinstance(ask, PerListed) and ask.listing == name for ask in ways):
        with pytest.raises(ValueError, match="item"):
            planner.probe(endpoint, NOW)
        return
    request = planner.probe(endpoint, NOW)
    assert request.endpoint is endpoint
    assert request.path == {}
    assert request.params.get("from") in (None, "2026-11-20")
    assert not any(str(value).startswith("$") for value in request.params.values())


def test_probes_are_small() -> None:
    def probed(table_id: str, name: str) -> dict[str, str | int]:
        return dict(planner.probe(table(table_id).endpoint(name), NOW).params)

    assert probed("zoom.users", "list_users") == {"status": "active"}
    assert probed("zoom.daily_usage", "report_daily") == {"year": 2026, "month": 11}
    yesterday = {"from": "2026-11-20", "to": "2026-11-20"}
    assert probed("zoom.hosts", "report_users") == {"type": "active", **yesterday}
    assert probed("zoom.meetings", "metrics_meetings") == {"type": "past", **yesterday}


def test_both_vendors_are_planned() -> None:
    assert {endpoint.service for table in FETCHED for endpoint in table.endpoints} == set(Service)


@pytest.mark.parametrize(
    ("keys", "listed_from", "asked_from"),
    [
        (["2026-11-10"], ("2026-11-09", "2026-11-06"), "2026-11-09"),
        # No span is longer than a month, and nothing is listed that the vendor no longer tells.
        ([f"2026-10-{day:02}" for day in range(3, 31)], ("2026-10-02", "2026-10-01"), "2026-10-02"),
        (["2026-05-27"], ("2026-05-26", "2026-05-25"), "2026-05-26"),
    ],
)
def test_changes_are_looked_for_in_sessions_of_the_days_before_too(
    keys: list[str], listed_from: tuple[str, str], asked_from: str
) -> None:
    units = planner.plan(table("zoom.chat_messages"), keys, DASHBOARDS)
    assert tuple(request.params["from"] for unit in units for request in unit.discovery) == listed_from
    asked = [request for unit in units for stage in unit.stages(Answers([LISTED])) for request in stage]
    assert [request.endpoint.name for request in asked] == ["report_chat_messages", "report_chat_changes"]
    assert {request.params["from"] for request in asked} == {asked_from}
