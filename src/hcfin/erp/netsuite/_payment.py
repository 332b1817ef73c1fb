"""Receipts as NetSuite `customerPayment` records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp._documents import part_ids
from hcfin.erp.netsuite._fields import (
    EXACT_DIGITS,
    header_memo,
    is_exact,
    issue_about,
    left_out,
    record_path,
    reference,
)
from hcfin.erp.netsuite.settings import Settings
from hcfin.finance.receivable import Receipt
from hcfin.issues import Issue, PolicyText

# Lines that NetSuite takes in one transaction other than a journal.
_APPLY_LIMIT = 5000

# It shares its column with the reference number of invoices, which holds 45 characters; TRN02 has up to 50.
_CHECK_NUMBER = 45

Applied = list[tuple[str, Decimal]]


def payment_payloads(receipt: Receipt, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """One record, or several where the receipt pays more accounts than NetSuite applies at once.

    The record's amount is the receipt's own, not the payment that the remittance announces: the difference
    (takebacks, provider adjustments) is in the journal.
    """
    applied = _applied(receipt)
    if not receipt.amount and not applied and not receipt.gl_lines:
        return [], [issue_about("TARGET_DOCUMENT_EMPTY", receipt)]
    unsaid = _unsaid(receipt, applied)
    if unsaid:
        return [], [issue_about("TARGET_VALUE_UNSUPPORTED", receipt, field=PolicyText(unsaid))]
    slices = [applied[at : at + _APPLY_LIMIT] for at in range(0, len(applied), _APPLY_LIMIT)] or [[]]
    amounts = [_sum(part) for part in slices]
    # What no account takes stays on the last record, unapplied.
    amounts[-1] += receipt.amount - _sum(applied)
    if not all(map(is_exact, (*amounts, *(amount for _, amount in applied)))):
        return [], [issue_about("TARGET_AMOUNT_TOO_LARGE", receipt, digits=EXACT_DIGITS)]
    dimensions, mixed = _header_dimensions(receipt, settings)
    fits = len(receipt.trace) <= _CHECK_NUMBER
    header = {**({"checkNumber": receipt.trace} if fits else {}), **dimensions}
    notes = [f"method {receipt.method}", *([] if fits else [f"trace {receipt.trace}"])]
    ids = part_ids(receipt.id, len(slices))
    payloads = []
    for part, (external_id, amount, items) in enumerate(zip(ids, amounts, slices, strict=True), start=1):
        memo = header_memo(receipt, part, len(slices), *notes)
        head = {"externalId": external_id, "payment": amount, "memo": memo}
        payloads.append(_payload(receipt, settings, head, header, items))
    return payloads, [*left_out(receipt, settings, tags_fit=False), *mixed]


def _sum(applied: Applied) -> Decimal:
    return sum((amount for _, amount in applied), Decimal(0))


def _applied(receipt: Receipt) -> Applied:
    """What each account gets, in the order of first mention: the sublist has one line per document."""
    sums: dict[str, Decimal] = {}
    for application in receipt.applications:
        token = application.account_token
        sums[token] = sums.get(token, Decimal(0)) + application.amount
    return [(token, amount) for token, amount in sums.items() if amount]


def _unsaid(receipt: Receipt, applied: Applied) -> str:
    """The field that a payment record cannot hold, if any."""
    if receipt.amount <= 0:
        return "amount"
    if _sum(applied) > receipt.amount or any(amount < 0 for _, amount in applied):
        return "applications"
    # A payment books its amount from one account to another. A receipt whose lines say anything else would
    # be booked as what it is not.
    booked: dict[tuple[str, str], Decimal] = {}
    for line in receipt.gl_lines:
        key = (line.side, line.account)
        booked[key] = booked.get(key, Decimal(0)) + line.amount
    expected = {
        ("debit", receipt.clearing_account): receipt.amount,
        ("credit", receipt.receivable_account): receipt.amount,
    }
    return "gl_lines" if booked and booked != expected else ""


def _header_dimensions(receipt: Receipt, settings: Settings) -> tuple[dict[str, Any], list[Issue]]:
    """Dimensions on which all lines agree: a payment has them in its header only."""
    values: dict[str, set[str]] = {}
    for name, value in (pair for line in receipt.gl_lines for pair in line.dimensions):
        values.setdefault(name, set()).add(value)
    header: dict[str, Any] = {}
    issues: list[Issue] = []
    for name in sorted(values.keys() & settings.dimensions.keys()):
        if len(values[name]) > 1:
            issues.append(issue_about("TARGET_DIMENSION_MIXED", receipt, dimension=PolicyText(name)))
        else:
            header[settings.dimensions[name]] = {"externalId": values[name].pop()}
    return header, issues


def _payload(
    receipt: Receipt, settings: Settings, head: dict[str, Any], header: dict[str, Any], items: Applied
) -> Payload:
    external_id = head["externalId"]
    path = record_path("customerPayment", external_id)
    invoices = dict(receipt.invoices or ())
    body = {
        "externalId": external_id,
        "customer": reference(settings.entities, receipt.payer.token),
        "payment": head["payment"],
        "tranDate": receipt.gl_date.isoformat(),
        "subsidiary": reference(settings.subsidiaries, receipt.entity),
        "currency": reference(settings.currencies, receipt.currency),
        "arAcct": reference(settings.accounts, receipt.receivable_account),
        "account": reference(settings.accounts, receipt.clearing_account),
        "memo": head["memo"],
        **header,
        "autoApply": False,
        "apply": {
            "items": [
                {"doc": {"externalId": invoices.get(token, token)}, "apply": True, "amount": amount}
                for token, amount in items
            ]
        },
    }
    return Payload(
        target="netsuite",
        record="customerPayment",
        external_id=external_id,
        method="PUT",
        # Applications are keyed by the document that they pay, so a second attempt meets its own lines.
        path=path,
        body=body,
        lookup=path,
        trace=_trace(receipt, len(items)),
    )


def _trace(receipt: Receipt, applications: int) -> dict[str, tuple[str, int]]:
    trace: dict[str, tuple[str, int]] = {}
    for line in receipt.gl_lines:
        pointer = "/account" if line.side == "debit" else "/arAcct"
        trace.setdefault(pointer, (receipt.id, line.n))
    if "/arAcct" in trace:
        trace.update({f"/apply/items/{place}": trace["/arAcct"] for place in range(applications)})
    return trace
