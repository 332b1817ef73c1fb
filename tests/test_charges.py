"""Charges and credits (posting rules P2C-05, P2C-06, A17, A21, §8): booked, held, dropped and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cases
import hcfin
from billed import by_role, claim, codes, net, submission
from charged import (
    ACCOUNT,
    CONTEXT,
    KEYS,
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
from hcfin import translation
from hcfin.billing.claim import ClaimSubmission
from hcfin.billing.reading import FactStream
from hcfin.books.checks import roles_used
from hcfin.books.selectors import selectors
from hcfin.cli import options
from hcfin.finance.journal import JournalEntry
from hcfin.finance.prices import Service
from hcfin.posting import Outcome, Posting, post_alternatives, post_events
from hcfin.posting.charge_places import ChargeCase, Payer, charge_places
from hcfin.proof import _Figures
from hcfin.reconcile import ChargeMaster, Ledger
from hcfin.unmapped import unmapped
from law_tools import remit

MOVED = {"ar.unbilled": Decimal("100.00"), "revenue.gross": Decimal("-100.00")}


def journals(posting: Posting) -> list[JournalEntry]:
    return [one for one in posting.documents if isinstance(one, JournalEntry)]


def outcomes(posting: Posting) -> list[tuple[str, str, str]]:
    return [(f"{end.amount:f}", str(end.outcome), end.rule) for end in posting.dispositions]


def bill() -> tuple[ClaimSubmission, Any]:
    """The bill of 2,000.00 of the same account."""
    return submission(created="2025-02-03"), claim()


# Charges


def test_a_charge_is_owed_and_earned() -> None:
    """P2C-05: Dr unbilled Cr gross revenue, one entry for each charge, on the day on which it was posted."""
    posting = posted(charge(), charge("0.50", transaction_id="T-9"))
    assert by_role(posting.documents) == {
        "ar.unbilled": Decimal("100.50"),
        "revenue.gross": Decimal("-100.50"),
    }
    assert [(one.gl_date, one.period, len(one.gl_lines)) for one in posting.documents] == [
        (date(2025, 1, 31), "2025-01", 2)
    ] * 2
    assert outcomes(posting) == [("100.00", "posted", "charged"), ("0.50", "posted", "charged")]
    assert codes(posting) == []


def test_the_day_of_service_is_never_the_date() -> None:
    """Decision 108: the posting date that is given, else the sender's, else none."""
    given = hcfin.Context(keys=KEYS, posting_date=date(2025, 3, 5))
    assert posted(charge(), context=given).documents[0].gl_date == date(2025, 3, 5)
    for nothing in ("", "2025-01", "2025-02-30"):
        held = posted(charge(posted=nothing))
        assert (codes(held), held.documents) == (["CHARGE_DATE_MISSING"], ())
        assert outcomes(held) == [("100.00", "suspended", "CHARGE_DATE_MISSING")]
    moved = posted(charge(), used=books("", '[periods]\nclosed = ["2025-01"]\n'))
    (entry,) = moved.documents
    assert (entry.gl_date, entry.original_period, codes(moved)) == (
        date(2025, 2, 1),
        "2025-01",
        ["PERIOD_CLOSED"],
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": " "}, "CHARGE_ACCOUNT_MISSING"),
        ({"facility": "ELSE"}, "CHARGE_FACILITY_UNKNOWN"),
        ({"currency": "EUR"}, "CHARGE_CURRENCY_MISMATCH"),
        ({"amount": "100.001"}, "CHARGE_UNREADABLE"),
        ({"unreadable": ("quantity",)}, "CHARGE_UNREADABLE"),
        ({"amount": "-100.00"}, "CHARGE_SIGN"),
        ({"change": "credit"}, "CHARGE_SIGN"),
    ],
)
def test_what_cannot_be_booked_is_held(changes: dict[str, Any], code: str) -> None:
    held = posted(charge(**changes))
    assert (codes(held), held.documents) == ([code], ())
    assert {end.outcome for end in held.dispositions} == {Outcome.SUSPENDED}


def test_every_fault_of_a_charge_is_told() -> None:
    assert codes(posted(charge(account="", posted="", currency="EUR"))) == [
        "CHARGE_CURRENCY_MISMATCH",
        "CHARGE_DATE_MISSING",
        "CHARGE_ACCOUNT_MISSING",
    ]


