"""Quality from the API to the tables: rows against a recount of what the sandbox serves, and what the sample asks for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from reporting_assets import contracts
from reporting_assets.contracts.sampling import SALT
from reporting_assets.sandbox.launch import Running
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.served_quality import (
    MEASURED,
    Row,
    Served,
    expected_samples,
    moment,
    number,
)

pytestmark = pytest.mark.integration

LISTS = ("zoom.meetings", "zoom.webinars")
DETAILS = tuple(
    f"zoom.{noun}_{detail}"
    for noun in ("meeting", "webinar")
    for detail in ("participant_metrics", "qos", "sharing", "satisfaction", "qos_summary")
)
EVERY = (*DETAILS, "zoom.quality_scores")
SUMMARIES = tuple(table for table in DETAILS if table.endswith("_qos_summary"))
USUAL = tuple(table for table in EVERY if table not in SUMMARIES)  # of an account without the add-on
KEY = "0123456789abcdef0123456789abcdef"
PERCENT = 25
SEED = 303  # a day with a webinar, people alone, breakout rooms, a telephone, a room system and web clients


class Filled:
    """A lake with a day's quality (or these tables of it), and what the sandbox was asked for it."""

    def __init__(self, running: Running, folder: Path, tables: Sequence[str] = EVERY, **settings: Any) -> None:
        self.running = running
        self.work = harness.work_for(running, folder, **settings)
        self.duplicates = 0
        for table in LISTS:
            self._ingest(table)
        harness.forget(running)
        for table in tables:
            self._ingest(table)
        self.asked = harness.reports_asked(running)

    def _ingest(self, table: str) -> None:
        done = harness.ingest(self.work, table)
        assert not done.failures, done.failures
        self.duplicates += done.facts["duplicate_rows"]

    def table(self, name: str) -> pa.Table:
        return harness.rows(self.work, name)

    def rows(self, table: str, *columns: str) -> list[Row]:
        """All rows, or only these columns of them."""
        found = self.table(table)
        return (found.select(columns) if columns else found).to_pylist()

    def instances(self, noun: str, listing: str | None = None) -> dict[str, Row]:
        """The day's meetings or webinars by UUID."""
        rows = self.rows(f"zoom.{noun}s")
        return {row[f"{noun}_uuid"]: row for row in rows if listing in (None, row.get("listing"))}

    def uuids_asked(self, noun: str, below: str) -> list[str]:
        """Of which instances a detail was asked, first pages only."""
        found = []
        for path, query in self.asked:
            parts = path.removeprefix(f"/v2/metrics/{noun}s/").split("/", 1)
            is_it = path.startswith(f"/v2/metrics/{noun}s/") and parts[1:] == [f"participants{below}"]
            if is_it and "next_page_token" not in query:
                found.append(unquote(unquote(parts[0])))
        return found


@contextmanager
def filled(folder: Path, **settings: Any) -> Iterator[Filled]:
    with harness.sandbox(seed=SEED) as running:
        yield Filled(running, folder, **settings)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Everything there is, of an account with the add-on."""
    with filled(
        tmp_path_factory.mktemp("all"), zoom_quality_sample="all", zoom_has_qss=True, reporting_privacy="full"
    ) as found:
        yield found


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The sample that is the default, with a larger random share because the organisation is small."""
    settings: Row = {"zoom_quality_random_percent": PERCENT, "reporting_privacy": "full"}
    with filled(tmp_path_factory.mktemp("flagged"), tables=USUAL, **settings) as found:
        yield found


@pytest.fixture(scope="module")
def served(full: Filled) -> Served:
    return Served(full.running)


SAMPLE = ("session_user_id", "joined_at", "measured_at", "sample_index", "stream", "direction", "route", *MEASURED)
MACHINE = ("zoom_cpu_avg_pct", "system_cpu_max_pct", "wifi_rssi_avg")


def counted(rows: list[Row], *names: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in names) for row in rows)


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_every_stream_of_every_minute_is_one_row(full: Filled, served: Served, noun: str) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for uuid in full.instances(noun, "past" if noun == "meeting" else None):
        expected += expected_samples(uuid, served.participants(noun, uuid, "/qos", type="past", page_size=10))
    names = f"{noun}_uuid", *SAMPLE, *MACHINE
    rows = full.rows(f"zoom.{noun}_qos", *names, "sample_reason")
    assert counted(rows, *names) == expected
    assert expected.total() == len(expected), "nothing is expected twice"
    assert {row["sample_reason"] for row in rows} == {"complete"}
    assert any(row["stream"] is None for row in rows), "minutes without any stream stay countable"
    assert any(row["bitrate_kbps"] == 0 for row in rows), "nothing sent is a value"
    routes = {row["route"] for row in rows if row["stream"]}
    assert routes == ({"client", "crc", "rwg"} if noun == "meeting" else {"client", "rwg"})


