"""Every field of every documented example arrives: both vendors' published answers, over HTTP, through the real assets.

Each example is answered where its path is asked; the tables that are made of it are fetched by the real planner and
client, landed, typed and stored with nothing hidden (`REPORTING_PRIVACY=full`). Then every leaf of the payload must stand
in a typed column, or, if no column reads it, in `_extra`; secrets must stand nowhere.

`make contract` runs the same suite with every request put to Prism, which refuses what breaks the vendor's contract.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests

from reporting_assets import contracts
from reporting_assets.contracts.asking import Asking, PerItem, PerListed
from reporting_assets.contracts.model import Endpoint, Parse, Table, Type
from reporting_assets.contracts.places import root_paths
from reporting_assets.orchestration.vendors import vendors as open_vendors
from reporting_assets.orchestration.work import Work, open_work
from reporting_assets.periods import key_of
from reporting_assets.settings import Settings
from reporting_assets_tests import reference
from reporting_assets_tests.integration import arrivals, harness
from reporting_assets_tests.integration.documented import (
    Names,
    Vendors,
    examples,
    fields,
    is_blank,
    is_deprecated_name,
    plain,
    rows_in,
)

pytestmark = pytest.mark.integration

DAY = date(2022, 3, 15)  # of items that details are asked about; near the examples' own dates
FETCHED = [table for table in contracts.TABLES if not table.is_derived]
PRISM = "REPORTING_CONTRACT_PRISM"  # the package that npx runs; set by `make contract`

# Fields by which examples say which instance they are about.
INSTANCE = frozenset({"uuid", "meeting_uuid", "webinar_uuid", "meetingId", "meetingInstanceId"})
# Documented, and left to `_extra` on purpose.
UNTYPED = {
    *(("zoom.daily_usage", f"_answer.{name}") for name in ("year", "month")),  # echoes of the request
    *(  # of lists of meetings that somebody joined (`pastJoined`), which are not asked for
        (table_id, name)
        for table_id in ("zoom.meetings", "zoom.webinars")
        for name in ("join_time", "leave_time", "join_waiting_room_time")
    ),
    ("zoom.webinars", "session_key"),  # of the Video SDK's meetings, which stand in the same list
}
# The settings that make a way of asking count.
SETTING_OF = {
    "meetings_from": "zoom_meetings_from",
    "participants_from": "zoom_participants_from",
    "quality_sample": "zoom_quality_sample",
    "unflagged": "zoom_details_of_unflagged",
}


@dataclass(frozen=True)
class Case:
    """One example of one path, and what is made of it."""

    vendor: str
    path: str
    example: str

    @property
    def body(self) -> dict[str, Any]:
        return examples(self.vendor, self.path)[self.example]

    @cached_property
    def uses(self) -> list[tuple[Table, Asking, Endpoint]]:
        """Every way in which a table asks this path."""
        return [
            (table, ask, table.endpoint(ask.endpoint))
            for table in FETCHED
            for ask in table.asks
            if plain(table.endpoint(ask.endpoint).path) == self.path
            and str(table.endpoint(ask.endpoint).service).startswith(self.vendor)
        ]

    @cached_property
    def fields(self) -> list[tuple[Names, Any]]:
        """Every leaf of the example, as it should be found in a landed record."""
        _, _, endpoint = self.uses[0]
        return list(fields(self.body, endpoint.rows_at, endpoint.also_rows_at))

    @property
    def started_at(self) -> str | None:
        """When the meeting or webinar began that the example is about; None where it does not say."""
        return next((value for names, value in self.fields if names == ("_answer", "start_time")), None)


def cases() -> list[Case]:
    if not (reference.ROOT / "api").is_dir():
        return []
    found = []
    for table in FETCHED:
        for ask in table.asks:
            endpoint = table.endpoint(ask.endpoint)
            vendor = str(endpoint.service).partition("_")[0]
            found += [Case(vendor, plain(endpoint.path), name) for name in examples(vendor, endpoint.path)]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module", params=["prism" if os.environ.get(PRISM) else "served"])
def upstream(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Nobody behind the server; or, for `make contract`, Prism with both contracts."""
    if request.param == "served":
        yield {}
        return
    if shutil.which("npx") is None:
        pytest.skip("Prism needs npx, which comes with Node.js and is not installed here")
    with prism("zoom") as zoom, prism("webex") as webex:
        yield {"zoom": zoom, "webex": webex}


