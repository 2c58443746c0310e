"""Call quality of a simulated day, from the API to every table, against a plain recount of the vendors' rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import pytest

from reporting_assets.contracts import quality
from reporting_assets.contracts.quality_rollups import LATENCY_BUCKETS, LOSS_BUCKETS
from reporting_assets.orchestration.work import Work
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration import recount_quality as recount
from reporting_assets_tests.integration.recount_quality import Person, Row, Sample

pytestmark = pytest.mark.integration

DAY = "2026-11-17"  # Webex still keeps its quality
BEGINS = datetime(2026, 11, 17, tzinfo=UTC)
FETCHED = (
    "zoom.meetings",
    "zoom.webinars",
    "zoom.meeting_participants",
    "zoom.webinar_participants",
    "zoom.meeting_participant_metrics",
    "zoom.webinar_participant_metrics",
    "zoom.meeting_qos",
    "zoom.webinar_qos",
    "zoom.rooms",
    "webex.sites",
    "webex.meeting_usage",
    "webex.meeting_attendees",
    "webex.meeting_qualities",
)
ISSUE_DAYS = [str(date(2026, 11, 17) - timedelta(days=back)) for back in range(7, -1, -1)]
SITES = "Home=198.51.100.0/24; First=203.0.113.1/32; Second=203.0.113.2/32; Mesh=203.0.113."
# Seed, sample, profile, privacy; the random share is a quarter.
CASES = ((303, "all", "default", "full"), (21, "flagged", "strict", "full"), (11, "flagged", "cqd", "standard"))
PERCENT = 25
EDGES = (50, 100, 150, 200, 300, 400, 500), (0.5, 1, 2, 3, 5, 10)


@dataclass
class Day:
    """A lake with the day's quality, and the recount of it."""

    work: Work
    profile: str
    privacy: str

    def rows(self, table: str, key: str = DAY) -> list[Row]:
        return harness.rows(self.work, table, key).to_pylist()

    @cached_property
    def samples(self) -> list[Sample]:
        return [
            *recount.zoom_samples(self.rows("zoom.meeting_qos"), "meeting", self.profile, PERCENT),
            *recount.zoom_samples(self.rows("zoom.webinar_qos"), "webinar", self.profile, PERCENT),
            *recount.webex_samples(self.rows("webex.meeting_qualities"), self.profile),
        ]

    @cached_property
    def persons(self) -> dict[tuple[Any, ...], Person]:
        """By meeting and session."""
        known = recount.Identities(self.rows("core.participant_sessions"))
        labels: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        found: dict[tuple[Any, ...], Person] = {}
        for noun in ("meeting", "webinar"):
            for row in self.rows(f"zoom.{noun}_participant_metrics"):
                labels[self._session(row, noun)] = tuple(row[f"{stream}_quality"] for stream in recount.STREAMS)
            for row in self.rows(f"zoom.{noun}_qos"):
                session = self._session(row, noun)
                who = known.find(session, row["user_id"], row["email"], row["display_name"])
                addresses = [row["ip_address"], *(one["address"] for one in row["internal_ip_addresses"] or [])]
                site = recount.site_of(SITES, row["location"], addresses)
                found[session] = Person(*who, site, labels.get(session, (None,) * 3))
        for row in self.rows("webex.meeting_qualities"):
            session = ("webex", row["meeting_instance_id"], row["session_place"])
            who = known.find(session, None, row["user_email"], row["user_name"])
            site = recount.site_of(SITES, None, [row["public_ip"], row["local_ip"]])
            found[session] = Person(*who, site, (None,) * 3)
        return found

    @staticmethod
    def _session(row: Row, noun: str) -> tuple[Any, ...]:
        return ("zoom", row[f"{noun}_uuid"], row["session_user_id"], row["participant_uuid"], row["joined_at"])

    def person(self, sample: Sample) -> Person:
        return self.persons[*sample.meeting, *sample.session]

    @cached_property
    def flowing(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.stream != "none"]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"seed {case[0]}, {case[1]}, {case[2]}, {case[3]}")
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Day:
    seed, sample, profile, privacy = request.param
    with harness.sandbox(seed=seed) as running:
        work = harness.work_for(
            running,
            tmp_path_factory.mktemp("quality"),
            zoom_quality_sample=sample,
            zoom_quality_random_percent=PERCENT,
            reporting_quality_profile=profile,
            reporting_privacy=privacy,
            reporting_sites=SITES,
        )
        for table in FETCHED:
            assert harness.ingest(work, table, [DAY]).failures == {}, table
        assert harness.ingest(work, "zoom.room_issues", ISSUE_DAYS).failures == {}
    for table in ("core.meetings", "core.participant_sessions", *(table.id for table in quality.TABLES)):
        done = harness.derive(work, table, [DAY])
        assert done.failures == {}, table
        assert "not_derived" not in done.facts, table
    return Day(work, profile, privacy)


