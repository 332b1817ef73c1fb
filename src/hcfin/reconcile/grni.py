"""The end of a period: what is received and not invoiced is accrued, and reversed on the next day.

Strategy: where receipts book, the ledger holds what is owed already, and only what held invoices ask beyond
their orders is missing. Where invoices book (`supply.grni = "at_invoice"`), everything received and not
invoiced is missing, too. Both are one entry on the last day of the period, and its mirror on the first day
of the next: what the invoice books later is then booked once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from hcfin.books import Books
from hcfin.books.periods import BookingDate
from hcfin.codes import table
from hcfin.context import Context
from hcfin.errors import HcfinError, KeysError
from hcfin.finance.base import ORIGINS_KEPT, Pairs, RuleRef, Side, SourceRef, hashed_content
from hcfin.finance.journal import JournalEntry
from hcfin.finance.supplied import Supplied, supply_source
from hcfin.identity import Keys, content_hash, document_id
from hcfin.posting import Posting
from hcfin.posting.entry import Line, LineKey, mirrored
from hcfin.reconcile.known_supply import SupplyLedger, Waiting

ARRIVALS = ("supply_stock", "received_expense", "received_capital")
"""Steps of the books by which goods that arrive are booked, by how their item is kept."""

_WAITING = "received_not_invoiced"
_KIND = "grni_accrual"
_Lines = dict[LineKey, Line]


def accrue_receipts(ledger: SupplyLedger, books: Books, *, period: str, context: Context) -> Posting:
    """The accrual of a period and its reversal, for each entity and currency that has any.

    `ledger` is what is known at the end of the period, and of nothing later. A run that is repeated makes the
    same ids: the last one before the close counts. Raises `KeysError` without keys, and `HcfinError` where
    the ledger knows more, the period is unknown or closed, or an account or dimension is missing.
    """
    if context.keys is None:
        raise KeysError("posting needs keys for document ids and tokens: Context(keys=...)")
    accrual = _Accrual(books)
    accrual.take(ledger)
    documents: list[JournalEntry] = []
    for (entity, currency), lines in sorted(accrual.sums.items()):
        days = _days(books, entity, period, ledger)
        documents += _entries(lines, (entity, currency, period), days, context.keys)
    return Posting(tuple(documents))


class _Accrual:
    """What is accrued, by entity and currency, and line."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.sums: dict[tuple[str, str], _Lines] = defaultdict(dict)

    def take(self, ledger: SupplyLedger) -> None:
        """Take everything that is missing from the books."""
        policy = self.books.supply
        for one in ledger.received_not_invoiced() if policy.grni == "at_invoice" else ():
            entity, line = one.order.entity, one.line
            tags = (("item", line.item),)
            told = {
                "supply.item": line.item,
                "supply.supplier": one.order.supplier,
                "supply.location": line.deliver_to,
            }
            ref = SourceRef(standard="documents", at=line.n, unit=one.order.id, element="lines")
            keys = self._arrived(one, tags), self._line(entity, _WAITING, "credit", told, tags)
            self._add(entity, one.order.currency, keys, one.amount, ref)
        for held in ledger.price_holds() if policy.price_holds == "accrue" else ():
            told = {"supply.supplier": held.supplier}
            ref = SourceRef(standard="documents", at=0, unit=held.id, element="excess")
            first = self._line(held.entity, "price_variance", "debit", told)
            second = self._line(held.entity, _WAITING, "credit", told)
            self._add(held.entity, held.currency, (first, second), held.excess, ref)

    def _add(
        self, entity: str, currency: str, keys: tuple[LineKey, LineKey], amount: Decimal, ref: SourceRef
    ) -> None:
        for key in keys:
            line = self.sums[entity, currency].setdefault(key, Line(key))
            line.amount += amount
            line.count += 1
            line.first = [*line.first, ref][:ORIGINS_KEPT]
            line.digest.update(f"{ref.unit}.{ref.at};".encode())

    def _arrived(self, one: Waiting, tags: Pairs) -> LineKey:
        """Where the goods belong: the step whose account their receipt names."""
        for step in ARRIVALS:
            role, rule = self.books.posting(step)
            if self.books.account(role, one.order.entity) == one.account:
                return _key(role, one.account, "debit", one.dimensions, tags, rule, one.order.entity)
        raise HcfinError(
            f"account {one.account} of what was received is that of no step of the books any more"
        )

    def _line(self, entity: str, step: str, side: Side, told: Mapping[str, str], tags: Pairs = ()) -> LineKey:
        role, rule = self.books.posting(step)
        account = self.books.account(role, entity)
        if account is None:
            raise HcfinError(f"role {role} has no account: add it to [chart] in the books")
        dimensions, missing = self.books.dimensions_of(role, {"entity": entity, **told})
        if missing is not None:
            raise HcfinError(f"dimension {missing} has no value for the accrual on {role}: give it a default")
        return _key(role, account, side, dimensions, tags, rule, entity)


