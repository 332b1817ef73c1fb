"""What matching keeps of a claim and of a claim payment: a small part of each, so that a year fits in memory.

Accounts, numbers and days are patient data in clear here, as in facts; `repr` does not show them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple

from hcfin.billing.base import Adjustment, Reference
from hcfin.billing.claim import Claim, ClaimLine
from hcfin.billing.party import Organization
from hcfin.billing.remittance import ClaimPayment, Procedure, ServicePayment
from hcfin.codes import table

REVERSAL = "22"
_SERVED = frozenset({"434", "472"})
_PAID_DAYS = frozenset({"150", "151", "232", "233", "472"})
_SPLIT = "MA15"
_NOTICES = frozenset({"GA", "GX"})
_GLUED = re.compile(r"([A-Z0-9][0-9]{3}[A-Z0-9])([A-Z0-9]{2})", re.ASCII)
_NOT_TELLING = re.compile(r"[^A-Z0-9]+", re.ASCII)


class Days(NamedTuple):
    """The first and the last day of service; both None where none is told."""

    first: date | None
    last: date | None


class Service(NamedTuple):
    """What was done: the code and its modifiers, in one form however they are sent."""

    code: str
    modifiers: tuple[str, ...] = ()
    glued: bool = False


class Reduction(NamedTuple):
    """An adjustment of a payment."""

    group: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A service line as it was billed. `expected` is what the caller expects to be allowed."""

    number: str
    control: str = field(repr=False)
    service: Service
    revenue_code: str
    charged: Decimal
    day: date | None = field(repr=False)
    expected: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BilledClaim:
    """A claim as it was billed. `original` is the payer's number of the claim that it replaces or voids."""

    account: str = field(repr=False)
    original: str = field(repr=False)
    submission: str = field(repr=False)
    claim_type: str
    currency: str
    charged: Decimal
    frequency: str
    turn: str
    payer: Organization = field(repr=False)
    days: Days = field(repr=False)
    lines: tuple[BilledLine, ...]
    expected: Decimal | None = None
    unreadable: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A service line as it was paid. `submitted` is the service as billed where the payer paid another."""

    control: str = field(repr=False)
    service: Service
    submitted: Service | None
    revenue_code: str
    charged: Decimal
    paid: Decimal
    units: Decimal
    day: date | None = field(repr=False)
    adjustments: tuple[Reduction, ...]
    remarks: tuple[str, ...] = ()
    notice: bool = False


@dataclass(frozen=True, slots=True)
class PaidClaim:
    """One adjudication of a claim. `turn` is empty where the status does not tell it; `effect` is that of
    `codes/claim_status.csv`; `split` says that the payer calls it a part of a claim (MA15)."""

    account: str = field(repr=False)
    number: str = field(repr=False)
    remittance: str = field(repr=False)
    currency: str
    status: str
    effect: str
    turn: str
    filing_indicator: str
    charged: Decimal
    paid: Decimal
    days: Days = field(repr=False)
    adjustments: tuple[Reduction, ...]
    lines: tuple[PaidLine, ...]
    remarks: tuple[str, ...] = ()
    split: bool = False
    unreadable: bool = False
    at: int = field(default=0, compare=False)

    @property
    def reverses(self) -> bool:
        """Whether it takes back another one."""
        return self.status == REVERSAL

    def reductions(self) -> Iterable[tuple[Reduction, PaidLine | None]]:
        """Every adjustment with its line, those of the whole claim first."""
        for reduction in self.adjustments:
            yield reduction, None
        for line in self.lines:
            for reduction in line.adjustments:
                yield reduction, line


def _turn(sequence: str) -> str:
    """The turn of a payer as the status of a payment counts it."""
    row = table("payer_sequence").get(sequence)
    return row["sequence"] if row else ""


class Allowances(NamedTuple):
    """What a payer is expected to allow for a claim, and for each of its lines; None: nobody knows."""

    claim: Decimal | None
    lines: Iterable[Decimal | None]


NOBODY_KNOWS = Allowances(None, repeat(None))


def billed_claim(claim: Claim, expected: Allowances = NOBODY_KNOWS) -> BilledClaim:
    """What is kept of a claim, and what is expected to be allowed for it."""
    spans = [(one.first, one.last or one.first) for one in claim.dates if one.qualifier in _SERVED]
    for line in claim.lines:
        spans += [(one.first, one.last or one.first) for one in line.dates if one.qualifier in _SERVED]
    return BilledClaim(
        account=claim.account.strip(),
        original=claim.reference("F8").strip(),
        submission=claim.submission,
        claim_type=claim.claim_type,
        currency=claim.currency,
        charged=claim.charged,
        frequency=claim.frequency,
        turn=_turn(claim.sequence),
        payer=claim.payer,
        days=_days(day for span in spans for day in span),
        lines=tuple(map(_billed_line, claim.lines, expected.lines)),
        expected=expected.claim,
        unreadable=bool(claim.unreadable),
        at=claim.at,
    )


def paid_claim(payment: ClaimPayment) -> PaidClaim:
    """What is kept of a claim payment."""
    status = table("claim_status").get(payment.status)
    days = [one.day for one in payment.dates if one.qualifier in _PAID_DAYS]
    for line in payment.lines:
        days += [one.day for one in line.dates if one.qualifier in _PAID_DAYS]
    return PaidClaim(
        account=payment.account.strip(),
        number=payment.payer_claim_number.strip(),
        remittance=payment.remittance,
        currency=payment.currency,
        status=payment.status,
        effect=status["effect"] if status else "pending",
        turn=status["sequence"] if status else "",
        filing_indicator=payment.filing_indicator,
        charged=payment.charged,
        paid=payment.paid,
        days=_days(days),
        adjustments=_reductions(payment.adjustments),
        lines=tuple(_paid_line(line) for line in payment.lines),
        remarks=payment.remarks,
        split=_SPLIT in payment.remarks or any(_SPLIT in line.remarks for line in payment.lines),
        unreadable=bool(payment.unreadable),
        at=payment.at,
    )


def loose(account: str) -> str:
    """An account as people compare it: without punctuation, case and leading zeros.

    >>> loose("00-a17/3"), loose("0")
    ('A173', '')
    """
    return _NOT_TELLING.sub("", account.upper()).lstrip("0")


def service_of(procedure: Procedure | None) -> Service:
    """The service of a procedure; a modifier that is glued to its code is taken apart.

    >>> service_of(Procedure(qualifier="HC", code="9921425"))
    Service(code='99214', modifiers=('25',), glued=True)
    """
    if procedure is None:
        return Service("")
    code, modifiers = procedure.code.strip().upper(), tuple(one.upper() for one in procedure.modifiers if one)
    glued = _GLUED.fullmatch(code) if procedure.qualifier == "HC" else None
    if glued:
        return Service(glued[1], (glued[2], *modifiers), glued=True)
    return Service(code, modifiers)


def _billed_line(line: ClaimLine, expected: Decimal | None) -> BilledLine:
    return BilledLine(
        number=line.number,
        control=_reference(line.references, "6R"),
        service=service_of(line.procedure),
        revenue_code=line.revenue_code.lstrip("0"),
        charged=line.charged,
        day=next((one.first for one in line.dates if one.qualifier in _SERVED), None),
        expected=expected,
    )


def _paid_line(line: ServicePayment) -> PaidLine:
    revenue_code = line.revenue_code
    if line.procedure.qualifier == "NU":  # a revenue code stands where the service should
        revenue_code = revenue_code or line.procedure.code
    modifiers = service_of(line.procedure).modifiers
    return PaidLine(
        control=_reference(line.references, "6R"),
        service=service_of(line.procedure),
        submitted=service_of(line.submitted) if line.submitted else None,
        revenue_code=revenue_code.lstrip("0"),
        charged=line.charged,
        paid=line.paid,
        units=line.units,
        day=next((one.day for one in line.dates if one.qualifier in _PAID_DAYS), None),
        adjustments=_reductions(line.adjustments),
        remarks=line.remarks,
        notice=not _NOTICES.isdisjoint(modifiers),
    )


def _reference(references: Iterable[Reference], qualifier: str) -> str:
    return next((one.value.strip() for one in references if one.qualifier == qualifier), "")


def _reductions(adjustments: Iterable[Adjustment]) -> tuple[Reduction, ...]:
    return tuple(Reduction(one.group, one.reason, one.amount) for one in adjustments if one.amount)


def _days(days: Iterable[date]) -> Days:
    told = sorted(days)
    return Days(told[0], told[-1]) if told else Days(None, None)
