"""What a charge says beside its amount, links between rows, payments, local segments."""

from __future__ import annotations

from decimal import Decimal

import pytest

from charge_messages import FULL, PID, ft1, header, one, read, told
from hcfin.billing.charge import Charge
from hcfin.billing.payment import Transfer

# What a charge says


def test_what_a_charge_says() -> None:
    reading = read(header(), f"{PID}|||||||||||||||ACC1", "PV1|1|I||||||||||||||||OUT|VIS1|MC", FULL)
    fact = reading.facts[-1]
    assert isinstance(fact, Charge)
    shown = fact.model_dump(mode="json", exclude_defaults=True)
    assert shown == {
        "at": 4,
        "type_code": "CG",
        "number": "1",
        "transaction_id": "TX1",
        "batch": "B1",
        "facility": "TESTFAC",
        "account": "ACC1",
        "visit": "VIS1",
        "patient_id": "MRN1",
        "performed": "2025-01-15T09:30",
        "performed_until": "2025-01-15T10:15",
        "posted": "2025-01-16",
        "code": {"code": "300101", "text": "Room", "system": "L"},
        "description": "ROOM CHARGE",
        "quantity": "2",
        "amount": "850.00",
        "price_source": "extended",
        "unit_price": "425.00",
        "unit_cost": "170.00",
        "insurance_amount": "700.00",
        "department": {"code": "4W", "text": "4 West", "system": "L"},
        "plan": {"code": "PLAN1", "text": "Test plan", "system": "L"},
        "place": {"point_of_care": "4WEST", "room": "401", "bed": "A", "facility": "TESTFAC"},
        "fee_schedule": "STD",
        "patient_type": "INP",
        "patient_class": "I",
        "financial_class": "MC",
        "diagnoses": ["I10", "E11"],
        "providers": [
            {
                "role": "82",
                "entity": "1",
                "name": "TESTDOC",
                "first_name": "ADAM",
                "id_qualifier": "XX",
                "id": "1999999992",
            },
            {"role": "DK", "entity": "1", "name": "TESTREF", "first_name": "EVE", "id": "77"},
        ],
        "order": "FIL1",
        "procedure": {
            "qualifier": "HC",
            "code": "99213",
            "modifiers": ["25", "LT"],
            "description": "Visit",
        },
        "drug": {"code": "00093-0058-01", "quantity": "5", "unit": "mL"},
        "revenue_code": "0120",
        "references": [
            {"qualifier": "FT1-39", "value": "AUTH1"},
            {"qualifier": "FT1-42", "value": "RX1"},
        ],
    }
    assert not reading.issues


def test_fields_are_read_whatever_the_version() -> None:
    told_in = {
        version: one(header(version=version), PID, FULL).model_dump(exclude={"at"})
        for version in ("2.1", "2.2", "2.3", "2.3.1", "2.5.1", "2.8")
    }
    assert all(told == told_in["2.8"] for told in told_in.values())


def test_rows_share_the_nodes_of_their_fields() -> None:
    """Such a node has no place of its own: the row that holds it knows where it stood."""
    reading = read(header(), PID, FULL, FULL)
    first, second = reading.facts
    assert first == second
    assert (first.at, second.at) == (3, 4)
    assert second.code is first.code
    assert [second.code.at, second.place.at, second.procedure.at, second.providers[0].at] == [0] * 4
    assert (reading.place(second, "code").at, reading.place(second, "code").element) == (4, "FT1-7")


def test_a_procedure_of_a_segment_of_its_own_stands_there() -> None:
    fact = one(ft1(_6="CG"), "PR1|1||99213^Visit^C4")
    assert (fact.at, fact.procedure.code, fact.procedure.at) == (3, "99213", 4)


def test_a_timestamp_with_a_precision_is_no_range() -> None:
    fact = one(ft1(_4="20250115^D", _6="CG"))
    assert (fact.performed, fact.performed_until) == ("2025-01-15", "")


def test_a_moment_has_the_zone_that_was_sent_or_the_senders() -> None:
    assert one(ft1(_4="202501150930-0600", _6="CG")).performed == "2025-01-15T09:30-06:00"
    assert one(ft1(_4="202501150930", _6="CG"), zone="-0500").performed == "2025-01-15T09:30-05:00"


def test_a_date_that_cannot_be_read_is_told_each_time() -> None:
    reading = read(ft1(_4="20251350", _6="CG"), ft1(_4="20251350", _6="CG"))
    assert [fact.performed for fact in reading.facts] == ["", ""]
    assert [told(issue) for issue in reading.issues] == [("TIME_INVALID", "FT1-4")] * 2


def test_notes() -> None:
    rows = (ft1(_6="CG"), "NTE|1||First", "NTE|2||Second~half", ft1(_6="PY", _11="5"), "NTE|1||Desk")
    charge, payment = read(*rows).facts
    assert charge.notes == ("First", "Second\nhalf")
    assert payment.description == "Desk"


