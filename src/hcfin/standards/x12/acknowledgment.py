"""What we say of a file that we received: file statuses from our own findings.

Nothing of the file is given back but names of sender and receiver, control numbers, versions and codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from hcfin.billing.file_status import FILE_LEVELS, FileStatus, ReportedError, file_outcome
from hcfin.codes import table
from hcfin.errors import HcfinError
from hcfin.issues import Issue, PolicyText
from hcfin.limits import Limits
from hcfin.origin import Origin
from hcfin.privacy import MASK
from hcfin.standards import Acknowledgment
from hcfin.standards.x12 import file_status_writer
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.received import ERRORS_IN_SEGMENTS, Part, findings, structure
from hcfin.standards.x12.session import ISSUE, text
from hcfin.wire.x12_writer import control_data

# Kinds of groups and sets that a 999 can be about (005010X231A1 AK101, AK201).
_GROUPS = frozenset(["BE", "HB", "HC", "HI", "HN", "HP", "HR", "HS", "RA"])
_SETS = frozenset(["270", "271", "276", "277", "278", "820", "834", "835", "837"])
_ACKNOWLEDGMENTS = "FA"

_CODE_WRONG = frozenset({"7", "I6"})
_MISSING = "3"
_CODES = 5
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_ELEMENT = re.compile(r"([A-Z][A-Z0-9]{1,2})([0-9]{2})(?:-([0-9]{1,2}))?", re.ASCII)
_LOOP = re.compile(r"[0-9]{4}|[0-9]{3}[A-Z]", re.ASCII)
_VERSION = re.compile(r"[A-Z0-9]{1,12}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_SET_NUMBER = re.compile(r"[A-Za-z0-9]{4,9}", re.ASCII)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]", re.ASCII)


def acknowledge(
    data: bytes, profile: Profile, limits: Limits, identity: Mapping[str, str], *, interchanges: bool = True
) -> Acknowledgment:
    """Acknowledge every interchange in the data: one response for each, addressed to whom it came from.

    Each holds a TA1 (unless `interchanges` is false) and a 999 for each group. `identity` is that of `write`;
    its control numbers are those of the first response and count on; sender and receiver are the receiver and
    sender of the interchange, date and time its own, where they are not given. Raises `HcfinError` for an
    identity that no envelope can have; never on data.
    """
    identity = {name: value for name, value in identity.items() if name != "zone"}  # X12 has no zones
    control_data(identity, date(2000, 1, 1))
    received = structure(data, limits)
    issues = findings(data, profile, limits, received)
    issues += [_left_out(part, "it stands in no interchange") for part in received.bare]
    written: list[bytes] = []
    facts: list[FileStatus] = []
    starts = {name: int(identity.get(name, "1")) for name in ("interchange_control", "group_control")}
    for interchange in received.interchanges:
        statuses = list(_statuses(interchange, issues, interchanges=interchanges))
        if not statuses:
            continue
        numbers = {name: str((start + len(written)) % 10**9) for name, start in starts.items()}
        addressed = {**_address(interchange), **identity, **numbers}
        try:
            written.append(file_status_writer.write(statuses, addressed))
        except HcfinError:  # names or numbers of the file that no envelope can give back
            issues.append(_left_out(interchange, "whom it came from, or for whom it is, cannot be written"))
            continue
        facts += statuses
    return Acknowledgment(b"".join(written), tuple(facts), tuple(issues))


# What is said


def _statuses(interchange: Part, issues: list[Issue], *, interchanges: bool) -> Iterator[FileStatus]:
    groups = [part for part in interchange.parts if text(part.elements, 1) != _ACKNOWLEDGMENTS]
    if not groups and interchange.parts:
        return  # nobody acknowledges acknowledgments
    told: list[FileStatus] = []
    for group in groups:
        if group.level == "group":
            told += _group(group, issues)
        else:
            issues.append(_left_out(group, "it stands in no functional group"))
    if interchanges and (groups or not _holds_ta1(interchange)):
        yield from _interchange(interchange, issues)
    yield from told


def _holds_ta1(interchange: Part) -> bool:
    """Whether it is an answer itself: nothing in it, and nothing said to be missing."""
    return not interchange.parts and not any(one.code == "INTERCHANGE_EMPTY" for one in interchange.found)


def _interchange(interchange: Part, issues: list[Issue]) -> Iterator[FileStatus]:
    elements = interchange.elements
    control, day, time = (text(elements, position).strip() for position in (13, 9, 10))
    stated = _day(day)
    if not _NUMBER.fullmatch(control) or stated is None or not _TIME.fullmatch(time):
        issues.append(_left_out(interchange, "its control number, date or time cannot be given back"))
        return
    sets = [one for part in interchange.parts for one in (part.parts if part.level == "group" else [part])]
    rejecting = any(part.rejects for part in (interchange, *interchange.parts))
    rejected = rejecting and all(one.verdict == "R" for one in sets)
    code = "R" if rejected else "E" if interchange.codes else "A"
    yield FileStatus(
        level="interchange",
        interchange_control=control.zfill(9),
        interchange_date=stated,
        interchange_time=time,
        code=code,
        outcome=file_outcome(code),
        error_codes=(interchange.codes or ["024" if rejected else "000"])[:1],
    )


def _group(group: Part, issues: list[Issue]) -> Iterator[FileStatus]:
    """The sets of a group that can be named, then the group; nothing where it cannot be named itself."""
    code, control, version = (text(group.elements, position).strip() for position in (1, 6, 8))
    if code not in _GROUPS:
        issues.append(_left_out(group, "a 999 is about no group of this kind"))
        return
    if not _NUMBER.fullmatch(control) or not _VERSION.fullmatch(version):
        issues.append(_left_out(group, "its control number or version cannot be given back"))
        return
    named = {"group_code": code, "group_control": control, "group_version": version}
    verdicts = []
    for part in group.parts:
        verdict = part.verdict
        verdicts.append(verdict)
        kind, number = text(part.elements, 1).strip(), _set_number(text(part.elements, 2).strip())
        if kind not in _SETS or not number:
            issues.append(_left_out(part, "its kind or control number cannot be given back"))
            continue
        guide = text(part.elements, 3).strip()
        yield FileStatus(
            level="set",
            **named,
            set_kind=kind,
            set_control=number,
            set_version=guide if _VERSION.fullmatch(guide) else "",
            code=verdict,
            outcome=file_outcome(verdict),
            error_codes=tuple(part.codes[:_CODES]) or ((ERRORS_IN_SEGMENTS,) if verdict == "R" else ()),
            errors=tuple(_errors(part)),
        )
    accepted = sum(verdict != "R" for verdict in verdicts)
    if accepted < len(verdicts):
        code = "P" if accepted else "R"
    else:
        code = "E" if group.codes or "E" in verdicts else "A"
    included = text(group.trailer, 1)
    yield FileStatus(
        level="group",
        **named,
        code=code,
        outcome=file_outcome(code),
        error_codes=tuple(group.codes[:_CODES]),
        sets_included=int(included)
        if _NUMBER.fullmatch(included[:6]) and len(included) <= 6
        else len(verdicts),
        sets_received=len(verdicts),
        sets_accepted=accepted,
    )


def _errors(part: Part) -> Iterator[ReportedError]:
    """Errors in segments, in the order of the segments, each once."""
    told: set[ReportedError] = set()
    for issue in sorted(part.found, key=lambda one: one.origin.at if one.origin else 0):
        error = _error(part, issue)
        if error is not None and error not in told:
            told.add(error)
            yield error


def _error(part: Part, issue: Issue) -> ReportedError | None:
    row, origin = table("acknowledgment").get(issue.code), issue.origin
    if row is None or origin is None or not row["segment"]:
        return None
    name = dict(issue.values).get("missing", "") if row["segment"] == _MISSING else origin.segment
    if not _NAME.fullmatch(name):
        return None
    place = _ELEMENT.fullmatch(origin.element)
    numbers = [int(one) if one else None for one in (place[2], place[3])] if place else [None, None]
    code = row["element"] if numbers[0] else ""
    return ReportedError(
        segment=name,
        position=origin.at - part.at + 1,
        loop=origin.loop if _LOOP.fullmatch(origin.loop) else "",
        segment_code=row["segment"],
        element=numbers[0] if code else None,
        component=numbers[1] if code else None,
        element_code=code,
        bad_data=_bad_code(issue, numbers[0]) if code in _CODE_WRONG else "",
    )


def _bad_code(issue: Issue, element: int | None) -> str:
    """The code that is wrong, where an excerpt may show it; nothing else of a file is given back."""
    separator = (
        issue.excerpt[len(issue.origin.segment) : len(issue.origin.segment) + 1] if issue.origin else ""
    )
    parts = issue.excerpt.split(separator) if separator else []
    found = parts[element] if element is not None and element < len(parts) else ""
    return "" if found == MASK else found


def _set_number(stated: str) -> str:
    """ST02 as it may be given back: short numbers are filled up with zeros; empty where it is none."""
    number = stated.zfill(4) if stated.isascii() and stated.isdigit() else stated
    return number if _SET_NUMBER.fullmatch(number) else ""


def _day(stated: str) -> date | None:
    if len(stated) != 6 or not _NUMBER.fullmatch(stated):
        return None
    try:
        return date(2000 + int(stated[:2]), int(stated[2:4]), int(stated[4:]))
    except ValueError:
        return None


def _address(interchange: Part) -> dict[str, str]:
    """The way back: receiver and sender change places, the group's too."""
    elements = interchange.elements
    group = next((part.elements for part in interchange.parts if part.level == "group"), [])
    day, time, usage = (text(elements, position).strip() for position in (9, 10, 15))
    found = {
        "sender_qualifier": text(elements, 7).strip(),
        "sender": text(elements, 8).strip(),
        "receiver_qualifier": text(elements, 5).strip(),
        "receiver": text(elements, 6).strip(),
        "group_sender": text(group, 3).strip(),
        "group_receiver": text(group, 2).strip(),
        "date": f"20{day}" if _day(day) else "",
        "time": time if _TIME.fullmatch(time) else "",
        "usage": usage if usage in ("T", "P") else "",
    }
    for name in ("group_sender", "group_receiver"):
        if not 2 <= len(found[name]) <= 15:
            found[name] = ""
    needed = ("sender", "receiver", "sender_qualifier", "receiver_qualifier")
    return {name: value for name, value in found.items() if value or name in needed}


def _left_out(part: Part, why: str) -> Issue:
    origin = Origin(standard="x12", at=part.at, segment=part.elements[0])
    named = PolicyText(FILE_LEVELS[part.level])
    return ISSUE("ACKNOWLEDGMENT_LEFT_OUT", origin, what=named, why=PolicyText(why))
