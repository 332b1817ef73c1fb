"""PaymentReconciliation: the money of a payer, and what of it is for which claim.

R4 has `detail`, `paymentAmount`, `paymentDate`; R5 `allocation`, `amount`, `date`. A detail whose response is
in the same bundle is that response's claim payment. Of any other only its amount is known: it is held until
somebody says what was adjudicated. PaymentNotice tells that such a payment was made, and moves nothing.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance, remittance_ref
from hcfin.standards.fhir.claim_response import claim_payment, hand_on
from hcfin.standards.fhir.elements import Element, child, children, coded, day, text
from hcfin.standards.fhir.naming import named, organization, payer_number, preferred
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.release import form_of
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

_TAKEN_BACK = frozenset({"cancelled", "entered-in-error"})
_NO_CLAIM = frozenset({"advance", "adjustment"})
_METHODS = {
    "check": "CHK",
    "cheque": "CHK",
    "chck": "CHK",
    "eft": "ACH",
    "ach": "ACH",
    "ddpo": "ACH",
    "swft": "FWT",
}
_NONE = Decimal("0.00")


def read_reconciliation(resource: Resource, session: Session) -> None:
    """A remittance with the payments of its details."""
    data, at = resource.data, resource.at
    if form_of(data, session.profile.release) == "older":
        session.issue("FHIR_RELEASE_UNSUPPORTED", at)
        return
    if text(data, "status") == "draft":
        session.issue("RESPONSE_UNDECIDED", at, status="draft", outcome=text(data, "outcome"))
        return
    sign = -1 if text(data, "status") in _TAKEN_BACK else 1
    name = "paymentAmount" if "paymentAmount" in data else "amount"
    amount, currency = session.money(data, name, at, "payment")
    payer = organization(resource.refer(data, "paymentIssuer") or resource.refer(data, "organization"))
    payee = organization(resource.refer(data, "requestor") or resource.refer(data, "requester"))
    paid_on = day(data, "paymentDate") or day(data, "date")
    trace = (
        text(child(data, "paymentIdentifier"), "value") or text(data, "referenceNumber") or preferred(data)
    )
    payment = (_NONE if amount is None else amount) * sign
    ref = remittance_ref(payer_number(payer), trace, payment, paid_on, payee.id)
    claims: list[ClaimPayment] = []
    others: list[ProviderAdjustment] = []
    currencies = [currency]
    details = "detail" if "detail" in data else "allocation"
    for position, detail in enumerate(children(data, details)):
        pointer = f"{resource.pointer}/{details}/{position}"
        _detail(resource, detail, pointer, ref, sign, session, claims, others, currencies)
    header = Remittance(
        at=at,
        currency=session.one_currency(currencies, at),
        unreadable=session.take_unreadable(),
        ref=ref,
        handling="I" if payment else "H",
        payment=payment,
        credit_debit="C" if payment * sign >= 0 else "D",
        method=_method(data, payment, session.profile.payment_method),
        payment_date=paid_on,
        production_date=day(data, "created"),
        trace=trace,
        payer_identifier=payer_number(payer),
        payer=payer,
        payee=payee,
        provider_adjustments=tuple(others),
        taken_back=sign < 0,
    )
    hand_on(header, claims, session)
    paid = sum((claim.paid for claim in claims), _NONE) - header.provider_adjustment_total()
    if paid != payment:
        session.issue("RECONCILIATION_UNBALANCED", at, name, stated=payment, details=paid)


def _method(data: Element, payment: Decimal, usual: str) -> str:
    """How it is paid, as BPR04 says it: told by R5 alone."""
    if not payment:
        return "NON"
    return _METHODS.get(coded(child(data, "method")).code.lower(), usual)


def _detail(
    resource: Resource,
    detail: Element,
    pointer: str,
    ref: str,
    sign: int,
    session: Session,
    claims: list[ClaimPayment],
    others: list[ProviderAdjustment],
    currencies: list[str],
) -> None:
    at = session.at(pointer)
    amount, currency = session.money(detail, "amount", at, "payment")
    currencies.append(currency)
    amount = (_NONE if amount is None else amount) * sign
    kind = coded(child(detail, "type")).code
    response = resource.refer(detail, "response")
    if response.resource is not None:
        inner = Resource(response.resource, f"{pointer}/response", at, resource.bundle)
        claim = claim_payment(inner, session, ref, taken_back=sign < 0)
        if claim is not None:
            if claim.paid != amount:
                session.issue("DETAIL_DIFFERS", at, "amount", detail=amount, response=claim.paid)
            claims.append(claim)
        return
    if kind in _NO_CLAIM and not resource.refer(detail, "request"):
        reference = text(child(detail, "identifier"), "value")
        others.append(
            ProviderAdjustment(
                at=at, code="AP" if kind == "advance" else "CS", reference=reference, amount=-amount
            )
        )
        return
    claim_of = resource.refer(detail, "request") or resource.refer(detail, "target")
    claims.append(
        ClaimPayment(
            at=at,
            currency=currency or session.profile.currency,
            unreadable=("charged", "status"),
            remittance=ref,
            account=named(claim_of),
            status="",
            charged=_NONE,
            paid=amount,
            payer_claim_number=named(response),
        )
    )


def read_notice(resource: Resource, session: Session) -> None:
    """A payment that somebody says was made: its figures, and nothing to post."""
    session.money(resource.data, "amount", resource.at)
    session.issue("PAYMENT_NOTICE", resource.at)


READERS = {
    "PaymentReconciliation": ResourceReader(
        read_reconciliation,
        (
            *(
                "identifier",
                "status",
                "created",
                "paymentIssuer",
                "requestor",
                "requester",
                "paymentDate",
                "date",
            ),
            *("paymentAmount", "amount", "paymentIdentifier", "referenceNumber", "method"),
            *("detail.amount", "detail.type", "detail.request", "detail.response", "detail.identifier"),
            *("allocation.amount", "allocation.type", "allocation.target", "allocation.response"),
        ),
    ),
    "PaymentNotice": ResourceReader(read_notice, ()),
}
