"""What the source of a document of supplies says: what it is of, and a keyed digest of what was told.

`supply/<kind>/<digest>`: whoever keeps the documents knows repeats and conflicts, and needs no facts for it.
"""

from __future__ import annotations

from typing import NamedTuple

_PREFIX = "supply"


class Supplied(NamedTuple):
    """What the source of a document of supplies says."""

    kind: str
    digest: str


def supply_source(said: Supplied) -> str:
    """The source of a document.

    >>> supply_source(Supplied("goods_receipt", "d2"))
    'supply/goods_receipt/d2'
    """
    return "/".join((_PREFIX, *said))


def supplied(source: str) -> Supplied | None:
    """What the source of a document says; None where it is not of supplies.

    >>> supplied("supply/goods_receipt/d2"), supplied("claim/demo1/1/1")
    (Supplied(kind='goods_receipt', digest='d2'), None)
    """
    prefix, _, rest = source.partition("/")
    parts = rest.split("/")
    return Supplied(*parts) if prefix == _PREFIX and len(parts) == len(Supplied._fields) else None
