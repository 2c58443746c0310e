"""Webex from the API to the tables, against a plain recount over HTTP that shares no code with the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox.launch import Running
from reporting_assets.settings import SettingsError
from reporting_assets_tests.integration.harness import (
    DAY,
    NOW,
    Asked,
    asked,
    derive,
    forget,
    ingest,
    rows,
    sandbox,
    statuses,
    work_for,
)
from reporting_assets_tests.sandbox.webex.conftest import OTHER_SITE, SERVICES, SITE, Webex

pytestmark = pytest.mark.integration
RECENT = "2026-11-17"  # its quality is still kept at NOW
USAGE = "webex.meeting_usage"
SERIES = {
    "packetLoss": "packet_loss_pct",
    "latency": "latency_ms",
    "jitter": "jitter_ms",
    "mediaBitRate": "media_bit_rate",
    "frameRate": "frame_rate",
    "resolutionHeight": "resolution_height",
    "processAverageCPU": "process_average_cpu_pct",
    "processMaxCPU": "process_max_cpu_pct",
    "systemAverageCPU": "system_average_cpu_pct",
    "systemMaxCPU": "system_max_cpu_pct",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with sandbox() as one:
        yield one


@pytest.fixture(scope="module")
def webex(running: Running) -> Webex:
    return Webex(running)


@pytest.fixture(scope="module")
def filled(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A lake that stores everything, with a settled day and one whose quality is still kept."""
    work = work_for(running, tmp_path_factory.mktemp("webex"), reporting_privacy="full")
    for table, keys in {
        "webex.sites": [DAY],
        USAGE: [DAY, RECENT],
        "webex.meeting_attendees": [DAY],
        "webex.meeting_qualities": [RECENT],
    }.items():
        done = ingest(work, table, keys)
        assert done.failures == {}
    assert derive(work, "webex.meeting_tracking_codes").failures == {}
    return work


def window(first: str, days: int = 1) -> tuple[str, str]:
    """From the first midnight to the last second of so many days."""
    return f"{first}T00:00:00Z", f"{date.fromisoformat(first) + timedelta(days=days - 1)}T23:59:59Z"


def stored(work: Work, table: str, key: str = DAY) -> list[dict[str, Any]]:
    return rows(work, table, key).to_pylist()


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def told(value: Any) -> Any:
    """As a column has it: an empty text is unknown."""
    return None if value == "" else value


def test_sites(filled: Work) -> None:
    found = {row["site_url"]: row["is_default"] for row in stored(filled, "webex.sites")}
    assert found == {SITE: True, OTHER_SITE: False}


def test_meetings_of_all_sites_and_service_types(filled: Work, webex: Webex) -> None:
    found = {row["meeting_instance_id"]: row for row in stored(filled, USAGE)}
    listed = {meeting["meetingId"]: meeting for meeting in webex.usage(*window(DAY))}
    assert found.keys() == listed.keys()
    assert len(found) >= 8
    for instance, meeting in listed.items():
        row = found[instance]
        assert row == {
            "dt": date.fromisoformat(DAY),
            "meeting_instance_id": instance,
            "meeting_number": meeting["meetingNumber"],
            "site_url": meeting["_site"],
            "service_type": meeting["serviceType"],
            "scheduled_type": meeting["scheduledType"],
            "topic": meeting["meetingTitle"],
            "host_email": meeting["hostEmail"],
            "host_name": meeting["hostDisplayName"],
            "started_at": moment(meeting["start"]),
            "ended_at": moment(meeting["end"]),
            "vendor_duration_seconds": meeting["duration"] * 60,
            "vendor_person_minutes": meeting["totalPeopleMinutes"],
            "voip_minutes": meeting["totalVoipMinutes"],
            "call_in_minutes": meeting["totalCallInMinutes"],
            "call_in_toll_free_minutes": meeting["totalCallInTollFreeMinutes"],
            "call_out_domestic_minutes": meeting["totalCallOutDomestic"],
            "call_out_international_minutes": meeting["totalCallOutInternational"],
            "vendor_participants": meeting["totalParticipants"],
            "voip_participants": meeting["totalParticipantsVoip"],
            "call_in_participants": meeting["totalParticipantsCallIn"],
            "call_out_participants": meeting["totalParticipantsCallOut"],
            "vendor_peak_attendees": meeting["peakAttendee"],
            "registrants": meeting["totalRegistered"],
            "invitees": meeting["totalInvitee"],
            "tracking_codes": row["tracking_codes"],
            "_source": "sandbox",
            "_endpoint": "/meetingReports/usage",
            "_extra": None,
        }
        codes = [(code["name"], code["value"]) for code in row["tracking_codes"] or []]
        assert codes == [(code["name"], told(code["value"])) for code in meeting.get("trackingCodes", ())]


