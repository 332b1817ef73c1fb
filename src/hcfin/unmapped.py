"""Values that sources hold and books do not know: what to add before posting in earnest.

Strategy: the sources are posted with every dimension at its bare field value, which tells what its table
would have been asked. The rest is in the issues, and in the headers whose payer or payee is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hcfin.billing.claim import Claim
from hcfin.billing.party import Provider
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.reading import Event, FactStream, Opened, Reading
from hcfin.billing.remittance import Remittance
from hcfin.books import Books
from hcfin.context import Context
from hcfin.finance.base import GlLine
from hcfin.issues import Issue, whole_catalogue
from hcfin.posting import post_events
from hcfin.posting.documents import payer_identifiers

_Key = tuple[str, str, str, bool, str]
"""Kind, value, currency, whether money is held, what to do: amounts of two currencies are never added."""

_KINDS = {
    "CHARGE_CURRENCY_MISMATCH": ("currency", ("currency",)),
    "CHARGE_FACILITY_UNKNOWN": ("facility", ("facility",)),
    "CODE_UNCLASSIFIED": ("adjustment", ("group", "reason")),
    "CURRENCY_MISMATCH": ("currency", ("currency",)),
    "PAYMENT_SUSPENDED": ("payment method", ("method",)),
    "PLB_UNKNOWN": ("provider adjustment", ("code",)),
    "WRITE_OFF_CODE_UNMAPPED": ("write-off code", ("code",)),
}


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A value that the books do not know. `held`: money that has it is held back or left open."""

    kind: str
    value: str
    times: int
    amount: Decimal | None
    currency: str
    held: bool
    what_to_do: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "kind": self.kind,
            "value": self.value,
            "times": self.times,
            "amount": None if self.amount is None else f"{self.amount:f}",
            "currency": self.currency,
            "held": self.held,
            "what_to_do": self.what_to_do,
        }

    def __str__(self) -> str:
        amount = "" if self.amount is None else f", {self.amount:f} {self.currency}"
        held = "" if self.held else " (booked)"
        times = "once" if self.times == 1 else f"{self.times} times"
        return f"{self.kind} {self.value}: {times}{amount}{held}\n  {self.what_to_do}"


def unmapped(
    books: Books, sources: Iterable[FactStream | Reading], *, context: Context
) -> tuple[Unmapped, ...]:
    """The values that the books do not know, sorted. They are codes and identifiers of businesses, never
    patient data. Memory is that of one remittance. Raises `KeysError` where the context has no keys."""
    work = _Collecting(books)
    for given in sources:
        source = given.stream() if isinstance(given, Reading) else given
        for posting in post_events(work.headers(source.events), work.probe, source.locator, context=context):
            for issue in posting.issues:
                work.issue(issue)
            for document in posting.documents:
                for line in document.gl_lines:
                    work.line(line)
    return tuple(sorted(work.found(), key=lambda one: (one.kind, one.value, one.currency)))


class _Bare(dict[str, str]):
    """The values of a dimension that the books list, each standing for itself, as any other does."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value itself."""
        return key or default


