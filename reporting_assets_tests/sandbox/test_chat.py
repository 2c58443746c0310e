"""Team chat of the sandbox: shapes as documented, switches off by default, both meanings of the window, and file links."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.chatter import CHANGES_WITHIN_DAYS, chatter_of
from reporting_assets.sandbox.files import content
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets_tests.sandbox.client import Api
from reporting_assets_tests.sandbox.test_contract import problems

pytestmark = pytest.mark.integration

SESSIONS, MESSAGES = "/report/chat/sessions", "/report/chat/sessions/{sessionId}"
DAYS = {"from_": "2026-11-09", "to": "2026-11-13"}
ALL = {
    "include_fields": "edited_messages,deleted_messages",
    "include_bot_message": "true",
    "include_reactions": "true",
    "include_custom_emoji_reactions": "true",
}
ZONE = ZoneInfo("America/Los_Angeles")
Launch = Callable[..., Api]


@pytest.fixture(scope="module")
def sessions(api: Api) -> list[dict[str, Any]]:
    return api.all(SESSIONS, "sessions", **DAYS, page_size=300)


def messages_of(api: Api, session: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """The pages of a session."""
    return api.pages(f"{SESSIONS}/{session['id']}", **{**DAYS, "page_size": 100, **query})


def teams(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [session for session in sessions if session["name"].startswith("Team ")]


def test_sessions_match_the_reference(api: Api, sessions: list[dict[str, Any]]) -> None:
    page = api.ok(SESSIONS, **DAYS, page_size=300)
    assert problems(SESSIONS, 200, page) == []
    assert page.keys() == {"from", "to", "next_page_token", "page_size", "sessions"}
    assert {session["type"] for session in sessions} == {"Group", "1:1"}
    assert len({session["id"] for session in sessions}) == len(sessions) > 300
    for session in sessions:
        is_group = session["type"] == "Group"
        assert bool(session["name"]) == is_group == ("channel_id" in session) == ("member_emails" not in session)


def test_messages_match_the_reference(api: Api, sessions: list[dict[str, Any]]) -> None:
    seen: Counter[str] = Counter()
    for session in sessions[:60] + sessions[-60:]:
        for page in messages_of(api, session, **ALL):
            assert problems(MESSAGES, 200, page) == []
            for name in ("messages", "edited_messages", "deleted_messages"):
                seen[name] += len(page[name])
                seen.update(field for message in page[name] for field in message)
    documented = {"files", "giphy_information", "reactions", "custom_emoji_reactions", "rich_text", "bot_message"}
    assert documented | {"edited_messages", "deleted_messages", "reply_main_message_id", "forward_id"} <= seen.keys()


def test_chat_metrics_match_the_reference(api: Api) -> None:
    body = api.ok("/metrics/chat", from_="2026-11-12", to="2026-11-12", page_size=300)
    assert body["users"]
    assert problems("/metrics/chat", 200, body) == []


def test_only_standing_messages_of_people_come_unless_more_is_asked_for(
    api: Api, sessions: list[dict[str, Any]]
) -> None:
    for session in teams(sessions)[:5]:
        for page in messages_of(api, session):
            assert page.keys() == {"from", "to", "next_page_token", "page_size", "messages"}
            for message in page["messages"]:
                assert not {"bot_message", "reactions", "custom_emoji_reactions"} & message.keys()


def test_pages_hold_a_hundred_messages_and_all_changes(launched: Launch) -> None:
    api = launched(users=60)
    found = teams(api.all(SESSIONS, "sessions", **DAYS, page_size=300))
    pages = next(
        pages for pages in (messages_of(api, session, page_size=300, **ALL) for session in found) if len(pages) > 1
    )
    assert [len(page["messages"]) for page in pages[:-1]] == [100] * (len(pages) - 1)
    assert pages[0]["page_size"] == 100
    assert pages[0]["edited_messages"]
    without_links = [[(m["id"], m["action_timestamp"]) for m in page["edited_messages"]] for page in pages]
    assert all(each == without_links[0] for each in without_links)
    ids = [message["id"] for page in pages for message in page["messages"]]
    assert len(ids) == len(set(ids))


def test_the_window_means_the_sending_or_the_change(api: Api, sessions: list[dict[str, Any]]) -> None:
    window = {"from_": "2026-11-11", "to": "2026-11-11"}
    late = 0
    for session in teams(sessions):
        by_sending = messages_of(api, session, **{**ALL, **window})
        by_change = messages_of(api, session, **{**ALL, **window}, query_all_modifications="true")
        for page in by_sending:
            assert all(day(m["timestamp"]) == "2026-11-11" for name in LISTS for m in page[name])
        for page in by_change:
            changes = [m for name in LISTS[1:] for m in page[name]]
            assert all(day(m["action_timestamp"]) == "2026-11-11" for m in changes)
            late += sum(day(m["timestamp"]) < "2026-11-11" for m in changes)
            assert {m["id"] for m in page["messages"]} <= {m["id"] for m in changes}
    assert late, "no change of an older message: the two meanings would not differ"


def test_deleted_messages_stand_no_longer(api: Api, sessions: list[dict[str, Any]]) -> None:
    deleted = 0
    for session in teams(sessions):
        for page in messages_of(api, session, **ALL):
            gone = {message["id"] for message in page["deleted_messages"]}
            deleted += len(gone)
            assert not gone & {message["id"] for message in page["messages"]}
    assert deleted


def test_edited_messages_stand_with_their_last_text(api: Api, sessions: list[dict[str, Any]]) -> None:
    compared = 0
    for session in teams(sessions):
        for page in messages_of(api, session, **ALL):
            standing = {message["id"]: message for message in page["messages"]}
            last = {edit["id"]: edit for edit in sorted(page["edited_messages"], key=lambda m: m["action_timestamp"])}
            for edit in (edit for edit in last.values() if edit["id"] in standing):
                assert standing[edit["id"]]["message"] == edit["message"]
                compared += 1
    assert compared


def test_replies_name_their_parent_in_braces_and_capitals(api: Api, sessions: list[dict[str, Any]]) -> None:
    found = 0
    for session in teams(sessions):
        known, replies = {}, []
        for page in messages_of(api, session, **ALL):
            for message in (*page["messages"], *page["deleted_messages"]):
                known[message["id"]] = message
                replies += [message] if "reply_main_message_id" in message else []
        for reply in replies:
            written = reply["reply_main_message_id"]
            assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", written)
            parent = known.get(written[1:-1].lower())
            if parent is not None:
                assert parent["timestamp"] < reply["timestamp"]
                found += 1
    assert found


def test_every_change_comes_within_the_days_looked_back_on() -> None:
    organisation = Organisation(60, 7)
    chatter = chatter_of(organisation)
    begin = int(datetime(2026, 10, 1, tzinfo=ZONE).timestamp())
    longest = 0
    for conversation in chatter.conversations:
        for message in chatter.sent_between(conversation, begin, begin + 60 * DAY_SECONDS):
            for moment in (*message.edited, message.deleted or message.sent + 1):
                assert moment > message.sent
                longest = max(longest, moment - message.sent)
    assert DAY_SECONDS * 2000 < longest <= (CHANGES_WITHIN_DAYS - 1) * DAY_SECONDS * 1000


def test_counts_per_person_equal_the_messages(api: Api) -> None:
    one_day = {"from_": "2026-11-12", "to": "2026-11-12"}
    counted: Counter[str] = Counter()
    for session in api.all(SESSIONS, "sessions", **one_day, page_size=300):
        for place, page in enumerate(messages_of(api, session, **one_day, include_fields="deleted_messages")):
            again = [] if place else page["deleted_messages"]  # they stand on every page
            counted.update(m["sender"] for m in (*page["messages"], *again))
    users = api.all("/metrics/chat", "users", **one_day, page_size=300)
    assert users
    assert {user["email"]: user["total_sent"] for user in users} == {
        email: count for email, count in counted.items() if email.endswith("@northwind.example")
    }
    for user in users:
        assert user["group_sent"] + user["p2p_sent"] == user["total_sent"]
        kinds = (
            "text_sent",
            "files_sent",
            "images_sent",
            "giphys_sent",
            "code_sippet_sent",
            "audio_sent",
            "video_sent",
        )
        assert sum(user[kind] for kind in kinds) == user["total_sent"]


def test_a_link_opens_its_file_alone_and_for_a_short_time(launched: Launch) -> None:
    api = launched(users=60, file_link_seconds=2)
    file = next(file for file in files(api) if 0 < file["file_size"] < 400_000)
    followed = requests.get(file["download_url"], timeout=30)
    assert followed.status_code == 200
    assert followed.content == b"".join(content(file["file_id"], file["file_size"]))
    assert requests.get(file["download_url"][:-1] + "x", timeout=30).status_code == 401
    other = file["download_url"].replace(file["file_id"], "another-file")
    assert requests.get(other, timeout=30).status_code == 401
    time.sleep(2.1)
    assert requests.get(file["download_url"], timeout=30).status_code == 410


def files(api: Api) -> list[dict[str, Any]]:
    return [
        file
        for session in api.all(SESSIONS, "sessions", **DAYS, page_size=300)
        for page in messages_of(api, session)
        for message in page["messages"]
        for file in message.get("files", [])
    ]


def test_names_of_files_are_hostile(launched: Launch) -> None:
    names = {file["file_name"] for file in files(launched(users=60))}
    assert {"../../etc/passwd", "/absolute.txt", ""} <= names


@pytest.mark.parametrize(
    ("query", "error"),
    [({**DAYS, "include_fields": "messages"}, (400, 300)), ({"from_": "2026-11-09"}, (400, 300))],
)
def test_bad_parameters_are_refused(
    api: Api, sessions: list[dict[str, Any]], query: dict[str, str], error: tuple[int, int]
) -> None:
    assert api.error(f"{SESSIONS}/{sessions[0]['id']}", **query) == error


@pytest.mark.parametrize("session_id", ["0" * 64, "abc", "none", "f" * 63])
def test_unknown_sessions_are_not_found(api: Api, session_id: str) -> None:
    assert api.error(f"{SESSIONS}/{session_id}", **DAYS)[0] == 404


def test_counts_need_the_dashboards(launched: Launch) -> None:
    api = launched(users=60, plan="pro")
    assert api.get("/metrics/chat", from_="2026-11-12", to="2026-11-12").status_code == 400
    assert api.ok(SESSIONS, **DAYS)["sessions"]


LISTS = ("messages", "edited_messages", "deleted_messages")


def day(milliseconds: int) -> str:
    """The account's date of an instant."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, ZONE):%Y-%m-%d}"