def near(value: Any) -> Any:
    """Equal up to how sums of fractions round."""
    return round(value, 7) if isinstance(value, float) else value


def same(ours: list[Row], expected: list[dict[str, Any]]) -> None:
    """The rows, as far as the recount has columns; sessions and unknown persons only as many as there are."""
    assert expected
    names = [*expected[0]]

    def bare(row: Row) -> tuple[Any, ...]:
        return tuple("s:" if str(row[name]).startswith("s:") else near(row[name]) for name in names)

    found, wanted = Counter(map(bare, ours)), Counter(map(bare, expected))
    assert found == wanted, (names, list((found - wanted).items())[:3], list((wanted - found).items())[:3])


def test_the_day_has_the_awkward_cases(day: Day) -> None:
    assert {sample.meeting[0] for sample in day.samples} == {"zoom", "webex"}
    assert {sample.stream for sample in day.samples} == {*recount.STREAMS, "none"}
    assert any(sample.run > 0 for sample in day.samples)
    assert {"good", "poor", "unclassified"} <= {sample.band for sample in day.samples}
    is_complete = day.profile == "default"
    assert len({sample.is_representative for sample in day.samples}) == (1 if is_complete else 2)
    if is_complete:  # of few meetings, few have one
        assert any(row["route"] not in (None, "client") for row in day.rows("zoom.meeting_qos"))


def test_samples(day: Day) -> None:
    rows = day.rows("quality.stream_minutes")
    expected = [
        {
            "platform": sample.meeting[0],
            "meeting_uuid": sample.meeting[1],
            "run_index": sample.run,
            "sample_index": sample.index,
            "measured_at": sample.at,
            "sample_seconds": sample.seconds,
            "stream": sample.stream,
            "direction": sample.direction,
            "latency_ms": sample.latency,
            "jitter_ms": sample.jitter,
            "loss_pct": sample.loss,
            "frame_rate_fps": sample.rate,
            "band": sample.band,
            "is_poor": sample.band in ("poor", "bad") if sample.is_classified else None,
            "quality_profile": day.profile,
            "estimated_mos": sample.mos,
            "sample_reason": sample.reason,
            "is_representative": sample.is_representative,
        }
        for sample in day.samples
    ]
    same(rows, expected)
    sessions = {(*sample.meeting, *sample.session) for sample in day.samples}
    assert len({(row["platform"], row["meeting_uuid"], row["session_key"]) for row in rows}) == len(sessions)


def test_sessions(day: Day) -> None:
    sessions = {(*sample.meeting, *sample.session) for sample in day.samples}
    persons = [(session, day.persons[session]) for session in sessions]
    same(
        day.rows("quality.sessions"),
        [
            {
                "platform": session[0],
                "meeting_uuid": session[1],
                "person_key": person.key,
                "is_internal": person.is_internal,
                "site": person.site,
                **{f"zoom_{stream}_label": label for stream, label in zip(recount.STREAMS, person.labels, strict=True)},
            }
            for session, person in persons
        ],
    )
    if day.privacy == "full":
        assert {person.site for _, person in persons} >= {"First", "Home"}
    else:
        assert {person.site for _, person in persons} == {"unknown"}


