"""Each row of the code tables posts what it says: expected lines come from the tables and from default.toml
as plain data, never from hcfin's engine. For each of them receivables roll forward and cash is proven."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

import pytest

import hcfin
from code_tables import GROUPS, TREATMENTS, by_code, default_books, dispositions, rows
from hcfin.books import Books
from hcfin.identity import DEMO_KEYS, token
from hcfin.posting import Outcome, Posting, post
from hcfin.reconcile import cash_proof, roll_forward

CONTEXT = hcfin.Context(keys=DEMO_KEYS)
BOOKS = hcfin.load_books()
CARC, STATUS, PLB = by_code("carc"), by_code("claim_status"), by_code("plb")
ISSUES = dispositions()
KEPT_OPEN = {code for code, disposition in ISSUES.items() if disposition == "keep_open"}


class Line(NamedTuple):
    """What is compared of a journal line."""

    side: str
    role: str
    amount: str
    tags: tuple[tuple[str, str], ...] = ()


def _line(role: str, amount: Decimal, **tags: str) -> Line:
    """A positive amount is a debit."""
    side = "debit" if amount > 0 else "credit"
    return Line(side, role, f"{abs(amount):.2f}", tuple(sorted(tags.items())))


def _post(payment: Decimal, *body: str, books: Books = BOOKS) -> Posting:
    """One remittance of these segments."""
    handling, method = ("I", "ACH") if payment else ("H", "NON")
    segments = [
        "ST*835*0001",
        f"BPR*{handling}*{payment}*C*{method}************20250115",
        "TRN*1*TEST0001*1999999999",
        "DTM*405*20250115",
        "N1*PR*TEST PAYER",
        "N1*PE*TEST HOSPITAL*XX*1234567893",
        "LX*1",
        *body,
    ]
    head = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'TESTPAYER':15}*ZZ*{'TESTHOSPITAL':15}*250115*0900*^*00501*000000001"
    )
    group = "*0*T*:~GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1~"
    trailer = f"SE*{len(segments) + 1}*0001~GE*1*1~IEA*1*000000001~"
    reading = hcfin.read((head + group + "".join(f"{segment}~" for segment in segments) + trailer).encode())
    assert not reading.issues, [str(issue) for issue in reading.issues]
    posting = post(reading, books, context=CONTEXT)
    assert all(forward.foots for forward in roll_forward(posting.documents))
    assert all(proof.holds for proof in cash_proof(posting.documents))
    return posting


def _lines(posting: Posting) -> Counter[Line]:
    journal = [document for document in posting.documents if document.kind == "journal_entry"]
    return Counter(
        Line(line.side, line.role, f"{line.amount:f}", tuple(line.tags))
        for document in journal
        for line in document.gl_lines
    )


def _cash(payment: Decimal) -> list[Line]:
    return [_line("cash.eft_in_transit", payment), _line("cash.remit_clearing", -payment)] if payment else []


def _tags(group: str, code: str, treatment: str, sequence: str) -> dict[str, str]:
    found = TREATMENTS[treatment]
    tags = {"group": group, "reason": code, **found.get("tags", {})}
    if tags.get("ar_status") == "denied" and CARC[code]["class"]:
        tags["denial_class"] = CARC[code]["class"]
    if found["role"] == "ar.payer" and sequence:
        tags["sequence"] = sequence
    return tags


# Reason codes: a line of 100.00 of which 20.00 are adjusted, up or down

SIGNS = {"reduces": Decimal(20), "raises": Decimal(-20)}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("code", CARC)
def test_reason_code(code: str, sign: str) -> None:
    amount = SIGNS[sign]
    for group in GROUPS:
        if CARC[code]["negative"] and amount < 0 and group == "CO":
            continue  # the treatment for negative amounts is in the table, and not read by posting yet
        _check_reason(group, code, amount)


def _check_reason(group: str, code: str, amount: Decimal) -> None:
    treatment = CARC[code][group]
    found = TREATMENTS[treatment]
    if code == "101":
        _check_quotation(group)
        return
    paid = 100 - amount
    share = amount if group == "PR" else ""
    posting = _post(
        paid,
        f"CLP*ACCT-1*1*100*{paid}*{share}*12*ICN1",
        f"SVC*HC:99213*100*{paid}",
        f"CAS*{group}*{code}*{amount}",
    )
    posted = "role" in found
    expected = [
        *_cash(paid),
        _line("cash.remit_clearing", paid),
        _line("ar.payer", -(paid + amount) if posted else -paid, sequence="1"),
    ]
    if posted:
        expected.append(_line(found["role"], amount, **_tags(group, code, treatment, "1")))
    where = f"{group}-{code} is {treatment}"
    assert _lines(posting) == Counter(expected), where
    issue = found.get("issue", "")
    assert [raised.code for raised in posting.issues] == ([issue] if issue else []), where
    (end,) = (end for end in posting.dispositions if end.amount == amount and end.origin.element == "CAS03")
    outcome = Outcome.KEPT_OPEN if issue in KEPT_OPEN else Outcome.INFORMATIONAL
    assert end.outcome == (Outcome.POSTED if posted else outcome), where
    assert end.rule == f"{group}-{code}", where


def _check_quotation(group: str) -> None:
    """A predetermination pays nothing and adjusts all of it."""
    posting = _post(
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
    posting = _post(payment, *claim, f"PLB*1234567893*20251231*{code}:TESTREF*{amount}")
    tags, issues, role = {}, [], row["role_positive" if amount > 0 else "role_negative"]
    if row["disposition"] == "suspense":
        role = default_books()["postings"]["suspended_provider_adjustment"]["role"]
        tags, issues = {"code": code, "issue": "PLB_UNKNOWN"}, ["PLB_UNKNOWN"]
    elif row["reference"] != "none":
        tags = {"reference": token(DEMO_KEYS, row["reference"], "TESTREF")}
    expected = [
        *_cash(payment),
        _line("cash.remit_clearing", Decimal(80)),
        _line("cash.remit_clearing", -amount),
        _line("ar.payer", Decimal(-100), sequence="1"),
        _line("revenue.adjustment.contractual", Decimal(20), group="CO", reason="45"),
        _line(role, amount, **tags),
    ]
    assert _lines(posting) == Counter(expected)
    assert [issue.code for issue in posting.issues] == issues


# Claim statuses: of 100.00 a prior payer has dealt with 50.00 where there is one; 20.00 are the patient's


@pytest.mark.parametrize("status", STATUS)
def test_claim_status(status: str) -> None:
    row = STATUS[status]
    if row["effect"] != "post":
        posting = _post(Decimal(0), f"CLP*ACCT-1*{status}*100*0*20*12*ICN1", "CAS*CO*45*80", "CAS*PR*1*20")
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
        expected += [
            _line("cash.remit_clearing", paid),
            _line("ar.payer", -(100 - prior) * factor, **settled),
            _line("revenue.adjustment.contractual", 10 * factor, group="CO", reason="45"),
            _line(
                deductible["role_forwarded" if moved else "role"],
                20 * factor,
                **(tags | {"sequence": str(int(sequence) + 1)} if moved else tags),
            ),
        ]
    posting = _post(total, *body)
    assert _lines(posting) == Counter([*_cash(total), *expected])
    assert not posting.issues


# What the tables leave to the rules of the books


def test_bundled_into_nothing_is_denied() -> None:
    """A6: each bundled code on a claim that pays nothing stays open, until the paid service is found."""
    bundled = [row["code"] for row in rows("carc") if row["CO"] == "bundled"]
    assert len(bundled) == 10
    for code in bundled:
        posting = _post(Decimal(0), "CLP*ACCT-1*1*100*0**12*ICN1", "SVC*HC:99213*100*0", f"CAS*CO*{code}*100")
        tags = {"group": "CO", "reason": code, "ar_status": "denied", "next_step": "appeal", "sequence": "1"}
        assert _lines(posting) == Counter(
            [
                _line("ar.payer", Decimal(-100), sequence="1"),
                _line("ar.payer", Decimal(100), denial_class="bundled", **tags),
            ]
        )


@pytest.mark.parametrize(("remark", "next_step"), [("MA130", "new_claim"), ("N179", "rebill")])
def test_what_could_not_be_processed_is_claimed_anew(remark: str, next_step: str) -> None:
    """A22: with MA130 nothing was adjudicated, a new claim follows; without it a replacement."""
    posting = _post(
        Decimal(0),
        "CLP*ACCT-1*1*100*0**12*ICN1",
        "SVC*HC:99213*100*0",
        "CAS*CO*16*100",
        f"LQ*HE*{remark}",
    )
    (denied,) = (line for line in _lines(posting) if line.side == "debit")
    assert dict(denied.tags)["next_step"] == next_step


def test_capitation_is_a_rule_of_the_books(tmp_path) -> None:
    """A7: only a rule knows that a payer pays by capitation."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[[rules]]\nid = "capitated"\nwhen = { reason = "24", group = "CO" }\ntreatment = "capitated"\n'
    )
    books = hcfin.load_books("example", own)
    posting = _post(
        Decimal(80), "CLP*ACCT-1*1*100*80**12*ICN1", "SVC*HC:99213*100*80", "CAS*CO*24*20", books=books
    )
    (adjusted,) = (line for line in _lines(posting) if line.amount == "20.00")
    assert adjusted == _line(TREATMENTS["capitated"]["role"], Decimal(20), group="CO", reason="24")
