"""From a journal line, or an ERP payload line, back to the segments that made it; and the other way.

Strategy: nothing is stored. The source is read and posted again, which gives the same ids and lines, and the
answer is looked up in what became of every source amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from hcfin import translation as whole
from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import UnknownNameError
from hcfin.finance.base import GlLine, RuleRef
from hcfin.issues import Issue
from hcfin.posting import SourceAmount, post


@dataclass(frozen=True, slots=True)
class Source:
    """One source amount with the masked segment that holds it."""

    amount: SourceAmount
    excerpt: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {**self.amount.to_dict(), "excerpt": self.excerpt}


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """A journal line, the rule that decided it with the text of that rule, and every source amount in it."""

    document_id: str
    line: GlLine
    rule_text: str
    sources: tuple[Source, ...]

    @property
    def rule(self) -> RuleRef:
        """The rule."""
        return self.line.rule

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "document": self.document_id,
            "line": self.line.n,
            "role": self.line.role,
            "account": self.line.account,
            "side": self.line.side,
            "amount": f"{self.line.amount:f}",
            "rule": {**self.line.rule.model_dump(), "text": self.rule_text},
            "sources": [source.to_dict() for source in self.sources],
        }

    def __str__(self) -> str:
        rule = self.line.rule
        head = (
            f"{self.document_id}:{self.line.n}  {self.line.side} {self.line.amount:f}  "
            f"{self.line.role} ({self.line.account})"
        )
        because = f"  rule {rule.id}  {rule.layer}:{rule.line}  {self.rule_text}"
        sources = [f"  {s.amount.amount:f} from {s.amount.origin}  {s.excerpt}" for s in self.sources]
        return "\n".join((head, because, *sources))


@dataclass(frozen=True, slots=True)
class Explained:
    """Explanations of the selected lines; `unposted` are selected source amounts that have no line."""

    lines: tuple[LineExplanation, ...]
    unposted: tuple[Source, ...]
    issues: tuple[Issue, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "lines": [line.to_dict() for line in self.lines],
            "unposted": [source.to_dict() for source in self.unposted],
        }

    def __str__(self) -> str:
        blocks = [str(line) for line in self.lines]
        blocks += [
            f"{source.amount.amount:f} from {source.amount.origin} is {source.amount.outcome} "
            f"({source.amount.rule})  {source.excerpt}"
            for source in self.unposted
        ]
        return "\n".join(blocks)


def explain(
    stream: BinaryIO,
    books: Books,
    *,
    context: Context,
    line: str | None = None,
    payload: str | None = None,
    to: str | None = None,
    at: int | None = None,
    standard: str | None = None,
    profile: Any = None,
) -> Explained:
    """Explain the lines of a source's documents: all of them, or a selection.

    `line` is `<document id>:<n>`, or a document id for all its lines; `payload` is
    `<external id>#<JSON pointer>` of a payload that target `to` makes; `at` is the ordinal of a segment.
    Raises `UnknownNameError` where the selection names nothing.
    """
    reading = whole.read(stream, standard=standard, profile=profile)
    posting = post(reading, books, context=context)
    if payload is not None:
        if to is None:
            raise UnknownNameError("a payload line is of a target: say to which it belongs")
        line = _line_of_payload(payload, posting.documents, books, to)
    wanted = _wanted(line)
    sources: dict[tuple[str, int], list[Source]] = {}
    unposted = []
    for amount in posting.dispositions:
        if at is not None and amount.origin.at != at:
            continue
        source = Source(amount, reading.trail.excerpt(amount.origin.at))
        for place in amount.lines:
            sources.setdefault(place, []).append(source)
        if not amount.lines and line is None:
            unposted.append(source)
    lines = tuple(
        LineExplanation(document.id, found, books.rule_text(found.rule), tuple(sources[document.id, found.n]))
        for document in posting.documents
        for found in document.gl_lines
        if (document.id, found.n) in sources and _matches(wanted, document.id, found.n)
    )
    if at is not None and not sources and not unposted:
        raise UnknownNameError(f"segment {at} holds no amount that posting has seen")
    if line is not None and not lines:
        raise UnknownNameError(f"this source makes no line {line!r}")
    return Explained(lines, tuple(unposted), (*reading.issues, *posting.issues))


def _wanted(line: str | None) -> tuple[str, int | None] | None:
    if line is None:
        return None
    document, _, number = line.partition(":")
    return document, int(number) if number.isdigit() else None


def _matches(wanted: tuple[str, int | None] | None, document: str, n: int) -> bool:
    return wanted is None or (wanted[0] == document and wanted[1] in (None, n))


def _line_of_payload(payload: str, documents: Any, books: Books, to: str) -> str:
    external_id, _, pointer = payload.partition("#")
    rendering = whole.render(documents, to, settings=books.erp.get(to))
    for made in rendering.payloads:
        if made.external_id == external_id and pointer in made.trace:
            document, n = made.trace[pointer]
            return f"{document}:{n}"
    raise UnknownNameError(f"this source makes no payload line {payload!r}")
