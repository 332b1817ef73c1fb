"""Claims and payments made in Python for tests of matching: short to write, with invented accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.reading import Event
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.reconcile import Matching, match
from hcfin.reconcile.match_result import ClaimMatch

PAYER = "TEST PAYER"
DAY = "2025-01-10"


def _dates(*days: str, qualifier: str = "472") -> list[dict[str, str]]:
    return [{"qualifier": qualifier, "first": day} for day in days if day]


def procedure(code: str) -> dict[str, Any]:
    """`99213:25` as a procedure."""
    first, *modifiers = code.split(":")
    return {"qualifier": "HC", "code": first, "modifiers": modifiers}


def billed_line(code: str, charged: str, *, day: str = DAY, control: str = "", **more: Any) -> dict[str, Any]:
    """A line of a claim; its number is given by `claim`."""
    references = [{"qualifier": "6R", "value": control}] if control else []
    made = {"charged": charged, "dates": _dates(day), "references": references, **more}
    return {**made, "procedure": procedure(code)} if code else made


def claim(
    account: str,
    charged: str,
    lines: Sequence[dict[str, Any]] = (),
    *,
    frequency: str = "1",
    sequence: str = "P",
    original: str = "",
    day: str = DAY,
    submission: str = "S1",
    payer: str = PAYER,
    **more: Any,
) -> Claim:
    """A claim; without lines it has one day of service."""
    return Claim.build(
        {
            "submission": submission,
            "claim_type": "professional",
            "account": account,
            "charged": charged,
            "frequency": frequency,
            "sequence": sequence,
            "payer": {"name": payer},
            "references": [{"qualifier": "F8", "value": original}] if original else [],
            "dates": [] if lines else _dates(day),
            "lines": [{"number": str(number), **line} for number, line in enumerate(lines, start=1)],
            **more,
        }
    )


def submission(ref: str = "S1", created: str | None = "2025-01-13") -> ClaimSubmission:
    return ClaimSubmission.build({"ref": ref, "claim_type": "professional", "created": created})


def adjustments(*codes: str) -> list[dict[str, Any]]:
    """`CO-45 50.00` as an adjustment."""
    made = []
    for code in codes:
        group_reason, amount = code.split(" ")
        group, reason = group_reason.split("-")
        made.append({"group": group, "reason": reason, "amount": amount})
    return made


def paid_line(
    code: str,
    charged: str,
    paid: str,
    *codes: str,
    day: str = DAY,
    control: str = "",
    submitted: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A line of a payment with its adjustments."""
    return {
        "procedure": procedure(code),
        "charged": charged,
        "paid": paid,
        "adjustments": adjustments(*codes),
        "dates": [{"qualifier": "472", "day": day}] if day else [],
        "references": [{"qualifier": "6R", "value": control}] if control else [],
        **({"submitted": procedure(submitted)} if submitted else {}),
        **more,
    }


def payment(
    account: str,
    charged: str,
    paid: str,
    *codes: str,
    status: str = "1",
    number: str = "ICN1",
    lines: Sequence[dict[str, Any]] = (),
    day: str = DAY,
    remittance: str = "R1",
    **more: Any,
) -> ClaimPayment:
    """A payment; without lines it has one day of service."""
    return ClaimPayment.build(
        {
            "remittance": remittance,
            "account": account,
            "status": status,
            "charged": charged,
            "paid": paid,
            "payer_claim_number": number,
            "adjustments": adjustments(*codes),
            "dates": [{"qualifier": "232", "day": day}] if day and not lines else [],
            "lines": list(lines),
            **more,
        }
    )


def remittance(ref: str = "R1", day: str | None = "2025-01-31", payer: str = PAYER) -> Remittance:
    return Remittance.build({"ref": ref, "payment_date": day, "payer": {"name": payer}})


def both(
    claims: Sequence[Claim], payments: Sequence[ClaimPayment], days: dict[str, str] | None = None
) -> tuple[list[Event], list[Event]]:
    """Claims and payments with their headers; `days` are those of submissions and remittances by name."""
    told = {"S1": "2025-01-13", "S2": "2025-02-10", "R1": "2025-01-31", "R2": "2025-02-28", **(days or {})}
    submissions = [submission(ref, told.get(ref)) for ref in dict.fromkeys(one.submission for one in claims)]
    remittances = [
        remittance(ref, told.get(ref)) for ref in dict.fromkeys(one.remittance for one in payments)
    ]
    return [*submissions, *claims], [*payments, *remittances]


def matched(claims: list[Claim], payments: list[ClaimPayment], **options: Any) -> Matching:
    days = options.pop("days", None)
    return match(*both(claims, payments, days), **options)


def only(matching: Matching) -> ClaimMatch:
    """The one match of a matching in which nothing is left."""
    assert not matching.unmatched_claims
    assert not matching.unmatched_payments
    (one,) = matching.matches
    return one


def found(one: ClaimMatch) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.amount)) for finding in one.findings]


def roles(one: ClaimMatch) -> list[tuple[str, str]]:
    return [(adjudicated.payment.remittance, adjudicated.role) for adjudicated in one.adjudications]


def against(matching: Matching) -> list[tuple[str, ...]]:
    """Reasons of what is left: claims, then payments."""
    left = (*matching.unmatched_claims, *matching.unmatched_payments)
    return [one.reasons for one in left]
