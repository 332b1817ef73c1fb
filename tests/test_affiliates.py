"""A16: a remittance to one entity with money of another: clearing is zero in each, each books its own."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

import hcfin
from hcfin.books import Books, builtin, load
from hcfin.overlay import Layer
from hcfin.posting import Posting
from hcfin.testing.laws import assert_balanced, assert_clearing_zero
from posted import posted, written
from test_proof import checker, proofs

PARENT, CLINIC = "1234567893", "1987654328"
ENTITIES = f"""
[entities.main]
catch_all = false
npi = ["{PARENT}"]
[entities.clinic]
npi = ["{CLINIC}"]
tin = ["987654321"]
"""
OWN = ("CLP*ACCT-1*1*100*80**12*ICN1", "CAS*CO*45*20")
AFFILIATES = ("CLP*ACCT-2*1*200*150**12*ICN2", "CAS*CO*45*50")
PROVIDER = f"NM1*82*2*TEST CLINIC*****XX*{CLINIC}"


def _books(more: str = "") -> Books:
    return load((builtin("example.toml"), Layer("entities.toml", ENTITIES + more)))


def _told(posting: Posting) -> dict[str, dict[str, str]]:
    """Entity: side and role: amount."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for document in posting.documents:
        assert_balanced(document)
        for line in document.gl_lines:
            sums[document.entity][f"{line.side} {line.role}"] += line.amount
    assert_clearing_zero(posting.documents)
    return {entity: {key: f"{amount:f}" for key, amount in found.items()} for entity, found in sums.items()}


def _cleared(posting: Posting) -> dict[str, Decimal]:
    net: dict[str, Decimal] = defaultdict(Decimal)
    for document in posting.documents:
        for line in document.gl_lines:
            if line.role == "cash.remit_clearing":
                net[document.entity] += line.amount if line.side == "debit" else -line.amount
    return dict(net)


def test_a_claim_of_an_affiliate() -> None:
    """230.00 come to main, 150.00 of them for the clinic: it books its claim, and main owes it."""
    posting = posted(Decimal(230), *OWN, *AFFILIATES, PROVIDER, books=_books())
    assert not posting.issues
    assert _told(posting) == {
        "main": {
            "debit cash.eft_in_transit": "230.00",
            "credit cash.remit_clearing": "230.00",
            "debit cash.remit_clearing": "230.00",
            "debit revenue.adjustment.contractual": "20.00",
            "credit ar.payer": "100.00",
            "credit liability.due_to_affiliate": "150.00",
        },
        "clinic": {
            "debit cash.remit_clearing": "150.00",
            "credit cash.remit_clearing": "150.00",
            "debit revenue.adjustment.contractual": "50.00",
            "credit ar.payer": "200.00",
            "debit ar.due_from_affiliate": "150.00",
        },
    }
    assert _cleared(posting) == {"main": 0, "clinic": 0}
    journals = [document for document in posting.documents if document.kind == "journal_entry"]
    assert journals[1].depends_on == (journals[0].id,)
    parties = {
        (document.entity, line.role): line.party.token
        for document in journals
        for line in document.gl_lines
        if line.party and line.party.kind == "affiliate"
    }
    assert parties == {
        ("main", "liability.due_to_affiliate"): "clinic",
        ("clinic", "ar.due_from_affiliate"): "main",
    }
    receipts = [document for document in posting.documents if document.kind == "receipt"]
    assert [(one.entity, f"{one.amount:f}") for one in receipts] == [("main", "80.00"), ("clinic", "150.00")]


def test_every_amount_of_an_affiliate_ends_once() -> None:
    posting = posted(Decimal(230), *OWN, *AFFILIATES, PROVIDER, books=_books())
    known = {(document.id, line.n): line for document in posting.documents for line in document.gl_lines}
    (end,) = (one for one in posting.dispositions if one.amount == 150 and one.origin.element == "CLP04")
    assert sorted(f"{known[place].side} {known[place].role}" for place in end.lines) == [
        "credit cash.remit_clearing",
        "credit liability.due_to_affiliate",
        "debit ar.due_from_affiliate",
        "debit cash.remit_clearing",
        "debit cash.remit_clearing",
    ]