def test_a_facility_is_that_of_the_place_else_of_the_sender() -> None:
    two = books("", '[entities.clinic]\nfacilities = ["CLIN"]\n')
    entities = [
        posted(charge(place={"facility": place}), used=two).documents[0].entity
        for place in ("CLIN", "WARD", "")
    ]
    assert entities == ["clinic", "main", "main"]
    assert posted(charge(facility="CLIN"), used=two).documents[0].entity == "clinic"


def test_nothing_is_booked_of_nothing() -> None:
    free = posted(charge("0.00"))
    assert (outcomes(free), free.documents, codes(free)) == ([("0.00", "informational", "zero")], (), [])


def test_what_is_told_beside_the_amount_is_information() -> None:
    told = posted(charge(unit_price="100", unit_cost="31.5", insurance_amount="80.00"))
    assert sorted(outcomes(told)) == [
        ("100", "informational", "never_posted"),
        ("100.00", "posted", "charged"),
        ("31.5", "informational", "never_posted"),
        ("80.00", "informational", "never_posted"),
    ]


@pytest.mark.parametrize("source", ["claim_837", "none"])
def test_another_source_of_charges_makes_a_feed_control_only(source: str) -> None:
    """A17: charges and credits are information, with the policy as their rule."""
    used = books(f'charge_source = "{source}"')
    told = posted(charge(), credit(), charge(None, transaction_id="T-3"), used=used)
    assert (told.documents, codes(told)) == ((), [])
    assert outcomes(told) == [
        ("100.00", "informational", "charge_source"),
        ("-100.00", "informational", "charge_source"),
    ]
    assert all(end.ref and end.ref.layer == "mine.toml" for end in told.dispositions)


# Never twice


def test_the_same_charge_again_is_dropped_and_another_is_held() -> None:
    """A21, P1: in the run and through known, whatever the day on which it is posted."""
    known = learned((charge(),))
    for again in (charge(), charge(posted="2025-02-02", patient_class="I")):
        for posting in (posted(charge(), again), posted(again, known=known)):
            assert codes(posting)[-1:] == ["DUPLICATE_CHARGE"]
            assert outcomes(posting)[-1] == ("100.00", "informational", "DUPLICATE_CHARGE")
    others: list[dict[str, Any]] = [
        {"amount": "101.00"},
        {"code": {"code": "40011"}},
        {"department": {"code": "12"}},
        {"procedure": {"qualifier": "HC", "code": "99284", "modifiers": ("25",)}},
        {"performed": "2025-01-29"},  # a number that is used again must not lose a charge in silence
    ]
    for other in (charge(**changes) for changes in others):
        for posting in (posted(charge(), other), posted(other, known=known)):
            assert codes(posting)[-1:] == ["CHARGE_CONFLICT"]
            assert outcomes(posting)[-1][1] == "suspended"
    assert by_role(posted(charge(), charge()).documents) == MOVED


def test_twins_without_a_number_are_two_charges() -> None:
    """P8: and the same file again is the same two."""
    twins = (charge(transaction_id=""), charge(transaction_id=""))
    first = posted(*twins)
    assert len({one.id for one in first.documents}) == 2
    assert codes(first) == []
    again = posted(*twins, known=learned(twins))
    assert (codes(again), again.documents) == (["DUPLICATE_CHARGE"] * 2, ())
    third = posted(*twins, charge(transaction_id="", quantity=None), known=learned(twins))
    assert [codes(third), len(third.documents)] == [["DUPLICATE_CHARGE"] * 2, 1]


def test_ids_do_not_depend_on_dates_of_posting_or_on_neighbours() -> None:
    alone = posted(charge()).documents[0].id
    assert posted(charge(transaction_id="T-0"), charge(posted="2025-02-01")).documents[1].id == alone
    assert posted(charge(account="ACCT-C ")).documents[0].id == alone


# Credits


def test_a_credit_takes_back_what_was_booked() -> None:
    """P2C-06, J5: charge and credit net to nothing by account, dimensions and tags; it names its charge."""
    posting = posted(charge(), credit(reverses="T-1"))
    first, back = journals(posting)
    assert back.reverses == first.id
    assert net(first, back) == {}
    assert [line.rule.id for line in back.gl_lines] == [line.rule.id for line in first.gl_lines]
    assert codes(posting) == []


