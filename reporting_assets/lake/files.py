"""Writing files so that a crash at any moment leaves the old content or the new, never half of either."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import orjson

from reporting_assets.lake.errors import LakeError, storage


def sync_folder(folder: Path) -> None:
    """Makes renames inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Makes the content of `path` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def aside(path: Path) -> Path:
    """A name beside `path` to write under before replacing it; hidden, and no glob for data matches it."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.aside")


def remove_leftovers(path: Path) -> None:
    """Removes what killed writers of `path` left aside. Only under the lock that guards `path`."""
    for leftover in path.parent.glob(f".{path.name}.*.aside*"):
        leftover.unlink(missing_ok=True)


def replace(written: Path, path: Path) -> None:
    """Puts the finished file `written` in the place of `path`, durably."""
    sync_file(written)
    written.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replaces `path` with `content` as JSON, atomically and durably. Raises LakeError."""
    written = aside(path)
    with storage("write", path):
        try:
            written.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
            replace(written, path)
        finally:
            written.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in `path`; None where there is no such file. Raises LakeError where it cannot be read."""
    try:
        with storage("read", path):
            content = orjson.loads(path.read_bytes())
    except LakeError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise
    except orjson.JSONDecodeError:
        raise LakeError(f"{path} is damaged: it does not hold JSON; remove it and run again.") from None
    if not isinstance(content, dict):
        raise LakeError(f"{path} is damaged: it does not hold a JSON object; remove it and run again.")
    return content
