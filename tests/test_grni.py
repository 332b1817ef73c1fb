"""Received and not invoiced at the end of a period: accrued, reversed, and zero once it is invoiced."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.books import Books
from hcfin.cli.commands import hcfin as command
from hcfin.errors import HcfinError, KeysError
from hcfin.finance.journal import JournalEntry
from hcfin.posting import Posting
from hcfin.reconcile import SupplyLedger, accrue_receipts
from supplied import (
    BOOKS,
    CONTEXT,
    CONTRAST,
    DRAPE,
    GRNI,
    PAYABLE,
    PUMP,
    STENT,
    VARIANCE,
    invoiced,
    learned,
    line,
    lines,
    ordered,
    posted,
    received,
    released,
    sums,
    used,
    with_books,
)

STOCK, EXPENSE, ASSET = "inventory.stock", "expense.supply", "construction_in_progress"


@pytest.fixture(scope="module")
def at_invoice(tmp_path_factory: pytest.TempPathFactory) -> Books:
    return with_books(tmp_path_factory.mktemp("books"), '[supply]\ngrni = "at_invoice"\n')


def accrued(*facts: Fact, books: Books, period: str = "2025-03") -> Posting:
    return accrue_receipts(learned(*facts, books=books), books, period=period, context=CONTEXT)


# Worked numbers


def test_where_receipts_book_nothing_is_accrued() -> None:
    """§5.8: the receipt has booked 1,200.00 already."""
    assert accrued(ordered(), received(), books=BOOKS) == Posting()


def test_what_is_received_is_accrued_and_reversed(at_invoice: Books) -> None:
    """§5.8: ten at 120.00 came in March, and the invoice has not: 1,200.00 on the 31st, back on the 1st."""
    first, second = accrued(ordered(), received(), books=at_invoice).documents
    assert lines(first) == [("debit", "1200.00", STOCK), ("credit", "1200.00", GRNI)]
    assert lines(second) == [("credit", "1200.00", STOCK), ("debit", "1200.00", GRNI)]
    assert (str(first.gl_date), first.period, str(second.gl_date), second.period) == (
        "2025-03-31",
        "2025-03",
        "2025-04-01",
        "2025-04",
    )
    assert (second.reverses, second.depends_on) == (first.id, (first.id,))
    assert isinstance(first, JournalEntry)
    assert dict(first.gl_lines[0].tags) == {"item": "CATH-GUIDE-6F"}
    assert first.gl_lines[0].rule.id == "supply_stock"
    assert (first.gl_lines[1].rule.id, first.gl_lines[1].origins.count) == ("received_not_invoiced", 1)


def test_what_was_invoiced_in_the_period_is_not_accrued(at_invoice: Books) -> None:
    """Eight of ten arrived and six are invoiced: two at 120.00."""
    facts = (ordered(), received("8"), invoiced("6"))
    first, _ = accrued(*facts, books=at_invoice).documents
    assert lines(first) == [("debit", "240.00", STOCK), ("credit", "240.00", GRNI)]


def test_the_invoice_of_the_next_period_books_it_once(at_invoice: Books) -> None:
    """Accrued, reversed, invoiced: stock of 1,200.00, owed to the supplier, and nothing waits."""
    before = learned(ordered(), received(), books=at_invoice)
    close = accrue_receipts(before, at_invoice, period="2025-03", context=CONTEXT)
    invoice = posted(invoiced(invoiced="2025-04-03"), known=before, books=at_invoice)
    assert sums(close, invoice) == {STOCK: "1200.00", PAYABLE: "-1200.00"}


def test_more_invoiced_than_received_is_no_liability(at_invoice: Books) -> None:
    """Ten are released and six arrived: what is paid ahead is not accrued."""
    facts = (ordered(), received("6"), invoiced("10"), released())
    assert accrued(*facts, books=at_invoice) == Posting()


def test_each_kind_of_item_where_it_belongs(at_invoice: Books) -> None:
    """Two boxes of contrast medium at 385.00, twenty drapes at 7.25, a pump at 2,400.00."""
    order = ordered(
        line("2", "385.00", item=CONTRAST, unit="BX"),
        line("20", "7.25", item=DRAPE, number="2"),
        line("1", "2400.00", item=PUMP, number="3"),
    )
    there = [
        {"item": CONTRAST, "quantity": "2", "unit": "BX"},
        {"item": DRAPE, "quantity": "20"},
        {"item": PUMP, "quantity": "1"},
    ]
    first, _ = accrued(order, received(lines=there), books=at_invoice).documents
    assert {one for one in lines(first) if one[0] == "debit"} == {
        ("debit", "770.00", STOCK),
        ("debit", "145.00", EXPENSE),
        ("debit", "2400.00", ASSET),
    }
    assert first.totals()["credit"] == Decimal("3315.00")


def test_what_is_owed_since_its_use_is_not_accrued_again(at_invoice: Books) -> None:
    assert accrued(used(STENT, "1"), books=at_invoice) == Posting()


# Price holds (A25)


def test_what_a_held_invoice_asks_beyond_its_order_is_accrued() -> None:
    """§5.8: ten at 123.00 are held, 30.00 beyond the order: the probable excess."""
    first, second = accrued(ordered(), received(), invoiced("10", "123.00"), books=BOOKS).documents
    assert lines(first) == [("credit", "30.00", GRNI), ("debit", "30.00", VARIANCE)]
    assert sums(Posting((first, second))) == {}


def test_what_is_held_may_be_left(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\nprice_holds = "leave"\n')
    assert accrued(ordered(), received(), invoiced("10", "123.00"), books=books) == Posting()


def test_what_was_released_is_not_accrued() -> None:
    facts = (ordered(), received(), invoiced("10", "123.00"), released())
    assert accrued(*facts, books=BOOKS) == Posting()


def test_goods_and_excess_are_one_entry(at_invoice: Books) -> None:
    """1,200.00 of goods that are received, and 30.00 that their held invoice asks beyond: 1,230.00."""
    first, _ = accrued(ordered(), received(), invoiced("10", "123.00"), books=at_invoice).documents
    assert first.totals() == {"debit": Decimal("1230.00"), "credit": Decimal("1230.00")}


# Periods


def test_ids_are_those_of_the_period(at_invoice: Books) -> None:
    """A run that is repeated before the close replaces what it made."""
    early = accrued(ordered(), received("4"), books=at_invoice).documents
    late = accrued(ordered(), received("4"), received("6", "R-2"), books=at_invoice).documents
    assert [one.id for one in early] == [one.id for one in late]
    assert [one.content_hash for one in early] != [one.content_hash for one in late]
    other = accrued(ordered(), received("4"), books=at_invoice, period="2025-04").documents
    assert not {one.id for one in other} & {one.id for one in early}


def test_the_reversal_lands_in_the_next_open_period(tmp_path: Path) -> None:
    books = with_books(tmp_path, '[supply]\ngrni = "at_invoice"\n[periods]\nclosed = ["2025-04"]\n')
    _, second = accrued(ordered(), received(), books=books).documents
    assert (str(second.gl_date), second.period, second.original_period) == (
        "2025-05-01",
        "2025-05",
        "2025-04",
    )


@pytest.mark.parametrize(
    ("setting", "period", "told"),
    [
        ('[periods]\nclosed = ["2025-03"]', "2025-03", "period 2025-03 of main is closed"),
        ('[periods]\nopen_through = "2025-03"', "2025-03", "no period after 2025-03 is open"),
        ("", "March", "there is no period 'March' of main"),
        ("", "2025-02", "goes beyond 2025-02-28, the end of period 2025-02"),
        (
            '[dimensions.department]\nfrom = "supply.department"\n'
            'on = ["liability.goods_received_not_invoiced"]\nrequired = true',
            "2025-03",
            "dimension department has no value",
        ),
    ],
)
def test_what_must_be_fixed_first_is_told(tmp_path: Path, setting: str, period: str, told: str) -> None:
    ledger = learned(ordered(), received(), books=with_books(tmp_path, '[supply]\ngrni = "at_invoice"\n'))
    books = with_books(tmp_path, f'[supply]\ngrni = "at_invoice"\n{setting}\n')
    with pytest.raises(HcfinError, match=told):
        accrue_receipts(ledger, books, period=period, context=CONTEXT)


def test_a_calendar_that_ends(tmp_path: Path) -> None:
    calendar = '[[periods.calendar]]\nname = "2025-P03"\nfirst = 2025-03-02\nlast = 2025-03-29\n'
    books = with_books(tmp_path, f'[supply]\ngrni = "at_invoice"\n{calendar}')
    ledger = learned(ordered(ordered="2025-03-03"), received(), books=books)
    with pytest.raises(HcfinError, match="no period after 2025-P03 is open"):
        accrue_receipts(ledger, books, period="2025-P03", context=CONTEXT)


def test_an_account_that_the_books_do_not_use_any_more(tmp_path: Path, at_invoice: Books) -> None:
    ledger = learned(ordered(), received(), books=at_invoice)
    books = with_books(tmp_path, '[supply]\ngrni = "at_invoice"\n[chart]\n"inventory.stock" = "1599"\n')
    with pytest.raises(HcfinError, match="account 1510"):
        accrue_receipts(ledger, books, period="2025-03", context=CONTEXT)


def test_an_account_is_needed(tmp_path: Path, at_invoice: Books) -> None:
    """The chart that is used at the close lost a role; books that ask for it are refused on load."""
    ledger = learned(ordered(), received(), invoiced("10", "123.00"), books=BOOKS)
    chart = {name: account for name, account in BOOKS.chart.items() if name != VARIANCE}
    with pytest.raises(HcfinError, match=f"role {VARIANCE} has no account"):
        accrue_receipts(ledger, BOOKS.model_copy(update={"chart": chart}), period="2025-03", context=CONTEXT)


def test_keys_are_needed() -> None:
    with pytest.raises(KeysError):
        accrue_receipts(SupplyLedger(), BOOKS, period="2025-03", context=hcfin.Context())
    assert accrue_receipts(SupplyLedger(), BOOKS, period="2025-03", context=CONTEXT) == Posting()


# The command

JOURNEY = cases.FIXTURES / "reconcile" / "procedure_to_payment"
FEED = ("--standard", "hl7v2", "--profile", JOURNEY / "profile.toml", "--master", "example")
FILES = sorted(JOURNEY.glob("0[15-9]*"))
"""Everything of the journey about supplies, but for the decision about its invoices."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["accrue", *map(str, arguments)])


