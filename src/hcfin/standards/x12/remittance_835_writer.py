"""Remittance facts as an 835 (005010X221A1).

Strategy: segments are written in the guide's order, and the result is read back and compared with the facts
before it leaves. So a fact that X12 cannot say (a fifth modifier, a third address line, an amount finer than
its currency) is refused by name instead of being lost, and no second list of the reader's rules is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import groupby, zip_longest

from hcfin.billing.base import Adjustment, Fact, InformationalAmount, InformationalQuantity, Reference
from hcfin.billing.party import Individual, Organization
from hcfin.billing.reading import collect
from hcfin.billing.remittance import (
    ClaimPayment,
    Procedure,
    ProviderAdjustment,
    Remittance,
    RemittanceTotals,
    ServicePayment,
)
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.model import Model
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.reader import read
from hcfin.wire.x12_writer import Element, Group, Row, control_data, day_text, interchange

Advice = tuple[Remittance, Sequence[ClaimPayment]]

VERSION = "005010X221A1"
"""The guide that is stated for a remittance without a version of its own."""

_TRIPLETS, _PAIRS, _REMARKS = 6, 6, 5


def write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    """Remittances and their claim payments as one interchange, one transaction set for each remittance.

    Sets stand in the order of the remittances, claims in their own order inside the set of the remittance
    that they name. `identity` holds control data: sender, receiver, sender_qualifier, receiver_qualifier,
    date (CCYYMMDD; default the latest date of the remittances), time, interchange_control, group_control,
    usage (T or P), version, contact and contact_phone (of the payer's EDI department). There is no clock:
    the same facts and identity give the same bytes.

    Raises `HcfinError` where reading the result would not give the same facts; its text holds positions and
    field names, no values. Names of remittances (`ref`), a version and totals that are not given are made by
    the reader and may differ.
    """
    advices = _advices(facts)
    days = [day for advice, _ in advices for day in (advice.production_date, advice.payment_date) if day]
    control = control_data(identity, max(days, default=date(2000, 1, 1)))
    data = interchange(list(_groups(advices, control)), control)
    _prove(data, advices, control)
    return data


def _advices(facts: Iterable[Fact]) -> list[Advice]:
    remittances: dict[str, tuple[Remittance, list[ClaimPayment]]] = {}
    claims: list[ClaimPayment] = []
    for number, fact in enumerate(facts, start=1):
        if isinstance(fact, Remittance):
            if fact.ref in remittances:
                raise HcfinError(f"fact {number}: two remittances have the same ref")
            remittances[fact.ref] = (fact, [])
        elif isinstance(fact, ClaimPayment):
            claims.append(fact)
        else:
            raise HcfinError(f"fact {number}: an 835 holds remittances, not {type(fact).__name__}")
        if fact.unreadable:
            raise HcfinError(
                f"fact {number}: its source could not be read in full; what is missing is unknown"
            )
    for number, claim in enumerate(claims, start=1):
        if claim.remittance not in remittances:
            raise HcfinError(f"claim payment {number}: its remittance is not among the facts")
        remittances[claim.remittance][1].append(claim)
    if not remittances:
        raise HcfinError("there is no remittance among the facts")
    return list(remittances.values())


def _groups(advices: Sequence[Advice], control: Mapping[str, str]) -> Iterator[Group]:
    """One group for each run of remittances of the same guide version."""

    def version(advice: Advice) -> str:
        return control["version"] or advice[0].version or VERSION

    for stated, members in groupby(advices, key=version):
        contact = _contact(control, stated)
        yield Group("HP", stated, [("835", list(_set(*advice, contact))) for advice in members])


def _contact(control: Mapping[str, str], version: str) -> Row:
    """The guide requires PER*BL of every payer since 5010; facts know no such contact, the caller may."""
    if version.startswith("004010"):
        return ()
    phone = control["contact_phone"]
    return ("PER", "BL", control["contact"], "TE" if phone else "", phone)


def _set(remittance: Remittance, claims: Sequence[ClaimPayment], contact: Row) -> Iterator[Row]:
    yield from _header(remittance, contact)
    if claims:
        yield ("LX", "1")
    for claim in claims:
        yield from _claim(claim)
    yield from _provider_adjustments(remittance.provider_adjustments)


# Header


def _header(remittance: Remittance, contact: Row) -> Iterator[Row]:
    yield (
        *(
            "BPR",
            remittance.handling,
            _number(remittance.payment),
            remittance.credit_debit,
            remittance.method,
        ),
        *(remittance.payment_format, *[""] * 10, day_text(remittance.payment_date)),
    )
    if remittance.trace or remittance.payer_identifier:
        yield ("TRN", "1", remittance.trace, remittance.payer_identifier)
    if remittance.currency != Profile().currency:
        yield ("CUR", "PR", remittance.currency)
    yield from _references(remittance.references)
    if remittance.production_date:
        yield ("DTM", "405", day_text(remittance.production_date))
    yield from _party("PR", remittance.payer, contact)
    yield from _party("PE", remittance.payee, ())


def _party(role: str, party: Organization, contact: Row) -> Iterator[Row]:
    if party == Organization():
        return
    yield ("N1", role, party.name, party.id_qualifier, party.id)
    if party.address:
        yield ("N3", *party.address)
    if party.city or party.state or party.postal_code:
        yield ("N4", party.city, party.state, party.postal_code)
    yield from _references(party.references)
    if contact:
        yield contact


# Claim


def _claim(claim: ClaimPayment) -> Iterator[Row]:
    yield (
        *("CLP", claim.account, claim.status, _number(claim.charged), _number(claim.paid)),
        *(_number(claim.patient_responsibility), claim.filing_indicator, claim.payer_claim_number),
        *(claim.facility_type, claim.frequency, "", claim.drg),
        *(_number(claim.drg_weight), _number(claim.discharge_fraction)),
    )
    yield from _adjustments(claim.adjustments)
    for person in claim.parties:
        yield _individual(person)
    for start in range(0, len(claim.remarks), _REMARKS):
        yield ("MOA", "", "", *claim.remarks[start : start + _REMARKS])
    yield from _references(claim.references)
    for event in claim.dates:
        yield ("DTM", event.qualifier, day_text(event.day))
    yield from _informational(claim.amounts, claim.quantities)
    for line in claim.lines:
        yield from _line(line)


def _line(line: ServicePayment) -> Iterator[Row]:
    yield (
        *("SVC", _procedure(line.procedure), _number(line.charged), _number(line.paid), line.revenue_code),
        *(_number(line.units), _procedure(line.submitted), _number(line.submitted_units)),
    )
    for event in line.dates:
        yield ("DTM", event.qualifier, day_text(event.day))
    yield from _adjustments(line.adjustments)
    yield from _references(line.references)
    yield from _informational(line.amounts, line.quantities)
    for remark in line.remarks:
        yield ("LQ", "HE", remark)


def _procedure(procedure: Procedure | None) -> Element:
    if procedure is None:
        return ""
    modifiers = (*procedure.modifiers, *[""] * (4 - len(procedure.modifiers)))
    return (procedure.qualifier, procedure.code, *modifiers, procedure.description)


def _individual(person: Individual) -> Row:
    names = (person.last_name, person.first_name, person.middle_name, "", person.suffix)
    return ("NM1", person.role, person.entity, *names, person.id_qualifier, person.id)


def _adjustments(adjustments: Sequence[Adjustment]) -> Iterator[Row]:
    for group, members in groupby(adjustments, key=lambda adjustment: adjustment.group):
        run = list(members)
        for start in range(0, len(run), _TRIPLETS):
            row: list[Element] = ["CAS", group]
            for adjustment in run[start : start + _TRIPLETS]:
                row += [adjustment.reason, _number(adjustment.amount), _number(adjustment.quantity)]
            yield tuple(row)


def _provider_adjustments(adjustments: Sequence[ProviderAdjustment]) -> Iterator[Row]:
    for (provider, year_end), members in groupby(
        adjustments, key=lambda one: (one.provider, one.fiscal_year_end)
    ):
        run = list(members)
        for start in range(0, len(run), _PAIRS):
            row: list[Element] = ["PLB", provider, day_text(year_end)]
            for adjustment in run[start : start + _PAIRS]:
                row += [(adjustment.code, adjustment.reference), _number(adjustment.amount)]
            yield tuple(row)


def _references(references: Iterable[Reference]) -> Iterator[Row]:
    for reference in references:
        yield ("REF", reference.qualifier, reference.value)


def _informational(
    amounts: Iterable[InformationalAmount], quantities: Iterable[InformationalQuantity]
) -> Iterator[Row]:
    for amount in amounts:
        yield ("AMT", amount.qualifier, _number(amount.amount))
    for quantity in quantities:
        yield ("QTY", quantity.qualifier, _number(quantity.quantity))


def _number(value: Decimal | None) -> str:
    """A number without an exponent or zeros at its end; X12 wants neither."""
    if value is None:
        return ""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


# Proof


def _prove(data: bytes, advices: Sequence[Advice], control: Mapping[str, str]) -> None:
    """Refuse bytes that do not say the facts."""
    said = [fact for remittance, claims in advices for fact in (remittance, *claims)]
    remittances = claims = 0
    for before, after in zip_longest(said, collect(read(BytesIO(data), Profile(), Limits())).facts):
        if isinstance(before, Remittance):
            remittances, claims = remittances + 1, 0
            derived = {"ref"}
            derived |= {"version"} if control["version"] or not before.version else set()
            derived |= {"totals"} if before.totals == RemittanceTotals() else set()
        else:
            claims += 1
            derived = {"remittance"}
        path = _difference(before, after, derived)
        if path == "unreadable" and isinstance(after, Fact):
            path = ", ".join(after.unreadable)  # the reader's own words for what it could not take
        if path is not None:
            where = f"remittance {remittances}" + (f", claim {claims}" if claims else "")
            raise HcfinError(f"{where}: an 835 cannot say `{path}` so that it is read back the same")


def _difference(before: object, after: object, derived: Iterable[str] = ()) -> str | None:
    """The path of the first field that is not the same; None where all are."""
    parts: list[tuple[str, object, object]]
    if isinstance(before, Model) and type(before) is type(after):
        names = [name for name in type(before).model_fields if name not in {*Model.POSITIONS, *derived}]
        parts = [(name, getattr(before, name), getattr(after, name)) for name in names]
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        parts = [(str(n), *pair) for n, pair in enumerate(zip(before, after, strict=True), start=1)]
    else:
        return None if before == after else ""
    for name, first, second in parts:
        path = _difference(first, second)
        if path is not None:
            return f"{name}.{path}" if path else name
    return None
