"""Polls, Q&A and surveys of meetings and webinars."""

from __future__ import annotations

from reporting_assets.sandbox.zoom.route import Route

ROUTES: tuple[Route, ...] = ()
