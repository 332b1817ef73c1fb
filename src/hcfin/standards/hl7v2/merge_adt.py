"""Merges, moves and changes of numbers in ADT: what MRG names ends in what PID and PV1 name.

Real messages repeat PID and MRG (A40), or MRG and PV1 under one PID (A45). A merge that does not name both
sides is an issue and no fact: nobody can say what ends in what.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hcfin.billing.account import AccountMerge, MergeLevel
from hcfin.billing.registration import Identifier
from hcfin.model import blank, placed, trusted
from hcfin.standards.hl7v2 import nodes
from hcfin.standards.hl7v2 import values as v
from hcfin.standards.hl7v2.account_adt import (
    Event,
    accounts_of,
    count,
    event_of,
    patients,
    read_accounts,
    tell_accounts,
)
from hcfin.standards.hl7v2.account_encounter import further, known_as, withdrawn
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Row, anchored
from hcfin.standards.hl7v2.session import Session, numbers
from hcfin.wire.hl7v2 import Message

_LEVELS: dict[tuple[MergeLevel, ...], str] = {
    ("patient",): "A18 A30 A34 A39 A40 A43 A46 A47 A48",
    ("account",): "A35 A41 A44 A49",
    ("patient", "account"): "A36",
    ("visit",): "A42 A45 A50 A51",
}
LEVELS: dict[str, tuple[MergeLevel, ...]] = {
    event: levels for levels, events in _LEVELS.items() for event in events.split()
}
"""What an event merges, moves or gives a new number to; A36 does it to the patient and to the account."""
RENUMBERED = frozenset({"A06", "A07"})
"""Events that change a stay, and with it perhaps the number of its account or visit (MRG)."""

_MERGE = blank(AccountMerge)
_MRG = numbers(1, 3, 5, 7)
_OLD_PATIENT = (4, 2)
_OTHER_VISIT = 6
_PLACES = {"PID-3": 1, "PID-18": 3, "PV1-19": 5, "PV1-50": 6}
"""Fields of the surviving side, and the field of MRG that is the same of the one that ends."""
_NUMBERED: dict[str, MergeLevel] = {"PV1-19": "visit", "PV1-50": "visit", "PID-3": "patient"}
"""What such a field is the number of."""


class Survivor(NamedTuple):
    """The patient of a PID, in whom others end."""

    fields: Fields
    chosen: v.Identifier | None
    identifiers: tuple[Identifier, ...]


def read_adt(message: Message, session: Session) -> None:
    """An ADT: what it merges, and what it says of accounts."""
    event = event_of(session)
    if event.code in LEVELS:
        session.summary["merges"] = 0
        clear = _order_clear(message)
        for rows in patients(message):
            _read_merges(session, event, rows, clear)
    elif event.code in RENUMBERED:
        tell_accounts(message, session, event)
        for rows in patients(message):
            _read_renumbered(session, event, rows)
    else:
        read_accounts(message, session)


def _order_clear(message: Message) -> bool:
    """Whether each MRG certainly belongs to the PID before it. Where an MRG comes first, perhaps all of them
    stand before their PID; only a single pair is certain then."""
    names = [fields[0] for fields in message.segments if fields[0] in ("PID", "MRG")]
    return names[:1] == ["PID"] or names == ["MRG", "PID"]


def _read_merges(session: Session, event: Event, rows: list[Row], clear: bool) -> None:
    """What one PID survives, and the account of each visit that it names."""
    before, merges = anchored(rows, {"MRG"})
    pid = next((row for row in rows if row[1][0] == "PID"), None)
    if pid is None or not clear:
        for merge in merges:
            session.issue("MERGE_ORPHAN", merge.at)
    else:
        if not merges:
            session.issue("MERGE_MISSING", pid[0])
        visit = next((row for row in before if row[1][0] == "PV1"), None)
        survivor = _survivor(session, pid)
        for merge in merges:
            _merge(session, event, survivor, (merge.at, merge.fields), merge.one("PV1") or visit)
    for account in accounts_of(session, [row for row in rows if row[1][0] != "MRG"], "told", event):
        session.fact(account)
        count(session, account)


def _survivor(session: Session, pid: Row) -> Survivor:
    at, fields = pid
    found, chosen, _ = known_as(session, fields)
    # The fact stands at the MRG.
    return Survivor(fields, chosen, tuple([placed(one, at) for one in _nodes(found)]))


def _merge(session: Session, event: Event, survivor: Survivor, mrg: Row, pv1: Row | None) -> None:
    values = _sides(session, event, survivor, mrg, pv1)
    for level in _levels(session, event):
        if all(_keys(values, level)):
            _hand_on(session, mrg, values, level)
        else:
            session.issue("MERGE_INCOMPLETE", mrg[0], level=level)


def _levels(session: Session, event: Event) -> tuple[MergeLevel, ...]:
    """What is merged. Where the profile's account is the number of the visit or of the patient, accounts end
    with them."""
    levels = LEVELS[event.code]
    places = session.profile.account
    if places and _NUMBERED.get(places[0]) in levels and "account" not in levels:
        return *levels, "account"
    return levels


def _read_renumbered(session: Session, event: Event, rows: list[Row]) -> None:
    """What an A06 or A07 says in an MRG: the stay has another account, or another visit, where the numbers
    differ."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row[1][0], row)
        if row[1][0] == "MRG" and row is not found["MRG"]:
            session.issue("MERGE_UNEXPECTED", row[0])
    mrg, pid = found.get("MRG"), found.get("PID")
    if mrg is None:
        return
    if pid is not None:
        values = _sides(session, event, _survivor(session, pid), mrg, found.get("PV1"))
        levels: tuple[MergeLevel, ...] = ("account", "visit")
        for level in levels:
            ends, survives = _keys(values, level)
            if ends and survives and ends != survives:
                _hand_on(session, mrg, values, level)
                return
    session.issue("MERGE_UNEXPECTED", mrg[0])


