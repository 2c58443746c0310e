"""What happened on Webex: a stream of meetings of its own among the same people, its sites, ids and stays.

A pure function of seed, organisation and day, as the other traffic is. Nothing about the protocol.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from hashlib import blake2b

from reporting_assets.sandbox.bounded import Bounded
from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.identifiers import MeetingIds, mix, stable_hash
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import WAITING, Meeting, sessions
from reporting_assets.sandbox.traffic import meetings_of_day

SITES = ("northwind.webex.example", "northwind-east.webex.example")  # the first is the default one
_EASTERN_OFFICES = frozenset({2, 3, 4})
SERVICE_TYPES = ("MeetingCenter", "EventCenter", "TrainingCenter", "SupportCenter")

KEPT_PER_CENT = 30  # of meetings of a stream as large as Zoom's: Webex is the smaller platform here; and all webinars
SETTLED_SECONDS = 24 * 3600  # after a meeting's end, when reports are complete
_FIRST_SECONDS = 300
_MEETINGS_KEPT, _STAYS_KEPT = 100_000, 100_000
_KEEP, _SERVICE, _LISTED, _STAY, _AUDIO, _CLIENT = 101, 102, 103, 104, 105, 112  # what a draw is for

_INSTANCES = 10**17
_STEP = 36_893_488_147_419_103  # coprime to the span, so multiplying by it can be undone
_STEP_BACK = pow(_STEP, -1, _INSTANCES)
_PLACES_PER_DAY = 100_000


@dataclass(frozen=True, slots=True)
class Stay:
    """One attendee session: one connection from join to leave, breakout rooms included."""

    person: int  # an employee's index, or -1 - the guest's index
    connection: int
    joined: int
    left: int
    device: int
    audio: str  # voip, call_in, call_in_toll_free, call_out_domestic or call_out_international

    @property
    def minutes(self) -> int:
        """Begun minutes, which is how the vendor counts."""
        return -(-(self.left - self.joined) // 60)


class Meetings:
    """Webex meetings from the UTC midnight at which `history` begins. Not thread-safe: ask from one thread."""

    def __init__(self, history: History) -> None:
        self.organisation: Organisation = history.organisation
        self._begins = history.begins
        # The same people by another seed: other meetings.
        self._stream = copy(history.organisation)
        self._stream.seed = stable_hash(history.organisation.seed, "webex")
        self._ids = MeetingIds(self._stream.seed)
        self._days: Bounded[list[Meeting]] = Bounded(_MEETINGS_KEPT)
        self._stays: Bounded[list[Stay]] = Bounded(_STAYS_KEPT)

    def day(self, number: int) -> list[Meeting]:
        """The meetings of the UTC day of this number (days since 1970), by start; none before the history begins."""
        if number * DAY_SECONDS < self._begins:
            return []

        def made() -> list[Meeting]:
            everything = meetings_of_day(self._stream, self._ids, number)
            return [each for each in everything if each.is_webinar or mix(each.seed, _KEEP) % 100 < KEPT_PER_CENT]

        return self._days.get(number, made, len)

    def started_between(self, begin: int, end: int) -> list[Meeting]:
        """Meetings that start in [begin, end], by start."""
        return [
            meeting
            for number in range(begin // DAY_SECONDS, end // DAY_SECONDS + 1)
            for meeting in self.day(number)
            if begin <= meeting.started <= end
        ]

    def find(self, instance_id: str, now: int) -> Meeting | None:
        """The meeting of this instance id, if it has begun."""
        _, found, digits = instance_id.partition("_I_")
        if not found or not digits.isascii() or not digits.isdigit() or len(digits) != 18:
            return None
        day, place = divmod((int(digits) - _INSTANCES) * _STEP_BACK % _INSTANCES, _PLACES_PER_DAY)
        if not self._begins <= day * DAY_SECONDS <= now:
            return None
        for meeting in self.day(day):
            if meeting.place == place and self.instance_id(meeting) == instance_id:
                return meeting
        return None

    def instance_id(self, meeting: Meeting) -> str:
        """As Webex writes it: instances of one series share what stands before `_I_`."""
        series = blake2b(f"{self._stream.seed}:{meeting.number}".encode(), digest_size=16).hexdigest()
        return f"{series}_I_{_INSTANCES + (meeting.day * _PLACES_PER_DAY + meeting.place) * _STEP % _INSTANCES}"

    def stays(self, meeting: Meeting) -> list[Stay]:
        """Everybody's sessions, by join."""
        return self._stays.get(meeting.uuid, lambda: _merged(meeting), len)

    def host(self, meeting: Meeting) -> tuple[str, str]:
        """Name and address of the host."""
        return self.organisation.people[meeting.host].name, self.organisation.email(meeting.host)

    def told(self, meeting: Meeting, stay: Stay) -> tuple[str, str]:
        """Name and address as the attendee report tells them: of some telephones neither is known."""
        if is_unknown_telephone(meeting, stay):
            return f"Call-in User_{stay.connection % 89}", ""
        return self.identity(stay.person)

    def identity(self, person: int) -> tuple[str, str]:
        """Name and address of an attendee; the address is empty where a guest hides it."""
        if person < 0:
            guest = self.organisation.guest(-1 - person)
            return guest.name, guest.shown_email
        return self.organisation.people[person].name, self.organisation.email(person)

    def site(self, meeting: Meeting) -> str:
        """The site the host belongs to."""
        return SITES[self.organisation.people[meeting.host].office in _EASTERN_OFFICES]


