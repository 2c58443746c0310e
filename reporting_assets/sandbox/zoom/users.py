"""`/users`: everyone on the account, by status."""

from __future__ import annotations

from typing import Any

from reporting_assets.sandbox.answers import Answer, bad_parameter
from reporting_assets.sandbox.calendar import DAY_SECONDS, OFFICES
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.identifiers import opaque_id, stable_hash
from reporting_assets.sandbox.organisation import Organisation, Person
from reporting_assets.sandbox.words import CLIENT_VERSIONS
from reporting_assets.sandbox.zoom.account import Call

LARGEST_PAGE = 2000
_STATUSES = ("active", "inactive", "pending")


def list_users(call: Call) -> Answer:
    """Users of one status; pending ones have no id."""
    status = call.query.get("status", "active")
    if status not in _STATUSES:
        raise bad_parameter(f"The status must be one of {', '.join(_STATUSES)}.")
    organisation = call.account.organisation
    position = call.position(LARGEST_PAGE)
    page, fields = call.page(
        position, lambda: [person for person in organisation.people if person.status_at(position.as_of) == status]
    )
    include = call.query.get("include_fields", "").split(",")
    users = [_user(organisation, person, status, position.as_of, include) for person in page]
    return Answer({**fields, "page_number": position.offset // position.size + 1, "users": users})


def _user(organisation: Organisation, person: Person, status: str, now: int, include: list[str]) -> dict[str, Any]:
    index = person.index
    draw = stable_hash(organisation.seed, "account", index)
    record: dict[str, Any] = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "display_name": person.name,
        "email": organisation.email(index),
        "type": person.license,
        "role_id": "0" if index == 0 else "1" if draw % 50 == 0 else "2",
        "dept": person.department,
        "timezone": OFFICES[person.office].timezone,
        "status": status,
        "verified": int(status != "pending"),
        "created_at": iso(person.hired),
        "user_created_at": iso(person.hired),
    }
    if status == "pending":
        return record
    record |= {
        "id": organisation.user_id(index),
        "pmi": organisation.pmi(index),
        "employee_unique_id": f"E{index:06}",
        "group_ids": [opaque_id(organisation.seed, "group", person.department)],
        "im_group_ids": [],
        "division_ids": [],
        "last_client_version": CLIENT_VERSIONS[draw % len(CLIENT_VERSIONS)],
        "license_info_list": [
            {"license_type": "MEETING", "license_option": 2 if person.license == 2 else 8, "subscription_id": ""}
        ],
    }
    seen = min(now, person.left) - draw % (5 * DAY_SECONDS)
    if seen > person.hired:
        record["last_login_time"] = iso(seen)
    if draw % 3 == 0:
        record["account_number"] = draw % 10**9  # a field the reference does not name
    if "custom_attributes" in include:
        record["custom_attributes"] = [{"key": "cost_center", "name": "Cost centre", "value": f"CC{draw % 40:03}"}]
    if "host_key" in include:
        record["host_key"] = f"{draw % 10**6:06}"
    return record