class _Collecting:
    def __init__(self, books: Books) -> None:
        self.books = books
        bare: dict[str, Any] = {"table": None, "default": None, "required": False}
        dimensions = {
            name: one.model_copy(update={**bare, "values": _Bare(one.values)})
            for name, one in books.dimensions.items()
        }
        self.probe = books.model_copy(update={"dimensions": dimensions})
        self._currency = ""
        self._times: dict[_Key, int] = {}
        self._amounts: dict[_Key, Decimal] = {}

    def headers(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events, with a look at each header."""
        for event in events:
            if isinstance(event, Opened):
                self._currency = event.header.currency
                self._parties(event.header)
            elif isinstance(event, Claim):
                self._currency = event.currency
                self._billed(event)
            elif isinstance(event, AccountTransaction):
                self._currency = event.currency
                self._transacted(event)
            yield event

    def _transacted(self, fact: AccountTransaction) -> None:
        if self.books.transactions.source != "feed":
            return
        kinds = whole_catalogue()
        if self.books.entity([fact.facility]) is None:
            value, remedy = fact.facility or "(none)", kinds["TRANSACTION_ENTITY_UNKNOWN"].remedy
            self._add("facility", value, fact.amount, True, remedy)
        for name in ("payer_id", "from_payer", "to_payer"):
            payer = getattr(fact, name, "")
            if payer and self.books.payer([payer], payer) is None:
                self._add("payer", payer, fact.amount, True, kinds["TRANSACTION_PAYER_UNKNOWN"].remedy)

    def _billed(self, claim: Claim) -> None:
        payer, kinds = claim.payer, whole_catalogue()
        provider = claim.billing_provider or Provider(role="85")
        if self.books.payer(payer.identifiers(), payer.name) is None:
            value = _business(payer.identifiers(), payer.name)
            self._add("payer", value, claim.charged, True, kinds["BILL_PAYER_UNKNOWN"].remedy)
        if self.books.entity(provider.identifiers()) is None:
            # Who bills may be a person: by number alone.
            value = _business(provider.identifiers(), "")
            self._add("billing provider", value, claim.charged, True, kinds["BILL_PROVIDER_UNKNOWN"].remedy)

    def _parties(self, header: Remittance) -> None:
        payer, payee, kinds = payer_identifiers(header), header.payee, whole_catalogue()
        if self.books.payer(payer, header.payer.name) is None:
            value = _business(payer, header.payer.name)
            self._add("payer", value, header.payment, True, kinds["PAYER_UNKNOWN"].remedy)
        if self.books.entity(payee.identifiers()) is None:
            value = _business(payee.identifiers(), payee.name)
            self._add("payee", value, header.payment, True, kinds["PAYEE_UNKNOWN"].remedy)

    def issue(self, issue: Issue) -> None:
        """Take an issue of posting."""
        if issue.code in _KINDS:
            kind, names = _KINDS[issue.code]
            values = dict(issue.values)
            value = "-".join(values[name] for name in names) or "(none)"
            amount = Decimal(values["amount"]) if "amount" in values else None
            self._add(kind, value, amount, True, whole_catalogue()[issue.code].remedy)

    def line(self, line: GlLine) -> None:
        """Take a line that was posted with bare field values."""
        met = dict(line.dimensions)
        for name, dimension in self.books.dimensions.items():
            if not dimension.applies_to(line.role):
                continue
            value = met.get(name, "")
            known = value in dimension.values if dimension.values else bool(value)
            if known or (not dimension.required and not dimension.values):
                continue
            held = dimension.required and dimension.default is None
            told = f"{value or '(none)'} ({dimension.source})"
            where = f"[dimensions.{name}]"
            todo = f"Add it to values of {where}, or give it a default."
            if not held and dimension.default is not None:
                todo = f"Booked as {dimension.default!r}; add it to values of {where} if that is not meant."
            elif not held:
                todo = f"Booked without this dimension; add it to values of {where} if that is not meant."
            self._add(f"dimension {name}", told, line.amount, held, todo, line.origins.count)

    def _add(
        self, kind: str, value: str, amount: Decimal | None, held: bool, todo: str, times: int = 1
    ) -> None:
        key = (kind, value, self._currency, held, todo)
        self._times[key] = self._times.get(key, 0) + times
        if amount is not None:
            self._amounts[key] = self._amounts.get(key, Decimal(0)) + amount

    def found(self) -> Iterator[Unmapped]:
        """What was found so far."""
        for key, times in self._times.items():
            kind, value, currency, held, todo = key
            yield Unmapped(kind, value, times, self._amounts.get(key), currency, held, todo)


def _business(identifiers: Iterable[str], name: str) -> str:
    return " ".join(dict.fromkeys(identifiers)) + (f" ({name})" if name else "") or "(none)"
