"""Identifiers of the simulated vendor: stable hashes, meeting UUIDs, meeting numbers, user ids.

UUIDs and numbers carry where their meeting stands in the simulation (UTC day and place in it), scrambled with the
seed, so that any meeting ever listed is found again without keeping an index of all of them. Nothing here knows
people or meetings themselves.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b

_NUMBER_SPAN = 10**10
_NUMBER_STEP = 7_236_189_347  # coprime to the span, so multiplying by it can be undone
_NUMBER_STEP_BACK = pow(_NUMBER_STEP, -1, _NUMBER_SPAN)
_ONE_OFF = 8 * 10**10
_SERIES = 9 * 10**10
_PLACES_PER_DAY = 100_000
_BITS = 2**64 - 1
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def stable_hash(*parts: object) -> int:
    """64 bits that depend on the parts only, the same in every process."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


def share(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts only."""
    return stable_hash(*parts) / 2**64


def mix(number: int, salt: int) -> int:
    """64 bits that depend on both numbers only; much cheaper than a hash (the finalizer of splitmix64)."""
    number = (number + salt * 0x9E3779B97F4A7C15) & _BITS
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _BITS
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _BITS
    return number ^ number >> 31


def opaque_id(*parts: object) -> str:
    """22 characters that look like a user id of the vendor."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class MeetingIds:
    """UUIDs and numbers of meetings, and the way back from them."""

    def __init__(self, seed: int) -> None:
        self._key = blake2b(f"meeting-ids:{seed}".encode(), digest_size=32).digest()

    def uuid(self, day: int, place: int) -> str:
        """UUID of the meeting at `place` of UTC day number `day` (days since 1970).

        About one in twenty begins with `/` or holds `//`, which clients must percent-encode twice.
        """
        plain = day.to_bytes(2, "big") + place.to_bytes(3, "big")
        draw = self._digest(b"prefix", plain, 4)
        prefix = self._prefix(draw)
        check = self._digest(prefix, plain, 8)
        stream = self._digest(b"stream", check + prefix, 5)
        body = bytes(a ^ b for a, b in zip(plain, stream, strict=True))
        return base64.b64encode(prefix + body + check).decode()

    def locate(self, uuid: str) -> tuple[int, int] | None:
        """(day, place) that this UUID stands for; None where it is no UUID of this organisation."""
        try:
            raw = base64.b64decode(uuid, validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != 16:
            return None
        prefix, body, check = raw[:3], raw[3:8], raw[8:]
        stream = self._digest(b"stream", check + prefix, 5)
        plain = bytes(a ^ b for a, b in zip(body, stream, strict=True))
        if self._digest(prefix, plain, 8) != check:
            return None
        return int.from_bytes(plain[:2], "big"), int.from_bytes(plain[2:], "big")

    def _digest(self, label: bytes, data: bytes, size: int) -> bytes:
        return blake2b(label + b"\x1f" + data, key=self._key, digest_size=size).digest()

    @staticmethod
    def _prefix(draw: bytes) -> bytes:
        """Three bytes, four characters of base64; awkward slashes more often than chance would give."""
        letters = bytearray(_ALPHABET[byte & 63] for byte in draw)
        case = draw[0] ^ draw[3]
        if case < 6:
            letters[0] = ord("/")
        elif case < 10:
            letters[1:3] = b"//"
        elif case < 16:
            letters[2] = ord("/")
        return base64.b64decode(bytes(letters))


def one_off_number(day: int, place: int) -> int:
    """The 11-digit number of a meeting that happens once."""
    return _ONE_OFF + (day * _PLACES_PER_DAY + place) * _NUMBER_STEP % _NUMBER_SPAN


def series_number(series: int) -> int:
    """The 11-digit number all instances of a series share."""
    return _SERIES + series * _NUMBER_STEP % _NUMBER_SPAN


def personal_number(person: int) -> int:
    """The 10-digit number of a person's own room (PMI)."""
    return 10**9 + person * 7_919_993 % (9 * 10**9)


def day_of_number(number: int) -> int | None:
    """The UTC day number a one-off meeting's number stands for; None where the number is of another kind."""
    if not _ONE_OFF <= number < _SERIES:
        return None
    return (number - _ONE_OFF) * _NUMBER_STEP_BACK % _NUMBER_SPAN // _PLACES_PER_DAY
