"""Counts again, in plain Python, who hosted how much, by host, department and licence.

As in `recount_utilization`, whose account this is about: from what the simulation made happen, without API rows or SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from reporting_assets_tests.integration.recount import first_peak
from reporting_assets_tests.integration.recount_core import Instance, Row, moment, ratio
from reporting_assets_tests.integration.recount_utilization import VENDORS, Account, difference

BASIC_SECONDS, BASIC_PEOPLE, RECLAIM_DAYS = 40 * 60, 100, 90
SUMMED = ("meetings", "solo_meetings", "meeting_minutes", "participant_joins", "person_minutes", "webinars")
Key = tuple[str, str]


def by_day(account: Account, day: date) -> dict[Key, Row]:
    """By vendor and host, what `host_daily` should say."""
    found = {}
    for key, members in _groups(account, {day}).items():
        most, at = first_peak(one.meeting.span for one in members)
        found[key] = _hosted(account, key[0], members)
        found[key] |= {"peak_concurrent_instances": most, "peak_instances_at": at}
    return found


def by_month(account: Account, days: list[date], *, is_complete: bool) -> dict[Key, Row]:
    """By vendor and host, what `host_monthly` should say of instances begun on these days of one month.

    Who hosted nothing then may have by Zoom's count, whose month begins and ends on the clock of its account.
    """
    groups = _groups(account, set(days))
    totals = account.zoom_totals(days[-1])
    vendors = {
        ("zoom", f"u:{account.organisation.user_id(index)}"): totals.get(address, (0, 0, 0))
        for address, index in account.listed.items()
    }
    found = {}
    for key in groups.keys() | {key for key, (meetings, *_) in vendors.items() if meetings}:
        row = _hosted(account, key[0], groups.get(key, []))
        meetings, joins, minutes = vendors.get(key, (None, None, None))
        found[key] = {
            **row,
            "days_hosted": len({one.meeting.day for one in groups.get(key, [])}),
            "vendor_meetings": meetings,
            "vendor_participant_joins": joins,
            "vendor_person_minutes": minutes,
            "meetings_difference_rate": difference(row["meetings"], meetings) if is_complete else None,
            "person_minutes_difference_rate": difference(row["person_minutes"], minutes) if is_complete else None,
        }
    return found


def _groups(account: Account, days: set[date]) -> dict[Key, list[Instance]]:
    groups: dict[Key, list[Instance]] = defaultdict(list)
    for one in account.instances:
        if one.meeting.day in days:
            groups[one.platform, account.host_of(one)].append(one)
    return groups


def _hosted(account: Account, platform: str, members: list[Instance]) -> Row:
    meetings = [one for one in members if not one.is_webinar]
    webinars = [one for one in members if one.is_webinar]

    def minutes(instances: list[Instance]) -> float:
        return sum(person.seconds for one in instances for person in one.meeting.people) / 60

    return {
        "meetings": len(meetings),
        "logical_meetings": len({account.logical[one.key] for one in meetings}),
        "solo_meetings": sum(one.meeting.true_people == 1 for one in meetings),
        "meeting_minutes": sum(one.seconds for one in meetings) / 60,
        "unique_participants": len(account.persons(meetings, platform)),
        "unique_participants_identified": len(account.persons(meetings, platform, identified=True)),
        "participant_joins": sum(len(one.meeting.inside) for one in meetings),
        "person_minutes": minutes(meetings),
        "person_minutes_per_meeting": ratio(minutes(meetings), len(meetings)),
        "webinars": len(webinars),
        "webinar_minutes": sum(one.seconds for one in webinars) / 60,
        "webinar_participant_joins": sum(len(one.meeting.inside) for one in webinars),
        "webinar_person_minutes": minutes(webinars),
        "instances_beyond_basic": len(webinars)
        + sum(one.seconds > BASIC_SECONDS or len(one.meeting.people) > BASIC_PEOPLE for one in meetings),
        "last_hosted_at": moment(max(one.begins for one in members)) if members else None,
    }


def licences(account: Account, hosts: dict[Key, Row], as_of: date, observed: int) -> dict[str, Row]:
    """By user, what `license_monthly` should say at the snapshot `as_of`, with `observed` days known before it.

    `hosts` are those of the month: no other month is known.
    """
    since = as_of - timedelta(days=RECLAIM_DAYS - 1)
    month = as_of.replace(day=1)
    found = {}
    for person in account.organisation.people:
        status = person.status_at(account.now)
        if person.license != 2 or status is None:
            continue
        id_, address = account.organisation.user_id(person.index), account.organisation.email(person.index)
        is_pending = status == "pending"
        row = hosts.get(("zoom", f"e:{address}" if is_pending else f"u:{id_}")) or _hosted(account, "zoom", [])
        last = row["last_hosted_at"].date() if row["last_hosted_at"] else None
        # By our count, or in the month by Zoom's, where that lies wholly within.
        seen = {
            days: bool(last and last > as_of - timedelta(days=days))
            or bool(row.get("vendor_meetings") and month > as_of - timedelta(days=days))
            for days in (30, RECLAIM_DAYS)
        }
        beyond = row["instances_beyond_basic"]
        needs_licence = seen[RECLAIM_DAYS] or beyond > 0 or moment(person.hired).date() > since
        found[address if is_pending else id_] = {
            "status": status,
            "users_as_of": as_of,
            "department": person.department or None,
            "observed_days": observed,
            **{name: row[name] for name in ("meetings", "webinars", "meeting_minutes", "person_minutes")},
            "last_hosted_at": row["last_hosted_at"],
            "days_since_hosting": (as_of - last).days if last else None,
            "instances_beyond_basic": beyond,
            "is_active_host": row["meetings"] > 0,
            "has_hosted_30_days": True if seen[30] else False if observed >= 30 else None,
            "has_hosted_90_days": True if seen[RECLAIM_DAYS] else False if observed >= RECLAIM_DAYS else None,
            "license_use": "needed"
            if beyond
            else "within_basic"
            if row["meetings"] or row["webinars"] or seen[RECLAIM_DAYS]
            else "none",
            "is_reclaim_candidate": False if needs_licence else True if observed >= RECLAIM_DAYS else None,
        }
    return found


def licence_totals(account: Account, licensed: dict[str, Row], as_of: date, month: dict[str, Row]) -> dict[str, Row]:
    """By platform, what `account_monthly` should say of licences, which are Zoom's; `month` is what it says of use."""
    rows = list(licensed.values())
    of_30_days = [row["has_hosted_30_days"] for row in rows if row["has_hosted_30_days"] is not None]
    active = sum(row["is_active_host"] for row in rows)
    zoom = {
        "users_as_of": as_of,
        "licensed_users": len(rows),
        "mean_licensed_users": float(len(rows)),  # every snapshot was taken at the same instant
        "active_licensed_hosts": active,
        "host_utilization_rate": ratio(active, len(rows)),
        "license_utilization_30d_rate": ratio(sum(of_30_days), len(of_30_days)),
        "reclaim_candidates": _candidates(rows),
        "person_minutes_per_license": ratio(month["zoom"]["person_minutes"], len(rows)),
        "meeting_minutes_per_license": ratio(month["zoom"]["meeting_minutes"], len(rows)),
    }
    return {platform: zoom if platform == "zoom" else dict.fromkeys(zoom) for platform in (*VENDORS, "all")}


