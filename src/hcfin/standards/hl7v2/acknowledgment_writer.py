"""ACK messages: MSH the other way round, MSA, and ERR in the form that the version has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hcfin.billing.file_status import FileStatus, ReportedError
from hcfin.codes import table
from hcfin.errors import HcfinError
from hcfin.standards.hl7v2.session import Fields, Session
from hcfin.wire.hl7v2_text import Delimiters
from hcfin.wire.hl7v2_writer import Cell, Row, message_bytes

_MOMENT = re.compile(r"[0-9]{8}(?:[0-9]{4}(?:[0-9]{2})?)?(?:[+-][0-9]{4})?", re.ASCII)
_CONTROL = re.compile(r"[0-9]{1,15}", re.ASCII)
# MSH-3 to 6 of the answer, and where they stand in the message.
_PARTIES = {"sender": 5, "sender_facility": 6, "receiver": 3, "receiver_facility": 4}


_KNOWN = {*_PARTIES, "control", "interchange_control", "group_control", "date", "time", "zone"}


def first_control(identity: Mapping[str, str]) -> int:
    """The control id of the first answer. Raises `HcfinError` where it, or the date, is none."""
    if set(identity) - _KNOWN:
        raise HcfinError(f"identity: a name that HL7 does not know; known are {', '.join(sorted(_KNOWN))}")
    stated = identity.get("control") or identity.get("interchange_control") or "1"
    if not _CONTROL.fullmatch(stated):
        raise HcfinError("the control id of an answer is a number of up to 15 digits")
    _moment(identity, "")
    return int(stated)


def write(
    status: FileStatus, identity: Mapping[str, str], control: int, header: Fields, session: Session
) -> bytes:
    """One ACK to the message with this header, which `session` reads."""
    received = session.message.delimiters
    marks = received if all(received[:5]) else Delimiters()
    version = _version(status.set_version)
    parties = [
        identity[name] if name in identity else _copied(session, header, position)
        for name, position in _PARTIES.items()
    ]
    kind = ("ACK", status.set_kind, *(["ACK"] if version >= (2, 4) else []))
    moment = _moment(identity, session.text(header, 7))
    processing = _copied(session, header, 11)
    rows: list[Row] = [("MSH", *parties, moment, "", kind, str(control), processing, status.set_version)]
    rows.append(("MSA", status.code, status.set_control))
    rows += _errors(status.errors, version)
    return message_bytes(rows, marks)


def _copied(session: Session, header: Fields, position: int) -> Cell:
    """A field of the header by its components."""
    whole = header[position] if position < len(header) else ""
    count = whole.count(session.component) + 1 if session.component else 1
    return tuple(session.part(whole, n + 1) for n in range(count))


def _moment(identity: Mapping[str, str], received: str) -> str:
    """When the answer is made: as the caller says, else when the message was."""
    if "date" not in identity:
        return received if _MOMENT.fullmatch(received) else ""
    stated = identity["date"] + identity.get("time", "") + identity.get("zone", "")
    if not _MOMENT.fullmatch(stated):
        raise HcfinError("date is CCYYMMDD, time HHMM or HHMMSS, zone an offset such as +0100")
    return stated


def _version(stated: str) -> tuple[int, int]:
    """Major and minor version; that of an unknown one is the one from which on errors have a form."""
    major, _, rest = stated.partition(".")
    minor = rest.partition(".")[0]
    numbers = major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit()
    return (int(major[:3]), int(minor[:3])) if numbers else (2, 5)


def _errors(errors: tuple[ReportedError, ...], version: tuple[int, int]) -> Iterator[Row]:
    """From 2.5 on a segment for each error; before that one segment, with the errors as repetitions."""
    if version >= (2, 5):
        for error in errors:
            application = (error.application_code, "", "L") if error.application_code else ""
            yield ("ERR", "", _place(error), _code(error), error.severity, application, "", "", error.message)
        return
    told: list[str | tuple[str | tuple[str, ...], ...]] = [
        (error.segment, str(error.position or ""), str(error.element or ""), _code(error))
        for error in errors
        if error.severity == "E"
    ]
    if told:
        yield ("ERR", told)


def _place(error: ReportedError) -> tuple[str, ...]:
    if error.element is None:
        return (error.segment, str(error.position or ""))
    repetition = "1" if error.component is not None else ""
    component = "" if error.component is None else str(error.component)
    return (error.segment, str(error.position or ""), str(error.element), repetition, component)


def _code(error: ReportedError) -> tuple[str, ...]:
    row = table("hl7_condition").get(error.element_code)
    return (error.element_code, row["label"] if row else "", "HL70357")
