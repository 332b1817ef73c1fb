"""What registration does to money (posting rules P2C-03, P2C-07): merges, coverage, told balances."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import hcfin
from billed import by_role, claim, codes, net, submission
from charged import (
    ACCOUNT,
    KEYS,
    OTHER,
    account,
    books,
    charge,
    credit,
    learned,
    merge,
    placed,
    posted,
    price,
)
from hcfin.billing.base import Fact
from hcfin.billing.charge import LocationEntry
from hcfin.books import Books
from hcfin.finance.base import Document
from hcfin.finance.journal import JournalEntry
from hcfin.identity import token
from hcfin.posting import Posting, post
from hcfin.posting.coverage import coverings
from hcfin.reconcile import Ledger
from law_tools import remit

DAY = hcfin.Context(keys=KEYS, posting_date=date(2025, 2, 7))
BILL = submission(), claim()


def run(known: Ledger, *facts: Fact, used: Books | None = None) -> Posting:
    posting = posted(*facts, used=used, known=known, context=DAY)
    known.learn(placed(*facts), posting)
    return posting


def by_account(*documents: Document) -> dict[tuple[str, str], str]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in (line for one in documents for line in one.gl_lines):
        amount = line.amount if line.side == "debit" else -line.amount
        sums[line.role, dict(line.tags).get("account", "")] += amount
    return {place: f"{amount}" for place, amount in sorted(sums.items()) if amount}


# Merges


def test_an_account_that_ends_takes_its_balance_to_the_other() -> None:
    """P2C-07: nets 0 by role, by account, dimensions and party; only the account differs."""
    known = learned((charge("2000.00"),), BILL, (charge("50.00", transaction_id="T-3"),))
    told = run(known, merge())
    (entry,) = told.documents
    assert isinstance(entry, JournalEntry)
    assert (net(entry), codes(told), entry.gl_date) == ({}, [], date(2025, 2, 7))
    assert by_account(entry) == {
        ("ar.payer", ACCOUNT): "-2000.00",
        ("ar.payer", OTHER): "2000.00",
        ("ar.unbilled", ACCOUNT): "-50.00",
        ("ar.unbilled", OTHER): "50.00",
    }
    for asked in (ACCOUNT, OTHER):
        assert known.survivor(asked) == OTHER
        assert known.unbilled_balance(asked) == Decimal("50.00")
        assert known.open_balance(asked, "1") == Decimal("2000.00")
        assert [bill.amount for bill in known.bills(asked)] == [Decimal("2000.00")]
        assert len(known.charges(asked)) == 2
    again = run(known, merge())
    assert (again.documents, codes(again)) == ((), [])


def test_what_comes_for_an_account_that_ended_belongs_to_the_other() -> None:
    """Payers and feeds go on naming it: no charge is booked twice, no credit loses its charge."""
    known = learned((charge("2000.00"),), BILL)
    run(known, merge())
    for number in ("ACCT-C", "ACCT-D"):
        assert codes(posted(charge("2000.00", account=number), known=known)) == ["DUPLICATE_CHARGE"]
        back = posted(credit("-2000.00", account=number, reverses="T-1"), known=known)
        assert codes(back) == ["LATE_CREDIT"]
        assert back.documents[0].reverses
    data = remit("T1", "2000", "CLP*ACCT-C*1*2000*2000**MB*ICN1").replace(b"1999999999", b"1512345678")
    reading = hcfin.read(data)
    paid = post(reading, books(), context=DAY, known=known)
    known.learn(reading, paid)
    assert known.open_balance(OTHER, "1") == 0
    assert known.balances(OTHER) == {}


def test_a_merge_and_what_follows_it_in_one_run() -> None:
    known = learned((account("PLANB"), charge("30.00")))
    facts = (
        merge(),
        charge("20.00", transaction_id="T-8"),
        credit("-30.00", reverses="T-1", account="ACCT-D"),
    )
    told = run(known, *facts)
    assert codes(told) == []
    assert known.unbilled_balance(OTHER) == Decimal("20.00")
    assert by_role(told.documents) == {"ar.unbilled": Decimal("-10.00"), "revenue.gross": Decimal("10.00")}
    assert known.coverages(OTHER)[0].identifiers == ("PLANB",)
    assert known.coverages(ACCOUNT) == known.coverages(OTHER)


def test_without_known_a_merge_only_renames() -> None:
    told = posted(charge(), merge(), credit(account="ACCT-D", reverses="T-1"))
    assert (codes(told), by_role(told.documents), len(told.documents)) == ([], {}, 2)
    assert told.documents[1].source == f"credit/{OTHER}"
    covered = posted(account("PLANB"), merge(), charge(account="ACCT-D")).documents[0]
    assert {dict(line.dimensions).get("payer_class") for line in covered.gl_lines} == {None, "commercial"}


def test_accounts_merge_in_steps() -> None:
    known = learned((charge(),))
    run(known, merge())
    run(known, merge("ACCT-D", "ACCT-E"))
    assert known.survivor(ACCOUNT) == known.survivor(OTHER) == token(KEYS, "acct", "ACCT-E")
    assert known.unbilled_balance(ACCOUNT) == Decimal("100.00")
    # Back again is no merge: both are one already.
    assert run(known, merge("ACCT-E", "ACCT-C")).documents == ()
    steps = learned((charge(),))
    both = run(steps, merge(), merge("ACCT-D", "ACCT-E"))
    assert [len(both.documents), steps.unbilled_balance(ACCOUNT)] == [2, Decimal("100.00")]


def test_a_merge_with_nothing_open_moves_nothing_and_counts() -> None:
    known = learned((charge(), credit(reverses="T-1")))
    assert run(known, merge()).documents == ()
    assert known.survivor(ACCOUNT) == OTHER


@pytest.mark.parametrize(
    "fact", [merge(level="patient"), merge(level="visit"), merge(account=""), merge(prior_account=" ")]
)
def test_what_merges_no_account_moves_nothing(fact: Any) -> None:
    known = learned((charge(),))
    assert run(known, fact).documents == ()
    assert known.survivor(ACCOUNT) == ACCOUNT


def test_a_merge_may_be_told_only_or_wait_for_a_date() -> None:
    tell = books('account_merge = "tell"')
    known = learned((charge(),))
    told = run(known, merge(), used=tell)
    assert (codes(told), told.documents, known.survivor(ACCOUNT)) == (["ACCOUNT_MERGED"], (), ACCOUNT)
    undated = posted(merge(), charge(transaction_id="T-7"), known=known)
    assert codes(undated) == ["TRANSFER_DATE_MISSING"]
    assert undated.documents[0].source == f"charge/{ACCOUNT}"  # it waits until the balance is moved
    closed = books("", '[periods]\nclosed = ["2025-02"]\n')
    moved = run(known, merge(), used=closed)
    assert [codes(moved), moved.documents[0].original_period] == [["PERIOD_CLOSED"], "2025-02"]


def test_each_entity_moves_what_it_has() -> None:
    two = books("", '[entities.clinic]\nfacilities = ["CLIN"]\n')
    known = learned((charge(), charge("7.00", transaction_id="T-4", facility="CLIN")), used=two)
    told = run(known, merge(), used=two)
    assert [(one.entity, one.totals()["debit"]) for one in told.documents] == [
        ("clinic", Decimal("7.00")),
        ("main", Decimal("100.00")),
    ]
    assert len({one.id for one in told.documents}) == 2


def test_the_patients_balance_moves_under_the_other_token() -> None:
    used = books('granularity = "claim"')
    known = learned((charge("2000.00"),), (submission(), claim(filing_indicator="09")), used=used)
    (entry,) = run(known, merge(), used=used).documents
    assert {(line.side, line.party.token) for line in entry.gl_lines if line.party} == {
        ("credit", ACCOUNT),
        ("debit", OTHER),
    }
    assert (known.patient_balance(ACCOUNT), known.patient_balance(OTHER)) == (Decimal("2000.00"),) * 2


def test_adjudications_and_what_moved_to_later_payers_go_along() -> None:
    known = learned((charge("2000.00"),), BILL)
    known.charge("ACCT-D", Decimal("5.00"))
    first = "CLP*ACCT-C*19*2000*1900**MB*ICN1~CAS*PR*2*100"
    reading = hcfin.read(remit("T1", "1900", first).replace(b"1999999999", b"1512345678"))
    known.learn(reading, post(reading, books(), context=DAY, known=known))
    assert [known.open_balance(ACCOUNT, turn) for turn in "12"] == [0, Decimal("100.00")]
    patients = "CLP*ACCT-X*1*300*200**MB*ICN7~CAS*PR*2*100"
    later = "CLP*ACCT-X*2*300*60**CI*ICN8~CAS*OA*23*200~CAS*CO*45*40"
    known.charge("ACCT-X", Decimal("300.00"))
    for trace, paid, claim_ in (("T2", "200", patients), ("T3", "60", later)):
        reading = hcfin.read(remit(trace, paid, claim_))
        known.learn(reading, post(reading, books(), context=DAY, known=known))
    assert [one.amount for one in known.transfers(token(KEYS, "acct", "ACCT-X"))] == [Decimal("100.00")]
    run(known, merge("ACCT-X", "ACCT-C"))
    assert [one.amount for one in known.transfers(ACCOUNT)] == [Decimal("100.00")]
    run(known, merge())
    assert [known.open_balance(OTHER, turn) for turn in "12"] == [Decimal("5.00"), Decimal("100.00")]
    assert len(known.adjudications("mac_a", OTHER)) == len(known.adjudications("mac_a", ACCOUNT)) == 1


# Coverage


def test_another_first_payer_is_told_of() -> None:
    """P2C-03: what the former payer owes stays with it until it is billed anew."""
    known = learned((account(), charge("2000.00")), BILL)
    told = run(known, account("PLANB"))
    assert (codes(told), told.documents) == (["COVERAGE_CHANGED"], ())
    assert dict(told.issues[0].values) == {"amount": "2000.00"}
    # Once: the new coverage is known now.
    assert codes(run(known, account("PLANB"))) == []


MORE = (
    '[dimensions.bank]\nfrom = "payer"\non = ["ar.payer"]\n'
    '[dimensions.agency]\nfrom = "payer"\non = ["ar.agency"]\n'
)


def test_what_the_former_payer_owes_may_move_at_once() -> None:
    """P2C-07, policy coverage_change: from the one party and class to the other, nets 0."""
    used = books('coverage_change = "move"', MORE)
    known = learned((account(), charge("2000.00")), BILL, used=used)
    told = run(known, account("PLANB"), account("PLANB"), used=used)
    (entry,) = told.documents
    assert (codes(told), by_role([entry])) == ([], {})
    moved = {
        (line.side, line.party.token, dict(line.dimensions)["bank"]) for line in entry.gl_lines if line.party
    }
    assert moved == {("credit", "mac_a", "mac_a"), ("debit", "plan_b", "plan_b")}
    assert {dict(line.dimensions)["payer_class"] for line in entry.gl_lines} == {"medicare", "commercial"}
    assert known.open_balance(ACCOUNT, "1") == Decimal("2000.00")
    back = run(known, account(occurred="2025-03-01"), used=used)
    assert len(back.documents) == 1
    assert {place.party for place in known.balances(ACCOUNT)} == {"mac_a"}
    undated = posted(account("PLANB"), used=used, known=known)
    assert codes(undated) == ["TRANSFER_DATE_MISSING"]


def test_a_dimension_that_the_new_payer_has_no_value_for() -> None:
    more = (
        '[dimensions.kind]\nfrom = "payer.class"\non = ["ar.payer"]\nrequired = {}\n'
        '[dimensions.kind.values]\nmedicare = "government"\n'
    )
    for required, told, count in (("true", ["TRANSFER_DIMENSION_UNMAPPED"], 0), ("false", [], 1)):
        used = books('coverage_change = "move"', more.format(required))
        known = learned((account(), charge("2000.00")), BILL, used=used)
        posting = run(known, account("PLANB"), used=used)
        assert (codes(posting), len(posting.documents)) == (told, count)


def test_coverage_that_changes_nothing_owed_is_silent() -> None:
    for known in (learned((charge("2000.00"),), BILL), learned((account(), charge())), Ledger(KEYS)):
        assert codes(run(known, account("PLANB"))) == []
    strict = books("", "[payers.other]\ncatch_all = false\n")
    known = learned((account(), charge("2000.00")), BILL)
    assert codes(run(known, account("NOBODY"), used=strict)) == []
    assert codes(posted(account(account=""), known=known)) == []


def test_insurances_in_their_turn() -> None:
    told = account(
        coverages=[
            {"plan": {"code": "LAST"}, "priority": "x"},
            {"plan": {"code": "GONE"}, "priority": "1", "action": "D"},
            {"plan": {"code": "TWO"}, "priority": "2"},
            {
                "plan": {"code": "ONE"}, "priority": " 1", "payer": {"name": "TEST PLAN", "id": "77"},
                "payer_ids": [{"value": "78"}], "payer_number": "79",
            },
        ]
    )  # fmt: skip
    assert [one.identifiers for one in coverings(told)] == [("ONE", "79", "77", "78"), ("TWO",), ("LAST",)]
    assert coverings(told)[0].name == "TEST PLAN"
    assert coverings(account("")) == ()


# What is only told


def test_cancelling_a_registration_reverses_no_charge() -> None:
    """A11: what was charged stays charged until it is credited."""
    known = learned((charge(),))
    told = run(known, account("", event="A11", change="cancelled"))
    assert (told.documents, codes(told)) == ((), [])
    assert known.unbilled_balance(ACCOUNT) == Decimal("100.00")


def test_balances_and_prices_that_are_told_are_never_posted() -> None:
    """PV1-46 … 49, IN1-37 and price lists: one end for each amount, and it is informational."""
    snapshot = account(
        encounter={"amounts": [{"qualifier": "balance", "amount": "9000.00"}]},
        guarantors=[{"amounts": [{"qualifier": "household_income", "amount": "1.00"}]}],
        coverages=[{"amounts": [{"qualifier": "deductible", "amount": "257.00"}]}],
    )
    told = posted(snapshot, price("10", minimum="9", maximum="11", cost="3"), LocationEntry(action="MAD"))
    assert told.documents == ()
    assert sorted(f"{end.amount:f} {end.outcome} {end.rule}" for end in told.dispositions) == [
        f"{amount} informational never_posted"
        for amount in ("1.00", "10", "11", "257.00", "3", "9", "9000.00")
    ]
