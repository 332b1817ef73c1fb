"""What is known of a whole remittance: whether it came before, and what of it must wait for its reversals."""

from __future__ import annotations

import hashlib
from typing import Any

from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.finance.base import Document
from hcfin.finance.known import Known
from hcfin.identity import Keys, canonical_json, token
from hcfin.posting.known_chain import Chains
from hcfin.posting.known_claim import History
from hcfin.posting.ruling import Rulings

_LEFT_OUT = frozenset({"at", "ref", "remittance", "totals"})
_MODULUS = 1 << 256


class SourceDigest:
    """A digest of what a remittance says, the same in any envelope and for any order of its claims.

    It is made of keyed tokens, because it is kept and what it is of is patient data.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._sum = 0

    def add(self, fact: ClaimPayment | Remittance) -> None:
        """Take a claim, or the complete remittance."""
        content = canonical_json(_content(fact.model_dump(mode="json"))).decode("utf-8", "surrogatepass")
        one = token(self.keys, "source", content)
        self._sum += int.from_bytes(hashlib.sha256(one.encode()).digest(), "big")

    def text(self) -> str:
        """The digest so far."""
        return f"{self._sum % _MODULUS:064x}"


def _content(value: Any) -> Any:
    """A value without positions: they change with the envelope."""
    if isinstance(value, dict):
        return {name: _content(part) for name, part in value.items() if name not in _LEFT_OUT}
    return [_content(part) for part in value] if isinstance(value, list) else value


class Recall:
    """All that is known of one remittance while it is posted."""

    def __init__(
        self, known: Known, keys: Keys, rulings: Rulings, payer: str, payee: str, header: Remittance
    ) -> None:
        self.known = known
        self._header = header
        self._told: set[bool] = set()
        """Whether its claims were booked from another source before, each of them or not."""
        self.history = History(known, keys, rulings, payer, payee)
        self.chains = Chains(known, rulings, payer, payee)
        self.digest = SourceDigest(keys)

    def waits(self, claim: ClaimPayment) -> bool:
        """Take a claim; whether it must wait for the reversals of its remittance."""
        self.digest.add(claim)
        self._told.add(self.history.told_before(claim, self._header))
        return self.history.must_wait(claim)

    def ended(self, remittance: Remittance) -> None:
        """Take the complete remittance."""
        self.digest.add(remittance)
        # What a payer adds or takes beside claims stands in no other source.
        self._told.add(not remittance.provider_adjustments)

    def came_before(self, documents: tuple[Document, ...]) -> bool | None:
        """Whether the same came before: None if it did not, False if other content came under its key."""
        if self._told == {True} and self.history.claims:
            return True
        for document in documents:
            earlier = self.known.remittance(document.id)
            if earlier is not None:
                told, now = (
                    (earlier.source_digest, self.digest.text())
                    if earlier.source_digest
                    else (earlier.content_hash, document.content_hash)
                )
                return told == now
        return None
