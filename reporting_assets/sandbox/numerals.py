"""Numbers in what clients send: one reading of them, so that no odd digit ends in a server error."""

from __future__ import annotations

LONGEST = 19  # digits of 64 bits


def whole_number(text: str) -> int | None:
    """The number that ASCII digits write; None for anything else, and for more digits than any number has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
