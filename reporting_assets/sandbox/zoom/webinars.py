"""Webinars: the dashboards' list, who joined, who registered and stayed away."""

from __future__ import annotations

from reporting_assets.sandbox.zoom.route import Route

ROUTES: tuple[Route, ...] = ()
