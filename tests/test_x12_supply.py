"""Orders, confirmations, shipments and invoices of suppliers (850, 855, 856, 810), read into facts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin.billing.purchase import GoodsReceipt, PurchaseOrder, SupplierInvoice
from hcfin.billing.reading import Reading
from hcfin.cli.commands import hcfin as command
from hcfin.standards.x12 import purchase_order_850, ship_notice_856, supplier_invoice_810
from hcfin.standards.x12.profile import Profile
from hcfin.testing import leaks
from hcfin.testing.invariant import assert_invariant
from test_x12_content import changed, rows_of, said

ORDERS = cases.FIXTURES / "x12" / "purchase_order_850"
SHIPMENTS = cases.FIXTURES / "x12" / "ship_notice_856"
INVOICES = cases.FIXTURES / "x12" / "supplier_invoice_810"
ALL = [case for folder in (ORDERS, SHIPMENTS, INVOICES) for case in sorted(folder.iterdir())]
FULL = [
    ORDERS / "full",
    ORDERS / "worked",
    ORDERS / "confirmation",
    SHIPMENTS / "full",
    INVOICES / "full",
    INVOICES / "worked",
]
BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
D = Decimal
_ISA = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'A':15}*ZZ*{'B':15}*250101*0000*U*00401*000000001*0*T*:"


def of(*segments: str, kind: str = "810", version: str = "", profile: Profile | None = None) -> Reading:
    """One set of these segments."""
    rows = [f"ST*{kind}*0001", *segments]
    head = [_ISA, f"GS*XX*A*B*20250101*0000*1*X*{version}"] if version else []
    text = "~".join([*head, *rows, f"SE*{len(rows) + 1}*0001", ""])
    return hcfin.read(text.encode(), standard="x12", profile=profile)


def codes(reading: Reading) -> list[str]:
    around = {"INTERCHANGE_MISSING", "TRAILER_MISSING"}
    return [issue.code for issue in reading.issues if issue.code not in around]


def order(*segments: str, kind: str = "850", **more: object) -> PurchaseOrder:
    (fact,) = of(*segments, kind=kind, **more).facts
    assert isinstance(fact, PurchaseOrder)
    return fact


def invoice(*segments: str, **more: object) -> SupplierInvoice:
    (fact,) = of(*segments, **more).facts
    assert isinstance(fact, SupplierInvoice)
    return fact


def shipment(*segments: str, **more: object) -> GoodsReceipt:
    (fact,) = of(*segments, kind="856", **more).facts
    assert isinstance(fact, GoodsReceipt)
    return fact


# The worked purchase: ten at 120.00 ordered, ten shipped, ten invoiced at 123.00 with 18.00 of freight


def test_an_order() -> None:
    (fact,) = cases.reading_of(ORDERS / "worked").facts
    assert isinstance(fact, PurchaseOrder)
    assert (fact.change, fact.order_kind, fact.number) == ("order", "standard", "PO-1001")
    assert (fact.supplier.id, fact.buyer.id, fact.ship_to.id) == ("TESTMED", "MAIN", "MAIN-CS")
    assert (fact.facility, fact.ordered, fact.total) == ("MAIN-CS", "2025-03-03", D("1200.00"))
    (line,) = fact.lines
    assert (line.number, line.quantity, line.unit, line.unit_price) == ("1", D(10), "EA", D(120))
    assert (line.item.code, line.item.supplier_code) == ("100-200", "TM-77")
    assert line.item.description == "GUIDE CATHETER 6F"


def test_a_shipment() -> None:
    (fact,) = cases.reading_of(SHIPMENTS / "worked").facts
    assert isinstance(fact, GoodsReceipt)
    assert (fact.state, fact.number, fact.order) == ("shipped", "SHIP-1", "PO-1001")
    assert (fact.moved, fact.expected) == ("2025-03-06T15:00", "2025-03-08")
    assert fact.supplier.id == "TESTMED", "who ships from there stands in where nobody else is named"
    (line,) = fact.lines
    assert (line.number, line.order_line, line.order, line.quantity) == ("1", "1", "", D(10))
    assert (line.lot, line.expires) == ("LOT-9", "2027-03-31")


def test_an_invoice() -> None:
    """TDS01 124800 is 1,248.00, SAC05 1800 is 18.00."""
    reading = cases.reading_of(INVOICES / "worked")
    (fact,) = reading.facts
    assert isinstance(fact, SupplierInvoice)
    assert (fact.number, fact.order, fact.invoiced, fact.due) == (
        "INV-501",
        "PO-1001",
        "2025-03-12",
        "2025-04-11",
    )
    assert (fact.total, fact.freight, fact.tax, fact.other) == (
        D("1248.00"),
        D("18.00"),
        D("0.00"),
        D("0.00"),
    )
    assert fact.lines[0].unit_price == D(123)
    assert (fact.supplier.id, fact.remit_to.id) == ("TESTMED", "TMLB")
    assert reading.issues == ()
    assert str(reading.place(fact, "number")) == "segment 4 BIG02 (000000810/1/0001, byte 179)"
    assert reading.place(fact.lines[0], "unit_price").element == "IT104"


@pytest.mark.parametrize(
    ("case", "kind", "told"),
    [
        (
            ORDERS / "worked",
            "850",
            {"control": "PO-1001", "lines": 1, "quantity": "10", "amount": "1200.00", "total": "1200.00"},
        ),
        (
            ORDERS / "confirmation",
            "855",
            {"control": "PO-1001", "lines": 2, "quantity": "13", "amount": "1224.00", "total": "1224.00"},
        ),
        (SHIPMENTS / "worked", "856", {"control": "SHIP-1", "lines": 1, "quantity": "10", "orders": 1}),
        (
            INVOICES / "worked",
            "810",
            {
                "control": "INV-501",
                "change": "invoice",
                "lines": 1,
                "quantity": "10",
                "line_amounts": "1230.00",
                "freight": "18.00",
                "tax": "0.00",
                "other": "0.00",
                "amount": "1248.00",
                "total": "1248.00",
            },
        ),
    ],
    ids=("850", "855", "856", "810"),
)
def test_summary(case: Path, kind: str, told: dict[str, object]) -> None:
    done = CliRunner().invoke(command, ["summary", str(case / "input.edi")])
    assert done.exit_code == 0
    (unit,) = json.loads(done.stdout)["units"]
    assert unit == {"kind": kind, **told, "balanced": True}


# Orders


@pytest.mark.parametrize(
    ("purpose", "change"),
    [
        *(("00", "order"), ("06", "order"), ("07", "order"), ("04", "revision"), ("05", "revision")),
        *(("01", "cancellation"), ("03", "cancellation"), ("17", "cancellation")),
    ],
)
def test_what_an_order_does(purpose: str, change: str) -> None:
    assert order(f"BEG*{purpose}*SA*P1").change == change


def test_kinds_of_orders() -> None:
    assert order("BEG*00*BK*P1").order_kind == "blanket"
    assert order("BEG*00*CN*P1").order_kind == "consignment"
    assert order("BEG*00*SA*P1", "MSG*bill only ").order_kind == "bill_only"
    own = Profile(order_kinds={"OS": "bill_only"}, case="CO", supplier="TM", facility="MAIN")
    fact = order("BEG*00*OS*P1", "REF*CO*CASE-1", profile=own)
    assert (fact.order_kind, fact.case, fact.references) == ("bill_only", "CASE-1", ())
    assert (fact.supplier.id, fact.facility) == ("TM", "MAIN")
    named = order("BEG*00*OS*P1", "N1*VN*X*92*OTHER", "N1*BY*Y*92*B", profile=own)
    assert (named.supplier.id, named.facility) == ("OTHER", "B")


def test_the_surest_party_of_a_part_is_taken() -> None:
    for segments in (("N1*SF*F*92*F", "N1*VN*V*92*V"), ("N1*VN*V*92*V", "N1*SF*F*92*F")):
        reading = of("BEG*00*SA*P1", *segments, "N4*TOWN", kind="850")
        assert codes(reading) == []
        assert reading.facts[0].supplier.id == "V"


@pytest.mark.parametrize(
    ("told", "answer"), [("AT", "accept"), ("AD", "accept"), ("AC", "change"), ("RD", "reject"), ("ZZ", "ZZ")]
)
def test_what_a_supplier_answers(told: str, answer: str) -> None:
    fact = order(f"BAK*00*{told}*P1*20250303", kind="855")
    assert (fact.change, fact.answer, fact.ordered) == ("confirmation", answer, "2025-03-03")
    assert order("BAK*01*AT*P1", kind="855").answer == "reject"


def test_a_line_that_is_answered_in_parts_is_several() -> None:
    reading = cases.reading_of(ORDERS / "confirmation")
    (fact,) = reading.facts
    assert isinstance(fact, PurchaseOrder)
    told = [(line.number, line.change, line.quantity, line.needed_by) for line in fact.lines]
    assert told == [
        ("1", "IQ", D(6), "2025-03-06"),
        ("1", "IB IP", D(4), "2025-03-20"),
        ("2", "IR", D(3), ""),
    ]
    assert reading.issues == ()
    assert reading.place(fact, "number").element == "BAK03"
    other = order("BAK*00*AC*P1", "PO1*1*2*EA*5**MG*A-1", "ACK*IS******MG*A-2", kind="855")
    assert (other.lines[0].change, other.lines[0].item.manufacturer_code) == ("IS", "A-2")


@pytest.mark.parametrize(
    ("unit", "basis", "price", "expected"),
    [
        ("EA", "", "1.5", "1.5"),
        ("BX", "PE", "1.5", "1.5"),
        ("EA", "HP", "12.5", "0.125"),
        ("EA", "TP", "12.5", "0.0125"),
        ("EA", "PN", "12.5", "1.25"),
        ("EA", "HT", "12.5", "0.000125"),
        ("DZ", "PD", "24", "24"),
        ("DZ", "HP", "100", "12"),
        ("HU", "TP", "100", "10"),
        ("EA", "CT", "100", "100"),
        ("EA", "", ".5", "0.5"),
        ("EA", "", "5.", "5"),
        ("EA", "", "1.2300000", "1.23"),
        ("EA", "", "-3", "-3"),
    ],
)
def test_what_a_price_is_the_price_of(unit: str, basis: str, price: str, expected: str) -> None:
    (line,) = order("BEG*00*SA*P1", f"PO1*1*10*{unit}*{price}*{basis}").lines
    assert line.unit_price == D(expected)


@pytest.mark.parametrize(
    ("unit", "basis", "price", "code"),
    [
        ("BX", "HP", "5", "PRICE_BASIS"),
        ("EA", "PD", "5", "PRICE_BASIS"),
        ("EA", "HT", "1.5555", "AMOUNT_SCALE"),
        ("EA", "", "1.2345678", "AMOUNT_SCALE"),
        ("EA", "", "1E5", "AMOUNT_INVALID"),
        ("EA", "", "1,5", "AMOUNT_INVALID"),
        ("EA", "", "٣", "AMOUNT_INVALID"),
    ],
)
def test_a_price_that_is_not_known_is_not_guessed(unit: str, basis: str, price: str, code: str) -> None:
    reading = of("BEG*00*SA*P1", f"PO1*1*10*{unit}*{price}*{basis}", "AMT*TT*1", kind="850")
    (fact,) = reading.facts
    assert codes(reading) == [code]
    assert fact.lines[0].unit_price is None
    assert fact.unreadable == ("lines.unit_price",)


def test_identifiers_of_items() -> None:
    pairs = "SK*S*CB*C*IN*I*VC*V2*VN*V1*MF*MAKER*ND*N*MG*M*UP*U12*UK*G14*XX*?*PO*P9*VN*"
    (line,) = order("BEG*00*SA*P1", f"PO1*1*1*EA***{pairs}").lines
    item = line.item
    assert (item.code, item.supplier_code, item.manufacturer) == ("I", "V1", "MAKER")
    assert (item.manufacturer_code, item.device) == ("M", "G14")


def test_the_total_of_an_order_may_be_rounded_by_line_or_once() -> None:
    lines = ("PO1*1*1*EA*.335", "PO1*2*1*EA*.335")
    for total, found in (
        ("0.67", []),
        ("0.68", []),
        ("0.66", ["ORDER_TOTAL_MISMATCH"]),
    ):
        assert codes(of("BEG*00*SA*P1", *lines, "CTT*2", f"AMT*TT*{total}", kind="850")) == found
    (issue,) = of("BEG*00*SA*P1", *lines, "CTT*2", "AMT*TT*.5", kind="850").issues[1:]
    assert dict(issue.values) == {"expected": "0.68", "actual": "0.50", "difference": "0.18"}
    assert issue.origin is not None
    assert (issue.origin.segment, issue.origin.element) == ("AMT", "AMT02")
    no_price = of("BEG*00*SA*P1", "PO1*1*1*EA", "CTT*1", "AMT*TT*9", kind="850")
    assert codes(no_price) == []
    changed_ = of("BAK*00*AC*P1", "PO1*1*1*EA*5", "CTT*1", "AMT*TT*9", kind="855")
    assert codes(changed_) == []
    assert codes(of("BEG*00*SA*P1", "AMT*TT*9", kind="850")) == []


def test_moments() -> None:
    assert order("BEG*00*SA*P1**040317", version="003010").ordered == "2004-03-17"
    assert order("BEG*00*SA*P1**990317", version="003060").ordered == "1999-03-17"
    assert codes(of("BEG*00*SA*P1**040317", kind="850", version="004010"))[:1] == ["DATE_INVALID"]
    assert shipment("BSN*00*S1*20250306*2561").moved == "2025-03-06"
    assert shipment("BSN*00*S1*20250306*14213059").moved == "2025-03-06T14:21"


# Shipments


def test_levels_and_what_they_hand_down() -> None:
    reading = cases.reading_of(SHIPMENTS / "full")
    (fact,) = reading.facts
    assert isinstance(fact, GoodsReceipt)
    told = [(line.order, line.lot, line.serial, line.quantity, line.expires) for line in fact.lines]
    assert fact.order == "PO-1009"
    assert told == [
        ("", "LOT-P", "SER-1", D(1), "2028-01-01"),
        ("", "LOT-P", "SER-2", D(1), "2028-01-01"),
        ("PO-1002", "LOT-5", "SER-3", D(5), "2029-01-01"),
        ("PO-1002", "", "", D(1), ""),
    ]
    assert [line.order_line for line in fact.lines] == ["5", "5", "", "9"]
    assert ("SE", "SER-4") in {(one.qualifier, one.value) for one in fact.references}
    assert reading.units[0].summary["orders"] == 2


def test_an_order_may_stand_at_the_item_or_nowhere() -> None:
    levels = ("BSN*00*S1*20250306", "HL*1**S")
    at_item = shipment(*levels, "HL*2*1*I", "LIN**IN*A", "SN1**1*EA", "PRF*P7")
    assert (at_item.order, at_item.lines[0].order) == ("P7", "")
    assert shipment(*levels, "HL*2*1*I", "LIN**IN*A", "SN1**1*EA").order == ""
    assert shipment(*levels, "HL*2*1*O", "PRF*P8").order == "P8"


def test_counts_of_a_shipment_are_lines_or_levels() -> None:
    levels = ("BSN*00*S1*20250306", "HL*1**S", "HL*2*1*I", "LIN**IN*A", "SN1**4*EA")
    assert [codes(of(*levels, f"CTT*{n}*4", kind="856")) for n in (1, 2, 3)] == [
        [],
        [],
        ["LINE_COUNT_WRONG"],
    ]


def test_a_shipment_that_is_taken_back_is_told() -> None:
    reading = of("BSN*01*S1*20250306", kind="856")
    assert codes(reading) == ["SET_TAKEN_BACK"]
    assert reading.facts[0].unreadable == ("state",)


# Invoices


def test_charges_allowances_and_taxes() -> None:
    """151.00 + 37.50 of lines, freight 5.00 once though told twice, tax 8.25 once and 2.50, less 15.10, plus
    7.50: 196.65. What is billed back is not on this invoice."""
    reading = cases.reading_of(INVOICES / "full")
    (fact,) = reading.facts
    assert isinstance(fact, SupplierInvoice)
    assert (fact.freight, fact.tax, fact.other) == (D("5.00"), D("10.75"), D("-7.60"))
    assert [(one.qualifier, one.amount) for one in fact.charges] == [
        ("C310", D("-15.10")),
        ("D500", D("7.50")),
    ]
    assert fact.total == D("151.00") + D("37.50") + D("5.00") + D("10.75") - D("7.60") == D("196.65")
    assert {issue.code for issue in reading.issues} == set()
    assert [(line.order, line.order_line) for line in fact.lines] == [("PO-1009", "4"), ("", "2")]
    assert (fact.due, fact.terms) == ("2025-04-11", "2/10 NET 30")


def test_what_the_lines_say_and_the_whole_repeats_counts_once() -> None:
    lines = ("IT1*1*1*EA*10", "SAC*C*D240***300", "IT1*2*1*EA*10", "SAC*C*D240***300")
    assert invoice("BIG*20250312*I1", *lines, "TDS*2600", "SAC*C*D240***600").freight == D("6.00")
    assert invoice("BIG*20250312*I1", *lines, "TDS*2900", "SAC*C*D240***300").freight == D("9.00")
    assert invoice("BIG*20250312*I1", *lines, "TDS*2600").freight == D("6.00")


def test_an_allowance_reduces_whatever_its_sign() -> None:
    for told in ("250", "-250"):
        fact = invoice("BIG*20250312*I1", "IT1*1*1*EA*10", f"SAC*A*C310***{told}", "TDS*750")
        assert fact.other == D("-2.50")


def test_freight_and_tax_codes_are_the_profiles() -> None:
    own = Profile(freight_codes=("Z001",), tax_codes=("Z002",))
    fact = invoice(
        "BIG*20250312*I1",
        "IT1*1*1*EA*10",
        *("SAC*C*Z001***100", "SAC*C*Z002***200", "SAC*C*D240***300", "TDS*1600"),
        profile=own,
    )
    assert (fact.freight, fact.tax, fact.other) == (D("1.00"), D("2.00"), D("3.00"))


def test_credits_are_positive() -> None:
    first, second = cases.reading_of(INVOICES / "credit").facts
    assert isinstance(first, SupplierInvoice)
    assert isinstance(second, SupplierInvoice)
    assert (first.change, first.total, first.corrects) == ("credit", D("246.00"), "INV-501")
    assert (second.change, second.total, second.other) == ("credit", D("251.00"), D("5.00"))
    assert (second.lines[0].quantity, second.lines[0].amount) == (D(2), D("246.00"))
    assert cases.reading_of(INVOICES / "credit").issues == ()


def test_an_invoice_is_due_when_it_says_or_days_after_its_date() -> None:
    big, line = "BIG*20250312*I1", "IT1*1*1*EA*10"
    assert invoice(big, "ITD*01*3****20250401*30", line, "TDS*1000").due == "2025-04-01"
    assert invoice(big, "ITD*01*3*****45", line, "TDS*1000").due == "2025-04-26"
    assert invoice(big, "ITD*01*15*****45", line, "TDS*1000").due == "", "days after another date"
    assert invoice("BIG*99991231*I1", "ITD*01*3*****45", line, "TDS*1000").due == ""
    assert invoice("BIG**I1", "ITD*01*3*****45", line, "TDS*1000").due == ""


def test_hundredths_in_other_currencies() -> None:
    assert invoice("BIG*20250312*I1", "CUR*SE*JPY", "IT1*1*1*EA*10", "TDS*1000").total == D(10)
    assert invoice("BIG*20250312*I1", "CUR*SE*KWD", "IT1*1*1*EA*10", "TDS*1000").total == D("10.000")
    reading = of("BIG*20250312*I1", "CUR*SE*JPY", "IT1*1*1*EA*10", "TDS*1050")
    assert codes(reading) == ["AMOUNT_SCALE"]
    assert reading.facts[0].unreadable == ("total",)
    after = of("BIG*20250312*I1", "IT1*1*1*EA*10", "CUR*SE*EUR")
    assert codes(after) == ["CURRENCY_INVALID"]


def test_an_invoice_without_a_total_or_prices_is_not_compared() -> None:
    assert codes(of("BIG*20250312*I1", "IT1*1*1*EA*10")) == []
    assert codes(of("BIG*20250312*I1", "IT1*1*1*EA", "TDS*1000")) == []
    assert of("BIG*20250312*I1", "IT1*1*1*EA").units[0].summary["line_amounts"] is None


# Dirt


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_every_cut_and_every_odd_letter_ends_in_facts_or_issues(case: Path) -> None:
    data = (case / "input.edi").read_bytes()
    for end in range(110, len(data), 41):
        for damaged in (data[:end], data[:end] + b"O*~" + data[end:], data[:end] + data[end + 9 :]):
            reading = hcfin.read(damaged)
            assert reading.facts or reading.issues
            for fact in reading:
                assert type(fact).build(fact.model_dump()) == fact


def test_one_bad_line_costs_its_neighbours_nothing() -> None:
    first, second = cases.reading_of(ORDERS / "dirty").facts
    assert isinstance(first, PurchaseOrder)
    assert isinstance(second, PurchaseOrder)
    assert [line.number for line in first.lines] == ["1", "2", "3", "4", "5"]
    assert first.lines[4].unit_price == D(7)
    assert first.unreadable == ("lines.quantity", "lines.unit_price")
    assert (second.unreadable, second.lines[0].quantity) == (("number",), D(10))


def test_an_order_beyond_all_measure_is_counted_and_the_next_one_read() -> None:
    one = ["BEG*00*SA*P1", *["PO1*1*1*EA*1"] * 8]
    sets = [["ST*850*0001", *one, "SE*11*0001"], ["ST*850*0002", "BEG*00*SA*P2", "SE*3*0002"]]
    data = "~".join([segment for rows in sets for segment in rows] + [""]).encode()
    reading = hcfin.read(data, limits=hcfin.Limits(max_claim_segments=5))
    assert codes(reading) == ["SET_TOO_LONG"]
    first, second = reading.facts
    assert (first.unreadable, len(first.lines)) == (("lines",), 4)
    assert (second.number, second.unreadable) == ("P2", ())


def test_a_reader_that_is_cut_marks_what_is_open() -> None:
    for case in (ORDERS / "worked", SHIPMENTS / "worked", INVOICES / "worked"):
        reading = hcfin.read(case / "input.edi", limits=hcfin.Limits(max_segments=9))
        assert "TOO_MANY_SEGMENTS" in codes(reading)
        assert reading.facts[-1].unreadable == ("lines",)


def test_what_stands_in_no_line_is_told_or_counted() -> None:
    assert codes(of("BAK*00*AT*P1", "ACK*IA", kind="855")) == ["SEGMENT_MISPLACED"]
    assert codes(of("BSN*00*S1", "LIN**IN*A", "SN1**1", kind="856")) == ["SEGMENT_MISPLACED"] * 2
    assert codes(of("BIG*20250312*I1", "PID*F****X", "FOB*CC", "CAD*M")) == []
    assert codes(of("BIG*20250312*I1", "BPR*I*1")) == ["SEGMENT_UNKNOWN"]


@pytest.mark.parametrize(
    ("kind", "first", "again"),
    [
        ("850", "BEG*00*SA*P1", "BEG*00*SA*P2"),
        ("855", "BAK*00*AT*P1", "BAK*00*RD*P2"),
        ("856", "BSN*00*P1*20250306", "BSN*00*P2*20250307"),
        ("810", "BIG*20250312*P1", "BIG*20250313*P2"),
    ],
)
def test_what_a_set_is_counts_once(kind: str, first: str, again: str) -> None:
    reading = of(first, again, kind=kind)
    assert codes(reading) == ["SEGMENT_REPEATED"]
    assert reading.units[0].control == "P1"


def test_what_tells_nothing_changes_nothing() -> None:
    assert order("BEG*00*SA*P1", "MSG").notes == ()
    assert invoice("BIG*20250312*I1", "ITD*01", "ITD*01*3****20250401", "TDS*").due == "2025-04-01"
    assert invoice("BIG*20250312*I1", "ITD*01*3****20250401", "ITD*01*3****20250501").due == "2025-04-01"
    nameless = shipment("BSN*00*S1", "HL***O", "PRF*P1", "HL***I", "LIN**IN*A", "SN1**1*EA")
    assert nameless.order == "P1"


def test_sets_that_are_not_known_still_end_as_issues() -> None:
    assert codes(of("BCH*04*SA*P1", kind="860")) == ["SET_NOT_READ"]


# Content: what coverage calls carried is carried, and what it calls counted is not

# Codes that mean the same as none until they are one of these.
_CODES = {"BEG02": "BK", "BAK01": "01", "BIG07": "CR", "BIG08": "01", "BSN01": "01"}


@pytest.mark.parametrize("case", FULL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_is_called_counted_changes_nothing(case: Path) -> None:
    rows = rows_of((case / "input.edi").read_bytes())
    before = said(rows)
    loops = cases.reading_of(case).coverage.carried
    for at, row in enumerate(rows):
        if row[0] in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
            continue
        for position, element in enumerate(row[1:], start=1):
            if not element:
                continue
            name = f"{row[0]}{position:02d}"
            wanted = any(place.endswith(f".{name}") for place in loops)
            told = said(changed(rows, at, {position: f"{element}7"})) != before
            if told:
                assert wanted, (at + 1, name, "is called counted and changes what is read")


def test_what_is_called_carried_changes_something() -> None:
    places, heard = set(), set()
    for case in FULL:
        rows = rows_of((case / "input.edi").read_bytes())
        before = said(rows)
        carried = {place for place in cases.reading_of(case).coverage.carried if "envelope." not in place}
        places |= carried
        for place in carried - heard:
            name, position = place.partition(".")[2][:-2], int(place[-2:])
            if any(
                said(changed(rows, at, {position: other})) != before
                for at, row in enumerate(rows)
                if row[0] == name and len(row) > position
                for other in (f"{row[position]}7", "", _CODES.get(f"{name}{place[-2:]}", ""))
            ):
                heard.add(place)
    assert places == heard


def test_every_position_that_is_said_to_be_carried_stands_in_a_fixture() -> None:
    for carried, folder in (
        (purchase_order_850.CARRIED, ORDERS),
        (ship_notice_856.CARRIED, SHIPMENTS),
        (supplier_invoice_810.CARRIED, INVOICES),
    ):
        seen = {
            place.partition(".")[2]
            for case in sorted(folder.iterdir())
            for place in cases.reading_of(case).coverage.carried
        }
        wanted = {f"{name}{n:02d}" for name, positions in carried.items() for n in positions}
        rare = {*(f"PER{n:02d}" for n in range(5, 9)), "N302", "N902", "N901", "MSG01", "NTE02", "MTX02"}
        assert wanted - seen <= {*rare, "CUR02"}, wanted - seen


# Patient data


def planted(case: Path) -> bytes:
    """The case with a sentinel in each element that may lead to a patient."""
    rows = rows_of((case / "input.edi").read_bytes())
    free = {"REF": 2, "N9": 2, "MSG": 1, "NTE": 2, "MTX": 2, "PID": 5, "PRF": 1, "BSN": 2, "BEG": 3, "BIG": 2}
    for row in rows:
        place = free.get(row[0])
        if place and len(row) > place:
            row[place] = "ZZPHI7"
        elif row[0] == "PER":
            row[2:] = ["ZZPHI7" if n % 2 == 0 else value for n, value in enumerate(row[2:])]
        elif row[0] in ("PO1", "IT1", "LIN", "N1", "N3", "N2"):
            last = len(row) - 1
            row[last] = "ZZPHI7"
        elif row[0] == "ZZPHI7":
            row[1] = "ZZPHI7"
    return "~".join("*".join(row) for row in [*rows, [""]]).encode()


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_no_patient_data_leaves_by_issues(case: Path) -> None:
    data = planted(case)
    assert b"ZZPHI7" in data
    reading = hcfin.read(data)
    shown = "\n".join([*map(str, reading.issues), repr(reading.units), repr(reading)])
    shown = shown.replace("control='ZZPHI7'", "")  # the number of an order is no patient's
    shown += repr(reading.coverage) + repr([issue.to_dict() for issue in reading.issues])
    assert not leaks(shown, ["ZZPHI7"])


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_invariant_holds(case: Path) -> None:
    assert_invariant((case / "input.edi").read_bytes(), BOOKS, CONTEXT)


def test_descriptions_lots_and_notes_are_masked_in_facts() -> None:
    for case in FULL:
        for fact in cases.reading_of(case):
            for hidden in ("GAUZE", "LOT-", "SER-", "CALL BEFORE", "5550101", "VALVE"):
                assert hidden not in repr(fact)
