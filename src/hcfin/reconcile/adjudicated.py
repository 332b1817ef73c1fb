"""What is remembered of one adjudication that was posted: what it said, and where that went."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hcfin.billing.base import Node
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.finance.base import GlLine
from hcfin.finance.known import Adjudication, PostedPart
from hcfin.posting.known_claim import summed
from hcfin.reconcile.bills import allowance

BookedPart = tuple[str, GlLine, str, Decimal]
"""Of an amount of a claim: the entity and the line that hold a part of it, the field, and how much."""


def booked_amounts(claim: ClaimPayment) -> list[tuple[Node, str]]:
    """The amounts of a claim that may be booked."""
    nodes: list[tuple[Node, str]] = [(claim, "charged"), (claim, "paid")]
    return nodes + [(adjustment, "amount") for adjustment, _ in claim.all_adjustments()]


def adjudication(
    header: Remittance,
    claim: ClaimPayment,
    number: str,
    sequence: str,
    entity: str,
    parts: Sequence[BookedPart],
) -> Adjudication:
    """An adjudication by the token of the payer's number and the turn of the payer."""
    posted = [
        PostedPart(line.role, line.tags, line.rule, part) for _, line, name, part in parts if name == "amount"
    ]
    return Adjudication(
        number,
        sequence,
        claim.charged,
        claim.paid,
        adjustments=tuple((*code, amount) for code, amount in sorted(summed(claim).items())),
        posted=tuple(posted),
        entity=entity,
        released=sum((part for _, line, _, part in parts if allowance(line)), Decimal(0)),
        trace=header.trace if header.names_payment() else "",
        stated=header.told_by == "benefit_statement",
    )
