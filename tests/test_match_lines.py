"""Service lines as billed matched with service lines as paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hcfin.billing.remittance import Procedure
from hcfin.identity import DEMO_KEYS
from hcfin.reconcile import Allowed, match
from hcfin.reconcile.match_facts import Service, service_of
from hcfin.reconcile.match_result import ClaimMatch, LineMatch
from match_cases import DAY, PAYER, billed_line, both, claim, paid_line, payment


def lines_of(billed: list[dict[str, Any]], *paid: list[dict[str, Any]], **options: Any) -> ClaimMatch:
    """One claim of these lines, answered by one payment for each list of lines: the match."""
    charged = sum((Decimal(line["charged"]) for line in billed), Decimal(0))
    payments = []
    for number, lines in enumerate(paid, start=1):
        told = sum((Decimal(line["charged"]) for line in lines), Decimal(0))
        money = sum((Decimal(line["paid"]) for line in lines), Decimal(0))
        payments.append(payment("A1", f"{told}", f"{money}", number=f"ICN{number}", lines=lines))
    (one,) = match(*both([claim("A1", f"{charged}", billed)], payments), **options).matches
    return one


def pairs(one: ClaimMatch) -> list[tuple[str, list[tuple[str, str]]]]:
    """The number of each billed line, with service and charge of what pays it."""
    return [
        (
            line.billed.number if line.billed else "",
            [(part.line.service.code, str(part.line.charged)) for part in line.parts],
        )
        for line in one.lines
    ]


def found(line: LineMatch) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.amount)) for finding in line.findings]


def reasons(one: ClaimMatch) -> list[tuple[str, ...]]:
    return [part.reasons for line in one.lines for part in line.parts]


ALL = ("service", "modifiers", "day", "charge")


def test_everything_agrees() -> None:
    one = lines_of(
        [billed_line("99213:25", "100.00"), billed_line("71046", "50.00")],
        [
            paid_line("71046", "50.00", "30.00", "CO-45 20.00"),
            paid_line("99213:25", "100.00", "60.00", "CO-45 30.00", "PR-3 10.00"),
        ],
    )
    assert pairs(one) == [("1", [("99213", "100.00")]), ("2", [("71046", "50.00")])]
    assert reasons(one) == [ALL, ALL]
    first = one.lines[0]
    assert (first.charged, first.paid, first.allowed) == (100, 60, 70)
    assert dict(first.adjusted) == {"CO": Decimal("30.00"), "PR": Decimal("10.00")}
    assert not list(one.all_findings())


def test_the_line_control_number_comes_first() -> None:
    """Two lines alike in all but their numbers, paid in the other order."""
    one = lines_of(
        [billed_line("97110", "50.00", control="CTL-A"), billed_line("97110", "50.00", control="CTL-B")],
        [
            paid_line("97110", "50.00", "10.00", "CO-45 40.00", control="CTL-B"),
            paid_line("97110", "50.00", "20.00", "CO-45 30.00", control="CTL-A"),
        ],
    )
    assert [line.paid for line in one.lines] == [20, 10]
    assert reasons(one)[0] == ("control_number", *ALL)


def test_payers_that_return_the_number_of_the_line() -> None:
    one = lines_of(
        [billed_line("97110", "50.00"), billed_line("97110", "50.00")],
        [
            paid_line("97110", "50.00", "10.00", "CO-45 40.00", control="2"),
            paid_line("97110", "50.00", "20.00", "CO-45 30.00", control="01"),
        ],
    )
    assert [line.paid for line in one.lines] == [20, 10]
    assert reasons(one)[0] == ("line_number", *ALL)


def test_the_number_of_another_line_is_not_believed() -> None:
    one = lines_of(
        [billed_line("97110", "50.00"), billed_line("99213", "70.00")],
        [
            paid_line("99213", "70.00", "70.00", control="1"),
            paid_line("97110", "50.00", "50.00", control="2"),
        ],
    )
    assert reasons(one) == [ALL, ALL]
    assert [line.paid for line in one.lines] == [50, 70]


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ({"code": "9921325"}, ("service", "glued_modifier", "modifiers", "day", "charge")),
        ({"code": "99213"}, ("service", "day", "charge")),  # the modifier is not returned
        ({"code": "99213:25", "day": ""}, ("service", "modifiers", "charge")),
        ({"code": "99213", "day": "2025-01-11"}, ("service", "charge")),
        (
            {"code": "99212", "submitted": "99213:25"},
            ("service", "submitted_service", "modifiers", "day", "charge"),
        ),
        ({"code": "99212"}, ("day", "charge")),  # another service, and nothing says that it was changed
    ],
)
def test_what_payers_leave_out(paid: dict[str, str], expected: tuple[str, ...]) -> None:
    code = paid.pop("code")
    one = lines_of(
        [billed_line("99213:25", "100.00"), billed_line("71046", "50.00")],
        [paid_line("71046", "50.00", "50.00"), paid_line(code, "100.00", "100.00", **paid)],
    )
    assert reasons(one)[0] == expected
    assert not list(one.all_findings())


def test_modifiers_tell_sides_apart() -> None:
    one = lines_of(
        [billed_line("73630:LT", "80.00"), billed_line("73630:RT", "80.00")],
        [
            paid_line("73630:RT", "80.00", "41.00", "CO-45 39.00", day=""),
            paid_line("73630:LT", "80.00", "42.00", "CO-45 38.00", day=""),
        ],
    )
    assert [line.paid for line in one.lines] == [42, 41]


def test_bundled_lines_are_told_by_the_submitted_service() -> None:
    """Two tests billed, paid as one panel: the second is bundled into the first, and is not unpaid."""
    one = lines_of(
        [billed_line("82040", "30.00"), billed_line("82247", "20.00")],
        [
            paid_line("80076", "30.00", "25.00", "CO-45 5.00", submitted="82040"),
            paid_line("80076", "20.00", "0.00", "CO-97 20.00", submitted="82247"),
        ],
    )
    assert pairs(one) == [("1", [("80076", "30.00")]), ("2", [("80076", "20.00")])]
    assert not list(one.all_findings())


def test_an_unbundled_line() -> None:
    """A panel billed, paid as its tests: the first line carries the charge, the others none."""
    one = lines_of(
        [billed_line("80076", "50.00")],
        [
            paid_line("82040", "50.00", "20.00", "CO-45 30.00", submitted="80076"),
            paid_line("82247", "0.00", "15.00", "OA-94 -15.00", submitted="80076"),
        ],
    )
    assert pairs(one) == [("1", [("82040", "50.00"), ("82247", "0.00")])]
    assert (one.lines[0].paid, reasons(one)[1][0], one.findings) == (35, "unbundled", ())


def test_a_split_line() -> None:
    """Three units billed, answered as two and one; the charges add up to 90.00."""
    one = lines_of(
        [billed_line("97110", "90.00")],
        [
            paid_line("97110", "60.00", "50.00", "CO-45 10.00", units="2"),
            paid_line("97110", "30.00", "0.00", "CO-119 30.00"),
        ],
    )
    assert pairs(one) == [("1", [("97110", "60.00"), ("97110", "30.00")])]
    assert (one.lines[0].findings, reasons(one)[1][0]) == ((), "split")


def test_lines_of_a_split_claim() -> None:
    one = lines_of(
        [billed_line("99213", "60.00"), billed_line("71046", "40.00")],
        [paid_line("71046", "40.00", "30.00", "CO-45 10.00")],
        [paid_line("99213", "60.00", "50.00", "CO-45 10.00")],
    )
    assert [line.paid for line in one.lines] == [50, 30]
    assert not list(one.all_findings())


def test_revenue_codes_where_there_is_no_procedure() -> None:
    """A room charge, paid under revenue code 0120 in the place of the service."""
    room = {"procedure": {"qualifier": "NU", "code": "0120"}}
    one = lines_of(
        [billed_line("", "900.00", revenue_code="0120"), billed_line("", "70.00", revenue_code="0250")],
        [
            {**paid_line("x", "70.00", "60.00", "CO-45 10.00"), "procedure": {}, "revenue_code": "250"},
            {**paid_line("x", "900.00", "800.00", "CO-45 100.00"), **room},
        ],
    )
    assert [line.paid for line in one.lines] == [800, 60]
    assert reasons(one) == [("revenue_code", "day", "charge")] * 2


def test_a_line_of_which_the_payer_says_nothing() -> None:
    one = lines_of(
        [billed_line("99213", "60.00"), billed_line("71046", "40.00")],
        [paid_line("99213", "60.00", "50.00", "CO-45 10.00")],
    )
    assert found(one.lines[1]) == [("not_in_remittance", "40.00")]
    assert [(finding.code, finding.amount) for finding in one.findings] == [("charge_differs", -40)]


def test_a_claim_paid_as_a_whole_says_nothing_of_lines() -> None:
    billed = claim("A1", "100.00", [billed_line("99213", "60.00"), billed_line("71046", "40.00")])
    paid = payment("A1", "100.00", "80.00", "CO-45 20.00")
    (one,) = match(*both([billed], [paid])).matches
    assert [(line.parts, line.findings) for line in one.lines] == [((), ()), ((), ())]


def test_a_line_that_was_not_billed() -> None:
    one = lines_of(
        [billed_line("99213", "60.00")],
        [
            paid_line("99213", "60.00", "50.00", "CO-45 10.00"),
            paid_line("J1100", "0.00", "5.00", "OA-94 -5.00"),
        ],
    )
    extra = one.lines[1]
    assert (extra.billed, found(extra), extra.paid) == (None, [("not_billed", "0.00")], 5)


def test_a_line_of_another_charge() -> None:
    one = lines_of([billed_line("99213", "60.00")], [paid_line("99213", "55.00", "50.00", "CO-45 5.00")])
    assert found(one.lines[0]) == [("charge_differs", "-5.00")]


def test_a_line_of_another_charge_and_day() -> None:
    """The service alone is enough where one line has it."""
    one = lines_of(
        [billed_line("99213", "60.00"), billed_line("71046", "40.00")],
        [
            paid_line("99213", "55.00", "50.00", "CO-45 5.00", day="2025-01-11"),
            paid_line("71046", "40.00", "40.00"),
        ],
    )
    assert reasons(one)[0] == ("service", "modifiers")


def test_a_line_that_pays_nothing() -> None:
    one = lines_of(
        [billed_line("99213", "60.00"), billed_line("71046", "40.00")],
        [
            paid_line("99213", "60.00", "50.00", "CO-45 10.00"),
            paid_line("71046", "40.00", "0.00", "CO-50 40.00"),
        ],
    )
    assert found(one.lines[1]) == [("unpaid", "40.00")]
    assert one.denied == (("medical_necessity", Decimal("40.00")),)


def test_lines_of_a_claim_that_pays_nothing_are_told_once() -> None:
    one = lines_of([billed_line("99213", "60.00")], [paid_line("99213", "60.00", "0.00", "CO-50 60.00")])
    assert [finding.code for finding in one.all_findings()] == ["unpaid"]


def test_a_line_paid_above_its_charge() -> None:
    one = lines_of(
        [billed_line("99213", "60.00"), billed_line("71046", "40.00")],
        [
            paid_line("99213", "60.00", "66.00", "OA-94 -6.00"),
            paid_line("71046", "40.00", "10.00", "CO-45 30.00"),
        ],
    )
    assert found(one.lines[0]) == [("over_paid", "6.00")]
    assert one.findings == ()


def test_a_line_that_is_paid_short() -> None:
    """Expected 58.00; allowed are 50.00 paid and 5.00 of coinsurance."""
    one = lines_of(
        [billed_line("99213", "60.00")],
        [paid_line("99213", "60.00", "50.00", "CO-45 5.00", "PR-2 5.00")],
        expected=Allowed(DEMO_KEYS, services={(PAYER, "99213"): Decimal("58.00")}),
        keys=DEMO_KEYS,
    )
    assert found(one.lines[0]) == [("short_paid", "3.00")]


def test_lines_of_two_payers() -> None:
    """100.00: the first pays 60.00 of 80.00 and leaves 20.00; the second pays those. No finding."""
    billed = [claim("A1", "100.00", [billed_line("99213", "100.00")])]
    payments = [
        payment(
            "A1",
            "100.00",
            "60.00",
            status="19",
            lines=[paid_line("99213", "100.00", "60.00", "CO-45 20.00", "PR-2 20.00")],
        ),
        payment(
            "A1",
            "100.00",
            "20.00",
            status="2",
            remittance="R2",
            lines=[paid_line("99213", "100.00", "20.00", "OA-23 80.00")],
        ),
    ]
    (one,) = match(*both(billed, payments)).matches
    (line,) = one.lines
    assert [part.turn for part in line.parts] == ["1", "2"]
    assert (line.paid, line.allowed, dict(line.adjusted)) == (80, 80, {"CO": Decimal("20.00")})
    assert not list(one.all_findings())


def test_the_day_of_a_line_is_that_of_its_service() -> None:
    one = lines_of(
        [billed_line("97110", "50.00", day=DAY), billed_line("97110", "50.00", day="2025-01-12")],
        [
            paid_line("97110", "50.00", "10.00", "CO-45 40.00", day="2025-01-12"),
            paid_line("97110", "50.00", "20.00", "CO-45 30.00", day=DAY),
        ],
    )
    assert [line.paid for line in one.lines] == [20, 10]


def test_parts_of_more_than_the_line_are_no_parts() -> None:
    one = lines_of(
        [billed_line("97110", "90.00")],
        [paid_line("97110", "60.00", "60.00"), paid_line("97110", "60.00", "60.00")],
    )
    assert pairs(one) == [("1", [("97110", "60.00")]), ("", [("97110", "60.00")])]


def test_the_service_alone_is_not_enough_where_two_lines_have_it() -> None:
    one = lines_of(
        [billed_line("97110", "90.00"), billed_line("97110", "80.00", day="2025-01-12")],
        [
            paid_line("97110", "100.00", "100.00", day="2025-01-11"),
            paid_line("97110", "70.00", "70.00", day=""),
        ],
    )
    assert [found(line) for line in one.lines] == [
        [("not_in_remittance", "90.00")],
        [("not_in_remittance", "80.00")],
        [("not_billed", "100.00")],
        [("not_billed", "70.00")],
    ]


def test_only_procedure_codes_have_modifiers_glued_to_them() -> None:
    assert service_of(Procedure(qualifier="HP", code="9921425")) == Service("9921425")
    assert service_of(None) == Service("")
