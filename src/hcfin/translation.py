"""The whole job in one pure call: bytes to facts to documents to ERP payloads.

No globals, environment, threads, network or clock: the same call serves an interface engine, a queue and a
Spark task. Input is a binary stream; `hcfin.files` opens paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import SEEK_CUR, BytesIO
from typing import Any, BinaryIO, Literal, Unpack, cast

from hcfin import discover
from hcfin.billing.base import Fact
from hcfin.billing.reading import Event, FactStream, Opened, Reading, collect
from hcfin.billing.remittance import Remittance
from hcfin.books import Books
from hcfin.context import Context
from hcfin.embedding import Unfolding
from hcfin.erp import Payload, Rendering, Target
from hcfin.errors import ModelError, Rejected, SettingsError
from hcfin.finance.asked import Asked
from hcfin.finance.base import Document
from hcfin.issues import PARTIAL, Catalogue, Disposition, Issue, unique
from hcfin.limits import Limits
from hcfin.overlay import near
from hcfin.posting import Posting, post_events
from hcfin.standards import Standard
from hcfin.wire.json import dumps
from hcfin.wire.stream import Prefixed, read_fully

_ISSUE = Catalogue.of("hcfin")
_HEAD = 4096
_SURE = 100

OnError = Literal["collect", "raise"]
Status = Literal["ok", "partial", "rejected"]


@dataclass(frozen=True)
class Translation:
    """The result of `translate`. `facts` are patient data; nothing else is."""

    status: Status
    documents: tuple[Document, ...] = ()
    payloads: tuple[Payload, ...] = ()
    issues: tuple[Issue, ...] = ()
    facts: tuple[Fact, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        return (
            f"Translation(status={self.status!r}, documents={len(self.documents)}, "
            f"payloads={len(self.payloads)}, issues={len(self.issues)})"
        )

    def to_dict(self, *, facts: bool = False) -> dict[str, Any]:
        """JSON-ready form. Amounts are text, except in payload bodies, which have the ERP's own shape."""
        data: dict[str, Any] = {
            "status": self.status,
            "documents": [document.to_dict() for document in self.documents],
            "payloads": [payload_dict(payload) for payload in self.payloads],
            "issues": [issue.to_dict() for issue in self.issues],
        }
        if facts:
            data["facts"] = [fact.model_dump(mode="json") for fact in self.facts]
        return data

    def to_json(self, *, facts: bool = False, indent: int | None = None) -> str:
        """Deterministic JSON: the same input, books, keys and version give the same bytes everywhere."""
        return dumps(self.to_dict(facts=facts), numbers="number", indent=indent)


def standard_of(head: bytes) -> str | None:
    """The name of the standard that the first bytes look like; None if no standard knows them.

    >>> standard_of(b"ISA*00*          *00*")
    'x12'
    """
    best, most = None, 0
    for name in discover.names("hcfin.standards"):
        sure = _standard(name).sniff(head)
        if sure > most:
            best, most = name, sure
        if most >= _SURE:
            break
    return best


def encoded(source: object, standard: str | None = None) -> bytes | None:
    """The bytes of a text, or of an object of a library of the field, as a standard makes them; None where it
    is nothing of the kind."""
    for name in (standard,) if standard else discover.names("hcfin.standards"):
        data = _standard(name).encode(source)
        if data is not None:
            return data
    return None


def read(
    stream: BinaryIO,
    *,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
    strict: bool = False,
) -> Reading:
    """Read all facts of a stream into memory. `strict` adds the findings of the strict validator, for which
    the stream is read again: it must be seekable.

    Raises `UnknownNameError` for a standard that is not installed; never raises on data.
    """
    start = stream.tell() if strict else 0
    reading = collect(
        stream_facts(stream, standard=standard, profile=profile, limits=limits, keep=True, cover=True)
    )
    if strict and reading.standard:
        stream.seek(start)
        extra = strict_issues(stream, reading.standard, limits=limits)
        reading = replace(reading, issues=unique((*reading.issues, *extra)))
    return reading


def strict_issues(stream: BinaryIO, standard: str, *, limits: Limits | None = None) -> tuple[Issue, ...]:
    """What the strict validator of a standard finds. Holds the source in memory, up to the limit."""
    return _standard(standard).check(stream.read((limits or Limits()).max_bytes + 1))


