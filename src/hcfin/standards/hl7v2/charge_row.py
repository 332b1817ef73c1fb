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
from hcfin.billing.payment import Bucket, Channel, Payment, Transfer, WriteOff
from hcfin.billing.registration import VendorField
from hcfin.issues import PolicyText
from hcfin.model import blank, trusted
from hcfin.money import zero
from hcfin.standards.hl7v2.charge_keys import Keys
from hcfin.standards.hl7v2.charge_money import FigureReader, Figures, Where, signed
from hcfin.standards.hl7v2.charge_nodes import Nodes, diagnoses_of, notes, order
from hcfin.standards.hl7v2.grouping import ChargeGroup
from hcfin.standards.hl7v2.known import Parsed
from hcfin.standards.hl7v2.nodes import coding_of
from hcfin.standards.hl7v2.profile import Kind, Profile, TransactionType
from hcfin.standards.hl7v2.session import Fields, Session, numbers

_ROW = numbers(range(1, 8), 11)
CHARGE_CARRIED = numbers(range(1, 8), range(10, 24), 25, 26, 29, 30, 34, 35, 38, 39, 41, 42, 43)
PAYMENT_CARRIED = _ROW | numbers(14, 30, 31)
WRITE_OFF_CARRIED = _ROW | numbers(14)
_PLAN = numbers(2)
_LINK = numbers(31)
_PRICED = numbers(10, 12)
_TEXTS = ((2, "transaction_id"), (23, "order"))
_TEXT, _OTHER_TEXT = numbers(8), numbers(9)
_REFERENCES = (30, 34, 35, 38, 39, 42)
_FIGURES = ("amount", "unit_price", "quantity")
_SIZE = 57
"""One more than the last field that any version has."""
_PAD = [""] * _SIZE
_CHARGE = blank(Charge)
_PAYMENT = blank(Payment)
_WRITE_OFF = blank(WriteOff)
_TRANSFER = blank(Transfer)
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
    """Reads the FT1s of one message after the other: `begin`, `read` each of them, then take `sums`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.nodes = Nodes(session)
        self.figures = FigureReader(session)
        self.texts: Parsed[str] = Parsed(lambda text: session.text([text], 0))
        """Texts that repeat from row to row."""
        self.profile = session.profile
        self.charge_types = Parsed(self._type)
        self.payment_types = Parsed(self._payment)
        self.told = self.profile.transaction_types != _BY_DEFAULT
        """Whether the profile itself says what codes mean."""
        self.local = _local(session.profile)
        self.begin({})

    def begin(self, ids: dict[str, str]) -> None:
        """A message begins. `ids` are its FT1-2 by FT1-1, of the rows that have both."""
        self.ids = ids
        self.types = self.payment_types if self.session.route == "payment" else self.charge_types
        self.keys: Keys | None = None
        """Those of the row before."""
        self.common = _CHARGE
        """The fields of a charge, with what rows of these keys have in common."""
        self.sums: dict[tuple[str, str], Decimal] = {}
        """Sums by currency and name."""

    def read(self, group: ChargeGroup, keys: Keys) -> None:
        """Read one row; its fact, or why there is none, is handed on."""
        session = self.session
        row = group.fields
        if len(row) < _SIZE:
            row = row + _PAD
        code, found = self.types[row[6]]
        vendor, elsewhere = self._vendor(group) if self.local else (None, _NO_FIGURES)
        figures = self.figures.read(group.at, row, elsewhere)
        if found is None or found.kind == "ignore" or session.route == "ignore":
            self._left_out(group.at, code, found, figures)
            return
        negative = figures.minus
        if found.sign != "as_sent" or figures.turned or found.kind != "charge":
            negative = self._negative(group.at, figures, found, code)
        if found.kind in ("charge", "credit"):
            fact = self._charge(group, row, keys, code, figures, negative)
            if vendor:
                fact["vendor_fields"] = tuple([one for one, _ in vendor])
                for one, position in vendor:
                    session.carry(one.at, frozenset({position}))
            session.events.append(trusted(Charge, fact))
        else:
            session.events.append(self._transaction(group, row, keys, code, figures, negative, found.kind))

    # What the row is

    def _type(self, text: str) -> tuple[str, TransactionType | None]:
        """The code of FT1-6, and what it means by the profile."""
        code = self.texts[text]
        return code, self.profile.transaction_type(code)

    def _payment(self, text: str) -> tuple[str, TransactionType | None]:
        """The same where all rows are payments."""
        code, found = self._type(text)
        return code, _AS_SENT if found is None or found.kind in ("charge", "credit") else found

    def _negative(self, at: int, figures: Figures, found: TransactionType, code: str) -> bool:
        """Whether the amount of the fact is negative: a credit, a payment that is undone, a balance that is
        put back."""
        minus = figures.minus
        credit = found.kind == "credit"
        at, position = figures.at or at, figures.position
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

    def _left_out(self, at: int, code: str, found: TransactionType | None, figures: Figures) -> None:
        session, route = self.session, self.session.route
        at, position = figures.at or at, figures.position
        amount: Decimal | str = _NONE
        if figures.amount is not None:
            amount = -figures.amount if figures.minus else figures.amount
        if route == "ignore" or found is not None:
            session.issue("FT1_IGNORED", at, position, type=code or _NONE, amount=amount)
        else:
            session.issue("FT1_TYPE_UNKNOWN", at, position, type=code or _NONE, amount=amount)

    def _add(self, currency: str, name: str, amount: Decimal) -> None:
        known = self.sums.get((currency, name))
        self.sums[currency, name] = amount if known is None else known + amount

    # Charges

    def _charge(
        self, group: ChargeGroup, row: Fields, keys: Keys, code: str, figures: Figures, negative: bool
    ) -> dict[str, Any]:
        """The fields of a charge."""
        session, nodes, texts, at = self.session, self.nodes, self.texts, group.at
        if keys is not self.keys:
            self._begin_keys(keys)
        values = self.common.copy()
        values["at"] = at
        amount, quantity, insurance = figures.amount, figures.quantity, figures.insurance
        values["currency"] = figures.currency
        values["price_source"] = figures.source
        values["unit_price"] = figures.price
        values["unit_cost"] = figures.cost
        if figures.unreadable:
            values["unreadable"] = ("amount",)
        if amount is not None:
            self._add(figures.currency, "credited" if negative else "charged", amount)
        if negative:
            values["change"] = "credit"
            values["reverses"] = self._linked(at, row)
            amount, quantity, insurance = signed(amount), signed(quantity), signed(insurance)
        values["amount"] = amount
        values["quantity"] = quantity
        values["insurance_amount"] = insurance
        values["type_code"] = code
        values["number"] = texts[row[1]]
        session.fill(values, row, _TEXTS)
        values["batch"] = texts[row[3]]
        values["performed"], values["performed_until"] = nodes.period(at, row, 4)
        values["posted"] = nodes.period(at, row, 5)[0]
        values["code"] = nodes.codings[row[7]]
        if row[8] or row[9]:
            values["description"] = self._description(at, row)
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
        values["procedure"], values["procedures"] = nodes.procedures(row, group)
        if len(group.fields) > 29 and any(row[29:44]):
            self._late(at, row, values)
        if group.order or [fields for _, fields in group.rows if fields[0] != "PR1"]:
            values["notes"] = notes(session, group)
            values["order"] = values["order"] or order(session, group)
            values["diagnoses"] = values["diagnoses"] or diagnoses_of(session, group)
        if group.insurances and values["plan"] is None:
            insured = group.insurances[0]
            session.carry(insured.at, _PLAN)
            values["plan"] = coding_of(session, insured.fields, 2, insured.at)
        if session.covering:
            session.carry(at, CHARGE_CARRIED)
        return values

    def _begin_keys(self, keys: Keys) -> None:
        self.keys = keys
        self.common = {
            **_CHARGE,
            "facility": self.session.facility,
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

    def _description(self, at: int, fields: Fields) -> str:
        text = self.texts[fields[8]]
        if self.session.covering:
            self.session.carry(at, _TEXT if text else _OTHER_TEXT)
        return text or self.texts[fields[9]]

    def _linked(self, at: int, fields: Fields) -> str:
        """The transaction that FT1-31 names: by the FT1-1 of a row of this message, else by its number."""
        self.session.carry(at, _LINK)
        number = self.session.text(fields, 31)
        return self.ids.get(number, number)

    # Payments and write-offs

    def _transaction(
        self,
        group: ChargeGroup,
        row: Fields,
        keys: Keys,
        code: str,
        figures: Figures,
        negative: bool,
        kind: Kind,
    ) -> Fact:
        session, nodes, at = self.session, self.nodes, group.at
        text = session.text
        write_off = kind == "adjustment"
        values = (_WRITE_OFF if write_off else _PAYMENT).copy()
        amount = signed(figures.amount) if negative else figures.amount
        if amount is None:
            if not figures.unreadable:
                session.issue("FT1_AMOUNT_MISSING", figures.at or at, figures.position, type=code or _NONE)
            values["unreadable"] = ("amount",)
            amount = zero(figures.currency)
        if figures.source == "unit":
            session.carry(at, _PRICED)
        own = text(row, 7)
        known = self.profile.adjustment(own) if write_off else None
        if known is None or not known.transfer_from:  # a transfer changes nothing of what is owed in all
            self._add(figures.currency, "adjusted" if write_off else "paid", amount)
        values["at"] = at
        values["currency"] = figures.currency
        values["amount"] = amount
        values["id"] = text(row, 2)
        values["batch"] = text(row, 3)
        values["number"] = text(row, 1)
        values["type_code"] = code
        values["facility"] = session.facility
        values["account"] = keys.account
        values["visit"] = keys.visit
        values["patient_id"] = keys.patient
        values["occurred"] = nodes.period(at, row, 4)[0]
        values["posted"] = nodes.period(at, row, 5)[0]
        values["code"] = nodes.codings[row[7]]
        values["description"] = self._description(at, row) or "\n".join(notes(session, group))
        plan = text(row, 14)
        if write_off:
            session.carry(at, WRITE_OFF_CARRIED)
            values["payer_id"] = plan
            values["bucket"] = "payer" if plan else "patient"
            values["reverses"] = self._linked(at, row) if negative else ""
            if known is not None and known.transfer_from and known.transfer_to:
                return self._transfer(values, known.transfer_from, known.transfer_to, plan, negative)
            if known is not None:
                values["reason"], values["bucket"] = known.write_off, known.bucket
            return trusted(WriteOff, values)
        session.carry(at, PAYMENT_CARRIED)
        tender = self.profile.tender(own)
        if kind == "co_payment":
            values["purpose"] = "co_payment"
        elif plan or (tender is not None and tender.payer == "payer"):
            values["payer"], values["payer_id"] = "payer", plan
        values["method"], values["channel"] = _METHODS.get(own.upper(), (own, "lockbox"))
        if tender is not None:
            values["method"] = tender.method or values["method"]
            values["channel"], values["gateway"] = tender.channel, tender.gateway
        values["reference"] = text(row, 30)
        if negative:
            values["reverses"] = self._linked(at, row)
        else:
            values["charges"] = self._paid(row)
        return trusted(Payment, values)

    @staticmethod
    def _transfer(
        values: dict[str, Any], origin: Bucket, destination: Bucket, plan: str, negative: bool
    ) -> Transfer:
        """A balance that moves; a row that is turned around moves it back."""
        if negative:
            origin, destination = destination, origin
        common = {name: value for name, value in values.items() if name in _TRANSFER}
        amount = abs(values["amount"])
        ends: dict[str, str] = {"from_bucket": origin, "to_bucket": destination}
        for end, bucket in (("from_payer", origin), ("to_payer", destination)):
            if bucket == "payer":
                ends[end] = plan
        return trusted(Transfer, {**_TRANSFER, **common, **ends, "kind": "transfer", "amount": amount})

    def _paid(self, fields: Fields) -> tuple[str, ...]:
        """The charges that a payment is for, by their numbers; those of rows without one by FT1-1."""
        session = self.session
        named = [session.part(row, 1) for row in session.repetitions(fields, 31)]
        return tuple([self.ids.get(number, number) for number in named])

    # Local segments

    def _vendor(self, group: ChargeGroup) -> tuple[list[tuple[VendorField, int]], dict[str, Where]]:
        """The fields of local segments that the profile names, with their numbers; and where figures are."""
        session = self.session
        found: list[tuple[VendorField, int]] = []
        figures: dict[str, Where] = {}
        for at, fields in group.rows:
            for position, component, name in self.local.get(fields[0], ()):
                text = (
                    session.text(fields, position, component)
                    if component
                    else session.whole(fields, position)
                )
                if text:
                    node = trusted(VendorField, {"at": at, "name": name, "value": text})
                    found.append((node, position))
                    if name in _FIGURES and not component:
                        figures.setdefault(name, (at, fields, position))
        return found, figures


def _local(profile: Profile) -> dict[str, list[tuple[int, int, str]]]:
    """Fields of local segments by segment: number, component (0 for all), name."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for place, name in profile.segments.items():
        segment, _, rest = place.partition("-")
        position, _, component = rest.partition(".")
        if position.isascii() and position.isdigit() and (component or "0").isdigit():
            found.setdefault(segment, []).append((int(position), int(component or 0), name))
    return found
