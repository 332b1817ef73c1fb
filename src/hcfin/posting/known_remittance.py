"""What is known of a whole remittance: whether it came before, and what of it must wait for its reversals."""

from __future__ import annotations

import hashlib
from typing import Any

from hcfin.billing.reading import RemittanceView
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.finance.base import Document
from hcfin.finance.known import EarlierRemittance, Known
from hcfin.identity import Keys, canonical_json, token
from hcfin.posting.known_chain import Chains
from hcfin.posting.known_claim import History, summed
from hcfin.posting.ruling import Rulings

_LEFT_OUT = frozenset({"at", "ref", "remittance", "totals"})
_MODULUS = 1 << 256


class SourceDigest:
    """Digests of what a remittance says and of its money, the same in any envelope and for any order of its
    claims.

    They are made of keyed tokens, because they are kept and what they are of is patient data.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._said = 0
        self._money = 0

    @classmethod
    def of(cls, view: RemittanceView, keys: Keys) -> SourceDigest:
        """That of a whole remittance."""
        digest = cls(keys)
        digest.add(view.header)
        for claim in view.claims:
            digest.add(claim)
        return digest

    def add(self, fact: ClaimPayment | Remittance) -> None:
        """Take a claim, or the complete remittance."""
        self._said += self._digest(_content(fact.model_dump(mode="json")))
        self._money += self._digest(_money(fact))

    def _digest(self, value: Any) -> int:
        content = canonical_json(value).decode("utf-8", "surrogatepass")
        one = token(self.keys, "source", content)
        return int.from_bytes(hashlib.sha256(one.encode()).digest(), "big")

    def text(self) -> str:
        """The digest of what was said so far."""
        return f"{self._said % _MODULUS:064x}"

    def money(self) -> str:
        """The digest of the money so far."""
        return f"{self._money % _MODULUS:064x}"


def _money(fact: ClaimPayment | Remittance) -> list[Any]:
    """What is paid, adjusted and kept back, as any standard tells it."""
    if isinstance(fact, Remittance):
        beside = [[one.code, one.reference, f"{one.amount:f}"] for one in fact.provider_adjustments]
        return [f"{fact.payment:f}", sorted(beside)]
    adjusted = [[*code, f"{amount:f}"] for code, amount in sorted(summed(fact).items())]
    told = [fact.account, fact.payer_claim_number, fact.status]
    return [*told, f"{fact.charged:f}", f"{fact.paid:f}", adjusted]


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
        for document in documents:
            earlier = self.known.remittance(document.id)
            if earlier is not None:
                return self._same(earlier, document)
        return True if self._told == {True} and self.history.claims else None

    def _same(self, earlier: EarlierRemittance, document: Document) -> bool:
        if not earlier.source_digest:
            return earlier.content_hash == document.content_hash
        said, money = self.digest.text(), self.digest.money()
        other = earlier.version != self._header.version
        return earlier.source_digest == said or (other and earlier.money_digest == money)
