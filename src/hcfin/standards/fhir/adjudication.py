"""Adjudications: what each amount of a ClaimResponse or ExplanationOfBenefit is.

A category is a pair of the standard's code and the payer's own. Where a reason code (CARC) and a group are
told, they decide; else the category stands in the place of the reason, and the books say what it means. Some
categories reduce what is paid, some only tell; each amount is one or the other, never both, and amounts of
the header are not added to those of the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hcfin.billing.base import Adjustment, InformationalAmount
from hcfin.model import trusted
from hcfin.standards.fhir.elements import Code, Element, child, codings, text
from hcfin.standards.fhir.session import Session

CARC = (
    "https://x12.org/codes/claim-adjustment-reason-codes",
    "http://terminology.hl7.org/CodeSystem/adjudication-reason",
)
RARC = "https://x12.org/codes/remittance-advice-remark-codes"
GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
_STANDARD = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/adjudication",
        "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication",
        "http://hl7.org/fhir/us/davinci-pct/CodeSystem/PCTAdjudication",
    }
)
REDUCING = frozenset({"coinsurance", "copay", "deductible", "discount", "noncovered", "priorpayerpaid"})
# What an amount of a standard category is; of any other, it is told.
_ROLES = {
    "submitted": "charge",
    "eligible": "allowed",
    **dict.fromkeys(("benefit", "paidtoprovider", "paidtopatient"), "paid"),
    **dict.fromkeys(REDUCING, "reducing"),
}
MEANINGS = frozenset(_ROLES)
"""The categories that an amount is read by."""
LIABILITY = "memberliability"
TOLD = frozenset(
    {
        *("unallocdeduct", "eligpercent", "tax", "drugcost", "told", "eligible"),
        *("paidbypatient", "paidbypatientcash", "paidbypatientother", "paidbypatienthealthaccount"),
    }
)
"""Categories of the standards that are told and balance nothing."""
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
    currencies: dict[str, None] = field(default_factory=dict)
    """In the order of the amounts: a set has another one in each process."""

    def payment(self) -> Decimal | None:
        """What is paid: the benefit, else what goes to the provider and the patient."""
        if "benefit" in self.paid:
            return self.paid["benefit"]
        return sum(self.paid.values(), Decimal(0)) if self.paid else None

    @property
    def empty(self) -> bool:
        """Whether nothing is told."""
        return not (self.charged or self.paid or self.adjustments or self.told or self.allowed is not None)


def figures(elements: Sequence[Element], pointer: str, session: Session) -> Figures:
    """The adjudications of an item or header; `pointer` is where their list stands. Nodes are made as they
    are: their values are checked here."""
    found = Figures()
    if not elements:
        return found
    first = session.trail.note_list(pointer, len(elements))
    meanings, money, currencies = session.profile.categories, session.money, found.currencies
    for at, element in enumerate(elements, first):
        reasons = _reasons(element, found) if "reason" in element else ()
        amount, currency = money(element, "amount", at, "amount")
        if amount is None:
            continue
        currencies[currency] = None
        standard, local, group = _category(element)
        own = "" if local == standard or local in meanings else local.rpartition("/")[2]
        if local in meanings:
            standard = meanings[local]
        quantity = None
        if "quantity" in element:
            quantity = session.quantity(element, "quantity", at, "lines.adjustments.quantity")
        reason = ""
        for code in reasons:
            if code.system == GROUP:
                group = group or code.code
            elif not reason and _is_carc(code):
                reason = code.code
        role = _ROLES.get(standard)
        if reason and (group or role != "reducing"):
            found.adjustments.append(_adjustment(at, group, reason, amount, quantity))
        elif role == "charge":
            found.charged.append(amount)
        elif role == "paid":
            found.paid[standard] = found.paid[standard] + amount if standard in found.paid else amount
        elif role == "reducing":
            if amount:
                name = f"{standard}/{reason or own}" if reason or own else standard
                found.adjustments.append(_adjustment(at, "", name, amount, quantity))
        else:
            if role == "allowed":
                found.allowed = amount
            told = {"at": at, "qualifier": standard or local or "?", "amount": amount}
            found.told.append(trusted(InformationalAmount, told))
    if found.allowed is not None and len(found.charged) == 1 and not _explained(found.adjustments):
        cut = found.charged[0] - found.allowed
        if cut > 0:
            found.adjustments.insert(0, _adjustment(session.at(pointer), "", "ineligible", cut, None))
    return found


def _explained(adjustments: Iterable[Adjustment]) -> bool:
    """Whether what is not allowed is told by itself already."""
    return any(one.group or one.reason in ("discount", "noncovered") for one in adjustments)


def _reasons(element: Element, found: Figures) -> list[Code]:
    """The codes of the reason, whose remarks are kept."""
    reasons = codings(child(element, "reason"))
    found.remarks += [code.code for code in reasons if code.system == RARC]
    return reasons


def _category(element: Element) -> tuple[str, str, str]:
    """The standard's code of a category, the payer's own, and the group, each the first of its kind."""
    standard = local = group = ""
    concept = element.get("category")
    if type(concept) is not dict:
        concept = child(element, "category")
    value = concept.get("coding")
    for coding in value if type(value) is list else [value]:
        if type(coding) is not dict:
            continue
        system, code = coding.get("system"), coding.get("code")
        if type(system) is not str or type(code) is not str:
            system, code = text(coding, "system"), text(coding, "code")
        if system in _STANDARD:
            standard = standard or code
        elif system == GROUP:
            group = group or code
        else:
            local = local or code
            if not system and code in _ROLES:  # HL7's own examples leave the system of its codes out
                standard = standard or code
    return standard, local, group


def _adjustment(at: int, group: str, reason: str, amount: Decimal, quantity: Decimal | None) -> Adjustment:
    values = {
        "at": at,
        "nth": 1,
        "group": group,
        "reason": reason,
        "amount": amount,
        "quantity": quantity,
    }
    return trusted(Adjustment, values)


def _is_carc(code: Code) -> bool:
    return code.system in CARC and 0 < len(code.code) <= 3 and set(code.code) <= _CARC
