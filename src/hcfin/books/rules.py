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


class Setting(NamedTuple):
    """What stands around an adjustment: true of its line, or of its claim where it has none."""

    other_line_paid: bool = False  # another line is paid; for a whole claim any line, or the claim itself
    abn: bool = False  # the line says that the patient signed an advance notice (modifier GA or GX)
    capitated: bool = False  # the payer pays by capitation on the day of service
    crossover: bool = False  # Medicaid after another payer, which may have been Medicare


class AdjustmentFacts(NamedTuple):
    """What a rule may ask about an adjustment. `full_charge`: it takes the whole line or claim charge.

    `listed` is the treatment that the table of codes gives it, `marked` the switch that the table names.
    """

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
    setting: Setting = Setting()
    size: str = ""
    listed: str = ""
    marked: str = ""


_COMPARED = (
    "group",
    "reason",
    "status",
    "filing_indicator",
    "payer",
    "payer_class",
    "level",
    "size",
    "listed",
    "marked",
)
_FLAGS = ("full_charge", "claim_paid", "medicare")
_LISTS = (*_COMPARED, "remark", "policy")


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
    other_line_paid: bool | None = Field(default=None, description="Another line of the claim is paid.")
    abn: bool | None = Field(default=None, description="The patient signed an advance notice (GA, GX).")
    capitated: bool | None = Field(default=None, description="The payer pays the service by capitation.")
    crossover: bool | None = Field(default=None, description="Medicaid after a payer that may be Medicare.")
    size: tuple[Literal["small", "large"], ...] = Field(
        default=(), description="At most small_balance_cap, or above bundled_threshold."
    )
    listed: tuple[str, ...] = Field(default=(), description="The treatment in codes/carc.csv.")
    marked: tuple[str, ...] = Field(default=(), description="The switch named in codes/carc.csv.")
    policy: tuple[str, ...] = Field(default=(), description="Switches in force, as name or name=value.")

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def holds(self, facts: AdjustmentFacts) -> bool:
        """Whether every condition holds but `policy`, which is asked once of the books."""
        if self.remark and not facts.remarks.intersection(self.remark):
            return False
        for name in _COMPARED:
            wanted = getattr(self, name)
            if wanted and getattr(facts, name) not in wanted:
                return False
        return self._flags_hold(facts, _FLAGS) and self._flags_hold(facts.setting, Setting._fields)

    def _flags_hold(self, facts: Any, names: tuple[str, ...]) -> bool:
        for name in names:
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


class Category(Model):
    """What a category of a FHIR adjudication is taken for, where no group and reason code are told."""

    treatment: str = Field(description="Treatment.")
    group: Literal["", "CO", "OA", "PI", "PR"] = Field(
        default="", description="Group whose guards and rules hold for it; needed where it is posted."
    )


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


def decide(
    rules: Iterable[tuple[Rule, RuleRef]],
    facts: AdjustmentFacts,
    *,
    opposite: bool,
    listed: Decision | None = None,
) -> Decision:
    """The first rule that holds, else what is listed: by default the table of codes, else `unclassified`."""
    listed = listed or decide_by_code(facts.group, facts.reason, opposite=opposite)
    row = table("carc").get(facts.reason)
    facts = facts._replace(listed=listed.treatment, marked=row["policy"] if row else "")
    for rule, ref in rules:
        if rule.when.holds(facts):
            return Decision(rule.treatment, rule.denial_class, ref)
    return listed


def decide_by_code(group: str, reason: str, *, opposite: bool = False) -> Decision:
    """The treatment that the table of codes gives to a group and reason.

    `opposite`: the amount goes the other way than its claim, and raises the payment of an ordinary one.
    """
    row = table("carc").get(reason)
    treatment = row.values.get(group, "") if row and group in _GROUPS else ""
    if row and opposite and row["negative"] and group == "CO":
        treatment = row["negative"]
    ref = RuleRef(
        id=f"{group}-{reason}" if treatment else "unclassified",
        layer=layer("carc"),
        line=row.line if row and treatment else 1,
    )
    return Decision(treatment or "unclassified", row["class"] if row and treatment else "", ref)


_GROUPS = frozenset({"CO", "PR", "OA", "PI"})
