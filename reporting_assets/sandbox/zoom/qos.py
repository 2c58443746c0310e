"""Quality of service: samples per minute and stream of every participant, and the QSS add-on's summaries of them.

A large organisation has gigabytes of samples a day, nearly all of them blank fields and repeated values: every stream is
formatted once per value and then put together as bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import orjson

from reporting_assets.sandbox import samples
from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.connections import CLIENT, ROOM_CONNECTOR, WEB_CLIENT, Connection, connection
from reporting_assets.sandbox.features import Features, features
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.samples import STREAMS, Minute, Value
from reporting_assets.sandbox.sessions import Meeting, Session
from reporting_assets.sandbox.shares import shares
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.dashboards import require_dashboards
from reporting_assets.sandbox.zoom.instances import past_instance
from reporting_assets.sandbox.zoom.participant_details import (
    LIVE,
    PAST,
    details,
    group_id,
    join_seconds,
    numbered,
    past_of_type,
    visible,
)
from reporting_assets.sandbox.zoom.participants import identity

LARGEST_PAGE = 10
_SHORT = {"audio": "audio", "video": "video", "screen_share": "as"}
_PRESSURES = ("normal", "normal", "normal", "fair", "serious", "critical")
_MACHINE_VARIANTS = 32
_MACHINE, _GATEWAY_SHIFT = 27, 101  # what a draw is for; a gateway's leg has another value than the client's
_HEALTH = {"good": "Good", "fair": "Good", "poor": "Warning", "bad": "Critical"}
# What the summaries call streams: from the client's side, so input is what it received; screen sharing is not turned.
_SUMMARY_NAMES = ("audio_output", "audio_input", "video_output", "video_input", "as_input", "as_output")


def meeting_qos(call: Call) -> Answer:
    """Minutes of every participant of a meeting of two people or more."""
    return _qos(call, is_webinar=False)


def webinar_qos(call: Call) -> Answer:
    """Minutes of every participant of a webinar."""
    return _qos(call, is_webinar=True)


def meeting_summary(call: Call) -> Answer:
    """Lowest, mean and highest values per participant of a meeting. The simulated account has the add-on."""
    return _summary(call, is_webinar=False)


def webinar_summary(call: Call) -> Answer:
    """The same of a webinar."""
    return _summary(call, is_webinar=True)


def _qos(call: Call, *, is_webinar: bool) -> Answer:
    meeting = past_of_type(call, is_webinar=is_webinar, types=(PAST, LIVE))
    call = _one_by_default(call)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: visible(call, meeting, position.as_of))
    used = features(meeting)
    shared = shares(meeting, used, call.account.history.rows(meeting))
    sharing = samples.shared_minutes(shared)
    participants = []
    for place, row in page:
        connected = connection(meeting, used, row, place)
        minutes = samples.minutes(meeting, row, place, connected, sharing)
        record = details(call, meeting, used, row, place, connected, shared)
        record["user_qos"] = orjson.Fragment(_minutes_json(connected, minutes))
        record["groupId"] = group_id(call, row)
        record["health"] = _HEALTH[connected.worst]
        record["issue_list"] = [medium for medium, label in connected.labels.items() if label in ("poor", "bad")]
        if not meeting.is_webinar:
            record["total_jointime_cost"] = join_seconds(connected)
        participants.append(record)
    return Answer({**fields, **numbered(meeting), "participants": participants})


def _summary(call: Call, *, is_webinar: bool) -> Answer:
    require_dashboards(call)
    meeting = past_instance(call, is_webinar=is_webinar)
    call = _one_by_default(call)
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(position, lambda: _stays(visible(call, meeting, position.as_of)))
    used = features(meeting)
    sharing = samples.shared_minutes(shares(meeting, used, call.account.history.rows(meeting)))
    participants = []
    for stays in page:
        place, row = stays[-1]
        user_id, name, email = identity(call.account.organisation, meeting, row, place)
        participants.append(
            {
                "id": user_id,
                "participant_id": str(row.connection),
                "user_name": name,
                "email": email,
                "qos": _summaries(meeting, used, stays, sharing),
            }
        )
    return Answer(
        {
            "next_page_token": fields["next_page_token"],
            "page_size": fields["page_size"],
            "participants": participants,
        }
    )


def _one_by_default(call: Call) -> Call:
    """The call with its page size said: these endpoints give one participant unless asked for more."""
    return replace(call, query={**call.query, "page_size": call.query.get("page_size") or "1"})


def _minutes_json(connected: Connection, minutes: Iterable[Minute]) -> bytes:
    """The samples, as a JSON list."""
    streams = [
        (1 << turn, 8 * turn + 8, *_pieces(medium, connected.labels[medium], _leg(turn, CLIENT), 0))
        for turn, (medium, _) in enumerate(STREAMS)
    ]
    head = b"{" + b"".join(
        _blank(medium, _leg(turn, route))
        for route in (ROOM_CONNECTOR, WEB_CLIENT)
        if route != connected.route
        for turn, (medium, _) in enumerate(STREAMS)
    )
    if connected.route != CLIENT:
        streams += [
            (
                1 << turn,
                8 * turn + 8,
                *_pieces(medium, connected.labels[medium], _leg(turn, connected.route), _GATEWAY_SHIFT),
            )
            for turn, (medium, _) in enumerate(STREAMS)
        ]
    of_machine = _machine_pieces(connected.system.os != "", connected.network == "Wifi")
    found = []
    for at, draw, active in minutes:
        legs = b"".join([on[draw >> shift & 255] if active & bit else off for bit, shift, on, off in streams])
        found.append(b"".join((head, legs, of_machine[draw & _MACHINE_VARIANTS - 1], iso(at).encode(), b'"}')))
    return b"[" + b",".join(found) + b"]"


def _leg(stream: int, route: str) -> str:
    """The vendor's name of a stream: `audio_input`, `as_device_to_crc`."""
    medium, direction = STREAMS[stream]
    if route == CLIENT:
        return f"{_SHORT[medium]}_{'input' if direction == 'sent' else 'output'}"
    return f"{_SHORT[medium]}_device_{'from' if direction == 'sent' else 'to'}_{route}"