def stream_facts(
    stream: BinaryIO,
    *,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
    keep: bool = False,
    cover: bool = False,
) -> FactStream:
    """The facts of a stream as events that are made while they are taken: bounded memory, one pass.

    `keep` holds the source in memory so that every place in it can be shown; `cover` counts which of its
    elements reach a fact. A source that no standard knows gives a stream of one issue. Files inside
    the source are read, too (see `hcfin.embedding`).
    """
    head = read_fully(stream.read, _HEAD)
    name = standard or standard_of(head)
    if name is None:
        return FactStream("", iter((_ISSUE("STANDARD_UNKNOWN"),)))
    if type(stream) is BytesIO:  # nothing is faster than what is in memory
        stream.seek(-len(head), SEEK_CUR)
        whole: BinaryIO = stream
    else:
        whole = cast(BinaryIO, Prefixed(head, stream))
    source = _standard(name).read(whole, profile, limits or Limits(), keep)
    if source.embeds:
        source = Unfolding(source, _standard, limits or Limits(), keep=keep).stream()
    if cover:
        source.cover()
    return FactStream(source.standard, _guarded(source.events), source.trail, source.coverage, source.cover)


def check(stream: BinaryIO, *, standard: str | None = None, profile: Any = None) -> tuple[Issue, ...]:
    """Every finding of the reader and of the standard's strict validator. The stream must be seekable."""
    return read(stream, standard=standard, profile=profile, strict=True).issues


def render(documents: Sequence[Document], to: str, *, settings: Mapping[str, Any] | None = None) -> Rendering:
    """Render documents as payloads of a target. Raises `UnknownNameError` or `SettingsError`."""
    target: Target = discover.load("hcfin.erp", to, "TARGET")
    known = getattr(target.settings, "model_fields", None)
    for name in settings or ():
        if known is not None and name not in known:
            meant = near(name, known)
            hint = f"did you mean {meant!r}?" if meant else f"known: {', '.join(sorted(known))}"
            raise SettingsError(f"settings of {to}: there is no setting {name!r}; {hint}")
    try:
        made = target.settings(**(settings or {}))
    except (TypeError, ValueError) as error:
        fault = SettingsError(f"settings of {to}: {error}")
    else:
        return target.render(documents, made)
    raise fault


def write(facts: Iterable[Fact], to: str, *, identity: Mapping[str, str] | None = None) -> bytes:
    """Write facts in a standard. `identity` gives sender, receiver and control numbers."""
    return _standard(to).write(facts, identity or {})


def translate(
    stream: BinaryIO,
    books: Books,
    *,
    to: str,
    context: Context,
    standard: str | None = None,
    profile: Any = None,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    on_error: OnError = "collect",
    facts: bool = False,
    **asked: Unpack[Asked],
) -> Translation:
    """Read, post and render. Settings default to the `[erp.<target>]` table of the books.

    `facts` keeps the facts too: patient data, and memory. `asked` is what posting asks of, see `Asked`.
    Raises `Rejected` where `on_error` is "raise" and money did not go where the source says; `KeysError`,
    `SettingsError` or `UnknownNameError` for what the caller must change; never anything else.
    """
    source = stream_facts(stream, standard=standard, profile=profile, limits=limits)
    return translate_facts(
        source,
        books,
        to=to,
        context=context,
        settings=settings,
        on_error=on_error,
        facts=facts,
        **asked,
    )


def translate_facts(
    source: FactStream,
    books: Books,
    *,
    to: str,
    context: Context,
    settings: Mapping[str, Any] | None = None,
    on_error: OnError = "collect",
    facts: bool = False,
    **asked: Unpack[Asked],
) -> Translation:
    """`translate` for a stream of facts."""
    kept: list[Fact] = []
    documents: list[Document] = []
    issues: list[Issue] = []
    for posting in _postings(source, books, context, kept if facts else None, asked):
        documents += posting.documents
        issues += posting.issues
    rendering = render(documents, to, settings=settings if settings is not None else books.erp.get(to))
    result = _translation(documents, rendering, issues, kept)
    if on_error == "raise" and result.status != "ok":
        raise Rejected([issue for issue in result.issues if issue.disposition in PARTIAL])
    return result


