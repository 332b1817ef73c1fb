"""Binary, DocumentReference and Communication: files inside resources, such as an 835 in a Binary.

What is declared to be X12, HL7 v2 or FHIR is handed on as a file of that standard; what is declared to be
text or bytes, only if it looks like X12. Others (a PDF, an image) hold no money that is read.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

from hcfin.billing.embedded import Embedded
from hcfin.issues import PolicyText
from hcfin.standards.fhir.elements import Element, child, children, text
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

_X12 = "x12"
_DECLARED = {
    "application/edi-x12": _X12,
    "application/x12": _X12,
    "application/hl7-v2": "hl7v2",
    "x-application/hl7-v2+er7": "hl7v2",
    "application/fhir+json": "fhir",
    "application/fhir+ndjson": "fhir",
    "application/fhir+xml": "fhir",
}
# Names that say nothing of the content.
_UNDECLARED = frozenset(
    {"", "text/plain", "application/octet-stream", "application/gzip", "application/x-gzip"}
)
_PACKED = "+gzip"
_NOT_CURRENT = frozenset({"superseded", "entered-in-error", "not-done"})
_SPACES = str.maketrans("", "", " \t\r\n")


def read_attachments(resource: Resource, session: Session) -> None:
    """The files of a resource, each an `Embedded`; where there is none that is read, say so."""
    if (status := text(resource.data, "status")) in _NOT_CURRENT:
        session.issue("DOCUMENT_NOT_CURRENT", resource.at, status=status)
        return
    found = False
    for attachment, pointer in _attachments(resource):
        declared = text(attachment, "contentType").partition(";")[0].strip().lower().removesuffix(_PACKED)
        standard = _DECLARED.get(declared, _X12 if declared in _UNDECLARED else "")
        packed = text(attachment, "data").translate(_SPACES)
        if standard and packed:
            found = True
            _hand_on(standard, packed, session.at(pointer), session, sure=declared in _DECLARED)
    if not found:
        session.issue("RESOURCE_NOT_READ", resource.at, type=PolicyText(resource.type))


def _attachments(resource: Resource) -> Iterator[tuple[Element, str]]:
    """What holds a file, with its pointer."""
    if resource.type == "Binary":
        yield resource.data, resource.pointer
    for outer, inner in (("content", "attachment"), ("payload", "contentAttachment")):
        for position, part in enumerate(children(resource.data, outer)):
            yield child(part, inner), f"{resource.pointer}/{outer}/{position}/{inner}"


def _hand_on(standard: str, packed: str, at: int, session: Session, *, sure: bool) -> None:
    try:
        data = b64decode(packed, validate=True)
    except ValueError:
        session.issue("FHIR_BASE64_INVALID", at, "data")
        return
    session.events.append(Embedded(standard, data, session.trail.origin(at, "data"), sure))


_ATTACHMENT = ("contentType", "data")
READERS = {
    "Binary": ResourceReader(read_attachments, _ATTACHMENT),
    "DocumentReference": ResourceReader(
        read_attachments, ("status", *(f"content.attachment.{name}" for name in _ATTACHMENT))
    ),
    "Communication": ResourceReader(
        read_attachments, ("status", *(f"payload.contentAttachment.{name}" for name in _ATTACHMENT))
    ),
}