@cache
def _pieces(medium: str, label: str, leg: str, shift: int) -> tuple[tuple[bytes, ...], bytes]:
    """The JSON of a stream for every value it can have, and where it is unused. `shift` turns the values round."""
    values = samples.values(medium, label) if label else ()
    turned = values[shift:] + values[:shift]
    return tuple(_piece(leg, _stream(medium, value)) for value in turned), _blank(medium, leg)


@cache
def _blank(medium: str, leg: str) -> bytes:
    """A stream that was not used: every field is there, and empty."""
    return _piece(leg, dict.fromkeys(_stream(medium, samples.values(medium, "good")[0]), ""))


def _piece(name: str, value: dict[str, Any]) -> bytes:
    return orjson.dumps(name) + b":" + orjson.dumps(value) + b","


def _stream(medium: str, value: Value) -> dict[str, Any]:
    """One stream as the dashboards write it: text with units."""
    fields = {
        "avg_loss": _percent(value.avg_loss),
        "bitrate": f"{value.bitrate_kbps:g} kbps",
        "jitter": f"{value.jitter_ms} ms",
        "latency": f"{value.latency_ms} ms",
        "max_loss": _percent(value.max_loss),
    }
    if medium != "audio":
        fields["frame_rate"] = f"{value.frame_rate} fps"
        fields["resolution"] = f"{value.width}*{value.height}"
    return fields


def _percent(value: float) -> str:
    return f"{value:g}%"


@cache
def _machine_pieces(is_computer: bool, is_wireless: bool) -> tuple[bytes, ...]:
    """What is measured of the machine, up to the opening quote of the minute; blank for telephones and room systems."""
    return tuple(
        b"".join(_piece(name, value) for name, value in _machine(turn, is_computer, is_wireless).items())
        + b'"date_time":"'
        for turn in range(_MACHINE_VARIANTS)
    )


