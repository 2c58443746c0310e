"""The arithmetic of the plan of calls, against figures worked out by hand for organisations of 1,000 to 1,000,000."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition, RateLabel, Table
from reporting_assets.settings import Settings
from reporting_assets.sources import budget_rules, capacity, estimate, volumes
from reporting_assets.sources.estimate import Modelled, Span, Use
from reporting_assets.sources.planner import PlanOptions, plan
from reporting_assets.sources.volumes import Assumptions

ONE_DAY = Span(1, 1, 1, 1, is_padded=False)
OPTIONS = Settings(_env_file=None).plan_values | {"quality_sample": "all"}
FETCHED = [table for table in contracts.TABLES if not table.is_derived]


@cache
def day(users: float, **ways: str) -> dict[str, float]:
    """Calls of one working day's data, by endpoint."""
    org, options = Assumptions(users), OPTIONS | ways
    found: dict[str, float] = {}
    for use in estimate.uses(FETCHED, options, org, Modelled(org, options), lambda _: ONE_DAY):
        found[use.endpoint.name] = found.get(use.endpoint.name, 0.0) + use.calls
    return found


# Half a meeting per person and day; 12 % of meetings are one person's. List: 300 a page, both kinds apart.
@pytest.mark.parametrize(("users", "calls"), [(1_000, 3), (10_000, 17), (100_000, 167), (1_000_000, 1_667)])
def test_lists_of_meetings(users: int, calls: int) -> None:
    assert round(day(users)["metrics_meetings"]) == calls


# 0.88 of the meetings have two people or more, and their joins fill 1.001 pages of 300: 5,000 * 0.88 * 1.001 = 4,404.
@pytest.mark.parametrize(("users", "calls"), [(1_000, 440), (10_000, 4_404), (100_000, 44_044), (1_000_000, 440_440)])
def test_participants(users: int, calls: int) -> None:
    by_report = day(users, participants_from="report")
    assert round(by_report["report_meeting_participants"]) == calls
    assert round(by_report["past_meeting_participants"]) == round(users * 0.5 * 0.12)


# With 10 joins a page, 1.55 pages for each of the 88 %: 5,000 * 1.364 = 6,820.
@pytest.mark.parametrize(("users", "calls"), [(1_000, 682), (10_000, 6_820), (100_000, 68_200), (1_000_000, 682_000)])
def test_quality_of_service(users: int, calls: int) -> None:
    assert round(day(users)["metrics_meeting_qos"]) == calls


# 60 % of people are active in 8 sessions each that 2.5 share: 1.92 sessions per person, and some fill a second page.
@pytest.mark.parametrize(("users", "calls"), [(1_000, 1_942), (10_000, 19_425), (100_000, 194_250)])
def test_chat_messages(users: int, calls: int) -> None:
    assert day(users)["report_chat_messages"] == pytest.approx(calls, abs=0.6)


@pytest.mark.parametrize(
    ("endpoint", "calls"),
    [
        ("metrics_chat", (4, 34, 334, 3_334)),  # everybody, 300 a page
        ("metrics_zoomroom", (40, 400, 4_000, 40_000)),  # a room per 25 people
        ("report_webinar_participants", (1, 8, 60, 400)),
        ("report_webinar_polls", (1, 8, 60, 400)),
        ("past_webinar_absentees", (1, 8, 60, 400)),
    ],
)
def test_other_reports(endpoint: str, calls: tuple[int, ...]) -> None:
    for users, expected in zip((1_000, 10_000, 100_000, 1_000_000), calls, strict=True):
        assert round(day(users)[endpoint]) == expected, users


def test_joins_add_up() -> None:
    """10,000 people: 32,550 attendances and 42,315 joins a day, as many as the modelled list has."""
    org = Assumptions(10_000)
    assert org.meetings * sum(people * share for people, share in org.sizes().items()) == pytest.approx(32_550)
    with duckdb.connect() as con:
        volumes.create_modelled(con, contracts.table("zoom.meetings"), org)
        (joins,) = con.execute("SELECT sum(vendor_participant_joins) FROM zoom.meetings").fetchone()
    assert float(joins) / volumes.MODELLED_ROWS * org.meetings == pytest.approx(42_315)


def test_larger_meetings_follow_the_mean() -> None:
    org = Assumptions(10_000, people_per_meeting=9)
    sizes = org.sizes()
    assert sum(people * share for people, share in sizes.items()) == pytest.approx(9)
    assert sizes[1] == 0.12


