"""Basic resources that are payments or adjustments of an account: FHIR has none, vendors make their own.

The profile says which codes of a Basic mean one, and what its extensions are. A transaction that is allocated
to several encounters or accounts is one fact for each of them; what is allocated must be all of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from hcfin.billing.payment import Payment, WriteOff
from hcfin.billing.registration import Coding
from hcfin.standards.fhir.elements import child, codings, text
from hcfin.standards.fhir.naming import named, preferred
from hcfin.standards.fhir.profile import Tender
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.registration import ACCOUNT, PATIENT, VISIT
from hcfin.standards.fhir.resource import NOTHING, Found, Resource
from hcfin.standards.fhir.session import Session
from hcfin.standards.fhir.vendor import Resolved, codes_of, each_resolved, money_of, resolved

_PAYMENTS = {"payment": "", "advance": "deposit"}
_ADJUSTMENT = "adjustment"


class Part(NamedTuple):
    """How much of a transaction belongs where."""

    target: Found
    amount: Decimal | None
    at: int


def read_basic(resource: Resource, session: Session) -> None:
    """The facts of a financial transaction; any other Basic holds no money that is read."""
    codes = {code.code for code in codings(child(resource.data, "code"))}
    if codes.isdisjoint(session.profile.transactions):
        session.issue("RESOURCE_NOT_READ", resource.at, type=resource.type)
        return
    own = resolved(session.profile, resource)
    kind = next(iter(codes_of(own, "type")), "")
    if kind not in _PAYMENTS and kind != _ADJUSTMENT:
        session.issue("TRANSACTION_TYPE_UNKNOWN", resource.at, type=kind or "none")
        return
    total, currency, at = money_of(own, "amount", session)
    parts = _parts(resource, session)
    allocated = sum((part.amount for part in parts if part.amount is not None), Decimal(0))
    if total is None and not session.unreadable:
        session.issue("EXTENSION_NOT_READ", resource.at, field="amount")
        session.unreadable.append("amount")
    if parts and total is not None and allocated != total:
        session.issue("ALLOCATION_DIFFERS", at, stated=total, allocated=allocated)
        session.unreadable.append("amount")
    unreadable = session.take_unreadable()
    shared = {
        "currency": session.one_currency([currency], resource.at),
        "unreadable": unreadable,
        "type_code": kind,
        "patient_id": named(resource.refer(resource.data, "subject"), PATIENT),
        "occurred": text(resource.data, "created"),
        "code": Coding(code=next(iter(codes_of(own, "code")), "")),
    }
    first = preferred(resource.data)
    for number, part in enumerate(parts or [Part(NOTHING, total, resource.at)], start=1):
        values = {
            **shared,
            "at": part.at,
            "id": first if len(parts) < 2 else f"{first}/{number}",
            "account": named(part.target, ACCOUNT) if part.target.type == "Account" else "",
            "visit": named(part.target, VISIT) if part.target.type == "Encounter" else "",
            "amount": Decimal(0) if part.amount is None else part.amount,
        }
        if kind == _ADJUSTMENT:
            session.fact(WriteOff(**values))
        else:
            session.fact(Payment(**values, **_payment(own, kind, session)))


def _parts(resource: Resource, session: Session) -> list[Part]:
    found = []
    for one in each_resolved(session.profile, resource):
        targets = one.get("allocated_to", [])
        if targets or "allocated" in one:
            amount, _, at = money_of(one, "allocated", session)
            target = resource.refer(targets[0][0], "valueReference") if targets else NOTHING
            found.append(Part(target, amount, at or resource.at))
    return found


def _payment(own: Resolved, kind: str, session: Session) -> dict[str, Any]:
    """How it was paid; a method that the profile does not know stays as it was sent."""
    method = next(iter(codes_of(own, "method")), "")
    tender = session.profile.tenders.get(method) or Tender(method=method)
    return {
        "purpose": _PAYMENTS[kind],
        "method": tender.method,
        "channel": tender.channel,
        "gateway": tender.gateway,
        "reference": next(iter(codes_of(own, "reference")), ""),
    }


# Extensions are counted: what one of them tells stands beside what nobody declared.
READERS = {"Basic": ResourceReader(read_basic, ("identifier", "code", "subject", "created"))}
