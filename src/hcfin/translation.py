"""The whole job in one pure call: bytes to facts to documents to ERP payloads.

No globals, environment, threads, network or clock: the same call serves an interface engine, a queue and a
Spark task. Input is a binary stream; `hcfin.files` opens paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import SEEK_CUR, BytesIO
from typing import Any, BinaryIO, Literal

from hcfin import discover
from hcfin.billing.base import Fact
from hcfin.billing.reading import Reading
from hcfin.books import Books
from hcfin.context import Context
from hcfin.erp import Payload, Rendering, Target
from hcfin.errors import ModelError, Rejected, SettingsError
from hcfin.finance.base import Document
from hcfin.issues import PARTIAL, Catalogue, Disposition, Issue, unique
from hcfin.limits import Limits
from hcfin.overlay import near
from hcfin.posting import post
from hcfin.standards import Standard
from hcfin.wire.json import dumps

_ISSUE = Catalogue.of("hcfin")
_HEAD = 4096

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
    sure = {name: _standard(name).sniff(head) for name in discover.names("hcfin.standards")}
    best = max(sure, key=lambda name: sure[name], default=None)
    return best if best is not None and sure[best] > 0 else None


def read(
    stream: BinaryIO,
    *,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
    strict: bool = False,
) -> Reading:
    """Read facts from a stream. `strict` adds the findings of the standard's strict validator.

    Raises `UnknownNameError` for a standard that is not installed; never raises on data.
    """
    limits = limits or Limits()
    head = stream.read(_HEAD)
    name = standard or standard_of(head)
    if name is None:
        return Reading(standard="", issues=(_ISSUE("STANDARD_UNKNOWN"),))
    source = _rewound(stream, head)
    found = _standard(name)
    start = source.tell()
    try:
        reading = found.read(source, profile, limits)
    except ModelError:
        # A reader of another distribution that lets a refused fact through must not break the caller.
        reading = Reading(standard=name, issues=(_ISSUE("FACTS_REFUSED"),))
    if strict:
        source.seek(start)
        extra = found.check(source.read())
        reading = replace(reading, issues=unique((*reading.issues, *extra)))
    return reading


def check(stream: BinaryIO, *, standard: str | None = None) -> tuple[Issue, ...]:
    """Every finding of the reader and of the standard's strict validator."""
    return read(stream, standard=standard, strict=True).issues


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
) -> Translation:
    """Read, post and render. Settings default to the `[erp.<target>]` table of the books.

    Raises `Rejected` where `on_error` is "raise" and money did not go where the source says; `KeysError`,
    `SettingsError` or `UnknownNameError` for what the caller must change; never anything else.
    """
    reading = read(stream, standard=standard, profile=profile, limits=limits)
    posting = post(reading, books, context=context)
    chosen = settings if settings is not None else books.erp.get(to)
    rendering = render(posting.documents, to, settings=chosen)
    issues = unique((*posting.issues, *reading.issues, *rendering.issues))
    result = Translation(
        status=status_of(posting.documents, issues),
        documents=posting.documents,
        payloads=rendering.payloads,
        issues=issues,
        facts=reading.facts,
    )
    if on_error == "raise" and result.status != "ok":
        raise Rejected([issue for issue in issues if issue.disposition in PARTIAL])
    return result


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


def _rewound(stream: BinaryIO, head: bytes) -> BinaryIO:
    """The stream from its first byte, whether it can seek or not."""
    if stream.seekable():
        stream.seek(-len(head), SEEK_CUR)
        return stream
    return BytesIO(head + stream.read())
