"""Planted patient data: unmistakable values in every `Phi` field, and the search for them afterwards.

Strategy: the fields are found by walking the models, so a new field is covered on the day it is written.
Equal values of one field get equal sentinels: what was one account before is one account after, and what
groups by such a field does the same work as before. Equal values of two fields get two, so that a sentinel
that is found says which field it came from.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from hcfin.model import Model, is_phi

_FIRST_DAY = date(1901, 2, 3)  # before anything that health care bills, so that no real date is taken for it
_LAST_DAY = date(1949, 12, 31)
_TELLING = 8  # fewer characters of base64 may stand anywhere by chance
_DAY_FORMS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d")

FactT = TypeVar("FactT", bound=Model)


def plant(facts: Iterable[FactT], *, fill: bool = True) -> tuple[tuple[FactT, ...], dict[str, str]]:
    """The facts with a sentinel in every field that is marked `Phi`, and where each sentinel stands.

    A text becomes `ZZPHI0001QX`, `ZZPHI0002QX` …; a date becomes a day of the early twentieth century, in
    the result as `1901-02-03`. Empty texts are filled too, unless `fill` is false; an absent date stays
    absent. Equal values of a field become equal sentinels. Amounts, codes and the names of remittances are
    not patient data and stay, so the facts balance as before.

    >>> from hcfin.billing.base import Reference
    >>> facts, sentinels = plant([Reference(qualifier="EA", value="TESTPERSON-1")])
    >>> facts[0].value, sentinels
    ('ZZPHI0001QX', {'ZZPHI0001QX': 'Reference.value'})
    """
    planter = _Planter(fill)
    planted = tuple(planter.model(fact, type(fact).__name__) for fact in facts)
    return planted, planter.sentinels


class _Planter:
    def __init__(self, fill: bool) -> None:
        self.fill = fill
        self.sentinels: dict[str, str] = {}
        self._given: dict[tuple[str, str | date], str | date] = {}
        self._texts = self._days = 0

    def model(self, node: FactT, path: str) -> FactT:
        changes: dict[str, Any] = {}
        for name, field in type(node).model_fields.items():
            value = getattr(node, name)
            instead = self._value(value, f"{path}.{name}", is_phi(field))
            if instead is not value:
                changes[name] = instead
        return node.model_copy(update=changes) if changes else node

    def _value(self, value: Any, path: str, marked: bool) -> Any:
        if isinstance(value, Model):
            return self.model(value, path)
        if isinstance(value, tuple):
            return tuple(self._value(item, path, marked) for item in value)
        if not marked:
            return value
        if isinstance(value, str):
            return self._text(value, path)
        return self._day(value, path) if isinstance(value, date) else value

    def _text(self, value: str, path: str) -> str:
        known = self._given.get((path, value))
        if isinstance(known, str):
            return known
        if not value and not self.fill:
            return value
        self._texts += 1
        sentinel = f"ZZPHI{self._texts:04d}QX"
        self.sentinels[sentinel] = path
        if value:  # empty fields have nothing in common: each gets its own
            self._given[path, value] = sentinel
        return sentinel

    def _day(self, value: date, path: str) -> date:
        known = self._given.get((path, value))
        if isinstance(known, date):
            return known
        span = (_LAST_DAY - _FIRST_DAY).days
        day = _FIRST_DAY + timedelta(days=self._days % span)
        self._days += 1
        self._given[path, value] = day
        self.sentinels.setdefault(day.isoformat(), path)
        return day


def leaks(output: str | bytes, sentinels: Collection[str]) -> list[str]:
    """What of the sentinels can be found in an output: one line for each, empty if there is nothing.

    Searched in either case, forwards and backwards, in base64 (at all three alignments, either alphabet,
    across line breaks), in hexadecimal, and in UTF-16. A sentinel such as `1901-02-03` is searched in the
    usual forms of a date. Given the mapping from `plant`, a line also names the field.

    >>> leaks(b"id: xq1000ihpzz", ["ZZPHI0001QX"])
    ['ZZPHI0001QX: reversed']
    >>> leaks("born 19010203", {"1901-02-03": "ClaimPayment.dates.day"})
    ['1901-02-03 (ClaimPayment.dates.day): in clear']
    >>> leaks("eyJpZCI6IlpaUEhJMDAwMVFYIn0=", ["ZZPHI0001QX"])
    ['ZZPHI0001QX: base64']
    """
    text = output if isinstance(output, str) else output.decode("latin-1")
    text = text.replace("\x00", "")  # UTF-16 of ASCII is ASCII with NULs between
    folded = text.casefold()
    packed = "".join(text.split()).replace("-", "+").replace("_", "/")
    paths: Mapping[str, str] = sentinels if isinstance(sentinels, Mapping) else {}
    found = []
    for sentinel in sentinels:
        how = _how(sentinel, folded, packed)
        if how:
            path = paths.get(sentinel, "")
            found.append(f"{sentinel}{f' ({path})' if path else ''}: {how}")
    return found


def _how(sentinel: str, folded: str, packed: str) -> str:
    forms = _forms(sentinel)
    if any(form.casefold() in folded for form in forms):
        return "in clear"
    if any(form[::-1].casefold() in folded for form in forms):
        return "reversed"
    variants = {variant for form in forms for variant in (form, form.lower(), form[::-1])}
    if any(piece in packed for variant in variants for piece in _base64_pieces(variant)):
        return "base64"
    if any(variant.encode().hex() in folded for variant in variants):
        return "hexadecimal"
    return ""


def _forms(sentinel: str) -> tuple[str, ...]:
    try:
        day = date.fromisoformat(sentinel)
    except ValueError:
        return (sentinel,)
    return tuple(day.strftime(form) for form in _DAY_FORMS)


def _base64_pieces(text: str) -> Iterator[str]:
    """The characters of base64 that depend on nothing but `text`, at each of the three alignments."""
    raw = text.encode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode("ascii")
        piece = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if len(piece) >= _TELLING:
            yield piece
