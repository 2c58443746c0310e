"""Team chat per person and per thread, from rows written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from reporting_assets_tests.models.warehouse import DAY, Warehouse, at

DAILY, THREADS = "engagement.chat_daily", "engagement.chat_threads"


def message(message_id: str, sender: str, second: float = 0, **changes: Any) -> dict[str, Any]:
    row = {
        "dt": date.fromisoformat(DAY),
        "session_id": "s1",
        "session_type": "Group",
        "message_id": message_id,
        "event": "sent",
        "event_at": at(second),
        "sent_at": at(second),
        "sender_member_id": f"chat {sender}",
        "sender_email": f"{sender}@x.com",
        **changes,
    }
    if row.get("reactions"):
        row["reactions"] = [{"user_ids": None, "member_ids": None, **one} for one in row["reactions"]]
    return row


def activity(user: str, total: int, **changes: Any) -> dict[str, Any]:
    row = {
        "dt": date.fromisoformat(DAY),
        "user_id": f"U{user}",
        "email": f"{user}@x.com",
        "messages_sent": total,
        "group_messages_sent": total,
        "direct_messages_sent": 0,
    }
    return row | changes


def by_person(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["person_key"]: row for row in rows}


def test_counts_and_messages_of_one_person_meet_in_one_row(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.chat_activity", [activity("a", 9), activity("c", 2)])
    warehouse.insert("zoom.users", [{"dt": date.fromisoformat(DAY), "user_id": "Ub", "email": "B@X.com"}])
    warehouse.insert(
        "zoom.chat_messages",
        [
            message("1", "a", sender_email="A@x.com"),
            message("2", "a", 5, session_id="s2", session_type="1:1"),
            message("3", "b", 9, reply_to_message_id="1"),
            message("4", "d", 9, sender_email=None),
        ],
    )
    rows = by_person(warehouse.run(DAILY))
    assert set(rows) == {"u:Ua", "u:Ub", "u:Uc", "c:chat d"}
    assert (rows["u:Ua"]["vendor_messages"], rows["u:Ua"]["messages"], rows["u:Ua"]["sessions"]) == (9, 2, 2)
    assert (rows["u:Ua"]["group_messages"], rows["u:Ua"]["direct_messages"]) == (1, 1)
    assert (rows["u:Ub"]["vendor_messages"], rows["u:Ub"]["messages"], rows["u:Ub"]["replies"]) == (None, 1, 1)
    assert (rows["u:Uc"]["vendor_messages"], rows["u:Uc"]["messages"]) == (2, 0)
    assert rows["c:chat d"]["email"] is None


def test_a_family_that_was_not_fetched_is_unknown(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.chat_activity", [activity("a", 9)])
    [row] = warehouse.run(DAILY)
    assert (row["messages"], row["replies"], row["deleted_messages"], row["reactions_given"]) == (
        None,
        None,
        None,
        None,
    )
    assert row["vendor_messages"] == 9
    warehouse.clear()
    warehouse.insert("zoom.chat_messages", [message("1", "a")])
    [row] = warehouse.run(DAILY)
    assert (row["vendor_messages"], row["messages"], row["person_key"]) == (None, 1, "e:a@x.com")


def test_a_message_deleted_on_its_day_is_none_and_an_edited_one_is_one(warehouse: Warehouse) -> None:
    warehouse.insert(
        "zoom.chat_messages",
        [
            message("1", "a"),
            message("1", "a", 0, event="edited", event_at=at(5)),
            message("1", "a", 0, event="edited", event_at=at(6)),
            message("2", "a", 1),
            message("2", "a", 1, event="deleted", event_at=at(9)),
        ],
    )
    [row] = warehouse.run(DAILY)
    assert (row["messages"], row["edited_messages"], row["deleted_messages"]) == (1, 1, 1)


def test_who_only_reacts_has_a_row_and_the_unnamed_have_none(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.users", [{"dt": date.fromisoformat(DAY), "user_id": "Ua", "email": "a@x.com"}])
    reactions = [{"emoji": "x", "total_count": 4, "user_ids": '["Ua", "Ub"]', "member_ids": "[]"}]
    warehouse.insert("zoom.chat_messages", [message("1", "a", reactions=reactions)])
    warehouse.run("zoom.chat_reactions")
    rows = by_person(warehouse.run(DAILY))
    given = {key: row["reactions_given"] for key, row in rows.items()}
    assert given == {"u:Ua": 1, "u:Ub": 1}
    assert (rows["u:Ua"]["reactions_received"], rows["u:Ua"]["messages_with_reaction"]) == (4, 1)
    assert rows["u:Ub"]["messages"] == 0


def test_bots_are_nobody(warehouse: Warehouse) -> None:
    warehouse.insert(
        "zoom.chat_messages",
        [
            message("1", "bot", has_bot_markdown=False, sender_email=None),
            message("2", "a", 10, reply_to_message_id="1"),
            message("3", "bot", 20, has_bot_markdown=True, sender_email=None, reply_to_message_id="2"),
        ],
    )
    [row] = warehouse.run(DAILY)
    assert (row["person_key"], row["messages"]) == ("e:a@x.com", 1)
    [thread] = warehouse.run(THREADS)
    assert (thread["parent_message_id"], thread["is_parent_bot"], thread["replies"]) == ("1", True, 1)
    assert thread["first_response_seconds"] is None, "nobody was waiting"


def test_a_thread_over_days_has_its_first_response_once(warehouse: Warehouse) -> None:
    before = {"dt": date(2024, 3, 4)}
    warehouse.insert(
        "zoom.chat_messages",
        [
            message("p", "a", -80_000, **before),
            message("self", "a", -79_000, reply_to_message_id="p", **before),
            message("r1", "b", 60, reply_to_message_id="p"),
            message("r2", "c", 90, reply_to_message_id="p"),
        ],
    )
    [monday] = warehouse.run(THREADS, "2024-03-04")
    assert (monday["replies"], monday["self_replies"], monday["first_response_seconds"]) == (1, 1, None)
    [tuesday] = warehouse.run(THREADS)
    assert (tuesday["replies"], tuesday["repliers"], tuesday["self_replies"]) == (2, 2, 0)
    assert tuesday["first_response_seconds"] == 80_060
    assert tuesday["parent_sent_at"] == at(-80_000)
    warehouse.insert("zoom.chat_messages", [message("r3", "d", 86_400, reply_to_message_id="p", dt=date(2024, 3, 6))])
    [wednesday] = warehouse.run(THREADS, "2024-03-06")
    assert (wednesday["replies"], wednesday["first_responded_at"]) == (1, None), "it was answered the day before"


def test_what_is_not_found_answers_nothing(warehouse: Warehouse) -> None:
    warehouse.insert("zoom.chat_messages", [message("r", "b", reply_to_message_id="long ago")])
    [row] = warehouse.run(THREADS)
    assert (row["is_parent_known"], row["self_replies"], row["first_response_seconds"]) == (False, 0, None)


def test_a_deleted_parent_is_found_and_a_deleted_reply_is_none(warehouse: Warehouse) -> None:
    warehouse.insert(
        "zoom.chat_messages",
        [
            message("p", "a", 0, event="deleted", event_at=at(500)),
            message("r1", "b", 10, reply_to_message_id="p"),
            message("r1", "b", 10, reply_to_message_id="p", event="deleted", event_at=at(40)),
            message("r2", "c", 30, reply_to_message_id="p"),
        ],
    )
    [row] = warehouse.run(THREADS)
    assert (row["is_parent_known"], row["replies"], row["first_response_seconds"]) == (True, 1, 30)


def test_ids_of_messages_belong_to_their_session(warehouse: Warehouse) -> None:
    warehouse.insert(
        "zoom.chat_messages",
        [
            message("p", "a", 0),
            message("p", "c", 5, session_id="s2"),
            message("r", "b", 10, session_id="s2", reply_to_message_id="p"),
        ],
    )
    [row] = warehouse.run(THREADS)
    assert (row["session_id"], row["first_response_seconds"]) == ("s2", 5)
