"""Locks that hold over all processes of a host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from reporting_assets.lake.errors import LakeError, storage


@contextmanager
def locked(path: Path, timeout: float = -1) -> Iterator[None]:
    """Holds the lock file `path` (seconds to wait; -1 for ever). Raises LakeError when it stays held by another."""
    with storage("lock", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=timeout)
        try:
            lock.acquire()
        except Timeout:
            raise LakeError(f"Another process holds {path}: wait for it to finish, then run again.") from None
    try:
        yield
    finally:
        lock.release()
