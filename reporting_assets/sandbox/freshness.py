"""When what happened becomes visible: the vendor's delays, late rows and first, wrong durations.

Each is a pure function of the meeting, so that what the API answers depends on the instant of asking alone.
"""

from __future__ import annotations

from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.sessions import Meeting

USUAL_DELAY_SECONDS = 30 * 60
LATE_PER_CENT = 1  # of meetings, and of participant rows
LATE_AFTER_SECONDS = 24 * 3600  # after the end of the UTC day on which the meeting ended
LATE_WITHIN_SECONDS = 18 * 3600
ZERO_DURATION_PEOPLE = 20  # meetings of this size may first show duration 0
ZERO_DURATION_PER_CENT = 25
ZERO_DURATION_SECONDS = 6 * 3600

_LISTED, _ROW, _ZERO = 1, 2, 3  # what a draw is for


def settled_at(instant: int) -> int:
    """From when on nothing changes any more about meetings that started before `instant`."""
    longest = 2 * DAY_SECONDS
    return instant + longest + LATE_AFTER_SECONDS + LATE_WITHIN_SECONDS


def listed_at(meeting: Meeting) -> int:
    """When lists begin to show the meeting: within half an hour of its end, or a day late for one in a hundred."""
    draw = mix(meeting.seed, _LISTED)
    if draw % 100 < LATE_PER_CENT:
        return _late(meeting, draw)
    return meeting.ended + 60 + draw // 100 % (USUAL_DELAY_SECONDS - 60)


def row_shown_at(meeting: Meeting, place: int) -> int:
    """When the participant row at this place begins to show; the first row is never late on its own."""
    usual = listed_at(meeting)
    draw = mix(meeting.seed + place, _ROW)
    return max(usual, _late(meeting, draw)) if place and draw % 100 < LATE_PER_CENT else usual


def duration_known_at(meeting: Meeting) -> int:
    """Until when durations of the meeting and of its rows show as 0."""
    if meeting.people >= ZERO_DURATION_PEOPLE and mix(meeting.seed, _ZERO) % 100 < ZERO_DURATION_PER_CENT:
        return meeting.ended + ZERO_DURATION_SECONDS
    return 0


def _late(meeting: Meeting, draw: int) -> int:
    day_end = (meeting.ended // DAY_SECONDS + 1) * DAY_SECONDS
    return day_end + LATE_AFTER_SECONDS + draw // 100 % LATE_WITHIN_SECONDS
