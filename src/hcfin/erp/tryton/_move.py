"""Documents as `account.move` records, through `import_data`.

`create` wants the numbers of the records that a move names, which differ from one database to the next;
`import_data` takes their codes, and refuses one that is not there or is there twice. So the payload of a
document is the same everywhere, and the codes are those of the books.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.erp._chunks import Part, balanced_chunks
from hcfin.erp._documents import part_ids
from hcfin.erp.tryton._fields import (
    COMPANY_CURRENCY,
    OTHER_JOURNAL,
    description_of,
    issue_about,
    left_out,
    party_of,
)
from hcfin.erp.tryton._requests import APIS, MOVE
from hcfin.erp.tryton.settings import Settings
from hcfin.finance.base import Document, GlLine
from hcfin.finance.receivable import CreditMemo, Invoice, Receipt
from hcfin.issues import Issue, PolicyText
from hcfin.money import format_amount

_HEAD = ("company", "journal", "period", "date", "description")
_LINE = ("account", "debit", "credit", "party", "description")
_ANALYTIC = ("account", "debit", "credit", "date")


def move_payloads(document: Document, settings: Settings) -> tuple[list[Payload], list[Issue]]:
    """One move, or several that each balance where the document has more lines than the limit."""
    if not document.gl_lines:
        return [], [issue_about("TARGET_DOCUMENT_EMPTY", document)]
    unsaid = _unsaid(document, settings)
    if unsaid:
        return [], [issue_about("TARGET_VALUE_UNSUPPORTED", document, field=PolicyText(unsaid))]
    lines, issues = _lines(document)
    chunks = balanced_chunks(lines, settings.line_limit)
    ids = part_ids(document.id, len(chunks))
    more = (f"method {document.method}", f"trace {document.trace}") if isinstance(document, Receipt) else ()
    payloads = [
        _payload(document, settings, chunk, one, description_of(document, one, part, len(chunks), *more))
        for part, (one, chunk) in enumerate(zip(ids, chunks, strict=True), start=1)
    ]
    return payloads, [*left_out(document, settings), *issues]


def _unsaid(document: Document, settings: Settings) -> str:
    """The field that a move cannot hold, if any."""
    currency = settings.currencies.get(document.entity, COMPANY_CURRENCY)
    if any(line.currency != currency for line in document.gl_lines):
        return "currency"
    totals = document.totals()
    if totals["debit"] != totals["credit"]:
        return "gl_lines"
    if any(
        line.account in settings.party_accounts and not party_of(line, settings) for line in document.gl_lines
    ):
        return "party"
    return ""


def _lines(document: Document) -> tuple[tuple[GlLine, ...], list[Issue]]:
    """The lines to book; the receivable says which account it is about, so that items can be matched.

    That of a receipt falls into the accounts that it pays, but only where it is one line: which of several
    pays which account is not said, unless they name it.
    """
    lines = document.gl_lines
    if isinstance(document, Invoice | CreditMemo):
        issues = [issue_about("TARGET_SERVICES_LEFT_OUT", document)] if document.lines else []
        owed = document.receivable_account
        named = (_of_account(one, document.account_token) if one.account == owed else one for one in lines)
        return tuple(named), issues
    if not isinstance(document, Receipt):
        return lines, []
    paid = [line for line in lines if line.account == document.receivable_account and line.side == "credit"]
    if all("account" in dict(line.tags) for line in paid):
        return lines, []
    applied: dict[str, Decimal] = {}
    for one in document.applications:
        applied[one.account_token] = applied.get(one.account_token, Decimal(0)) + one.amount
    exact = len(paid) == 1 and sum(applied.values()) == paid[0].amount and min(applied.values()) > 0
    if not exact:
        return lines, [issue_about("TARGET_APPLICATIONS_LEFT_OUT", document)]
    (whole,) = paid
    parts = [
        _of_account(whole.model_copy(update={"amount": amount}), token) for token, amount in applied.items()
    ]
    place = lines.index(whole)
    return (*lines[:place], *parts, *lines[place + 1 :]), []


def _of_account(line: GlLine, token: str) -> GlLine:
    if "account" in dict(line.tags):
        return line
    return line.model_copy(update={"tags": (("account", token), *line.tags)})


def _payload(
    document: Document, settings: Settings, chunk: tuple[Part, ...], external_id: str, description: str
) -> Payload:
    mapped = any(name in settings.dimensions for line, _ in chunk for name, _ in line.dimensions)
    fields = [*_HEAD, *(f"lines/{name}" for name in _LINE)]
    if mapped:
        fields += [f"lines/analytic_lines/{name}" for name in _ANALYTIC]
    head = [
        settings.companies.get(document.entity, document.entity),
        settings.journals.get(document.kind, OTHER_JOURNAL),
        settings.periods.get(document.period, document.period),
        document.gl_date.isoformat(),
        description,
    ]
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, amount in chunk:
        # A row with an empty head goes on with the move above it, one with an empty line with its line.
        parts = [*_line(line, amount, settings)]
        analytic = _analytic(line, amount, document, settings) if mapped else [[]]
        for own in analytic:
            lines.append(line.n)
            rows.append([*head, *parts, *own])
            head, parts = [""] * len(_HEAD), [""] * len(_LINE)
    wanted = APIS[settings.api](MOVE, external_id, fields, rows, settings.company_ids.get(document.entity))
    return Payload(
        target="tryton",
        record="account.move",
        external_id=external_id,
        method="POST",
        path=wanted.path,
        body=wanted.body,
        lookup=wanted.lookup,
        post_step=wanted.post_step,
        trace={f"{wanted.rows}/{place}": (document.id, n) for place, n in enumerate(lines)},
    )


def _line(line: GlLine, amount: Decimal, settings: Settings) -> list[str]:
    notes = [line.role, f"rule {line.rule.id}"]
    notes += [f"{name} {value}" for name, value in line.tags if name in settings.tags]
    account = settings.accounts.get(line.account, line.account)
    return [account, *_sides(line, amount), party_of(line, settings), "; ".join(notes)]


def _analytic(line: GlLine, amount: Decimal, document: Document, settings: Settings) -> list[list[str]]:
    """One row for each dimension that has a place; an empty one where none has."""
    made = [
        [settings.dimensions[name] + value, *_sides(line, amount), document.gl_date.isoformat()]
        for name, value in line.dimensions
        if name in settings.dimensions
    ]
    return made or [[""] * len(_ANALYTIC)]


def _sides(line: GlLine, amount: Decimal) -> list[Any]:
    value, nothing = (format_amount(one, line.currency) for one in (amount, Decimal(0)))
    return [value, nothing] if line.side == "debit" else [nothing, value]
