"""Where charges go by the rules of today, found once for all charges that are alike."""

from __future__ import annotations

from typing import NamedTuple

from hcfin.books import Books
from hcfin.finance.base import Pairs
from hcfin.posting.draft import Destination
from hcfin.posting.memo import Memo


class Payer(NamedTuple):
    """Who is expected to pay, and its class when the service was given; both may be empty."""

    name: str
    payer_class: str


class ChargeCase(NamedTuple):
    """All that decides where a charge goes: who pays, the fields that dimensions come from, and the tags of
    its lines."""

    payer: Payer
    fields: tuple[str, ...]
    revenue_tags: Pairs
    tags: Pairs


ChargePlaces = Memo[ChargeCase, tuple[Destination, Destination]]
"""Gross revenue, and what is owed until it is billed."""


def charge_places(books: Books, names: tuple[str, ...], case: ChargeCase) -> tuple[Destination, Destination]:
    """The destinations of a case."""
    fields = dict(zip(names, case.fields, strict=True))
    fields |= {"payer": case.payer.name, "payer.class": case.payer.payer_class}
    revenue, revenue_rule = books.posting("charged")
    owed, owed_rule = books.posting("unbilled")
    tags = case.tags if owed != "ar.payer" else tuple(sorted((*case.tags, ("sequence", "1"))))
    return (
        Destination(revenue, revenue_rule, case.revenue_tags, fields),
        Destination(owed, owed_rule, tags, fields),
    )