def _hand_on(session: Session, mrg: Row, values: dict[str, Any], level: MergeLevel) -> None:
    session.fact(trusted(AccountMerge, {**values, "level": level}))
    session.summary["merges"] = session.summary.get("merges", 0) + 1
    session.carry(mrg[0], _carried(session, mrg[1]))


def _carried(session: Session, fields: Fields) -> frozenset[int]:
    carried = set(_MRG)
    if not session.has(fields, 5):
        carried.add(_OTHER_VISIT)
    if not withdrawn(session):
        carried.update(_OLD_PATIENT)
    return frozenset(carried)


def _keys(values: dict[str, Any], level: MergeLevel) -> tuple[str, str]:
    if level == "patient":
        return values["prior_patient"], values["patient_id"]
    return values[f"prior_{level}"], values[level]


def _sides(session: Session, event: Event, survivor: Survivor, mrg: Row, pv1: Row | None) -> dict[str, Any]:
    """Both sides of a merge, as fields of a fact."""
    at, fields = mrg
    visit = pv1[1] if pv1 else []
    ending = _ending(session, fields)
    ending_account, account = _accounts(session, survivor.fields, fields, visit)
    chosen = survivor.chosen
    prior = _prior(ending, chosen)
    return {
        **_MERGE,
        "at": at,
        "currency": session.currency,
        "event": event.code,
        "occurred": event.occurred,
        "facility": session.facility,
        "prior_patient": prior.value if prior else "",
        "prior_account": ending_account,
        "prior_visit": _value(session, fields, 5) or _value(session, fields, _OTHER_VISIT),
        "prior_identifiers": _nodes(ending),
        "prior": nodes.person("QC", session.name(fields, 7)),
        "patient_id": chosen.value if chosen else "",
        "account": account,
        "visit": _visit(session, fields, visit),
        "identifiers": survivor.identifiers,
    }


def _visit(session: Session, mrg: Fields, pv1: Fields) -> str:
    """The visit that survives; by its alternate number where MRG names the prior one by that."""
    if not pv1:
        return ""
    if not session.has(mrg, 5) and session.has(mrg, _OTHER_VISIT):
        return _value(session, pv1, 50)
    return _value(session, pv1, 19)


def _nodes(found: list[v.Identifier]) -> tuple[Identifier, ...]:
    return tuple([nodes.identifier(one) for one in found])


def _prior(ending: list[v.Identifier], surviving: v.Identifier | None) -> v.Identifier | None:
    """The identifier of the patient that ends, of the same kind as the one that survives if there is such."""
    for one in ending:
        if surviving and (one.kind, one.authority) == (surviving.kind, surviving.authority):
            return one
    return ending[0] if ending else None


def _ending(session: Session, fields: Fields) -> list[v.Identifier]:
    """The identifiers of the patient that ends: MRG-1, up to 2.6 MRG-4 and MRG-2 too."""
    found = session.identifiers(fields, 1)
    if not withdrawn(session):
        for position in _OLD_PATIENT:
            found = further(found, session.identifiers(fields, position))
    return found


def _accounts(session: Session, pid: Fields, mrg: Fields, pv1: Fields) -> tuple[str, str]:
    """The account that ends and the one that survives, from the first of the profile's places that either
    side has: a number of another kind on one side would be another account."""
    for place in session.profile.account:
        fields = {"PID": pid, "PV1": pv1}.get(place[:3])
        other = _PLACES.get(place)
        if fields is None or other is None:
            continue
        ends = _value(session, mrg, other)
        survives = _value(session, fields, nodes.position_of(place))
        if ends or survives:
            return ends, survives
    return "", ""


def _value(session: Session, fields: Fields, position: int) -> str:
    found = session.identifier(fields, position) if position < len(fields) and fields[position] else None
    return found.value if found else ""
