"""Call quality from samples to meetings: whose side is which, legs, runs, persons, shares."""

from __future__ import annotations

from datetime import date

import pytest

from reporting_assets_tests.models.quality_rows import Row, derive, only, webex, zoom
from reporting_assets_tests.models.warehouse import DAY, Warehouse, at


def test_zoom_and_webex_mean_the_same_by_sent_and_received(warehouse: Warehouse) -> None:
    """What a microphone sends is bad: Zoom's dashboards call it input, Webex `out`; both land as sent."""
    warehouse.insert(
        "zoom.meeting_qos", [zoom(direction="sent", latency_ms=900.0), zoom(direction="received", latency_ms=10.0)]
    )
    warehouse.insert("webex.meeting_qualities", [webex(direction="out", latency_ms=900.0), webex(direction="in")])
    rows = derive(warehouse)["stream_minutes"]
    assert {(row["platform"], row["direction"], row["band"]) for row in rows} == {
        ("zoom", "sent", "bad"),
        ("zoom", "received", "good"),
        ("webex", "sent", "bad"),
        ("webex", "received", "good"),
    }
    assert {(row["platform"], row["direction"]) for row in rows if row["estimated_mos"] is not None} == {
        ("zoom", "received"),
        ("webex", "received"),
    }


def test_a_stream_on_both_sides_of_a_gateway_is_one_as_good_as_the_worse(warehouse: Warehouse) -> None:
    rows = [zoom(), zoom(route="rwg", latency_ms=20.0, avg_loss_pct=4.0)]
    rows += [zoom(1, route="crc", jitter_ms=70.0), zoom(2)]  # one leg alone
    rows += [zoom(3, latency_ms=None, jitter_ms=None, avg_loss_pct=None), zoom(3, route="crc", latency_ms=160.0)]
    warehouse.insert("zoom.meeting_qos", rows)
    found = derive(warehouse)
    minutes = {row["sample_index"]: row for row in found["stream_minutes"]}
    assert len(minutes) == len(found["stream_minutes"]) == 4
    assert [minutes[index]["band"] for index in range(4)] == ["fair", "poor", "good", "fair"]
    assert (minutes[0]["latency_ms"], minutes[0]["loss_pct"]) == (50, 4)
    assert only(found["participant_quality"])["classified_minutes"] == 4


def test_a_minute_in_which_nothing_was_measured_is_unclassified(warehouse: Warehouse) -> None:
    nothing = dict.fromkeys(("stream", "direction", "route", "latency_ms", "jitter_ms", "avg_loss_pct"))
    blank = dict.fromkeys(("latency_ms", "jitter_ms", "avg_loss_pct"))
    warehouse.insert("zoom.meeting_qos", [zoom(), zoom(1, **nothing), zoom(2, **blank)])
    warehouse.insert("webex.meeting_qualities", [webex(None), webex(stream="resources", direction=None)])
    found = derive(warehouse)
    assert [(row["sample_index"], row["stream"], row["band"], row["is_poor"]) for row in found["stream_minutes"]] == [
        (0, "audio", "good", False),
        (1, "none", "unclassified", None),
        (2, "audio", "unclassified", None),
    ]
    person = only(found["participant_quality"])
    assert (person["classified_minutes"], person["unclassified_minutes"], person["poor_minute_share"]) == (1, 1, 0)
    assert {row["stream"]: row["unclassified_minutes"] for row in found["quality_daily"]} == {"audio": 1, "none": 1}


