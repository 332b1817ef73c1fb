"""An invoice or credit of a supplier as it comes, brought into the form in which it may wait."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hcfin.billing.base import Node
from hcfin.billing.purchase import InvoiceLine, SupplierInvoice
from hcfin.billing.registration import day_of
from hcfin.finance.known_supply import HeldInvoice, HeldLine, Seen
from hcfin.finance.master import ItemReference, Supplier
from hcfin.posting.supplied import Dropped, SupplyWork
from hcfin.posting.supply_match import settle
from hcfin.posting.supply_units import money


class SupplierInvoicePosting(SupplyWork):
    """Posts an invoice, a credit or a rebate."""

    fact: SupplierInvoice

    def work(self) -> None:
        """Match it with its orders and what arrived, and book what is owed."""
        fact = self.fact
        number = self.numbered(fact.number)
        supplier = self.supplier(fact.supplier, fact)
        parties = (*fact.buyer.identifiers(), *fact.ship_to.identifiers())
        ground = self.ground([fact.facility, *parties], [day_of(fact.invoiced)], fact.currency)
        key = ("supplier_invoice", ground.entity, supplier.name, number, fact.change)
        seen = self.id("supplier_invoice", *key, "seen")
        digest = self.once(seen)
        self.once(self.id("supplier_invoice", *key))
        lines, nodes = self._lines(supplier)
        invoice = HeldInvoice(
            id=self.id("supplier_invoice", *key),
            entity=ground.entity,
            supplier=supplier.name,
            number=number,
            currency=ground.currency,
            digest=digest,
            order=fact.order.strip(),
            case_token=self.case_token(fact.case),
            invoiced_on=day_of(fact.invoiced),
            due=self._due(supplier),
            total=self._total(lines),
            part=0,
            lines=tuple(lines),
            freight=fact.freight,
            tax=fact.tax,
            other=fact.other,
            change=fact.change,
            facility=fact.facility,
        )
        other = self.memory.held(ground.entity, supplier.name, number)
        if other is not None:
            raise self.hold("SUPPLY_CONFLICT", fact, "number")
        self.noted.append(Seen(seen, digest))
        decision = self.memory.decision(ground.entity, supplier.name, number)
        if decision == "reject":
            raise Dropped("INVOICE_REJECTED")
        settle(self, invoice, ground, tuple(nodes), released=decision == "release")

    def _due(self, supplier: Supplier) -> date | None:
        """When it is due: as told, or else by the terms of the supplier."""
        told, invoiced = day_of(self.fact.due), day_of(self.fact.invoiced)
        if told is None and invoiced is not None and supplier.terms_days is not None:
            return invoiced + timedelta(days=supplier.terms_days)
        return told

    def _lines(self, supplier: Supplier) -> tuple[list[HeldLine], list[tuple[Node, str]]]:
        """Its lines, and the field that each amount comes from; of a rebate without lines, its total."""
        fact = self.fact
        if fact.change == "rebate" and not fact.lines and fact.total is not None:
            return [HeldLine("", ItemReference(), Decimal(0), "", fact.total, "", "")], [(fact, "total")]
        lines: list[HeldLine] = []
        nodes: list[tuple[Node, str]] = []
        for line in fact.lines:
            amount, name = self._amount(line)
            told = line.item
            codes = (told.code, told.device, supplier.name, told.supplier_code, told.manufacturer_code)
            reference = ItemReference(fact.facility, *codes)
            order = line.order.strip()
            lines.append(HeldLine("", reference, line.quantity, line.unit, amount, order, line.order_line))
            nodes.append((line, name))
        return lines, nodes

    def _amount(self, line: InvoiceLine) -> tuple[Decimal, str]:
        """What a line asks for, and the field that says it."""
        amount, name = line.amount, "amount"
        if amount is None and line.unit_price is not None:
            amount, name = (
                money(Fraction(line.unit_price) * Fraction(line.quantity), self.fact.currency),
                "unit_price",
            )
        if amount is None:
            raise self.hold("INVOICE_LINE_UNPRICED", line, "amount")
        if amount < 0:
            raise self.hold("SUPPLY_SIGN", line, name, amount=amount)
        return amount, name

    def _total(self, lines: list[HeldLine]) -> Decimal:
        """What it asks for in all, which must be the sum of its parts."""
        fact = self.fact
        for name in ("freight", "tax"):
            if getattr(fact, name) < 0:
                raise self.hold("SUPPLY_SIGN", fact, name, amount=getattr(fact, name))
        total = sum((line.amount for line in lines), fact.freight + fact.tax + fact.other)
        if fact.total is not None and fact.total != total:
            raise self.hold("INVOICE_UNBALANCED", fact, "total", total=fact.total, parts=total)
        if total < 0 or (not lines and not total):
            raise self.hold("SUPPLY_SIGN", fact, "total", amount=total)
        return total
