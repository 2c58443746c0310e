"""The vendors as their published contracts show them: a server that answers every path with a documented example, and
what the fields of an example should have become.

No tests here. Examples are answered as they are printed but for three things a real vendor does: page tokens end, `from`
and `to` are those asked for, and a list that only leads to the report under test is bent so that it does.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests

from reporting_assets_tests.reference import find

Names = tuple[str, ...]
Patch = Callable[[dict[str, Any]], dict[str, Any]]
PAGING = frozenset({"next_page_token", "page_count", "page_number", "page_size", "total_records", "from", "to"})
TOKENS = {
    "/oauth/token": {"access_token": "documented-token", "token_type": "bearer", "expires_in": 3600, "scope": ""},
    "/v1/access_token": {
        "access_token": "documented-token",
        "expires_in": 1_209_600,
        "refresh_token": "documented-refresh",
        "refresh_token_expires_in": 7_776_000,
        "scope": "",
    },
}


@cache
def contract(vendor: str) -> dict[str, Any]:
    """A vendor's OpenAPI contract."""
    return json.loads(find(f"api/{vendor}-openapi.json").read_text())


def is_deprecated_name(vendor: str, path: str, rows_at: str, names: Names, present: Names) -> bool:
    """Whether the contract calls a field of the rows outdated and describes it in the words of the present one."""
    operations = {plain(known): operation for known, operation in contract(vendor)["paths"].items()}
    schema = operations[plain(path)]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    def at(way: Names) -> dict[str, Any]:
        found = schema
        for name in way:
            found = found.get("items", found)["properties"][name]
        return found

    rows = tuple(filter(None, rows_at.split(".")))
    old, new = at((*rows, *names)), at((*rows, *present))
    return old.get("deprecated") is True and old["description"].startswith(new["description"].rstrip("."))


def plain(path: str) -> str:
    """A path without the names of its placeholders."""
    return re.sub(r"\{[^}]*\}", "{}", path)


# Missing in the contract; as the vendor's current documentation prints it.
UNPUBLISHED = {
    "/past_meetings/{}/participants": {
        "printed": {
            "next_page_token": "Tva2CuIdTgsv8wAnhyAdU3m06Y2HuLQtlh3",
            "page_count": 1,
            "page_size": 30,
            "total_records": 1,
            "participants": [
                {
                    "id": "30R7kT7bTIKSNUFEuH_Qlg",
                    "name": "Jill Chill",
                    "user_id": "27423744",
                    "registrant_id": "_f08HhPJS82MIVLuuFaJPg",
                    "user_email": "jchill@example.com",
                    "join_time": "2022-03-23T06:58:09Z",
                    "leave_time": "2022-03-23T07:02:28Z",
                    "duration": 259,
                    "failover": False,
                    "status": "in_meeting",
                    "internal_user": False,
                }
            ],
        }
    }
}


def examples(vendor: str, path: str) -> dict[str, dict[str, Any]]:
    """The documented answers of a path, by name. `last_page` is `documented` with an empty token, so it is left out."""
    if vendor == "zoom" and plain(path) in UNPUBLISHED:
        return UNPUBLISHED[plain(path)]
    operations = {plain(known): operation for known, operation in contract(vendor)["paths"].items()}
    content = operations[plain(path)]["get"]["responses"]["200"]["content"]["application/json"]
    return {name: example["value"] for name, example in content["examples"].items() if name != "last_page"}


