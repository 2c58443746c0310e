"""What may be stored about people. Applied to what vendors answer before its first byte is written.

A contract gives every column a class (`Personal`); the policy decides by that class what becomes of the JSON field
the column is read from. Fields no contract knows are judged here too. Nothing is read or written here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any

from reporting_assets.contracts.model import Column, Item, Parse, Personal, Table, Type
from reporting_assets.contracts.places import request_names, root_paths
from reporting_assets.lake.errors import PrivacyError

STANDARD, PSEUDONYMOUS, FULL = "standard", "pseudonymous", "full"
SHORTEST_KEY = 32  # bytes: a shorter key than the digest could be searched

# Identity columns worth a pseudonym.
_ADDRESSES = frozenset({"email", "host_email", "receiver_email", "sender_email", "user_email", "user_key"})
_SECRET_NAME = re.compile(
    r"(^|_)(token|tokens|password|passwords|passcode|passwd|pwd|secret|secrets|jwt|zak|credential|credentials|"
    r"api_key|private_key|access_key|host_key|hostkey|host_access_code|authorization)(_|$)"
    r"|(^|_)(download|play|join|start)_(url|link|uri|address)s?(_|$)"
)
# Names under which a vendor's new field would hold what `standard` does not store: machines, telephones, what was said.
_PRIVATE_NAME = re.compile(
    r"(^|_)(ip|ips|mac|imei|device|devices|computer|pc|hostname|harddisk|hard_disk|disk|serial|network|location|geo|latitude|"
    r"longitude|phone|phones|telephone|mobile|caller|callee|address|addresses|topic|agenda|message|messages|text|transcript|"
    r"summary|comment|comments|answer|answers|question|questions|chat)(_|$)"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATOR = re.compile(r"[^a-z0-9]+")


class Action(IntEnum):
    """What becomes of a field, mildest first: where two columns read one field, the strictest wins."""

    KEEP = 0
    PSEUDONYM = 1
    REMOVE = 2


_NOTHING = object()  # what may not be stored; None is a value
_LEVELS = frozenset({dict, list})  # types of JSON values that hold others


@dataclass
class _Node:
    """One level of the fields that contracts know: an action where a column stands, and the levels below.

    Lists are no level of their own: what stands below is below each of their elements.
    """

    action: Action | None = None
    parse: Parse = Parse.PLAIN
    below: dict[str, _Node] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()  # fields below that stay as they are unless they hold others

    def at(self, names: tuple[str, ...]) -> _Node:
        """The level below `names`, which becomes known."""
        node = self
        for name in names:
            node = node.below.setdefault(name, _Node())
        return node

    def read_as(self, action: Action, parse: Parse = Parse.PLAIN) -> None:
        """A column stands here too."""
        self.action = max(self.action or Action.KEEP, action)
        self.parse = self.parse if parse is Parse.PLAIN else parse

    def finish(self) -> _Node:
        """To be called once all columns are known."""
        for node in self.below.values():
            node.finish()
        self.plain = frozenset(name for name, node in self.below.items() if node.action is Action.KEEP)
        return self

    def mildest_only(self) -> bool:
        return (self.action or Action.KEEP) is Action.KEEP and all(node.mildest_only() for node in self.below.values())


def pseudonym(key: bytes, value: str) -> str:
    """HMAC-SHA-256 of a value, in hex. Addresses are compared without case; ids, whose case matters, are not."""
    text = unicodedata.normalize("NFKC", value.strip())
    if "@" in text:
        text = text.lower()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=10_000)
def looks_secret(name: str) -> bool:
    """Whether a field of this name may hold a secret, or an address that opens a recording or a meeting."""
    return bool(_SECRET_NAME.search(_words(name)))


@lru_cache(maxsize=10_000)
def looks_private(name: str) -> bool:
    """Whether a field of this name may tell of a person's machine, telephone, place or words."""
    return bool(_PRIVATE_NAME.search(_words(name)))


def _words(name: str) -> str:
    """A field's name in lower case with its words apart, however the vendor wrote it."""
    return _SEPARATOR.sub("_", _HUMP.sub("_", name).lower())


