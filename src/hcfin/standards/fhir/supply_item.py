"""What readers of supplies share: items and devices, where a reference leads; quantities with their units.

An item is a concept, or a resource that a reference leads to: of a Device its label and numbers count, of a
Medication its batch, of a biological product its donation. R4 has a reference or a concept in elements of
their own, R5 both in one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.registration import Coding
from hcfin.billing.supply import SupplyItem, Udi
from hcfin.issues import PolicyText
from hcfin.standards._udi import udi_of
from hcfin.standards.fhir.elements import (
    Code,
    Element,
    child,
    children,
    codings,
    identifiers,
    many,
    one,
    text,
)
from hcfin.standards.fhir.naming import named
from hcfin.standards.fhir.resource import NOTHING, Found, Resource
from hcfin.standards.fhir.session import Session
from hcfin.wire.udi import parse

_GTIN = ("gs1.org", "1.3.160", "gtin", "udi-di", "device-identifier", "gs1-di")
_SNOMED = "http://snomed.info/sct"
_NUMBERS = ("partNumber", "modelNumber")
_PIECES = frozenset({"Device", "BiologicallyDerivedProduct"})
"""Resources that are one piece: what names them names no item, and leads to the patient who has it."""
_LONGEST = 400
_MODIFIED = "modifier_extension"


class Product(NamedTuple):
    """An item, and the label of this very piece of it. `identity` tells pieces and kinds apart."""

    item: SupplyItem
    udi: Udi | None
    identity: frozenset[tuple[str, ...]]


class Target(NamedTuple):
    """What an element says of an item: what its reference leads to, its concept, and where it stands."""

    found: Found
    concept: Element
    pointer: str

    def __bool__(self) -> bool:
        return bool(self.found or self.concept)


def target(resource: Resource, value: object, pointer: str) -> Target:
    """A Reference, a CodeableConcept, or a CodeableReference of both."""
    if not isinstance(value, dict):
        return Target(NOTHING, {}, pointer)
    inner = one(value, "reference")
    if isinstance(inner, dict):
        return Target(resource.found(inner), child(value, "concept"), pointer)
    if "concept" in value:
        return Target(NOTHING, child(value, "concept"), pointer)
    if "coding" in value or "text" in value:
        return Target(NOTHING, value, pointer)
    return Target(resource.found(value), {}, pointer)


def first_target(resource: Resource, element: Element, pointer: str, *names: str) -> Target:
    """The first of several elements that says something."""
    for name in names:
        found = target(resource, one(element, name), f"{pointer}/{name}")
        if found:
            return found
    return Target(NOTHING, {}, pointer)


def reference_of(value: object) -> object:
    """The Reference of a Reference or a CodeableReference."""
    inner = one(value, "reference") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else value


def product(at: int, told: Target, session: Session) -> Product:
    """The item, with issues about its label; a modifier extension of a device holds what refers to it."""
    element = told.found.resource or {}
    if _modified(element, session):
        session.issue("MODIFIER_EXTENSION", at)
        session.unreadable.append(_MODIFIED)
    carrier, parts, issuer = _label(element)
    label = udi_of(at, carrier, parts, issuer)
    for code, part in label.faults:
        session.issue(code, at, part=PolicyText(part))
    return Product(_item(at, told, label.udi), label.udi, identity(told))


def identity(told: Target) -> frozenset[tuple[str, ...]]:
    """Names of a product by which two resources may mean the same one: the resource itself, its label with
    lot or serial number, the reference as it stands, or a code."""
    found = told.found
    keys: set[tuple[str, ...]] = set()
    element = found.resource
    if element is not None:
        keys.add(("resource", str(id(element))))
        carrier, parts, issuer = _label(element)
        label = udi_of(0, carrier, parts, issuer).udi
        if label is not None and label.device and (label.serial or label.lot):
            keys.add(("label", label.device, label.serial, label.lot))
    elif named(found):
        keys.add(("named", found.type, named(found)))
    if not keys:
        keys |= {("code", code.system, code.code) for code in codings(told.concept) if code.code}
    if not keys and text(told.concept, "text"):
        keys.add(("text", text(told.concept, "text")))
    return frozenset(keys)


def _modified(element: Element, session: Session) -> bool:
    return any(
        not isinstance(one_, dict) or text(one_, "url") not in session.profile.modifiers
        for place in (element, *children(element, "udiCarrier"))
        for one_ in many(place, "modifierExtension")
    )


def _label(element: Element) -> tuple[str, dict[str, str], str]:
    """The text of a label, what is told beside it, and its issuer."""
    carrier: Element = next(iter(children(element, "udiCarrier")), {})
    batch = child(element, "batch")
    instance = next(iter(children(element, "instance")), {})
    source = child(element, "biologicalSourceEvent")
    parts = {
        "device": text(carrier, "deviceIdentifier"),
        "lot": text(element, "lotNumber") or text(batch, "lotNumber") or text(instance, "lotNumber"),
        "serial": text(element, "serialNumber"),
        "manufactured": text(element, "manufactureDate"),
        "expires": text(element, "expirationDate")
        or text(batch, "expirationDate")
        or text(instance, "expiry"),
        "donation": text(element, "distinctIdentifier")
        or text(child(source, "identifier"), "value")
        or text(source, "value"),
    }
    written = text(carrier, "carrierHRF") or _scanned(text(carrier, "carrierAIDC"))
    return written, parts, _issuer(text(carrier, "issuer"))


def _scanned(encoded: str) -> str:
    """The characters of a scan, where they are a label."""
    if not encoded or len(encoded) > _LONGEST:
        return ""
    try:
        found = base64.b64decode(encoded, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
    return found if parse(found) else ""


def _issuer(system: str) -> str:
    named_ = system.lower()
    for word, issuer in (("gs1", "GS1"), ("hibcc", "HIBCC"), ("iccbba", "ICCBBA")):
        if word in named_:
            return issuer
    return ""


def _item(at: int, told: Target, label: Udi | None) -> SupplyItem:
    element = told.found.resource or {}
    codes = [*codings(told.concept), *_codes(element)]
    own = [code for code in codes if code.code and not _is_gtin(code)]
    own.sort(key=lambda code: code.system == _SNOMED)
    device = (label.device if label else "") or next((c.code for c in codes if c.code and _is_gtin(c)), "")
    gtin = parse(device) if device else None
    code = own[0].code if own else ""
    maker = one(element, "manufacturer")
    numbers = [text(element, name) for name in _NUMBERS]
    made = next((found for found in numbers if found), "")
    if not (code or device or made) and told.found.type not in _PIECES:
        code = named(told.found)
    return SupplyItem(
        at=at,
        code=code,
        manufacturer=maker if isinstance(maker, str) else text(child(element, "manufacturer"), "display"),
        manufacturer_code=made,
        device=gtin.device if gtin else device,
        description=(own[0].display if own else "")
        or text(told.concept, "text")
        or _written(element)
        or told.found.display,
    )


def _codes(element: Element) -> Iterator[Code]:
    for name in ("type", "code", "productCode"):
        for value in children(element, name):
            yield from codings(child(value, "concept") or value)


def _written(element: Element) -> str:
    """The name of a device: R4 `deviceName.name`, R5 `name.value`, of an item `name.name`."""
    for name in (*children(element, "deviceName"), *children(element, "name")):
        found = text(name, "name") or text(name, "value")
        if found:
            return found
    return next((text(value, "text") for value in children(element, "type")), "")


def _is_gtin(code: Code) -> bool:
    system = code.system.lower()
    return any(word in system for word in _GTIN)


# Quantities, places, numbers


def quantity(
    session: Session, element: Element, name: str, at: int, field: str
) -> tuple[Decimal | None, str]:
    """A count and its unit, that of UCUM where it has one. One that is no number, or is said to be more or
    less than it, marks the field as unreadable."""
    told = child(element, name)
    value = session.quantity(element, name, at, field)
    if text(told, "comparator"):
        session.issue("AMOUNT_NOT_READ", at, f"{name}.comparator")
        session.unreadable.append(field)
    return value, text(told, "code") or text(told, "unit")


def moment(element: Element, *names: str) -> str:
    """When, by the first of several elements, each a dateTime, a Period or a Timing."""
    for name in names:
        value = one(element, name)
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            event = one(value, "event")
            found = text(value, "start") or (event if isinstance(event, str) else "")
            if found:
                return found
    return ""


def place_name(found: Found) -> str:
    """How a location is called: its identifier, else its name, else its id. Not by the text of a reference,
    which may be anything, the home of a patient too."""
    element = found.resource or {}
    numbered = next((value for _, value, _ in identifiers(element) if value), "")
    return found.value or numbered or text(element, "name") or found.id


def coding(told: Found) -> Coding | None:
    """Who is named, as a code."""
    return Coding(code=named(told), text=told.display) if told else None
