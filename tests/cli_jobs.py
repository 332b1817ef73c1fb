"""Jobs for tests of `hcfin.cli.workers`, in a module of their own because other processes import it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from hcfin.cli.pieces import Ended, Piece, Text
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.errors import HcfinError


@dataclass(frozen=True)
class Loud:
    """Says its number again and again."""

    times: int
    size: int

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        for _ in range(self.times):
            yield Text("out", f"{source.number % 10}" * self.size)
        yield Ended(source.number)


@dataclass(frozen=True)
class Dying:
    """Does what the name of the file says."""

    def __call__(self, source: Source, meter: Meter) -> Iterator[Piece]:
        yield Text("out", source.name)
        if source.name == "dies":
            os._exit(7)
        if source.name == "refuses":
            raise HcfinError("this cannot be done")
        if source.name == "raises":
            raise ZeroDivisionError
        yield Ended(0)
