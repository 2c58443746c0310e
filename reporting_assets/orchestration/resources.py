"""Dagster resources: thin, and opened when a run needs them, never when definitions load.

Dagster reads the annotations of resources as objects, so this module does without postponed annotations.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster_duckdb import DuckDBResource
from duckdb import DuckDBPyConnection

from reporting_assets import settings
from reporting_assets.orchestration.work import DERIVING, Limits, Work, open_work


class ReportingResource(dg.ConfigurableResource):
    """The lake, the vendors and an in-memory DuckDB, as the settings in force say.

    DuckDB lives in memory and for one step, so that no two processes ever wait for each other's database lock; the
    store is Parquet. `duckdb` is replaceable like any Dagster resource.
    """

    duckdb: dg.ResourceDependency[DuckDBResource]

    @contextmanager
    def opened(self, limits: Limits = DERIVING) -> Iterator[tuple[Work, DuckDBPyConnection]]:
        """The work and a DuckDB connection with these limits. Raises SettingsError or LakeError."""
        work = open_work(settings.load())
        with self.duckdb.get_connection() as con:
            yield work, work.prepare(con, limits)


def resources() -> dict[str, object]:
    """The resources of the code location."""
    return {"reporting": ReportingResource(duckdb=DuckDBResource(database=":memory:"))}
