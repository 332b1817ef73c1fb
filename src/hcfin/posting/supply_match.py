"""An invoice against its orders and receipts, or uses: what is owed is booked, the rest waits.

Strategy: an invoice is matched when it comes, again whenever something of its supplier comes that it may
have waited for, and when somebody releases it; each time in the form in which it waits, so that all of these
are one. Each part that is approved is a document of its own. Freight, tax and other charges go with the
last part.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hcfin.billing.base import Node
from hcfin.finance.known_supply import HeldInvoice, HeldLine, KnownOrder, KnownOrderLine
from hcfin.finance.master import Item
from hcfin.issues import PolicyText
from hcfin.money import minor_units
from hcfin.posting.invoice_booking import InvoiceBooking
from hcfin.posting.order_lines import OWED_WHEN_USED, meant, price_of
from hcfin.posting.supplied import Counted, Ground, Held, SupplyWork
from hcfin.posting.supply_units import exact, per_unit, price_text, total
from hcfin.posting.three_way import AskedLine, Hold, OwedLine, Tolerances, credited, three_way

_Key = tuple[str, int]


def rematch(work: SupplyWork) -> None:
    """Match what waits of a supplier against what came now."""
    if work.touched is None:
        return
    supplier, ground = work.touched
    for held in work.memory.held_for(ground.entity, supplier):
        if held.currency == ground.currency:
            try:
                settle(work, held, _not_before(work, held, ground))
            except Held:
                continue  # told when it came; it goes on waiting
            work.learned()


def _not_before(work: SupplyWork, invoice: HeldInvoice, ground: Ground) -> Ground:
    """On the day of what came, but never before that of the invoice."""
    day = invoice.invoiced_on
    if work.run.context.posting_date or day is None or day <= ground.booking.gl_date:
        return ground
    booking = work.books.booking_date(day, ground.entity)
    return replace(ground, booking=booking) if booking else ground


def settle(
    work: SupplyWork,
    invoice: HeldInvoice,
    ground: Ground,
    nodes: tuple[tuple[Node, str], ...] = (),
    *,
    released: bool = False,
) -> HeldInvoice:
    """Book what of an invoice is owed, note what is held of it, and return that. `nodes` are the fields that
    its lines come from, where the fact is the invoice. Raises `Held`."""
    if invoice.change == "rebate":
        booking = InvoiceBooking(work, invoice, ground, nodes)
        for nth, line in enumerate(invoice.lines):
            booking.reduce(nth, None, line.amount)
        return _done(booking, ())
    return _Settlement(work, invoice, ground, nodes, released).settle()


class _Settlement:
    """One invoice while it is matched."""

    def __init__(
        self,
        work: SupplyWork,
        invoice: HeldInvoice,
        ground: Ground,
        nodes: tuple[tuple[Node, str], ...],
        released: bool,
    ) -> None:
        self.work = work
        self.invoice = invoice
        self.ground = ground
        self.released = released
        self.booking = InvoiceBooking(work, invoice, ground, nodes)
        self.counted: list[Counted] = []
        self.known: dict[_Key, tuple[KnownOrder, KnownOrderLine]] = {}
        self.owed: dict[_Key, OwedLine] = {}

    def settle(self) -> HeldInvoice:
        asked = [self._asked(nth, line) for nth, line in enumerate(self.invoice.lines)]
        policy = self.work.policy
        tolerances = Tolerances(
            policy.price_tolerance,
            policy.price_tolerance_amount,
            policy.quantity_tolerance,
            policy.contract_tolerance,
        )
        owed, currency = self.owed.values(), self.ground.currency
        if self.invoice.change == "credit":
            return self._credit(asked, tolerances)
        match = three_way(asked, owed, tolerances, currency, released=self.released)
        for one in match.approved:
            pair = self.known.get((one.owed.order, one.owed.n)) if one.owed else None
            self.booking.approve(self.counted[one.line], one, pair)
        return _done(self.booking, [self._held(hold) for hold in match.holds])

    def _asked(self, nth: int, line: HeldLine) -> AskedLine:
        work = self.work
        node, _ = self.booking.place(nth)
        found = work.run.master.items.item(line.reference) if work.run.master.items else None
        if found is None:
            told = line.reference.code or line.reference.supplier_code
            raise work.hold("ITEM_UNMAPPED", node, self.booking.named("item"), item=told)
        fields = self.booking.named("quantity"), self.booking.named("unit")
        counted = work.counted(found, line.quantity, line.unit, node, fields)
        self.counted.append(counted)
        keys = []
        for order, one in self._candidates(line, found):
            key = order.id, one.n
            self.known[key] = order, one
            self.owed[key] = self._owed(order, one, found, nth)
            keys.append(key)
        cent = Decimal(1).scaleb(-minor_units(self.ground.currency))
        return AskedLine(counted.stocked, line.amount, tuple(keys), cent * line.cut)

    def _candidates(self, line: HeldLine, item: Item) -> list[tuple[KnownOrder, KnownOrderLine]]:
        """The order lines that a line may settle; of items that are owed when they are used, their uses."""
        entity, supplier = self.ground.entity, self.invoice.supplier
        number = line.order or self.invoice.order
        orders = self.work.memory.orders(entity, number) if number else ()
        if item.method not in OWED_WHEN_USED:
            ordered = [one for one in orders if not one.used]
            return meant(ordered, supplier, item.item, line.order_line)
        uses = self.work.memory.used(entity, supplier, item.item)
        ids = {order.id for order in orders}
        chosen = [use for use in uses if use.id in ids]
        if not chosen:
            cases = (self.invoice.case_token, *(order.case_token for order in orders))
            case = next(filter(None, cases), "")
            chosen = [use for use in uses if not case or use.case_token == case]
        return meant(chosen, supplier, item.item, "")

    def _owed(self, order: KnownOrder, line: KnownOrderLine, item: Item, nth: int) -> OwedLine:
        units = self.work.run.master.units
        node, _ = self.booking.place(nth)
        received, invoiced = total(units, item, line.received), total(units, item, line.invoiced)
        if received is None or invoiced is None or per_unit(units, item, line.unit) is None:
            raise self.work.hold(
                "UOM_MISMATCH",
                node,
                self.booking.named("unit"),
                unit=line.unit,
                stock=PolicyText(item.stock_unit),
            )
        price = price_of(line, units, item)
        if order.used and received:
            price = Fraction(line.accrued) / received
        if price is None:
            raise self.work.hold(
                "SUPPLY_PRICE_UNKNOWN", node, self.booking.named("item"), item=PolicyText(item.item)
            )
        return OwedLine(order.id, line.n, price, received, invoiced, line.accrued, line.settled, order.used)

    def _held(self, hold: Hold) -> HeldLine:
        """What is held of a line; why is told where it was not before."""
        line, counted = self.invoice.lines[hold.line], self.counted[hold.line]
        if hold.code != line.code:
            node, name = self.booking.place(hold.line)
            self.work.tell(
                hold.code,
                node,
                name,
                item=PolicyText(counted.item.item),
                asked=_figure(hold.asked),
                expected=_figure(hold.expected),
                amount=hold.amount,
            )
        self.booking.keep(hold.line, hold.code)
        if hold.code in ("MATCH_PRICE", "CONTRACT_PRICE_VARIANCE"):
            self.booking.excess += _figure(hold.asked) - _figure(hold.expected)
        if hold.quantity == counted.stocked:
            return line._replace(item=counted.item.item, code=hold.code)
        return line._replace(
            item=counted.item.item,
            quantity=exact(hold.quantity) or counted.stock,
            unit=counted.item.stock_unit,
            amount=hold.amount,
            code=hold.code,
            cut=line.cut + 1,
        )

    def _credit(self, asked: list[AskedLine], tolerances: Tolerances) -> HeldInvoice:
        credit = credited(asked, self.owed.values(), tolerances, self.ground.currency, released=self.released)
        for one in credit.goods:
            pair = self.known[one.owed.order, one.owed.n]
            self.booking.approve(self.counted[one.line], one, pair)
        for price in credit.prices:
            self.booking.reduce(price.line, self.counted[price.line].item, price.amount)
        held = []
        for nth in credit.waiting:
            line, item = self.invoice.lines[nth], self.counted[nth].item
            if line.code != "CREDIT_NO_RETURN":
                node, name = self.booking.place(nth)
                self.work.tell("CREDIT_NO_RETURN", node, name, item=PolicyText(item.item), amount=line.amount)
            self.booking.keep(nth, "CREDIT_NO_RETURN")
            held.append(line._replace(item=item.item, code="CREDIT_NO_RETURN"))
        return _done(self.booking, held)


def _done(booking: InvoiceBooking, held: list[HeldLine] | tuple[HeldLine, ...]) -> HeldInvoice:
    """Make the document, and note what is held."""
    invoice, work = booking.invoice, booking.work
    if not held:
        booking.charge()
    made = booking.document()
    rest = replace(
        invoice,
        part=invoice.part + made,
        lines=tuple(held),
        excess=booking.excess,
        freight=invoice.freight if held else Decimal(0),
        tax=invoice.tax if held else Decimal(0),
        other=invoice.other if held else Decimal(0),
    )
    before = work.memory.held(invoice.entity, invoice.supplier, invoice.number)
    if rest != before and not (rest.settled and before is None):
        work.noted.append(rest)
    return rest


def _figure(number: Decimal | Fraction) -> Decimal:
    return number if isinstance(number, Decimal) else price_text(number)
