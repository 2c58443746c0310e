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


# Tag of a run that somebody waits for; its value names the command. It is not tried again as a whole, which takes minutes without a word: the same
# command goes on where this one stopped, so the person decides when.
ATTENDED = "reporting_assets/attended"
INTERRUPTED = "Interrupted; the same command goes on where this one stopped."


def is_permanent(error: Exception) -> bool:
    """Whether trying again without a change would fail again. A spent budget comes back, but not within a retry."""
    return isinstance(error, PermanentError | BudgetExhaustedError | SettingsError | LakeError)


def of_partitions(failed: Failures, table: Table, context: dg.AssetExecutionContext) -> dg.Failure:
    """One failure that names every failed partition; worth a retry if any of them may pass by itself."""
    may_pass = any(not is_permanent(error) for error in failed.by_key.values())
    sentence = failed.sentence(table, len(context.partition_keys))
    return dg.Failure(description=sentence, allow_retries=may_pass and ATTENDED not in context.run.tags)


@contextmanager
def as_failures(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Turn the known errors of a block into `dagster.Failure`s of one sentence, without their stack."""
    try:
        yield
    except (SourceError, SettingsError, LakeError) as error:
        may_retry = not is_permanent(error) and ATTENDED not in context.run.tags
        raise dg.Failure(description=str(error), allow_retries=may_retry) from None
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        # Dagster would take Ctrl-C for one more failure that may pass, wait for a minute, and begin again.
        if ATTENDED not in context.run.tags:
            raise
        raise dg.Failure(description=INTERRUPTED, allow_retries=False) from None
    except dg.Failure:
        raise
    except Exception as error:
        # Nobody foresaw it, so trying again in a minute would meet it again; the run's log has its stack.
        raise dg.Failure(
            f"An unexpected {type(error).__name__}; the run's log has the details.", allow_retries=False
        ) from error
