"""What books must say of supplies where they come from feeds."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.books import Books
from hcfin.books.told import Told

_TOLERANCES = (
    "price_tolerance",
    "price_tolerance_amount",
    "quantity_tolerance",
    "contract_tolerance",
    "adjustment_cap",
)


def supply_problems(books: Books, source: Told) -> Iterator[str]:
    """Tolerances that nothing could be within."""
    for name in _TOLERANCES:
        value = getattr(books.supply, name)
        if value is not None and value < 0:
            yield source.problem(("supply", name), f"{name} is below zero", "Write 0, or more.")
