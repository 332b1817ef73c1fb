"""Drafts: signed amounts on their way into an entry, and amounts that end without one.

An amount comes from a field of a fact and goes to a destination. Destinations are shared by all amounts that
go the same way, so whatever it takes to find one is paid once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.base import Node
from hcfin.finance.base import Pairs, RuleRef
from hcfin.issues import Catalogue, Issue
from hcfin.posting.result import Outcome

ISSUE = Catalogue.of("hcfin.posting")

Fields = Mapping[str, str]
"""Fields that dimensions may come from, by selector."""


@dataclass(frozen=True, slots=True, eq=False)
class Destination:
    """Where amounts go: a role, the rule that says so, and what tells lines of the role apart.

    `fields` are those that dimensions may come from beyond the entry's own. Compared by identity, which is
    quick; two of the same content lead to the same line all the same.
    """

    role: str
    rule: RuleRef
    tags: Pairs = ()
    fields: Fields = field(default_factory=dict)
    party: str | None = None  # None: the payer of the remittance
    entity: str = ""  # empty: that of the payee
    patient: str | None = None  # token of the account, where lines are told apart by it


Draft = tuple[Destination, Decimal, Node, str]
"""One amount on its way: destination, amount (positive is a debit), and the node and field it came from. A
plain tuple, because most of a file becomes these and a named one takes five times as long to make."""


class Ended(NamedTuple):
    """A source amount that ends without a line of its own. `rule` is a rule of the books or of a code table,
    or the name of a fixed reason or issue."""

    node: Node
    field: str
    amount: Decimal
    outcome: Outcome
    rule: str | RuleRef


Finding = tuple[Issue, Node, str]
"""An issue and the field of a fact that it is about."""


@dataclass(slots=True)
class Drafted:
    """What became of a fact. `settled`: it is a claim that was posted as it was adjudicated, with its money;
    `item`: its payment in clearing and what settles its charge, where both are."""

    drafts: list[Draft] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    issues: list[Finding] = field(default_factory=list)
    settled: bool = False
    item: tuple[Draft, Draft] | None = None
