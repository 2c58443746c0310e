"""Contract of Zoom's chat messages: what was sent, edited and deleted. Tables made of it are in `zoom_chat_parts`.

What people wrote, and the names of their files, is `CONTENT`: only the profile that keeps everything stores it.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting_assets.contracts.asking import Pass, PerListed
from reporting_assets.contracts.model import (
    Column,
    Endpoint,
    Expectation,
    Field,
    Item,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api"
_GROUP = "zoom_chat"
_PATH = "/report/chat/sessions/{sessionId}"


def _messages(name: str, purpose: str) -> Endpoint:
    return Endpoint(
        name=name,
        path=_PATH,
        rows_at="messages",
        also_rows_at=("edited_messages", "deleted_messages"),
        purpose=purpose,
        rate_label=RateLabel.MEDIUM,
        scope="report:read:chat_session:admin",
        classic_scopes=("report_chat:read:admin", "imchat:read:admin"),
        plan="Pro or higher, with chat reports",
        look_back="6 months",
        look_back_days=180,
        doc_url=f"{_DOCS}/team-chat/#tag/reports/GET{_PATH}",
        page_size=100,
        is_optional=True,
    )


# One path, asked in two ways. By default `from` and `to` mean when a message was sent, so that later edits are left out;
# with `query_all_modifications` they mean when it was edited or deleted, so that messages may be left out. Either way
# alone would lose something, whichever of its readings that parameter has.
REPORT_CHAT_MESSAGES = _messages("report_chat_messages", "Messages of one chat session, by when they were sent.")
REPORT_CHAT_CHANGES = _messages(
    "report_chat_changes", "Edits and deletions in one chat session, by when they were made."
)

SESSION_ID = Column(
    "session_id", Type.TEXT, "Zoom's id of the session.", required=True, source=Field("$request.session_id")
)
_CHANGES = REPORT_CHAT_CHANGES.name
_SENT = REPORT_CHAT_MESSAGES.name
_EVENTS = {"messages": "sent", "edited_messages": "edited", "deleted_messages": "deleted"}
# A session in which nothing was sent is not listed, though older messages in it may be edited. Most are within days of
# being sent; each day more asks for a third more sessions of a working day.
SILENT_DAYS = 3
_REACTIONS = {"include_reactions": "$chat_reactions", "include_custom_emoji_reactions": "$chat_reactions"}


def _per_session(
    endpoint: str, asked: Pass, when: Mapping[str, str] | None = None, listing_days_before: int = 0
) -> PerListed:
    return PerListed(
        endpoint=endpoint,
        passes=({**asked, **_REACTIONS},),
        when=when or {},
        listing="report_chat_sessions",
        listing_has_window=True,
        listing_days_before=listing_days_before,
        select={"session_id": "id", "session_type": "type"},
        path={"sessionId": "session_id"},
    )


def _milliseconds(name: str, meaning: str, path: str) -> Column:
    return Column(name, Type.TIMESTAMP, meaning, source=Field(path, Parse.EPOCH_MILLISECONDS))


def _reactors(of: str) -> tuple[Item, ...]:
    return (
        Item("total_count", Type.INTEGER, f"How often people reacted with {of}.", "total_count", unit="reactions"),
        Item(
            "user_ids",
            Type.JSON,
            "Zoom's ids of those who did and belong to the account.",
            "user_ids",
            personal=Personal.USER_ID,
        ),
        Item("member_ids", Type.JSON, "Chat ids of those who did.", "member_ids", personal=Personal.USER_ID),
    )


CHAT_MESSAGES = Table(
    schema="zoom",
    name="chat_messages",
    grain="One row per event of a chat message on the UTC day: it was sent, edited or deleted.",
    about=(
        "A sent message stands as it was when asked for: with its latest text and reactions, and not at all once it is "
        "deleted. Edits and deletions belong to the day they were made, however old the message. They are looked for in "
        f"sessions in which something was sent in the days asked for or the {SILENT_DAYS + 1} before; a change in a session "
        "that was silent for longer is seen only where a longer range is asked for."
    ),
    partition=Partition.DAY,
    key=("session_id", "message_id", "event", "event_at"),
    partition_by="event_at",
    row_floor=0,
    group=_GROUP,
    priority=5,
    endpoints=(REPORT_CHAT_MESSAGES, REPORT_CHAT_CHANGES),
    asks=(
        _per_session(_SENT, {"include_bot_message": "$chat_bots"}),
        *(
            _per_session(
                _CHANGES,
                {"query_all_modifications": "true", "include_fields": kinds},
                {"chat_include": kinds},
                SILENT_DAYS,
            )
            for kinds in ("edited_messages,deleted_messages", "edited_messages", "deleted_messages")
        ),
    ),
    only={_SENT: "event = 'sent'", _CHANGES: "event <> 'sent'"},
    columns=(
        SESSION_ID,
        Column("session_type", Type.TEXT, "`Group` (channels too) or `1:1`.", source=Field("$request.session_type")),
        Column(
            "message_id",
            Type.TEXT,
            "Zoom's id of the message, bare and in lower case.",
            required=True,
            source=Field("id", Parse.BRACED_ID),
        ),
        Column(
            "event",
            Type.TEXT,
            "What happened: `sent`, `edited` or `deleted`.",
            required=True,
            source=Field("_array", values=_EVENTS),
        ),
        Column(
            "event_at",
            Type.TIMESTAMP,
            "When it was sent, edited or deleted.",
            required=True,
            by_endpoint={
                _SENT: Field("timestamp", Parse.EPOCH_MILLISECONDS),
                _CHANGES: Field("action_timestamp", Parse.EPOCH_MILLISECONDS, fallback="timestamp"),
            },
        ),
        _milliseconds("sent_at", "When the message was sent.", "timestamp"),
        Column(
            "sent_second_at",
            Type.TIMESTAMP,
            "When it was sent, to the second, as Zoom repeats it.",
            source=Field("date_time"),
        ),
        _milliseconds(
            "action_at",
            "When it was edited or deleted; of a message that stands, the last action Zoom names.",
            "action_timestamp",
        ),
        Column(
            "sender_email",
            Type.TEXT,
            "The sender's e-mail address; empty for strangers.",
            personal=Personal.IDENTITY,
            source=Field("sender"),
        ),
        Column(
            "sender_member_id",
            Type.TEXT,
            "The sender's chat id; it is not the user id.",
            personal=Personal.USER_ID,
            source=Field("sender_member_id"),
        ),
        Column(
            "sender_name",
            Type.TEXT,
            "The sender's name as shown.",
            personal=Personal.IDENTITY,
            source=Field("sender_display_name"),
        ),
        Column(
            "receiver_email",
            Type.TEXT,
            "The receiver's e-mail address; `1:1` only.",
            personal=Personal.IDENTITY,
            source=Field("receiver"),
        ),
        Column(
            "is_sender_external",
            Type.BOOLEAN,
            "Whether the sender belongs to another account; `1:1` only.",
            source=Field("is_sender_external"),
        ),
        Column("text", Type.TEXT, "What was written.", personal=Personal.CONTENT, source=Field("message")),
        Column(
            "rich_text",
            Type.LIST,
            "How parts of the text are formatted.",
            source=Field("rich_text"),
            items=(
                Item("start_position", Type.INTEGER, "First character, from 0.", "start_position", unit="characters"),
                Item("end_position", Type.INTEGER, "Character at which it ends.", "end_position", unit="characters"),
                Item("format_type", Type.TEXT, "Such as `Bold`, `Paragraph` or `AddLink`.", "format_type"),
                Item(
                    "format_attribute",
                    Type.TEXT,
                    "Its value: a size, a colour, a heading or a link.",
                    "format_attr",
                    personal=Personal.CONTENT,
                ),
            ),
        ),
        Column(
            "reply_to_message_id",
            Type.TEXT,
            "The message it replies to, written as `message_id`; find the parent by it.",
            source=Field("reply_main_message_id", Parse.BRACED_ID),
        ),
        _milliseconds(
            "reply_parent_at",
            "A time Zoom gives with a reply and describes in two ways; use the parent's `sent_at`.",
            "reply_main_message_timestamp",
        ),
        Column("forward_id", Type.TEXT, "Zoom's id of the forwarded message.", source=Field("forward_id")),
        Column(
            "files",
            Type.LIST,
            "Files sent with it.",
            source=Field("files"),
            items=(
                Item("file_id", Type.TEXT, "Zoom's id of the file.", "file_id"),
                Item("file_name", Type.TEXT, "Its name.", "file_name", personal=Personal.CONTENT),
                Item("file_bytes", Type.INTEGER, "Its size.", "file_size", unit="bytes"),
                Item(
                    "download_url",
                    Type.TEXT,
                    "Where it can be fetched for a short time: holds a token, never stored, so always NULL.",
                    "download_url",
                    personal=Personal.SECRET,
                ),
            ),
        ),
        Column(
            "giphys",
            Type.LIST,
            "Animated pictures chosen from Giphy.",
            source=Field("giphy_information"),
            items=(Item("view_url", Type.TEXT, "The picture's page.", "giphy_view_url", personal=Personal.CONTENT),),
        ),
        Column(
            "reactions",
            Type.LIST,
            "Emoji reactions; asked for unless switched off, and not known of edits.",
            source=Field("reactions"),
            items=(
                Item("emoji", Type.TEXT, "The emoji's code point, such as `U+1F600`.", "emoji"),
                *_reactors("it"),
            ),
        ),
        Column(
            "custom_reactions",
            Type.LIST,
            "Reactions with the account's own emoji; asked for unless switched off, and not known of edits.",
            source=Field("custom_emoji_reactions"),
            items=(
                Item("emoji_name", Type.TEXT, "The emoji's name.", "custom_emoji_name", personal=Personal.CONTENT),
                Item("emoji_file_id", Type.TEXT, "Zoom's id of the emoji's picture.", "custom_emoji_file_id"),
                *_reactors("it"),
            ),
        ),
        Column(
            "has_bot_markdown",
            Type.BOOLEAN,
            "Whether a bot's message may use markdown; NULL for messages of people.",
            source=Field("bot_message.is_markdown_support"),
        ),
        Column(
            "bot_source",
            Type.TEXT,
            "The platform a message was relayed from; bots' messages only.",
            source=Field("bot_message.source"),
        ),
        Column(
            "bot_sender_email",
            Type.TEXT,
            "Who sent it on that platform; bots' messages only.",
            personal=Personal.IDENTITY,
            source=Field("bot_message.external_sender_email"),
        ),
        Column(
            "bot_content",
            Type.JSON,
            "What the bot wrote: an object, or a text that holds one.",
            personal=Personal.CONTENT,
            source=Field("bot_message.content"),
        ),
    ),
    expectations=(
        Expectation(
            "known_event", f"event IN {tuple(_EVENTS.values())}", "The event is one of the three.", blocking=True
        ),
        Expectation(
            "not_before_sent",
            "sent_at IS NULL OR event_at >= sent_at",
            "Nothing is edited or deleted before it is sent.",
        ),
    ),
)
