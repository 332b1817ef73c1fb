"""The controller's corrections (rows A1 to A27 of the posting rules), as far as one remittance can show them.

Each case gives the lines that the corrected rule books beside clearing and cash, and one line that the rule
would have booked before it was corrected: the case fails on the one as well as on the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import pytest

from hcfin.books import Books, builtin, load
from hcfin.identity import DEMO_KEYS, token
from hcfin.overlay import Layer
from hcfin.posting import Posting
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from posted import posted

CLEARED = {"cash.remit_clearing", "cash.eft_in_transit"}
LETTER = token(DEMO_KEYS, "claim", "LETTER7")

# The claim that most cases stand beside or are made of: 100.00 charged, and a line of 50.00 that pays 50.00.
PAID_LINE = "SVC*HC:99214*50*50"


class Case(NamedTuple):
    """`body` pays `paid`; `books` is TOML over the example books."""

    row: str
    paid: str
    body: tuple[str, ...]
    expected: tuple[str, ...]
    uncorrected: str
    issues: tuple[str, ...] = ()
    books: str = ""


def _claim(
    status: str, charged: str, paid: str, *rest: str, share: str = "", filing: str = "12"
) -> tuple[str, ...]:
    return (f"CLP*ACCT-1*{status}*{charged}*{paid}*{share}*{filing}*ICN1", *rest)


def _denied(code: str) -> tuple[str, ...]:
    return _claim("1", "100", "0", "SVC*HC:99213*100*0", f"CAS*CO*{code}*100")


def _beside(charge: str, *adjustments: str, share: str = "", filing: str = "12") -> tuple[str, ...]:
    """A line that pays nothing, beside the one that is paid."""
    total = f"{Decimal(charge) + 50}"
    line = f"SVC*HC:99213*{charge}*0"
    return _claim("1", total, "50", line, *adjustments, PAID_LINE, share=share, filing=filing)


CASES: dict[str, Case] = {
    # A denial is a status of the receivable; the table alone reached the result with these.
    **{
        f"A3 CO-{code}": Case(
            "A3",
            "0",
            _denied(code),
            (
                "credit ar.payer 100.00",
                f"debit ar.payer 100.00 ar_status=denied denial_class={name} next_step={step}",
            ),
            f"debit {wrong} 100.00",
        )
        for code, name, step, wrong in [
            ("29", "timely_filing", "approve_write_off", "revenue.adjustment.denial_final"),
            ("96", "not_covered", "approve_write_off", "revenue.adjustment.denial_final"),
            ("164", "timely_filing", "approve_write_off", "revenue.adjustment.denial_final"),
            ("256", "contract", "appeal", "revenue.adjustment.contractual"),
            ("35", "benefit_maximum", "appeal", "revenue.adjustment.contractual"),
            ("119", "benefit_maximum", "appeal", "revenue.adjustment.contractual"),
            ("233", "penalty", "appeal", "revenue.adjustment.penalty"),
            ("B4", "penalty", "appeal", "revenue.adjustment.penalty"),
            ("61", "penalty", "appeal", "revenue.adjustment.penalty"),
        ]
    },
    "A3 CO-213": Case(
        "A3",
        "50",
        _beside("100", "CAS*CO*213*100"),
        ("credit ar.payer 50.00",),
        "debit ar.payer 100.00 ar_status=denied denial_class=credentialing next_step=appeal",
        ("COMPLIANCE_HOLD",),
    ),
    # A group that contradicts the code: neither the provider's loss nor the patient's.
    "A4 CO-2": Case(
        "A4",
        "80",
        _claim("1", "100", "80", "CAS*CO*2*20"),
        ("credit ar.payer 80.00",),
        "debit revenue.adjustment.contractual 20.00",
        ("GROUP_CARC_MISMATCH",),
    ),
    "A4 PR-253": Case(
        "A4",
        "80",
        _claim("1", "100", "80", "CAS*PR*253*20", share="20"),
        ("credit ar.payer 80.00",),
        "debit ar.patient 20.00 patient_class=other",
        ("GROUP_CARC_MISMATCH",),
    ),
    "A4 hold under PR": Case(
        "A4",
        "80",
        _claim("1", "100", "80", "CAS*PR*16*20", share="20"),
        ("credit ar.payer 100.00", "debit ar.patient 20.00 billing_hold=true patient_class=other"),
        "debit ar.patient 20.00 patient_class=other statement_hold=coverage",
        ("PATIENT_BILLING_HELD",),
    ),
    # CO-45 over a whole charge: a denial where the claim pays nothing, a price where it is packaged.
    "A5 unpaid": Case(
        "A5",
        "0",
        _denied("45"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 100.00 ar_status=denied denial_class=full_charge_contractual next_step=appeal",
        ),
        "debit revenue.adjustment.contractual 100.00",
    ),
    "A5 packaged": Case(
        "A5",
        "50",
        _beside("100", "CAS*CO*45*100"),
        ("credit ar.payer 150.00", "debit revenue.adjustment.contractual 100.00"),
        "debit ar.payer 100.00 ar_status=denied denial_class=full_charge_contractual next_step=appeal",
        ("CO45_FULL_CHARGE",),
    ),
    "A5 balance billing": Case(
        "A5",
        "80",
        _claim("1", "100", "80", "CAS*PR*45*20", share="20"),
        ("credit ar.payer 100.00", "debit ar.patient 20.00 billing_hold=true patient_class=other"),
        "debit ar.patient 20.00 patient_class=non_covered statement_hold=coverage",
        ("PATIENT_BILLING_HELD",),
    ),
    # Bundled only into a line that is paid; the same line paid in part is not another.
    "A6 beside a paid line": Case(
        "A6",
        "50",
        _beside("100", "CAS*CO*97*100"),
        ("credit ar.payer 150.00", "debit revenue.adjustment.contractual 100.00 contractual_class=bundled"),
        "debit ar.payer 100.00 ar_status=denied denial_class=bundled next_step=appeal",
    ),
    "A6 no other line": Case(
        "A6",
        "80",
        _claim("1", "150", "80", "SVC*HC:99213*100*80", "CAS*CO*59*20", "SVC*HC:99214*50*0", "CAS*CO*50*50"),
        (
            "credit ar.payer 150.00",
            "debit ar.payer 20.00 ar_status=denied denial_class=bundled next_step=appeal",
            "debit ar.payer 50.00 ar_status=denied denial_class=medical_necessity next_step=appeal",
        ),
        "debit revenue.adjustment.contractual 20.00 contractual_class=bundled",
    ),
    "A6 without lines": Case(
        "A6",
        "80",
        _claim("1", "100", "80", "CAS*CO*236*20"),
        ("credit ar.payer 100.00", "debit revenue.adjustment.contractual 20.00 contractual_class=bundled"),
        "debit ar.payer 20.00 ar_status=denied denial_class=bundled next_step=appeal",
    ),
    "A6 PR-97": Case(
        "A6",
        "50",
        _beside("100", "CAS*PR*97*100", share="100"),
        ("credit ar.payer 150.00", "debit ar.patient 100.00 billing_hold=true patient_class=other"),
        "debit ar.patient 100.00 patient_class=non_covered statement_hold=coverage",
        ("PATIENT_BILLING_HELD",),
    ),
    "A6 CO-89": Case(
        "A6",
        "50",
        _beside("100", "CAS*CO*89*100"),
        ("credit ar.payer 50.00",),
        "debit revenue.adjustment.contractual 100.00 contractual_class=bundled",
        ("SPLIT_BILL",),
    ),
    # Capitated only if the books say so, for the day of service.
    "A7 unknown": Case(
        "A7",
        "0",
        _denied("24"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 100.00 ar_status=denied denial_class=coordination next_step=bill_other_payer",
        ),
        "debit revenue.adjustment.capitated_fee_for_service 100.00",
    ),
    "A7 capitated on the day": Case(
        "A7",
        "0",
        (
            *_claim("1", "100", "0", "DTM*232*20250110"),
            "SVC*HC:99213*100*0",
            "DTM*472*20250331",
            "CAS*CO*24*100",
        ),
        ("credit ar.payer 100.00", "debit revenue.adjustment.capitated_fee_for_service 100.00"),
        "debit ar.payer 100.00 ar_status=denied denial_class=coordination next_step=bill_other_payer",
        books="[payers.other]\ncapitated = [{ from = 2025-02-01, to = 2025-03-31 }]\n",
    ),
    "A7 the day after": Case(
        "A7",
        "0",
        (*_claim("1", "100", "0", "DTM*232*20250401"), "CAS*CO*24*100"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 100.00 ar_status=denied denial_class=coordination next_step=bill_other_payer",
        ),
        "debit revenue.adjustment.capitated_fee_for_service 100.00",
        books="[payers.other]\ncapitated = [{ to = 2025-03-31 }]\n",
    ),
    "A7 no day": Case(
        "A7",
        "0",
        _denied("24"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 100.00 ar_status=denied denial_class=coordination next_step=bill_other_payer",
        ),
        "debit revenue.adjustment.capitated_fee_for_service 100.00",
        books="[payers.other]\ncapitated = [{ from = 2025-02-01 }]\n",
    ),
    "A7 PR-24": Case(
        "A7",
        "80",
        _claim("1", "100", "80", "CAS*PR*24*20", share="20"),
        ("credit ar.payer 100.00", "debit ar.patient 20.00 billing_hold=true patient_class=other"),
        "debit ar.patient 20.00 patient_class=non_covered statement_hold=coverage",
        ("PATIENT_BILLING_HELD",),
    ),
    # A secondary claim without reason 23 waits: who says that 435.00 is not in the books already?
    "A8": Case(
        "A8",
        "65",
        _claim("2", "500", "65", "CAS*CO*45*435"),
        ("credit liability.unapplied_payer 65.00 issue=COB_MISSING_23",),
        "debit revenue.adjustment.contractual 435.00",
        ("COB_MISSING_23",),
    ),
    # Medicaid after Medicare: 75.00 are a coinsurance of Medicare, and no contract.
    "A9": Case(
        "A9",
        "0",
        _claim("2", "500", "0", "CAS*OA*23*425", "CAS*CO*45*75", filing="MC"),
        (),
        "debit revenue.adjustment.contractual 75.00",
        ("MEDICARE_INDIGENT_HELD",),
    ),
    "A9 reversed": Case(
        "A9",
        "0",
        (
            *_claim("2", "500", "65", "CAS*OA*23*425", "CAS*CO*45*10", filing="MC"),
            *_claim("22", "-500", "-65", "CAS*OA*23*-425", "CAS*CO*45*-10", filing="MC"),
        ),
        ("credit ar.payer 65.00", "debit ar.payer 65.00"),
        "credit revenue.adjustment.contractual 10.00",
        ("MEDICARE_INDIGENT_HELD", "MEDICARE_INDIGENT_HELD"),
    ),
    "A9 by policy": Case(
        "A9",
        "65",
        _claim("2", "500", "65", "CAS*OA*23*425", "CAS*CO*45*10", filing="MC"),
        ("credit ar.payer 75.00", "debit revenue.adjustment.contractual 10.00"),
        "credit ar.payer 65.00",
        books='[policy]\ncrossover_unknown = "post"\n',
    ),
    "A9 another first payer": Case(
        "A9",
        "65",
        _claim("2", "500", "65", "CAS*OA*23*425", "CAS*CO*45*10", filing="CI"),
        ("credit ar.payer 75.00", "debit revenue.adjustment.contractual 10.00"),
        "credit ar.payer 65.00",
    ),
    "A9 CO-303": Case(
        "A9",
        "65",
        _claim("2", "500", "65", "CAS*OA*23*425", "CAS*CO*303*10", filing="MC"),
        ("credit ar.payer 65.00",),
        "debit revenue.adjustment.contractual 10.00",
        ("MEDICARE_INDIGENT_HELD",),
    ),
    "A9 CO-303 as bad debt": Case(
        "A9",
        "65",
        _claim("2", "500", "65", "CAS*OA*23*425", "CAS*CO*303*10", filing="MC"),
        (
            "credit ar.payer 75.00",
            "debit revenue.adjustment.implicit_price_concession_medicare 10.00",
        ),
        "debit revenue.adjustment.contractual 10.00",
        books='[policy]\nmedicare_indigent = "bad_debt"\n',
    ),
    # The guard reads remarks of lines, MIA and MOA, precedes every rule, and only its own list counts.
    "A10 remark of a line": Case(
        "A10",
        "80",
        _claim("1", "100", "80", "SVC*HC:99213*100*80", "CAS*PR*2*20", "LQ*HE*N781", share="20"),
        ("credit ar.payer 80.00",),
        "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
        ("PATIENT_BILLING_BLOCKED",),
    ),
    "A10 remark of the claim, against a rule": Case(
        "A10",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", "MOA***N864", share="20"),
        ("credit ar.payer 80.00",),
        "debit ar.patient 20.00 patient_class=other",
        ("PATIENT_BILLING_BLOCKED",),
        books='[[rules]]\nid = "mine"\nwhen = { group = "PR" }\ntreatment = "patient_other"\n',
    ),
    "A10 an alert": Case(
        "A10",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", "MOA***MA18", share="20"),
        (
            "credit ar.payer 100.00",
            "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
        ),
        "credit ar.payer 80.00",
    ),
    "A10 a remark of the books": Case(
        "A10",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", "MOA***M27", share="20"),
        ("credit ar.payer 80.00",),
        "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
        ("PATIENT_BILLING_BLOCKED",),
        books='[policy]\nbilling_guard_rarc = ["M27"]\n',
    ),
    "A10 amounts of MOA": Case(
        "A10",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", "MOA**999", share="20"),
        (
            "credit ar.payer 100.00",
            "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
        ),
        "debit ar.patient 999.00 patient_class=coinsurance",
    ),
    # Where the patient's share goes.
    "A11 forwarded": Case(
        "A11",
        "80",
        _claim("19", "100", "80", "CAS*PR*2*20", share="20"),
        ("credit ar.payer 100.00", "debit ar.payer 20.00 patient_class=coinsurance"),
        "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
    ),
    "A11 next payer named": Case(
        "A11",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", "NM1*TT*2*NEXT PLAN*****PI*NEXT1", share="20"),
        ("credit ar.payer 100.00", "debit ar.payer 20.00 patient_class=coinsurance"),
        "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
    ),
    "A11 coverage unknown": Case(
        "A11",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", share="20"),
        (
            "credit ar.payer 100.00",
            "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
        ),
        "debit ar.patient 20.00 patient_class=coinsurance",
    ),
    "A11 billed by policy": Case(
        "A11",
        "80",
        _claim("1", "100", "80", "CAS*PR*2*20", share="20"),
        ("credit ar.payer 100.00", "debit ar.patient 20.00 patient_class=coinsurance"),
        "debit ar.patient 20.00 patient_class=coinsurance statement_hold=coverage",
        books='[policy]\ncoverage_unknown = "bill"\n',
    ),
    # A reversal is classified by its own negated adjustments, under its own groups.
    "A13 contractual and coinsurance": Case(
        "A13",
        "0",
        (
            *_claim("22", "-100", "-60", "SVC*HC:99213*-100*-60", "CAS*CO*45*-25", "CAS*PR*2*-15"),
            "CLP*ACCT-2*1*60*60**12*ICN2",
        ),
        (
            "debit ar.payer 100.00",
            "credit revenue.adjustment.contractual 25.00",
            "credit ar.patient 15.00 patient_class=coinsurance statement_hold=coverage",
            "credit ar.payer 60.00",
        ),
        "credit revenue.adjustment.contractual 40.00",
    ),
    "A13 bundled": Case(
        "A13",
        "0",
        (
            *_claim("22", "-150", "-50", "SVC*HC:99213*-100*0", "CAS*CO*97*-100", "SVC*HC:99214*-50*-50"),
            "CLP*ACCT-2*1*50*50**12*ICN2",
        ),
        (
            "debit ar.payer 150.00",
            "credit revenue.adjustment.contractual 100.00 contractual_class=bundled",
            "credit ar.payer 50.00",
        ),
        "credit ar.payer 100.00 ar_status=denied denial_class=bundled next_step=appeal",
    ),
    "A13 denial": Case(
        "A13",
        "0",
        (*_claim("22", "-100", "0", "SVC*HC:99213*-100*0", "CAS*CO*29*-100"),),
        (
            "debit ar.payer 100.00",
            "credit ar.payer 100.00 ar_status=denied denial_class=timely_filing next_step=approve_write_off",
        ),
        "credit revenue.adjustment.denial_final 100.00",
    ),
    # A recovery settles its liability by reference, whichever way it goes.
    "A14 WO takes": Case(
        "A14",
        "75",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*WO:LETTER7*5"),
        ("credit ar.payer 80.00", f"debit liability.payer_recoup 5.00 reference={LETTER}"),
        "debit ar.payer 5.00",
    ),
    "A14 WO gives": Case(
        "A14",
        "85",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*WO:LETTER7*-5"),
        ("credit ar.payer 80.00", f"credit liability.payer_recoup 5.00 reference={LETTER}"),
        "credit ar.payer 5.00",
    ),
    # §5.6, option 2: WO and 72 of one letter end at zero.
    "A14 letter": Case(
        "A14",
        "80",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*WO:LETTER7*588*72:LETTER7*-588"),
        (
            "credit ar.payer 80.00",
            f"debit liability.payer_recoup 588.00 reference={LETTER}",
            f"credit liability.payer_recoup 588.00 reference={LETTER}",
        ),
        "debit suspense 588.00",
    ),
    # MA130: nothing was adjudicated, so there is nothing to replace or appeal.
    "A22 MA130": Case(
        "A22",
        "0",
        (*_denied("16"), "LQ*HE*MA130"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 100.00 ar_status=denied denial_class=unprocessable next_step=new_claim",
        ),
        "debit ar.payer 100.00 ar_status=denied denial_class=billing_error next_step=rebill",
    ),
    "A22 without": Case(
        "A22",
        "0",
        (*_denied("16"), "LQ*HE*N179"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 100.00 ar_status=denied denial_class=billing_error next_step=rebill",
        ),
        "debit ar.payer 100.00 ar_status=denied denial_class=unprocessable next_step=new_claim",
    ),
    # PI has no contract behind it, OA nobody who owes it.
    "A23 PI-45": Case(
        "A23",
        "80",
        _claim("1", "100", "80", "CAS*PI*45*20"),
        ("credit ar.payer 100.00", "debit ar.payer 20.00 ar_status=underpaid next_step=dispute"),
        "debit revenue.adjustment.contractual 20.00",
    ),
    "A23 OA-45": Case(
        "A23",
        "80",
        _claim("1", "100", "80", "CAS*OA*45*20"),
        ("credit ar.payer 80.00",),
        "debit revenue.adjustment.contractual 20.00",
        ("ADJUSTMENT_HELD",),
    ),
    "A23 OA-147": Case(
        "A23",
        "80",
        _claim("1", "100", "80", "CAS*OA*147*20"),
        ("credit ar.payer 80.00",),
        "debit ar.payer 20.00 ar_status=denied denial_class=contract next_step=appeal",
        ("OA_UNASSIGNED",),
    ),
    # Capitation by month, levies, taxes, withholds and pass-through.
    **{
        f"A24 CT {reference or 'without a month'}": Case(
            "A24",
            "180",
            (*_claim("1", "80", "80"), f"PLB*1234567893*20251231*CT:{reference}*-100"),
            ("credit ar.payer 80.00", right),
            wrong,
        )
        for reference, right, wrong in [
            (
                "20250201",
                "credit liability.deferred_capitation 100.00 month=2025-02",
                "credit revenue.capitation 100.00 month=2025-02",
            ),
            (
                "2025-01",
                "credit revenue.capitation 100.00 month=2025-01",
                "credit liability.deferred_capitation 100.00 month=2025-01",
            ),
            ("PLAN9", "credit revenue.capitation 100.00", "credit liability.deferred_capitation 100.00"),
        ]
    },
    "A24 RA": Case(
        "A24",
        "70",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*RA:202411*10"),
        ("credit ar.payer 80.00", "debit revenue.capitation 10.00 month=2024-11"),
        "debit revenue.capitation 10.00",
    ),
    "A24 LE": Case(
        "A24",
        "70",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*LE:TESTLEVY*10"),
        ("credit ar.payer 80.00", "debit suspense 10.00 code=LE issue=PLB_HELD"),
        "debit liability.tax_levy 10.00",
        ("PLB_HELD",),
    ),
    "A24 IR": Case(
        "A24",
        "70",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*IR:TESTEIN*10"),
        ("credit ar.payer 80.00", "debit tax.recoverable 10.00"),
        "debit prepaid.tax_withheld 10.00",
    ),
    "A24 withheld": Case(
        "A24",
        "70",
        (*_claim("1", "100", "80", "CAS*CO*104*20"), "PLB*1234567893*20251231*E3:TESTREF*10"),
        (
            "credit ar.payer 100.00",
            "debit revenue.adjustment.contractual 20.00 contractual_class=withhold",
            "debit revenue.adjustment.contractual 10.00",
        ),
        "debit ar.payer_withhold 20.00",
    ),
    "A24 withheld as an asset": Case(
        "A24",
        "70",
        (*_claim("1", "100", "80", "CAS*CO*104*20"), "PLB*1234567893*20251231*E3:TESTREF*10"),
        ("credit ar.payer 100.00", "debit ar.payer_withhold 20.00", "debit ar.payer_withhold 10.00"),
        "debit revenue.adjustment.contractual 10.00",
        books='[policy]\nwithhold_basis = "asset"\n',
    ),
    "A24 pass-through": Case(
        "A24",
        "180",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*GO:TESTREF*-100"),
        ("credit ar.payer 80.00", "credit revenue.pass_through 100.00"),
        "credit ar.settlement 100.00",
    ),
    "A24 pass-through that was accrued": Case(
        "A24",
        "180",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*GO:TESTREF*-100"),
        ("credit ar.payer 80.00", "credit ar.settlement 100.00"),
        "credit revenue.pass_through 100.00",
        books='[policy]\npassthrough_basis = "accrued"\n',
    ),
    # Pennies that report something; a surcharge that is passed on; a rebate beside a forwarded balance.
    "A26 pennies": Case(
        "A26",
        "50",
        _beside("0.01", "CAS*CO*246*.01"),
        ("credit ar.payer 50.01", "debit revenue.adjustment.administrative 0.01"),
        "credit ar.payer 50.00",
    ),
    "A26 more than pennies": Case(
        "A26",
        "50",
        _beside("1.01", "CAS*CO*246*1.01"),
        ("credit ar.payer 50.00",),
        "debit revenue.adjustment.administrative 1.01",
        ("ADJUSTMENT_HELD",),
    ),
    "A26 surcharge passed on": Case(
        "A26",
        "105",
        _claim("1", "100", "105", "CAS*CO*137*-5"),
        ("credit ar.payer 100.00", "credit liability.tax_payable 5.00"),
        "credit expense.assessment 5.00",
    ),
    "A26 surcharge taken back": Case(
        "A26",
        "0",
        (*_claim("22", "-100", "-105", "CAS*CO*137*5"), "CLP*ACCT-2*1*105*105**12*ICN2"),
        ("debit ar.payer 100.00", "debit liability.tax_payable 5.00", "credit ar.payer 105.00"),
        "debit expense.assessment 5.00",
    ),
    "A26 surcharge kept by the payer, reversed": Case(
        "A26",
        "0",
        (*_claim("22", "-100", "-95", "CAS*CO*137*-5"), "CLP*ACCT-2*1*95*95**12*ICN2"),
        ("debit ar.payer 100.00", "credit expense.assessment 5.00", "credit ar.payer 95.00"),
        "credit liability.tax_payable 5.00",
    ),
    "A26 B2 beside FB": Case(
        "A26",
        "80",
        (*_claim("1", "80", "80"), "PLB*1234567893*20251231*B2:LETTER7*-5*FB:TEST0000*5"),
        (
            "credit ar.payer 80.00",
            f"credit liability.payer_recoup 5.00 reference={LETTER}",
            f"debit liability.payer_forward 5.00 reference={token(DEMO_KEYS, 'trace', 'TEST0000')}",
        ),
        "debit suspense 5.00",
    ),
    # Switches: a threshold for coding reviews, and patient denials with and without an advance notice.
    "A27 bundled over the threshold": Case(
        "A27",
        "50",
        _beside("5000.01", "CAS*CO*97*5000.01"),
        ("credit ar.payer 50.00",),
        "debit revenue.adjustment.contractual 5000.01 contractual_class=bundled",
        ("BUNDLED_OVER_THRESHOLD",),
    ),
    "A27 bundled over the threshold, posted": Case(
        "A27",
        "50",
        _beside("5000.01", "CAS*CO*97*5000.01"),
        (
            "credit ar.payer 5050.01",
            "debit revenue.adjustment.contractual 5000.01 contractual_class=bundled",
        ),
        "credit ar.payer 50.00",
        books='[policy]\nbundled_over_threshold = "post"\n',
    ),
    **{
        f"A27 PR-{code} {words}": Case(
            "A27",
            "50",
            _claim(
                "1",
                "150",
                "50",
                f"SVC*HC:99213{modifier}*100*0",
                f"CAS*PR*{code}*100",
                PAID_LINE,
                share="100",
            ),
            ("credit ar.payer 150.00", f"debit ar.patient 100.00 {right}"),
            f"debit ar.patient 100.00 {wrong}",
            issues,
            books,
        )
        for code, words, modifier, books, right, wrong, issues in [
            *(
                (
                    code,
                    "without notice",
                    "",
                    "",
                    "billing_hold=true patient_class=non_covered",
                    "patient_class=non_covered statement_hold=coverage",
                    ("PATIENT_BILLING_HELD",),
                )
                for code in ("27", "31", "50", "96", "204")
            ),
            (
                "50",
                "with notice",
                ":GA",
                "",
                "patient_class=non_covered statement_hold=coverage",
                "billing_hold=true patient_class=non_covered",
                (),
            ),
            (
                "50",
                "by policy",
                "",
                "[policy]\npr_denial_hold = false\n",
                "patient_class=non_covered statement_hold=coverage",
                "billing_hold=true patient_class=non_covered",
                (),
            ),
        ]
    },
    "A27 interest": Case(
        "A27",
        "83",
        (*_claim("1", "80", "80", "AMT*I*3"), "PLB*1234567893*20251231*L6*-3"),
        ("credit ar.payer 80.00", "credit other.payer_interest 3.00"),
        "credit revenue.adjustment.contractual 3.00",
    ),
    "A27 209": Case(
        "A27",
        "80",
        _claim("1", "100", "80", "CAS*OA*209*20"),
        (
            "credit ar.payer 100.00",
            "debit ar.payer 20.00 ar_status=pending billing_hold=true next_step=bill_next_payer",
        ),
        "debit ar.patient 20.00 patient_class=other",
    ),
}


def _books(text: str) -> Books:
    return load((builtin("example.toml"), Layer("own.toml", text)))


_SHOWN = {"group", "reason", "sequence"}


def _told(posting: Posting) -> Iterator[str]:
    for document in posting.documents:
        if document.kind != "journal_entry":
            continue
        for line in document.gl_lines:
            if line.role not in CLEARED:
                tags = " ".join(f"{name}={value}" for name, value in line.tags if name not in _SHOWN)
                yield f"{line.side} {line.role} {line.amount:f} {tags}".rstrip()


@pytest.mark.parametrize("name", CASES)
def test_correction(name: str) -> None:
    case = CASES[name]
    posting = posted(Decimal(case.paid), *case.body, books=_books(case.books))
    told = Counter(_told(posting))
    assert told == Counter(case.expected)
    assert case.uncorrected not in told
    codes = [issue.code for issue in posting.issues if issue.code != "NOTHING_TO_POST"]
    assert codes == list(case.issues)
    for document in posting.documents:
        assert_balanced(document)
    assert_clearing_zero(posting.documents)


def test_every_row_that_a_remittance_shows_has_a_case() -> None:
    """A1, A2, A15, A16 and A21 have tests of their own; the other rows need what earlier remittances said,
    or are not about an 835."""
    assert {case.row for case in CASES.values()} == {
        f"A{number}" for number in (3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 22, 23, 24, 26, 27)
    }


# A1, A2, A15, A21: what the whole remittance decides


def _by_role(posting: Posting) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for document in posting.documents:
        assert_balanced(document)
        for line in document.gl_lines:
            key = f"{line.side} {line.role}"
            sums[key] = sums.get(key, Decimal(0)) + line.amount
    assert_clearing_zero(posting.documents)
    return {key: f"{amount:f}" for key, amount in sums.items()}


def test_a1_one_date_for_adjustments_and_cash() -> None:
    """Produced on 15 January, effective on 2 February: one date, or clearing is open over the close."""
    posting = posted(Decimal(80), *_claim("1", "100", "80", "CAS*CO*45*20"), effective="20250202")
    (journal,) = (document for document in posting.documents if document.kind == "journal_entry")
    cash = next(line for line in journal.gl_lines if line.role == "cash.eft_in_transit")
    assert cash.amount == 80
    assert journal.gl_date.isoformat() == "2025-01-15"
    assert journal.settlement_date.isoformat() == "2025-02-02"


def test_a1_the_whole_remittance_on_the_date_of_the_money() -> None:
    """The switch bank_value_date: 80.00 are never in transit over the close of January."""
    switch = _books('[policy]\npayer_cash_recognition = "bank_value_date"\n')
    posting = posted(
        Decimal(80), *_claim("1", "100", "80", "CAS*CO*45*20"), books=switch, effective="20250202"
    )
    (journal,) = (document for document in posting.documents if document.kind == "journal_entry")
    assert journal.gl_date.isoformat() == journal.settlement_date.isoformat() == "2025-02-02"
    moves_none = posted(Decimal(0), *_denied("50"), books=switch, effective="20250202")
    assert moves_none.documents[0].gl_date.isoformat() == "2025-01-15", "no money, no date of money"


PERPETUAL = """
[policy]
allowance_method = "perpetual"
[chart]
"ar.allowance.contractual" = "1190"
"ar.allowance.denial" = "1191"
"ar.allowance.implicit_price_concession" = "1192"
"ar.allowance.charity" = "1193"
"ar.allowance.credit_loss" = "1194"
"""


def test_a19_write_offs_use_the_allowances_that_were_set_up() -> None:
    """20.00 by contract and 50.00 finally denied: auto_reverse would reduce revenue, which allowances have
    reduced before."""
    final = PERPETUAL.replace("[chart]", "denial_final_auto = true\n[chart]")
    body = _claim(
        "1", "150", "80", "SVC*HC:99213*100*80", "CAS*CO*45*20", "SVC*HC:99213*50*0", "CAS*CO*29*50"
    )
    kept, reversed_ = (_by_role(posted(Decimal(80), *body, books=_books(text))) for text in (final, ""))
    assert (kept["debit ar.allowance.contractual"], kept["debit ar.allowance.denial"]) == ("20.00", "50.00")
    assert not [role for role in kept if "revenue.adjustment" in role]
    assert reversed_["debit revenue.adjustment.contractual"] == "20.00"
    sequestered = _by_role(
        posted(Decimal(80), *_claim("1", "100", "80", "CAS*CO*253*20"), books=_books(PERPETUAL))
    )
    assert sequestered["debit revenue.adjustment.sequestration"] == "20.00", "no allowance is kept for it"


def test_a2_what_is_parked_carries_its_issue_and_clears() -> None:
    """A suspended claim of 60.00, a takeback of 10.00 and an unknown adjustment of 5.00."""
    posting = posted(
        Decimal(45),
        *_claim("2", "100", "60", "CAS*CO*45*40"),
        "CLP*ACCT-2*23*-10*-10**12*ICN2",
        "PLB*1234567893*20251231*ZZ:TESTREF*5",
    )
    told = set(_told(posting))
    assert told >= {
        "credit liability.unapplied_payer 60.00 issue=COB_MISSING_23",
        "debit suspense 10.00 issue=CLAIM_STATUS_PAID",
        "debit suspense 5.00 code=ZZ issue=PLB_UNKNOWN",
    }
    assert _by_role(posting)["debit cash.eft_in_transit"] == "45.00"


def test_a15_shadow_claims_credit_no_receivable() -> None:
    """80.00 are told and not paid: suspense takes them from clearing, and J1 gives them back."""
    body = (*_claim("1", "100", "80", "CAS*CO*45*20"), "PLB*1234567893*20251231*J1:TESTREF*80")
    posting = posted(Decimal(0), *body)
    assert _by_role(posting) == {
        "debit cash.remit_clearing": "80.00",
        "credit suspense": "80.00",
        "debit suspense": "80.00",
        "credit cash.remit_clearing": "80.00",
    }
    assert {dict(line.tags).get("issue") for line in posting.documents[0].gl_lines} == {None, "SHADOW_CLAIM"}
    assert [issue.code for issue in posting.issues] == ["SHADOW_CLAIM"]
    ends = {(end.origin.element, f"{end.amount:f}"): str(end.outcome) for end in posting.dispositions}
    assert ends["CLP04", "80.00"] == "posted"
    assert ends["CLP03", "100.00"] == ends["CAS03", "20.00"] == "suspended"
    assert len(posting.documents) == 1, "no receipt for what is not paid"


def test_a15_which_claims_are_shadows_nobody_says() -> None:
    """Two claims of 80.00 and 50.00, 80.00 taken back out: both wait, 50.00 are left in suspense."""
    posting = posted(
        Decimal(50),
        *_claim("1", "100", "80", "CAS*CO*45*20"),
        *("CLP*ACCT-2*1*60*50**12*ICN2", "CAS*CO*999*10"),
        "PLB*1234567893*20251231*J1:TESTREF*80",
    )
    told = _by_role(posting)
    assert (told["credit suspense"], told["debit suspense"]) == ("130.00", "80.00")
    assert "credit ar.payer" not in told
    assert {str(end.outcome) for end in posting.dispositions if end.origin.element == "CAS03"} == {
        "suspended"
    }


@pytest.mark.parametrize(
    ("reference", "role"),
    [
        ("TESTREF", "revenue.adjustment.penalty"),
        ("LR2024", "expense.penalty"),
        ("", "revenue.adjustment.penalty"),
    ],
)
def test_a_late_cost_report_is_an_expense(reference: str, role: str) -> None:
    """A late charge of 5.00: for a late claim it lowers the price, for a late cost report it does not."""
    body = (*_claim("1", "100", "80", "CAS*CO*45*20"), f"PLB*1234567893*20251231*50:{reference}*5")
    told = _by_role(posted(Decimal(75), *body))
    assert told[f"debit {role}"] == "5.00"


def test_a15_books_that_know_j1_post_it() -> None:
    own = '[provider_adjustments.J1]\nrole_positive = "ar.payer"\nrole_negative = "ar.payer"\n'
    body = (*_claim("1", "100", "80", "CAS*CO*45*20"), "PLB*1234567893*20251231*J1:TESTREF*80")
    told = _by_role(posted(Decimal(0), *body, books=_books(own)))
    assert (told["credit ar.payer"], told["debit ar.payer"]) == ("100.00", "80.00")


def test_a15_without_an_account_for_suspense_nothing_is_posted() -> None:
    own = '[dimensions.d]\nfrom = "claim.drg"\non = ["suspense"]\nrequired = true\n'
    body = (*_claim("1", "100", "80", "CAS*CO*45*20"), "PLB*1234567893*20251231*J1:TESTREF*80")
    posting = posted(Decimal(0), *body, books=_books(own))
    assert not posting.documents
    assert [issue.code for issue in posting.issues] == ["DIMENSION_UNMAPPED"]


def test_a21_zero_payments_of_one_trace_are_two() -> None:
    """Traces of remittances without money repeat: their sums tell them apart."""
    first, second = (
        posted(
            Decimal(0),
            *_claim("1", "100", paid, f"CAS*CO*45*{100 - int(paid)}"),
            f"PLB*1234567893*20251231*WO:LETTER7*{paid}",
        )
        for paid in ("80", "70")
    )
    assert first.documents[0].id != second.documents[0].id


@pytest.mark.parametrize(("handling", "code"), [("P", "PRENOTE"), ("D", "PAYMENT_ORDER")])
def test_what_is_no_source_for_posting(handling: str, code: str) -> None:
    """§6.6."""
    posting = posted(Decimal(80), *_claim("1", "80", "80"), handling=handling)
    assert not posting.documents
    assert [issue.code for issue in posting.issues] == [code]


def test_h_and_non_announce_no_cash() -> None:
    """§6.6: adjustments are posted, cash is not."""
    told = _by_role(posted(Decimal(0), *_claim("1", "100", "0", "CAS*CO*45*60", "CAS*PR*1*40", share="40")))
    assert "debit cash.eft_in_transit" not in told
    assert told["debit revenue.adjustment.contractual"] == "60.00"
