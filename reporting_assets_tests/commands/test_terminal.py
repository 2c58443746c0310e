"""What a person sees: bars that add up per table and vanish, lines where there is no terminal, values as people read them."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from reporting_assets.commands import terminal

# Two pieces of one table; the pause is longer than bars take to be drawn again.
WORK = """
import time
from reporting_assets import progress
from reporting_assets.commands import terminal
with terminal.progress_bars():
    for day in ("2026-11-16", "2026-11-17"):
        for done in range(3):
            progress.publish(progress.Progress(f"engagement.meeting_engagement {day}", done + 1, 3, "partitions"))
    time.sleep(0.5)
print("the answer")
"""


def _on_terminal(columns: int) -> str:
    """All that WORK writes to a terminal so wide."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": str(columns)}
    child = subprocess.Popen([sys.executable, "-c", WORK], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 4096):
            said += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert child.wait(timeout=30) == 0
    return said.decode()


def test_a_tables_pieces_add_up_in_one_bar_that_vanishes() -> None:
    said = _on_terminal(80)
    lines = [line for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)) if line.strip()]
    bars = [line for line in lines if "engagement.meeting_engagement" in line]
    assert any("6/6" in bar for bar in bars), lines
    assert max(map(len, lines)) <= 80
    # The last frame is erased and the cursor comes back before anything else is printed.
    assert re.search(r"\x1b\[\?25h.*\x1b\[2K[^━]*the answer", said, re.DOTALL)


def test_without_a_terminal_a_line_per_finished_piece() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == [
        "engagement.meeting_engagement 2026-11-16: 3 partitions",
        "engagement.meeting_engagement 2026-11-17: 3 partitions",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "True"),
        (12345, "12,345"),
        (22.772, "22.8"),
        (0.01234, "0.0123"),
        (datetime(2026, 11, 16, 9, 5, tzinfo=UTC), "2026-11-16 09:05:00Z"),
        ("[bold]", "[bold]"),
    ],
)
def test_cells(value: object, shown: str) -> None:
    assert terminal.cell(value) == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (999, "999 B"), (71_700, "71.7 kB"), (2.5e12, "2.5 TB")])
def test_sizes(count: float, shown: str) -> None:
    assert terminal.size(count) == shown