@contextmanager
def prism(vendor: str) -> Iterator[str]:
    """Prism on a free port of 127.0.0.1, with a vendor's contract."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["npx", "--yes", os.environ[PRISM], "mock", "-h", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(
        [*command, str(reference.find(f"api/{vendor}-openapi.json"))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process)
            yield address
        finally:
            os.killpg(process.pid, 15)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 180  # npx may have to fetch it first
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.get(address, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"Prism did not answer at {address}")


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.vendor}{case.path}-{case.example}")
def test_every_documented_field_arrives(case: Case, upstream: dict[str, str], tmp_path: Path) -> None:
    rows: dict[str, list[arrivals.Row]] = {}
    runs: set[tuple[str, str, str]] = set()
    for table, ask, endpoint in case.uses:
        for key in keys_of(case, table, ask, endpoint):
            run = (table.id, key, str(ways_of(ask)))
            if run in runs:
                continue
            with Vendors(upstream) as served:
                rows.setdefault(table.id, []).extend(fetched(served, case, table, ask, key, tmp_path / str(len(runs))))
                assert served.refused == []
            runs.add(run)
    made = {name: found for name, found in rows.items() if found}
    assert made, "no row came of it"
    assert [problem for names, value in case.fields for problem in lost(case, names, value, made)] == []


def lost(case: Case, names: Names, value: Any, rows: Mapping[str, Sequence[arrivals.Row]]) -> list[str]:
    """What is wrong with the arrival of one field, for each table that has rows of the example."""
    return [problem for name, found in rows.items() if (problem := lost_in(case, name, names, value, found))]


def lost_in(case: Case, table_id: str, names: Names, value: Any, rows: Sequence[arrivals.Row]) -> str:
    """The same for one table; empty where the field is there."""
    endpoints = {endpoint.name: endpoint for table, _, endpoint in case.uses if table.id == table_id}
    table = contracts.table(table_id)
    known = [found for endpoint in endpoints.values() for found in arrivals.readers(table, endpoint, names)]
    secret = [found for found in known if arrivals.is_never_stored(found)]
    if secret:
        stored = [each.name for each in secret if any(one is not None for one in each.values(rows))]
        return f"{'.'.join(names)}: a secret is stored in {stored}" if stored else ""
    if known and (is_blank(value) or any(arrivals.arrived(found, rows, value) for found in known)):
        return ""
    if not known and arrivals.is_in_extra(names, value, rows):
        return ""
    if any(stands_for(case, found, names) for found in known):
        return ""
    where = ", ".join(dict.fromkeys(found.name for found in known)) or f"{table_id}._extra"
    return f"{'.'.join(names)} = {value!r} is not in {where}"


def stands_for(case: Case, found: arrivals.Found, names: Names) -> bool:
    """Whether a field is only an older name of the one that its column reads first, which the example fills too."""
    _, _, endpoint = case.uses[0]
    source = found.column.field_in(endpoint.name)
    if source is None or source.fallback != ".".join(names):
        return False
    present = tuple(source.path.split("."))
    filled = any(each == present and not is_blank(value) for each, value in case.fields)
    return filled and is_deprecated_name(case.vendor, case.path, endpoint.rows_at, names, present)


def fetched(served: Vendors, case: Case, table: Table, ask: Asking, key: str, folder: Path) -> list[arrivals.Row]:
    """The rows that a partition of a table has of the example."""
    served.chosen[case.path] = case.example
    for each, other, endpoint in case.uses:
        if each is table and len(other.passes) > 1:
            served.only_for[case.path] = (endpoint.rows_at, other.passes[0])
    work = work_for(served, folder, ask, key)
    if isinstance(ask, PerItem):
        fetch_parent(served, case, work, contracts.table(ask.parent), key)
    if isinstance(ask, PerListed):
        lead_to(served, case, table, ask)
    done = harness.ingest(work, table.id, [key])
    assert done.failures == {}, done.sentence
    found = harness.rows(work, table.id, key, without=frozenset()).to_pylist()
    return [row for row in found if plain(row["_endpoint"]) == case.path]


def keys_of(case: Case, table: Table, ask: Asking, endpoint: Endpoint) -> list[str]:
    """The partitions in which the example's rows belong."""
    column = table.column(table.partition_by) if table.partition_by else None
    source = column.field_in(endpoint.name) if column else None
    days = {DAY}
    if source is not None and not source.path.startswith("$request"):
        paths = root_paths(endpoint, source)
        days = {_day(value, source.parse) for names, value in case.fields if names in paths and not is_blank(value)}
    elif isinstance(ask, PerItem):
        days = {_day(case.started_at, Parse.PLAIN)} if case.started_at else days
    elif not isinstance(ask, PerListed):
        days = {date.fromisoformat(str(case.body["from"])[:10])} if "from" in case.body else days
    return sorted({key_of(table.partition, day) for day in days})


