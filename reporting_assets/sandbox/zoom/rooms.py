"""Zoom Rooms and Room Connector ports."""

from __future__ import annotations

from reporting_assets.sandbox.zoom.route import Route

ROUTES: tuple[Route, ...] = ()
