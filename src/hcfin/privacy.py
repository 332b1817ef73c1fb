"""What is patient data, and how it is kept out of everything that a person or a log may see.

A field typed `PhiStr` or `PhiDate` is patient data. It is readable in facts, by purpose, and nowhere else:
`repr` shows `•`, documents have no such field, and excerpts in messages pass `shown()` first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated

MASK = "•"

_AMOUNT = re.compile(r"[+-]?[0-9]{0,12}\.?[0-9]{0,4}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{1,5}", re.ASCII)


class Phi:
    """Marker of a field that holds patient data."""

    def __repr__(self) -> str:
        return "Phi"


PHI = Phi()
PhiStr = Annotated[str, PHI]
PhiDate = Annotated[date, PHI]


def shown(value: str) -> str:
    """A value as it may stand in a message: short codes and amounts in clear, anything else masked.

    >>> shown("CO"), shown("-588.00"), shown("DOE^JANE"), shown("")
    ('CO', '-588.00', '•', '')
    """
    if not value or _CODE.fullmatch(value) or (_AMOUNT.fullmatch(value) and len(value) <= 17):
        return value
    return MASK


def masked_excerpt(elements: Sequence[str], allowed: Collection[int], separator: str = "*") -> str:
    """One segment with only the allow-listed elements in clear, and those only if they look like codes or
    amounts. Element 0 is the segment's name.

    >>> masked_excerpt(["CLP", "ACCT-A", "22", "-1000"], {2, 3})
    'CLP*•*22*-1000'
    """
    parts = [shown(elements[0])]
    for position, value in enumerate(elements[1:], start=1):
        parts.append(shown(value) if position in allowed else (MASK if value else ""))
    return separator.join(parts)
