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


_CARD = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])", re.ASCII)
# First digits and lengths of card numbers, by network.
_NETWORK = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"
    r"|(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)[0-9]+"
    r"|3[47][0-9]{13}|3(?:0[0-5]|[68])[0-9]{11,}|35(?:2[89]|[3-8])[0-9]+"
    r"|6(?:011|4[4-9]|5|2)[0-9]+",
    re.ASCII,
)


def holds_card_number(value: str) -> bool:
    """Whether a text holds what reads like the number of a payment card: length, network and check digit.

    >>> holds_card_number("4111 1111 1111 1111"), holds_card_number("021000021234567")
    (True, False)
    """
    return any(_is_card_number(found[0]) for found in _CARD.finditer(value))


def _is_card_number(text: str) -> bool:
    digits = [int(digit) for digit in text if digit not in " -"]
    plain = "".join(map(str, digits))
    if not _NETWORK.fullmatch(plain) or (plain[0] in "25" and len(plain) != 16):
        return False
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (doubled + sum(digits[-1::-2])) % 10 == 0


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
    if not value or _CODE.fullmatch(value):
        return value
    amount = _AMOUNT.fullmatch(value) and len(value) <= 17
    return value if amount and not holds_card_number(value) else MASK


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