def told(done: Result) -> list[dict[str, str]]:
    """Day, and amounts by role, of each document."""
    return [
        {"day": one["gl_date"], **{line["role"]: line["amount"] for line in one["gl_lines"]}}
        for one in json.loads(done.stdout)["documents"]
    ]


def test_the_command() -> None:
    """30.00 and 150.00 are held in March; the exit status says that something is."""
    done = run("--period", "2025-03", *FEED, *FILES)
    assert (done.exit_code, "MATCH_PRICE" in done.stderr) == (1, True)
    amounts = {VARIANCE: "180.00", GRNI: "180.00"}
    assert told(done) == [{"day": "2025-03-31", **amounts}, {"day": "2025-04-01", **amounts}]
    assert "TESTPERSON" not in done.stdout + done.stderr


def test_what_is_of_a_later_day_is_left_out(tmp_path: Path) -> None:
    """On the 9th of a fiscal period nothing had come; on the 10th the goods had, and no invoice."""
    calendar = "".join(
        f'[[periods.calendar]]\nname = "{name}"\nfirst = {first}\nlast = {last}\n'
        for name, first, last in (
            ("P1", "2025-03-01", "2025-03-09"),
            ("P2", "2025-03-10", "2025-03-11"),
            ("P3", "2025-03-12", "2025-03-31"),
        )
    )
    books = tmp_path / "books.toml"
    books.write_text(f'[supply]\ngrni = "at_invoice"\n{calendar}', encoding="utf-8")
    own = ("--books", "example", "--books", books, *FEED)
    assert told(run("--period", "P1", *own, *FILES)) == []
    first, _ = json.loads(run("--period", "P2", *own, *FILES).stdout)["documents"]
    totals = {side: Decimal(0) for side in ("debit", "credit")}
    for one in first["gl_lines"]:
        totals[one["side"]] += Decimal(one["amount"])
    assert totals == {"debit": Decimal("1585.00"), "credit": Decimal("1585.00")}
    assert {one["role"] for one in first["gl_lines"]} == {STOCK, GRNI}
    assert first["gl_date"] == "2025-03-11"


