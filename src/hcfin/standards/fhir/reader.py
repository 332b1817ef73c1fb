"""Bytes to facts: documents, bundles, and the readers of each resource type put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple

from hcfin.billing.reading import Event, FactStream, Unit
from hcfin.codes import table
from hcfin.issues import PolicyText
from hcfin.limits import Limits
from hcfin.standards.fhir.elements import Element, child, children, text
from hcfin.standards.fhir.modifiers import hold_modified
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.resource import Bundle, Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.source import Document, documents
from hcfin.standards.fhir.summary import SUMMED, summary_of
from hcfin.standards.fhir.trail import Trail

_NESTED = 8


class ResourceReader(NamedTuple):
    """How a resource type is read, and which of its elements reach a fact."""

    read: Callable[[Resource, Session], None]
    carried: Collection[str]


# Where each resource type is read: a module beside this one with `READERS: dict[str, ResourceReader]`.
_MODULES: dict[str, str] = {
    **dict.fromkeys(("Patient", "Account", "Coverage", "Encounter"), "registration"),
    **dict.fromkeys(("ChargeItem", "ChargeItemDefinition"), "charge_item"),
    "Basic": "financial_transaction",
    "Claim": "claim",
    "Invoice": "invoice",
    "OperationOutcome": "operation_outcome",
    **dict.fromkeys(("ClaimResponse", "ExplanationOfBenefit"), "claim_response"),
    **dict.fromkeys(("PaymentReconciliation", "PaymentNotice"), "payment_reconciliation"),
    **dict.fromkeys(("Procedure", "DeviceUsage", "DeviceUseStatement"), "supply_use"),
    "SupplyDelivery": "supply_delivery",
    "SupplyRequest": "supply_request",
    **dict.fromkeys(("InventoryReport", "InventoryItem"), "inventory"),
    **dict.fromkeys(("Binary", "DocumentReference", "Communication"), "attachment"),
}
# Read where something refers to them; alone they say nothing of money.
_REFERRED = frozenset(
    {"Organization", "Practitioner", "PractitionerRole", "RelatedPerson", "Location", "Device"}
)
_READERS: dict[str, ResourceReader | None] = {}


def reader_of(kind: str) -> ResourceReader | None:
    """The reader of a resource type; None where it holds no money that is read."""
    if kind not in _READERS:
        module = _MODULES.get(kind)
        readers: dict[str, ResourceReader] = (
            import_module(f"hcfin.standards.fhir.{module}").READERS if module else {}
        )
        # Types come from the input: only those that are known are remembered.
        if not module:
            return None
        _READERS[kind] = readers[kind]
    return _READERS[kind]


def read(stream: BinaryIO, profile: Profile, limits: Limits, *, keep: bool = False) -> FactStream:
    """The facts of every resource, made while they are taken. Never raises on data."""
    trail = Trail(keep=keep)
    session = Session(profile, limits, trail)

    def events() -> Iterator[Event]:
        for document in documents(stream.read, limits):
            yield from _document(document, session)
        if session.offsets is not None:
            session.offsets.close()
            yield from _taken(session)

    return FactStream("fhir", events(), trail, session.coverage, session.cover_all, embeds=True)


def _document(document: Document, session: Session) -> Iterator[Event]:
    if document.tree is None:
        session.trail.begin("", document.line)
        session.issue(document.fault, session.at(document.place), **dict[str, Any](document.values))
        yield from _taken(session)
        return
    empty = True
    for tree, pointer, bundle in resources(document.tree, document.place):
        empty = False
        yield from _resource(tree, pointer, bundle, document, session)
    if empty:  # a bundle of nothing, such as the answer to a search that found nothing
        yield from _resource({**document.tree, "entry": []}, document.place, None, document, session)


def resources(
    tree: Element, pointer: str, bundle: Bundle | None = None, depth: int = 0
) -> Iterator[tuple[Element, str, Bundle | None]]:
    """Each resource of a document, those of bundles and parameters one by one."""
    kind = text(tree, "resourceType")
    if kind == "Bundle" and depth < _NESTED:
        inside = Bundle(tree)
        for number, entry in enumerate(children(tree, "entry")):
            for name in ("resource", "response"):
                part = child(entry, name)
                part = child(part, "outcome") if name == "response" else part
                if part:
                    path = f"{pointer}/entry/{number}/{name}" + ("/outcome" if name == "response" else "")
                    yield from resources(part, path, inside, depth + 1)
    elif kind == "Parameters" and depth < _NESTED:
        for number, parameter in enumerate(children(tree, "parameter")):
            part = child(parameter, "resource")
            if part:
                yield from resources(part, f"{pointer}/parameter/{number}/resource", bundle, depth + 1)
    else:
        yield tree, pointer, bundle


def _resource(
    tree: Element, pointer: str, bundle: Bundle | None, document: Document, session: Session
) -> Iterator[Event]:
    named = text(tree, "resourceType")
    # What FHIR does not have may be anything, a person's name too.
    kind = PolicyText(named if named in table("fhir_resource") else "?")
    session.trail.begin(kind, document.line)
    at = session.at(pointer)
    resource = Resource(tree, pointer, at, bundle)
    session.summary = summary_of(resource) if kind in SUMMED else {}
    reader = reader_of(kind)
    if reader is None and kind not in _REFERRED:
        session.issue("RESOURCE_NOT_READ", at, type=kind)
    elif reader is not None:
        reader.read(resource, session)
        if document.modified:
            hold_modified(resource, session)
    if session.covering:
        session.cover(kind, resource, reader.carried if reader else ())
    yield from _taken(session)
    # The id of a patient or a coverage is nobody's business in a summary.
    yield Unit(kind, str(session.summary.get("id", "")), at, session.summary)


def _taken(session: Session) -> list[Event]:
    events, session.events = session.events, []
    return events
