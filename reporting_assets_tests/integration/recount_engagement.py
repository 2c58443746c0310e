"""Counts again, in plain Python, what the `engagement` tables claim of meetings and series.

As in `recount_core`, whose instances and people these are: from what the simulation made happen, without API rows or SQL.
Audiences are in `recount_audience`, team chat is in `recount_chat`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import mean, median

from reporting_assets_tests.integration.recount import first_peak
from reporting_assets_tests.integration.recount_core import Instance, Row, attendance, logical_meetings, ratio


def meeting(one: Instance, *, knows_schedules: bool = False) -> Row:
    """What `engagement.meeting_engagement` should say of one instance; dashboards know no schedules."""
    people = one.meeting.people
    rows = [attendance(one, person, knows_schedules=knows_schedules) for person in people]
    seconds = [person.seconds for person in people if person.seconds]
    at_once, people_at = first_peak(stay for person in people for stay in person.stays)
    connections, connections_at = first_peak(join.span for join in one.meeting.inside)
    return {
        "has_participant_rows": bool(one.everybody),
        "unique_participants": len(people),
        "unique_participants_identified": len(one.meeting.identified),
        "join_count": len(one.meeting.inside),
        "attended_minutes": sum(seconds) / 60,
        "mean_attended_minutes": mean(seconds) / 60 if seconds else None,
        "median_attended_minutes": median(seconds) / 60 if seconds else None,
        "late_joiners": sum(row["is_late"] for row in rows),
        "early_leavers": sum(row["is_early_leave"] for row in rows),
        "peak_concurrent_people": at_once,
        "peak_people_at": people_at,
        "peak_concurrent_connections": connections,
        "peak_connections_at": connections_at,
        "waiting_people": sum(any(join.is_waiting for join in person.joins) for person in one.everybody),
        "actual_seconds": one.seconds,
        "host_start_delay_seconds": one.begins - one.scheduled if knows_schedules and one.scheduled else None,
    }


def series(instances: list[Instance], *, knows_schedules: bool = False) -> dict[tuple[str, str], Row]:
    """By vendor and number, what `engagement.series_monthly` should say of these instances."""
    groups: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for one in instances:
        groups[one.platform, one.number].append(one)
    logical = logical_meetings(instances)
    found = {}
    for key, members in groups.items():
        rows = [
            attendance(one, person, knows_schedules=knows_schedules) for one in members for person in one.meeting.people
        ]
        delays = [one.begins - one.scheduled for one in members if knows_schedules and one.scheduled]
        times = Counter(person.key for one in members for person in one.meeting.people if person.key)
        sizes = [len(one.meeting.people) for one in members if one.meeting.people]
        shares = [row["pct_of_actual"] / 100 for row in rows if row["pct_of_actual"] is not None]
        found[key] = {
            "instances": len(members),
            "logical_meetings": len({logical[one.key] for one in members}),
            "instances_with_people": len(sizes),
            "meeting_minutes": sum(one.seconds for one in members) / 60,
            "median_start_delay_seconds": median(delays) if delays else None,
            "attendances": len(rows),
            "join_count": sum(row["join_count"] for row in rows),
            "attended_minutes": sum(row["attended_seconds"] for row in rows) / 60,
            "mean_participants": ratio(len(rows), len(sizes)),
            "median_participants": median(sizes),
            "most_participants": max(sizes),
            "unique_participants_identified": len(times),
            "returning_participants": sum(count > 1 for count in times.values()),
            "regular_participants": sum(2 * count > len(sizes) for count in times.values()),
            "measured_attendances": len(shares),
            "mean_attended_share": mean(shares) if shares else None,
            "late_attendances": sum(row["is_late"] for row in rows),
            "late_share": ratio(sum(row["is_late"] for row in rows), len(rows)),
            "early_leaves": sum(row["is_early_leave"] for row in rows),
            "early_leave_share": ratio(sum(row["is_early_leave"] for row in rows), len(rows)),
        }
    return found
