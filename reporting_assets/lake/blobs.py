"""Files kept as they are, once per content: `_attachments/<first two digits>/<sha256>` below the lake.

A blob appears whole or not at all, and its name is its content's hash: nothing a vendor or a person wrote is ever part of
a path. Which blob belongs to what is for tables to say.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from reporting_assets.lake.errors import storage
from reporting_assets.lake.files import replace, sync_folder

FOLDER = "_attachments"
_INCOMING = ".incoming"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass
class Incoming:
    """A blob that is being written. Its hash is known when it ends."""

    file: FileIO
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, piece: bytes) -> None:
        """Appends a piece. Raises LakeError where the disk refuses."""
        with storage("write", Path(str(self.file.name))):
            view = memoryview(piece)
            while view:  # an unbuffered file may take less than it is given
                view = view[self.file.write(view) or 0 :]
        self.digest.update(piece)
        self.size += len(piece)


class Blobs:
    """The blobs of one lake."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / FOLDER

    def path(self, sha256: str) -> str:
        """Where a blob stands, relative to the lake. ValueError for what is no hash."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("a blob is named by 64 lower-case hexadecimal digits")
        return f"{FOLDER}/{sha256[:2]}/{sha256}"

    def holds(self, sha256: str, size: int) -> bool:
        """Whether the blob is there, whole."""
        found = self._root / self.path(sha256)
        with storage("read", found):
            return found.is_file() and found.stat().st_size == size

    @contextmanager
    def incoming(self, owner: str) -> Iterator[Incoming]:
        """A file to write pieces to; it is removed at the end unless it was `keep`-t. `owner` names whose it is."""
        folder = self._folder / _INCOMING
        path = folder / f"{owner}.{uuid.uuid4().hex}"
        with storage("write", path):
            folder.mkdir(parents=True, exist_ok=True)
            file = FileIO(path, "x")
        try:
            with file:
                yield Incoming(file)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, written: Incoming) -> str:
        """Puts what was written in its place, durably, and returns its hash. The same content is kept once."""
        sha256 = str(written.digest.hexdigest())
        if not self.holds(sha256, written.size):
            place = self._root / self.path(sha256)
            with storage("write", place):
                place.parent.mkdir(parents=True, exist_ok=True)
                sync_folder(self._folder)  # which the new folder stands in
                replace(Path(str(written.file.name)), place)
        return sha256

    def remove_leftovers(self, owner: str) -> None:
        """Removes what killed writers left behind under `owner`; only while no other writes under it."""
        for leftover in (self._folder / _INCOMING).glob(f"{owner}.*"):
            leftover.unlink(missing_ok=True)