# Procedures


@pytest.mark.parametrize(
    ("row", "behind", "code", "modifiers", "further"),
    [
        # FT1-25 is the procedure of priority 1: it counts once.
        ({"_25": "99213^^C4", "_26": "25"}, ["PR1|1||99213^^C4||||||||||||1||25"], "99213", ("25",), []),
        ({"_25": "99213^^C4"}, ["PR1|1||99213^^C4|||||||||||||25"], "99213", ("25",), []),
        ({}, ["PR1|1||99213^^C4|||||||||||1||25"], "99213", ("25",), []),
        ({}, ["PR1|1||1^^C4|||||||||||2", "PR1|2||2^^C4|||||||||||1"], "2", (), ["1"]),
        ({}, ["PR1|1||1^^C4", "PR1|2||2^^C4"], "1", (), ["2"]),
        ({"_25": "99213"}, ["PR1|1||36415^^C4", "PR1|2"], "99213", (), ["36415"]),
        ({"_7": "99213^^CPT", "_26": "25"}, [], "99213", ("25",), []),
        ({"_7": "300101^^L", "_26": "25"}, [], "", ("25",), []),
    ],
)
def test_procedures_count_once(row, behind, code, modifiers, further) -> None:
    fact = one(ft1(_6="CG", **row), *behind)
    assert (fact.procedure.code, fact.procedure.modifiers) == (code, modifiers)
    assert [one.code for one in fact.procedures] == further
    if code and fact.procedure.qualifier:
        assert fact.procedure.qualifier == "HC"


def test_a_charge_without_a_procedure() -> None:
    assert one(ft1(_6="CG", _7="99213^^C4")).procedure is None


def test_a_further_procedure() -> None:
    fact = one(ft1(_6="CG", _25="1"), "PR1|2|C4|36415^Draw|Text|202501150930|D||||||||2||59~LT|||P9|A")
    (procedure,) = fact.procedures
    assert procedure.model_dump(exclude_defaults=True, exclude={"at"}) == {
        "set_id": "2",
        "code": "36415",
        "text": "Draw",
        "system": "C4",
        "performed": "2025-01-15T09:30",
        "type": "D",
        "priority": "2",
        "modifiers": ("59", "LT"),
        "id": "P9",
        "action": "A",
    }


def test_a_provider_with_several_identifiers_is_one() -> None:
    told_twice = "77^TESTDOC^ADAM^^^^^^SITE~1999999992^TESTDOC^ADAM^^^^^^NPI^^^^NPI"
    facts = read(ft1(_6="CG", _20=told_twice), ft1(_6="CG", _20=told_twice)).facts
    for fact in facts:
        (provider,) = fact.providers
        assert provider.id == "77"
        assert [(one.qualifier, one.value) for one in provider.references] == [("XX", "1999999992")]
    choice = {"FT1-20": {"kinds": ("NPI",)}}
    assert one(ft1(_6="CG", _20=told_twice), identifiers=choice).providers[0].id == "1999999992"


def test_fields_of_separators_alone_say_nothing() -> None:
    fact = one(ft1(_6="CG", _4="^", _13="^", _16="^^", _19="~", _20="^^", _25="^", _26="~", _43="^mL"))
    assert (fact.procedure, fact.place, fact.diagnoses, fact.providers, fact.drug) == (
        *(None, None, (), ()),
        None,
    )
    assert (fact.performed, fact.performed_until, fact.department) == ("", "", None)


# Links


def test_a_credit_names_the_charge_that_it_takes_back() -> None:
    rows = (
        ft1(_1="1", _2="TX1", _6="CG", _11="5"),
        ft1(_1="2", _6="CD", _11="5", _31="1"),
        ft1(_1="3", _6="CD", _11="5", _31="TX0"),
        ft1(_1="4", _6="CG", _11="5", _31="1"),
    )
    assert [fact.reverses for fact in read(*rows).facts] == ["", "TX1", "TX0", ""]


def test_a_payment_names_the_charges_that_it_pays() -> None:
    rows = (
        ft1(_1="1", _2="TX1", _6="CG", _11="5"),
        ft1(_1="2", _6="CG", _11="5"),
        ft1(_1="3", _6="PY", _11="10", _30="CHECK77^^^BANK", _31="1~2"),
    )
    payment = read(*rows).facts[-1]
    assert (payment.charges, payment.reverses, payment.reference) == (("TX1", "2"), "", "CHECK77")


