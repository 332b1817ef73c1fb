"""The proof of what was written: it is read, and must say the facts that it was written from.

So a fact that X12 cannot say is refused by name instead of being lost, and no writer keeps a second list of
the reader's rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from itertools import zip_longest
from typing import NamedTuple

from hcfin.billing.base import Fact
from hcfin.billing.reading import collect
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.model import Model
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
            path = _difference(before.fact, after, before.derived)
        if path == "unreadable" and isinstance(after, Fact):
            path = ", ".join(after.unreadable)  # the reader's own words for what it could not take
        if path is not None:
            raise HcfinError(
                f"{before.where}: an {before.set} cannot say `{path}` so that it is read back the same"
            )


def _difference(before: object, after: object, derived: Iterable[str] = ()) -> str | None:
    """The path of the first field that is not the same; None where all are."""
    parts: list[tuple[str, object, object]]
    if isinstance(before, Model) and type(before) is type(after):
        names = [name for name in type(before).model_fields if name not in {*Model.POSITIONS, *derived}]
        parts = [(name, getattr(before, name), getattr(after, name)) for name in names]
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        parts = [(str(n), *pair) for n, pair in enumerate(zip(before, after, strict=True), start=1)]
    else:
        return None if before == after else ""
    for name, first, second in parts:
        path = _difference(first, second)
        if path is not None:
            return f"{name}.{path}" if path else name
    return None
