"""cXML: orders, confirmations, ship notices and invoices, read into facts; and what it must withstand."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import cases
import hcfin
from hcfin import discover
from hcfin.billing.purchase import GoodsReceipt, PurchaseOrder, SupplierInvoice
from hcfin.billing.reading import Reading
from hcfin.cli.commands import hcfin as command
from hcfin.standards.cxml.profile import Profile
from hcfin.testing import leaks
from hcfin.testing.invariant import assert_invariant

FOLDER = cases.FIXTURES / "cxml"
ALL = sorted(path.parent for path in FOLDER.rglob("input.xml"))
CLEAN = [case for case in ALL if case.name != "dirty"]
BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
D = Decimal


def document(inner: str) -> str:
    return f'<cXML payloadID="1" timestamp="2025-03-03"><Request>{inner}</Request></cXML>'


def order(header: str = "", items: str = "", attributes: str = 'orderID="P1"') -> Reading:
    head = f"<OrderRequestHeader {attributes}>{header}</OrderRequestHeader>"
    return hcfin.read(document(f"<OrderRequest>{head}{items}</OrderRequest>"))


def item(price: str, unit: str = "EA", basis: str = "", quantity: str = "10") -> str:
    detail = (
        f'<UnitPrice><Money currency="USD">{price}</Money></UnitPrice><UnitOfMeasure>{unit}</UnitOfMeasure>'
    )
    return f'<ItemOut quantity="{quantity}"><ItemDetail>{detail}{basis}</ItemDetail></ItemOut>'


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


# The worked purchase: ten at 120.00 ordered, ten shipped, ten invoiced at 123.00 with 18.00 of freight


def test_an_order() -> None:
    reading = hcfin.read(FOLDER / "order" / "worked" / "input.xml")
    (fact,) = reading.facts
    assert isinstance(fact, PurchaseOrder)
    assert (fact.change, fact.order_kind, fact.number) == ("order", "standard", "PO-1001")
    assert (fact.supplier.id, fact.buyer.id, fact.ship_to.id) == ("TESTMED", "MAIN", "MAIN-CS")
    assert (fact.facility, fact.ordered, fact.total) == ("MAIN-CS", "2025-03-03T09:00:00-05:00", D("1200.00"))
    (line,) = fact.lines
    assert (line.number, line.quantity, line.unit, line.unit_price) == ("1", D(10), "EA", D(120))
    assert (line.item.code, line.item.supplier_code) == ("100-200", "TM-77")
    place = reading.place(line, "unit_price")
    assert str(place) == "segment 22 /cXML/Request/OrderRequest/ItemOut/ItemDetail/UnitPrice (line 20)"
    assert reading.place(fact, "number").element.endswith("/OrderRequestHeader/@orderID")


def test_the_same_order_in_x12_and_cxml_is_the_same_but_for_its_clock() -> None:
    """What only one of them tells: the hour, names of parties beside identifiers."""
    (ours,) = hcfin.read(FOLDER / "order" / "worked" / "input.xml").facts
    (theirs,) = cases.reading_of(cases.FIXTURES / "x12" / "purchase_order_850" / "worked").facts
    assert isinstance(ours, PurchaseOrder)
    assert isinstance(theirs, PurchaseOrder)
    assert ours.lines == theirs.lines
    assert (ours.number, ours.total, ours.facility) == (theirs.number, theirs.total, theirs.facility)
    assert ours.supplier.id == theirs.supplier.id


def test_a_confirmation_in_parts() -> None:
    (fact,) = hcfin.read(FOLDER / "confirmation" / "worked" / "input.xml").facts
    assert isinstance(fact, PurchaseOrder)
    assert (fact.change, fact.answer, fact.number) == ("confirmation", "change", "PO-1001")
    assert fact.supplier.id == "TESTMED"
    told = [(line.number, line.change, line.quantity, line.unit_price, line.needed_by) for line in fact.lines]
    assert told == [
        ("1", "accept", D(6), D(120), "2025-03-06"),
        ("1", "backordered", D(4), D(120), "2025-03-20"),
        ("2", "", D(3), None, ""),
    ]


def test_a_shipment() -> None:
    """A line for each serial number; what is of another order names it."""
    (fact,) = hcfin.read(FOLDER / "shipment" / "worked" / "input.xml").facts
    assert isinstance(fact, GoodsReceipt)
    assert (fact.state, fact.number, fact.order, fact.facility) == ("shipped", "SHIP-1", "PO-1001", "MAIN-CS")
    assert (fact.moved, fact.expected) == ("2025-03-06T15:00:00-05:00", "2025-03-08T12:00:00-05:00")
    told = [(line.order, line.order_line, line.quantity, line.lot, line.serial) for line in fact.lines]
    assert told == [
        ("", "1", D(10), "LOT-9", ""),
        ("PO-1009", "5", D(1), "", "SER-1"),
        ("PO-1009", "5", D(1), "", "SER-2"),
        ("PO-1009", "6", D(5), "", "SER-3"),
    ]
    assert fact.lines[0].expires == "2027-03-31"


def test_an_invoice() -> None:
    reading = hcfin.read(FOLDER / "invoice" / "worked" / "input.xml")
    (fact,) = reading.facts
    assert isinstance(fact, SupplierInvoice)
    assert (fact.number, fact.order, fact.due) == ("INV-501", "PO-1001", "2025-04-11")
    assert (fact.total, fact.freight, fact.tax, fact.other) == (
        D("1248.00"),
        D("18.00"),
        D("0.00"),
        D("0.00"),
    )
    assert (fact.lines[0].unit_price, fact.lines[0].amount) == (D(123), D("1230.00"))
    assert (fact.supplier.id, fact.supplier.name, fact.remit_to.id) == ("TESTMED", "TESTMED SUPPLY", "TMLB")
    assert reading.issues == ()


def test_the_summary_counts_once_what_lines_say_too() -> None:
    """37.50 + 151.00, tax 10.75 (3.00 of it at a line), freight 5.00, handling 7.50, charges 2.00, less
    15.10, 1.00 and the deposit of 97.65: 100.00."""
    reading = hcfin.read(FOLDER / "invoice" / "full" / "input.xml")
    (fact,) = reading.facts
    assert isinstance(fact, SupplierInvoice)
    assert (fact.tax, fact.freight, fact.other) == (D("10.75"), D("5.00"), D("-104.25"))
    assert D("188.50") + D("10.75") + D("5.00") - D("104.25") == fact.total == D("100.00")
    assert [(line.order, line.quantity, line.unit_price) for line in fact.lines] == [
        ("", D(300), D("0.125")),
        ("PO-1010", D(1), None),
    ]
    assert (fact.terms, fact.due, reading.issues) == ("NET 45", "2025-04-26", ())


def test_a_credit_is_positive() -> None:
    (fact,) = hcfin.read(FOLDER / "invoice" / "credit" / "input.xml").facts
    assert isinstance(fact, SupplierInvoice)
    assert (fact.change, fact.total, fact.other, fact.corrects) == (
        "credit",
        D("251.00"),
        D("5.00"),
        "INV-501",
    )
    assert (fact.lines[0].quantity, fact.lines[0].unit_price, fact.lines[0].amount) == (
        D(2),
        D(123),
        D("246.00"),
    )


@pytest.mark.parametrize(
    ("case", "kind", "told"),
    [
        ("order", "OrderRequest", {"lines": 1, "quantity": "10", "amount": "1200.00", "total": "1200.00"}),
        ("shipment", "ShipNoticeRequest", {"lines": 4, "quantity": "17", "orders": 2}),
    ],
)
def test_summary(case: str, kind: str, told: dict[str, object]) -> None:
    done = CliRunner().invoke(command, ["summary", str(FOLDER / case / "worked" / "input.xml")])
    assert done.exit_code == 0
    (unit,) = json.loads(done.stdout)["units"]
    control = {"order": "PO-1001", "shipment": "SHIP-1"}[case]
    assert unit == {"kind": kind, "control": control, **told, "balanced": True}


# Parts


@pytest.mark.parametrize(
    ("type_", "change"), [("", "order"), ("new", "order"), ("update", "revision"), ("delete", "cancellation")]
)
def test_what_an_order_does(type_: str, change: str) -> None:
    (fact,) = order(attributes=f'orderID="P1" type="{type_}"').facts
    assert isinstance(fact, PurchaseOrder)
    assert fact.change == change


def test_kinds_cases_and_parties_are_the_profiles() -> None:
    header = '<Extrinsic name="what">IMPLANT</Extrinsic><Extrinsic name="surgery">CASE-1</Extrinsic>'
    text = document(
        f'<OrderRequest><OrderRequestHeader orderID="1">{header}</OrderRequestHeader></OrderRequest>'
    )
    own = Profile(
        supplier="TM",
        facility="MAIN",
        case="surgery",
        order_kind="what",
        order_kinds={"IMPLANT": "bill_only"},
    )
    (fact,) = hcfin.read(text, profile=own).facts
    assert isinstance(fact, PurchaseOrder)
    assert (fact.order_kind, fact.case, fact.supplier.id, fact.facility) == (
        "bill_only",
        "CASE-1",
        "TM",
        "MAIN",
    )
    (plain,) = hcfin.read(text).facts
    assert isinstance(plain, PurchaseOrder)
    assert (plain.order_kind, plain.case) == ("standard", "")
    (blanket,) = order(attributes='orderID="P1" orderType="blanket"').facts
    assert isinstance(blanket, PurchaseOrder)
    assert blanket.order_kind == "blanket"


@pytest.mark.parametrize(
    ("price", "basis", "expected"),
    [
        ("1.5", "", "1.5"),
        ("12.5", '<PriceBasisQuantity quantity="100" conversionFactor="1"/>', "0.125"),
        ("2", '<PriceBasisQuantity quantity="1" conversionFactor="12"/>', "24"),
        (".5", "", "0.5"),
        ("1.2300000", "", "1.23"),
    ],
)
def test_what_a_price_is_the_price_of(price: str, basis: str, expected: str) -> None:
    (fact,) = order(items=item(price, basis=basis)).facts
    assert isinstance(fact, PurchaseOrder)
    assert fact.lines[0].unit_price == D(expected)


@pytest.mark.parametrize(
    ("price", "basis", "code"),
    [
        ("1", '<PriceBasisQuantity quantity="3"/>', "CXML_PRICE_BASIS"),
        ("1", '<PriceBasisQuantity quantity="0"/>', "CXML_PRICE_BASIS"),
        ("1", '<PriceBasisQuantity quantity="many"/>', "CXML_PRICE_BASIS"),
        ("1.2345678", "", "CXML_PRICE_BASIS"),
        ("999999999999", '<PriceBasisQuantity quantity="0.01"/>', "CXML_PRICE_BASIS"),
        ("1,000", "", "CXML_AMOUNT_INVALID"),
        ("1E5", "", "CXML_AMOUNT_INVALID"),
        ("٣", "", "CXML_AMOUNT_INVALID"),
    ],
)
def test_a_price_that_is_not_known_is_not_guessed(price: str, basis: str, code: str) -> None:
    reading = order(items=item(price, basis=basis))
    (fact,) = reading.facts
    assert isinstance(fact, PurchaseOrder)
    assert codes(reading) == [code]
    assert (fact.lines[0].unit_price, fact.unreadable) == (None, ("lines.unit_price",))


def test_one_bad_line_costs_its_neighbours_nothing() -> None:
    (fact,) = hcfin.read(FOLDER / "order" / "dirty" / "input.xml").facts
    assert isinstance(fact, PurchaseOrder)
    assert [line.number for line in fact.lines] == ["1", "2", "3", "4"]
    assert fact.lines[3].unit_price == D(7)
    assert fact.unreadable == ("lines.quantity", "lines.unit_price", "number", "total")


def test_a_total_that_is_not_that_of_the_lines_is_told_at_its_place() -> None:
    reading = order('<Total><Money currency="USD">9</Money></Total>', item("1"))
    (issue,) = reading.issues
    assert (issue.code, dict(issue.values)["difference"]) == ("ORDER_TOTAL_MISMATCH", "1.00")
    assert issue.origin is not None
    assert issue.origin.element == "/cXML/Request/OrderRequest/OrderRequestHeader/Total"
    assert reading.units[0].summary["balanced"] is False


def invoice(header: str, body: str = "") -> SupplierInvoice:
    name = "InvoiceDetailRequestHeader"
    head = f'<{name} invoiceID="1" invoiceDate="9999-12-01">{header}</{name}>'
    (fact,) = hcfin.read(document(f"<InvoiceDetailRequest>{head}{body}</InvoiceDetailRequest>")).facts
    assert isinstance(fact, SupplierInvoice)
    return fact


@pytest.mark.parametrize(
    ("days", "terms", "due"),
    [
        ("30", "NET 30", "9999-12-31"),
        ("31", "NET 31", ""),
        ("5000", "", ""),
        ("soon", "", ""),
        ("-1", "", ""),
        ("", "", ""),
    ],
)
def test_when_an_invoice_is_due(days: str, terms: str, due: str) -> None:
    fact = invoice(f'<PaymentTerm payInNumberOfDays="{days}"/>')
    assert (fact.terms, fact.due) == (terms, due)


def test_a_credit_that_is_written_without_signs_stays_as_it_is() -> None:
    money = '<Money currency="USD">5.00</Money>'
    due = f"<InvoiceDetailSummary><DueAmount>{money}</DueAmount></InvoiceDetailSummary>"
    head = '<InvoiceDetailRequestHeader invoiceID="1" purpose="creditMemo"/>'
    (fact,) = hcfin.read(document(f"<InvoiceDetailRequest>{head}{due}</InvoiceDetailRequest>")).facts
    assert isinstance(fact, SupplierInvoice)
    assert (fact.change, fact.total, fact.unreadable) == ("credit", D("5.00"), ())


def test_a_net_amount_stands_in_for_what_is_due() -> None:
    net = (
        '<InvoiceDetailSummary><NetAmount><Money currency="USD">5</Money></NetAmount></InvoiceDetailSummary>'
    )
    assert invoice("", net).total == D("5.00")
    assert invoice("").total is None


def test_currencies_have_their_own_decimals() -> None:
    total = '<Total><Money currency="%s">%s</Money></Total>'
    (yen,) = order(total % ("JPY", "120")).facts
    assert isinstance(yen, PurchaseOrder)
    assert (yen.currency, f"{yen.total:f}") == ("JPY", "120")
    assert codes(order(total % ("JPY", "120.5"))) == ["CXML_AMOUNT_SCALE"]
    assert codes(order(total % ("DOLLARS", "120"))) == ["CXML_CURRENCY_INVALID", "CXML_CURRENCY_DIFFERS"]


def test_what_holds_no_request_is_told() -> None:
    assert codes(hcfin.read("<cXML payloadID='1'/>")) == ["CXML_NOT_READ"]
    assert codes(hcfin.read(document("<PunchOutSetupRequest/>"))) == ["CXML_NOT_READ"]
    answer = "<cXML><Response><Status code='200' text='OK'/></Response></cXML>"
    assert codes(hcfin.read(answer)) == ["CXML_NOT_READ"]
    assert codes(hcfin.read(b"<Invoice/>", standard="cxml")) == ["CXML_NOT_CXML"]


def test_a_confirmation_that_is_taken_back_is_no_answer_to_build_on() -> None:
    header = '<ConfirmationHeader type="accept" operation="delete"/><OrderReference orderID="P1"/>'
    (fact,) = hcfin.read(document(f"<ConfirmationRequest>{header}</ConfirmationRequest>")).facts
    assert isinstance(fact, PurchaseOrder)
    assert (fact.answer, fact.number) == ("reject", "P1")
    (nameless,) = hcfin.read(
        document("<ConfirmationRequest><ConfirmationHeader/></ConfirmationRequest>")
    ).facts
    assert nameless.unreadable == ("number",)


def test_places_outside_a_document_are_only_numbers() -> None:
    reading = order()
    assert str(reading.origin(0)) == "segment 0"
    assert str(reading.origin(99, "x")) == "segment 99 x"
    assert reading.trail.excerpt(1) == "", "no part of a document is shown"


# Finding it


def test_it_is_recognized_by_its_content() -> None:
    for case in ALL:
        data = (case / "input.xml").read_bytes()
        for source in (data, data.decode(), BytesIO(data), b"\xef\xbb\xbf" + data, b"\n " + data):
            assert hcfin.read(source).standard == "cxml"
    sniff = discover.load("hcfin.standards", "cxml", "STANDARD").sniff
    assert sniff(b"<cXMLish/>") == sniff(b'<Invoice xmlns="cXML"/>') == sniff(b"ISA*") == 0
    assert sniff(b"<?xml version='1.0'?><!DOCTYPE cXML SYSTEM 'x'>") == 95


def test_it_is_not_written() -> None:
    with pytest.raises(hcfin.HcfinError, match="target cxml"):
        hcfin.write((), "cxml")


def test_checking_gives_the_issues_of_reading() -> None:
    data = (FOLDER / "order" / "dirty" / "input.xml").read_bytes()
    assert [issue.code for issue in hcfin.check(data)] == codes(hcfin.read(data))


# What it must withstand

PASSWD = Path("/etc/hostname")


@pytest.mark.parametrize(
    "declared",
    [
        f'<!DOCTYPE cXML [<!ENTITY a SYSTEM "file://{PASSWD}">]>',
        '<!DOCTYPE cXML [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE cXML SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % x SYSTEM "http://127.0.0.1:9/y">%x;]>',
    ],
)
def test_entities_are_refused(declared: str) -> None:
    body = document("<OrderRequest><OrderRequestHeader orderID='&a;'>&a;</OrderRequestHeader></OrderRequest>")
    reading = hcfin.read(declared + body)
    assert (codes(reading), reading.facts) == (["CXML_XML_DOCTYPE"], ())


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A document type that points to a file that defines an entity: the file is not read."""
    (tmp_path / "own.dtd").write_text('<!ENTITY a "FETCHED">', encoding="utf-8")
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("it connects"))
    comment = "<OrderRequestHeader orderID='1'><Comments>&a;</Comments></OrderRequestHeader>"
    body = document(f"<OrderRequest>{comment}</OrderRequest>")
    reading = hcfin.read(f'<!DOCTYPE cXML SYSTEM "file://{tmp_path}/own.dtd">{body}')
    assert (codes(reading), reading.facts) == (["CXML_XML_INVALID"], ())