def test_tracking_codes_row_by_row(filled: Work, webex: Webex) -> None:
    listed = [
        (meeting["meetingId"], place, meeting["_site"], moment(meeting["start"]), code["name"], told(code["value"]))
        for meeting in webex.usage(*window(DAY))
        for place, code in enumerate(meeting.get("trackingCodes", ()))
    ]
    names = ("meeting_instance_id", "code_place", "site_url", "meeting_started_at", "name", "value")
    found = [tuple(row[name] for name in names) for row in stored(filled, "webex.meeting_tracking_codes")]
    assert sorted(found, key=str) == sorted(listed, key=str)
    assert len({place for _, place, *_ in listed}) > 1, "a meeting with several codes is needed"


def test_attendee_sessions(filled: Work, webex: Webex) -> None:
    found = stored(filled, "webex.meeting_attendees")
    listed = []
    for meeting in webex.usage(*window(DAY)):
        sessions = webex.all(
            "/meetingReports/attendees",
            siteUrl=meeting["_site"],
            meetingId=meeting["meetingId"],
            from_=f"{DAY}T00:00:00Z",
            to=f"{DAY}T23:59:59Z",
            max=1000,
        )
        for place, row in enumerate(sessions):
            listed.append(
                {
                    "dt": date.fromisoformat(DAY),
                    "meeting_instance_id": row["meetingId"],
                    "session_place": place,
                    "site_url": meeting["_site"],
                    "meeting_started_at": moment(meeting["start"]),
                    "meeting_number": str(row["meetingNumber"]),
                    "topic": row["meetingTitle"],
                    "display_name": row["displayName"],
                    "email": told(row["email"]),
                    "joined_at": moment(row["joinedTime"]),
                    "left_at": moment(row["leftTime"]),
                    "vendor_duration_seconds": row["duration"] * 60,
                    "participant_type": row["participantType"].lower(),
                    "ip_address": told(row["ipAddress"]),
                    "client_agent": told(row["clientAgent"]),
                    "company": told(row["company"]),
                    "phone_number": told(row["phoneNumber"]),
                    "address_1": told(row["address1"]),
                    "address_2": told(row["address2"]),
                    "city": told(row["city"]),
                    "state": told(row["state"]),
                    "country": told(row["country"]),
                    "zip_code": told(row["zipCode"]),
                    "is_registered": row["registered"],
                    "is_invited": row["invited"],
                    "_source": "sandbox",
                    "_endpoint": "/meetingReports/attendees",
                    "_extra": None,
                }
            )
    assert len(listed) > 50
    order = ("meeting_instance_id", "session_place")
    assert found == sorted(listed, key=lambda row: tuple(row[name] for name in order))


def samples(webex: Webex) -> Counter[tuple[Any, ...]]:
    """Every row that the day's answers stand for: a run's samples, a run without any, a session without any run."""
    found: Counter[tuple[Any, ...]] = Counter()
    for meeting in webex.usage(*window(RECENT)):
        for place, session in enumerate(webex.all("/meeting/qualities", meetingId=meeting["meetingId"])):
            who = (meeting["meetingId"], place, session["participantSessionId"])
            runs = [
                (stream, direction, run)
                for stream in ("video", "audio", "share")
                for direction in ("in", "out")
                for run in session[f"{stream}{direction.title()}"]
            ]
            runs += [("resources", None, run) for run in session["resources"] if any(run.values())]
            if not runs:
                found[(*who, None, None, None, None, *(None for _ in SERIES))] += 1
            for stream, direction, run in runs:
                begins = moment(run.get("startTime", ""))
                length = max(len(run.get(name, ())) for name in SERIES)
                for index in range(length) or (None,):
                    values = [
                        run[name][index] if index is not None and index < len(run.get(name, ())) else None
                        for name in SERIES
                    ]
                    found[(*who, stream, direction, begins, index, *values)] += 1
    return found


