"""What goes wrong with stored bytes, each said in one sentence. No logic beyond translating operating-system errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LakeError(Exception):
    """Bytes could not be stored or read; the message says what, where, and what to do."""


class ContractError(LakeError):
    """Rows do not keep what their contract promises; the partition before them stays."""


class PrivacyError(LakeError):
    """The privacy policy cannot be applied as configured."""


_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EACCES: "permission denied; give this user write access",
    errno.EPERM: "permission denied; give this user write access",
    errno.EROFS: "the file system is read-only; choose another place for the lake",
    errno.ENOTDIR: "a file stands where a folder is needed; remove it or choose another place for the lake",
    errno.EEXIST: "a file stands where a folder is needed; remove it or choose another place for the lake",
    errno.EMFILE: "too many open files; raise the limit (ulimit -n)",
}


@contextmanager
def storage(doing: str, path: Path) -> Iterator[None]:
    """Turns an operating-system error into a LakeError: `doing` is what was tried, as in 'write'."""
    try:
        yield
    except OSError as error:
        reason = _ADVICE.get(error.errno or 0, error.strerror or "the operating system refused")
        raise LakeError(f"Cannot {doing} {path}: {reason}.") from error
