"""Which calls each Zoom table needs: partitions into units of landing, units into requests.

A unit is what is landed and sealed together; neighbouring partitions share units. No input or output of its own: the
one thing that must be asked before a unit's requests are known (who hosted) is asked through the client handed in.
The dates of a plan are computed in `windows`; which columns come out of the records is the contracts' matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Protocol

from reporting_assets import contracts
from reporting_assets.contracts.model import Endpoint
from reporting_assets.sources.errors import OutOfReachError
from reporting_assets.sources.model import Page, Request
from reporting_assets.sources.windows import chunks, month_window, slice_days, slices_of

Meeting = tuple[str, str, str]  # meeting_uuid, started_at as ISO 8601 text, listing ('past' or 'pastOne')
WEBINAR_TYPES = frozenset({"5", "6", "9"})  # webinars stand among the meetings in a host's list
LISTINGS = ("past", "pastOne")  # two people or more, and one person alone: Zoom lists them apart


@dataclass(frozen=True)
class PlanOptions:
    """Where meetings and participants are taken from, and the present moment (UTC)."""

    meetings_from: Literal["dashboards", "hosts"]
    participants_from: Literal["past_meetings", "report"]
    now: datetime


class Lister(Protocol):
    """What a unit needs of a client."""

    def pages(self, request: Request) -> Iterator[Page]:
        """The pages of a listing."""


class Requests(Sequence[Request]):
    """Requests made one by one from what they are about, so that half a million do not stand in memory at once."""

    def __init__(self, subjects: Sequence[Any], make: Callable[[Any], Request]) -> None:
        self._subjects = subjects
        self._make = make

    def __len__(self) -> int:
        return len(self._subjects)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Requests(self._subjects[index], self._make)
        return self._make(self._subjects[index])


@dataclass(frozen=True)
class Unit:
    """What is landed together under `name`, and the partitions (of those planned) that are typed from it.

    `discovery` are requests whose records say what the unit's own requests are; they are not landed.
    """

    name: str
    partition_keys: tuple[str, ...]
    make: Callable[[Iterable[Mapping[str, Any]]], Sequence[Request]]
    discovery: tuple[Request, ...] = ()

    def stages(self, client: Lister) -> Iterator[Sequence[Request]]:
        """The requests to land, in stages: all of one stage before the next.

        Discovery is asked through `client` each time, also when a unit is resumed: it is a few calls, and its records
        are not kept.
        """
        yield self.make(
            record for request in self.discovery for page in client.pages(request) for record in page.records
        )


def plan(
    table_id: str,
    partition_keys: Sequence[str],
    options: PlanOptions,
    meetings: Callable[[str], Iterable[Meeting]] | None = None,
) -> list[Unit]:
    """The units that these partitions need, each once, in order of time.

    Plan a whole range at once: neighbours share units, and per-host lists then cover the range in one call per host.
    `meetings(key)` gives the day's meetings; only `zoom.meeting_participants` needs it. Raises KeyError for a table
    that is not fetched from Zoom, OutOfReachError where `check_reach` does.
    """
    for key in partition_keys:
        check_reach(table_id, key, options.now)
    match table_id:
        case "zoom.users":
            return [_fixed(key, (key,), _users()) for key in partition_keys]
        case "zoom.daily_usage":
            return [_fixed(key, (key,), [_daily_usage(key)]) for key in partition_keys]
        case "zoom.hosts":
            return [_fixed(key, (key,), _hosts(key, options.now)) for key in partition_keys]
        case "zoom.meetings" if options.meetings_from == "dashboards":
            return _meetings_by_day(partition_keys, options.now)
        case "zoom.meetings":
            return _meetings_by_host(partition_keys, options.now)
        case "zoom.meeting_participants":
            if meetings is None:
                raise ValueError("zoom.meeting_participants is planned from zoom.meetings; pass `meetings`")
            return [_participants(key, options.participants_from, meetings) for key in partition_keys]
    raise KeyError(f"{table_id} is not fetched from Zoom")


def check_reach(table_id: str, partition_key: str, now: datetime) -> None:
    """Raises OutOfReachError where Zoom no longer answers, or cannot answer yet, for the partition."""
    table = contracts.table(table_id)
    first = _first_day(partition_key)
    today = now.astimezone(UTC).date()
    if first > today:
        raise OutOfReachError(
            f"{table_id} {partition_key} has not begun (it is {today} in UTC); ask for it when it is over."
        )
    limits = [endpoint.look_back_days for endpoint in table.endpoints if endpoint.look_back_days is not None]
    if not limits:
        return
    oldest = today - timedelta(days=min(limits))
    # A month is refused by its first day: a month asked for in part would look like a whole one.
    if first < oldest:
        raise OutOfReachError(
            f"{table_id} {partition_key} is older than Zoom answers for ({table.endpoints[0].look_back}, so back to "
            f"{oldest}); take it from a backup of the lake, or leave it out."
        )


def keep(table_id: str, endpoint_name: str, record: Mapping[str, Any]) -> bool:
    """Whether a record belongs into the table: webinars stand among the meetings of a host's list and do not."""
    if table_id == "zoom.meetings" and endpoint_name == _endpoint("zoom.meetings", "report_user_meetings").name:
        return str(record.get("type")) not in WEBINAR_TYPES
    return True


