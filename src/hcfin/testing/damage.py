"""Damage as it happens to X12 files on their way: labelled, so that a failing test says what broke it.

Strategy: the file is cut at its own terminator, taken from ISA where there is one; each kind of damage is
a small function from the cut file to bytes. Any bytes are accepted, also such as are no X12 at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

_ISA_LENGTH = 106
_AMOUNTS = {b"BPR": (2,), b"CLP": (3, 4, 5), b"SVC": (2, 3), b"CAS": (3, 6), b"PLB": (4,), b"AMT": (2,)}
_HUGE = 150_000  # above the longest segment that a reader takes by default
_SHOWN = 10_000


@dataclass(frozen=True)
class _File:
    """A file cut into segments, without their terminators."""

    data: bytes
    segments: tuple[bytes, ...]
    element: bytes
    terminator: bytes

    @classmethod
    def cut(cls, data: bytes) -> _File:
        element, terminator = b"*", b"~"
        if data.startswith(b"ISA") and len(data) >= _ISA_LENGTH:
            element, terminator = data[3:4], data[_ISA_LENGTH - 1 : _ISA_LENGTH]
        segments = data.split(terminator)
        return cls(data, tuple(segments if segments[-1] else segments[:-1]), element, terminator)

    def joined(self, segments: list[bytes]) -> bytes:
        return b"".join(segment + self.terminator for segment in segments)

    def replaced(self, place: int, *instead: bytes) -> bytes:
        return self.joined([*self.segments[:place], *instead, *self.segments[place + 1 :]])


class _Long(bytes):
    """Bytes that a failing test shows in part: hypothesis warns of a long `repr`, which hides the failure."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes: {self[:_SHOWN]!r} ... {self[-100:]!r}>"


_Damage = Callable[[st.DrawFn, _File], bytes]


def mutations(data: bytes) -> st.SearchStrategy[tuple[str, bytes]]:
    """Pairs of a label and a damaged copy of `data`: one damage each, chosen among `LABELS`.

    Made for X12, works on any bytes. A damage that finds nothing to damage returns `data` as it is.

    >>> from hypothesis import find
    >>> find(mutations(b"ST*835*1~SE*2*1~"), lambda pair: pair[0] == "drop_segment")
    ('drop_segment', b'SE*2*1~')
    """
    file = _File.cut(data)
    return st.sampled_from(LABELS).flatmap(lambda label: _damaged(file, label))


@st.composite
def _damaged(draw: st.DrawFn, file: _File, label: str) -> tuple[str, bytes]:
    damaged = _DAMAGES[label](draw, file)
    return label, damaged if len(damaged) <= _SHOWN else _Long(damaged)


def _place(draw: st.DrawFn, file: _File) -> int:
    return draw(st.integers(0, max(len(file.segments) - 1, 0)))


def _offset(draw: st.DrawFn, file: _File) -> int:
    return draw(st.integers(0, len(file.data)))


def _inserted(draw: st.DrawFn, file: _File, what: bytes) -> bytes:
    offset = _offset(draw, file)
    return file.data[:offset] + what + file.data[offset:]


# Segments


def _drop_segment(draw: st.DrawFn, file: _File) -> bytes:
    return file.replaced(_place(draw, file))


def _duplicate_segment(draw: st.DrawFn, file: _File) -> bytes:
    place = _place(draw, file)
    return file.replaced(place, *file.segments[place : place + 1] * 2)


def _swap_segments(draw: st.DrawFn, file: _File) -> bytes:
    segments = list(file.segments)
    first, second = _place(draw, file), _place(draw, file)
    if segments:
        segments[first], segments[second] = segments[second], segments[first]
    return file.joined(segments)


def _drop_isa(draw: st.DrawFn, file: _File) -> bytes:
    return file.joined([segment for segment in file.segments if not segment.startswith(b"ISA")])


def _wrong_count(draw: st.DrawFn, file: _File) -> bytes:
    stated = draw(st.sampled_from((b"0", b"1", b"", b"-1", b"ABC", b"9" * 5_000, "١٢".encode())))
    return _with_element(file, (b"SE",), 1, stated)


def _old_version(draw: st.DrawFn, file: _File) -> bytes:
    return file.data.replace(b"005010X221A1", b"004010X091A1").replace(b"*00501*", b"*00401*")


# Values


def _with_element(file: _File, names: tuple[bytes, ...], position: int, value: bytes) -> bytes:
    """Another value at one position of the first segment of such a name."""
    for place, segment in enumerate(file.segments):
        parts = segment.split(file.element)
        if parts[0].strip() in names and len(parts) > position:
            parts[position] = value
            return file.replaced(place, file.element.join(parts))
    return file.data


def _with_amount(draw: st.DrawFn, file: _File, value: bytes) -> bytes:
    """Another value at an element that holds money."""
    places = []
    for place, segment in enumerate(file.segments):
        parts = segment.split(file.element)
        known = _AMOUNTS.get(parts[0].strip(), ())
        places += [(place, position) for position in known if position < len(parts)]
    if not places:
        return file.data
    place, position = draw(st.sampled_from(places))
    parts = file.segments[place].split(file.element)
    parts[position] = value
    return file.replaced(place, file.element.join(parts))


