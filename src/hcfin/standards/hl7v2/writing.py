"""Facts as HL7 v2 messages: accounts as ADT and BAR, merges as ADT, charges and payments as DFT^P03.

Strategy: facts that are told together share a message: transactions of one account that follow one another,
the account of a DFT with the transactions behind it, a merge with the account that survives. Everything is
read back and compared before it leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import zip_longest

from hcfin.billing.account import Account, AccountChange, AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge
from hcfin.billing.payment import Payment, WriteOff
from hcfin.billing.reading import collect
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards._read_back import difference
from hcfin.standards.hl7v2 import account_writer, charge_writer
from hcfin.standards.hl7v2 import rows_writer as rows
from hcfin.standards.hl7v2.charge_writer import Transaction
from hcfin.standards.hl7v2.cleared_writer import clear
from hcfin.standards.hl7v2.merge_adt import RENUMBERED
from hcfin.standards.hl7v2.profile import Profile
from hcfin.standards.hl7v2.reader import read
from hcfin.wire.hl7v2_writer import Cell, Row, Touch, message_bytes

_EVENTS: dict[AccountChange, str] = {
    "opened": "A01",
    "updated": "A08",
    "discharged": "A03",
    "ended": "P06",
    "cancelled": "A11",
    "reinstated": "A13",
    "purged": "P02",
    "coded": "P12",
    "told": "P03",
}
_STRUCTURES = {
    **dict.fromkeys(("A01", "A04", "A08", "A13"), "ADT_A01"),
    **dict.fromkeys(("A05", "A14", "A28", "A31"), "ADT_A05"),
    **dict.fromkeys(("A09", "A10", "A11", "A12"), "ADT_A09"),
    **dict.fromkeys(("A39", "A40", "A41", "A42"), "ADT_A39"),
}
_MERGES = {"patient": "A40", "account": "A41", "visit": "A42"}
_CHARGES = "P03"
_KNOWN = {
    *("sender", "receiver", "receiver_facility", "date", "time", "zone", "control", "processing", "version"),
}
_SHAPES = {
    "date": re.compile(r"[0-9]{8}", re.ASCII),
    "time": re.compile(r"[0-9]{4}(?:[0-9]{2})?", re.ASCII),
    "zone": re.compile(r"[+-][0-9]{4}", re.ASCII),
    "control": re.compile(r"[0-9]{1,15}", re.ASCII),
    "processing": re.compile(r"[PTD]", re.ASCII),
    "version": re.compile(r"2\.[0-9](?:\.[0-9])?", re.ASCII),
}


@dataclass(slots=True)
class _Message:
    """The facts of one message."""

    code: str
    event: str
    facility: str
    facts: list[Fact] = field(default_factory=list)


def write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    """Accounts, merges, charges, payments and write-offs as messages, in the order of the facts.

    `identity` gives what no fact holds: sender (MSH-3), receiver, receiver_facility, date, time and zone of
    the messages (default the last moment of the facts), control (first control id, default 1), processing (P,
    T or D), version (default 2.5.1). The same facts and identity give the same bytes.

    Raises `HcfinError` where reading the result would not give the same facts: HL7 cannot say it, or a
    profile would be needed to read it. Its text holds positions and field names, no values.
    """
    _check(identity)
    facts = tuple(facts)
    control = int(identity.get("control", "1"))
    made = []
    for number, message in enumerate(_messages(facts)):
        data = message_bytes(_rows(message, identity, control + number), touch=_deletes(message))
        _prove(message, data)
        made.append(data)
    return b"".join(made)


def _deletes(message: _Message) -> Touch | None:
    """What puts the delete markers of the message's account into its fields."""
    places = [place for one in message.facts if isinstance(one, Account) for place in one.cleared]
    return (lambda segments, marks: clear(segments, places, marks)) if places else None


def _check(identity: Mapping[str, str]) -> None:
    for name, value in identity.items():
        if name not in _KNOWN:
            known = ", ".join(sorted(_KNOWN))
            raise HcfinError(f"identity: a name that HL7 does not know; known are {known}")
        if name in _SHAPES and not _SHAPES[name].fullmatch(value):
            raise HcfinError(f"identity: {name} is not of the form that HL7 gives it")


def _messages(facts: Iterable[Fact]) -> Iterator[_Message]:
    open_: _Message | None = None
    for number, fact in enumerate(facts, start=1):
        if not isinstance(fact, Account | AccountMerge | Charge | Payment | WriteOff):
            raise HcfinError(f"fact {number}: HL7 v2 has no message for a {fact.model_dump()['kind']}")
        if fact.unreadable:
            raise HcfinError(f"fact {number}: what could not be read cannot be written")
        if open_ is not None and _belongs(fact, open_):
            open_.facts.append(fact)
            continue
        if open_ is not None:
            yield open_
        open_ = _begun(fact)
    if open_ is not None:
        yield open_


def _begun(fact: Account | AccountMerge | Transaction) -> _Message:
    if isinstance(fact, AccountMerge):
        return _Message("ADT", fact.event or _MERGES[fact.level], fact.facility, [fact])
    event = (fact.event or _EVENTS[fact.change]) if isinstance(fact, Account) else _CHARGES
    code = "DFT" if event == _CHARGES else "BAR" if event.startswith("P") else "ADT"
    return _Message(code, event, fact.facility, [fact])


