"""Laws of supplies, orders, receipts and invoices, over whatever comes in whatever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.purchase import InvoiceRelease, PurchaseOrder
from hcfin.billing.purchase import SupplierInvoice as Invoice
from hcfin.billing.reading import Reading
from hcfin.finance.master import ContractPrice, Conversion, Item, MasterData
from hcfin.finance.procurement import SupplierInvoice
from hcfin.posting import Outcome, Posting
from hcfin.posting.supply_units import exact, money, per_unit, total
from hcfin.posting.three_way import AskedLine, OwedLine, Tolerances, credited, three_way
from hcfin.posting.told import amounts
from hcfin.reconcile import SupplyLedger
from hcfin.testing import (
    assert_balanced,
    assert_deterministic,
    assert_no_phi,
    plant,
    purchases,
    stock_adjustments,
    supply_requests,
    supply_uses,
)
from supplied import (
    ACCRUAL,
    BOOKS,
    CATHETER,
    CONTEXT,
    CONTRAST,
    DRAPE,
    GRNI,
    LEAD,
    MASTER,
    PAYABLE,
    STENT,
    VARIANCE,
    adjusted,
    invoiced,
    line,
    ordered,
    paid,
    received,
    released,
    used,
)

GL_ONLY = BOOKS.model_copy(update={"policy": BOOKS.policy.model_copy(update={"ap_mode": "gl_only"})})
AT_INVOICE = BOOKS.model_copy(update={"supply": BOOKS.supply.model_copy(update={"grni": "at_invoice"})})
ACCRUE = BOOKS.model_copy(update={"supply": BOOKS.supply.model_copy(update={"consigned_receipts": "accrue"})})
AVERAGE = BOOKS.model_copy(update={"supply": BOOKS.supply.model_copy(update={"costing": "average"})})
POLICIES = st.sampled_from([BOOKS, GL_ONLY, AT_INVOICE, ACCRUE, AVERAGE])
HEART = {"supplier": {"id": "HC-100"}, "order": ""}

COUNTS = st.integers(1, 12).map(str)
SUPPLIED = st.sampled_from([(CATHETER, ""), (CONTRAST, "VL"), (CONTRAST, "BX"), (DRAPE, "EA"), (DRAPE, "BX")])
PRICES = st.decimals("0.01", "999.99", places=2).map(str)


def numbered(facts: list[Fact]) -> list[Fact]:
    """Each with a number of its own, so that none is another's repeat; orders and releases name theirs."""
    return [
        fact
        if isinstance(fact, PurchaseOrder | InvoiceRelease)
        else fact.model_copy(update={_number(fact): f"{type(fact).__name__}-{at}"})
        for at, fact in enumerate(facts)
    ]


def _number(fact: Fact) -> str:
    return "id" if "id" in type(fact).model_fields else "number"


