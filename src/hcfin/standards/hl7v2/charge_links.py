"""The rows that a row of charges or payments refers to (FT1-31)."""

from __future__ import annotations

from hcfin.standards.hl7v2.session import Fields, Session, numbers

_LINK = 31
_CARRIED = numbers(_LINK)


class Links:
    """Finds the transactions that rows name: rows of their own message by FT1-1, others by their number."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.begin({})

    def begin(self, ids: dict[str, str]) -> None:
        """A message begins. `ids` are its FT1-2 by FT1-1, of the rows that have both."""
        self.ids = ids

    def one(self, at: int, fields: Fields) -> str:
        """The transaction that a row takes back; empty where it names none."""
        self.session.carry(at, _CARRIED)
        number = self.session.text(fields, _LINK)
        return self.ids.get(number, number)

    def several(self, fields: Fields) -> tuple[str, ...]:
        """The charges that a payment is for."""
        session = self.session
        named = [session.part(row, 1) for row in session.repetitions(fields, _LINK)]
        return tuple([self.ids.get(number, number) for number in named])