def _machine(turn: int, is_computer: bool, is_wireless: bool) -> dict[str, Any]:
    draw = mix(turn, _MACHINE)
    low, spread = draw % 8, draw >> 8 & 15
    loads = {
        "system_max_cpu_usage": low + spread + 9,
        "zoom_avg_cpu_usage": low + spread // 2,
        "zoom_max_cpu_usage": low + spread,
        "zoom_min_cpu_usage": low,
    }
    found: dict[str, Any] = {"cpu_usage": {name: f"{load}%" if is_computer else "" for name, load in loads.items()}}
    if is_computer:
        pressure = sorted(_PRESSURES.index(_PRESSURES[(draw >> shift) % len(_PRESSURES)]) for shift in (16, 24, 32))
        found["cpu_pressure_level"] = {
            f"system_{which}_cpu_pressure_level": _PRESSURES[level]
            for which, level in zip(("min", "avg", "max"), pressure, strict=True)
        }
    if is_wireless:
        weakest = -80 + (draw >> 40) % 30
        found["wifi_rssi"] = {
            "min_rssi": weakest,
            "avg_rssi": weakest + 6,
            "max_rssi": weakest + 11,
            "rssi_unit": "dBm",
        }
    return found


def _stays(rows: Iterable[tuple[int, Session]]) -> list[list[tuple[int, Session]]]:
    """Rows by connection: waiting, the main room, a breakout room and the main room again are one participant here."""
    found: dict[int, list[tuple[int, Session]]] = {}
    for place, row in rows:
        found.setdefault(row.connection, []).append((place, row))
    return list(found.values())


def _summaries(
    meeting: Meeting, used: Features, stays: Iterable[tuple[int, Session]], sharing: Mapping[int, int]
) -> list[dict[str, Any]]:
    """One entry per stream that was measured at all, and one of the machine; none of those who only waited."""
    measured: list[list[Value]] = [[] for _ in STREAMS]
    computer: Connection | None = None
    for place, row in stays:
        connected = connection(meeting, used, row, place)
        for minute in samples.minutes(meeting, row, place, connected, sharing):
            computer = connected if connected.system.os else None
            for turn, (medium, _) in enumerate(STREAMS):
                if minute.active >> turn & 1:
                    table = samples.values(medium, connected.labels[medium])
                    measured[turn].append(table[samples.place(minute.draw, turn)])
    found = [
        {"type": _SUMMARY_NAMES[turn], "details": _extremes(STREAMS[turn][0], values)}
        for turn, values in enumerate(measured)
        if values
    ]
    return found if computer is None else [*found, {"type": "cpu_usage", "details": _load(computer)}]


def _load(computer: Connection) -> dict[str, str]:
    """The machine over the whole session."""
    low = computer.draw % 8
    return {
        "zoom_min_cpu_usage": f"{low}%",
        "zoom_avg_cpu_usage": f"{low + 3}%",
        "zoom_max_cpu_usage": f"{low + 11}%",
        "system_max_cpu_usage": f"{low + 20}%",
        "system_min_cpu_pressure_level": "normal",
        "system_avg_cpu_pressure_level": "normal",
        "system_max_cpu_pressure_level": "fair",
    }


def _extremes(medium: str, values: list[Value]) -> dict[str, str]:
    """Lowest, mean and highest, spaced as the add-on spaces them."""
    fields: dict[str, str] = {}
    for name, spell, of in (
        ("bitrate", "{:g}kbps", [value.bitrate_kbps for value in values]),
        ("latency", "{:g} ms", [value.latency_ms for value in values]),
        ("jitter", "{:g}ms", [value.jitter_ms for value in values]),
        ("loss", "{:g}%", [value.avg_loss for value in values]),
        ("frame_rate", "{:g} fps", [value.frame_rate for value in values] if medium != "audio" else []),
    ):
        if of:
            fields[f"min_{name}"] = spell.format(min(of))
            fields[f"avg_{name}"] = spell.format(round(sum(of) / len(of), 2))
            fields[f"max_{name}"] = spell.format(max(of))
    if medium != "audio":
        fields["resolution"] = f"{values[-1].width}*{values[-1].height}"
    return fields
