"""The dashboards' details of meetings and webinars: devices, samples per minute, sharing, feedback, scores."""

from __future__ import annotations

from reporting_assets.sandbox.zoom.route import Route

ROUTES: tuple[Route, ...] = ()