def iter_translate(
    stream: BinaryIO,
    books: Books,
    *,
    to: str,
    context: Context,
    standard: str | None = None,
    profile: Any = None,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    facts: bool = False,
    **asked: Unpack[Asked],
) -> Iterator[Translation]:
    """Translate a file of any size: one `Translation` for each remittance, as soon as it has ended, and bill.

    Memory is that of one remittance's documents, and of its facts where they are asked for. What is wrong
    with the file itself comes with the next remittance, or alone at the end. `known` is what came before the
    file, also for its last remittance, and so is `known_supply`.
    """
    # What the caller must change is said before anything is read.
    render((), to, settings=settings if settings is not None else books.erp.get(to))
    source = stream_facts(stream, standard=standard, profile=profile, limits=limits)
    yield from iter_translate_facts(
        source,
        books,
        to=to,
        context=context,
        settings=settings,
        facts=facts,
        **asked,
    )


def iter_translate_facts(
    source: FactStream,
    books: Books,
    *,
    to: str,
    context: Context,
    settings: Mapping[str, Any] | None = None,
    facts: bool = False,
    **asked: Unpack[Asked],
) -> Iterator[Translation]:
    """`iter_translate` for a stream of facts."""
    chosen = settings if settings is not None else books.erp.get(to)
    kept: list[Fact] = []
    for posting in _postings(source, books, context, kept if facts else None, asked):
        rendering = render(posting.documents, to, settings=chosen)
        yield _translation(posting.documents, rendering, posting.issues, kept)
        kept.clear()


def _postings(
    source: FactStream, books: Books, context: Context, kept: list[Fact] | None, asked: Asked
) -> Iterator[Posting]:
    events = source.events
    if kept is not None:
        events = _keeping(events, kept)
    return post_events(events, books, source.locator, context=context, **asked)


def _keeping(events: Iterator[Event], kept: list[Fact]) -> Iterator[Event]:
    first = 0
    for event in events:
        if isinstance(event, Opened):
            first = len(kept)
        elif isinstance(event, Remittance):
            kept.insert(first, event)
        elif isinstance(event, Fact):
            kept.append(event)
        yield event


def apart(events: Iterator[Event], issues: list[Issue]) -> Iterator[Event]:
    """The events without the reader's issues, which go to the list."""
    for event in events:
        if isinstance(event, Issue):
            issues.append(event)
        else:
            yield event


def _guarded(events: Iterator[Event]) -> Iterator[Event]:
    """A reader of another distribution that lets a refused fact through must not break the caller."""
    try:
        yield from events
    except ModelError:
        yield _ISSUE("FACTS_REFUSED")


def _translation(
    documents: Sequence[Document], rendering: Rendering, issues: Iterable[Issue], facts: Sequence[Fact]
) -> Translation:
    found = unique((*issues, *rendering.issues))
    return Translation(
        status=status_of(documents, found),
        documents=tuple(documents),
        payloads=rendering.payloads,
        issues=found,
        facts=tuple(facts),
    )


def status_of(documents: Sequence[Document], issues: Iterable[Issue]) -> Status:
    """`ok`, `partial` (some money was held back), or `rejected` (held back, and nothing was made)."""
    found = {issue.disposition for issue in issues}
    if not found & PARTIAL:
        return "ok"
    return "rejected" if Disposition.REJECT_SET in found and not documents else "partial"


def payload_dict(payload: Payload) -> dict[str, Any]:
    """JSON-ready form of a payload."""
    return {
        "target": payload.target,
        "record": payload.record,
        "external_id": payload.external_id,
        "method": payload.method,
        "path": payload.path,
        "media_type": payload.media_type,
        "lookup": payload.lookup,
        "post_step": payload.post_step,
        "depends_on": list(payload.depends_on),
        "body": payload.body,
        "trace": {pointer: list(line) for pointer, line in payload.trace.items()},
    }


def _standard(name: str) -> Standard:
    found: Standard = discover.load("hcfin.standards", name, "STANDARD")
    return found
