"""Sites, usage of ended meetings, and who attended them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.bounded import Bounded
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.sessions import Meeting
from reporting_assets.sandbox.webex import meetings as happened
from reporting_assets.sandbox.webex.errors import WebexError
from reporting_assets.sandbox.webex.meetings import SERVICE_TYPES, SITES, Meetings, Stay
from reporting_assets.sandbox.webex.paging import Pager
from reporting_assets.sandbox.webex.windows import Call, page_size, window, writer

DEFAULT_PAGE, LARGEST_PAGE = 10, 1000
_USAGE_KEPT = 20_000
_CODES, _TYPE, _QUIRK = 111, 113, 114  # what a draw is for
_AGENTS = ("WINDOWS,Webex", "MAC,Webex", "IOS,Webex", "ANDROID,Webex", "LINUX,CHROME", "WINDOWS,IE")
_DIVISIONS = ("Products", "Services", "Group")
_COUNTRIES = (("San Jose", "CA", "US"), ("New York", "NY", "US"), ("London", "", "GB"), ("Bengaluru", "KA", "IN"))


class Reports:
    """The handlers of the API host."""

    def __init__(self, meetings: Meetings, pager: Pager) -> None:
        self._meetings = meetings
        self._pager = pager
        self._usage: Bounded[dict[str, Any]] = Bounded(_USAGE_KEPT)

    def sites(self, _call: Call) -> Answer:
        """`/meetingPreferences/sites`: all sites, one of them the default."""
        return Answer({"sites": [{"siteUrl": site, "default": site == SITES[0]} for site in SITES]})

    def usage(self, call: Call) -> Answer:
        """`/meetingReports/usage`: ended meetings of one site and one service type, newest first."""
        site = _site(call)
        kind = call.query.get("serviceType") or SERVICE_TYPES[0]
        if kind not in SERVICE_TYPES:
            raise WebexError(400, "'serviceType' is not valid.")
        begin, end = window(call)
        at = writer(call)

        def listing(as_of: int) -> list[Meeting]:
            return [
                meeting
                for meeting in reversed(self._meetings.started_between(begin, end))
                if self._meetings.site(meeting) == site
                and happened.service_type(meeting) == kind
                and happened.listed_at(meeting) <= as_of
            ]

        page, headers = self._pager.page(call, page_size(call, DEFAULT_PAGE, LARGEST_PAGE), listing)
        items = [
            {**self._usage_of(meeting), "start": at(meeting.started), "end": at(meeting.ended)} for meeting in page
        ]
        return Answer({"items": items}, headers=headers)

    def attendees(self, call: Call) -> Answer:
        """`/meetingReports/attendees`: sessions of the meetings that an id, a number or a title names."""
        site = _site(call)
        is_named = _named(call, self._meetings)
        begin, end = window(call)
        at = writer(call)

        def listing(as_of: int) -> list[tuple[Meeting, Stay]]:
            return [
                (meeting, stay)
                for meeting in reversed(self._meetings.started_between(begin, end))
                if is_named(meeting) and self._meetings.site(meeting) == site and happened.listed_at(meeting) <= as_of
                for stay in reversed(self._meetings.stays(meeting))
                if happened.stay_shown_at(meeting, stay) <= as_of
            ]

        page, headers = self._pager.page(call, page_size(call, DEFAULT_PAGE, LARGEST_PAGE), listing)
        items = [
            {**self._attendee(meeting, stay), "joinedTime": at(stay.joined), "leftTime": at(stay.left)}
            for meeting, stay in page
        ]
        return Answer({"items": items}, headers=headers)

    def _usage_of(self, meeting: Meeting) -> dict[str, Any]:
        return self._usage.get(meeting.uuid, lambda: self._counted(meeting), lambda _: 1)

    def _counted(self, meeting: Meeting) -> dict[str, Any]:
        stays = self._meetings.stays(meeting)
        name, email = self._meetings.host(meeting)

        def minutes(*kinds: str) -> int:
            return sum(stay.minutes for stay in stays if not kinds or stay.audio in kinds)

        def people(*kinds: str) -> int:
            return len({stay.person for stay in stays if not kinds or stay.audio in kinds})

        record: dict[str, Any] = {
            "meetingId": self._meetings.instance_id(meeting),
            "meetingNumber": str(happened.number(meeting)),
            "meetingTitle": meeting.topic,
            "duration": -(-(meeting.ended - meeting.started) // 60),
            "scheduledType": "webinar" if meeting.is_webinar else "meeting",
            "hostDisplayName": name,
            "hostEmail": email,
            "totalPeopleMinutes": minutes(),
            "totalVoipMinutes": minutes("voip"),
            "totalCallInMinutes": minutes("call_in", "call_in_toll_free"),
            "totalCallInTollFreeMinutes": minutes("call_in_toll_free"),
            "totalCallOutDomestic": minutes("call_out_domestic"),
            "totalCallOutInternational": minutes("call_out_international"),
            "totalParticipants": people(),
            "totalParticipantsVoip": people("voip"),
            "totalParticipantsCallIn": people("call_in", "call_in_toll_free"),
            "totalParticipantsCallOut": people("call_out_domestic", "call_out_international"),
            "peakAttendee": _peak(stays),
            "totalRegistered": len(meeting.guests) if meeting.is_webinar else 0,
            "totalInvitee": len(meeting.staff) + len(meeting.guests),
            "serviceType": happened.service_type(meeting),
        }
        codes = self._tracking_codes(meeting)
        return record if codes is None else {**record, "trackingCodes": codes}

    def _tracking_codes(self, meeting: Meeting) -> list[dict[str, str]] | None:
        """Most meetings have codes, some an empty list, some no list at all; a code may be there twice, or empty."""
        draw = mix(meeting.seed, _CODES)
        if draw % 10 < 2:
            return [] if draw % 10 else None
        department = self._meetings.organisation.people[meeting.host].department
        codes = [{"name": "Department", "value": department}]
        if draw >> 8 & 1:
            codes.append({"name": "Division", "value": _DIVISIONS[draw >> 16 & 1]})
        if draw >> 24 & 15 == 0:
            codes.append({"name": "Division", "value": _DIVISIONS[2]})
        return codes

    def _attendee(self, meeting: Meeting, stay: Stay) -> dict[str, Any]:
        name, email = self._meetings.told(meeting, stay)
        draw = happened.client_draw(meeting, stay)
        is_host = stay.person == meeting.host
        kind = "host" if is_host else "attendee"
        number = happened.number(meeting)
        is_phone = happened.is_unknown_telephone(meeting, stay)
        is_registered = happened.is_registered(meeting, stay)
        record: dict[str, Any] = {
            "meetingId": self._meetings.instance_id(meeting),
            # Documented as a number, shown as a text; lower case, shown in capitals. Both are met.
            "meetingNumber": number if mix(meeting.seed, _QUIRK) % 3 == 0 else str(number),
            "meetingTitle": meeting.topic,
            "displayName": name,
            "email": email,
            "duration": stay.minutes,
            "participantType": kind.upper() if mix(stay.connection, _TYPE) % 4 == 0 else kind,
            "ipAddress": "" if is_phone else f"10.{draw % 200}.{draw >> 8 & 255}.{draw >> 16 & 255}",
            "clientAgent": "" if is_phone else _AGENTS[stay.device % len(_AGENTS)],
            "company": "",
            "phoneNumber": f"+1555{draw % 10**7:07}" if stay.audio != "voip" else "",
            "address1": "",
            "address2": "",
            "city": "",
            "state": "",
            "country": "",
            "zipCode": "",
            "registered": is_registered,
            "invited": draw % 5 > 0,
        }
        if is_registered:
            city, state, country = _COUNTRIES[draw >> 24 & 3]
            record |= {"company": email.partition("@")[2], "city": city, "state": state, "country": country}
            record |= {"address1": f"Building {draw % 9}", "address2": "Street 1", "zipCode": f"{draw % 90000 + 10000}"}
        return record


def _site(call: Call) -> str:
    site = call.query.get("siteUrl", "")
    if not site:
        raise WebexError(400, "'siteUrl' is required.")
    if site not in SITES:
        raise WebexError(403, "The user is not a site administrator of the site.")
    return site


def _named(call: Call, meetings: Meetings) -> Callable[[Meeting], bool]:
    """Which meetings the call names: by id, else by number, else by title. Raises 400 where by none, 404 for no such id."""
    if instance := call.query.get("meetingId"):
        meeting = meetings.find(instance, call.now)
        if meeting is None:
            raise WebexError(404, "The requested resource could not be found.")
        uuid = meeting.uuid
        return lambda other: other.uuid == uuid
    if number := call.query.get("meetingNumber"):
        return lambda other: str(happened.number(other)) == number
    if title := call.query.get("meetingTitle"):
        return lambda other: other.topic == title
    raise WebexError(400, "One of 'meetingId', 'meetingNumber' and 'meetingTitle' is required.")


def _peak(stays: Sequence[Stay]) -> int:
    """Most sessions at once; who leaves at the instant another joins is gone."""
    changes = sorted([(stay.joined, 1) for stay in stays] + [(stay.left, -1) for stay in stays])
    there = most = 0
    for _, change in changes:
        there += change
        most = max(most, there)
    return most
