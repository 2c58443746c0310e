"""What the sandbox serves about quality, asked without the product, and read plainly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from reporting_assets.sandbox.launch import Running
from reporting_assets_tests.integration import harness

# The vendor's names of streams, and what the tables call them: stream, direction, route.
LEGS = {
    "audio_input": ("audio", "sent", "client"),
    "audio_output": ("audio", "received", "client"),
    "video_input": ("video", "sent", "client"),
    "video_output": ("video", "received", "client"),
    "as_input": ("screen_share", "sent", "client"),
    "as_output": ("screen_share", "received", "client"),
    "audio_device_from_crc": ("audio", "sent", "crc"),
    "audio_device_to_crc": ("audio", "received", "crc"),
    "video_device_from_crc": ("video", "sent", "crc"),
    "video_device_to_crc": ("video", "received", "crc"),
    "as_device_from_crc": ("screen_share", "sent", "crc"),
    "as_device_to_crc": ("screen_share", "received", "crc"),
    "audio_device_from_rwg": ("audio", "sent", "rwg"),
    "audio_device_to_rwg": ("audio", "received", "rwg"),
    "video_device_from_rwg": ("video", "sent", "rwg"),
    "video_device_to_rwg": ("video", "received", "rwg"),
    "as_device_from_rwg": ("screen_share", "sent", "rwg"),
    "as_device_to_rwg": ("screen_share", "received", "rwg"),
}
Row = dict[str, Any]


class Served:
    """What the sandbox answers, asked without the product."""

    def __init__(self, running: Running) -> None:
        self._url = running.api_url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {harness.token(running)}"
        self._kept: dict[tuple[Any, ...], list[Row]] = {}

    def participants(self, noun: str, uuid: str, below: str, **query: Any) -> list[Row]:
        """All participants of one detail of one instance."""
        key = (noun, uuid, below, *query.items())
        if key not in self._kept:
            self._kept[key] = list(self._pages(noun, uuid, below, query))
        return self._kept[key]

    def _pages(self, noun: str, uuid: str, below: str, query: Row) -> Iterator[Row]:
        path = f"{self._url}/metrics/{noun}s/{quote(quote(uuid, safe=''), safe='')}/participants{below}"
        token = ""
        while True:
            answer = self._session.get(path, params={**query, "next_page_token": token}, timeout=30)
            answer.raise_for_status()
            yield from answer.json()["participants"]
            token = answer.json()["next_page_token"]
            if not token:
                return

    def quality(self, counted: str) -> Row:
        answer = self._session.get(
            f"{self._url}/metrics/quality", params={"from": harness.DAY, "to": harness.DAY, "type": counted}, timeout=30
        )
        answer.raise_for_status()
        found: Row = answer.json()["quality"]
        return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def number(text: str | None, unit: str) -> float | None:
    """'27.15 kbps' → 27.15; the unit must be this one."""
    if not text:
        return None
    assert text.endswith(unit), text
    return float(text.removesuffix(unit))


def measured(leg: Row) -> tuple[float | int | None, ...]:
    """The values of one stream, read plainly."""
    width, height = map(int, leg["resolution"].split("*")) if leg.get("resolution") else (None, None)
    return (
        number(leg["bitrate"], " kbps"),
        number(leg["latency"], " ms"),
        number(leg["jitter"], " ms"),
        number(leg["avg_loss"], "%"),
        number(leg["max_loss"], "%"),
        number(leg.get("frame_rate"), " fps"),
        width,
        height,
    )


MEASURED = (
    "bitrate_kbps",
    "latency_ms",
    "jitter_ms",
    "avg_loss_pct",
    "max_loss_pct",
    "frame_rate_fps",
    "width_px",
    "height_px",
)


def expected_samples(uuid: str, participants: list[Row]) -> Counter[tuple[Any, ...]]:
    """One row per stream with any value, one without stream where a minute has none."""
    found: Counter[tuple[Any, ...]] = Counter()
    for participant in participants:
        for place, minute in enumerate(participant["user_qos"]):
            where = (uuid, participant["user_id"], moment(participant["join_time"]), moment(minute["date_time"]), place)
            machine = (
                number(minute["cpu_usage"]["zoom_avg_cpu_usage"], "%"),
                number(minute["cpu_usage"]["system_max_cpu_usage"], "%"),
                minute.get("wifi_rssi", {}).get("avg_rssi"),
            )
            saying = [name for name in LEGS if any(minute[name].values())]
            for name in saying:
                found[*where, *LEGS[name], *measured(minute[name]), *machine] += 1
            if not saying:
                found[*where, None, None, None, *([None] * len(MEASURED)), *machine] += 1
    return found