def test_a_takeback_from_an_affiliate() -> None:
    """The other way round: main is owed what the payer kept of its money for the clinic's claim."""
    reversal = ("CLP*ACCT-2*22*-40*-30**12*ICN2", "CAS*CO*45*-10", PROVIDER)
    posting = posted(Decimal(50), *OWN, *reversal, books=_books())
    told = _told(posting)
    assert told["clinic"]["credit liability.due_to_affiliate"] == "30.00"
    assert told["main"]["debit ar.due_from_affiliate"] == "30.00"
    assert _cleared(posting) == {"main": 0, "clinic": 0}


def test_a_suspended_claim_of_an_affiliate_waits_there() -> None:
    """A2 and A16: 150.00 wait in the clinic's unapplied cash, not in main's."""
    posting = posted(
        Decimal(230), *OWN, "CLP*ACCT-2*2*200*150**12*ICN2", "CAS*CO*45*50", PROVIDER, books=_books()
    )
    assert [issue.code for issue in posting.issues] == ["COB_MISSING_23"]
    assert _told(posting)["clinic"] == {
        "debit cash.remit_clearing": "150.00",
        "credit liability.unapplied_payer": "150.00",
        "debit ar.due_from_affiliate": "150.00",
        "credit cash.remit_clearing": "150.00",
    }


@pytest.mark.parametrize("provider", [CLINIC, "987654321"])
@pytest.mark.parametrize(("amount", "owed"), [(30, "due_to_affiliate"), (-30, "due_from_affiliate")])
def test_a_provider_adjustment_of_an_affiliate(provider: str, amount: int, owed: str) -> None:
    """PLB01 names the clinic: interest of 30.00 is its income, a penalty of 30.00 its cost."""
    code = "51" if amount > 0 else "L6"
    more = () if amount > 0 else ("AMT*I*30",)
    posting = posted(
        Decimal(80 - amount), *OWN, *more, f"PLB*{provider}*20251231*{code}*{amount}", books=_books()
    )
    told = _told(posting)
    role = "debit expense.interest" if amount > 0 else "credit other.payer_interest"
    assert told["clinic"][role] == "30.00"
    assert [key.rpartition(".")[2] for key in told["clinic"] if "affiliate" in key] == [owed]
    assert _cleared(posting) == {"main": 0, "clinic": 0}


def test_an_offset_for_an_affiliate_that_is_named() -> None:
    """OB: main's payment settles the clinic's debt. The clinic books it: recoupment against main."""
    posting = posted(Decimal(50), *OWN, f"PLB*{PARENT}*20251231*OB:{CLINIC}*30", books=_books())
    assert not posting.issues
    told = _told(posting)
    assert told["main"]["debit ar.due_from_affiliate"] == "30.00"
    assert told["clinic"] == {
        "debit liability.payer_recoup": "30.00",
        "credit liability.due_to_affiliate": "30.00",
    }


def test_an_offset_for_an_affiliate_that_nobody_knows() -> None:
    posting = posted(Decimal(50), *OWN, f"PLB*{PARENT}*20251231*OB:TESTREF*30", books=_books())
    assert [issue.code for issue in posting.issues] == ["PLB_AFFILIATE"]
    assert list(_told(posting)) == ["main"]


def test_a_provider_that_no_entity_lists_rejects_the_set() -> None:
    posting = posted(Decimal(50), *OWN, "PLB*TESTOTHER*20251231*51*30", books=_books())
    assert [issue.code for issue in posting.issues] == ["PROVIDER_UNKNOWN"]
    assert not posting.documents
    assert all(str(end.outcome) != "posted" for end in posting.dispositions)


