"""Suppliers, contracts and budgets, from tables."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from hcfin.finance.master import Budget, ContractPrice, Supplier
from hcfin.reconcile.master_sheet import Row, Shape, Sheet

SUPPLIERS = Shape(("supplier",), ("identifiers", "names", "currency", "terms_days", "active"))
CONTRACTS = Shape(("supplier", "item", "price", "unit"), ("contract", "from", "to"))
BUDGETS = Shape(("entity", "period", "limit"), ("account", "department", "used", "name"))

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


class Span(NamedTuple):
    """Days from one to another, both included; None where that is open."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return (self.first or day) <= day <= (self.last or day)

    def overlaps(self, other: Span) -> bool:
        """Whether a day is in both."""
        return (self.first or date.min) <= (other.last or date.max) and (other.first or date.min) <= (
            self.last or date.max
        )


def span_of(text: str) -> Span | None:
    """The days of a period: a year, quarter or month of the calendar, or two days; None for another text.

    >>> span_of("2026-Q1")
    Span(first=datetime.date(2026, 1, 1), last=datetime.date(2026, 3, 31))
    """
    first, dots, last = text.partition("..")
    try:
        if dots:
            found = Span(date.fromisoformat(first), date.fromisoformat(last))
            return found if first <= last else None
        if quarter := _QUARTER.fullmatch(text):
            return _months(int(quarter[1]), 3 * int(quarter[2]) - 2, 3)
        if month := _MONTH.fullmatch(text):
            return _months(int(month[1]), int(month[2]), 1)
        return _months(int(text), 1, 12) if _YEAR.fullmatch(text) else None
    except ValueError:
        return None


def _months(year: int, first: int, count: int) -> Span:
    last = first + count - 1
    begin = date(year, first, 1)
    return Span(begin, date(year, last, monthrange(year, last)[1]))


# Suppliers


class SupplierList:
    """An implementation of `hcfin.finance.master.Suppliers` in memory."""

    def __init__(self) -> None:
        self.suppliers: dict[str, Supplier] = {}
        self._identifiers: dict[str, Supplier] = {}
        self._names: dict[str, Supplier] = {}

    def add(self, supplier: Supplier, identifiers: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        """Add a supplier with what else it goes by."""
        self.suppliers[supplier.name] = supplier
        self._identifiers.update({_folded(text): supplier for text in identifiers})
        self._names.update({_folded(text): supplier for text in (supplier.name, *names)})

    def supplier(self, identifiers: tuple[str, ...], name: str) -> Supplier | None:
        """The supplier, by one of its identifiers, else its name; None where nobody knows it, or two are
        meant."""
        found = {self._identifiers[text] for text in map(_folded, identifiers) if text in self._identifiers}
        if len(found) > 1:
            return None
        return found.pop() if found else self._names.get(_folded(name))


def _folded(text: str) -> str:
    """A name as it is compared: capitals and blanks do not matter."""
    return " ".join(text.split()).casefold()


def read_suppliers(sheet: Sheet) -> SupplierList:
    """The suppliers of a table. What is wrong is noted in the sheet."""
    listed = SupplierList()
    for row in sheet.rows():
        identifiers, names = row.several("identifiers"), row.several("names")
        currency = row.text("currency")
        if currency and not _CURRENCY.fullmatch(currency):
            row.refuse("currency", f"{currency!r} is no currency", "Write its code of ISO 4217, as USD.")
        supplier = Supplier(row.text("supplier"), row.flag("active", True), currency, row.count("terms_days"))
        if not row.sound:
            continue
        keys = [("identifier", text) for text in identifiers]
        keys += [("name", text) for text in (supplier.name, *names)]
        # A supplier may be named as it is called.
        once = {(kind, _folded(text)): (kind, text) for kind, text in keys}
        first = [sheet.once(row, key, f"{kind} {text!r}") for key, (kind, text) in once.items()]
        if all(first):
            listed.add(supplier, identifiers, names)
    return listed


# Contracts


class ContractList:
    """An implementation of `hcfin.finance.master.Contracts` in memory."""

    def __init__(self) -> None:
        self.prices: dict[tuple[str, str], list[tuple[Span, ContractPrice]]] = {}

    def contract_price(self, supplier: str, item: str, day: date) -> ContractPrice | None:
        """The price in force on a day; None where there is none."""
        agreed = self.prices.get((supplier, item), ())
        return next((price for span, price in agreed if span.holds(day)), None)


def read_contracts(
    sheet: Sheet, suppliers: Iterable[str] | None, items: Iterable[str] | None
) -> ContractList:
    """The contract prices of a table. What is wrong is noted in the sheet."""
    listed = ContractList()
    lines: dict[tuple[str, str], list[tuple[Span, int]]] = {}
    named = None if suppliers is None else frozenset(suppliers)
    stocked = None if items is None else frozenset(items)
    for row in sheet.rows():
        supplier, item = row.text("supplier"), row.text("item")
        row.known("supplier", supplier, named, "suppliers")
        row.known("item", item, stocked, "items")
        span = Span(row.day("from"), row.day("to"))
        if span.first and span.last and span.last < span.first:
            row.refuse("to", "it ends before it begins", "Both days belong to it.")
        price, unit, contract = row.number("price"), row.text("unit"), row.text("contract")
        if row.sound and price is not None and _apart(row, lines.setdefault((supplier, item), []), span):
            listed.prices.setdefault((supplier, item), []).append(
                (span, ContractPrice(contract, price, unit))
            )
    return listed


def _apart(row: Row, others: list[tuple[Span, int]], span: Span) -> bool:
    """Whether no earlier row of the same holds on one of its days."""
    before = next((line for other, line in others if other.overlaps(span)), None)
    others.append((span, row.line))
    if before is not None:
        row.sheet.tell(
            row.line,
            f"line {before} says another on some of the same days",
            "Let one end on the day before the other begins, or keep one of the two.",
        )
    return before is None


# Budgets


class BudgetList:
    """An implementation of `hcfin.finance.master.Budgets` in memory.

    Of the budgets of a day the most specific one counts: of account and department, of the department, of the
    account, of the entity as a whole.
    """

    def __init__(self) -> None:
        self.budgets: dict[tuple[str, str, str], list[tuple[Span, Budget]]] = {}

    def budget(self, entity: str, account: str, department: str, day: date) -> Budget | None:
        """The budget that an expected expense falls under; None where there is none, and so no limit."""
        for key in ((account, department), ("", department), (account, ""), ("", "")):
            for span, budget in self.budgets.get((entity, *key), ()):
                if span.holds(day):
                    return budget
        return None


def read_budgets(sheet: Sheet) -> BudgetList:
    """The budgets of a table. What is wrong is noted in the sheet."""
    listed = BudgetList()
    lines: dict[tuple[str, str, str], list[tuple[Span, int]]] = {}
    for row in sheet.rows():
        key = row.text("entity"), row.text("account"), row.text("department")
        period = row.text("period")
        span = span_of(period)
        if period and span is None:
            remedy = "Write 2026, 2026-Q1, 2026-03, or two days as 2025-07-01..2026-06-30."
            row.refuse("period", f"{period!r} is no period", remedy)
        limit, used = row.number("limit", places=4), row.number("used", places=4)
        name = row.text("name") or " ".join(part for part in (*key, period) if part)
        if row.sound and span and limit is not None and _apart(row, lines.setdefault(key, []), span):
            budget = Budget(name, limit, limit * 0 if used is None else used)
            listed.budgets.setdefault(key, []).append((span, budget))
    return listed
