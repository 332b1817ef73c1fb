"""Wire standards. One folder per standard; its presence here registers it.

A standard turns bytes into billing facts and back. It knows no accounting, no ERP and no other standard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import FactStream
from hcfin.issues import Issue
from hcfin.limits import Limits


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard: frozen functions, no base class.

    `sniff(head)` says how sure it is of the first bytes, 0 to 100. `read(stream, profile, limits, keep)`
    turns a stream into a `FactStream`; `keep` asks for a trail that knows the whole source, not only what is
    open. `write(facts, identity)` makes bytes. `check(data)` runs the field's strict validator. `Profile` is
    the model of a feed's settings.
    """

    name: str
    sniff: Callable[[bytes], int]
    read: Callable[[BinaryIO, Any, Limits, bool], FactStream]
    write: Callable[[Iterable[Fact], Mapping[str, str]], bytes]
    check: Callable[[bytes], tuple[Issue, ...]]
    Profile: Callable[..., Any]