def test_size_depth_and_issues_are_bounded() -> None:
    deep = "<cXML>" + "<a>" * 100 + "</a>" * 100 + "</cXML>"
    assert codes(hcfin.read(deep)) == ["CXML_XML_DEPTH"]
    small = hcfin.Limits(max_message_bytes=50)
    assert codes(hcfin.read(document("<OrderRequest/>"), limits=small)) == ["CXML_TOO_LARGE"]
    short = hcfin.Limits(max_claim_segments=1)
    assert codes(hcfin.read(document("<OrderRequest/>"), limits=short)) == ["CXML_MISSING"]
    assert codes(hcfin.read(document("<OrderRequest/>" * 17), limits=short)) == ["CXML_TOO_LONG"]
    few = hcfin.Limits(max_issues=2)
    many = document("<OrderRequest>" + '<ItemOut quantity="x"/>' * 5 + "</OrderRequest>")
    assert codes(hcfin.read(many, limits=few)) == ["CXML_QUANTITY_INVALID"] * 2 + ["CXML_TOO_MANY_ISSUES"]


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_invariant_holds(case: Path) -> None:
    assert_invariant((case / "input.xml").read_bytes(), BOOKS, CONTEXT)


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_every_cut_and_every_missing_part_ends_in_facts_or_issues(case: Path) -> None:
    data = (case / "input.xml").read_bytes()
    whole = re.sub(rb"<!DOCTYPE[^>]*>", b"", data)
    parts = [
        found.span()
        for found in re.finditer(rb"<(\w+)[^<>]*>[^<]*</\1>|<\w+[^<>]*/>|[A-Za-z]+=\"[^\"]*\"", whole)
    ]
    cuts = [data[:end] for end in range(0, len(data), 97)]
    gaps = [whole[:start] + whole[end:] for start, end in parts]
    for damaged in (*cuts, *gaps):
        reading = hcfin.read(damaged, standard="cxml")
        assert reading.facts or reading.issues
        for fact in reading:
            assert type(fact).build(fact.model_dump()) == fact


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_odd_values_end_in_facts_or_issues(data: st.DataObject) -> None:
    text = (data.draw(st.sampled_from(ALL)) / "input.xml").read_text()
    values = list(re.finditer(r'(?<==")[^"<>]*(?=")|(?<=>)[^<>\n]+(?=<)', text[text.index("<Request") :]))
    place = data.draw(st.sampled_from(values))
    odd = st.sampled_from(
        ["", "-1", "1e999", "9" * 40, "٣", "NaN", "0", "-0.00", "&#0;", "&amp;", "9999-12-31"]
    )
    value = data.draw(odd | st.text("ab1-.:TZ+ ", max_size=12))
    start = text.index("<Request")
    assert_invariant(
        (text[: start + place.start()] + value + text[start + place.end() :]).encode(), BOOKS, CONTEXT
    )


