"""Remittance facts as an 835 (005010X221A1): segments in the guide's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from hcfin.billing.base import DatedEvent, Fact
from hcfin.billing.party import BankAccount, Contact, ContactNumber, Organization
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.remittance import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceTotals,
    ServicePayment,
)
from hcfin.standards.x12 import rows
from hcfin.standards.x12.figures_835 import SUPPLEMENT, TOTALS, figures_row, number_text
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.read_back import Said
from hcfin.wire.x12_writer import Element, Group, Row, day_text

Part = ClaimPayment | ProviderSummary
Advice = tuple[Remittance, Sequence[Part]]

VERSION = "005010X221A1"
"""The guide that is stated for a remittance without a version of its own."""

_PAIRS = 6
_TECHNICAL = "BL"
_NAMES = {ClaimPayment: "claim", ProviderSummary: "provider summary"}


def with_contact(remittance: Remittance, control: Mapping[str, str]) -> Remittance:
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


def groups(advices: Sequence[Advice], control: Mapping[str, str]) -> Iterator[Group]:
    """One group for each run of remittances of the same guide version, one set for each remittance."""

    def version(advice: Advice) -> str:
        return control["version"] or advice[0].version or VERSION

    for stated, members in groupby(advices, key=version):
        yield Group("HP", stated, [("835", list(_set(*advice))) for advice in members])


def said(advices: Sequence[Advice], control: Mapping[str, str]) -> Iterator[Said]:
    """What the sets say, in their order. Names, and a version and totals not given, are the reader's."""
    for number, (remittance, parts) in enumerate(advices, start=1):
        derived = {"ref"}
        derived |= {"version"} if control["version"] or not remittance.version else set()
        derived |= {"totals"} if remittance.totals == RemittanceTotals() else set()
        yield Said(remittance, "835", f"remittance {number}", frozenset(derived))
        counts: Counter[type[Fact]] = Counter()
        for part in parts:
            counts[type(part)] += 1
            where = f"remittance {number}, {_NAMES[type(part)]} {counts[type(part)]}"
            yield Said(part, "835", where, frozenset({"remittance"}))


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
    yield from rows.references(remittance.references)
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
    city = (party.city, party.state, party.postal_code, party.country, party.subdivision)
    yield from rows.place(party.address, *city)
    yield from rows.references(party.references)
    yield from rows.contacts(party.contacts)


# Claim


def _claim(claim: ClaimPayment) -> Iterator[Row]:
    yield (
        *("CLP", claim.account, claim.status, number_text(claim.charged), number_text(claim.paid)),
        *(number_text(claim.patient_responsibility), claim.filing_indicator, claim.payer_claim_number),
        *(claim.facility_type, claim.frequency, claim.patient_status, claim.drg),
        *(number_text(claim.drg_weight), number_text(claim.discharge_fraction)),
    )
    yield from rows.adjustments(claim.adjustments)
    for person in claim.parties:
        yield rows.individual(person)
    yield from rows.adjudication(claim.inpatient, claim.outpatient, claim.remarks)
    yield from rows.references(claim.references)
    yield from _dates(claim.dates)
    yield from rows.contacts(claim.contacts)
    yield from rows.told_amounts(claim.amounts)
    yield from rows.told_quantities(claim.quantities)
    for line in claim.lines:
        yield from _line(line)


def _line(line: ServicePayment) -> Iterator[Row]:
    yield (
        *("SVC", rows.procedure_element(line.procedure), number_text(line.charged), number_text(line.paid)),
        *(line.revenue_code, number_text(line.units)),
        *(rows.procedure_element(line.submitted), number_text(line.submitted_units)),
    )
    yield from _dates(line.dates)
    yield from rows.adjustments(line.adjustments)
    yield from rows.references(line.references)
    yield from rows.told_amounts(line.amounts)
    yield from rows.told_quantities(line.quantities)
    for remark in line.remarks:
        yield ("LQ", "HE", remark)
    for code in line.reject_codes:
        yield ("LQ", "RX", code)
    for other in line.other_codes:
        yield ("LQ", other.qualifier, other.code)


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
