"""The vocabulary contracts are written in.

Here: the shapes (`Table`, `Column`, `Endpoint`, ...) every report and derived table is described with, and the
questions other layers may ask of them. Not here: any particular table (their own modules), any input or output, and
anything of Dagster, DuckDB or Arrow: those layers translate contracts into their own types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from reporting_assets.contracts.asking import Asking, Snapshot


class Type(StrEnum):
    """What a value is, independent of any engine."""

    TEXT = "text"
    INTEGER = "integer"  # 64 bits, signed
    NUMBER = "number"  # double precision
    DECIMAL = "decimal"  # exact, 18 digits of which 4 are decimals: money
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"  # UTC, microseconds
    DATE = "date"
    JSON = "json"  # text that holds one JSON value
    LIST = "list"  # a list of structs; `Column.items` says of what


class Parse(StrEnum):
    """How a vendor's JSON value becomes a column's value. An empty string always means unknown (NULL)."""

    PLAIN = "plain"  # as the type says; timestamps are ISO 8601, without a zone they are UTC
    US_MINUTE = "us_minute"  # 'MM/dd/yyyy HH:mm', UTC
    CLOCK_SECONDS = "clock_seconds"  # 'mm:ss' or 'h:mm:ss', hours may exceed 24
    MINUTES_AS_SECONDS = "minutes_as_seconds"  # a number of minutes
    EPOCH_MILLISECONDS = "epoch_milliseconds"  # milliseconds since 1970, UTC
    KBPS = "kbps"  # '27.15 kbps', '27.15kbps', '1.2 Mbps', '800 bps'
    MILLISECONDS = "milliseconds"  # '126 ms', '0ms', '1.5 s'
    PERCENT = "percent"  # '0.03%', '2 %'; stays in percent
    FRAMES = "frames"  # '12 fps'
    WIDTH = "width"  # of '1280*720' or '1280x720'
    HEIGHT = "height"
    BYTES = "bytes"  # '6.6 GB', '3 MB', '512 KB', a bare number; 1 KB is 1024 bytes; 'Unlimited' is unknown
    AFTER_COLON = "after_colon"  # 'Computer : 10.100.93.138': what stands after the first colon
    BRACED_ID = "braced_id"  # '{27ED2949-...}' and '27ed2949-...' are one id: bare, lower case
    LOWER = "lower"  # a word whose case means nothing: 'ATTENDEE' and 'attendee' are one


class Personal(StrEnum):
    """What a column says about a person; the privacy policy decides by this class, never by column name."""

    NONE = "none"
    USER_ID = "user_id"  # an opaque key of one person
    IDENTITY = "identity"  # names and e-mail addresses
    CONTENT = "content"  # what people wrote: topics, messages, answers
    DEVICE = "device"  # addresses and names of machines
    SECRET = "secret"  # noqa: S105 tokens, host keys, download addresses: never stored, whatever the policy


class Partition(StrEnum):
    """One partition is one UTC day or one UTC calendar month."""

    DAY = "day"
    MONTH = "month"


class Service(StrEnum):
    """Who is asked, and under which base address."""

    ZOOM = "zoom"
    WEBEX = "webex"  # https://webexapis.com/v1
    WEBEX_ANALYTICS = "webex_analytics"  # https://analytics.webexapis.com/v1


class RateLabel(StrEnum):
    """The vendors' rate buckets; each has its own limit, shared by every app of the account."""

    LIGHT = "LIGHT"
    MEDIUM = "MEDIUM"
    HEAVY = "HEAVY"
    RESOURCE_INTENSIVE = "RESOURCE-INTENSIVE"
    WEBEX = "WEBEX"  # Webex publishes no figure for these endpoints, so a cautious one of ours


class Additivity(StrEnum):
    """How a measure may be rolled up by whoever reads the table."""

    SUM = "sum"
    MAX = "max"
    NONE = "none"  # recompute from the facts at the grain wanted


@dataclass(frozen=True, slots=True)
class Field:
    """Where a column's value stands in an endpoint's record, and how it is written there.

    `path` is dotted (`a.b`) and stands in the record, which is the element of `Endpoint.each` where there is one.
    Elsewhere stand: `$parent.name`, in the record around that element; `$leg.name`, in the leg's own object;
    `$label.name`, a label of the leg; `$request.name`, a value of the request that fetched the record. Places, all
    from 0: `$place`, of the element in `each`; `$parent_place`, of the record in its listing; `$index`, among the leg's
    parallel series; `$twin`, among the rows of the request that the rest of the table's key cannot tell apart. In
    records of an answer with more than rows, `_answer` holds its other fields (`_answer.currency`) and `_array` names
    the list the record stood in. `fallback` is a second path, read where the
    first is absent or empty.
    """

    path: str
    parse: Parse = Parse.PLAIN
    fallback: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)  # how the vendor's words read here; others stay


