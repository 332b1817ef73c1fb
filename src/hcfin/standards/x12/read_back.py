"""The proof of what was written: it is read, and must say the facts that it was written from.

So a fact that X12 cannot say is refused by name instead of being lost, and no writer keeps a second list of
the reader's rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import zip_longest
from typing import NamedTuple

from hcfin.billing.base import Fact
from hcfin.billing.reading import collect
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards._read_back import difference
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.reader import read


class Said(NamedTuple):
    """A fact that was written, how a refusal calls it, and the fields that are the reader's to make."""

    fact: Fact
    set: str
    where: str
    derived: frozenset[str]


def prove(data: bytes, said: Sequence[Said]) -> None:
    """Refuse bytes that do not say the facts, in their order. Raises `HcfinError` without values."""
    for before, after in zip_longest(said, collect(read(BytesIO(data), Profile(), Limits())).facts):
        path: str | None
        if before is None:
            before, path = said[-1], ""  # more is read than was said
        else:
            path = difference(before.fact, after, before.derived)
        if path == "unreadable" and isinstance(after, Fact):
            path = ", ".join(after.unreadable)  # the reader's own words for what it could not take
        if path is not None:
            raise HcfinError(
                f"{before.where}: an {before.set} cannot say `{path}` so that it is read back the same"
            )
