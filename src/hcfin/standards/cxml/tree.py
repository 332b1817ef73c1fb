"""A document as the readers see it: elements whose texts and attributes are counted when they are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any

from hcfin.billing.registration import day_of
from hcfin.coverage import Coverage
from hcfin.errors import AmountError
from hcfin.issues import Catalogue, Issue
from hcfin.limits import Limits
from hcfin.money import is_currency, parse_amount
from hcfin.standards.cxml.names import attribute_of, name_of
from hcfin.standards.cxml.profile import Profile
from hcfin.standards.cxml.trail import Trail

_ISSUE = Catalogue.of("hcfin.standards.cxml")
_QUANTITY = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})", re.ASCII)
_PRICE = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})", re.ASCII)
_TIME = r"T[0-9:]{2,8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_MOMENT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:{_TIME})?", re.ASCII)
_EXACT = Context(prec=60)
_TEXT = ""
_TAIL = "/"


class Session:
    """One document while it is read."""

    def __init__(self, root: Any, profile: Profile, limits: Limits, trail: Trail) -> None:
        self.profile = profile
        self.limits = limits
        self.trail = trail
        self.issues: list[Issue] = []
        self.currency = profile.currency
        # Elements of lxml are known by identity only as long as somebody holds them.
        self.elements = list(root.iter())
        self.numbers = {element: number for number, element in enumerate(self.elements)}
        self.parents = [self.numbers.get(element.getparent(), -1) for element in self.elements]
        self.used: set[tuple[int, str]] = set()
        trail.learn(self.elements, self.parents)

    def issue(self, code: str, at: int, element: str = "", **values: Decimal | int | str) -> None:
        """Report a problem at an element, or at a part of it."""
        room = self.limits.max_issues - len(self.issues)
        if room > 0:
            self.issues.append(_ISSUE(code, self.trail.origin(at, element), excerpt="", **values))
        elif room == 0:
            self.issues.append(_ISSUE("CXML_TOO_MANY_ISSUES", None, excerpt="", limit=self.limits.max_issues))

    def coverage(self) -> Coverage:
        """Texts and attributes that were taken, and those that were not."""
        found = Coverage()
        for number, element in enumerate(self.elements):
            name = name_of(element.tag)
            parent = self.parents[number]
            above = name_of(self.elements[parent].tag) if parent >= 0 else ""
            if (element.text or "").strip():
                self._count(found, number, _TEXT, f"{above}/{name}")
            if (element.tail or "").strip():
                self._count(found, number, _TAIL, above)
            for attribute in element.attrib:
                self._count(found, number, attribute, f"{name}/@{attribute_of(attribute)}")
        return found

    def _count(self, found: Coverage, number: int, part: str, place: str) -> None:
        (found.carried if (number, part) in self.used else found.counted)[place] += 1


class Node:
    """An element. What is asked for and not there is empty."""

    __slots__ = ("_element", "_session", "at")

    def __init__(self, session: Session, element: Any) -> None:
        self._session = session
        self._element = element
        self.at: int = session.numbers[element] + 1

    @property
    def name(self) -> str:
        """Its name, as it may be shown."""
        return name_of(self._element.tag)

    def children(self, *names: str) -> Iterator[Node]:
        """The elements in it that have one of these names; all, where none is asked for."""
        for one in self._element:
            if isinstance(one.tag, str) and (not names or one.tag in names):
                yield Node(self._session, one)

    def child(self, path: str) -> Node | None:
        """The first element that a path leads to, such as `ItemDetail/UnitPrice`."""
        node: Node | None = self
        for name in path.split("/"):
            node = next(node.children(name), None) if node else None
        return node

    def get(self, attribute: str, path: str = "") -> str:
        """An attribute, of itself or of the element that a path leads to."""
        node = self.child(path) if path else self
        if node is None:
            return ""
        value = node._element.get(attribute)
        if value is None:
            return ""
        self._session.used.add((node.at - 1, attribute))
        return str(value).strip()

    def text(self, path: str = "") -> str:
        """The text, of itself or of the element that a path leads to; blanks and breaks are one blank."""
        node = self.child(path) if path else self
        if node is None:
            return ""
        self._session.used.add((node.at - 1, _TEXT))
        return " ".join(str(node._element.text or "").split())


class Draft:
    """A fact while it is read: its fields, and what of it cannot be read."""

    def __init__(self, session: Session, node: Node) -> None:
        self.session = session
        self.data: dict[str, Any] = {"at": node.at}
        self.unreadable: list[str] = []

    def mark(self, field: str) -> None:
        """A field holds something that cannot be read."""
        if field not in self.unreadable:
            self.unreadable.append(field)

    def identifier(self, node: Node, attribute: str, field: str) -> str:
        """A number that names the whole; without one nothing is booked."""
        value = node.get(attribute)
        if not value:
            self.session.issue("CXML_MISSING", node.at, f"@{attribute}")
            self.mark(field)
        return value

    def quantity(self, node: Node, field: str) -> Decimal:
        """The quantity of a line; zero, with the fact marked, where there is none that can be read."""
        told = node.get("quantity")
        if _QUANTITY.fullmatch(told):
            return Decimal(told)
        self.session.issue("CXML_QUANTITY_INVALID" if told else "CXML_MISSING", node.at, "@quantity")
        self.mark(field)
        return Decimal(0)

    def amount(self, node: Node | None, field: str) -> Decimal | None:
        """The Money in an element; None where there is none or, with the fact marked, none to be read."""
        money = node.child("Money") if node else None
        if money is None:
            return None
        if not self._own_currency(money, field):
            return None
        try:
            return parse_amount(money.text(), self.session.currency)
        except AmountError as error:
            self.session.issue(f"CXML_{error.code}", money.at)
            self.mark(field)
            return None

    def price(self, node: Node | None, basis: Node | None, field: str) -> Decimal | None:
        """The price of one of the line's units: the Money in an element, by how many it is the price of."""
        money = node.child("Money") if node else None
        if money is None or not self._own_currency(money, field):
            return None
        told = money.text()
        if not _PRICE.fullmatch(told):
            self.session.issue("CXML_AMOUNT_INVALID", money.at)
            self.mark(field)
            return None
        value = Decimal(told)
        if basis is not None:
            per, factor = basis.get("quantity") or "1", basis.get("conversionFactor") or "1"
            value = _per_unit(value, per, factor)
        exact = _six_places(value)
        if exact is None:
            self.session.issue("CXML_PRICE_BASIS", (basis or money).at)
            self.mark(field)
        return exact

    def _own_currency(self, money: Node, field: str) -> bool:
        currency = money.get("currency")
        if not currency or currency == self.session.currency:
            return True
        self.session.issue("CXML_CURRENCY_DIFFERS", money.at, "@currency")
        self.mark(field)
        return False

    def moment(self, node: Node | None, attribute: str) -> str:
        """A date, or date and time; empty where there is none or, with an issue, none that can be read."""
        told = node.get(attribute) if node else ""
        if node is None or not told:
            return ""
        if not _MOMENT.fullmatch(told) or day_of(told) is None:
            self.session.issue("CXML_DATE_INVALID", node.at, f"@{attribute}")
            return ""
        return told


def settle_currency(session: Session, body: Node) -> None:
    """The currency of a document: that of its first Money."""
    for element in body._element.iter("Money"):
        currency = element.get("currency", "").strip()
        if currency:
            if is_currency(currency):
                session.currency = currency
            else:
                session.issue("CXML_CURRENCY_INVALID", session.numbers[element] + 1, "@currency")
            return


def _per_unit(value: Decimal, per: str, factor: str) -> Decimal:
    """What one of the line's units costs; not a number where that is not said."""
    if not (_QUANTITY.fullmatch(per) and _QUANTITY.fullmatch(factor)) or Decimal(per) <= 0:
        return Decimal("NaN")
    return _EXACT.divide(_EXACT.multiply(value, Decimal(factor)), Decimal(per))


def _six_places(value: Decimal) -> Decimal | None:
    """A price that can be held exactly, as short as it was told; else None."""
    if not value.is_finite() or abs(value) >= Decimal(10) ** 12:
        return None
    found = value.quantize(Decimal("0.000001"), context=_EXACT)
    if found != value:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and -6 <= exponent <= 0 else found
