"""Charges, payments and write-offs as FT1s, with what belongs to each behind it."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.billing.charge import Charge
from hcfin.billing.payment import Payment, WriteOff
from hcfin.billing.registration import PerformedProcedure
from hcfin.standards.hl7v2 import rows_writer as rows
from hcfin.wire.hl7v2_writer import Cell, Row

Transaction = Charge | Payment | WriteOff
_USUAL = {"charge": "CG", "credit": "CD", "payment": "PY", "co_payment": "CO", "adjustment": "AJ"}


def transaction_rows(fact: Transaction, number: int) -> Iterator[Row]:
    """The FT1 of a fact; `number` is its place in the message, where it has none of its own."""
    cells = _charge(fact) if isinstance(fact, Charge) else _payment(fact)
    cells[1] = fact.number or str(number)
    cells[6] = fact.type_code or _USUAL[_kind(fact)]
    yield rows.segment("FT1", cells)
    if isinstance(fact, Charge):
        for note in fact.notes:
            yield ("NTE", "", "", note)
        for procedure in fact.procedures:
            yield procedure_row(procedure)


def _kind(fact: Transaction) -> str:
    if isinstance(fact, Charge):
        return fact.change
    if isinstance(fact, WriteOff):
        return "adjustment"
    return "co_payment" if fact.purpose == "co_payment" else "payment"


def procedure_row(procedure: PerformedProcedure) -> Row:
    """A PR1."""
    return rows.segment(
        "PR1",
        {
            1: procedure.set_id,
            3: (procedure.code, procedure.text, procedure.system),
            5: rows.moment(procedure.performed),
            6: procedure.type,
            14: procedure.priority,
            16: list(procedure.modifiers),
            19: procedure.id,
            20: procedure.action,
        },
    )


def _charge(charge: Charge) -> dict[int, Cell]:
    credit = charge.change == "credit"
    minus = credit and charge.type_code not in ("", _USUAL["credit"])
    sign = -1 if credit else 1
    amount = None if charge.amount is None else charge.amount * sign
    quantity = None if charge.quantity is None else charge.quantity * sign
    # One minus says it: that of the amount, else that of the quantity.
    stated = amount if charge.price_source == "extended" else None
    if minus and stated is not None:
        stated = -stated
    elif minus and quantity is not None:
        quantity = -quantity
    insured = None if charge.insurance_amount is None else charge.insurance_amount * sign
    procedure = charge.procedure
    cells: dict[int, Cell] = {
        2: charge.transaction_id,
        3: charge.batch,
        4: (rows.moment(charge.performed), rows.moment(charge.performed_until)),
        5: rows.moment(charge.posted),
        7: rows.coding(charge.code),
        8: charge.description,
        10: rows.number(quantity),
        11: rows.money(stated, charge.currency),
        12: rows.money(charge.unit_price, charge.currency),
        13: rows.coding(charge.department),
        14: rows.coding(charge.plan),
        15: rows.money(insured, charge.currency),
        16: rows.place(charge.place),
        17: charge.fee_schedule,
        18: charge.patient_type,
        19: list(charge.diagnoses),
        20: rows.providers(one for one in charge.providers if one.role == "82"),
        21: rows.providers(one for one in charge.providers if one.role == "DK"),
        22: rows.money(charge.unit_cost, charge.currency),
        23: charge.order,
        31: charge.reverses,
        41: charge.revenue_code,
    }
    if procedure is not None:
        cells[25] = (procedure.code, procedure.description, procedure.qualifier)
        cells[26] = list(procedure.modifiers)
    if charge.drug is not None:
        cells[29] = charge.drug.code
        cells[43] = (rows.number(charge.drug.quantity), charge.drug.unit)
    for reference in charge.references:
        position = reference.qualifier.partition("-")[2]
        if position.isdigit():
            cells[int(position)] = reference.value
    return cells


def _payment(fact: Payment | WriteOff) -> dict[int, Cell]:
    cells: dict[int, Cell] = {
        2: fact.id,
        3: fact.batch,
        4: rows.moment(fact.occurred),
        5: rows.moment(fact.posted),
        7: rows.coding(fact.code),
        8: fact.description,
        11: rows.money(fact.amount, fact.currency),
        14: fact.payer_id,
        31: fact.reverses,
    }
    if isinstance(fact, Payment):
        cells[30] = fact.reference
        if fact.charges:
            cells[31] = list(fact.charges)
    return cells
