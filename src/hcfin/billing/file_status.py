"""FileStatus: what the receiver of a file says of it, before anybody looks at what is in it.

An interchange, a functional group or a transaction set was accepted or rejected. Nothing here is money: what
a receiver rejects it has not seen, and the claims in it are still to be filed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from hcfin.billing.balance import place
from hcfin.billing.base import Fact, Node, sourced
from hcfin.codes import table
from hcfin.issues import Catalogue, Issue, PolicyText
from hcfin.privacy import PhiStr

_ISSUE = Catalogue.of("hcfin.billing")

FileOutcome = Literal["accepted", "accepted_with_errors", "partially_accepted", "rejected", "unknown"]
FileLevel = Literal["interchange", "group", "set", "message"]

FILE_LEVELS: dict[FileLevel, str] = {
    "interchange": "interchange",
    "group": "functional group",
    "set": "transaction set",
    "message": "message",
}
"""What the levels are called in messages."""


class ErrorContext(Node):
    """What an error depends on, or which business object it is in."""

    name: str = sourced("What is told: SITUATIONAL TRIGGER, CLM01, TRN02 …", "", x12="CTX01-1")
    value: PhiStr = sourced("Its value: the number of a claim.", "", x12="CTX01-2")
    segment: str = sourced("Segment that the error depends on.", "", x12="CTX02")
    position: int | None = sourced("Its place in the transaction set, from 1.", None, x12="CTX03")
    loop: str = sourced("Its loop.", "", x12="CTX04")
    element: int | None = sourced("Element.", None, x12="CTX05-1")
    component: int | None = sourced("Component.", None, x12="CTX05-2")
    repetition: int | None = sourced("Repetition.", None, x12="CTX05-3")


class ReportedError(Node):
    """One error that the receiver found: in a segment, or in one of its elements."""

    segment: str = sourced("Name of the segment.", "", x12="IK301", hl7v2="ERR-2.1")
    position: int | None = sourced(
        "Its place in the transaction set, ST is 1; in a message which of the segments of that name.",
        None,
        x12="IK302",
        hl7v2="ERR-2.2",
    )
    loop: str = sourced("Its loop.", "", x12="IK303")
    segment_code: str = sourced("What is wrong with the segment.", "", x12="IK304")
    element: int | None = sourced("Element or field, from 1.", None, x12="IK401-1", hl7v2="ERR-2.3")
    component: int | None = sourced("Component of it, from 1.", None, x12="IK401-2", hl7v2="ERR-2.5")
    repetition: int | None = sourced("Repetition of it, from 1.", None, x12="IK401-3", hl7v2="ERR-2.4")
    element_reference: str = sourced("Data element number of the standard.", "", x12="IK402")
    element_code: str = sourced("What is wrong with it.", "", x12="IK403", hl7v2="ERR-3")
    severity: str = sourced("E error, W warning, I information, F fatal.", "", hl7v2="ERR-4")
    application_code: str = sourced("The receiver's own code.", "", hl7v2="ERR-5")
    message: PhiStr = sourced("Text for a person.", "", hl7v2="ERR-8")
    bad_data: PhiStr = sourced("Copy of what is wrong.", "", x12="IK404")
    contexts: tuple[ErrorContext, ...] = sourced("Where in the business it is.", (), x12="CTX")


class FileStatus(Fact):
    """What a receiver says of one interchange, functional group or transaction set."""

    kind: Literal["file_status"] = Field(default="file_status", description="Kind of fact.")
    level: FileLevel = Field(description="What it is said of.")
    interchange_control: str = sourced("Control number of the interchange.", "", x12="TA101")
    interchange_date: date | None = sourced("Date of the interchange.", None, x12="TA102")
    interchange_time: str = sourced("Time of the interchange, HHMM.", "", x12="TA103")
    group_code: str = sourced("Kind of the group: HC claims, HP remittances …", "", x12="AK101")
    group_control: str = sourced("Control number of the group.", "", x12="AK102")
    group_version: str = sourced("Guide that the group follows.", "", x12="AK103")
    set_kind: str = sourced(
        "Kind of the transaction set; event of the message.", "", x12="AK201", hl7v2="MSH-9.2"
    )
    set_control: str = sourced("Its control number.", "", x12="AK202", hl7v2="MSA-2")
    set_version: str = sourced("Guide or version that it follows.", "", x12="AK203", hl7v2="MSH-12")
    code: str = sourced("What the receiver says: A, E, P, R … X12 TA104, AK901, IK501.", "", hl7v2="MSA-1")
    outcome: FileOutcome = Field(
        default="unknown", description="What its code means (codes/file_status.csv)."
    )
    error_codes: tuple[str, ...] = sourced(
        "What is wrong with the whole; of an interchange, 000 where nothing is. X12 TA105, AK905, IK502.", ()
    )
    sets_included: int | None = sourced("Sets that the group says it has.", None, x12="AK902")
    sets_received: int | None = sourced("Sets that arrived.", None, x12="AK903")
    sets_accepted: int | None = sourced("Sets that were accepted.", None, x12="AK904")
    errors: tuple[ReportedError, ...] = sourced("Errors in its segments.", (), x12="IK3")

    @property
    def accepted(self) -> bool:
        """Whether all of it was taken, with errors or without."""
        return self.outcome in ("accepted", "accepted_with_errors")

    @property
    def rejected(self) -> bool:
        """Whether nothing of it was taken."""
        return self.outcome == "rejected"


def file_outcome(code: str) -> FileOutcome:
    """What a code of TA104, AK901 or IK501 means; `unknown` for any other.

    >>> file_outcome("E"), file_outcome("Q")
    ('accepted_with_errors', 'unknown')
    """
    row = table("file_status").get(code)
    outcome: FileOutcome = row["outcome"] if row else "unknown"  # type: ignore[assignment]
    return outcome


def file_status_findings(status: FileStatus, standard: str) -> Iterator[Issue]:
    """A rejection, and a status that does not say whether it is one. No control number is told: it stands
    in the fact."""
    what = PolicyText(FILE_LEVELS[status.level])
    if status.rejected:
        yield _ISSUE("FILE_REJECTED", place(status, "code", standard), what=what, code=status.code)
    elif status.outcome == "unknown":
        yield _ISSUE("FILE_STATUS_UNKNOWN", place(status, "code", standard), what=what)
