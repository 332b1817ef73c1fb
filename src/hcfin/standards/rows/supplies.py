"""Rows of inventory applications: uses, levels, adjustments, requests and receipts.

A minus turns a use into a return and back, as it does a receipt. Rows of one receipt that follow each other
are one fact; its lines keep the places of their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hcfin.billing.base import Fact
from hcfin.billing.purchase import GoodsReceipt, InvoiceRelease, ReceiptLine
from hcfin.billing.supply import SupplyItem, SupplyUse
from hcfin.issues import PolicyText
from hcfin.standards._udi import udi_of
from hcfin.standards.rows.shape import CURRENCY, Key
from hcfin.standards.rows.supply_shape import (
    CODINGS,
    DECIDED,
    GOODS,
    ITEM,
    LABEL,
    MOMENTS,
    PRICES,
    QUANTITIES,
    SUPPLIES,
    field_names,
    supply_keys,
)
from hcfin.standards.rows.values import RowFaultError, Values
from hcfin.wire.udi import parse

_TURNED: dict[str, tuple[str, dict[str, str]]] = {
    "supply_use": ("change", {"consumed": "returned", "wasted": "returned", "returned": "consumed"}),
    "goods_receipt": ("state", {"received": "returned"}),
}
"""What a minus makes of which key; the first word is that of a row without it."""
_SIGNED = frozenset({"stock_level", "stock_adjustment"})


class SupplyReader:
    """Makes facts of the values of rows."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self._open: GoodsReceipt | None = None
        self._more: list[GoodsReceipt] = []

    def facts(self, fact: Fact) -> Iterator[Fact]:
        """The facts that are complete with this one; a receipt waits for its further lines."""
        if self._open is not None and isinstance(fact, GoodsReceipt) and _same(self._open, fact):
            self._more.append(fact)
            return
        yield from self.rest()
        if isinstance(fact, GoodsReceipt):
            self._open = fact
        else:
            yield fact

    def rest(self) -> Iterator[Fact]:
        """The receipt that is still open."""
        first, more = self._open, self._more
        self._open, self._more = None, []
        if first is None:
            return
        lines = tuple(line for one in (first, *more) for line in one.lines)
        unreadable = tuple(dict.fromkeys(name for one in (first, *more) for name in one.unreadable))
        yield first.model_copy(update={"lines": lines, "unreadable": unreadable})

    def fact(self, at: int, kind: str, told: Mapping[str, Any], opposite: Sequence[str]) -> Fact:
        """The fact of one row. Raises `RowFaultError` where it becomes none."""
        values = self.values
        keys = supply_keys(kind)
        unreadable: list[str] = []
        data: dict[str, Any] = {"at": at, CURRENCY: values.currency(told)}
        for name, key in keys.items():
            if name in CODINGS:
                coding = values.coding(at, told, name)
                data[name] = coding if len(coding) > 1 else None
            elif name in QUANTITIES:
                data.update(self._quantity(at, key, told.get(name), opposite, unreadable))
            elif told.get(name) is not None and name != CURRENCY:
                data[name] = self._value(at, key, told[name], unreadable)
        data.setdefault("facility", values.profile.facility)
        if kind == DECIDED:
            return _decided(data, unreadable)
        if not any(data.get(name) for name in ITEM):
            raise RowFaultError("ROW_VALUE_MISSING", "item", key=PolicyText("item"))
        if kind not in _SIGNED and data["quantity"] < 0:
            self._turn(at, kind, data, unreadable)
        return self._made(at, kind, data, unreadable)

    def _value(self, at: int, key: Key, value: Any, unreadable: list[str]) -> Any:
        if key.name in PRICES:
            return self.values.count(at, key.name, value, unreadable)
        if key.name in MOMENTS:
            return self.values.moment(at, key.name, value)
        if key.name in GOODS and isinstance(value, str):
            return str(value)
        return self.values.word(at, key, value, unreadable)

    def _quantity(
        self, at: int, key: Key, value: Any, opposite: Sequence[str], unreadable: list[str]
    ) -> dict[str, Decimal | None]:
        if value is None:
            if key.required:
                raise RowFaultError("ROW_VALUE_MISSING", key.name, key=PolicyText(key.name))
            return {}
        found = self.values.count(at, key.name, value, unreadable)
        if found is None:
            return {key.name: Decimal(0)} if key.required else {}
        return {key.name: -found if key.name in opposite and found else found}

    def _turn(self, at: int, kind: str, data: dict[str, Any], unreadable: list[str]) -> None:
        data["quantity"] = -data["quantity"]
        name, turned = _TURNED.get(kind, ("", {}))
        change = turned.get(data.get(name) or next(iter(turned), ""))
        if change is None:
            unreadable.append("quantity")
            self.values.tell("ROW_QUANTITY_INVALID", at, "quantity", key=PolicyText("quantity"))
        else:
            data[name] = change

    def _made(self, at: int, kind: str, data: dict[str, Any], unreadable: list[str]) -> Fact:
        label = self._label(at, data) if kind in ("supply_use", "goods_receipt") else None
        device = (label.device if label else "") or _gtin(data.get("device", ""))
        item = {own: data.pop(key, "") for key, own in field_names(SupplyItem).items()}
        data["item"] = SupplyItem.build({"at": at, **item, "device": device})
        data["unreadable"] = tuple(unreadable)
        if kind == "goods_receipt":
            return _receipt(at, data, label)
        for name in ("udi", *LABEL):
            data.pop(name, None)
        if kind == "supply_use":
            return SupplyUse.build({**data, "udi": label})
        return SUPPLIES[kind].build(data)

    def _label(self, at: int, data: Mapping[str, Any]) -> Any:
        told = {name: data.get(name, "") for name in LABEL}
        carrier = data.get("udi", "")
        if not carrier and not any(told.values()):
            return None
        found = udi_of(at, carrier, {**told, "device": data.get("device", "")})
        for code, part in found.faults:
            self.values.tell(code, at, part or "udi", part=PolicyText(part))
        return found.udi


def _gtin(device: str) -> str:
    found = parse(device) if device else None
    return found.device if found else device


def _decided(data: dict[str, Any], unreadable: list[str]) -> InvoiceRelease:
    """What somebody decided about an invoice."""
    for name in ("number", "decision"):
        # A decision that is left out or misspelt is none: money must not leave by default.
        if not data.get(name):
            raise RowFaultError("ROW_VALUE_MISSING", name, key=PolicyText(name))
    supplier = _supplier(data)
    return InvoiceRelease.build({**data, "supplier": supplier, "unreadable": tuple(unreadable)})


def _supplier(data: dict[str, Any]) -> dict[str, str]:
    return {"id": data.pop("supplier", ""), "name": data.pop("supplier_name", "")}


def _receipt(at: int, data: dict[str, Any], label: Any) -> GoodsReceipt:
    """A receipt of one line."""
    lines = field_names(ReceiptLine)
    line = {own: data.pop(key) for key, own in lines.items() if key in data}
    line |= {name: getattr(label, name) for name in ("lot", "serial", "expires")} if label else {}
    data.pop("udi", None)
    supplier = _supplier(data)
    if data["unreadable"]:
        data["unreadable"] = tuple(f"lines.{one}" if one == "quantity" else one for one in data["unreadable"])
    return GoodsReceipt.build({**data, "supplier": supplier, "lines": [{"at": at, **line}]})


def _same(first: GoodsReceipt, second: GoodsReceipt) -> bool:
    """Whether two rows are of one receipt."""
    own = {"unreadable": (), "lines": ()}
    return bool(first.number) and first.model_copy(update=own) == second.model_copy(update=own)
