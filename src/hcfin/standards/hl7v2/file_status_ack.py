"""ACK: what a receiver says of a message that it was sent."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.billing.file_status import FileStatus, ReportedError, file_outcome, file_status_findings
from hcfin.standards.hl7v2.session import Fields, Session, numbers
from hcfin.wire.hl7v2 import Message

_MSA = numbers(1, 2)
_ERR = numbers(1, 2, 3, 4, 5, 8)


def read_acknowledgment(message: Message, session: Session) -> None:
    """An acknowledgment: a `FileStatus` for each MSA, with the errors that are told of it."""
    rows = list(message.rows())
    answers = [number for number, (_, fields) in enumerate(rows) if fields[0] == "MSA"]
    for number, following in zip(answers, [*answers[1:], len(rows)], strict=True):
        at, fields = rows[number]
        session.carry(at, _MSA)
        code = session.text(fields, 1).upper()
        event = session.text(message.segments[0], 9, 2).upper()
        errors: list[ReportedError] = []
        for place, row in rows[number + 1 : following]:
            if row[0] == "ERR":
                session.carry(place, _ERR)
                errors += _errors(place, row, session)
        status = FileStatus(
            at=at,
            level="message",
            set_kind=event,
            set_control=session.text(fields, 2),
            set_version=session.text(message.segments[0], 12),
            code=code,
            outcome=file_outcome(code),
            errors=tuple(errors),
        )
        session.fact(status)
        for issue in file_status_findings(status, "hl7v2"):
            session.add(issue)


def _errors(at: int, fields: Fields, session: Session) -> Iterator[ReportedError]:
    if session.text(fields, 3) or session.text(fields, 2):
        yield ReportedError(
            at=at,
            segment=session.text(fields, 2, 1),
            position=_number(session.text(fields, 2, 2)),
            element=_number(session.text(fields, 2, 3)),
            repetition=_number(session.text(fields, 2, 4)),
            component=_number(session.text(fields, 2, 5)),
            element_code=session.text(fields, 3),
            severity=session.text(fields, 4),
            application_code=session.text(fields, 5),
            message=session.text(fields, 8),
        )
        return
    for row in session.repetitions(fields, 1):
        condition = row.split(session.component)[3:4] if session.component else []
        yield ReportedError(
            at=at,
            segment=session.part(row, 1),
            position=_number(session.part(row, 2)),
            element=_number(session.part(row, 3)),
            element_code=session.sub(condition[0]) if condition else "",
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
