"""Media quality: of every session, every stream's samples as parallel lists, some of them empty."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.features import features
from reporting_assets.sandbox.identifiers import mix, opaque_id
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.webex.errors import WebexError
from reporting_assets.sandbox.webex.meetings import Meetings, Stay
from reporting_assets.sandbox.webex.paging import Pager
from reporting_assets.sandbox.webex.windows import Call, page_size

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
LOOK_BACK_DAYS = 7
FIRST_SECONDS = 600  # after the meeting's start, from when on it is told
SAMPLING_SECONDS = 60
_SAMPLES = 121  # what a draw is for
_CLIENTS = (
    ("Webex Desktop (Windows)", "44.10.0.30795", "windows", "Windows 11", "Dell Latitude"),
    ("Webex Desktop (Mac)", "44.10.0.30795", "mac", "Version 14.6.1 (Build 23G93)", "MacBook Pro"),
    ("Teams_Mobile_Client (iOS)", "44.9.1", "ios", "17.6", "iPhone"),
    ("Teams_Mobile_Client (Android)", "44.9.1", "android", "14", "Pixel 8"),
    ("Webex Web App", "", "linux", "", ""),
    ("Cisco Room Device", "RoomOS 11.20", "roomos", "11.20", "Room Kit"),
)
_NETWORKS = ("wifi", "wifi", "ethernet", "cellular", "unknown")
_VIDEO, _AUDIO, _SHARE = "H.264 BP", "Opus", "H.264 SCC"


class Qualities:
    """The handler of the analytics host."""

    def __init__(self, meetings: Meetings, pager: Pager) -> None:
        self._meetings = meetings
        self._pager = pager

    def list(self, call: Call) -> Answer:
        """`/meeting/qualities`: sessions of one meeting instance. Raises 404 for what is not, or no longer, kept."""
        meeting = self._meetings.find(call.query.get("meetingId", ""), call.now)
        if not call.query.get("meetingId"):
            raise WebexError(400, "'meetingId' is required.")
        is_kept = meeting is not None and call.now - LOOK_BACK_DAYS * DAY_SECONDS <= meeting.started
        if meeting is None or not is_kept or meeting.started + FIRST_SECONDS > call.now:
            raise WebexError(404, "The requested resource could not be found.")
        size = page_size(call, DEFAULT_PAGE, LARGEST_PAGE)

        def listing(as_of: int) -> list[Stay]:
            # Of a meeting in progress, what has happened so far.
            stays = (stay for stay in self._meetings.stays(meeting) if stay.joined <= as_of)
            return [replace(stay, left=min(stay.left, as_of)) for stay in stays]

        page, headers = self._pager.page(call, size, listing)
        return Answer({"items": [self._session(meeting, stay) for stay in page]}, headers=headers)

    def _session(self, meeting: Meeting, stay: Stay) -> dict[str, Any]:
        draw = mix(meeting.seed + stay.connection, _SAMPLES)
        rng = Random(draw)
        name, email = self._meetings.identity(stay.person)
        client, version, system, system_version, hardware = _CLIENTS[stay.device % len(_CLIENTS)]
        instance = self._meetings.instance_id(meeting)
        address = f"10.{draw % 200}.{draw >> 8 & 255}.{draw >> 16 & 255}"
        record: dict[str, Any] = {
            "meetingInstanceId": instance,
            "webexUserName": name,
            "webexUserEmail": email,
            "joinTime": _millis(stay.joined),
            "leaveTime": _millis(stay.left),
            "joinMeetingTime": f"{rng.uniform(1, 12):.3f}",
            "clientType": client,
            "clientVersion": version,
            "osType": system,
            "osVersion": system_version,
            "hardwareType": hardware,
            "speakerName": f"{name.split()[0]}'s headset",
            "networkType": _NETWORKS[draw % len(_NETWORKS)],
            "localIP": address,
            "publicIP": f"203.0.113.{draw % 250}",
            "maskedLocalIP": f"{address.rpartition('.')[0]}.x",
            "maskedPublicIP": "203.0.113.x",
            "camera": "FaceTime HD Camera" if draw & 1 else "",
            "microphone": "External Microphone",
            "serverRegion": "San Jose, USA" if draw & 2 else "London, UK",
            "videoMeshCluster": "",
            "videoMeshServer": "",
            "participantId": f"{instance}_{stay.connection % 997}",
            "participantSessionId": opaque_id(meeting.seed, stay.connection, stay.joined),
        }
        return record | _streams(rng, meeting, stay)


def _streams(rng: Random, meeting: Meeting, stay: Stay) -> dict[str, list[dict[str, Any]]]:
    """What flowed: by telephone nothing, on computers sound, and pictures and content where the meeting had them."""
    if stay.audio != "voip":
        return {name: [] for name in (*_STREAMS, "resources")}
    used = features(meeting)
    found = {
        name: _runs(rng, stay, make) if name.startswith("audio") or _flows(name, used) else []
        for name, make in _STREAMS.items()
    }
    length = (stay.left - stay.joined) // SAMPLING_SECONDS
    names = ("processAverageCPU", "processMaxCPU", "systemAverageCPU", "systemMaxCPU")
    load = {name: [round(rng.uniform(2, 60), 2) for _ in range(length)] for name in names}
    if rng.random() < 0.3:
        load = {key: [] for key in names}
    return {**found, "resources": [load]}


def _flows(name: str, used: Any) -> bool:
    return used.has_screen_share if name.startswith("share") else used.has_video


def _runs(rng: Random, stay: Stay, make: Callable[[Random, int], dict[str, Any]]) -> list[dict[str, Any]]:
    """One run over the whole stay, or two where the network changed in between."""
    cuts = [stay.joined, stay.left]
    if stay.left - stay.joined > 600 and rng.random() < 0.1:
        cuts.insert(1, stay.joined + rng.randrange(120, 480))
    runs = []
    for begin, end in itertools.pairwise(cuts):
        length = (end - begin) // SAMPLING_SECONDS
        series = make(rng, length)
        if rng.random() < 0.03:  # a run of which nothing but its length is known
            series |= {key: [] for key, value in series.items() if isinstance(value, list)}
        if rng.random() < 0.25:  # as the vendor's own example has it: some lists empty beside others that are not
            series |= {key: [] for key in ("packetLoss", "latency")}
        runs.append(
            {
                "samplingInterval": SAMPLING_SECONDS,
                "startTime": _millis(begin),
                "endTime": _millis(end),
                **series,
                "transportType": "TCP" if rng.random() < 0.08 else "UDP",
            }
        )
    return runs


def _network(rng: Random, length: int, codec: str, rate: float) -> dict[str, Any]:
    is_bad = rng.random() < 0.1
    return {
        "packetLoss": [round(rng.expovariate(0.2 if is_bad else 4), 3) % 100 for _ in range(length)],
        "latency": [round(rng.uniform(20, 400 if is_bad else 90), 1) for _ in range(length)],
        "jitter": [round(rng.expovariate(0.03 if is_bad else 0.2), 2) for _ in range(length)],
        "mediaBitRate": [round(rate * rng.uniform(0.6, 1.1)) for _ in range(length)],
        "codec": codec,
    }


def _audio(rng: Random, length: int) -> dict[str, Any]:
    return {**_network(rng, length, _AUDIO, 40_000), "resolutionHeight": [], "frameRate": []}


def _video(rng: Random, length: int) -> dict[str, Any]:
    height = rng.choice((180, 360, 720))
    return {
        **_network(rng, length, _VIDEO, 1_200_000),
        "resolutionHeight": [height] * length,
        "frameRate": [round(rng.uniform(18, 30), 6) for _ in range(length)],
    }


def _share(rng: Random, length: int) -> dict[str, Any]:
    return {
        **_network(rng, length, _SHARE, 600_000),
        "resolutionHeight": [1080] * length,
        "frameRate": [round(rng.uniform(3, 30), 6) for _ in range(length)],
    }


_STREAMS: dict[str, Callable[[Random, int], dict[str, Any]]] = {
    "videoIn": _video,
    "videoOut": _video,
    "audioIn": _audio,
    "audioOut": _audio,
    "shareIn": _share,
    "shareOut": _share,
}


def _millis(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC).isoformat()[:19]}.000Z"
