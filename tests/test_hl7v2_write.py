"""HL7 v2 written: what is read back is what was written, and no value makes a segment, field or component."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge, ChargePrice
from hcfin.billing.facts import load_fact
from hcfin.billing.payment import Payment, Payout, WriteOff
from hcfin.errors import HcfinError

CORPUS = cases.FIXTURES.parent.parent / "shared" / "corpus" / "hl7v2"
WRITTEN = (Account, AccountMerge, Charge, Payment, WriteOff)
IDENTITY = {
    "sender": "HCFIN",
    "receiver": "GL",
    "receiver_facility": "FIN",
    "control": "7",
    "date": "20261121",
    "time": "1030",
    "zone": "-0600",
    "processing": "T",
}
WHERE = {"facility": "NORTH", "account": "TA-1", "visit": "TV-1", "patient_id": "TP001"}


def fact(kind: str, **fields: Any) -> Fact:
    return load_fact({"kind": kind, **WHERE, **fields})


CHARGE = fact(
    "charge",
    type_code="CG",
    number="1",
    transaction_id="T1",
    performed="2026-11-19T08:30-06:00",
    posted="2026-11-20",
    code={"code": "80053", "text": "Panel & more", "system": "L"},
    quantity="2",
    amount="84.00",
    price_source="extended",
    unit_price="42.00",
    department={"code": "LAB"},
    procedure={"qualifier": "HC", "code": "80053", "modifiers": ["59"]},
    revenue_code="0301",
    patient_class="O",
)
CREDIT = fact(
    "charge",
    change="credit",
    type_code="CD",
    number="2",
    transaction_id="T2",
    reverses="T1",
    amount="-84.00",
    price_source="extended",
    patient_class="O",
)
PAYMENT = fact(
    "payment",
    type_code="PY",
    number="3",
    id="P1",
    amount="20.00",
    code={"code": "CASH"},
    method="cash",
    channel="drawer",
    reference="R1",
)


def test_charges_and_payments_of_one_account_share_a_message() -> None:
    data = hcfin.write([CHARGE, CREDIT, PAYMENT], "hl7v2", identity=IDENTITY)
    assert data.decode().split("\r") == [
        "MSH|^~\\&|HCFIN|NORTH|GL|FIN|202611211030-0600||DFT^P03^DFT_P03|7|T|2.5.1",
        "EVN|P03",
        "PID|||TP001|||||||||||||||TA-1",
        "PV1||O|||||||||||||||||TV-1",
        "FT1|1|T1||202611190830-0600|20261120|CG|80053^Panel \\T\\ more^L|||2|84.00&USD|42.00&USD|LAB"
        "||||||||||||80053^^HC|59|||||||||||||||0301",
        "FT1|2|T2||||CD|||||84.00&USD||||||||||||||||||||T1",
        "FT1|3|P1||||PY|CASH||||20.00&USD|||||||||||||||||||R1",
        "",
    ]
    read = [one for one in hcfin.read(data).facts if not isinstance(one, Account)]
    assert read == [CHARGE, CREDIT, PAYMENT]


def test_another_account_is_another_message_and_control_ids_count() -> None:
    other = CHARGE.model_copy(update={"account": "TA-2"})
    data = hcfin.write([CHARGE, other], "hl7v2", identity=IDENTITY)
    assert [unit.control for unit in hcfin.read(data).units] == ["7", "8"]


def test_a_negative_charge_under_its_own_code() -> None:
    back = fact(
        "charge",
        change="credit",
        type_code="CG",
        number="1",
        transaction_id="T9",
        quantity="-1",
        amount="-5.00",
        price_source="extended",
    )
    unpriced = fact("charge", change="credit", type_code="CG", number="2", transaction_id="T8", quantity="-1")
    read = hcfin.read(hcfin.write([back, unpriced], "hl7v2")).facts
    assert [one for one in read if isinstance(one, Charge)] == [back, unpriced]


def test_without_a_moment_the_last_of_the_facts_counts() -> None:
    assert hcfin.write([CHARGE], "hl7v2").split(b"|")[6] == b"20261120"


MERGE = AccountMerge(event="A40", level="patient", prior_patient="TP9", patient_id="TP1", account="TA-1")


@pytest.mark.parametrize(
    ("change", "kind"),
    [("opened", "ADT^A01"), ("updated", "ADT^A08"), ("ended", "BAR^P06"), ("coded", "BAR^P12")],
)
def test_an_account_without_an_event_gets_that_of_its_change(change: str, kind: str) -> None:
    mode = "action_code" if change == "coded" else "snapshot"
    told = fact("account", change=change, mode=mode, encounter={})
    (unit,) = hcfin.read(hcfin.write([told], "hl7v2")).units
    assert unit.kind == kind


def test_a_merge() -> None:
    (first, *_) = hcfin.read(hcfin.write([MERGE], "hl7v2")).facts
    assert isinstance(first, AccountMerge)
    assert (first.prior_patient, first.patient_id, first.level) == ("TP9", "TP1", "patient")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ([Payout(id="x")], "no message for a payout"),
        ([ChargePrice()], "no message for a charge_price"),
        ([CHARGE.model_copy(update={"unreadable": ("amount",)})], "could not be read"),
        ([CHARGE.model_copy(update={"change": "charge", "amount": Decimal("-1.00")})], "cannot say Charge"),
        ([CHARGE.model_copy(update={"type_code": "ZZ"})], "cannot say Charge"),
        ([PAYMENT.model_copy(update={"channel": "gateway"})], "`channel`"),
        ([CHARGE.model_copy(update={"performed": "yesterday"})], "`performed`"),
    ],
)
def test_what_hl7_cannot_say_is_refused_by_name(facts: list[Fact], refusal: str) -> None:
    with pytest.raises(HcfinError, match=refusal) as caught:
        hcfin.write(facts, "hl7v2")
    assert "TA-1" not in str(caught.value)


@pytest.mark.parametrize(
    "identity", [{"town": "x"}, {"date": "2026-11-21"}, {"version": "3"}, {"control": "M1"}]
)
def test_an_identity_that_no_header_can_have(identity: dict[str, str]) -> None:
    with pytest.raises(HcfinError, match="identity"):
        hcfin.write([CHARGE], "hl7v2", identity=identity)


HOSTILE = st.text(st.sampled_from('|^~\\&\r\n"#ABC é€\x0b\x1c'), min_size=1, max_size=12)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_value_makes_a_segment_a_field_or_a_component(text: str, name: str, note: str) -> None:
    charge = CHARGE.model_copy(update={"description": text, "notes": (note,), "batch": name})
    try:
        data = hcfin.write([charge], "hl7v2", identity={"sender": name})
    except HcfinError:
        return  # blanks at the ends are no part of a value
    segments = data.decode("utf-8").rstrip("\r").split("\r")
    assert [segment[:3] for segment in segments] == ["MSH", "EVN", "PID", "PV1", "FT1", "NTE"]
    assert segments[4].count("|") == 41
    (read,) = (one for one in hcfin.read(data).facts if isinstance(one, Charge))
    assert read == charge


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


# Read by the default profile they name no account, and written again they would.
_AMBIGUOUS = {"edge-cases_empty-fields"}


@pytest.mark.parametrize("path", _files(CORPUS), ids=lambda path: path.name[-60:])
def test_what_real_messages_say_is_written_and_read_again(path: Path) -> None:
    facts = [one for one in hcfin.read(path).facts if isinstance(one, WRITTEN) and not one.unreadable]
    if any(name in path.name for name in _AMBIGUOUS):
        with pytest.raises(HcfinError, match="account"):
            hcfin.write(facts, "hl7v2")
        return
    again = iter(map(_told, hcfin.read(hcfin.write(facts, "hl7v2")).facts if facts else ()))
    # What stands around a merge or a charge tells of an account, too; nothing that was written is missing.
    assert all(_told(one) in again for one in facts)


def _told(one: Fact) -> Fact:
    """An account without amounts has no currency to speak of."""
    return one.model_copy(update={"currency": "USD"}) if isinstance(one, Account) else one


@pytest.mark.parametrize(
    "path",
    sorted((cases.FIXTURES / "hl7v2").glob("*/*/input.hl7")),
    ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}",
)
def test_what_fixtures_say_is_written_and_read_again(path: Path) -> None:
    """Facts that only a profile reads are refused; all others come back."""
    facts = [one for one in hcfin.read(path).facts if isinstance(one, WRITTEN) and not one.unreadable]
    if not facts:
        pytest.skip("nothing that is written")
    refused = ""
    try:
        data = hcfin.write(facts, "hl7v2")
    except HcfinError as error:
        refused = str(error)
    assert "cannot say" in refused or [type(one) for one in hcfin.read(data).facts if one in facts]
