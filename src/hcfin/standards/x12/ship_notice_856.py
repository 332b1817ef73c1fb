"""The 856 as a billing fact: what a supplier has shipped.

Levels are shipment, order, tare, pack and item, and hang together by HL02; where a level names none above, it
belongs to the last order. What is said of a pack or an order holds for the items below it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.billing.base import Reference
from hcfin.billing.purchase import GoodsReceipt
from hcfin.model import trusted
from hcfin.standards.x12 import supply_parties, supply_set
from hcfin.standards.x12.session import Elements, Session, text
from hcfin.standards.x12.supply_items import LOT, ORDER_LINE, ORDER_NUMBER, SERIAL, identified
from hcfin.standards.x12.supply_parties import SHIP_TO, SUPPLIER
from hcfin.standards.x12.supply_set import SupplySet

CARRIED = {
    **supply_set.CARRIED,
    **supply_parties.CARRIED,
    "BSN": frozenset({1, 2, 3, 4}),
    "HL": frozenset({1, 2, 3}),
    "PRF": frozenset({1}),
    "SN1": frozenset({1, 2, 3}),
    "DTM": frozenset({1, 2, 3}),
}
"""Positions that reach a fact, by segment; those of LIN depend on what they hold."""

_ITEM, _ORDER = "I", "O"
_KNOWN = frozenset({"S", "O", "T", "P", "I", "E", "K"})
_SHIPPED, _EXPECTED, _EXPIRES = frozenset({"011"}), frozenset({"002", "017", "067"}), frozenset({"036"})
_LOT, _SERIAL = frozenset({"LT", "BT", "LS"}), "SE"
_INHERITED = ("order", "lot", "expires")


class ShipNoticeReader:
    """Reads one 856 into a `GoodsReceipt` that is shipped. Made at its ST."""

    def __init__(self, session: Session, at: int, elements: Elements) -> None:
        self.session = session
        self.header = elements
        self.levels: dict[str, dict[str, Any]] = {}
        """What is known at a level, by its number: its own and that of the levels above."""
        self.level: dict[str, Any] = {}
        self.items: list[dict[str, Any]] = []
        """The levels of items, one for each line."""
        self.last_order: dict[str, Any] = {}
        self.count = 0
        self.serials: list[list[tuple[int, str]]] = []
        self.set = SupplySet(
            session,
            at,
            (SUPPLIER, SHIP_TO),
            CARRIED,
            {
                "BSN": self._bsn,
                "HL": self._hl,
                "PRF": self._prf,
                "LIN": self._lin,
                "SN1": self._sn1,
                "N1": self._n1,
                "REF": self._ref,
                "DTM": self._dtm,
            },
        )

    def cut(self) -> None:
        """Part is missing."""
        self.set.cut()

    def _bsn(self, at: int, elements: Elements) -> bool:
        own = self.set
        if not own.begin(at, elements):
            return False
        if own.undone(at, elements, 1):
            self.session.issue("SET_TAKEN_BACK", at, elements, 1, purpose=text(elements, 1))
            own.mark("state")
        own.data.update(number=text(elements, 2), moved=own.moment(at, elements, 3, 4))
        return True

    # Levels

    def _hl(self, at: int, elements: Elements) -> bool:
        own = self.set
        number, parent, code = (text(elements, position) for position in (1, 2, 3))
        self.count += 1
        own.parties.close()
        above = self.levels.get(parent) if parent else None
        if above is None:
            if parent:
                self.session.issue("HL_PARENT_UNKNOWN", at, elements, 2)
            above = self.last_order if code not in ("S", _ORDER) else {}
        if code not in _KNOWN:
            self.session.issue("LEVEL_UNKNOWN", at, elements, 3)
        self.level = {name: above[name] for name in _INHERITED if name in above}
        if number:
            self.levels[number] = self.level
        if code == _ORDER:
            self.last_order = self.level
        own.line = None
        self.session.place = "header"
        self.session.trail.enter(at, f"HL {code}" if code in _KNOWN else "")
        if code == _ITEM:
            own.open_line(at, "HL I")
            self.serials.append([])
            self.items.append(self.level)
        return True

    def _prf(self, at: int, elements: Elements) -> bool:
        self.level["order"] = text(elements, 1)
        return bool(self.level["order"])

    def _lin(self, at: int, elements: Elements) -> bool | frozenset[int]:
        line = self.set.line
        if line is None:
            return self.session.misplaced(at, elements)
        line["at"] = at
        line["number"] = text(elements, 1)
        found = identified(elements, 2)
        line["item"] = {"at": at, **line["item"], **found.item}
        for field, qualifier in (
            ("order_line", ORDER_LINE),
            ("order", ORDER_NUMBER),
            ("lot", LOT),
        ):
            if qualifier in found.beside:
                line[field] = found.beside[qualifier]
        if SERIAL in found.beside:
            self.serials[-1].append((at, found.beside[SERIAL]))
        return found.positions | {1}

    def _sn1(self, at: int, elements: Elements) -> bool:
        own, line = self.set, self.set.line
        if line is None:
            return self.session.misplaced(at, elements)
        if "quantity" in line:
            self.session.issue("SEGMENT_REPEATED", at, elements)
            return False
        line["quantity"] = own.figure(at, elements, 2, "lines.quantity")
        line["unit"] = text(elements, 3)
        line.setdefault("order_line", text(elements, 1))
        own.quantity += line["quantity"]
        return True

    def _n1(self, at: int, elements: Elements) -> bool:
        if self.set.line is None:
            return self.set.parties.n1(at, elements)
        self.set.parties.skip()
        return False

    def _ref(self, at: int, elements: Elements) -> bool | frozenset[int]:
        own, qualifier, value = self.set, text(elements, 1), text(elements, 2)
        if own.parties.open or not value:
            return own.ref(at, elements)
        if qualifier == _SERIAL and own.line is not None:
            self.serials[-1].append((at, value))
            return True
        target = self.level if own.line is None else own.line
        if qualifier in _LOT and "lot" not in target:
            target["lot"] = value
            return True
        return own.ref(at, elements)

    def _dtm(self, at: int, elements: Elements) -> bool:
        own, qualifier = self.set, text(elements, 1)
        if qualifier in _EXPIRES:
            target = self.level if own.line is None else own.line
            target["expires"] = own.moment(at, elements, 2)
            return bool(target["expires"])
        field = "moved" if qualifier in _SHIPPED else "expected" if qualifier in _EXPECTED else ""
        if not field:
            return False
        found = own.moment(at, elements, 2, 3)
        own.data[field] = found or own.data.get(field, "")
        return bool(found)

    # The end

    def end(self, at: int) -> None:
        """The set ends before this segment."""
        own = self.set
        own.begun(self.header, "BSN")
        # Some count the lines, some the levels.
        own.check_counts((len(own.lines), self.count))
        self._inherit()
        fields = own.collected()
        fields.pop("case", None)
        lines = [
            one for line, told in zip(own.lines, self.serials, strict=True) for one in self._apart(line, told)
        ]
        orders = list(dict.fromkeys(line["order"] for line in lines if line.get("order")))
        first = orders[0] if orders else self.last_order.get("order", "")
        for line in lines:
            if line.get("order") == first:
                line["order"] = ""
        fields["references"] = tuple(own.references)
        receipt = GoodsReceipt.build({**fields, "state": "shipped", "order": first, "lines": tuple(lines)})
        summary = {
            "lines": len(own.lines),
            "quantity": f"{own.quantity:f}",
            "orders": len(orders) or int(bool(first)),
        }
        own.emit(receipt, "856", receipt.number, summary, ())

    def _inherit(self) -> None:
        """Give each item what the levels above it say."""
        for line, level in zip(self.set.lines, self.items, strict=True):
            for name, value in level.items():
                line.setdefault(name, value)

    def _apart(self, line: dict[str, Any], serials: list[tuple[int, str]]) -> list[dict[str, Any]]:
        """A line for each serial number where there is one for each piece; else one line, with the first."""
        if len(serials) > 1 and line.get("quantity") == len(serials):
            return [{**line, "serial": serial, "quantity": Decimal(1)} for _, serial in serials]
        if serials:
            line["serial"] = serials[0][1]
        for at, serial in serials[1:]:
            values = {"at": at, "qualifier": _SERIAL, "value": serial}
            self.set.references.append(trusted(Reference, values))
        return [line]
