"""Somebody decides about an invoice that is held: what of it is paid after all, or nothing more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hcfin.billing.purchase import InvoiceRelease
from hcfin.billing.registration import day_of
from hcfin.finance.known_supply import Decided
from hcfin.posting.supplied import SupplyWork
from hcfin.posting.supply_match import settle


class InvoiceReleasePosting(SupplyWork):
    """Books what was held, or ends its waiting."""

    fact: InvoiceRelease

    def work(self) -> None:
        """A decision about an invoice that did not come yet is kept until it comes."""
        fact = self.fact
        number = self.numbered(fact.number)
        supplier = self.supplier(fact.supplier, fact).name
        entity = self.entity([fact.facility])
        if not fact.approver.strip():
            raise self.hold("INVOICE_APPROVER_MISSING", fact, "approver")
        held = self.memory.held(entity, supplier, number)
        if held is None:
            key = ("supplier_invoice", entity, supplier, number)
            came = any(
                self.memory.digest(self.id("supplier_invoice", *key, change, *seen))
                for change in ("invoice", "credit", "rebate")
                for seen in ((), ("seen",))
            )
            decided = self.memory.decision(entity, supplier, number)
            if came or decided == fact.decision:
                self.tell("INVOICE_NOT_HELD", fact, "number")
            elif decided:
                # What was decided first holds: a message that comes late must not pay what was rejected.
                raise self.hold("SUPPLY_CONFLICT", fact, "decision")
            else:
                self.noted.append(Decided(entity, supplier, number, fact.decision))
            return
        if fact.decision == "reject":
            self.noted.append(Decided(entity, supplier, number, "reject"))
            zero = Decimal(0)
            self.noted.append(replace(held, lines=(), freight=zero, tax=zero, other=zero, excess=zero))
            return
        ground = self.ground([fact.facility], [day_of(fact.decided)], held.currency)
        settle(self, held, ground, released=True)
