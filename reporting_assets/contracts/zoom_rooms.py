"""Contracts of Zoom Rooms and of Room Connector ports."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