def _amount_letters(draw: st.DrawFn, file: _File) -> bytes:
    return _with_amount(
        draw, file, draw(st.sampled_from((b"ABC", b"NaN", b"Infinity", b"1_000", b"1,00", b"")))
    )


def _amount_exponent(draw: st.DrawFn, file: _File) -> bytes:
    return _with_amount(draw, file, draw(st.sampled_from((b"1E+999999999", b"1e-999999999", b"1E5"))))


def _amount_digits(draw: st.DrawFn, file: _File) -> bytes:
    foreign = ("١٢", "१२.३४", "１２", "²")
    return _with_amount(draw, file, draw(st.sampled_from(foreign)).encode())


def _amount_size(draw: st.DrawFn, file: _File) -> bytes:
    return _with_amount(
        draw, file, draw(st.sampled_from((b"9" * 16, b"9" * 10_000, b"0.0000001", b"-0", b".")))
    )


def _huge_element(draw: st.DrawFn, file: _File) -> bytes:
    return _inserted(draw, file, b"X" * _HUGE)


def _many_elements(draw: st.DrawFn, file: _File) -> bytes:
    return _inserted(draw, file, file.element * 5_000)


# Bytes


def _truncate(draw: st.DrawFn, file: _File) -> bytes:
    return file.data[: _offset(draw, file)]


def _garbage(draw: st.DrawFn, file: _File) -> bytes:
    return _inserted(draw, file, draw(st.binary(min_size=1, max_size=40)))


def _separator(draw: st.DrawFn, file: _File) -> bytes:
    """One separator or terminator is another character, or none."""
    places = [
        n for n, byte in enumerate(file.data) if bytes((byte,)) in (file.element, file.terminator, b":", b"^")
    ]
    if not places:
        return file.data
    place = draw(st.sampled_from(places))
    instead = draw(st.sampled_from((b"|", b"\x1d", b"", b" ", b"A", b"\n", b"*", b"~", b":")))
    return file.data[:place] + instead + file.data[place + 1 :]


def _all_separators(draw: st.DrawFn, file: _File) -> bytes:
    """One kind of separator is another character throughout, which data may hold as well."""
    old = draw(st.sampled_from((file.element, file.terminator, b":", b"^")))
    return file.data.replace(
        old, draw(st.sampled_from((b"|", b"\n", b"\r\n", b"\x1c", b"0", b" ", b".", b"\xff")))
    )


def _line_break(draw: st.DrawFn, file: _File) -> bytes:
    ending = draw(st.sampled_from((b"\r", b"\n", b"\r\n")))
    if draw(st.booleans()):
        width = draw(st.integers(20, 120))
        return ending.join(file.data[n : n + width] for n in range(0, len(file.data), width))
    return _inserted(draw, file, ending)


def _byte_order_mark(draw: st.DrawFn, file: _File) -> bytes:
    return draw(st.sampled_from((b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \r\n\t", b"  \n"))) + file.data


def _wide_characters(draw: st.DrawFn, file: _File) -> bytes:
    """UTF-16: every other byte is NUL."""
    return file.data.decode("latin-1").encode("utf-16")


def _nul_bytes(draw: st.DrawFn, file: _File) -> bytes:
    return _inserted(draw, file, b"\x00" * draw(st.integers(1, 300)))


def _flipped(draw: st.DrawFn, file: _File) -> bytes:
    damaged = bytearray(file.data)
    for _ in range(draw(st.integers(1, 8)) if damaged else 0):
        damaged[draw(st.integers(0, len(damaged) - 1))] ^= draw(st.integers(1, 255))
    return bytes(damaged)


def _twice(draw: st.DrawFn, file: _File) -> bytes:
    """The file stands behind itself, perhaps with something between."""
    return file.data + draw(st.sampled_from((b"", b"\n", b"\x1a", b"NOT X12 "))) + file.data


_DAMAGES: dict[str, _Damage] = {
    "drop_segment": _drop_segment,
    "duplicate_segment": _duplicate_segment,
    "swap_segments": _swap_segments,
    "drop_isa": _drop_isa,
    "wrong_count": _wrong_count,
    "old_version": _old_version,
    "amount_letters": _amount_letters,
    "amount_exponent": _amount_exponent,
    "amount_foreign_digits": _amount_digits,
    "amount_size": _amount_size,
    "huge_element": _huge_element,
    "many_elements": _many_elements,
    "truncate": _truncate,
    "garbage": _garbage,
    "separator": _separator,
    "all_separators": _all_separators,
    "line_break": _line_break,
    "byte_order_mark": _byte_order_mark,
    "wide_characters": _wide_characters,
    "nul_bytes": _nul_bytes,
    "byte_flips": _flipped,
    "twice": _twice,
}

LABELS = tuple(_DAMAGES)
"""Every kind of damage."""
