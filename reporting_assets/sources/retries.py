"""How often and how long a call is tried again. Only transient errors are; the vendor's clock comes before ours."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import tenacity

from reporting_assets.sources.errors import TransientError
from reporting_assets.sources.model import RetryPolicy

T = TypeVar("T")
Wait = Callable[[float], None]


def retrying(policy: RetryPolicy, call: Callable[[], T], wait: Wait = time.sleep) -> T:
    """What `call` returns, tried again after TransientErrors.

    Waits double from try to try and are spread by chance, so that threads do not come back together; a wait the vendor
    asked for is kept, with a little added. Gives up after `policy.attempts`, or rather than waiting beyond
    `policy.total_seconds`, with the last error. `wait(seconds)` does the waiting and may raise to give up.
    """

    def seconds(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        doubled = min(policy.longest_wait_seconds, policy.first_wait_seconds * 2 ** (state.attempt_number - 1))
        if isinstance(error, TransientError) and error.retry_after is not None:
            return error.retry_after + random.uniform(0, policy.first_wait_seconds / 4)
        return random.uniform(doubled / 2, doubled)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientError),
        wait=seconds,
        stop=tenacity.stop_after_attempt(policy.attempts) | tenacity.stop_before_delay(policy.total_seconds),
        sleep=wait,
        reraise=True,
    )(call)
