"""Rules: which treatment an adjustment gets, and where that is written.

A condition is equality or membership over the closed list of fields in `When`. User rules come first, then
hcfin's own, then the table of codes; what nothing knows stays open, it is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import Field, field_validator

from hcfin.codes import layer, table
from hcfin.finance.base import RuleRef
from hcfin.model import Model


class AdjustmentFacts(NamedTuple):
    """What a rule may ask about an adjustment. `full_charge`: it takes the whole line or claim charge."""

    group: str
    reason: str
    remarks: frozenset[str]
    status: str
    filing_indicator: str
    payer: str
    payer_class: str
    level: str
    full_charge: bool
    claim_paid: bool
    medicare: bool


class When(Model):
    """The conditions of a rule; all that are given must hold. A list means any of its values."""

    group: tuple[str, ...] = Field(default=(), description="CO, PR, OA, PI, CR.")
    reason: tuple[str, ...] = Field(default=(), description="Claim adjustment reason code.")
    remark: tuple[str, ...] = Field(default=(), description="A remark code of the line or claim.")
    status: tuple[str, ...] = Field(default=(), description="Claim status.")
    filing_indicator: tuple[str, ...] = Field(default=(), description="Claim filing indicator.")
    payer: tuple[str, ...] = Field(default=(), description="Payer, as named in the books.")
    payer_class: tuple[str, ...] = Field(default=(), description="Payer class.")
    level: tuple[Literal["claim", "line"], ...] = Field(default=(), description="claim or line.")
    full_charge: bool | None = Field(default=None, description="It takes the whole charge.")
    claim_paid: bool | None = Field(default=None, description="The claim payment is not zero.")
    medicare: bool | None = Field(default=None, description="The payer is Medicare.")

    @field_validator(
        "group",
        "reason",
        "remark",
        "status",
        "filing_indicator",
        "payer",
        "payer_class",
        "level",
        mode="before",
    )
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def holds(self, facts: AdjustmentFacts) -> bool:
        """Whether every condition holds."""
        if self.remark and not facts.remarks.intersection(self.remark):
            return False
        for name in ("group", "reason", "status", "filing_indicator", "payer", "payer_class", "level"):
            wanted = getattr(self, name)
            if wanted and getattr(facts, name) not in wanted:
                return False
        for name in ("full_charge", "claim_paid", "medicare"):
            wanted = getattr(self, name)
            if wanted is not None and getattr(facts, name) != wanted:
                return False
        return True


class Rule(Model):
    """A rule of the books: conditions and the treatment that follows."""

    id: str = Field(min_length=1)
    when: When = When()
    treatment: str
    denial_class: str = ""


class Treatment(Model):
    """What a treatment does with an amount. Without a role nothing is posted and the amount stays open."""

    role: str | None = None
    role_forwarded: str | None = Field(default=None, description="Role where the claim went on to a payer.")
    role_final: str | None = Field(default=None, description="Role under policy denial_final_auto.")
    tags: dict[str, str] = Field(default={})
    issue: str | None = Field(default=None, description="Issue to raise where nothing is posted.")


class ProviderRule(Model):
    """Where a provider adjustment goes: a role for each sign, and what its reference is."""

    role_positive: str = Field(description="Debited where the adjustment reduces the payment.")
    role_negative: str = Field(description="Credited where the adjustment increases the payment.")
    reference: str = Field(default="claim", pattern="^(claim|trace|none)$", description="claim is tokenised.")


class Posting(Model):
    """The role of one fixed step of posting."""

    role: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The treatment of an adjustment and the rule that decided it."""

    treatment: str
    denial_class: str
    rule: RuleRef


def decide(rules: Iterable[tuple[Rule, RuleRef]], facts: AdjustmentFacts) -> Decision:
    """The first rule that holds, else the table of codes, else `unclassified`."""
    for rule, ref in rules:
        if rule.when.holds(facts):
            return Decision(rule.treatment, rule.denial_class, ref)
    return decide_by_code(facts.group, facts.reason)


def decide_by_code(group: str, reason: str) -> Decision:
    """The treatment that the table of codes gives to a group and reason."""
    row = table("carc").get(reason)
    treatment = row.values.get(group, "") if row and group in _GROUPS else ""
    ref = RuleRef(
        id=f"{group}-{reason}" if treatment else "unclassified",
        layer=layer("carc"),
        line=row.line if row and treatment else 1,
    )
    return Decision(treatment or "unclassified", row["class"] if row and treatment else "", ref)


_GROUPS = frozenset({"CO", "PR", "OA", "PI"})
