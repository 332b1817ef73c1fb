"""A resource from XML, in the form that JSON has: see `elements` for what cannot be told apart."""

from __future__ import annotations

from typing import Any

from hcfin.standards.fhir.elements import Element, XmlText

_FHIR = "{http://hl7.org/fhir}"
_XHTML = "{http://www.w3.org/1999/xhtml}"


def is_resource(root: Any) -> bool:
    """Whether an XML document is a FHIR resource."""
    return isinstance(root.tag, str) and root.tag.startswith(_FHIR) and root.tag[len(_FHIR) :][:1].isupper()


def resource_of(root: Any) -> Element:
    """The resource of an XML document."""
    return {"resourceType": root.tag[len(_FHIR) :], **_children(root)}


def _children(node: Any) -> Element:
    made: Element = {name: XmlText(value) for name, value in node.attrib.items() if name in ("id", "url")}
    for part in node:
        tag = part.tag
        if not isinstance(tag, str) or tag.startswith(_XHTML):
            continue
        name = tag[len(_FHIR) :] if tag.startswith(_FHIR) else tag
        made.setdefault(name, []).append(_value(part))
    return made


def _value(node: Any) -> Any:
    if "value" in node.attrib:
        # Extensions of a primitive are dropped with it in JSON, too: they stand beside it under `_name`.
        return XmlText(node.attrib["value"])
    inside = _children(node)
    if len(inside) == 1:
        (name, value), *_ = inside.items()
        if name[:1].isupper() and isinstance(value, list) and isinstance(value[0], dict):
            return {"resourceType": name, **value[0]}
    return inside
