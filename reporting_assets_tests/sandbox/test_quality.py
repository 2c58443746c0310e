"""The dashboards' details of quality: shape, consistency with the lists and with one another, and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from reporting_assets_tests.sandbox.client import Api, twice
from reporting_assets_tests.sandbox.test_contract import problems

pytestmark = pytest.mark.integration

DAY = "2026-11-10"
WEEK = ("2026-11-09", "2026-11-13")
MEETING, WEBINAR = "/metrics/meetings/{meetingId}/participants", "/metrics/webinars/{webinarId}/participants"
MEDIA = ("audio", "video", "screen_share")
GRADES = ("good", "fair", "poor", "bad")
CLIENT_LEGS = ("audio_input", "audio_output", "video_input", "video_output", "as_input", "as_output")


def at(path: str, uuid: str, below: str = "") -> str:
    return path.replace("{meetingId}", twice(uuid)).replace("{webinarId}", twice(uuid)) + below


@cache
def listed(api: Api, noun: str, kind: str = "past") -> list[dict[str, Any]]:
    """A day's meetings, or a week's webinars."""
    first, last = (DAY, DAY) if noun == "meetings" else WEEK
    return api.all(f"/metrics/{noun}", noun, from_=first, to=last, type=kind, page_size=300)


@cache
def of_kind(api: Api, flag: str, weeks: tuple[str, str] = WEEK) -> list[dict[str, Any]]:
    """A week's meetings that the list flags so."""
    return [one for one in api.meetings(*weeks) if one[flag]]


def qos(api: Api, uuid: str, path: str = MEETING) -> list[dict[str, Any]]:
    return api.all(at(path, uuid, "/qos"), "participants", type="past", page_size=10)


def joins(api: Api, uuid: str, kind: str = "past", path: str = MEETING) -> list[dict[str, Any]]:
    return api.all(at(path, uuid), "participants", type=kind, page_size=300)


def used(leg: dict[str, str]) -> bool:
    return any(leg.values())


