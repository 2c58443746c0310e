"""Columns and rules that tables of schema `utilization` share, each said once.

Here: how a sum, a count of people, a ratio or a peak is declared. Not here: any table.
"""

from __future__ import annotations

from reporting_assets.contracts.model import Additivity, Column, Expectation, Personal, Type


def total(name: str, meaning: str, unit: str, *, required: bool = True) -> Column:
    """A whole number that adds up over rows."""
    return Column(name, Type.INTEGER, meaning, unit=unit, required=required, additivity=Additivity.SUM)


def people(name: str, meaning: str, unit: str = "people", *, required: bool = True) -> Column:
    """Distinct people: they come back, so the figure must be counted anew at every grain."""
    return Column(name, Type.INTEGER, meaning, unit=unit, required=required, additivity=Additivity.NONE)


def minutes(name: str, meaning: str, *, required: bool = True) -> Column:
    """Minutes that add up over rows."""
    return Column(name, Type.NUMBER, meaning, unit="minutes", required=required, additivity=Additivity.SUM)


def ratio(name: str, meaning: str, unit: str) -> Column:
    """A ratio: divide sums, never average it. NULL where there is nothing to divide by."""
    return Column(name, Type.NUMBER, meaning, unit=unit, additivity=Additivity.NONE)


def difference(of: str) -> Column:
    """How far our figure lies from the vendor's."""
    return ratio(
        f"{of}_difference_rate",
        f"`{of}` less `vendor_{of}`, divided by the latter: 0.05 is 5 % above the vendor.",
        "share",
    )


def peak(name: str, meaning: str, unit: str) -> Column:
    """The most at one moment: of several rows, the highest."""
    return Column(name, Type.INTEGER, meaning, unit=unit, required=True, additivity=Additivity.MAX)


def moment(name: str, meaning: str) -> Column:
    return Column(name, Type.TIMESTAMP, meaning)


UNIQUE = people(
    "unique_participants",
    "People who joined meetings; guests known by name only count once per meeting, those without a name once per join.",
)
IDENTIFIED = people(
    "unique_participants_identified",
    "Those among them known by user id, registration or address; use this for people.",
)
JOINS = total("participant_joins", "Joins to meetings; rejoins, devices and breakout rooms count again.", "joins")
MEETINGS = total("meetings", "Meeting instances that started, without webinars.", "meetings")
SOLO = total("solo_meetings", "Those among them that one person attended alone.", "meetings")
LOGICAL = people("logical_meetings", "Meetings with a dropped host's instances counted once.", "meetings")
WITHOUT_PARTICIPANTS = total(
    "meetings_without_participants",
    "Meetings of which no join is known: they add nothing to people, joins and person-minutes.",
    "meetings",
)
WEBINARS = total("webinars", "Webinar instances that started.", "webinars")
WEBINAR_JOINS = total("webinar_participant_joins", "Joins to webinars, panelists included.", "joins")
VENDOR_TOTALS = (
    total("vendor_meetings", "Meetings as the vendor counts them.", "meetings", required=False),
    total("vendor_participant_joins", "Joins to meetings as the vendor counts them.", "joins", required=False),
    minutes("vendor_person_minutes", "Person-minutes of meetings as the vendor counts them.", required=False),
)

LOCAL_DATE = Column(
    "local_date",
    Type.DATE,
    (
        "The date of the report time zone (`REPORTING_TIMEZONE`) that is over when the UTC day is: the same date, or "
        "west of Greenwich the one before."
    ),
    required=True,
)
HOST_KEY = Column(
    "host_key",
    Type.TEXT,
    "The host: `u:` user id, else `e:` e-mail address, or `unknown`.",
    personal=Personal.IDENTITY,
    required=True,
)

IDENTIFIED_WITHIN_UNIQUE = Expectation(
    "identified_within_unique",
    "unique_participants_identified <= unique_participants",
    "Identified people are some of all people.",
    blocking=True,
)
PEOPLE_WITHIN_JOINS = Expectation(
    "people_within_joins",
    "unique_participants <= participant_joins",
    "There are no more people than joins.",
    blocking=True,
)


def a_share(name: str) -> Expectation:
    """A share of something lies between 0 and 1."""
    return Expectation(
        f"{name}_is_a_share",
        f"coalesce({name} BETWEEN 0 AND 1, TRUE)",
        f"`{name}` lies between 0 and 1.",
        blocking=True,
    )
