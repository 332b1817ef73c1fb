"""What can be wrong with the profile of an HL7 v2 feed beyond its shape, with layer, line and remedy."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hcfin.codes import table
from hcfin.overlay import Overlay, near
from hcfin.standards.hl7v2.profile import ANY, Profile

_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-[1-9][0-9]?", re.ASCII)
_LOCAL = re.compile(r"Z[A-Z0-9]{2}-[1-9][0-9]?(?:\.[1-9][0-9]?)?", re.ASCII)
_TOKENS = ("YYYY", "MM", "DD")
_CODECS = ("cp1252", "iso8859-1", "iso8859-15", "utf-8", "cp437", "cp850", "ascii", "shift_jis", "gb18030")
_ZONE_HOURS = 14


def problems(profile: Profile, source: Overlay) -> Iterator[str]:
    """Every problem of a profile that its model does not see."""
    known = {row["currency"] for row in table("country").values()}
    if profile.currency not in known:
        meant = near(profile.currency, known)
        remedy = f"Did you mean {meant!r}?" if meant else "Write its code by ISO 4217, such as USD."
        yield source.problem(("currency",), f"{profile.currency!r} is no currency of any country", remedy)
    if profile.zone and int(profile.zone[1:3]) > _ZONE_HOURS:
        yield source.problem(("zone",), f"{profile.zone!r} is no offset of any place", "Write it as -0500.")
    if not _is_codec(profile.encoding):
        meant = near(profile.encoding, _CODECS)
        remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(_CODECS)} and others of Python."
        yield source.problem(("encoding",), f"{profile.encoding!r} is no character set", remedy)
    yield from _dates(profile, source)
    yield from _fields(profile, source)
    yield from _codes(profile, source)
    yield from _adjustments(profile, source)
    yield from _routes(profile, source)


def _is_codec(name: str) -> bool:
    try:
        return isinstance("".encode(name), bytes) and codecs.lookup(name).name != "idna"
    except (LookupError, UnicodeError):
        return False


def _dates(profile: Profile, source: Overlay) -> Iterator[str]:
    for number, form in enumerate(profile.date_formats):
        lacking = [token for token in _TOKENS if form.count(token) != 1]
        if lacking:
            yield source.problem(
                ("date_formats", number),
                f"the form {form!r} has not one {lacking[0]}",
                "Write it of YYYY, MM, DD, HH, mm and ss, such as MM/DD/YYYY.",
            )


def _fields(profile: Profile, source: Overlay) -> Iterator[str]:
    for number, place in enumerate(profile.account):
        if not _FIELD.fullmatch(place):
            yield _no_field(source, ("account", number), place)
    for number, place in enumerate(profile.case):
        if not _FIELD.fullmatch(place):
            yield _no_field(source, ("case", number), place)
    if not profile.account:
        yield source.problem(("account",), "no field holds the account", "Name at least one, such as PID-18.")
    for place, choice in profile.identifiers.items():
        if not _FIELD.fullmatch(place):
            yield _no_field(source, ("identifiers", place), place)
        elif not choice.kinds and not choice.authorities:
            remedy = "Write kinds (MR, AN …), authorities, or both."
            yield source.problem(("identifiers", place), f"{place} prefers no identifier", remedy)
    for place in profile.segments:
        if not _LOCAL.fullmatch(place):
            yield source.problem(
                ("segments", place),
                f"{place!r} is no field of a local segment",
                "Write a segment that begins with Z and a number, such as ZF2-6.",
            )


def _no_field(source: Overlay, path: tuple[str | int, ...], place: str) -> str:
    return source.problem(path, f"{place!r} is no field", "Write segment and number, such as PID-18.")


def _codes(profile: Profile, source: Overlay) -> Iterator[str]:
    tables: dict[str, Mapping[str, Any]] = {
        "transaction_types": profile.transaction_types,
        "adjustments": profile.adjustments,
        "tenders": profile.tenders,
        "supply_changes": profile.supply_changes,
    }
    for name, rows in tables.items():
        for code in rows:
            if code != code.strip() or (not code.isalnum() and "^" in code):
                first = code.partition("^")[0].strip()
                yield source.problem(
                    (name, code), f"{code!r} is not a code alone", f"Write its first component: {first!r}."
                )
    for code, tender in profile.tenders.items():
        if tender.channel == "gateway" and not tender.gateway:
            remedy = "Add gateway, or another channel."
            yield source.problem(("tenders", code), f"{_said(code)} comes by a gateway without name", remedy)


def _adjustments(profile: Profile, source: Overlay) -> Iterator[str]:
    for code, one in profile.adjustments.items():
        ends = [end for end in (one.transfer_from, one.transfer_to) if end]
        path = ("adjustments", code)
        if one.write_off and ends:
            remedy = "Keep write_off, or transfer_from and transfer_to."
            yield source.problem(path, f"{_said(code)} is a write-off and a transfer", remedy)
        elif len(ends) == 1:
            lacking = "transfer_to" if one.transfer_from else "transfer_from"
            yield source.problem(path, f"{_said(code)} is half a transfer", f"Add {lacking}.")
        elif not ends and not one.write_off:
            remedy = "Write write_off, or transfer_from and transfer_to."
            yield source.problem(path, f"{_said(code)} says nothing", remedy)
        elif ends and ends[0] == ends[1]:
            remedy = "Name two different ones."
            yield source.problem(path, f"{_said(code)} moves a balance to where it is", remedy)


def _said(code: str) -> str:
    return "every other code" if code == ANY else f"code {code!r}"


def _routes(profile: Profile, source: Overlay) -> Iterator[str]:
    seen: list[tuple[str, str, str]] = []
    for number, one in enumerate(profile.routing):
        asked = (one.sender, one.facility, one.message)
        if any(all(was in ("", now) for was, now in zip(before, asked, strict=True)) for before in seen):
            yield source.problem(
                ("routing", number),
                "this route is never reached: one above it takes the same messages",
                "Put the narrower one first, or delete it.",
            )
        seen.append(asked)
