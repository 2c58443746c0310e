"""Call quality of days, sites, labels and rooms: what is shown, and that sums over any split equal the whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_assets import contracts
from reporting_assets.contracts.quality_rollups import LATENCY_BUCKETS, LOSS_BUCKETS
from reporting_assets_tests.models.quality_rows import Row, derive, only, zoom
from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse, at


def test_headlines_come_from_the_unbiased_sample_alone(warehouse: Warehouse) -> None:
    """A flagged meeting that was drawn as well belongs to the sample; one that was not does not."""
    cases = (("random", 5, 20.0), ("flagged", 9, 600.0), ("flagged", 10, 600.0), ("flagged", 99, 600.0))
    rows = [
        zoom(minute, meeting_uuid=f"m{number}", sample_reason=reason, sample_bucket=draw, latency_ms=latency)
        for number, (reason, draw, latency) in enumerate(cases)
        for minute in range(2)
    ]
    warehouse.insert("zoom.meeting_qos", rows)
    found = {row["sample_reason"]: row for row in derive(warehouse, quality_random_percent=10)["quality_daily"]}
    assert {reason: row["poor_minute_share"] for reason, row in found.items()} == {"random": 0, "flagged": 1}
    assert {row["headline_poor_minute_share"] for row in found.values()} == {0.5}
    assert found["flagged"]["representative_classified_minutes"] == 2
    complete = derive(warehouse, quality_random_percent=0)["quality_daily"]
    assert {row["headline_poor_minute_share"] for row in complete} == {None}


def test_a_value_on_an_edge_belongs_below_it(warehouse: Warehouse) -> None:
    latencies = (0, 50, 50.1, 100, 150, 150.1, 200, 300, 400, 500, 500.1, None)
    losses = (0, 0.5, 0.6, 1, 2, 2.1, 3, 5, 10, 10.1, 100, None)
    rows = [
        zoom(index, latency_ms=latency, avg_loss_pct=loss)
        for index, (latency, loss) in enumerate(zip(latencies, losses, strict=True))
    ]
    warehouse.insert("zoom.meeting_qos", rows)
    row = only(derive(warehouse)["quality_daily"])
    assert [row[name] for name in LATENCY_BUCKETS] == [2, 2, 1, 2, 1, 1, 1, 1]
    assert [row[name] for name in LOSS_BUCKETS] == [2, 2, 1, 2, 1, 1, 2]


def site_samples(site: int, people: int, minutes: int, **columns: Any) -> list[Row]:
    common = {"meeting_uuid": f"m{site}", "ip_address": f"203.0.113.{site}", **columns}
    return [
        zoom(minute, session_user_id=f"{person}", user_id=f"u{person}", **common)
        for person in range(people)
        for minute in range(minutes)
    ]


def test_small_sites_are_named_without_figures(warehouse: Warehouse) -> None:
    rows = site_samples(1, 5, 6) + site_samples(2, 4, 60) + site_samples(3, 5, 5)
    rows += site_samples(4, 5, 6, latency_ms=900.0, internal_ip_addresses=[{"address": "10.9.0.1"}])
    warehouse.insert("zoom.meeting_qos", rows)
    rules = "Home=198.51.100.0/24; Graz=203.0.113.2/32; Linz=203.0.113.3/32; Lab=10.9.0.0/16; Wien=203.0.113.; Rest=203"
    found = {row["site"]: row for row in derive(warehouse, sites=rules)["site_daily"]}
    assert {site: row["is_suppressed"] for site, row in found.items()} == {
        "Wien": False,
        "Graz": True,
        "Linz": True,
        "Lab": False,
    }
    assert (found["Wien"]["people"], found["Wien"]["classified_minutes"], found["Wien"]["poor_minutes"]) == (5, 30, 0)
    assert (found["Lab"]["poor_minute_share"], found["Lab"]["headline_poor_minute_share"]) == (1, 1)
    figures = ("people", "classified_minutes", "poor_minutes", "poor_minute_share", "headline_poor_minute_share")
    assert {found[site][name] for site in ("Graz", "Linz") for name in figures} == {None}


def test_a_small_unbiased_part_has_no_headline(warehouse: Warehouse) -> None:
    rows = site_samples(1, 5, 6, sample_reason="flagged", sample_bucket=90)
    rows += [row | {"meeting_uuid": "m9"} for row in site_samples(1, 4, 10, sample_reason="random", sample_bucket=0)]
    warehouse.insert("zoom.meeting_qos", rows)
    row = only(derive(warehouse)["site_daily"])
    assert (row["site"], row["people"], row["classified_minutes"]) == ("unknown", 5, 70)
    assert row["headline_poor_minute_share"] is None


def test_sites_are_of_people_of_the_account(warehouse: Warehouse) -> None:
    rows = site_samples(1, 6, 6, location="Vienna (AT)")
    rows += [row | {"user_id": None} for row in site_samples(2, 9, 9, location="Vienna (AT)")]
    warehouse.insert("zoom.meeting_qos", rows)
    found = derive(warehouse)
    assert (only(found["site_daily"])["site"], only(found["site_daily"])["people"]) == ("Vienna (AT)", 6)
    assert {row["site_source"] for row in found["sessions"]} == {"location"}


def test_without_addresses_the_site_is_unknown_and_said_so(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.meeting_qos", [zoom()])
    derive(warehouse, sites="Wien=203.0.113.0/24")
    [promise] = [one for one in contracts.table("quality.sessions").expectations if one.name == "site_is_known"]
    assert warehouse.query(f"SELECT site, site_source, NOT ({promise.predicate}) FROM quality.sessions") == [
        ("unknown", "unknown", True)
    ]


def test_labels_are_compared_pair_by_pair(warehouse: Warehouse) -> None:
    rows = [zoom(minute, session_user_id=session) for session in ("a", "b") for minute in range(10)]
    rows += [zoom(minute, session_user_id="c", latency_ms=600.0) for minute in range(10)]
    warehouse.insert("zoom.meeting_qos", rows)
    common = {"dt": date.fromisoformat(DAY), "meeting_uuid": "m1", "meeting_started_at": BASE, "joined_at": BASE}
    common |= {"sample_reason": "complete", "sample_bucket": 50}
    labels = {"a": "good", "b": "poor", "c": "good"}
    warehouse.insert(
        "zoom.meeting_participant_metrics",
        [
            common | {"session_user_id": session, "audio_quality": label, "video_quality": "good"}
            for session, label in labels.items()
        ],
    )
    pairs = {
        (row["level"], row["stream"], row["our_band"], row["zoom_label"]): (row["cases"], row["bands_apart"])
        for row in derive(warehouse)["zoom_label_agreement"]
    }
    assert pairs == {
        ("session", "audio", "good", "good"): (1, 0),
        ("session", "audio", "good", "poor"): (1, -2),
        ("session", "audio", "bad", "good"): (1, 3),
        ("session", "video", "unclassified", "good"): (3, None),
        ("meeting", "audio", "bad", "none"): (1, None),
    }


def notice(room: str, seconds: float, issue: str) -> Row:
    moment = at(seconds)
    return {"dt": moment.date(), "room_id": room, "occurred_at": moment, "issue": issue}


def test_room_issues_last_from_the_first_notice_until_it_is_over(warehouse: Warehouse) -> None:
    lost, found_again = "Selected camera has disconnected", "Selected camera is reconnected"
    day = timedelta(days=1).total_seconds()
    warehouse.insert(
        "zoom.room_issues",
        [
            notice("r1", -day, lost),
            notice("r1", -day + 600, lost),
            notice("r1", 60, found_again),  # a day and a minute after the first of the two
            notice("r1", 120, lost),
            notice("r1", 120 + 90, found_again),
            notice("r1", 300, "Zoom Rooms Controller disconnected"),
            notice("r1", 400, "High CPU usage is detected"),
            notice("r2", 500, "Zoom room is online"),
            notice("r3", -day, lost),
            notice("r3", -day + 60, found_again),
            notice("r4", day, lost),
        ],
    )
    warehouse.insert("zoom.rooms", [{"dt": date.fromisoformat(DAY), "room_id": "r1", "room_name": "Cedar"}])
    rows = derive(warehouse)["room_issues_daily"]
    names = ("issues", "resolved_issues", "resolved_of_unknown_length", "issue_minutes", "is_open_at_midnight")
    assert {(row["room_id"], row["subject"]): tuple(row[name] for name in names) for row in rows} == {
        ("r1", "selected camera"): (1, 2, 0, 1441 + 1.5, False),
        ("r1", "zoom rooms controller"): (1, 0, 0, 0, True),
        ("r1", "high cpu usage is detected"): (1, 0, 0, 0, None),
        ("r2", "zoom room"): (0, 1, 1, 0, False),
    }
    assert {row["room_name"] for row in rows} == {"Cedar", None}


metric = st.one_of(st.none(), st.floats(0, 900).map(lambda value: round(value, 1)))
drawn_samples = st.lists(
    st.fixed_dictionaries(
        {
            "meeting": st.integers(0, 2),
            "person": st.integers(0, 3),
            "minute": st.integers(0, 5),
            "stream": st.sampled_from(["audio", "video", "screen_share"]),
            "direction": st.sampled_from(["sent", "received"]),
            "latency": metric,
            "loss": st.one_of(st.none(), st.sampled_from([0.0, 0.5, 0.6, 1.0, 2.0, 3.0, 5.0, 10.0, 10.1])),
        }
    ),
    max_size=60,
    unique_by=lambda one: tuple(one[name] for name in ("meeting", "person", "minute", "stream", "direction")),
)
SUMS = ("good_minutes", "fair_minutes", "poor_minutes", "bad_minutes", "classified_minutes", "unclassified_minutes")


@given(drawn=drawn_samples)
@settings(max_examples=6, deadline=None)
def test_sums_over_any_split_equal_the_whole(shared: Warehouse, drawn: list[Row]) -> None:
    shared.clear()
    reasons = ("complete", "flagged", "random")
    minutes: dict[tuple[int, int], list[int]] = defaultdict(list)  # of each session, whose samples count from 0
    for one in drawn:
        minutes[one["meeting"], one["person"]].append(one["minute"])
    shared.insert(
        "zoom.meeting_qos",
        [
            zoom(
                sorted({*minutes[one["meeting"], one["person"]]}).index(one["minute"]),
                meeting_uuid=f"m{one['meeting']}",
                sample_reason=reasons[one["meeting"]],
                sample_bucket=one["meeting"],
                session_user_id=str(one["person"]),
                user_id=f"u{one['person']}",
                location=f"Site {one['person'] % 2}",
                stream=one["stream"],
                direction=one["direction"],
                latency_ms=one["latency"],
                jitter_ms=None,
                avg_loss_pct=one["loss"],
            )
            for one in drawn
        ],
    )
    found = derive(shared, site_least_people=0, site_least_minutes=0, quality_random_percent=2) if drawn else {}
    whole: Counter[str] = Counter()
    for row in found.get("stream_minutes", []):
        is_known = row["band"] != "unclassified"
        whole["unclassified_minutes"] += not is_known
        whole["classified_minutes"] += is_known
        whole["poor_minutes"] += row["band"] in ("poor", "bad")
        for band in ("good", "fair", "bad"):
            whole[f"{band}_minutes"] += row["band"] == band
    assert whole["classified_minutes"] + whole["unclassified_minutes"] == len(drawn)
    for table in ("participant_quality", "meeting_quality", "quality_daily", "site_daily"):
        summed = {name: sum(row[name] for row in found.get(table, [])) for name in SUMS}
        assert summed == {name: whole[name] for name in SUMS}, table

    daily = found.get("quality_daily", [])
    for buckets, of in ((LATENCY_BUCKETS, "latency"), (LOSS_BUCKETS, "loss")):
        known = [one[of] for one in drawn if one[of] is not None]
        assert sum(row[name] for row in daily for name in buckets) == len(known), of
    edges = [0, 50, 100, 150, 200, 300, 400, 500, float("inf")]
    by_stream: dict[str, Counter[str]] = defaultdict(Counter)
    for one in drawn:
        if one["latency"] is not None:
            place = next(place for place in range(8) if one["latency"] <= edges[place + 1])
            by_stream[one["stream"]][[*LATENCY_BUCKETS][place]] += 1
    for stream, counted in by_stream.items():
        ours = {name: sum(row[name] for row in daily if row["stream"] == stream) for name in LATENCY_BUCKETS}
        assert ours == {name: counted[name] for name in LATENCY_BUCKETS}, stream
