"""A damaged file while it is being damaged: bytes cut at their own delimiters, and who chooses where.

Strategy: what to damage is chosen through `Choices`, so that hypothesis (which shrinks), a seeded
`random.Random` (which is fast) and a fuzzer's own mutator share every kind of damage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from random import Random
from typing import Protocol, TypeVar

_ISA_LENGTH = 106
_HL7 = re.compile(rb"(?:[\s\x0b]|\xef\xbb\xbf)*(?:MSH|FHS|BHS)([!-/:-@\[-`{-~])")

ItemT = TypeVar("ItemT")


class Choices(Protocol):
    """Whatever decides. The first of a sequence and the lowest number are the simplest choice."""

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""

    def of(self, items: Sequence[ItemT]) -> ItemT:
        """One of the items; there is at least one."""

    def blob(self, most: int) -> bytes:
        """Any bytes, at least one."""


class RandomChoices:
    """Choices of a seeded `random.Random`: the same seed chooses the same on every machine."""

    def __init__(self, random: Random) -> None:
        self._random = random.random

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random() * (high - low + 1))

    def of(self, items: Sequence[ItemT]) -> ItemT:
        """One of the items."""
        return items[int(self._random() * len(items))]

    def blob(self, most: int) -> bytes:
        """Any bytes, at least one."""
        return bytes([self.integer(0, 255) for _ in range(self.integer(1, most))])


class File:
    """Bytes cut into segments, without their terminators, at the delimiters that an ISA in front names, or
    at those of HL7 where a message is in front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.element, self.terminator = b"*", b"~"
        message = _HL7.match(data)
        self.hl7 = message is not None
        if message:
            self.element = message[1]
            self.terminator = b"\r" if b"\r" in data and b"\r\n" not in data else b"\n"
        if data.startswith(b"ISA") and len(data) >= _ISA_LENGTH:
            self.element, self.terminator = data[3:4], data[_ISA_LENGTH - 1 : _ISA_LENGTH]

    @cached_property
    def segments(self) -> list[bytes]:
        """The segments; line breaks between them stay in front of the next one."""
        segments = self.data.split(self.terminator)
        return segments if segments[-1] else segments[:-1]

    def name(self, place: int) -> bytes:
        """The name of a segment."""
        return self.segments[place].partition(self.element)[0].strip()

    def elements(self, place: int) -> list[bytes]:
        """The elements of a segment; the first is its name."""
        return self.segments[place].split(self.element)

    def joined(self, segments: Sequence[bytes]) -> bytes:
        """A file of these segments."""
        return b"".join([segment + self.terminator for segment in segments])

    def replaced(self, place: int, *instead: bytes) -> bytes:
        """The file with other segments in place of one, or of none where it has none."""
        return self.joined([*self.segments[:place], *instead, *self.segments[place + 1 :]])

    def inserted(self, offset: int, what: bytes) -> bytes:
        """The file with more bytes in it."""
        return self.data[:offset] + what + self.data[offset:]

    def place(self, choose: Choices) -> int:
        """A segment."""
        return choose.integer(0, max(len(self.segments) - 1, 0))

    def offset(self, choose: Choices) -> int:
        """A place between two bytes."""
        return choose.integer(0, len(self.data))

    def named(self, choose: Choices, names: Sequence[bytes]) -> int | None:
        """A segment of one of these names: the first from a chosen place on, around the end."""
        count = len(self.segments)
        start = self.place(choose)
        for step in range(count):
            place = (start + step) % count
            if self.name(place) in names:
                return place
        return None
