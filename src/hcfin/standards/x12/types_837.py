"""Which type of claims an 837 has, as its guide says."""

from __future__ import annotations

import re

from hcfin.billing.claim import ClaimType

_GUIDE = re.compile(r"X([0-9]{3})", re.ASCII)
_TYPES: dict[str, ClaimType] = {
    **dict.fromkeys(("098", "222", "291", "298"), "professional"),
    **dict.fromkeys(("096", "223", "292", "299"), "institutional"),
    **dict.fromkeys(("097", "224", "293", "300"), "dental"),
}
KINDS: dict[ClaimType, str] = {"professional": "837P", "institutional": "837I", "dental": "837D"}
"""What a transaction set of each type is called."""


def claim_type(*stated: str) -> ClaimType | None:
    """The type that the first of these texts names which names a guide; None where none does."""
    guides = (guide for guide in map(_GUIDE.search, stated) if guide)
    guide = next(guides, None)
    return _TYPES.get(guide[1]) if guide else None