# Patient data, and secrets


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_nothing_that_is_no_code_leaves_by_issues_units_or_coverage(case: Path) -> None:
    """A sentinel in every text and as the name of an element; attributes that name the whole are shown."""
    text = (case / "input.xml").read_text()
    start = text.index("<Request")
    planted = text[:start] + re.sub(r">([^<>\n]*[^<>\s][^<>\n]*)<", ">ZZPHI7<", text[start:])
    planted = planted.replace("</Request>", '<ZZPHI7 ZZPHI7="ZZPHI7">ZZPHI7</ZZPHI7></Request>')
    reading = hcfin.read(planted)
    shown = "\n".join([*map(str, reading.issues), repr(reading.units), repr(reading), repr(reading.coverage)])
    shown += repr([issue.to_dict() for issue in reading.issues])
    assert reading.facts
    assert not leaks(shown, ["ZZPHI7", "not-for-anyone"])


def test_the_secret_of_the_sender_is_nowhere() -> None:
    for case in ALL:
        reading = hcfin.read(case / "input.xml")
        told = repr([fact.model_dump() for fact in reading]) + repr(reading.units) + str(reading.issues)
        assert "not-for-anyone" not in told
        assert reading.coverage.counted["Credential/SharedSecret"] == 1


# Coverage: what is called carried is carried, and what is called counted is not


