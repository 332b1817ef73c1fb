"""Prices of charges in memory, learned from the entries of a charge master.

Strategy: an entry says what a code costs since a day, or that it is not charged any more; what held on an
earlier day still holds for that day. One without a day holds for all days and replaces what was said before.
Of the entries that hold on the day of service the most specific one wins: that of the facility, then that of
the patient class, then the one that began last, then the one that came last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hcfin.billing.charge import ChargePrice
from hcfin.billing.reading import Event
from hcfin.billing.registration import day_of
from hcfin.finance.prices import Service

_DELETED = "MDL"
_ENDS = frozenset({_DELETED, "MDC"})
_RESUMES = "MAC"
_UNIT = frozenset({"", "UP"})


class _Entry(NamedTuple):
    """What a code costs from `first` to `last`, both included; None where that is open. Without a price it is
    not charged."""

    facility: str
    patient_class: str
    first: date | None
    last: date | None
    price: Decimal | None

    def holds(self, service: Service) -> bool:
        """Whether it says something of the service. A service of no day is priced by entries of none."""
        if self.facility not in ("", service.facility):
            return False
        if self.patient_class not in ("", service.patient_class):
            return False
        day = service.day
        if day is None:
            return self.first is None and self.last is None
        return (self.first or day) <= day <= (self.last or day)


class ChargeMaster:
    """An implementation of `hcfin.finance.prices.Prices` in memory. Not to be shared between threads."""

    def __init__(self) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        self._aliases: dict[str, str] = {}
        self._stopped: set[tuple[str, str, str]] = set()
        """Codes that are out of use on all days, by facility and patient class, until they are back."""

    def learn(self, facts: Iterable[Event]) -> None:
        """Learn the entries of a charge master, in their order; other facts are passed over, and entries that
        cannot be read, have a day that cannot, or price something else than one unit."""
        for fact in facts:
            if isinstance(fact, ChargePrice) and fact.code.code and not fact.unreadable:
                self._learn(fact)

    def unit_price(self, service: Service) -> Decimal | None:
        """The price in force on the day of service; None where there is none."""
        code = service.code if service.code in self._entries else self._aliases.get(service.code, "")
        found = _in_force(self._entries.get(code, ()), service)
        if found is None or (code, found.facility, found.patient_class) in self._stopped:
            return None
        return found.price

    def _learn(self, told: ChargePrice) -> None:
        code, day, last = told.code.code, _first(told.effective), _last(told.expires)
        if (told.effective and day is None) or (told.expires and last is None):
            return  # since when it holds cannot be told
        entries = self._entries.setdefault(code, [])
        if told.alias and told.alias.code:
            self._aliases[told.alias.code] = code
        ended = told.action in _ENDS or told.active == "I" or told.chargeable == "N"
        for patient_class in told.patient_classes or ("",):
            key = code, told.facility, patient_class
            own = [one for one in entries if (one.facility, one.patient_class) == key[1:]]
            price = None if ended or told.price_type not in _UNIT else told.price
            if ended and day is None and told.action != _DELETED:
                self._stopped.add(key)
                continue
            if told.action == _RESUMES:
                self._stopped.discard(key)
                price = price or next((one.price for one in reversed(own) if one.price is not None), None)
            if price is None and not ended:
                continue  # it changes something else than the price
            self._stopped.discard(key)
            if day is None:
                entries[:] = [one for one in entries if one not in own]
            if day is not None or not ended:
                entries.append(_Entry(told.facility, patient_class, day, last, price))


def _first(moment: str) -> date | None:
    """The first day of a moment that may name a month or a year alone; None where it names none of them."""
    return day_of(moment) or day_of(f"{moment}-01") or day_of(f"{moment}-01-01")


def _last(moment: str) -> date | None:
    """The last day of such a moment."""
    days = (day_of(f"{moment}{rest}") for rest in ("", "-31", "-30", "-29", "-28", "-12-31"))
    return next((day for day in days if day), None)


def _in_force(entries: Iterable[_Entry], service: Service) -> _Entry | None:
    holding = [(number, one) for number, one in enumerate(entries) if one.holds(service)]
    best = max(holding, key=lambda pair: _rank(*pair), default=None)
    return best[1] if best else None


def _rank(number: int, entry: _Entry) -> tuple[bool, bool, date, int]:
    return bool(entry.facility), bool(entry.patient_class), entry.first or date.min, number
