"""Parts of accounts that come again: charges of one stay repeat its visit, guarantors and insurances.

Strategy: what equal segments made is remembered, and moved to where they stand now. Only of segments that
came twice, for most never do, and what lives long costs time to collect. Nothing is remembered of segments
with issues, which have to be said each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, get_args

from hcfin.billing.base import Node
from hcfin.model import trusted
from hcfin.standards.hl7v2.account_amounts import Told
from hcfin.standards.hl7v2.grouping import Row
from hcfin.standards.hl7v2.session import Session

_MOST = 500
_MOST_SEEN = 20_000
_ValueT = TypeVar("_ValueT")


class _Part(NamedTuple):
    at: int
    value: Any
    currency: str
    carried: tuple[frozenset[int], ...]


class Kept:
    """Parts by their segments, while delimiters and currency of the messages stay the same."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.parts: dict[tuple[object, ...], _Part] = {}
        self.seen: set[int] = set()
        """Digests of segments that came once."""

    def part(self, told: Told, rows: Sequence[Row], make: Callable[[], _ValueT]) -> _ValueT:
        """What `make` makes of these segments, which are all that it looks at."""
        session = self.session
        at = rows[0][0]
        key: tuple[object, ...] = (session.version, *rows[0][1])
        if len(rows) > 1:
            key = (key, *((there - at, *fields) for there, fields in rows[1:]))
        known = self.parts.get(key)
        if known is not None and (not known.currency or told.currency in ("", known.currency)):
            told.currency = known.currency or told.currency
            if session.covering:
                for (there, _), carried in zip(rows, known.carried, strict=True):
                    session.carry(there, carried)
            value: _ValueT = moved(known.value, at - known.at)
            return value
        digest = hash(key)
        if digest not in self.seen:
            if len(self.seen) >= _MOST_SEEN:
                self.seen.clear()
            self.seen.add(digest)
            return make()
        before = len(session.events), told.amounts_read, len(told.unreadable)
        made = make()
        if (len(session.events), len(told.unreadable)) == (before[0], before[2]):
            currency = told.currency if told.amounts_read > before[1] else ""
            carried_by = tuple([session.carried(there) for there, _ in rows]) if session.covering else ()
            if len(self.parts) >= _MOST:
                self.parts.clear()
            self.parts[key] = _Part(at, made, currency, carried_by)
        return made


def kept(session: Session) -> Kept:
    """What is remembered in this read."""
    found: Kept | None = session.kept.get("account_parts")
    if found is None:
        found = session.kept["account_parts"] = Kept(session)
    return found


def moved(value: Any, by: int) -> Any:
    """A part with all of its nodes so many segments further on; nodes that stand nowhere stay."""
    if isinstance(value, Node):
        if not by or not value.at:
            return value
        fields = dict(vars(value))
        fields["at"] += by
        for name in _inner(type(value)):
            if fields[name]:
                fields[name] = moved(fields[name], by)
        return trusted(type(value), fields)
    if isinstance(value, tuple):
        return tuple([moved(one, by) for one in value])
    if isinstance(value, dict):
        return {name: moved(one, by) if one else one for name, one in value.items()}
    return value


@lru_cache(maxsize=64)
def _inner(kind: type[Node]) -> tuple[str, ...]:
    """The fields of a kind of node that hold nodes."""
    return tuple(name for name, field in kind.model_fields.items() if _holds(field.annotation))


def _holds(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds(one) for one in get_args(annotation))