@dataclass
class Vendors:
    """Both vendors on one port of 127.0.0.1. `chosen` names the example of a path that is answered; the first else.

    With `upstream`, by vendor the address of a server that knows its contract, every request is put to that server,
    which refuses requests that break the contract, and its answer is passed on. `only_for` gives, by path, where an
    answer's rows stand and the parameters without which there are none: a listing that is asked for in several kinds
    shows its example under one of them.
    """

    upstream: Mapping[str, str] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    patches: dict[str, Patch] = field(default_factory=dict)
    only_for: dict[str, tuple[str, Mapping[str, str | int]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __enter__(self) -> Vendors:
        handler = type("Handler", (_Handler,), {"vendors": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def settings(self) -> dict[str, Any]:
        """The settings that lead here."""
        return {
            "zoom_api_url": f"{self.address}/v2",
            "zoom_oauth_url": f"{self.address}/oauth/token",
            "webex_api_url": f"{self.address}/v1",
            "webex_analytics_url": f"{self.address}/v1",
        }

    def answer(self, target: str) -> tuple[int, Any]:
        """Status and body for a GET."""
        parts = urlsplit(target)
        version, _, rest = parts.path.removeprefix("/").partition("/")
        vendor = "zoom" if version == "v2" else "webex"
        found = _template(vendor, f"/{rest}")
        if found is None:
            self.refused.append(f"{target}: no such path")
            return 404, {"code": 3001, "message": "There is no such path."}
        known = examples(vendor, found)
        name = self.chosen.get(found, next(iter(known)))
        if vendor in self.upstream and found not in UNPUBLISHED:
            status, body = self._forwarded(vendor, f"/{rest}?{parts.query}", name)
            if status != 200:
                self.refused.append(f"{target}: {body}")
                return status, body
        else:
            body = copy.deepcopy(known[name])
        query = parse_qs(parts.query)
        body = self.patches.get(found, lambda same: same)(body)
        rows_at, needed = self.only_for.get(found, ("", {}))
        if any(query.get(name, [str(value)])[0] != str(value) for name, value in needed.items()):
            _empty(body, rows_at)
        return 200, _as_asked(body, query)

    def _forwarded(self, vendor: str, target: str, example: str) -> tuple[int, Any]:
        headers = {"Prefer": f"example={example}", "Authorization": "Bearer documented-token"}
        answer = requests.get(self.upstream[vendor] + target, headers=headers, timeout=60)
        return answer.status_code, answer.json()


class _Handler(BaseHTTPRequestHandler):
    vendors: Vendors
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._say(*self.vendors.answer(self.path))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = TOKENS.get(urlsplit(self.path).path)
        self._say(200 if body else 404, body or {})

    def log_message(self, *_: object) -> None:
        """Tests have nothing to say on standard error."""

    def _say(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _template(vendor: str, path: str) -> str | None:
    """The plain path of a contract that a request's path fits; one without placeholders where several do."""
    known = {plain(each) for each in contract(vendor)["paths"]} | (UNPUBLISHED.keys() if vendor == "zoom" else set())
    fitting = [each for each in known if re.fullmatch(each.replace("{}", "[^/]+"), path)]
    return min(fitting, key=lambda each: each.count("{}"), default=None)


def _empty(body: dict[str, Any], rows_at: str) -> None:
    """Take the rows out of a list."""
    *around, last = rows_at.split(".")
    for name in around:
        body = body[name]
    if isinstance(body[last], list):
        body[last] = []
        body |= {name: 0 for name in ("total_records",) if name in body}


def _as_asked(body: Any, query: Mapping[str, list[str]]) -> Any:
    """The last page, of the range that was asked for."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "next_page_token":
                body[name] = ""
            elif name in ("from", "to") and isinstance(value, str) and name in query:
                body[name] = unquote(query[name][0])[: len(value)]
            elif isinstance(value, dict):
                _as_asked(value, query)
    return body


def leaves(value: Any, names: Names = ()) -> Iterator[tuple[Names, Any]]:
    """Every value that is neither an object nor a list, with the names that lead to it; lists have none."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*names, name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, names)
    else:
        yield names, value


def fields(body: dict[str, Any], rows_at: str, also_rows_at: Names) -> Iterator[tuple[Names, Any]]:
    """Every leaf of an answer as it should be found in a landed record; fields of paging and echoes are left out."""
    at = tuple(rows_at.split(".")) if rows_at else ()
    for names, value in leaves(body):
        if not at:
            yield names, value
        elif names[: len(at)] == at:
            yield names[len(at) :], value
        elif names[0] in also_rows_at:
            yield names[1:], value
        elif names[-1] in PAGING and names[:-1] == at[: len(names) - 1]:
            continue
        else:
            yield ("_answer", *names), value


def rows_in(body: dict[str, Any], rows_at: str) -> list[dict[str, Any]]:
    """The objects at a dotted path of an answer; the answer itself where there is no path."""
    value: Any = body
    for name in filter(None, rows_at.split(".")):
        value = value[name]
    return value if isinstance(value, list) else [value]


def is_blank(value: Any) -> bool:
    """Whether a vendor means 'unknown' by it."""
    return value is None or (isinstance(value, str) and not value.strip())
