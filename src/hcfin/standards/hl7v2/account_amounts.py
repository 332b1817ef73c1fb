"""Amounts that registration tells and nobody posts: balances of a visit, deductibles, costs of outliers.

A fact has one currency: that of the first amount it tells. One of another currency is an issue.
"""

from __future__ import annotations

from decimal import Decimal

from hcfin.billing.base import InformationalAmount
from hcfin.billing.claim import ClaimCode
from hcfin.model import trusted
from hcfin.standards.hl7v2.fields import Fields
from hcfin.standards.hl7v2.nodes import alone
from hcfin.standards.hl7v2.session import Session

ENCOUNTER = (
    (26, "contract"),
    (32, "bad_debt_transfer"),
    (33, "bad_debt_recovery"),
    (46, "balance"),
    (47, "charges"),
    (48, "adjustments"),
    (49, "payments"),
)
GUARANTOR = ((27, "household_income"),)
COVERAGE = (
    (37, "deductible"),
    (38, "policy_limit"),
    (40, "room_rate_semi_private"),
    (41, "room_rate_private"),
)
GROUPING = (
    (7, "outlier_cost"),
    (9, "outlier_reimbursement"),
    (16, "monetary_amount"),
    (21, "relative_discount"),
    (22, "basic_charge"),
    (23, "total_charge"),
    (24, "discount"),
)
DIAGNOSIS = ((13, "outlier_cost"),)
"""What the fields of a segment tell: PV1, GT1, IN1, DRG and, up to 2.6, DG1."""

_CONTRACT = 26  # the only one of these fields that repeats
_PERCENT = "PC"


class Told:
    """Reads the amounts of one fact. `unreadable` are the fields that hold something else."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.currency = ""
        self.unreadable: list[str] = []
        self.amounts_read = 0

    def amount(self, at: int, fields: Fields, position: int) -> Decimal | None:
        """One amount, of whichever type; None where there is none, or after an issue."""
        money = self.session.money(at, fields, position)
        if money is None:
            if states_amount(self.session, fields, position):
                self._unread(fields[0], position)
            return None
        self.amounts_read += 1
        if not self.currency:
            self.currency = money.currency
        elif money.currency != self.currency:
            self.session.issue("AMOUNT_OTHER_CURRENCY", at, position)
            self._unread(fields[0], position)
            return None
        return money.amount

    def _unread(self, name: str, position: int) -> None:
        place = f"{name}-{position}"
        if place not in self.unreadable[-1:]:
            self.unreadable.append(place)

    def amounts(
        self, at: int, fields: Fields, table: tuple[tuple[int, str], ...]
    ) -> tuple[InformationalAmount, ...]:
        """The amounts of a segment; those of a field that repeats, each by itself."""
        if not any(fields[table[0][0] : table[-1][0] + 1]):
            return ()
        found, size = [], len(fields)
        for position, name in table:
            if position < size and fields[position]:
                for row in self._rows(fields, position):
                    amount = self.amount(at, row, position)
                    if amount is not None:
                        found.append(_told(at, name, amount))
        return tuple(found)

    def _rows(self, fields: Fields, position: int) -> list[Fields]:
        if position != _CONTRACT:
            return [fields]
        return [alone(fields[0], position, row) for row in self.session.repetitions(fields, position)]

    def limits(self, at: int, fields: Fields, position: int, name: str) -> list[InformationalAmount]:
        """Amounts of the types RMC and PTA (IN2-28, IN2-29): what it is for, an amount up to 2.5 (NM) or
        later a percentage or amount (MOP). What is a percentage is none."""
        session = self.session
        found = []
        for row in session.repetitions(fields, position):
            parts = row.split(session.component)
            kind, basis = session.clear(parts[0]), session.part(row, 2)
            number = parts[2] if len(parts) > 2 else ""
            if len(parts) > 3 and parts[3].strip():
                # MOP: percent or amount, how much, in which currency.
                basis = session.sub(parts[3])
                number = session.subcomponent.join(parts[3].split(session.subcomponent)[1:3])
            if basis != _PERCENT and number.strip():
                amount = self.amount(at, alone(fields[0], position, number), position)
                if amount is not None:
                    found.append(_told(at, f"{name} {kind}" if kind else name, amount))
        return found

    def value_codes(self, at: int, fields: Fields, position: int) -> list[ClaimCode]:
        """Value codes (UVC): the code and an amount (NM, MO), or from 2.8.2 on a number that is no money: as
        in claims it stands in the place of the amount."""
        session = self.session
        found = []
        for nth, row in enumerate(session.repetitions(fields, position), start=1):
            parts = row.split(session.component)
            code = session.clear(session.sub(parts[0]))
            told = next((part for part in parts[1:3] if part.strip()), "")
            amount = self.amount(at, alone(fields[0], position, told), position) if told else None
            if code or amount is not None:
                found.append(claim_code(at, nth, "BE", code, amount=amount))
        return found


def states_amount(session: Session, fields: Fields, position: int) -> bool:
    """Whether an amount stands in a field, of whichever form; a currency alone is none."""
    return bool(session.sub(session.text(fields, position)))


def _told(at: int, name: str, amount: Decimal) -> InformationalAmount:
    return trusted(InformationalAmount, {"at": at, "qualifier": name, "amount": amount})


def claim_code(at: int, nth: int, qualifier: str, code: str, **more: object) -> ClaimCode:
    """A value (BE), condition (BG) or occurrence (BH, span: BI) code, as claims have them."""
    values = {"first": None, "last": None, "amount": None, "present_on_admission": "", **more}
    return trusted(ClaimCode, {"at": at, "nth": nth, "qualifier": qualifier, "code": code, **values})
