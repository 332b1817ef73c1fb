"""Nodes that stand at several places of an 835: references and contacts."""

from __future__ import annotations

from hcfin.billing.base import Reference
from hcfin.billing.party import Contact, ContactNumber
from hcfin.model import trusted
from hcfin.standards.x12.session import Elements, text

CARRIED = {"REF": frozenset({1, 2}), "PER": frozenset(range(1, 9))}
"""Positions that reach a fact, by segment."""

_NUMBERS_END = 9


def reference(at: int, elements: Elements) -> Reference:
    """A REF, wherever it stands."""
    values = {"at": at, "qualifier": text(elements, 1), "value": text(elements, 2)}
    return trusted(Reference, values)


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
