"""Errors of storage as sentences that say what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from reporting_assets.lake.errors import LakeError, storage


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "the disk is full; free some space and run again"),
        (errno.EACCES, "permission denied; give this user write access"),
        (errno.EROFS, "the file system is read-only; choose another place"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_operating_systems_errors_are_one_sentence(number: int, advice: str):
    with pytest.raises(LakeError) as raised, storage("write", Path("/lake/part")):
        raise OSError(number, "Input/output error")
    assert str(raised.value).startswith(f"Cannot write /lake/part: {advice}")
    assert str(raised.value).count("\n") == 0
