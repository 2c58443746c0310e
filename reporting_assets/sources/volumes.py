"""How much an organisation does: the assumptions behind `reporting-assets plan`, and the lists and answers they make.

Numbers and where they come from, each an option of the command. How many calls follow from them is `estimate`'s work;
what really stands in a lake is counted by the command. A report that is not named here is taken to answer on one page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from reporting_assets.contracts.asking import Pass
from reporting_assets.contracts.model import Endpoint, Table, Type


def _assumed(default: float, meaning: str) -> float:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Assumptions:
    """What an organisation does on a working day. Figures of published samples where there are any.

    Half a hosted meeting a day: an enterprise of 25,000 to 35,000 users held 0.62 per user. A quarter of the employees
    host on a given day. Two to three hundred chat messages a week are reported per person. Shares of polls, Q&A,
    surveys and of bad connections differ widely and are published nowhere; look at your own lists.
    """

    users: float
    meetings_per_user: float = _assumed(0.5, "Meetings hosted per person and working day.")
    people_per_meeting: float = _assumed(6.51, "Mean number of people in a meeting.")
    joins_per_person: float = _assumed(1.3, "Joins per person and meeting: rejoins and second devices.")
    host_share: float = _assumed(0.25, "Share of people who host on a given day.")
    poll_share: float = _assumed(0.03, "Share of meetings with a poll.")
    qa_share: float = _assumed(0.02, "Share of meetings with Q&A.")
    survey_share: float = _assumed(0.02, "Share of meetings with a survey.")
    screen_share_share: float = _assumed(0.5, "Share of meetings in which a screen was shared.")
    flagged_share: float = _assumed(0.05, "Share of meetings whose audio, video or sharing Zoom labels poor or bad.")
    webinars: float = _assumed(math.nan, "Webinars per working day. Default: by size, 8 for 10,000 people.")
    joins_per_webinar: float = _assumed(200, "Joins to a webinar.")
    users_per_room: float = _assumed(25, "People per Zoom Room.")
    chat_share: float = _assumed(0.6, "Share of people who write in chat on a working day.")
    chat_messages: float = _assumed(25, "Messages a day of each of them.")
    chat_sessions: float = _assumed(8, "Chat sessions in which each of them is active on a day.")
    people_per_chat_session: float = _assumed(2.5, "People who share an active chat session.")
    webex_meetings_per_user: float = _assumed(0.05, "Webex meetings per person and working day.")
    webex_sites: float = _assumed(1, "Webex sites.")

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            least, most = (1, math.inf) if name in _AT_LEAST_ONE else (0, 1 if name.endswith("_share") else math.inf)
            if not (least <= value <= most or (name == "webinars" and math.isnan(value))):
                limits = f"at least {least}" + (f" and at most {most}" if most == 1 else "")
                raise ValueError(f"{name.replace('_', ' ')} cannot be {value:g}; it must be {limits}")

    @property
    def meetings(self) -> float:
        """Meetings per working day."""
        return self.users * self.meetings_per_user

    @property
    def webex_meetings(self) -> float:
        return self.users * self.webex_meetings_per_user

    @property
    def webinars_a_day(self) -> float:
        """As stated, or interpolated: webinars grow more slowly than the organisation."""
        return self.webinars if not math.isnan(self.webinars) else _between(_WEBINARS, self.users)

    @property
    def rooms(self) -> float:
        return self.users / self.users_per_room

    @property
    def sessions(self) -> float:
        """Chat sessions that are active on a working day."""
        return self.users * self.chat_share * self.chat_sessions / self.people_per_chat_session

    @property
    def messages_per_session(self) -> float:
        return self.chat_messages * self.people_per_chat_session / self.chat_sessions

    def hosts(self, busy: float) -> float:
        """Different people who host within so many working days."""
        return self.users * (1 - (1 - self.host_share) ** busy)

    def sessions_in(self, busy: float) -> float:
        """Different chat sessions within so many working days, each of which is active on a third of them."""
        return self.sessions * 3 * (1 - (2 / 3) ** max(1.0, busy))

    def sizes(self) -> dict[float, float]:
        """People in a meeting: share of the meetings. Long-tailed; larger meetings grow with the mean that is wanted.

        At the default mean, a meeting's joins fill 1.001 pages of 300, and 1.55 pages of 10 where two people or more met.
        """
        alone_or_two = sum(people * share for people, share in _SIZES.items() if people <= 2)
        larger = sum(people * share for people, share in _SIZES.items() if people > 2)
        factor = max(self.people_per_meeting - alone_or_two, 0.0) / larger
        return {people if people <= 2 else people * factor: share for people, share in _SIZES.items()}


# Somebody divides by these, or they are counts of people who must be there.
_AT_LEAST_ONE = frozenset(
    {"users", "people_per_meeting", "joins_per_person", "users_per_room", "chat_sessions", "people_per_chat_session"}
    | {"webex_sites"}
)
_SIZES = {1: 0.12, 2: 0.33, 4: 0.2967, 10: 0.12572, 20: 0.1067, 40: 0.02, 400: 0.00088}
ALONE = _SIZES[1]
_WEBINARS = {1_000: 1, 10_000: 8, 100_000: 60, 1_000_000: 400}


def _between(points: Mapping[int, float], x: float) -> float:
    """Straight lines between points on doubly logarithmic paper, prolonged at both ends."""
    known = sorted(points)
    right = next((place for place, at in enumerate(known) if at >= x and place > 0), len(known) - 1)
    left_x, right_x = known[right - 1], known[right]
    slope = math.log(points[right_x] / points[left_x]) / math.log(right_x / left_x)
    return points[left_x] * (x / left_x) ** slope


# Columns of a list that say how many records an item's details have, the first that it has.
_JOINS = ("vendor_participant_joins", "vendor_participants", "participant_joins", "participants")
_DETAILS_PER_JOIN = re.compile(r"/participants|/attendees|/qualities")
_INSTANCES_OF_SERIES = 3  # of a month, at the mean over all numbers
_MAIN_SERVICE = "MeetingCenter"  # of Webex's four kinds of meetings, by far the most
# Some channels fill several pages a day although the mean session fills a twelfth of one.
_LEAST_PAGES = {"/report/chat/sessions/{}": 19_425 / 19_200}


def plain(path: str) -> str:
    """A path without the names of its placeholders: vendors' documents do not agree on them."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def rows_of_listing(endpoint: Endpoint, one: Pass, org: Assumptions, busy: float) -> float:
    """Records that one pass over a listing delivers for a range with so many working days; 1 where nothing is known."""
    match plain(endpoint.path):
        case "/users":
            return org.users * {"inactive": 0.05, "pending": 0.02}.get(str(one.get("status")), 1.0)
        case "/report/users":
            hosts = org.hosts(busy)
            return org.users - hosts if one.get("type") == "inactive" else hosts
        case "/metrics/meetings":
            return busy * org.meetings * (ALONE if one.get("type") == "pastOne" else 1 - ALONE)
        case "/metrics/webinars":
            return busy * org.webinars_a_day
        case "/metrics/chat":
            return org.users
        case "/metrics/zoomrooms":
            return org.rooms
        case "/report/chat/sessions":
            return org.sessions_in(busy)
        case "/report/telephone":
            return busy * org.users * 0.02
        case "/report/operationlogs":
            return busy * org.users * 0.1
        case "/meetingPreferences/sites":
            return org.webex_sites
        case "/meetingReports/usage":
            main = one.get("serviceType", _MAIN_SERVICE) == _MAIN_SERVICE
            return busy * org.webex_meetings * (0.9 if main else 0.1 / 3)
    return 1.0


