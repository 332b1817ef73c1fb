"""ADT and BAR: what registration says of accounts.

`account_of` is for every message that names a patient: ADT and BAR hand on what they say of an account, and
charges, orders and results what they say beside their own matter. Segments count wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hcfin.billing.account import Account, AccountChange
from hcfin.billing.claim import ClaimCode
from hcfin.billing.registration import (
    Accident,
    Coverage,
    Diagnosis,
    Grouping,
    Guarantor,
    PerformedProcedure,
)
from hcfin.model import blank, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2.account_amounts import Told
from hcfin.standards.hl7v2.account_cleared import cleared, is_deleted
from hcfin.standards.hl7v2.account_coding import (
    accident,
    claim_codes,
    diagnosis,
    grouping,
    grouping_of_diagnoses,
    procedure,
)
from hcfin.standards.hl7v2.account_coverage import coverage, in_turn, insurances
from hcfin.standards.hl7v2.account_encounter import encounter, guarantor, patient, visit_number
from hcfin.standards.hl7v2.account_kept import kept
from hcfin.standards.hl7v2.grouping import Group, Row, anchored
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.wire.hl7v2 import Message

SEGMENTS = frozenset(
    ["PID", "PD1", "PV1", "PV2", "GT1", "IN1", "IN2", "IN3", "DG1", "PR1", "DRG", "ACC", "UB1", "UB2"]
)
"""Segments that say something of an account."""
_HEADERS = frozenset({"MSH", "EVN", "SFT", "UAC"})
_ACCOUNT = blank(Account)
_NOWHERE: Row = 0, []
_EVN_2, _EVN_6 = numbers(2), numbers(6)

_CHANGES: dict[AccountChange, str] = {
    "opened": "A01 A04 A05 P01",
    "updated": "A02 A06 A07 A08 A09 A10 A12 A17 A21 A22 A28 A31 A32 A33 A52 A53 A54 A55 A61 A62 P05",
    "discharged": "A03",
    "ended": "P06",
    "cancelled": "A11 A38",
    "reinstated": "A13",
    "purged": "A23 A29 P02",
    "coded": "P10 P12",
}
CHANGES: dict[str, AccountChange] = {
    event: change for change, events in _CHANGES.items() for event in events.split()
}
"""What an event does to the account; any other event tells of one and does nothing to it: what is pending
(A14 A15 A16), such that is taken back (A25 A26 A27), links (A24 A37), allergies (A60)."""


class Event(NamedTuple):
    """What the head of a message says of its event."""

    code: str
    occurred: str


def event_of(session: Session) -> Event:
    """The event of the message that is read, and when it was recorded (EVN-2), else when it happened
    (EVN-6)."""
    message, code = session.message, session.kind.partition("^")[2]
    if "EVN" in message.names:
        n = message.names.index("EVN")
        at, fields = message.at + n, message.segments[n]
        for position, carried in ((2, _EVN_2), (6, _EVN_6)):
            occurred = nodes.moment(session, at, fields, position)
            if occurred:
                session.carry(at, carried)
                return Event(code, occurred)
    return Event(code, "")


def account_of(
    session: Session,
    rows: Sequence[Row],
    insured: Sequence[Group] = (),
    *,
    change: AccountChange = "told",
    event: Event | None = None,
    known: dict[str, Any] | None = None,
) -> Account | None:
    """What these segments say of one account; None where none of them does.

    `rows` are the segments of a message, or of one patient or visit in it; `insured` the insurances that
    were taken out of them already (`Grouped.insurances`). `known` is what the PID said, where several visits
    share it.
    """
    if event is None:
        event = event_of(session)
    if known is not None:
        return _account(session, rows, insured, change, event, known)
    account = kept(session).account(
        rows, insured, change, lambda: _account(session, rows, insured, change, event, None)
    )
    if account is not None:
        # Not yet handed on: these two are of the message, whoever made the account.
        vars(account).update(occurred=event.occurred, facility=session.facility)
    return account


def _account(
    session: Session,
    rows: Sequence[Row],
    insured: Sequence[Group],
    change: AccountChange,
    event: Event,
    known: dict[str, Any] | None,
) -> Account | None:
    said: dict[str, list[Row]] = {}
    # Whoever took insurances out took them all.
    others, groups = (rows, insured) if insured else insurances(rows)
    for row in others:
        said.setdefault(row[1][0], []).append(row)
    if not groups and SEGMENTS.isdisjoint(said):
        return None
    taker = _Taker(session, said)
    pid, pv1 = taker.one("PID"), taker.one("PV1")
    if known is None:
        known = patient(session, *pid) if pid else {}
    number = nodes.account_number(session, said)
    visit = visit_number(session, pv1[1]) if pv1 else None
    told, named = taker.told, session.profile.segments
    at, _ = pid or pv1 or next((row for row in rows if row[1][0] in SEGMENTS), rows[0] if rows else _NOWHERE)
    values = _ACCOUNT.copy()
    values.update(known)
    values["at"] = at
    values["event"] = event.code
    values["change"] = change
    values["occurred"] = event.occurred
    values["facility"] = session.facility
    if number:
        values["account"], values["account_authority"] = number.value, number.authority
    if visit:
        values["visit"] = visit.value
    if pv1:
        values["encounter"] = encounter(session, *pv1, told)
    values["guarantors"] = taker.guarantors()
    values["coverages"] = taker.coverages(groups)
    values["diagnoses"] = taker.diagnoses()
    values["procedures"] = taker.procedures()
    values["grouping"] = taker.grouping()
    values["accident"] = taker.accident()
    values["codes"] = taker.codes()
    if named:
        values["vendor_fields"] = nodes.vendor_fields(session, _flat(others, groups))
    values["mode"] = "action_code" if event.code == "P12" else session.profile.mode
    values["currency"] = told.currency or session.currency
    if told.unreadable:
        values["unreadable"] = tuple(told.unreadable)
    if session.message.deletes:
        values["cleared"] = cleared(session, _flat(others, groups), SEGMENTS)
    return trusted(Account, values)


def _flat(rows: Iterable[Row], groups: Iterable[Group]) -> list[Row]:
    """All segments again, insurances behind the others."""
    return [*rows, *(row for group in groups for row in ((group.at, group.fields), *group.rows))]


class _Taker:
    """Makes the parts of one account from its segments by name."""

    def __init__(self, session: Session, said: dict[str, list[Row]]) -> None:
        self.session = session
        self.said = said
        self.told = Told(session)

    def one(self, name: str) -> Row | None:
        """The segment of a name that stands once; further ones are issues."""
        rows = self.said.get(name)
        if not rows:
            return None
        for at, _ in rows[1:]:
            self.session.issue("SEGMENT_SURPLUS", at)
        return rows[0]

    def _rows(self, name: str) -> list[Row]:
        """The segments of a name that are not there to delete something."""
        rows = self.said.get(name)
        if not rows:
            return []
        if not self.session.message.deletes:
            return rows
        return [row for row in rows if not is_deleted(row[1])]

    def guarantors(self) -> tuple[Guarantor, ...]:
        return tuple([guarantor(self.session, *row, self.told) for row in self._rows("GT1")])

    def coverages(self, groups: Sequence[Group]) -> tuple[Coverage, ...]:
        for name in ("IN2", "IN3"):
            for at, _ in self.said.get(name, ()):
                self.session.issue("INSURANCE_MISSING", at)
        told = [group for group in groups if not is_deleted(group.fields)]
        return in_turn([coverage(self.session, group, self.told) for group in told])

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        return tuple([diagnosis(self.session, *row) for row in self._rows("DG1")])

    def procedures(self) -> tuple[PerformedProcedure, ...]:
        return tuple([procedure(self.session, *row) for row in self._rows("PR1")])

    def grouping(self) -> Grouping | None:
        row = self.one("DRG")
        known = grouping(self.session, *row, self.told) if row and not is_deleted(row[1]) else None
        rows = self._rows("DG1")
        return grouping_of_diagnoses(self.session, rows, known, self.told) if rows else known

    def accident(self) -> Accident | None:
        row = self.one("ACC")
        return accident(self.session, *row) if row and not is_deleted(row[1]) else None

    def codes(self) -> tuple[ClaimCode, ...]:
        found: list[ClaimCode] = []
        for name in ("UB1", "UB2"):
            row = self.one(name)
            if row and not is_deleted(row[1]):
                found += claim_codes(self.session, *row, self.told)
        return tuple(found)


def patients(message: Message) -> list[list[Row]]:
    """The segments of a message cut at each PID; those before the first go with it."""
    before, groups = anchored(message.rows(), {"PID"})
    before = [row for row in before if row[1][0] not in _HEADERS]
    if not groups:
        return [before] if before else []
    cut = [[(group.at, group.fields), *group.rows] for group in groups]
    cut[0] = [*before, *cut[0]]
    return cut


def read_accounts(message: Message, session: Session) -> None:
    """An ADT or BAR that merges nothing."""
    tell_accounts(message, session, event_of(session))
    for at, fields in message.rows():
        if fields[0] == "MRG":
            session.issue("MERGE_UNEXPECTED", at)


def tell_accounts(message: Message, session: Session, event: Event) -> None:
    """Hand on a fact for each visit of each patient of a message."""
    change = CHANGES.get(event.code, "told")
    for rows in patients(message):
        for account in accounts_of(session, rows, change, event):
            session.fact(account)
            count(session, account)
    if not session.summary:
        session.issue("PATIENT_MISSING", message.at)


def accounts_of(session: Session, rows: list[Row], change: AccountChange, event: Event) -> Iterable[Account]:
    """The accounts of one patient: one for each visit (BAR P01 and P05 have several), or the only one. What
    stands before the first PV1 is told with the first visit; the patient with each."""
    before, visits = anchored(rows, {"PV1"})
    if len(visits) < 2:
        account = account_of(session, rows, change=change, event=event)
        return [account] if account else []
    pid = next((row for row in before if row[1][0] == "PID"), None)
    known = patient(session, *pid) if pid else {}
    found = []
    for n, visit in enumerate(visits):
        own: list[Row] = [(visit.at, visit.fields), *visit.rows]
        shared = before if n == 0 else [pid] if pid else []
        account = account_of(session, [*shared, *own], change=change, event=event, known=known)
        found += [account] if account else []
    return found


def count(session: Session, account: Account) -> None:
    """Add an account to the figures of its message."""
    summary = session.summary
    figures: dict[str, tuple[object, ...]] = {
        "accounts": (account,),
        "encounters": (account.encounter,) if account.encounter else (),
        "coverages": account.coverages,
        "guarantors": account.guarantors,
        "diagnoses": account.diagnoses,
        "procedures": account.procedures,
    }
    for name, members in figures.items():
        summary[name] = summary.get(name, 0) + len(members)
