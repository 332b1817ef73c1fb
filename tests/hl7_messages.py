"""HL7 v2 messages made of fields by number, and what is read of them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TypeVar

from hcfin.billing.base import Fact
from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.reading import Reading, collect
from hcfin.limits import Limits
from hcfin.standards.hl7v2 import STANDARD
from hcfin.standards.hl7v2.profile import Profile

FactT = TypeVar("FactT", bound=Fact)
Values = dict[int, str]


def segment(name: str, values: Values | None = None) -> str:
    """A segment with these fields.

    >>> segment("PID", {1: "1", 3: "TESTMRN-1"})
    'PID|1||TESTMRN-1'
    """
    told = values or {}
    return "|".join([name, *(told.get(n, "") for n in range(1, max(told, default=0) + 1))])


def message(kind: str, *segments: str, version: str = "2.5.1", country: str = "", event: str = "") -> bytes:
    """A message with its header and, where `event` is a moment, its EVN."""
    header = f"MSH|^~\\&|REG|TESTHOSP|BILL|TESTHOSP|20260302101500||{kind}|C1|P|{version}|||||{country}"
    told = [f"EVN||{event}"] if event else []
    return ("\r".join([header.rstrip("|"), *told, *segments]) + "\r").encode()


def read(data: bytes, **profile: object) -> Reading:
    """The reading of a file; every fact of it is as good as one that was validated."""
    stream = STANDARD.read(BytesIO(data), Profile.build(dict(profile)), Limits(), True)
    stream.cover()
    reading = collect(stream)
    for fact in reading.facts:
        again = load_fact(json.loads(json.dumps(fact_json(fact))))
        assert again == fact
        assert list(vars(again)) == list(vars(fact))
    return reading


def only(kind: type[FactT], reading: Reading) -> FactT:
    """The only fact of a kind."""
    (fact,) = all_of(kind, reading)
    return fact


def all_of(kind: type[FactT], reading: Reading) -> list[FactT]:
    """The facts of a kind, in their order."""
    return [fact for fact in reading.facts if isinstance(fact, kind)]


def codes(reading: Reading) -> list[str]:
    """The codes of the issues."""
    return [issue.code for issue in reading.issues]