def test_hosts_without_dashboards() -> None:
    """A quarter of the people host on a day; each is asked for meetings of several people and of one."""
    assert day(10_000, meetings_from="hosts")["report_user_meetings"] == pytest.approx(2 * 2_500, rel=0.001)


def test_a_run_asks_for_neighbouring_days_too() -> None:
    """Three days need five slices; snapshots are taken once, totals per day, details per meeting."""
    org = Assumptions(10_000)
    found = {
        use.table.id: use.calls
        for use in estimate.uses(FETCHED, OPTIONS, org, Modelled(org, OPTIONS), lambda _: Span(3, 3, 1, 1))
    }
    assert found["zoom.meetings"] == 5 * 17
    assert found["zoom.users"] == day(10_000)["list_users"]
    assert found["zoom.meeting_qos"] == pytest.approx(3 * 6_820)
    assert found["zoom.daily_usage"] == 1


def test_weekends_take_a_call_per_listing() -> None:
    org = Assumptions(10_000)
    week = Span(7, 5, 1, 7, is_padded=False)
    meetings = [contracts.table("zoom.meetings")]
    (use,) = estimate.uses(meetings, OPTIONS, org, Modelled(org, OPTIONS), lambda _: week)
    assert use.calls == 5 * 17 + 2 * 2


def test_a_table_out_of_reach_needs_nothing() -> None:
    org = Assumptions(10_000)
    assert estimate.uses(FETCHED, OPTIONS, org, Modelled(org, OPTIONS), lambda _: None) == []


@pytest.mark.parametrize("table", FETCHED, ids=lambda table: table.id)
def test_every_report_is_estimated(table: Table) -> None:
    """By whichever options it is asked for at all: a new contract appears by itself."""
    ways = {name: value for ask in table.asks for name, value in ask.when.items()}
    org, options = Assumptions(10_000), OPTIONS | ways
    found = estimate.uses([table], options, org, Modelled(org, options), lambda _: ONE_DAY)
    shared = [ask for ask in table.asks if ask.landing_of]
    assert found or shared
    assert all(use.calls > 0 for use in found)


def test_units_are_the_planner_s() -> None:
    """Listings of a range take as many units as the planner really plans, padding included."""
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    keys = [f"2026-11-{number:02}" for number in range(9, 14)]
    org, span = Assumptions(60), Span(5, 5, 1, 5)
    for table in FETCHED:
        asks = estimate.chosen(table, OPTIONS)
        if table.partition is Partition.MONTH or any(hasattr(ask, "parent") or hasattr(ask, "listing") for ask in asks):
            continue
        units = plan(table, keys, PlanOptions(values=OPTIONS, now=now))
        requests = sum(len(unit.make(())) for unit in units)
        calls = sum(use.calls for use in estimate.uses([table], OPTIONS, org, Modelled(org, OPTIONS), lambda _: span))
        assert calls == requests, table.id  # 60 people never fill a second page


# --- what limits make of it -------------------------------------------------------------------------------------------


def uses_of(**calls: float) -> list[Use]:
    """Uses of the endpoints so called."""
    homes = {endpoint.name: table for table in FETCHED for endpoint in table.endpoints}
    return [Use(homes[name], homes[name].endpoint(name), count) for name, count in calls.items()]


def need(
    a_day: list[Use], backfill: list[Use], share: float = 0.8, reserve: float = 0.0, label: str = "HEAVY + "
) -> object:
    account, ours = budget_rules.limits("business"), budget_rules.limits("business", share=share)
    return next(one for one in capacity.needs(a_day, backfill, account, ours, reserve) if one.name.startswith(label))


def test_a_backfill_through_the_heavy_rate() -> None:
    """150 days of 4,404.4 calls are 660,660; beside the day's own, 48,000 - 4,404.4 are left: 15.2 days."""
    found = need(uses_of(report_meeting_participants=4_404.4), uses_of(report_meeting_participants=660_660))
    assert found.cap == 60_000
    assert found.usable == 48_000
    assert found.backfill_days == pytest.approx(15.15, abs=0.01)
    assert found.share == pytest.approx(0.0918, abs=0.0001)


def test_a_backfill_through_the_medium_rate() -> None:
    """660,660 calls at 30 a second, half of what the plan allows, take 6.1 hours; no daily cap is in the way."""
    found = need([], uses_of(past_meeting_participants=660_660), share=0.5, label="MEDIUM")
    assert found.usable is None
    assert found.seconds_of_backfill / 3_600 == pytest.approx(6.12, abs=0.01)
    assert found.backfill_days == pytest.approx(6.12 / 24, abs=0.001)


