"""Who reached a meeting from another network: telephone legs with their price, and connections of room systems.

A pure function of the meeting and its sessions. Meetings have them where `features` says so. What is told of a leg, and
from when on, belongs to the protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reporting_assets.sandbox.calendar import OFFICES
from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.sessions import MAIN, Meeting, Session
from reporting_assets.sandbox.words import DEVICES

TOLL_FREE, TOLL, SIP = "1", "2", "3"  # the vendor's kinds of audio
HIDDEN_NUMBER = "Anonymous"
GATEWAY = "ZoomGW"

_PHONE = DEVICES.index("Phone")
_LEG, _PORT = 41, 42  # what a draw is for
_HIDDEN_PER_CENT = 25
_TWICE_PER_CENT = 20  # of hidden callers come over two lines of one switchboard, alike to the second
_KINDS = (
    (TOLL_FREE, "toll-free"),
    (TOLL_FREE, "call-out"),
    (TOLL, "Toll"),
    (TOLL, "US toll-number"),
    (TOLL, "global toll-number"),
    (TOLL, "call-in"),
    (SIP, "premium"),
)
_RATES_TEN_THOUSANDTHS = {TOLL_FREE: 325, TOLL: 0, SIP: 110}  # USD a minute
_ACCESS_NUMBERS = {"US": "+1 6465588656", "GB": "+44 2034815237", "IN": "+91 8048799960", "AU": "+61 280156011"}
_DIALLING = {"US": "+1 415555", "GB": "+44 207946", "IN": "+91 80555", "AU": "+61 25550"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One telephone leg. Instants are epoch seconds; money is in ten-thousandths of a dollar."""

    audio: str
    kind: str
    country: str
    called: str
    caller: str
    begin: int
    end: int
    rate: int

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded up."""
        return -(-(self.end - self.begin) // 60)

    @property
    def cost(self) -> int:
        return self.rate * self.minutes


def legs(history: History, meeting: Meeting) -> list[Leg]:
    """The telephone legs of a meeting or webinar, in order of its sessions; none where nobody dialled in."""
    if not features(meeting).has_pstn:
        return []
    inside = [row for row in history.rows(meeting) if row.room == MAIN and row.left > row.joined]
    dialled = [row for row in inside if row.device == _PHONE] or inside[-1:]
    return [leg for row in dialled for leg in _legs_of(history, meeting, row)]


def _legs_of(history: History, meeting: Meeting, row: Session) -> Iterator[Leg]:
    draw = mix(meeting.seed ^ row.connection, _LEG)
    audio, kind = _KINDS[draw % len(_KINDS)]
    people = history.organisation.people
    office = people[row.person if row.person >= 0 else meeting.host].office
    country = OFFICES[office].country
    own = f"{_DIALLING[country]}{draw // 7 % 10_000:04}"
    is_call_out = kind == "call-out"
    is_hidden = not is_call_out and draw // 70_000 % 100 < _HIDDEN_PER_CENT
    caller = GATEWAY if is_call_out else HIDDEN_NUMBER if is_hidden else own
    called = own if is_call_out else _ACCESS_NUMBERS[country]
    leg = Leg(audio, kind, country, called, caller, row.joined, row.left, _RATES_TEN_THOUSANDTHS[audio])
    yield leg
    if is_hidden and draw // 7_000_000 % 100 < _TWICE_PER_CENT:
        yield leg


def room_systems(meeting: Meeting) -> list[tuple[int, int]]:
    """(begin, end) of each H.323 or SIP connection to the meeting: one to three, for most of its length."""
    used = features(meeting)
    if not used.has_sip:
        return []
    length = meeting.ended - meeting.started
    return [
        (meeting.started + mix(meeting.seed + place, _PORT) % (length // 8 + 1), meeting.ended)
        for place in range(1 + used.draw % 3)
    ]
