"""One FT1, with what belongs to it, to a charge, a payment or a write-off.

Strategy: the profile says what the code of FT1-6 is and what a minus means; the amount then gets the sign of
what it does to the account. No field is dropped for the version of its message: feeds use FT1-26 or FT1-29
years before their version has them. Nodes are made from checked values (`hcfin.model.trusted`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hcfin.billing.base import Fact, Reference
from hcfin.billing.charge import Charge, DrugUse
from hcfin.billing.payment import Channel, Payment, WriteOff
from hcfin.billing.registration import VendorField
from hcfin.issues import PolicyText
from hcfin.model import blank, trusted
from hcfin.money import zero
from hcfin.standards.hl7v2 import charge_nodes as nodes
from hcfin.standards.hl7v2.charge_keys import Keys
from hcfin.standards.hl7v2.charge_money import Figures, Where, figures_of, signed
from hcfin.standards.hl7v2.grouping import ChargeGroup
from hcfin.standards.hl7v2.profile import Kind, Profile, TransactionType
from hcfin.standards.hl7v2.session import Fields, Session, numbers

_ROW = numbers(range(1, 8), 11)
CHARGE_CARRIED = numbers(range(1, 8), range(10, 24), 25, 26, 29, 30, 34, 35, 38, 39, 41, 42, 43)
PAYMENT_CARRIED = _ROW | numbers(14, 30, 31)
WRITE_OFF_CARRIED = _ROW | numbers(14)
_LINK = numbers(31)
_PRICED = numbers(10, 12)
_TEXT, _OTHER_TEXT = numbers(8), numbers(9)
_REFERENCES = (30, 34, 35, 38, 39, 42)
_FIGURES = ("amount", "unit_price", "quantity")
_CHARGE = blank(Charge)
_PAYMENT = blank(Payment)
_WRITE_OFF = blank(WriteOff)
_BY_DEFAULT = Profile().transaction_types
_AS_SENT = TransactionType(kind="payment")
_NONE = PolicyText("none")
_NO_FIGURES: dict[str, Where] = {}
# HL7 table 0570, in the words of the model, and where such money comes in; other codes stay as they are.
_METHODS: Mapping[str, tuple[str, Channel]] = {
    "CASH": ("cash", "drawer"),
    "CCCA": ("card", "gateway"),
    "DEBC": ("card", "gateway"),
    "CHCK": ("check", "lockbox"),
    "CCHK": ("check", "lockbox"),
    "DDPO": ("ach", "bank"),
    "SWFT": ("wire", "bank"),
}


class RowReader:
    """Reads the FT1s of one message, and adds them up."""

    def __init__(self, session: Session, ids: dict[str, str]) -> None:
        self.session = session
        self.ids = ids
        """FT1-2 by FT1-1, of the rows of this message that have both."""
        self.types = session.profile.transaction_types
        self.told = self.types != _BY_DEFAULT
        self.local = _local(session.profile)
        self.sums: dict[str, dict[str, Decimal]] = {}
        """Sums by currency."""

    def read(self, group: ChargeGroup, keys: Keys) -> None:
        """Read one row; its fact, or why there is none, is handed on."""
        session, at, fields = self.session, group.at, group.fields
        code = session.text(fields, 6)
        found = self._type(code)
        vendor, elsewhere = self._vendor(group) if self.local else ((), _NO_FIGURES)
        if session.route in ("usage", "ignore") or found is None or found.kind == "ignore":
            self._left_out(group, code, found, elsewhere)
            return
        figures = figures_of(session, at, fields, elsewhere)
        kind = found.kind
        negative = self._negative(figures, found, code)
        if kind in ("charge", "credit"):
            fact = self._charge(group, keys, code, figures, negative, vendor)
        else:
            fact = self._transaction(group, keys, code, figures, negative, kind)
        session.events.append(fact)

    # What the row is

    def _type(self, code: str) -> TransactionType | None:
        found = self.types.get(code) or self.types.get(code.upper())
        if self.session.route == "payment" and (found is None or found.kind in ("charge", "credit")):
            return _AS_SENT
        return found

    def _negative(self, figures: Figures, found: TransactionType, code: str) -> bool:
        """Whether the amount of the fact is negative: a credit, a payment that is undone, a balance that is
        put back."""
        minus = figures.minus
        credit = found.kind == "credit"
        at, position = figures.place
        if found.sign == "magnitude":
            if minus and not credit and figures.amount and not self.told:
                self.session.issue(
                    "FT1_MINUS_DROPPED", at, position, type=code or _NONE, amount=-figures.amount
                )
            return credit
        if figures.turned and figures.amount is not None:
            self.session.issue("FT1_MINUS_QUANTITY", at, position, amount=figures.amount)
        if found.sign == "account":
            return minus if found.kind in ("charge", "credit") else not minus
        return minus != credit

    def _left_out(
        self, group: ChargeGroup, code: str, found: TransactionType | None, elsewhere: dict[str, Where]
    ) -> None:
        session, route = self.session, self.session.route
        figures = figures_of(session, group.at, group.fields, elsewhere)
        at, position = figures.place
        amount = _NONE if figures.amount is None else signed(figures.amount, figures.minus) or figures.amount
        if route == "usage":
            session.issue("FT1_USAGE", at, position, amount=amount)
        elif route == "ignore" or found is not None:
            session.issue("FT1_IGNORED", at, position, type=code or _NONE, amount=amount)
        else:
            session.issue("FT1_TYPE_UNKNOWN", at, position, type=code or _NONE, amount=amount)

    def _add(self, currency: str, name: str, amount: Decimal) -> None:
        sums = self.sums.setdefault(currency, {})
        sums[name] = sums[name] + amount if name in sums else amount

    # Charges

    def _charge(
        self,
        group: ChargeGroup,
        keys: Keys,
        code: str,
        figures: Figures,
        negative: bool,
        vendor: tuple[VendorField, ...],
    ) -> Fact:
        session, at, fields = self.session, group.at, group.fields
        text, size = session.text, len(fields)
        values = _CHARGE.copy()
        amount = signed(figures.amount, negative)
        values["at"] = at
        values["currency"] = figures.currency
        if figures.unreadable:
            values["unreadable"] = ("amount",)
        if negative:
            values["change"] = "credit"
        if amount is not None:
            values["amount"] = amount
            self._add(figures.currency, "credited" if amount < 0 else "charged", abs(amount))
        values["type_code"] = code
        values["number"] = text(fields, 1)
        values["transaction_id"] = text(fields, 2)
        values["batch"] = text(fields, 3)
        values["facility"] = session.facility
        values["account"] = keys.account
        values["visit"] = keys.visit
        values["patient_id"] = keys.patient
        values["performed"], values["performed_until"] = nodes.period(session, at, fields, 4)
        values["posted"] = nodes.moment(session, at, fields, 5)
        if size > 7 and fields[7]:
            values["code"] = nodes.coding(session, at, fields, 7)
        values["description"] = self._description(at, fields)
        values["quantity"] = signed(figures.quantity, negative)
        values["price_source"] = figures.source
        values["unit_price"] = figures.price
        values["unit_cost"] = figures.cost
        values["insurance_amount"] = signed(figures.insurance, negative)
        values["patient_type"] = keys.patient_type
        values["patient_class"] = keys.patient_class
        values["financial_class"] = keys.financial_class
        if size > 13:
            self._details(group, values)
        else:
            values["procedure"], values["procedures"] = nodes.procedures(session, group)
        if group.rows or group.order:
            values["notes"] = nodes.notes(session, group)
            if not values["order"]:
                values["order"] = nodes.order(session, group)
            if not values["diagnoses"]:
                values["diagnoses"] = nodes.diagnoses_of(session, group)
        values["vendor_fields"] = vendor
        session.carry(at, CHARGE_CARRIED)
        return trusted(Charge, values)

    def _details(self, group: ChargeGroup, values: dict[str, Any]) -> None:
        """What stands behind FT1-12."""
        session, at, fields = self.session, group.at, group.fields
        text, size = session.text, len(fields)
        if fields[13]:
            values["department"] = nodes.coding(session, at, fields, 13)
        if size > 14:
            if fields[14]:
                values["plan"] = nodes.coding(session, at, fields, 14)
            values["place"] = nodes.place(session, at, fields, 16)
            values["fee_schedule"] = text(fields, 17)
            values["patient_type"] = text(fields, 18) or values["patient_type"]
            values["diagnoses"] = nodes.codes(session, fields, 19)
            values["providers"] = nodes.providers(session, at, fields)
            values["order"] = text(fields, 23)
        values["procedure"], values["procedures"] = nodes.procedures(session, group)
        if size > 29:
            self._late(at, fields, values)

    def _late(self, at: int, fields: Fields, values: dict[str, Any]) -> None:
        """What later versions have added behind FT1-28."""
        session, size = self.session, len(fields)
        text = session.text
        values["drug"] = self._drug(at, fields)
        if size > 31 and values["change"] == "credit":
            values["reverses"] = self._linked(at, fields)
        values["revenue_code"] = text(fields, 41)
        values["references"] = tuple(
            [
                trusted(Reference, {"at": at, "qualifier": f"FT1-{position}", "value": value})
                for position in _REFERENCES
                if position < size and (value := text(fields, position))
            ]
        )

    def _drug(self, at: int, fields: Fields) -> DrugUse | None:
        session = self.session
        code = session.text(fields, 29)
        quantity = session.quantity(at, fields, 43)
        if not code and quantity is None:
            return None
        unit = session.sub(session.text(fields, 43, 2))
        return trusted(DrugUse, {"at": at, "code": code, "quantity": quantity, "unit": unit})

    def _description(self, at: int, fields: Fields) -> str:
        text = self.session.text(fields, 8)
        self.session.carry(at, _TEXT if text else _OTHER_TEXT)
        return text or self.session.text(fields, 9)

    def _linked(self, at: int, fields: Fields) -> str:
        """The transaction that FT1-31 names: by the FT1-1 of a row of this message, else by its number."""
        self.session.carry(at, _LINK)
        number = self.session.text(fields, 31)
        return self.ids.get(number, number)

    # Payments and write-offs

    def _transaction(
        self, group: ChargeGroup, keys: Keys, code: str, figures: Figures, negative: bool, kind: Kind
    ) -> Fact:
        session, at, fields = self.session, group.at, group.fields
        text = session.text
        write_off = kind == "adjustment"
        values = (_WRITE_OFF if write_off else _PAYMENT).copy()
        amount = signed(figures.amount, negative)
        if amount is None:
            if not figures.unreadable:
                session.issue("FT1_AMOUNT_MISSING", *figures.place, type=code or _NONE)
            values["unreadable"] = ("amount",)
            amount = zero(figures.currency)
        if figures.source == "unit":
            session.carry(at, _PRICED)
        self._add(figures.currency, "adjusted" if write_off else "paid", amount)
        values["at"] = at
        values["currency"] = figures.currency
        values["amount"] = amount
        values["id"] = text(fields, 2)
        values["batch"] = text(fields, 3)
        values["number"] = text(fields, 1)
        values["type_code"] = code
        values["facility"] = session.facility
        values["account"] = keys.account
        values["visit"] = keys.visit
        values["patient_id"] = keys.patient
        values["occurred"] = nodes.moment(session, at, fields, 4)
        values["posted"] = nodes.moment(session, at, fields, 5)
        values["code"] = nodes.coding(session, at, fields, 7)
        values["description"] = self._description(at, fields) or "\n".join(nodes.notes(session, group))
        plan = text(fields, 14)
        if write_off:
            session.carry(at, WRITE_OFF_CARRIED)
            values["payer_id"] = plan
            values["bucket"] = "payer" if plan else "patient"
            values["reverses"] = self._linked(at, fields) if negative else ""
            return trusted(WriteOff, values)
        session.carry(at, PAYMENT_CARRIED)
        if kind == "co_payment":
            values["purpose"] = "co_payment"
        elif plan:
            values["payer"], values["payer_id"] = "payer", plan
        medium = text(fields, 7)
        values["method"], values["channel"] = _METHODS.get(medium.upper(), (medium, "lockbox"))
        values["reference"] = text(fields, 30)
        if negative:
            values["reverses"] = self._linked(at, fields)
        else:
            values["charges"] = self._paid(fields)
        return trusted(Payment, values)

    def _paid(self, fields: Fields) -> tuple[str, ...]:
        """The charges that a payment is for, by their numbers; those of rows without one by FT1-1."""
        session = self.session
        named = [session.part(row, 1) for row in session.repetitions(fields, 31)]
        return tuple([self.ids.get(number, number) for number in named])

    # Local segments

    def _vendor(self, group: ChargeGroup) -> tuple[tuple[VendorField, ...], dict[str, Where]]:
        """The fields of local segments that the profile names, and those of them that are figures."""
        session = self.session
        found: list[VendorField] = []
        figures: dict[str, Where] = {}
        for at, fields in group.rows:
            for position, component, name in self.local.get(fields[0], ()):
                value = session.text(fields, position, component) if component else ""
                value = value or ("" if component else session.whole(fields, position))
                if not value:
                    continue
                found.append(trusted(VendorField, {"at": at, "name": name, "value": value}))
                session.carry(at, frozenset({position}))
                if name in _FIGURES and not component:
                    figures.setdefault(name, (at, fields, position))
        return tuple(found), figures


def _local(profile: Profile) -> dict[str, list[tuple[int, int, str]]]:
    """Fields of local segments by segment: number, component (0 for all), name."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for place, name in profile.segments.items():
        segment, _, rest = place.partition("-")
        position, _, component = rest.partition(".")
        if position.isascii() and position.isdigit() and (component or "0").isdigit():
            found.setdefault(segment, []).append((int(position), int(component or 0), name))
    return found
