"""The levels (HL) of an 837 and how they hang together: each names the one above by its number."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from hcfin.billing.party import Organization
from hcfin.standards.x12.session import Elements, Session, text

_KEPT = 10_000
"""So many levels can still be named as the one above: a file of any size has no more at hand."""


class Kind(NamedTuple):
    """A kind of level: its code in HL03, its loop, and the code of the kind above."""

    code: str
    loop: str
    above: str


PROVIDER = Kind("20", "2000A", "")
SUBSCRIBER = Kind("22", "2000B", "20")
PATIENT = Kind("23", "2000C", "22")
_KINDS = {kind.code: kind for kind in (PROVIDER, SUBSCRIBER, PATIENT)}
_OTHER = Kind("", "HL", "")
_OUTSIDE = (0, [""])


class Level:
    """What a level and those above it say of the claims below: fields of a `Claim`, and their currency."""

    __slots__ = (
        "announced",
        "childless",
        "currency",
        "fields",
        "kind",
        "place",
        "stated",
        "taxonomies",
        "used",
    )

    def __init__(
        self, kind: Kind, currency: str, fields: dict[str, Any], place: tuple[int, Elements] = _OUTSIDE
    ) -> None:
        self.kind = kind
        self.currency = currency
        self.fields = fields
        self.place = place
        """Its HL."""
        self.announced = text(place[1], 4)
        """HL04: 1 where there are levels below, 0 where there are none."""
        self.childless = True
        self.stated: set[str] = set()
        """Segments and parties of the level that may stand once."""
        self.taxonomies: dict[str, str] = {}
        """Taxonomy codes that wait for their provider, by use."""
        self.used = False
        """Whether a claim rests on it: then it stays as it is."""

    def like(self) -> Level:
        """A level that says the same, to be changed."""
        return Level(self.kind, self.currency, self.fields.copy(), self.place)


class Levels:
    """The levels of one set by their numbers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.root = Level(_OTHER, session.profile.currency, {"payer": Organization()})
        """Stands for the levels of a set that has none."""
        self.current: dict[Kind, Level] = {}
        """The level of each kind that came last."""
        # Apart, because a file has few providers, and all of its subscribers may name the first.
        self.providers: OrderedDict[str, Level] = OrderedDict()
        self.others: OrderedDict[str, Level] = OrderedDict()
        self.waiting: dict[int, Level] = {}
        """Levels that announce others below them, of which none has come."""
        self.number = "0"

    def next(self, at: int, elements: Elements) -> Level:
        """The level that an HL begins. What is wrong with its numbers is told, and no more."""
        session = self.session
        number, named, code = text(elements, 1), text(elements, 2), text(elements, 3)
        kind = _KINDS.get(code, _OTHER)
        session.trail.enter(at, kind.loop)
        if number != _following(self.number):
            session.issue("HL_NUMBER_WRONG", at, elements, 1)
        self.number = number
        if kind is _OTHER:
            session.issue("HL_LEVEL_UNKNOWN", at, elements, 3)
        above = self._above(at, elements, kind, named)
        if above.childless and above is not self.root:
            above.childless = False
            self.waiting.pop(above.place[0], None)
            if above.announced not in ("1", ""):
                session.issue("HL_CHILDREN_WRONG", *above.place, 4)
        if kind is PROVIDER:
            self.ended()
        level = Level(kind, above.currency, above.fields.copy(), (at, elements))
        self.current[kind] = level
        announced = level.announced
        if announced not in ("0", "") and len(self.waiting) < _KEPT:
            self.waiting[at] = level
        # Most levels have none below them and say so; such a one is found as long as no other has come.
        if announced != "0" or kind is PROVIDER:
            kept = self.providers if kind is PROVIDER else self.others
            kept[number] = level
            kept.move_to_end(number)
            if len(kept) > _KEPT:
                kept.popitem(last=False)
        return level

    def ended(self) -> None:
        """Nothing more can come below the levels so far."""
        for level in self.waiting.values():
            self.session.issue("HL_CHILDREN_WRONG", *level.place, 4)
        self.waiting.clear()
        self.current.clear()

    def _above(self, at: int, elements: Elements, kind: Kind, named: str) -> Level:
        """The level that an HL names as the one above, else the one that is open."""
        if kind is PROVIDER and not named:
            return self.root
        found = self.others.get(named) or self.providers.get(named) if named else None
        if found is None:
            open_ones = (level for level in self.current.values() if text(level.place[1], 1) == named)
            found = next(open_ones, None) if named else None
        if found is not None and (kind is _OTHER or found.kind.code == kind.above):
            return found
        self.session.issue("HL_PARENT_UNKNOWN", at, elements, 2)
        if kind is PROVIDER:
            return self.root
        provider = self.current.get(PROVIDER) or self.current.get(_OTHER, self.root)
        return provider if kind is SUBSCRIBER else self.current.get(SUBSCRIBER, provider)


def _following(number: str) -> str:
    """The number after another; empty after what is none."""
    plain = number.isascii() and number.isdigit() and len(number) < 12
    return str(int(number) + 1) if plain else ""
