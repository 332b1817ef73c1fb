"""What is known of a claim refines how it is posted: reversals, corrections, the bucket of a later payer.

Strategy: one of these for each remittance. A claim is posted statelessly first; what is known then adds
guards, or drafts that add up to zero. Reversals of the same remittance count at once, so claims of an account
with an open adjudication wait until the remittance is over: the order of claims changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from hcfin.billing.base import Adjustment
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.finance.base import Pairs, RuleRef
from hcfin.finance.known import Adjudication, Known
from hcfin.identity import Keys, token
from hcfin.posting.detail import TAGS as DETAIL
from hcfin.posting.draft import ISSUE, Destination, Draft, Drafted, Ended, Finding
from hcfin.posting.known_expected import Allowances, TakenBack
from hcfin.posting.result import Outcome
from hcfin.posting.ruling import ClaimKind, Rulings

REVERSAL = "22"
OLD_GROUP = "CR"
LATER_PAYERS = frozenset({"2", "3", "20", "21"})
Sums = dict[tuple[str, str], Decimal]


def summed(claim: ClaimPayment) -> Sums:
    """The adjustments of a claim by group and reason, wherever they stand in it."""
    sums: Sums = defaultdict(Decimal)
    for adjustment, _ in claim.all_adjustments():
        sums[adjustment.group, adjustment.reason] += adjustment.amount
    return {code: amount for code, amount in sums.items() if amount}


class History:
    """What is known of the claims of one remittance."""

    def __init__(self, known: Known, keys: Keys, rulings: Rulings, payer: str, payee: str) -> None:
        self.known = known
        self.keys = keys
        self.rulings = rulings
        self.payer = payer
        self.payee = payee
        self._open: dict[str, list[Adjudication]] = {}
        self._moved: Sums = defaultdict(Decimal)
        """What this remittance moved in the bucket of an account and a turn."""
        self._reversed: dict[str, ClaimPayment] = {}
        self._allowances = Allowances(known, rulings)
        self.claims = 0
        """How many there were so far."""

    def must_wait(self, claim: ClaimPayment) -> bool:
        """Whether a claim can only be posted when the reversals of its remittance are known."""
        return claim.status != REVERSAL and bool(self._adjudications(self._account(claim)))

    def told_before(self, claim: ClaimPayment, header: Remittance) -> bool:
        """Whether a claim was booked before from another source that tells the same adjudication of the same
        payment: an advice and a statement of benefits, or one of them that calls its payer otherwise."""
        self.claims += 1
        account, number = self._account(claim), token(self.keys, "claim", claim.payer_claim_number)
        statement = header.told_by == "benefit_statement"
        if claim.status == REVERSAL:
            return statement and bool(self.known.taken_back(self.payee, self.payer, number))
        payment = header.trace if header.names_payment() else None

        def tells(one: Adjudication) -> bool:
            if (one.claim, one.charged, one.paid) != (number, claim.charged, claim.paid):
                return False
            if one.stated is not statement:
                return payment in (one.trace, None)
            # Advices without money may all have the same number.
            numbered = statement or bool(header.payment and payment)
            return numbered and one.trace == (payment or "") and _adjusted(one) == summed(claim)

        known = self.known.adjudications(self.payer, account)
        return any(tells(one) for one in known if one.entity in (self.payee, ""))

    def guards(
        self, claim: ClaimPayment, kind: ClaimKind, leaving: Decimal, *, prior: bool
    ) -> Iterator[Finding]:
        """Reasons not to post a claim as it was adjudicated. `leaving` is what it takes off the receivable;
        `prior` says whether it tells what an earlier payer did."""
        if claim.status == REVERSAL:
            return
        account = self._account(claim)
        self._reversed.pop(account, None)
        if kind.effect != "post":
            return
        paid = self._same(claim, kind, account, paid=True)
        if paid:
            alike = any(one.paid == claim.paid and _adjusted(one) == summed(claim) for one in paid)
            code = "DUPLICATE_SUSPECT" if alike else "REVERSAL_MISSING"
            yield ISSUE(code, amount=claim.charged), claim, "charged"
        if claim.status in LATER_PAYERS or prior:
            bucket = self.open_balance(account, kind.sequence)
            if bucket is not None and leaving > bucket:
                yield ISSUE("COB_DOUBLE_CONTRACTUAL", amount=leaving, open=bucket), claim, "charged"

    def open_balance(self, account: str, sequence: str) -> Decimal | None:
        """What may leave the bucket of a later payer: its balance, and the patient's share."""
        known = self.known.open_balance(account, sequence)
        return None if known is None else known + max(self.known.patient_balance(account), Decimal(0))

    def knows_bucket(self, claim: ClaimPayment, kind: ClaimKind) -> bool:
        """Whether the bucket of a claim is known, so that the guard does not need CARC 23."""
        return self.open_balance(self._account(claim), kind.sequence) is not None

    def is_known(self, claim: ClaimPayment, kind: ClaimKind) -> bool:
        """Whether a claim reverses an adjudication that is open. Old groups say only that it does."""
        account = self._account(claim)
        number = token(self.keys, "claim", claim.payer_claim_number)
        return claim.status == REVERSAL and bool(reversed_by(claim, number, self._own(kind, account))[0])

    def refine(
        self, claim: ClaimPayment, kind: ClaimKind, leaving: Decimal, result: Drafted, *, prior: bool
    ) -> None:
        """Add what is known to the drafts of a claim that is posted; the addition is zero in sum."""
        account = self._account(claim)
        if claim.status == REVERSAL:
            taken = self._reverse(claim, kind, account, result)
        else:
            taken = self._correct(claim, kind, account, leaving, result, prior=prior)
        self._allowances.release(account, claim, kind, taken, result)
        self._watch(claim, taken.sequence, account, result)

    def _correct(
        self,
        claim: ClaimPayment,
        kind: ClaimKind,
        account: str,
        leaving: Decimal,
        result: Drafted,
        *,
        prior: bool,
    ) -> TakenBack:
        """Take back earlier adjudications that paid nothing, and move what a later payer settles."""
        released = Decimal(0)
        for earlier in self._same(claim, kind, account, paid=False):
            released += earlier.released
            self._open[account].remove(earlier)
            issue = ISSUE("REVERSAL_INFERRED", amount=claim.charged)
            result.issues.append((issue, claim, "charged"))
            result.drafts += self._balanced(claim, kind, _undone(kind, earlier))
        if claim.status in LATER_PAYERS:
            if not prior and claim.charged:
                result.issues.append((ISSUE("COB_WITHOUT_23", status=claim.status), claim, "status"))
            result.drafts += self._transfer(claim, kind, account, leaving)
        return TakenBack(released, kind.sequence)

    def uncorrected(self) -> Iterator[Finding]:
        """Reversals of what was known, without a new adjudication of their account in this remittance."""
        for claim in self._reversed.values():
            yield ISSUE("CORRECTION_MISSING", amount=claim.charged), claim, "charged"

    def _watch(self, claim: ClaimPayment, sequence: str, account: str, result: Drafted) -> None:
        """Tell where more leaves the bucket of a payer than is open there."""
        moved: Sums = defaultdict(Decimal)
        for to, amount, _, _ in result.drafts:
            if to.role == "ar.payer":
                moved[account, dict(to.tags).get("sequence", sequence)] += amount
        for bucket, amount in moved.items():
            self._moved[bucket] += amount
            open_ = self.known.open_balance(*bucket)
            balance = self._moved[bucket] + (open_ or Decimal(0))
            if open_ is not None and amount < 0 and balance < 0:
                issue = ISSUE("NEGATIVE_BUCKET", sequence=bucket[1], balance=balance)
                result.issues.append((issue, claim, "charged"))

    def _account(self, claim: ClaimPayment) -> str:
        return token(self.keys, "acct", claim.account)

    def _adjudications(self, account: str) -> list[Adjudication]:
        if account not in self._open:
            self._open[account] = list(self.known.adjudications(self.payer, account))
        return self._open[account]

    def _own(self, kind: ClaimKind, account: str) -> list[Adjudication]:
        """Those that the entity of the claim booked: what another booked stands in other books."""
        own = kind.case.entity or self.payee
        return [one for one in self._adjudications(account) if one.entity in (own, "")]

    def _same(self, claim: ClaimPayment, kind: ClaimKind, account: str, *, paid: bool) -> list[Adjudication]:
        """Open adjudications that the claim corrects, by whether they paid."""
        return [
            earlier
            for earlier in self._own(kind, account)
            if corrects(claim, kind.sequence, earlier) and bool(earlier.paid) == paid
        ]

    def opening_known(self, claim: ClaimPayment, kind: ClaimKind) -> bool:
        """Whether a balance of the account is known for the payer of a claim."""
        return self.known.open_balance(self._account(claim), kind.sequence or "1") is not None

    def _reverse(self, claim: ClaimPayment, kind: ClaimKind, account: str, result: Drafted) -> TakenBack:
        """Match a reversal with its adjudication; where they differ, take back what was posted then."""
        number = token(self.keys, "claim", claim.payer_claim_number)
        earlier, exact = reversed_by(claim, number, self._own(kind, account))
        old = [adjustment for adjustment, _ in claim.all_adjustments() if adjustment.group == OLD_GROUP]
        if old and earlier is not None:
            _leave_out(old, result)
        elif not exact:
            result.issues.append((ISSUE("REVERSAL_MISMATCH", amount=claim.charged), claim, "charged"))
        if earlier is None:
            return TakenBack(sequence=kind.sequence)
        self._open[account].remove(earlier)
        self._reversed[account] = claim
        own = [(to, -amount) for to, amount, _, name in result.drafts if name == "amount"]
        undone = _undone(kind, earlier)
        # The same codes may have gone elsewhere then: to a next payer, or by other remarks or books.
        if _places(own) != _places((to, -amount) for to, amount in undone):
            result.drafts += self._balanced(claim, kind, [*own, *undone])
        result.drafts += self._from_later_payers(claim, kind, account, result)
        return TakenBack(earlier.released, earlier.sequence)

    def _from_later_payers(
        self, claim: ClaimPayment, kind: ClaimKind, account: str, result: Drafted
    ) -> list[Draft]:
        """A share of the patient that is taken back comes from whom it has moved to since: a later payer
        that took it over, not a patient who owes it no more."""
        back = -sum((amount for to, amount, _, _ in result.drafts if to.role == "ar.patient"), Decimal(0))
        left = back - max(self.known.patient_balance(account), Decimal(0))
        role, rule = self.rulings.books.posting("patient_to_next_payer")
        drafts: list[Draft] = []
        for sequence, payer, amount in self.known.transfers(account):
            part = min(left, amount)
            if part > 0:
                left -= part
                patient = Destination(role, rule, (), kind.fields, entity=kind.case.entity)
                tags = (("sequence", sequence),)
                bucket = Destination(
                    "ar.payer", rule, tags, kind.fields, party=payer, entity=kind.case.entity
                )
                drafts += [(patient, part, claim, "charged"), (bucket, -part, claim, "charged")]
        return drafts

    def _balanced(
        self, claim: ClaimPayment, kind: ClaimKind, parts: list[tuple[Destination, Decimal]]
    ) -> list[Draft]:
        """Drafts of the parts, balanced by the payer's receivable."""
        rest = sum((amount for _, amount in parts), Decimal(0))
        drafts: list[Draft] = [(to, amount, claim, "charged") for to, amount in parts]
        return [*drafts, (kind.settled, -rest, claim, "charged")] if rest else drafts

    def _transfer(self, claim: ClaimPayment, kind: ClaimKind, account: str, leaving: Decimal) -> list[Draft]:
        """A later payer settles what was the patient's so far: it moves to the bucket of that payer first."""
        own = self.known.open_balance(account, kind.sequence)
        if own is None:
            return []
        moved = min(self.known.patient_balance(account), leaving - own)
        if moved <= 0:
            return []
        role, rule = self.rulings.books.posting("patient_to_next_payer")
        patient = Destination(role, rule, (), kind.fields, entity=kind.case.entity)
        return [(patient, -moved, claim, "charged"), (_same_rule(kind, rule), moved, claim, "charged")]


