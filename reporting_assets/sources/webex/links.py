"""From one page to the next: the `Link` header (RFC 8288), and whether what it names may be followed.

Reading and checking only; calls belong in `client`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from reporting_assets.sources.errors import BadRequestError, ServerError

_TARGET = re.compile(r"\s*,?\s*<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([^\s=;,"<>]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')
_URL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # nothing that two readers of addresses could read apart
_PORTS = {"http": 80, "https": 443}

# What decides which rows are listed. The others (dates, page size) may come back written otherwise.
_IDENTIFYING = ("siteUrl", "serviceType", "meetingId")
_OF_THE_PAGE = frozenset({"max"})


def next_target(header: str) -> str | None:
    """The target of the first link with `rel="next"`, as written; None where there is none.

    Raises ValueError for a header that cannot be read to its end: to take it as the last page would lose rows.
    """
    position = 0
    while found := _TARGET.match(header, position):
        position = found.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            name, quoted, plain = parameter.groups()
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or ""
            parameters.setdefault(name.lower(), value)  # only the first of a name counts
        # A link with an anchor speaks of another resource than the one that was asked for.
        if "next" in parameters.get("rel", "").lower().split() and "anchor" not in parameters:
            return found.group(1)
    if header[position:].strip(" \t,;"):
        raise ValueError("not a Link header")
    return None


def next_url(header: str, asked: str, base: str, sent: Mapping[str, str | int], said_as: str) -> str | None:
    """The address of the next page: as the vendor wrote it, on the host of `base`; None on the last page.

    `asked` is the address that was answered, `sent` what the listing was asked with, `said_as` how errors name it. A
    parameter of the listing that the link has lost is put back: without its site the vendor would go on with another
    one. Raises BadRequestError where the link leads to another host, ServerError where it leads to another listing or
    cannot be read.
    """
    try:
        target = next_target(header)
    except ValueError:
        raise ServerError(f"{said_as}: Webex's link to the next page cannot be read; try again later.") from None
    if target is None:
        return None
    url = urljoin(asked, target)
    if not _URL.fullmatch(target) or _origin(url) != _origin(base):
        raise BadRequestError(
            f"{said_as}: Webex's link to the next page leads to another host than the one asked, so it was not followed; "
            "check WEBEX_API_URL, WEBEX_ANALYTICS_URL and what stands between here and Webex."
        )
    parts = urlsplit(url)
    there = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in _IDENTIFYING:
        if name in sent and name in there and there[name].lower() != str(sent[name]).lower():
            raise ServerError(f"{said_as}: Webex's link to the next page has another {name}; try again later.")
    lost = {name: value for name, value in sent.items() if name not in there and name not in _OF_THE_PAGE}
    url = parts._replace(fragment="").geturl()
    if lost:
        url += ("&" if parts.query else "?") + urlencode(lost)
    return url


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None where there is no telling, or where credentials stand in the address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme.lower(), parts.hostname.lower(), port