class Policy:
    """`standard`, `pseudonymous` or `full`; `key` (32 bytes or more) is needed by `pseudonymous`.

    Raises PrivacyError for an unknown profile, or a key that is missing or short.
    """

    def __init__(self, profile: str, key: bytes | None = None) -> None:
        if profile not in (STANDARD, PSEUDONYMOUS, FULL):
            raise PrivacyError(f"There is no privacy profile {profile!r}: use standard, pseudonymous or full.")
        if profile == PSEUDONYMOUS and len(key or b"") < SHORTEST_KEY:
            raise PrivacyError(
                f"The pseudonymous profile needs a secret key of {SHORTEST_KEY} bytes or more: set REPORTING_PSEUDONYM_KEY."
            )
        self.profile = profile
        self._key = key or b""

    @property
    def label(self) -> str:
        """Names the profile and the key (without telling it): what was landed under another label is not mixed in."""
        if self.profile != PSEUDONYMOUS:
            return self.profile
        return f"{self.profile}-{pseudonym(self._key, 'key id')[:8]}"

    @property
    def keeps_unknown(self) -> bool:
        """Whether fields that no contract knows are stored."""
        return self.profile != PSEUDONYMOUS

    def action(self, column: Column | Item) -> Action:
        """What becomes of the values of a column, or of a field of the elements of a list column."""
        personal = column.personal
        if personal is Personal.SECRET:
            return Action.REMOVE
        if self.profile == FULL or personal is Personal.NONE:
            return Action.KEEP
        if personal in (Personal.DEVICE, Personal.CONTENT):
            return Action.REMOVE
        if self.profile == STANDARD:
            return Action.KEEP
        is_id = personal is Personal.USER_ID or column.name in _ADDRESSES
        return Action.PSEUDONYM if is_id else Action.REMOVE

    def cleaner(
        self, table: Table, endpoint: str, sharing: Sequence[Table] = ()
    ) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
        """A function that returns records of `endpoint` with only what may be stored; it does not change its input.

        `sharing` are further tables that are made of these records: the strictest treatment of a field counts.
        """
        known = _Node()
        for each in (table, *sharing):
            asked = each.endpoint(endpoint)
            for column in each.columns:
                field_ = column.field_in(endpoint)
                for names in root_paths(asked, field_):
                    node = known.at(names)
                    if column.type is Type.LIST and self.action(column) is not Action.REMOVE:
                        self._read_items(column, node)
                    else:
                        node.read_as(self.action(column), field_.parse if field_ else Parse.PLAIN)
        known.finish()
        return lambda records: [self._level(record, known, self.keeps_unknown) for record in records]

    def _read_items(self, column: Column, node: _Node) -> None:
        for item in column.items:
            names = tuple(item.path.split(".")) if item.path else ()
            is_secret = any(map(looks_secret, names))
            node.at(names).read_as(Action.REMOVE if is_secret else max(self.action(column), self.action(item)))

    def clean_request_columns(
        self, table: Table, columns: Mapping[str, str], sharing: Sequence[Table] = ()
    ) -> dict[str, str]:
        """The values of a request that `$request.` columns of the tables read, as they may be stored; no others."""
        cleaned: dict[str, str] = {}
        for name, value in columns.items():
            readers = [
                column
                for each in (table, *sharing)
                for column in each.columns
                if any(name in request_names(field_) for field_ in (column.source, *column.by_endpoint.values()))
            ]
            strictest = max((self.action(column) for column in readers), default=Action.REMOVE)
            if strictest is not Action.REMOVE:
                cleaned[name] = self._leaf(value, strictest)
        return cleaned

    def request_key(self, key: str) -> str:
        """The name under which a request is remembered: paths hold user ids, which `pseudonymous` does not store."""
        return pseudonym(self._key, key) if self.profile == PSEUDONYMOUS else key

    def note(self, note: str | None) -> str | None:
        """A vendor's remark, which may quote an id; not kept by `pseudonymous`."""
        return note[:500] if note and self.profile != PSEUDONYMOUS else None

    def _level(self, record: dict[str, Any], known: _Node, keeps_unknown: bool) -> dict[str, Any]:
        if record.keys() <= known.plain and _LEVELS.isdisjoint(map(type, record.values())):
            return record  # nothing to decide: most objects of most answers
        kept: dict[str, Any] = {}
        for name, value in record.items():
            node = known.below.get(name)
            if node is None:
                if keeps_unknown and not self._is_unwanted(name):
                    kept[name] = self._unknown(value)
            elif node.action is Action.KEEP and type(value) not in _LEVELS:
                kept[name] = value
            else:
                cleaned = self._known(value, node)
                if cleaned is not _NOTHING:
                    kept[name] = cleaned
        return kept

    def _known(self, value: Any, node: _Node) -> Any:
        """What may be stored of a value that stands where columns are read."""
        if node.action is Action.REMOVE:
            return _NOTHING
        if isinstance(value, list):  # a place in a list says something, so what is removed leaves a null there
            cleaned = [self._known(each, node) for each in value]
            return [None if each is _NOTHING else each for each in cleaned]
        if node.below and isinstance(value, dict):
            if node.action in (None, Action.KEEP):
                return self._level(value, node, self.keeps_unknown or node.action is Action.KEEP)
            return _NOTHING
        if node.action is None:  # a value where a level was expected: unknown, and whose is not known either
            return self._unknown(value) if self.keeps_unknown and node.mildest_only() else _NOTHING
        return self._leaf(value, node.action, node.parse)

    def _is_unwanted(self, name: str) -> bool:
        """Whether a field that no contract knows is left out for what its name says."""
        return looks_secret(name) or (self.profile == STANDARD and looks_private(name))

    def _unknown(self, value: Any) -> Any:
        return _pruned(value, self._is_unwanted)

    def _leaf(self, value: Any, action: Action, parse: Parse = Parse.PLAIN) -> Any:
        if action is Action.KEEP:
            return _pruned(value, looks_secret)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        text = str(value).strip()
        if parse is Parse.BRACED_ID:  # two ways to write one id are one pseudonym
            text = text.strip("{}").lower()
        elif parse is Parse.LOWER:
            text = text.lower()
        return pseudonym(self._key, text) if text else ""


def _pruned(value: Any, is_unwanted: Callable[[str], bool]) -> Any:
    """A value without the fields, at any depth, whose names are unwanted."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {name: _pruned(below, is_unwanted) for name, below in value.items() if not is_unwanted(name)}
    if isinstance(value, list):
        return [_pruned(below, is_unwanted) for below in value]
    return value
