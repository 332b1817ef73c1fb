"""Whose account the rows of a message are on, and the account that is told beside them."""

from __future__ import annotations

from decimal import Decimal

import pytest

import hcfin
from charge_messages import PID, ft1, header, issues, one, read
from hcfin.billing.account import Account
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.files import iter_facts
from hcfin.issues import Issue

# Whose account


@pytest.mark.parametrize(
    ("places", "account"),
    [
        (("PID-18",), "ACC1"),
        (("PV1-19",), "VIS1"),
        (("PV1-50", "PID-18"), "ALT1"),
        (("PID-3",), "MRN1"),
        (("BLG-3", "PID-18"), "ACC1"),
        (("ZPA-2",), "LOCAL1"),
        (("FT1-23",), "FIL1"),
        (("PID-99", "nonsense", "PID-x"), ""),
    ],
)
def test_the_account_stands_where_the_profile_says(places, account) -> None:
    rows = (
        header(),
        "PID|1|OLD1|MRN1^^^TESTFAC^MR|||||||||||||||ACC1^^^TESTFAC^AN",
        f"PV1|1|O{'|' * 17}VIS1{'|' * 31}ALT1",
        ft1(_6="CG", _23="FIL1"),
        "ZPA|1|LOCAL1",
    )
    fact = read(*rows, account=places).facts[-1]
    assert (fact.account, fact.visit, fact.patient_id) == (account, "VIS1", "MRN1")


def test_the_patient_is_the_identifier_that_the_profile_prefers() -> None:
    rows = (header(), "PID|1||A1^^^ONE^PI~B2^^^TWO^MR", ft1(_6="CG"))
    assert one(*rows).patient_id == "A1"
    assert one(*rows, identifiers={"PID-3": {"kinds": ("MR",)}}).patient_id == "B2"
    assert one(header(), "PID|1|OLD1", ft1(_6="CG")).patient_id == "OLD1"


def test_identifiers_with_marks_and_escapes() -> None:
    rows = (header(), "PID|1||M-1 ^^^TESTFAC^MR|||||||||||||||A\\T\\1&X^^^TESTFAC", ft1(_6="CG"))
    fact = one(*rows)
    assert (fact.account, fact.patient_id) == ("A&1", "M-1")


def test_without_patient_or_visit_a_charge_is_on_no_account() -> None:
    fact = one(header(), ft1(_6="CG", _11="5.00"))
    assert (fact.account, fact.visit, fact.patient_id, fact.amount) == ("", "", "", Decimal("5.00"))


def test_rows_behind_a_second_patient_are_his() -> None:
    rows = ("PID|1||ONE", ft1(_6="CG"), "PID|2||TWO", "PV1|1|O", ft1(_6="CG"), ft1(_6="CG"))
    facts = read(header(), *rows).facts
    assert [(fact.patient_id, fact.patient_class) for fact in facts] == [
        ("ONE", ""),
        ("TWO", "O"),
        ("TWO", "O"),
    ]


def test_results_of_several_patients() -> None:
    order = ("ORC|RE", "OBR|1||FIL1", "OBX|1")
    rows = ("PID|1||ONE", *order, ft1(_6="CG"), "PID|2||TWO||TESTPERSON^ANNA", *order, ft1(_6="CG"))
    reading = read(header("ORU^R01"), *rows)
    charges = [fact for fact in reading.facts if isinstance(fact, Charge)]
    assert [(fact.patient_id, fact.order) for fact in charges] == [("ONE", "FIL1"), ("TWO", "FIL1")]
    (account,) = (fact for fact in reading.facts if isinstance(fact, Account))
    assert account.patient_id == "TWO"


def test_earlier_results_within_an_order_change_no_account() -> None:
    rows = ("PID|1||ONE", "PV1|1|O", "ORC|NW", "OBR|1", "PID|1||OTHER", "PV1|1|I", "ORC|RE", ft1(_6="CG"))
    fact = one(header("OML^O21"), *rows)
    assert (fact.patient_id, fact.patient_class) == ("ONE", "O")


def test_an_order_may_name_the_account_to_charge() -> None:
    rows = ("ORC|NW|P1|F1", "OBR|1", ft1(_6="CG"), "BLG|||ACC9", "ORC|NW|P2|F2", ft1(_6="CG"), "BLG|||ACC8")
    facts = read(header("ORM^O01"), PID, *rows, account=("BLG-3", "PID-3")).facts
    assert [(fact.account, fact.order) for fact in facts] == [("ACC9", "F1"), ("ACC8", "F2")]


