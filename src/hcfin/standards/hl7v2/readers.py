"""Which function reads a type of message. A new reader is one row."""

from __future__ import annotations

from collections.abc import Callable

from hcfin.standards.hl7v2.account_adt import read_accounts
from hcfin.standards.hl7v2.charge_dft import read_charges, read_rows
from hcfin.standards.hl7v2.file_status_ack import read_acknowledgment
from hcfin.standards.hl7v2.master_mfn import read_master
from hcfin.standards.hl7v2.merge_adt import read_adt
from hcfin.standards.hl7v2.session import Session
from hcfin.standards.hl7v2.supply_request import read_requests
from hcfin.wire.hl7v2 import Message

Reader = Callable[[Message, Session], None]

READERS: dict[str, Reader] = {
    "ACK": read_acknowledgment,
    "ADT": read_adt,
    "BAR": read_accounts,
    "DFT": read_charges,
    "MFN": read_master,
    "OMN": read_requests,
    "OMS": read_requests,
}
"""By the type of the message (`DFT^P03`), or by its first part (`DFT`) for all without a row of their own."""


def reader_of(kind: str, message: Message) -> Reader | None:
    """The reader of a message; None where there is none.

    FT1s and RQDs are read in messages of any type: orders and results have them, local types, and now and
    then one that has a reader of its own, which then reads the rest.
    """
    reader = READERS.get(kind) or READERS.get(kind[:3])
    if reader is read_charges:
        return reader
    readers = [reader] if reader is not None else []
    names = {fields[0] for fields in message.segments}
    if "FT1" in names:
        readers.append(read_charges if reader is None else read_rows)
    if "RQD" in names and reader is not read_requests:
        readers.append(read_requests)
    if len(readers) < 2:
        return readers[0] if readers else None

    def all_of(message: Message, session: Session) -> None:
        for one in readers:
            one(message, session)

    return all_of
