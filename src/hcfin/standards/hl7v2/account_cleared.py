"""What a message deletes: `""` as a whole segment, a field, a component or a subcomponent.

Named as HL7 counts: `IN1-36`, `PID-5.2`, `PID-11.1.2`. Where there are several of a segment, the number is
its set id (`IN1[2]-36`), else its turn; that of IN2 and IN3 is the number of their IN1. Of a field that
repeats, the repetition is named: `PID-3[2].4`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.grouping import Row
from hcfin.standards.hl7v2.session import Session
from hcfin.wire.hl7v2_text import DELETE

_DELETE = DELETE.encode()  # the same in every character set that messages are written in
SET_ID = frozenset({"GT1", "IN1", "DG1", "PR1"})
OF_INSURANCE = frozenset({"IN2", "IN3"})
# Fields that say what the segment is about: where one is deleted and nothing else stands, all of it is.
KEYS = {
    "GT1": (2, 3),
    "IN1": (2, 3),
    "DG1": (3,),
    "PR1": (3,),
    "DRG": (1,),
    "ACC": (1,),
    "UB1": (),
    "UB2": (),
}


def deletes(session: Session) -> bool:
    """Whether anything in the message may be a delete marker: a quick look at the bytes."""
    return _DELETE in session.message.raw


def is_deleted(fields: Fields) -> bool:
    """Whether a segment says nothing but that it is deleted."""
    if DELETE not in fields or fields[0] not in KEYS:
        return False
    first = 2 if fields[0] in SET_ID and fields[1].strip() != DELETE else 1
    told = {text.strip() for text in fields[first:]} - {""}
    keys = (1, *KEYS[fields[0]])
    return told == {DELETE} and any(k < len(fields) and fields[k].strip() == DELETE for k in keys)


def cleared(session: Session, rows: Iterable[Row], names: frozenset[str]) -> tuple[str, ...]:
    """The places of everything that segments of these names delete; the fields count as carried."""
    rows = [row for row in rows if row[1][0] in names]
    several = {name for name, count in Counter(fields[0] for _, fields in rows).items() if count > 1}
    turns: Counter[str] = Counter()
    insurance = 0
    found: list[str] = []
    for at, fields in rows:
        name = fields[0]
        turns[name] += 1
        number = turns[name]
        if name in SET_ID:
            stated = session.text(fields, 1)
            number = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 5 else number
        if name == "IN1":
            insurance = number
        if name in OF_INSURANCE and insurance:
            number = insurance
        label = f"{name}[{number}]" if name in several or (number > 1 and name in OF_INSURANCE) else name
        told: list[str] = []
        positions = [n for n, text in enumerate(fields) if n and DELETE in text]
        if is_deleted(fields):
            told = [label]
            positions.append(1)
        else:
            # HL7 wants the name of an organisation that answers for the patient written this way.
            organization = name == "GT1" and session.has(fields, 21)
            for n in positions:
                if not (organization and n == 3 and fields[n].strip() == DELETE):
                    told += _within(session, f"{label}-{n}", fields[n])
        session.carry(at, frozenset(positions))
        found += told
    return tuple(found)


def _within(session: Session, label: str, text: str) -> list[str]:
    found = []
    rows = text.split(session.repetition)
    for n, row in enumerate(rows, start=1):
        place = f"{label}[{n}]" if len(rows) > 1 else label
        if row.strip() == DELETE:
            found.append(place)
            continue
        for c, component in enumerate(row.split(session.component), start=1):
            if component.strip() == DELETE:
                found.append(f"{place}.{c}")
            elif DELETE in component:
                parts = enumerate(component.split(session.subcomponent), start=1)
                found += [f"{place}.{c}.{s}" for s, part in parts if part.strip() == DELETE]
    return found
