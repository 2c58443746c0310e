"""Who registered for a meeting or webinar, who runs it, and who registered but stayed away.

A pure function of the organisation and the meeting. Who came is in `sessions`; what is told of a registrant belongs to
the protocol side.
"""

from __future__ import annotations

from random import Random

from reporting_assets.sandbox.identifiers import mix, opaque_id, share
from reporting_assets.sandbox.organisation import Organisation
from reporting_assets.sandbox.sessions import Meeting

MEETING_SHARE = 0.06  # of meeting numbers require guests to register
WEBINAR_SHARE = 0.75  # of webinar numbers require everybody but panelists to register
MOST_PANELISTS = 3  # with the host
_ABSENT = 13  # what a draw is for


def requires_registration(meeting: Meeting) -> bool:
    """Whether one had to register; the same for all instances of a series."""
    return share(meeting.number, "registration") < (WEBINAR_SHARE if meeting.is_webinar else MEETING_SHARE)


def panelists(meeting: Meeting) -> tuple[int, ...]:
    """Who runs the webinar: the host and up to two colleagues; they do not register."""
    return meeting.staff[: 1 + meeting.seed % MOST_PANELISTS]


def registrant_id(organisation: Organisation, meeting: Meeting, person: int) -> str:
    """The person's registration, one per person and series; empty where none was needed.

    `person` is an employee's index, or -1 - the guest's index. Meetings ask only guests to register.
    """
    if not requires_registration(meeting):
        return ""
    if person in panelists(meeting) if meeting.is_webinar else person >= 0:
        return ""
    return opaque_id(organisation.seed, "registrant", meeting.number, person)


def absentees(organisation: Organisation, meeting: Meeting) -> list[int]:
    """Persons who registered for the webinar and did not come; empty where nobody had to register."""
    if not (meeting.is_webinar and requires_registration(meeting)):
        return []
    rng = Random(mix(meeting.seed, _ABSENT))
    came = {*meeting.staff, *(-1 - guest for guest in meeting.guests)}
    chosen: dict[int, None] = {}
    for _ in range(2 + int((len(meeting.staff) + len(meeting.guests)) * rng.uniform(0.3, 0.9))):
        if rng.random() < 0.75:
            person = -1 - rng.randrange(organisation.guest_count)
        else:
            person = rng.randrange(organisation.size)
        if person not in came and (person < 0 or organisation.people[person].works_at(meeting.started)):
            chosen[person] = None
    return list(chosen)