def test_what_came_before_may_be_given_apart() -> None:
    done = run("--period", "2025-03", "--master", "example", *_after(FILES[2:4]), FILES[4])
    assert {one["day"] for one in told(done)} == {"2025-03-31", "2025-04-01"}


def _after(paths: list[Path]) -> list[object]:
    return [part for path in paths for part in ("--after", path)]


def test_a_period_that_no_calendar_has() -> None:
    done = run("--period", "March", *FILES[1:2])
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, "hcfin: there is no period 'March'")


# Laws

AMOUNTS = st.sampled_from(["1", "3", "4", "10"])


@st.composite
def purchases(draw: st.DrawFn) -> list[Fact]:
    """An order, some of it received, some of it invoiced, in any price."""
    facts: list[Fact] = [ordered(line(price=draw(st.sampled_from(["120.00", "0.333333", "99.995"]))))]
    for nth in range(draw(st.integers(0, 3))):
        facts.append(received(draw(AMOUNTS), f"R-{nth}"))
    for nth in range(draw(st.integers(0, 2))):
        facts.append(invoiced(draw(AMOUNTS), draw(st.sampled_from(["120.00", "150.00", "0.33"])), f"I-{nth}"))
    return facts


@given(purchases())
def test_accrual_and_reversal_are_nothing_together(facts: list[Fact]) -> None:
    books = BOOKS.model_copy(update={"supply": BOOKS.supply.model_copy(update={"grni": "at_invoice"})})
    close = accrued(*facts, books=books)
    assert sums(close) == {}
    for one in close.documents:
        assert one.totals()["debit"] == one.totals()["credit"] > 0


@given(purchases())
def test_both_ways_show_the_same_at_the_end_of_the_period(facts: list[Fact]) -> None:
    """What is received and not invoiced is the same in the ledger whether receipts book it, or the close
    does."""
    own = BOOKS.model_copy(update={"supply": BOOKS.supply.model_copy(update={"grni": "at_invoice"})})
    shown: list[dict[str, str]] = []
    for books in (BOOKS, own):
        ledger = SupplyLedger()
        postings: list[Posting] = []
        for fact in facts:
            postings.append(posted(fact, known=ledger, books=books))
            ledger.learn_postings(postings[-1:])
        close = accrue_receipts(ledger, books, period="2025-03", context=CONTEXT)
        balances: dict[str, Decimal] = defaultdict(Decimal)
        for role, amount in sums(*postings, Posting(close.documents[:1])).items():
            balances[role] += Decimal(amount)
        shown.append({role: f"{amount:f}" for role, amount in balances.items()})
    first, second = shown
    # Goods that were paid ahead are an asset in one way and a negative liability in the other.
    if all(Decimal(amount) <= 0 for role, amount in first.items() if role == GRNI):
        assert first == second
