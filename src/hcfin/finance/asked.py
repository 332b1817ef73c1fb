"""What posting asks of, all of it optional: handed on as one by whatever calls it."""

from __future__ import annotations

from typing import TypedDict

from hcfin.finance.expected import Expected
from hcfin.finance.known import Known
from hcfin.finance.known_supply import KnownSupply
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices


class Asked(TypedDict, total=False):
    """`known` and `known_supply` are what came before, `expected` what contracts allow, `prices` prices of
    charges that come without an amount, `master` items and suppliers."""

    known: Known | None
    expected: Expected | None
    prices: Prices | None
    master: MasterData | None
    known_supply: KnownSupply | None
