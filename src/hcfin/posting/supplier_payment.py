"""Money to a supplier, to its journal."""

from __future__ import annotations

from hcfin.billing.purchase import SupplierPayment
from hcfin.billing.registration import day_of
from hcfin.posting.supplied import Booking, SupplyWork


class SupplierPaymentPosting(SupplyWork):
    """Posts a payment, or one that is void after all."""

    fact: SupplierPayment

    def work(self) -> None:
        """What is owed is paid; where the ERP books its own payments, they are only told."""
        fact = self.fact
        if self.policy.payments == "elsewhere":
            self.told_as = "paid_elsewhere"
            return
        number = self.numbered(fact.id)
        supplier = self.supplier(fact.supplier, fact).name
        if fact.amount <= 0:
            raise self.hold("SUPPLY_SIGN", fact, "amount", amount=fact.amount)
        ground = self.ground([fact.facility], [day_of(fact.paid)], fact.currency)
        key = ("supplier_payment", ground.entity, supplier, number, fact.state)
        own_id = self.id("journal_entry", *key)
        digest = self.once(own_id)
        fields = self.fields(None, supplier, fact.facility, "")
        booking = Booking()
        amount = fact.amount if fact.state == "paid" else -fact.amount
        payable = self.to("payable", fields, supplier, {"payment": number})
        booking.move(fact, "amount", amount, payable, self.to("supplier_paid", fields, supplier))
        self.journal(self.lines(booking, ground), own_id, ground, "supplier_payment", digest)