@pytest.mark.parametrize("numbers", [{"reverses": "T-1"}, {"transaction_id": "T-1"}, {}])
def test_how_a_credit_finds_its_charge(numbers: dict[str, str]) -> None:
    """By the number that it names, by its own, by code and day of service; in the run, through known."""
    other = charge("30.00", transaction_id="T-5", code={"code": "40099"})
    for posting in (
        posted(other, charge(), credit(**numbers)),
        posted(credit(**numbers), known=learned((other, charge()))),
    ):
        assert codes(posting) == []
        assert posting.documents[-1].reverses == posted(charge()).documents[0].id


def test_a_credit_of_a_service_takes_the_charge_that_it_fits() -> None:
    one, other = charge("50.00"), charge("30.00", transaction_id="T-5")
    ids = [document.id for document in posted(one, other).documents]
    assert posted(one, other, credit("-30.00")).documents[-1].reverses == ids[1]
    assert posted(one, other, credit("-40.00")).documents[-1].reverses == ids[0]
    assert codes(posted(one, other, credit("-60.00"))) == ["CREDIT_EXCEEDS_CHARGE"]
    nameless = credit("-30.00", code={}, transaction_id="")
    assert codes(posted(charge("30.00", code={}), nameless)) == ["CREDIT_UNLINKED"]


def test_a_credit_by_procedure() -> None:
    procedure = {"qualifier": "HC", "code": "99284", "modifiers": ("25",)}
    posting = posted(charge(code={}, procedure=procedure), credit(code={}, procedure=procedure))
    assert (codes(posting), by_role(posting.documents)) == ([], {})


def test_no_more_is_credited_than_was_charged() -> None:
    """§8: in the run, and over runs through known; what is held takes nothing."""
    parts = [credit(f"-{part}.00", transaction_id=f"C-{part}", reverses="T-1") for part in (60, 41, 40, 1)]
    posting = posted(charge(), *parts)
    assert codes(posting) == ["CREDIT_EXCEEDS_CHARGE"] * 2
    assert by_role(posting.documents) == {}
    known = learned((charge(),), (parts[0],))
    (left,) = (one.left for one in known.charges(ACCOUNT) if one.amount > 0)
    assert left == Decimal("40.00")
    assert codes(posted(parts[1], known=known)) == ["CREDIT_EXCEEDS_CHARGE"]
    assert codes(posted(parts[2], known=known)) == []
    assert [dict(issue.values) for issue in posted(parts[1], known=known).issues] == [
        {"amount": "41.00", "open": "40.00"}
    ]


def test_the_same_credit_again_is_dropped() -> None:
    back = credit("-60.00", reverses="T-1")
    assert codes(posted(charge(), back, back)) == ["DUPLICATE_CHARGE"]
    assert codes(posted(back, known=learned((charge(), back)))) == ["DUPLICATE_CHARGE"]
    own = credit("-100.00", transaction_id="T-1")
    assert codes(posted(own, known=learned((charge(), own)))) == ["DUPLICATE_CHARGE"]


def test_a_credit_may_come_before_its_charge() -> None:
    """The order of a file changes no sum: it waits until all have been seen."""
    turned = posted(credit(reverses="T-1"), charge())
    assert (codes(turned), by_role(turned.documents)) == ([], {})
    assert [one.reverses is None for one in turned.documents] == [True, False]


def test_a_credit_of_an_unknown_charge() -> None:
    """Without known by today's rules, with a warning; held where the books say so, or where the account's
    charges are known and it is none of them."""
    lone = credit(reverses="T-9")
    told = posted(lone)
    assert (codes(told), by_role(told.documents)) == (
        ["CREDIT_UNLINKED"],
        {role: -amount for role, amount in MOVED.items()},
    )
    assert [one.reverses for one in told.documents] == [None]
    assert codes(posted(lone, known=Ledger(KEYS))) == ["CREDIT_UNLINKED"]
    assert codes(posted(lone, charge())) == ["CREDIT_UNLINKED"]
    for held in (
        posted(lone, used=books('unlinked_credit = "hold"')),
        posted(lone, known=learned((charge(),))),
    ):
        assert (codes(held), held.documents) == (["CREDIT_ORIGINAL_UNKNOWN"], ())
        assert outcomes(held) == [("-100.00", "suspended", "CREDIT_ORIGINAL_UNKNOWN")]