def test_a_backfill_that_never_ends_in_time() -> None:
    """100,000 people: 6,606,600 calls with 48,000 - 44,044 left a day take 1,670 days."""
    found = need(uses_of(report_meeting_participants=44_044), uses_of(report_meeting_participants=6_606_600))
    assert found.backfill_days == pytest.approx(1_670, abs=0.5)


def test_what_takes_all_calls_leaves_none_for_a_backfill() -> None:
    found = need(uses_of(report_meeting_participants=48_000), uses_of(report_meeting_participants=1))
    assert not found.fits
    assert found.backfill_days is None


def test_time_can_be_what_does_not_fit() -> None:
    """1,000,000 people's lists: 83 minutes at 20 a minute. Thirty times that is more than a day has."""
    lists = uses_of(metrics_meetings=1_667)
    assert need(lists, [], share=1.0, label="RESOURCE").seconds_a_day / 60 == pytest.approx(83.35)
    often = [replace(lists[0], calls=30 * 1_667)]
    assert not need(often, [], share=1.0, label="RESOURCE").fits


def test_heavy_and_intensive_calls_share_a_cap() -> None:
    """11,727 of 60,000 is 20 %: the whole of a day's data of 10,000 people through the heavy rate."""
    calls = uses_of(metrics_meetings=17, metrics_zoomrooms=2, metrics_chat=34, report_meeting_participants=4_404)
    calls += uses_of(metrics_meeting_qos=6_820, report_webinar_participants=40, metrics_zoomroom=400)
    found = need(calls, [], share=1.0)
    assert found.labels == (RateLabel.HEAVY, RateLabel.RESOURCE_INTENSIVE)
    assert found.calls_a_day == 11_717
    assert found.share == pytest.approx(0.195, abs=0.001)


@pytest.mark.parametrize(
    ("qos", "webinars", "rooms", "lists", "share"),
    [
        (68_200, 300, 4_000 / 7, 167 + 14 + 334, 0.68),
        (682_000, 2_000, 40_000 / 7, 1_667 + 134 + 3_334, 0.05),
    ],
)
def test_quality_is_what_gives_way(qos: float, webinars: float, rooms: float, lists: float, share: float) -> None:
    """With participants at the medium rate and rooms once a week, 100,000 people get 68 % of QoS, 1,000,000 get 5 %."""
    calls = uses_of(metrics_meetings=lists, report_webinar_participants=webinars, metrics_meeting_qos=qos)
    reached = capacity.covered(calls, need(calls, []))
    assert reached["zoom.meetings"] == 1
    assert reached["zoom.webinar_participants"] == 1
    left = reached["zoom.meeting_qos"] * qos - rooms  # rooms come after quality, in the order of priorities
    assert round(left / qos, 2) == share


def test_priorities_decide_who_is_reached() -> None:
    calls = uses_of(metrics_meeting_qos=30_000, report_meeting_participants=30_000, metrics_zoomroom=10_000)
    assert capacity.covered(calls, need(calls, [])) == {
        "zoom.meeting_participants": 1.0,
        "zoom.meeting_qos": 0.6,
        "zoom.room_meetings": 0.0,
    }


def test_details_expire_with_their_list() -> None:
    """Participants are answered for a year, but only while the list, half a year, says which meetings there were."""
    assert capacity.reach_days(contracts.table("zoom.meeting_participants"), OPTIONS) == 180
    assert capacity.reach_days(contracts.table("webex.meeting_qualities"), OPTIONS) == 7
    assert capacity.reach_days(contracts.table("zoom.users"), OPTIONS) is None


def test_deadlines() -> None:
    meetings, hosts = contracts.table("zoom.meetings"), contracts.table("zoom.hosts")
    today = date(2026, 11, 20)
    assert capacity.deadline(meetings, date(2026, 6, 10), OPTIONS) == date(2026, 12, 7)
    assert capacity.deadline(hosts, date(2026, 6, 10), OPTIONS) == date(2026, 11, 28)
    assert capacity.first_in_reach(meetings, date(2026, 1, 1), today, OPTIONS) == date(2026, 5, 24)
    assert capacity.first_in_reach(hosts, date(2026, 1, 1), today, OPTIONS) == date(2026, 6, 1)
    assert capacity.first_in_reach(hosts, date(2026, 11, 12), today, OPTIONS) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("assumed", "said"),
    [({"users": 0}, "users"), ({"poll_share": 1.2}, "at most 1"), ({"host_share": -1}, "host share cannot be -1")],
)
def test_impossible_assumptions_are_named(assumed: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Assumptions(**{"users": 100, **assumed})
