"""The 810 as a billing fact: what a supplier asks for, or credits.

TDS01 and SAC05 are written in hundredths without a decimal point. Amounts of a credit are positive here: one
that the sender writes with minus signs is turned round, which is told by its type.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hcfin.billing.purchase import SupplierInvoice
from hcfin.billing.purchase_findings import invoice_figures, invoice_findings
from hcfin.issues import Issue, located
from hcfin.origin import Origin
from hcfin.standards.x12 import supply_parties, supply_set
from hcfin.standards.x12.invoice_charges import (
    FREIGHT,
    OTHER,
    TAX,
    Charge,
    counted,
    described,
    handled_elsewhere,
    summed,
)
from hcfin.standards.x12.session import Elements, Session, text
from hcfin.standards.x12.supply_items import ORDER_LINE, ORDER_NUMBER, identified, price
from hcfin.standards.x12.supply_parties import BUYER, REMIT_TO, SHIP_TO, SUPPLIER
from hcfin.standards.x12.supply_set import SupplySet

CARRIED = {
    **supply_set.CARRIED,
    **supply_parties.CARRIED,
    "BIG": frozenset({1, 2, 4, 7, 8}),
    "ITD": frozenset({2, 6, 7, 12}),
    "SAC": frozenset({1, 2, 5, 12}),
    "TXI": frozenset({1, 2}),
    "TDS": frozenset({1}),
    "AMT": frozenset({1, 2}),
    "PAM": frozenset({4, 5}),
}
"""Positions that reach a fact, by segment; those of IT1 depend on what they hold."""

_CREDITS = frozenset({"CN", "CR"})
_SIGNS = {"A": -1, "C": 1}
_LINE_TOTAL = "1"
_INVOICE_DATE = ("", "3")
_MOST_DAYS = 3


class InvoiceReader:
    """Reads one 810 into a `SupplierInvoice`. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.header = elements
        self.charges: list[Charge] = []
        self.total: tuple[int, Elements, Decimal] | None = None
        self.set = SupplySet(
            session,
            at,
            (SUPPLIER, BUYER, SHIP_TO, REMIT_TO),
            CARRIED,
            {
                "BIG": self._big,
                "ITD": self._itd,
                "IT1": self._it1,
                "N1": self._n1,
                "REF": self._ref,
                "SAC": self._sac,
                "TXI": self._txi,
                "AMT": self._amt,
                "PAM": self._pam,
                "TDS": self._tds,
            },
        )

    def cut(self) -> None:
        """Part is missing."""
        self.set.cut()

    # Header

    def _big(self, at: int, elements: Elements) -> bool:
        own = self.set
        if not own.begin(at, elements):
            return False
        if own.undone(at, elements, 8):
            self.session.issue("SET_TAKEN_BACK", at, elements, 8, purpose=text(elements, 8))
            own.mark("change")
        own.data.update(
            change="credit" if text(elements, 7) in _CREDITS else "invoice",
            number=text(elements, 2),
            order=text(elements, 4),
            invoiced=own.moment(at, elements, 1),
        )
        return True

    def _itd(self, at: int, elements: Elements) -> bool | frozenset[int]:
        own = self.set
        if own.line is not None:
            return False
        used = set()
        if text(elements, 12) and "terms" not in own.data:
            own.data["terms"] = text(elements, 12)
            used.add(12)
        if not own.data.get("due"):
            if text(elements, 6):
                own.data["due"] = own.moment(at, elements, 6)
                used.add(6)
            elif text(elements, 2) in _INVOICE_DATE and text(elements, 7) and own.data.get("invoiced"):
                own.data["due"] = self._later(at, elements)
                used |= {2, 7}
        return frozenset(used)

    def _later(self, at: int, elements: Elements) -> str:
        """Net days after the invoice."""
        days = text(elements, 7)
        if not (days.isascii() and days.isdigit() and len(days) <= _MOST_DAYS):
            self.session.issue("QUANTITY_INVALID", at, elements, 7)
            return ""
        first = date.fromisoformat(self.set.data["invoiced"])
        try:
            return (first + timedelta(days=int(days))).isoformat()
        except OverflowError:
            return ""

    # Lines

    def _it1(self, at: int, elements: Elements) -> frozenset[int]:
        own = self.set
        unit = text(elements, 3)
        line = own.open_line(at, "IT1", number=text(elements, 1), unit=unit)
        line["quantity"] = own.figure(at, elements, 2, "lines.quantity")
        line["unit_price"] = price(self.session, at, elements, 4, 5, unit)
        if line["unit_price"] is None and text(elements, 4):
            own.mark("lines.unit_price")
        own.quantity += line["quantity"]
        found = identified(elements, 6)
        line["item"].update(found.item)
        for field, qualifier in (("order", ORDER_NUMBER), ("order_line", ORDER_LINE)):
            if qualifier in found.beside:
                line[field] = found.beside[qualifier]
        return found.positions | {1, 2, 3, 4} | ({5} if text(elements, 5) else set())

    def _n1(self, at: int, elements: Elements) -> bool:
        if self.set.line is None:
            return self.set.parties.n1(at, elements)
        self.set.parties.skip()
        return False

    def _ref(self, at: int, elements: Elements) -> bool | frozenset[int]:
        own, line = self.set, self.set.line
        qualifier, value = text(elements, 1), text(elements, 2)
        if own.parties.open or not value:
            return own.ref(at, elements)
        credit = own.data.get("change") == "credit"
        header = _CREDIT_NUMBERS if credit else _HEADER_NUMBERS
        target, fields = (own.data, header) if line is None else (line, _LINE_NUMBERS)
        field = fields.get(qualifier)
        if field is None or target.get(field):
            return own.ref(at, elements)
        target[field] = value
        return True

    # Money

    def _sac(self, at: int, elements: Elements) -> bool:
        own, session = self.set, self.session
        sign = _SIGNS.get(text(elements, 1))
        if sign is None:
            return False  # a service without a price, or what might be asked for
        if not text(elements, 5):
            session.issue("ELEMENT_MISSING", at, elements, 5)
            return False
        code = text(elements, 2)
        amount = own.cents(at, elements, 5, "other")
        if amount is None:
            return False
        profile = session.profile
        kind = FREIGHT if code in profile.freight_codes else TAX if code in profile.tax_codes else OTHER
        # An allowance reduces, whatever the sign that stands before it.
        signed = -abs(amount) if sign < 0 else amount
        here = not handled_elsewhere(text(elements, 12))
        self.charges.append(Charge(at, kind, code, signed, own.line is not None, here))
        return True

    def _txi(self, at: int, elements: Elements) -> bool:
        own = self.set
        amount = own.amount(at, elements, 2, "tax")
        if amount is None:
            return False
        self.charges.append(Charge(at, TAX, text(elements, 1), amount, own.line is not None))
        return True

    def _amt(self, at: int, elements: Elements) -> bool:
        return self._line_total(at, elements, 1, 2)

    def _pam(self, at: int, elements: Elements) -> bool:
        return self._line_total(at, elements, 4, 5)

    def _line_total(self, at: int, elements: Elements, qualifier: int, position: int) -> bool:
        own, line = self.set, self.set.line
        if line is None or text(elements, qualifier) != _LINE_TOTAL or line.get("amount") is not None:
            return False
        line["amount"] = own.amount(at, elements, position, "lines.amount")
        return line["amount"] is not None

    def _tds(self, at: int, elements: Elements) -> bool:
        own = self.set
        own.close_line(at)
        if self.total is not None:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        amount = own.cents(at, elements, 1, "total")
        if amount is None:
            return False
        self.total = at, elements, amount
        return True

    # The end

    def end(self, at: int) -> None:
        """The set ends before this segment."""
        own = self.set
        own.begun(self.header, "BIG")
        own.check_counts((len(own.lines),))
        fields = own.collected()
        currency = fields["currency"]
        charges = counted(self.charges)
        sums = summed(charges, currency)
        total = self.total[2] if self.total else None
        if self.total is not None and total is not None and total < 0:
            if fields.get("change") == "credit":
                total, sums, charges = self._turned(total, sums, charges)
            else:
                self.session.issue("INVOICE_NEGATIVE", *self.total[:2], 1, amount=total)
                fields["unreadable"] = (*fields["unreadable"], "total")
        invoice = SupplierInvoice.build(
            {
                **fields,
                **sums,
                "charges": described(charges),
                "total": total,
                "lines": tuple(own.lines),
            }
        )
        own.emit(invoice, "810", invoice.number, invoice_figures(invoice), self._found(invoice))

    def _turned(
        self, total: Decimal, sums: dict[str, Decimal], charges: list[Charge]
    ) -> tuple[Decimal, dict[str, Decimal], list[Charge]]:
        """A credit that is written with minus signs, without them."""
        for line in self.set.lines:
            line["quantity"] = abs(line["quantity"])
            for field in ("unit_price", "amount"):
                if line.get(field) is not None:
                    line[field] = abs(line[field])
        turned = [charge._replace(amount=_minus(charge.amount)) for charge in charges]
        return -total, {name: _minus(amount) for name, amount in sums.items()}, turned

    def _found(self, invoice: SupplierInvoice) -> list[Issue]:
        """What does not add up; of the total, where it stands."""
        found = []
        for issue in invoice_findings(invoice, "x12"):
            if issue.code == "INVOICE_TOTAL_MISMATCH" and self.total:
                issue = located(issue, Origin(standard="x12", at=self.total[0], element="TDS01"))
            found.append(issue)
        return found


# Numbers that a REF gives to the whole, and to a line.
_HEADER_NUMBERS = {"PO": "order"}
_CREDIT_NUMBERS = {**_HEADER_NUMBERS, "IV": "corrects", "OI": "corrects"}
_LINE_NUMBERS = {"PO": "order", "FJ": "order_line"}


def _minus(amount: Decimal) -> Decimal:
    return -amount if amount else amount
