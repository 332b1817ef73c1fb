"""ClaimResponse and ExplanationOfBenefit: what a payer decided about a claim.

Each becomes a claim payment inside a remittance: that of the PaymentReconciliation which names it, where the
bundle has one, else one of its own, made of its `payment`. What is no decision about a claim (a
preauthorization, a predetermination, an estimate) is told by its status and never posted. Amounts of the
header count only where the lines have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hcfin.billing.balance import claim_faults
from hcfin.billing.base import Adjustment, DatedEvent, Reference
from hcfin.billing.party import Individual
from hcfin.billing.reading import Opened
from hcfin.billing.remittance import (
    ClaimPayment,
    Procedure,
    Remittance,
    RemittanceTotals,
    ServicePayment,
    remittance_ref,
)
from hcfin.billing.tally import Tally
from hcfin.issues import Issue, located
from hcfin.origin import Origin
from hcfin.standards.fhir.adjudication import Figures, figures
from hcfin.standards.fhir.completing import complete
from hcfin.standards.fhir.elements import (
    Element,
    child,
    children,
    coded,
    codings,
    day,
    identifiers,
    many,
    number,
    one,
    text,
)
from hcfin.standards.fhir.naming import named, organization, person, preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.release import form_of
from hcfin.standards.fhir.replaced import account_number
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

_HCPCS_WORDS = ("hcpcs", "cpt")
NDC = "http://hl7.org/fhir/sid/ndc"
_ACCOUNT_NUMBER = "patientaccountnumber"
_UNIQUE = "uc"
_PREDETERMINED = "25"
_REVERSED = "22"
_TURNS = {1: "1", 2: "2", 3: "3"}
_TAKEN_BACK = frozenset({"cancelled", "entered-in-error"})
_ESTIMATES = "http://hl7.org/fhir/us/davinci-pct/"


def read_response(resource: Resource, session: Session) -> None:
    """A response by itself: a remittance of one claim. One that a reconciliation names is read with it."""
    data = resource.data
    if form_of(data, session.profile.release) == "older":
        session.issue("FHIR_RELEASE_UNSUPPORTED", resource.at)
        return
    if resource.bundle is not None and resource.bundle.settled(data):
        return
    claim = claim_payment(resource, session, "")
    if claim is None:
        return
    header = _own_header(resource, session, claim)
    hand_on(header, [claim], session)


def hand_on(header: Remittance, claims: list[ClaimPayment], session: Session) -> None:
    """A remittance with its claims, its totals, and what does not balance. Its `ref` becomes its own."""
    header = header.model_copy(update={"ref": session.own_ref(header.ref)})
    session.events.append(Opened(header))
    tally = Tally()
    for told in claims:
        claim = told.model_copy(update={"remittance": header.ref})
        session.fact(claim)
        if not tally.add(claim):
            for issue in claim_faults(claim, "fhir"):
                session.add(located(issue, _place(issue, claim, session)))
    totals = RemittanceTotals(**tally.to_dict(header.currency))
    session.fact(header.model_copy(update={"totals": totals}))


def _place(issue: Issue, claim: ClaimPayment, session: Session) -> Origin:
    known = issue.origin
    return session.trail.origin(known.at if known else claim.at, known.element if known else "")


def _own_header(resource: Resource, session: Session, claim: ClaimPayment) -> Remittance:
    data = resource.data
    pay, undone = child(data, "payment"), claim.status == _REVERSED
    amount, _ = session.money(pay, "amount", resource.at)
    if amount is None:
        amount = claim.paid
    elif undone:
        amount = -amount
    payer = organization(resource.refer(data, "insurer"))
    payee = organization(resource.refer(data, "provider") or resource.refer(data, "requestor"))
    paid_on = day(pay, "date")
    trace = text(child(pay, "identifier"), "value")
    return Remittance(
        at=resource.at,
        currency=claim.currency,
        ref=remittance_ref(payer.id, trace, amount, paid_on, payee.id),
        handling="H" if not amount else "I",
        payment=amount,
        credit_debit="C" if (amount >= 0) is not undone or not amount else "D",
        # Whoever names the payment says that there is one; how it is made FHIR has no place for.
        method="NON" if not amount else session.profile.payment_method if trace else "",
        payment_date=paid_on,
        production_date=day(data, "created"),
        trace=trace,
        payer_identifier=payer.id,
        payer=payer,
        payee=payee,
        told_by="benefit_statement",
        taken_back=undone,
    )


def claim_payment(
    resource: Resource, session: Session, remittance: str, *, taken_back: bool = False
) -> ClaimPayment | None:
    """What a response says of its claim; None where it says nothing that anybody decided. `taken_back`: the
    reconciliation that names it is, so that it says the opposite."""
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
    told = [*totals.told, *header.told]
    return ClaimPayment(
        at=resource.at,
        currency=currency,
        unreadable=session.take_unreadable(),
        remittance=remittance,
        account=_account(resource),
        status=status,
        charged=charged * sign,
        paid=paid * sign,
        payer_claim_number=_number(data),
        parties=tuple(_patient(resource)),
        adjustments=tuple(_signed(one_, sign) for one_ in own.adjustments),
        lines=tuple(_turned(line, sign) for line in lines),
        references=tuple(
            Reference(at=resource.at, qualifier=system, value=value)
            for system, value, _ in identifiers(data)
            if value
        ),
        dates=tuple(_dates(data, resource.at)),
        amounts=tuple(told),
        remarks=tuple(dict.fromkeys(header.remarks)),
    )


def _status(resource: Resource, session: Session, *, taken_back: bool) -> str | None:
    """The claim status as a remittance has it; None, with an issue, where nothing was decided."""
    data, at = resource.data, resource.at
    status, use, outcome = text(data, "status"), text(data, "use"), text(data, "outcome")
    profiles = [one_ for one_ in many(child(data, "meta"), "profile") if isinstance(one_, str)]
    if use in ("preauthorization", "predetermination") or any(p.startswith(_ESTIMATES) for p in profiles):
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
    for info in children(data, "supportingInfo"):
        if coded(child(info, "category")).code == _ACCOUNT_NUMBER:
            return text(info, "valueString")
    claim = resource.refer(data, "claim") or resource.refer(data, "request")
    return account_number(claim, resource)


def _number(data: Element) -> str:
    """The payer's number of the claim."""
    return next((value for _, value, kind in identifiers(data) if kind == _UNIQUE and value), preferred(data))


