"""Payments, write-offs and transfers from FT1s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hcfin.billing.base import Fact
from hcfin.billing.payment import Bucket, Channel, Payment, Transfer, WriteOff
from hcfin.issues import PolicyText
from hcfin.model import blank, trusted
from hcfin.money import zero
from hcfin.standards.hl7v2.charge_keys import Keys
from hcfin.standards.hl7v2.charge_links import Links
from hcfin.standards.hl7v2.charge_money import Figures, signed
from hcfin.standards.hl7v2.charge_nodes import Nodes, notes
from hcfin.standards.hl7v2.grouping import ChargeGroup
from hcfin.standards.hl7v2.profile import Kind
from hcfin.standards.hl7v2.session import Fields, Session, numbers

Add = Callable[[str, str, Decimal], None]
"""Adds an amount to the sums of the message: currency, name of the sum, amount."""

_CARRIED = numbers(range(1, 8), 11, 14, 30, 31)
_WRITE_OFF_CARRIED = numbers(range(1, 8), 11, 14)
_PRICED = numbers(10, 12)
_NONE = PolicyText("none")
_PAYMENT = blank(Payment)
_WRITE_OFF = blank(WriteOff)
_TRANSFER = blank(Transfer)
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


class Said(NamedTuple):
    """What one FT1 says: the row with what belongs to it, the same filled up to its last field, the keys that
    it is under, the code of its type, its figures, and whether its amount is turned around."""

    group: ChargeGroup
    row: Fields
    keys: Keys
    code: str
    figures: Figures
    negative: bool


class Transactions:
    """Makes a payment, a write-off or a transfer of one row after the other."""

    def __init__(self, session: Session, nodes: Nodes, links: Links, add: Add) -> None:
        self.session = session
        self.nodes = nodes
        self.links = links
        self.add = add

    def of(self, said: Said, kind: Kind) -> Fact:
        """The fact of a row that is of this kind."""
        return self._write_off(said) if kind == "adjustment" else self._payment(said, kind)

    def _payment(self, said: Said, kind: Kind) -> Payment:
        session, row, at = self.session, said.row, said.group.at
        values = self._common(_PAYMENT, said)
        self.add(said.figures.currency, "paid", values["amount"])
        session.carry(at, _CARRIED)
        plan, own = session.text(row, 14), session.text(row, 7)
        tender = session.profile.tender(own)
        if kind == "co_payment":
            values["purpose"] = "co_payment"
        elif plan or (tender is not None and tender.payer == "payer"):
            values["payer"], values["payer_id"] = "payer", plan
        values["method"], values["channel"] = _METHODS.get(own.upper(), (own, "lockbox"))
        if tender is not None:
            values["method"] = tender.method or values["method"]
            values["channel"], values["gateway"] = tender.channel, tender.gateway
        values["reference"] = session.text(row, 30)
        if said.negative:
            values["reverses"] = self.links.one(at, row)
        else:
            values["charges"] = self.links.several(row)
        return trusted(Payment, values)

    def _write_off(self, said: Said) -> WriteOff | Transfer:
        session, row, at = self.session, said.row, said.group.at
        negative = said.negative
        values = self._common(_WRITE_OFF, said)
        session.carry(at, _WRITE_OFF_CARRIED)
        plan = session.text(row, 14)
        known = session.profile.adjustment(session.text(row, 7))
        values["payer_id"] = plan
        values["bucket"] = "payer" if plan else "patient"
        values["reverses"] = self.links.one(at, row) if negative else ""
        if known is not None and known.transfer_from:
            # It changes nothing of what is owed in all, so it is in no sum.
            if known.transfer_to:
                return _transfer(values, known.transfer_from, known.transfer_to, plan, negative)
        else:
            self.add(said.figures.currency, "adjusted", values["amount"])
        if known is not None:
            values["reason"], values["bucket"] = known.write_off, known.bucket
        return trusted(WriteOff, values)

    def _common(self, template: dict[str, Any], said: Said) -> dict[str, Any]:
        """The fields that payments and write-offs share."""
        group, row, keys, code, figures, negative = said
        session, nodes, at = self.session, self.nodes, group.at
        text = session.text
        values = template.copy()
        amount = signed(figures.amount) if negative else figures.amount
        if amount is None:
            if not figures.unreadable:
                session.issue("FT1_AMOUNT_MISSING", figures.at or at, figures.position, type=code or _NONE)
            values["unreadable"] = ("amount",)
            amount = zero(figures.currency)
        if figures.source == "unit":
            session.carry(at, _PRICED)
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
        session.carry(at, nodes.description_carried(row))
        values["description"] = nodes.description(row) or "\n".join(notes(session, group))
        return values


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