def _day(value: Any, parse: Parse) -> date:
    if parse is Parse.EPOCH_MILLISECONDS:
        return datetime.fromtimestamp(int(value) / 1000, UTC).date()
    if parse is Parse.US_MINUTE:
        return datetime.strptime(value, "%m/%d/%Y %H:%M").date()  # noqa: DTZ007 UTC
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()


def ways_of(ask: Asking) -> dict[str, Any]:
    """The settings under which a way of asking counts."""
    return {SETTING_OF[name]: value for name, value in ask.when.items() if name in SETTING_OF}


def work_for(served: Vendors, folder: Path, ask: Asking, key: str) -> Work:
    """A lake of its own in which nothing is hidden, at a moment at which the vendor still answers for `key`."""
    last = date.fromisoformat(key if len(key) > len("yyyy-MM") else f"{key}-28")
    now = datetime(last.year, last.month, last.day, 12, tzinfo=UTC) + timedelta(days=2)
    settings = Settings(
        _env_file=None,
        **{
            "reporting_source": "sandbox",
            "reporting_privacy": "full",
            "reporting_lake": folder / "lake",
            "reporting_warehouse": folder / "reporting.duckdb",
            "zoom_has_qss": True,
            "zoom_quality_random_percent": 100,
            **served.settings(),
            **ways_of(ask),
        },
    )
    return replace(open_work(settings), connect=lambda: open_vendors(settings, harness.PATIENT), now=lambda: now)


def lead_to(served: Vendors, case: Case, table: Table, ask: PerListed) -> None:
    """Let the listing name the item that the example is about, where it says which."""
    own = {endpoint.name: endpoint for endpoint in table.endpoints}
    listing = own.get(ask.listing) or contracts.endpoint(ask.listing)
    about = next((value for names, value in case.fields if names == ("_answer", "id")), None)

    def bent(body: dict[str, Any]) -> dict[str, Any]:
        for row in rows_in(body, listing.rows_at) if about else ():
            row["id"] = about
        return body

    served.patches[plain(listing.path)] = bent


