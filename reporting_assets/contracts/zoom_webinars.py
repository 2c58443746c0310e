"""Contracts of Zoom's past webinars: the list, who joined, who registered and stayed away."""

from __future__ import annotations

from reporting_assets.contracts.model import Table

TABLES: tuple[Table, ...] = ()
