"""Webex behind HTTP: its routes, their scopes, its limits and faults. Sending answers is the app's."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.faults import Faults
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.webex.auth import Tokens
from reporting_assets.sandbox.webex.errors import WebexError
from reporting_assets.sandbox.webex.meetings import Meetings
from reporting_assets.sandbox.webex.paging import Pager
from reporting_assets.sandbox.webex.qualities import Qualities
from reporting_assets.sandbox.webex.reports import Reports
from reporting_assets.sandbox.webex.windows import Call

API, ANALYTICS = "/webex/v1", "/webex-analytics/v1"  # what stands before the paths of the two hosts
TOKEN_PATH = f"{API}/access_token"
QUALITY_PAUSE_SECONDS = 300
_SLOW_PAGE = 100  # larger pages take too long, where that fault is on
_ASKED_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; any one of its scopes is enough."""

    path: str
    scopes: tuple[str, ...]
    handle: Callable[[Call], Answer]
    is_limited: bool = False  # one call in five minutes about the same meeting


class Webex:
    """The simulated service."""

    def __init__(self, config: Config, history: History, faults: Faults) -> None:
        pager = Pager(faults)
        meetings = Meetings(history)
        reports = Reports(meetings, pager)
        qualities = Qualities(meetings, pager)
        admin = "meeting:admin_config_read"
        self._routes = {
            f"{API}/meetingPreferences/sites": Route(
                "/meetingPreferences/sites",
                ("meeting:admin_preferences_read", "meeting:preferences_read"),
                reports.sites,
            ),
            f"{API}/meetingReports/usage": Route("/meetingReports/usage", (admin,), reports.usage),
            f"{API}/meetingReports/attendees": Route(
                "/meetingReports/attendees",
                (admin, "meeting:participants_read", "meeting:schedules_read"),
                reports.attendees,
            ),
            f"{ANALYTICS}/meeting/qualities": Route(
                "/meeting/qualities", ("analytics:read_all",), qualities.list, is_limited=True
            ),
        }
        everything = tuple(route.scopes[0] for route in self._routes.values())
        self._tokens = Tokens(
            config, everything if config.scopes is None else config.scopes, rotates=faults.on("webex-rotate")
        )
        self._enforces_limits = config.enforce_limits
        self._faults = faults
        self._asked: OrderedDict[str, float] = OrderedDict()

    @property
    def routes(self) -> tuple[Route, ...]:
        """All endpoints."""
        return tuple(self._routes.values())

    def match(self, path: str) -> Route | None:
        """The endpoint at a path; None where there is none."""
        return self._routes.get(path)

    def issue(self, form: str) -> Answer:
        """Answer a token request. Raises WebexError."""
        return self._tokens.issue(form)

    def call(self, route: Route, url: str, query: str, headers: dict[str, str], now: int) -> Call:
        """Let a call in: token, scope, limits, faults. Raises WebexError."""
        if self._faults.fires("token"):
            self._tokens.revoke_all()
        self._tokens.check(headers.get("authorization", ""))
        self._tokens.check_scope(route.scopes)
        fields = dict(parse_qsl(query, keep_blank_values=True))
        if self._faults.fires("429"):
            raise WebexError(429, "Too many requests.")
        if self._faults.fires("retry-after-seconds"):
            raise WebexError(429, "Too many requests.", {"Retry-After": "1"})
        if self._faults.fires("webex-423"):
            raise WebexError(423, "The resource is temporarily unavailable.", {"Retry-After": "1"})
        if self._faults.fires("500"):
            raise WebexError(500, "Something went wrong on the server.")
        size = fields.get("max", "")
        if self._faults.on("webex-504") and size.isdigit() and int(size) > _SLOW_PAGE:
            raise WebexError(504, "Gateway Timeout")
        if route.is_limited and self._enforces_limits:
            self._take_turn(fields)
        return Call(fields, headers.get("timezone", ""), now, url)

    def _take_turn(self, query: dict[str, str]) -> None:
        """Later pages belong to the call of the first."""
        meeting, now = query.get("meetingId", ""), time.monotonic()
        if "cursor" in query:
            return
        left = self._asked.get(meeting, -QUALITY_PAUSE_SECONDS) + QUALITY_PAUSE_SECONDS - now
        if left > 0:
            raise WebexError(429, "Too many requests for this meeting.", {"Retry-After": str(int(left) + 1)})
        self._asked[meeting] = now
        if len(self._asked) > _ASKED_KEPT:
            self._asked.popitem(last=False)
