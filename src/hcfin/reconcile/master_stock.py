"""Units and levels of stock, from tables."""

from __future__ import annotations

from collections.abc import Iterable

from hcfin.finance.master import Conversion, Replenishment
from hcfin.reconcile.master_sheet import Shape, Sheet

EVERY = "*"
"""Stands for every item, or every location."""

UNITS = Shape(("item", "unit", "into", "of", "makes"))
LEVELS = Shape(("item",), ("facility", "location", "minimum", "maximum", "par"))


class UnitList:
    """An implementation of `hcfin.finance.master.Units` in memory: what a row says, or its reverse."""

    def __init__(self) -> None:
        self.conversions: dict[tuple[str, str, str], Conversion] = {}

    def add(self, item: str, unit: str, into: str, conversion: Conversion) -> None:
        """Add a conversion, of an item or of `*`."""
        self.conversions[item, unit, into] = conversion
        self.conversions[item, into, unit] = Conversion(conversion.makes, conversion.of)

    def conversion(self, item: str, unit: str, into: str) -> Conversion | None:
        """The conversion of the item, else that of every item; None where nobody knows it."""
        found = self.conversions
        return found.get((item, unit, into)) or found.get((EVERY, unit, into))


def read_units(sheet: Sheet, items: Iterable[str] | None) -> UnitList:
    """The conversions of a table. What is wrong is noted in the sheet."""
    listed = UnitList()
    stocked = None if items is None else {*items, EVERY}
    for row in sheet.rows():
        item, unit, into = row.text("item"), row.text("unit"), row.text("into")
        row.known("item", item, stocked, "items")
        of, makes = row.number("of", positive=True), row.number("makes", positive=True)
        if unit == into and unit:
            row.refuse("into", f"it makes {unit!r} of {unit!r}", "Name two units, or delete the row.")
        if row.sound and of is not None and makes is not None:
            what = f"the conversion of {unit!r} and {into!r} for {item!r}"
            if sheet.once(row, (item, *sorted((unit, into))), what):
                listed.add(item, unit, into, Conversion(of, makes))
    return listed


class LevelList:
    """An implementation of `hcfin.finance.master.Levels` in memory: those of the location, else those of the
    location in every facility, else those of every location of the facility."""

    def __init__(self) -> None:
        self.levels: dict[tuple[str, str, str], Replenishment] = {}

    def replenishment(self, facility: str, location: str, item: str) -> Replenishment | None:
        """The levels; None where nobody set any."""
        for place in ((facility, location), ("", location), (facility, "")):
            if found := self.levels.get((*place, item)):
                return found
        return None


def read_levels(sheet: Sheet, items: Iterable[str] | None) -> LevelList:
    """The levels of a table, in stock units. What is wrong is noted in the sheet."""
    listed = LevelList()
    stocked = None if items is None else frozenset(items)
    for row in sheet.rows():
        key = row.text("facility"), row.text("location"), row.text("item")
        row.known("item", key[2], stocked, "items")
        if not key[0] and not key[1] and key[2]:
            row.refuse("location", "neither a facility nor a location", "Fill one of the two.")
        minimum, maximum, par = row.number("minimum"), row.number("maximum"), row.number("par")
        if minimum is None and maximum is None and par is None:
            row.refuse("minimum", "neither minimum, maximum nor par", "Fill one of them, or delete the row.")
        if minimum is not None and maximum is not None and maximum < minimum:
            row.refuse("maximum", "less than the minimum", "Change the two, or one of them.")
        if par is not None and maximum is not None and maximum < par:
            row.refuse("par", "more than the maximum", "Fill up to par, or to the maximum: keep one.")
        if row.sound and sheet.once(row, key, f"item {key[2]!r} of {key[0] or '*'}/{key[1] or '*'}"):
            listed.levels[key] = Replenishment(minimum, maximum, par)
    return listed
