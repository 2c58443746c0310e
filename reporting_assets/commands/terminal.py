"""How commands show things on a terminal: progress bars, tables, sizes. No work is done here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from reporting_assets import progress

# A pipe or a log has no width of its own; this one keeps tables on one line each.
WIDTH_WITHOUT_TERMINAL = 140

out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def progress_bars() -> Iterator[None]:
    """One bar per table at work, gone when it is done; where there is no terminal, a line per finished piece of several steps.

    A table's pieces (a day's list, a day's joins) add up in its bar: most are over sooner than an eye can follow.
    """
    if not err.is_terminal:
        with progress.listening(_say_finished):
            yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),  # a line fits 80 columns
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        starting = bars.add_task("starting Dagster", total=None, unit="")
        tasks: dict[str, TaskID] = {}
        pieces: dict[str, dict[str, progress.Progress]] = {}
        lock = Lock()

        def show(step: progress.Progress) -> None:
            table = step.what.partition(" ")[0]
            with lock:
                bars.update(starting, visible=False)
                if table not in tasks:
                    for other in bars.tasks:  # what is done makes room: there are more tables than lines
                        bars.update(other.id, visible=other.visible and not other.finished)
                    tasks[table] = bars.add_task(escape(table), total=None, unit=step.unit)
                steps = pieces.setdefault(table, {})
                steps[step.what] = step
                done = sum(piece.done for piece in steps.values())
                total = sum(piece.total or piece.done for piece in steps.values())
                bars.update(tasks[table], completed=done, total=total)

        with progress.listening(show):
            yield


def _say_finished(step: progress.Progress) -> None:
    if step.total is not None and step.done >= step.total > 1:
        err.print(f"{step.what}: {step.done} {step.unit}", markup=False)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str | None = None) -> None:
    """Print rows as a table, or one below the other where they are too wide; numbers to the right, NULL empty.

    Cells are never read as markup.
    """
    cells = [[cell(value) for value in row] for row in rows]
    widths = [max(map(len, [name, *(row[place] for row in cells)])) for place, name in enumerate(columns)]
    if title:  # a table's own title would be broken at the table's width
        out.print(title, style="bold", markup=False)
    if sum(widths) + 3 * len(widths) + 1 > out.width:
        _records(columns, cells)
        return
    shown = Table(header_style="bold")
    for place, name in enumerate(columns):
        is_number = any(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in rows)
        shown.add_column(escape(name), justify="right" if is_number else "left", no_wrap=True)
    for row in cells:
        shown.add_row(*map(escape, row))
    out.print(shown)


def _records(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(cells, start=1):
        shown = Table(title=f"row {number}", title_justify="left", show_header=False)
        shown.add_column(no_wrap=True)
        shown.add_column(overflow="fold")
        for name, text in zip(columns, row, strict=True):
            shown.add_row(escape(name), escape(text))
        out.print(shown)


def cell(value: object) -> str:
    """One value as people read it: timestamps in UTC, small numbers with the digits that tell them apart."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" + ("Z" if value.tzinfo else "")
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def size(count: float) -> str:
    """A number of bytes as people read it."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
