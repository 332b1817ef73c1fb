"""Which function reads a type of message. A new reader is one row."""

from __future__ import annotations

from collections.abc import Callable

from hcfin.standards.hl7v2.account_adt import read_accounts
from hcfin.standards.hl7v2.charge_dft import read_charges, read_rows
from hcfin.standards.hl7v2.file_status_ack import read_acknowledgment
from hcfin.standards.hl7v2.master_mfn import read_master
from hcfin.standards.hl7v2.merge_adt import read_adt
from hcfin.standards.hl7v2.session import Session
from hcfin.wire.hl7v2 import Message

Reader = Callable[[Message, Session], None]

READERS: dict[str, Reader] = {
    "ACK": read_acknowledgment,
    "ADT": read_adt,
    "BAR": read_accounts,
    "DFT": read_charges,
    "MFN": read_master,
}
"""By the type of the message (`DFT^P03`), or by its first part (`DFT`) for all without a row of their own."""


def reader_of(kind: str, message: Message) -> Reader | None:
    """The reader of a message; None where there is none.

    FT1s are read in messages of any type: orders and results have them, local types, and now and then one
    that has a reader of its own, which then reads the rest.
    """
    reader = READERS.get(kind) or READERS.get(kind[:3])
    if reader is read_charges or not any(fields[0] == "FT1" for fields in message.segments):
        return reader
    if reader is None:
        return read_charges
    rest = reader

    def both(message: Message, session: Session) -> None:
        rest(message, session)
        read_rows(message, session)

    return both
