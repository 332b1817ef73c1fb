"""Wire standards. One folder per standard; its presence here registers it.

A standard turns bytes into billing facts and back. It knows no accounting, no ERP and no other standard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from hcfin.billing.base import Fact
from hcfin.billing.file_status import FileStatus
from hcfin.billing.reading import FactStream
from hcfin.issues import Disposition, Issue
from hcfin.limits import Limits
from hcfin.overlay import Overlay


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """The answer to a received file: what is sent back, and what it says.

    `data` is empty where there is nothing to answer. `issues` are those of reading the file, and what is not
    acknowledged, with the reason. No patient data in any of them.
    """

    data: bytes
    statuses: tuple[FileStatus, ...]
    issues: tuple[Issue, ...]

    @property
    def rejected(self) -> bool:
        """Whether any of it is rejected, or cannot be answered."""
        unanswered = not self.data and any(one.disposition is Disposition.REJECT_SET for one in self.issues)
        left_out = any(issue.code == "ACKNOWLEDGMENT_LEFT_OUT" for issue in self.issues)
        return unanswered or left_out or any(not status.accepted for status in self.statuses)


class Acknowledge(Protocol):
    """How a standard acknowledges what it received."""

    def __call__(
        self,
        data: bytes,
        profile: Any,
        limits: Limits,
        identity: Mapping[str, str],
        *,
        interchanges: bool = True,
    ) -> Acknowledgment:
        """The answer; `interchanges` asks for what is said of interchanges as a whole, too."""


def _nothing_wrong(profile: Any, source: Overlay) -> Iterable[str]:
    return ()


def _no_object(source: object) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard: frozen functions, no base class.

    `sniff(head)` says how sure it is of the first bytes, 0 to 100. `read(stream, profile, limits, keep)`
    turns a stream into a `FactStream`; `keep` asks for a trail that knows the whole source, not only what is
    open. `write(facts, identity)` makes bytes. `check(data)` runs the field's strict validator. `Profile` is
    the model of a feed's settings. `acknowledge` answers a received file; None where the standard has no
    answers. `profile_problems(profile, source)` says what is wrong with a profile beyond its model, as
    `Overlay.problem` words it. `encode(source)` is the bytes of a text of the standard, or of an object that
    a library of its field has made of one; None for anything else.
    """

    name: str
    sniff: Callable[[bytes], int]
    read: Callable[[BinaryIO, Any, Limits, bool], FactStream]
    write: Callable[[Iterable[Fact], Mapping[str, str]], bytes]
    check: Callable[[bytes], tuple[Issue, ...]]
    Profile: Callable[..., Any]
    acknowledge: Acknowledge | None = None
    profile_problems: Callable[[Any, Overlay], Iterable[str]] = _nothing_wrong
    encode: Callable[[object], bytes | None] = _no_object
