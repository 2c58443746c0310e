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
from reporting_assets.sources.webex.client import WebexClient
from reporting_assets.sources.webex.model import WebexConfig

LIVE_API_URL = "https://api.zoom.us/v2"
LIVE_OAUTH_URL = "https://zoom.us/oauth/token"
LIVE_WEBEX_URL = "https://webexapis.com/v1"
LIVE_WEBEX_ANALYTICS_URL = "https://analytics.webexapis.com/v1"


def vendors(settings: Settings, retry: RetryPolicy | None = None) -> Sources:
    """Every vendor, each opened when first asked; that raises SettingsError naming the credentials that are missing."""

    def webex() -> WebexClient:
        return webex_client(settings, retry)

    return Sources(
        {Service.ZOOM: lambda: zoom_client(settings, retry), Service.WEBEX: webex, Service.WEBEX_ANALYTICS: webex}
    )


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


def webex_client(settings: Settings, retry: RetryPolicy | None = None) -> WebexClient:
    """A client for the organisation the settings name. Raises SettingsError naming the credentials that are missing."""
    config = replace(webex_config(settings), retry=retry or RetryPolicy())
    budget = RateBudget(
        settings.budget_file,
        plan=str(settings.zoom_plan),  # Webex has one limit for all; Zoom's plan does not matter to it
        preset=settings.limits,
        share=settings.zoom_budget_share,
        account=f"webex-{config.client_id}",
    )
    return WebexClient(config, budget)


def webex_config(settings: Settings) -> WebexConfig:
    """Where and as whom Webex is asked."""
    missing = settings.missing_webex_credentials()
    if missing:
        raise SettingsError(
            f"{', '.join(missing)} not set, and Webex's reports need {'it' if len(missing) == 1 else 'them'}; set them in "
            "the environment or in .env, or leave these reports out with REPORTING_LEAVE_OUT=webex/*."
        )
    if not settings.is_sandbox:
        assert settings.webex_client_secret is not None
        assert settings.webex_refresh_token is not None
        return WebexConfig(
            api_url=settings.webex_api_url or LIVE_WEBEX_URL,
            analytics_url=settings.webex_analytics_url or LIVE_WEBEX_ANALYTICS_URL,
            client_id=settings.webex_client_id or "",
            client_secret=settings.webex_client_secret.get_secret_value(),
            refresh_token=settings.webex_refresh_token.get_secret_value(),
            token_file=settings.token_file,
            threads=settings.reporting_threads,
        )
    defaults = SandboxConfig()
    addresses = (settings.webex_api_url, settings.webex_analytics_url)
    if None in addresses:
        running = embedded_sandbox(settings)
        addresses = (addresses[0] or running.webex_api_url, addresses[1] or running.webex_analytics_url)
    secret, token = settings.webex_client_secret, settings.webex_refresh_token
    return WebexConfig(
        api_url=addresses[0] or "",
        analytics_url=addresses[1] or "",
        client_id=settings.webex_client_id or defaults.webex_client_id,
        client_secret=secret.get_secret_value() if secret else defaults.webex_client_secret,
        refresh_token=token.get_secret_value() if token else defaults.webex_refresh_token,
        token_file=settings.token_file,
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