def test_minutes_are_those_of_the_sessions(full: Filled, served: Served) -> None:
    expected = sum(
        len(participant["user_qos"])
        for uuid in full.instances("meeting", "past")
        for participant in served.participants("meeting", uuid, "/qos", type="past", page_size=10)
    )
    key = "meeting_uuid", "session_user_id", "joined_at", "sample_index"
    assert len(counted(full.rows("zoom.meeting_qos", *key), *key)) == expected


def test_facts_of_the_session_stand_in_every_sample(full: Filled, served: Served) -> None:
    (uuid,) = full.instances("webinar")
    by_session = {
        (participant["user_id"], moment(participant["join_time"])): participant
        for participant in served.participants("webinar", uuid, "/qos", type="past", page_size=10)
    }
    for row in full.rows("zoom.webinar_qos"):
        participant = by_session[row["session_user_id"], row["joined_at"]]
        assert row["display_name"] == participant["user_name"]
        assert row["user_id"] == (participant["id"] or None)
        assert row["participant_uuid"] == (participant["participant_uuid"] or None)
        assert row["pc_name"] == (participant["pc_name"] or None)
        assert [one["address"] for one in row["internal_ip_addresses"]] == participant["internal_ip_addresses"]
        assert [one["issue"] for one in row["issues"]] == participant["issue_list"]
        assert row["health"] == participant["health"]


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_every_join_is_one_row_of_metrics(full: Filled, served: Served, noun: str) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for uuid, instance in full.instances(noun).items():
        kind = instance["listing"] if noun == "meeting" else "past"
        for row in served.participants(noun, uuid, "", type=kind, include_fields="registrant_id", page_size=300):
            expected[
                uuid,
                row["user_id"],
                moment(row["join_time"]),
                moment(row["leave_time"]),
                row["email"] or None,
                row["participant_user_id"] or None,
                row["registrant_id"] or None,
                row["audio_quality"] or None,
                row["device"],
                row.get("camera") or None,
                tuple(call["call_number"] for call in row.get("audio_call", [])),
                row.get("bo_mtg_id"),
                row["leave_reason"],
            ] += 1
    names = (
        *("session_user_id", "joined_at", "left_at", "email", "user_id", "registrant_id", "audio_quality"),
        *("device_type", "camera", "call_numbers", "breakout_room_id", "leave_reason"),
    )
    rows = full.rows(f"zoom.{noun}_participant_metrics")
    for row in rows:
        row["call_numbers"] = tuple(call["call_number"] for call in row["audio_calls"] or [])
        row.setdefault("camera", None)  # told of meetings only
    assert counted(rows, f"{noun}_uuid", *names) == expected
    if noun == "meeting":
        assert any(row["meeting_uuid"] in full.instances("meeting", "pastOne") for row in rows), "people alone"


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_shares_and_feedback_are_all_there(full: Filled, served: Served, noun: str) -> None:
    shares: Counter[tuple[Any, ...]] = Counter()
    verdicts: Counter[tuple[Any, ...]] = Counter()
    for uuid, instance in full.instances(noun).items():
        kind = instance["listing"] if noun == "meeting" else "past"
        if instance["has_screen_share"] and kind == "past":
            for row in served.participants(noun, uuid, "/sharing", type="past", page_size=300):
                for one in row["details"]:
                    times = moment(one["start_time"]), moment(one["end_time"])
                    shares[uuid, row["user_id"], one["content"], *times] += 1
        for row in served.participants(noun, uuid, "/satisfaction", type=kind, page_size=300):
            verdict = row["quality"], row.get("comment") or None, row["email"] or None
            verdicts[uuid, moment(row["date_time"]), *verdict] += 1
    names = "session_user_id", "content_type", "started_at", "ended_at"
    assert shares
    assert counted(full.rows(f"zoom.{noun}_sharing"), f"{noun}_uuid", *names) == shares
    assert verdicts
    names = "submitted_at", "rating", "comment", "email"
    assert counted(full.rows(f"zoom.{noun}_satisfaction"), f"{noun}_uuid", *names) == verdicts


