"""Each row of the code tables posts what it says: expected lines come from the tables and from default.toml,
read as plain data, never from hcfin's engine. For each receivables roll forward and cash is proven."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from code_tables import GROUPS, TREATMENTS, by_code, default_books, dispositions, rows
from hcfin.identity import DEMO_KEYS, token
from hcfin.posting import Outcome
from posted import cash, line, lines, posted

POLICY = default_books()["policy"]
CARC, STATUS, PLB = by_code("carc"), by_code("claim_status"), by_code("plb")
ISSUES = dispositions()
KEPT_OPEN = {code for code, disposition in ISSUES.items() if disposition == "keep_open"}


def _treatment(group: str, code: str, amount: Decimal) -> str:
    """The treatment that the row names, as the switches of the default books change it."""
    row = CARC[code]
    if group == "CO" and amount < 0 and row["negative"]:
        return row["negative"]
    held = group == "PR" and row["policy"] == "pr_denial_hold" and POLICY["pr_denial_hold"]
    return "patient_denial_hold" if held else row[group]


def _tags(group: str, code: str, treatment: str, sequence: str) -> dict[str, str]:
    found = TREATMENTS[treatment]
    tags = {"group": group, "reason": code, **found.get("tags", {})}
    if tags.get("ar_status") == "denied" and CARC[code]["class"]:
        tags["denial_class"] = CARC[code]["class"]
    if found["role"] == "ar.patient" and "role_forwarded" in found and "billing_hold" not in tags:
        assert POLICY["coverage_unknown"] == "hold"
        tags["statement_hold"] = "coverage"
    if found["role"] == "ar.payer" and sequence:
        tags["sequence"] = sequence
    return tags


# Reason codes: a line of 100.00 of which 20.00 are adjusted, up or down, beside one of 50.00 that is paid

SIGNS = {"reduces": Decimal(20), "raises": Decimal(-20)}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("code", CARC)
def test_reason_code(code: str, sign: str) -> None:
    amount = SIGNS[sign]
    for group in GROUPS:
        _check_reason(group, code, amount)


def _check_reason(group: str, code: str, amount: Decimal) -> None:
    treatment = _treatment(group, code, amount)
    found = TREATMENTS[treatment]
    if code == "101":
        _check_quotation(group)
        return
    paid = 150 - amount
    share = amount if group == "PR" else ""
    posting = posted(
        paid,
        f"CLP*ACCT-1*1*150*{paid}*{share}*12*ICN1",
        f"SVC*HC:99213*100*{paid - 50}",
        f"CAS*{group}*{code}*{amount}",
        "SVC*HC:99214*50*50",
    )
    moves = "role" in found
    expected = [
        *cash(paid),
        line("cash.remit_clearing", paid),
        line("ar.payer", -(paid + amount) if moves else -paid, sequence="1"),
    ]
    if moves:
        expected.append(line(found["role"], amount, **_tags(group, code, treatment, "1")))
    where = f"{group}-{code} is {treatment}"
    assert lines(posting) == Counter(expected), where
    issue = found.get("issue", "")
    assert [raised.code for raised in posting.issues] == ([issue] if issue else []), where
    (end,) = (end for end in posting.dispositions if end.amount == amount and end.origin.element == "CAS03")
    outcome = Outcome.KEPT_OPEN if issue in KEPT_OPEN else Outcome.INFORMATIONAL
    assert end.outcome == (Outcome.POSTED if moves else outcome), where
    assert end.rule == ("pr-denial-hold" if treatment == "patient_denial_hold" else f"{group}-{code}"), where


def _check_quotation(group: str) -> None:
    """A predetermination pays nothing and adjusts all of it."""
    posting = posted(
        Decimal(0),
        f"CLP*ACCT-1*1*100*0*{100 if group == 'PR' else ''}*12*ICN1",
        "SVC*HC:99213*100*0",
        f"CAS*{group}*101*100",
    )
    assert not posting.documents
    assert {end.outcome for end in posting.dispositions} == {Outcome.INFORMATIONAL}
    assert [issue.code for issue in posting.issues] == ["PREDETERMINATION", "NOTHING_TO_POST"]


def test_sets_of_codes_are_not_empty() -> None:
    """These tests are made from tables: one that cannot be read must not pass for one that is right."""
    assert (len(CARC), len(STATUS), len(PLB)) == (296, 17, 41)


# Provider adjustments: beside a claim that pays 80.00, in both signs


@pytest.mark.parametrize("amount", [Decimal(5), Decimal(-5)], ids=["takes", "gives"])
@pytest.mark.parametrize("code", PLB)
def test_provider_adjustment(code: str, amount: Decimal) -> None:
    row = PLB[code]
    payment = 80 - amount
    claim = ["CLP*ACCT-1*1*100*80**12*ICN1", "CAS*CO*45*20"]
    if code == "L6":  # interest is told with the claim, too
        claim.append(f"AMT*I*{-amount}")
    posting = posted(payment, *claim, f"PLB*1234567893*20251231*{code}:TESTREF*{amount}")
    tags, role = {}, row["role_positive" if amount > 0 else "role_negative"]
    if row["disposition"] == "suspense":
        role = default_books()["postings"]["suspended_provider_adjustment"]["role"]
        tags = {"code": code, "issue": row["issue"]}
    elif row["reference"] != "none":
        tags = {"reference": token(DEMO_KEYS, row["reference"], "TESTREF")}
    expected = [
        *cash(payment),
        line("cash.remit_clearing", Decimal(80)),
        line("cash.remit_clearing", -amount),
        line("ar.payer", Decimal(-100), sequence="1"),
        line("revenue.adjustment.contractual", Decimal(20), group="CO", reason="45"),
        line(role, amount, **tags),
    ]
    if row["issue"] == "SHADOW_CLAIM":  # what the claim tells is not paid: it waits in suspense
        expected[-3:-1] = [line("suspense", Decimal(-80), issue="SHADOW_CLAIM")]
    assert lines(posting) == Counter(expected)
    issues = {row["issue"]} - {""}
    if row["issue"] == "PLB_UNPAIRED" and amount > 0:
        issues = set()  # it is the given half that needs another
    usual = {"+": amount > 0, "-": amount < 0, "+-": True}[row["sign"]]
    assert {issue.code for issue in posting.issues} == issues | (set() if usual else {"PLB_SIGN"})


# Claim statuses: of 100.00 a prior payer has dealt with 50.00 where there is one; 20.00 are the patient's


@pytest.mark.parametrize("status", STATUS)
def test_claim_status(status: str) -> None:
    row = STATUS[status]
    if row["effect"] != "post":
        posting = posted(Decimal(0), f"CLP*ACCT-1*{status}*100*0*20*12*ICN1", "CAS*CO*45*80", "CAS*PR*1*20")
        code = {"pending": "CLAIM_PENDING", "information": "PREDETERMINATION"}[row["effect"]]
        outcome = {"pending": Outcome.KEPT_OPEN, "information": Outcome.INFORMATIONAL}[row["effect"]]
        assert not posting.documents
        assert [issue.code for issue in posting.issues] == [code, "NOTHING_TO_POST"]
        adjusted = [end for end in posting.dispositions if end.origin.element == "CAS03"]
        assert [end.outcome for end in adjusted] == [outcome] * 2
        return
    prior = Decimal(50 if row["sequence"] in {"2", "3"} else 0)
    # A reversal takes back what a first claim in the same remittance gives.
    claims = [("1", Decimal(1)), (status, Decimal(-1))] if status == "22" else [(status, Decimal(1))]
    body, expected, total = [], [], Decimal(0)
    for number, (each, factor) in enumerate(claims, start=1):
        paid = (70 - prior) * factor
        total += paid
        share = 20 if factor > 0 else ""
        body += [f"CLP*ACCT-{number}*{each}*{100 * factor}*{paid}*{share}*12*ICN{number}"]
        body += [f"CAS*OA*23*{prior * factor}"] if prior else []
        body += [f"CAS*CO*45*{10 * factor}", f"CAS*PR*1*{20 * factor}"]
        sequence = STATUS[each]["sequence"]
        settled = {"sequence": sequence} if sequence else {}
        deductible = TREATMENTS["patient_deductible"]
        moved = STATUS[each]["forwarded"] == "yes"
        tags = {"group": "PR", "reason": "1", **deductible["tags"]}
        tags |= {} if moved else {"statement_hold": "coverage"}
        expected += [
            line("cash.remit_clearing", paid),
            line("ar.payer", -(100 - prior) * factor, **settled),
            line("revenue.adjustment.contractual", 10 * factor, group="CO", reason="45"),
            line(
                deductible["role_forwarded" if moved else "role"],
                20 * factor,
                **(tags | {"sequence": str(int(sequence) + 1)} if moved else tags),
            ),
        ]
    posting = posted(total, *body)
    assert lines(posting) == Counter([*cash(total), *expected])
    assert not posting.issues


# What the tables leave to the rules of the books


def test_bundled_into_nothing_is_denied() -> None:
    """A6: each bundled code where no other line is paid stays open, until the paid service is found."""
    bundled = [row["code"] for row in rows("carc") if row["CO"] == "bundled"]
    assert len(bundled) == 10
    for code in bundled:
        claim = ["CLP*ACCT-1*1*100*0**12*ICN1", "SVC*HC:99213*100*0", f"CAS*CO*{code}*100"]
        posting = posted(Decimal(0), *claim)
        tags = {"group": "CO", "reason": code, "ar_status": "denied", "next_step": "appeal", "sequence": "1"}
        assert lines(posting) == Counter(
            [
                line("ar.payer", Decimal(-100), sequence="1"),
                line("ar.payer", Decimal(100), denial_class="bundled", **tags),
            ]
        )


@pytest.mark.parametrize(("remark", "next_step"), [("MA130", "new_claim"), ("N179", "rebill")])
def test_what_could_not_be_processed_is_claimed_anew(remark: str, next_step: str) -> None:
    """A22: with MA130 nothing was adjudicated, a new claim follows; without it a replacement."""
    posting = posted(
        Decimal(0),
        "CLP*ACCT-1*1*100*0**12*ICN1",
        "SVC*HC:99213*100*0",
        "CAS*CO*16*100",
        f"LQ*HE*{remark}",
    )
    (denied,) = (one for one in lines(posting) if one.side == "debit")
    assert dict(denied.tags)["next_step"] == next_step
