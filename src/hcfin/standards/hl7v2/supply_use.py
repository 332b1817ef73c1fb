"""FT1s that document the use of supplies, which the profile routes so, to uses of supplies.

Strategy: what a row says of the item comes from FT1-7 and the local fields that the profile names; lot,
serial number and label also from a PRT behind it. What became of the item says the profile by a local field
or by FT1-6; else a charge is a use and a credit a return, and a minus in the quantity turns one into the
other. An amount of such a row is nobody's charge: it ends in an issue.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from hcfin.billing.supply import SupplyChange, SupplyItem, SupplyUse, Udi
from hcfin.issues import PolicyText
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.charge_keys import KeyFinder, Keys
from hcfin.standards.hl7v2.charge_money import FigureReader, Figures, Where
from hcfin.standards.hl7v2.grouping import ChargeGroup, Grouped, Row
from hcfin.standards.hl7v2.session import Fields, Session, numbers
from hcfin.standards.hl7v2.supply_item import case_of, device_of, item, participating, udi

_USE = blank(SupplyUse)
_FT1 = numbers(2, 4, 5, 6, 7, 8, 10, 13, 22, 25)
_PLACE = numbers(16)
_LINK = numbers(31)
_SIZE = 57
_PAD = [""] * _SIZE
_ONE = Decimal(1)
_NONE = PolicyText("none")
_CHANGES: dict[str, SupplyChange] = {"charge": "consumed", "credit": "returned"}
_TURNED: dict[SupplyChange, SupplyChange] = {
    "consumed": "returned",
    "wasted": "returned",
    "returned": "consumed",
}
"""What a minus makes of it. An item that is no longer taken out is nothing that has a name."""
_FIGURES = ("amount", "unit_price", "quantity", "unit_cost")


class _Local(NamedTuple):
    """A value of a local segment, with its place."""

    text: str
    where: Where


_NOTHING = _Local("", (0, [], 0))


def read_uses(groups: Grouped, finder: KeyFinder, ids: dict[str, str], session: Session) -> int:
    """Read every FT1 of a message as the use of a supply; how many were. `ids` are its FT1-2 by FT1-1."""
    found = 0
    reader = _Reader(session, ids)
    for group in groups.charges:
        use = reader.read(group, finder.keys(group), groups)
        if use is not None:
            session.fact(use)
            found += 1
    return found


class _Reader:
    """Reads the rows of one message."""

    def __init__(self, session: Session, ids: dict[str, str]) -> None:
        self.session = session
        self.ids = ids
        self.figures = FigureReader(session)

    def read(self, group: ChargeGroup, keys: Keys, groups: Grouped) -> SupplyUse | None:
        """The use of one row; None, after an issue with its amount, where it is none."""
        session, at = self.session, group.at
        row = group.fields
        row = row + _PAD if len(row) < _SIZE else row
        local = self._local(group)
        elsewhere = {name: local[name].where for name in _FIGURES if name in local}
        figures = self.figures.read(at, row, elsewhere)
        change, minus = self._change(row, local, figures)
        place, position = figures.at or at, figures.position
        if figures.amount is not None or change is None:
            amount: Decimal | PolicyText = _NONE
            if figures.amount is not None:
                amount = -figures.amount if figures.minus else figures.amount
            if change is None:
                session.issue("FT1_USAGE_TYPE", place, position, type=session.text(row, 6), amount=amount)
                return None
            session.issue("FT1_USAGE", place, position, amount=amount)
        values: dict[str, Any] = {**_USE, "at": at, "currency": figures.currency}
        unreadable: list[str] = []
        if minus:
            turned = _TURNED.get(change)
            if turned is None:
                session.issue("FT1_USAGE_MINUS", at, 10, change=PolicyText(change))
                unreadable.append("quantity")
            change = turned or change
        quantity = figures.quantity
        if quantity is None and (session.has(row, 10) or "quantity" in local):
            unreadable.append("quantity")
            quantity = values["quantity"]
        procedure = session.coded(row, 25)
        label = self._udi(group, local)
        values.update(
            unreadable=tuple(unreadable),
            change=change,
            id=session.text(row, 2),
            case=self._text(local, "case")
            or case_of(session, [(at, group.fields), *group.rows, *groups.rows]),
            facility=session.facility,
            account=keys.account,
            visit=keys.visit,
            location=self._text(local, "inventory_location") or self._place(at, row),
            department=nodes.coding_of(session, row, 13),
            item=self._item(at, row, local, label),
            udi=label,
            quantity=_ONE if quantity is None else quantity,
            unit=self._text(local, "unit") or session.sub(session.text(row, 10, 2)),
            unit_cost=figures.cost,
            used=nodes.moment(session, at, row, 4),
            posted=nodes.moment(session, at, row, 5),
            charge_code=self._charge_code(at, row, local),
            charge_id=self._text(local, "charge_id"),
            procedure=nodes.coding(procedure) if procedure.code else None,
            reverses=self._linked(at, row) if minus or change == "returned" else "",
        )
        if figures.cost is None and "unit_cost" in local:
            values["unit_cost"] = self._cost(local["unit_cost"], figures, values)
        session.carry(at, _FT1)
        return trusted(SupplyUse, values)

    def _change(
        self, row: Fields, local: dict[str, _Local], figures: Figures
    ) -> tuple[SupplyChange | None, bool]:
        """What became of the item, None where nobody said; and whether a minus turns it around."""
        session = self.session
        told, code = self._text(local, "change"), session.text(row, 6)
        found = (session.profile.supply_change(told) if told else None) or session.profile.supply_change(code)
        if found is not None or not code:
            return found or "consumed", figures.minus
        known = session.profile.transaction_type(code)
        if known is None:
            return None, False
        return _CHANGES.get(known.kind), figures.minus and known.sign != "magnitude"

    def _place(self, at: int, row: Fields) -> str:
        place = self.session.place(row, 16) if row[16] else None
        if place is None:
            return ""
        self.session.carry(at, _PLACE)
        return place.unit

    def _item(self, at: int, row: Fields, local: dict[str, _Local], label: Udi | None) -> SupplyItem:
        session = self.session
        told = session.coded(row, 7)
        own = told.code if session.profile.supply_code == "item" else ""
        return item(
            at,
            code=self._text(local, "item") or own,
            supplier_code=self._text(local, "supplier_item"),
            manufacturer=self._text(local, "manufacturer"),
            manufacturer_code=self._text(local, "manufacturer_item"),
            device=(label.device if label else "") or device_of(own),
            description=self._text(local, "description") or told.text or session.text(row, 8),
        )

    def _charge_code(self, at: int, row: Fields, local: dict[str, _Local]) -> Any:
        """The charge code: a local field, or FT1-7 where the profile says so."""
        found = local.get("charge_code")
        if found is not None:
            place, fields, position = found.where
            return nodes.coding_of(self.session, fields, position, place)
        if self.session.profile.supply_code == "charge_code":
            return nodes.coding_of(self.session, row, 7)
        return None

    def _udi(self, group: ChargeGroup, local: dict[str, _Local]) -> Udi | None:
        session = self.session
        told = {name: self._text(local, name) for name in ("lot", "serial", "donation", "device")}
        for name in ("expires", "manufactured"):
            at, fields, position = local.get(name, _NOTHING).where
            told[name] = nodes.moment(session, at, fields, position) if position else ""
        label = local.get("udi", _NOTHING)
        at, _, position = label.where
        found = udi(session, at or group.at, position, label.text, told)
        if found is not None:
            return found
        for at, fields in group.named("PRT"):
            days = {
                "manufactured": nodes.moment(session, at, fields, 17),
                "expires": nodes.moment(session, at, fields, 18),
            }
            found = participating(session, at, fields, days)
            if found is not None:
                return found
        return None

    def _cost(self, local: _Local, figures: Figures, values: dict[str, Any]) -> Decimal | None:
        at, fields, position = local.where
        money = self.session.price(at, fields, position)
        if money is None:
            return None
        if figures.amount is None and figures.price is None:
            values["currency"] = money.currency
        if money.currency != values["currency"]:
            self.session.issue("FT1_CURRENCY_MIXED", at, position)
            return None
        return money.amount

    def _linked(self, at: int, row: Fields) -> str:
        """The use that FT1-31 names: by the FT1-1 of a row of this message, else by its number."""
        self.session.carry(at, _LINK)
        number = self.session.text(row, 31)
        return self.ids.get(number, number)

    # Local segments

    def _local(self, group: ChargeGroup) -> dict[str, _Local]:
        """The fields of local segments that the profile names, by their names."""
        session = self.session
        found: dict[str, _Local] = {}
        for at, fields in group.rows:
            if fields[0][:1] != "Z":
                continue
            for place, name in session.profile.segments.items():
                if place[:3] == fields[0] and name not in found and nodes.position_of(place):
                    self._take(at, fields, place, name, found)
        return found

    def _take(self, at: int, fields: Fields, place: str, name: str, found: dict[str, _Local]) -> None:
        session = self.session
        position, component = nodes.position_of(place), int(place.partition(".")[2] or 0)
        text = session.text(fields, position, component) if component else session.whole(fields, position)
        if not text:
            return
        if not component and name != "udi":  # a label may hold any character
            text = session.text(fields, position)
        # A component is read alone, as if it were the whole field.
        where: Row = (at, nodes.alone(fields[0], position, text) if component else fields)
        found[name] = _Local(text, (*where, position))
        session.carry(at, frozenset({position}))

    @staticmethod
    def _text(local: dict[str, _Local], name: str) -> str:
        return local.get(name, _NOTHING).text