def test_media_quality_sample_by_sample(filled: Work, webex: Webex) -> None:
    names = ("meeting_instance_id", "session_place", "participant_session_id", "stream", "direction", "run_started_at")
    found = stored(filled, "webex.meeting_qualities", RECENT)
    counted = Counter(tuple(row[name] for name in (*names, "sample_index", *SERIES.values())) for row in found)
    listed = samples(webex)
    assert counted == listed
    assert listed.total() > 5000
    kinds = {(row["stream"] is None, row["sample_index"] is None) for row in found}
    assert kinds == {(False, False), (False, True), (True, True)}, "samples, a run without, a session without"
    assert {row["_extra"] for row in found} == {None}
    assert {row["sampling_interval_seconds"] for row in found if row["stream"] == "audio"} == {60.0}
    assert {row["join_seconds"] is not None for row in found} == {True}
    assert {row["codec"] for row in found if row["stream"] == "audio"} == {"Opus"}


def reports(running: Running) -> list[Asked]:
    return [one for one in asked(running) if one.path.startswith("/webex/v1/meetingReports")]


def test_a_month_of_31_days_takes_two_windows(running: Running, webex: Webex, tmp_path: Path) -> None:
    forget(running)
    keys = [f"2026-10-{day:02}" for day in range(1, 32)]
    work = work_for(running, tmp_path)
    assert ingest(work, USAGE, keys).failures == {}
    calls = reports(running)
    assert len(calls) == 2 * 2 * len(SERVICES)  # sites, windows, service types
    assert {one.status for one in calls} == {200}
    found = {row["meeting_instance_id"] for key in keys for row in stored(work, USAGE, key)}
    listed = webex.usage(*window("2026-10-01", 30)) + webex.usage(*window("2026-10-31"))
    assert found == {meeting["meetingId"] for meeting in listed}


def test_what_is_too_old_is_one_sentence(running: Running, tmp_path: Path) -> None:
    work = work_for(running, tmp_path)
    oldest = (NOW - timedelta(days=89)).date().isoformat()
    assert ingest(work, USAGE, [oldest]).failures == {}
    before = len(reports(running))
    gone = (NOW - timedelta(days=90)).date().isoformat()  # began more than 90 times 24 hours ago
    done = ingest(work, USAGE, [gone])
    assert done.sentence.count("\n") == 0
    assert f"{gone} is older than Webex answers for (90 days, so back to {oldest})" in done.sentence
    assert ingest(work, USAGE, ["2026-11-13"]).failures == {}
    done = ingest(work, "webex.meeting_qualities", ["2026-11-13"])
    assert "2026-11-13 is older than Webex answers for (7 days" in done.sentence
    assert len(reports(running)) - before == 2 * len(SERVICES), "nothing is asked for that is too old"


def test_late_meetings_and_sessions_arrive_when_the_day_is_fetched_again(tmp_path: Path) -> None:
    tables = (USAGE, "webex.meeting_attendees")

    def counts(now: datetime) -> list[int]:
        with sandbox(now=f"{now:%Y-%m-%dT%H:%M:%SZ}") as running:
            work = work_for(running, tmp_path, now=now)
            for table in tables:
                assert ingest(work, table).failures == {}
            return [len(stored(work, table)) for table in tables]

    early, settled = counts(datetime(2026, 11, 13, tzinfo=UTC)), counts(datetime(2026, 11, 15, tzinfo=UTC))
    assert early[0] < settled[0]
    assert early[1] < settled[1]


