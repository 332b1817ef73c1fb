"""Which amounts of a claim are booked, and what a contract is asked about it."""

from __future__ import annotations

from hcfin.billing.claim import Claim, ClaimLine
from hcfin.billing.remittance import Procedure
from hcfin.finance.expected import BilledClaim, BilledService
from hcfin.posting.told import Money, amounts
from hcfin.privacy import shown

NO_PROCEDURE = Procedure()


def booked_amounts(claim: Claim) -> tuple[list[Money], list[Money]]:
    """The claim's charge with those of its lines, and all others, which are never posted."""
    charges: list[Money] = [(claim, "charged", claim.charged)]
    charges += [(line, "charged", line.charged) for line in claim.lines]
    own = {id(node) for node, _, _ in charges}
    others = [one for one in amounts(claim) if one[1] != "charged" or id(one[0]) not in own]
    return charges, others


def as_asked(claim: Claim, payer: str, account: str) -> BilledClaim:
    """What is asked of a contract: codes and amounts. What does not look like a code is masked."""
    services = tuple(_service(number, line) for number, line in enumerate(claim.lines, start=1))
    facility, drg = shown(claim.facility_type), shown(claim.drg)
    return BilledClaim(payer, account, claim.claim_type, facility, drg, claim.charged, services)


def _service(number: int, line: ClaimLine) -> BilledService:
    procedure = line.procedure or NO_PROCEDURE
    modifiers = tuple(shown(one) for one in procedure.modifiers)
    revenue_code, code = shown(line.revenue_code), shown(procedure.code)
    return BilledService(str(number), revenue_code, code, modifiers, line.units, line.charged)
