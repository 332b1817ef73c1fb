"""From a journal line, or an ERP payload line, back to the segments that made it; and the other way.

Strategy: nothing is stored. The source is read and posted again, which gives the same ids and lines, and the
answer is looked up in what became of every source amount. That is done remittance by remittance, in one pass:
a segment is excerpted while the reader still has it. Which line a payload line renders only all documents
together can say, so that question takes a pass of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hcfin import translation as whole
from hcfin.billing.reading import Locator
from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import UnknownNameError
from hcfin.finance.base import Document, GlLine, RuleRef
from hcfin.issues import Issue
from hcfin.model import Model
from hcfin.origin import Origin
from hcfin.posting import Posting, SourceAmount, post_events


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
    `<external id>#<JSON pointer>` of a payload that target `to` makes, and needs a seekable stream; `at` is
    the ordinal of a segment. Memory is that of one remittance, and of the answer. Raises `UnknownNameError`
    where the selection names nothing.
    """
    if payload is not None:
        if to is None:
            raise UnknownNameError("a payload line is of a target: say to which it belongs")
        start = stream.tell()
        source = whole.stream_facts(stream, standard=standard, profile=profile)
        made = [
            document
            for posting in post_events(source.events, books, source.locator, context=context)
            for document in posting.documents
        ]
        line = _line_of_payload(payload, made, books, to)
        stream.seek(start)
    source = whole.stream_facts(stream, standard=standard, profile=profile)
    answer = _Answer(books, line, at)
    found: list[Issue] = []
    where = _Excerpts(source.standard, source.trail, at)
    for posting in post_events(
        whole.apart(source.events, found), books, where, context=context, dispositions=True
    ):
        answer.take(posting, where.seen)
        where.seen.clear()
    return answer.explained(found)


@dataclass(frozen=True, slots=True)
class _Excerpts(Locator):
    """A locator that keeps the masked segment of every place, or of one segment's, as it is asked for."""

    only: int | None = None
    seen: dict[int, str] = field(default_factory=dict)

    def place(self, node: Model, name: str) -> Origin:
        """Where a field of a fact stood."""
        origin = Locator.place(self, node, name)
        if origin.at not in self.seen and self.only in (None, origin.at):
            self.seen[origin.at] = self.trail.excerpt(origin.at)
        return origin


class _Answer:
    """Collects what the selection asks for, remittance by remittance."""

    def __init__(self, books: Books, line: str | None, at: int | None) -> None:
        self.books = books
        self.line = line
        self.at = at
        self.wanted = _wanted(line)
        self.lines: list[LineExplanation] = []
        self.unposted: list[Source] = []
        self.issues: list[Issue] = []
        self.met = False

    def take(self, posting: Posting, excerpts: dict[int, str]) -> None:
        """What of a posting was asked for."""
        self.issues += posting.issues
        sources: dict[tuple[str, int], list[Source]] = {}
        for amount in posting.dispositions:
            if self.at is not None and amount.origin.at != self.at:
                continue
            self.met |= bool(amount.lines) or self.line is None
            source = Source(amount, excerpts.get(amount.origin.at, ""))
            for place in amount.lines:
                if _matches(self.wanted, *place):
                    sources.setdefault(place, []).append(source)
            if not amount.lines and self.line is None:
                self.unposted.append(source)
        for document in posting.documents:
            for found in document.gl_lines:
                here = sources.get((document.id, found.n))
                if here:
                    text = self.books.rule_text(found.rule)
                    self.lines.append(LineExplanation(document.id, found, text, tuple(here)))

    def explained(self, found: list[Issue]) -> Explained:
        """The answer, after the issues that the reader found."""
        if self.at is not None and not self.met:
            raise UnknownNameError(f"segment {self.at} holds no amount that posting has seen")
        if self.line is not None and not self.lines:
            raise UnknownNameError(f"this source makes no line {self.line!r}")
        return Explained(tuple(self.lines), tuple(self.unposted), (*found, *self.issues))


def _wanted(line: str | None) -> tuple[str, int | None] | None:
    if line is None:
        return None
    document, _, number = line.partition(":")
    return document, int(number) if number.isdigit() else None


def _matches(wanted: tuple[str, int | None] | None, document: str, n: int) -> bool:
    return wanted is None or (wanted[0] == document and wanted[1] in (None, n))


def _line_of_payload(payload: str, documents: list[Document], books: Books, to: str) -> str:
    external_id, _, pointer = payload.partition("#")
    rendering = whole.render(documents, to, settings=books.erp.get(to))
    for made in rendering.payloads:
        if made.external_id == external_id and pointer in made.trace:
            document, n = made.trace[pointer]
            return f"{document}:{n}"
    raise UnknownNameError(f"this source makes no payload line {payload!r}")
