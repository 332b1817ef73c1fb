"""A bill and its payments to what became of it: which adjudications stand, their figures, their findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hcfin.money import zero
from hcfin.reconcile.match_assign import NO_ADVICE, Advice, place_in_order, takes_back
from hcfin.reconcile.match_bills import Bill
from hcfin.reconcile.match_facts import BilledLine, PaidClaim
from hcfin.reconcile.match_lines import Part, pair
from hcfin.reconcile.match_reductions import PATIENT, PRIOR_PAYER, Meanings, Meant, total
from hcfin.reconcile.match_result import Adjudicated, Amounts, ClaimMatch, Finding, LineMatch

_FIRST = "1"
_TELLING = frozenset(
    {"charge_differs", "over_paid", "replacement_unanswered", "reversal_missing", "reversal_unmatched"}
)
"""Findings that say why something is open."""


def answered(bill: Bill, advices: Mapping[str, Advice], meanings: Meanings) -> ClaimMatch:
    """What became of a bill that has payments."""
    return _Answers(bill, advices, meanings).result()


@dataclass(slots=True)
class _Entry:
    """A payment on its way to a role."""

    payment: PaidClaim
    reasons: tuple[str, ...]
    advice: Advice
    turn: str
    role: str = ""
    meant: list[Meant] = field(default_factory=list)


class _Answers:
    def __init__(self, bill: Bill, advices: Mapping[str, Advice], meanings: Meanings) -> None:
        self.bill = bill
        self.claim = bill.valid
        self.charged = self.claim.charged if self.claim else zero(bill.last.currency)
        self.findings: list[Finding] = []
        ordered = sorted(bill.payments, key=lambda one: place_in_order(one[0], advices))
        self.entries = [
            _Entry(
                payment,
                reasons,
                advices.get(payment.remittance, NO_ADVICE),
                payment.turn or bill.last.turn or _FIRST,
            )
            for payment, reasons in ordered
        ]
        self._give_roles()
        for entry in self.entries:
            entry.meant = meanings.of(entry.payment, entry.advice.payer)
        self.standing = [entry for entry in self.entries if entry.role in ("stands", "part")]
        turns = sorted({entry.turn for entry in self.standing}, key=int)
        self.first, self.last = (turns[0], turns[-1]) if turns else ("", "")

    # Roles

    def _give_roles(self) -> None:
        standing: dict[str, list[_Entry]] = defaultdict(list)
        unpaired: list[_Entry] = []
        for entry in self.entries:
            payment = entry.payment
            if payment.effect != "post":
                entry.role = payment.effect
            elif payment.reverses:
                entry.role = "reversal"
                if not self._reverse(entry, standing):
                    unpaired.append(entry)
            elif not self._reversed_already(entry, unpaired):
                self._stand(entry, standing[entry.turn])
        for entry in unpaired:
            self._found("reversal_unmatched", entry.payment.paid)
        for entries in standing.values():
            for entry in entries:
                entry.role = "part" if len(entries) > 1 else "stands"

    def _reverse(self, reversal: _Entry, standing: Mapping[str, list[_Entry]]) -> bool:
        """Find what a reversal takes back: the last of those that it may mean, its own number first."""
        meant = [
            entry
            for entries in standing.values()
            for entry in entries
            if takes_back(reversal.payment, entry.payment)
        ]
        if not meant:
            return False
        number = reversal.payment.number
        found = max(enumerate(meant), key=lambda one: (one[1].payment.number == number, one[0]))[1]
        found.role = "reversed"
        reversal.turn = found.turn
        standing[found.turn].remove(found)
        return True

    def _reversed_already(self, entry: _Entry, unpaired: list[_Entry]) -> bool:
        """Whether another remittance of the same day takes it back: days do not tell their order."""
        for reversal in unpaired:
            if (
                takes_back(reversal.payment, entry.payment)
                and entry.payment.paid == -reversal.payment.paid
                and entry.payment.remittance != reversal.payment.remittance
                and entry.advice.day == reversal.advice.day
            ):
                entry.role, reversal.turn = "reversed", entry.turn
                unpaired.remove(reversal)
                return True
        return False

    def _stand(self, entry: _Entry, before: list[_Entry]) -> None:
        """Let an adjudication stand, beside those of which it is a part, or instead of those before it."""
        if before and not self._is_part(entry.payment, before):
            for earlier in before:
                earlier.role = "superseded"
            paid = total(earlier.payment.paid for earlier in before)
            if any(earlier.payment.paid for earlier in before):
                self._found("reversal_missing", paid)
            before.clear()
        before.append(entry)

    def _is_part(self, payment: PaidClaim, before: Sequence[_Entry]) -> bool:
        """Whether the payer split the claim: it says so (MA15), or the charges are parts that add up."""
        if payment.split and all(one.payment.split for one in before):
            return True
        whole = (self.claim or self.bill.last).charged
        charges = [payment.charged, *(one.payment.charged for one in before)]
        return all(0 < charge < whole for charge in charges) and total(charges) <= whole

    # Figures

    def result(self) -> ClaimMatch:
        """The match."""
        nothing = zero(self.bill.last.currency)
        paid = total(entry.payment.paid for entry in self.entries) + nothing
        counted = [meant for entry in self.standing for meant in self._counted(entry)]
        first = [entry for entry in self.standing if entry.turn == self.first]
        allowed = _allowed(first) + nothing
        self._find(paid, allowed, first)
        denied = [(meant.denial, meant.reduction.amount) for meant in counted if meant.denial]
        match = ClaimMatch(
            claims=tuple(self.bill.claims),
            adjudications=tuple(
                Adjudicated(one.payment, one.role, one.turn, one.reasons, one.advice.day)
                for one in self.entries
            ),
            payer=self._payer(),
            currency=self.bill.last.currency,
            state=self._state(paid),
            charged=self.charged,
            paid=paid,
            allowed=allowed,
            adjusted=by_name((meant.reduction.group, meant.reduction.amount) for meant in counted),
            denied=by_name(denied),
            denied_first=self._denied_first(),
            days=self._days(),
            lines=self._lines(first),
            findings=(),
        )
        if self.standing and match.open and not _TELLING.intersection(one.code for one in self.findings):
            self._found("unexplained", match.open)
        return replace(match, findings=tuple(sorted(self.findings)))

    def _counted(self, entry: _Entry) -> Iterable[Meant]:
        """The adjustments of an adjudication that count: not what it repeats of payers that have answered
        here, too, and not the patient's share where a later payer has decided on it."""
        return [
            meant
            for meant in entry.meant
            if (entry.turn == self.first or meant.reduction.reason != PRIOR_PAYER)
            and (entry.turn == self.last or meant.reduction.group != PATIENT)
        ]

    def _payer(self) -> str:
        """The payer that was billed, as its remittances name it."""
        turn = self.bill.last.turn or _FIRST
        own = [entry for entry in self.entries if entry.turn == turn] or self.entries
        return next((one.advice.payer.name for one in own if one.advice.payer.name), self.bill.payer.name)

    def _denied_first(self) -> Amounts:
        for entry in self.entries:
            if entry.payment.effect == "post" and not entry.payment.reverses:
                return by_name(
                    (meant.denial, meant.reduction.amount) for meant in entry.meant if meant.denial
                )
        return ()

    def _days(self) -> int | None:
        paying = [entry for entry in self.entries if entry.payment.paid > 0 and entry.advice.day]
        if not paying:
            return None
        day = paying[0].advice.day
        sent = [made for made in self.bill.created if made and day and made <= day]
        since = max(sent, default=None) or max(
            (one.days.last for one in self.bill.claims if one.days.last), default=None
        )
        return (day - since).days if day and since else None

    def _state(self, paid: Decimal) -> str:
        if self.standing:
            return "paid" if paid else "unpaid"
        if any(entry.role == "reversal" for entry in self.entries):
            return "voided" if self.claim is None else "reversed"
        return self.entries[-1].role

    # Findings

    def _found(self, code: str, amount: Decimal) -> None:
        self.findings.append(Finding(code, amount))

    def _find(self, paid: Decimal, allowed: Decimal, first: Sequence[_Entry]) -> None:
        """Findings of the bill as a whole."""
        if any(claim.unreadable for claim in self.bill.claims) or any(
            entry.payment.unreadable for entry in self.entries
        ):
            self._found("unreadable", self.charged)
        if not self.standing:
            state = self._state(paid)
            if state != "voided":
                self._found({"information": "information_only"}.get(state, state), self.charged)
        elif self._unanswered():
            self._found("replacement_unanswered", self.charged)
        else:
            self._compare_charges()
        if paid > self.charged:
            self._found("over_paid", paid - self.charged)
        if first and self.charged > 0 and not paid and not allowed:
            self._found("unpaid", self.charged)
        expected = self.claim.expected if self.claim else None
        if first and expected is not None and allowed < expected:
            self._found("short_paid", expected - allowed)

    def _unanswered(self) -> bool:
        """Whether what stands answers a claim that was replaced or voided."""
        if self.claim is None:
            return True
        if len(self.bill.claims) == 1:
            return False
        earlier = {one.charged for one in self.bill.claims[:-1]} - {self.claim.charged}
        made, replaces = self.bill.created[-1], self.claim.frequency != self.bill.claims[0].frequency
        return all(
            entry.payment.charged in earlier
            or bool(replaces and made and entry.advice.day and entry.advice.day < made)
            for entry in self.standing
        )

    def _compare_charges(self) -> None:
        by_turn: dict[str, list[Decimal]] = defaultdict(list)
        for entry in self.standing:
            by_turn[entry.turn].append(entry.payment.charged)
        for charges in by_turn.values():
            told = total(charges)
            # A part tells the charge of the part or, as some payers do, that of the whole claim.
            if told != self.charged and any(charge != self.charged for charge in charges):
                self._found("charge_differs", told - self.charged)

    # Lines

    def _lines(self, first: Sequence[_Entry]) -> tuple[LineMatch, ...]:
        if self.claim is None or not self.standing:
            return ()
        parts: dict[int, list[Part]] = defaultdict(list)
        extra: list[Part] = []
        places = {id(line): place for place, line in enumerate(self.claim.lines)}
        meant: dict[int, list[Meant]] = defaultdict(list)
        counted: dict[int, list[Meant]] = defaultdict(list)
        for turn in dict.fromkeys(entry.turn for entry in self.standing):
            entries = [entry for entry in self.standing if entry.turn == turn]
            paid = [line for entry in entries for line in entry.payment.lines]
            for billed, part in pair(self.claim.lines, paid):
                found = part._replace(turn=turn)
                if billed is None:
                    extra.append(found)
                else:
                    parts[places[id(billed)]].append(found)
            for entry in entries:
                _by_line(meant, entry.meant)
                _by_line(counted, self._counted(entry))
        reported = any(entry.payment.lines for entry in first)
        whole = any(finding.code == "unpaid" for finding in self.findings)
        lines = [
            self._line(line, parts[place], meant, counted, reported=reported, whole=whole)
            for place, line in enumerate(self.claim.lines)
        ]
        lines += [self._line(None, [part], meant, counted, reported=True, whole=whole) for part in extra]
        return tuple(lines)

    def _line(
        self,
        billed: BilledLine | None,
        parts: Sequence[Part],
        meant: Mapping[int, Sequence[Meant]],
        counted: Mapping[int, Sequence[Meant]],
        *,
        reported: bool,
        whole: bool,
    ) -> LineMatch:
        nothing = zero(self.bill.last.currency)
        paid = total(part.line.paid for part in parts) + nothing
        first = [part.line for part in parts if part.turn == self.first]
        allowed = total(line.paid for line in first) + nothing
        allowed += total(
            one.reduction.amount for line in first for one in meant.get(id(line), ()) if one.allowed
        )
        adjusted = [one.reduction for part in parts for one in counted.get(id(part.line), ())]
        findings: list[Finding] = []
        if billed is None:
            findings.append(
                Finding("not_billed", total(line.charged for part in parts for line in (part.line,)))
            )
        elif not first:
            if reported:
                findings.append(Finding("not_in_remittance", billed.charged))
        else:
            told = total(line.charged for line in first)
            bundled = any(one.bundled for line in first for one in meant.get(id(line), ()))
            if told != billed.charged:
                findings.append(Finding("charge_differs", told - billed.charged))
            if paid > billed.charged:
                findings.append(Finding("over_paid", paid - billed.charged))
            if billed.charged > 0 and not paid and not allowed and not bundled and not whole:
                findings.append(Finding("unpaid", billed.charged))
            if billed.expected is not None and allowed < billed.expected:
                findings.append(Finding("short_paid", billed.expected - allowed))
        return LineMatch(
            billed=billed,
            parts=tuple(parts),
            paid=paid,
            allowed=allowed,
            adjusted=by_name((one.group, one.amount) for one in adjusted),
            findings=tuple(findings),
        )


def by_name(amounts: Iterable[tuple[str, Decimal]]) -> Amounts:
    """Amounts added up by name; what adds up to nothing is left out."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for name, amount in amounts:
        sums[name] += amount
    return tuple(sorted((name, amount) for name, amount in sums.items() if amount))


def _allowed(entries: Iterable[_Entry]) -> Decimal:
    return total(
        entry.payment.paid + total(one.reduction.amount for one in entry.meant if one.allowed)
        for entry in entries
    )


def _by_line(index: Mapping[int, list[Meant]], meant: Iterable[Meant]) -> None:
    for one in meant:
        if one.line is not None:
            index[id(one.line)].append(one)
