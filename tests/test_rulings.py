"""What posting remembers saves time and decides nothing: a claim becomes the same whatever came before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.base import Fact
from hcfin.billing.remittance import ClaimPayment
from hcfin.books import Books, builtin, load
from hcfin.overlay import Layer
from hcfin.posting import memo
from hcfin.posting.claim_payment import post_claim
from hcfin.posting.draft import Drafted
from hcfin.posting.memo import Memo
from hcfin.posting.ruling import Rulings
from hcfin.testing import claim_payments, remittances

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)

# Books that ask about everything that can be asked about.
ASKING = """
[payers.medicare]
class = "medicare"
names = ["medicare"]

[payers.next]
class = "commercial"
names = ["next payer"]

[dimensions.indicator]
from = "claim.filing_indicator"
on = ["ar.*", "cash.remit_clearing"]

[dimensions.facility]
from = "claim.facility_type"
on = ["ar.*"]

[dimensions.status]
from = "claim.status"
on = ["ar.*"]

[dimensions.drg]
from = "claim.drg"
on = ["ar.*"]

[dimensions.group]
from = "adjustment.group"
on = ["revenue.*"]

[dimensions.treatment]
from = "treatment"
on = ["revenue.*", "ar.*"]

[[rules]]
id = "remark-of-a-line"
when = { remark = ["N1"], level = "line" }
treatment = "underpaid"

[[rules]]
id = "status"
when = { status = "4", group = "CO" }
treatment = "denial_rebill"

[[rules]]
id = "indicator"
when = { filing_indicator = "MB", reason = ["50", "96"] }
treatment = "hold"

[[rules]]
id = "payer"
when = { payer = "medicare", group = "OA" }
treatment = "hold"

