"""The segments of one claim of an 837, from CLM to the last of its service lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, takewhile

from hcfin.billing.base import DatedPeriod, Reference
from hcfin.billing.claim import Claim, ClaimCode, ClaimLine, Drug, LineAdjudication, OtherPayer
from hcfin.billing.party import Organization, Person, Provider
from hcfin.standards.x12 import rows
from hcfin.standards.x12.figures_835 import number_text
from hcfin.wire.x12_writer import Element, Row, day_text

_COMPOSITES = 12
_CAUSES = 3
_TAXONOMY_USE = {"85": "BI", "87": "BI", "71": "AT", "DN": "RF", "P3": "RF", "DD": "AS"}
"""PRV01 by the role of a provider; all others perform."""

# Codes of these lists stand in one segment together; all others only with their own kind.
_MIXED = {
    **dict.fromkeys(("ABK", "ABF", "BK", "BF"), "diagnosis"),
    **dict.fromkeys(("BP", "BO"), "anesthesia"),
}
_TOGETHER: dict[str, dict[str, str]] = {"professional": _MIXED, "dental": _MIXED, "institutional": {}}
_BEFORE_DRG = frozenset({"ABK", "BK", "ABJ", "BJ", "APR", "PR", "ABN", "BN"})
_PRESCRIPTION = frozenset({"XZ", "VY"})
_CLAIM_NOTE = "ADD"
_LINE_NOTE = {"institutional": "TPO"}


def claim_rows(claim: Claim) -> Iterator[Row]:
    """The segments of a claim and its lines, in the guide's order."""
    bill = (claim.facility_type, claim.facility_qualifier, claim.frequency)
    consent = (claim.provider_signature, claim.assignment, claim.benefits_assigned, claim.release)
    accident = (claim.accident_state, claim.accident_country)
    causes = (*claim.related_causes, *[""] * (_CAUSES - len(claim.related_causes)), *accident)
    program = (claim.signature_source, causes, claim.special_program)
    late = (claim.predetermination, claim.delay_reason)
    amount = number_text(claim.charged)
    yield ("CLM", claim.account, amount, "", "", bill, *consent, *program, *[""] * 6, *late)
    yield from _claim_dates(claim)
    stay = (claim.admission_type, claim.admission_source, claim.patient_status)
    if any(stay):
        yield ("CL1", *stay)
    if claim.contract_type or claim.contract_amount is not None:
        yield ("CN1", claim.contract_type, number_text(claim.contract_amount))
    yield from rows.told_amounts(claim.amounts)
    yield from rows.references(claim.references)
    yield from _notes(claim.notes, _CLAIM_NOTE)
    yield from _codes(claim)
    yield from rows.told_quantities(claim.quantities)
    for provider in claim.providers:
        yield from provider_rows(provider)
    for payer in claim.other_payers:
        yield from _other_payer(payer)
    for line in claim.lines:
        yield from _line(line, claim.claim_type)


# Parties


def taxonomy_row(provider: Provider) -> Row:
    """What kind of provider it is."""
    return ("PRV", _TAXONOMY_USE.get(provider.role, "PE"), "PXC", provider.taxonomy)


def provider_rows(provider: Provider) -> Iterator[Row]:
    """NM1 of a provider and what follows it."""
    names = (provider.name, provider.first_name, provider.middle_name, "", provider.suffix)
    yield ("NM1", provider.role, provider.entity, *names, provider.id_qualifier, provider.id)
    if provider.taxonomy:
        yield taxonomy_row(provider)
    city = (provider.city, provider.state, provider.postal_code, provider.country)
    yield from rows.place(provider.address, *city)
    yield from rows.references(provider.references)
    yield from rows.contacts(provider.contacts)


def person_rows(person: Person | None) -> Iterator[Row]:
    """NM1 of a subscriber, an insured or a patient and what follows it."""
    if person is None:
        return
    yield rows.individual(person)
    yield from rows.place(person.address, person.city, person.state, person.postal_code, person.country)
    if person.birth_date or person.sex:
        form = "D8" if person.birth_date else ""
        yield ("DMG", form, day_text(person.birth_date), person.sex)
    yield from rows.references(person.references)


# Codes, dates, notes


def _codes(claim: Claim) -> Iterator[Row]:
    """HI: codes in their order, the DRG where the guide has it."""
    together = _TOGETHER[claim.claim_type]
    if not claim.drg:
        yield from _hi(claim.codes, together)
        return
    first = list(takewhile(lambda code: code.qualifier in _BEFORE_DRG, claim.codes))
    yield from _hi(first, together)
    yield ("HI", ("DR", claim.drg))
    yield from _hi(claim.codes[len(first) :], together)


def _hi(codes: Sequence[ClaimCode], together: dict[str, str]) -> Iterator[Row]:
    for _, members in groupby(codes, key=lambda code: together.get(code.qualifier, code.qualifier)):
        run = list(members)
        for start in range(0, len(run), _COMPOSITES):
            yield ("HI", *map(_code, run[start : start + _COMPOSITES]))


def _code(code: ClaimCode) -> Element:
    amount = number_text(code.amount)
    day = _period(code.first, code.last)
    return (code.qualifier, code.code, *day, amount, "", "", "", code.present_on_admission)


