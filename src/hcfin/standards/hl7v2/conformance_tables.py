"""The tables of the standard as hl7apy has them, with what is known to be wrong in them set right.

Known of hl7apy 1.3.5: withdrawn fields are there as such (type WD), or there are holes where they were, or
the table just ends before them; some segments of 2.7 have no usable table; 2.7.1 and 2.9 are not there at
all. Fields are found by the number in their name, never by their place in a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from hcfin.codes import table

_WITHDRAWN = "WD"


class Part(NamedTuple):
    """A field of a segment, or a component of a data type."""

    name: str
    reference: Any
    """What hl7apy's parser wants to be given."""
    least: int
    most: int
    """How often it may stand; -1: any number."""

    @property
    def datatype(self) -> str:
        """The data type; `varies` where another field decides."""
        return str(self.reference[2])

    @property
    def composite(self) -> bool:
        """Whether it has components."""
        return bool(self.reference[0] != "leaf")


class Parts(NamedTuple):
    """The fields of a segment, or the components of a data type, by number."""

    known: dict[int, Part]
    withdrawn: frozenset[int]

    @property
    def last(self) -> int:
        """The highest number."""
        return max((*self.known, *self.withdrawn), default=0)


@lru_cache(maxsize=1)
def versions() -> tuple[str, ...]:
    """The versions that there are tables of, oldest first."""
    from hl7apy import SUPPORTED_LIBRARIES

    return tuple(sorted(SUPPORTED_LIBRARIES, key=lambda version: [int(part) for part in version.split(".")]))


@lru_cache(maxsize=4096)
def fields_of(segment: str, version: str) -> Parts | None:
    """The fields of a segment; None where the version has no such segment, or no usable table of it."""
    return _parts("Segment", segment, version)


@lru_cache(maxsize=4096)
def components_of(datatype: str, version: str) -> Parts | None:
    """The components of a data type; None where it has none."""
    return _parts("Datatypes_Structs", datatype, version)


@lru_cache(maxsize=4096)
def has_segment(segment: str, version: str) -> bool:
    """Whether a version has a segment, with a usable table or not."""
    return _entry("Segment", segment, version) is not None


@lru_cache(maxsize=4096)
def values_of(name: str, version: str) -> frozenset[str]:
    """The values of a table that HL7 itself defines; empty where they are not known."""
    entry = _entry("Table", name, version)
    return frozenset(str(value) for value in entry[1]) if entry else frozenset()


def structure_of(code: str, event: str, stated: str, version: str) -> str:
    """The name of a message's structure; empty where there is no table of it.

    MSH-9.3 if it names one. Else the code and event; many events share the structure of another one.
    """
    shared = table("message_structure").get(f"{code}_{event}")
    candidates = [stated, f"{code}_{event}"]
    if shared:
        candidates.append(shared["structure"])
    if not event or code == "ACK":
        candidates.append(code)
    for name in candidates:
        if name and _entry("Message", name, version) is not None:
            return name
    return ""


def children_of(structure: str, version: str) -> Any:
    """The segments and groups of a message structure, as hl7apy has them."""
    return _entry("Message", structure, version)


def _parts(kind: str, name: str, version: str) -> Parts | None:
    known: dict[int, Part] = {}
    withdrawn: set[int] = set()
    entry = _entry(kind, name, version)
    if entry is None:
        return None
    try:
        for child, reference, (least, most), _ in _listed(entry):
            number = int(child.rpartition("_")[2])
            if reference[2] == _WITHDRAWN or most == 0:
                withdrawn.add(number)
            else:
                known[number] = Part(child, reference, least, most)
    except (ValueError, IndexError, TypeError):
        return None  # a table without content
    if not known:
        return None
    # What an older version has and this one has not was withdrawn in between.
    for older in _older(version):
        listed = _entry(kind, name, older)
        if listed is not None:
            withdrawn.update(_numbers(_listed(listed)))
    return Parts(known, frozenset(withdrawn - set(known)))


def _listed(entry: Any) -> Any:
    """The children of a table; those of data types stand alone, those of segments in a pair."""
    return entry[1] if entry and isinstance(entry[0], str) else entry


def _numbers(children: Any) -> Iterator[int]:
    for child in children:
        number = str(child[0]).rpartition("_")[2] if child else ""
        if number.isdigit():
            yield int(number)


def _older(version: str) -> tuple[str, ...]:
    known = versions()
    return known[: known.index(version)]


def _entry(kind: str, name: str, version: str) -> Any:
    from hl7apy import load_reference
    from hl7apy.exceptions import ChildNotFound

    try:
        return load_reference(name, kind, version)
    except ChildNotFound:
        return None