[[rules]]
id = "full"
when = { full_charge = true, claim_paid = false, medicare = false, group = "CO" }
treatment = "denial_final"
"""


def _asking() -> Books:
    return load((builtin("example.toml"), Layer("asking.toml", ASKING)))


def _told(result: Drafted) -> list[Any]:
    """A result by its values: destinations are compared by identity."""
    drafts = [
        [getattr(destination, field.name) for field in fields(destination)] + rest
        for destination, *rest in result.drafts
    ]
    return [drafts, result.ended, result.issues, result.settled]


def _assert_same_after(earlier: list[ClaimPayment], claim: ClaimPayment, payer: str = "other") -> None:
    books = _asking()
    rulings = Rulings(books)
    for one in earlier:
        post_claim(one, rulings, payer)
    assert _told(post_claim(claim, rulings, payer)) == _told(post_claim(claim, Rulings(books), payer))


@given(st.lists(claim_payments(), max_size=6), claim_payments(), st.sampled_from(["other", "medicare"]))
def test_a_claim_becomes_the_same_whatever_came_before(
    earlier: list[ClaimPayment], claim: ClaimPayment, payer: str
) -> None:
    _assert_same_after(earlier, claim, payer)


def _claim(**changes: Any) -> ClaimPayment:
    adjustments = changes.pop("adjustments", [{"group": "PR", "reason": "2", "amount": "20.00"}])
    data = {"status": "1", "charged": "100.00", "paid": "80.00", "filing_indicator": "12", **changes}
    return ClaimPayment.build({"remittance": "r", **data, "adjustments": adjustments})


def _line(paid: str = "80.00", **changes: Any) -> dict[str, Any]:
    adjustment = {"group": "PR", "reason": "2", "amount": "20.00"}
    return {"procedure": {}, "charged": "100.00", "paid": paid, "adjustments": [adjustment], **changes}


def _next(name: str) -> list[dict[str, str]]:
    return [{"role": "TT", "last_name": name}]


def _co45(*amounts: str, **changes: Any) -> ClaimPayment:
    adjustments = [{"group": "CO", "reason": "45", "amount": amount} for amount in amounts]
    return _claim(**{"paid": "0.00", **changes}, adjustments=adjustments)


def _co50(**changes: Any) -> ClaimPayment:
    return _claim(adjustments=[{"group": "CO", "reason": "50", "amount": "20.00"}], **changes)


_ON_A_LINE: dict[str, Any] = {"adjustments": [], "lines": [_line()]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_co45("60.00", "40.00"), _co45("60.00", "40.00", status="4")),
        (_claim(), _claim(status="19")),
        (_co50(), _co50(filing_indicator="MB")),
        (_claim(), _claim(remarks=["N781"])),
        (_claim(), _claim(parties=_next("Next Payer"))),
        (_claim(), _claim(parties=_next("nobody that the books know"))),
        (_claim(), _claim(adjustments=[{"group": "CO", "reason": "2", "amount": "20.00"}])),
        (_claim(), _claim(adjustments=[{"group": "PR", "reason": "3", "amount": "20.00"}])),
        (_claim(**_ON_A_LINE), _claim(adjustments=[], lines=[_line(remarks=["N1"])])),
        (_claim(remarks=["N1"], **_ON_A_LINE), _claim(remarks=["N1"])),
        (_claim(), _claim(lines=[_line(paid="100.00", adjustments=[], remarks=["N781"])])),
        (_co45("100.00"), _co45("60.00", "40.00")),
        (_co45("60.00", "40.00", remarks=["MA130"]), _co45("60.00", "40.00")),
        (_co45("100.00"), _co45("100.00", "-10.00", paid="10.00")),
    ],
)
def test_what_guards_and_rules_ask_for_is_part_of_the_case(one: ClaimPayment, other: ClaimPayment) -> None:
    rulings = Rulings(_asking())
    first, second = (post_claim(claim, rulings, "other").drafts[0][0] for claim in (one, other))
    assert (first.role, first.rule, first.tags) != (second.role, second.rule, second.tags)
    _assert_same_after([one], other)
    _assert_same_after([other], one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_claim(), _claim(status="3", charged="0.00", paid="-20.00")),
        (_claim(), _claim(filing_indicator="MB")),
        (_claim(), _claim(facility_type="11")),
        (_claim(), _claim(drg="470")),
        (_claim(parties=_next("Medicare")), _claim(parties=_next("Next Payer"))),
    ],
)
def test_what_dimensions_come_from_is_part_of_the_case(one: ClaimPayment, other: ClaimPayment) -> None:
    rulings = Rulings(_asking())
    first, second = (post_claim(claim, rulings, "other").drafts[0][0] for claim in (one, other))
    assert first.fields != second.fields
    _assert_same_after([one], other)
    _assert_same_after([other], one)


@given(remittances(), st.integers(1, 3))
def test_a_short_memory_changes_nothing(facts: tuple[Fact, ...], size: int) -> None:
    books = _asking()
    expected = hcfin.post(facts, books, context=CONTEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memo, "REMEMBERED", size)
        assert hcfin.post(facts, books, context=CONTEXT) == expected


def test_memory_does_not_grow_with_the_codes_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile file has another code each time; what was found for it is forgotten again."""
    monkeypatch.setattr(memo, "REMEMBERED", 10)
    made: list[int] = []
    squares: Memo[int, int] = Memo(lambda key: made.append(key) or key * key)  # type: ignore[func-returns-value]
    for number in range(100):
        assert squares[number] == number * number
        assert squares[number] == number * number
        assert len(squares) <= 10
    assert made == list(range(100)), "found once, and then remembered"


def test_one_set_of_books_serves_many_threads() -> None:
    """Law 11: what a run remembers is its own."""
    paths = sorted(cases.FIXTURES.glob("x12/remittance_835/*/input.edi"))
    books = _asking()

    def whole(path: Any) -> str:
        return hcfin.translate(path, books, to="netsuite", context=CONTEXT).to_json()

    expected = [whole(path) for path in paths]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(whole, paths * 3)) == expected * 3
