"""Contracts of what Zoom reports about costs and administration: recording storage, billing, the audit log."""

from __future__ import annotations

from reporting_assets.contracts.asking import Everything, Month, PerItem, Slices
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Input,
    Parse,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api/meetings/#tag/reports/GET"
_GROUP = "zoom_reports"
_DEPARTMENT_BILLING = "Pro or higher, with Department Billing, which Zoom's support enables"

REPORT_CLOUD_RECORDING = Endpoint(
    name="report_cloud_recording",
    path="/report/cloud_recording",
    rows_at="cloud_recording_storage",
    purpose="Storage that cloud recordings take, day by day until yesterday.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:cloud_recording:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/report/cloud_recording",
)

REPORT_BILLING = Endpoint(
    name="report_billing",
    path="/report/billing",
    rows_at="billing_reports",
    purpose="Billing periods of departments, with their totals.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:billing:admin",
    classic_scopes=("report:read:admin",),
    plan=_DEPARTMENT_BILLING,
    look_back="not stated",
    doc_url=f"{_DOCS}/report/billing",
    is_optional=True,
)

REPORT_BILLING_INVOICES = Endpoint(
    name="report_billing_invoices",
    path="/report/billing/invoices",
    rows_at="invoices",
    purpose="Lines of the invoices of one billing period.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:billing_invoice:admin",
    classic_scopes=("report:read:admin",),
    plan=_DEPARTMENT_BILLING,
    look_back="not stated",
    doc_url=f"{_DOCS}/report/billing/invoices",
    is_optional=True,
)

REPORT_OPERATION_LOGS = Endpoint(
    name="report_operation_logs",
    path="/report/operationlogs",
    rows_at="operation_logs",
    purpose="What admins and users changed on the account.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:operation_logs:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher",
    look_back="6 months (not stated for this call)",
    look_back_days=180,
    doc_url=f"{_DOCS}/report/operationlogs",
    page_size=300,
)


def _storage(name: str, meaning: str, path: str) -> tuple[Column, Column]:
    """A size in bytes and as Zoom writes it, rounded to a unit of its choice."""
    return (
        Column(
            f"{name}_bytes",
            Type.INTEGER,
            f"{meaning}, as exactly as Zoom writes it; NULL where unlimited. A stock: never add days up.",
            unit="bytes",
            source=Field(path, Parse.BYTES),
            additivity=Additivity.NONE,
        ),
        Column(f"{name}_text", Type.TEXT, f"{meaning}, as Zoom writes it, such as `3 TB`.", source=Field(path)),
    )


CLOUD_RECORDING = Table(
    schema="zoom",
    name="cloud_recording",
    grain="One row per day of the month on which Zoom reports the storage that cloud recordings take.",
    about=(
        "A running month ends yesterday. Sizes are a stock, so a month's figure is its last day or the mean of its days, "
        "never a sum. Zoom rounds to the unit it writes; 1 KB is taken as 1,024 bytes."
    ),
    partition=Partition.MONTH,
    key=("usage_date",),
    partition_by="usage_date",
    group=_GROUP,
    endpoints=(REPORT_CLOUD_RECORDING,),
    asks=(Month(endpoint=REPORT_CLOUD_RECORDING.name),),
    columns=(
        Column("usage_date", Type.DATE, "The day, as the vendor cuts it.", required=True, source=Field("date")),
        *_storage("used", "Storage in use", "usage"),
        *_storage("plan", "Storage that is paid for", "plan_usage"),
        *_storage("free", "Storage that comes free", "free_usage"),
    ),
    expectations=(
        Expectation("use_is_known", "used_bytes IS NOT NULL", "The storage in use is a size."),
        Expectation("sizes_not_negative", "used_bytes >= 0", "Sizes are never negative."),
    ),
)


def _amount(name: str, meaning: str, path: str) -> Column:
    return Column(name, Type.DECIMAL, meaning, unit="of `currency`", source=Field(path), additivity=Additivity.SUM)


_CURRENCY = Column("currency", Type.TEXT, "Currency of the amounts, such as `USD`.", source=Field("_answer.currency"))

BILLING = Table(
    schema="zoom",
    name="billing",
    grain="One row per billing report whose period begins in the month.",
    about=(
        "Department Billing only; the account's own bill is not in the API. Zoom lists all reports there are, whatever "
        "their date, so a month holds those that were still listed when it was fetched."
    ),
    partition=Partition.MONTH,
    key=("billing_id",),
    partition_by="period_start_date",
    group=_GROUP,
    row_floor=0,
    endpoints=(REPORT_BILLING,),
    asks=(Everything(endpoint=REPORT_BILLING.name),),
    columns=(
        Column("billing_id", Type.TEXT, "Zoom's id of the report.", required=True, source=Field("id")),
        Column("billing_type", Type.INTEGER, "0 detailed, 1 custom.", source=Field("type")),
        Column(
            "period_start_date",
            Type.DATE,
            "First day of the billing period.",
            required=True,
            source=Field("start_date"),
        ),
        Column("period_end_date", Type.DATE, "Last day of the billing period.", source=Field("end_date")),
        _amount("total_amount", "Total of the period.", "total_amount"),
        _amount("tax_amount", "Tax of the period.", "tax_amount"),
        _CURRENCY,
    ),
    expectations=(
        Expectation(
            "ends_after_start", "period_end_date >= period_start_date", "A period does not end before it starts."
        ),
        Expectation("amounts_not_negative", "total_amount >= 0 AND tax_amount >= 0", "Amounts are not negative."),
        Expectation("known_type", "billing_type IN (0, 1)", "The kind of report is one of the two documented."),
    ),
)

