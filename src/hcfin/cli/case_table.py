"""What was found of cases as tables for people."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.cli.match_table import aligned, cut
from hcfin.identity import Keys
from hcfin.money import format_amount
from hcfin.reconcile.case_result import CaseMargins
from hcfin.reconcile.usage_result import FINDINGS, UsageLink, UsageLinks, count, named


def link_tables(found: UsageLinks, keys: Keys | None, *, every: bool, width: int | None) -> Iterator[str]:
    """Lines of text: links to look at (or `every` link), and their figures.

    Accounts are tokens by `keys`, in clear without. `width` cuts lines, None leaves them whole.
    """
    links = [_link(one, keys) for one in found.links if every or one.status in FINDINGS]
    heads = ["account", "charge code", "items", "used", "charged", "amount", "missing", "status", "why"]
    if links:
        yield cut("Uses and charges" if every else "To look at", width)
        yield from (cut(line, width) for line in aligned(heads, links, 3))
        yield ""
    totals = [
        [
            one.status,
            str(one.links),
            count(one.used),
            count(one.charged),
            format_amount(one.amount, one.currency),
            format_amount(one.missing, one.currency),
            one.currency if not one.unvalued else f"{one.currency}; {one.unvalued} without a price",
        ]
        for one in found.summary()
    ]
    if totals:
        yield "Together"
        heads = ["status", "links", "used", "charged", "amount", "missing", ""]
        yield from (cut(line, width) for line in aligned(heads, totals, 1))
        yield ""
    looked_at = sum(one.status in FINDINGS for one in found.links)
    others = f"; {found.others} other charge{'s' if found.others > 1 else ''}" if found.others else ""
    yield cut(f"{_verdict(looked_at, len(found.links))}{others}.", width)


def margin_table(found: CaseMargins, *, width: int | None) -> Iterator[str]:
    """Lines of text: each case with its figures, and what is of no case. `width` cuts lines."""
    rows = [*found.cases, *found.elsewhere]
    heads = ["case", "charge", "allowed", "paid", "patient", "supplies", "margin", "", "missing"]
    body = [
        [
            ", ".join(one.cases) or "no case",
            one.text(one.charge),
            one.text(one.allowed),
            one.text(one.paid),
            one.text(one.patient_paid),
            one.text(one.supply_cost),
            one.text(one.margin) if one.cases and one.margin is not None else "",
            one.currency,
            ", ".join(one.gaps),
        ]
        for one in rows
    ]
    if body:
        yield from (cut(line, width) for line in aligned(heads, body, 1))
        yield ""
    lacking = sum(bool(one.gaps) for one in found.cases)
    yield f"{len(found.cases)} case{'' if len(found.cases) == 1 else 's'}, {lacking} with something missing."


def _verdict(findings: int, links: int) -> str:
    if findings:
        return f"{findings} to look at of {links}"
    return f"Nothing to look at of {links}"


def _link(one: UsageLink, keys: Keys | None) -> list[str]:
    clear = keys is None
    amounts = ", ".join(format_amount(amount, currency) for currency, amount in one.amounts)
    return [
        named(keys, "acct", one.account, clear=clear),
        one.shown_code(clear=clear),
        ", ".join(one.items(clear=clear)),
        count(one.used),
        count(one.charged),
        amounts,
        "" if one.missing is None else format_amount(one.missing, one.currency),
        one.status,
        ", ".join(one.reasons),
    ]