def said(text: str) -> object:
    reading = hcfin.read(text, standard="cxml")
    return reading.facts, codes(reading), [(one.control, one.summary, one.envelope) for one in reading.units]


_CODES = {
    "@type": ("delete", "reject"),
    "@operation": ("delete",),
    "@purpose": ("creditMemo",),
    "@orderType": ("blanket",),
}


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_coverage_is_true(case: Path) -> None:
    from lxml import etree

    text = (case / "input.xml").read_text().partition("?>")[2]
    text = re.sub("<!DOCTYPE[^>]*>", "", text)
    before, coverage = said(text), hcfin.read(text).coverage
    silent, heard = set(), set()
    root = etree.fromstring(text.encode())

    def changes(node: object, name: str | None, old: str) -> bool:
        """Whether another value is read differently."""
        told = False
        for new in (f"{old}7", "", *_CODES.get(f"@{name}", ())):
            if name is None:
                node.text = new
            else:
                node.set(name, new)
            told |= said(etree.tostring(root).decode()) != before
        if name is None:
            node.text = old
        else:
            node.set(name, old)
        return told

    for node in root.iter():
        above = node.getparent().tag if node.getparent() is not None else ""
        if (node.text or "").strip():
            (heard if changes(node, None, node.text) else silent).add(f"{above}/{node.tag}")
        for name, value in node.attrib.items():
            if not name.startswith("{"):
                (heard if changes(node, name, value) else silent).add(f"{node.tag}/@{name}")
    only_counted = {place for place in coverage.counted if place not in coverage.carried}
    assert not heard & only_counted, "called counted, and changes what is read"
    assert not {place for place in silent - heard if place not in coverage.counted}, (
        "carried, and changes nothing"
    )