def _key(
    role: str, account: str, side: Side, dimensions: Pairs, tags: Pairs, rule: RuleRef, entity: str
) -> LineKey:
    return LineKey(
        order=table("roles")[role].line,
        role=role,
        account=account,
        side=side,
        party="",
        dimensions=dimensions,
        tags=tags,
        rule=(rule.id, rule.layer, rule.line),
        entity=entity,
    )


def _days(books: Books, entity: str, name: str, ledger: SupplyLedger) -> tuple[BookingDate, BookingDate]:
    """The last day of a period, and the day on which what is accrued is reversed."""
    periods = books.entities[entity].periods or books.periods
    period = periods.named(name)
    if period is None:
        raise HcfinError(f"there is no period {name!r} of {entity}")
    if periods.is_closed(period):
        raise HcfinError(f"period {name} of {entity} is closed: nothing can be accrued in it")
    if ledger.latest is not None and ledger.latest > period.last:
        raise HcfinError(f"what is known goes beyond {period.last}, the end of period {name}")
    after = next(iter(periods.after(period)), None)
    reversal = books.booking_date(after.first, entity) if after else None
    if reversal is None:
        raise HcfinError(
            f"no period after {name} is open, in which the accrual of {entity} could be reversed"
        )
    return BookingDate(period.last, period.name), reversal


def _entries(
    lines: _Lines, of: tuple[str, str, str], days: tuple[BookingDate, BookingDate], keys: Keys
) -> Iterator[JournalEntry]:
    """The accrual, and its mirror."""
    accrued = _entry(lines, (_KIND, *of), days[0], keys)
    yield accrued
    turned: _Lines = {}
    for key, line in lines.items():
        turned[mirrored(key)] = back = Line(mirrored(key))
        back.take(line)
    yield _entry(turned, (_KIND, *of, "reversal"), days[1], keys, reverses=accrued.id)


def _entry(
    lines: _Lines, of: tuple[str, ...], day: BookingDate, keys: Keys, reverses: str | None = None
) -> JournalEntry:
    own_id, digest = document_id(keys, "journal_entry", of), document_id(keys, "supply", of)
    currency = of[2]
    ordered = [line for _, line in sorted(lines.items())]
    for n, line in enumerate(ordered, start=1):
        line.n = n
    made = JournalEntry.build(
        {
            "id": own_id,
            "content_hash": "",
            "entity": of[1],
            "currency": currency,
            "gl_date": day.gl_date.isoformat(),
            "period": day.period,
            "original_period": day.original_period,
            "source": supply_source(Supplied(of[0], digest)),
            "reverses": reverses,
            "depends_on": (reverses,) if reverses else (),
            "gl_lines": tuple(line.to_dict(currency) for line in ordered),
        }
    )
    return made.model_copy(update={"content_hash": content_hash(hashed_content(made))})
