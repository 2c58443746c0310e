"""The account's rate budget, shared by every process of this host through one SQLite file.

Each call reserves a moment: the earliest at which every window of its label still has room. The reservation is one
short transaction; waiting for the moment happens outside it, so processes and threads queue without polling. The day's
calls are one counter per cap and UTC day. What the vendor says (headers, 429) corrects both, for all processes.
How many calls are allowed belongs in `budget_rules`; what an answer's headers mean, in `answers`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sources.budget_rules import DailyCap, Limit, Limits, Rate
from reporting_assets.sources.budget_rules import limits as limits_of
from reporting_assets.sources.errors import BudgetExhaustedError, SourceError
from reporting_assets.sources.retries import Wait

# Windows are stretched by this much: calls reach the vendor with varying delay, so moments that are exactly one window
# apart here may be less apart there. It costs as much of the rate.
JITTER_MARGIN = 0.02
LOCK_WAIT_SECONDS = 30.0
DAYS_KEPT = 8
# Of a day's calls this much is kept for trying again: a report whose last calls fail would otherwise stand incomplete
# until tomorrow, for want of a handful of them.
RETRY_RESERVE = 0.05

_SCHEMA = """
CREATE TABLE IF NOT EXISTS moment (account TEXT, label TEXT, at REAL);
CREATE INDEX IF NOT EXISTS moment_by_label ON moment (account, label, at);
CREATE TABLE IF NOT EXISTS day (account TEXT, cap TEXT, date TEXT, used INTEGER, PRIMARY KEY (account, cap, date));
CREATE TABLE IF NOT EXISTS spent (account TEXT, label TEXT, until REAL, PRIMARY KEY (account, label));
CREATE TABLE IF NOT EXISTS pause (account TEXT, label TEXT, until REAL, PRIMARY KEY (account, label));
"""


class BudgetError(SourceError):
    """The budget's file cannot be used; the message says which and what to do."""


