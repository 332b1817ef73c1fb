"""What the caller knows and hcfin must not find out by itself: keys and the posting date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hcfin.identity import Keys


@dataclass(frozen=True, slots=True)
class Context:
    """Facts about this run. There is no clock in hcfin: a posting date other than the source's is given here.

    `posting_date` overrides the date that the source states; `keys` make ids and tokens.
    """

    keys: Keys | None = None
    posting_date: date | None = None