def _patient(resource: Resource) -> Iterator[Individual]:
    found = resource.refer(resource.data, "patient")
    if found.resource is not None:
        who = person(found.resource, "QC")
        yield Individual(
            at=resource.at,
            role="QC",
            entity="1",
            last_name=who.last_name,
            first_name=who.first_name,
            middle_name=who.middle_name,
            id=named(found, ("MB", "MR")),
        )
    elif found:
        yield Individual(at=resource.at, role="QC", entity="1", id=named(found))


def _dates(data: Element, at: int) -> Iterator[DatedEvent]:
    period = child(data, "billablePeriod")
    for qualifier, name in (("232", "start"), ("233", "end")):
        found = day(period, name)
        if found:
            yield DatedEvent(at=at, qualifier=qualifier, day=found)


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
        return sum((line.charged for line in lines), Decimal(0)).quantize(Decimal("0.01"))
    for name in ("claim", "request"):
        claim = resource.refer(resource.data, name).resource
        if claim is not None:
            amount, _ = session.money(claim, "total", resource.at)
            if amount is not None:
                return amount
    return Decimal("0.00")


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
    return Decimal("0.00") if amount is None else amount


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
    complete(own, charged, paid or Decimal(0))
    adjustments = own.adjustments
    quantity = session.quantity(item, "quantity", at, "lines.units")
    when = day(item, "servicedDate") or day(child(item, "servicedPeriod"), "start")
    sequence = number(item, "sequence") or number(item, "itemSequence")
    return ServicePayment(
        at=at,
        procedure=procedure_of(item),
        charged=charged,
        paid=Decimal("0.00") if paid is None else paid,
        revenue_code=coded(child(item, "revenue")).code,
        units=Decimal(1) if quantity is None else quantity,
        adjustments=tuple(adjustments),
        dates=(DatedEvent(at=at, qualifier="472", day=when),) if when else (),
        references=(Reference(at=at, qualifier="6R", value=f"{sequence:f}"),) if sequence else (),
        amounts=tuple(own.told),
        remarks=tuple(dict.fromkeys(own.remarks)),
    )


def _line_charge(own: Figures, net: Decimal | None, at: int, session: Session) -> Decimal:
    """The charge of a line: what was submitted; where that stands several times, the one that is the net."""
    if len(own.charged) == 1:
        return own.charged[0]
    if net is not None:
        return net
    if own.charged:
        session.issue("LINE_CHARGE_AMBIGUOUS", at, "adjudication", count=len(own.charged))
        session.unreadable.append("lines.charged")
    return Decimal("0.00")


def procedure_of(item: Element) -> Procedure:
    """The service of a line: a procedure code before a drug code before any other."""
    concept = child(item, "productOrService") or child(item, "service")
    codes = codings(concept)
    modifiers = tuple(told for part in children(item, "modifier") if (told := coded(part).code))
    for qualifier, fits in (
        ("HC", lambda system: any(word in system.lower() for word in _HCPCS_WORDS)),
        ("N4", lambda system: system == NDC),
        ("", lambda system: True),
    ):
        for code in codes:
            if code.code and fits(code.system):
                return Procedure(
                    qualifier=qualifier, code=code.code, modifiers=modifiers, description=code.display
                )
    return Procedure(description=text(concept, "text"), modifiers=modifiers)


# Reversals


def _signed(adjustment: Adjustment, sign: int) -> Adjustment:
    return adjustment if sign > 0 else adjustment.model_copy(update={"amount": -adjustment.amount})


def _turned(line: ServicePayment, sign: int) -> ServicePayment:
    if sign > 0:
        return line
    turned = tuple(_signed(one_, sign) for one_ in line.adjustments)
    return line.model_copy(update={"charged": -line.charged, "paid": -line.paid, "adjustments": turned})


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
