"""Contracts of what people answered in Zoom meetings and webinars: polls, Q&A, surveys."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
