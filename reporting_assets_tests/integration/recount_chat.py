"""Counts team chat again, in plain Python, from the simulated messages themselves: no API rows, none of the SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reporting_assets.sandbox import chatter as chat
from reporting_assets.sandbox.chatter import Message, chatter_of
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.zoom import chat_parts

SILENT_DAYS = 4  # a session in which nothing was sent for longer is not listed, so that its changes are not seen
WINDOW_DAYS = 7  # how far back the message that was replied to is looked for
KINDS = {"texts": chat.TEXT, "files": chat.FILE, "images": chat.IMAGE}


@dataclass
class Person:
    """One person's day."""

    vendor: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)


class Chat:
    """All that was sent in days that were fetched together, as it stood at `now`."""

    def __init__(self, organisation: Organisation, first: date, last: date, now: datetime, zone: str) -> None:
        self.organisation, self.first, self.last = organisation, first, last
        self.zone = ZoneInfo(zone)  # in which Zoom cuts the days of its own counts
        self.now = int(now.timestamp())
        self.until = self.now * 1000 + 999
        chatter = chatter_of(organisation)
        begin, end = _midnight(first - timedelta(days=SILENT_DAYS)), _midnight(last + timedelta(days=2))
        self.messages = [
            message
            for conversation in chatter.conversations
            if chatter.last_sent(conversation, begin, end)
            for message in chatter.sent_between(conversation, begin - 14 * 86_400, end)
        ]
        self.by_id = {message.id: message for message in self.messages}

    def key(self, who: int) -> str:
        """The person's key: those who are in the account's list of users are known by id."""
        if who < 0:
            email = self.organisation.guest(-1 - who).shown_email
            return f"e:{email.lower()}" if email else f"c:{chat_parts.member_id(self.organisation, who)}"
        if self.organisation.people[who].status_at(self.now) is None:
            return f"e:{self.organisation.email(who)}"
        return f"u:{self.organisation.user_id(who)}"

    def people(self, day: date) -> dict[str, Person]:
        """By key, what everybody did on the day."""
        found: dict[str, Person] = defaultdict(Person)
        sessions: dict[str, set[int]] = defaultdict(set)
        wrote = self._wrote(day)
        for message in self.messages:
            if message.is_from_bot:
                if _day(message.sent) == day:
                    for reactor in self._reactors(message, wrote):
                        found[reactor].own["reactions_given"] += 1
                continue
            key = self.key(message.sender)
            edits = [moment for moment in message.edited if moment <= self.until and _day(moment) == day]
            if edits:
                found[key].own["edited_messages"] += 1
            if 0 < message.deleted <= self.until and _day(message.deleted) == day:
                found[key].own["deleted_messages"] += 1
            if key.startswith("u:") and _day(message.sent, self.zone) == day:
                vendor = found[key].vendor
                vendor["messages"] += 1
                vendor["group_messages" if message.conversation.is_group else "direct_messages"] += 1
                for name, sort in KINDS.items():
                    vendor[name] += message.sort == sort
            if _day(message.sent) != day or not message.stands_at(self.until):
                continue
            own = found[key].own
            sessions[key].add(message.conversation.number)
            own["messages"] += 1
            own["group_messages" if message.conversation.is_group else "direct_messages"] += 1
            own["replies"] += message.reply_to is not None
            own["files"] += _files(message)
            reactions = self._reactions(message)
            own["messages_with_reaction"] += reactions > 0
            own["reactions_received"] += reactions
            for reactor in self._reactors(message, wrote):
                found[reactor].own["reactions_given"] += 1
        for key, numbers in sessions.items():
            found[key].own["sessions"] = len(numbers)
        return found

    def told(self, day: date) -> tuple[bool, bool]:
        """Whether any message of the day is told, and whether anything at all is; a Sunday may be silent."""
        has_messages = any(_day(one.sent) == day and one.stands_at(self.until) for one in self.messages)
        return has_messages, any(_day(moment) == day for one in self.messages for moment in self._moments(one))

    def threads(self, day: date) -> dict[str, dict[str, Any]]:
        """By the message replied to, what `engagement.chat_threads` should say of the day."""
        replies: dict[str, list[Message]] = defaultdict(list)
        parents: dict[str, Message] = {}
        for message in self.messages:
            if message.reply_to is not None and not message.is_from_bot and message.stands_at(self.until):
                replies[message.reply_to.id].append(message)
                parents[message.reply_to.id] = message.reply_to
        found = {}
        earliest = max(self.first, day - timedelta(days=WINDOW_DAYS))
        for parent_id, given in replies.items():
            given = [one for one in given if earliest <= _day(one.sent) <= day]
            today = [one for one in given if _day(one.sent) == day]
            if not today:
                continue
            parent = parents[parent_id]
            is_known = any(
                earliest <= _day(moment) <= day for moment in self._moments(self.by_id.get(parent_id, parent))
            )
            first = min((one.sent for one in given if one.sender != parent.sender), default=None) if is_known else None
            if first is not None and (parent.is_from_bot or _day(first) != day):
                first = None
            is_told = is_known and parent.stands_at(self.until) and _day(parent.sent) == day
            sent = [one.sent for one in today]
            found[parent_id] = {
                "is_parent_known": is_known,
                "is_parent_bot": is_known and parent.is_from_bot,
                "parent_sent_at": _moment(parent.sent) if is_known else None,
                "replies": len(today),
                "self_replies": sum(one.sender == parent.sender for one in today) if is_known else 0,
                "repliers": len({one.sender for one in today}),
                "first_reply_at": _moment(min(sent)),
                "last_reply_at": _moment(max(sent)),
                "first_responded_at": None if first is None else _moment(first),
                "first_response_seconds": None if first is None else (first - parent.sent) / 1000,
                "parent_reactions": self._reactions(parent) if is_told else None,
                "reply_reactions": sum(map(self._reactions, today)),
            }
        return found

    def _reactions(self, message: Message) -> int:
        return sum(one["total_count"] for one in self._emojis(message))

    def _emojis(self, message: Message) -> list[dict[str, Any]]:
        """Reactions as the simulation draws them."""
        standard = chat_parts.reactions(self.organisation, message).get("reactions", [])
        own = chat_parts.custom_reactions(self.organisation, message).get("custom_emoji_reactions", [])
        return [*standard, *own]

    def _reactors(self, message: Message, wrote: set[int]) -> list[str]:
        """Keys of those who reacted, as far as they are named: by user id, or where none is told by chat id.

        A chat id leads to the person only where a message of the day tells the address beside it.
        """
        members = {chat_parts.member_id(self.organisation, who): who for who in message.conversation.members}
        if (guest := message.conversation.guest) >= 0:
            members[chat_parts.member_id(self.organisation, -1 - guest)] = -1 - guest
        found = []
        for one in self._emojis(message):
            found += [f"u:{user}" for user in one["user_ids"]]
            if not one["user_ids"]:
                found += [self.key(members[one]) if members[one] in wrote else f"c:{one}" for one in one["member_ids"]]
        return found

    def _wrote(self, day: date) -> set[int]:
        """Senders whose chat id some message of the day tells beside the address."""
        return {
            message.sender
            for message in self.messages
            if not message.is_from_bot and any(_day(moment) == day for moment in self._moments(message))
        }

    def _moments(self, message: Message) -> list[int]:
        """When anything became of the message that is told: it was sent and stands, was edited, was deleted."""
        changes = [moment for moment in (*message.edited, message.deleted) if 0 < moment <= self.until]
        return [message.sent, *changes] if message.stands_at(self.until) else changes


def _files(message: Message) -> int:
    """How many files it has: mostly one, as the simulation draws them."""
    if message.sort in (chat.TEXT, chat.GIPHY):
        return 0
    draw = mix(message.seed, chat_parts._FILES)
    return 1 + (draw % 10 == 0) + (draw % 40 == 0)


def _day(milliseconds: int, zone: ZoneInfo = ZoneInfo("UTC")) -> date:  # noqa: B008
    return datetime.fromtimestamp(milliseconds / 1000, zone).date()


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
