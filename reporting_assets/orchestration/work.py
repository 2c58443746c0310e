"""What materializing needs, opened from the settings: lake, privacy policy, Zoom client, DuckDB limits.

No Dagster here: the command line and tests open the same things. The embedded sandbox is started here, and only here
and in the commands that exist to start it.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

import duckdb

from reporting_assets.lake.layout import Lake
from reporting_assets.lake.privacy import Policy
from reporting_assets.sandbox import launch
from reporting_assets.sandbox.server import Config as SandboxConfig
from reporting_assets.settings import Settings, SettingsError
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.model import RetryPolicy, ZoomConfig
from reporting_assets.sources.zoom.reports import PlanOptions

# DuckDB takes about 150 MB for each thread that sorts, so many threads would not fit into the memory it is given.
DUCKDB_THREADS = 4

LIVE_API_URL = "https://api.zoom.us/v2"
LIVE_OAUTH_URL = "https://zoom.us/oauth/token"


@dataclass(frozen=True)
class Work:
    """An open lake and the means to fill it."""

    settings: Settings
    lake: Lake
    policy: Policy
    connect: Callable[[], ZoomClient]  # opened only when something must be fetched
    now: Callable[[], datetime]

    @property
    def plan_options(self) -> PlanOptions:
        return PlanOptions(
            meetings_from=self.settings.meetings_from,  # type: ignore[arg-type]
            participants_from=self.settings.zoom_participants_from,
            now=self.now(),
        )

    def prepare(self, con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """Give a DuckDB connection this project's limits and clock."""
        spill = self.lake.root / "_spill"
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"SET memory_limit = '{self.settings.reporting_duckdb_memory}'")
        con.execute(f"SET threads = {min(DUCKDB_THREADS, os.cpu_count() or 1)}")
        con.execute(f"SET temp_directory = '{str(spill).replace(chr(39), chr(39) * 2)}'")
        return con

    def parameters(self) -> dict[str, int]:
        """The settings that SQL models may bind."""
        return {
            "late_grace_seconds": self.settings.reporting_late_grace_seconds,
            "early_grace_seconds": self.settings.reporting_early_grace_seconds,
        }


def open_work(settings: Settings) -> Work:
    """Open the lake and get ready to ask Zoom.

    Raises SettingsError for missing credentials or pseudonym key, LakeError for a lake that cannot be used.
    """
    policy = privacy_policy(settings)
    lake = Lake(settings.lake, str(settings.reporting_source))
    if not settings.lake.exists():  # a lake is not begun, and not marked as live, by a mistake in the settings
        zoom_credentials(settings)
    lake.open()
    lake.hold(policy.label)
    return Work(
        settings=settings,
        lake=lake,
        policy=policy,
        connect=lambda: zoom_client(settings),
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


def zoom_client(settings: Settings, retry: RetryPolicy | None = None) -> ZoomClient:
    """A client for the account the settings name. Raises SettingsError naming the credentials that are missing."""
    config = replace(zoom_config(settings), retry=retry or RetryPolicy())
    budget = RateBudget(
        settings.budget_file,
        plan=str(settings.zoom_plan),
        preset=settings.limits,
        share=settings.zoom_budget_share,
        account=config.account_id,
    )
    return ZoomClient(config, budget)


def zoom_credentials(settings: Settings) -> None:
    """Raises SettingsError naming the credentials that are needed and not set."""
    missing = settings.missing_credentials()
    if missing:
        raise SettingsError(
            f"{', '.join(missing)} not set, and REPORTING_SOURCE=live needs {'it' if len(missing) == 1 else 'them'}; "
            "set them in the environment or in .env."
        )


def zoom_config(settings: Settings) -> ZoomConfig:
    """Where and as whom Zoom is asked."""
    zoom_credentials(settings)
    if not settings.is_sandbox:
        assert settings.zoom_client_secret is not None
        return ZoomConfig(
            api_url=settings.zoom_api_url or LIVE_API_URL,
            oauth_url=settings.zoom_oauth_url or LIVE_OAUTH_URL,
            account_id=settings.zoom_account_id or "",
            client_id=settings.zoom_client_id or "",
            client_secret=settings.zoom_client_secret.get_secret_value(),
            threads=settings.reporting_threads,
        )
    defaults = SandboxConfig()
    api_url, oauth_url = settings.zoom_api_url, settings.zoom_oauth_url
    if api_url is None or oauth_url is None:
        running = _embedded_sandbox(settings.sandbox_users, settings.sandbox_seed, str(settings.zoom_plan))
        api_url, oauth_url = api_url or running.api_url, oauth_url or running.oauth_url
    secret = settings.zoom_client_secret
    return ZoomConfig(
        api_url=api_url,
        oauth_url=oauth_url,
        account_id=settings.zoom_account_id or defaults.account_id,
        client_id=settings.zoom_client_id or defaults.client_id,
        client_secret=secret.get_secret_value() if secret else defaults.client_secret,
        threads=settings.reporting_threads,
    )


@cache
def _embedded_sandbox(users: int, seed: int, plan: str) -> launch.Running:
    """One simulated organisation per process, started when first needed; it ends with the process."""
    running = launch.start(SandboxConfig(users=users, seed=seed, plan=plan))
    atexit.register(running.stop)
    return running
