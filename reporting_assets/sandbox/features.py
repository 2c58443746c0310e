"""What was used in a meeting or webinar, and how its connections were: one place for lists and details to agree on.

The lists show these as flags and labels; who answered a poll or how a stream went follows from them elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from reporting_assets.sandbox.identifiers import mix
from reporting_assets.sandbox.sessions import Meeting

_FEATURES = 11  # what a draw is for
_QUALITIES = ("good",) * 23 + ("fair",) * 5 + ("poor",) * 2 + ("bad",)  # a quarter of the meetings has one below fair


@dataclass(frozen=True, slots=True)
class Features:
    """Flags and quality labels of one meeting; `draw` is its 64 random bits, for what lists show besides."""

    draw: int
    has_pstn: bool
    has_voip: bool
    has_video: bool
    has_screen_share: bool
    has_recording: bool
    has_sip: bool
    has_manual_captions: bool
    has_automated_captions: bool
    has_chat: bool
    has_poll: bool
    has_qa: bool
    has_survey: bool
    has_external_participant: bool
    audio_quality: str
    video_quality: str
    screen_share_quality: str


def features(meeting: Meeting) -> Features:
    """What was used in this meeting: the same answer whenever asked. Webinars have polls, Q&A and surveys more often."""
    draw = mix(meeting.seed, _FEATURES)
    bits = [draw >> place & 7 for place in range(0, 60, 3)]
    often = meeting.is_webinar
    return Features(
        draw=draw,
        has_pstn=bits[0] == 0,
        has_voip=bits[1] != 0,
        has_video=bits[2] > 1,
        has_screen_share=bits[3] > 2,
        has_recording=bits[4] == 0,
        has_sip=bits[5] == 0 and bits[6] == 0,
        has_manual_captions=bits[7] == 0 and bits[8] == 0,
        has_automated_captions=bits[9] < 3,
        has_chat=bits[5] & 1 == 0,
        has_poll=bits[10] < 6 if often else bits[10] == 0,
        has_qa=bits[11] < 6 if often else bits[11] == 0 and bits[12] < 4,
        has_survey=bits[13] < 5 if often else bits[13] == 0 and bits[14] < 4,
        has_external_participant=bool(meeting.guests),
        audio_quality=_QUALITIES[draw % 31],
        video_quality=_QUALITIES[draw // 31 % 31],
        screen_share_quality=_QUALITIES[draw // 961 % 31],
    )
