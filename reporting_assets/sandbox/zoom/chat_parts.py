"""Parts of chat messages as the vendor shows them: who wrote, files, pictures, formats, bots, reactions."""

from __future__ import annotations

from typing import Any

import orjson

from reporting_assets.sandbox import chatter as chat
from reporting_assets.sandbox.chatter import BOT, Message
from reporting_assets.sandbox.conversations import Conversation
from reporting_assets.sandbox.identifiers import mix, opaque_id
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.words import CUSTOM_EMOJIS, EMOJIS, FILE_NAMES
from reporting_assets.sandbox.zoom.account import Call

FORWARD, UNKNOWN, _FILES, _RICH, _EMOJI, _CUSTOM, _BOT = range(41, 48)  # what a draw is for
_BOT_NAME = "Build Bot"
_MEDIA = {chat.IMAGE: "image/png", chat.AUDIO: "audio/mp4", chat.VIDEO: "video/mp4", chat.CODE: "text/plain"}
_MOST_REACTORS = 5


def identity(organisation: Organisation, sender: int) -> tuple[str, str, str]:
    """Address, name and chat id as a message tells them; strangers and bots have no address."""
    if sender == BOT:
        return "", _BOT_NAME, opaque_id(organisation.seed, "chat bot")
    if sender < 0:
        guest = organisation.guest(-1 - sender)
        return guest.shown_email, guest.name, member_id(organisation, sender)
    return organisation.email(sender), organisation.people[sender].name, member_id(organisation, sender)


def member_id(organisation: Organisation, who: int) -> str:
    """The chat id of a person or guest; it has nothing to do with the user id."""
    return opaque_id(organisation.seed, "chat member", who) + opaque_id(organisation.seed, "chat", who)


def emails(organisation: Organisation, conversation: Conversation) -> list[str]:
    """Addresses of the two people of a session, those that are told."""
    found = [organisation.email(person) for person in conversation.members]
    if conversation.guest >= 0:
        found.append(organisation.guest(conversation.guest).shown_email)
    return [email for email in found if email]


def receiver(organisation: Organisation, message: Message) -> str:
    """The address of the other of the two; empty for a stranger."""
    conversation = message.conversation
    if message.sender >= 0 and conversation.guest >= 0:
        return organisation.guest(conversation.guest).shown_email
    other = next(person for person in conversation.members if person != message.sender)
    return organisation.email(other)


def bot_message(message: Message) -> dict[str, Any]:
    """What a bot posts; a few are relayed from another platform, and content is an object or a text that holds one."""
    draw = mix(message.seed, _BOT)
    content = {
        "head": {"text": message.text(0), "version": 1},
        "body": [{"type": "message", "text": f"#{draw % 1000}"}],
    }
    relayed = {"source": "MIO", "external_sender_email": "relay@contoso.example"} if draw % 10 == 0 else {}
    return {
        "is_markdown_support": draw % 2 == 0,
        **relayed,
        "content": content if draw % 3 == 0 else orjson.dumps(content).decode(),
    }


def attached(call: Call, message: Message) -> dict[str, Any]:
    """Files, picture and formats of a message, those it has."""
    found: dict[str, Any] = {}
    draw = mix(message.seed, _FILES)
    if message.sort == chat.GIPHY:
        found["giphy_information"] = [{"giphy_view_url": f"https://giphy.example/gifs/{draw:016x}"}]
    elif message.sort != chat.TEXT:
        found["files"] = [_file(call, message, place) for place in range(1 + (draw % 10 == 0) + (draw % 40 == 0))]
    if mix(message.seed, _RICH) % 25 == 0:
        found["rich_text"] = [
            {"start_position": 0, "end_position": 4, "format_type": "Bold", "format_attr": ""},
            {
                "start_position": 2,
                "end_position": 9,
                "format_type": "AddLink",
                "format_attr": f"https://northwind.example/{draw % 1000}",
            },
        ]
    return found


def _file(call: Call, message: Message, place: int) -> dict[str, Any]:
    draw = mix(message.seed, _FILES + 100 * (place + 1))
    file_id = opaque_id(call.account.organisation.seed, "chat file", message.seed, place)
    name, size = FILE_NAMES[draw % len(FILE_NAMES)], _size(draw >> 8)
    media_type = _MEDIA.get(message.sort, "application/octet-stream")
    return {
        "file_id": file_id,
        "file_name": name,
        "file_size": size,
        "download_url": call.account.files.link(call.base_url, file_id, name, size, media_type),
    }


def _size(draw: int) -> int:
    """Bytes: most files are small, few are larger than a megabyte, one in two hundred than 25."""
    kind, rest = draw % 200, draw // 200
    if kind < 120:
        return rest % 50_000
    if kind < 180:
        return 50_000 + rest % 450_000
    if kind < 199:
        return 500_000 + rest % 2_500_000
    return 27_000_000 + rest % 5_000_000


def reactions(organisation: Organisation, message: Message) -> dict[str, Any]:
    """Reactions with standard emoji; empty where there are none."""
    draw = mix(message.seed, _EMOJI)
    if draw % 100 >= 12:
        return {}
    first = draw // 100 % len(EMOJIS)
    chosen = [EMOJIS[(first + place) % len(EMOJIS)] for place in range(1 + draw // 1000 % 3)]
    return {
        "reactions": [
            {"emoji": emoji, **_reactors(organisation, message, mix(draw, place))} for place, emoji in enumerate(chosen)
        ]
    }


def custom_reactions(organisation: Organisation, message: Message) -> dict[str, Any]:
    """Reactions with the account's own emoji; empty where there are none."""
    draw = mix(message.seed, _CUSTOM)
    if draw % 100 >= 3:
        return {}
    name = CUSTOM_EMOJIS[draw // 100 % len(CUSTOM_EMOJIS)]
    return {
        "custom_emoji_reactions": [
            {
                "custom_emoji_name": name,
                "custom_emoji_file_id": opaque_id(organisation.seed, "custom emoji", name),
                **_reactors(organisation, message, mix(draw, 1)),
            }
        ]
    }


def _reactors(organisation: Organisation, message: Message, draw: int) -> dict[str, Any]:
    """Who reacted: user ids leave out people from outside, now and then nobody's user id is told."""
    conversation = message.conversation
    everybody = len(conversation.members)
    count = min(1 + draw % _MOST_REACTORS, everybody)
    start = (draw >> 8) % everybody
    people = [conversation.members[(start + place) % everybody] for place in range(count)]
    guests = [-1 - conversation.guest] if conversation.guest >= 0 and draw >> 40 & 1 else []
    hides_users = (draw >> 44) % 20 == 0
    return {
        "total_count": len(people) + len(guests),
        "user_ids": [] if hides_users else [organisation.user_id(person) for person in people],
        "member_ids": [member_id(organisation, who) for who in (*people, *guests)],
    }