@pytest.mark.parametrize("noun", ["meeting", "webinar"])
def test_summaries_are_all_there(full: Filled, served: Served, noun: str) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for uuid in full.instances(noun):
        for row in served.participants(noun, uuid, "/qos_summary", page_size=10):
            for one in row["qos"]:
                details = one["details"]
                values = (
                    number(details.get("avg_bitrate"), "kbps"),
                    number(details.get("max_latency"), " ms"),
                    number(details.get("min_jitter"), "ms"),
                    number(details.get("max_loss"), "%"),
                    number(details.get("zoom_avg_cpu_usage"), "%"),
                )
                expected[uuid, row["participant_id"], one["type"], *values] += 1
    names = "avg_bitrate_kbps", "max_latency_ms", "min_jitter_ms", "max_loss_pct", "zoom_cpu_avg_pct"
    rows = full.rows(f"zoom.{noun}_qos_summary")
    assert counted(rows, f"{noun}_uuid", "session_user_id", "measurement", *names) == expected
    assert {"audio_input", "cpu_usage"} <= {row["measurement"] for row in rows}


def test_scores_are_those_of_the_day(full: Filled, served: Served) -> None:
    expected = {
        (counted_, medium, *(scores[grade] for grade in ("good", "fair", "poor", "bad")))
        for counted_ in ("meeting", "participants")
        for medium, scores in served.quality(counted_).items()
    }
    names = "counted", "medium", "good_count", "fair_count", "poor_count", "bad_count"
    assert set(counted(full.rows("zoom.quality_scores"), *names)) == expected
    assert len(expected) == 6


def draw(uuid: str) -> int:
    return int(hashlib.md5((uuid + SALT).encode(), usedforsecurity=False).hexdigest()[:8], 16) % 100


def is_flagged(instance: Row) -> bool:
    return bool({"poor", "bad"} & {instance[f"{medium}_quality"] for medium in ("audio", "video", "screen_share")})


def test_the_sample_is_the_flagged_and_a_random_share(flagged: Filled) -> None:
    meetings = flagged.instances("meeting")
    reasons = {
        uuid: "flagged" if is_flagged(meeting) else "random"
        for uuid, meeting in meetings.items()
        if is_flagged(meeting) or draw(uuid) < PERCENT
    }
    assert set(reasons.values()) == {"flagged", "random"}
    assert len(reasons) < len(meetings)
    with_company = {uuid for uuid in reasons if meetings[uuid]["listing"] == "past"}
    assert sorted(flagged.uuids_asked("meeting", "/qos")) == sorted(with_company)
    for below in ("", "/satisfaction"):
        assert sorted(flagged.uuids_asked("meeting", below)) == sorted(reasons)
    rows = flagged.rows("zoom.meeting_qos", "meeting_uuid", "sample_reason", "sample_bucket")
    assert {row["meeting_uuid"]: row["sample_reason"] for row in rows}.items() <= reasons.items()
    assert {row["meeting_uuid"] for row in rows} == with_company
    assert all(row["sample_bucket"] == draw(row["meeting_uuid"]) for row in rows)


def test_the_sample_is_a_part_of_all(full: Filled, flagged: Filled) -> None:
    for table in ("zoom.meeting_qos", "zoom.meeting_participant_metrics", "zoom.meeting_satisfaction"):
        every, some = (lake.table(table).drop_columns(["sample_reason"]) for lake in (full, flagged))
        uuids = some["meeting_uuid"].unique()
        assert 0 < len(some) < len(every)
        assert some.equals(every.filter(pc.is_in(every["meeting_uuid"], uuids)))


def test_another_account_of_the_same_day_draws_the_same_sample(flagged: Filled, tmp_path: Path) -> None:
    settings: Row = {"zoom_quality_random_percent": PERCENT, "reporting_privacy": "full"}
    with filled(tmp_path, tables=USUAL, **settings) as again:
        assert sorted(again.asked) == sorted(flagged.asked)
        for table in USUAL:
            assert again.table(table).equals(flagged.table(table)), table


def test_details_are_asked_for_as_the_lists_say(full: Filled, flagged: Filled) -> None:
    for lake in (full, flagged):
        meetings = lake.instances("meeting")
        shared = [uuid for uuid, one in meetings.items() if one["has_screen_share"] and one["listing"] == "past"]
        assert sorted(lake.uuids_asked("meeting", "/sharing")) == sorted(shared)
        assert lake.uuids_asked("webinar", "") == [*lake.instances("webinar")]
    kinds: Counter[str] = Counter()
    for path, query in full.asked:
        sent = parse_qs(query)
        if path.endswith("/qos"):
            assert (sent["type"], sent["page_size"]) == (["past"], ["10"])
        if path.startswith("/v2/metrics/meetings/") and path.endswith("/participants"):
            (kind,) = sent["type"]
            assert unquote(unquote(path.split("/")[4])) in full.instances("meeting", kind)
            kinds[kind] += 1
    assert set(kinds) == {"past", "pastOne"}


