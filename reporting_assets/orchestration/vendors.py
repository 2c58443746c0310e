"""The vendors as the settings name them: addresses, credentials, budget; or the simulated organisation in their place.

The embedded sandbox is started here, and only here and in the commands that exist to start it.
"""

from __future__ import annotations

import atexit
from dataclasses import replace
from functools import cache

from reporting_assets.contracts.model import Service
from reporting_assets.sandbox import launch
from reporting_assets.sandbox.server import Config as SandboxConfig
from reporting_assets.settings import Settings, SettingsError
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.client import ZoomClient
from reporting_assets.sources.model import RetryPolicy, ZoomConfig
from reporting_assets.sources.router import Sources

LIVE_API_URL = "https://api.zoom.us/v2"
LIVE_OAUTH_URL = "https://zoom.us/oauth/token"


def vendors(settings: Settings, retry: RetryPolicy | None = None) -> Sources:
    """Every vendor, each opened when first asked; that raises SettingsError naming the credentials that are missing."""
    return Sources({Service.ZOOM: lambda: zoom_client(settings, retry)})


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


def require_credentials(settings: Settings) -> None:
    """Raises SettingsError where neither vendor could be asked."""
    if settings.missing_webex_credentials():
        zoom_credentials(settings)


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
        running = embedded_sandbox(settings)
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


def embedded_sandbox(settings: Settings) -> launch.Running:
    """The simulated organisation of this process, started when first needed; it ends with the process."""
    return _embedded(settings.sandbox_users, settings.sandbox_seed, str(settings.zoom_plan))


@cache
def _embedded(users: int, seed: int, plan: str) -> launch.Running:
    running = launch.start(SandboxConfig(users=users, seed=seed, plan=plan))
    atexit.register(running.stop)
    return running
