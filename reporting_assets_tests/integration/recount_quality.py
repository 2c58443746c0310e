"""Counts call quality again, in plain Python, from the vendors' rows of a day. None of the SQL, nothing of `models`.

Sessions and persons are tuples here; the tables' hashed keys are compared only as far as they tell apart. Percentiles
interpolate between the two samples around them.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

BANDS = ("good", "fair", "poor", "bad")
STREAMS = ("audio", "video", "screen_share")
Row = Mapping[str, Any]

_LIMITS = {  # latency, latency of shared screens, jitter, loss: good, fair and poor up to
    "default": ((150, 300, 500), (250, 500, 1000), (40, 50, 100), (2, 5, 10)),
    "strict": ((100, 150, 300), (150, 250, 500), (30, 40, 50), (1, 2, 5)),
}
_SLOWEST = {"video": 7, "screen_share": 2}  # pictures per second


def band(profile: str, stream: str, latency: Any, jitter: Any, loss: Any, rate: Any) -> str:
    """The worst of what is known; `rate` is None where there is no picture."""
    is_jerky = rate is not None and rate < _SLOWEST.get(stream, 0)
    if profile == "cqd":
        if stream == "audio":
            judged = [value > limit for value, limit in ((latency, 500), (jitter, 30), (loss, 10)) if value is not None]
        else:
            judged = [is_jerky] if rate is not None else [loss > 15] if loss is not None else []
        return ("poor" if any(judged) else "good") if judged else "unclassified"
    of_sound, of_screens, of_jitter, of_loss = _LIMITS[profile]
    of_latency = of_screens if stream == "screen_share" else of_sound
    pairs = ((latency, of_latency), (jitter, of_jitter), (loss, of_loss))
    ranks = [sum(value > limit for limit in limits) for value, limits in pairs if value is not None]
    ranks += [2] if is_jerky else []
    return BANDS[max(ranks)] if ranks else "unclassified"


def simple_mos(rtt: float | None, jitter: float | None, loss: float | None) -> float | None:
    """By `simple-93.2`."""
    if rtt is None or jitter is None or loss is None:
        return None
    effective = rtt + 2 * jitter + 10
    r = 93.2 - effective / 40 if effective < 160 else 93.2 - (effective - 120) / 10
    return _from_r(r - 2.5 * loss)


def g107_mos(rtt: float | None, jitter: float | None, loss: float | None) -> float | None:
    """By the reduced model, for G.711 with concealment."""
    if rtt is None or jitter is None or loss is None:
        return None
    delay = rtt / 2 + 2 * jitter + 10
    impairment = 0.024 * delay + (0.11 * (delay - 177.3) if delay > 177.3 else 0)
    return _from_r(93.2 - impairment - 95 * loss / (loss + 25.1))


def _from_r(r: float) -> float:
    r = min(max(r, 0.0), 100.0)
    return min(max(1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r), 1.0), 4.5)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which that share of the values lies; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Sample:
    """One minute of one stream."""

    meeting: tuple[str, str]  # platform, instance
    session: tuple[Any, ...]
    run: int
    index: int
    at: datetime | None
    seconds: int
    stream: str
    direction: str
    latency: float | None
    jitter: float | None
    loss: float | None
    rate: float | None
    band: str
    mos: float | None
    reason: str
    is_representative: bool

    @property
    def is_classified(self) -> bool:
        return self.band != "unclassified"


def zoom_samples(rows: Iterable[Row], noun: str, profile: str, percent: int) -> list[Sample]:
    """Of `zoom.meeting_qos` or `zoom.webinar_qos`; legs around a gateway are one stream."""
    legs: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        session = (row[f"{noun}_uuid"], row["session_user_id"], row["participant_uuid"], row["joined_at"])
        legs[(*session, row["sample_index"], row["stream"], row["direction"])].append(row)
    found = []
    for (uuid, user, participant, joined_at, index, stream, direction), together in legs.items():

        def worst(name: str, choose: Any = max, together: list[Row] = together) -> float | None:
            return choose((row[name] for row in together if row[name] is not None), default=None)

        latency, jitter, loss = worst("latency_ms"), worst("jitter_ms"), worst("avg_loss_pct")
        rate = worst("frame_rate_fps", min)
        shown = rate if any(row["height_px"] is not None for row in together) else None
        is_heard = (stream, direction) == ("audio", "received")
        one = together[0]
        found.append(
            Sample(
                meeting=("zoom", uuid),
                session=(user, participant, joined_at),
                run=0,
                index=index,
                at=one["measured_at"],
                seconds=60,
                stream=stream or "none",
                direction=direction or "none",
                latency=latency,
                jitter=jitter,
                loss=loss,
                rate=rate,
                band=band(profile, stream, latency, jitter, loss, shown),
                mos=simple_mos(latency, jitter, loss) if is_heard else None,
                reason=one["sample_reason"],
                is_representative=one["sample_reason"] == "complete" or one["sample_bucket"] < percent,
            )
        )
    return found


def webex_samples(rows: Iterable[Row], profile: str) -> list[Sample]:
    """Of `webex.meeting_qualities`: what a client sends leaves it by `out`."""
    streams: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["stream"] in ("audio", "video", "share") and row["sample_index"] is not None:
            key = (row["meeting_instance_id"], row["session_place"], row["stream"], row["direction"])
            streams[key].append(row)
    found = []
    for (uuid, place, stream, way), members in streams.items():
        runs = sorted({(row["run_started_at"], row["twin"]) for row in members})
        for row in members:
            latency, jitter, loss = row["latency_ms"], row["jitter_ms"], row["packet_loss_pct"]
            is_heard = (stream, way) == ("audio", "in")
            medium = "screen_share" if stream == "share" else stream
            rate = row["frame_rate"] if row["resolution_height"] else None
            seconds = row["sampling_interval_seconds"]
            found.append(
                Sample(
                    meeting=("webex", uuid),
                    session=(place,),
                    run=runs.index((row["run_started_at"], row["twin"])),
                    index=row["sample_index"],
                    at=row["run_started_at"] + timedelta(seconds=seconds * row["sample_index"]),
                    seconds=int(seconds),
                    stream=medium,
                    direction={"in": "received", "out": "sent"}[way],
                    latency=latency,
                    jitter=jitter,
                    loss=loss,
                    rate=row["frame_rate"],
                    band=band(profile, medium, latency, jitter, loss, rate),
                    mos=simple_mos(latency, jitter, loss) if is_heard else None,
                    reason="complete",
                    is_representative=True,
                )
            )
    return found


@dataclass(frozen=True)
class Person:
    """Who was behind a session, as far as can be known, and where."""

    key: str  # `s:` and the session where nothing is known
    is_internal: bool | None
    site: str
    labels: tuple[str | None, ...]  # Zoom's, by stream


def site_of(rules: str, location: str | None, addresses: Iterable[str | None]) -> str:
    """The first rule that fits an address or the location, else the location."""
    for part in filter(None, map(str.strip, rules.split(";"))):
        name, rule = part.split("=")
        for address in addresses:
            if "/" in rule:
                if address and ipaddress.ip_address(address) in ipaddress.ip_network(rule):
                    return name
            elif (address or "").startswith(rule) or (location or "").startswith(rule):
                return name
    return location or "unknown"


def text_key(value: str | None) -> str | None:
    return " ".join((value or "").lower().split()) or None


class Identities:
    """Persons by what core's joins tell of them."""

    def __init__(self, core_sessions: Iterable[Row]) -> None:
        self._keys: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._internal: dict[tuple[str, str, str], list[bool | None]] = defaultdict(list)
        for row in core_sessions:
            names = [f"u:{row['user_id']}"] if row["user_id"] else []
            names += [f"e:{row['email']}"] if row["email"] else []
            if row["identity_confidence"] == "weak":
                names.append(f"n:{text_key(row['display_name'])}")
            for name in names:
                place = (row["platform"], row["meeting_uuid"], name)
                self._keys[place].add(row["person_key"])
                self._internal[place].append(row["is_internal"])

    def find(self, session: tuple[Any, ...], user_id: Any, email: Any, name: Any) -> tuple[str, Any]:
        """The person of a session (platform, instance and more), and whether it belongs to the account."""
        platform, uuid = session[:2]
        own = [f"u:{user_id}"] if user_id else []
        own += [f"e:{text_key(email)}"] if text_key(email) else []
        tried = own or [f"n:{text_key(name)}"]
        keys = [(platform, uuid, one) for one in tried]
        person = next((min(self._keys[key]) for key in keys if key in self._keys), None)
        known = ([value for value in self._internal[key] if value is not None] for key in keys if key in self._internal)
        internal = next((any(values) for values in known if values), bool(user_id))
        key = person or (own[0] if own else f"s:{session}")
        return key, internal if platform == "zoom" else None


