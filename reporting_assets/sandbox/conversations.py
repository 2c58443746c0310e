"""Which chat sessions there are: teams, departments, everybody, pairs of colleagues, and people outside.

A pure function of the organisation. Sessions are numbered, and their ids carry the number, scrambled with the seed, so
that any of them is found again without an index. What is written in them is in `chatter`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from reporting_assets.sandbox.identifiers import mix, stable_hash
from reporting_assets.sandbox.organisation import TEAM_SIZE, Organisation
from reporting_assets.sandbox.words import ORGANISATION

TEAM, WIDE, PAIR, OUTSIDE = "team", "wide", "pair", "outside"
_PAIRS_PER_TEAM = TEAM_SIZE * (TEAM_SIZE - 1) // 2
_CONTACTS = 2  # colleagues of other teams whom a person writes to
_OUTSIDE_PER_CENT = 20  # of people have a session with somebody outside
_DELETED_PER_CENT = 2  # of groups
_CONTACT, _GUEST = 1, 2  # what a draw is for


@dataclass(frozen=True, slots=True)
class Conversation:
    """One chat session. `members` are people of the organisation; `guest` is the one outside, -1 where there is none."""

    number: int
    kind: str
    members: Sequence[int]
    guest: int
    name: str
    seed: int

    @property
    def is_group(self) -> bool:
        return self.kind in (TEAM, WIDE)

    @property
    def is_deleted(self) -> bool:
        return self.kind == TEAM and self.seed % 100 < _DELETED_PER_CENT


class Conversations:
    """All sessions of an organisation, by number and by id."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._key = blake2b(f"chat:{organisation.seed}:{organisation.size}".encode(), digest_size=32).digest()
        self._seed = stable_hash(organisation.seed, organisation.size, "chat")
        self._wide = ["", *sorted(name for name in organisation.people_of_department if name)]
        size = organisation.size
        counts = (
            organisation.team_count,
            len(self._wide),
            organisation.team_count * _PAIRS_PER_TEAM,
            size * _CONTACTS,
            size,
        )
        self._ends = [sum(counts[: place + 1]) for place in range(len(counts))]

    def __iter__(self) -> Iterator[Conversation]:
        for number in range(self._ends[-1]):
            found = self.get(number)
            if found is not None:
                yield found

    def get(self, number: int) -> Conversation | None:
        """The session of this number; None where there is none."""
        teams, wide, pairs, contacts, end = self._ends
        if not 0 <= number < end:
            return None
        seed = mix(self._seed, number)
        size = self._organisation.size
        if number < teams:
            members = self._organisation.team_of(number * TEAM_SIZE)
            return Conversation(number, TEAM, members, -1, f"Team {number + 1}", seed)
        if number < wide:
            name = self._wide[number - teams]
            everybody = self._organisation.people_of_department[name] if name else range(size)
            return Conversation(number, WIDE, everybody, -1, f"{name or ORGANISATION} & friends", seed)
        if number < pairs:
            team, place = divmod(number - wide, _PAIRS_PER_TEAM)
            first, second = (team * TEAM_SIZE + one for one in _PAIRS[place])
            return Conversation(number, PAIR, (first, second), -1, "", seed) if second < size else None
        if number < contacts:
            person, place = divmod(number - pairs, _CONTACTS)
            other = mix(seed, _CONTACT) % size
            if other // TEAM_SIZE == person // TEAM_SIZE:
                return None  # they have their session already
            return Conversation(number, PAIR, (person, other), -1, "", seed)
        if seed % 100 >= _OUTSIDE_PER_CENT:
            return None
        guest = mix(seed, _GUEST) % self._organisation.guest_count
        return Conversation(number, OUTSIDE, (number - contacts,), guest, "", seed)

    def id(self, number: int) -> str:
        """The vendor's id of the session, 64 hexadecimal digits."""
        plain = number.to_bytes(8, "big")
        check = blake2b(plain, key=self._key, digest_size=24).digest()
        return (check + self._scrambled(plain, check)).hex()

    def locate(self, session_id: str) -> Conversation | None:
        """The session with this id; None where no session has it."""
        try:
            raw = bytes.fromhex(session_id)
        except ValueError:
            return None
        if len(raw) != 32:
            return None
        number = int.from_bytes(self._scrambled(raw[24:], raw[:24]), "big")
        found = self.get(number)
        return found if found is not None and self.id(number) == session_id else None

    def _scrambled(self, data: bytes, check: bytes) -> bytes:
        stream = blake2b(check, key=self._key, digest_size=8).digest()
        return bytes(a ^ b for a, b in zip(data, stream, strict=True))


_PAIRS = [(first, second) for first in range(TEAM_SIZE) for second in range(first + 1, TEAM_SIZE)]
