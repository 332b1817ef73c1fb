"""Segments of nodes that stand in an 835 and in an 837 alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.billing.base import Adjustment, InformationalAmount, InformationalQuantity, Reference
from hcfin.billing.party import Contact, Individual
from hcfin.billing.remittance import Procedure
from hcfin.standards.x12.figures_835 import INPATIENT, OUTPATIENT, figures_row, number_text
from hcfin.wire.x12_writer import Element, Row

_TRIPLETS, _REMARKS = 6, 5


def adjudication(
    inpatient: InpatientAdjudication | None,
    outpatient: OutpatientAdjudication | None,
    remarks: Sequence[str],
) -> Iterator[Row]:
    """MIA and MOA; remark codes where there is room for them, the rest in further MOAs."""
    left = [remarks[n : n + _REMARKS] for n in range(0, len(remarks), _REMARKS)]
    if inpatient is not None:
        yield figures_row(INPATIENT, inpatient, left.pop(0) if left else ())
    if outpatient is not None:
        yield figures_row(OUTPATIENT, outpatient, left.pop(0) if left else ())
    for codes in left:
        yield figures_row(OUTPATIENT, None, codes)


def procedure_element(procedure: Procedure | None) -> Element:
    """A service as a composite: its system, code, four modifiers, and description."""
    if procedure is None:
        return ""
    modifiers = (*procedure.modifiers, *[""] * (4 - len(procedure.modifiers)))
    return (procedure.qualifier, procedure.code, *modifiers, procedure.description)


def individual(person: Individual) -> Row:
    """An NM1 of a person or organisation of a claim."""
    names = (person.last_name, person.first_name, person.middle_name, person.prefix, person.suffix)
    return ("NM1", person.role, person.entity, *names, person.id_qualifier, person.id)


def place(
    address: Sequence[str], city: str, state: str, postal_code: str, country: str, subdivision: str = ""
) -> Iterator[Row]:
    """N3 and N4, where there is anything to say in them."""
    if address:
        yield ("N3", *address)
    parts = (city, state, postal_code, country, "", "", subdivision)
    if any(parts):
        yield ("N4", *parts)


def contacts(known: Iterable[Contact]) -> Iterator[Row]:
    """A PER for each contact."""
    for contact in known:
        numbers = [part for one in contact.numbers for part in (one.qualifier, one.number)]
        yield ("PER", contact.function, contact.name, *numbers)


def adjustments(known: Sequence[Adjustment]) -> Iterator[Row]:
    """CAS: neighbours of one group share a segment up to its room."""
    for group, members in groupby(known, key=lambda adjustment: adjustment.group):
        run = list(members)
        for start in range(0, len(run), _TRIPLETS):
            row: list[Element] = ["CAS", group]
            for adjustment in run[start : start + _TRIPLETS]:
                row += [adjustment.reason, number_text(adjustment.amount), number_text(adjustment.quantity)]
            yield tuple(row)


def references(known: Iterable[Reference]) -> Iterator[Row]:
    """A REF for each identifier."""
    for reference in known:
        yield ("REF", reference.qualifier, reference.value)


def told_amounts(known: Iterable[InformationalAmount]) -> Iterator[Row]:
    """An AMT for each amount."""
    for amount in known:
        yield ("AMT", amount.qualifier, number_text(amount.amount))


def told_quantities(known: Iterable[InformationalQuantity]) -> Iterator[Row]:
    """A QTY for each quantity."""
    for quantity in known:
        yield ("QTY", quantity.qualifier, number_text(quantity.quantity))
