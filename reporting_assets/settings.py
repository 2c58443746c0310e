"""Every setting once: its name, default, unit and meaning. Read from the environment and from `.env`.

`.env.example` is generated from here (`reporting-assets settings --example`), so a setting is described in one place.
Nothing is read when this module is imported; `load()` reads.
"""

from __future__ import annotations

import os
import re
from datetime import date
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from reporting_assets.models.parameters import DEFAULTS


class SettingsError(Exception):
    """A setting is missing or wrong; the message says which, and what to do."""


class Source(StrEnum):
    SANDBOX = "sandbox"
    LIVE = "live"


class Plan(StrEnum):
    """Zoom's plans, as far as limits and reports depend on them."""

    FREE = "free"
    PRO = "pro"
    BUSINESS = "business"


MEMORY_TO_FETCH, MEMORY_TO_DERIVE = "384MB", "1GB"  # that DuckDB may use, unless the settings say otherwise
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)? ?([KMGT]i?)?B", re.IGNORECASE)
# Which setting decides an option of `plan_values`, for those that may switch a report off.
SETTING_OF_OPTION = {
    "meetings_from": "ZOOM_MEETINGS_FROM",
    "participants_from": "ZOOM_PARTICIPANTS_FROM",
    "quality_sample": "ZOOM_QUALITY_SAMPLE",
    "has_qss": "ZOOM_HAS_QSS",
    "chat_include": "ZOOM_CHAT_KINDS",
}
CHAT_KINDS = frozenset({"edited", "deleted", "bots", "reactions"})
Share = Annotated[float, Field(gt=0, le=1)]