def test_the_add_on_is_not_asked_where_the_account_lacks_it(flagged: Filled) -> None:
    assert_refused(flagged, SUMMARIES, "ZOOM_HAS_QSS")


def assert_refused(lake: Filled, tables: Sequence[str], needed: str) -> None:
    """These tables are switched off: that is said, and nothing is asked."""
    harness.forget(lake.running)
    for table in tables:
        done = harness.ingest(lake.work, table)
        assert not done.committed
        assert needed in done.failures[harness.DAY], done.failures
    assert harness.reports_asked(lake.running) == []


def test_pages_that_shift_double_nothing(full: Filled, tmp_path: Path) -> None:
    with harness.sandbox(seed=SEED, faults=("shift",)) as running:
        shifted = Filled(running, tmp_path, zoom_quality_sample="all", zoom_has_qss=True, reporting_privacy="full")
        for table in DETAILS:
            assert shifted.table(table).equals(full.table(table)), table
        assert shifted.duplicates > full.duplicates == 0


def test_none_asks_for_no_quality(tmp_path: Path) -> None:
    """Shares are not sampled, because a list flags them, nor the totals, which are two calls a day."""
    unsampled = ("zoom.meeting_sharing", "zoom.webinar_sharing", "zoom.quality_scores")
    with filled(tmp_path, tables=unsampled, zoom_quality_sample="none", zoom_has_qss=True) as lake:
        assert all(lake.rows(table) for table in unsampled)
        assert_refused(lake, [table for table in EVERY if table not in unsampled], "ZOOM_QUALITY_SAMPLE")


def test_lists_without_labels_leave_the_random_share(tmp_path: Path) -> None:
    settings: Row = {"zoom_meetings_from": "hosts", "zoom_quality_random_percent": 40}
    with filled(tmp_path, tables=["zoom.meeting_qos"], **settings) as lake:
        meetings = lake.instances("meeting", "past")
        assert {meeting["audio_quality"] for meeting in meetings.values()} == {None}
        expected = {uuid for uuid in meetings if draw(uuid) < 40}
        rows = lake.rows("zoom.meeting_qos", "meeting_uuid", "sample_reason")
        assert expected
        assert {row["meeting_uuid"] for row in rows} == expected
        assert {row["sample_reason"] for row in rows} == {"random"}


def test_accounts_without_dashboards_are_told_what_they_lack(tmp_path: Path) -> None:
    with harness.sandbox(plan="pro", seed=SEED) as running:
        lake = Filled(running, tmp_path, tables=[], zoom_plan="pro", zoom_quality_sample="all")
        for table in USUAL:
            done = harness.ingest(lake.work, table)
            assert not done.committed
            assert "it needs Business" in done.failures[harness.DAY], done.failures


def test_rows_stay_apart_under_every_profile(full: Filled, tmp_path: Path) -> None:
    """Who is not named, or only by a pseudonym, is still told apart; nothing of them stands in any file."""
    settings: Row = {
        "zoom_quality_sample": "all",
        "zoom_has_qss": True,
        "reporting_privacy": "pseudonymous",
        "reporting_pseudonym_key": KEY,
    }
    with filled(tmp_path, **settings) as hidden:
        for table in DETAILS:
            assert len(hidden.table(table)) == len(full.table(table)) > 0, table
        for row in hidden.rows("zoom.meeting_participant_metrics"):
            assert [row[name] for name in ("display_name", "leave_reason", "camera", "ip_address", "pc_name")] == [
                None
            ] * 5
        told = [
            str(row[name]).encode()
            for row in full.rows("zoom.meeting_participant_metrics")
            for name in ("email", "user_id", "pc_name", "mac_address")
            if row[name]
        ]
        files = [path for path in tmp_path.rglob("*") if path.is_file() and "zoom/meetings/" not in str(path)]
        content = b"".join(written(path) for path in files if path.suffix != ".lock")
        assert content
        assert [value for value in {*told} if value in content] == []


def written(path: Path) -> bytes:
    """What stands in a file; of Parquet every value once."""
    if path.suffix != ".parquet":
        return harness.readable(path)
    columns = pq.read_table(path).columns
    return repr(
        [one.to_pylist() if pa.types.is_nested(one.type) else one.unique().to_pylist() for one in columns]
    ).encode()


def test_keys_never_rest_on_identity() -> None:
    for name in DETAILS:
        table = contracts.table(name)
        assert not {"email", "display_name"} & set(table.key), name