def streams(minute: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for name, value in minute.items():
        if name.startswith(("audio_", "video_", "as_")):
            yield name, value


@pytest.mark.parametrize("below", ["", "/qos", "/sharing", "/satisfaction", "/qos_summary"])
@pytest.mark.parametrize(("noun", "path"), [("meetings", MEETING), ("webinars", WEBINAR)])
def test_answers_match_the_reference(api: Api, noun: str, path: str, below: str) -> None:
    query = {} if below == "/qos_summary" else {"type": "past"}
    size = 2 if below == "/qos" else 300  # the validator takes its time
    rows = 0
    for one in listed(api, noun)[: 8 if below == "/qos" else 40]:
        body = api.ok(at(path, one["uuid"], below), page_size=size, include_fields="registrant_id", **query)
        rows += len(body["participants"])
        assert problems(path + below, 200, body) == []
    assert rows, "empty answers would match anything"


@pytest.mark.parametrize("counted", ["meeting", "participants"])
def test_scores_match_the_reference(api: Api, counted: str) -> None:
    body = api.ok("/metrics/quality", from_=DAY, to=DAY, type=counted)
    assert problems("/metrics/quality", 200, body) == []


@pytest.mark.parametrize("below", ["", "/satisfaction"])
def test_meetings_of_one_person_are_found_as_such_only(api: Api, below: str) -> None:
    path = at(MEETING, listed(api, "meetings", "pastOne")[0]["uuid"], below)
    assert problems(MEETING + below, 200, api.ok(path, type="pastOne")) == []
    assert api.error(path, type="past") == (404, 3001)
    assert api.error(at(MEETING, listed(api, "meetings")[0]["uuid"], below), type="pastOne") == (404, 3001)


@pytest.mark.parametrize("below", ["", "/qos", "/sharing", "/satisfaction"])
def test_what_has_ended_is_not_live(api: Api, below: str) -> None:
    path = at(MEETING, listed(api, "meetings")[0]["uuid"], below)
    assert api.error(path) == (404, 3001), "the type is live unless sent"
    assert problems(MEETING + below, 404, api.get(path).json()) == []


@pytest.mark.parametrize("below", ["/qos", "/sharing"])
def test_some_lists_know_no_meetings_of_one_person(api: Api, below: str) -> None:
    uuid = listed(api, "meetings", "pastOne")[0]["uuid"]
    assert api.error(at(MEETING, uuid, below), type="pastOne") == (400, 300)
    assert api.error(at(MEETING, uuid, below), type="past") == (404, 3001)


def test_refusals(api: Api, launched: Callable[..., Api]) -> None:
    webinar, meeting = listed(api, "webinars")[0]["uuid"], listed(api, "meetings")[0]["uuid"]
    assert api.error(at(MEETING, webinar, "/qos"), type="past") == (404, 3001)
    assert api.error(at(WEBINAR, meeting, "/qos"), type="past") == (404, 3001)
    assert api.error("/metrics/quality", from_=DAY, to=DAY, type="people") == (400, 300)
    assert api.error("/metrics/quality", from_=DAY) == (400, 300)
    later = launched(now="2027-12-20T12:00:00Z", history_start="2026-11-01", plan="business")
    assert later.error(at(MEETING, meeting, "/qos"), type="past") == (400, 12702)
    small = launched(plan="pro")
    assert small.error(at(MEETING, meeting, "/qos"), type="past") == (400, 400)


def test_samples_come_ten_at_most_and_one_unless_asked(api: Api) -> None:
    large = max(listed(api, "meetings"), key=lambda one: one["participants"])
    assert large["participants"] > 10
    for below, query in (("/qos", {"type": "past"}), ("/qos_summary", {})):
        path = at(MEETING, large["uuid"], below)
        for asked, served in ((None, 1), (7, 7), (10, 10), (300, 10)):
            body = api.ok(path, **query, **({"page_size": asked} if asked else {}))
            assert (body["page_size"], len(body["participants"])) == (served, served)
    ids = [(row["user_id"], row["join_time"]) for row in qos(api, large["uuid"])]
    assert ids == [(row["user_id"], row["join_time"]) for row in joins(api, large["uuid"])]


def test_minutes_lie_on_the_minute_within_the_session(api: Api) -> None:
    seen = 0
    for meeting in listed(api, "meetings")[:15]:
        for row in qos(api, meeting["uuid"]):
            joined, left = (datetime.fromisoformat(row[name]) for name in ("join_time", "leave_time"))
            times = [datetime.fromisoformat(minute["date_time"]) for minute in row["user_qos"]]
            assert all(one.second == 0 and one >= joined for one in times)
            assert all((b - a).total_seconds() == 60 for a, b in pairwise(times))
            assert not times or (times[-1] - left).total_seconds() < 60
            seen += len(times)
    assert seen > 1000


def test_every_leg_is_there_and_blank_where_unused(api: Api) -> None:
    """Telephones measure nothing; room systems and web clients have a second leg; there is no picture in audio."""
    filled: Counter[str] = Counter()
    silent = without_samples = 0
    chosen = (of_kind(api, "has_sip") + of_kind(api, "has_pstn"))[:40]
    for meeting in chosen:
        for row in qos(api, meeting["uuid"]):
            without_samples += not row["user_qos"]
            for minute in row["user_qos"]:
                legs = dict(streams(minute))
                assert len(legs) == 18
                for name, leg in legs.items():
                    assert set(leg) >= {"avg_loss", "bitrate", "jitter", "latency", "max_loss"}
                    assert ("resolution" in leg) == (not name.startswith("audio"))
                    assert all(leg.values()) or not used(leg)
                    filled[name] += used(leg)
                silent += not any(map(used, legs.values()))
                if row["device"] == "Phone":
                    assert not any(map(used, legs.values()))
                    assert "cpu_pressure_level" not in minute
    assert all(filled[name] for name in CLIENT_LEGS)
    assert any(filled[name] for name in filled if name.endswith("_crc")), filled
    assert any(filled[name] for name in filled if name.endswith("_rwg")), filled
    assert silent
    assert without_samples, "a stay in the waiting room has none"


def test_screen_sharing_streams_follow_the_shares(api: Api) -> None:
    shared = 0
    for meeting in listed(api, "meetings")[:20]:
        rows = qos(api, meeting["uuid"])
        listing = api.all(at(MEETING, meeting["uuid"], "/sharing"), "participants", type="past", page_size=300)
        shares = [(row["user_id"], one) for row in listing for one in row["details"]]
        assert bool(shares) == meeting["has_screen_share"]
        for row in rows:
            own = [one for user, one in shares if user == row["user_id"]]
            for minute in row["user_qos"]:
                if used(minute["as_input"]):
                    shared += 1
                    assert any(one["start_time"] <= minute["date_time"] <= one["end_time"] for one in own)
                assert meeting["has_screen_share"] or not used(minute["as_output"])
    assert shared


def test_labels_agree_with_minutes(api: Api) -> None:
    """Sessions labelled bad lose more than those labelled good; a medium without label was not used."""
    losses: dict[str, list[float]] = {grade: [] for grade in GRADES}
    for meeting in listed(api, "meetings")[:50]:
        labels = {(row["user_id"], row["join_time"]): row for row in joins(api, meeting["uuid"])}
        for row in qos(api, meeting["uuid"]):
            label = labels[row["user_id"], row["join_time"]]
            worst = max((label[f"{medium}_quality"] for medium in MEDIA), key=lambda one: ("", *GRADES).index(one))
            assert row["health"] == {"poor": "Warning", "bad": "Critical"}.get(worst, "Good")
            for minute in row["user_qos"]:
                if used(minute["audio_output"]):
                    losses[label["audio_quality"]].append(float(minute["audio_output"]["avg_loss"].rstrip("%")))
                if not label["video_quality"]:
                    assert not used(minute["video_output"])
    means = {grade: sum(found) / len(found) for grade, found in losses.items() if found}
    assert sorted(means, key=means.__getitem__) == [grade for grade in GRADES if grade in means]
    assert len(means) > 2


def test_the_first_join_has_the_meetings_labels(api: Api) -> None:
    for meeting in listed(api, "meetings")[:40]:
        first = joins(api, meeting["uuid"])[0]
        for medium in MEDIA:
            assert first[f"{medium}_quality"] in ("", meeting[f"{medium}_quality"])


def test_scores_count_the_labels_of_the_lists(api: Api) -> None:
    expected: dict[str, Counter[str]] = {medium: Counter() for medium in MEDIA}
    of_joins: dict[str, Counter[str]] = {medium: Counter() for medium in MEDIA}
    for kind in ("past", "pastOne"):
        for meeting in listed(api, "meetings", kind):
            for medium in MEDIA:
                expected[medium][meeting[f"{medium}_quality"]] += 1
            for row in joins(api, meeting["uuid"], kind):
                for medium in MEDIA:
                    of_joins[medium][row[f"{medium}_quality"]] += 1
    for counted, counts in (("meeting", expected), ("participants", of_joins)):
        scores = api.ok("/metrics/quality", from_=DAY, to=DAY, type=counted)["quality"]
        assert scores == {medium: {grade: counts[medium][grade] for grade in GRADES} for medium in MEDIA}


def test_identity_and_machines_of_guests_are_hidden(api: Api) -> None:
    outside = inside = 0
    for meeting in of_kind(api, "has_external_participant")[:30]:
        for row in joins(api, meeting["uuid"]):
            hidden = [
                row[name] for name in ("id", "participant_user_id", "harddisk_id", "mac_addr", "domain", "camera")
            ]
            if row["mac_addr"]:
                inside += 1
                assert row["harddisk_id"]
                assert row["domain"]
            else:
                outside += 1
                assert hidden == [""] * 6
    assert outside
    assert inside


def test_a_connection_has_one_uuid_and_some_have_none(api: Api) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for meeting in listed(api, "meetings"):
        for row in joins(api, meeting["uuid"]):
            found.setdefault((meeting["uuid"], row["user_id"]), set()).add(row["participant_uuid"])
    assert all(len(uuids) == 1 for uuids in found.values()), "rooms of one connection share it"
    known = [uuid for (uuid,) in found.values() if uuid]
    assert len(set(known)) == len(known) > 0.9 * len(found)
    assert len(known) < len(found)


def test_summaries_are_of_the_minutes(api: Api) -> None:
    """In the add-on's words input is what the client received, so its audio is the dashboards' output."""
    compared = 0
    turned = {"audio_input": "audio_output", "audio_output": "audio_input", "video_input": "video_output"}
    for meeting in listed(api, "meetings")[:15]:
        summaries = api.all(at(MEETING, meeting["uuid"], "/qos_summary"), "participants", page_size=10)
        minutes: dict[str, list[dict[str, Any]]] = {}
        for row in qos(api, meeting["uuid"]):
            minutes.setdefault(row["user_id"], []).extend(row["user_qos"])  # all stays on one connection
        assert [summary["participant_id"] for summary in summaries] == list(minutes)
        for summary in summaries:
            for one in summary["qos"]:
                if one["type"] not in turned:
                    continue
                of = [minute[turned[one["type"]]]["bitrate"] for minute in minutes[summary["participant_id"]]]
                rates = [float(rate.removesuffix(" kbps")) for rate in of if rate]
                assert one["details"]["max_bitrate"] == f"{max(rates):g}kbps"
                assert one["details"]["min_bitrate"] == f"{min(rates):g}kbps"
                compared += 1
    assert compared > 50


def test_feedback_is_of_people_who_were_there(api: Api) -> None:
    ratings: Counter[str] = Counter()
    for meeting in of_kind(api, "has_voip")[:150]:
        body = api.ok(at(MEETING, meeting["uuid"], "/satisfaction"), type="past", page_size=300)
        assert "total_records" not in body
        for one in body["participants"]:
            ratings[one["quality"]] += 1
            assert one["date_time"] > meeting["start_time"]
            assert one["quality"] == "NOT GOOD" or "comment" not in one
    assert set(ratings) == {"GOOD", "NOT GOOD"}


def test_answers_depend_on_seed_and_organisation_only(api: Api, launched: Callable[..., Api]) -> None:
    again = launched()
    meeting = listed(api, "meetings")[3]["uuid"]
    for below, query in (("", {"type": "past"}), ("/qos", {"type": "past", "page_size": 10}), ("/qos_summary", {})):
        path = at(MEETING, meeting, below)
        assert again.ok(path, **query) == api.ok(path, **query)
