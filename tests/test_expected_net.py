"""Expected net (posting rules §5.8, A18): an allowance with the bill, released as the receivable goes."""

from __future__ import annotations

from decimal import Decimal

import pytest

import hcfin
from billed import CONTEXT, KEYS, LINES, books, by_role, claim, codes, learned, net, posted, service
from hcfin.posting import Posting, post
from hcfin.reconcile import Allowed, Ledger
from hcfin.testing import assert_clearing_zero
from law_tools import remit

EXPECTING = books("expected_net = true")
C = "ACCT-C"
ALLOWED = Allowed(KEYS, claims={C: Decimal("1200.00")})
ALLOWANCE, CONTRACTUAL = "ar.allowance.contractual", "revenue.adjustment.contractual"
LINES_R2 = (
    "SVC*HC:43239*1500*504.11*0750*1~CAS*CO*45*600**253*10.29~CAS*PR*1*257**2*128.6~"
    "SVC*HC:88305*500*250.88*0310*2~CAS*CO*45*180**253*5.12~CAS*PR*2*64"
)
PAID_C = f"CLP*{C}*1*2000*754.99*449.6*MB*25030000000301~{LINES_R2}"


def remitted(known: Ledger | None, payment: str, *claims: str, trace: str = "T1", used=EXPECTING) -> Posting:
    data = remit(trace, payment, *claims).replace(b"1999999999", b"1512345678")
    reading = hcfin.read(data)
    assert not reading.issues
    posting = post(reading, used, context=CONTEXT, known=known)
    assert_clearing_zero(posting.documents)
    if known is not None:
        known.learn(reading, posting)
    return posting


def test_the_worked_example() -> None:
    """§5.8: 800.00 of 2,000.00 expected; R2 releases them, then takes 780.00 + 15.41: -4.59 in the result."""
    bill = posted(claim(), used=EXPECTING, expected=ALLOWED)
    assert net(*bill.documents) == {
        ("ar.payer", "1"): "2000.00",
        ("ar.unbilled",): "-2000.00",
        (CONTRACTUAL, "expected"): "800.00",
        (ALLOWANCE, "expected"): "-800.00",
    }
    posting = remitted(learned(bill), "754.99", PAID_C)
    sums = by_role(posting.documents)
    assert sums[ALLOWANCE] == Decimal("800.00")
    assert sums[CONTRACTUAL] == Decimal("780.00") - Decimal("800.00")
    deductions = sum(amount for role, amount in sums.items() if role.startswith("revenue."))
    assert deductions == Decimal("-4.59")
    (variance,) = (issue for issue in posting.issues if issue.code == "EXPECTED_VARIANCE")
    assert dict(variance.values) == {"expected": "800.00", "actual": "795.41", "difference": "4.59"}
    assert by_role([*bill.documents, *posting.documents]).get(ALLOWANCE) is None


def test_what_is_denied_keeps_its_part_until_it_is_settled() -> None:
    """A18: 1,500.00 of 2,000.00 leave, 500.00 are denied: 600.00 of the 800.00 are released, 200.00 later."""
    known = learned(posted(claim(), used=EXPECTING, expected=ALLOWED))
    denied = "SVC*HC:43239*1500*900**1~CAS*CO*45*600~SVC*HC:88305*500*0**0~CAS*CO*50*500"
    first = remitted(known, "900", f"CLP*{C}*1*2000*900**MB*ICN1~{denied}")
    assert by_role(first.documents)[ALLOWANCE] == Decimal("600.00")
    assert "EXPECTED_VARIANCE" not in codes(first)  # 600.00 were expected of it, and taken
    undone = "SVC*HC:43239*-1500*-900**1~CAS*CO*45*-600~SVC*HC:88305*-500*0**0~CAS*CO*50*-500"
    reversal = f"CLP*{C}*22*-2000*-900**MB*ICN1~{undone}"
    second = remitted(known, "0", reversal, f"CLP*{C}*1*2000*900**MB*ICN1~CAS*CO*45*1100", trace="T2")
    # The reversal puts the 600.00 back; the correction settles all of it, and with it all of the 800.00.
    assert by_role(second.documents)[ALLOWANCE] == Decimal("200.00")
    assert known.allowance(hcfin.identity.token(KEYS, "acct", C)) == 0