USES = st.builds(
    lambda item, quantity, change, case: used(item, quantity, change=change, case=case),
    st.sampled_from([CATHETER, CONTRAST, DRAPE, STENT, LEAD]),
    st.integers(1, 3).map(str),
    st.sampled_from(["consumed", "returned", "wasted", "explanted"]),
    st.sampled_from(["CASE-1", "CASE-2"]),
)
ORDERS = st.just(
    ordered(
        line("10"),
        line("3", "385.00", number="2", item=CONTRAST, unit="BX"),
        line("40", "7.25", number="3", item=DRAPE, unit="EA"),
    )
)
RECEIPTS = st.builds(
    lambda item, quantity, state: received(quantity, item=item[0], unit=item[1], state=state),
    SUPPLIED,
    COUNTS,
    st.sampled_from(["received", "received", "returned"]),
)
INVOICES = st.builds(
    lambda item, quantity, price, change, freight: invoiced(
        quantity, price, item=item[0], unit=item[1], change=change, freight=freight
    ),
    SUPPLIED,
    COUNTS,
    st.one_of(PRICES, st.sampled_from(["120.00", "121.00", "38.50", "385.00", "7.25", "145.00"])),
    st.sampled_from(["invoice", "invoice", "invoice", "credit", "rebate"]),
    st.sampled_from(["0.00", "18.00"]),
)
IMPLANTS = st.builds(
    lambda item, quantity, price: invoiced(quantity, price, item=item, **HEART),
    st.sampled_from([STENT, LEAD]),
    st.integers(1, 3).map(str),
    st.sampled_from(["1450.00", "5200.00", "5350.00"]),
)
ARRIVED = st.builds(
    lambda item, quantity: received(quantity, item=item, **HEART),
    st.sampled_from([STENT, LEAD]),
    st.integers(1, 3).map(str),
)
LOSSES = st.builds(
    lambda quantity, change: adjusted(quantity, change, approver="TESTPERSON"),
    st.integers(-9, 9).filter(bool).map(str),
    st.sampled_from(["count", "expiry", "found"]),
)
RELEASES = st.builds(
    lambda nth, decision, supplier: released(
        f"SupplierInvoice-{nth}", decision=decision, supplier={"id": supplier}
    ),
    st.integers(0, 8),
    st.sampled_from(["release", "reject"]),
    st.sampled_from(["MS-200", "HC-100"]),
)
PAYMENTS = PRICES.map(paid)
ANY = st.one_of(USES, ORDERS, RECEIPTS, INVOICES, IMPLANTS, ARRIVED, LOSSES, RELEASES, PAYMENTS)
# An order that comes first lets more of the rest be booked.
FACTS = st.builds(
    lambda first, rest: numbered([*first, *rest]), st.lists(ORDERS, max_size=1), st.lists(ANY, max_size=8)
)
# Whole purchases as sources tell them, with much that is wrong, and items that nobody knows.
PURCHASES = st.builds(
    # Uses without a number are told apart within a run alone, so each has one here.
    lambda bought, others: [*bought, *numbered(others)],
    st.lists(purchases(currency="USD", strangers=True), min_size=1, max_size=2).map(
        lambda several: [fact for one in several for fact in one]
    ),
    st.lists(
        st.one_of(
            supply_uses(currency="USD"), stock_adjustments(currency="USD"), supply_requests(currency="USD")
        ),
        max_size=3,
    ),
)
TOLD = st.one_of(FACTS, PURCHASES)


def post(
    facts: list[Fact],
    books: hcfin.Books = BOOKS,
    known: SupplyLedger | None = None,
    master: MasterData = MASTER,
) -> Posting:
    told = tuple(fact.model_copy(update={"at": at}) for at, fact in enumerate(facts, start=1))
    return hcfin.post(Reading("facts", told), books, context=CONTEXT, master=master, known_supply=known)


def cents(*postings: Posting) -> Counter[str]:
    found: Counter[str] = Counter()
    for posting in postings:
        for document in posting.documents:
            for one in document.gl_lines:
                found[one.role] += int(one.amount * 100) * (1 if one.side == "debit" else -1)
    return Counter({role: amount for role, amount in found.items() if amount})


# Every amount, every line


@given(TOLD, POLICIES)
def test_entries_balance_and_every_amount_has_one_end(facts: list[Fact], books: hcfin.Books) -> None:
    posting = post(facts, books)
    for document in posting.documents:
        assert_balanced(document)
    told = Counter(
        (at, name, amount) for at, fact in enumerate(facts, start=1) for _, name, amount in amounts(fact)
    )
    ended: Counter[Any] = Counter()
    for end in posting.dispositions:
        ended[end.amount] += 1
        assert (end.outcome is Outcome.POSTED) == bool(end.lines)
        assert sum(end.booked) == 0, "what it debits it credits"
    assert ended == Counter(amount for _, _, amount in told.elements())
    kept = {end.rule for end in posting.dispositions if end.outcome is Outcome.KEPT_OPEN}
    assert kept <= {issue.code for issue in posting.issues}, "what is held is said"


@given(FACTS, POLICIES)
def test_the_same_again_changes_nothing(facts: list[Fact], books: hcfin.Books) -> None:
    once, twice = post(facts, books), post([*facts, *facts], books)
    made = {one.id for one in once.documents}
    again = [one for one in twice.documents if one.id not in made]
    # What was returned or credited in vain may succeed when it comes again after what it needs.
    retried = {
        "SUPPLY_RETURN_UNLINKED",
        "RETURN_EXCEEDS_RECEIPT",
        "RECEIPT_ORDER_UNKNOWN",
        "SUPPLY_USE_UNKNOWN",
    }
    if not retried & {issue.code for issue in once.issues}:
        assert again == []
        assert cents(twice) == cents(once)
        assert len(twice.noted) == len(once.noted)