class RateBudget:
    """Grants calls per label. Safe to use from many threads of many processes on one host."""

    def __init__(
        self,
        path: Path,
        *,
        plan: str,
        preset: str = "official",
        share: float = 1.0,
        account: str = "",
        limits: Limits | None = None,
        reserve: float = RETRY_RESERVE,
    ) -> None:
        """Plan, preset and share as in `budget_rules.limits`, or `limits` themselves; of each daily cap, the share
        `reserve` is for calls that are made again.

        Accounts may share a file: each has its own buckets. Raises BudgetError where the file can be neither opened nor
        made, ValueError for a plan, preset or share that does not exist.
        """
        self._limits = limits_of(plan, preset, share) if limits is None else limits
        self._account = account
        self._reserve_share = reserve
        self._path = path
        self._turn = threading.RLock()  # one connection, one thread at a time; SQLite's own lock orders the processes
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock", timeout=LOCK_WAIT_SECONDS):  # SQLite does not wait when switching to WAL
                self._db = _open(path)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None

    def acquire(self, label: RateLabel, wait: Wait = time.sleep, *, again: bool = False) -> float:
        """Blocks until one call of `label` is allowed; returns the moment it was granted for (seconds since 1970).

        `wait(seconds)` does the waiting and may raise to give up. Raises BudgetExhaustedError as soon as the day's cap
        is known to be spent; a call made `again` may use what is reserved for that.
        """
        moment = self._reserve(label, counted=True, again=again)
        while True:
            delay = moment - time.time()
            if delay > 0:
                wait(delay)
                self._check_spent(label)
            if self._until("pause", label) <= time.time():
                return moment
            moment = self._reserve(label, counted=False)  # the vendor slowed us down while we waited

    def pause(self, label: RateLabel, seconds: float) -> None:
        """No call of `label` by any process for `seconds`: the vendor said that its limit is reached."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO pause VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
                (self._account, label.value, time.time() + seconds),
            )

    def spend_day(self, label: RateLabel, until: datetime) -> None:
        """The vendor said that the day's calls of `label` are spent `until`: no process asks before."""
        cap = self._limits[label].daily
        sharing = [other for other, limit in self._limits.items() if other is label or (cap and limit.daily == cap)]
        with self._transaction() as db:
            db.executemany(
                "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
                [(self._account, other.value, until.timestamp()) for other in sharing],
            )

    def correct_day(self, label: RateLabel, remaining: int) -> None:
        """The vendor says how many calls are left today: never plan with more than that."""
        cap = self._limits[label].daily
        if cap is None or self._used(cap.name) >= cap.calls - remaining:
            return
        with self._transaction() as db:
            self._raise_used(db, cap.name, cap.calls - remaining)

    def correct_window(self, label: RateLabel, remaining: int) -> None:
        """The vendor says how many calls are left in the current window: other apps' calls are charged as ours."""
        rate = self._limits[label].rate
        if rate is None:
            return
        now = time.time()
        missing = rate.calls - self._in_window(label, now - rate.seconds) - max(0, remaining)
        if missing <= 0:
            return
        with self._transaction() as db:
            db.executemany("INSERT INTO moment VALUES (?, ?, ?)", [(self._account, label.value, now)] * missing)

    def remaining(self) -> dict[str, int | None]:
        """Calls left today per label, the reserve left out; None where the label has no daily cap. Labels may share one."""
        return {label.value: self._left(label, limit) for label, limit in self._limits.items()}

    def close(self) -> None:
        """Closes the file; the budget cannot be used afterwards."""
        with self._turn:
            self._db.close()

    def _reserve(self, label: RateLabel, *, counted: bool, again: bool = False) -> float:
        limit = self._limits[label]
        self._check_spent(label)
        if limit.rate is None and limit.daily is None:
            return max(time.time(), self._until("pause", label))
        with self._transaction() as db:
            if counted and limit.daily:
                self._count(db, limit.daily, again=again)
            at = max(time.time(), self._until("pause", label))
            return self._take(db, label, limit.rate, at) if limit.rate else at

    def _take(self, db: sqlite3.Connection, label: RateLabel, rate: Rate, at: float) -> float:
        """The first moment from `at` on at which no window holds too many: one after the call before the last `calls`."""
        row = db.execute(
            "SELECT at FROM moment WHERE account = ? AND label = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            (self._account, label.value, rate.calls - 1),
        ).fetchone()
        if row:
            at = max(at, row[0] + rate.seconds * (1 + JITTER_MARGIN))
        db.execute("INSERT INTO moment VALUES (?, ?, ?)", (self._account, label.value, at))
        db.execute(
            "DELETE FROM moment WHERE account = ? AND label = ? AND at < ?",
            (self._account, label.value, time.time() - 2 * rate.seconds),
        )
        return at

    def _check_spent(self, label: RateLabel) -> None:
        if (spent := self._until("spent", label)) > time.time():
            raise _exhausted(f"{label.value} calls", datetime.fromtimestamp(spent, UTC))

    def _count(self, db: sqlite3.Connection, cap: DailyCap, *, again: bool) -> None:
        used = self._used(cap.name)
        allowed = cap.calls if again else self._first_calls(cap)
        if used >= allowed:
            raise _exhausted(f"{allowed} calls of the {cap.name} budget", next_utc_midnight())
        self._raise_used(db, cap.name, used + 1)

    def _left(self, label: RateLabel, limit: Limit) -> int | None:
        if self._until("spent", label) > time.time():
            return 0
        return max(0, self._first_calls(limit.daily) - self._used(limit.daily.name)) if limit.daily else None

    def _first_calls(self, cap: DailyCap) -> int:
        """What the day allows without the reserve."""
        return cap.calls - int(cap.calls * self._reserve_share)

    def _used(self, cap: str) -> int:
        sql = "SELECT used FROM day WHERE account = ? AND cap = ? AND date = ?"
        return self._value(sql, (self._account, cap, _today())) or 0

    def _raise_used(self, db: sqlite3.Connection, cap: str, used: int) -> None:
        db.execute(
            "INSERT INTO day VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET used = max(used, excluded.used)",
            (self._account, cap, _today(), used),
        )
        oldest = (datetime.now(UTC) - timedelta(days=DAYS_KEPT)).date().isoformat()
        db.execute("DELETE FROM day WHERE date < ?", (oldest,))

    def _in_window(self, label: RateLabel, since: float) -> int:
        sql = "SELECT count(*) FROM moment WHERE account = ? AND label = ? AND at > ?"
        return self._value(sql, (self._account, label.value, since)) or 0

    def _until(self, table: Literal["pause", "spent"], label: RateLabel) -> float:
        sql = f"SELECT until FROM {table} WHERE account = ? AND label = ?"
        return self._value(sql, (self._account, label.value)) or 0.0

    def _value(self, sql: str, parameters: tuple[object, ...]) -> Any:
        try:
            with self._turn:
                row = self._db.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        return row[0] if row else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise self._unusable(error) from None
            except BaseException:
                self._roll_back()
                raise

    def _unusable(self, error: Exception) -> BudgetError:
        return BudgetError(
            f"The budget file {self._path} cannot be used ({error}); make sure that it lies in a writable folder on a "
            "local disk with room, or set ZOOM_BUDGET_FILE."
        )

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def next_utc_midnight() -> datetime:
    """When the vendor's day, and with it every daily cap, begins again."""
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


def _exhausted(what: str, resume_at: datetime) -> BudgetExhaustedError:
    return BudgetExhaustedError(
        f"Today's {what} are spent; go on at {resume_at:%Y-%m-%d %H:%M} UTC, what was fetched until then is kept.",
        resume_at,
    )


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    # A power cut may forget the last calls, never corrupt the file; the vendor's headers tell them again.
    db.execute("PRAGMA synchronous = NORMAL")
    for statement in filter(str.strip, _SCHEMA.split(";")):
        db.execute(statement)
    return db