def rows_per_listed(endpoint: Endpoint, one: Pass, org: Assumptions) -> float:
    """Records about one listed item and working day; few where nothing is known."""
    match plain(endpoint.path):
        case "/report/users/{}/meetings":
            return org.meetings_per_user / max(org.host_share, 0.01)
        case "/report/chat/sessions/{}":
            return org.messages_per_session
        case "/metrics/zoomrooms/{}":
            return 4.0
        case "/meetingReports/usage":
            return rows_of_listing(endpoint, one, org, 1) / org.webex_sites
    return 0.1


def pages(rows: float, endpoint: Endpoint) -> float:
    """Calls for a listing of about so many records; an empty one takes a call too."""
    return max(1.0, math.ceil(round(rows, 6) / endpoint.page_size)) if endpoint.page_size else 1.0


def pages_per_listed(endpoint: Endpoint, one: Pass, org: Assumptions, busy: float) -> float:
    """Mean calls per listed item: its records are spread as chance has it, so some items need a second page."""
    mean = rows_per_listed(endpoint, one, org) * busy
    if not mean or not endpoint.page_size:
        return 1.0
    return max(1 / -math.expm1(-endpoint.page_size / mean), _LEAST_PAGES.get(plain(endpoint.path), 1.0))


def pages_per_item(endpoint: Endpoint, parent: Table) -> str:
    """SQL for the calls that the details of one row of `parent` take."""
    names = {column.name for column in parent.columns}
    joins = next((name for name in _JOINS if name in names), None)
    if not endpoint.page_size or joins is None or not _DETAILS_PER_JOIN.search(endpoint.path):
        return "1"
    return f"greatest(1, ceil(coalesce({joins}, 0) / {endpoint.page_size}))"


