"""Contracts of what Zoom reports about costs and administration: telephone, recordings, billing, the audit log, series."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
