"""One charge or credit to the journal entry that books it: unbilled receivables and gross revenue.

Strategy: a charge books two lines. A credit takes back the lines of its charge as they were booked, and asks
no rule again; it is looked for in the run and in what is known. Where the books say that claims book charges,
or nobody, a feed of charges is information and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from hcfin.billing.charge import Charge
from hcfin.billing.registration import day_of
from hcfin.books import Books
from hcfin.books.periods import BookingDate
from hcfin.codes import table
from hcfin.finance.base import Document, RuleRef
from hcfin.finance.journal import Subject
from hcfin.finance.known import Place as Bucket
from hcfin.finance.prices import Service
from hcfin.identity import document_id
from hcfin.issues import Issue
from hcfin.money import extend, format_amount, zero
from hcfin.posting.charge_places import ChargeCase, Payer
from hcfin.posting.charges import UNBILLED, Charges, Made, code_of
from hcfin.posting.draft import ISSUE, Destination, Draft, Finding
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, Line, LineKey, Unmapped, mirrored
from hcfin.posting.journal import journal_entry
from hcfin.posting.result import Move, Outcome, Place, Posting
from hcfin.posting.run import Run, Used
from hcfin.posting.settling import booked_on, foreign
from hcfin.posting.told import amounts
from hcfin.privacy import shown

_AMOUNT = "amount"
_ASKED = (_AMOUNT, "facility", "account", "posted")
"""Of what issues tell the place, beside amounts."""
_LISTED = "charge_master"


class Booked(NamedTuple):
    """What must be settled before a charge can be booked."""

    entity: str
    booking: BookingDate


class ChargePosting:
    """Posts one charge. `charges` holds what came before it."""

    def __init__(self, charge: Charge, run: Run, charges: Charges) -> None:
        self.told = charge
        self.run = run
        self.charges = charges
        self.locator = run.locator
        self.id = document_id(run.keys, "journal_entry", charges.key(charge))
        self.charge = charge

    def start(self) -> None:
        """Begin anew: a credit that found no charge is posted once more when all have been seen, and its
        account may have been merged."""
        self.account = self.charges.account(self.told.account)
        self.payer = self._payer()
        self.used: Used = self.run.used(self.payer.name)
        self.books: Books = self.used.books
        self.findings: list[Finding] = []
        self.ends = Ends(self.locator)
        self.moves: list[Move] = []
        self.waits = False

    def post(self, *, last: bool = False) -> Posting | None:
        """Its document, issues, the end of each of its amounts, and moves where they are asked for; None for
        a credit whose charge may still come, unless this is the `last` time."""
        self.start()
        self.charge = self._priced()
        documents = self._documents(last)
        if self.waits:
            fields = [
                *((node, name) for node, name, _ in amounts(self.told)),
                *((self.told, one) for one in _ASKED),
            ]
            self.locator = self.locator.kept(fields)
            return None
        if self.run.dispositions:
            self._ended()
        return Posting(
            documents,
            tuple(self.locator.located(*finding) for finding in self.findings),
            self.ends.all(),
            tuple(self.moves),
        )

    def _ended(self) -> None:
        """What is told beside the amount is information."""
        for node, name, amount in amounts(self.told):
            if node is not self.told or name != _AMOUNT:
                self.ends.add(node, name, amount, Outcome.INFORMATIONAL, "never_posted")
        self.ends.release()

    def _find(self, issue: Issue, name: str = _AMOUNT) -> None:
        self.findings.append((issue, self.charge, name))

    def _end(self, outcome: Outcome, rule: str | RuleRef) -> tuple[Document, ...]:
        """Nothing is booked: the amount ends here, where there is one."""
        if self.run.dispositions and self.charge.amount is not None:
            self.ends.add(self.charge, _AMOUNT, self.charge.amount, outcome, rule)
        return ()

    def _held(self, issue: Issue, name: str = _AMOUNT) -> tuple[Document, ...]:
        self._find(issue, name)
        return self._end(Outcome.SUSPENDED, issue.code)

    # What must hold

    def _documents(self, last: bool) -> tuple[Document, ...]:
        """Why nothing is booked, in the order in which it is asked; else the document."""
        if self.books.policy.charge_source != "charge_feed":
            rule = self.books.rule_ref("charge_source", "policy", "charge_source")
            return self._end(Outcome.INFORMATIONAL, rule)
        charge = self.charge
        booked, faults = self._settled()
        faults += self._faults()
        if charge.amount is None and not faults:
            return self._unpriced()
        if booked is None or charge.amount is None or faults:
            self.findings += faults
            return self._end(Outcome.SUSPENDED, faults[0][0].code)
        if not charge.amount:
            return self._end(Outcome.INFORMATIONAL, "zero")
        earlier = self._earlier(charge.amount)
        if earlier is not None:
            return earlier
        if charge.change == "credit":
            return self._credit(booked, charge.amount, last)
        return self._booked(booked, self._destinations(charge.amount))

    def _settled(self) -> tuple[Booked | None, list[Finding]]:
        """Entity and date, or why one of them is missing."""
        charge, books = self.charge, self.books
        place = charge.place.facility if charge.place else ""
        entity = (place and books.owner(place)) or books.entity([charge.facility])
        if entity is None:
            return None, [(ISSUE("CHARGE_FACILITY_UNKNOWN", facility=charge.facility), charge, "facility")]
        faults: list[Finding] = []
        unbooked = foreign(books, entity, charge.currency, "CHARGE")
        if unbooked is not None:
            faults.append((unbooked, charge, _AMOUNT))
        day = self.run.context.posting_date or day_of(charge.posted)
        booking, issue = booked_on(books, entity, day, "CHARGE")
        if issue is not None:
            (self.findings if booking else faults).append((issue, charge, "posted"))
        return Booked(entity, booking) if booking else None, faults

    def _faults(self) -> Iterator[Finding]:
        charge, amount = self.charge, self.charge.amount
        if not charge.account.strip():
            yield ISSUE("CHARGE_ACCOUNT_MISSING"), charge, "account"
        exact = amount is None or Decimal(format_amount(amount, charge.currency)) == amount
        if charge.unreadable or not exact:
            yield ISSUE("CHARGE_UNREADABLE"), charge, _AMOUNT
        elif amount is not None and (amount < 0) != (charge.change == "credit") and amount:
            yield ISSUE("CHARGE_SIGN", type=charge.type_code, amount=amount), charge, _AMOUNT

    def _unpriced(self) -> tuple[Document, ...]:
        self._find(ISSUE("CHARGE_UNPRICED", code=code_of(self.charge)))
        return ()

    def _priced(self) -> Charge:
        """The charge with its price of the list, where it comes without an amount and the list has one."""
        charge, prices = self.told, self.run.prices
        code = code_of(charge)
        if charge.amount is not None or charge.unreadable or prices is None or not code:
            return charge
        service = Service(charge.facility, code, charge.patient_class, day_of(charge.performed))
        price = prices.unit_price(service)
        if price is None or not price.is_finite() or price < 0:
            return charge
        quantity = Decimal(1) if charge.quantity is None else charge.quantity
        if charge.change == "credit":
            quantity = -abs(quantity)
        amount, added = extend(price, quantity, charge.currency)
        if added:
            self._find(ISSUE("CHARGE_ROUNDED", amount=amount, difference=added))
        return charge.model_copy(update={_AMOUNT: amount or zero(charge.currency), "price_source": _LISTED})

    def _payer(self) -> Payer:
        """The plan of the charge, else its financial class, else the account's first coverage, else whom the
        books take for everybody else."""
        charge, books = self.told, self.run.books
        plan = books.payer([charge.plan.code], charge.plan.text) if charge.plan else None
        if plan and not books.payers[plan].catch_all:
            return Payer(plan, books.payers[plan].payer_class)
        covered = self.charges.first_payer(self.account, books)
        listed = books.financial_classes.get(charge.financial_class)
        if listed is not None:
            same = covered if covered and books.payers[covered].payer_class == listed else ""
            return Payer(same, listed)
        name = covered or plan or books.payer([], "") or ""
        return Payer(name, books.payers[name].payer_class if name else "")

    # What is booked

    def _earlier(self, amount: Decimal) -> tuple[Document, ...] | None:
        """What becomes of a charge that came before: dropped, or held where it is another; None for a new
        one."""
        earlier = self.charges.earlier(self.id, self.account, self._number, amount)
        if earlier is None:
            return None
        if earlier != self._digest:
            return self._held(ISSUE("CHARGE_CONFLICT"))
        self._find(ISSUE("DUPLICATE_CHARGE"))
        return self._end(Outcome.INFORMATIONAL, "DUPLICATE_CHARGE")

    @cached_property
    def _number(self) -> str:
        return self.charges.id_token(self.told, self.told.transaction_id)

    @cached_property
    def _digest(self) -> str:
        return self.charges.digest(self.charge, self.charge.amount or Decimal(0))

    def _destinations(self, amount: Decimal) -> list[tuple[Destination, Decimal]]:
        """Where a charge goes by the rules of today: gross revenue first, whose rule it ends by."""
        charge, used = self.charge, self.used
        tags: dict[str, str] = {}
        if self.books.policy.granularity != "remit":
            tags["account"] = self.account
        own = dict(tags)
        if charge.revenue_code:
            own["revenue_code"] = shown(charge.revenue_code)
        if charge.price_source == _LISTED:
            own["price"] = _LISTED
        case = ChargeCase(self.payer, used.charge(charge), tuple(sorted(own.items())), tuple(tags.items()))
        revenue, unbilled = used.charge_places[case]
        return [(revenue, -amount), (unbilled, amount)]

    def _booked(self, booked: Booked, places: list[tuple[Destination, Decimal]]) -> tuple[Document, ...]:
        charge = self.charge
        drafts: list[Draft] = [(place, amount, charge, _AMOUNT) for place, amount in places]
        entry = self._entry(booked)
        lines = entry.resolve(drafts)
        if isinstance(lines, Unmapped):
            return self._held(ISSUE(f"CHARGE_{lines.code}", **lines.values()))
        known = self.run.known
        if charge.change == "charge" and known is not None and known.bills(self.account):
            self._find(ISSUE("LATE_CHARGE", amount=charge.amount or Decimal(0)))
        return self._made(booked, entry, drafts, lines, None)

    def _entry(self, booked: Booked) -> Entry:
        return Entry(self.used.line_keys, booked.entity, self.payer.name, self.locator)

    def _made(
        self, booked: Booked, entry: Entry, drafts: list[Draft], lines: list[Line], original: Made | None
    ) -> tuple[Document, ...]:
        """The journal entry; remembered, with the end of the amount and its moves."""
        charge, period = self.charge, booked.booking.period
        amount = charge.amount or Decimal(0)
        entry.add(drafts, lines)
        subject = Subject(
            account_token=self.account,
            id_token=self._number,
            service_token=self.charges.service_token(self.told),
            digest=self._digest,
        )
        document = journal_entry(
            entry.lines()[booked.entity],
            self.id,
            booked.booking,
            charge.currency,
            source=f"{charge.change}/{self.account}",
            subject=subject,
            reverses=original.journal if original else None,
        )
        if self.run.dispositions:
            self.ends.posted(drafts, lines)
        for (_, part, node, name), line in zip(drafts, lines, strict=True) if self.run.moves else ():
            key = line.key
            place = Place(key.entity, period, charge.currency, key.role, key.account, key.dimensions)
            self.moves.append(Move(self.locator.place(node, name), place, part, key.rule[0]))
        made = Made(
            document.id,
            subject.id_token,
            subject.service_token,
            subject.digest,
            charge.currency,
            amount,
            max(amount, Decimal(0)),
            tuple(line.key for line in lines),
        )
        parts = ((line.key, part) for (_, part, _, _), line in zip(drafts, lines, strict=True))
        self.charges.book(document.id, self.account, made, parts)
        return (document,)

    # Credits

    def _credit(self, booked: Booked, amount: Decimal, last: bool) -> tuple[Document, ...]:
        original = self.charges.original(self.charge, self.account, booked.entity)
        if original is None:
            if not last:
                self.waits = True
                return ()
            return self._unlinked(booked, amount)
        if original.left < -amount:
            return self._held(ISSUE("CREDIT_EXCEEDS_CHARGE", amount=-amount, open=original.left))
        original.left += amount
        entry = self._entry(booked)
        drafts: list[Draft] = []
        lines = []
        # Revenue first, as in the charge: the credit ends by its rule.
        for key in sorted(original.keys, key=lambda one: one.side == "debit"):
            taken = self._bucket(booked, key, amount)
            line = entry.line(taken)
            rule = RuleRef(id=taken.rule[0], layer=taken.rule[1], line=taken.rule[2])
            drafts.append(
                (
                    Destination(taken.role, rule),
                    -amount if taken.side == "debit" else amount,
                    self.charge,
                    _AMOUNT,
                )
            )
            lines.append(line)
        return self._made(booked, entry, drafts, lines, original)

    def _bucket(self, booked: Booked, key: LineKey, amount: Decimal) -> LineKey:
        """The line that takes back one of the charge: as it was booked, or what is owed since by another."""
        back = mirrored(key)
        left = self.charges.unbilled(self.account)
        if key.role != UNBILLED or left is None or left + amount >= 0:
            return back
        if self.books.policy.late_credit == "current_bucket":
            place = self.charges.bucket(self.account, booked.entity, self.charge.currency, -amount)
            if place is not None:
                rule = self.books.rule_ref("late_credit", "policy", "late_credit")
                return _moved(back, place, rule)
        self._find(ISSUE("LATE_CREDIT", amount=-amount, open=left))
        return back

    def _unlinked(self, booked: Booked, amount: Decimal) -> tuple[Document, ...]:
        """A credit whose charge nobody has seen: by today's rules, or held."""
        known = self.run.known
        if self.books.policy.unlinked_credit == "hold" or (known and known.charges(self.account)):
            return self._held(ISSUE("CREDIT_ORIGINAL_UNKNOWN", amount=-amount))
        self._find(ISSUE("CREDIT_UNLINKED", amount=-amount))
        return self._booked(booked, self._destinations(amount))


def _moved(back: LineKey, place: Bucket, rule: RuleRef) -> LineKey:
    """A line that takes back, at another place."""
    return back._replace(
        order=table("roles")[place.role].line,
        role=place.role,
        account=place.account,
        party=place.party,
        dimensions=place.dimensions,
        tags=place.tags,
        rule=(rule.id, rule.layer, rule.line),
    )
