"""The code location. Loads offline with an empty environment: no network, no file but `.env`, no credentials."""

from __future__ import annotations

import dagster as dg

from reporting_assets import settings
from reporting_assets.defs.assets import assets
from reporting_assets.defs.schedules import schedules, sensors
from reporting_assets.orchestration.resources import resources
from reporting_assets.orchestration.scheduled import scheduled


@dg.definitions
def definitions() -> dg.Definitions:
    """Every asset, schedule (with its job) and sensor, with partitions from REPORTING_START_DATE."""
    config = settings.load()
    start = config.reporting_start_date
    return dg.Definitions(
        assets=assets(start, with_attachments=config.zoom_chat_attachments),
        schedules=schedules(start, scheduled(config)),
        sensors=sensors(),
        resources=resources(),
        # Steps share one process: a process per step costs seconds each, and concurrency is inside the fetch.
        executor=dg.in_process_executor,
    )
