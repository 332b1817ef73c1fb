"""One claim payment to drafts: the ruling on each of its adjustments, and the guards over the whole.

The amounts of a claim are posted together or not at all. What leaves the payer's receivable is the charge
less whatever is not posted, which for a balanced claim is its payment plus its posted adjustments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from hcfin.billing.balance import claim_balances, claim_faults
from hcfin.billing.base import Adjustment, told_amounts
from hcfin.billing.remittance import ClaimPayment, ServicePayment
from hcfin.books.rules import Setting
from hcfin.posting.affiliate import PAYEES, Whose, swept
from hcfin.posting.draft import ISSUE, Drafted, Ended, Finding
from hcfin.posting.known_claim import LATER_PAYERS, REVERSAL, History
from hcfin.posting.result import Outcome
from hcfin.posting.ruling import PRIOR, ClaimKind, Remarks, Rulings

_NOTICES = frozenset({"GA", "GX"})
_SERVED = ("472", "150", "232")  # service date, or first day of the service period or statement


def post_claim(
    claim: ClaimPayment,
    rulings: Rulings,
    payer: str,
    whose: Whose = PAYEES,
    history: History | None = None,
    *,
    cash: bool = True,
    undone: bool = False,
) -> Drafted:
    """Drafts of a claim. A claim that must not be posted gives the one suspense pair, or nothing.

    `payer` is that of the remittance, as named in the books; `whose` is the entity that the claim is of;
    `history` is what is known of the remittance's claims. Without `cash` nobody said which payment it is part
    of: what is paid stays in the receivable until the money is there. `undone`: its remittance takes back
    what was told before.
    """
    kind = rulings.kind(claim, payer, whose.owner)
    adjudication = _Adjudication(claim, kind, rulings, cash=cash)  # it stands unless a guard objects
    faults = list(_guards(claim, kind, adjudication, history))
    if faults:
        return suspend(claim, rulings, faults, whose, cash=cash, undone=undone)
    if kind.effect == "information" or "101" in adjudication.reasons:
        return _unposted(claim, "PREDETERMINATION", Outcome.INFORMATIONAL)
    if kind.effect == "pending":
        return _unposted(claim, "CLAIM_PENDING", Outcome.KEPT_OPEN)
    if history is not None:
        prior = PRIOR in adjudication.reasons
        history.refine(claim, kind, adjudication.leaving, adjudication.result, prior=prior)
    elif rulings.books.policy.expected_net:
        adjudication.result.issues.append((ISSUE("ALLOWANCE_UNKNOWN"), claim, "charged"))
    if cash:
        fields = tuple(kind.fields.items())
        adjudication.result.drafts += swept(whose, rulings, claim.paid, claim, "paid", fields)
    return adjudication.result


def suspend(
    claim: ClaimPayment,
    rulings: Rulings,
    faults: list[Finding],
    whose: Whose = PAYEES,
    *,
    cash: bool = True,
    undone: bool = False,
) -> Drafted:
    """Only the payment is booked, between clearing and its waiting place; adjustments are not posted."""
    result = Drafted(issues=faults)
    rule = faults[0][0].code
    for adjustment, _ in claim.all_adjustments():
        result.ended.append(Ended(adjustment, "amount", adjustment.amount, Outcome.SUSPENDED, rule))
    result.ended.append(Ended(claim, "charged", claim.charged, Outcome.SUSPENDED, rule))
    if claim.paid and cash:
        step = "suspended_receipt" if (claim.paid > 0) is not undone else "suspended_takeback"
        role, ref = rulings.books.posting(step)
        clearing, waiting = rulings.pair(role, ref, (("issue", rule),), whose.owner)
        result.drafts = [
            (clearing, claim.paid, claim, "paid"),
            (waiting, -claim.paid, claim, "paid"),
            *swept(whose, rulings, claim.paid, claim, "paid"),
        ]
    else:
        result.ended.append(Ended(claim, "paid", claim.paid, Outcome.SUSPENDED, rule))
    return result


def _guards(
    claim: ClaimPayment, kind: ClaimKind, adjudication: _Adjudication, history: History | None
) -> Iterator[Finding]:
    """Reasons not to post a claim, whatever the rulings on its codes."""
    for name in claim.unreadable[:1]:
        yield ISSUE("CLAIM_UNREADABLE"), claim, name if name in ("charged", "status") else "paid"
    if not claim_balances(claim):
        lines = {line.at: line for line in claim.lines if line.at != claim.at}
        for issue in claim_faults(claim, "facts"):
            yield issue, lines.get(issue.origin.at if issue.origin else 0, claim), "paid"
    if claim.paid and (kind.effect != "post" or "101" in adjudication.reasons):
        yield ISSUE("CLAIM_STATUS_PAID", status=claim.status), claim, "status"
    if claim.status == REVERSAL and claim.charged > 0:
        yield ISSUE("REVERSAL_POSITIVE"), claim, "charged"
    original = history is not None and history.is_known(claim, kind)
    if adjudication.old_group is not None and not original:
        yield ISSUE("REVERSAL_GROUP_CR"), adjudication.old_group, "group"
    prior = PRIOR in adjudication.reasons
    # Where the bucket is known, it guards the claim, and CARC 23 is not needed for that.
    guarded = history is not None and history.knows_bucket(claim, kind)
    if claim.status in LATER_PAYERS and claim.charged and not prior and not guarded:
        yield ISSUE("COB_MISSING_23", status=claim.status), claim, "status"
    if kind.effect == "post" and adjudication.rulings.books.policy.charge_source == "none":
        # Nothing books the charge that the claim would settle, unless somebody took it over.
        opened = history is not None and history.opening_known(claim, kind)
        if not opened:
            yield ISSUE("OPENING_BALANCE_MISSING"), claim, "charged"
    if history is not None:
        yield from history.guards(claim, kind, adjudication.leaving, prior=prior)


def _unposted(claim: ClaimPayment, code: str, outcome: Outcome) -> Drafted:
    result = Drafted(issues=[(ISSUE(code, status=claim.status), claim, "status")])
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
    for node in (claim.inpatient, claim.outpatient):
        if node is not None:
            for name, amount in told_amounts(node):
                yield Ended(node, name, amount, Outcome.INFORMATIONAL, "never_posted")


class _Adjudication:
    """A claim drafted as it was adjudicated, and what the guards must know of its adjustments: one pass.

    `reasons` are those of all its adjustments; `old_group` is the first one under a group that 5010 has not.
    """

    def __init__(self, claim: ClaimPayment, kind: ClaimKind, rulings: Rulings, *, cash: bool) -> None:
        self.claim = claim
        self.cash = cash
        self.kind = kind
        self.rulings = rulings
        self.reasons: set[str] = set()
        self.old_group: Adjustment | None = None
        self.leaving = claim.paid if cash else claim.paid - claim.paid  # what leaves the payer's receivable
        # A reversal is mirrored: what is paid there is negative.
        self.reversed = claim.charged < 0 or (not claim.charged and claim.status == REVERSAL)
        self.paid_lines = sum(1 for line in claim.lines if self._pays(line.paid))
        self.crossover = kind.medicaid and (
            claim.status in LATER_PAYERS or any(rulings.prior(one) for one, _ in claim.all_adjustments())
        )
        self.capitating = bool(rulings.books.payers[kind.case.payer].capitated)
        self.result = Drafted(settled=cash)
        self._draft()

    def _draft(self) -> None:
        claim, kind, asked = self.claim, self.kind, self.rulings.asked
        drafts, ended = self.result.drafts, self.result.ended
        remarks = asked(claim.remarks)
        if claim.adjustments:
            # What is said of a line holds for an amount of the whole claim, too.
            everywhere = remarks.union(*(asked(line.remarks) for line in claim.lines))
            setting = self._setting(None)
            self._adjust(claim.adjustments, "claim", (claim.charged,), remarks, everywhere, setting, ())
        for line in claim.lines:
            if line.adjustments:
                here = remarks | asked(line.remarks) if line.remarks else remarks
                charges, setting = (claim.charged, line.charged), self._setting(line)
                fields = self.rulings.line_fields(line)
                self._adjust(line.adjustments, "line", charges, here, here, setting, fields)
        if claim.paid and not self.cash:
            issue = ISSUE("PAYMENT_UNIDENTIFIED", amount=claim.paid)
            self.result.issues.append((issue, claim, "paid"))
            ended.append(Ended(claim, "paid", claim.paid, Outcome.KEPT_OPEN, issue.code))
        elif claim.paid:
            drafts.append((kind.clearing, claim.paid, claim, "paid"))
        else:
            ended.append(Ended(claim, "paid", claim.paid, Outcome.INFORMATIONAL, "zero"))
        if self.leaving:
            drafts.append((kind.settled, -self.leaving, claim, "charged"))
            if claim.paid and self.cash:
                self.result.item = drafts[-2], drafts[-1]
        else:
            # Nothing of the charge leaves the receivable: the reasons are the outcomes of the adjustments.
            ended.append(Ended(claim, "charged", claim.charged, Outcome.KEPT_OPEN, "nothing_settled"))

    def _pays(self, amount: Decimal) -> bool:
        return amount < 0 if self.reversed else amount > 0

    def _setting(self, line: ServicePayment | None) -> Setting:
        """What stands around the adjustments of a line, or of the whole claim."""
        claim = self.claim
        if line is None:
            other = bool(self.paid_lines) if claim.lines else self._pays(claim.paid)
            notice = False
        else:
            other = self.paid_lines > self._pays(line.paid)
            notice = not _NOTICES.isdisjoint(line.procedure.modifiers)
        capitated = self.capitating and self._capitated(line)
        return Setting(other, notice, capitated, self.crossover)

    def _capitated(self, line: ServicePayment | None) -> bool:
        dates = {one.qualifier: one.day for one in (*self.claim.dates, *(line.dates if line else ()))}
        served = next((dates[name] for name in _SERVED if name in dates), None)
        return self.rulings.books.payers[self.kind.case.payer].capitates(served)

    def _adjust(
        self,
        adjustments: Iterable[Adjustment],
        level: str,
        charges: tuple[Decimal, ...],
        remarks: Remarks,
        guarding: Remarks,
        setting: Setting,
        fields: tuple[str, ...],
    ) -> None:
        """Draft the adjustments of the claim or of one line; what is not posted stays in the receivable."""
        kind, rulings, reasons, result = self.kind, self.rulings.adjustments, self.reasons, self.result
        two_faced = self.rulings.two_faced
        for adjustment in adjustments:
            amount, group, reason = adjustment.amount, adjustment.group, adjustment.reason
            reasons.add(reason if group or not self.rulings.prior(adjustment) else PRIOR)
            if group == "CR":
                self.old_group = self.old_group or adjustment
            if not amount:
                result.ended.append(Ended(adjustment, "amount", amount, Outcome.INFORMATIONAL, "zero"))
                continue
            opposite = reason in two_faced and (amount < 0) != self.reversed
            full, size = amount in charges, self.rulings.size(amount)
            ruling = rulings[
                kind, group, reason, level, remarks, guarding, full, setting, size, opposite, fields
            ]
            for code in ruling.issues:
                issue = ISSUE(code, group=group, reason=reason, amount=amount)
                result.issues.append((issue, adjustment, "amount"))
            if ruling.destination is None:
                result.ended.append(Ended(adjustment, "amount", amount, ruling.outcome, ruling.rule))
            else:
                result.drafts.append((ruling.destination, amount, adjustment, "amount"))
                self.leaving += amount