MODELLED_ROWS = 100_000  # shares of meeting sizes have five digits


def create_modelled(con: duckdb.DuckDBPyConnection, table: Table, org: Assumptions) -> None:
    """Makes `schema.name` of `con` a list of MODELLED_ROWS typical rows, so that a contract's own SQL can choose of them.

    Columns nothing is known about hold a value that asks for more calls rather than fewer: flags are set.
    """
    selected = ", ".join(
        f"{_expression(table, column.name, column.type, org)} AS {column.name}" for column in table.columns
    )
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
    con.execute(f"CREATE OR REPLACE TABLE {table.id} AS SELECT {selected} FROM range({MODELLED_ROWS}) AS numbers(i)")


def _expression(table: Table, name: str, kind: Type, org: Assumptions) -> str:
    is_meetings = table.id == "zoom.meetings"
    if is_meetings and name == "listing":
        return f"CASE WHEN {_people(org)} < 2 THEN 'pastOne' ELSE 'past' END"
    if table.id in ("zoom.meetings", "zoom.webinars") and name.endswith("_number"):
        return f"CAST(i // {_INSTANCES_OF_SERIES} AS VARCHAR)"
    if is_meetings and name == "meeting_type":
        return "2"
    if name in _JOINS:
        return f"{_people(org)} * {org.joins_per_person}" if "webinar" not in table.name else f"{org.joins_per_webinar}"
    if name.endswith("_quality") and kind is Type.TEXT:
        return f"CASE WHEN {_is_chosen('quality', org.flagged_share)} THEN 'poor' ELSE 'good' END"
    shares = {
        "has_poll": org.poll_share,
        "has_qa": org.qa_share,
        "has_survey": org.survey_share,
        "has_screen_share": org.screen_share_share,
    }
    if is_meetings and name in shares:
        return _is_chosen(name, shares[name])
    return _BY_TYPE.get(kind, "NULL")


_BY_TYPE = {
    Type.TEXT: "concat('value-', i)",
    Type.INTEGER: "i",
    Type.NUMBER: "i",
    Type.DECIMAL: "i",
    Type.BOOLEAN: "true",
    Type.TIMESTAMP: "TIMESTAMPTZ '2026-01-01 12:00:00Z'",
    Type.DATE: "DATE '2026-01-01'",
}


def _is_chosen(what: str, share: float) -> str:
    """The same rows for the same `what`, whatever else is chosen."""
    return f"(hash(i, '{what}') % 1000000 < {round(share * 1_000_000)})"


def _people(org: Assumptions) -> str:
    """How many people were in the i-th meeting."""
    upto, cases = 0.0, []
    for people, share in org.sizes().items():
        upto += share
        cases.append(f"WHEN i < {round(upto * MODELLED_ROWS)} THEN {people}")
    return f"(CASE {' '.join(cases)} ELSE 2 END)"
