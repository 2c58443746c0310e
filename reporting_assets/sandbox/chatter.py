"""What people write to each other, when, and what becomes of it: edits, deletions, replies, reactions, files.

A pure function of organisation, session and day: nothing is kept, any session's day is made again when asked for. Volume
follows the planning assumptions: six in ten people write on a working day, about 25 messages each. Which sessions there
are is in `conversations`; how the vendor shows messages is in `zoom.chat`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reporting_assets.sandbox import calendar
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.conversations import OUTSIDE, PAIR, TEAM, Conversation, Conversations
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.words import CHAT_TEXTS

BOT = -(2**40)  # the sender of a bot's message; other negative senders are guests
TEXT, FILE, IMAGE, GIPHY, CODE, AUDIO, VIDEO = "text", "file", "image", "giphy", "code", "audio", "video"

_ACTIVE_SHARE = 0.6  # of people write anything on a mean working day
_FIRST_SECONDS, _SPAN_SECONDS = 8 * 3600, 10 * 3600  # people write from eight to six, local time
_MOST_IN_WIDE = 200  # messages a day in a channel of many people
_LATEST_CHANGE_SECONDS = 3 * DAY_SECONDS  # after the message, or after its change before
_MOST_CHANGES = 3  # two edits and a deletion
CHANGES_WITHIN_DAYS = 1 + _MOST_CHANGES * _LATEST_CHANGE_SECONDS // DAY_SECONDS
_SORTS = (
    (84, TEXT),
    (90, FILE),
    (94, IMAGE),
    (97, GIPHY),
    (98, CODE),
    (99, AUDIO),
    (100, VIDEO),
)  # up to this percentage
_BITS = 2**64
_ACTIVE, _COUNT, _TIME, _SENDER, _SORT, _EDIT, _DELETE, _REPLY, _TEXT = range(1, 10)  # what a draw is for


@dataclass(slots=True)
class Message:
    """One message. Instants are epoch milliseconds; `edited` those of its edits, `deleted` 0 where it stands."""

    conversation: Conversation
    sent: int
    sender: int  # a person, -1 - a guest, or BOT
    seed: int
    reply_to: Message | None = None

    @property
    def id(self) -> str:
        digits = f"{mix(self.seed, 21):016x}{mix(self.seed, 22):016x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    @property
    def is_from_bot(self) -> bool:
        return self.sender == BOT

    @property
    def sort(self) -> str:
        if self.is_from_bot:
            return TEXT
        draw = mix(self.seed, _SORT) % 100
        return next(sort for most, sort in _SORTS if draw < most)

    @property
    def edited(self) -> tuple[int, ...]:
        draw = mix(self.seed, _EDIT)
        if draw % 100 >= 7 or self.is_from_bot:
            return ()
        first = self.sent + _delay(draw >> 8)
        return (first, first + _delay(draw >> 30)) if draw >> 50 & 7 == 0 else (first,)

    @property
    def deleted(self) -> int:
        draw = mix(self.seed, _DELETE)
        if draw % 100 >= 3 or self.is_from_bot:
            return 0
        return max((self.sent, *self.edited)) + _delay(draw >> 8)

    def text(self, edits: int) -> str:
        """What it says after so many edits. The number makes nearly every text one of a kind."""
        draw = mix(self.seed, _TEXT)
        text = CHAT_TEXTS[draw % len(CHAT_TEXTS)].format(draw // 1000 % 10**9)
        return text + " (corrected)" * edits

    def stands_at(self, moment: int) -> bool:
        """Whether it has been sent and not been deleted by this moment."""
        return self.sent <= moment and not 0 < self.deleted <= moment

    def edits_until(self, moment: int) -> int:
        return sum(edited <= moment for edited in self.edited)


class Chatter:
    """The messages of an organisation."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self.conversations = Conversations(organisation)

    def sent_between(self, conversation: Conversation, begin: int, end: int) -> Iterator[Message]:
        """Messages of a session sent in [begin, end), epoch seconds, by time."""
        for day in range(begin // DAY_SECONDS - 1, -(-end // DAY_SECONDS) + 1):  # local days differ from UTC days
            for message in self._of_day(conversation, day):
                if begin * 1000 <= message.sent < end * 1000:
                    yield message

    def last_sent(self, conversation: Conversation, begin: int, end: int) -> int:
        """When the last message of [begin, end) was sent, epoch milliseconds; 0 where none was."""
        for day in range(-(-end // DAY_SECONDS), begin // DAY_SECONDS - 2, -1):
            for message in reversed(self._of_day(conversation, day, with_replies=False)):
                if begin * 1000 <= message.sent < end * 1000:
                    return message.sent
        return 0

    def changed_between(self, conversation: Conversation, begin: int, end: int) -> Iterator[Message]:
        """Messages of a session that were edited or deleted in [begin, end), by when they were sent."""
        for message in self.sent_between(conversation, begin - CHANGES_WITHIN_DAYS * DAY_SECONDS, end):
            if any(begin * 1000 <= moment < end * 1000 for moment in (*message.edited, message.deleted)):
                yield message

    def _of_day(self, conversation: Conversation, day: int, *, with_replies: bool = True) -> list[Message]:
        """Messages of one local day of the session's first member's office, by time."""
        people = self._organisation.people
        office = people[conversation.members[0]].office
        seed = mix(conversation.seed, day)
        senders, count = self._who_and_how_many(conversation, office, day, seed)
        if not count:
            return []
        midnight = calendar.local_midnight(OFFICES[office].timezone, calendar.date_of(day))
        step = _SPAN_SECONDS * 1000 // count
        found: list[Message] = []
        for place in range(count):
            own = mix(seed, 100 + place)
            sent = (midnight + _FIRST_SECONDS) * 1000 + place * step + mix(own, _TIME) % step
            sender = self._sender(conversation, senders, own, sent // 1000)
            if sender is not None:
                found.append(Message(conversation, sent, sender, own))
        if with_replies:
            self._add_replies(conversation, day, found)
        return found

    def _who_and_how_many(
        self, conversation: Conversation, office: int, day: int, seed: int
    ) -> tuple[Sequence[int], int]:
        draw = mix(seed, _COUNT)
        if conversation.kind not in (TEAM, PAIR, OUTSIDE):  # a channel of many: some of them write something
            per_day = min(_MOST_IN_WIDE, 3 + len(conversation.members) // 12)
            return conversation.members, int(per_day * _activity(office, day)) + (
                draw % 3 if _activity(office, day) > 0.1 else 0
            )
        active = [person for person in conversation.members if self._is_active(person, day)]
        if not active:
            return active, 0
        if conversation.kind == TEAM:
            return active, len(active) * (4 + draw % 5)
        if conversation.kind == OUTSIDE:
            return active, 1 + (draw >> 8) % 6 if draw % 100 < 20 else 0
        if len(active) == 1:
            return active, 1 + (draw >> 8) % 3 if draw % 100 < 20 else 0
        return active, 2 + (draw >> 8) % 13 if draw % 100 < 55 else 0

    def _is_active(self, person: int, day: int) -> bool:
        draw = mix(mix(self._organisation.seed, _ACTIVE), person * 100_003 + day) / _BITS
        return draw < _ACTIVE_SHARE * _activity(self._organisation.people[person].office, day)

    def _sender(self, conversation: Conversation, senders: Sequence[int], seed: int, instant: int) -> int | None:
        draw = mix(seed, _SENDER)
        if conversation.is_group and draw % 100 < 4:
            return BOT
        if conversation.kind == OUTSIDE and draw % 2:
            return -1 - conversation.guest
        person = senders[(draw >> 8) % len(senders)]
        return person if self._organisation.people[person].works_at(instant) else None

    def _add_replies(self, conversation: Conversation, day: int, messages: list[Message]) -> None:
        """Some messages reply to one shortly before, a few to the first one of the day before."""
        before: list[Message] | None = None
        for place, message in enumerate(messages):
            draw = mix(message.seed, _REPLY)
            if message.is_from_bot:
                continue
            if draw % 100 < 12 and place:
                message.reply_to = messages[max(0, place - 1 - (draw >> 8) % 4)]
            elif draw % 100 >= 98:
                if before is None:
                    before = self._of_day(conversation, day - 1, with_replies=False)
                message.reply_to = before[0] if before else None


@lru_cache(maxsize=4)
def chatter_of(organisation: Organisation) -> Chatter:
    """The organisation's messages."""
    return Chatter(organisation)


@lru_cache(maxsize=4096)
def _activity(office: int, day: int) -> float:
    return calendar.activity(OFFICES[office], calendar.date_of(day))


def _delay(draw: int) -> int:
    """Milliseconds until a change: mostly minutes, some hours, sometimes days."""
    kind, rest = draw % 100, draw // 100
    if kind < 65:
        return 15_000 + rest % 1_800_000
    if kind < 85:
        return 1_800_000 + rest % 21_600_000
    return DAY_SECONDS * 1000 + rest % ((_LATEST_CHANGE_SECONDS - DAY_SECONDS) * 1000)