def test_what_was_booked_is_taken_back_whatever_the_books_say_now() -> None:
    """Decision 112: accounts, dimensions and rules of the charge, although the books have changed."""
    known = learned((charge(),), used=books("", '[chart]\n"revenue.gross" = "4711"\n'))
    (back,) = journals(posted(credit(reverses="T-1"), known=known))
    assert [line.account for line in back.gl_lines if line.role == "revenue.gross"] == ["4711"]


def test_a_credit_stays_in_the_entity_and_currency_of_its_charge() -> None:
    two = books("", '[entities.clinic]\nfacilities = ["CLIN"]\n')
    other = credit(reverses="T-1", place={"facility": "CLIN"})
    assert codes(posted(charge(), other, used=two)) == ["CREDIT_UNLINKED"]


# Late charges and credits


def test_late_charges_and_credits_stay_unbilled() -> None:
    """P2C-06, C7: what the payer owes stays what it was billed; unbilled shows what is to be billed anew."""
    first = charge("2000.00")
    known = learned((first,), bill())
    assert (known.unbilled_balance(ACCOUNT), known.open_balance(ACCOUNT, "1")) == (0, Decimal("2000.00"))
    late = (charge("50.00", transaction_id="T-3"),)
    told = posted(*late, known=known)
    assert codes(told) == ["LATE_CHARGE"]
    known.learn(placed(*late), told)
    assert known.unbilled_balance(ACCOUNT) == Decimal("50.00")
    back = credit("-80.00", reverses="T-1")
    told = posted(back, known=known)
    assert codes(told) == ["LATE_CREDIT"]
    assert dict(told.issues[0].values) == {"amount": "80.00", "open": "50.00"}
    known.learn(placed(back), told)
    assert (known.unbilled_balance(ACCOUNT), known.open_balance(ACCOUNT, "1")) == (
        Decimal("-30.00"),
        Decimal("2000.00"),
    )
    # A replacement of 1,970.00 brings unbilled to zero.
    anew = claim("1970.00", frequency="7")
    replaced = posted(submission(), anew, known=known)
    assert codes(replaced) == []
    known.learn(placed(submission(), anew), replaced)
    assert (known.unbilled_balance(ACCOUNT), known.open_balance(ACCOUNT, "1")) == (0, Decimal("1970.00"))


def test_a_late_credit_may_reduce_what_is_owed_now() -> None:
    """P2C-06: the current bucket, once; beyond what is open there unbilled shows it."""
    used = books('late_credit = "current_bucket"')
    known = learned((charge("2000.00"),), bill(), used=used)
    parts = [credit(f"-{part}.00", transaction_id=f"C-{part}", reverses="T-1") for part in (1500, 400, 101)]
    told = posted(*parts, used=used, known=known)
    assert codes(told) == ["CREDIT_EXCEEDS_CHARGE"]
    assert net(*told.documents) == {("ar.payer", "1"): "-1900.00", ("revenue.gross", "0250"): "1900.00"}
    assert {line.rule.id for one in told.documents for line in one.gl_lines} == {"charged", "late_credit"}
    known.learn(placed(*parts), told)
    assert known.open_balance(ACCOUNT, "1") == Decimal("100.00")
    more = (charge("500.00", transaction_id="T-7"),)
    known.learn(placed(*more), posted(*more, used=used, known=known))
    beyond = credit("-500.00", transaction_id="C-9", reverses="T-7")
    assert codes(posted(beyond, used=used, known=known)) == []  # it is still unbilled


def test_a_late_credit_of_a_patient_who_was_billed() -> None:
    used = books('late_credit = "current_bucket"')
    known = learned((charge("2000.00"),), (submission(), claim(filing_indicator="09")), used=used)
    told = posted(credit("-700.00", reverses="T-1"), used=used, known=known)
    assert (codes(told), by_role(told.documents)) == (
        [],
        {"ar.patient": Decimal("-700.00"), "revenue.gross": Decimal("700.00")},
    )
    settled = learned((charge("2000.00"),), (submission(), claim("1999.00")), used=used)
    beyond = posted(credit("-2000.00", reverses="T-1"), used=used, known=settled)
    assert codes(beyond) == ["LATE_CREDIT"]
    assert by_role(beyond.documents)["ar.unbilled"] == Decimal("-2000.00")


