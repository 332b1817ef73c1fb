"""The user's knowledge of one FHIR feed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.model import Model

Release = Literal["R4", "R4B", "R5"]


class Profile(Model):
    """Settings of one FHIR feed, layered like the books but separate from them."""

    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency where an amount names none."
    )
    release: Literal["", "R4", "R4B", "R5"] = Field(
        default="", description="Release of the feed; empty: what each resource looks like."
    )
    zone: str = Field(default="", description="Time zone of moments that name none; they keep having none.")