@pytest.mark.parametrize(
    ("faults", "struck"),
    [
        (("webex-504",), {504}),
        (("webex-504", "webex-lost-site", "shift:0.5"), {504}),
        (("webex-rotate", "token:0.1"), {401}),
        (("webex-423:0.1", "retry-after-seconds:0.1"), {423, 429}),
        (("500:0.1", "truncate:0.1"), {500}),
    ],
)
def test_nothing_is_lost_or_doubled_when_webex_misbehaves(
    webex: Webex, tmp_path: Path, faults: tuple[str, ...], struck: set[int]
) -> None:
    days = 14 if "webex-504" in faults else 3  # enough rows for links, where pages are small
    keys = [f"2026-11-{day:02}" for day in range(15 - days, 15)]
    with sandbox(faults=faults) as troubled:
        work = work_for(troubled, tmp_path, reporting_privacy="full")
        assert ingest(work, USAGE, keys).failures == {}
        assert ingest(work, "webex.meeting_attendees", [DAY]).failures == {}
        calls = [one for one in asked(troubled) if one.path.startswith("/webex")]
        assert struck <= {one.status for one in calls}
        if "webex-504" in faults:
            assert any("cursor=" in one.query for one in calls), "smaller pages need links"
    found = Counter(row["meeting_instance_id"] for key in keys for row in stored(work, USAGE, key))
    assert found == Counter(meeting["meetingId"] for meeting in webex.usage(*window(keys[0], len(keys))))
    meetings = {row["meeting_instance_id"]: row for row in stored(work, USAGE)}
    minutes: Counter[str] = Counter()
    for row in stored(work, "webex.meeting_attendees"):
        minutes[row["meeting_instance_id"]] += row["vendor_duration_seconds"] // 60
    assert minutes == {instance: row["vendor_person_minutes"] for instance, row in meetings.items()}


def test_privacy_changes_what_rows_say_and_not_how_many_there_are(
    running: Running, filled: Work, tmp_path: Path
) -> None:
    work = work_for(running, tmp_path, reporting_privacy="pseudonymous")
    everything = {USAGE: DAY, "webex.meeting_attendees": DAY}
    for table in everything:
        assert ingest(work, table).failures == {}
    assert ingest(work, USAGE, [RECENT]).failures == {}
    assert ingest(work, "webex.meeting_qualities", [RECENT]).failures == {}
    everything["webex.meeting_qualities"] = RECENT
    for table, key in everything.items():
        assert len(stored(work, table, key)) == len(stored(filled, table, key))
    names = {row["host_name"] for row in stored(filled, USAGE)}
    names |= {row["display_name"] for row in stored(filled, "webex.meeting_attendees")}
    names |= {row["user_name"] for row in stored(filled, "webex.meeting_qualities", RECENT)}
    names = {name for name in names if " " in name}  # `iPhone` is also a kind of machine
    for table, key in everything.items():
        texts = {value for row in stored(work, table, key) for value in row.values() if isinstance(value, str)}
        assert not [text for text in texts if "@" in text or any(name in text for name in names)]
    codes = [code for row in stored(work, USAGE) for code in row["tracking_codes"] or ()]
    assert {code["name"] for code in codes} >= {"Department"}
    assert {code["value"] for code in codes} == {None}


@pytest.mark.parametrize(
    ("given", "works", "fails", "missing"),
    [
        ("zoom", "zoom.users", "webex.sites", ["WEBEX_CLIENT_ID", "WEBEX_CLIENT_SECRET", "WEBEX_REFRESH_TOKEN"]),
        ("webex", "webex.sites", "zoom.users", ["ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"]),
    ],
)
def test_either_vendor_works_without_the_other_s_credentials(
    running: Running, tmp_path: Path, given: str, works: str, fails: str, missing: list[str]
) -> None:
    credentials = {
        "zoom": {
            "zoom_account_id": "sandbox-account",
            "zoom_client_id": "sandbox-client",
            "zoom_client_secret": "sandbox-secret",
        },
        "webex": {
            "webex_client_id": "sandbox-webex-client",
            "webex_client_secret": "sandbox-webex-secret",
            "webex_refresh_token": "sandbox-webex-refresh-token",
        },
    }
    work = work_for(running, tmp_path, reporting_source="live", **credentials[given])
    assert ingest(work, works).failures == {}
    with pytest.raises(SettingsError) as raised:
        ingest(work, fails)
    assert all(name in str(raised.value) for name in missing)
    assert not any(name.upper() in str(raised.value) for name in credentials[given])


def test_tokens_are_kept_beside_the_lake_and_nowhere_else(running: Running, tmp_path: Path) -> None:
    forget(running)
    work = work_for(running, tmp_path)
    for _ in range(2):  # two commands, one token
        assert ingest(work, "webex.sites").failures == {}
    assert sum(one.path.endswith("/access_token") for one in asked(running)) == 1
    assert statuses(asked(running)) == {}  # and Zoom was not asked at all
    token = (tmp_path / "tokens" / "webex.json").read_text().split('"access_token":"')[1].split('"')[0]
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "webex.json":
            assert token.encode() not in path.read_bytes()