def test_without_an_unbilled_bucket_a_charge_is_the_payers_from_its_first_day() -> None:
    """P2C-05: a bill then moves it from the payer to itself, a credit takes it from there."""
    used = books("", '[postings.unbilled]\nrole = "ar.payer"\n')
    feed = (account(), charge("2000.00"))
    known = learned(feed, bill(), used=used)
    assert known.open_balance(ACCOUNT, "1") == Decimal("2000.00")
    back = credit("-300.00", reverses="T-1")
    told = posted(back, used=used, known=known)
    assert (codes(told), by_role(told.documents)) == (
        [],
        {"ar.payer": Decimal("-300.00"), "revenue.gross": Decimal("300.00")},
    )
    assert posted(*feed, used=used).documents[0].gl_lines[0].party.token == "mac_a"  # type: ignore[union-attr]


# Who pays, and dimensions


def test_the_class_of_a_charge_is_that_of_its_plan_its_financial_class_or_its_coverage() -> None:
    """P2C-05: payer class at service."""
    used = books("", '[financial_classes]\nMCR = "medicare"\nSELF = "self_pay"\n')

    def classed(*facts: Any, known: Ledger | None = None) -> str:
        entry = posted(*facts, used=used, known=known).documents[-1]
        return next(dict(line.dimensions)["payer_class"] for line in entry.gl_lines if line.dimensions)

    assert classed(charge(plan={"code": "PLANB"}, financial_class="MCR")) == "commercial"
    assert classed(charge(plan={"code": "NOBODY"}, financial_class="MCR")) == "medicare"
    assert classed(charge(financial_class="SELF")) == "self_pay"
    assert classed(charge(financial_class="99")) == "unclassified"
    assert classed(account("PLANB"), charge()) == "commercial"
    assert classed(account("PLANB"), charge(financial_class="MCR")) == "medicare"
    assert classed(account("PLANB"), account(""), charge()) == "commercial"
    assert classed(charge(), known=learned((account("PLANB"),))) == "commercial"
    named = "".join(f"[payer_classes.{name}]\n" for name in ("medicare", "commercial", "unclassified"))
    used = books("", f'{named}[financial_classes]\nMCR = "medicare"\n')
    assert classed(charge(financial_class="MCR")) == "medicare"
    payer = '[dimensions.payer]\nfrom = "payer"\non = ["revenue.gross"]\nrequired = true\n'
    strict = books("", f"[payers.other]\ncatch_all = false\n{payer}")
    assert codes(posted(charge(), used=strict)) == ["CHARGE_DIMENSION_UNMAPPED"]
    assert outcomes(posted(charge(), used=strict)) == [("100.00", "suspended", "CHARGE_DIMENSION_UNMAPPED")]


def test_a_role_without_an_account_holds_the_charge() -> None:
    used = books().model_copy(update={"chart": {"ar.unbilled": "1090"}})
    assert codes(posted(charge(), used=used)) == ["CHARGE_ACCOUNT_UNMAPPED"]


def test_dimensions_come_from_any_code_of_a_charge() -> None:
    """What the books list is the user's own word; what they do not and is no code is masked."""
    text = "".join(
        f'[dimensions.d{number}]\nfrom = "{name}"\non = ["revenue.gross"]\n'
        for number, name in enumerate(
            ["charge.code", "charge.department", "charge.drug.code", "charge.place.point_of_care"]
        )
    )
    used = books("", text + '[dimensions.d1.values]\n"Radiology East" = "710"\n')
    full = charge(department={"code": "Radiology East"}, place={"point_of_care": "Test Ward"})
    lines = posted(full, used=used).documents[0].gl_lines
    found = next(dict(line.dimensions) for line in lines if line.role == "revenue.gross")
    assert found == {"d0": "40010", "d1": "710", "d3": "•", "payer_class": "unclassified"}
    assert "charge.account" not in selectors()
    assert "charge.description" not in selectors()


