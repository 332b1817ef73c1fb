"""What can be wrong with the profile of an X12 feed beyond its shape, with layer, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.codes import table
from hcfin.overlay import Overlay, near
from hcfin.standards.x12.profile import Profile


def problems(profile: Profile, source: Overlay) -> Iterator[str]:
    """Every problem of a profile that its model does not see."""
    known = {row["currency"] for row in table("country").values()}
    if profile.currency not in known:
        meant = near(profile.currency, known)
        remedy = f"Did you mean {meant!r}?" if meant else "Write its code by ISO 4217, such as USD."
        yield source.problem(("currency",), f"{profile.currency!r} is no currency of any country", remedy)
