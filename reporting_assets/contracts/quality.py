"""Every contract of schema `quality`, in the order in which they are derived. Their columns stand in the modules named."""

from __future__ import annotations

from reporting_assets.contracts import quality_people, quality_rollups, quality_samples

TABLES = (*quality_samples.TABLES, *quality_people.TABLES, *quality_rollups.TABLES)