def test_an_affiliate_with_another_currency_rejects_the_set() -> None:
    books = _books('[entities.yen]\nnpi = ["1999999984"]\ncurrency = "JPY"\n')
    claims = (*AFFILIATES, "NM1*82*2*TEST YEN*****XX*1999999984")
    posting = posted(Decimal(300), *claims, *claims, books=books)
    assert [issue.code for issue in posting.issues] == ["CURRENCY_MISMATCH"]
    assert not posting.documents


@pytest.mark.parametrize("closed", ["2025-01", "2025-12"])
def test_an_affiliate_whose_books_are_closed_rejects_the_set(closed: str) -> None:
    """The payee books on 15 January: at another date of the clinic's, clearing would be open over a close."""
    books = _books(f'[entities.clinic.periods]\nclosed_through = "{closed}"\n')
    claims = (*OWN, *AFFILIATES, PROVIDER)
    posting = posted(Decimal(230), *claims, books=books)
    assert [issue.code for issue in posting.issues] == ["PERIOD_WITHHELD"]
    assert not posting.documents
    again = posted(Decimal(300), *AFFILIATES, PROVIDER, *AFFILIATES, PROVIDER, books=books)
    assert [issue.code for issue in again.issues] == ["PERIOD_WITHHELD"], "told once"
    assert _told(posted(Decimal(80), *OWN, books=books)), "its own claims are posted"


def test_each_entity_names_the_period_of_its_own_calendar() -> None:
    half = 'periods = { calendar = [{ name = "2025-H1", first = 2025-01-01, last = 2025-06-30 }] }'
    layers = ENTITIES.replace("[entities.clinic]", f"[entities.clinic]\n{half}")
    books = load((builtin("example.toml"), Layer("entities.toml", layers)))
    posting = posted(Decimal(230), *OWN, *AFFILIATES, PROVIDER, books=books)
    assert {(one.entity, one.gl_date.isoformat(), one.period) for one in posting.documents} == {
        ("main", "2025-01-15", "2025-01"),
        ("clinic", "2025-01-15", "2025-H1"),
    }


def test_the_provider_of_a_group_of_claims() -> None:
    """TS3 names the clinic for all claims of its LX."""
    group = ("LX*2", f"TS3*{CLINIC}*11*20251231*1*200")
    posting = posted(Decimal(230), *OWN, *group, *AFFILIATES, books=_books())
    assert not posting.issues
    assert _told(posting)["clinic"]["debit ar.due_from_affiliate"] == "150.00"


@pytest.mark.parametrize(
    ("payment", "more"),
    [
        (230, ()),
        (200, (f"PLB*{CLINIC}*20251231*51*30",)),
        (200, (f"PLB*{PARENT}*20251231*OB:{CLINIC}*30",)),
        (80, (f"PLB*{PARENT}*20251231*J1:TESTREF*150",)),
    ],
    ids=["claim", "adjustment", "offset", "shadow"],
)
def test_the_foreign_checker_agrees(payment: int, more: tuple[str, ...]) -> None:
    source = written(Decimal(payment), *OWN, *AFFILIATES, PROVIDER, *more)
    (proof,) = proofs(source, _books())
    assert len(proof["documents"]) >= 2
    checker.check(proof, source)


def test_ids_of_entities_differ_and_a_second_run_gives_the_same() -> None:
    first, second = (posted(Decimal(230), *OWN, *AFFILIATES, PROVIDER, books=_books()) for _ in range(2))
    assert first == second
    assert len({document.id for document in first.documents}) == len(first.documents) == 4


def test_a_provider_of_nobody_belongs_to_the_payee() -> None:
    posting = posted(Decimal(230), *OWN, *AFFILIATES, "NM1*82*1*DOE*JOHN****XX*1999999992", books=_books())
    assert list(_told(posting)) == ["main"]


def test_books_with_affiliates_need_accounts_between_them() -> None:
    layer = Layer("own.toml", '[entities.clinic.chart]\n"liability.due_to_affiliate" = ""\n')
    with pytest.raises(hcfin.BooksError, match="due_to_affiliate"):
        load((builtin("example.toml"), Layer("entities.toml", ENTITIES), layer))