def lasting_band(samples: Iterable[Sample]) -> str:
    """The worst band that a twentieth of the classified time reaches."""
    seconds = by_band(samples)
    whole = sum(seconds[name] for name in BANDS)
    if not whole:
        return "unclassified"
    for place in range(3, 0, -1):
        reached = sum(seconds[name] for name in BANDS[place:])
        if reached and 20 * reached >= whole:
            return BANDS[place]
    return "good"


def by_band(samples: Iterable[Sample]) -> Counter[str]:
    """Seconds by band."""
    found: Counter[str] = Counter()
    for sample in samples:
        found[sample.band] += sample.seconds
    return found


def minutes(samples: Sequence[Sample]) -> dict[str, float | None]:
    """The columns of minutes that every table has, and the share."""
    seconds = by_band(samples)
    poor, whole = seconds["poor"] + seconds["bad"], sum(seconds[name] for name in BANDS)
    return {
        "good_minutes": seconds["good"] / 60,
        "fair_minutes": seconds["fair"] / 60,
        "poor_minutes": poor / 60,
        "bad_minutes": seconds["bad"] / 60,
        "classified_minutes": whole / 60,
        "unclassified_minutes": seconds["unclassified"] / 60,
        "poor_minute_share": poor / whole if whole else None,
    }


