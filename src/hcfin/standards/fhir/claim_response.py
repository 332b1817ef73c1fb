"""ClaimResponse and ExplanationOfBenefit: what a payer decided about a claim.

Each becomes a claim payment inside a remittance: that of the PaymentReconciliation which names it, where the
bundle has one, else one of its own, made of its `payment`. What is no decision about a claim (a
preauthorization, a predetermination, an estimate) is told by its status and never posted. Amounts of the
header count only where the lines have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from hcfin.billing.balance import claim_balances, claim_faults
from hcfin.billing.base import Adjustment, DatedEvent, Reference
from hcfin.billing.party import Individual
from hcfin.billing.reading import Opened
from hcfin.billing.remittance import (
    ClaimPayment,
    Remittance,
    RemittanceTotals,
    ServicePayment,
    remittance_ref,
)
from hcfin.billing.tally import Tally
from hcfin.issues import Issue, located
from hcfin.model import blank, trusted
from hcfin.origin import Origin
from hcfin.standards.fhir.adjudication import Figures, figures
from hcfin.standards.fhir.completing import complete
from hcfin.standards.fhir.elements import (
    Element,
    child,
    children,
    code_at,
    day,
    identifiers,
    many,
    number,
    one,
    text,
)
from hcfin.standards.fhir.naming import named, organization, payer_number, person, preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.release import form_of
from hcfin.standards.fhir.replaced import account_number
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.service import line_number, procedure_of
from hcfin.standards.fhir.session import Session

_ZERO, _ONE, _CENT = Decimal("0.00"), Decimal(1), Decimal("0.01")
_BLANK_HEADER, _BLANK_CLAIM, _BLANK_LINE = blank(Remittance), blank(ClaimPayment), blank(ServicePayment)
_BLANK_PATIENT = {**blank(Individual), "role": "QC", "entity": "1"}
_ACCOUNT_NUMBER = "patientaccountnumber"
_UNIQUE = "uc"
_PREDETERMINED, _REVERSED = "25", "22"
_TURNS = {1: "1", 2: "2", 3: "3"}
_TAKEN_BACK = frozenset({"cancelled", "entered-in-error"})


def read_response(resource: Resource, session: Session) -> None:
    """A response by itself: a remittance of one claim. One that a reconciliation names is read with it."""
    data = resource.data
    if form_of(data, session.profile.release) == "older":
        session.issue("FHIR_RELEASE_UNSUPPORTED", resource.at)
        return
    if resource.bundle is not None and resource.bundle.settled(data):
        return
    values = _claim_values(resource, session, "")
    if values is None:
        return
    header = _own_header(resource, session, values)
    values["remittance"] = header.ref
    hand_on(header, [trusted(ClaimPayment, values)], session)


def hand_on(header: Remittance, claims: list[ClaimPayment], session: Session) -> None:
    """A remittance with its claims, its totals, and what does not balance. Its `ref` becomes its own."""
    ref = session.taken.name(header.ref)
    if ref != header.ref:
        header = trusted(Remittance, {**header.__dict__, "ref": ref})
        claims = [trusted(ClaimPayment, {**told.__dict__, "remittance": ref}) for told in claims]
    session.events.append(Opened(header))
    tally = Tally(categories=True)
    for claim in claims:
        session.fact(claim)
        if not tally.add(claim) and not claim_balances(claim):
            for issue in claim_faults(claim, "fhir"):
                session.add(located(issue, _place(issue, claim, session)))
    totals = trusted(RemittanceTotals, {"at": 0, **tally.to_dict(header.currency)})
    session.fact(trusted(Remittance, {**header.__dict__, "totals": totals}))


def _place(issue: Issue, claim: ClaimPayment, session: Session) -> Origin:
    known = issue.origin
    return session.trail.origin(known.at if known else claim.at, known.element if known else "")


def _own_header(resource: Resource, session: Session, claim: dict[str, Any]) -> Remittance:
    data = resource.data
    pay, undone = child(data, "payment"), claim["status"] == _REVERSED
    amount, _ = session.money(pay, "amount", resource.at)
    if amount is None:
        amount = claim["paid"]
    elif undone:
        amount = -amount
    payer = organization(resource.refer(data, "insurer"))
    payee = organization(resource.refer(data, "provider") or resource.refer(data, "requestor"))
    paid_on = day(pay, "date")
    trace = text(child(pay, "identifier"), "value")
    number = payer_number(payer)
    values = {
        **_BLANK_HEADER,
        "at": resource.at,
        "currency": claim["currency"],
        "ref": remittance_ref(number, trace, amount, paid_on, payee.id),
        "handling": "H" if not amount else "I",
        "payment": amount,
        "credit_debit": "C" if (amount >= 0) is not undone or not amount else "D",
        # Whoever names the payment says that there is one; how it is made FHIR has no place for.
        "method": "NON" if not amount else session.profile.payment_method if trace else "",
        "payment_date": paid_on,
        "production_date": day(data, "created"),
        "trace": trace,
        "payer_identifier": number,
        "payer": payer,
        "payee": payee,
        "told_by": "benefit_statement",
        "taken_back": undone,
    }
    return trusted(Remittance, values)


def claim_payment(
    resource: Resource, session: Session, remittance: str, *, taken_back: bool = False
) -> ClaimPayment | None:
    """What a response says of its claim; None where it says nothing that anybody decided. `taken_back`: the
    reconciliation that names it is, so that it says the opposite."""
    values = _claim_values(resource, session, remittance, taken_back=taken_back)
    return None if values is None else trusted(ClaimPayment, values)


def _claim_values(
    resource: Resource, session: Session, remittance: str, *, taken_back: bool = False
) -> dict[str, Any] | None:
    """The fields of a claim payment."""
    data = resource.data
    status = _status(resource, session, taken_back=taken_back)
    if status is None:
        return None
    lines, line_figures = _lines(resource, session)
    header = figures(children(data, "adjudication"), f"{resource.pointer}/adjudication", session)
    totals = figures(children(data, "total"), f"{resource.pointer}/total", session)
    own = Figures()
    if all(one_.empty for one_ in line_figures):
        own, lines = header, []  # the header alone says what was decided
    charged = _charged(resource, session, totals, lines, header)
    paid = _paid(data, session, resource, totals, header, line_figures)
    complete(own, charged, paid)
    currencies = [code for part in (totals, header, *line_figures) for code in part.currencies]
    currency = session.one_currency(currencies, resource.at)
    sign = -1 if status == _REVERSED else 1
    known = [one_ for one_ in identifiers(data) if one_[1]]
    return {
        **_BLANK_CLAIM,
        "at": resource.at,
        "currency": currency,
        "unreadable": session.take_unreadable(),
        "remittance": remittance,
        "account": _account(resource),
        "status": status,
        "charged": charged * sign,
        "paid": paid * sign,
        "payer_claim_number": next((value for _, value, kind in known if kind == _UNIQUE), preferred(data)),
        "parties": _patient(resource),
        "adjustments": tuple(own.adjustments if sign > 0 else [_signed(one_) for one_ in own.adjustments]),
        "lines": tuple(lines if sign > 0 else [_turned(line) for line in lines]),
        "references": tuple([_reference(resource.at, system, value) for system, value, _ in known]),
        "dates": tuple(_dates(data, resource.at)),
        "amounts": (*totals.told, *header.told),
        "remarks": tuple(dict.fromkeys(header.remarks)),
    }


def _status(resource: Resource, session: Session, *, taken_back: bool) -> str | None:
    """The claim status as a remittance has it; None, with an issue, where nothing was decided."""
    data, at = resource.data, resource.at
    status, use, outcome = text(data, "status"), text(data, "use"), text(data, "outcome")
    if use in ("preauthorization", "predetermination") or resource.estimated:
        return _PREDETERMINED
    if status == "draft" or outcome in ("queued", "error"):
        session.issue("RESPONSE_UNDECIDED", at, status=status, outcome=outcome)
        return None
    if (status in _TAKEN_BACK) is not taken_back:
        return _REVERSED
    turn = number(data, "precedence")
    for entry in children(data, "insurance"):
        if turn is None and one(entry, "focal") in (True, "true"):
            turn = number(entry, "sequence")
    return "1" if turn is None or turn != int(turn) else _TURNS.get(int(turn), "3")


def _account(resource: Resource) -> str:
    """The patient control number: told by itself (CARIN), else the number of the claim."""
    data = resource.data
    for info in many(data, "supportingInfo"):  # there may be more of these than of all the rest
        if type(info) is dict and "valueString" in info and code_at(info, "category") == _ACCOUNT_NUMBER:
            return text(info, "valueString")
    claim = resource.refer(data, "claim") or resource.refer(data, "request")
    return account_number(claim, resource)


def _patient(resource: Resource) -> tuple[Individual, ...]:
    found = resource.refer(resource.data, "patient")
    if not found:
        return ()
    values = {**_BLANK_PATIENT, "at": resource.at, "id": named(found, ("MB", "MR"))}
    if found.resource is not None:
        who = person(found.resource, "QC")
        values["last_name"], values["first_name"] = who.last_name, who.first_name
        values["middle_name"] = who.middle_name
    return (trusted(Individual, values),)


def _reference(at: int, qualifier: str, value: str) -> Reference:
    return trusted(Reference, {"at": at, "qualifier": qualifier, "value": value})


def _dates(data: Element, at: int) -> Iterator[DatedEvent]:
    period = child(data, "billablePeriod")
    for qualifier, name in (("232", "start"), ("233", "end")):
        found = day(period, name)
        if found:
            yield _dated(at, qualifier, found)


def _dated(at: int, qualifier: str, found: date) -> DatedEvent:
    return trusted(DatedEvent, {"at": at, "qualifier": qualifier, "day": found})


# Figures


def _charged(
    resource: Resource, session: Session, totals: Figures, lines: list[ServicePayment], header: Figures
) -> Decimal:
    """The charge: the total that was submitted, else that of the header, the sum of the lines, or the total
    of the claim itself."""
    if totals.charged:
        return totals.charged[0]
    if header.charged:
        return header.charged[0]
    if lines:
        return sum((line.charged for line in lines), Decimal(0)).quantize(_CENT)
    for name in ("claim", "request"):
        claim = resource.refer(resource.data, name).resource
        if claim is not None:
            amount, _ = session.money(claim, "total", resource.at)
            if amount is not None:
                return amount
    return _ZERO


def _paid(
    data: Element,
    session: Session,
    resource: Resource,
    totals: Figures,
    header: Figures,
    lines: list[Figures],
) -> Decimal:
    """What was paid for the claim: the benefit in total, else of the header, the lines, or the payment."""
    for found in (totals.payment(), header.payment()):
        if found is not None:
            return found
    paid = [amount for one_ in lines if (amount := one_.payment()) is not None]
    if paid:
        return sum(paid, Decimal(0))
    amount, _ = session.money(child(data, "payment"), "amount", resource.at)
    return _ZERO if amount is None else amount


def _lines(resource: Resource, session: Session) -> tuple[list[ServicePayment], list[Figures]]:
    """Service lines, those that the payer added too; of a line with details the line counts, or its details
    where it has no amounts itself."""
    lines: list[ServicePayment] = []
    found: list[Figures] = []
    for name in ("item", "addItem"):
        for position, item in enumerate(children(resource.data, name)):
            pointer = f"{resource.pointer}/{name}/{position}"
            own = figures(children(item, "adjudication"), f"{pointer}/adjudication", session)
            details = _details(item, pointer, session) if own.empty else []
            for part, where, one_ in details or [(item, pointer, own)]:
                lines.append(_line(part, where, one_, session, name))
                found.append(one_)
    return lines, found


def _details(item: Element, pointer: str, session: Session) -> list[tuple[Element, str, Figures]]:
    found = []
    for name in ("detail", "subDetail"):
        for position, part in enumerate(children(item, name)):
            where = f"{pointer}/{name}/{position}"
            own = figures(children(part, "adjudication"), f"{where}/adjudication", session)
            if own.empty:
                found += _details(part, where, session)
            else:
                found.append((part, where, own))
    return found


def _line(item: Element, pointer: str, own: Figures, session: Session, name: str) -> ServicePayment:
    at = session.at(pointer)
    net, _ = session.money(item, "net", at, f"{name}.net")
    charged = _line_charge(own, net, at, session)
    paid = own.payment()
    complete(own, charged, _ZERO if paid is None else paid)
    quantity = session.quantity(item, "quantity", at, "lines.units")
    when = day(item, "servicedDate") or day(child(item, "servicedPeriod"), "start")
    sequence = line_number(item)
    values = {
        **_BLANK_LINE,
        "at": at,
        "procedure": procedure_of(item),
        "charged": charged,
        "paid": _ZERO if paid is None else paid,
        "revenue_code": code_at(item, "revenue"),
        "units": _ONE if quantity is None else quantity,
        "adjustments": tuple(own.adjustments),
        "dates": (_dated(at, "472", when),) if when else (),
        "references": (_reference(at, "6R", sequence),) if sequence else (),
        "amounts": tuple(own.told),
        "remarks": tuple(dict.fromkeys(own.remarks)) if own.remarks else (),
    }
    return trusted(ServicePayment, values)


def _line_charge(own: Figures, net: Decimal | None, at: int, session: Session) -> Decimal:
    """The charge of a line: what was submitted; where that stands several times, the one that is the net."""
    if len(own.charged) == 1:
        return own.charged[0]
    if net is not None:
        return net
    if own.charged:
        session.issue("LINE_CHARGE_AMBIGUOUS", at, "adjudication", count=len(own.charged))
        session.unreadable.append("lines.charged")
    return _ZERO


# Reversals


def _signed(adjustment: Adjustment) -> Adjustment:
    return trusted(Adjustment, {**adjustment.__dict__, "amount": -adjustment.amount})


def _turned(line: ServicePayment) -> ServicePayment:
    values = {
        **line.__dict__,
        "charged": -line.charged,
        "paid": -line.paid,
        "adjustments": tuple(_signed(one_) for one_ in line.adjustments),
    }
    return trusted(ServicePayment, values)


_CARRIED = (
    *(
        "identifier",
        "status",
        "use",
        "outcome",
        "patient",
        "insurer",
        "provider",
        "requestor",
        "claim",
        "request",
    ),
    *(
        "created",
        "billablePeriod",
        "payment",
        "precedence",
        "supportingInfo.category",
        "supportingInfo.valueString",
    ),
    *("insurance.focal", "insurance.sequence", "total", "adjudication"),
    *(
        f"{item}.{name}"
        for item in ("item", "addItem", "item.detail", "addItem.detail", "item.detail.subDetail")
        for name in (
            *("sequence", "itemSequence", "productOrService", "modifier", "revenue", "quantity", "net"),
            *("servicedDate", "servicedPeriod", "adjudication"),
        )
    ),
)
READERS = dict.fromkeys(("ClaimResponse", "ExplanationOfBenefit"), ResourceReader(read_response, _CARRIED))
