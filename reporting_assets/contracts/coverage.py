"""What of the vendors' reporting APIs is used, written from the contracts: `python -m reporting_assets.contracts.coverage`.

A test compares `docs/coverage.md` with this, another one compares this with the vendors' published contracts: an
endpoint is used by a table, or it stands in `UNUSED` with the reason.
"""

from __future__ import annotations

from reporting_assets.contracts import TABLES
from reporting_assets.contracts.asking import PerListed
from reporting_assets.contracts.model import Endpoint, Partition, Service, Table

# Reports that the vendors publish and nothing here asks for, by path.
UNUSED = {
    "/metrics/im": (
        "Legacy: it counts messages before 2021-07-01 only, which no longer lie within its six months. `/metrics/chat` "
        "took its place."
    ),
    "/metrics/meetings/{meetingId}": "One call per meeting for what `/metrics/meetings` lists 300 at a time.",
    "/metrics/webinars/{webinarId}": "One call per webinar for what `/metrics/webinars` lists 300 at a time.",
    "/metrics/meetings/{meetingId}/participants/{participantId}/qos": (
        "One call per participant for what `/metrics/meetings/{meetingId}/participants/qos` gives of all."
    ),
    "/metrics/webinars/{webinarId}/participants/{participantId}/qos": (
        "One call per participant for what `/metrics/webinars/{webinarId}/participants/qos` gives of all."
    ),
    "/report/meetings/{meetingId}": (
        "One call per meeting for totals that the lists carry; the totals of joins are recomputed from the joins."
    ),
    "/report/webinars/{webinarId}": (
        "One call per webinar for totals that the lists carry; the totals of joins are recomputed from the joins."
    ),
}
# What is looked for, or was asked for by others, and is not there.
ABSENT = {
    "/metrics/meetings/{meetingId}/participants/{participantId}/sharing": (
        "Does not exist, for webinars neither: `…/participants/sharing` tells of all participants."
    ),
    "/report/meetings?from&to": (
        "Does not exist: meetings of the whole account are listed by `/metrics/meetings`, host by host by "
        "`/report/users/{userId}/meetings`."
    ),
    "/report/webinars/{webinarId}/absentees": "Does not exist: it is `/past_webinars/{webinarId}/absentees`.",
    "/metrics/issues": "Does not exist: issues of rooms are at `/metrics/issues/zoomrooms` and `/metrics/zoomrooms/issues`.",
}
_VENDOR = {Service.ZOOM: "Zoom", Service.WEBEX: "Webex", Service.WEBEX_ANALYTICS: "Webex"}
_COLUMNS = (
    ("endpoint", "assets", "partition", "scope", "plan", "rate label", "look-back", "page size"),
    ("---", "---", "---", "---", "---", "---", "---", "---:"),
)

HEAD = """# Coverage

Every reporting endpoint of Zoom and Webex that is used, by which assets, and what it takes. Written from the contracts
(`reporting_assets/contracts/`) by `make docs`; do not edit. Without the scope or the plan named, the assets beside it
cannot be materialized and say so; an endpoint marked *feature* needs something switched on besides. What the columns mean
is in `data_dictionary.md`.
"""


def coverage() -> str:
    """The whole document."""
    parts = [HEAD]
    for vendor in dict.fromkeys(_VENDOR.values()):
        used = [row for row in _used() if _VENDOR[row[0].service] == vendor]
        parts.append(f"## {vendor}\n\n{_lines(_COLUMNS)}\n" + _lines([_row(*row) for row in used]) + "\n")
    parts.append(f"## Not used\n\n{_reasons(UNUSED)}\n")
    parts.append(f"## Not there\n\nNamed by older documents and other tools.\n\n{_reasons(ABSENT)}\n")
    return "\n".join(parts)


def _used() -> list[tuple[Endpoint, list[Table], list[Table]]]:
    """(endpoint, tables made from it, tables that only ask it what to ask for), by path; one row per way of asking it."""
    found: dict[str, tuple[Endpoint, list[Table], list[Table]]] = {}
    for table in TABLES:
        listings = {ask.listing for ask in table.asks if isinstance(ask, PerListed)}
        landed = {ask.endpoint for ask in table.asks}
        for endpoint in table.endpoints:
            _, made, asking = found.setdefault(endpoint.name, (endpoint, [], []))
            (made if endpoint.name in landed else asking).append(table)
        for name in listings - {endpoint.name for endpoint in table.endpoints}:
            found[name][2].append(table)
    return sorted(found.values(), key=lambda row: (row[0].path, row[0].name))


def _row(endpoint: Endpoint, made: list[Table], asking: list[Table]) -> tuple[str, ...]:
    first = f"; asked first: {', '.join(f'`{_asset(table)}`' for table in asking)}" if asking else ""
    return (
        f"[`{endpoint.path}`]({endpoint.doc_url})" + (" *feature*" if endpoint.is_optional else ""),
        ", ".join(f"`{_asset(table)}`" for table in made) + first,
        ", ".join(dict.fromkeys(_partition(table) for table in made)),
        f"`{endpoint.scope}`",
        endpoint.plan,
        str(endpoint.rate_label),
        endpoint.look_back,
        str(endpoint.page_size or "one page"),
    )


def _asset(table: Table) -> str:
    return table.id.replace(".", "/")


def _partition(table: Table) -> str:
    return f"{'day' if table.partition is Partition.DAY else 'month'}{', snapshot' if table.is_snapshot else ''}"


def _reasons(reasons: dict[str, str]) -> str:
    return "\n".join(f"- `{path}`: {reason}" for path, reason in reasons.items())


def _lines(rows: list[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> str:
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


if __name__ == "__main__":
    print(coverage(), end="")
