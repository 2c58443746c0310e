"""Blobs: whole or not there, named by their content, the same content once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from reporting_assets.lake.blobs import Blobs
from reporting_assets.lake.errors import LakeError

CONTENT = b"what was sent"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def keep(blobs: Blobs, *pieces: bytes, owner: str = "2026-11-12") -> str:
    with blobs.incoming(owner) as incoming:
        for piece in pieces:
            incoming.write(piece)
        assert incoming.size == sum(map(len, pieces))
        return blobs.keep(incoming)


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_blob_stands_under_its_hash(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert keep(blobs, CONTENT[:4], b"", CONTENT[4:]) == SHA256
    assert blobs.path(SHA256) == f"_attachments/{SHA256[:2]}/{SHA256}"
    assert files(tmp_path) == [blobs.path(SHA256)]
    assert (tmp_path / blobs.path(SHA256)).read_bytes() == CONTENT
    assert blobs.holds(SHA256, len(CONTENT))
    assert not blobs.holds(SHA256, len(CONTENT) + 1)


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    keep(blobs, CONTENT)
    before = (tmp_path / blobs.path(SHA256)).stat()
    assert keep(blobs, CONTENT) == SHA256
    assert (tmp_path / blobs.path(SHA256)).stat().st_mtime_ns == before.st_mtime_ns
    assert files(tmp_path) == [blobs.path(SHA256)]


def test_a_damaged_blob_is_replaced(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    keep(blobs, CONTENT)
    (tmp_path / blobs.path(SHA256)).write_bytes(b"half")
    keep(blobs, CONTENT)
    assert (tmp_path / blobs.path(SHA256)).read_bytes() == CONTENT


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.holds(keep(blobs), 0)


def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with blobs.incoming("2026-11-12") as incoming:
        incoming.write(CONTENT)
    with pytest.raises(TypeError), blobs.incoming("2026-11-12") as incoming:
        incoming.write("no bytes")  # type: ignore[arg-type]
    assert files(tmp_path) == []


def test_leftovers_of_one_owner_are_removed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with blobs.incoming("2026-11-12") as incoming:
        path = Path(str(incoming.file.name))
    for owner in ("2026-11-12", "2026-11-13"):
        (path.parent / f"{owner}.left").write_bytes(CONTENT)
    blobs.remove_leftovers("2026-11-12")
    assert [found.name for found in path.parent.iterdir()] == ["2026-11-13.left"]


@pytest.mark.parametrize("name", ["", "../../x", "A" * 64, "a" * 63, "a" * 64 + "\n", "g" * 64])
def test_only_a_hash_names_a_blob(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        Blobs(tmp_path).path(name)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "_attachments").write_text("a file in the way")
    with pytest.raises(LakeError, match="a file stands where a folder is needed"):
        keep(Blobs(tmp_path), CONTENT)
