"""Remittance facts as an 835 (005010X221A1).

Strategy: segments are written in the guide's order, and the result is read back and compared with the facts
before it leaves. So a fact that X12 cannot say (a fifth modifier, a third address line, an amount finer than
its currency) is refused by name instead of being lost, and no second list of the reader's rules is kept here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO
from itertools import groupby, zip_longest

from hcfin.billing.base import (
    Adjustment,
    DatedEvent,
    Fact,
    InformationalAmount,
    InformationalQuantity,
    Reference,
)
from hcfin.billing.party import BankAccount, Contact, ContactNumber, Individual, Organization
from hcfin.billing.provider_summary import ProviderSummary
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
from hcfin.standards.x12.figures_835 import (
    INPATIENT,
    OUTPATIENT,
    SUPPLEMENT,
    TOTALS,
    figures_row,
    number_text,
)
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.reader import read
from hcfin.wire.x12_writer import Element, Group, Row, control_data, day_text, interchange

Part = ClaimPayment | ProviderSummary
Advice = tuple[Remittance, Sequence[Part]]

VERSION = "005010X221A1"
"""The guide that is stated for a remittance without a version of its own."""

_TRIPLETS, _PAIRS, _REMARKS = 6, 6, 5
_TECHNICAL = "BL"
_NAMES = {ClaimPayment: "claim", ProviderSummary: "provider summary"}


def write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    """Remittances and their claim payments as one interchange, one transaction set for each remittance.

    Sets stand in the order of the remittances, claims in their own order inside the set of the remittance
    that they name. `identity` holds control data: sender, receiver, sender_qualifier, receiver_qualifier,
    date (CCYYMMDD; default the latest date of the remittances), time, interchange_control, group_control,
    usage (T or P), version, contact and contact_phone (of the payer's EDI department, where the facts name
    none). There is no clock: the same facts and identity give the same bytes.

    Raises `HcfinError` where reading the result would not give the same facts; its text holds positions and
    field names, no values. Names of remittances (`ref`), a version and totals that are not given are made by
    the reader and may differ.
    """
    advices = _advices(facts)
    days = [day for advice, _ in advices for day in (advice.production_date, advice.payment_date) if day]
    control = control_data(identity, max(days, default=date(2000, 1, 1)))
    advices = [(_with_contact(remittance, control), parts) for remittance, parts in advices]
    data = interchange(list(_groups(advices, control)), control)
    _prove(data, advices, control)
    return data


def _advices(facts: Iterable[Fact]) -> list[Advice]:
    remittances: dict[str, tuple[Remittance, list[Part]]] = {}
    parts: list[Part] = []
    for number, fact in enumerate(facts, start=1):
        if isinstance(fact, Remittance):
            if fact.ref in remittances:
                raise HcfinError(f"fact {number}: two remittances have the same ref")
            remittances[fact.ref] = (fact, [])
        elif isinstance(fact, ClaimPayment | ProviderSummary):
            parts.append(fact)
        else:
            raise HcfinError(f"fact {number}: an 835 holds remittances, not {type(fact).__name__}")
        if fact.unreadable:
            raise HcfinError(
                f"fact {number}: its source could not be read in full; what is missing is unknown"
            )
    for number, part in enumerate(parts, start=1):
        if part.remittance not in remittances:
            raise HcfinError(f"{part.kind.replace('_', ' ')} {number}: its remittance is not among the facts")
        remittances[part.remittance][1].append(part)
    if not remittances:
        raise HcfinError("there is no remittance among the facts")
    return list(remittances.values())


def _with_contact(remittance: Remittance, control: Mapping[str, str]) -> Remittance:
    """The remittance with the EDI department that the caller names: the guide requires one since 5010."""
    payer, phone = remittance.payer, control["contact_phone"]
    named = any(known.function == _TECHNICAL for known in payer.contacts)
    version = control["version"] or remittance.version
    if named or not (control["contact"] or phone) or version.startswith("004010"):
        return remittance
    numbers = (ContactNumber(qualifier="TE", number=phone),) if phone else ()
    own = Contact(function=_TECHNICAL, name=control["contact"], numbers=numbers)
    payer = payer.model_copy(update={"contacts": (*payer.contacts, own)})
    return remittance.model_copy(update={"payer": payer})


def _groups(advices: Sequence[Advice], control: Mapping[str, str]) -> Iterator[Group]:
    """One group for each run of remittances of the same guide version."""

    def version(advice: Advice) -> str:
        return control["version"] or advice[0].version or VERSION

    for stated, members in groupby(advices, key=version):
        yield Group("HP", stated, [("835", list(_set(*advice))) for advice in members])


def _set(remittance: Remittance, parts: Sequence[Part]) -> Iterator[Row]:
    yield from _header(remittance)
    group = None
    for part in parts:
        if group != part.group_number or isinstance(part, ProviderSummary):
            group = part.group_number
            yield ("LX", group)
        if isinstance(part, ProviderSummary):
            yield from _summary(part)
        else:
            yield from _claim(part)
    yield from _provider_adjustments(remittance.provider_adjustments)


def _summary(summary: ProviderSummary) -> Iterator[Row]:
    for figures, node in ((TOTALS, summary.totals), (SUPPLEMENT, summary.supplement)):
        if node is not None:
            yield figures_row(figures, node)


# Header


def _header(remittance: Remittance) -> Iterator[Row]:
    amount = number_text(remittance.payment)
    yield (
        *("BPR", remittance.handling, amount, remittance.credit_debit, remittance.method),
        *(remittance.payment_format, *_account(remittance.payer_account)),
        *(remittance.originator, remittance.originator_supplement, *_account(remittance.payee_account)),
        day_text(remittance.payment_date),
    )
    payer = remittance.payer_identifier, remittance.payer_supplement
    trace = (remittance.trace_type, remittance.trace, *payer)
    if trace != ("1", "", "", ""):
        yield ("TRN", *trace)
    entity, rate = remittance.currency_entity, number_text(remittance.exchange_rate)
    if remittance.currency != Profile().currency or rate or entity != "PR":
        yield ("CUR", entity, remittance.currency, rate)
    yield from _references(remittance.references)
    if remittance.production_date:
        yield ("DTM", "405", day_text(remittance.production_date))
    yield from _dates(remittance.dates)
    yield from _party("PR", remittance.payer)
    yield from _party("PE", remittance.payee)
    if remittance.delivery:
        yield ("RDM", remittance.delivery.method, remittance.delivery.name, remittance.delivery.address)


def _account(account: BankAccount | None) -> tuple[str, ...]:
    if account is None:
        return ("",) * 4
    routing = account.routing_qualifier, account.routing_number
    return (*routing, account.account_qualifier, account.account_number)


def _party(role: str, party: Organization) -> Iterator[Row]:
    if party == Organization():
        return
    yield ("N1", role, party.name, party.id_qualifier, party.id)
    if party.address:
        yield ("N3", *party.address)
    place = (party.city, party.state, party.postal_code, party.country, "", "", party.subdivision)
    if any(place):
        yield ("N4", *place)
    yield from _references(party.references)
    yield from _contacts(party.contacts)


def _contacts(contacts: Iterable[Contact]) -> Iterator[Row]:
    for contact in contacts:
        numbers = [part for known in contact.numbers for part in (known.qualifier, known.number)]
        yield ("PER", contact.function, contact.name, *numbers)


# Claim


def _claim(claim: ClaimPayment) -> Iterator[Row]:
    yield (
        *("CLP", claim.account, claim.status, number_text(claim.charged), number_text(claim.paid)),
        *(number_text(claim.patient_responsibility), claim.filing_indicator, claim.payer_claim_number),
        *(claim.facility_type, claim.frequency, claim.patient_status, claim.drg),
        *(number_text(claim.drg_weight), number_text(claim.discharge_fraction)),
    )
    yield from _adjustments(claim.adjustments)
    for person in claim.parties:
        yield _individual(person)
    yield from _adjudication(claim)
    yield from _references(claim.references)
    yield from _dates(claim.dates)
    yield from _contacts(claim.contacts)
    yield from _informational(claim.amounts, claim.quantities)
    for line in claim.lines:
        yield from _line(line)


def _adjudication(claim: ClaimPayment) -> Iterator[Row]:
    """MIA and MOA; remark codes where there is room for them, the rest in further MOAs."""
    remarks = [claim.remarks[n : n + _REMARKS] for n in range(0, len(claim.remarks), _REMARKS)]
    if claim.inpatient is not None:
        yield figures_row(INPATIENT, claim.inpatient, remarks.pop(0) if remarks else ())
    if claim.outpatient is not None:
        yield figures_row(OUTPATIENT, claim.outpatient, remarks.pop(0) if remarks else ())
    for codes in remarks:
        yield figures_row(OUTPATIENT, None, codes)


def _line(line: ServicePayment) -> Iterator[Row]:
    yield (
        *("SVC", _procedure(line.procedure), number_text(line.charged), number_text(line.paid)),
        *(line.revenue_code, number_text(line.units)),
        *(_procedure(line.submitted), number_text(line.submitted_units)),
    )
    yield from _dates(line.dates)
    yield from _adjustments(line.adjustments)
    yield from _references(line.references)
    yield from _informational(line.amounts, line.quantities)
    for remark in line.remarks:
        yield ("LQ", "HE", remark)
    for code in line.reject_codes:
        yield ("LQ", "RX", code)
    for other in line.other_codes:
        yield ("LQ", other.qualifier, other.code)


def _procedure(procedure: Procedure | None) -> Element:
    if procedure is None:
        return ""
    modifiers = (*procedure.modifiers, *[""] * (4 - len(procedure.modifiers)))
    return (procedure.qualifier, procedure.code, *modifiers, procedure.description)


def _individual(person: Individual) -> Row:
    names = (person.last_name, person.first_name, person.middle_name, person.prefix, person.suffix)
    return ("NM1", person.role, person.entity, *names, person.id_qualifier, person.id)


def _adjustments(adjustments: Sequence[Adjustment]) -> Iterator[Row]:
    for group, members in groupby(adjustments, key=lambda adjustment: adjustment.group):
        run = list(members)
        for start in range(0, len(run), _TRIPLETS):
            row: list[Element] = ["CAS", group]
            for adjustment in run[start : start + _TRIPLETS]:
                row += [adjustment.reason, number_text(adjustment.amount), number_text(adjustment.quantity)]
            yield tuple(row)


def _provider_adjustments(adjustments: Sequence[ProviderAdjustment]) -> Iterator[Row]:
    for (provider, year_end), members in groupby(
        adjustments, key=lambda one: (one.provider, one.fiscal_year_end)
    ):
        run = list(members)
        for start in range(0, len(run), _PAIRS):
            row: list[Element] = ["PLB", provider, day_text(year_end)]
            for adjustment in run[start : start + _PAIRS]:
                row += [(adjustment.code, adjustment.reference), number_text(adjustment.amount)]
            yield tuple(row)


def _dates(dates: Iterable[DatedEvent]) -> Iterator[Row]:
    for event in dates:
        yield ("DTM", event.qualifier, day_text(event.day))


def _references(references: Iterable[Reference]) -> Iterator[Row]:
    for reference in references:
        yield ("REF", reference.qualifier, reference.value)


def _informational(
    amounts: Iterable[InformationalAmount], quantities: Iterable[InformationalQuantity]
) -> Iterator[Row]:
    for amount in amounts:
        yield ("AMT", amount.qualifier, number_text(amount.amount))
    for quantity in quantities:
        yield ("QTY", quantity.qualifier, number_text(quantity.quantity))


# Proof


def _prove(data: bytes, advices: Sequence[Advice], control: Mapping[str, str]) -> None:
    """Refuse bytes that do not say the facts."""
    said = [fact for remittance, parts in advices for fact in (remittance, *parts)]
    remittances = 0
    counts: Counter[type[Fact]] = Counter()
    for before, after in zip_longest(said, collect(read(BytesIO(data), Profile(), Limits())).facts):
        if isinstance(before, Remittance):
            remittances += 1
            counts.clear()
            derived = {"ref"}
            derived |= {"version"} if control["version"] or not before.version else set()
            derived |= {"totals"} if before.totals == RemittanceTotals() else set()
        elif before is not None:
            counts[type(before)] += 1
            derived = {"remittance"}
        path = _difference(before, after, derived)
        if path == "unreadable" and isinstance(after, Fact):
            path = ", ".join(after.unreadable)  # the reader's own words for what it could not take
        if path is not None:
            where = f"remittance {remittances}"
            if isinstance(before, ClaimPayment | ProviderSummary):
                where += f", {_NAMES[type(before)]} {counts[type(before)]}"
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
