"""What money needs and structural validators do not check: codes, currencies, references and sums."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hcfin.money import is_currency
from hcfin.standards.fhir.elements import Element, child, children, known_name, number, one, text
from hcfin.standards.fhir.resource import Resource

Finding = tuple[str, str, dict[str, Any]]
"""An issue's code, the path of what it is about, and its values."""

_FINANCIAL = frozenset({"active", "cancelled", "draft", "entered-in-error"})
STATUS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "Claim",
            "ClaimResponse",
            "ExplanationOfBenefit",
            "Coverage",
            "PaymentNotice",
            "PaymentReconciliation",
        ),
        _FINANCIAL,
    ),
    "Account": frozenset({"active", "inactive", "entered-in-error", "on-hold", "unknown"}),
    "ChargeItem": frozenset(
        {"planned", "billable", "not-billable", "aborted", "billed", "entered-in-error", "unknown"}
    ),
    "Invoice": frozenset({"draft", "issued", "balanced", "cancelled", "entered-in-error"}),
    "SupplyDelivery": frozenset({"", "in-progress", "completed", "abandoned", "entered-in-error"}),
    "SupplyRequest": frozenset(
        {"", "draft", "active", "suspended", "cancelled", "completed", "entered-in-error", "unknown"}
    ),
    "Procedure": frozenset(
        {
            "preparation",
            "in-progress",
            "not-done",
            "on-hold",
            "stopped",
            "completed",
            "entered-in-error",
            "unknown",
        }
    ),
    "DeviceUsage": frozenset(
        {"active", "completed", "not-done", "entered-in-error", "intended", "stopped", "on-hold"}
    ),
    "DeviceUseStatement": frozenset(
        {"active", "completed", "entered-in-error", "intended", "stopped", "on-hold"}
    ),
    "InventoryReport": frozenset({"draft", "requested", "active", "entered-in-error"}),
    "InventoryItem": frozenset({"active", "inactive", "entered-in-error", "unknown"}),
}
_USES = frozenset({"claim", "preauthorization", "predetermination"})
_USED = frozenset({"Claim", "ClaimResponse", "ExplanationOfBenefit"})
_OUTCOMES = frozenset({"queued", "complete", "error", "partial"})
_DECIDED = frozenset({"ClaimResponse", "ExplanationOfBenefit", "PaymentReconciliation"})
_MOST_DEEP = 64


def findings(resource: Resource) -> Iterator[Finding]:
    """Everything that is wrong by these rules."""
    data, kind = resource.data, resource.type
    status = text(data, "status")
    if kind in STATUS and status not in STATUS[kind]:
        yield "CODE_NOT_IN_SET", "/status", {}
    if kind in _USED and text(data, "use") not in _USES:
        yield "CODE_NOT_IN_SET", "/use", {}
    outcome = text(data, "outcome")
    if kind in _DECIDED and outcome and outcome not in _OUTCOMES:
        yield "CODE_NOT_IN_SET", "/outcome", {}
    yield from _walk(resource, data, "", 0)
    if kind == "Claim":
        yield from _lines(data)


def _walk(resource: Resource, value: Any, path: str, depth: int) -> Iterator[Finding]:
    """Currencies, references and modifier extensions, wherever they stand."""
    if depth > _MOST_DEEP:
        return
    if isinstance(value, list):
        for position, inside in enumerate(value):
            yield from _walk(resource, inside, f"{path}/{position}", depth + 1)
        return
    if not isinstance(value, dict):
        return
    if "currency" in value and ("value" in value or len(value) == 1):
        currency = text(value, "currency")
        if currency and not is_currency(currency):
            yield "CURRENCY_NOT_ISO", f"{path}/currency", {"currency": currency}
    if "reference" in value and resource.dangling(value):
        yield "REFERENCE_DANGLING", f"{path}/reference", {}
    if "modifierExtension" in value:
        yield "MODIFIER_EXTENSION", f"{path}/modifierExtension", {}
    for name, inside in value.items():
        if name != "contained" and isinstance(inside, list | dict):
            yield from _walk(resource, inside, f"{path}/{known_name(name)}", depth + 1)


def _lines(data: Element) -> Iterator[Finding]:
    """A line is its price times its quantity and factor."""
    for position, item in enumerate(children(data, "item")):
        net = number(child(item, "net"), "value")
        price = number(child(item, "unitPrice"), "value")
        if net is None or price is None:
            continue
        quantity = number(child(item, "quantity"), "value")
        factor = number(item, "factor") if one(item, "factor") is not None else None
        count = Decimal(1) if quantity is None else quantity
        due = price * count * (Decimal(1) if factor is None else factor)
        if abs(due - net) >= Decimal("0.01"):
            yield "LINE_NET_MISMATCH", f"/item/{position}/net", {"net": net, "expected": due}
