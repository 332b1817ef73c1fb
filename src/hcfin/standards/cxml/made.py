"""What the reader of a request hands on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from hcfin.billing.base import Fact
from hcfin.issues import Issue


class Made(NamedTuple):
    """A fact, what it is called by, its figures for the summary, and what was found of it."""

    fact: Fact
    control: str
    summary: dict[str, Any]
    found: Iterable[Issue] = ()
