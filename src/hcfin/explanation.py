"""From a journal line, or an ERP payload line, back to the segments that made it; and the other way.

Strategy: nothing is stored. The source is read and posted again, which gives the same ids and lines, and the
answer is looked up in what became of every source amount. That is done remittance by remittance, in one pass:
a segment is excerpted while the reader still has it. Which line a payload line renders only all documents
together can say, so that question takes a pass of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Unpack

from hcfin import translation as whole
from hcfin.billing.reading import Locator
from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import UnknownNameError
from hcfin.finance.asked import Asked
from hcfin.finance.base import Document, GlLine, RuleRef
from hcfin.issues import Issue
from hcfin.model import Model
from hcfin.origin import Origin
from hcfin.posting import Outcome, Posting, SourceAmount, post_events


@dataclass(frozen=True, slots=True)
class Source:
    """One source amount with the masked segment that holds it."""

    amount: SourceAmount
    excerpt: str
    because: str = ""
    """Why it has no line, in words; empty for an amount that has one."""
    rule_text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        data = {**self.amount.to_dict(), "excerpt": self.excerpt}
        if self.because:
            data["because"] = self.because
        if self.amount.ref is not None:
            data["rule"] = {**self.amount.ref.model_dump(), "text": self.rule_text}
        return data

    def __str__(self) -> str:
        end = self.amount
        head = f"{end.amount:f} from {end.origin} is {end.outcome} ({end.rule})  {self.excerpt}"
        if end.ref is None:
            return f"{head}\n  {self.because}"
        return (
            f"{head}\n  {self.because}\n  rule {end.rule}  {end.ref.layer}:{end.ref.line}  {self.rule_text}"
        )


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """A journal line, the rule that decided it with the text of that rule, and every source amount in it.

    `payloads` are the places where a target renders it: `<external id>#<JSON pointer>`.
    """

    document_id: str
    line: GlLine
    rule_text: str
    sources: tuple[Source, ...]
    payloads: tuple[str, ...] = ()

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
            **({"payloads": list(self.payloads)} if self.payloads else {}),
        }

    def __str__(self) -> str:
        rule = self.line.rule
        head = (
            f"{self.document_id}:{self.line.n}  {self.line.side} {self.line.amount:f}  "
            f"{self.line.role} ({self.line.account})"
        )
        because = f"  rule {rule.id}  {rule.layer}:{rule.line}  {self.rule_text}"
        sources = [f"  {s.amount.amount:f} from {s.amount.origin}  {s.excerpt}" for s in self.sources]
        return "\n".join((head, because, *sources, *(f"  rendered as {place}" for place in self.payloads)))


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
        return "\n".join(str(block) for block in (*self.lines, *self.unposted))


def explain(
    stream: BinaryIO,
    books: Books,
    *,
    context: Context,
    line: str | None = None,
    payload: str | None = None,
    to: str | None = None,
    at: int | None = None,
    element: str | None = None,
    standard: str | None = None,
    profile: Any = None,
    **asked: Unpack[Asked],
) -> Explained:
    """Explain the lines of a source's documents: all of them, or a selection.

    `line` is `<document id>:<n>`, or a document id for all its lines; `payload` is
    `<external id>#<JSON pointer>` of a payload that target `to` makes, and needs a seekable stream; `at` is
    the ordinal of a segment, `element` one of its elements (`CAS03`). With `to` and no `payload`, each line
    tells where that target renders it. `asked` is what the source was posted with.
    Memory is that of one remittance, and of the answer. Raises `UnknownNameError` where the selection names
    nothing.
    """
    if element is not None and at is None:
        raise UnknownNameError("an element is of a segment: say which, with its number in the file")
    if payload is not None:
        if to is None:
            raise UnknownNameError("a payload line is of a target: say to which it belongs")
        start = stream.tell()
        source = whole.stream_facts(stream, standard=standard, profile=profile)
        made = [
            document
            for posting in post_events(source.events, books, source.locator, context=context, **asked)
            for document in posting.documents
        ]
        line = _line_of_payload(payload, made, books, to)
        stream.seek(start)
    source = whole.stream_facts(stream, standard=standard, profile=profile)
    answer = _Answer(books, line, at, element, to if payload is None else None)
    found: list[Issue] = []
    where = _Excerpts(source.standard, source.trail, at)
    for posting in post_events(
        whole.apart(source.events, found),
        books,
        where,
        context=context,
        dispositions=True,
        **asked,
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

    def __init__(
        self, books: Books, line: str | None, at: int | None, element: str | None, to: str | None
    ) -> None:
        self.books = books
        self.line = line
        self.at = at
        self.element = element
        self.to = to
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
            if not self._asked(amount.origin):
                continue
            self.met |= bool(amount.lines) or self.line is None
            source = self._source(amount, excerpts.get(amount.origin.at, ""), posting)
            for place in amount.lines:
                if _matches(self.wanted, *place):
                    sources.setdefault(place, []).append(source)
            if not amount.lines and self.line is None:
                self.unposted.append(source)
        told = {place for amount in posting.dispositions for place in amount.lines}
        for document in posting.documents:
            for found in document.gl_lines:
                place = document.id, found.n
                # A balance that moves is no amount of the source; its lines say what made it move.
                if place not in told and _matches(self.wanted, *place) and self._made_by(found):
                    sources[place] = []
        rendered = self._rendered(posting.documents) if sources else {}
        for document in posting.documents:
            for found in document.gl_lines:
                place = document.id, found.n
                here = sources.get(place)
                if here is not None:
                    text, shown = self.books.rule_text(found.rule), tuple(rendered.get(place, ()))
                    self.lines.append(LineExplanation(document.id, found, text, tuple(here), shown))

    def _asked(self, origin: Origin) -> bool:
        return self.at in (None, origin.at) and self.element in (None, origin.element)

    def _made_by(self, line: GlLine) -> bool:
        """Whether a line without amounts of the source comes from the segment that was asked for."""
        asked = self.at is None or (
            self.element is None and self.at in {one.at for one in line.origins.first}
        )
        self.met |= asked
        return asked

    def _source(self, amount: SourceAmount, excerpt: str, posting: Posting) -> Source:
        if amount.lines:
            return Source(amount, excerpt)
        text = self.books.rule_text(amount.ref) if amount.ref else ""
        return Source(amount, excerpt, _because(amount, posting.issues), text)

    def _rendered(self, documents: Sequence[Document]) -> dict[tuple[str, int], list[str]]:
        """Where the target renders each line."""
        places: dict[tuple[str, int], list[str]] = {}
        if self.to is not None:
            for made in whole.render(documents, self.to, settings=self.books.erp.get(self.to)).payloads:
                for pointer, place in made.trace.items():
                    places.setdefault(place, []).append(f"{made.external_id}#{pointer}")
        return places

    def explained(self, found: list[Issue]) -> Explained:
        """The answer, after the issues that the reader found."""
        if self.at is not None and not self.met:
            where = f"segment {self.at}" + (f", element {self.element}," if self.element else "")
            raise UnknownNameError(f"{where} holds no amount that posting has seen")
        if self.line is not None and not self.lines:
            raise UnknownNameError(f"this source makes no line {self.line!r}")
        return Explained(tuple(self.lines), tuple(self.unposted), (*found, *self.issues))


_FIXED = {
    "never_posted": "it is told beside the balances; no journal takes it",
    "balance_only": "the line only has to balance; the claim's own charge and payment are posted",
    "mirrored": "the adjudication that the claim reverses is taken back as it was posted",
    "zero": "there is nothing to post",
    "explanted": "what is taken out of a patient moves no money",
    "expensed_on_arrival": "the item was an expense when it arrived; its use is no other",
    "confirmation": "what a supplier confirms books nothing",
    "blanket_order": "a frame books nothing; the orders that fill it are orders of their own",
    "shipped": "what is announced is booked when it arrives",
    "paid_elsewhere": "the ERP books its own payments to suppliers",
    "INVOICE_REJECTED": "the invoice was rejected before it came",
    "nothing_settled": "nothing of the charge leaves the receivable: see the ends of the adjustments",
}
_OUTCOMES = {
    Outcome.INFORMATIONAL: "the rule posts nothing: what the payer settles is less by it",
    Outcome.KEPT_OPEN: "the rule leaves it in the payer's receivable",
}


def _because(amount: SourceAmount, issues: Iterable[Issue]) -> str:
    """Why an amount has no line: the issue that stopped it, where one did; else what its rule means."""
    if amount.rule in _FIXED:
        return _FIXED[amount.rule]
    found = [issue for issue in issues if issue.code == amount.rule]
    found.sort(key=lambda issue: issue.origin is None or issue.origin.at != amount.origin.at)
    found += [issue for issue in issues if amount.ref and issue.origin == amount.origin]
    if found:
        return found[0].message
    return _OUTCOMES.get(amount.outcome, f"the remittance was not posted: {amount.rule}")


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
