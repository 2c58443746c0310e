"""Contracts of what chat messages hold, one row each: files and reactions. SQL makes these tables of the messages."""

from __future__ import annotations

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

_GROUP = "zoom_chat"
_EVENT_COLUMNS = (
    Column("session_id", Type.TEXT, "Zoom's id of the session.", required=True),
    Column("session_type", Type.TEXT, "`Group` (channels too) or `1:1`."),
    Column("message_id", Type.TEXT, "The message, as in `zoom.chat_messages`.", required=True),
    Column("event", Type.TEXT, "What happened: `sent`, `edited` or `deleted`.", required=True),
    Column("event_at", Type.TIMESTAMP, "When it was sent, edited or deleted.", required=True),
    Column("sent_at", Type.TIMESTAMP, "When the message was sent."),
)
_EVENT_KEY = ("session_id", "message_id", "event", "event_at")

CHAT_FILES = Table(
    schema="zoom",
    name="chat_files",
    grain="One row per file of an event of a chat message on the UTC day.",
    about="From `zoom.chat_messages`. Count `event = 'sent'` for files sent; edits and deletions name them again.",
    partition=Partition.DAY,
    key=(*_EVENT_KEY, "place"),
    row_floor=0,
    group=_GROUP,
    inputs=(Input("zoom.chat_messages"),),
    columns=(
        *_EVENT_COLUMNS,
        Column(
            "sender_member_id", Type.TEXT, "The sender's chat id; it is not the user id.", personal=Personal.USER_ID
        ),
        Column("sender_email", Type.TEXT, "The sender's e-mail address.", personal=Personal.IDENTITY),
        Column("place", Type.INTEGER, "The file's place among the message's, from 1.", required=True),
        Column("file_id", Type.TEXT, "Zoom's id of the file."),
        Column("file_name", Type.TEXT, "Its name.", personal=Personal.CONTENT),
        Column("file_bytes", Type.INTEGER, "Its size.", unit="bytes", additivity=Additivity.SUM),
    ),
)

CHAT_REACTIONS = Table(
    schema="zoom",
    name="chat_reactions",
    grain="One row per event of a chat message on the UTC day, emoji and person, or one for all who are not named.",
    about=(
        "From `zoom.chat_messages`, as the reactions stood when it was asked for: when somebody reacted is not known, so a "
        "reaction belongs to its message's day. Zoom names nobody from outside the account; those who are not named share a "
        "row, and `reactions` adds up to Zoom's total."
    ),
    partition=Partition.DAY,
    key=(*_EVENT_KEY, "is_custom_emoji", "emoji_place", "person_place"),
    row_floor=0,
    group=_GROUP,
    inputs=(Input("zoom.chat_messages"),),
    columns=(
        *_EVENT_COLUMNS,
        Column("is_custom_emoji", Type.BOOLEAN, "Whether the emoji is the account's own.", required=True),
        Column("emoji_place", Type.INTEGER, "The emoji's place among the message's, from 1.", required=True),
        Column("emoji", Type.TEXT, "The emoji's code point, such as `U+1F600`; NULL for the account's own."),
        Column("emoji_name", Type.TEXT, "Name of the account's own emoji.", personal=Personal.CONTENT),
        Column("emoji_file_id", Type.TEXT, "Zoom's id of the picture of the account's own emoji."),
        Column(
            "person_place",
            Type.INTEGER,
            "The person's place among those named, from 1; 0 for the row of those who are not.",
            required=True,
        ),
        Column(
            "reactor_user_id",
            Type.TEXT,
            "Zoom's user id of who reacted; NULL where only a chat id, or nobody, is named.",
            personal=Personal.USER_ID,
        ),
        Column(
            "reactor_member_id",
            Type.TEXT,
            "The chat id of who reacted; filled where Zoom gives no user ids for the emoji.",
            personal=Personal.USER_ID,
        ),
        Column(
            "reactions",
            Type.INTEGER,
            "How many reactions the row stands for.",
            unit="reactions",
            required=True,
            additivity=Additivity.SUM,
        ),
    ),
    expectations=(
        Expectation("counts_people", "reactions >= 1", "A row stands for one reaction or more.", blocking=True),
    ),
)
