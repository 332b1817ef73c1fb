"""What somebody asks for, to a requisition of its own: one for each line under the number of its request, so
that the same request makes the same document however it is sent.
"""

from __future__ import annotations

from hcfin.billing.registration import day_of
from hcfin.billing.supply import SupplyRequest
from hcfin.finance.master import Item, Supplier
from hcfin.posting.requisition import InUnit, RequisitionWork
from hcfin.posting.supplied import Ground, party


class SupplyRequestPosting(RequisitionWork):
    """A request to its requisition."""

    fact: SupplyRequest

    def work(self) -> None:
        """Raises `Held` where the item, its unit or its supplier is not known."""
        fact = self.fact
        item = self.bought()
        if item is None:
            self.tell("SUPPLY_ORDERED_ON_USE", fact, "item", item=fact.item.code)
            return
        ground = self.ground([fact.facility], [day_of(fact.requested)], fact.currency)
        key = self._key(ground, item)
        if fact.change != "new" and self.memory.digest(self.id("requisition", *key)) is not None:
            raise self.hold("REQUEST_CHANGED", fact, "change")
        if fact.change == "cancelled":
            self.told_as = "cancelled"
            return
        digest = self.once(self.id("requisition", *key))
        counted = self.counted(item, fact.quantity, fact.unit, fact)
        supplier = self._wanted_of(item)
        line = self.line(
            item,
            supplier,
            counted.quantity,
            InUnit(counted.unit, counted.each),
            ground,
            department=fact.department.code if fact.department else "",
            told=fact.unit_price,
            needed_by=day_of(fact.needed_by),
        )
        self.requisition(
            key,
            ground,
            digest,
            "case" if fact.case.strip() else "request",
            (line,),
            supplier=party(supplier.name if supplier else ""),
            number=fact.number,
            case_token=self.case_token(fact.case),
            approval=self.approval,
        )

    def _wanted_of(self, item: Item) -> Supplier | None:
        """The supplier that is wanted, else that of the item; a buyer finds one where there is neither."""
        told = self.fact.supplier
        if told:
            return self._active(self._supplier((told,), told), self.fact, "supplier")
        return self.supplier_named(item.supplier, self.fact) if item.supplier else None

    def _key(self, ground: Ground, item: Item) -> tuple[str, ...]:
        fact = self.fact
        if fact.number.strip():
            return ("supply_request", ground.entity, fact.facility, fact.number.strip(), fact.line.strip())
        alike = (fact.location, item.item, f"{fact.quantity:f}", fact.unit, fact.requested, fact.needed_by)
        return ("supply_request", ground.entity, fact.facility, *alike)
