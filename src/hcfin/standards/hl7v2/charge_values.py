"""The fields of a charge, from its FT1 and what belongs to it.

Strategy: what the texts of a row say is known from rows before, for most of them, field by field. Knowing it
for several fields together was measured: to look for several texts at once is no faster than for each.
"""

from __future__ import annotations

from typing import Any

from hcfin.billing.base import Reference
from hcfin.billing.charge import Charge, DrugUse
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2.charge_keys import Keys
from hcfin.standards.hl7v2.charge_money import Figures, signed
from hcfin.standards.hl7v2.charge_nodes import Nodes, diagnoses_of, notes, order
from hcfin.standards.hl7v2.grouping import ChargeGroup
from hcfin.standards.hl7v2.nodes import coding_of
from hcfin.standards.hl7v2.session import Fields, Session, numbers

CARRIED = numbers(range(1, 8), range(10, 24), 25, 26, 29, 30, 34, 35, 38, 39, 41, 42, 43)
SIZE = 57
"""One more than the last field that any version has: rows are filled up to it."""
_BEHIND, _LAST = 27, 44
"""What later versions have added."""
_PLAN = numbers(2)
_REFERENCES = (30, 34, 35, 38, 39, 42)
_CHARGE = blank(Charge)


class ChargeValues:
    """Makes the fields of one charge after the other, under one set of delimiters."""

    def __init__(self, session: Session, nodes: Nodes) -> None:
        self.session = session
        self.nodes = nodes
        self.keys: Keys | None = None
        """Those of the row before."""
        self.facility = ""
        self.common = _CHARGE
        """The fields of a charge, with what rows of these keys and this facility have in common."""

    def of(self, group: ChargeGroup, row: Fields, keys: Keys, figures: Figures, code: str) -> dict[str, Any]:
        """The fields of a charge of an FT1 that is filled up to its last field; see `taken_back` for one that
        takes a charge back. `code` is its type."""
        session, nodes, at = self.session, self.nodes, group.at
        texts, periods = nodes.texts, nodes.periods
        (_, number, transaction, batch, performed, posted, _, charged, text, other_text, _, _, _, department,
         plan, _, place, fee_schedule, patient_type, diagnoses, performers, orderers, _, order_number, _,
         procedure, modifiers) = row[:_BEHIND]  # fmt: skip
        if keys is not self.keys or session.facility != self.facility:
            self._begin(keys)
        values = self.common.copy()
        values.update(figures.of_charge)
        values["at"] = at
        values["type_code"] = code
        values["number"] = texts[number]
        values["transaction_id"] = transaction if transaction.isalnum() else session.text(row, 2)
        values["batch"] = texts[batch]
        values["performed"], values["performed_until"] = periods.get(performed) or nodes.period(at, row, 4)
        values["posted"] = (periods.get(posted) or nodes.period(at, row, 5))[0]
        values["code"] = nodes.codings[charged]
        if text or other_text:
            values["description"] = nodes.description(row)
        if department:
            values["department"] = nodes.told[department]
        if plan:
            values["plan"] = nodes.told[plan]
        if place:
            values["place"] = nodes.places[place]
        if fee_schedule:
            values["fee_schedule"] = texts[fee_schedule]
        if patient_type:
            values["patient_type"] = texts[patient_type] or keys.patient_type
        if diagnoses:
            values["diagnoses"] = nodes.codes[diagnoses]
        if performers or orderers:
            values["providers"] = nodes.performers[performers] + nodes.orderers[orderers]
        if order_number:
            values["order"] = session.text(row, 23)
        if procedure or modifiers:
            values["procedure"] = nodes.procedure(row, procedure, modifiers)
        if len(group.fields) > _BEHIND and any(row[_BEHIND:_LAST]):
            self._late(at, row, values)
        if group.rows or group.order or group.insurances:
            self._beside(group, row, values)
        if session.covering:
            session.carry(at, CARRIED | nodes.description_carried(row))
        return values

    def taken_back(self, values: dict[str, Any], reverses: str) -> None:
        """Make it a credit: what is taken back of `reverses`."""
        values["change"] = "credit"
        values["reverses"] = reverses
        for name in ("amount", "quantity", "insurance_amount"):
            values[name] = signed(values[name])

    def _begin(self, keys: Keys) -> None:
        self.keys, self.facility = keys, self.session.facility
        self.common = {
            **_CHARGE,
            "facility": self.facility,
            "account": keys.account,
            "visit": keys.visit,
            "patient_id": keys.patient,
            "patient_class": keys.patient_class,
            "patient_type": keys.patient_type,
            "financial_class": keys.financial_class,
        }

    def _late(self, at: int, row: Fields, values: dict[str, Any]) -> None:
        """What later versions have added behind FT1-26."""
        session = self.session
        values["drug"] = self._drug(at, row)
        values["revenue_code"] = session.text(row, 41)
        values["references"] = tuple(
            [
                trusted(Reference, {"at": 0, "qualifier": f"FT1-{position}", "value": value})
                for position in _REFERENCES
                if row[position] and (value := session.text(row, position))
            ]
        )

    def _drug(self, at: int, fields: Fields) -> DrugUse | None:
        session = self.session
        code = session.text(fields, 29)
        quantity = session.quantity(at, fields, 43)
        if not code and quantity is None:
            return None
        unit = session.sub(session.text(fields, 43, 2))
        return trusted(DrugUse, {"at": 0, "code": code, "quantity": quantity, "unit": unit})

    def _beside(self, group: ChargeGroup, row: Fields, values: dict[str, Any]) -> None:
        """What the segments say that belong to the row."""
        session = self.session
        if group.rows:
            values["procedure"], values["procedures"] = self.nodes.procedures(row, group)
        if group.order or any(fields[0] != "PR1" for _, fields in group.rows):
            values["notes"] = notes(session, group)
            values["order"] = values["order"] or order(session, group)
            values["diagnoses"] = values["diagnoses"] or diagnoses_of(session, group)
        if group.insurances and values["plan"] is None:
            insured = group.insurances[0]
            session.carry(insured.at, _PLAN)
            values["plan"] = coding_of(session, insured.fields, 2, insured.at)
