"""The way back: where each segment stood, and what of it may be shown.

Strategy: the message that was read last is at hand. Where everything is kept, sixteen bytes a message are
remembered, and a message that somebody asks for is parsed again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable

from hcfin.origin import Origin
from hcfin.privacy import MASK, holds_card_number, shown
from hcfin.wire.hl7v2 import HEADERS, Message, parse
from hcfin.wire.hl7v2_text import Delimiters, parts

# Fields that hold codes, amounts or counts and no identifiers, by segment. Of each the first component is
# shown, and only if it looks the part.
_SHOWN: dict[str, frozenset[int]] = {
    "ACC": frozenset({2}),
    "BHS": frozenset(),
    "BTS": frozenset({1, 3}),
    "CDM": frozenset({8, 12}),
    "DG1": frozenset({1, 2, 6, 15, 21, 26}),
    "DRG": frozenset({1, 3, 5, 7, 9, 15}),
    "EVN": frozenset({1, 4}),
    "FT1": frozenset({1, 6, 10, 11, 12, 13, 14, 15, 17, 18, 22, 26, 27, 28, 31, 41}),
    "FTS": frozenset({1}),
    "GT1": frozenset({1, 10, 11, 15}),
    "IN1": frozenset({1, 15, 17, 20, 21, 22, 31, 32, 35, 37, 38, 40, 41, 47, 48, 55}),
    "IIM": frozenset({8, 10, 12}),
    "ILT": frozenset({1, 5, 7, 9}),
    "IVT": frozenset({1, 11, 13, 15, 16, 18, 24, 25}),
    "MFE": frozenset({1}),
    "MFI": frozenset({1, 3, 6}),
    "MSH": frozenset({9, 11, 12}),
    "ORC": frozenset({1, 5}),
    "PKG": frozenset({1, 3, 4, 5, 6}),
    "PR1": frozenset({1, 2, 6, 14, 20}),
    "PRC": frozenset({5, 9, 10, 13, 15, 16, 17, 18}),
    "PV1": frozenset({1, 2, 4, 14, 18, 20, 36, 41, 46, 47, 48, 49}),
    "RQ1": frozenset({1, 6, 7}),
    "RQD": frozenset({1, 5}),
}
_NOTHING: frozenset[int] = frozenset()
_SHOWN_FIELDS = 40
_LETTERS = 8
_CONTROL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def excerpt(fields: list[str], delimiters: Delimiters) -> str:
    """A segment with only codes and amounts in clear.

    >>> excerpt(["FT1", "1", "TX77", "", "", "", "CG^Charge", "", "", "", "1", "425.00&USD"], Delimiters())
    'FT1|1|•||||CG^•||||1|425.00&USD'
    """
    name = fields[0] if len(fields[0]) == 3 else MASK
    allowed = _SHOWN.get(name, _NOTHING)
    texts = [name]
    start = 1
    if name in HEADERS:
        start, texts = 3, [name, delimiters.encoding_characters]
    for position, value in enumerate(fields[start:_SHOWN_FIELDS], start):
        if "\n" in value:
            allowed = _NOTHING  # lines were joined to it: what follows may be anything
        texts.append(_shown(value, delimiters) if position in allowed else (MASK if value else ""))
    return delimiters.field.join(texts)


def _shown(value: str, delimiters: Delimiters) -> str:
    first, *rest = parts(value, delimiters.component)
    inner = [shown(part) for part in parts(first, delimiters.subcomponent)]
    return delimiters.component.join(
        [delimiters.subcomponent.join(inner), *(MASK if part else "" for part in rest)]
    )


def control_shown(text: str) -> str:
    """A message control id as it may stand in a message: `?` where it may be something else.

    Some letters and digits are one; a name or an identifier that slipped in there has more letters, or none
    of the digits.

    >>> [control_shown(text) for text in ("TESTMSG01", "20250115-77", "DOE", "TESTPERSON1")]
    ['TESTMSG01', '20250115-77', '?', '?']
    """
    letters = sum(map(str.isalpha, text))
    usual = 0 < len(text) <= 50 and letters <= _LETTERS and text[-1:].isalnum() and _CONTROL.issuperset(text)
    return text if usual and any(map(str.isdigit, text)) and not holds_card_number(text) else "?"


class Trail:
    """Where segments stood. `source` gives bytes of the source again (offset, length); without it, only the
    message that was read last is known."""

    def __init__(self, source: Callable[[int, int], bytes] | None = None, fallback: str = "cp1252") -> None:
        self._source = source
        self._fallback = fallback
        self._message: Message | None = None
        self._again: Message | None = None
        self._firsts = array("q")
        self._offsets = array("q")
        self._lengths = array("q")

    def take(self, message: Message) -> None:
        """Take the next message; the one before is let go."""
        self._message = message
        if self._source is not None:
            self._firsts.append(message.at)
            self._offsets.append(message.offset)
            self._lengths.append(len(message.raw))

    def origin(self, at: int, element: str = "") -> Origin:
        """The place of a segment. One that is not known gives an origin without an offset."""
        message = self._find(at)
        if message is None:
            return Origin(standard="hl7v2", at=at, element=element)
        n = at - message.at
        name = message.segments[n][0]
        return Origin(
            standard="hl7v2",
            at=at,
            segment=name if len(name) == 3 else "",
            element=element,
            unit=control_shown(message.field(10)) if message.name == "MSH" else "",
            offset=message.offsets[n],
        )

    def excerpt(self, at: int) -> str:
        """The masked segment; empty where it is not known."""
        message = self._find(at)
        return excerpt(message.segments[at - message.at], message.delimiters) if message else ""

    def _find(self, at: int) -> Message | None:
        for message in (self._message, self._again):
            if message is not None and message.at <= at < message.at + len(message.segments):
                return message
        n = bisect_right(self._firsts, at) - 1
        if self._source is None or n < 0:
            return None
        raw = self._source(self._offsets[n], self._lengths[n])
        again = parse(raw, self._firsts[n], self._offsets[n], self._fallback)
        # Whoever asks for one place of a message asks for others, too.
        self._again = again
        return again if at < again.at + len(again.segments) else None