def test_a_full_denial_releases_nothing() -> None:
    known = learned(posted(claim(), used=EXPECTING, expected=ALLOWED))
    posting = remitted(known, "0", f"CLP*{C}*1*2000*0**MB*ICN1~CAS*CO*50*2000")
    assert ALLOWANCE not in by_role(posting.documents)
    assert known.allowance(hcfin.identity.token(KEYS, "acct", C)) == Decimal("800.00")


def test_a_reversal_puts_back_what_was_released() -> None:
    known = learned(posted(claim(), used=EXPECTING, expected=ALLOWED))
    paid = remitted(known, "754.99", PAID_C)
    assert by_role(paid.documents)[ALLOWANCE] == Decimal("800.00")
    mirrored = "".join(
        f"CLP*{C}*22*-2000*-754.99**MB*25030000000301~"
        "SVC*HC:43239*-1500*-504.11*0750*1~CAS*CO*45*-600**253*-10.29~CAS*PR*1*-257**2*-128.6~"
        "SVC*HC:88305*-500*-250.88*0310*2~CAS*CO*45*-180**253*-5.12~CAS*PR*2*-64"
    )
    back = remitted(known, "0", mirrored, "CLP*ACCT-Z*1*754.99*754.99**MB*ICN2", trace="T2")
    assert by_role(back.documents)[ALLOWANCE] == Decimal("-800.00")
    assert by_role(back.documents)[CONTRACTUAL] == Decimal("800.00") - Decimal("780.00")
    again = remitted(known, "754.99", PAID_C, trace="T3")
    assert by_role(again.documents)[ALLOWANCE] == Decimal("800.00")


def test_lines_are_priced_where_no_claim_is() -> None:
    services = {("mac_a", "43239"): Decimal("900.00"), ("mac_a", "88305"): Decimal("160.00")}
    bill = posted(claim(), used=EXPECTING, expected=Allowed(KEYS, services=services))
    # 1500.00 - 900.00 + 500.00 - 2 * 160.00
    assert net(*bill.documents)[ALLOWANCE, "expected"] == "-780.00"


def test_a_price_that_is_missing_is_told_and_nothing_is_guessed() -> None:
    some = Allowed(KEYS, services={("mac_a", "43239"): Decimal("900.00")})
    for expected in (some, None):
        bill = posted(claim(), used=EXPECTING, expected=expected)
        assert codes(bill) == ["EXPECTED_MISSING"]
        assert (ALLOWANCE, "expected") not in net(*bill.documents)
    exact = posted(claim(), used=EXPECTING, expected=Allowed(KEYS, claims={C: Decimal("2000.00")}))
    assert (codes(exact), net(*exact.documents).keys()) == ([], {("ar.payer", "1"), ("ar.unbilled",)})


@pytest.mark.parametrize("told", ["NaN", "Infinity", "-1.00", "1E+30"])
def test_what_is_no_amount_is_missing(told: str) -> None:
    whole = posted(claim(), used=EXPECTING, expected=Allowed(KEYS, claims={C: Decimal(told)}))
    assert codes(whole) == ["EXPECTED_MISSING"]
    rates = Allowed(KEYS, services={("mac_a", "43239"): Decimal(told)})
    # A rate above the charge allows the charge, however far above.
    priced = posted(claim("1500.00"), used=EXPECTING, expected=rates)
    assert codes(priced) == ([] if told == "1E+30" else ["EXPECTED_MISSING"])
    assert net(*priced.documents) == {("ar.payer", "1"): "1500.00", ("ar.unbilled",): "-1500.00"}


def test_an_amount_beyond_the_cent_is_rounded_once() -> None:
    bill = posted(claim(), used=EXPECTING, expected=Allowed(KEYS, claims={C: Decimal("1199.995")}))
    assert net(*bill.documents)[ALLOWANCE, "expected"] == "-800.00"  # half to even