@pytest.mark.parametrize(
    "kind",
    [
        "ORM^O01",
        "OMG^O19",
        "OML^O21",
        "OMP^O09",
        "RDE^O11",
        "RDS^O13",
        "RDR^RDR",
        "ORU^R01",
        "ZFT^Z01",
        "DFT",
    ],
)
def test_charges_are_read_in_messages_of_any_type(kind) -> None:
    reading = read(header(kind), PID, "ORC|NW", "OBR|1", ft1(_6="CG", _11="5.00"))
    (fact,) = reading.facts
    assert fact.amount == Decimal("5.00")
    assert reading.units[0].summary["charged"] == "5.00"
    assert "MESSAGE_NOT_READ" not in issues(reading)


def test_charges_in_a_message_that_has_another_reader() -> None:
    reading = read(header("ADT^A08"), f"{PID}||TESTPERSON^ANNA", "PV1|1|O", ft1(_6="CG", _11="5.00"))
    account, charge = reading.facts
    assert (type(account), account.event, charge.amount) == (Account, "A08", Decimal("5.00"))
    assert reading.units[0].summary["charged"] == "5.00"


# The account beside the charges


def test_an_account_comes_before_its_charges_where_more_than_keys_is_told() -> None:
    rows = (header(), f"{PID}||TESTPERSON^ANNA", "IN1|1|PLAN1", ft1(_6="CG"), "DG1|1||I10", "GT1|1||X^Y")
    account, charge = read(*rows).facts
    assert isinstance(account, Account)
    assert (account.event, account.change) == ("P03", "told")
    assert [len(account.coverages), len(account.diagnoses), len(account.guarantors)] == [1, 1, 1]
    assert isinstance(charge, Charge)
    assert account.account == charge.account == "MRN1"


def test_keys_alone_tell_of_no_account() -> None:
    assert type(one(header(), "PID|1|OLD|MRN1", "PV1|1|I", ft1(_6="CG"))) is Charge


def test_rows_of_a_p11_have_their_own_plan_and_diagnoses() -> None:
    rows = (
        *(ft1(_6="CG"), "DG1|1||I10", "DG1|2||I10", "IN1|1|PLAN1^Test"),
        *(ft1(_6="CG", _14="OWN", _19="E11"), "DG1|1||I10", "IN1|1|PLAN2"),
    )
    first, second = read(header("DFT^P11"), PID, *rows).facts
    assert (first.plan.code, first.plan.at, first.diagnoses) == ("PLAN1", 6, ("I10",))
    assert (second.plan.code, second.diagnoses) == ("OWN", ("E11",))


def test_what_all_rows_of_a_p11_say_is_said_of_the_account() -> None:
    rows = (ft1(_6="CG"), "IN1|1|PLAN1", "GT1|1||X^Y", ft1(_6="CG"), "IN1|1|PLAN1", "GT1|1||X^Y")
    account, *_ = read(header("DFT^P11"), PID, *rows).facts
    assert [one.plan.code for one in account.coverages] == ["PLAN1"]
    assert len(account.guarantors) == 1


def test_an_account_that_is_told_again_stands_where_it_stands() -> None:
    """Streams read it once and copy it; a reading that counts fields reads it each time."""
    person = f"{PID}~M2^^^OTHER^PI||TESTPERSON^ANNA"
    visit = "PV1|1|I|4W^1||||1999999992^TESTDOC^^^^^^^NPI^^^^NPI"
    insured = ("IN1|1|PLAN1|PAY1|TEST PLAN", "IN2|1||||||MEDICARE1", "IN1|2|PLAN2|PAY2", "DG1|1||I10")
    charge = ft1(_6="CG", _11="5.00")
    texts = [
        [header(), "EVN|P03|20250115", person, visit, charge, *insured],
        [header(), "EVN|P03|20250116", person, visit, *insured[:2], charge, charge, *insured[2:]],
        [header(), "EVN|P03|20250117", person, visit, charge, *insured, "GT1|1||TESTPERSON^ANNA"],
        [header(), person, visit, charge, charge, charge, *insured],
        [header(), person, visit, "IN1|1|PLAN1||||||||||20259999", charge],
        [header(), person, visit, "IN1|1|PLAN1||||||||||20259999", charge],
    ]
    data = "".join(f"{row}\r" for rows in texts for row in rows).encode()
    reading = hcfin.read(data)
    streamed = [event for event in iter_facts(data) if isinstance(event, Fact)]
    assert [fact.model_dump() for fact in streamed] == [fact.model_dump() for fact in reading.facts]
    accounts = [fact for fact in streamed if isinstance(fact, Account)]
    assert [one.occurred for one in accounts] == ["2025-01-15", "2025-01-16", "2025-01-17", "", "", ""]
    assert [one.coverages[0].at for one in accounts] == [6, 14, 25, 36, 43, 48]
    assert [len(one.guarantors) for one in accounts] == [0, 0, 1, 0, 0, 0]
    assert [code for code in issues(reading) if code == "TIME_INVALID"] == ["TIME_INVALID"] * 2
    told_in_stream = [event for event in iter_facts(data) if isinstance(event, Issue)]
    assert [issue.code for issue in told_in_stream] == issues(reading)