BILLING_INVOICES = Table(
    schema="zoom",
    name="billing_invoices",
    grain="One row per line of an invoice of a billing report whose period begins in the month.",
    about=(
        "Asked report by report. Nothing in a line is unique for certain: the same charge may stand twice on one "
        "invoice, so `line` is part of the key."
    ),
    partition=Partition.MONTH,
    key=("billing_id", "line"),
    group=_GROUP,
    row_floor=0,
    endpoints=(REPORT_BILLING_INVOICES,),
    inputs=(Input("zoom.billing"),),  # says which reports to ask for
    asks=(
        PerItem(
            endpoint=REPORT_BILLING_INVOICES.name,
            parent="zoom.billing",
            select={"billing_id": "billing_id"},
            params={"billing_id": "billing_id"},
        ),
    ),
    columns=(
        Column("billing_id", Type.TEXT, "The billing report.", required=True, source=Field("$request.billing_id")),
        Column(
            "line",
            Type.INTEGER,
            "Place of the line in Zoom's answer, from 0.",
            required=True,
            source=Field("$parent_place"),
            additivity=Additivity.NONE,
        ),
        Column("invoice_number", Type.TEXT, "Number of the invoice.", source=Field("invoice_number")),
        Column("charge_name", Type.TEXT, "What is charged for.", source=Field("invoice_charge_name")),
        Column("start_date", Type.DATE, "First day that is charged for.", source=Field("start_date")),
        Column("end_date", Type.DATE, "Last day that is charged for.", source=Field("end_date")),
        Column(
            "quantity",
            Type.INTEGER,
            "Licences bought.",
            unit="licences",
            source=Field("quantity"),
            additivity=Additivity.SUM,
        ),
        _amount("total_amount", "Amount of the line.", "total_amount"),
        _amount("tax_amount", "Tax of the line.", "tax_amount"),
        _CURRENCY,
    ),
    expectations=(
        Expectation("ends_after_start", "end_date >= start_date", "A charge does not end before it starts."),
        Expectation("amounts_not_negative", "total_amount >= 0 AND tax_amount >= 0", "Amounts are not negative."),
        Expectation("has_invoice", "invoice_number IS NOT NULL", "Every line stands on an invoice."),
    ),
)

OPERATION_LOGS = Table(
    schema="zoom",
    name="operation_logs",
    grain="One row per change that somebody made to the account on the UTC day.",
    about=(
        "Entries have no id. What tells two entries of one second apart is often only the detail, which most privacy "
        "profiles do not store; `twin` keeps them apart all the same, so no entry is lost when a hundred users are "
        "changed at once. An entry that two calls deliver is still one row."
    ),
    partition=Partition.DAY,
    key=("occurred_at", "operator", "category", "action", "operation_detail", "twin"),
    partition_by="occurred_at",
    group=_GROUP,
    row_floor=0,
    endpoints=(REPORT_OPERATION_LOGS,),
    asks=(Slices(endpoint=REPORT_OPERATION_LOGS.name),),
    columns=(
        Column("occurred_at", Type.TIMESTAMP, "When the change was made.", required=True, source=Field("time")),
        Column(
            "operator",
            Type.TEXT,
            "Who made it, mostly an e-mail address.",
            personal=Personal.IDENTITY,
            source=Field("operator"),
        ),
        Column(
            "category",
            Type.TEXT,
            "What it concerns, such as `user`, `user_settings`, `account`, `recording` or `role`.",
            source=Field("category_type"),
        ),
        Column("action", Type.TEXT, "What was done, such as `add`, `update` or `delete`.", source=Field("action")),
        Column(
            "operation_detail",
            Type.TEXT,
            "The change in Zoom's words, with names, addresses and old and new values.",
            personal=Personal.CONTENT,
            source=Field("operation_detail"),
        ),
        Column(
            "twin",
            Type.INTEGER,
            "Which of the entries that the other key columns cannot tell apart this is, from 0.",
            required=True,
            source=Field("$twin"),
            additivity=Additivity.NONE,
        ),
    ),
    expectations=(
        Expectation("has_action", "action IS NOT NULL AND category IS NOT NULL", "Every entry says what was done."),
        Expectation("not_in_the_future", "occurred_at <= _ingested_at", "Nothing is logged before it happens."),
    ),
)

TABLES: tuple[Table, ...] = (CLOUD_RECORDING, BILLING, BILLING_INVOICES, OPERATION_LOGS)
