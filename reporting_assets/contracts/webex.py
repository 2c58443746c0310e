"""Contracts of Webex: sites, meeting usage, attendees, media quality."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
