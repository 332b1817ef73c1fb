"""Accounts and merges as the segments of ADT and BAR."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import InformationalAmount
from hcfin.billing.claim import ClaimCode
from hcfin.billing.registration import Coverage, Diagnosis, Encounter, Grouping, Guarantor, Identifier
from hcfin.standards.hl7v2 import rows_writer as rows
from hcfin.standards.hl7v2.account_amounts import COVERAGE, ENCOUNTER, GROUPING, GUARANTOR
from hcfin.standards.hl7v2.charge_writer import procedure_row
from hcfin.wire.hl7v2_writer import Cell, Row

_PROVIDERS = {"71": 7, "DN": 8, "consulting": 9, "admitting": 17}


def account_rows(account: Account) -> Iterator[Row]:
    """Everything that an account tells, from PID on."""
    yield patient_row(account)
    if account.encounter is not None or account.visit:
        yield _visit(account, account.encounter or Encounter())
    yield from map(_diagnosis, account.diagnoses)
    if account.grouping is not None:
        yield _grouping(account.grouping, account.currency)
    yield from map(procedure_row, account.procedures)
    for guarantor in account.guarantors:
        yield _guarantor(guarantor, account.currency)
    for coverage in account.coverages:
        yield from _coverage(coverage, account.currency)
    accident = account.accident
    if accident is not None:
        told = (accident.code, accident.location, accident.state, accident.job_related)
        yield ("ACC", rows.moment(accident.occurred), *told)
    if account.codes:
        yield _codes(account.codes, account.currency)


def patient_row(account: Account) -> Row:
    """A PID."""
    person = account.patient
    cells: dict[int, Cell] = {
        3: rows.identifiers(account.identifiers or _alone(account.patient_id)),
        5: rows.name(person),
        11: rows.address(person),
        18: (account.account, "", "", account.account_authority),
    }
    if person is not None:
        cells[7], cells[8] = rows.day(person.birth_date), person.sex
    return rows.segment("PID", cells)


def _alone(value: str) -> list[Identifier]:
    return [Identifier(value=value)] if value else []


def _visit(account: Account, encounter: Encounter) -> Row:
    cells: dict[int, Cell] = {
        1: encounter.set_id,
        2: encounter.patient_class,
        3: rows.place(encounter.place),
        4: encounter.admission_type,
        5: rows.identifier(encounter.preadmission),
        10: encounter.hospital_service,
        14: encounter.admission_source,
        18: encounter.patient_type,
        19: account.visit,
        20: [(one.code, rows.moment(one.effective)) for one in encounter.financial_classes],
        36: encounter.disposition,
        41: encounter.account_status,
        44: rows.moment(encounter.admitted),
        45: rows.moment(encounter.discharged),
        50: rows.identifier(encounter.alternate_visit),
        54: rows.identifier(encounter.episode),
        **_amounts(encounter.amounts, ENCOUNTER, account.currency),
    }
    for role, position in _PROVIDERS.items():
        cells[position] = rows.providers(one for one in encounter.providers if one.role == role)
    return rows.segment("PV1", cells)


def _amounts(
    told: Iterable[InformationalAmount], table: tuple[tuple[int, str], ...], currency: str
) -> dict[int, Cell]:
    """Amounts in the fields that tell them; several of one field are repetitions."""
    positions = {name: position for position, name in table}
    cells: dict[int, list[str | tuple[str | tuple[str, ...], ...]]] = {}
    for one in told:
        position = positions.get(one.qualifier)
        if position is not None:
            cells.setdefault(position, []).append(((f"{one.amount:f}", currency),))
    return dict(cells.items())


def _guarantor(guarantor: Guarantor, currency: str) -> Row:
    person = guarantor.person
    cells: dict[int, Cell] = {
        1: guarantor.set_id,
        2: rows.identifiers(guarantor.identifiers),
        3: rows.name(person),
        5: rows.address(person),
        10: guarantor.type,
        11: guarantor.relationship,
        13: rows.day(guarantor.begin),
        14: rows.day(guarantor.end),
        15: guarantor.priority,
        21: guarantor.organization,
        54: guarantor.financial_class,
        **_amounts(guarantor.amounts, GUARANTOR, currency),
    }
    if person is not None:
        cells[8], cells[9] = rows.day(person.birth_date), person.sex
    return rows.segment("GT1", cells)


def _coverage(coverage: Coverage, currency: str) -> Iterator[Row]:
    payer, insured = coverage.payer, coverage.insured
    kind = "NPI" if payer.id_qualifier == "XX" else payer.id_qualifier
    own = not coverage.payer_ids or payer.id != coverage.payer_ids[0].value
    cells: dict[int, Cell] = {
        1: coverage.set_id,
        2: rows.coding(coverage.plan),
        3: rows.identifiers(coverage.payer_ids),
        4: (payer.name, "", "", "", "", "", kind if own else "", "", "", payer.id if own else ""),
        5: rows.address_of(payer.address, payer),
        8: coverage.group_number,
        9: coverage.group_name,
        12: rows.day(coverage.effective),
        13: rows.day(coverage.expires),
        14: coverage.authorization,
        15: coverage.plan_type,
        16: rows.name(insured),
        17: coverage.relationship,
        19: rows.address(insured),
        20: coverage.assignment,
        21: coverage.coordination,
        22: coverage.priority,
        36: coverage.policy_number,
        47: coverage.coverage_type,
        49: rows.identifiers(coverage.insured_ids),
        54: rows.identifiers(coverage.external_ids),
        55: coverage.action,
        **_amounts(coverage.amounts, COVERAGE, currency),
    }
    if insured is not None:
        cells[18], cells[43] = rows.day(insured.birth_date), insured.sex
    yield rows.segment("IN1", cells)
    more: dict[int, Cell] = {
        6: coverage.medicare_number,
        8: coverage.medicaid_number,
        25: coverage.payer_number,
        26: coverage.subscriber_number,
        28: _limits(coverage.amounts, "room_coverage", currency),
        29: _limits(coverage.amounts, "policy_amount", currency),
        61: coverage.member_number,
        72: coverage.patient_relationship,
    }
    if any(more.values()):
        yield rows.segment("IN2", more)
    for certification in coverage.certifications:
        yield rows.segment("IN3", {2: certification})


def _limits(told: Iterable[InformationalAmount], name: str, currency: str) -> Cell:
    """Amounts of RMC and PTA: what each is for, and the amount as MOP."""
    found: list[str | tuple[str | tuple[str, ...], ...]] = []
    for one in told:
        first, _, kind = one.qualifier.partition(" ")
        if first == name:
            found.append((kind, "", "", ("AT", f"{one.amount:f}", currency)))
    return found


def _diagnosis(diagnosis: Diagnosis) -> Row:
    return rows.segment(
        "DG1",
        {
            1: diagnosis.set_id,
            3: (diagnosis.code, diagnosis.text, diagnosis.system),
            5: rows.moment(diagnosis.day),
            6: diagnosis.type,
            15: diagnosis.priority,
            20: diagnosis.id,
            21: diagnosis.action,
            26: diagnosis.present_on_admission,
        },
    )


def _grouping(grouping: Grouping, currency: str) -> Row:
    return rows.segment(
        "DRG",
        {
            1: grouping.code,
            2: rows.moment(grouping.assigned),
            3: grouping.approved,
            5: grouping.outlier_type,
            6: rows.number(grouping.outlier_days),
            8: grouping.payer,
            15: rows.number(grouping.weight),
            **_amounts(grouping.amounts, GROUPING, currency),
        },
    )


def _codes(codes: Iterable[ClaimCode], currency: str) -> Row:
    """A UB2: conditions, values, occurrences and spans."""
    cells: dict[int, list[str | tuple[str | tuple[str, ...], ...]]] = {3: [], 6: [], 7: [], 8: []}
    for code in codes:
        first, last = rows.day(code.first), rows.day(code.last)
        if code.qualifier == "BG":
            cells[3].append(code.code)
        elif code.qualifier == "BE":
            amount: tuple[str, ...] = () if code.amount is None else (f"{code.amount:f}", currency)
            cells[6].append((code.code, amount) if amount else (code.code,))
        else:
            cells[7 if code.qualifier == "BH" else 8].append((code.code, first, last))
    return rows.segment("UB2", dict(cells.items()))


def merge_rows(merge: AccountMerge) -> Iterator[Row]:
    """A PID of what survives and an MRG of what ends."""
    yield rows.segment(
        "PID",
        {3: rows.identifiers(merge.identifiers or _alone(merge.patient_id)), 18: merge.account},
    )
    prior = rows.identifiers(merge.prior_identifiers or _alone(merge.prior_patient))
    yield rows.segment(
        "MRG", {1: prior, 3: merge.prior_account, 5: merge.prior_visit, 7: rows.name(merge.prior)}
    )
    if merge.visit:
        yield rows.segment("PV1", {19: merge.visit})