def probe(endpoint: Endpoint, now: datetime) -> Request:
    """A small request that any account may answer, to see whether the endpoint is open: yesterday, or this month.

    Raises ValueError for an endpoint that asks about one item.
    """
    if "{" in endpoint.path:
        raise ValueError(f"{endpoint.path} asks about one item; items that may not exist are never asked for")
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    window = {"from": yesterday.isoformat(), "to": yesterday.isoformat()}
    params: dict[str, dict[str, str | int]] = {
        "list_users": {"status": "active"},
        "report_daily": {"year": yesterday.year, "month": yesterday.month},
        "report_users": {"type": "active", **window},
        "metrics_meetings": {"type": "past", **window},
    }
    return Request(endpoint, params=params[endpoint.name])


def _users() -> list[Request]:
    endpoint = _endpoint("zoom.users", "list_users")
    return [
        Request(endpoint, params={"status": status}, columns={"status": status})
        for status in ("active", "inactive", "pending")
    ]


def _daily_usage(month: str) -> Request:
    first = _first_day(month)
    return Request(_endpoint("zoom.daily_usage", "report_daily"), params={"year": first.year, "month": first.month})


def _hosts(month: str, now: datetime) -> list[Request]:
    first, last = month_window(_first_day(month), now)
    return [_report_users(activity, first, last) for activity in ("active", "inactive")]


def _report_users(activity: str, first: date, last: date) -> Request:
    return Request(
        _endpoint("zoom.hosts", "report_users"),
        params={"type": activity, "from": first.isoformat(), "to": last.isoformat()},
        columns={"type": activity},
    )


def _meetings_by_day(keys: Sequence[str], now: datetime) -> list[Unit]:
    endpoint = _endpoint("zoom.meetings", "metrics_meetings")
    days = [date.fromisoformat(key) for key in keys]
    return [
        _fixed(
            day.isoformat(),
            _needing(keys, day, day),
            [
                Request(
                    endpoint,
                    params={"type": listing, "from": day.isoformat(), "to": day.isoformat()},
                    columns={"type": listing},
                )
                for listing in LISTINGS
            ],
        )
        for day in slice_days(days, now)
    ]


def _meetings_by_host(keys: Sequence[str], now: datetime) -> list[Unit]:
    """One call per host and listing for a whole run of days: the calls do not grow with the days.

    So the unit is a range, as long as Zoom allows; a partition at the border of two ranges needs both. Zoom lists only
    hosts that still belong to the account: meetings of people who have left are found by the dashboards alone.
    """
    endpoint = _endpoint("zoom.meetings", "report_user_meetings")

    def unit(first: date, last: date) -> Unit:
        def make(hosts: Iterable[Mapping[str, Any]]) -> Sequence[Request]:
            ids = dict.fromkeys(str(host["id"]) for host in hosts if host.get("id"))
            return Requests([(host, listing) for host in ids for listing in LISTINGS], request)

        def request(subject: tuple[str, str]) -> Request:
            host, listing = subject
            return Request(
                endpoint,
                path={"userId": host},
                params={"type": listing, "from": first.isoformat(), "to": last.isoformat()},
                columns={"type": listing, "user_id": host},
            )

        name = f"hosts-{first.isoformat()}-to-{last.isoformat()}"
        return Unit(name, _needing(keys, first, last), make, (_report_users("active", first, last),))

    return [unit(first, last) for first, last in chunks(slice_days([date.fromisoformat(key) for key in keys], now))]


def _participants(key: str, source: str, meetings: Callable[[str], Iterable[Meeting]]) -> Unit:
    past = _endpoint("zoom.meeting_participants", "past_meeting_participants")
    report = _endpoint("zoom.meeting_participants", "report_meeting_participants")

    def request(meeting: Meeting) -> Request:
        uuid, started_at, listing = meeting
        # Reports leave out meetings of one person; the other call has them.
        endpoint = report if source == "report" and listing == "past" else past
        columns = {"meeting_uuid": uuid, "meeting_started_at": started_at}
        return Request(endpoint, path={"meetingId": uuid}, columns=columns)

    # A landing of its own per source: joins of both would stand side by side in one that is resumed.
    name = key if source == "past_meetings" else f"report-{key}"
    return Unit(name, (key,), lambda _: Requests(list(meetings(key)), request))


def _fixed(name: str, keys: tuple[str, ...], requests: Sequence[Request]) -> Unit:
    return Unit(name, keys, lambda _: requests)


def _needing(keys: Sequence[str], first: date, last: date) -> tuple[str, ...]:
    """The day partitions that need any slice from `first` to `last`."""
    return tuple(key for key in keys if any(first <= day <= last for day in slices_of(date.fromisoformat(key))))


def _first_day(partition_key: str) -> date:
    return date.fromisoformat(partition_key if len(partition_key) > len("yyyy-MM") else f"{partition_key}-01")


def _endpoint(table_id: str, name: str) -> Endpoint:
    return contracts.table(table_id).endpoint(name)