def is_affected(samples: Sequence[Sample]) -> bool | None:
    found = minutes(samples)
    poor, whole = found["poor_minutes"] or 0, found["classified_minutes"]
    return (20 * poor >= whole and poor >= 2) if whole else None


def grouped(samples: Iterable[Sample], key: Any) -> dict[Any, list[Sample]]:
    found: dict[Any, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[key(sample)].append(sample)
    return found


_STATE = re.compile(r"^(.*?) ((has|is|was) )?(disconnected|reconnected|connected|offline|online)$")
_OVER = ("reconnected", "connected", "online")


def room_issues(rows: Iterable[Row], begins: datetime) -> dict[tuple[str, str], tuple[int, int, float, bool | None]]:
    """By room and subject: notices from `begins` on, ends, minutes of what was over, whether it is still wrong."""
    stories: dict[tuple[str, str], list[tuple[datetime, bool, bool]]] = defaultdict(list)
    for row in rows:
        sentence = row["issue"].lower()
        told = _STATE.match(sentence)
        is_over = bool(told) and told.group(4) in _OVER if told else False
        stories[row["room_id"], told.group(1) if told else sentence].append((row["occurred_at"], is_over, bool(told)))
    found = {}
    for key, notices in stories.items():
        since = None
        issues = ends = 0
        lasted = 0.0
        for at, is_over, _ in sorted(notices):
            if is_over:
                if at >= begins:
                    ends += 1
                    lasted += (at - since).total_seconds() / 60 if since else 0
                since = None
            else:
                since = since or at
                issues += at >= begins
        if issues or ends:
            found[key] = (issues, ends, lasted, since is not None if notices[0][2] else None)
    return found