def _same_rule(kind: ClaimKind, rule: RuleRef) -> Destination:
    settled = kind.settled
    return replace(settled, rule=rule)


def corrects(claim: ClaimPayment, sequence: str, earlier: Adjudication) -> bool:
    """Whether a claim is another adjudication of the same charge, in the same turn of its payers."""
    same_turn = earlier.sequence == sequence or "" in (earlier.sequence, sequence)
    return earlier.charged == claim.charged != 0 and same_turn


def reversed_by(
    claim: ClaimPayment, number: str, adjudications: Iterable[Adjudication]
) -> tuple[Adjudication | None, bool]:
    """The adjudication of the same charge and payment that a reversal takes back, and whether it mirrors it
    in every group and reason. `number` is the token of the payer's claim number."""
    mirrored = {code: -amount for code, amount in summed(claim).items()}

    def differs(earlier: Adjudication) -> tuple[bool, bool]:
        return _adjusted(earlier) != mirrored, earlier.claim != number

    possible = [one for one in adjudications if (one.charged, one.paid) == (-claim.charged, -claim.paid)]
    found = min(possible, key=differs, default=None)
    return found, found is not None and not differs(found)[0]


def _adjusted(earlier: Adjudication) -> Sums:
    return {(group, reason): amount for group, reason, amount in earlier.adjustments}


