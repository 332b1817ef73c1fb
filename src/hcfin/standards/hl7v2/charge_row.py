"""One FT1, with what belongs to it, to a charge, a payment or a write-off.

Strategy: the profile says what the code of FT1-6 is and what a minus means; the amount then gets the sign of
what it does to the account. No field is dropped for the version of its message: feeds use FT1-26 or FT1-29
years before their version has them. Nodes are made from checked values (`hcfin.model.trusted`).
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hcfin.billing.charge import Charge
from hcfin.billing.registration import VendorField
from hcfin.issues import PolicyText
from hcfin.model import trusted
from hcfin.standards.hl7v2.charge_keys import Keys
from hcfin.standards.hl7v2.charge_links import Links
from hcfin.standards.hl7v2.charge_money import FigureReader, Figures, Where
from hcfin.standards.hl7v2.charge_nodes import Nodes
from hcfin.standards.hl7v2.charge_values import SIZE, ChargeValues
from hcfin.standards.hl7v2.grouping import ChargeGroup
from hcfin.standards.hl7v2.known import Parsed
from hcfin.standards.hl7v2.payment_row import Said, Transactions
from hcfin.standards.hl7v2.profile import Profile, TransactionType
from hcfin.standards.hl7v2.session import Session

_FIGURES = ("amount", "unit_price", "quantity")
_PADS = [[""] * (SIZE - size) for size in range(SIZE)]
"""What fills a row of so many fields up."""
_BY_DEFAULT = Profile().transaction_types
_AS_SENT = TransactionType(kind="payment")
_NONE = PolicyText("none")
_NO_FIGURES: dict[str, Where] = {}

_Type = tuple[str, TransactionType | None, bool]
"""The code of FT1-6, what it means by the profile, and whether that is a charge as it was sent: then nothing
but a minus makes it anything else."""


class RowReader:
    """Reads the FT1s of one message after the other: `begin`, `read` each of them, then take `sums`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.nodes = Nodes(session)
        self.figures = FigureReader(session)
        self.links = Links(session)
        self.charges = ChargeValues(session, self.nodes)
        self.transactions = Transactions(session, self.nodes, self.links, self._add)
        self.profile = session.profile
        self.charge_types = Parsed(self._type)
        self.types_by_route = {"payment": Parsed(self._payment), "ignore": Parsed(self._ignored)}
        self.told = self.profile.transaction_types != _BY_DEFAULT
        """Whether the profile itself says what codes mean."""
        self.local = _local(session.profile)
        self.begin({})

    def begin(self, ids: dict[str, str]) -> None:
        """A message begins. `ids` are its FT1-2 by FT1-1, of the rows that have both."""
        self.links.begin(ids)
        self.types = self.types_by_route.get(self.session.route, self.charge_types)
        self.sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """Sums by currency and name."""

    def read(self, group: ChargeGroup, keys: Keys) -> None:
        """Read one row; its fact, or why there is none, is handed on."""
        session, at = self.session, group.at
        row = group.fields
        if len(row) < SIZE:
            row = row + _PADS[len(row)]
        code, found, usual = self.types[row[6]]
        vendor, elsewhere = self._vendor(group) if self.local else (None, _NO_FIGURES)
        figures = self.figures.read(at, row, elsewhere)
        negative = figures.minus
        if not usual or figures.turned:
            if found is None or found.kind == "ignore" or session.route == "ignore":
                self._left_out(at, code, found, figures)
                return
            negative = self._negative(at, figures, found, code)
            if found.kind not in ("charge", "credit"):
                said = Said(group, row, keys, code, figures, negative)
                session.events.append(self.transactions.of(said, found.kind))
                return
        if figures.amount is not None:
            self._add(figures.currency, "credited" if negative else "charged", figures.amount)
        values = self.charges.of(group, row, keys, figures, code)
        if negative:
            self.charges.taken_back(values, self.links.one(at, row))
        if vendor:
            values["vendor_fields"] = tuple([one for one, _ in vendor])
            for one, position in vendor:
                session.carry(one.at, frozenset({position}))
        session.events.append(trusted(Charge, values))

    # What the row is

    def _type(self, text: str) -> _Type:
        code = self.nodes.texts[text]
        found = self.profile.transaction_type(code)
        return code, found, found is not None and (found.kind, found.sign) == ("charge", "as_sent")

    def _payment(self, text: str) -> _Type:
        """The same where all rows are payments."""
        code, found, _ = self._type(text)
        return code, _AS_SENT if found is None or found.kind in ("charge", "credit") else found, False

    def _ignored(self, text: str) -> _Type:
        """The same where no row is read."""
        code, found, _ = self._type(text)
        return code, found, False

    def _negative(self, at: int, figures: Figures, found: TransactionType, code: str) -> bool:
        """Whether the amount of the fact is negative: a credit, a payment that is undone, a balance that is
        put back."""
        minus = figures.minus
        credit = found.kind == "credit"
        at, position = figures.at or at, figures.position
        if found.sign == "magnitude":
            if minus and not credit and figures.amount and not self.told:
                self.session.issue(
                    "FT1_MINUS_DROPPED", at, position, type=code or _NONE, amount=-figures.amount
                )
            return credit
        if figures.turned and figures.amount is not None:
            self.session.issue("FT1_MINUS_QUANTITY", at, position, amount=figures.amount)
        if found.sign == "account":
            return minus if found.kind in ("charge", "credit") else not minus
        return minus != credit

    def _left_out(self, at: int, code: str, found: TransactionType | None, figures: Figures) -> None:
        session, route = self.session, self.session.route
        at, position = figures.at or at, figures.position
        amount: Decimal | str = _NONE
        if figures.amount is not None:
            amount = -figures.amount if figures.minus else figures.amount
        if route == "ignore" or found is not None:
            session.issue("FT1_IGNORED", at, position, type=code or _NONE, amount=amount)
        else:
            session.issue("FT1_TYPE_UNKNOWN", at, position, type=code or _NONE, amount=amount)

    def _add(self, currency: str, name: str, amount: Decimal) -> None:
        self.sums[currency, name] += amount

    # Local segments

    def _vendor(self, group: ChargeGroup) -> tuple[list[tuple[VendorField, int]], dict[str, Where]]:
        """The fields of local segments that the profile names, with their numbers; and where figures are."""
        session = self.session
        found: list[tuple[VendorField, int]] = []
        figures: dict[str, Where] = {}
        for at, fields in group.rows:
            for position, component, name in self.local.get(fields[0], ()):
                text = (
                    session.text(fields, position, component)
                    if component
                    else session.whole(fields, position)
                )
                if text:
                    node = trusted(VendorField, {"at": at, "name": name, "value": text})
                    found.append((node, position))
                    if name in _FIGURES and not component:
                        figures.setdefault(name, (at, fields, position))
        return found, figures


def _local(profile: Profile) -> dict[str, list[tuple[int, int, str]]]:
    """Fields of local segments by segment: number, component (0 for all), name."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for place, name in profile.segments.items():
        segment, _, rest = place.partition("-")
        position, _, component = rest.partition(".")
        if position.isascii() and position.isdigit() and (component or "0").isdigit():
            found.setdefault(segment, []).append((int(position), int(component or 0), name))
    return found
