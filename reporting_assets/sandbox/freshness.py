"""When what happened becomes visible: the vendor's delays, late rows and first, wrong durations.

Each is a pure function of the meeting, so that what the API answers depends on the instant of asking alone.
"""

from __future__ import annotations

from reporting_assets.sandbox.calendar import DAY_SECONDS
from reporting_assets.sandbox.identifiers import share, stable_hash
from reporting_assets.sandbox.sessions import Meeting

USUAL_DELAY_SECONDS = 30 * 60
LATE_SHARE = 0.01  # of meetings, and of participant rows
LATE_AFTER_SECONDS = 24 * 3600  # after the end of the UTC day on which the meeting ended
LATE_WITHIN_SECONDS = 18 * 3600
ZERO_DURATION_PEOPLE = 20  # meetings of this size may first show duration 0
ZERO_DURATION_SHARE = 0.25
ZERO_DURATION_SECONDS = 6 * 3600


def settled_at(instant: int) -> int:
    """From when on nothing changes any more about meetings that started before `instant`."""
    longest = 2 * DAY_SECONDS
    return instant + longest + LATE_AFTER_SECONDS + LATE_WITHIN_SECONDS


def listed_at(meeting: Meeting) -> int:
    """When lists begin to show the meeting: within half an hour of its end, or a day late for one in a hundred."""
    if share(meeting.seed, "late meeting") < LATE_SHARE:
        return _late(meeting, "meeting")
    return meeting.ended + 60 + stable_hash(meeting.seed, "delay") % (USUAL_DELAY_SECONDS - 60)


def row_shown_at(meeting: Meeting, row: int) -> int:
    """When the participant row at this place begins to show; the first row is never late."""
    usual = listed_at(meeting)
    if row and share(meeting.seed, "late row", row) < LATE_SHARE:
        return max(usual, _late(meeting, row))
    return usual


def duration_known_at(meeting: Meeting) -> int:
    """Until when durations of the meeting and of its rows show as 0."""
    if meeting.people >= ZERO_DURATION_PEOPLE and share(meeting.seed, "zero duration") < ZERO_DURATION_SHARE:
        return meeting.ended + ZERO_DURATION_SECONDS
    return 0


def _late(meeting: Meeting, what: object) -> int:
    day_end = (meeting.ended // DAY_SECONDS + 1) * DAY_SECONDS
    return day_end + LATE_AFTER_SECONDS + stable_hash(meeting.seed, "late", what) % LATE_WITHIN_SECONDS