def _leave_out(old: list[Adjustment], result: Drafted) -> None:
    """Amounts under the group of old reversals have no reason of their own: the original's are taken back."""
    nodes = {id(adjustment) for adjustment in old}
    result.issues = [found for found in result.issues if id(found[1]) not in nodes]
    result.ended = [end for end in result.ended if id(end.node) not in nodes]
    result.ended += [Ended(one, "amount", one.amount, Outcome.INFORMATIONAL, "mirrored") for one in old]


def _places(parts: Iterable[tuple[Destination, Decimal]]) -> dict[tuple[str, Pairs], Decimal]:
    """The sum of parts by role and tags."""
    sums: dict[tuple[str, Pairs], Decimal] = defaultdict(Decimal)
    for to, amount in parts:
        sums[to.role, to.tags] += amount
    return sums


def _undone(kind: ClaimKind, earlier: Adjudication) -> list[tuple[Destination, Decimal]]:
    """What takes back where the adjustments of an adjudication went."""
    undone = []
    for part in earlier.posted:
        tags = dict(part.tags)
        fields = {f"adjustment.{name}": tags[name] for name in ("group", "reason") if name in tags}
        own = tuple(pair for pair in part.tags if pair[0] not in DETAIL)
        place = Destination(part.role, part.rule, own, {**kind.fields, **fields}, entity=kind.case.entity)
        undone.append((place, -part.amount))
    return undone
