"""Policy switches: what an accountant may want different, each with a default in `default.toml`."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Literal, get_args, get_origin

from hcfin.model import Model
from hcfin.money import Amount


class Policy(Model):
    """The switches of the books."""

    ar_mode: Literal["gl_only"] = "gl_only"
    granularity: Literal["remit"] = "remit"
    closed_period: Literal["redate", "withhold"] = "redate"
    denial_final_auto: bool = False
    memo_receipt_limit: int = 10_000
    pr_denial_hold: bool = True
    coverage_unknown: Literal["hold", "bill"] = "hold"
    withhold_basis: Literal["constrained", "asset"] = "constrained"
    passthrough_basis: Literal["received", "accrued"] = "received"
    crossover_unknown: Literal["hold", "post"] = "hold"
    medicare_indigent: Literal["hold", "bad_debt"] = "hold"
    bundled_over_threshold: Literal["hold", "post"] = "hold"
    bundled_threshold: Amount = Decimal("5000.00")
    small_balance_cap: Amount = Decimal("1.00")
    billing_guard_rarc: tuple[str, ...] = ()

    @cached_property
    def in_force(self) -> frozenset[str]:
        """The switches as rules name them: `name` where one is true, `name=value` where it is a word."""
        found = set()
        for name, value in self:
            if value is True:
                found.add(name)
            elif isinstance(value, str):
                found.add(f"{name}={value}")
        return frozenset(found)

    @classmethod
    def nameable(cls) -> frozenset[str]:
        """Every switch that a rule may name."""
        found = set()
        for name, field in cls.model_fields.items():
            if field.annotation is bool:
                found.add(name)
            elif get_origin(field.annotation) is Literal:
                found.update(f"{name}={value}" for value in get_args(field.annotation))
        return frozenset(found)
