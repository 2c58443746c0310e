"""Streams minute by minute: which were active in a session, and what was measured.

Values come from small tables drawn once per process, because a large organisation has millions of minutes a day: a
minute is a handful of places in them. How a value is written is the business of the protocol side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

from reporting_assets.sandbox.connections import Connection
from reporting_assets.sandbox.identifiers import mix, stable_hash
from reporting_assets.sandbox.sessions import WAITING, Meeting, Session
from reporting_assets.sandbox.shares import Share

STREAMS = (
    ("audio", "sent"),
    ("audio", "received"),
    ("video", "sent"),
    ("video", "received"),
    ("screen_share", "sent"),
    ("screen_share", "received"),
)
VARIANTS = 256  # values per medium and label; a minute names one by eight bits of its draw
MINUTE_SECONDS = 60

_MINUTES = 26  # what a draw is for
_STEP, _MORE, _BITS = 6_364_136_223_846_793_005, 1_442_695_040_888_963_407, 2**64 - 1
# Latency (ms), jitter (ms) and loss (%) up to which a minute has a grade: "bad" is what lies above.
_LIMITS = {"good": (150, 40, 2.0), "fair": (300, 50, 5.0), "poor": (500, 100, 10.0), "bad": (900, 180, 24.0)}
_BELOW = {"good": (12, 0, 0.0), "fair": (151, 0, 0.0), "poor": (301, 0, 0.0), "bad": (501, 0, 0.0)}
# Of sixteen minutes of a session with this label, how many have which grade.
_GRADES = {
    "good": {"good": 15, "fair": 1},
    "fair": {"good": 5, "fair": 10, "poor": 1},
    "poor": {"good": 3, "fair": 4, "poor": 8, "bad": 1},
    "bad": {"good": 2, "fair": 2, "poor": 4, "bad": 8},
}
_BITRATES = {"audio": (18.0, 70.0), "video": (250.0, 2400.0), "screen_share": (20.0, 900.0)}
_PICTURES = {
    "video": ((640, 360), (1280, 720), (320, 180)),
    "screen_share": ((1920, 1080), (2560, 1440), (1280, 800)),
}


class Value(NamedTuple):
    """What was measured of one stream in one minute; pictures only where the medium has them."""

    bitrate_kbps: float
    latency_ms: int
    jitter_ms: int
    avg_loss: float
    max_loss: float
    frame_rate: int
    width: int
    height: int


class Minute(NamedTuple):
    """One minute. Bit i of `active` is stream i of `STREAMS`; its value is `values[place(draw, i)]`."""

    at: int
    draw: int
    active: int


def place(draw: int, stream: int) -> int:
    """Which of a table's values the stream has in the minute of this draw."""
    return draw >> 8 * stream + 8 & VARIANTS - 1


@cache
def values(medium: str, label: str) -> tuple[Value, ...]:
    """The values that minutes of a session with this label have."""
    rng = Random(stable_hash("samples", medium, label))
    sixteen = [grade for grade, count in _GRADES[label].items() for _ in range(count)]
    return tuple(_value(rng, medium, sixteen[turn % 16]) for turn in range(VARIANTS))


def _value(rng: Random, medium: str, grade: str) -> Value:
    (low, _, _), (latency, jitter, loss) = _BELOW[grade], _LIMITS[grade]
    average = round(rng.uniform(0, loss / 2) * (rng.random() < 0.6), 2)
    slowest, fastest = _BITRATES[medium]
    width, height = rng.choice(_PICTURES[medium]) if medium in _PICTURES else (0, 0)
    return Value(
        bitrate_kbps=0.0 if rng.random() < 0.01 else round(rng.uniform(slowest, fastest), 2),  # nothing sent is a value
        latency_ms=rng.randrange(low, latency + 1),
        jitter_ms=rng.randrange(jitter + 1),
        avg_loss=average,
        max_loss=round(average + rng.uniform(0, loss / 2), 2),
        frame_rate=0 if medium == "audio" else rng.randrange(8, 31) if medium == "video" else rng.randrange(2, 13),
        width=width,
        height=height,
    )


def shared_minutes(found: Sequence[Share]) -> dict[int, int]:
    """By minute, the place of the session that shared during it."""
    minutes: dict[int, int] = {}
    for share in found:
        for at in range(_after(share.begin), share.end + 1, MINUTE_SECONDS):
            minutes[at] = share.place
    return minutes


def minutes(
    meeting: Meeting,
    row: Session,
    row_place: int,
    connected: Connection,
    sharing: Mapping[int, int],
) -> Iterator[Minute]:
    """The session's minutes, from the first full one until it left, at least one; none of a stay in the waiting room."""
    if row.room == WAITING:
        return
    has_company = meeting.people > 1
    is_silent = connected.system.device == "Phone"  # the telephone network measures nothing
    always = 0
    if connected.has_audio and has_company and not is_silent:
        always |= 1 << 1
    if connected.camera:
        always |= 1 << 2
    if connected.has_video and has_company:
        always |= 1 << 3
    may_talk = connected.has_audio and not is_silent
    state = mix(connected.draw + row.joined, _MINUTES)
    muted_below = 3 + (state & 7) if row_place else 1  # of sixteen; the host talks
    first = _after(row.joined)
    for at in range(first, max(row.left, first) + 1, MINUTE_SECONDS):
        state = (state * _STEP + _MORE) & _BITS
        draw = state >> 7
        active = always
        if may_talk and draw & 15 >= muted_below:
            active |= 1
        if connected.has_screen_share and at in sharing:
            active |= 1 << 4 if sharing[at] == row_place else 1 << 5
        if draw & 252 == 252 or (at == first and draw & 7 == 0):  # just connecting, or reconnecting
            active = 0
        yield Minute(at, draw, active)


def _after(instant: int) -> int:
    return -(-instant // MINUTE_SECONDS) * MINUTE_SECONDS
