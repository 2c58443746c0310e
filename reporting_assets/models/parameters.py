"""Every policy value that models bind: its name, unit, default and reason. Callers may override by name.

Not here: values that follow from the partition (its start, end and dates); `run.py` binds those.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """One policy value: models write it as `$name`."""

    name: str
    unit: str
    default: int | str
    reason: str


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("late_grace_seconds", "seconds", 300, "Joining up to this long after the start is not late."),
    Parameter("early_grace_seconds", "seconds", 300, "Leaving up to this long before the end is not early."),
    Parameter("present_pct", "percent", 75, "Attending at least this share, joined in time, counts as present."),
    Parameter("partial_pct", "percent", 50, "Attending less than this share counts as absent."),
    Parameter(
        "stitch_gap_seconds",
        "seconds",
        300,
        "A meeting started again within this long is one logical meeting; dropped hosts were seen back after 11 to 147 s.",
    ),
    Parameter(
        "visit_gap_seconds",
        "seconds",
        60,
        "A person back within this long never left; a dropped client has about 45 s to reconnect.",
    ),
    Parameter(
        "longest_meeting_seconds",
        "seconds",
        108_000,
        "The longest meeting Zoom allows (30 h): what still seems open after it has ended without a known end.",
    ),
    Parameter("report_timezone", "IANA time zone", "UTC", "Dates and hours that people read are cut in this zone."),
    Parameter(
        "quality_profile",
        "profile",
        "default",
        "Which limits decide the band of a quality sample: default, cqd (Microsoft's) or strict.",
    ),
    Parameter(
        "quality_random_percent",
        "percent",
        2,
        "Meetings whose draw lies below this are an unbiased sample; the setting that fetches them has the same default.",
    ),
    Parameter(
        "affected_minutes",
        "minutes",
        2,
        "Fewer poor minutes than this are a hiccup, however short the call.",
    ),
    Parameter("affected_pct", "percent", 5, "A smaller share of poor minutes affects nobody."),
    Parameter("site_least_people", "people", 5, "Sites of fewer people are not shown: figures would be about persons."),
    Parameter("site_least_minutes", "minutes", 30, "A share of fewer minutes says nothing about a site."),
    Parameter("engaged_score", "points", 60, "An attendee with this score or more counts as engaged."),
    Parameter(
        "score_least_people", "people", 5, "Scores of fewer attendees are not shown: they would be about persons."
    ),
    Parameter("basic_minutes", "minutes", 40, "The longest meeting that Zoom's Basic licence allows."),
    Parameter("basic_people", "people", 100, "The most people in a meeting that a Basic licence allows."),
    Parameter("reclaim_days", "days", 90, "A licence is unused when its user has hosted nothing for this long."),
    Parameter("room_hours", "hours", 8, "Hours of a working day in which a meeting room is meant to be used."),
    Parameter("sites", "rules", "", "Which addresses or places belong to which site: `Name=rule`, separated by `;`."),
)

DEFAULTS: dict[str, int | str] = {parameter.name: parameter.default for parameter in PARAMETERS}
