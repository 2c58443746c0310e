"""Requests that were answered once and are now told that their item is gone: taken over from the landing before.

Vendors delete meetings, webinars and what was said in them; a host or the passing of a year is enough. A request whose
item is now unknown, hidden or expired keeps the pages it had. One that is answered, be it with less, counts as answered; one
that is no longer made, since the list no longer names its item, keeps nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import zstandard

from reporting_assets.lake import pieces
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.landing import Attempt
from reporting_assets.lake.ledger import PAGES, LedgerEntry, Sealed

_GONE = ("not_available", "expired")
_TURN = re.compile(rb'\{"%s":([0-9]+),' % pieces.TURN.encode())


def keep(attempt: Attempt, earlier: Sealed) -> int:
    """Takes over from `earlier` what `attempt` was told is gone; returns of how many requests.

    Both landed under one privacy policy. Raises LakeError where the earlier landing is damaged: nothing is taken then.
    """
    gone = {entry.request_key for entry in attempt.outcomes() if entry.status in _GONE}
    if not gone:
        return 0
    entries = {
        entry.turn: entry
        for entry in earlier.entries()
        if entry.request_key in gone and entry.records and entry.turn is not None and attempt.reads(entry.endpoint)
    }
    if not entries:
        return 0
    found = dict.fromkeys(entries, 0)
    for turn, _ in _lines(earlier, entries):
        found[turn] += 1
    if any(found[turn] != (entry.lines or entry.records) for turn, entry in entries.items()):
        raise LakeError(f"The landing {earlier.path} is damaged: remove the folder and fetch again.")
    attempt.take_over(list(entries.values()), _lines(earlier, entries))
    return len(entries)


def _lines(sealed: Sealed, entries: Mapping[int, LedgerEntry]) -> Iterator[tuple[int, bytes]]:
    """Of the lines of these turns, the turn and what stands behind it."""
    with storage("read", sealed.path), (sealed.path / PAGES).open("rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        rest = b""
        try:
            while block := text.read(1 << 20):
                *lines, rest = (rest + block).split(b"\n")
                for line in lines:
                    begins = _TURN.match(line)
                    if begins and (turn := int(begins[1])) in entries:
                        yield turn, line[begins.end() :]
        except zstandard.ZstdError:
            raise LakeError(f"The landing {sealed.path} is damaged: remove the folder and fetch again.") from None
