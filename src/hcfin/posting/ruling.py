"""What becomes of an adjustment: the decision order, taken once for all adjustments that are alike.

Strategy: a remittance has thousands of adjustments, and few of them differ in anything that a guard, a rule
or a dimension may ask. A ruling is made from its case and from nothing else, and remembered for the next
adjustment of the same case. It cannot go stale: books never change, and what is not part of the case does not
reach its maker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from hcfin.billing.base import Adjustment, Node
from hcfin.billing.party import Individual
from hcfin.billing.remittance import ClaimPayment
from hcfin.books import CLEARING, Books
from hcfin.books.rules import AdjustmentFacts, Decision, ProviderRule, Setting, Treatment
from hcfin.books.selectors import Source, readable, selectors, words
from hcfin.codes import layer, table
from hcfin.finance.base import Pairs, RuleRef
from hcfin.issues import Disposition
from hcfin.posting.draft import ISSUE, Destination
from hcfin.posting.memo import Memo
from hcfin.posting.result import Outcome
from hcfin.privacy import shown

Remarks = frozenset[str]

_NO_REMARKS: Remarks = frozenset()
_MEDICARE = frozenset({"MA", "MB"})
_MEDICAID = "MC"
_NEXT_PAYER = "TT"
PRIOR = "23"
_PRIOR_TREATMENT = "cob_prior"


class FieldReader:
    """Reads the fields of one kind of fact that dimensions of the books come from."""

    def __init__(self, books: Books, kind: str, source: Source = "remittance") -> None:
        known, there = selectors(), readable(source)
        self.names = tuple(name for name in books.selectors if name in there and _kind(name) == kind)
        self._read = [(_reader(known[name]), _listed(books, name)) for name in self.names]

    def __call__(self, node: Node) -> tuple[str, ...]:
        """Their values, in the order of `names`. What is neither listed in the books nor looks like a code is
        masked."""
        return tuple([_text(read(node), listed) for read, listed in self._read])

    def pairs(self, node: Node) -> Pairs:
        """Their names and values."""
        return tuple(zip(self.names, self(node), strict=True)) if self.names else ()


def _reader(path: str) -> Callable[[Node], str]:
    if "." not in path:
        return attrgetter(path)

    def read(node: Any) -> str:
        for name in path.split("."):
            node = getattr(node, name, "")
        return str(node)

    return read


def _listed(books: Books, selector: str) -> frozenset[str]:
    """The values that the books list for a selector: the user's own words, and no patient's."""
    dimensions = (one for one in books.dimensions.values() if one.source == selector)
    return words().union(*(one.values for one in dimensions))


def _text(value: str, listed: frozenset[str]) -> str:
    return value if value in listed else shown(value)


def _kind(selector: str) -> str:
    return selector.partition(".")[0] if selectors()[selector] else ""


class ClaimCase(NamedTuple):
    """All that may be asked about a claim when its adjustments are ruled on."""

    payer: str
    status: str
    filing_indicator: str
    paid: bool
    sent_on: bool  # the source names a next payer
    next_payer: str  # as named in the books; empty where they do not know it
    entity: str  # whose claim it is; empty: the payee's
    fields: tuple[str, ...]  # those that a dimension of the books comes from


class ClaimKind:
    """What all claims of a case have in common. Compared by identity, so that it is cheap in a key."""

    def __init__(self, books: Books, names: tuple[str, ...], case: ClaimCase) -> None:
        self.case = case
        self.payer_class = books.payers[case.payer].payer_class
        self.medicare = self.payer_class == "medicare" or case.filing_indicator in _MEDICARE
        self.medicaid = self.payer_class == "medicaid" or case.filing_indicator == _MEDICAID
        status = table("claim_status").get(case.status)
        self.effect = status["effect"] if status else "pending"
        self.sequence = status["sequence"] if status else ""
        self.forwarded = case.sent_on or (status is not None and status["forwarded"] == "yes")
        self.fields = dict(zip(names, case.fields, strict=True))
        self.next_fields = {}
        if case.next_payer:
            next_class = books.payers[case.next_payer].payer_class
            self.next_fields = {"payer": case.next_payer, "payer.class": next_class}
        role, ref = books.posting("claim_settled")
        tags: Pairs = (("sequence", self.sequence),) if self.sequence else ()
        self.clearing = Destination(CLEARING, ref, (), self.fields, entity=case.entity)
        self.settled = Destination(role, ref, tags, self.fields, entity=case.entity)


class AdjustmentCase(NamedTuple):
    """All that may be asked about an adjustment. `guarding` are the remarks that may forbid to bill for it:
    for an amount of the whole claim, also those of its lines."""

    claim: ClaimKind
    group: str
    reason: str
    level: str
    remarks: Remarks
    guarding: Remarks
    full_charge: bool
    setting: Setting
    size: str  # small, large or neither, by the policy's amounts
    opposite: bool  # the amount goes the other way than its claim; asked only where a table asks for it
    line: tuple[str, ...]  # fields of its line that a dimension of the books comes from
    line_names: tuple[str, ...]


AdjustmentKey = tuple[ClaimKind, str, str, str, Remarks, Remarks, bool, Setting, str, bool, tuple[str, ...]]
"""The parts of an `AdjustmentCase`, to look it up: there is one for each adjustment of a file."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of the adjustments of a case: posted to a destination, or left in the payer's receivable
    with an outcome. `issues` are raised with each of them."""

    rule: RuleRef
    destination: Destination | None
    outcome: Outcome
    issues: tuple[str, ...]


class Rulings:
    """All that one run asks of its books about amounts, and remembers. Not to be shared between threads."""

    def __init__(self, books: Books) -> None:
        self.books = books
        guards = frozenset(code for code, row in table("rarc").items() if row["effect"] == "billing_guard")
        added = books.policy.billing_guard_rarc
        self._asked = guards.union(added, *(rule.when.remark for rule in books.rules))
        self.two_faced = frozenset(code for code, row in table("carc").items() if row["negative"])
        """Reasons whose amounts mean something else where they go the other way."""
        self._claim_fields = FieldReader(books, "claim")
        self.line_fields = FieldReader(books, "line")
        self.provider_fields = FieldReader(books, "provider_adjustment")
        self._kinds = Memo(partial(ClaimKind, books, self._claim_fields.names))
        lines = self.line_fields.names
        self.adjustments: Memo[AdjustmentKey, Ruling] = Memo(
            lambda key: _ruling(books, AdjustmentCase(*key, lines))
        )
        """The ruling on each case of an adjustment."""
        self._prior_categories = Memo(partial(_is_prior, books))
        self._pairs = Memo(_pair)
        self._provider_rules = Memo(books.provider_rule)

    def kind(self, claim: ClaimPayment, payer: str, entity: str = "") -> ClaimKind:
        """What a claim has in common with others. `payer` is that of its remittance; `entity` owns the claim
        where the payee does not."""
        sent_on, next_payer = False, ""
        for party in claim.parties:
            if party.role == _NEXT_PAYER:
                sent_on = True
                next_payer = next_payer or self._named(party)
        fields = self._claim_fields(claim)
        case = ClaimCase(
            payer, claim.status, claim.filing_indicator, bool(claim.paid), sent_on, next_payer, entity, fields
        )
        return self._kinds[case]

    def prior(self, adjustment: Adjustment) -> bool:
        """Whether it tells what a prior payer did: reason 23, or a category that means the same."""
        if adjustment.group:
            return adjustment.reason == PRIOR
        return adjustment.reason == PRIOR or self._prior_categories[adjustment.reason]

    def _named(self, party: Individual) -> str:
        return self.books.payer([party.id] if party.id else [], party.last_name) or ""

    def asked(self, remarks: tuple[str, ...]) -> Remarks:
        """The remarks that some guard or rule asks for; others would only make cases differ."""
        return self._asked.intersection(remarks) if remarks else _NO_REMARKS

    def size(self, amount: Decimal) -> str:
        """Whether an amount is small or large by the policy; empty where it is neither."""
        policy = self.books.policy
        if abs(amount) <= policy.small_balance_cap:
            return "small"
        return "large" if abs(amount) > policy.bundled_threshold else ""

    def pair(
        self,
        role: str,
        rule: RuleRef,
        tags: Pairs = (),
        entity: str = "",
        party: str | None = None,
        fields: Pairs = (),
    ) -> tuple[Destination, Destination]:
        """Clearing, and the role that an amount comes from or goes to through it."""
        return self._pairs[role, rule.id, rule.layer, rule.line, tags, entity, party, fields]

    def provider_rule(self, code: str) -> tuple[ProviderRule, RuleRef] | None:
        """Where a provider adjustment goes; None if nothing knows its code."""
        return self._provider_rules[code]


def _pair(
    key: tuple[str, str, str, int, Pairs, str, str | None, Pairs],
) -> tuple[Destination, Destination]:
    role, name, layer_, line, tags, entity, party, pairs = key
    rule, fields = RuleRef(id=name, layer=layer_, line=line), dict(pairs)
    clearing = Destination(CLEARING, rule, (), fields, entity=entity)
    return clearing, Destination(role, rule, tags, fields, party=party, entity=entity)


def _is_prior(books: Books, reason: str) -> bool:
    found = books.category(reason)
    return found is not None and found[1].treatment == _PRIOR_TREATMENT


def _ruling(books: Books, case: AdjustmentCase) -> Ruling:
    kind = case.claim
    category = None if case.group else books.category(case.reason)
    if category is not None:
        # From here on it has the group of its category, and no more than the standard's own word for it.
        case = case._replace(group=category[0].group, reason=case.reason.partition("/")[0])
    reason = case.reason if category else shown(case.reason)
    decision = _decision(books, case, category[1] if category else None)
    treatment = books.treatments[decision.treatment]
    issues = (treatment.issue,) if treatment.issue else ()
    role = books.role_of(treatment, forwarded=kind.forwarded)
    if role is None:
        open_ = any(ISSUE.kinds[code].disposition is Disposition.KEEP_OPEN for code in issues)
        outcome = Outcome.KEPT_OPEN if open_ else Outcome.INFORMATIONAL
        return Ruling(decision.rule, None, outcome, issues)
    if case.reason == "45" and case.group == "CO" and case.full_charge and kind.case.paid:
        issues = ("CO45_FULL_CHARGE", *issues)
    moved = role != treatment.role and role == treatment.role_forwarded
    fields = {
        **kind.fields,
        **(kind.next_fields if moved else {}),
        **dict(zip(case.line_names, case.line, strict=bool(case.line))),
        "adjustment.group": shown(case.group),
        "adjustment.reason": reason,
        "treatment": decision.treatment,
    }
    tags = _tags(books, case, treatment, decision, role, moved, reason)
    party = kind.case.next_payer if moved else None
    destination = Destination(role, decision.rule, tags, fields, party, kind.case.entity)
    return Ruling(decision.rule, destination, Outcome.POSTED, issues)


def _decision(books: Books, case: AdjustmentCase, listed: Decision | None) -> Decision:
    """The compliance guard precedes every rule, and no rule overrides it. `listed` is what the books say of a
    category."""
    if case.group == "PR":
        guards = table("rarc")
        for remark in sorted(case.guarding):
            row = guards.get(remark)
            if row and row["effect"] == "billing_guard":
                ref = RuleRef(id=remark, layer=layer("rarc"), line=row.line)
                return Decision("billing_guard", "", ref)
            if remark in books.policy.billing_guard_rarc:
                return Decision("billing_guard", "", books.rule_ref(remark, "policy", "billing_guard_rarc"))
    if listed is not None and listed.treatment == _PRIOR_TREATMENT:
        return listed
    if case.reason == PRIOR:
        # What a prior payer did is never posted again, whatever a rule says.
        return books.decide_by_code(case.group, case.reason)
    kind = case.claim
    return books.decide(
        AdjustmentFacts(
            group=case.group,
            reason=case.reason,
            remarks=case.remarks,
            status=kind.case.status,
            filing_indicator=kind.case.filing_indicator,
            payer=kind.case.payer,
            payer_class=kind.payer_class,
            level=case.level,
            full_charge=case.full_charge,
            claim_paid=kind.case.paid,
            medicare=kind.medicare,
            setting=case.setting,
            size=case.size,
        ),
        opposite=case.opposite,
        listed=listed,
    )


def _tags(
    books: Books,
    case: AdjustmentCase,
    treatment: Treatment,
    decision: Decision,
    role: str,
    moved: bool,
    reason: str,
) -> Pairs:
    tags: dict[str, str] = {"group": shown(case.group), "reason": reason}
    tags.update(treatment.tags)
    if decision.denial_class and treatment.tags.get("ar_status") == "denied":
        tags["denial_class"] = decision.denial_class
    share = role == "ar.patient" and treatment.role_forwarded is not None and "billing_hold" not in tags
    if share and books.policy.coverage_unknown == "hold":
        tags["statement_hold"] = "coverage"
    sequence = case.claim.sequence
    if role == "ar.payer" and sequence:
        tags["sequence"] = str(int(sequence) + 1) if moved else sequence
    return tuple(sorted(tags.items()))
