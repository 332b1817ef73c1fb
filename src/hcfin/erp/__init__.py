"""ERP payload targets. One module (or small package) per target; its presence here registers it.

A target sees finance documents and its own settings, never a claim and never the books. It calls nothing:
it returns payloads, how to look them up, and what to do after sending them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hcfin.finance.base import Document
from hcfin.issues import Issue


@dataclass(frozen=True, slots=True)
class Payload:
    """One thing to send to the ERP.

    `body` is JSON-ready (amounts are `Decimal`, written as JSON numbers or text as the ERP wants) or, for
    `text/*`, the text itself. `lookup` finds the record before it is sent again: a path, or the body of a
    call. `post_step` is what must follow before the ERP has booked it, in words or as the body of a call;
    empty if nothing. `trace` maps a JSON pointer into `body` to the document id and line number that it
    renders.
    """

    target: str
    record: str
    external_id: str
    method: str
    path: str
    body: Any
    media_type: str = "application/json"
    lookup: str = ""
    post_step: str = ""
    depends_on: tuple[str, ...] = ()
    trace: Mapping[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendering:
    """Payloads in the order in which to send them, and what could not be said (`loss` issues)."""

    payloads: tuple[Payload, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can say. `documents` are document kinds; `dedupes` whether sending twice is harmless."""

    documents: tuple[str, ...]
    dedupes: bool
    balances_per: str
    max_lines: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A target: frozen functions, no base class.

    `settings` is the class of its settings, built from the `[erp.<name>]` table by keyword.
    `explain_response(status, body)` turns the ERP's answer to one payload into issues; none means accepted.
    """

    name: str
    settings: Callable[..., Any]
    capabilities: Capabilities
    render: Callable[[Sequence[Document], Any], Rendering]
    explain_response: Callable[[int, str], tuple[Issue, ...]]
