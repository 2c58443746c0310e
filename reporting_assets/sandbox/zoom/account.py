"""What every Zoom endpoint needs: the account it answers for, and one call to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from reporting_assets.sandbox.faults import Faults
from reporting_assets.sandbox.files import Files
from reporting_assets.sandbox.history import History
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.paging import Pager, Position

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """The simulated account. `timezone` is where dates in `from` and `to` are cut."""

    id: str
    plan: str  # free, pro or business
    timezone: str
    history: History
    pager: Pager
    faults: Faults
    files: Files

    @property
    def organisation(self) -> Organisation:
        return self.history.organisation


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an endpoint: its path, its path parameter as sent (still encoded), its query, when, and at
    which address of the sandbox."""

    account: Account
    path: str
    path_value: str
    query: Mapping[str, str]
    now: int
    base_url: str

    def position(self, largest: int) -> Position:
        """Where the call stands in its listing."""
        return self.account.pager.position(self.path, self.query, largest, self.now)

    def page(self, position: Position, listing: Callable[[], Sequence[T]]) -> tuple[Sequence[T], dict[str, Any]]:
        """The records of the call's page and the paging fields; `listing` makes all records where they are not kept."""
        return self.account.pager.page(self.path, self.query, position, listing)
