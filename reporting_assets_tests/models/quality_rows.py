"""Rows of the vendors' quality reports, and every quality model run over them."""

from __future__ import annotations

from datetime import date
from typing import Any

from reporting_assets import contracts
from reporting_assets.contracts import quality
from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse, at

TABLES = tuple(table.id for table in quality.TABLES)
Row = dict[str, Any]


def zoom(minute: int = 0, **columns: Any) -> Row:
    """A row of `zoom.meeting_qos`: good received audio unless told otherwise."""
    metrics = {"latency_ms": 50.0, "jitter_ms": 5.0, "avg_loss_pct": 0.0}
    session = {"session_user_id": "s1", "joined_at": BASE, "user_id": "u1", "sample_reason": "complete"}
    stream = {"stream": "audio", "direction": "received", "route": "client"}
    place = {"dt": date.fromisoformat(DAY), "meeting_uuid": "m1", "meeting_started_at": BASE, "sample_bucket": 50}
    return place | session | stream | metrics | {"sample_index": minute, "measured_at": at(60 * minute)} | columns


def webex(index: int | None = 0, **columns: Any) -> Row:
    """A row of `webex.meeting_qualities`: good received audio unless told otherwise."""
    return {
        "dt": date.fromisoformat(DAY),
        "meeting_instance_id": "w1",
        "session_place": 0,
        "meeting_started_at": BASE,
        "user_email": "Ann@X.com",
        "joined_at": BASE,
        "stream": "audio",
        "direction": "in",
        "run_started_at": BASE,
        "sampling_interval_seconds": 60.0,
        "sample_index": index,
        "twin": 0,
        "latency_ms": 50.0,
        "jitter_ms": 5.0,
        "packet_loss_pct": 0.0,
    } | columns


def derive(warehouse: Warehouse, **parameters: int | str) -> dict[str, list[Row]]:
    """Every table of the schema, and that no promise of any is broken."""
    found = {}
    for name in TABLES:
        found[name.removeprefix("quality.")] = warehouse.run(name, DAY, **parameters)
        for promise in contracts.table(name).expectations:
            # Where a test lowers the floor of sites, they show what the promise forbids.
            if promise.blocking and not (promise.name == "shown_is_enough" and "site_least_people" in parameters):
                broken = warehouse.query(f"SELECT count(*) FROM {name} WHERE NOT ({promise.predicate})")
                assert broken == [(0,)], (name, promise.name)
    return found


def only(rows: list[Row]) -> Row:
    [row] = rows
    return row
