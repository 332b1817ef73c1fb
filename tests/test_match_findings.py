"""What matching finds to look at, and what the books decide; every code has a worked case."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cases
import hcfin
from hcfin.errors import KeysError
from hcfin.identity import DEMO_KEYS
from hcfin.reconcile import Allowed
from hcfin.reconcile.match_result import (
    FINDINGS,
    LINE_REASONS,
    REASONS,
    ROLES,
    STATES,
    UNMATCHED,
)
from match_cases import (
    against,
    billed_line,
    claim,
    found,
    matched,
    only,
    paid_line,
    payment,
)

# Findings


def test_unpaid_and_why() -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "0.00", "CO-29 100.00")]))
    assert (one.state, found(one)) == ("unpaid", [("unpaid", "100.00")])
    assert one.denied == (("timely_filing", Decimal("100.00")),)


def test_all_to_the_deductible_is_not_unpaid() -> None:
    one = only(
        matched([claim("A1", "100.00")], [payment("A1", "100.00", "0.00", "CO-45 40.00", "PR-1 60.00")])
    )
    assert (one.findings, one.allowed, one.state) == ((), 60, "unpaid")


def test_the_charge_differs() -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "90.00", "80.00", "CO-45 10.00")]))
    assert found(one) == [("charge_differs", "-10.00")]


def test_more_paid_than_charged() -> None:
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "120.00", "OA-94 -20.00")]))
    assert found(one) == [("over_paid", "20.00")]


def test_less_allowed_than_expected() -> None:
    """Expected 75.00; allowed 60.00 paid and 10.00 deductible: 5.00 short. Sequestration is allowed, too."""
    asked: Any = {"expected": Allowed(DEMO_KEYS, claims={"A1": Decimal("75.00")}), "keys": DEMO_KEYS}
    billed = [claim("A1", "100.00")]
    short = payment("A1", "100.00", "60.00", "CO-45 30.00", "PR-1 10.00")
    assert found(only(matched(billed, [short], **asked))) == [("short_paid", "5.00")]
    enough = payment("A1", "100.00", "73.50", "CO-45 25.00", "CO-253 1.50")
    assert not only(matched(billed, [enough], **asked)).findings


def test_what_is_expected_is_asked_for_with_keys() -> None:
    with pytest.raises(KeysError, match="keys="):
        matched([claim("A1", "100.00")], [], expected=Allowed(DEMO_KEYS))


def test_what_cannot_be_read_is_told() -> None:
    unreadable = payment("A1", "0.00", "0.00").model_copy(update={"unreadable": ("charged",)})
    one = only(matched([claim("A1", "100.00")], [unreadable]))
    assert ("unreadable", "100.00") in found(one)


def test_what_nothing_explains() -> None:
    """100.00 less 30.00 are not 75.00."""
    one = only(matched([claim("A1", "100.00")], [payment("A1", "100.00", "75.00", "CO-45 30.00")]))
    assert found(one) == [("unexplained", "-5.00")]


def test_a_later_payer_that_reduces_twice() -> None:
    """The first pays 300.00 of 375.00; the second tells that, and takes off the first's contract again."""
    payments = [
        payment("A1", "500.00", "300.00", "CO-45 125.00", "PR-2 75.00", status="19"),
        payment("A1", "500.00", "65.00", "OA-23 300.00", "CO-45 135.00", status="2", remittance="R2"),
    ]
    one = only(matched([claim("A1", "500.00")], payments))
    assert (one.paid, dict(one.adjusted), found(one)) == (
        365,
        {"CO": Decimal("260.00")},
        [("unexplained", "-125.00")],
    )


# Books


def test_books_name_payers_and_decide_denials() -> None:
    """CO-45 over the whole charge of an unpaid claim is a denial by hcfin's own rules; the table alone calls
    it contractual."""
    claims = [claim("A1", "100.00")]
    payments = [payment("A1", "100.00", "0.00", "CO-45 100.00")]
    assert only(matched(claims, payments)).denied == ()
    books = hcfin.load_books("example")
    one = only(matched(claims, payments, books=books))
    assert one.denied == (("full_charge_contractual", Decimal("100.00")),)
    assert one.payer == "TEST PAYER"  # what a catch-all takes is not known


OWN = """
[payers.other]
catch_all = false
[payers.mac]
class = "medicare"
names = ["{0}"]
"""


@pytest.mark.parametrize(("name", "payer"), [("TEST PAYER", "mac"), ("SOME OTHER", "TEST PAYER")])
def test_books_may_know_the_payer_or_not(name: str, payer: str, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN.format(name), encoding="utf-8")
    books = hcfin.load_books("example", own)
    one = only(matched([claim("A1", "9.00")], [payment("A1", "9.00", "0.00", "CO-45 9.00")], books=books))
    assert (one.payer, one.denied) == (payer, (("full_charge_contractual", Decimal("9.00")),))


def test_payers_that_the_books_know_are_told_apart_by_them(tmp_path: Path) -> None:
    """Two names of one payer; a payment of status 1 answers the second claim, which that payer got."""
    own = tmp_path / "own.toml"
    own.write_text(OWN.format('TEST PAYER", "TEST PAYER INC'), encoding="utf-8")
    billed = [claim("A1", "9.00", sequence="S", payer="TEST PAYER INC")]
    paid = [payment("A1", "9.00", "9.00")]
    assert against(matched(billed, paid)) == [("other_turn",), ("other_turn",)]
    assert only(matched(billed, paid, books=hcfin.load_books("example", own))).payer == "mac"


def test_rules_see_other_lines_and_advance_notices(tmp_path: Path) -> None:
    """CO-97 is a denial where no other line is paid ; a rule of the books asks for modifier GA."""
    own = tmp_path / "own.toml"
    own.write_text(
        '[[rules]]\nid = "noticed"\nwhen = { reason = "50", abn = true }\ntreatment = "denial_appeal"\n'
        'denial_class = "noticed"\n',
        encoding="utf-8",
    )
    books = hcfin.load_books("example", own)
    billed = [claim("A1", "90.00", [billed_line("99213", "60.00"), billed_line("71046:GA", "30.00")])]
    bundled, second = (
        paid_line("99213", "60.00", "0.00", "CO-97 60.00"),
        paid_line("71046:GA", "30.00", "30.00"),
    )
    noticed = paid_line("71046:GA", "30.00", "0.00", "CO-50 30.00")
    beside = payment("A1", "90.00", "30.00", lines=[bundled, second])
    alone = payment("A1", "90.00", "0.00", lines=[bundled, noticed])
    assert only(matched(billed, [beside], books=books)).denied == ()
    assert only(matched(billed, [alone], books=books)).denied == (
        ("bundled", Decimal("60.00")),
        ("noticed", Decimal("30.00")),
    )


@pytest.mark.parametrize("codes", [REASONS, LINE_REASONS, ROLES, STATES, FINDINGS, UNMATCHED])
def test_every_code_is_documented(codes: dict[str, str]) -> None:
    rows = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in codes.items())
    assert rows in (cases.FIXTURES.parent / "docs" / "match.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("codes", [REASONS, LINE_REASONS, ROLES, STATES, FINDINGS, UNMATCHED])
def test_every_code_has_a_worked_case(codes: dict[str, str]) -> None:
    """Each stands in the tests beside this one; a law says that no other code is used."""
    modules = ("test_match", "test_match_bills", "test_match_findings", "test_match_lines")
    text = "".join((Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8") for name in modules)
    assert [code for code in codes if f'"{code}"' not in text] == []
