"""Facts as FHIR: a bundle of the resources that say them, as JSON, in R4, R4B or R5.

Strategy: each fact, or a header with its claims, becomes its resources, in the order of the facts; what they
refer to stands behind them. The bundle is read back and compared before it leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from itertools import zip_longest

from hcfin.billing.account import Account
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge, ChargePrice
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.reading import collect
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards._read_back import difference
from hcfin.standards.fhir.account_writer import write_account
from hcfin.standards.fhir.bundle_writer import BundleWriter
from hcfin.standards.fhir.charge_writer import write_charge, write_price
from hcfin.standards.fhir.claim_writer import write_claim
from hcfin.standards.fhir.profile import Profile
from hcfin.standards.fhir.reader import read
from hcfin.standards.fhir.remittance_writer import UNSEEN, write_remittance
from hcfin.wire.json import dumps

_RELEASES = ("R4", "R4B", "R5")
_SEEN: dict[type[Fact], Callable[..., None]] = {
    Account: write_account,
    Charge: write_charge,
    ChargePrice: write_price,
}


def write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    """Accounts, charges, prices, claims and remittances as a bundle of the type `collection`.

    `identity` may give the `release`: R4 (the default), R4B or R5. The same facts and identity give the same
    bytes; amounts have the digits that the facts have.

    Raises `HcfinError` where reading the result would not give the same facts: FHIR cannot say it, or a
    profile would be needed to read it. Its text holds positions and field names, no values.
    """
    release = _release(identity)
    facts = tuple(facts)
    bundle = BundleWriter(release, _seed(facts, release))
    position = 0
    while position < len(facts):
        position += _add(facts, position, bundle)
    data = bundle.bytes()
    _prove(facts, data, release)
    return data


def _release(identity: Mapping[str, str]) -> str:
    if set(identity) - {"release"}:
        raise HcfinError("identity: a name that FHIR does not know; known is release")
    release = identity.get("release", "R4")
    if release not in _RELEASES:
        raise HcfinError(f"identity: release is none of {', '.join(_RELEASES)}")
    return release


def _seed(facts: Sequence[Fact], release: str) -> str:
    """What makes the URLs of this bundle its own; nothing can be read from it."""
    text = dumps([release, *(fact.model_dump(mode="json") for fact in facts)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _add(facts: Sequence[Fact], position: int, bundle: BundleWriter) -> int:
    """Add what begins at a position; how many facts it is."""
    fact = facts[position]
    where = f"fact {position + 1}"
    if fact.unreadable:
        raise HcfinError(f"{where}: what could not be read cannot be written")
    if type(fact) in _SEEN:
        _SEEN[type(fact)](fact, bundle)
        return 1
    if isinstance(fact, ClaimSubmission):
        claim = facts[position + 1] if position + 1 < len(facts) else None
        if not isinstance(claim, Claim) or claim.submission != fact.ref or claim.unreadable:
            raise HcfinError(f"{where}: in FHIR a submission is one claim, which stands behind it")
        write_claim(fact, claim, bundle)
        return 2
    if isinstance(fact, Remittance):
        claims: list[ClaimPayment] = []
        for one in facts[position + 1 :]:
            if not isinstance(one, ClaimPayment) or one.remittance != fact.ref:
                break
            if one.unreadable and one.unreadable != UNSEEN:
                raise HcfinError(f"{where}: what could not be read cannot be written")
            claims.append(one)
        write_remittance(fact, claims, bundle)
        return 1 + len(claims)
    if isinstance(fact, Claim | ClaimPayment):
        raise HcfinError(f"{where}: it does not stand behind the header that it names")
    raise HcfinError(f"{where}: FHIR has no resource for a {fact.model_dump()['kind']}")


def _prove(facts: Sequence[Fact], data: bytes, release: str) -> None:
    """Refuse bytes that do not say the facts. Raises `HcfinError` without values."""
    found = collect(read(BytesIO(data), Profile(), Limits())).facts
    for number, (before, after) in enumerate(zip_longest(facts, found), start=1):
        path: str | None = ""
        if before is not None and after is not None:
            path = difference(before, after, _derived(before))
            if path == "unreadable":
                path = ", ".join(after.unreadable)
        if path is not None:
            kind = type(before if before is not None else facts[-1]).__name__
            what = path or "as a whole"
            raise HcfinError(
                f"fact {number}: FHIR {release} cannot say {kind} `{what}` so that it is read back so"
            )


def _derived(fact: Fact) -> set[str]:
    """What the reader makes where the fact says nothing."""
    derived = {name for name in ("event", "type_code") if getattr(fact, name, None) == ""}
    if isinstance(fact, Account):
        if fact.patient_id and not fact.identifiers:
            derived.add("identifiers")
        if not fact.amounts:
            derived.add("currency")  # of no amount
    return derived
