"""Bills add up, storage grows, the audit log can be narrowed, a series has all its instances."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from reporting_assets_tests.sandbox.client import Api

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-01", "to": "2026-11-20"}
SIZES = {"KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


def test_a_bill_is_the_sum_of_its_invoices(api: Api) -> None:
    bills = api.ok("/report/billing")
    assert bills["currency"] == "USD"
    assert len({bill["id"] for bill in bills["billing_reports"]}) == len(bills["billing_reports"]) >= 14
    doubled = 0
    for bill in bills["billing_reports"]:
        lines = api.ok("/report/billing/invoices", billing_id=bill["id"])
        assert lines["currency"] == "USD"
        for name in ("total_amount", "tax_amount"):
            assert Decimal(bill[name]) == sum(Decimal(line[name]) for line in lines["invoices"])
        assert all(bill["start_date"] <= line["start_date"] <= bill["end_date"] for line in lines["invoices"])
        charges = Counter((line["invoice_number"], line["invoice_charge_name"]) for line in lines["invoices"])
        doubled += any(count > 1 for count in charges.values())
    assert doubled, "the same charge should stand twice on some invoice"


def test_bills_are_of_whole_months_paid_in_advance(api: Api) -> None:
    periods = [(bill["start_date"], bill["end_date"]) for bill in api.ok("/report/billing")["billing_reports"]]
    assert periods[0] == ("2026-11-01", "2026-11-30")
    assert periods == sorted(periods, reverse=True)


def test_storage_grows_until_yesterday(api: Api) -> None:
    days = api.ok("/report/cloud_recording", **WINDOW)["cloud_recording_storage"]
    assert [day["date"] for day in days] == [f"2026-11-{day:02}" for day in range(1, 20)]
    sizes = [float(day["usage"].split()[0]) * SIZES[day["usage"].split()[1]] for day in days]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert {day["free_usage"] for day in days} == {"Unlimited"}


def test_storage_of_a_group_that_does_not_exist_is_refused(api: Api) -> None:
    assert api.error("/report/cloud_recording", **WINDOW, group_id="x") == (400, 300)


def logs(api: Api, **query: Any) -> list[dict[str, Any]]:
    return api.all("/report/operationlogs", "operation_logs", **{**WINDOW, **query})


def test_the_audit_log_can_be_narrowed_by_category_and_to_minutes(api: Api) -> None:
    everything = logs(api, page_size=300)
    by_category: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in everything:
        by_category[entry["category_type"]].append(entry)
    assert len(by_category) >= 6
    for category, entries in by_category.items():
        assert logs(api, category_type=category) == entries
    assert logs(api, category_type="all") == everything
    middle = everything[len(everything) // 2]["time"][:16].replace("T", " ")
    same_minute = [entry for entry in everything if entry["time"][:16].replace("T", " ") == middle]
    assert logs(api, from_=middle, to=middle) == same_minute


def test_pages_of_the_audit_log_add_up_and_say_no_totals(api: Api) -> None:
    pages = api.pages("/report/operationlogs", **WINDOW, page_size=50)
    assert len(pages) > 2
    assert all(page.keys() == {"next_page_token", "page_size", "operation_logs"} for page in pages)
    assert [entry for page in pages for entry in page["operation_logs"]] == logs(api, page_size=300)


def test_many_are_changed_in_one_second_and_some_entries_are_alike(api: Api) -> None:
    entries = logs(api, page_size=300)
    at_once = Counter((entry["time"], entry["operator"], entry["action"]) for entry in entries)
    assert max(at_once.values()) > 10
    assert max(Counter(str(entry) for entry in entries).values()) == 2


def test_people_who_begin_are_logged(api: Api) -> None:
    added = [entry for entry in logs(api, from_="2026-10-21", page_size=300) if entry["action"] == "Add"]
    users = {user["email"]: user["user_created_at"] for user in api.all("/users", "users", page_size=300)}
    for entry in added:
        email = entry["operation_detail"].removeprefix("Add User ").partition(":")[0]
        assert users[email] == entry["time"]


def test_a_series_has_all_instances_that_the_lists_show(api: Api) -> None:
    listed: dict[int, dict[str, str]] = defaultdict(dict)
    for kind in ("past", "pastOne"):
        for meeting in api.meetings("2026-10-21", "2026-11-20", kind):
            listed[meeting["id"]][meeting["uuid"]] = meeting["start_time"]
    repeated = {number: found for number, found in listed.items() if len(found) > 1}
    assert len(repeated) > 10
    for number, found in list(repeated.items())[:40]:
        instances = api.ok(f"/past_meetings/{number}/instances")["meetings"]
        starts = {instance["uuid"]: instance["start_time"] for instance in instances}
        assert len(starts) == len(instances)
        assert found.items() <= starts.items()
        assert starts.keys() - found.keys() <= {uuid for uuid, start in starts.items() if start < "2026-10-22"}


def test_what_happens_once_has_one_instance_and_webinars_have_their_own(launched: Callable[..., Api]) -> None:
    api = launched(users=100)
    by_number = Counter(meeting["id"] for meeting in api.meetings("2026-10-21", "2026-11-20"))
    once = next(number for number, count in by_number.items() if count == 1 and str(number).startswith("8"))
    assert len(api.ok(f"/past_meetings/{once}/instances")["meetings"]) == 1
    assert api.error(f"/past_webinars/{once}/instances") == (404, 3001)
    webinars = api.all("/metrics/webinars", "webinars", from_="2026-10-21", to="2026-11-20", type="past")
    for webinar in webinars:
        instances = api.ok(f"/past_webinars/{webinar['id']}/instances")["webinars"]
        assert {"uuid": webinar["uuid"], "start_time": webinar["start_time"]} in instances
    assert api.error(f"/past_meetings/{webinars[0]['id']}/instances") == (404, 3001)
