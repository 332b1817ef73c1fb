"""Device identifiers as a fact holds them: what the text of a label says, and what is told beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hcfin.billing.supply import Udi
from hcfin.model import blank, trusted
from hcfin.wire.udi import parse

_UDI = blank(Udi)
PARTS = ("device", "lot", "serial", "manufactured", "expires", "donation")
"""Parts of a device identifier that may be told beside it."""


class UdiRead(NamedTuple):
    """A device identifier, None where nothing was told; and what is wrong with it: codes of issues, each with
    the part that it is about."""

    udi: Udi | None
    faults: tuple[tuple[str, str], ...] = ()


def udi_of(at: int, carrier: str, told: Mapping[str, str], issuer: str = "") -> UdiRead:
    """The identifier that a text and parts beside it make. The label counts where both say something else,
    and what of it cannot be read is kept as text alone."""
    parts = {name: told[name] for name in PARTS if told.get(name)}
    if not carrier and not parts:
        return UdiRead(None)
    values = {**_UDI, "at": at, "carrier": carrier, **parts}
    values["issuer"] = issuer if issuer in ("GS1", "HIBCC", "ICCBBA") else ""
    faults: list[tuple[str, str]] = []
    found = parse(carrier) if carrier else None
    if found is not None:
        for name, value in found._asdict().items():
            if value and values[name] not in ("", value) and not _same(name, values[name], value):
                faults.append(("UDI_DISAGREES", name))
            if value:
                values[name] = value
    elif carrier:
        faults.append(("UDI_UNREADABLE", ""))
    if parts.get("device") and found is None:
        alone = parse(parts["device"])
        if alone is not None and alone.issuer == "GS1":
            values["device"], values["issuer"] = alone.device, "GS1"
    return UdiRead(trusted(Udi, values), tuple(faults))


def _same(name: str, told: str, said: str) -> bool:
    """Whether two values say the same: days as precise as each is, a GTIN with leading zeros or without."""
    if name in ("manufactured", "expires"):
        return told.startswith(said) or said.startswith(told)
    return name == "device" and told.lstrip("0") == said.lstrip("0")
