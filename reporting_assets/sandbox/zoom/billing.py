"""Telephone, recordings, billing, the audit log, instances of a series."""

from __future__ import annotations

from reporting_assets.sandbox.zoom.route import Route

ROUTES: tuple[Route, ...] = ()
