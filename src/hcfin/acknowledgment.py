"""The answer to a received file: accepted, accepted with errors, or rejected, and where the errors are.

Pure like `hcfin.translation`: control numbers, date and time come from the caller or from the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

from hcfin import discover
from hcfin.errors import HcfinError
from hcfin.issues import Catalogue
from hcfin.limits import Limits
from hcfin.standards import Acknowledgment, Standard
from hcfin.translation import standard_of

_ISSUE = Catalogue.of("hcfin")
_HEAD = 4096


def acknowledge(
    stream: BinaryIO,
    *,
    identity: Mapping[str, str] | None = None,
    interchanges: bool = True,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
) -> Acknowledgment:
    """Read a stream and say what of it is accepted: for X12 a 999 for each group and a TA1 for each
    interchange (`interchanges`), whatever the transaction sets; for HL7 v2 an ACK for each message.

    `identity` is that of `write`: control numbers (default 1), date, time and zone (default those of
    what is answered), sender and receiver (default the other way round). Holds the source in
    memory, up to the limit. Raises `HcfinError` for an identity that cannot be written, and for a standard
    that has no acknowledgments; never on data.
    """
    bounds = limits or Limits()
    data = stream.read(bounds.max_bytes + 1)
    name = standard or standard_of(data[:_HEAD])
    if name is None:
        return Acknowledgment(b"", (), (_ISSUE("STANDARD_UNKNOWN"),))
    found: Standard = discover.load("hcfin.standards", name, "STANDARD")
    if found.acknowledge is None:
        raise HcfinError(f"{name} has no acknowledgments")
    return found.acknowledge(data, profile, bounds, identity or {}, interchanges=interchanges)
