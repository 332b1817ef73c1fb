"""The 850 and the 855 as billing facts: an order, and what the supplier says to it.

Acknowledgments (ACK) of a line say what becomes of so many of it. The first quantity is the line's own; one
with a further quantity is a line of its own under the same number. Codes without a quantity stand beside
those of the line that is open.
"""

from __future__ import annotations

from typing import Any

from hcfin.billing.purchase import PurchaseOrder
from hcfin.billing.purchase_findings import order_figures, order_findings
from hcfin.issues import located
from hcfin.origin import Origin
from hcfin.standards.x12 import supply_parties, supply_set
from hcfin.standards.x12.session import Elements, Session, text
from hcfin.standards.x12.supply_items import ORDER_LINE, identified, price
from hcfin.standards.x12.supply_parties import BUYER, SHIP_TO, SUPPLIER
from hcfin.standards.x12.supply_set import SupplySet

_NOTES = {"MSG": 1, "NTE": 2, "MTX": 2}
"""Where notes have their text, by segment."""

CARRIED = {
    **supply_set.CARRIED,
    **supply_parties.CARRIED,
    "BEG": frozenset({1, 2, 3, 4, 5, 6}),
    "BAK": frozenset({1, 2, 3, 4, 5}),
    "ITD": frozenset({12}),
    "AMT": frozenset({1, 2}),
    "DTM": frozenset({1, 2}),
    "SCH": frozenset({6}),
    **{name: frozenset({place}) for name, place in _NOTES.items()},
}
"""Positions that reach a fact, by segment; those of PO1 and ACK depend on what they hold."""

_CHANGES = {"01": "cancellation", "03": "cancellation", "04": "revision", "05": "revision"}
_ANSWERS = {
    **dict.fromkeys(("AT", "AD", "AK"), "accept"),
    **dict.fromkeys(("AC", "AE", "AP"), "change"),
    **dict.fromkeys(("RJ", "RD", "RF", "RO"), "reject"),
}
_NEEDED = frozenset({"002", "010", "017", "063", "067", "106"})
_TOTAL, _LINES_TOTAL = "TT", "1"
_BILL_ONLY = frozenset({"BILL ONLY", "BILL-ONLY"})


