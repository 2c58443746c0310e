"""Contracts of Zoom Team Chat: sessions, messages with what became of them, counts per person."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
