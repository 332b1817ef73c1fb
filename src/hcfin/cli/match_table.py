"""The result of matching as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from hcfin.identity import Keys
from hcfin.money import format_amount
from hcfin.privacy import shown
from hcfin.reconcile import MatchFigures, Matching
from hcfin.reconcile.match_result import ClaimMatch, Finding
from hcfin.reconcile.match_rows import Rows

_NAME = 28
"""Characters of a payer's name."""


def tables(matching: Matching, keys: Keys | None, *, every: bool, width: int | None) -> Iterator[str]:
    """Lines of text: claims with findings (or `every` claim), what is left on either side, figures of payers.

    Accounts are tokens by `keys`, in clear without. `width` cuts lines, None leaves them whole.
    """
    rows = Rows(keys, clear=keys is None)
    for title, head, body, left in (
        _claims(matching, rows, every=every),
        _unanswered(matching, rows),
        _unmatched(matching, rows),
        _payers(matching),
        *_counted(matching),
    ):
        if body:
            yield from (cut(line, width) for line in (title, *aligned(head, body, left), ""))
    yield cut(_verdict(matching), width)


def aligned(head: Sequence[str], body: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    """Rows under their heads in columns two blanks apart; the first `left` and the last column to the left.

    >>> for line in aligned(["a", "amount", "why"], [["x", "1.00", "late"], ["yy", "10.00", ""]], 1):
    ...     print(line)
    a   amount  why
    x     1.00  late
    yy   10.00
    """
    widths = [max(len(row[column]) for row in (head, *body)) for column in range(len(head))]
    for row in (head, *body):
        cells = [
            text.ljust(wide) if column < left or column == len(head) - 1 else text.rjust(wide)
            for column, (text, wide) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def cut(line: str, width: int | None) -> str:
    """A line no longer than the terminal is wide."""
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


_Table = tuple[str, Sequence[str], Sequence[Sequence[str]], int]


def _claims(matching: Matching, rows: Rows, *, every: bool) -> _Table:
    body = []
    for one in matching.matches:
        findings = "; ".join(_told(one))
        if findings or every:
            last = one.claims[-1]
            adjusted = sum((amount for _, amount in one.adjusted), Decimal(0))
            money = [_text(amount, one.currency) for amount in (one.charged, one.paid, adjusted, one.open)]
            days = "" if one.days is None else str(one.days)
            body.append([rows.account(last.account), last.turn, one.state, *money, days, findings])
    head = ["account", "turn", "state", "charged", "paid", "adjusted", "open", "days", "to look at"]
    return "Claims that were answered" if every else "Claims to look at", head, body, 3


def _told(one: ClaimMatch) -> Iterator[str]:
    for finding in one.findings:
        yield _finding(finding, one.currency)
    for line in one.lines:
        for finding in line.findings:
            name = f"line {shown(line.billed.number)}" if line.billed else "a further line"
            yield f"{name} {_finding(finding, one.currency)}"


def _finding(finding: Finding, currency: str) -> str:
    return f"{finding.code} {_text(finding.amount, currency)}"


def _unanswered(matching: Matching, rows: Rows) -> _Table:
    body = [
        [
            rows.account(one.claims[-1].account),
            one.claims[-1].turn,
            _text(one.charged, one.currency),
            _why(one.reasons),
        ]
        for one in matching.unmatched_claims
    ]
    return "Claims without an answer", ["account", "turn", "charged", "why"], body, 2


def _unmatched(matching: Matching, rows: Rows) -> _Table:
    body = [
        [
            rows.account(one.payment.account),
            shown(one.payment.status),
            _text(one.payment.charged, one.currency),
            _text(one.payment.paid, one.currency),
            _why(one.reasons),
        ]
        for one in matching.unmatched_payments
    ]
    return "Payments without a claim", ["account", "status", "charged", "paid", "why"], body, 2


def _why(reasons: Sequence[str]) -> str:
    return ", ".join(reasons)


def _payers(matching: Matching) -> _Table:
    figures = matching.summary()
    groups = sorted({group for one in figures for group, _ in one.adjusted})
    head = ["payer", "claims", "charged", "paid", *map(shown, groups), "open", "unanswered", "unmatched"]
    several = len({one.currency for one in figures}) > 1
    body = [[*_figures(one, groups, several=several), *_rates(one)] for one in figures]
    return "Payers", [*head, "denied", "days", ""], body, 1


def _figures(one: MatchFigures, groups: Sequence[str], *, several: bool) -> list[str]:
    adjusted = dict(one.adjusted)
    money = (one.charged, one.paid, *(adjusted.get(group, Decimal(0)) for group in groups), one.open)
    left = (one.unanswered.amount, one.unmatched.amount)
    name = one.payer if len(one.payer) <= _NAME else one.payer[: _NAME - 1] + "…"
    if several and name:
        name = f"{name} ({one.currency})"
    amounts = [_text(each, one.currency) for each in (*money, *left)]
    return [name or f"all {one.currency}", str(one.claims), *amounts]


def _rates(one: MatchFigures) -> list[str]:
    rate, days = one.denial_rate(), one.mean_days
    return [
        "" if rate is None else f"{rate * 100:.2f}%",
        "" if days is None else str(days),
        f"{one.rejected.count} rejected" if one.rejected.count else "",
    ]


def _counted(matching: Matching) -> Iterator[_Table]:
    """Denials by class and findings by code, of all payers."""
    totals = [one for one in matching.summary() if not one.payer]
    for title, name in (("Denials", "denied"), ("Findings", "findings")):
        body = [
            [code, str(tallied.count), _text(tallied.amount, one.currency), one.currency]
            for one in totals
            for code, tallied in getattr(one, name)
        ]
        yield title, ["class" if name == "denied" else "code", "count", "amount", ""], body, 1


def _verdict(matching: Matching) -> str:
    claims, payments = len(matching.unmatched_claims), len(matching.unmatched_payments)
    findings = sum(1 for one in matching.matches for _ in one.all_findings())
    if matching.ties:
        return f"All ties: {_count(len(matching.matches), 'claim')}."
    left = f"{_count(claims, 'claim')} and {_count(payments, 'payment')} left over"
    return f"{left}, {_count(findings, 'finding')}."


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _text(amount: Decimal, currency: str) -> str:
    return format_amount(amount, currency)
