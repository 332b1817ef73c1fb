"""Policy switches: what an accountant may want different, each with a default in `default.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

from pydantic import Field

from hcfin.model import Model
from hcfin.money import Amount


class Policy(Model):
    """The switches of the books."""

    ar_mode: Literal["gl_only", "open_item"] = Field(
        default="gl_only",
        description="Whether invoices and receipts are memos, or book by themselves.",
    )
    ap_mode: Literal["open_item", "gl_only"] = Field(
        default="open_item",
        description="Whether receipts of goods and supplier invoices book by themselves, or are memos.",
    )
    granularity: Literal["remit", "claim", "line"] = Field(
        default="remit", description="What the lines of claims are summed by."
    )
    charge_source: Literal["charge_feed", "claim_837", "none"] = Field(
        default="charge_feed",
        description="What books charges: a feed of charges, the claims, or opening balances alone.",
    )
    adjudication_source: Literal["remittance", "eob"] = Field(
        default="remittance",
        description="What books adjudications: advices of payment, or statements of benefits (FHIR).",
    )
    unlinked_credit: Literal["post", "hold"] = Field(
        default="post",
        description="Book a credit whose charge is not found by today's rules, or hold it.",
    )
    late_credit: Literal["unbilled", "current_bucket"] = Field(
        default="unbilled",
        description="What a credit reduces whose charge was billed: unbilled, or who owes it now.",
    )
    coverage_change: Literal["tell", "move"] = Field(
        default="tell", description="Tell of what a former first payer owes, or move it to the new one."
    )
    account_merge: Literal["move", "tell"] = Field(
        default="move", description="Move what is open on an account that ends, or tell of it."
    )
    expected_net: bool = Field(
        default=False,
        description="Book an expected allowance with each bill; release it as it is paid.",
    )
    closed_period: Literal["redate", "withhold"] = Field(
        default="redate", description="Book in the next open period, or reject the remittance."
    )
    payer_cash_recognition: Literal["remit_as_receivable", "bank_value_date"] = Field(
        default="remit_as_receivable", description="Book on the day of the remittance, or of the money."
    )
    allowance_method: Literal["auto_reverse", "perpetual"] = Field(
        default="auto_reverse", description="Whether write-offs reduce revenue, or allowances for them."
    )
    unbalanced_claim: Literal["suspend", "reject"] = Field(
        default="suspend", description="Hold the claim's payment alone, or reject the remittance."
    )
    denial_final_auto: bool = Field(
        default=False, description="Write off denials that look final without a person."
    )
    memo_receipt_limit: int = Field(
        default=10_000, ge=0, description="Claims beyond which a memo receipt is left out."
    )
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

    def changed(self, values: Mapping[str, Any]) -> Policy:
        """The same switches but for some, not checked again."""
        made = self.model_copy(update=values)
        made.__dict__.pop("in_force", None)
        return made

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
