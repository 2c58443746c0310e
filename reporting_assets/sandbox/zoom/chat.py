"""Team Chat: the sessions with messages, the messages of one session with what became of them, counts per person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import chatter as chat
from reporting_assets.sandbox.answers import Answer, ApiError, bad_parameter
from reporting_assets.sandbox.chatter import Message, chatter_of
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.conversations import Conversation
from reporting_assets.sandbox.identifiers import mix, opaque_id
from reporting_assets.sandbox.zoom import chat_parts
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.dashboards import require_dashboards
from reporting_assets.sandbox.zoom.route import Route
from reporting_assets.sandbox.zoom.windows import Window, window

LARGEST_PAGE, LARGEST_PAGE_OF_MESSAGES = 300, 100
_KINDS = ("", "edited_messages", "deleted_messages", "edited_messages,deleted_messages")
_COUNTED = {
    chat.TEXT: "text_sent",
    chat.FILE: "files_sent",
    chat.IMAGE: "images_sent",
    chat.GIPHY: "giphys_sent",
    chat.CODE: "code_sippet_sent",  # the vendor's spelling
    chat.AUDIO: "audio_sent",
    chat.VIDEO: "video_sent",
}


def list_sessions(call: Call) -> Answer:
    """Sessions in which something was sent in the window; edits of older messages alone do not list one."""
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    chatter = chatter_of(call.account.organisation)

    def listing() -> list[tuple[Conversation, int]]:
        end = min(asked.end, position.as_of + 1)
        found = []
        for conversation in chatter.conversations:
            last = chatter.last_sent(conversation, asked.begin, end)
            if last:
                found.append((conversation, last))
        return found

    page, fields = call.page(position, listing)
    sessions = [_session(call.account, conversation, last) for conversation, last in page]
    return Answer({"from": asked.sent_from, "to": asked.sent_to, **_paging(fields), "sessions": sessions})


def _session(account: Account, conversation: Conversation, last: int) -> dict[str, Any]:
    session_id = chatter_of(account.organisation).conversations.id(conversation.number)
    record: dict[str, Any] = {
        "id": session_id,
        "last_message_sent_time": iso(last // 1000),
        "name": conversation.name,
        "type": "Group" if conversation.is_group else "1:1",
    }
    if conversation.is_group:
        record["channel_id"] = session_id[10:32]
        record["status"] = "deleted" if conversation.is_deleted else "active"
    else:
        record["member_emails"] = chat_parts.emails(account.organisation, conversation)
        record["has_external_member"] = conversation.guest >= 0
    return record


def list_messages(call: Call) -> Answer:
    """A session's messages in pages; its edits and deletions, where asked for, beside them on every page.

    The window means when messages were sent; with `query_all_modifications`, when they were edited or deleted, and then
    `messages` holds those that were and still stand.
    """
    chatter = chatter_of(call.account.organisation)
    conversation = chatter.conversations.locate(call.path_value)
    if conversation is None:
        raise ApiError(404, 404, "The chat session does not exist.")
    kinds = call.query.get("include_fields", "")
    if kinds not in _KINDS:
        raise bad_parameter("The include_fields must be edited_messages, deleted_messages or both.")
    asked = window(call, allows_times=False)
    by_change = _is_on(call, "query_all_modifications")
    position = call.position(LARGEST_PAGE_OF_MESSAGES)
    now = position.as_of * 1000 + 999
    between = chatter.changed_between if by_change else chatter.sent_between
    with_bots = _is_on(call, "include_bot_message")

    def listing() -> list[Message]:
        return [
            message
            for message in between(conversation, asked.begin, asked.end)
            if message.stands_at(now) and (with_bots or not message.is_from_bot)
        ]

    page, fields = call.page(position, listing)
    body: dict[str, Any] = {"from": asked.sent_from, "to": asked.sent_to, **_paging(fields)}
    body["messages"] = [_record(call, message, now) | _reactions(call, message) for message in page]
    if "edited_messages" in kinds:
        body["edited_messages"] = [
            _record(call, message, moment) | {"action_timestamp": moment}
            for message in between(conversation, asked.begin, asked.end)
            for moment in message.edited
            if moment <= now and (not by_change or _within(asked, moment))
        ]
    if "deleted_messages" in kinds:
        body["deleted_messages"] = [
            _record(call, message, message.deleted) | _reactions(call, message) | {"action_timestamp": message.deleted}
            for message in between(conversation, asked.begin, asked.end)
            if 0 < message.deleted <= now and (not by_change or _within(asked, message.deleted))
        ]
    return Answer(body)


def _within(asked: Window, moment: int) -> bool:
    return asked.begin * 1000 <= moment < asked.end * 1000


def _record(call: Call, message: Message, moment: int) -> dict[str, Any]:
    """The message as it read at that moment."""
    organisation, conversation = call.account.organisation, message.conversation
    edits = message.edits_until(moment)
    sender, name, member = chat_parts.identity(organisation, message.sender)
    record: dict[str, Any] = {
        "id": message.id,
        "message": message.text(edits),
        "sender": sender,
        "sender_display_name": name,
        "sender_member_id": member,
        "date_time": iso(message.sent // 1000),
        "timestamp": message.sent,
    }
    if edits:
        record["action_timestamp"] = message.edited[edits - 1]
    if not conversation.is_group:
        record["receiver"] = chat_parts.receiver(organisation, message)
        record["is_sender_external"] = message.sender < 0
    if message.reply_to is not None:
        record["reply_main_message_id"] = f"{{{message.reply_to.id.upper()}}}"
        record["reply_main_message_timestamp"] = message.reply_to.sent
    if message.is_from_bot:
        record["bot_message"] = chat_parts.bot_message(message)
    if mix(message.seed, chat_parts.FORWARD) % 50 == 0:
        record["forward_id"] = opaque_id(message.seed, "forward")
    if mix(message.seed, chat_parts.UNKNOWN) % 40 == 0:
        record["is_pinned"] = True  # a field the reference does not name
    return record | chat_parts.attached(call, message)


def _reactions(call: Call, message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if _is_on(call, "include_reactions"):
        found |= chat_parts.reactions(call.account.organisation, message)
    if _is_on(call, "include_custom_emoji_reactions"):
        found |= chat_parts.custom_reactions(call.account.organisation, message)
    return found


def chat_metrics(call: Call) -> Answer:
    """How many messages each person sent in the window, by kind; bots and people outside the account left out."""
    require_dashboards(call)
    asked = window(call, allows_times=False)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: list(_counts(call.account, asked, position.as_of)))
    return Answer({"from": asked.sent_from, "to": asked.sent_to, **_paging(fields), "users": list(page)})


def _counts(account: Account, asked: Window, now: int) -> Iterator[dict[str, Any]]:
    organisation, chatter = account.organisation, chatter_of(account.organisation)
    names = ("total_sent", "group_sent", "p2p_sent", *_COUNTED.values())
    by_person: dict[int, dict[str, int]] = {}
    for conversation in chatter.conversations:
        where = "group_sent" if conversation.is_group else "p2p_sent"
        for message in chatter.sent_between(conversation, asked.begin, min(asked.end, now + 1)):
            if message.sender >= 0:
                sums = by_person.setdefault(message.sender, dict.fromkeys(names, 0))
                for name in ("total_sent", where, _COUNTED[message.sort]):
                    sums[name] += 1
    for person, sums in sorted(by_person.items()):
        if organisation.people[person].status_at(now) is not None:
            yield {
                "user_id": organisation.user_id(person),
                "user_name": organisation.people[person].name,
                "email": organisation.email(person),
                **sums,
            }


def _is_on(call: Call, name: str) -> bool:
    return call.query.get(name, "").lower() == "true"


def _paging(fields: dict[str, Any]) -> dict[str, Any]:
    """These listings do not say how many records there are."""
    return {name: fields[name] for name in ("next_page_token", "page_size")}


_CLASSIC_SCOPES = ("report_chat:read:admin", "imchat:read:admin")
ROUTES: tuple[Route, ...] = (
    Route(
        "/report/chat/sessions",
        RateLabel.MEDIUM,
        ("report:read:list_chat_sessions:admin", *_CLASSIC_SCOPES),
        True,
        list_sessions,
    ),
    Route(
        "/report/chat/sessions/{sessionId}",
        RateLabel.MEDIUM,
        ("report:read:chat_session:admin", *_CLASSIC_SCOPES),
        True,
        list_messages,
    ),
    Route(
        "/metrics/chat",
        RateLabel.RESOURCE_INTENSIVE,
        ("dashboard:read:chat:admin", "dashboard_im:read:admin", "dashboard:read:admin"),
        False,  # the handler refuses it below Business, in other words
        chat_metrics,
    ),
)
