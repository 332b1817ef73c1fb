"""Wire standards. One folder per standard; its presence here registers it.

A standard turns bytes into billing facts and back. It knows no accounting, no ERP and no other standard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from hcfin.billing.base import Fact
from hcfin.billing.reading import Reading
from hcfin.issues import Issue
from hcfin.limits import Limits


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard: frozen functions, no base class.

    `sniff(head)` says how sure it is of the first bytes, 0 to 100. `read(stream, profile, limits)` turns a
    stream into a `Reading`. `write(facts, identity)` makes bytes. `check(data)` runs the field's strict
    validator. `Profile` is the model of a feed's settings.
    """

    name: str
    sniff: Callable[[bytes], int]
    read: Callable[[BinaryIO, Any, Limits], Reading]
    write: Callable[[Iterable[Fact], Mapping[str, str]], bytes]
    check: Callable[[bytes], tuple[Issue, ...]]
    Profile: Callable[..., Any]