class OrderReader:
    """Reads one 850 or 855 into a `PurchaseOrder`. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.kind = text(elements, 1)
        self.header = elements
        self.pieces = 0
        """Lines that the set has; an answer may make several of one."""
        self.total_at = at
        self.notes: list[str] = []
        self.answered = False
        """Whether a quantity of the line that is open was answered."""
        self.set = SupplySet(
            session,
            at,
            (SUPPLIER, BUYER, SHIP_TO),
            CARRIED,
            {
                **({"BEG": self._beg} if self.kind == "850" else {"BAK": self._bak, "ACK": self._ack}),
                "ITD": self._itd,
                "PO1": self._po1,
                "N1": self._n1,
                "REF": self._ref,
                "DTM": self._dtm,
                "SCH": self._sch,
                "AMT": self._amt,
                **dict.fromkeys(_NOTES, self._note),
            },
        )

    def cut(self) -> None:
        """Part is missing."""
        self.set.cut()

    # Header

    def _beg(self, at: int, elements: Elements) -> bool:
        own = self.set
        if not own.begin(at, elements):
            return False
        kinds = self.session.profile.order_kinds
        own.data.update(
            change=_CHANGES.get(
                text(elements, 1), "cancellation" if own.undone(at, elements, 1) else "order"
            ),
            order_kind=kinds.get(text(elements, 2), "standard"),
            number=text(elements, 3),
            revision=text(elements, 4),
            ordered=own.moment(at, elements, 5),
            contract=text(elements, 6),
        )
        return True

    def _bak(self, at: int, elements: Elements) -> bool:
        own = self.set
        if not own.begin(at, elements):
            return False
        told = text(elements, 2)
        undone = own.undone(at, elements, 1)
        own.data.update(
            change="confirmation",
            answer="reject" if undone else _ANSWERS.get(told, told),
            number=text(elements, 3),
            ordered=own.moment(at, elements, 4),
            revision=text(elements, 5),
        )
        return True

    def _itd(self, at: int, elements: Elements) -> bool:
        terms = text(elements, 12)
        if not terms or "terms" in self.set.data:
            return False
        self.set.data["terms"] = terms
        return True

    # Lines

    def _po1(self, at: int, elements: Elements) -> frozenset[int]:
        own = self.set
        unit = text(elements, 3)
        line = own.open_line(at, "PO1", number=text(elements, 1), unit=unit)
        line["quantity"] = own.figure(at, elements, 2, "lines.quantity")
        line["unit_price"] = price(self.session, at, elements, 4, 5, unit)
        if line["unit_price"] is None and text(elements, 4):
            own.mark("lines.unit_price")
        own.quantity += line["quantity"]
        self.pieces += 1
        self.answered = False
        positions = self._items(line, elements, 6)
        return positions | {1, 2, 3, 4} | ({5} if text(elements, 5) else set())

    def _items(self, line: dict[str, Any], elements: Elements, first: int) -> frozenset[int]:
        found = identified(elements, first)
        line["item"].update(found.item)
        own = found.beside.get(ORDER_LINE)
        if own and not line["number"]:
            line["number"] = own
        return found.positions

    def _ack(self, at: int, elements: Elements) -> bool | frozenset[int]:
        own, line = self.set, self.set.line
        if line is None:
            return self.session.misplaced(at, elements)
        quantity = own.figure(at, elements, 2, "lines.quantity") if text(elements, 2) else None
        if quantity is not None and self.answered:
            line = own.line = {**line, "at": at, "item": dict(line["item"]), "change": ""}
            own.lines.append(line)
        line["change"] = f"{line.get('change', '')} {text(elements, 1)}".strip()
        if quantity is not None:
            line["quantity"] = quantity
            line["unit"] = text(elements, 3) or line["unit"]
            self.answered = True
        if text(elements, 5):
            line["needed_by"] = own.moment(at, elements, 5)
        return self._items(line, elements, 7) | {1, 2, 3, 5}

    def _n1(self, at: int, elements: Elements) -> bool:
        line = self.set.line
        if line is None:
            return self.set.parties.n1(at, elements)
        self.set.parties.skip()
        if text(elements, 1) != "ST" or "deliver_to" in line:
            return False
        line["deliver_to"] = text(elements, 4) or text(elements, 2)
        return True

    def _ref(self, at: int, elements: Elements) -> bool | frozenset[int]:
        own, line = self.set, self.set.line
        if line is None or own.parties.open:
            if text(elements, 1) == "CT" and not own.data.get("contract") and not own.parties.open:
                own.data["contract"] = text(elements, 2)
                return True
            return own.ref(at, elements)
        if text(elements, 1) != "RQ" or "request" in line:
            return own.ref(at, elements)
        line["request"] = text(elements, 2)
        return True

    def _dtm(self, at: int, elements: Elements) -> bool:
        if text(elements, 1) not in _NEEDED:
            return False
        return self._needed(at, elements, 2)

    def _sch(self, at: int, elements: Elements) -> bool:
        return self.set.line is not None and self._needed(at, elements, 6)

    def _needed(self, at: int, elements: Elements, position: int) -> bool:
        target = self.set.data if self.set.line is None else self.set.line
        if target.get("needed_by"):
            return False
        target["needed_by"] = self.set.moment(at, elements, position)
        return bool(target["needed_by"])

    def _amt(self, at: int, elements: Elements) -> bool:
        own, line = self.set, self.set.line
        told = text(elements, 1)
        target, field, wanted = (
            (own.data, "total", (_TOTAL, _LINES_TOTAL)) if line is None else (line, "amount", (_LINES_TOTAL,))
        )
        if told not in wanted or target.get(field) is not None:
            return False
        target[field] = own.amount(at, elements, 2, field if line is None else "lines.amount")
        if line is None:
            self.total_at = at
        return target[field] is not None

    def _note(self, at: int, elements: Elements) -> bool:
        note = text(elements, _NOTES[elements[0]])
        if note:
            self.notes.append(note)
        return bool(note)

    # The end

    def end(self, at: int) -> None:
        """The set ends before this segment."""
        own = self.set
        own.begun(self.header, "BEG" if self.kind == "850" else "BAK")
        own.check_counts((self.pieces,))
        fields = own.collected()
        marks = {one.value.strip().upper() for one in own.references} | {
            note.strip().upper() for note in self.notes
        }
        if marks & _BILL_ONLY:
            fields["order_kind"] = "bill_only"
        order = PurchaseOrder.build({**fields, "notes": tuple(self.notes), "lines": tuple(own.lines)})
        summary = {"lines": self.pieces, "quantity": f"{own.quantity:f}", **order_figures(order)}
        place = Origin(standard="x12", at=self.total_at, element="AMT02")
        found = [located(issue, place) for issue in order_findings(order, "x12")]
        own.emit(order, self.kind, order.number, summary, found)