@given(TOLD, POLICIES)
def test_one_by_one_comes_to_the_same_as_together(facts: list[Fact], books: hcfin.Books) -> None:
    ledger, postings = SupplyLedger(), []
    for fact in facts:
        postings.append(post([fact], books, ledger))
        ledger.learn_postings(postings[-1:])
    whole = post(facts, books, SupplyLedger())
    # Where it stood in its run is no part of what a document is.
    assert [one.content_hash for posting in postings for one in posting.documents] == [
        one.content_hash for one in whole.documents
    ]


@given(TOLD)
def test_both_modes_book_the_same(facts: list[Fact]) -> None:
    documents, journal = post(facts), post(facts, GL_ONLY)
    assert cents(documents) == cents(journal)
    assert [issue.code for issue in documents.issues] == [issue.code for issue in journal.issues]
    assert all(one.kind == "journal_entry" or one.memo or not one.gl_lines for one in journal.documents)


# What is received and what is owed


def cut(quantity: int, places: list[int]) -> list[int]:
    """A quantity in parts."""
    cuts = sorted({place % quantity for place in places} - {0})
    return [end - start for start, end in zip([0, *cuts], [*cuts, quantity], strict=True)]


PARTS = st.lists(st.integers(1, 1000), max_size=3)


@given(
    st.integers(1, 30),
    st.tuples(PARTS, PARTS),
    st.decimals("0.000001", "99.999999", places=6),
    SUPPLIED,
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.randoms(use_true_random=False),
    POLICIES,
)
def test_nothing_waits_where_all_that_is_received_is_invoiced(
    quantity: int,
    parts: tuple[list[int], list[int]],
    price: Decimal,
    item: Any,
    let: list[bool],
    turn: Any,
    books: hcfin.Books,
) -> None:
    """Whatever came first, whatever rounding did, and whatever was released before its goods arrived."""
    facts: list[Fact] = []
    of_item = {"item": item[0], "unit": item[1]}
    for nth, size in enumerate(cut(quantity, parts[0])):
        facts.append(received(str(size), f"R-{nth}", **of_item))
    for nth, size in enumerate(cut(quantity, parts[1])):
        asked = f"{money(Fraction(price) * size, 'USD'):f}"
        facts.append(invoiced(str(size), None, f"INV-{nth}", amount=asked, freight="1.00", **of_item))
        if let[nth]:
            facts.append(released(f"INV-{nth}"))
    turn.shuffle(facts)
    posting = post([ordered(line(str(quantity), str(price), **of_item)), *facts], books)
    found = cents(posting)
    bills = [one for one in posting.documents if isinstance(one, SupplierInvoice)]
    assert not {issue.code for issue in posting.issues} - {
        "MATCH_QTY",
        "MATCH_NO_RECEIPT",
        "INVOICE_NOT_HELD",
    }
    assert found[GRNI] == 0
    assert found[PAYABLE] == -sum(int(one.amount * 100) for one in bills)
    assert sum(int(one.amount * 100) for one in bills) == sum(
        int((fact.lines[0].amount + fact.freight) * 100) for fact in facts if isinstance(fact, Invoice)
    )
    ledger = SupplyLedger()
    ledger.learn_postings([posting])
    assert ledger.held_for("main", "MEDSUP") == ()


class _Thirds:
    """Three of every item for a hundred, by contract."""

    def conversion(self, item: str, unit: str, into: str) -> Conversion | None:
        return Conversion(Decimal(1), Decimal(3)) if unit == "TR" else None

    def contract_price(self, supplier: str, item: str, day: date) -> ContractPrice | None:
        return ContractPrice("C-3", Decimal(100), "TR")


THIRDS = replace(MASTER, units=_Thirds(), contracts=_Thirds())


