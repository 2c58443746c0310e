"""Team chat from the API to the tables: every event once and in its day, whatever is asked together; nothing private kept.

What is compared with is counted over HTTP by a client of the tests' own, along another way than the product takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporting_assets import contracts
from reporting_assets.orchestration.work import Work
from reporting_assets.sandbox.launch import Running
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY
from reporting_assets_tests.sandbox.client import Api

pytestmark = pytest.mark.integration

SESSIONS = "/report/chat/sessions"
SENT, EDITED, DELETED = "sent", "edited", "deleted"
LISTS = {SENT: "messages", EDITED: "edited_messages", DELETED: "deleted_messages"}  # where an answer has them
MESSAGES = "zoom.chat_messages"
LONGEST_CHANGE_DAYS = 10  # what the sandbox edits or deletes, it does within these
REACTIONS = {"include_reactions": "true", "include_custom_emoji_reactions": "true"}
Event = tuple[str, str, str, int]  # session, message, list, milliseconds


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with harness.sandbox() as one:
        yield one


@pytest.fixture(scope="module")
def api(running: Running) -> Api:
    return Api(running)


@pytest.fixture(scope="module")
def standard(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """The day's chat under the default settings."""
    return filled(harness.work_for(running, tmp_path_factory.mktemp("standard")))