def test_without_any_metric_shares_are_unknown(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.meeting_qos", [zoom(latency_ms=None, jitter_ms=None, avg_loss_pct=None)])
    found = derive(warehouse)
    person, meeting = only(found["participant_quality"]), only(found["meeting_quality"])
    assert (person["band"], person["is_affected"], person["poor_minute_share"]) == ("unclassified", None, None)
    assert (meeting["people"], meeting["affected_participant_share"], meeting["worst_stream"]) == (0, None, None)
    assert only(found["quality_daily"])["headline_poor_minute_share"] is None


def test_few_pictures_are_poor_only_where_there_is_a_picture(warehouse: Warehouse) -> None:
    cases = (
        ("video", 6.0, 720, "poor"),
        ("video", 7.0, 720, "good"),
        ("video", 0.0, None, "good"),
        ("screen_share", 1.0, 1080, "poor"),
        ("screen_share", 2.0, 1080, "good"),
    )
    warehouse.insert(
        "zoom.meeting_qos",
        [
            zoom(index, stream=stream, frame_rate_fps=rate, height_px=height)
            for index, (stream, rate, height, _) in enumerate(cases)
        ],
    )
    found = {row["sample_index"]: row["band"] for row in derive(warehouse)["stream_minutes"]}
    assert [found[index] for index in range(len(cases))] == [band for *_, band in cases]


def test_webex_runs_follow_one_another(warehouse: Warehouse) -> None:
    """Sample i covers what comes i intervals after its run's start; a second run begins anew; odd values are none."""
    rows = [webex(index, sampling_interval_seconds=30.0) for index in range(2)]
    rows += [webex(0, run_started_at=at(90), jitter_ms=-1.0), webex(0, run_started_at=at(90), twin=1)]
    rows += [webex(3, run_started_at=at(600), sampling_interval_seconds=None)]
    warehouse.insert("webex.meeting_qualities", rows)
    found = derive(warehouse)
    told = [
        (row["run_index"], row["sample_index"], row["measured_at"], row["sample_seconds"], row["jitter_ms"])
        for row in found["stream_minutes"]
    ]
    assert told == [
        (0, 0, at(0), 30, 5),
        (0, 1, at(30), 30, 5),
        (1, 0, at(90), 60, None),
        (2, 0, at(90), 60, 5),
        (3, 3, at(780), 60, 5),
    ]
    assert only(found["participant_quality"])["classified_minutes"] == 4


def test_persons_are_those_of_the_joins(warehouse: Warehouse) -> None:
    common = {"dt": date.fromisoformat(DAY), "platform": "zoom", "meeting_uuid": "m1", "identity_confidence": "strong"}
    joins = [
        common | {"person_key": "r:reg", "email": "guest@y.com", "session_key": "1", "is_internal": False},
        common | {"person_key": "u:u1", "user_id": "u1", "session_key": "2", "is_internal": True},
        common
        | {"person_key": "n:x", "display_name": "Bo  B", "session_key": "3", "identity_confidence": "weak"}
        | {"is_internal": False},
    ]
    warehouse.insert("core.participant_sessions", joins)
    people: tuple[Row, ...] = (
        {"user_id": "u1", "email": "u1@x.com"},
        {"user_id": None, "email": " Guest@Y.com "},
        {"user_id": None, "display_name": "bo b"},
        {"user_id": "u9"},
        {"user_id": None, "email": "new@x.com"},
        {"user_id": None, "display_name": "Unheard Of"},
    )
    warehouse.insert("zoom.meeting_qos", [zoom(session_user_id=str(n), **one) for n, one in enumerate(people)])
    warehouse.insert("webex.meeting_qualities", [webex()])
    keys = {
        (row["person_key"], row["identity_confidence"], row["is_internal"]) for row in derive(warehouse)["sessions"]
    }
    [alone] = [key for key in keys if key[0].startswith("s:")]
    assert alone[1:] == ("none", False)
    assert keys - {alone} == {
        ("u:u1", "strong", True),
        ("r:reg", "strong", False),
        ("n:x", "weak", False),
        ("u:u9", "strong", True),
        ("e:new@x.com", "strong", False),
        ("e:ann@x.com", "strong", None),
    }


def test_unknown_persons_of_two_meetings_are_two(warehouse: Warehouse) -> None:
    rows = [webex(meeting_instance_id=uuid, user_email=None) for uuid in ("w1", "w2")]
    warehouse.insert("webex.meeting_qualities", rows)
    assert len({row["person_key"] for row in derive(warehouse)["sessions"]}) == 2


def test_rejoining_is_one_person_in_sums_and_shares(warehouse: Warehouse) -> None:
    rows = [zoom(minute, session_user_id=session) for session in ("a", "b") for minute in range(18)]
    rows += [zoom(18 + minute, session_user_id="b", latency_ms=600.0) for minute in range(2)]
    warehouse.insert("zoom.meeting_qos", rows)
    found = derive(warehouse)
    person = only(found["participant_quality"])
    assert (person["sessions"], person["classified_minutes"], person["poor_minutes"]) == (2, 38, 2)
    assert (person["band"], person["is_affected"]) == ("bad", True)
    assert only(found["meeting_quality"])["people"] == 1


@pytest.mark.parametrize(
    ("good", "poor", "is_affected"),
    [(38, 2, True), (39, 2, False), (0, 1, False), (0, 2, True), (5, 0, False)],
)
def test_affected_needs_two_minutes_and_a_twentieth(
    warehouse: Warehouse, good: int, poor: int, is_affected: bool
) -> None:
    rows = [zoom(minute, latency_ms=400.0 if minute >= good else 20.0) for minute in range(good + poor)]
    warehouse.insert("zoom.meeting_qos", rows)
    person = only(derive(warehouse)["participant_quality"])
    assert person["is_affected"] is is_affected


def test_the_worst_stream_decides_about_a_person(warehouse: Warehouse) -> None:
    rows = [zoom(minute, stream=stream) for stream in ("audio", "video") for minute in range(40)]
    rows += [zoom(minute, stream="screen_share", latency_ms=2000.0) for minute in range(3)]
    warehouse.insert("zoom.meeting_qos", rows)
    warehouse.insert(
        "zoom.meetings",
        [{"dt": date.fromisoformat(DAY), "meeting_uuid": "m1", "audio_quality": "good", "video_quality": "Fair"}],
    )
    warehouse.insert("core.meetings", [{"dt": date.fromisoformat(DAY), "platform": "zoom", "meeting_uuid": "m1"}])
    meeting = only(derive(warehouse)["meeting_quality"])
    assert (meeting["people"], meeting["affected_people"]) == (1, 1)
    assert (meeting["worst_stream"], meeting["worst_stream_poor_minute_share"]) == ("screen_share", 1)
    assert meeting["poor_minute_share"] == pytest.approx(3 / 83)
    assert [meeting[f"zoom_{stream}_label"] for stream in ("audio", "video", "screen_share")] == ["good", "fair", None]
