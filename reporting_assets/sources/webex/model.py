"""The configuration of the connection to Webex. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reporting_assets.sources.model import RetryPolicy


@dataclass(frozen=True)
class WebexConfig:
    """Where Webex is and who asks. Secrets are never part of the text form.

    `refresh_token` is the first one; `token_file` keeps what the vendor gives afterwards, for all processes of this
    host. All times in seconds.
    """

    api_url: str
    analytics_url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_file: Path
    threads: int = 16
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    # The vendor allows one call in this time about the media quality of one meeting.
    quality_pause_seconds: float = 300.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