class Settings(BaseSettings):
    """All settings. Each field's description is its documentation; secrets never print."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    reporting_source: Source = Field(
        Source.SANDBOX,
        description="Where data comes from: `sandbox` (a simulated organisation, no credentials) or `live`.",
    )
    reporting_lake: Path | None = Field(
        None,
        description="Folder of the Parquet lake. Default: data/<source>/lake, so simulated and real data never mix.",
    )
    reporting_warehouse: Path | None = Field(
        None, description="The DuckDB catalogue file that analysts open. Default: data/<source>/reporting.duckdb."
    )
    reporting_start_date: date = Field(
        date(2026, 1, 1),
        description="First day that has a partition, yyyy-MM-dd. Zoom answers for about the last six months.",
    )
    reporting_look_back_days: int = Field(
        3,
        ge=1,
        le=30,
        description="Days that the daily schedule fetches again, yesterday included, so that late and corrected rows arrive.",
    )
    reporting_threads: int = Field(16, ge=1, le=64, description="Requests in flight at once, per fetch.")
    reporting_resume_hours: float = Field(
        30.0,
        gt=0,
        le=72,
        description="Hours within which a fetch that was cut short is continued rather than begun again.",
    )
    reporting_privacy: Literal["standard", "pseudonymous", "full"] = Field(
        "standard",
        description=(
            "What is stored about people. `standard`: names and addresses kept, topics and machine identifiers not. "
            "`pseudonymous`: names dropped, ids and addresses replaced by keyed pseudonyms. `full`: everything but secrets."
        ),
    )
    reporting_pseudonym_key: SecretStr | None = Field(
        None,
        description="Secret key of the pseudonyms, 32 characters or more; needed by `pseudonymous`. Keep it outside the lake.",
    )
    reporting_timezone: str = Field(
        str(DEFAULTS["report_timezone"]),
        description=(
            "IANA time zone, such as Europe/Berlin, in which reports tell dates and hours. Partitions stay UTC days; after a "
            "change derive them again."
        ),
    )
    reporting_late_grace_seconds: int = Field(
        int(DEFAULTS["late_grace_seconds"]), ge=0, description="Seconds after the start at which a join counts as late."
    )
    reporting_early_grace_seconds: int = Field(
        int(DEFAULTS["early_grace_seconds"]),
        ge=0,
        description="Seconds before the end at which leaving counts as early.",
    )
    reporting_quality_profile: Literal["default", "cqd", "strict"] = Field(
        "default",
        description=(
            "Limits that decide whether a minute's quality is good, fair, poor or bad: `default`, `cqd` (those of Microsoft's "
            "dashboard, good or poor only) or `strict`. Days derived before a change keep theirs until derived again."
        ),
    )
    reporting_sites: str = Field(
        "",
        description=(
            "Sites of the quality tables: `Name=rule; Name=rule`. A rule is an IPv4 network (`203.0.113.0/24`), or how the "
            "address or the vendor's location begins (`Vienna`, `2001:db8:7:`); the first that fits counts. Needs "
            "REPORTING_PRIVACY=full, since other profiles store no addresses. Default: the vendor's location."
        ),
    )
    reporting_room_hours: int = Field(
        int(DEFAULTS["room_hours"]),
        ge=1,
        le=24,
        description="Hours of a working day in which meeting rooms are available.",
    )
    reporting_leave_out: str = Field(
        "",
        description=(
            "Reports that the schedules do not fetch, such as features the account does not have: `zoom/billing,zoom/rooms` or "
            "`webex/*`. `reporting-assets doctor` says which."
        ),
    )
    reporting_duckdb_memory: str | None = Field(
        None,
        description=(
            f"Memory DuckDB may use per step; beyond it, it spills to disk. By default {MEMORY_TO_FETCH} where reports are "
            f"fetched, which take their own beside it, and {MEMORY_TO_DERIVE} where tables are derived from them."
        ),
    )

    zoom_account_id: str | None = Field(None, description="Account id of the server-to-server OAuth app.")
    zoom_client_id: str | None = Field(None, description="Client id of the app.")
    zoom_client_secret: SecretStr | None = Field(None, description="Client secret of the app.")
    zoom_plan: Plan = Field(Plan.BUSINESS, description="The account's plan: it decides limits and which reports exist.")
    zoom_api_url: str | None = Field(
        None, description="Base address of the API. Default: https://api.zoom.us/v2, or the sandbox."
    )
    zoom_oauth_url: str | None = Field(
        None, description="Address that issues tokens. Default: https://zoom.us/oauth/token, or the sandbox."
    )
    zoom_meetings_from: Literal["dashboards", "hosts"] | None = Field(
        None,
        description="Where meetings are listed: `dashboards`, or `hosts` (one list per active host). Default by plan.",
    )
    zoom_participants_from: Literal["past_meetings", "report"] = Field(
        "past_meetings",
        description="Where joins come from: `past_meetings` (medium rate, no daily cap) or `report` (heavy rate, has breakout rooms).",
    )
    zoom_quality_sample: Literal["all", "flagged", "none"] = Field(
        "flagged",
        description=(
            "Meetings whose quality is asked for participant by participant and minute by minute: `all`, `flagged` (those "
            "that Zoom labels poor or bad, and a random share of the others) or `none`."
        ),
    )
    zoom_quality_random_percent: int = Field(
        2, ge=0, le=100, description="Random share of meetings whose quality is asked for under `flagged`, in percent."
    )
    zoom_details_of_unflagged: Literal["none", "webinars", "all"] = Field(
        "webinars",
        description=(
            "Without dashboards, lists do not say which meetings had polls, Q&A or surveys: ask about `none`, about every "
            "webinar, or about `all`."
        ),
    )
    zoom_has_qss: bool = Field(False, description="Whether the account has the Quality of Service Subscription add-on.")
    zoom_chat_kinds: str = Field(
        "edited,deleted,bots,reactions",
        description="What is asked for beside chat messages as they stand: any of edited, deleted, bots, reactions; or `none`.",
    )
    zoom_chat_attachments: bool = Field(
        False, description="Whether files sent in chat are downloaded into the lake; needs REPORTING_PRIVACY=full."
    )
    zoom_chat_attachment_max_mb: int = Field(
        25, ge=1, le=2048, description="Largest chat attachment that is downloaded, in megabytes."
    )
    zoom_limits: Literal["official", "seed", "none"] | None = Field(
        None,
        description=(
            "Rate limits kept: `official` by plan, `seed` (60 light and medium, 30 heavy, 20 resource-intensive a minute) "
            "or `none`. Default: official, and none for the sandbox, which enforces none unless told to."
        ),
    )
    zoom_budget_share: Share = Field(
        0.8,
        description="Share of the account's limits this project may use; the rest is left to the account's other apps.",
    )
    zoom_budget_file: Path | None = Field(
        None, description="File through which processes of this host share the budget. Default: beside the lake."
    )

    webex_client_id: str | None = Field(None, description="Client id of the Webex integration or service app.")
    webex_client_secret: SecretStr | None = Field(None, description="Client secret of the Webex app.")
    webex_refresh_token: SecretStr | None = Field(
        None,
        description=(
            "First refresh token of the Webex app. Each renewal may bring a newer one, which WEBEX_TOKEN_FILE keeps; one set "
            "anew here wins. It ends when it is not used for 90 days."
        ),
    )
    webex_api_url: str | None = Field(
        None, description="Base address of Webex's API. Default: https://webexapis.com/v1, or the sandbox."
    )
    webex_analytics_url: str | None = Field(
        None,
        description=(
            "Base address of Webex's analytics, which differs by region. Default: https://analytics.webexapis.com/v1, or the "
            "sandbox."
        ),
    )
    webex_token_file: Path | None = Field(
        None,
        description=(
            "File through which processes of this host share Webex's tokens; only its owner may read it. Default: in "
            "`tokens` beside the lake."
        ),
    )

    sandbox_users: int = Field(200, ge=50, le=100_000, description="People in the simulated organisation.")
    sandbox_seed: int = Field(7, description="Seed of the simulated organisation: same seed, same organisation.")

    @field_validator("zoom_plan", mode="before")
    @classmethod
    def _plan_in_any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("reporting_lake", "reporting_warehouse", "zoom_budget_file", "webex_token_file")
    @classmethod
    def _home_as_shells_write_it(cls, value: Path | None) -> Path | None:
        # In `.env` no shell has replaced `~`, and a folder of that name is never meant.
        return value.expanduser() if value else value

    @field_validator("reporting_duckdb_memory")
    @classmethod
    def _size(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not _SIZE.fullmatch(value.strip()):
            raise PydanticCustomError("size", "not a size of memory, write one such as 1GB or 512MB")
        return value.strip()

    @field_validator("reporting_timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        # `localtime` is a file of zoneinfo's that DuckDB does not know, and means another zone on every machine.
        known = {name.lower(): name for name in available_timezones() - {"localtime"}}
        try:
            return known[value.strip().lower()]
        except KeyError:
            raise PydanticCustomError("timezone", "not an IANA time zone, write one such as Europe/Berlin") from None

    @field_validator("reporting_sites")
    @classmethod
    def _sites(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(";"))):
            name, sign, rule = (each.strip() for each in part.partition("="))
            if not (name and sign and rule):
                raise PydanticCustomError("sites", "a site is not Name=rule, write one such as Vienna=203.0.113.0/24")
            if "/" in rule:
                try:
                    IPv4Network(rule, strict=False)
                except ValueError:
                    raise PydanticCustomError(
                        "sites", "a site's network is not one of IPv4, write one such as Vienna=203.0.113.0/24"
                    ) from None
        return value

    @field_validator("zoom_chat_kinds")
    @classmethod
    def _kinds(cls, value: str) -> str:
        kinds = _parts(value)
        if unknown := sorted(kinds - CHAT_KINDS - {"none"}):
            raise PydanticCustomError(
                "kinds", f"there is no kind {unknown[0]}, choose of {', '.join(sorted(CHAT_KINDS))}"
            )
        return value

    @property
    def left_out(self) -> list[str]:
        """The patterns of REPORTING_LEAVE_OUT."""
        return [part.strip() for part in self.reporting_leave_out.split(",") if part.strip()]

    @property
    def opted_in(self) -> list[str]:
        """The opt-in tables that are on."""
        return ["zoom/chat_attachments"] if self.zoom_chat_attachments else []

    @property
    def configured(self) -> set[str]:
        """The vendors for which any credential is set; both in the sandbox."""
        if self.is_sandbox:
            return {"zoom", "webex"}
        zoom = (self.zoom_account_id, self.zoom_client_id, self.zoom_client_secret)
        webex = (self.webex_client_id, self.webex_client_secret, self.webex_refresh_token)
        return {name for name, values in (("zoom", zoom), ("webex", webex)) if any(values)}

    @property
    def plan_values(self) -> dict[str, str | int]:
        """What contracts may make their requests depend on, by the name they use."""
        kinds = _parts(self.zoom_chat_kinds)
        included = [f"{kind}_messages" for kind in ("edited", "deleted") if kind in kinds]
        return {
            "meetings_from": self.meetings_from,
            "participants_from": self.zoom_participants_from,
            "quality_sample": self.zoom_quality_sample,
            "quality_random_percent": self.zoom_quality_random_percent,
            "unflagged": self.zoom_details_of_unflagged,
            "has_qss": "yes" if self.zoom_has_qss else "no",
            "chat_include": ",".join(included),
            "chat_bots": "true" if "bots" in kinds else "",
            "chat_reactions": "true" if "reactions" in kinds else "",
        }

    @property
    def lake(self) -> Path:
        return self.reporting_lake or Path("data") / self.reporting_source / "lake"

    @property
    def warehouse(self) -> Path:
        return self.reporting_warehouse or Path("data") / self.reporting_source / "reporting.duckdb"

    @property
    def budget_file(self) -> Path:
        return self.zoom_budget_file or self.lake.parent / "zoom_budget.sqlite"

    @property
    def token_file(self) -> Path:
        # In a folder of its own, which is made for the owner alone.
        return self.webex_token_file or self.lake.parent / "tokens" / "webex.json"

    @property
    def meetings_from(self) -> str:
        return self.zoom_meetings_from or ("dashboards" if self.zoom_plan is Plan.BUSINESS else "hosts")

    @property
    def limits(self) -> str:
        return self.zoom_limits or ("none" if self.is_sandbox else "official")

    @property
    def is_sandbox(self) -> bool:
        return self.reporting_source is Source.SANDBOX

    def missing_credentials(self) -> list[str]:
        """Names of the settings that live mode needs for Zoom and that are not set."""
        if self.is_sandbox:
            return []
        needed: dict[str, object] = {
            "ZOOM_ACCOUNT_ID": self.zoom_account_id,
            "ZOOM_CLIENT_ID": self.zoom_client_id,
            "ZOOM_CLIENT_SECRET": self.zoom_client_secret,
        }
        return [name for name, value in needed.items() if not value]

    def missing_webex_credentials(self) -> list[str]:
        """Names of the settings that live mode needs for Webex and that are not set."""
        if self.is_sandbox:
            return []
        needed: dict[str, object] = {
            "WEBEX_CLIENT_ID": self.webex_client_id,
            "WEBEX_CLIENT_SECRET": self.webex_client_secret,
            "WEBEX_REFRESH_TOKEN": self.webex_refresh_token,
        }
        return [name for name, value in needed.items() if not value]


def load(**overrides: object) -> Settings:
    """The settings in force: environment first, then `.env`, then defaults; `overrides` win over all.

    Raises SettingsError, one sentence, where a value is not usable.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except (OSError, UnicodeDecodeError):
        raise SettingsError(".env cannot be read as UTF-8 text; save it as such, or remove it.") from None
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0]).upper() if problem["loc"] else "settings"
        value = os.environ.get(name)
        secret = name in SECRETS
        shown = "" if secret or value is None else f" (it is {value!r})"
        raise SettingsError(
            f"{name}{shown}: {problem['msg'].rstrip('.').lower()}; set it in the environment or in .env."
        ) from None


def _parts(text: str) -> set[str]:
    return {part.strip().lower() for part in text.split(",") if part.strip()}


SECRETS = frozenset({"ZOOM_CLIENT_SECRET", "REPORTING_PSEUDONYM_KEY", "WEBEX_CLIENT_SECRET", "WEBEX_REFRESH_TOKEN"})
