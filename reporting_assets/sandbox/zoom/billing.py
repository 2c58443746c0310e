"""`/report/cloud_recording`, `/report/billing`, its invoices, and `/report/operationlogs`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox import bookkeeping
from reporting_assets.sandbox.answers import Answer, ApiError, bad_parameter
from reporting_assets.sandbox.calendar import DAY_SECONDS, date_of
from reporting_assets.sandbox.clock import iso
from reporting_assets.sandbox.zoom.account import Call
from reporting_assets.sandbox.zoom.route import Route
from reporting_assets.sandbox.zoom.windows import window

LARGEST_PAGE = 300
CURRENCY = "USD"
_CUSTOM_BILL_EVERY_MONTHS = 6
_CATEGORIES = (
    "all",
    "user",
    "user_settings",
    "account",
    "billing",
    "im",
    "recording",
    "phone_contacts",
    "webinar",
    "sub_account",
    "role",
    "zoom_rooms",
)
_UNITS = ("KB", "MB", "GB", "TB")


def cloud_recording(call: Call) -> Answer:
    """Storage in use on each day of the window until yesterday."""
    asked = window(call, allows_times=False)
    if call.query.get("group_id"):
        raise bad_parameter("The group does not exist.")
    organisation = call.account.organisation
    yesterday = datetime.fromtimestamp(call.now, ZoneInfo(call.account.timezone)).date() - timedelta(days=1)
    is_business = call.account.plan == "business"
    usage = []
    day = asked.first
    while day <= min(asked.last, yesterday):
        usage.append(
            {
                "date": day.isoformat(),
                "usage": size_text(bookkeeping.stored_bytes(organisation, day)),
                "plan_usage": "3 TB" if is_business else "500 GB",
                "free_usage": "Unlimited" if is_business else "10 GB",
            }
        )
        day += timedelta(days=1)
    return Answer({"from": asked.sent_from, "to": asked.sent_to, "cloud_recording_storage": usage})


def billing(call: Call) -> Answer:
    """The bills of all months there have been, newest first."""
    organisation = call.account.organisation
    reports = []
    for month in reversed(_billed_months(call)):
        lines = bookkeeping.bill(organisation, month)
        reports.append(
            {
                "id": bookkeeping.bill_id(organisation, month),
                "type": int(month.month % _CUSTOM_BILL_EVERY_MONTHS == 0),
                "start_date": month.isoformat(),
                "end_date": max(line.last for line in lines).isoformat(),
                "total_amount": _amount(sum(line.total_cents for line in lines)),
                "tax_amount": _amount(sum(line.tax_cents for line in lines)),
            }
        )
    return Answer({"billing_reports": reports, "currency": CURRENCY})


def invoices(call: Call) -> Answer:
    """The lines of one bill's invoices; code 5010 where there is no such bill."""
    organisation = call.account.organisation
    asked = call.query.get("billing_id", "")
    if not asked:
        raise bad_parameter('Invalid parameter "billing_id"')
    month = next((one for one in _billed_months(call) if bookkeeping.bill_id(organisation, one) == asked), None)
    if month is None:
        raise ApiError(404, 5010, "Report does not exist.")
    lines = [
        {
            "invoice_number": line.invoice,
            "invoice_charge_name": line.charge,
            "quantity": line.quantity,
            "start_date": line.first.isoformat(),
            "end_date": line.last.isoformat(),
            "total_amount": _amount(line.total_cents),
            "tax_amount": _amount(line.tax_cents),
        }
        for line in bookkeeping.bill(organisation, month)
    ]
    return Answer({"currency": CURRENCY, "invoices": lines})


def operation_logs(call: Call) -> Answer:
    """What was changed on the account, by time; a page says neither how many there are nor how many pages."""
    category = call.query.get("category_type", "all")
    if category not in _CATEGORIES:
        raise bad_parameter(f"The category_type must be one of {', '.join(_CATEGORIES)}.")
    asked = window(call, allows_times=False, allows_minutes=True)
    position = call.position(LARGEST_PAGE)
    history = call.account.history
    page, fields = call.page(
        position,
        lambda: [
            entry
            for entry in bookkeeping.entries(
                history.organisation, max(asked.begin, history.begins), min(asked.end, position.as_of + 1)
            )
            if category in ("all", entry.category)
        ],
    )
    records = [
        {
            "time": iso(entry.at),
            "operator": entry.operator,
            "category_type": entry.category,
            "action": entry.action,
            "operation_detail": entry.detail,
        }
        for entry in page
    ]
    shown = {name: fields[name] for name in ("next_page_token", "page_size")}
    return Answer({**shown, "operation_logs": records})


def size_text(size: int) -> str:
    """A size as the reports write it: `512 KB`, `6.6 GB`."""
    value, unit = size / 1024, 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f}".removesuffix(".0") + f" {_UNITS[unit]}"


def _billed_months(call: Call) -> list[date]:
    first = date_of(call.account.history.begins // DAY_SECONDS)
    return bookkeeping.months(first, date_of(call.now // DAY_SECONDS))


def _amount(cents: int) -> str:
    """`1234.5`, as numbers without needless digits are written."""
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".")


ROUTES: tuple[Route, ...] = (
    Route(
        "/report/cloud_recording",
        RateLabel.HEAVY,
        ("report:read:cloud_recording:admin", "report:read:admin"),
        True,
        cloud_recording,
    ),
    Route("/report/billing", RateLabel.HEAVY, ("report:read:billing:admin", "report:read:admin"), True, billing),
    Route(
        "/report/billing/invoices",
        RateLabel.HEAVY,
        ("report:read:billing_invoice:admin", "report:read:admin"),
        True,
        invoices,
    ),
    Route(
        "/report/operationlogs",
        RateLabel.HEAVY,
        ("report:read:operation_logs:admin", "report:read:admin"),
        True,
        operation_logs,
    ),
)
