"""Facts to finance documents by the books. Pure, and stateless unless the caller tells what is known: each
remittance, claim and charge stands for itself, but for credits of charges in the same run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge, ChargePrice
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.claim_status import ClaimStatus
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.reading import Event, Locator, Opened, Reading, locator
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.billing.supply import ItemEntry
from hcfin.books import Books
from hcfin.codes import table
from hcfin.context import Context
from hcfin.errors import KeysError
from hcfin.finance.base import Document
from hcfin.finance.expected import Expected
from hcfin.finance.known import Known
from hcfin.finance.known_supply import KnownSupply, Noted
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices
from hcfin.issues import Issue
from hcfin.posting.account import AccountPosting
from hcfin.posting.charge import ChargePosting
from hcfin.posting.charges import Charges
from hcfin.posting.claim import ClaimPosting
from hcfin.posting.documents import payer_identifiers
from hcfin.posting.draft import ISSUE
from hcfin.posting.ends import Ends
from hcfin.posting.remittance import RemittancePosting
from hcfin.posting.result import Outcome, Posting, SourceAmount, together
from hcfin.posting.run import Run
from hcfin.posting.supplies import POSTED, Supplies
from hcfin.posting.told import Money, amounts
from hcfin.posting.transaction import TransactionPosting
from hcfin.posting.transaction_balances import Balances

_TOLD = (ChargePrice, ItemEntry)
"""Facts that move no money: what they tell of is booked when it happens."""
_ALONE: tuple[type[Fact], ...] = (
    ClaimStatus,
    Charge,
    Account,
    AccountMerge,
    AccountTransaction,
    *_TOLD,
    *POSTED,
)
"""Facts that belong to no remittance and no submission."""

__all__ = ["Outcome", "Posting", "SourceAmount", "post", "post_alternatives", "post_events"]


def post(
    facts: Reading | Iterable[Fact],
    books: Books,
    *,
    context: Context,
    known: Known | None = None,
    expected: Expected | None = None,
    prices: Prices | None = None,
    master: MasterData | None = None,
    known_supply: KnownSupply | None = None,
) -> Posting:
    """Post facts: journal entries, invoices and receipts, the issues met, and the end of every source amount.

    Give the `Reading` itself and origins point into the source; plain facts name their own fields. `known` is
    what came before all of them, see `hcfin.finance.known`; the result then depends on it. `expected` tells
    what contracts allow, where the books expect net amounts; `prices` prices charges that come without an
    amount; `master` knows items and suppliers, where supplies are booked, and `known_supply` earlier orders,
    receipts and invoices, see `hcfin.finance.known_supply`. Raises `KeysError` where there are no keys.
    """
    given = tuple(facts)
    # Facts of several files may tell the same remittance again: claims are those of the one before them.
    parts: dict[tuple[str, int], list[ClaimPayment | ProviderSummary]] = {}
    told: Counter[str] = Counter()
    bills: dict[str, list[Claim]] = {}
    for fact in given:
        if isinstance(fact, Claim):
            bills.setdefault(fact.submission, []).append(fact)
        elif isinstance(fact, ClaimPayment | ProviderSummary):
            parts.setdefault((fact.remittance, max(told[fact.remittance], 1)), []).append(fact)
        elif isinstance(fact, Remittance):
            told[fact.ref] += 1

    def events() -> Iterator[Event]:
        told.clear()
        for fact in given:
            if isinstance(fact, Remittance):
                told[fact.ref] += 1
                yield Opened(fact)
                yield from parts.pop((fact.ref, told[fact.ref]), ())
                yield fact
            elif isinstance(fact, ClaimSubmission):
                yield fact
                yield from bills.pop(fact.ref, ())
            elif isinstance(fact, _ALONE):
                yield fact
        for unsent in bills.values():
            yield from unsent
        for orphans in parts.values():
            yield from orphans

    documents: list[Document] = []
    issues: list[Issue] = []
    dispositions: list[SourceAmount] = []
    noted: list[Noted] = []
    for part in post_events(
        events(),
        books,
        locator(facts),
        context=context,
        dispositions=True,
        known=known,
        expected=expected,
        prices=prices,
        master=master,
        known_supply=known_supply,
    ):
        documents += part.documents
        issues += part.issues
        dispositions += part.dispositions
        noted += part.noted
    return Posting(tuple(documents), tuple(issues), tuple(dispositions), noted=tuple(noted))


def post_events(
    events: Iterable[Event],
    books: Books,
    locate: Locator,
    *,
    context: Context,
    dispositions: bool = False,
    known: Known | None = None,
    expected: Expected | None = None,
    prices: Prices | None = None,
    master: MasterData | None = None,
    known_supply: KnownSupply | None = None,
) -> Iterator[Posting]:
    """Post a stream: one `Posting` for each remittance, as soon as it has ended, for each claim that is
    billed and each charge, in one pass. A credit whose charge was not seen waits until the end.

    Issues among the events are handed on with the fact that they belong to; those after the last one come
    alone. Memory does not grow with the claims of a remittance, unless `dispositions` are asked for; of each
    bill an id and a digest are kept.
    """
    if context.keys is None:
        raise KeysError("posting needs keys for document ids and tokens: Context(keys=...)")
    keys = context.keys
    poster = _Poster(
        Run(
            books,
            context,
            keys,
            locate,
            dispositions=dispositions,
            known=known,
            expected=expected,
            prices=prices,
            master=master,
            known_supply=known_supply,
        )
    )
    for event in events:
        done = poster.take(event)
        if done is not None:
            yield done
    left = poster.left()
    if left.documents or left.issues or left.dispositions:
        yield left


def post_alternatives(
    events: Iterable[Event], books: Sequence[Books], locate: Locator, *, context: Context
) -> Iterator[tuple[Posting, ...]]:
    """Post a stream by several books in one pass: for each remittance and bill a `Posting` by each of them,
    with the `moves` of its source amounts. Issues among the events come with every one of them. Raises
    `KeysError`."""
    if context.keys is None:
        raise KeysError("posting needs keys for document ids and tokens: Context(keys=...)")
    keys = context.keys
    posters = [_Poster(Run(one, context, keys, locate, moves=True)) for one in books]
    for event in events:
        done = [posting for poster in posters if (posting := poster.take(event)) is not None]
        if done:
            yield tuple(done)
    left = tuple(poster.left() for poster in posters)
    if any(posting.documents or posting.issues for posting in left):
        yield left


class _Poster:
    """Takes events and keeps what lasts beyond one remittance: the run, and the ids that were made."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.issues: list[Issue] = []
        self.made: dict[str, str] = {}
        self.open: RemittancePosting | None = None
        self.statement = ""
        """The remittance that is open, by its `ref`, where another source books what it tells."""
        self.billed: dict[str, str] = {}
        self.submission: ClaimSubmission | None = None
        self.balances = Balances(run.known)
        self.orphans = Ends(run.locator) if run.dispositions else None
        self.charges = Charges(run.known, run.keys)
        self.unfound: list[ChargePosting] = []
        self.supplies = Supplies(run)

    def take(self, event: Event) -> Posting | None:
        """Take one event; a `Posting` where it ends a remittance."""
        if isinstance(event, ClaimPayment):
            if event.remittance == self.statement:
                self._informational(amounts(event))
            elif self.open is not None and self.open.header.ref == event.remittance:
                self._claim(self.open, event)
            else:
                self._orphan(event)
        elif isinstance(event, Issue):
            self.issues.append(event)
        elif isinstance(event, Opened):
            self.open, self.statement = None, ""
            if self._only_told(event.header):
                self.statement = event.header.ref
            else:
                self.open = RemittancePosting(event.header, self.run)
        elif isinstance(event, Remittance):
            if event.ref == self.statement or (self.open is None and self._only_told(event)):
                # Control totals are sums of what has ended with the claims.
                self._informational(one for one in amounts(event) if one[0] is not event.totals)
                return None
            return self._close(event)
        elif isinstance(event, ProviderSummary):
            self._told(event)
        elif isinstance(event, ClaimStatus) and self.orphans:
            # A status moves no money: what it tells of is booked when it is billed and paid.
            self._informational(event.told_amounts())
        elif isinstance(event, ClaimSubmission):
            self.submission = event
        elif isinstance(event, Claim):
            return self._bill(event)
        elif isinstance(event, Charge):
            return self._charge(event)
        elif isinstance(event, Account | AccountMerge):
            return self._with_read(AccountPosting(event, self.run, self.charges).post())
        elif isinstance(event, AccountTransaction):
            return self._with_read(TransactionPosting(event, self.run, self.balances).post())
        elif isinstance(event, Fact) and type(event) in POSTED:
            return self._with_read(self.supplies.post(event))
        elif isinstance(event, _TOLD):
            self._informational(amounts(event))
        return None

    def _only_told(self, header: Remittance) -> bool:
        """Whether another source books what a remittance tells: advices or statements of benefits do."""
        payer = self.run.books.payer(payer_identifiers(header), header.payer.name)
        source = self.run.used(payer or "").books.policy.adjudication_source
        return (header.told_by == "benefit_statement") is not (source == "eob")

    def _claim(self, work: RemittancePosting, claim: ClaimPayment) -> None:
        estimated = table("claim_status").get(claim.status)
        if work.header.told_by == "benefit_statement" and estimated and estimated["effect"] == "information":
            # An estimate pays nothing, whatever figures it tells.
            self.open, self.statement = None, work.header.ref
            self._informational(amounts(claim))
        else:
            work.claim(claim)

    def _charge(self, charge: Charge) -> Posting | None:
        work = ChargePosting(charge, self.run, self.charges)
        posting = work.post()
        if posting is None:
            self.unfound.append(work)
            return None
        return self._with_read(posting)

    def _informational(self, told: Iterable[Money]) -> None:
        if self.orphans:
            for node, name, amount in told:
                self.orphans.add(node, name, amount, Outcome.INFORMATIONAL, "never_posted")

    def _with_read(self, posting: Posting) -> Posting:
        """A posting with the issues that came before its fact."""
        read, self.issues = self.issues, []
        return replace(posting, issues=(*posting.issues, *read))

    def _bill(self, claim: Claim) -> Posting:
        own = self.submission is not None and self.submission.ref == claim.submission
        return self._with_read(
            ClaimPosting(claim, self.submission if own else None, self.run, self.billed).post()
        )

    def _told(self, summary: ProviderSummary) -> None:
        """What a payer sums up is booked with the claims; here it only ends."""
        work = self.open
        if work is not None and work.header.ref == summary.remittance and summary.totals:
            work.group(summary.group_number, summary.totals.provider)
        ends = work.ends if work is not None and work.header.ref == summary.remittance else self.orphans
        if ends:
            for node, name, amount in summary.amounts():
                ends.add(node, name, amount, Outcome.INFORMATIONAL, "never_posted")

    def _orphan(self, claim: ClaimPayment) -> None:
        self.issues.append(self.run.locator.located(ISSUE("CLAIM_ORPHAN"), claim, "account"))
        if self.orphans:
            self.orphans.claim_rejected(claim)
            self.orphans.drop("CLAIM_ORPHAN", None, Outcome.REJECTED)

    def left(self) -> Posting:
        """What is left when the events are over: credits that waited, issues of the file, and claims without
        a remittance."""
        waited = [posting for work in self.unfound if (posting := work.post(last=True)) is not None]
        own = Posting((), tuple(self.issues), self.orphans.all() if self.orphans else ())
        return together((*waited, self.supplies.left(), own))

    def _close(self, remittance: Remittance) -> Posting:
        work, self.open = self.open or RemittancePosting(remittance, self.run), None
        documents = work.close(remittance)
        read, self.issues = self.issues, []
        issues = [*work.issues, *read]
        earlier = next((document for document in documents if document.id in self.made), None)
        before = work.recall.came_before(documents) if work.recall else None
        if earlier is not None or before is not None:
            same = before if earlier is None else self.made[earlier.id] == earlier.content_hash
            if before:
                # What it would have been on top of itself is of no interest.
                issues = read
            code = "DUPLICATE_REMITTANCE" if same else "CONFLICT"
            issues.append(self.run.locator.located(ISSUE(code), remittance, "payment"))
            outcome = Outcome.INFORMATIONAL if same else Outcome.REJECTED
            ends = [
                replace(end, outcome=outcome, rule=code, lines=(), booked=()) for end in work.dispositions()
            ]
            return Posting((), tuple(issues), tuple(ends))
        self.made.update({document.id: document.content_hash for document in documents})
        return Posting(documents, tuple(issues), work.dispositions(), work.moves())
