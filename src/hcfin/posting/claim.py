"""One claim to the documents that bill it: the receivable of its first payer, or of the patient.

Strategy: the amounts that are booked are the charges of its lines, each from where the books say that charges
come from (`charge_source`) to the receivable. The claim's own charge is their sum and proves them. A claim
that replaces or voids another first takes back what that one booked, line by line, so it must be known.
A claim is booked whole or not at all; a claim to a later payer moves no charge.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.base import Node
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.books.periods import BookingDate
from hcfin.codes import table
from hcfin.finance.base import Document, Pairs, RuleRef
from hcfin.finance.expected import expected_allowed
from hcfin.finance.known import Bill, Known
from hcfin.identity import token
from hcfin.issues import Issue
from hcfin.money import format_amount, zero
from hcfin.posting.claim_amounts import NO_PROCEDURE, as_asked, booked_amounts
from hcfin.posting.claim_documents import BillHeading, Booked
from hcfin.posting.draft import ISSUE, Destination, Draft, Ended, Finding
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, Line, Unmapped
from hcfin.posting.known_expected import ESTIMATE
from hcfin.posting.result import Move, Outcome, Place, Posting
from hcfin.posting.run import Run, Used
from hcfin.posting.settling import booked_on, foreign
from hcfin.posting.told import Money
from hcfin.privacy import shown

_SELF_PAY = "09"
_FIRST = "1"
_CREDITED = "credited "


class Billed(NamedTuple):
    """What must be settled before a claim can be booked."""

    used: Used
    entity: str
    payer: str
    booking: BookingDate


class ClaimPosting:
    """Posts one claim. `made` holds the digests of what the run has billed so far, by document id, and which
    bills it has taken back: none is taken back twice."""

    def __init__(
        self, claim: Claim, submission: ClaimSubmission | None, run: Run, made: dict[str, str]
    ) -> None:
        self.claim = claim
        self.submission = submission
        self.run = run
        self.made = made
        self.account = token(run.keys, "acct", claim.account)
        self.self_pay = claim.filing_indicator == _SELF_PAY
        row = table("payer_sequence").get(claim.sequence)
        self.sequence = row["sequence"] if row else ""
        row = table("claim_frequency").get(claim.frequency)
        self.effect = row["effect"] if row else ""
        self.findings: list[Finding] = []
        self.ends = Ends(run.locator)
        self.moves: list[Move] = []

    def post(self) -> Posting:
        """Its documents, issues, the end of each of its amounts, and moves where they are asked for."""
        charges, others = booked_amounts(self.claim)
        documents = self._documents(charges)
        for node, name, amount in others:
            self.ends.add(node, name, amount, Outcome.INFORMATIONAL, "never_posted")
        self.ends.release()
        return Posting(
            documents,
            tuple(self.run.locator.located(*finding) for finding in self.findings),
            self.ends.all() if self.run.dispositions else (),
            tuple(self.moves) if self.run.moves else (),
        )

    def _end(self, charges: list[Money], outcome: Outcome, rule: str | RuleRef) -> tuple[Document, ...]:
        """Nothing is booked: every charge ends here."""
        for node, name, amount in charges:
            self.ends.add(node, name, amount, outcome, rule)
        return ()

    def _told(self, charges: list[Money], issue: Issue, name: str = "charged") -> tuple[Document, ...]:
        self.findings.append((issue, self.claim, name))
        return self._end(charges, Outcome.INFORMATIONAL, issue.code)

    def _documents(self, charges: list[Money]) -> tuple[Document, ...]:
        """Why nothing is booked, in the order in which it is asked; else the documents."""
        claim, submission = self.claim, self.submission
        if submission is not None and submission.use not in ("", "CH"):
            return self._told(charges, ISSUE("BILL_REPORTED", use=submission.use))
        if claim.predetermination == "PB":
            return self._told(charges, ISSUE("PREDETERMINATION"), "predetermination")
        billed, faults = self._settled()
        if billed is not None and billed.used.books.policy.charge_source == "none":
            # Charges are booked where hcfin sees none of them, so nothing is asked of the claim.
            rule = billed.used.books.rule_ref("charge_source", "policy", "charge_source")
            return self._end(charges, Outcome.INFORMATIONAL, rule)
        faults += self._faults()
        if billed is None or faults:
            return self._suspended(charges, faults)
        if self.sequence != _FIRST and not self.self_pay:
            issue = ISSUE("BILL_LATER_PAYER", sequence=self.sequence)
            return self._told(charges, issue, "sequence")
        if not claim.charged and self.effect == "bill":
            return self._end(charges, Outcome.INFORMATIONAL, "zero")
        return self._booked(charges, billed)

    def _suspended(self, charges: list[Money], faults: list[Finding]) -> tuple[Document, ...]:
        self.findings += faults
        return self._end(charges, Outcome.SUSPENDED, faults[0][0].code)

    # What must hold

    def _settled(self) -> tuple[Billed | None, list[Finding]]:
        """Payer, entity and date, or why one of them is missing."""
        claim, books, faults = self.claim, self.run.books, list[Finding]()
        payer = books.payer(claim.payer.identifiers(), claim.payer.name)
        if payer is None:
            faults.append((ISSUE("BILL_PAYER_UNKNOWN"), claim.payer, "name"))
        provider = claim.billing_provider
        entity = books.entity(provider.identifiers() if provider else ())
        if entity is None:
            faults.append(
                (ISSUE("BILL_PROVIDER_UNKNOWN"), provider or claim, "id" if provider else "charged")
            )
            return None, faults
        unbooked = foreign(books, entity, claim.currency, "BILL")
        if unbooked is not None:
            faults.append((unbooked, claim, "charged"))
        booking = self._booking(entity, payer, faults)
        if payer is None or booking is None:
            return None, faults
        return Billed(self.run.used(payer), entity, payer, booking), faults

    def _booking(self, entity: str, payer: str | None, faults: list[Finding]) -> BookingDate | None:
        """The day on which the sender made the submission, or the posting date; never a day of service."""
        day = self.run.context.posting_date or (self.submission.created if self.submission else None)
        books = self.run.used(payer).books if payer else self.run.books
        booking, issue = booked_on(books, entity, day, "BILL")
        if issue is not None:
            (self.findings if booking else faults).append((issue, self.claim, "charged"))
        return booking

    def _faults(self) -> Iterator[Finding]:
        claim = self.claim
        if claim.unreadable:
            yield ISSUE("BILL_UNREADABLE"), claim, "charged"
            return
        if not self.effect or not (self.sequence or self.self_pay):
            codes = {"frequency": claim.frequency, "sequence": claim.sequence}
            yield ISSUE("BILL_CODE_UNKNOWN", **codes), claim, "frequency"
        lines = sum((line.charged for line in claim.lines), zero(claim.currency))
        if lines != claim.charged:
            yield ISSUE("BILL_UNBALANCED", charged=claim.charged, lines=lines), claim, "charged"
        negative = next((line for line in claim.lines if line.charged < 0), None)
        if negative is not None:
            yield ISSUE("BILL_NEGATIVE"), negative, "charged"

    # What is booked

    def _booked(self, charges: list[Money], billed: Billed) -> tuple[Document, ...]:
        heading = self._heading(billed)
        earlier = self._earlier(heading)
        if earlier is not None:
            code = "DUPLICATE_BILL" if earlier == heading.digest else "BILL_CONFLICT"
            self.findings.append((ISSUE(code), self.claim, "charged"))
            outcome = Outcome.INFORMATIONAL if code == "DUPLICATE_BILL" else Outcome.SUSPENDED
            return self._end(charges, outcome, code)
        original: Bill | None = None
        if self.effect != "bill":
            original, fault = self._original(billed)
            if fault is not None:
                return self._suspended(charges, [(fault, self.claim, "frequency")])
        credit = self._credit(billed, original) if original else ()
        parts = self._bill(billed) if self.effect != "void" else ()
        if isinstance(credit, Unmapped):
            return self._unmapped(charges, credit)
        if isinstance(parts, Unmapped):
            return self._unmapped(charges, parts)
        documents = heading.credited(original, credit) if original else ()
        documents += heading.billed(parts, billed.used.books) if parts else ()
        self._ended(charges, [*credit, *parts], billed)
        self.made[heading.id] = heading.digest
        if original:
            self.made[_CREDITED + original.invoice] = heading.id
        return documents

    def _unmapped(self, charges: list[Money], missing: Unmapped) -> tuple[Document, ...]:
        issue = ISSUE(f"CLAIM_{missing.code}", **missing.values())
        return self._suspended(charges, [(issue, self.claim, "charged")])

    def _heading(self, billed: Billed) -> BillHeading:
        return BillHeading(
            self.claim,
            self.run.keys,
            billed.entity,
            billed.payer,
            billed.booking,
            self.account,
            "" if self.self_pay else self.sequence,
            void=self.effect == "void",
            open_item=billed.used.books.policy.ar_mode == "open_item",
        )

    def _earlier(self, heading: BillHeading) -> str | None:
        """The digest of what was booked before under the same key."""
        known = self.run.known
        return self.made.get(heading.id) or (known.billed(heading.id) if known else None)

    def _original(self, billed: Billed) -> tuple[Bill | None, Issue | None]:
        """The bill that the claim takes back, or why it cannot."""
        known, claim = self.run.known, self.claim
        bills = [
            one
            for one in (known.bills(self.account) if known else ())
            if one.entity == billed.entity and _CREDITED + one.invoice not in self.made
        ]
        if known is None or len(bills) != 1:
            return None, ISSUE("BILL_ORIGINAL_UNKNOWN", frequency=claim.frequency, found=len(bills))
        (original,) = bills
        open_ = _open(known, self.account, original) + zero(claim.currency)
        same = original.sequence == ("" if self.self_pay else self.sequence)
        new = claim.charged if same and self.effect != "void" else Decimal(0)
        if open_ + new < original.amount:
            amount = original.amount - new
            return None, ISSUE("CREDIT_EXCEEDS_CHARGE", frequency=claim.frequency, amount=amount, open=open_)
        return original, None

    def _bill(self, billed: Billed) -> tuple[Booked, ...] | Unmapped:
        """What bills the claim, and what is expected of it."""
        claim, used = self.claim, billed.used
        books, fields = used.books, dict(used.bill.pairs(claim))
        step = "billed_to_patient" if self.self_pay else "billed_to_payer"
        role, rule = books.posting(step)
        tags: Pairs = () if self.self_pay else (("sequence", self.sequence),)
        fed = books.policy.charge_source == "charge_feed"
        from_role, from_rule = books.posting("unbilled" if fed else "charged_by_claim")
        drafts: list[Draft] = []
        patient = self.account if books.policy.granularity != "remit" else None
        for number, line in enumerate(claim.lines, start=1):
            if not line.charged:
                continue
            detail = self._detail(books.policy.granularity, number)
            receivable = Destination(role, rule, _with(tags, detail), fields, patient=patient)
            own = fields
            code: Pairs = ()
            if not fed:
                read = line if line.procedure else line.model_copy(update={"procedure": NO_PROCEDURE})
                own = {**fields, **dict(used.bill_line.pairs(read))}
                code = (("revenue_code", shown(line.revenue_code)),) if line.revenue_code else ()
            source = Destination(from_role, from_rule, _with(code, detail), own)
            drafts += [(receivable, line.charged, line, "charged"), (source, -line.charged, line, "charged")]
        return self._parts(billed, drafts, self._expected(billed))

    def _detail(self, granularity: str, number: int) -> Pairs:
        own: dict[str, str] = {}
        if granularity != "remit":
            own["account"] = self.account
        if granularity == "line":
            own["line"] = str(number)
        return tuple(own.items())

    def _expected(self, billed: Billed) -> list[Draft]:
        """The allowance: the charge less what payer and patient are expected to pay."""
        books, claim = billed.used.books, self.claim
        if not books.policy.expected_net or self.self_pay:
            return []
        allowed = None
        if self.run.expected is not None:
            allowed = expected_allowed(self.run.expected, as_asked(claim, billed.payer, self.account))
        if allowed is None:
            self.findings.append((ISSUE("EXPECTED_MISSING"), claim, "charged"))
            return []
        amount = claim.charged - Decimal(format_amount(allowed, claim.currency))
        return self._estimate(billed, amount)

    def _estimate(self, billed: Billed, amount: Decimal) -> list[Draft]:
        if not amount:
            return []
        books, fields = billed.used.books, dict(billed.used.bill.pairs(self.claim))
        role, rule = books.posting("expected_deduction")
        allowance, _ = books.posting("expected_allowance")
        tags = _with(ESTIMATE, self._detail(books.policy.granularity, 0)[:1])
        return [
            (Destination(role, rule, tags, fields), amount, self.claim, "charged"),
            (Destination(allowance, rule, tags, fields), -amount, self.claim, "charged"),
        ]

    def _parts(
        self, billed: Billed, drafts: list[Draft], expected: list[Draft]
    ) -> tuple[Booked, ...] | Unmapped:
        """What books the bill itself, and what is expected: one entry, or two where the invoice books."""
        apart = billed.used.books.policy.ar_mode == "open_item"
        made = []
        for group in (drafts, expected) if apart else ([*drafts, *expected], []):
            entry = self._entry(billed)
            lines = entry.resolve(group)
            if isinstance(lines, Unmapped):
                return lines
            made.append(_taken(entry, group, lines))
        return tuple(made)

    def _entry(self, billed: Billed) -> Entry:
        return Entry(billed.used.line_keys, billed.entity, billed.payer, self.run.locator)

    def _credit(self, billed: Billed, original: Bill) -> tuple[Booked, ...] | Unmapped:
        """What takes the original back: its lines on the other side, and what is left of its allowance."""
        left = self.run.known.allowance(self.account) if self.run.known else Decimal(0)
        parts = self._parts(billed, [], self._estimate(billed, -left))
        if isinstance(parts, Unmapped):
            return parts
        own, expected = parts
        for booked in original.lines:
            line = own.entry.mirror(booked)
            amount = booked.amount if line.key.side == "debit" else -booked.amount
            draft: Draft = (Destination(booked.role, booked.rule), amount, self.claim, "charged")
            own.entry.add([draft], [line])
            own.drafts.append(draft)
            own.lines.append(line)
        return own, expected

    def _ended(self, charges: list[Money], parts: list[Booked], billed: Billed) -> None:
        """Each charge in its lines. The claim's own is where what is taken back or expected comes from; else
        it only proves the others."""
        drafts = [draft for part in parts for draft in part.drafts]
        booked = {id(node) for _, _, node, _ in drafts}
        self.ends.posted(drafts, [line for part in parts for line in part.lines])
        for part in parts:
            for (_, amount, node, name), line in zip(part.drafts, part.lines, strict=True):
                key = line.key
                place = Place(
                    key.entity,
                    billed.booking.period,
                    self.claim.currency,
                    key.role,
                    key.account,
                    key.dimensions,
                )
                self.moves.append(Move(self.run.locator.place(node, name), place, amount, key.rule[0]))
        for node, name, amount in charges:
            if id(node) not in booked:
                rule = "balance_only" if node is self.claim else "zero" if not amount else self.effect
                self.ended(node, name, amount, rule)

    def ended(self, node: Node, name: str, amount: Decimal, rule: str) -> None:
        """A charge that is told and not booked by itself."""
        self.ends.ended([Ended(node, name, amount, Outcome.INFORMATIONAL, rule)])


def _open(known: Known, account: str, bill: Bill) -> Decimal:
    """What is still open of the receivable that a bill went to."""
    if not bill.sequence:
        return known.patient_balance(account)
    return known.open_balance(account, bill.sequence) or Decimal(0)


def _taken(entry: Entry, drafts: list[Draft], lines: list[Line]) -> Booked:
    entry.add(drafts, lines)
    return Booked(entry, drafts, lines)


def _with(tags: Pairs, more: Pairs) -> Pairs:
    return tuple(sorted((*tags, *more)))
