"""Nodes that stand at several places of an 835 and an 837: references, contacts, adjustments."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.billing.base import Adjustment, Reference
from hcfin.billing.party import Contact, ContactNumber
from hcfin.model import trusted
from hcfin.standards.x12.session import UNREADABLE, Elements, Session, Strict, text

CARRIED = {"REF": frozenset({1, 2}), "PER": frozenset(range(1, 9))}
"""Positions that reach a fact, by segment."""

_NUMBERS_END = 9


def reference(at: int, elements: Elements) -> Reference:
    """A REF, wherever it stands."""
    if len(elements) < 3:
        elements = [*elements, "", ""]
    return trusted(Reference, {"at": at, "qualifier": elements[1], "value": elements[2]})


def contact(at: int, elements: Elements) -> Contact | None:
    """A PER, wherever it stands; None where it says nothing."""
    elements = elements[:_NUMBERS_END]
    if not any(elements[1:]):
        return None
    numbers = []
    for nth, position in enumerate(range(3, len(elements), 2), start=1):
        qualifier, number = elements[position], text(elements, position + 1)
        if qualifier or number:
            values = {"at": at, "nth": nth, "qualifier": qualifier, "number": number}
            numbers.append(trusted(ContactNumber, values))
    named = {"function": text(elements, 1), "name": text(elements, 2)}
    return trusted(Contact, {"at": at, **named, "numbers": tuple(numbers)})


def adjustments(
    session: Session | Strict, at: int, elements: Elements, unreadable: list[str], field: str
) -> Iterator[Adjustment]:
    """The adjustments of a CAS; where an amount cannot be read, `field` is marked unreadable."""
    size = min(len(elements), 20)
    group = elements[1] if size > 1 else ""
    for position in range(2, size, 3):
        reason = elements[position]
        stated = elements[position + 1] if position + 1 < size else ""
        if not reason and not stated:
            if position + 2 < size and elements[position + 2]:
                session.issue("ELEMENT_MISSING", at, elements, position + 1)
            continue
        try:
            amount = session.parse_amount(stated)
        except UNREADABLE:
            session.amount(at, elements, position + 1, required=True)
            if stated:
                unreadable.append(field)
            continue
        quantity = session.quantity(at, elements, position + 2) if position + 2 < size else None
        values = {
            "at": at,
            "nth": (position + 1) // 3,
            "group": group,
            "reason": reason,
            "amount": amount,
            "quantity": quantity,
        }
        yield trusted(Adjustment, values)