def number(meeting: Meeting) -> int:
    """The eleven digits of the meeting or personal room."""
    return 2 * 10**10 + meeting.number % 10**10


def service_type(meeting: Meeting) -> str:
    """Most are meetings; half of the webinars are events of the older kind."""
    draw = mix(meeting.seed, _SERVICE) % 100
    if meeting.is_webinar:
        return SERVICE_TYPES[draw < 50]
    return SERVICE_TYPES[2 if draw < 6 else 3 if draw < 10 else 0]


def client_draw(meeting: Meeting, stay: Stay) -> int:
    """What decides about the client of a session."""
    return mix(meeting.seed + stay.connection, _CLIENT)


def is_unknown_telephone(meeting: Meeting, stay: Stay) -> bool:
    """Whether nobody knows who it is that dialled in or was called."""
    return stay.audio != "voip" and client_draw(meeting, stay) % 3 == 0


def is_registered(meeting: Meeting, stay: Stay) -> bool:
    """Whether the attendee had registered: guests of webinars do."""
    return meeting.is_webinar and stay.person < 0


def listed_at(meeting: Meeting) -> int:
    """When reports begin to show the meeting: some minutes to a day after its end."""
    draw = mix(meeting.seed, _LISTED)
    usual = _FIRST_SECONDS + draw % 7200
    return meeting.ended + (usual if draw >> 32 & 7 else draw % (SETTLED_SECONDS - 600))


def stay_shown_at(meeting: Meeting, stay: Stay) -> int:
    """When the attendee report begins to show this session: one in ten later than the meeting, within the day."""
    draw = mix(meeting.seed + stay.connection, _STAY)
    late = meeting.ended + draw // 10 % SETTLED_SECONDS if draw % 10 == 0 else 0
    return max(listed_at(meeting), late)


def _merged(meeting: Meeting) -> list[Stay]:
    """Rows of one connection are one stay, whichever rooms it led through; the lobby is none."""
    found: dict[tuple[int, int], Stay] = {}
    for row in sessions(meeting):
        if row.room == WAITING:
            continue
        key = (row.person, row.connection)
        begun = found.get(key)
        joined, left = (min(begun.joined, row.joined), max(begun.left, row.left)) if begun else (row.joined, row.left)
        audio = _audio(mix(meeting.seed + row.connection, _AUDIO) % 100)
        found[key] = Stay(row.person, row.connection, joined, left, row.device, audio)
    return sorted(found.values(), key=lambda stay: (stay.joined, stay.connection))


def _audio(draw: int) -> str:
    if draw < 82:
        return "voip"
    if draw < 90:
        return "call_in" if draw < 87 else "call_in_toll_free"
    return "call_out_domestic" if draw < 97 else "call_out_international"
