"""What requests and stock levels share when they become requisitions, which book nothing: the line, what it
is expected to cost, where its receipt will be booked, and the budget that this falls under.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from hcfin.billing.supply import StockLevel, SupplyRequest
from hcfin.finance.base import Pairs
from hcfin.finance.master import Item, Supplier
from hcfin.finance.procurement import OrderedLine, Requisition
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.issues import PolicyText
from hcfin.money import format_amount
from hcfin.posting.run import Run
from hcfin.posting.supplied import Dropped, Ground, SupplyWork
from hcfin.posting.supply_units import money, price_text

Commitments = defaultdict[tuple[str, str], Decimal]
"""What requisitions of a run promise, by entity and budget."""


class InUnit(NamedTuple):
    """A unit, and the stock units in one of it."""

    name: str
    each: Fraction


class RequisitionWork(SupplyWork):
    """What requests and levels share: the line of a requisition, and whether its budget holds it."""

    fact: SupplyRequest | StockLevel

    def __init__(
        self, fact: SupplyRequest | StockLevel, run: Run, memory: SupplyMemory, commitments: Commitments
    ) -> None:
        super().__init__(fact, run, memory)
        self.commitments = commitments
        self.approval = ""

    def check(self) -> None:
        """As for every fact of supplies; where the books do not ask for them, nothing is wanted of these."""
        if self.policy.source == "none":
            raise Dropped("never_posted")
        super().check()

    def bought(self) -> Item | None:
        """The item; None, and it is told, where its supplier replaces it by orders of what was used."""
        fact = self.fact
        item = self.item(fact.item, fact, fact.facility)
        if not item.active:
            raise self.hold("ITEM_INACTIVE", fact, "item", item=PolicyText(item.item))
        if item.method in ("consigned", "bill_only"):
            self.told_as = "ordered_on_use"
            return None
        return item

    def line(
        self,
        item: Item,
        supplier: Supplier | None,
        quantity: Decimal,
        unit: InUnit,
        ground: Ground,
        *,
        department: str = "",
        told: Decimal | None = None,
        needed_by: date | None = None,
    ) -> OrderedLine:
        """A line in this unit, at the price of the contract, as told, or at cost."""
        price = self._price(item, supplier, unit.each, ground, told)
        amount = None if price is None else money(price * Fraction(quantity), ground.currency)
        account, dimensions = self._account(item, supplier, ground, department)
        if amount is not None:
            self._budget(ground, account, department, amount)
        return OrderedLine.build(
            {
                "n": 1,
                "item": item.item,
                "supplier_item": item.supplier_code,
                "device": item.device,
                "quantity": quantity,
                "unit": unit.name,
                "account": account,
                "dimensions": dimensions,
                "unit_price": None if price is None else price_text(price),
                "amount": None if amount is None else format_amount(amount, ground.currency),
                "needed_by": None if needed_by is None else needed_by.isoformat(),
                "deliver_to": self.fact.location,
            }
        )

    def _price(
        self, item: Item, supplier: Supplier | None, each: Fraction, ground: Ground, told: Decimal | None
    ) -> Fraction | None:
        """What one of the unit is expected to cost."""
        agreed = self.contract_price(supplier.name if supplier else "", item, ground.booking.gl_date)
        if agreed is not None:
            return agreed[0] * each
        if told is not None:
            return Fraction(told)
        return None if item.cost is None else Fraction(item.cost) * each

    def _account(
        self, item: Item, supplier: Supplier | None, ground: Ground, department: str
    ) -> tuple[str, Pairs]:
        """Where its receipt will be booked, and by which dimensions."""
        kept = "supply_stock" if item.method == "perpetual" else "received_expense"
        fields = {
            **dict(self.run.used("").supply(type(self.fact)).pairs(self.fact)),
            "supply.item": item.item,
            "supply.category": item.category,
            "supply.method": item.method,
            "supply.supplier": supplier.name if supplier else "",
            "supply.facility": self.fact.facility,
            "supply.location": self.fact.location,
            "supply.department": department,
        }
        return self.placed(self.to("received_capital" if item.capital else kept, fields), ground)

    def _budget(self, ground: Ground, account: str, department: str, amount: Decimal) -> None:
        """Require an approval where what is spent and promised would exceed a budget."""
        budgets, day = self.run.master.budgets, ground.booking.gl_date
        found = budgets.budget(ground.entity, account, department, day) if budgets else None
        if found is None:
            return
        key = ground.entity, found.name
        self.commitments[key] += amount
        promised = found.used + self.commitments[key]
        if promised > found.limit:
            self.approval = "required"
            self.tell(
                "BUDGET_EXCEEDED",
                self.fact,
                "quantity" if isinstance(self.fact, SupplyRequest) else "on_hand",
                amount=amount,
                promised=promised,
                limit=found.limit,
            )

    def requisition(
        self,
        key: tuple[str, ...],
        ground: Ground,
        digest: str,
        reason: str,
        lines: tuple[OrderedLine, ...],
        **rest: Any,
    ) -> None:
        """The document of these lines."""
        amounts = [line.amount for line in lines]
        known = [amount for amount in amounts if amount is not None]
        amount = format_amount(sum(known, Decimal(0)), ground.currency) if len(known) == len(lines) else None
        self.document(
            Requisition,
            self.id("requisition", *key),
            ground,
            self.fact.kind,
            digest,
            location=self.fact.location,
            reason=reason,
            lines=tuple(line.model_copy(update={"n": n}) for n, line in enumerate(lines, 1)),
            amount=amount,
            **rest,
        )
