"""What somebody was connected with, and how good the connection was: device, network, place, quality labels.

A pure function of the meeting and the session. Streams minute by minute are in `samples`; who may see what is the
business of the protocol side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from reporting_assets.sandbox.calendar import OFFICES
from reporting_assets.sandbox.features import Features
from reporting_assets.sandbox.identifiers import mix, stable_hash
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import WAITING, Meeting, Session

MEDIA = ("audio", "video", "screen_share")
GRADES = ("bad", "poor", "fair", "good")
CLIENT, ROOM_CONNECTOR, WEB_CLIENT = "client", "crc", "rwg"

_SESSION, _LABEL, _UUID = 21, 22, 23  # what a draw is for
_CAMERA_PER_CENT = 30
_WEB_CLIENT_PER_CENT = 12  # of Windows computers
_WITHOUT_UUID_PER_CENT = 3
_DATA_CENTERS = (
    "United States (SC Top)",
    "United States (NY Top)",
    "Europe (FR Top)",
    "India (MB Top)",
    "Australia (SY Top)",
)
_CAMERAS = ("FaceTime HD Camera", "Logitech BRIO", "Integrated Webcam")
_HEADSETS = ("Plantronics BT600", "Jabra Evolve2 65", "High Definition Audio Device", "AirPods Pro")


class System(NamedTuple):
    """A kind of device: the vendor's name of it, operating system, version of the client."""

    device: str
    name: str
    os: str
    os_version: str
    version: str


_SYSTEMS = (
    System("Windows", "", "Win", "11", "6.2.11.4731"),
    System("Mac", "MacBook Pro", "MacOS", "15.1", "6.2.10.4690"),
    System("iOS", "iPhone 15", "iOS", "17.6", "6.1.6.1013"),
    System("Android", "Galaxy S24", "Android", "14", "6.0.2.2231"),
)
_ROOM = System("Windows", "Zoom Room", "Win", "10", "6.2.0.4220")
_SIP = System("H.323/SIP", "Cisco Webex Room Kit", "", "", "")
_PHONE = System("Phone", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Connection:
    """One session's connection. Labels are empty for what it did not use."""

    participant_uuid: str
    system: System
    route: str
    network: str
    protocol: str
    has_audio: bool
    has_video: bool  # receives it; `camera` says whether it sends
    has_screen_share: bool
    camera: str
    headset: str
    is_zoom_room: bool
    labels: dict[str, str]  # by medium
    draw: int

    @property
    def worst(self) -> str:
        """The worst of the labels; `good` where there is none."""
        return min((label for label in self.labels.values() if label), key=GRADES.index, default="good")


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer and network of one person, the same in every meeting."""

    pc_name: str
    mac: str
    disk: str
    inner_address: str
    address: str
    location: str
    data_center: str


def connection(meeting: Meeting, used: Features, row: Session, place: int) -> Connection:
    """How this session was connected: alike in all rooms on one connection.

    The first session has the meeting's own labels, others lie around them.
    """
    draw = mix(meeting.seed + row.connection * 31, _SESSION)
    system, route = _system(used, row.device, draw)
    is_phone, waits = system is _PHONE, row.room == WAITING
    has_audio = (used.has_voip or is_phone) and not waits
    has_video = used.has_video and not is_phone and not waits
    has_share = used.has_screen_share and not is_phone and not waits
    uses = {"audio": has_audio, "video": has_video, "screen_share": has_share}
    of_meeting = {"audio": used.audio_quality, "video": used.video_quality, "screen_share": used.screen_share_quality}
    return Connection(
        participant_uuid=_participant_uuid(draw),
        system=system,
        route=route,
        network=_network(system, draw),
        protocol={0: "TCP", 1: "SSL+Proxy"}.get(draw >> 40 & 15, "UDP"),
        has_audio=has_audio,
        has_video=has_video,
        has_screen_share=has_share,
        camera=_CAMERAS[draw % 3] if has_video and draw >> 8 & 127 < _CAMERA_PER_CENT else "",
        headset="" if is_phone else _HEADSETS[draw >> 16 & 3],
        is_zoom_room=system is _ROOM,
        labels={
            medium: _label(of_meeting[medium], draw, turn, place) if uses[medium] else ""
            for turn, medium in enumerate(MEDIA)
        },
        draw=draw,
    )


def machine(organisation: Organisation, person: int) -> Machine:
    """The computer and network of an employee (index) or guest (-1 - index)."""
    draw = stable_hash(organisation.seed, "machine", person)
    hexadecimal = f"{draw:016x}"
    if person < 0:
        office, place = 0, ("United States", "United Kingdom", "India")[draw % 3]
        address = f"198.51.100.{draw % 250 + 1}"
    else:
        office = organisation.people[person].office
        at_home = draw % 10 < 3
        place = f"{OFFICES[office].name} ({OFFICES[office].country})"
        address = f"198.51.100.{draw // 10 % 250 + 1}" if at_home else f"203.0.113.{office + 1}"
    return Machine(
        pc_name=f"HW{draw % 10_000_000:07}",
        mac=f"{hexadecimal[:4]}-{hexadecimal[4:8]}-{hexadecimal[8:12]}",
        disk=f"Disk{draw % 97:02}",
        inner_address=f"10.{draw >> 8 & 255}.{draw >> 16 & 255}.{draw % 250 + 1}",
        address=address,
        location=place,
        data_center=_DATA_CENTERS[office],
    )


def _system(used: Features, device: int, draw: int) -> tuple[System, str]:
    """The device and the way it is connected: telephones and room systems only where the lists say they were used."""
    if device < 4:
        is_web = device == 0 and draw >> 24 & 127 < _WEB_CLIENT_PER_CENT
        return _SYSTEMS[device], WEB_CLIENT if is_web else CLIENT
    if device == 4:
        return (_SIP, ROOM_CONNECTOR) if used.has_sip else (_ROOM, CLIENT)
    return (_PHONE, CLIENT) if used.has_pstn else (_SYSTEMS[draw & 1], CLIENT)


def _network(system: System, draw: int) -> str:
    if system is _PHONE:
        return "Others"
    part = draw >> 48 & 15
    if system.device in ("iOS", "Android"):
        return "Cellular" if part < 5 else "Wifi"
    return "Wifi" if part < 9 and system not in (_SIP, _ROOM) else "Wired"


def _label(of_meeting: str, draw: int, turn: int, place: int) -> str:
    part = mix(draw, _LABEL + turn) % 10
    if place == 0 or part < 7:
        return of_meeting
    return GRADES[max(0, min(len(GRADES) - 1, GRADES.index(of_meeting) + (1 if part < 9 else -1)))]


def _participant_uuid(draw: int) -> str:
    high, low = mix(draw, _UUID), draw
    return "" if high % 100 < _WITHOUT_UUID_PER_CENT else str(UUID(int=high << 64 | low)).upper()
