"""How far long work is: the one place where layers say it and where a terminal listens.

Work publishes counted steps; whoever shows them subscribes (a progress bar on a terminal, counted events in a run's
log). Nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` (None while unknown) steps of `unit` are finished for `what`."""

    what: str
    done: int
    total: int | None
    unit: str


_listeners: list[Callable[[Progress], None]] = []


def publish(progress: Progress) -> None:
    """Tell every listener. Called from any thread; listeners must be quick and thread-safe."""
    for listener in tuple(_listeners):
        listener(progress)


@contextmanager
def listening(listener: Callable[[Progress], None]) -> Iterator[None]:
    """Call `listener` with everything published while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