@given(
    st.lists(
        st.tuples(st.sampled_from([STENT, LEAD]), st.integers(1, 4), PARTS, st.integers(0, 4)),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.randoms(use_true_random=False),
    st.sampled_from([BOOKS, GL_ONLY, ACCRUE]),
)
def test_no_accrual_stays_where_all_that_was_used_is_invoiced(
    uses: list[Any], arrives: list[bool], turn: Any, books: hcfin.Books
) -> None:
    """Used, given back in part, billed in lines of their own or apart, before or after."""
    facts: list[Fact] = []
    back: list[Fact] = []
    for nth, (item, quantity, parts, returned) in enumerate(uses):
        case = {"case": f"CASE-{nth}"}
        facts.append(used(item, str(quantity), id=f"U-{nth}", **case))
        kept = quantity - min(returned, quantity)
        for one in range(quantity - kept):
            back.append(used(item, "1", id=f"B-{nth}-{one}", change="returned", reverses=f"U-{nth}", **case))
        sizes = cut(kept, parts) if kept else []
        lines = [{"item": item, "quantity": str(size), "unit_price": "33.33"} for size in sizes]
        if len(lines) > 2:
            facts.append(invoiced(number=f"INV-{nth}-all", lines=lines, **case, **HEART))
        else:
            facts += [
                invoiced(number=f"INV-{nth}-{one}", lines=[each], **case, **HEART)
                for one, each in enumerate(lines)
            ]
        if arrives[nth]:
            facts.append(received(str(quantity), f"R-{nth}", item=item, **HEART))
    turn.shuffle(facts)
    found = cents(post([*facts, *back], books, master=THIRDS))
    asked = sum(3333 * int(one.quantity) for fact in facts if isinstance(fact, Invoice) for one in fact.lines)
    assert found[PAYABLE] == -asked
    # What arrived and then went back in another case's name may wait, but not against what is invoiced.
    assert found[ACCRUAL] + found[GRNI] == 0
    assert found["expense.supply"] + found[VARIANCE] == asked


@given(
    st.permutations(["order", "receipt", "invoice", "use", "loss"]),
    st.sampled_from([CATHETER, DRAPE]),
    POLICIES,
)
def test_nothing_is_an_expense_twice_whatever_the_order(
    turn: list[str], item: Any, books: hcfin.Books
) -> None:
    price = "120.00" if item is CATHETER else "7.25"
    facts = {
        "order": ordered(line("10", price, item=item)),
        "receipt": received("10", item=item, unit="EA"),
        "invoice": invoiced("10", price, item=item, unit="EA"),
        "use": used(item, "9"),
        "loss": adjusted("-1", item=item),
    }
    if turn.index("order") > turn.index("receipt"):
        # Nothing is received of what nobody ordered; it is sent again.
        turn = [*turn, "receipt"]
    found = cents(post([facts[name] for name in turn], books))
    assert found == {"expense.supply": int(Decimal(price) * 1000), PAYABLE: -int(Decimal(price) * 1000)}


# The match


LINES = st.builds(
    lambda n, price, received_, share, used_: OwedLine(
        "PO",
        n,
        Fraction(price),
        Fraction(received_),
        Fraction(received_) * share / 10,
        Decimal(round(Fraction(price) * received_ * 100)) / 100,
        Decimal(round(Fraction(price) * received_ * share * 10)) / 100,
        used_,
    ),
    st.integers(1, 3),
    st.decimals("0.01", "500", places=4).map(Fraction),
    st.integers(0, 20),
    st.integers(0, 10),
    st.just(False),
)
TOLERANCES = st.builds(
    Tolerances,
    st.sampled_from([Decimal(0), Decimal(2), Decimal("7.5")]),
    st.sampled_from([Decimal(0), Decimal("5.00")]),
    st.sampled_from([Decimal(0), Decimal(10)]),
    st.sampled_from([Decimal(0), Decimal(100)]),
)
CENT = Decimal("0.01")


@given(
    st.lists(LINES, max_size=3, unique_by=lambda one: one.n),
    st.lists(st.tuples(st.integers(1, 30), st.integers(-50, 120)), min_size=1, max_size=3),
    TOLERANCES,
    st.booleans(),
)
def test_a_match_never_pays_above_tolerance(
    owed: list[OwedLine], asked: list[Any], tolerances: Tolerances, of_use: bool
) -> None:
    owed = [one._replace(used=of_use) for one in owed]
    keys = tuple((one.order, one.n) for one in owed)
    price = owed[0].price if owed else Fraction(100)
    lines = [
        AskedLine(Fraction(quantity), money(price * quantity * (1000 + over) / 1000, "USD"), keys)
        for quantity, over in asked
    ]
    match = three_way(lines, owed, tolerances, "USD")
    for nth, one in enumerate(lines):
        approved = [part for part in match.approved if part.line == nth]
        held = [part for part in match.holds if part.line == nth]
        # Nothing is lost and nothing is made.
        assert sum(part.quantity for part in approved) + sum(part.quantity for part in held) == one.quantity
        paid_ = sum((part.settles + part.variance for part in approved), Decimal(0))
        assert paid_ + sum((part.amount for part in held), Decimal(0)) == one.amount
        expected = sum((part.owed.price * part.quantity for part in approved if part.owed), Fraction(0))
        over = Fraction(paid_) - expected
        most = (
            Fraction(tolerances.contract)
            if of_use
            else max(expected * Fraction(tolerances.price) / 100, Fraction(tolerances.price_amount))
        )
        # Half a cent is rounding, and of a part a cent and a half.
        assert over <= max(most, Fraction(CENT) * (3 if held else 1) / 2), "beyond tolerance"
    for line_ in owed:
        taken = sum(
            (part.quantity for part in match.approved if part.owed and part.owed.n == line_.n), Fraction(0)
        )
        allowed = line_.received * (1 + Fraction(tolerances.quantity) / 100) - line_.invoiced
        assert taken <= max(allowed, Fraction(0))


@given(
    st.lists(LINES, max_size=3, unique_by=lambda one: one.n),
    st.lists(st.tuples(st.integers(1, 30), st.decimals("0.00", "9999.99", places=2)), min_size=1, max_size=3),
    st.booleans(),
)
def test_what_is_released_is_paid_as_it_is_asked(
    owed: list[OwedLine], asked: list[Any], credit: bool
) -> None:
    keys = tuple((one.order, one.n) for one in owed)
    lines = [AskedLine(Fraction(quantity), amount, keys) for quantity, amount in asked]
    whole = sum((amount for _, amount in asked), Decimal(0))
    if credit:
        back = credited(lines, owed, Tolerances(), "USD", released=True)
        assert not back.waiting
        given_ = sum((one.settles + one.variance for one in back.goods), Decimal(0))
        assert given_ + sum((one.amount for one in back.prices), Decimal(0)) == whole
        return
    match = three_way(lines, owed, Tolerances(), "USD", released=True)
    assert not match.holds
    assert sum((one.settles + one.variance for one in match.approved), Decimal(0)) == whole


# Units


class _Units:
    def __init__(self, of: int, makes: int) -> None:
        self.of, self.makes = of, makes

    def conversion(self, item: str, unit: str, into: str) -> Conversion | None:
        return Conversion(Decimal(self.of), Decimal(self.makes)) if unit == "BX" else None


@given(
    st.integers(1, 999),
    st.integers(1, 999),
    st.lists(st.tuples(st.sampled_from(["EA", "BX", ""]), st.decimals(0, 999, places=3)), max_size=5),
)
def test_a_quantity_is_the_same_in_every_unit(of: int, makes: int, told: list[Any]) -> None:
    units, item = _Units(of, makes), Item("I", "perpetual", "EA")
    each = per_unit(units, item, "BX")
    assert each is not None
    assert total(units, item, told) == sum(
        (Fraction(quantity) * (each if unit == "BX" else 1) for unit, quantity in told), Fraction(0)
    )
    assert total(units, item, [*told, ("CS", Decimal(1))]) is None
    for unit, quantity in told:
        stocked = Fraction(quantity) * (each if unit == "BX" else 1)
        there = exact(stocked)
        assert there is None or Fraction(there) == stocked, "rounded nowhere"


@given(st.integers(1, 40), st.sampled_from([(CONTRAST, "BX", "VL", 10), (DRAPE, "BX", "EA", 20)]))
def test_what_is_bought_in_boxes_is_used_by_the_piece(boxes: int, what: Any) -> None:
    item, box, piece, holds = what
    price = "385.00" if item is CONTRAST else "145.00"
    whole = Decimal(price) * boxes
    order = ordered(line(str(boxes), price, item=item, unit=box))
    facts = [
        order,
        received(str(boxes * holds), item=item, unit=piece),
        invoiced(str(boxes), price, item=item, unit=box),
    ]
    found = cents(post([*facts, used(item, str(boxes * holds), unit=piece)]))
    assert found == {"expense.supply": int(whole * 100), PAYABLE: -int(whole * 100)}


# Everything


@given(TOLD, POLICIES)
def test_no_patient_data_reaches_a_document_an_issue_or_what_is_noted(
    facts: list[Fact], books: hcfin.Books
) -> None:
    planted, sentinels = plant(facts)
    posting = post(list(planted), books)
    outputs = {
        "documents": [one.model_dump_json() for one in posting.documents],
        "issues": [str(issue) for issue in posting.issues],
        "noted": repr(posting.noted),
        "repr": repr(planted),
    }
    assert_no_phi(outputs, sentinels)


@given(TOLD, POLICIES)
def test_the_same_facts_give_the_same_documents(facts: list[Fact], books: hcfin.Books) -> None:
    assert_deterministic(
        lambda: [[one.to_dict() for one in post(facts, books).documents], repr(post(facts, books).noted)]
    )