def test_more_than_the_charge_may_be_allowed() -> None:
    """A case rate above the charges: the allowance is a debit, and is released the same way."""
    bill = posted(claim(), used=EXPECTING, expected=Allowed(KEYS, claims={C: Decimal("2100.00")}))
    assert net(*bill.documents)[ALLOWANCE, "expected"] == "100.00"
    posting = remitted(learned(bill), "2100", f"CLP*{C}*1*2000*2100**MB*ICN1~CAS*CO*45*-100")
    assert by_role([*bill.documents, *posting.documents]).get(ALLOWANCE) is None
    assert "EXPECTED_VARIANCE" not in codes(posting)


def test_without_what_is_known_nothing_can_be_released() -> None:
    posting = remitted(None, "754.99", PAID_C)
    assert "ALLOWANCE_UNKNOWN" in codes(posting)
    assert ALLOWANCE not in by_role(posting.documents)


def test_nothing_is_expected_by_default() -> None:
    bill = posted(claim(), expected=ALLOWED)
    assert (ALLOWANCE, "expected") not in net(*bill.documents)
    known = learned(posted(claim(), used=EXPECTING, expected=ALLOWED))
    assert ALLOWANCE not in by_role(remitted(known, "754.99", PAID_C, used=books()).documents)


def test_a_patient_s_bill_expects_nothing() -> None:
    bill = posted(claim(filing_indicator="09"), used=EXPECTING, expected=ALLOWED)
    assert codes(bill) == []
    assert net(*bill.documents) == {("ar.patient",): "2000.00", ("ar.unbilled",): "-2000.00"}


@pytest.mark.parametrize("mode", ["gl_only", "open_item"])
def test_a_void_takes_back_what_is_left(mode: str) -> None:
    used = books(f'expected_net = true\nar_mode = "{mode}"')
    bill = posted(claim(), used=used, expected=ALLOWED)
    void = posted(claim(frequency="8"), used=used, expected=ALLOWED, known=learned(bill))
    assert codes(void) == []
    assert net(*bill.documents, *void.documents) == {}
    assert len(void.dispositions) == 3
    known = learned(bill, void)
    account = hcfin.identity.token(KEYS, "acct", C)
    assert (known.allowance(account), known.bills(account)) == (0, ())


def test_a_void_whose_allowance_has_no_account_is_held_whole() -> None:
    known = learned(posted(claim(), used=EXPECTING, expected=ALLOWED))
    chart = {role: account for role, account in EXPECTING.chart.items() if role != ALLOWANCE}
    bare = EXPECTING.model_copy(update={"chart": chart})
    void = posted(claim(frequency="8"), used=bare, known=known)
    assert (codes(void), void.documents) == (["CLAIM_ACCOUNT_UNMAPPED"], ())


def test_a_part_below_a_cent_waits_for_the_rest() -> None:
    """A cent is expected of 2,000.00; 1.00 leaves, and a two-thousandth of a cent is no amount."""
    cent = Allowed(KEYS, claims={C: Decimal("1999.99")})
    known = learned(posted(claim(), used=EXPECTING, expected=cent))
    first = remitted(known, "1", f"CLP*{C}*1*1*1**MB*ICN1")
    assert ALLOWANCE not in by_role(first.documents)
    rest = remitted(known, "1999", f"CLP*{C}*1*1999*1999**MB*ICN2", trace="T2")
    assert by_role(rest.documents)[ALLOWANCE] == Decimal("0.01")


@pytest.mark.parametrize("turn", [1, -1])
def test_the_order_of_claims_of_an_account_changes_no_sum(turn: int) -> None:
    """Thirds of 100.01: whatever the order, rounding never loses or makes a cent."""
    lines = tuple(service(f"{charge}.00", "0750", "43239") for charge in (100, 100, 100))
    known = learned(
        posted(claim("300.00", *lines), used=EXPECTING, expected=Allowed(KEYS, claims={C: Decimal("199.99")}))
    )
    claims = [f"CLP*{C}*1*100*{paid}**MB*ICN{paid}~CAS*CO*45*{100 - paid}" for paid in (60, 70, 50)]
    posting = remitted(known, "180", *claims[::turn])
    assert by_role(posting.documents)[ALLOWANCE] == Decimal("100.01")


def test_line_charges_are_the_worked_ones() -> None:
    assert sum(Decimal(line["charged"]) for line in LINES) == Decimal("2000.00")
