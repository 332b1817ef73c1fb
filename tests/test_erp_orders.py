"""Orders to suppliers, as cXML and as X12 850: read back they are the same, and hold nothing else."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import cases
import hcfin
from erp_documents import an_entry
from hcfin import discover
from hcfin.billing.purchase import PurchaseOrder as Read
from hcfin.billing.reading import Reading
from hcfin.erp import Rendering
from hcfin.finance.documents import load_document
from hcfin.finance.procurement import PurchaseOrder, Requisition
from hcfin.standards.cxml.profile import Profile as CxmlProfile
from hcfin.standards.x12.profile import Profile as X12Profile
from hcfin.testing import leaks
from hcfin.wire.xml_reader import parse
from procurement_documents import SUPPLIER, a_receipt_of_goods, a_requisition, an_order, an_ordered

TARGETS = ("cxml", "x12_850")
each = pytest.mark.parametrize("target", TARGETS)
PROFILES = {"cxml": CxmlProfile(case="case"), "x12_850": X12Profile(case="CR")}
D = Decimal


def rendered(*documents: Any, target: str, **changes: Any) -> Rendering:
    return hcfin.render(documents, target, settings=changes)


def text_of(document: Any, target: str, **changes: Any) -> str:
    (payload,) = rendered(document, target=target, **changes).payloads
    assert isinstance(payload.body, str)
    return payload.body


def read(text: str, target: str) -> Reading:
    return hcfin.read(text.encode(), profile=PROFILES[target])


def codes(rendering: Rendering) -> list[str]:
    return [issue.code for issue in rendering.issues]


def refused(document: Any, target: str, **changes: Any) -> str:
    """The field for which a document is not rendered."""
    rendering = rendered(document, target=target, **changes)
    (issue,) = rendering.issues
    assert (rendering.payloads, issue.code) == ((), "TARGET_VALUE_UNSUPPORTED")
    return dict(issue.values)["field"]


# What is read back


def same(order: PurchaseOrder, fact: Any, target: str) -> None:
    """The fact says what the order says, and has no issue."""
    assert isinstance(fact, Read)
    known = (fact.change, fact.order_kind, fact.number, fact.revision, fact.contract, fact.case)
    number = order.number or order.id
    assert known == (order.change, order.order_kind, number, order.revision, order.contract, order.case_token)
    assert order.supplier
    parties = (fact.supplier.id, fact.buyer.id, fact.ship_to.id)
    assert parties == (order.supplier.token, order.entity, order.location)
    assert len(fact.lines) == len(order.lines)
    for line, told in zip(order.lines, fact.lines, strict=True):
        assert told.number == str(line.n)
        assert (told.item.code, told.item.supplier_code) == (line.item, line.supplier_item)
        if target == "cxml" or re.fullmatch("[0-9]{12,14}", line.device):
            assert told.item.device == line.device
        assert (told.quantity, told.unit, told.unit_price) == (line.quantity, line.unit, line.unit_price)
        assert told.deliver_to == line.deliver_to
        needed = line.needed_by.isoformat() if line.needed_by and not order.case_token else ""
        assert told.needed_by == needed
    assert fact.currency == order.currency
    assert fact.total == order.amount
    if not order.case_token:
        assert fact.ordered == order.gl_date.isoformat()


@each
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"change": "revision", "revision": "2"},
        {"change": "cancellation"},
        {"order_kind": "bill_only", "case_token": "democase1"},
        {"order_kind": "consignment", "contract": "K-55"},
        {"number": ""},
        {"location": ""},
        {
            "lines": [an_ordered(), an_ordered(2, deliver_to="OR-2", unit_price="0.125", amount="1.25")],
            "amount": "1201.25",
        },
    ],
    ids=lambda more: "-".join(more) or "plain",
)
def test_an_order_is_read_back_the_same(target: str, more: dict[str, Any]) -> None:
    order = an_order(**more)
    reading = read(text_of(order, target), target)
    (fact,) = reading.facts
    same(order, fact, target)
    assert reading.issues == ()


plain = (
    st.text("ABCdef019-_. /&<>\"'*:~^|!{}[]\\;é", min_size=1, max_size=12)
    .map(lambda one: " ".join(one.split()))
    .filter(bool)
)
odd = st.text(max_size=8)
texts = plain | odd
prices = st.decimals("0.01", "99999.99", places=2) | st.decimals("0.000001", "9.999999", places=6)


@st.composite
def orders(draw: st.DrawFn, values: st.SearchStrategy[str] = texts) -> PurchaseOrder:
    """Any order that the model allows, with any text."""
    lines = []
    for n in range(1, draw(st.integers(1, 3)) + 1):
        price = draw(prices)
        quantity = draw(st.integers(1, 999))
        told = draw(values)
        lines.append(
            {
                "n": n,
                "item": draw(values),
                "supplier_item": draw(values | st.just("")),
                "device": draw(
                    st.sampled_from(["", "00812345670003", "4006381333931", "012345678905"]) | values
                ),
                "quantity": str(quantity),
                "unit": draw(st.sampled_from(["EA", "BX"])),
                "unit_price": f"{price:f}",
                "amount": f"{(price * quantity).quantize(D('0.01')):f}",
                "needed_by": draw(st.none() | st.dates(date(2000, 1, 1), date(2099, 1, 1))),
                "deliver_to": draw(st.just("") | st.just(told)),
            }
        )
    amount = sum((D(line["amount"]) for line in lines), D(0))
    return an_order(
        number=draw(values),
        revision=draw(values | st.just("")),
        contract=draw(values | st.just("")),
        location=draw(values | st.just("")),
        case_token=draw(st.sampled_from(["", "democase1"])),
        change=draw(st.sampled_from(["order", "revision", "cancellation"])),
        order_kind=draw(st.sampled_from(["standard", "bill_only", "consignment"])),
        supplier={"kind": "supplier", "token": draw(st.sampled_from(["medsup", "M*~S<&>"]))},
        entity=draw(values),
        lines=lines,
        amount=f"{amount:f}",
    )


@each
@settings(max_examples=150, deadline=None)
@given(order=orders())
def test_any_order_is_read_back_the_same_or_refused(target: str, order: PurchaseOrder) -> None:
    """Whatever its texts hold: separators, markup, controls, blanks."""
    rendering = rendered(order, target=target)
    if not rendering.payloads:
        assert "TARGET_VALUE_UNSUPPORTED" in codes(rendering)
        return
    (payload,) = rendering.payloads
    reading = read(payload.body, target)
    (fact,) = reading.facts
    same(order, fact, target)


@each
@settings(max_examples=100, deadline=None)
@given(order=orders(plain))
def test_any_order_with_printable_texts_is_read_back_the_same(target: str, order: PurchaseOrder) -> None:
    """Separators and markup are no reason to refuse one."""
    (fact,) = read(text_of(order, target), target).facts
    same(order, fact, target)


def shape(text: str, target: str) -> list[Any]:
    """The elements or segments of a payload, without their values."""
    if target == "cxml":
        root = parse(text.encode(), external_doctype=True)
        return [(node.tag, sorted(node.attrib)) for node in root.iter()]
    element, end = text[3], text.rstrip("\n")[-1]
    return [(row.strip("\n").split(element)[0], row.count(element)) for row in text.split(end)]


@each
@settings(max_examples=80, deadline=None)
@given(value=plain)
def test_a_value_never_makes_a_segment_or_an_element(target: str, value: str) -> None:
    """The shape is that of the same order with a harmless text in each place."""

    def order(text: str) -> PurchaseOrder:
        line = an_ordered(item=text, supplier_item=text, device="00812345670003", deliver_to=text)
        return an_order(lines=[line], number=text, contract=text, location=text, entity=text)

    assert shape(text_of(order(value), target), target) == shape(text_of(order("HARMLESS"), target), target)


def test_separators_of_x12_are_those_that_no_value_holds() -> None:
    text = text_of(an_order(number="A*B~C:D^E|F!G"), "x12_850")
    assert not set(text[3] + text.rstrip("\n")[-1]) & set("*~:^|!")


@each
def test_orders_that_were_posted_are_read_back_the_same(target: str) -> None:
    """Those of the fixtures: of facts, books and master data, standard ones and for cases."""
    kinds = set()
    for case in cases.folders("posting"):
        documents = [one for one in cases.documents_of(case) if isinstance(one, PurchaseOrder)]
        for order, payload in zip(documents, rendered(*documents, target=target).payloads, strict=True):
            reading = read(payload.body, target)
            same(order, reading.facts[0], target)
            assert reading.issues == ()
            kinds.add(order.order_kind)
    assert kinds >= {"standard", "bill_only"}


# Requisitions


@each
def test_a_requisition_is_an_order_under_its_id(target: str) -> None:
    requisition = a_requisition()
    rendering = rendered(requisition, target=target)
    (payload,) = rendering.payloads
    (fact,) = read(payload.body, target).facts
    assert isinstance(fact, Read)
    assert (fact.number, fact.change, fact.total) == (requisition.id, "order", D("1200.00"))
    assert "R-1" not in payload.body, "numbers of requests lead to charts"
    assert rendering.issues == ()


@each
def test_each_supplier_of_a_requisition_gets_its_own_lines(target: str) -> None:
    other = {"kind": "supplier", "token": "other"}
    lines = [an_ordered(), an_ordered(2, supplier=other, unit_price="1", amount="10.00"), an_ordered(3)]
    requisition = a_requisition(lines=lines, amount="2410.00")
    first, second = rendered(requisition, target=target).payloads
    (ours,), (theirs,) = (read(one.body, target).facts for one in (first, second))
    assert isinstance(ours, Read)
    assert isinstance(theirs, Read)
    assert [(one.supplier.id, [line.number for line in one.lines], one.total) for one in (ours, theirs)] == [
        ("medsup", ["1", "3"], D("2400.00")),
        ("other", ["2"], D("10.00")),
    ]
    assert {ours.number, theirs.number} == {f"{requisition.id}-1", f"{requisition.id}-2"}
    assert [line for line, _ in [*first.trace.values()]] == [requisition.id] * 2


@each
def test_what_must_be_approved_or_has_no_supplier_is_not_ordered(target: str) -> None:
    assert refused(a_requisition(approval="required"), target) == "approval"
    assert refused(a_requisition(supplier=None), target) == "supplier"
    assert refused(an_order(supplier=None), target) == "supplier"
    lines = [an_ordered(supplier={"kind": "supplier", "token": "other"})]
    assert refused(an_order(lines=lines), target) == "supplier"
    rendering = rendered(a_requisition(), target=target, requisitions=False)
    assert (rendering.payloads, codes(rendering)) == ((), ["TARGET_DOCUMENT_UNKNOWN"])


# What cannot be said


@each
def test_other_documents_are_told(target: str) -> None:
    rendering = rendered(an_entry(), a_receipt_of_goods(), target=target)
    assert (rendering.payloads, codes(rendering)) == ((), ["TARGET_DOCUMENT_UNKNOWN"] * 2)


def test_an_order_without_prices_is_said_in_x12_and_not_in_cxml() -> None:
    """cXML asks for a price of each item and a total; an 850 does not."""
    order = an_order(lines=[an_ordered(unit_price=None, amount=None)], amount=None)
    assert refused(order, "cxml") == "unit_price"
    (fact,) = read(text_of(order, "x12_850"), "x12_850").facts
    assert isinstance(fact, Read)
    assert (fact.lines[0].unit_price, fact.total) == (None, None)
    (empty,) = read(text_of(an_order(lines=[], change="cancellation", amount=None), "cxml"), "cxml").facts
    assert isinstance(empty, Read)
    assert (empty.change, empty.lines) == ("cancellation", ())
    unpriced = an_order(lines=[an_ordered(), an_ordered(2, amount=None)], amount=None)
    assert refused(unpriced, "cxml") == "unit_price"


def test_what_is_too_long_for_x12_is_refused() -> None:
    assert refused(an_order(number="N" * 23), "x12_850") == "number"
    assert refused(an_order(contract="N" * 31), "x12_850") == "contract"
    assert refused(an_order(lines=[an_ordered(unit="PALLET")]), "x12_850") == "unit"
    assert refused(an_order(supplier={"kind": "supplier", "token": "S" * 16}), "x12_850") == "supplier"
    known = {"receivers": {"S" * 16: "SUP"}}
    assert "*SUP            *" in text_of(
        an_order(supplier={"kind": "supplier", "token": "S" * 16}), "x12_850", **known
    )
    assert refused(an_order(number="A\nB"), "cxml") == refused(an_order(number="A\nB"), "x12_850") == "text"


def test_a_device_that_is_no_gtin_is_left_out_of_x12_and_told() -> None:
    order = an_order(
        lines=[an_ordered(device="+H123ABC01"), an_ordered(2, device="+H123ABC02")], amount="2400.00"
    )
    rendering = rendered(order, target="x12_850")
    assert codes(rendering) == ["TARGET_FIELD_LEFT_OUT"]
    assert "H123" not in rendering.payloads[0].body
    assert "+H123ABC01" in text_of(order, "cxml")
    assert codes(rendered(order, target="cxml")) == []


@each
def test_dimensions_stay_at_home_and_are_told(target: str) -> None:
    order = an_order(lines=[an_ordered(dimensions={"department": "SENTINEL-DEP"})])
    rendering = rendered(order, target=target)
    assert codes(rendering) == ["TARGET_DIMENSION_UNMAPPED"]
    assert "SENTINEL" not in rendering.payloads[0].body


# Patients


@each
def test_the_days_of_a_case_are_told_only_where_that_is_asked_for(target: str) -> None:
    order = an_order(case_token="democase1", gl_date=date(2026, 1, 17))
    rendering = rendered(order, target=target)
    (payload,) = rendering.payloads
    assert codes(rendering) == ["TARGET_DATE_WITHHELD"]
    assert not re.search("2026-?01-?17|260117|2026-?02-?10", payload.body)
    (fact,) = read(payload.body, target).facts
    assert isinstance(fact, Read)
    assert (fact.case, fact.ordered, fact.lines[0].needed_by) == ("democase1", "2026-01-01", "")
    open_ = rendered(order, target=target, case_dates=True)
    (told,) = read(open_.payloads[0].body, target).facts
    assert isinstance(told, Read)
    assert (codes(open_), told.ordered, told.lines[0].needed_by) == ([], "2026-01-17", "2026-02-10")


@each
def test_nothing_of_a_document_but_its_order_is_sent(target: str) -> None:
    """Source, hash, accounts, and, where the settings say so, the token of the case stay at home."""
    order = an_order(case_token="democase1", source="SENTINEL-MRN", original_period="SENTINEL-PERIOD")
    rendering = rendered(order, target=target, cases=False)
    (payload,) = rendering.payloads
    assert not leaks(payload.body, ["SENTINEL", "democase1", "1510", "cathlab-secret"])
    shown = "".join(map(str, rendering.issues)) + payload.external_id + payload.lookup + payload.path
    assert not leaks(shown, ["SENTINEL", "democase1"])


# The rest of the contract


@each
def test_settings_name_parties_places_and_units(target: str) -> None:
    known = {
        "buyers": {"main": "B-1"},
        "suppliers": {"medsup": "S-1"},
        "locations": {"CATHLAB": "L-1"},
        "units": {"EA": "PC"},
        "usage": "production",
    }
    text = text_of(an_order(), target, **known)
    (fact,) = read(text, target).facts
    assert isinstance(fact, Read)
    assert (fact.buyer.id, fact.supplier.id, fact.ship_to.id, fact.lines[0].unit) == (
        "B-1",
        "S-1",
        "L-1",
        "PC",
    )
    assert ('deploymentMode="production"' if target == "cxml" else "*0*P*") in text
    with pytest.raises(hcfin.HcfinError):
        rendered(an_order(), target=target, usage="often")


@each
def test_lines_are_traced_to_their_lines(target: str) -> None:
    order = an_order(lines=[an_ordered(), an_ordered(2, item="OTHER")], amount="2400.00")
    (payload,) = rendered(order, target=target).payloads
    rows = payload.body.split("\n")
    assert set(payload.trace.values()) == {(order.id, 1), (order.id, 2)}
    for pointer, (_, n) in payload.trace.items():
        row = rows[int(pointer.removeprefix("/")) - 1]
        assert (f'lineNumber="{n}"' if target == "cxml" else f"PO1*{n}*") in row


@each
@settings(max_examples=30, deadline=None)
@given(order=orders())
def test_the_same_order_gives_the_same_bytes(target: str, order: PurchaseOrder) -> None:
    first = rendered(order, target=target)
    assert rendered(load_document(order.to_dict()), target=target) == first


@each
def test_orders_come_after_what_they_depend_on(target: str) -> None:
    after = an_order(id="demo" + "z" * 16, depends_on=["demo" + "d" * 16], change="revision")
    rendering = rendered(after, an_order(), target=target)
    assert [one.external_id[-1] for one in rendering.payloads] == ["d", "z"]
    assert rendering.payloads[1].depends_on == (rendering.payloads[0].external_id,)


def test_answers() -> None:
    cxml, x12 = (discover.load("hcfin.erp", name, "TARGET").explain_response for name in TARGETS)
    answer = '<cXML><Response><Status code="%s" text="SENTINEL"/></Response></cXML>'
    assert cxml(200, answer % "200") == cxml(202, "") == x12(0, "") == x12(200, "") == ()
    for explain, status, body, code in (
        (cxml, 200, answer % "406", "ERP_REJECTED"),
        (cxml, 200, answer % "503", "ERP_UNAVAILABLE"),
        (cxml, 0, "", "ERP_UNAVAILABLE"),
        (cxml, 401, "SENTINEL", "ERP_REJECTED"),
        (x12, 503, "", "ERP_UNAVAILABLE"),
        (x12, 400, "SENTINEL", "ERP_REJECTED"),
    ):
        (issue,) = explain(status, body)
        assert issue.code == code
        assert "SENTINEL" not in str(issue)


def test_the_worked_order_is_the_order_of_both_readers() -> None:
    """Ten at 120.00: both payloads are read as facts with the same lines, number and total."""
    facts = [read(text_of(an_order(), target), target).facts[0] for target in TARGETS]
    assert all(isinstance(fact, Read) for fact in facts)
    one, other = (fact.model_dump(include={"number", "total", "change", "ordered"}) for fact in facts)
    assert one == other
    assert SUPPLIER["token"] == "medsup"
    assert isinstance(a_requisition(), Requisition)