@dataclass(frozen=True, slots=True)
class Item:
    """One field of the structs in a list column. `path` stands in the list's element; '' is the element itself.

    The privacy policy decides about it by the stricter of its own class and its column's.
    """

    name: str
    type: Type
    meaning: str
    path: str
    unit: str | None = None
    personal: Personal = Personal.NONE


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, type, unit, meaning, personal-data class, and where it comes from.

    `source` is its place in every endpoint's record unless `by_endpoint` names another; a `None` there means that
    endpoint does not deliver it. Derived tables have neither: their SQL is the source.
    """

    name: str
    type: Type
    meaning: str
    unit: str | None = None
    personal: Personal = Personal.NONE
    required: bool = False
    source: Field | None = None
    by_endpoint: Mapping[str, Field | None] = field(default_factory=dict)
    additivity: Additivity | None = None
    items: tuple[Item, ...] = ()  # of a LIST

    def field_in(self, endpoint: str) -> Field | None:
        """Where this column stands in a record of `endpoint`; None where that endpoint does not deliver it."""
        return self.by_endpoint.get(endpoint, self.source)


@dataclass(frozen=True, slots=True)
class Leg:
    """A field of a record whose object becomes a row of its own, with `labels` that say what it stands for."""

    path: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One vendor call that lists records: all that is needed to ask, to budget and to explain it.

    A record is one row, unless: `each` names a list in it, whose elements are the rows; `legs` name objects (or lists of
    objects) in that, each of which is a row if it holds any value (a record none of whose legs does is one row without);
    `series` name parallel lists in a leg, whose places are the rows.
    """

    name: str
    path: str  # with {placeholders}
    rows_at: str  # dotted field of the answer that holds the records, a list or one object; '' is the whole answer
    purpose: str
    rate_label: RateLabel
    scope: str  # granular scope
    classic_scopes: tuple[str, ...]
    plan: str
    look_back: str  # how far back the vendor answers, in words
    doc_url: str
    page_size: int | None = None  # None: the answer has a single page
    params: Mapping[str, str | int] = field(default_factory=dict)  # sent with every call
    look_back_days: int | None = None
    service: Service = Service.ZOOM
    also_rows_at: tuple[str, ...] = ()  # further lists of records; then every record says its list in `_array`
    each: str | None = None
    legs: tuple[Leg, ...] = ()
    series: tuple[str, ...] = ()
    is_optional: bool = False  # a feature an account may lack although its plan could have it

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope that opens this endpoint; any one is enough."""
        return (self.scope, *self.classic_scopes)


@dataclass(frozen=True, slots=True)
class Input:
    """A table that a derived table reads, and how many days before its own partition's first it looks back on.

    A day is derived only where its own partition of every input is there, a month where there is something of that month
    of each. An optional input, of a vendor or feature that an account may lack, is read as empty where it is not; one
    input must be there all the same.
    """

    table: str  # 'schema.name'
    days_before: int = 0
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """A row-level truth: `predicate` is SQL over one row of the table and must never be false.

    `blocking` expectations stop a partition from replacing the one before; the others warn and name examples.
    """

    name: str
    predicate: str
    meaning: str
    blocking: bool = False


@dataclass(frozen=True)
class Table:
    """One table: asset, lake folder, DuckDB table and (when derived) SQL file of the same name."""

    schema: str
    name: str
    grain: str  # 'One row per ...'
    about: str  # source, caveats
    partition: Partition
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    endpoints: tuple[Endpoint, ...] = ()
    inputs: tuple[Input, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    asks: tuple[Asking, ...] = ()  # of a fetched table: which requests its partitions need
    partition_by: str | None = None  # timestamp or date column whose UTC date decides the partition of a fetched row
    only: Mapping[str, str] = field(default_factory=dict)  # by endpoint: SQL over the row; others are of other tables
    group: str = ""  # in Dagster's UI; the schema where empty
    priority: int = 1  # order in which a day's calls are spent: 1 lists, 2 participants, 3 webinars, 4 quality, 5 rooms
    row_floor: int = 1  # fewer rows than this in a partition is a surprise (a warning)

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        doubled = sorted({name for name in names if names.count(name) > 1})
        unknown = sorted(set(self.key) - set(names))
        if doubled or unknown:
            raise ValueError(f"{self.id}: columns declared twice {doubled}; key columns not declared {unknown}")

    @property
    def id(self) -> str:
        """`schema.name`, as in DuckDB."""
        return f"{self.schema}.{self.name}"

    @property
    def is_derived(self) -> bool:
        """Whether SQL makes this table, rather than a vendor."""
        return not self.endpoints

    @property
    def is_snapshot(self) -> bool:
        """Whether the vendor answers with the present state alone, whichever partition is asked for."""
        return any(isinstance(ask, Snapshot) for ask in self.asks)

    @property
    def description(self) -> str:
        """The grain sentence, then source and caveats."""
        return f"{self.grain} {self.about}"

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns as stored: partition value, the table's own columns, lineage."""
        from reporting_assets.contracts.lineage import lineage_columns, partition_column

        return (partition_column(self.partition), *self.columns, *lineage_columns(derived=self.is_derived))

    def column(self, name: str) -> Column:
        """The stored column called `name`; KeyError where there is none."""
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.id} has no column {name}")

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of this table called `name`; KeyError where there is none."""
        for endpoint in self.endpoints:
            if endpoint.name == name:
                return endpoint
        raise KeyError(f"{self.id} is not fetched from {name}")
