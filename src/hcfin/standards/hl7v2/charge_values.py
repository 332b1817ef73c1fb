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
_BEHIND = slice(29, 44)
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
        texts = nodes.texts
        if keys is not self.keys or session.facility != self.facility:
            self._begin(keys)
        values = self.common.copy()
        values.update(figures.of_charge)
        values["at"] = at
        values["type_code"] = code
        values["code"] = nodes.codings[row[7]]
        if row[8] or row[9]:
            values["description"] = nodes.description(row)
        if row[13]:
            values["department"] = nodes.told[row[13]]
        if row[14]:
            values["plan"] = nodes.told[row[14]]
        if row[16]:
            values["place"] = nodes.places[row[16]]
        if row[17]:
            values["fee_schedule"] = texts[row[17]]
        if row[18]:
            values["patient_type"] = texts[row[18]] or keys.patient_type
        if row[19]:
            values["diagnoses"] = nodes.codes(row[19])
        if row[20] or row[21]:
            values["providers"] = nodes.performers[row[20]] + nodes.orderers[row[21]]
        if row[25] or row[26]:
            values["procedure"] = nodes.procedure(row, row[25], row[26])
        values["number"] = texts[row[1]]
        values["transaction_id"] = row[2] if row[2].isalnum() else session.text(row, 2)
        values["batch"] = texts[row[3]]
        values["performed"], values["performed_until"] = nodes.periods.get(row[4]) or nodes.period(at, row, 4)
        values["posted"] = (nodes.periods.get(row[5]) or nodes.period(at, row, 5))[0]
        if row[23]:
            values["order"] = session.text(row, 23)
        if len(group.fields) > _BEHIND.start and any(row[_BEHIND]):
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
        """What later versions have added behind FT1-28."""
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
