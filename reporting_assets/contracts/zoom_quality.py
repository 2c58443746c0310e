"""Contracts of Zoom's dashboards about the quality of meetings and webinars: devices, samples per minute, sharing, feedback."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