def test_people(day: Day) -> None:
    groups = recount.grouped(day.flowing, lambda one: (*one.meeting, day.person(one).key, one.stream, one.direction))
    expected = []
    for (platform, uuid, person, stream, direction), samples in groups.items():
        row: dict[str, Any] = {"platform": platform, "meeting_uuid": uuid, "person_key": person}
        row |= {"stream": stream, "direction": direction}
        row |= recount.minutes(samples)
        row |= {"band": recount.lasting_band(samples), "is_affected": recount.is_affected(samples)}
        row["sessions"] = len({sample.session for sample in samples})
        for name, suffix in (("latency", "ms"), ("jitter", "ms"), ("loss", "pct")):
            known = [value for sample in samples if (value := getattr(sample, name)) is not None]
            row[f"{name}_p50_{suffix}"] = recount.percentile(known, 0.5)
            row[f"{name}_p95_{suffix}"] = recount.percentile(known, 0.95)
        scores = [sample.mos for sample in samples if sample.mos is not None]
        row["estimated_mos_p50"] = recount.percentile(scores, 0.5)
        row["estimated_mos_p05"] = recount.percentile(scores, 0.05)
        second = [recount.g107_mos(one.latency, one.jitter, one.loss) for one in samples if one.mos is not None]
        row["estimated_mos_g107_p50"] = recount.percentile([value for value in second if value is not None], 0.5)
        expected.append(row)
    same(day.rows("quality.participant_quality"), expected)


def test_meetings(day: Day) -> None:
    labels = {
        ("zoom", row[f"{noun}_uuid"]): {f"zoom_{stream}_label": row[f"{stream}_quality"] for stream in recount.STREAMS}
        for noun in ("meeting", "webinar")
        for row in day.rows(f"zoom.{noun}s")
    }
    webinars = {("zoom", row["webinar_uuid"]) for row in day.rows("zoom.webinars")}
    webinars |= {(row["platform"], row["meeting_uuid"]) for row in day.rows("core.meetings") if row["is_webinar"]}
    expected = []
    for meeting, samples in recount.grouped(day.flowing, lambda one: one.meeting).items():
        people: dict[str, bool] = {}
        by_person = recount.grouped(samples, lambda one: (day.person(one).key, one.stream, one.direction))
        for (person, *_), theirs in by_person.items():
            if any(sample.is_classified for sample in theirs):
                people[person] = people.get(person, False) or bool(recount.is_affected(theirs))
        row = {"platform": meeting[0], "meeting_uuid": meeting[1], **recount.minutes(samples)}
        row |= {"band": recount.lasting_band(samples), "is_webinar": meeting in webinars}
        row |= {"people": len(people), "affected_people": sum(people.values())}
        row["affected_participant_share"] = sum(people.values()) / len(people) if people else None
        shares: dict[str, tuple[float, float]] = {}
        for stream in recount.STREAMS:
            found = recount.minutes([sample for sample in samples if sample.stream == stream])
            row |= {f"{stream}_{name}": found[name] for name in ("classified_minutes", "poor_minutes")}
            if found["poor_minutes"]:
                shares[stream] = (found["poor_minute_share"] or 0, found["poor_minutes"])
        worst = max(sorted(shares), key=lambda stream: shares[stream], default=None)  # the first of equals
        row |= {"worst_stream": worst, "worst_stream_poor_minute_share": shares[worst][0] if worst else None}
        row |= labels.get(meeting, {f"zoom_{stream}_label": None for stream in recount.STREAMS})
        expected.append(row)
    same(day.rows("quality.meeting_quality"), expected)


def histogram(samples: list[Sample], metric: str, names: list[str], edges: tuple[float, ...]) -> dict[str, float]:
    found = dict.fromkeys(names, 0.0)
    for sample in samples:
        if (value := getattr(sample, metric)) is not None:
            found[names[sum(value > edge for edge in edges)]] += sample.seconds / 60
    return found


def test_days(day: Day) -> None:
    groups = recount.grouped(day.samples, lambda one: (one.meeting[0], one.reason, one.stream, one.direction))
    expected = []
    for (platform, reason, stream, direction), samples in groups.items():
        drawn = recount.minutes([sample for sample in samples if sample.is_representative])
        unbiased = [
            sample
            for (vendor, _, *kind), others in groups.items()
            for sample in others
            if vendor == platform and kind == [stream, direction] and sample.is_representative
        ]
        expected.append(
            {"platform": platform, "sample_reason": reason, "stream": stream, "direction": direction}
            | {"meetings": len({sample.meeting for sample in samples})}
            | recount.minutes(samples)
            | {f"representative_{name}": drawn[name] for name in ("classified_minutes", "poor_minutes")}
            | {"headline_poor_minute_share": recount.minutes(unbiased)["poor_minute_share"]}
            | histogram(samples, "latency", [*LATENCY_BUCKETS], EDGES[0])
            | histogram(samples, "loss", [*LOSS_BUCKETS], EDGES[1])
        )
    same(day.rows("quality.quality_daily"), expected)


