"""The service of a line by its codes."""

from __future__ import annotations

from functools import lru_cache

from hcfin.billing.remittance import Procedure
from hcfin.model import trusted
from hcfin.standards.fhir.elements import NO_CODE, Element, child, children, coded, codings, number, text

NDC = "http://hl7.org/fhir/sid/ndc"


def procedure_of(item: Element) -> Procedure:
    """The service of a line: a procedure code before a drug code before any other."""
    concept = child(item, "productOrService") or child(item, "service")
    modifiers: tuple[str, ...] = ()
    if "modifier" in item:
        modifiers = tuple(told for part in children(item, "modifier") if (told := coded(part).code))
    qualifier, found = "", NO_CODE
    for code in codings(concept):
        if not code.code:
            continue
        kind = _qualifier(code.system)
        if kind == "HC":
            qualifier, found = kind, code
            break
        if kind and not qualifier:
            qualifier, found = kind, code
        found = found if found.code else code
    values = {
        "at": 0,
        "qualifier": qualifier,
        "code": found.code,
        "modifiers": modifiers,
        "description": found.display if found.code else text(concept, "text"),
    }
    return trusted(Procedure, values)


@lru_cache(maxsize=64)
def _qualifier(system: str) -> str:
    """The X12 qualifier of a code system; empty where it is none of procedures or drugs."""
    if system == NDC:
        return "N4"
    known = system.lower()
    return "HC" if "hcpcs" in known or "cpt" in known else ""


def line_number(item: Element) -> str:
    """The number of a line; empty where it has none."""
    told = item.get("sequence")
    if type(told) is int and told:
        return str(told)
    found = number(item, "sequence") or number(item, "itemSequence")
    return f"{found:f}" if found else ""