def _belongs(fact: Fact, message: _Message) -> bool:
    """Whether a fact is told in the message that is open."""
    last = message.facts[-1]
    if isinstance(fact, Account):
        return isinstance(last, AccountMerge) and fact.event == last.event and _same(fact, last)
    if isinstance(fact, AccountMerge):
        return isinstance(last, Account) and fact.event == last.event in RENUMBERED and _same(fact, last)
    if message.code != "DFT":
        return False
    if isinstance(last, Charge | Payment | WriteOff) and isinstance(fact, Charge):
        charges = [one for one in message.facts if isinstance(one, Charge)]
        if charges and _visit(charges[-1]) != _visit(fact):
            return False
    return _same(fact, last)


def _same(one: Fact, other: Fact) -> bool:
    """Whether two facts are of one patient, account and visit at one facility."""
    names = ("facility", "account", "visit", "patient_id")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _visit(charge: Charge) -> tuple[str, str]:
    return charge.patient_class, charge.financial_class


def _rows(message: _Message, identity: Mapping[str, str], control: int) -> Iterator[Row]:
    first = message.facts[0]
    structure = _STRUCTURES.get(message.event, f"{message.code}_{message.event}")
    yield rows.segment(
        "MSH",
        {
            3: identity.get("sender", ""),
            4: message.facility,
            5: identity.get("receiver", ""),
            6: identity.get("receiver_facility", ""),
            7: _moment(message, identity),
            9: (message.code, message.event, structure),
            10: str(control),
            11: identity.get("processing", "P"),
            12: identity.get("version", "2.5.1"),
        },
    )
    told = next((one for one in message.facts if isinstance(one, Account)), None)
    occurred = getattr(first, "occurred", "") if isinstance(first, Account | AccountMerge) else ""
    yield ("EVN", message.event, rows.moment(occurred))
    merge = next((one for one in message.facts if isinstance(one, AccountMerge)), None)
    if merge is not None:
        merged = list(account_writer.merge_rows(merge))
        yield account_writer.patient_row(told) if told else merged[0]
        yield merged[1]
        yield from list(account_writer.account_rows(told))[1:] if told else merged[2:]
        return
    around = list(account_writer.account_rows(told)) if told else list(_keys(message))
    transactions = [one for one in message.facts if isinstance(one, Charge | Payment | WriteOff)]
    before = [row for row in around if row[0] in ("PID", "PV1")] if transactions else around
    yield from before
    for number, fact in enumerate(transactions, start=1):
        yield from charge_writer.transaction_rows(fact, number)
    yield from around[len(before) :]


def _keys(message: _Message) -> Iterator[Row]:
    """PID and PV1 of transactions that no account stands before."""
    first = message.facts[0]
    if not isinstance(first, Charge | Payment | WriteOff):
        return
    yield rows.segment("PID", {3: first.patient_id, 18: first.account})
    charge = next((one for one in message.facts if isinstance(one, Charge)), None)
    cells: dict[int, Cell] = {19: first.visit}
    if charge is not None:
        cells[2], cells[20] = charge.patient_class, charge.financial_class
    if any(cells.values()):
        yield rows.segment("PV1", cells)


def _moment(message: _Message, identity: Mapping[str, str]) -> str:
    """When the message is made: as the caller says, else the last moment that its facts tell."""
    if "date" in identity:
        return identity["date"] + identity.get("time", "") + identity.get("zone", "")
    told = [getattr(one, name, "") for one in message.facts for name in ("occurred", "posted", "performed")]
    return rows.moment(max(told, key=lambda moment: moment[:10], default=""))


def _prove(message: _Message, data: bytes) -> None:
    """Refuse bytes that do not say the facts. Raises `HcfinError` without values."""
    found = list(collect(read(BytesIO(data), Profile(), Limits())).facts)
    if not any(isinstance(one, Account) for one in message.facts):
        # What is told around charges and merges tells of an account, too.
        found = [one for one in found if not isinstance(one, Account)]
    for before, after in zip_longest(message.facts, found):
        path: str | None = ""
        if before is not None and after is not None:
            path = difference(before, after, _derived(before))
            if path == "unreadable":
                path = ", ".join(after.unreadable)
        if path is not None:
            kind = type(before if before is not None else message.facts[-1]).__name__
            what = path or "as a whole"
            raise HcfinError(
                f"a {message.code}^{message.event} cannot say {kind} `{what}` so that it is read back so"
            )


def _derived(fact: Fact) -> set[str]:
    """What the reader makes where the fact says nothing."""
    derived = {name for name in ("event", "number", "type_code") if getattr(fact, name, None) == ""}
    for one, all_ in (("patient_id", "identifiers"), ("prior_patient", "prior_identifiers")):
        if getattr(fact, one, "") and not getattr(fact, all_, ()):
            derived.add(all_)  # the one that is told
    if isinstance(fact, Account | AccountMerge) and not _tells_amounts(fact):
        derived.add("currency")  # of no amount
    return derived


def _tells_amounts(fact: Account | AccountMerge) -> bool:
    if isinstance(fact, AccountMerge):
        return False
    parts = (fact.encounter, fact.grouping, *fact.guarantors, *fact.coverages)
    return any(part.amounts for part in parts if part) or any(code.amount for code in fact.codes)
