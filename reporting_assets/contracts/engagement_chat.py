"""Contracts of team chat in schema `engagement`: per person and day, and per thread. No content, no names of files.

Webex does not report chat. Chat inside meetings is not in any report.
"""

from __future__ import annotations

from reporting_assets.contracts.core import EMAIL, PLATFORM, USER_ID
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Input,
    Partition,
    Personal,
    Table,
    Type,
)

THREAD_DAYS_BEFORE = 7  # what is replied to later than this is found in no partition that is read


def _sum(name: str, meaning: str, unit: str = "messages") -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, additivity=Additivity.SUM)


def _vendor(name: str, meaning: str, unit: str = "messages") -> Column:
    return _sum(f"vendor_{name}", f"{meaning}, as Zoom counts them on the account's day.", unit)


CHAT_DAILY = Table(
    schema="engagement",
    name="chat_daily",
    grain="One row per person who wrote or reacted in team chat on the day.",
    about=(
        "Two families that must not be added or divided by each other: `vendor_` columns are Zoom's counts "
        "(`zoom.chat_activity`), cut at the account's midnight, deleted messages included; all others are counted from "
        "`zoom.chat_messages`, cut at midnight UTC, without bots and deleted messages, an edited message once. A family "
        "whose report has no rows of the day is NULL. Within a family group and direct messages add up to all, texts, "
        "files and images are some of them. Readers are invisible. Divide sums by sums: messages per active sender is "
        "`sum(messages) / count(*) FILTER (WHERE messages > 0)`, the reaction rate `sum(messages_with_reaction) / "
        "sum(messages)`."
    ),
    partition=Partition.DAY,
    key=("platform", "person_key"),
    inputs=(
        Input("zoom.chat_activity", is_optional=True),
        Input("zoom.chat_messages", is_optional=True),
        Input("zoom.chat_reactions", is_optional=True),
        Input("zoom.users", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "person_key",
            Type.TEXT,
            "The person, as in `core.attendance`: `u:` user id, `e:` address; `c:` a chat id where neither is known.",
            personal=Personal.IDENTITY,
            required=True,
        ),
        USER_ID,
        EMAIL,
        Column(
            "sender_member_id", Type.TEXT, "The person's chat id; it is not the user id.", personal=Personal.USER_ID
        ),
        _vendor("messages", "Messages of every kind"),
        _vendor("group_messages", "Those in channels and groups"),
        _vendor("direct_messages", "Those to one person"),
        _vendor("texts", "Those that are text"),
        _vendor("files", "Files", "files"),
        _vendor("images", "Images", "images"),
        _sum("messages", "Messages sent that stood when asked for."),
        _sum("group_messages", "Those in channels and groups."),
        _sum("direct_messages", "Those to one person."),
        Column(
            "sessions",
            Type.INTEGER,
            "Chat sessions the person wrote in.",
            unit="sessions",
            additivity=Additivity.NONE,
        ),
        _sum("replies", "Those that reply to a message, the person's own included."),
        _sum("files", "Files sent with them, of every kind.", "files"),
        _sum("messages_with_reaction", "Those that anybody reacted to."),
        _sum("reactions_received", "Reactions to them.", "reactions"),
        _sum(
            "reactions_given",
            "Reactions of the person to messages of the day, as far as Zoom names who reacted.",
            "reactions",
        ),
        _sum("edited_messages", "Messages that the person wrote, whenever, and that were edited on the day."),
        _sum("deleted_messages", "Messages that the person wrote, whenever, and that were deleted on the day."),
    ),
    expectations=(
        Expectation(
            "kinds_within_messages",
            "messages IS NULL OR (group_messages + direct_messages <= messages AND replies <= messages "
            "AND messages_with_reaction <= messages)",
            "Kinds of messages are messages.",
            blocking=True,
        ),
        Expectation(
            "vendor_kinds_within_messages",
            "vendor_messages IS NULL OR vendor_group_messages + vendor_direct_messages <= vendor_messages",
            "A message goes to a group or to one person.",
        ),
    ),
)

CHAT_THREADS = Table(
    schema="engagement",
    name="chat_threads",
    grain="One row per thread of team chat that was replied to on the UTC day.",
    about=(
        "From `zoom.chat_messages`, so only where messages are fetched; bots and deleted replies left out. A thread that is "
        "replied to on several days has a row for each, with that day's replies; its first response stands on its own day "
        f"alone. The message replied to is looked for by its id in the day and the {THREAD_DAYS_BEFORE} before."
    ),
    partition=Partition.DAY,
    key=("platform", "session_id", "parent_message_id"),
    inputs=(Input("zoom.chat_messages", days_before=THREAD_DAYS_BEFORE),),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("session_id", Type.TEXT, "Zoom's id of the session.", required=True),
        Column("parent_message_id", Type.TEXT, "The message that is replied to.", required=True),
        Column("session_type", Type.TEXT, "`Group` (channels too) or `1:1`."),
        Column("is_parent_known", Type.BOOLEAN, "Whether that message was found.", required=True),
        Column("is_parent_bot", Type.BOOLEAN, "Whether a bot wrote it; nobody is waiting then.", required=True),
        Column("parent_sent_at", Type.TIMESTAMP, "When it was sent; NULL where it was not found."),
        Column("parent_sender_member_id", Type.TEXT, "Chat id of who sent it.", personal=Personal.USER_ID),
        _sum("replies", "Replies of the day."),
        _sum("self_replies", "Those of who sent the first message, where it was found."),
        Column(
            "repliers",
            Type.INTEGER,
            "Different people who replied on the day, who sent the first message included.",
            unit="people",
            additivity=Additivity.NONE,
        ),
        Column("first_reply_at", Type.TIMESTAMP, "First reply of the day.", required=True),
        Column("last_reply_at", Type.TIMESTAMP, "Last reply of the day.", required=True),
        Column(
            "first_responded_at",
            Type.TIMESTAMP,
            "First reply of somebody else, if it came on the day and the message was found.",
        ),
        Column(
            "first_response_seconds",
            Type.NUMBER,
            "From the message to that; NULL where there is none, or it came on a day before.",
            unit="seconds",
            additivity=Additivity.NONE,
        ),
        _sum("parent_reactions", "Reactions to the message; NULL unless it was sent on the day.", "reactions"),
        _sum("reply_reactions", "Reactions to the replies of the day.", "reactions"),
    ),
    expectations=(
        Expectation(
            "self_within_replies",
            "self_replies <= replies AND repliers <= replies",
            "Replies to oneself are replies.",
            blocking=True,
        ),
        Expectation(
            "response_after_message",
            "first_response_seconds IS NULL OR first_response_seconds >= 0",
            "Nobody responds before the message.",
            blocking=True,
        ),
        Expectation("parent_found", "is_parent_known", "The message replied to is among those fetched."),
    ),
)

TABLES = (CHAT_DAILY, CHAT_THREADS)
