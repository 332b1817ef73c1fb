"""Money of one entity in a remittance to another: each books its own, and what the one owes the other.

The payee has the cash. What a claim or provider adjustment of an affiliate adds to the payment is swept out
of the affiliate's clearing and into the payee's, against due from and due to affiliates: clearing ends at
zero in both. Each amount is swept by itself: every line still names where it comes from.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.base import Node
from hcfin.finance.base import Pairs
from hcfin.posting.draft import Draft
from hcfin.posting.ruling import Rulings


class Whose(NamedTuple):
    """Whose money it is, as named in the books: `owner` is empty where it is the payee's own."""

    owner: str = ""
    payee: str = ""


PAYEES = Whose()


def swept(
    whose: Whose, rulings: Rulings, cleared: Decimal, node: Node, name: str, fields: Pairs = ()
) -> list[Draft]:
    """Drafts that bring what an amount of an affiliate put into its clearing to the payee; none for the
    payee's own. `cleared` is a debit of clearing where it is positive; `fields` are for dimensions."""
    if not whose.owner or not cleared:
        return []
    claims, owes = rulings.books.posting("due_from_affiliate"), rulings.books.posting("due_to_affiliate")
    here, there = (claims, owes) if cleared > 0 else (owes, claims)
    own_clearing, own = rulings.pair(*here, entity=whose.owner, party=whose.payee, fields=fields)
    clearing, other = rulings.pair(*there, party=whose.owner, fields=fields)
    return [
        (own, cleared, node, name),
        (own_clearing, -cleared, node, name),
        (clearing, cleared, node, name),
        (other, -cleared, node, name),
    ]