def _period(first: date | None, last: date | None) -> tuple[str, str]:
    """The form of a date or period, and itself; both empty where there is none."""
    days = [day_text(day) for day in (first, last) if day]
    return ("", "D8", "RD8")[len(days)], "-".join(days)


def _periods(periods: Iterable[DatedPeriod]) -> Iterator[Row]:
    for period in periods:
        yield ("DTP", period.qualifier, *_period(period.first, period.last))


def _claim_dates(claim: Claim) -> Iterator[Row]:
    """The dates of a claim; an hour stands with its date, or alone where there is none."""
    hours = {"435": claim.admission_hour, "096": claim.discharge_hour}
    for period in claim.dates:
        hour = hours.pop(period.qualifier, "") if period.last is None else ""
        if hour:
            yield ("DTP", period.qualifier, "DT", f"{day_text(period.first)}{hour}")
        else:
            yield from _periods((period,))
    for qualifier, hour in hours.items():
        if hour:
            yield ("DTP", qualifier, "TM", hour)


def _notes(notes: Iterable[str], use: str) -> Iterator[Row]:
    for note in notes:
        yield ("NTE", use, note)


# Other payers


def _other_payer(other: OtherPayer) -> Iterator[Row]:
    policy = (other.group_number, other.group_name, other.insurance_type)
    yield ("SBR", other.sequence, other.relationship, *policy, "", "", "", other.filing_indicator)
    yield from rows.adjustments(other.adjustments)
    if other.paid is not None:
        yield ("AMT", "D", number_text(other.paid))
    yield from rows.told_amounts(other.amounts)
    if other.benefits_assigned or other.release:
        yield ("OI", "", "", other.benefits_assigned, "", "", other.release)
    yield from rows.adjudication(other.inpatient, other.outpatient, other.remarks)
    yield from person_rows(other.insured)
    yield from _payer(other)
    for provider in other.providers:
        yield from provider_rows(provider)


def _payer(other: OtherPayer) -> Iterator[Row]:
    party = other.payer
    if party != Organization():
        yield ("NM1", "PR", "2", party.name, "", "", "", "", party.id_qualifier, party.id)
    city = (party.city, party.state, party.postal_code, party.country, party.subdivision)
    yield from rows.place(party.address, *city)
    yield from rows.contacts(party.contacts)
    if other.adjudicated:
        yield ("DTP", "573", "D8", day_text(other.adjudicated))
    yield from rows.references(party.references)
    yield from rows.references(other.references)


# Service lines


def _line(line: ClaimLine, claim_type: str) -> Iterator[Row]:
    yield ("LX", line.number)
    yield _service(line, claim_type)
    for tooth in line.teeth:
        yield ("TOO", "JP", tooth)
    yield from _periods(line.dates)
    yield from rows.told_quantities(line.quantities)
    own, prescription = _parted(line)
    yield from rows.references(own)
    yield from rows.told_amounts(line.amounts)
    yield from _notes(line.notes, _LINE_NOTE.get(claim_type, _CLAIM_NOTE))
    for drug in line.drugs:
        yield from _drug(drug)
    yield from rows.references(prescription)
    for provider in line.providers:
        yield from provider_rows(provider)
    for adjudication in line.adjudications:
        yield from _adjudication(adjudication)


def _parted(line: ClaimLine) -> tuple[Sequence[Reference], Sequence[Reference]]:
    """The references of a line, and those at their end that stand with its drug."""
    end = len(line.references)
    while line.drugs and end and line.references[end - 1].qualifier in _PRESCRIPTION:
        end -= 1
    return line.references[:end], line.references[end:]


def _service(line: ClaimLine, claim_type: str) -> Row:
    """SV1, SV2 or SV3. What a segment has no place for is missed when it is read back."""
    charged, units = number_text(line.charged), number_text(line.units)
    place, pointers = line.facility_type, line.diagnosis_pointers
    procedure = rows.procedure_element(line.procedure)
    if claim_type == "institutional":
        counted = (line.unit_basis, units)
        noncovered = number_text(line.noncovered)
        return ("SV2", line.revenue_code, procedure, charged, *counted, "", noncovered)
    if claim_type == "dental":
        return ("SV3", procedure, charged, place, line.oral_cavity, "", units, *[""] * 4, pointers)
    return ("SV1", procedure, charged, line.unit_basis, units, place, "", pointers, "", line.emergency)


def _drug(drug: Drug) -> Iterator[Row]:
    yield ("LIN", "", drug.qualifier, drug.code)
    if drug.quantity is not None or drug.unit:
        yield ("CTP", "", "", "", number_text(drug.quantity), drug.unit)


def _adjudication(told: LineAdjudication) -> Iterator[Row]:
    procedure = rows.procedure_element(told.procedure)
    counted = (told.revenue_code, number_text(told.units), told.bundled_line)
    yield ("SVD", told.payer, number_text(told.paid), procedure, *counted)
    yield from rows.adjustments(told.adjustments)
    if told.day:
        yield ("DTP", "573", "D8", day_text(told.day))
    if told.remaining is not None:
        yield ("AMT", "EAF", number_text(told.remaining))
