"""One claim payment to drafts: the decision order of treatments, and the guards before it.

The amounts of a claim are posted together or not at all. What leaves the payer's receivable is the charge
less whatever is not posted, which for a balanced claim is its payment plus its posted adjustments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.balance import claim_balances, claim_faults
from hcfin.billing.base import Adjustment
from hcfin.billing.remittance import ClaimPayment, ServicePayment
from hcfin.books import CLEARING, Books
from hcfin.books.payers import Payer
from hcfin.books.rules import AdjustmentFacts, Decision, Treatment
from hcfin.codes import layer, table
from hcfin.finance.base import Pairs, RuleRef
from hcfin.issues import Catalogue, Disposition, Issue
from hcfin.model import Model
from hcfin.posting.entry import Draft, Fields
from hcfin.posting.result import Outcome
from hcfin.privacy import shown

ISSUE = Catalogue.of("hcfin.posting")
_MEDICARE = frozenset({"MA", "MB"})
_SECONDARY = frozenset({"2", "3", "20", "21"})
_NEXT_PAYER = "TT"


class Ended(NamedTuple):
    """A source amount that ends without a line of its own."""

    node: Model
    field: str
    amount: Decimal
    outcome: Outcome
    rule: str


@dataclass(slots=True)
class ClaimPosting:
    """What became of a claim payment."""

    drafts: list[Draft] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    issues: list[tuple[Issue, Model, str]] = field(default_factory=list)
    settled: bool = False


def post_claim(claim: ClaimPayment, books: Books, fields: Fields) -> ClaimPosting:
    """Drafts of a claim. A claim that must not be posted gives the one suspense pair, or nothing.

    `fields` are those of the remittance that dimensions may come from.
    """
    result = ClaimPosting()
    status = table("claim_status").get(claim.status)
    effect = status["effect"] if status else "pending"
    faults = list(_guards(claim, effect))
    if faults:
        return suspend(claim, books, faults, fields)
    if effect == "information" or _reasons(claim) & {"101"}:
        return _unposted(claim, result, "PREDETERMINATION", Outcome.INFORMATIONAL)
    if effect == "pending":
        return _unposted(claim, result, "CLAIM_PENDING", Outcome.KEPT_OPEN)
    poster = _Poster(claim, books, fields, result)
    poster.post()
    return result


def suspend(
    claim: ClaimPayment, books: Books, faults: list[tuple[Issue, Model, str]], fields: Fields
) -> ClaimPosting:
    """Only the payment is booked, between clearing and its waiting place; adjustments are not posted."""
    result = ClaimPosting(issues=faults)
    rule = faults[0][0].code
    for adjustment, _ in claim.all_adjustments():
        result.ended.append(Ended(adjustment, "amount", adjustment.amount, Outcome.SUSPENDED, rule))
    result.ended.append(Ended(claim, "charged", claim.charged, Outcome.SUSPENDED, rule))
    if claim.paid:
        step = "suspended_receipt" if claim.paid > 0 else "suspended_takeback"
        role, ref = books.posting(step)
        result.drafts = [
            Draft(CLEARING, claim.paid, ref, claim, "paid", (), fields),
            Draft(role, -claim.paid, ref, claim, "paid", (("issue", rule),), fields),
        ]
    else:
        result.ended.append(Ended(claim, "paid", claim.paid, Outcome.SUSPENDED, rule))
    return result


def _guards(claim: ClaimPayment, effect: str) -> Iterator[tuple[Issue, Model, str]]:
    """Reasons not to post a claim, before any code is looked at."""
    for name in claim.unreadable[:1]:
        yield ISSUE("CLAIM_UNREADABLE"), claim, name if name in ("charged", "status") else "paid"
    for issue in () if claim_balances(claim) else claim_faults(claim, "facts"):
        at = issue.origin.at if issue.origin else 0
        node = next((line for line in claim.lines if line.at == at and at != claim.at), claim)
        yield issue, node, "paid"
    if claim.paid and (effect != "post" or "101" in _reasons(claim)):
        yield ISSUE("CLAIM_STATUS_PAID", status=claim.status), claim, "status"
    old = next((a for a, _ in claim.all_adjustments() if a.group == "CR"), None)
    if old is not None:
        yield ISSUE("REVERSAL_GROUP_CR"), old, "group"
    if claim.status in _SECONDARY and claim.charged and "23" not in _reasons(claim):
        yield ISSUE("COB_MISSING_23", status=claim.status), claim, "status"


def _reasons(claim: ClaimPayment) -> set[str]:
    return {adjustment.reason for adjustment, _ in claim.all_adjustments()}


def _unposted(claim: ClaimPayment, result: ClaimPosting, code: str, outcome: Outcome) -> ClaimPosting:
    result.issues.append((ISSUE(code, status=claim.status), claim, "status"))
    for adjustment, _ in claim.all_adjustments():
        result.ended.append(Ended(adjustment, "amount", adjustment.amount, outcome, code))
    result.ended.append(Ended(claim, "charged", claim.charged, outcome, code))
    result.ended.append(Ended(claim, "paid", claim.paid, outcome, code))
    return result


def informational(claim: ClaimPayment) -> Iterator[Ended]:
    """Amounts that are balanced or told, never posted."""
    if claim.patient_responsibility is not None:
        amount = claim.patient_responsibility
        yield Ended(claim, "patient_responsibility", amount, Outcome.INFORMATIONAL, "never_posted")
    for line in claim.lines:
        yield Ended(line, "charged", line.charged, Outcome.INFORMATIONAL, "balance_only")
        yield Ended(line, "paid", line.paid, Outcome.INFORMATIONAL, "balance_only")
    for told in (*claim.amounts, *(told for line in claim.lines for told in line.amounts)):
        yield Ended(told, "amount", told.amount, Outcome.INFORMATIONAL, "never_posted")


class _Poster:
    """Posts one claim that passed the guards."""

    def __init__(self, claim: ClaimPayment, books: Books, fields: Fields, result: ClaimPosting) -> None:
        self.claim = claim
        self.books = books
        self.payer_name = fields["payer"]
        self.payer: Payer = books.payers[self.payer_name]
        self.result = result
        self.remarks = frozenset(claim.remarks)
        self.all_remarks = self.remarks.union(*(line.remarks for line in claim.lines))
        self.next_payer, self.next_fields = self._next_payer()
        status = table("claim_status")[claim.status]
        self.sequence = status["sequence"]
        self.forwarded = status["forwarded"] == "yes" or any(
            party.role == _NEXT_PAYER for party in claim.parties
        )
        self.medicare = self.payer.payer_class == "medicare" or claim.filing_indicator in _MEDICARE
        self.fields = {
            **fields,
            "claim.filing_indicator": shown(claim.filing_indicator),
            "claim.facility_type": shown(claim.facility_type),
            "claim.status": shown(claim.status),
            "claim.drg": shown(claim.drg),
        }

    def post(self) -> None:
        claim, drafts = self.claim, self.result.drafts
        role, ref = self.books.posting("claim_settled")
        posted = claim.paid
        for adjustment, line in claim.all_adjustments():
            if self._adjust(adjustment, line):
                posted += adjustment.amount
        if claim.paid:
            drafts.append(Draft(CLEARING, claim.paid, ref, claim, "paid", (), self.fields))
        else:
            self._end(claim, "paid", claim.paid, Outcome.INFORMATIONAL, "zero")
        if posted:
            tags: Pairs = (("sequence", self.sequence),) if self.sequence else ()
            drafts.append(Draft(role, -posted, ref, claim, "charged", tags, self.fields))
        else:
            # Nothing of the charge leaves the receivable: the reasons are the outcomes of the adjustments.
            self._end(claim, "charged", claim.charged, Outcome.KEPT_OPEN, "nothing_settled")
        self.result.settled = True

    def _adjust(self, adjustment: Adjustment, line: ServicePayment | None) -> bool:
        """Draft one adjustment; false where it is not posted and so stays in the receivable."""
        if not adjustment.amount:
            self._end(adjustment, "amount", adjustment.amount, Outcome.INFORMATIONAL, "zero")
            return False
        facts = self._facts(adjustment, line)
        decision = self._decision(facts)
        treatment = self.books.treatments[decision.treatment]
        role = self._role(treatment)
        if role is None:
            self._leave(adjustment, treatment, decision)
            return False
        if adjustment.reason == "45" and facts.group == "CO" and facts.full_charge and facts.claim_paid:
            self._issue("CO45_FULL_CHARGE", adjustment)
        if treatment.issue:
            self._issue(treatment.issue, adjustment)
        moved = role != treatment.role and role == treatment.role_forwarded
        fields = {
            **self.fields,
            **(self.next_fields if moved else {}),
            "adjustment.group": shown(adjustment.group),
            "adjustment.reason": shown(adjustment.reason),
            "treatment": decision.treatment,
        }
        tags = self._tags(adjustment, treatment, decision, role, moved)
        party = self.next_payer if moved else None
        draft = Draft(role, adjustment.amount, decision.rule, adjustment, "amount", tags, fields, party)
        self.result.drafts.append(draft)
        return True

    def _next_payer(self) -> tuple[str, dict[str, str]]:
        """The payer that the claim went on to: party and fields; nobody where the source does not say."""
        for party in self.claim.parties:
            if party.role == _NEXT_PAYER:
                found = self.books.payer([party.id] if party.id else [], party.last_name)
                if found:
                    return found, {"payer": found, "payer.class": self.books.payers[found].payer_class}
        return "", {}

    def _facts(self, adjustment: Adjustment, line: ServicePayment | None) -> AdjustmentFacts:
        claim = self.claim
        charges = {claim.charged, line.charged} if line else {claim.charged}
        return AdjustmentFacts(
            group=adjustment.group,
            reason=adjustment.reason,
            remarks=self.remarks.union(line.remarks) if line else self.remarks,
            status=claim.status,
            filing_indicator=claim.filing_indicator,
            payer=self.payer_name,
            payer_class=self.payer.payer_class,
            level="line" if line else "claim",
            full_charge=adjustment.amount in charges,
            claim_paid=bool(claim.paid),
            medicare=self.medicare,
        )

    def _decision(self, facts: AdjustmentFacts) -> Decision:
        """The compliance guard precedes every rule, and no rule overrides it."""
        if facts.group == "PR":
            guards = table("rarc")
            # What is said of a line holds for an amount of the whole claim, too.
            for remark in sorted(facts.remarks if facts.level == "line" else self.all_remarks):
                row = guards.get(remark)
                if row and row["effect"] == "billing_guard":
                    ref = RuleRef(id=remark, layer=layer("rarc"), line=row.line)
                    return Decision("billing_guard", "", ref)
        if facts.reason == "23":
            # What a prior payer did is never posted again, whatever a rule says.
            return self.books.decide_by_code(facts.group, facts.reason)
        return self.books.decide(facts)

    def _role(self, treatment: Treatment) -> str | None:
        if self.books.policy.denial_final_auto and treatment.role_final:
            return treatment.role_final
        if self.forwarded and treatment.role_forwarded:
            return treatment.role_forwarded
        return treatment.role

    def _tags(
        self,
        adjustment: Adjustment,
        treatment: Treatment,
        decision: Decision,
        role: str,
        moved: bool,
    ) -> Pairs:
        tags: dict[str, str] = {"group": shown(adjustment.group), "reason": shown(adjustment.reason)}
        tags.update(treatment.tags)
        if decision.denial_class and treatment.tags.get("ar_status") == "denied":
            tags["denial_class"] = decision.denial_class
        if role == "ar.payer" and self.sequence:
            tags["sequence"] = str(int(self.sequence) + 1) if moved else self.sequence
        return tuple(sorted(tags.items()))

    def _leave(self, adjustment: Adjustment, treatment: Treatment, decision: Decision) -> None:
        outcome = Outcome.INFORMATIONAL
        if treatment.issue:
            issue = self._issue(treatment.issue, adjustment)
            if issue.disposition is Disposition.KEEP_OPEN:
                outcome = Outcome.KEPT_OPEN
        self._end(adjustment, "amount", adjustment.amount, outcome, decision.rule.id)

    def _issue(self, code: str, adjustment: Adjustment) -> Issue:
        issue = ISSUE(code, group=adjustment.group, reason=adjustment.reason, amount=adjustment.amount)
        self.result.issues.append((issue, adjustment, "amount"))
        return issue

    def _end(self, node: Model, name: str, amount: Decimal, outcome: Outcome, rule: str) -> None:
        self.result.ended.append(Ended(node, name, amount, outcome, rule))
