"""What we say of messages that we received: an ACK for each, from our own findings.

Nothing of a message is given back but who sent it to whom, its control id, version and type, and the places
of errors. Two modes, as the header asks for them: without MSH-15 and MSH-16 one answer (AA, AE, AR); with
them an accept acknowledgment (CA, CE, CR), an application acknowledgment, both or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Literal

from hcfin.billing.file_status import FILE_LEVELS, FileStatus, ReportedError, file_outcome
from hcfin.billing.reading import collect
from hcfin.codes import table
from hcfin.issues import PARTIAL, Issue, PolicyText, Severity
from hcfin.limits import Limits
from hcfin.standards import Acknowledgment
from hcfin.standards.hl7v2 import acknowledgment_writer
from hcfin.standards.hl7v2.profile import Profile
from hcfin.standards.hl7v2.reader import read
from hcfin.standards.hl7v2.session import ISSUE, Session
from hcfin.standards.hl7v2.trail import Trail
from hcfin.wire.hl7v2 import BatchSegment, Message, scan

Verdict = Literal["A", "E", "R"]

_ANSWERS = frozenset({"ACK", "MCF"})
_ASKED: dict[str, frozenset[str]] = {
    "AL": frozenset("AER"),
    "ER": frozenset("ER"),
    "SU": frozenset("A"),
    "NE": frozenset(),
    "": frozenset(),
}
"""HL7 table 0155: after which verdicts an acknowledgment is wanted."""
_OTHER_ERROR = "207"
_SEVERITIES = {Severity.ERROR: "E", Severity.WARNING: "W"}


def acknowledge(
    data: bytes, profile: Profile, limits: Limits, identity: Mapping[str, str], *, interchanges: bool = True
) -> Acknowledgment:
    """Acknowledge every message in the data, in their order; those that are acknowledgments themselves are
    not answered. `interchanges` is false where accept acknowledgments (CA, CE, CR) are not wanted.

    `identity` is that of `write`: `control` (the first control id, counted on), `date`, `time` and `zone` of
    the answer, by default those of the message. Raises `HcfinError` for an identity that no header can have;
    never on data.
    """
    reading = collect(read(BytesIO(data), profile, limits, keep=True))
    issues = list(reading.issues)
    session = Session(profile, limits, Trail())
    first = acknowledgment_writer.first_control(identity)
    written: list[bytes] = []
    statuses: list[FileStatus] = []
    for message in scan(BytesIO(data).read, limits, profile.encoding):
        if not isinstance(message, Message) or isinstance(message, BatchSegment):
            continue
        session.begin(message)
        header = message.segments[0]
        if session.text(header, 9).upper() in _ANSWERS:
            continue
        if not session.text(header, 10):
            session.trail.take(message)
            issues.append(_left_out(message, session))
            continue
        for status in _statuses(message, session, reading.issues, accept=interchanges):
            control = first + len(written)
            written.append(acknowledgment_writer.write(status, identity, control, header, session))
            statuses.append(status)
    return Acknowledgment(b"".join(written), tuple(statuses), tuple(issues))


def _statuses(
    message: Message, session: Session, issues: tuple[Issue, ...], *, accept: bool
) -> Iterator[FileStatus]:
    own = [issue for issue in issues if _within(message, issue)]
    verdict = _verdict(own)
    header = message.segments[0]
    for first in _codes(session.text(header, 15), session.text(header, 16), verdict, accept=accept):
        told = () if first == "CA" else tuple(_errors(message, own))
        yield FileStatus(
            level="message",
            # The type itself is not given back, so no sender reads it again.
            set_kind=session.text(header, 9, 2).upper(),
            set_control=session.text(header, 10),
            set_version=session.text(header, 12),
            code=first,
            outcome=file_outcome(first),
            errors=told,
        )


def _within(message: Message, issue: Issue) -> bool:
    at = issue.origin.at if issue.origin else 0
    return message.at <= at < message.at + len(message.segments)


def _verdict(issues: list[Issue]) -> Verdict:
    """R: hcfin does not read such messages at all. E: something in it was held back or not read."""
    rows = table("hl7_error")
    if any(issue.code in rows and rows[issue.code]["rejects"] for issue in issues):
        return "R"
    if any(issue.severity is Severity.ERROR or issue.disposition in PARTIAL for issue in issues):
        return "E"
    return "A"


def _codes(accept_wanted: str, answer_wanted: str, verdict: Verdict, *, accept: bool) -> Iterator[str]:
    """The acknowledgments that a header asks for, by HL7 table 0008."""
    if not accept_wanted and not answer_wanted:
        yield f"A{verdict}"
        return
    asked = answer_wanted.upper()
    answered = verdict in _ASKED.get(asked, _ASKED["AL"])
    if accept and verdict in _ASKED.get(accept_wanted.upper(), _ASKED["AL"]):
        # Errors in content are the application's to tell; where nobody asks it, they are told here.
        yield "CA" if verdict == "E" and asked not in ("", "NE") else f"C{verdict}"
    if answered:
        yield f"A{verdict}"


def _errors(message: Message, issues: list[Issue]) -> Iterator[ReportedError]:
    """What is told of errors and warnings, in the order of the segments, each once."""
    told: set[ReportedError] = set()
    for issue in sorted(issues, key=lambda one: one.origin.at if one.origin else 0):
        severity = _SEVERITIES.get(issue.severity)
        if severity is None and issue.code not in table("hl7_error"):
            continue
        error = _error(message, issue, severity or "E")
        if error not in told:
            told.add(error)
            yield error


def _error(message: Message, issue: Issue, severity: str) -> ReportedError:
    origin = issue.origin
    at = origin.at if origin else message.at
    name = message.segments[at - message.at][0]
    occurrence = Counter(row[0] for row in message.segments[: at - message.at + 1])[name]
    place = (origin.element if origin else "").partition("-")[2]
    field, _, component = place.partition(".")
    row = table("hl7_error").get(issue.code)
    return ReportedError(
        segment=name if len(name) == 3 and name.isalnum() else "",
        position=occurrence,
        element=int(field) if field.isdigit() else None,
        component=int(component) if component.isdigit() else None,
        element_code=row["code"] if row else _OTHER_ERROR,
        severity=severity,
        application_code=issue.code,
        message=issue.message,
    )


def _left_out(message: Message, session: Session) -> Issue:
    origin = session.trail.origin(message.at, "MSH-10")
    return ISSUE(
        "ACKNOWLEDGMENT_LEFT_OUT",
        origin,
        what=PolicyText(FILE_LEVELS["message"]),
        why=PolicyText("it has no control id"),
    )
