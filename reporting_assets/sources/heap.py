"""How the process's heap treats what many threads allocate and free: pages of answers, parsed, and gone again.

Left to itself, glibc gives every thread an arena of its own and keeps in each what was freed. After a large fetch half
a gigabyte of nothing stays resident, beside which DuckDB then needs its own memory.
"""

from __future__ import annotations

import ctypes
from functools import cache

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_ARENAS = 2
_LARGE = 512 << 10  # bytes: from here on, memory goes straight back to the system when it is freed


@cache
def give_back_what_is_freed() -> bool:
    """Keep few arenas, and no large pieces in them; whether this C library lets itself be told."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False
    return all([mallopt(_ARENA_MAX, _ARENAS), mallopt(_MMAP_THRESHOLD, _LARGE), mallopt(_TRIM_THRESHOLD, 2 * _LARGE)])