@pytest.fixture(scope="module")
def full(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Work:
    return filled(harness.work_for(running, tmp_path_factory.mktemp("full"), reporting_privacy="full"))


@pytest.fixture(scope="module")
def truth(api: Api) -> dict[Event, dict[str, Any]]:
    return recounted(api, date.fromisoformat(DAY), date.fromisoformat(DAY))


def filled(work: Work) -> Work:
    for table_id in ("zoom.chat_sessions", MESSAGES, "zoom.chat_activity"):
        assert harness.ingest(work, table_id).sentence == ""
    for table_id in ("zoom.chat_files", "zoom.chat_reactions"):
        assert harness.derive(work, table_id).sentence == ""
    return work


def days(first: str, count: int) -> list[str]:
    return [f"{date.fromisoformat(first) + timedelta(days=place)}" for place in range(count)]


def recounted(api: Api, first: date, last: date) -> dict[Event, dict[str, Any]]:
    """Every event of these UTC days, in any session in which something was sent that could be changed in them.

    Changes are found without `query_all_modifications`: among all messages sent in the time before.
    """
    before = {"from_": f"{first - timedelta(days=1 + LONGEST_CHANGE_DAYS)}", "to": f"{last + timedelta(days=1)}"}
    found: dict[Event, dict[str, Any]] = {}
    for session in api.all(SESSIONS, "sessions", **before, page_size=300):
        path = f"{SESSIONS}/{session['id']}"
        everything = {
            **before,
            **REACTIONS,
            "include_bot_message": "true",
            "include_fields": f"{LISTS[EDITED]},{LISTS[DELETED]}",
        }
        for page in api.pages(path, **everything, page_size=100):
            for name, list_name in LISTS.items():
                for message in page[list_name]:
                    moment = message["timestamp" if name == SENT else "action_timestamp"]
                    if first <= datetime.fromtimestamp(moment / 1000, UTC).date() <= last:
                        found[session["id"], message["id"], name, moment] = message
    return found


def stored(work: Work, key: str = DAY) -> list[dict[str, Any]]:
    return harness.rows(work, MESSAGES, key).to_pylist()


def event(row: dict[str, Any]) -> Event:
    at: datetime = row["event_at"]
    milliseconds = int(at.timestamp()) * 1000 + at.microsecond // 1000
    return row["session_id"], row["message_id"], row["event"], milliseconds


def everything_kept(folder: Path) -> bytes:
    """All that stands under a folder, made readable."""
    found = [harness.readable(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(found) > 10
    return b"\n".join(found)


def test_every_event_of_the_day_is_there_once(standard: Work, truth: dict[Event, dict[str, Any]]) -> None:
    events = [event(row) for row in stored(standard)]
    assert len(events) == len(set(events))
    assert set(events) == set(truth)
    kinds = Counter(name for _, _, name, _ in events)
    assert kinds[SENT] > 300
    assert kinds[EDITED] > 20
    assert kinds[DELETED] > 3


def test_changes_of_older_messages_are_in_the_day_they_were_made(standard: Work) -> None:
    late = [row for row in stored(standard) if row["event"] != SENT and row["sent_at"].date() < date.fromisoformat(DAY)]
    assert late
    assert all(row["event_at"].date() == date.fromisoformat(DAY) for row in late)


def test_changes_in_sessions_that_have_been_silent_since_are_found(
    api: Api, truth: dict[Event, dict[str, Any]], standard: Work
) -> None:
    around = {"from_": "2026-11-11", "to": "2026-11-13", "page_size": 300}
    listed = {session["id"] for session in api.all(SESSIONS, "sessions", **around)}
    silent = {one for one in truth if one[0] not in listed}
    assert silent, "no such change on this day"
    assert silent <= {event(row) for row in stored(standard)}


def test_columns_say_what_the_messages_say(full: Work, truth: dict[Event, dict[str, Any]]) -> None:
    seen: Counter[str] = Counter()
    for row in stored(full):
        message = truth[event(row)]
        assert row["text"] == message["message"]
        assert (row["sender_email"] or "") == message["sender"]
        assert row["sender_name"] == message["sender_display_name"]
        assert (
            row["sent_at"].replace(microsecond=0)
            == row["sent_second_at"]
            == datetime.fromisoformat(message["date_time"])
        )
        assert (row["reply_to_message_id"] or "") == message.get("reply_main_message_id", "").strip("{}").lower()
        assert [(file["file_id"], file["file_name"] or "", file["file_bytes"]) for file in row["files"] or []] == [
            (file["file_id"], file["file_name"], file["file_size"]) for file in message.get("files", [])
        ]
        assert all(file["download_url"] is None for file in row["files"] or [])
        assert [part["format_type"] for part in row["rich_text"] or []] == [
            part["format_type"] for part in message.get("rich_text", [])
        ]
        if row["event"] != EDITED:
            assert [one["total_count"] for one in row["reactions"] or []] == [
                one["total_count"] for one in message.get("reactions", [])
            ]
        assert (row["has_bot_markdown"] is None) == ("bot_message" not in message)
        seen.update(name for name, value in row.items() if value is not None)
        assert row["_extra"] in (None, '{"is_pinned":true}')
    for name in (
        "reply_to_message_id",
        "forward_id",
        "giphys",
        "custom_reactions",
        "bot_content",
        "_extra",
        "action_at",
    ):
        assert seen[name], name


def test_replies_find_their_parent(standard: Work) -> None:
    by_id = {row["message_id"]: row for row in stored(standard) if row["event"] == SENT}
    replies = [row for row in by_id.values() if row["reply_to_message_id"]]
    parents = [by_id[row["reply_to_message_id"]] for row in replies if row["reply_to_message_id"] in by_id]
    assert len(parents) > len(replies) / 2
    assert all(row["is_sender_external"] is not None for row in by_id.values() if row["session_type"] == "1:1")


def test_a_range_asks_each_session_once_and_gives_the_same_days(
    running: Running, api: Api, standard: Work, tmp_path: Path
) -> None:
    work = harness.work_for(running, tmp_path)
    keys = days("2026-11-10", 5)
    harness.forget(running)
    done = harness.ingest(work, MESSAGES, keys)
    assert done.keys == keys
    asked = [(one.path, one.query) for one in harness.asked(running) if one.path.startswith(f"/v2{SESSIONS}/")]
    first_pages = [(path, "query_all" in query) for path, query in asked if "next_page_token" not in query]
    assert len(first_pages) == len(set(first_pages))
    last = {"to": "2026-11-15", "page_size": 300}
    listed = api.all(SESSIONS, "sessions", from_="2026-11-09", **last)
    listed_longer = api.all(SESSIONS, "sessions", from_="2026-11-06", **last)
    assert len(first_pages) == len(listed) + len(listed_longer)
    assert sum(changes for _, changes in first_pages) == len(listed_longer) > len(listed)
    assert len(asked) > len(first_pages), "no session had more than a page"

    events = [event(row) for key in keys for row in stored(work, key)]
    assert len(events) == len(set(events))
    assert set(events) == set(recounted(api, date(2026, 11, 10), date(2026, 11, 14)))
    assert {event(row) for row in stored(standard)} == {event(row) for row in stored(work, DAY)}


def test_single_days_share_no_event(running: Running, standard: Work, tmp_path: Path) -> None:
    work = harness.work_for(running, tmp_path)
    neighbours = ["2026-11-11", "2026-11-13"]
    for key in neighbours:
        harness.ingest(work, MESSAGES, [key])
    events = [event(row) for key in neighbours for row in stored(work, key)] + [event(row) for row in stored(standard)]
    assert len(events) == len(set(events))


@pytest.mark.parametrize(
    ("kinds", "lists", "sent"),
    [
        ("none", {SENT}, set()),
        ("edited", {SENT, EDITED}, {"include_fields=edited_messages"}),
        ("deleted,bots", {SENT, DELETED}, {"include_fields=deleted_messages", "include_bot_message=true"}),
        (
            "edited,reactions",
            {SENT, EDITED},
            {"include_fields=edited_messages", "include_reactions=true", "include_custom_emoji_reactions=true"},
        ),
    ],
)
def test_what_is_switched_off_is_not_asked_for(
    running: Running, standard: Work, tmp_path: Path, kinds: str, lists: set[str], sent: set[str]
) -> None:
    work = harness.work_for(running, tmp_path, zoom_chat_kinds=kinds)
    harness.forget(running)
    harness.ingest(work, MESSAGES)
    asked = {part for one in harness.asked(running) for part in one.query.split("&") if part.startswith("include_")}
    assert asked == sent
    rows = stored(work)
    assert {row["event"] for row in rows} == lists
    assert any(row["reactions"] for row in rows) == ("reactions" in kinds)
    assert any(row["has_bot_markdown"] is not None for row in rows) == ("bots" in kinds)
    people = {event(row) for row in stored(standard) if row["has_bot_markdown"] is None and row["event"] in lists}
    assert {event(row) for row in rows if row["has_bot_markdown"] is None} == people


def test_nothing_people_wrote_is_kept_by_default(standard: Work, truth: dict[Event, dict[str, Any]]) -> None:
    kept = everything_kept(standard.lake.root)
    written = {message["message"] for message in truth.values()}
    written |= {file["file_name"] for message in truth.values() for file in message.get("files", [])} - {""}
    written |= {one["giphy_view_url"] for message in truth.values() for one in message.get("giphy_information", [])}
    written |= {one["format_attr"] for message in truth.values() for one in message.get("rich_text", [])} - {""}
    assert len(written) > 300
    assert [text for text in written if text.encode() in kept or repr(text)[1:-1].encode() in kept] == []
    for secret in (b"jwt=", b"download_url=", b"/file/download/"):
        assert secret not in kept
    known = next(message["sender"] for message in truth.values() if message["sender"])
    assert known.encode() in kept, "the search would find nothing"


def test_links_are_not_even_kept_with_everything(full: Work, truth: dict[Event, dict[str, Any]]) -> None:
    kept = everything_kept(full.lake.root)
    assert any(message["message"].encode() in kept for message in truth.values())
    assert b"jwt=" not in kept
    assert b"/file/download/" not in kept


def test_pseudonyms_keep_rows_apart_and_people_unnamed(
    running: Running, standard: Work, truth: dict[Event, dict[str, Any]], tmp_path: Path
) -> None:
    work = filled(
        harness.work_for(running, tmp_path, reporting_privacy="pseudonymous", reporting_pseudonym_key="k" * 40)
    )
    for table_id in (MESSAGES, "zoom.chat_sessions", "zoom.chat_activity", "zoom.chat_files", "zoom.chat_reactions"):
        assert len(harness.rows(work, table_id)) == len(harness.rows(standard, table_id)) > 0
    kept = everything_kept(work.lake.root)
    people = {
        name: {m[name] for m in truth.values()} - {""} for name in ("sender", "sender_display_name", "sender_member_id")
    }
    people["user_ids"] = {
        user for message in truth.values() for one in message.get("reactions", []) for user in one["user_ids"]
    }
    for names in people.values():
        assert len(names) > 10
        assert [name for name in names if name.encode() in kept] == []
    for name in ("sender_member_id", "sender_email", "receiver_email"):
        plain = {row[name] for row in stored(standard)} - {None}
        hidden = {row[name] for row in stored(work)} - {None}
        assert len(plain) == len(hidden) > 10
    pairs = [row["members"] for row in harness.rows(work, "zoom.chat_sessions").to_pylist() if row["members"]]
    senders = set(harness.column(work, MESSAGES, "sender_email"))
    assert len(senders & {member["email"] for pair in pairs for member in pair}) > 10, "pseudonyms must join"
    reactors = set(harness.column(work, "zoom.chat_reactions", "reactor_user_id")) - {None}
    assert len(reactors) == len(set(harness.column(standard, "zoom.chat_reactions", "reactor_user_id")) - {None})


def test_files_and_reactions_are_those_of_the_messages(full: Work, truth: dict[Event, dict[str, Any]]) -> None:
    files = harness.rows(full, "zoom.chat_files").to_pylist()
    assert Counter((*event(row), row["place"], row["file_id"], row["file_bytes"]) for row in files) == Counter(
        (*key, place, file["file_id"], file["file_size"])
        for key, message in truth.items()
        for place, file in enumerate(message.get("files", []), 1)
    )
    rows = harness.rows(full, "zoom.chat_reactions").to_pylist()
    totals: Counter[Any] = Counter()
    for row in rows:
        totals[(*event(row), row["emoji"] or row["emoji_file_id"])] += row["reactions"]
    assert totals == Counter(
        {
            (*key, one.get("emoji") or one["custom_emoji_file_id"]): one["total_count"]
            for key, message in truth.items()
            if key[2] != EDITED
            for one in (*message.get("reactions", []), *message.get("custom_emoji_reactions", []))
        }
    )
    assert {(row["person_place"] == 0) for row in rows} == {True, False}
    assert all((row["reactor_user_id"] is None) or (row["reactor_member_id"] is None) for row in rows)


def test_sessions_and_counts_are_those_of_the_vendors_day(standard: Work, api: Api) -> None:
    one_day = {"from_": DAY, "to": DAY, "page_size": 300}
    sessions = harness.rows(standard, "zoom.chat_sessions").to_pylist()
    listed = {session["id"]: session for session in api.all(SESSIONS, "sessions", **one_day)}
    assert {row["session_id"] for row in sessions} == set(listed)
    for row in sessions:
        session = listed[row["session_id"]]
        assert row["session_type"] == session["type"]
        assert row["session_name"] is None  # what people wrote
        assert [member["email"] for member in row["members"] or []] == session.get("member_emails", [])
    users = {user["user_id"]: user for user in api.all("/metrics/chat", "users", **one_day)}
    counts = harness.rows(standard, "zoom.chat_activity").to_pylist()
    assert {row["user_id"]: row["messages_sent"] for row in counts} == {
        user_id: user["total_sent"] for user_id, user in users.items()
    }
    assert all(row["code_snippets_sent"] == users[row["user_id"]]["code_sippet_sent"] for row in counts)


def test_the_same_landing_gives_the_same_bytes(standard: Work) -> None:
    before = harness.stored(standard, MESSAGES)
    harness.ingest(standard, MESSAGES, from_landing=True)
    assert harness.stored(standard, MESSAGES) == before
    assert contracts.table(MESSAGES).key == ("session_id", "message_id", "event", "event_at")


def test_pages_that_repeat_or_expire_change_nothing(running: Running, tmp_path: Path) -> None:
    keys = days("2026-11-09", 5)
    undisturbed = harness.work_for(running, tmp_path / "undisturbed")
    harness.ingest(undisturbed, MESSAGES, keys)
    with harness.sandbox(faults=("shift:0.5", "page-expire:0.3", "repeat-token:0.2")) as faulty:
        work = harness.work_for(faulty, tmp_path / "faulty")
        assert harness.ingest(work, MESSAGES, keys).sentence == ""
    for key in keys:
        assert harness.rows(work, MESSAGES, key).equals(harness.rows(undisturbed, MESSAGES, key))
