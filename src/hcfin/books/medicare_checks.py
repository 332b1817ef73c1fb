"""What books must never say of Medicare's deductible and coinsurance, whatever an accountant wants."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.books import Books
from hcfin.books.rules import decide_by_code
from hcfin.books.told import Told

MEDICARE_SHARES = ("1", "2", "66")
# 42 CFR 413.89(b)(1)(ii): these would forfeit what Medicare reimburses of an uncollected share.
BARRED_FOR_MEDICARE = frozenset(
    {
        "revenue.adjustment.contractual",
        "revenue.adjustment.administrative",
        "revenue.adjustment.prompt_pay",
        "revenue.adjustment.self_pay_discount",
    }
)
_MEDICARE_BAD_DEBT = "revenue.adjustment.implicit_price_concession_medicare"


def medicare_problems(books: Books, source: Told) -> Iterator[str]:
    """Medicare deductible and coinsurance are never contractual, courtesy or discount."""
    barred = {
        name
        for name, treatment in books.treatments.items()
        if BARRED_FOR_MEDICARE & {treatment.role, treatment.role_forwarded, treatment.role_final}
    }
    for number, rule in enumerate(books.rules):
        when = rule.when
        reaches = (
            rule.treatment in barred
            and when.medicare is not False
            and (not when.group or "PR" in when.group)
            and (not when.reason or set(when.reason) & set(MEDICARE_SHARES))
        )
        if reaches:
            yield source.problem(
                ("rules", number),
                f"rule {rule.id!r} could write off a Medicare deductible or coinsurance",
                "Add medicare = false to its conditions; use the Medicare bad debt role instead.",
            )
    for reason in MEDICARE_SHARES:
        treatment = decide_by_code("PR", reason).treatment
        if treatment in barred:
            yield source.problem(
                ("treatments", treatment, "role"),
                f"treatment {treatment!r} would write off a Medicare deductible or coinsurance",
                "Give it another role.",
            )


def bad_debt_problems(books: Books, source: Told) -> Iterator[str]:
    """Medicare bad debt is a deductible or coinsurance of Part A or B, and never a copayment."""
    counted = {name for name, treatment in books.treatments.items() if treatment.role == _MEDICARE_BAD_DEBT}
    for number, rule in enumerate(books.rules):
        when = rule.when
        copayments = (not when.group or "PR" in when.group) and (not when.reason or "3" in when.reason)
        if rule.treatment in counted and copayments and not when.listed:
            yield source.problem(
                ("rules", number),
                f"rule {rule.id!r} could call a copayment Medicare bad debt",
                "Name the reasons: 1, 2 or 66.",
            )