def test_what_is_undone_names_what_it_undoes() -> None:
    types = {"PY": {"kind": "payment", "sign": "as_sent"}}
    rows = (ft1(_1="1", _2="P1", _6="PY", _11="5"), ft1(_1="2", _6="PY", _11="-5", _31="1"))
    first, second = read(*rows, transaction_types=types).facts
    assert (first.reverses, second.reverses, second.charges) == ("", "P1", ())
    rows = (ft1(_1="1", _2="A1", _6="AJ", _11="5"), ft1(_1="2", _6="AJ", _11="-5", _31="1"))
    assert [fact.reverses for fact in read(*rows).facts] == ["", "A1"]


# Payments


@pytest.mark.parametrize(
    ("code", "method", "channel"),
    [
        ("CASH", "cash", "drawer"),
        ("chck", "check", "lockbox"),
        ("CCCA^Credit card", "card", "gateway"),
        ("DDPO", "ach", "bank"),
        ("OWN", "OWN", "lockbox"),
        ("", "", "lockbox"),
    ],
)
def test_how_a_payment_was_made(code, method, channel) -> None:
    fact = one(ft1(_6="PY", _7=code, _11="5"))
    assert (fact.method, fact.channel) == (method, channel)


def test_who_pays() -> None:
    assert one(ft1(_6="PY", _11="5")).payer == "patient"
    fact = one(ft1(_6="PY", _11="5", _14="PLAN1^Test"))
    assert (fact.payer, fact.payer_id, fact.purpose) == ("payer", "PLAN1", "")
    fact = one(ft1(_6="CO", _11="5", _14="PLAN1"))
    assert (fact.payer, fact.payer_id, fact.purpose) == ("patient", "", "co_payment")
    fact = one(ft1(_6="AJ", _11="5", _14="PLAN1"))
    assert (fact.bucket, fact.payer_id, fact.reason) == ("payer", "PLAN1", "")


def test_a_payment_by_price_and_quantity() -> None:
    assert one(ft1(_6="PY", _10="2", _12="5.00")).amount == Decimal("10.00")


def test_adjustments_and_tenders_of_the_profile() -> None:
    adjustments = {
        "SMALL": {"write_off": "small_balance"},
        "MOVE": {"transfer_from": "payer", "transfer_to": "patient"},
    }
    assert one(ft1(_6="AJ", _7="SMALL", _11="5"), adjustments=adjustments).reason == "small_balance"
    moved = one(ft1(_6="AJ", _7="MOVE", _11="5", _14="PLAN1"), adjustments=adjustments)
    assert type(moved) is Transfer
    assert (moved.from_bucket, moved.from_payer, moved.to_bucket, moved.amount) == (
        "payer",
        "PLAN1",
        "patient",
        Decimal("5.00"),
    )
    back = one(ft1(_6="AJ", _7="MOVE", _11="-5", _14="PLAN1"), adjustments=adjustments)
    assert (back.from_bucket, back.to_bucket, back.to_payer) == ("patient", "payer", "PLAN1")
    tenders = {"INS": {"method": "ach", "channel": "bank", "payer": "payer"}}
    paid = one(ft1(_6="PY", _7="INS", _11="5"), tenders=tenders)
    assert (paid.payer, paid.method, paid.channel) == ("payer", "ach", "bank")


# Local segments


def test_local_fields_have_the_names_of_the_profile() -> None:
    segments = {"ZF2-5": "quantity", "ZF2-6": "amount", "ZF2-4.2": "text", "ZF9-1": "none", "odd": "x"}
    rows = (ft1(_6="CG"), "ZF2|1|55501|20250115|X^Chest|2|85.00|25.00", "ZXX|1")
    fact = one(*rows, segments=segments)
    assert {one.name: one.value for one in fact.vendor_fields} == {
        "quantity": "2",
        "amount": "85.00",
        "text": "Chest",
    }
    assert (fact.amount, fact.quantity, fact.price_source) == (Decimal("85.00"), 2, "extended")


def test_the_ft1_counts_before_local_fields() -> None:
    rows = (ft1(_6="CG", _10="1", _11="5.00"), "ZF2|9|85.00")
    fact = one(*rows, segments={"ZF2-1": "quantity", "ZF2-2": "amount"})
    assert (fact.amount, fact.quantity) == (Decimal("5.00"), 1)


def test_a_local_amount_that_cannot_be_read_has_its_own_place() -> None:
    reading = read(ft1(_6="CG"), "ZF2|x", segments={"ZF2-1": "amount"})
    assert [told(issue) for issue in reading.issues] == [("MONEY_INVALID", "ZF2-1")]
    assert reading.facts[0].unreadable == ("amount",)
    reading = read(ft1(_6="ZZ"), "ZF2|7.00", segments={"ZF2-1": "amount"})
    assert [told(issue) for issue in reading.issues] == [("FT1_TYPE_UNKNOWN", "ZF2-1")]
    reading = read(ft1(_6="CG"), "ZF2|7.00|2", segments={"ZF2-1": "unit_price", "ZF2-2": "quantity"})
    assert reading.facts[0].amount == Decimal("14.00")
