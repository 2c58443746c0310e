"""How errors of the layers below become Dagster failures: permanent ones are not retried, all say one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from reporting_assets.contracts.model import Table
from reporting_assets.lake.errors import LakeError
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.settings import SettingsError
from reporting_assets.sources.errors import BudgetExhaustedError, PermanentError, SourceError

# A report's step is tried again only for what may pass by itself; the client has already retried each call.
RETRIES = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


def is_permanent(error: Exception) -> bool:
    """Whether trying again without a change would fail again. A spent budget comes back, but not within a retry."""
    return isinstance(error, PermanentError | BudgetExhaustedError | SettingsError | LakeError)


def of_partitions(failed: Failures, table: Table, total: int) -> dg.Failure:
    """One failure that names every failed partition; worth a retry if any of them may pass by itself."""
    may_pass = any(not is_permanent(error) for error in failed.by_key.values())
    return dg.Failure(description=failed.sentence(table, total), allow_retries=may_pass)


@contextmanager
def as_failures() -> Iterator[None]:
    """Turn the known errors of a block into `dagster.Failure`s of one sentence, without their stack."""
    try:
        yield
    except (SourceError, SettingsError, LakeError) as error:
        raise dg.Failure(description=str(error), allow_retries=not is_permanent(error)) from None
