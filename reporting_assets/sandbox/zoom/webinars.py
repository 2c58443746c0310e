"""Webinars: the dashboards' list, who joined, who registered and stayed away."""

from __future__ import annotations

from typing import Any

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import registrations, words
from reporting_assets.sandbox.answers import Answer, ApiError, bad_parameter
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.identifiers import opaque_id, share, stable_hash
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.zoom import dashboards, participants
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.instances import past_instance
from reporting_assets.sandbox.zoom.route import Route
from reporting_assets.sandbox.zoom.windows import window

LARGEST_PAGE = 300
_TYPES = ("past", "live")
_OF_MEETINGS_ONLY = ("has_qa", "avg_jointime_cost", "session_key")
_JOB_TITLES = ("Engineer", "Chef", "Head of Operations", "Buyer", "")
_INDUSTRIES = ("Food", "Retail", "Public sector", "")
_EMPLOYEES = ("", "1-20", "51-100", "501-1,000", "More than 10,000")
_TIME_FRAMES = ("", "Within a month", "1-3 months", "No timeframe")
_ROLES = ("", "Decision Maker", "Influencer", "Not involved")
_COMMENTS = ("", "", "Looking forward to it; will there be a recording?", "¿Habrá subtítulos?")
_HOPES = ("What do you hope to learn?", "Anything we should know?")
_REGISTERED_WITHIN_SECONDS = 14 * 86_400


def list_webinars(call: Call) -> Answer:
    """Webinars of one kind (`live` unless asked otherwise) that started, or ended, in the window."""
    dashboards.require_dashboards(call)
    kind = call.query.get("type", "live")
    if kind not in _TYPES:
        raise bad_parameter(f"The type must be one of {', '.join(_TYPES)}.")
    asked = window(call, allows_times=True)
    position = call.position(LARGEST_PAGE)
    now = position.as_of
    page, fields = call.page(
        position, lambda: [one for one in dashboards.listing(call, kind, asked, now) if one.is_webinar]
    )
    records = [dashboards.record(call.account, webinar, kind, now) for webinar in page]
    for record in records:
        for name in _OF_MEETINGS_ONLY:
            del record[name]
    return Answer({"from": asked.sent_from, "to": asked.sent_to, **fields, "webinars": records})


def absentees(call: Call) -> Answer:
    """Registrants of one past webinar who did not come; code 3000 where nobody had to register."""
    webinar = past_instance(call, is_webinar=True)
    if not registrations.requires_registration(webinar):
        raise ApiError(400, 3000, f"This webinar doesn't have registration required: {call.path_value}.")
    position = call.position(LARGEST_PAGE)
    organisation = call.account.organisation
    page, fields = call.page(position, lambda: registrations.absentees(organisation, webinar))
    registrants = [_registrant(organisation, webinar, person) for person in page]
    page_number = position.offset // position.size + 1
    return Answer({**fields, "page_number": page_number, "registrants": registrants})


def _registrant(organisation: Organisation, webinar: Meeting, person: int) -> dict[str, Any]:
    """One registration as its form was filled in; what was not asked is an empty string."""
    draw = stable_hash(webinar.seed, "registration form", person)
    if person < 0:
        guest = organisation.guest(-1 - person)
        name, email, org = guest.name, guest.email, guest.email.partition("@")[2].partition(".")[0].title()
    else:
        name, email, org = organisation.people[person].name, organisation.email(person), words.ORGANISATION
    first, _, last = name.partition(" ")
    asks_everything = share(webinar.number, "form") < 0.6
    registrant: dict[str, Any] = {
        "id": registrations.registrant_id(organisation, webinar, person),
        "email": email,
        "first_name": first,
        "last_name": last,
        "address": f"{1 + draw % 200} Harbour Road" if asks_everything else "",
        "city": "Bristol" if asks_everything else "",
        "country": ("GB", "IN", "US", "")[draw % 4] if asks_everything else "",
        "zip": "BS1 5TY" if asks_everything else "",
        "state": "",
        "phone": f"5550{draw % 1000:03}" if asks_everything else "",
        "industry": _INDUSTRIES[draw // 7 % 4],
        "org": org,
        "job_title": _JOB_TITLES[draw // 11 % 5],
        "purchasing_time_frame": _TIME_FRAMES[draw // 13 % 4],
        "role_in_purchase_process": _ROLES[draw // 17 % 4],
        "no_of_employees": _EMPLOYEES[draw // 19 % 5],
        "comments": _COMMENTS[draw // 23 % 4],
        "custom_questions": [
            {"title": title, "value": ("", "Everything", "Prices, dates")[draw // 29 % 3]}
            for title in _HOPES[: draw // 31 % 3]
        ],
        "status": "approved",
        "create_time": iso(webinar.started - 600 - draw % _REGISTERED_WITHIN_SECONDS),
        "join_url": f"https://zoom.example.invalid/w/{webinar.number}?tk={opaque_id(webinar.seed, 'join', person)}",
    }
    if draw % 5 == 0:
        registrant["source_id"] = ""  # a field the reference does not name
    return registrant


ROUTES: tuple[Route, ...] = (
    Route(
        "/metrics/webinars",
        RateLabel.RESOURCE_INTENSIVE,
        ("dashboard:read:list_webinars:admin", "dashboard_webinars:read:admin", "dashboard:read:admin"),
        False,  # the handler refuses it below Business, in other words
        list_webinars,
    ),
    Route(
        "/report/webinars/{webinarId}/participants",
        RateLabel.HEAVY,
        ("report:read:list_webinar_participants:admin", "report:read:admin"),
        True,
        participants.report_webinar_participants,
    ),
    Route(
        "/past_webinars/{webinarId}/absentees",
        RateLabel.HEAVY,
        ("webinar:read:list_absentees:admin", "webinar:read:admin"),
        True,
        absentees,
    ),
)
