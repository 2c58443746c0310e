"""The table of Zoom's endpoints: path, rate label, scopes that open it, plans that have it, handler.

Each group of endpoints lists its own routes in its module; the first ones stand here.
"""

from __future__ import annotations

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox.zoom import (
    answers,
    billing,
    chat,
    dashboards,
    participants,
    quality,
    reports,
    rooms,
    series,
    telephone,
    users,
    webinars,
)
from reporting_assets.sandbox.zoom.route import Route

ROUTES = (
    Route("/users", RateLabel.MEDIUM, ("user:read:list_users:admin", "user:read:admin"), False, users.list_users),
    Route(
        "/report/users",
        RateLabel.HEAVY,
        ("report:read:list_users:admin", "report:read:admin"),
        True,
        reports.list_hosts,
    ),
    Route(
        "/report/daily",
        RateLabel.HEAVY,
        ("report:read:daily_usage:admin", "report:read:admin"),
        True,
        reports.daily_usage,
    ),
    Route(
        "/report/users/{userId}/meetings",
        RateLabel.HEAVY,
        ("report:read:user:admin", "report:read:admin"),
        True,
        reports.user_meetings,
    ),
    Route(
        "/metrics/meetings",
        RateLabel.RESOURCE_INTENSIVE,
        ("dashboard:read:list_meetings:admin", "dashboard_meetings:read:admin", "dashboard:read:admin"),
        False,  # the handler refuses it below Business, in other words
        dashboards.list_meetings,
    ),
    Route(
        "/past_meetings/{meetingId}/participants",
        RateLabel.MEDIUM,
        ("meeting:read:list_past_participants:admin", "meeting:read:admin"),
        True,
        participants.past_meeting_participants,
    ),
    Route(
        "/report/meetings/{meetingId}/participants",
        RateLabel.HEAVY,
        ("report:read:list_meeting_participants:admin", "report:read:admin"),
        True,
        participants.report_meeting_participants,
    ),
    *webinars.ROUTES,
    *answers.ROUTES,
    *quality.ROUTES,
    *rooms.ROUTES,
    *telephone.ROUTES,
    *billing.ROUTES,
    *series.ROUTES,
    *chat.ROUTES,
)

ALL_SCOPES = tuple(route.scopes[0] for route in ROUTES)
_PARTS = [(route, route.path.split("/")) for route in ROUTES]


def match(raw_path: str) -> tuple[Route, str] | None:
    """The route of a path that is still percent-encoded, and the value of its placeholder; None where there is none."""
    sent = raw_path.split("/")
    for route, parts in _PARTS:
        if len(parts) == len(sent) and all(
            part == value or (part.startswith("{") and value) for part, value in zip(parts, sent, strict=True)
        ):
            return route, next((value for part, value in zip(parts, sent, strict=True) if part.startswith("{")), "")
    return None