def test_finer_granularity_names_the_account_by_token() -> None:
    for granularity in ("claim", "line"):
        (entry,) = posted(charge(), used=books(f'granularity = "{granularity}"')).documents
        assert {dict(line.tags)["account"] for line in entry.gl_lines} == {ACCOUNT}


def test_payers_may_differ_in_who_books_charges() -> None:
    used = books("", '[payers.plan_b.policy]\ncharge_source = "claim_837"\n')
    assert posted(charge(plan={"code": "PLANB"}), used=used).documents == ()
    assert len(posted(charge(), used=used).documents) == 1


def test_alike_charges_share_their_places() -> None:
    case = ChargeCase(Payer("", ""), (), (), ())
    revenue, owed = charge_places(books(), (), case)
    assert (revenue.role, owed.role) == ("revenue.gross", "ar.unbilled")
    assert {"revenue.gross", "ar.unbilled"} <= {role for _, role in roles_used(books())}


# Prices


def test_an_unpriced_charge_waits_for_its_price() -> None:
    """R8: a state. Nothing is posted; with a price list it is, and then it is the same charge as ever."""
    bare = charge(None, quantity="3")
    held = posted(bare)
    assert (codes(held), held.documents, held.dispositions) == (["CHARGE_UNPRICED"], (), ())
    master = ChargeMaster()
    assert codes(posted(bare, prices=master)) == ["CHARGE_UNPRICED"]
    master.learn([price("12.345678")])
    priced = posted(bare, prices=master)
    assert codes(priced) == ["CHARGE_ROUNDED"]
    assert by_role(priced.documents)["ar.unbilled"] == Decimal("37.04")
    assert outcomes(priced) == [("37.04", "posted", "charged")]
    lines = priced.documents[0].gl_lines
    assert [dict(line.tags).get("price") for line in lines] == [None, "charge_master"]
    known = Ledger(KEYS)
    known.learn(placed(bare), priced)
    assert codes(posted(bare, prices=master, known=known))[-1] == "DUPLICATE_CHARGE"
    back = credit(None, quantity="-3", reverses="T-1")
    assert by_role(posted(back, prices=master, known=known).documents)["ar.unbilled"] == Decimal("-37.04")


def test_a_price_is_asked_with_codes_and_the_day() -> None:
    asked: list[Service] = []

    class Told:
        def __init__(self, price: Decimal | None) -> None:
            self.price = price

        def unit_price(self, service: Service) -> Decimal | None:
            asked.append(service)
            return self.price

    bare = charge(None, quantity=None)
    assert by_role(posted(bare, prices=Told(Decimal(7))).documents)["ar.unbilled"] == Decimal("7.00")
    assert asked == [Service("HOSP", "40010", "O", date(2025, 1, 30))]
    for nothing in (None, Decimal("NaN"), Decimal(-1)):
        assert codes(posted(bare, prices=Told(nothing))) == ["CHARGE_UNPRICED"]
    assert codes(posted(charge(None, code={}), prices=Told(Decimal(7)))) == ["CHARGE_UNPRICED"]
    assert outcomes(posted(bare, prices=Told(Decimal(0)))) == [("0.00", "informational", "zero")]
    assert len(posted(charge(), prices=Told(Decimal(7))).documents) == 1
    assert outcomes(posted(credit(None), prices=Told(Decimal(0)))) == [("0.00", "informational", "zero")]
    assert codes(posted(charge(None, quantity="-1"), prices=Told(Decimal(7)))) == ["CHARGE_SIGN"]
    assert codes(posted(charge(None, posted=""))) == ["CHARGE_DATE_MISSING"]


# Around it


def test_charges_stream_one_by_one() -> None:
    facts = [charge(), credit(reverses="T-9"), charge(transaction_id="T-3"), price("10")]
    locate = placed().stream().locator
    parts = list(post_events(iter(facts), books(), locate, context=CONTEXT))
    assert [len(part.documents) for part in parts] == [1, 1, 1]
    assert [codes(part) for part in parts] == [[], [], ["CREDIT_UNLINKED"]]
    both = list(post_alternatives(iter(facts), [books(), books()], locate, context=CONTEXT))
    assert [[len(part.documents) for part in pair] for pair in both] == [[1, 1]] * 3
    assert all(sum(move.amount for move in part.moves) == 0 for pair in both for part in pair)
    assert all(part.moves for pair in both for part in pair)