def departments(account: Account, hosts: dict[Key, Row], licensed: dict[str, Row], used: list[date]) -> dict[Key, Row]:
    """By vendor and department, what `department_monthly` should say; `used` are the days of which users are known."""
    people = account.organisation.people
    by_address = {account.organisation.email(one.index): one.department for one in people}
    by_user = {
        f"u:{account.organisation.user_id(index)}": by_address[address] for address, index in account.listed.items()
    }
    hosted: dict[Key, list[Row]] = defaultdict(list)
    for (platform, host), row in hosts.items():
        # The list of users does not know who was deleted; Zoom's dashboards tell their department, Webex does not.
        told = by_address[host[2:]] if host.startswith("e:") and platform == "zoom" else ""
        hosted[platform, by_user.get(host) or told or "unknown"].append(row)
    active: dict[Key, list[tuple[str, Row]]] = defaultdict(list)
    for day in used:
        for (platform, user), row in account.user_rows(day).items():
            active[platform, by_user.get(user) or "unknown"].append((user, row))
    staff: dict[Key, int] = defaultdict(int)
    for one in people:
        if one.status_at(account.now):
            staff["zoom", one.department or "unknown"] += 1
    of_licences: dict[Key, list[Row]] = defaultdict(list)
    for row in licensed.values():
        of_licences["zoom", row["department"] or "unknown"].append(row)
    return {
        key: {
            **_of_hosts(hosted.get(key, [])),
            **_of_users(active.get(key, [])),
            **_of_licences(staff.get(key), of_licences.get(key, []), hosted.get(key)),
        }
        for key in hosted.keys() | active.keys() | staff.keys()
    }


def _of_hosts(rows: list[Row]) -> Row:
    sums = {name: sum(row[name] for row in rows) for name in (*SUMMED, "webinar_person_minutes")}
    return {
        "hosts": sum(row["meetings"] + row["webinars"] > 0 for row in rows),
        **sums,
        "person_minutes_per_meeting": ratio(sums["person_minutes"], sums["meetings"]),
    }


def _of_users(rows: list[tuple[str, Row]]) -> Row:
    messages = [row["messages_sent"] for _, row in rows if row["messages_sent"] is not None]
    return {
        "active_users": len({user for user, _ in rows}),
        "attended_minutes": sum(row["attended_minutes"] for _, row in rows),
        "messages_sent": sum(messages) if messages else None,
    }


def _of_licences(users: int | None, rows: list[Row], hosted: list[Row] | None) -> Row:
    licensed = None if users is None else len(rows)
    active = sum(row["is_active_host"] for row in rows) if rows else None
    minutes = None if hosted is None else sum(row["person_minutes"] for row in hosted)
    return {
        "users": users,
        "licensed_users": licensed,
        "active_licensed_hosts": active,
        "host_utilization_rate": ratio(active, licensed),
        "reclaim_candidates": _candidates(rows),
        "person_minutes_per_license": ratio(minutes, licensed),
    }


def _candidates(rows: Iterable[Row]) -> int | None:
    """NULL as soon as of one licence nobody can tell, or where there is none."""
    told = [row["is_reclaim_candidate"] for row in rows]
    return None if None in told or not told else sum(told)
