"""Merging the parts of a remittance that came in several files."""

from __future__ import annotations

from collections.abc import Iterable

from hcfin.billing.base import Fact
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance
from hcfin.posting.documents import source_of


def merge_by_trace(parts: Iterable[Iterable[Fact]]) -> tuple[Fact, ...]:
    """The facts of all parts: remittances of the same payer, trace, payment, date and payee become one.

    Clearing houses split a remittance by claim; each part has the payment of the whole. Provider adjustments
    that stand alike in several parts are those of the whole and count once. Positions are those of the parts,
    so post the result as facts, not as a reading.
    """
    headers: dict[str, Remittance] = {}
    adjustments: dict[str, list[ProviderAdjustment]] = {}
    others: list[Fact] = []
    for part in parts:
        named: dict[str, str] = {}
        facts = tuple(part)
        for fact in facts:
            if isinstance(fact, Remittance):
                source = named[fact.ref] = source_of(fact)
                headers.setdefault(source, fact)
                known = adjustments.setdefault(source, [])
                left = list(known)
                for adjustment in fact.provider_adjustments:
                    if adjustment in left:
                        left.remove(adjustment)
                    else:
                        known.append(adjustment)
        for fact in facts:
            if isinstance(fact, ClaimPayment):
                whole = named.get(fact.remittance, fact.remittance)
                others.append(fact.model_copy(update={"remittance": whole}))
            elif not isinstance(fact, Remittance):
                others.append(fact)
    whole_headers = [
        header.model_copy(update={"ref": source, "provider_adjustments": tuple(adjustments[source])})
        for source, header in headers.items()
    ]
    return (*whole_headers, *others)