def fetch_parent(served: Vendors, case: Case, work: Work, parent: Table, key: str) -> None:
    """Fetch the list that a report asks about item by item, bent so that it names the item that the example is about, with
    everything used in it; and once more, for series have several instances."""
    endpoint, ask = next(
        (parent.endpoint(ask.endpoint), ask)
        for ask in parent.asks
        if all(str(work.settings.plan_values[name]) == value for name, value in ask.when.items())
    )
    moment = case.started_at or f"{key if len(key) > len('yyyy-MM') else f'{key}-15'}T12:00:00Z"
    instance = next((value for names, value in case.fields if names[-1] in INSTANCE), None)

    def bent(body: dict[str, Any]) -> dict[str, Any]:
        rows = rows_in(body, endpoint.rows_at)
        for row in rows:
            _set_moment(parent, endpoint, row, moment)
            row |= dict.fromkeys(("has_poll", "has_qa", "has_survey", "has_screen_share"), True)
            row |= {name: instance for name in ("uuid", "meetingId") if name in row and instance}
        again = [copy.deepcopy(row) for row in rows]
        for row in again:
            row |= {name: f"{row[name]}2" for name in ("uuid", "meetingId") if name in row}
        rows += again
        return body

    served.patches[plain(endpoint.path)] = bent
    if len(ask.passes) > 1:
        served.only_for[plain(endpoint.path)] = (endpoint.rows_at, ask.passes[0])
    done = harness.ingest(work, parent.id, [key_of(parent.partition, _day(moment, Parse.PLAIN))])
    assert done.failures == {}, done.sentence
    assert done.committed[0].rows, f"{parent.id} has no item to ask about"


def _set_moment(parent: Table, endpoint: Endpoint, row: dict[str, Any], moment: str) -> None:
    """Let the listed item begin at this moment."""
    column = parent.column(parent.partition_by) if parent.partition_by else None
    source = column.field_in(endpoint.name) if column else None
    if column is not None and source is not None:
        row[source.path] = moment[:10] if column.type is Type.DATE else moment


def test_documented_fields_have_columns_of_their_own() -> None:
    """Keeping a field in `_extra` is for what the vendors add one day, not for what they document."""
    reference.find("api/zoom-openapi.json")
    untyped = set()
    for case in cases():
        for table, _, endpoint in case.uses:
            read = [names for names, _ in case.fields if any(arrivals.readers(table, endpoint, names))]
            untyped |= {(table.id, ".".join(names)) for names, _ in case.fields if names not in read}
    assert untyped == UNTYPED


def test_prism_refuses_what_breaks_the_contract(upstream: dict[str, str]) -> None:
    """Else it would prove nothing about our requests."""
    with Vendors(upstream) as served:
        status, _ = served.answer("/v2/metrics/meetings?type=past&page_size=300")  # without a range
        assert status == (400 if upstream else 200)
        assert len(served.refused) == len(upstream) // 2
        status, _ = served.answer("/v2/metrics/meetings?type=past&page_size=300&from=2022-01-01&to=2022-01-02")
        assert status == 200


def test_the_reference_is_walked_whole() -> None:
    """Fields are counted once more, by pattern alone: a walk that skips some would prove nothing."""
    body = examples("zoom", "/report/chat/sessions/{}")["documented"]
    scalars = re.findall(r'(?:: |\[|, )("(?:[^"\\]|\\.)*"(?!:)|-?\d[\d.]*|true|false|null)', json.dumps(body))
    counted = [names for names, _ in fields(body, "messages", ("edited_messages", "deleted_messages"))]
    paging = [name for name in ("from", "to", "next_page_token", "page_size") if name in body]
    assert len(counted) == len(scalars) - len(paging)


def test_a_field_that_does_not_arrive_is_found() -> None:
    reference.find("api/zoom-openapi.json")
    case = next(case for case in cases() if case.path == "/users")
    empty = {"zoom.users": [dict.fromkeys(column.name for column in contracts.table("zoom.users").all_columns)]}
    value = dict(case.fields)[("email",)]
    assert lost(case, ("email",), value, empty) == [
        f"email = {value!r} is not in zoom.users.user_key, zoom.users.email"
    ]
    assert lost(case, ("unknown_to_us",), 1, empty) == ["unknown_to_us = 1 is not in zoom.users._extra"]
