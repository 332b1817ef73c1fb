"""Orders, receipts, invoices and stock in memory: an implementation of `hcfin.finance.known_supply`."""

from __future__ import annotations

from collections.abc import Iterable

from hcfin.finance.supply_memory import SupplyMemory
from hcfin.posting import Posting


class SupplyLedger(SupplyMemory):
    """Learns from postings what has become of orders, and answers what posting asks of them.

    Strategy: everything that posting needs is in the documents that it made, but for what is held, decided
    and counted, which it notes beside them. So postings that were kept, of whatever run, are learned in their
    order; a document that was learned before changes nothing. Not to be shared between threads.
    """

    def learn_postings(self, postings: Iterable[Posting]) -> None:
        """Learn postings in the order in which they were made."""
        for posting in postings:
            self.learn(posting.documents, posting.noted)