def test_sites(day: Day) -> None:
    inside = [sample for sample in day.flowing if day.person(sample).is_internal is not False]
    groups = recount.grouped(inside, lambda one: (one.meeting[0], day.person(one).site, one.stream))
    expected = []
    for (platform, site, stream), samples in groups.items():

        def people(of: list[Sample]) -> int:
            return len({day.person(sample).key for sample in of if sample.is_classified})

        found: dict[str, Any] = recount.minutes(samples)
        drawn = [sample for sample in samples if sample.is_representative]
        of_drawn = recount.minutes(drawn)
        is_shown = people(samples) >= 5 and (found["classified_minutes"] or 0) >= 30
        has_headline = is_shown and people(drawn) >= 5 and (of_drawn["classified_minutes"] or 0) >= 30
        expected.append(
            {"platform": platform, "site": site, "stream": stream, "is_suppressed": not is_shown}
            | {"people": people(samples) if is_shown else None}
            | {name: value if is_shown else None for name, value in found.items()}
            | {"headline_poor_minute_share": of_drawn["poor_minute_share"] if has_headline else None}
        )
    same(day.rows("quality.site_daily"), expected)
    assert {row["is_suppressed"] for row in expected} >= {False}


def test_agreement_with_zooms_labels(day: Day) -> None:
    cases: Counter[tuple[str, str, str, str]] = Counter()
    zoom = [sample for sample in day.flowing if sample.meeting[0] == "zoom"]
    by_session = recount.grouped(zoom, lambda one: (*one.meeting, *one.session, one.stream))
    for session in {(*sample.meeting, *sample.session) for sample in day.samples if sample.meeting[0] == "zoom"}:
        for stream, label in zip(recount.STREAMS, day.persons[session].labels, strict=True):
            if (samples := by_session.get((*session, stream))) or label:
                cases["session", stream, recount.lasting_band(samples or []), label or "none"] += 1
    labels = {
        row[f"{noun}_uuid"]: [row[f"{stream}_quality"] for stream in recount.STREAMS]
        for noun in ("meeting", "webinar")
        for row in day.rows(f"zoom.{noun}s")
    }
    by_meeting: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in zoom:
        by_meeting[sample.meeting[1]][sample.stream].append(sample)
    for uuid, streams in by_meeting.items():
        for stream, label in zip(recount.STREAMS, labels[uuid], strict=True):
            if streams[stream] or label:
                cases["meeting", stream, recount.lasting_band(streams[stream]), label or "none"] += 1

    def apart(ours: str, label: str) -> int | None:
        known = ours in recount.BANDS and label in recount.BANDS
        return recount.BANDS.index(ours) - recount.BANDS.index(label) if known else None

    same(
        day.rows("quality.zoom_label_agreement"),
        [
            {"level": level, "stream": stream, "our_band": ours, "zoom_label": label, "cases": count}
            | {"bands_apart": apart(ours, label)}
            for (level, stream, ours, label), count in cases.items()
        ],
    )


def test_rooms(day: Day) -> None:
    notices = [row for key in ISSUE_DAYS for row in day.rows("zoom.room_issues", key)]
    expected = recount.room_issues(notices, BEGINS)
    assert expected
    names = {row["room_id"]: row["room_name"] for row in day.rows("zoom.rooms")}
    same(
        day.rows("quality.room_issues_daily"),
        [
            {"room_id": room, "subject": subject, "issues": issues, "resolved_issues": ends, "issue_minutes": lasted}
            | {"is_open_at_midnight": is_open, "room_name": names.get(room)}
            for (room, subject), (issues, ends, lasted, is_open) in expected.items()
        ],
    )


def test_deriving_again_gives_the_same_bytes(day: Day) -> None:
    for table in quality.TABLES:
        before = harness.stored(day.work, table.id, DAY)
        assert harness.derive(day.work, table.id, [DAY]).failures == {}
        assert harness.stored(day.work, table.id, DAY) == before, table.id