def test_values_of_charges_that_books_do_not_know_are_told() -> None:
    """Before posting in earnest: facilities, and what dimensions lack. A listed word is known."""
    text = '[dimensions.department]\nfrom = "charge.department"\non = ["revenue.gross"]\nrequired = true\n'
    used = books("", text + '[dimensions.department.values]\n"Radiology East" = "710"\n')
    facts = (
        charge(department={"code": "Radiology East"}),
        charge(transaction_id="T-4", department={"code": "4711"}),
        charge(transaction_id="T-5", facility="ELSE"),
    )
    found = unmapped(used, [placed(*facts)], context=CONTEXT)
    assert [(one.kind, one.value, one.held) for one in found] == [
        ("dimension department", "4711 (charge.department)", True),
        ("facility", "ELSE", True),
    ]


def test_a_proof_is_of_a_remittance() -> None:
    data = remit("T1", "80", "CLP*ACCT-C*1*100*80**MB*ICN1~CAS*CO*45*20")
    facts = hcfin.read(data)
    both = replace(facts, facts=(charge(), account(), merge(), *facts.facts))
    stream = both.stream()
    assert [type(event).__name__ for event in _Figures(stream.locator).watched(stream)] == [
        "Opened",
        "ClaimPayment",
        "Remittance",
        "Unit",
    ]


def test_prices_go_through_the_whole_job() -> None:
    """`translate`, one result or many, with a price list."""
    bare = charge(None, quantity="2")
    master = ChargeMaster()
    master.learn([price("10")])
    for prices, status, count in ((None, "partial", 0), (master, "ok", 1)):
        source = FactStream("facts", iter((bare,)))
        whole = translation.translate_facts(source, books(), to="netsuite", context=CONTEXT, prices=prices)
        assert (whole.status, len(whole.documents)) == (status, count)
        source = FactStream("facts", iter((bare,)))
        parts = translation.iter_translate_facts(
            source, books(), to="netsuite", context=CONTEXT, prices=prices
        )
        assert sum(len(part.documents) for part in parts) == count


def test_the_command_line_takes_charge_masters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those of a later file after those of an earlier; what came before is priced by them, too."""
    texts = {"one": [price("10")], "two": [price("12")], "before": [charge(None, quantity="2")]}
    for name in texts:
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(options, "read", lambda stream: placed(*texts[stream.read().decode()]))
    names = {name: str(tmp_path / name) for name in texts}
    given = options.PolicyOptions(
        books=(), key_file=None, posting_date=None, after=(names["before"],),
        charge_master=(names["one"], names["two"]), master=(),
    )  # fmt: skip
    policy = given.load()
    assert policy.prices is not None
    assert policy.prices.unit_price(Service("", "40010", "", None)) == Decimal(12)
    assert policy.known is not None
    assert policy.known.unbilled_balance(ACCOUNT) == Decimal("24.00")


def test_a_feed_is_priced_by_a_charge_master_of_messages() -> None:
    """MFN^M04 and DFT^P03 end to end: 12.3456 for one, rounded half-even once."""
    folder = cases.FIXTURES / "hl7v2"
    entries = (folder / "charge_price" / "charge_master" / "input.hl7").read_bytes()
    assert b"4500124" in entries
    entries = entries.replace(b"4500124", b"CDM100").replace(b"202602", b"202502")
    feed = folder / "quirks" / "no_amount" / "input.hl7"
    example = hcfin.load_books("example")
    bare = hcfin.translate(feed, example, to="netsuite", context=CONTEXT)
    assert [issue.code for issue in bare.issues if issue.code.startswith("CHARGE_")] == ["CHARGE_UNPRICED"]
    master = ChargeMaster()
    master.learn(hcfin.read(entries).facts)
    priced = hcfin.translate(feed, example, to="netsuite", context=CONTEXT, prices=master)
    assert [issue.code for issue in priced.issues if issue.code.startswith("CHARGE_")] == ["CHARGE_ROUNDED"]
    more = {one.id: by_role([one]) for one in priced.documents if one not in bare.documents}
    assert list(more.values()) == [{"ar.unbilled": Decimal("12.35"), "revenue.gross": Decimal("-12.35")}]
