"""What materializing needs, opened from the settings: lake, privacy policy, vendors, DuckDB limits.

No Dagster here: the command line and tests open the same things.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets.orchestration.vendors import require_credentials, vendors
from reporting_assets.settings import MEMORY_TO_DERIVE, MEMORY_TO_FETCH, Settings, SettingsError
from reporting_assets.sources.planner import PlanOptions
from reporting_assets.sources.router import Sources


@dataclass(frozen=True)
class Limits:
    """What DuckDB may use. It takes some 150 MB for each thread that sorts, so threads must fit into the memory."""

    memory: str  # unless the settings say otherwise
    threads: int


# Typing stands beside what the fetch itself holds, and must fit into a GiB with it.
FETCHING = Limits(MEMORY_TO_FETCH, threads=2)
DERIVING = Limits(MEMORY_TO_DERIVE, threads=4)


@dataclass(frozen=True)
class Work:
    """An open lake and the means to fill it."""

    settings: Settings
    lake: Lake
    policy: Policy
    connect: Callable[[], Sources]  # opened only when something must be fetched
    now: Callable[[], datetime]

    @property
    def plan_options(self) -> PlanOptions:
        return PlanOptions(values=self.settings.plan_values, now=self.now())

    def prepare(self, con: duckdb.DuckDBPyConnection, limits: Limits = DERIVING) -> duckdb.DuckDBPyConnection:
        """Give a DuckDB connection this project's limits and clock."""
        spill = self.lake.root / "_spill"
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"SET memory_limit = '{self.settings.reporting_duckdb_memory or limits.memory}'")
        con.execute(f"SET threads = {min(limits.threads, os.cpu_count() or 1)}")
        con.execute(f"SET temp_directory = '{str(spill).replace(chr(39), chr(39) * 2)}'")
        return con

    def parameters(self) -> dict[str, int | str]:
        """The settings that SQL models may bind."""
        return {
            "late_grace_seconds": self.settings.reporting_late_grace_seconds,
            "early_grace_seconds": self.settings.reporting_early_grace_seconds,
            "report_timezone": self.settings.reporting_timezone,
            "room_hours": self.settings.reporting_room_hours,
            "quality_profile": self.settings.reporting_quality_profile,
            "quality_random_percent": self.settings.zoom_quality_random_percent,
            "sites": self.settings.reporting_sites,
        }


def open_work(settings: Settings) -> Work:
    """Open the lake and get ready to ask the vendors.

    Raises SettingsError for missing credentials or pseudonym key, LakeError for a lake that cannot be used.
    """
    policy = privacy_policy(settings)
    lake = Lake(settings.lake, str(settings.reporting_source))
    if not settings.lake.exists():  # a lake is not begun, and not marked as live, by a mistake in the settings
        require_credentials(settings)
    lake.open()
    lake.hold(policy.label)
    return Work(
        settings=settings,
        lake=lake,
        policy=policy,
        connect=lambda: vendors(settings),
        now=lambda: datetime.now(UTC),
    )


def privacy_policy(settings: Settings) -> Policy:
    """What may be stored. Simulated people need no secret key, real ones do.

    Raises SettingsError for a missing pseudonym key, PrivacyError for a short one.
    """
    key = settings.reporting_pseudonym_key
    if settings.reporting_privacy == "pseudonymous" and key is None and not settings.is_sandbox:
        raise SettingsError(
            "REPORTING_PSEUDONYM_KEY is not set, and REPORTING_PRIVACY=pseudonymous needs it; set a secret of 32 characters or more."
        )
    secret = key.get_secret_value().encode() if key else b"sandbox-pseudonym-key-of-32-bytes"
    return Policy(settings.reporting_privacy, secret)
