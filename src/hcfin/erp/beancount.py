"""Beancount: the documents as one plain-text ledger, to read, to query, or to check with `bean-check`.

The ledger books what each document's `gl_lines` say, whatever the kind, so it is also an independent judge of
the double entry of every other target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from pydantic import Field

from hcfin.erp import Capabilities, Payload, Rendering, Target
from hcfin.finance.base import Document, GlLine
from hcfin.identity import content_hash
from hcfin.issues import Catalogue, Issue, PolicyText, unique
from hcfin.model import Model
from hcfin.money import is_currency

Root = Literal["Assets", "Liabilities", "Income", "Expenses", "Equity"]

_Names = Mapping[tuple[str, str], str]

_ISSUE = Catalogue.of("hcfin.erp")
_NAME = PolicyText("beancount")

_ROOTS: Mapping[str, Root] = {
    "cash": "Assets",
    "ar": "Assets",
    "inventory": "Assets",
    "prepaid": "Assets",
    "construction_in_progress": "Assets",
    "tax": "Assets",  # tax to be reclaimed; tax owed is a liability by its role's name
    "suspense": "Assets",
    "liability": "Liabilities",
    "revenue": "Income",
    "other": "Income",
    "expense": "Expenses",
}

# Names of these forms change into account components one to one; any other gets a digest, see _component.
_ACCOUNT = re.compile(r"[A-Z0-9][A-Za-z0-9-]*", re.ASCII)
_ROLE_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)
_KEY = re.compile(r"[a-z0-9][a-z0-9_]*", re.ASCII)
_DIGEST = re.compile(r".*[-_][0-9a-f]{10}", re.ASCII | re.DOTALL)

# Controls, Unicode line breaks and halves of surrogate pairs: they would break a line or cannot be UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_CHECKED = re.compile(r":([0-9]{1,9}):\s+(.*)")


class Settings(Model):
    """The `[erp.beancount]` table."""

    roots: dict[str, Root] = Field(
        default={}, description="First words of roles to one of the five roots; the longest match decides."
    )


def render(documents: Sequence[Document], settings: Settings) -> Rendering:
    """One ledger of all documents that book something, in the given order; memos are left out.

    It stands by itself: it opens its accounts, so two of them cannot be included in a third. The trace leads
    from `/<line of text>`, 1 for the first, to the line that the posting renders.
    """
    said: list[Document] = []
    issues: list[Issue] = []
    for document in documents:
        if document.memo:
            continue
        issue = _refusal(document)
        if issue:
            issues.append(issue)
        else:
            said.append(document)
    if not said:
        return Rendering(issues=tuple(issues))
    names = _names(said, settings.roots)
    lines = [*_opened(said, names)]
    trace: dict[str, tuple[str, int]] = {}
    for document in said:
        lines += ["", *_header(document)]
        for line in document.gl_lines:
            lines.append(_posting(line, names))
            trace[f"/{len(lines)}"] = (document.id, line.n)
            lines += _details(line)
    name = content_hash([document.id for document in said])[:20]
    payload = Payload(
        target="beancount",
        record="ledger",
        external_id=name,
        method="FILE",
        path=f"{name}.beancount",
        body="\n".join(lines) + "\n",
        media_type="text/plain",
        trace=trace,
    )
    return Rendering(payloads=(payload,), issues=tuple(issues))


def explain_response(status: int, body: str) -> tuple[Issue, ...]:
    """Issues from the exit status and the output of `bean-check`; none at status 0.

    The value `line` is the line of the ledger that it objects to.
    """
    if status == 0:
        return ()
    found = [_explained(status, int(match[1]), match[2]) for match in _CHECKED.finditer(body)]
    return unique(found) or (_ISSUE("ERP_REJECTED", target=_NAME, status=status),)


def _explained(status: int, line: int, text: str) -> Issue:
    code = "ERP_REJECTED"
    if "does not balance" in text:
        code = "ERP_UNBALANCED"
    elif "unknown account" in text or "inactive account" in text or "Invalid currency" in text:
        code = "ERP_REFERENCE_UNKNOWN"
    return _ISSUE(code, target=_NAME, status=status, line=line)


# Goods that are the supplier's book nothing when they come, nor does an invoice that is held whole.
_MAY_BOOK = ("goods_receipt", "supplier_invoice")


def _refusal(document: Document) -> Issue | None:
    about = PolicyText(document.id)
    if not document.gl_lines:
        if document.kind in _MAY_BOOK:
            return _ISSUE("TARGET_DOCUMENT_EMPTY", target=_NAME, document=about)
        kind = PolicyText(document.kind)
        return _ISSUE("TARGET_DOCUMENT_UNKNOWN", target=_NAME, document=about, kind=kind)
    sums: dict[str, Decimal] = {}
    for line in document.gl_lines:
        sums[line.currency] = sums.get(line.currency, Decimal(0)) + _signed(line)
    # Only a journal entry cannot be made unbalanced, and `currency` is any text to the model.
    for field, wrong in (
        ("currency", not all(map(is_currency, sums))),
        ("gl_lines", any(sums.values())),
    ):
        if wrong:
            value = PolicyText(field)
            return _ISSUE("TARGET_VALUE_UNSUPPORTED", target=_NAME, document=about, field=value)
    return None


def _names(documents: Sequence[Document], roots: Mapping[str, Root]) -> _Names:
    """The name of each account, made once: many lines share one."""
    places = {(line.role, line.account) for document in documents for line in document.gl_lines}
    return {(role, account): _account(role, account, roots) for role, account in places}


def _opened(documents: Sequence[Document], names: _Names) -> Iterator[str]:
    first = min(document.gl_date for document in documents).isoformat()
    currencies: dict[str, set[str]] = {}
    for line in (line for document in documents for line in document.gl_lines):
        currencies.setdefault(names[line.role, line.account], set()).add(line.currency)
    for account in sorted(currencies):
        yield f"{first} open {account} {','.join(sorted(currencies[account]))}"


def _header(document: Document) -> Iterator[str]:
    yield f"{document.gl_date.isoformat()} * {_string(f'{document.kind} {document.id}')}"
    yield f"  id: {_string(document.id)}"
    yield f"  entity: {_string(document.entity)}"
    yield f"  period: {_string(document.period)}"
    if document.original_period:
        yield f"  original-period: {_string(document.original_period)}"
    if document.settlement_date:
        yield f"  settlement-date: {document.settlement_date.isoformat()}"
    if document.reverses:
        yield f"  reverses: {_string(document.reverses)}"


def _posting(line: GlLine, names: _Names) -> str:
    return f"  {names[line.role, line.account]}  {_signed(line):f} {line.currency}"


def _details(line: GlLine) -> Iterator[str]:
    yield f"    line: {line.n}"
    yield f"    role: {_string(line.role)}"
    yield f"    rule: {_string(line.rule.id)}"
    yield f"    rule-at: {_string(f'{line.rule.layer}:{line.rule.line}')}"
    if line.party:
        yield f"    party: {_string(f'{line.party.kind}:{line.party.token}')}"
    for prefix, pairs in (("dim", line.dimensions), ("tag", line.tags)):
        for name, value in dict(pairs).items():
            yield f"    {prefix}-{_key(name)}: {_string(value)}"


def _signed(line: GlLine) -> Decimal:
    return line.amount if line.side == "debit" else -line.amount


def _account(role: str, account: str, roots: Mapping[str, Root]) -> str:
    words = role.split(".")
    parts = [_root(words, roots), *(_component(word, _ROLE_WORD) for word in words)]
    return ":".join([*parts, _component(account, _ACCOUNT)])


def _root(words: Sequence[str], roots: Mapping[str, Root]) -> Root:
    for length in range(len(words), 0, -1):
        prefix = ".".join(words[:length])
        if prefix in roots:
            return roots[prefix]
    return _ROOTS.get(words[0], "Equity")


def _component(text: str, plain: re.Pattern[str]) -> str:
    """A part of an account name. Different texts give different parts.

    A text of the plain form only changes its case and its underscores. Any other loses characters, so it
    gets a digest of the whole; a plain one that looks as if it had a digest gets one too.
    """
    if plain is _ACCOUNT and _is_plain(text, plain):
        return text
    pieces = [piece for piece in re.split(r"[^A-Za-z0-9]+", text) if piece]
    name = "-".join(piece[0].upper() + piece[1:] for piece in pieces)
    return name if _is_plain(text, plain) else f"{name or 'X'}-{_digest(text)}"


def _key(text: str) -> str:
    """The last part of a metadata key, under the same law as `_component`."""
    if _is_plain(text, _KEY):
        return text
    return f"{re.sub(r'[^a-z0-9_]+', '-', text.lower()).strip('-') or 'x'}-{_digest(text)}"


def _is_plain(text: str, plain: re.Pattern[str]) -> bool:
    return plain.fullmatch(text) is not None and _DIGEST.fullmatch(text) is None


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _UNPRINTABLE.sub(_escaped, escaped) + '"'


def _escaped(found: re.Match[str]) -> str:
    # Beancount knows three escapes; the rest is shown as its number, in text.
    return _ESCAPES.get(found[0]) or f"\\\\u{ord(found[0]):04x}"


TARGET = Target(
    name="beancount",
    settings=Settings,
    capabilities=Capabilities(
        documents=("journal_entry", "invoice", "credit_memo", "receipt", *_MAY_BOOK),
        dedupes=True,
        balances_per="transaction and currency",
    ),
    render=render,
    explain_response=explain_response,
)
