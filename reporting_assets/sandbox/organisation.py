"""Who exists: the people of the simulated organisation, their offices, departments and accounts, and its guests.

A pure function of seed and size. Hires and departures lie on fixed dates, so what the account looks like depends on
the instant one asks for, never on when the process started. What people do is in `traffic` and `sessions`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import accumulate
from random import Random

from reporting_assets.sandbox import words
from reporting_assets.sandbox.calendar import OFFICES
from reporting_assets.sandbox.identifiers import opaque_id, personal_number, stable_hash

TEAM_SIZE = 8
NEVER = 2**40
_FOUNDED = int(datetime(2019, 1, 7, tzinfo=UTC).timestamp())
_HIRING_FROM = int(datetime(2025, 6, 1, tzinfo=UTC).timestamp())
_HIRING_UNTIL = int(datetime(2027, 6, 1, tzinfo=UTC).timestamp())
_LEAVING_FROM = int(datetime(2025, 9, 1, tzinfo=UTC).timestamp())
_LEAVING_UNTIL = int(datetime(2027, 12, 1, tzinfo=UTC).timestamp())
_INVITED_BEFORE_SECONDS = 14 * 86_400  # an account waits as pending this long before its owner starts


@dataclass(slots=True)
class Person:
    """One employee's account. Instants are epoch seconds; `left` is NEVER for those who stay."""

    index: int
    first_name: str
    last_name: str
    office: int
    department: str
    license: int  # 1 Basic, 2 Licensed
    hired: int
    left: int
    is_deleted_on_leaving: bool  # else the account is deactivated and stays listed
    never_accepted: bool  # invited, but never signed in: pending for ever
    mixes_case: bool  # the address appears now with, now without capitals

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def id(self) -> str:
        """The simulation's own key of the person, never sent over the API."""
        return f"employee-{self.index}"

    def works_at(self, instant: int) -> bool:
        """Whether the person can host and attend at this instant."""
        return self.hired <= instant < self.left and not self.never_accepted

    def status_at(self, instant: int) -> str | None:
        """`active`, `inactive` or `pending` as the account stands; None where it does not exist (yet, or any more)."""
        if self.never_accepted or instant < self.hired:
            return "pending" if instant >= self.hired - _INVITED_BEFORE_SECONDS else None
        if instant < self.left:
            return "active"
        return None if self.is_deleted_on_leaving else "inactive"


@dataclass(slots=True)
class Guest:
    """Somebody from outside. `email` is what the person has, `shown_email` what the API may tell."""

    index: int
    name: str
    email: str
    shown_email: str

    @property
    def id(self) -> str:
        return f"guest-{self.index}"


class Organisation:
    """People by index, teams of eight by place, guests by index."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.team_count = -(-size // TEAM_SIZE)
        self.people: list[Person] = []
        self.teams_of_office: list[list[int]] = [[] for _ in OFFICES]
        self.people_of_department: dict[str, list[int]] = {}
        self.guest_count = max(200, 2 * size)
        self._populate(Random(stable_hash(seed, size, "organisation")))

    def _populate(self, rng: Random) -> None:
        office_bounds = list(accumulate(office.staff_share for office in OFFICES))
        department_bounds = list(accumulate(weight for _, weight in words.DEPARTMENTS))
        for team in range(self.team_count):
            office = min(bisect_right(office_bounds, (team * 0.618034) % 1.0), len(OFFICES) - 1)
            self.teams_of_office[office].append(team)
            department = words.DEPARTMENTS[bisect_right(department_bounds, rng.random() * department_bounds[-1])][0]
            members = self.people_of_department.setdefault(department, [])
            for index in range(team * TEAM_SIZE, min((team + 1) * TEAM_SIZE, self.size)):
                self.people.append(self._person(rng, index, office, department))
                members.append(index)

    @staticmethod
    def _person(rng: Random, index: int, office: int, department: str) -> Person:
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        is_new = rng.random() < 0.10
        hired = rng.randrange(_HIRING_FROM, _HIRING_UNTIL) if is_new else rng.randrange(_FOUNDED, _HIRING_FROM)
        leaves = rng.random() < 0.10 and index != 0
        left = max(hired + 60 * 86_400, rng.randrange(_LEAVING_FROM, _LEAVING_UNTIL)) if leaves else NEVER
        return Person(
            index=index,
            first_name=first,
            last_name=last,
            office=office,
            department=department,
            license=2 if index == 0 or rng.random() < 0.82 else 1,
            hired=_FOUNDED if index == 0 else hired,
            left=left,
            is_deleted_on_leaving=rng.random() < 0.6,
            never_accepted=index != 0 and rng.random() < 0.015,
            mixes_case=rng.random() < 0.06,
        )

    def user_id(self, person: int) -> str:
        """The vendor's id of the person's account."""
        return opaque_id(self.seed, self.size, "user", person)

    def email(self, person: int) -> str:
        """The address as the directory has it: lower case, plain letters."""
        who = self.people[person]
        return f"{_plain(who.first_name)}.{_plain(who.last_name)}{person}@{words.DOMAIN}"

    def pmi(self, person: int) -> int:
        """The number of the person's own meeting room."""
        return personal_number(person)

    def team_of(self, person: int) -> range:
        """Indices of the team the person belongs to."""
        first = person // TEAM_SIZE * TEAM_SIZE
        return range(first, min(first + TEAM_SIZE, self.size))

    def guest(self, index: int) -> Guest:
        """The guest of this index; many share a name, most have no identity that the API tells."""
        draw = stable_hash(self.seed, "guest", index)
        first = words.FIRST_NAMES[draw % len(words.FIRST_NAMES)]
        last = words.LAST_NAMES[draw // 97 % len(words.LAST_NAMES)]
        domain = words.GUEST_DOMAINS[draw // 9973 % len(words.GUEST_DOMAINS)]
        email = f"{_plain(first)}.{_plain(last)}.{index}@{domain}"
        kind = draw // 1_000_003 % 100
        if kind < 38:
            return Guest(index, f"{first} {last}", email, email)
        if kind < 62:
            return Guest(index, words.GENERIC_NAMES[draw // 31 % len(words.GENERIC_NAMES)], email, "")
        return Guest(index, first if kind < 82 else f"{first} {last}", email, "")

    @cached_property
    def index_of_user(self) -> dict[str, int]:
        """Person by user id and by e-mail address (lower case)."""
        found = {self.user_id(index): index for index in range(self.size)}
        found.update({self.email(index): index for index in range(self.size)})
        return found


_PLAIN = str.maketrans(
    {"'": "", "ö": "o", "ø": "o", "é": "e", "ã": "a", "í": "i", "á": "a", "ë": "e", "ü": "u", "ó": "o"}
)


def _plain(name: str) -> str:
    return name.lower().translate(_PLAIN)
