"""Adjudications: what each amount of a ClaimResponse or ExplanationOfBenefit is.

A category is a pair of the standard's code and the payer's own. Where a reason code (CARC) and a group are
told, they decide; else the category stands in the place of the reason, and the books say what it means. Some
categories reduce what is paid, some only tell; each amount is one or the other, never both, and amounts of
the header are not added to those of the lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from hcfin.billing.base import Adjustment, InformationalAmount
from hcfin.standards.fhir.elements import Code, Element, child, codings
from hcfin.standards.fhir.session import Session

CARC = (
    "https://x12.org/codes/claim-adjustment-reason-codes",
    "http://terminology.hl7.org/CodeSystem/adjudication-reason",
)
RARC = "https://x12.org/codes/remittance-advice-remark-codes"
GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
_STANDARD = (
    "http://terminology.hl7.org/CodeSystem/adjudication",
    "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication",
    "http://hl7.org/fhir/us/davinci-pct/CodeSystem/PCTAdjudication",
)
REDUCING = frozenset({"coinsurance", "copay", "deductible", "discount", "noncovered", "priorpayerpaid"})
_CHARGE = "submitted"
_ALLOWED = "eligible"
_PAID = ("benefit", "paidtoprovider", "paidtopatient")
LIABILITY = "memberliability"
TOLD = frozenset(
    {
        *("unallocdeduct", "eligpercent", "tax", "drugcost", "told", _ALLOWED),
        *("paidbypatient", "paidbypatientcash", "paidbypatientother", "paidbypatienthealthaccount"),
    }
)
"""Categories of the standards that are told and balance nothing."""
_KNOWN = REDUCING | {_CHARGE, _ALLOWED, *_PAID}
_CARC = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@dataclass(slots=True)
class Figures:
    """The amounts of one item, or of a header."""

    charged: list[Decimal] = field(default_factory=list)
    paid: dict[str, Decimal] = field(default_factory=dict)
    allowed: Decimal | None = None
    adjustments: list[Adjustment] = field(default_factory=list)
    told: list[InformationalAmount] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)

    def payment(self) -> Decimal | None:
        """What is paid: the benefit, else what goes to the provider and the patient."""
        if "benefit" in self.paid:
            return self.paid["benefit"]
        return sum(self.paid.values(), Decimal(0)) if self.paid else None

    @property
    def empty(self) -> bool:
        """Whether nothing is told."""
        return not (self.charged or self.paid or self.adjustments or self.told or self.allowed is not None)


def figures(elements: Iterable[Element], pointer: str, session: Session) -> Figures:
    """The adjudications of an item or header; `pointer` is where their list stands."""
    found = Figures()
    for position, element in enumerate(elements):
        _take(element, f"{pointer}/{position}", found, session)
    if found.allowed is not None and len(found.charged) == 1 and not _explained(found.adjustments):
        cut = found.charged[0] - found.allowed
        if cut > 0:
            at = session.at(pointer)
            found.adjustments.insert(0, Adjustment(at=at, group="", reason="ineligible", amount=cut))
    return found


def _explained(adjustments: Iterable[Adjustment]) -> bool:
    """Whether what is not allowed is told by itself already."""
    return any(one.group or one.reason in ("discount", "noncovered") for one in adjustments)


def _take(element: Element, pointer: str, found: Figures, session: Session) -> None:
    reasons = codings(child(element, "reason")) if "reason" in element else []
    if reasons:
        found.remarks += [code.code for code in reasons if code.system == RARC]
    at = session.at(pointer)
    amount, currency = session.money(element, "amount", at, "amount")
    if amount is None:
        return
    found.currencies.add(currency)
    category = codings(child(element, "category"))
    standard = local = group = ""
    for code in category:
        if code.system == GROUP:
            group = group or code.code
        elif code.system in _STANDARD:
            standard = standard or code.code
        else:
            local = local or code.code
            if _is_bare(code):  # HL7's own examples leave the system of its codes out
                standard = standard or code.code
    own = "" if local == standard or local in session.profile.categories else local.rpartition("/")[2]
    standard = session.profile.categories.get(local, standard)
    quantity = (
        session.quantity(element, "quantity", at, "lines.adjustments.quantity")
        if "quantity" in element
        else None
    )
    reason = ""
    for code in reasons:
        if code.system == GROUP:
            group = group or code.code
        elif not reason and _is_carc(code):
            reason = code.code
    if reason and (group or standard not in REDUCING):
        found.adjustments.append(
            Adjustment(at=at, group=group, reason=reason, amount=amount, quantity=quantity)
        )
    elif standard == _CHARGE:
        found.charged.append(amount)
    elif standard in _PAID:
        found.paid[standard] = found.paid.get(standard, Decimal(0)) + amount
    elif standard in REDUCING:
        if amount:
            name = f"{standard}/{reason or own}" if reason or own else standard
            found.adjustments.append(
                Adjustment(at=at, group="", reason=name, amount=amount, quantity=quantity)
            )
    else:
        if standard == _ALLOWED:
            found.allowed = amount
        qualifier = standard or local or "?"
        found.told.append(InformationalAmount(at=at, qualifier=qualifier, amount=amount))


def _is_bare(code: Code) -> bool:
    return not code.system and code.code in _KNOWN


def _is_carc(code: Code) -> bool:
    return code.system in CARC and 0 < len(code.code) <= 3 and set(code.code) <= _CARC
