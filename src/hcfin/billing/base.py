"""What all facts share: sources of fields, positions, and the small nodes that recur."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from hcfin.model import Model
from hcfin.money import Amount, Quantity
from hcfin.privacy import PhiDate, PhiStr, shown

_REQUIRED: Any = ...


def sourced(text: str, default: Any = _REQUIRED, **sources: str) -> Any:
    """A field whose description names its source element in each standard that has one."""
    places = "; ".join(f"{name.upper()} {place}" for name, place in sources.items())
    description = f"{text} {places}." if places else text
    return Field(default=default, description=description, json_schema_extra={"source": dict(sources)})


def element_of(node: Model, field: str, standard: str) -> str:
    """The element that a field comes from, such as `CLP04`; the field's own name where none is known.

    A repeated element is written `CAS03+3`: the first is CAS03, the next is three further on; or, where there
    is no such step, each by name: `STC01/STC10/STC11`. A component of one is written `HI01+1-2`.
    """
    extra = type(node).model_fields[field].json_schema_extra
    sources = extra.get("source", {}) if isinstance(extra, dict) else {}
    place = sources.get(standard, "") if isinstance(sources, dict) else ""
    if not isinstance(place, str) or not place:
        return field
    *named, last = place.split("/")
    if named:
        return [*named, last][getattr(node, "nth", 1) - 1]
    first, _, step = place.partition("+")
    if not step:
        return first
    stride, dash, component = step.partition("-")
    nth: int = getattr(node, "nth", 1)
    return f"{first[:-2]}{int(first[-2:]) + int(stride) * (nth - 1):02d}{dash}{component}"


class Node(Model):
    """A part of a fact that stands at one place of the source."""

    def __repr_args__(self) -> Any:
        # A damaged file may have an identifier where a code belongs: only what looks like a code is shown.
        for name, value in super().__repr_args__():
            if isinstance(value, str):
                value = shown(value)
            elif isinstance(value, tuple):
                value = tuple(shown(part) if isinstance(part, str) else part for part in value)
            yield name, value

    at: int = Field(
        default=0,
        description="Ordinal of the source segment in its file; 0 where the node is one field of the segment "
        "of the node that holds it. Does not count in comparisons.",
    )


class Fact(Node):
    """A billing fact: one thing that happened, in one currency."""

    currency: str = sourced("ISO 4217 currency of all amounts.", "USD", x12="CUR02")
    unreadable: tuple[str, ...] = Field(
        default=(),
        description="Fields that the source held in a form that cannot be read. Their value here is zero "
        "or absent, and whatever depends on them is not posted.",
    )


class Reference(Node):
    """An identifier given beside a fact."""

    qualifier: str = sourced("What kind of identifier.", x12="REF01")
    value: PhiStr = sourced("The identifier.", "", x12="REF02")


class ListedCode(Node):
    """A code and the list that it is from."""

    qualifier: str = sourced("Which list.", x12="LQ01")
    code: str = sourced("The code.", x12="LQ02")


class DatedEvent(Node):
    """A date and what it is the date of."""

    qualifier: str = sourced("What the date is of.", x12="DTM01")
    day: PhiDate = sourced("The date.", x12="DTM02")


class DatedPeriod(Node):
    """A date, or the days from one to another, and what it is of."""

    qualifier: str = sourced("What the date is of.", x12="DTP01")
    first: PhiDate = sourced("The date, or the first of the days.", x12="DTP03")
    last: PhiDate | None = sourced("The last of the days, where there are several.", None, x12="DTP03")


class InformationalAmount(Node):
    """An amount that is told but never balanced or posted."""

    qualifier: str = sourced("What the amount is.", x12="AMT01")
    amount: Amount = sourced("The amount.", x12="AMT02")


class InformationalQuantity(Node):
    """A quantity that is told but never posted."""

    qualifier: str = sourced("What is counted.", x12="QTY01")
    quantity: Quantity = sourced("The count.", x12="QTY02")


class Adjustment(Node):
    """Why less (or more) was paid than charged: one group, reason and amount. Positive reduces payment."""

    nth: int = Field(default=1, description="Which of the segment's adjustments, from 1.")
    group: str = sourced("Who is liable: CO, PR, OA, PI; CR in old files.", x12="CAS01")
    reason: str = sourced("Claim adjustment reason code (CARC).", x12="CAS02+3")
    amount: Amount = sourced("Amount of the adjustment.", x12="CAS03+3")
    quantity: Quantity | None = sourced("Units that the adjustment is for.", None, x12="CAS04+3")


def told_amounts(node: Node) -> Iterator[tuple[str, Decimal]]:
    """The amounts of a node that tells of some and not of others, with the names of their fields."""
    for name, field in type(node).model_fields.items():
        if field.annotation == Amount | None:
            value = getattr(node, name)
            if value is not None:
                yield name, value


def day_text(day: date | None) -> str:
    """A date as it stands in a business key; an absent date is an empty text."""
    return day.isoformat() if day else ""
