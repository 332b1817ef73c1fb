"""The user's knowledge of one X12 feed."""

from __future__ import annotations

from pydantic import Field

from hcfin.model import Model


class Profile(Model):
    """Settings of one X12 feed, layered like the books but separate from them."""

    name: str = Field(default="", description="Which feed this is, for people.")
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency where a set has no CUR segment."
    )
