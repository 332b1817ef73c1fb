"""Damage that only messages of HL7 know: framing, delimiters of their own, escapes, repetitions, batches."""

from __future__ import annotations

from collections.abc import Callable

from hcfin.testing.damage_file import Choices, File

Kind = Callable[[Choices, File], bytes]

_HEADERS = (b"MSH", b"FHS", b"BHS")
_ENCODINGS = (b"^~\\&", b"^~\\&#", b"^~&", b"^~", b"^", b"", b"^~\\\\&", b"$%!@", b"^^^^", b"ABCD", b"^~\\|")
_SETS = (
    *(b"8859/1", b"UNICODE UTF-8", b"ASCII", b"ISO IR87", b"~ISO IR87", b"GB 18030-2000", b"?"),
    b"UNICODE UTF-16",
)
_SENT = ("\u00e9".encode("latin-1"), "\u00e9".encode(), b"\x1b$B;n83\x1b(B", b"\x81|", b"\xff^")

_FRAMES = ((b"\x0b", b"\x1c\r"), (b"\x0b", b"\x1c"), (b"", b"\x1c\r"), (b"\x0b\x0b", b""))
_TYPES = (
    b"DFT^P03 DFT^P11 DFT ADT^A01 ADT^A08 ADT^A40 ADT^A11 BAR^P01 BAR^P02 BAR^P12 MFN^M04 ORM^O01 ORU^R01 "
    b"ACK ZZZ^Z01 ^^DFT_P03 X"
).split()
_ESCAPES = rb"""
\F\ \S\ \T\ \R\ \E\ \P\ \X0D\ \X0D0A4D53487C\ \.br\ \.sp9\ \Zabc\ \ \\ \X \C2842\ \XFF\ \H\
""".split()
_AMOUNTS = (
    b"425- (425.00) $1,425.00 1,42 425.00&USD 425.00^USD 425.00&$ 1E5 +5 -0 10^UP^0^10^MIN~5^UP 1^TP~2^TP "
    b"&USD 425.00&JPY 100&USD^^^^^ 0.0001 99999999999999999 .5. 28530"
).split()
_TIMES = (
    b"20250115 2025 202509061352025 01/15/2025 2025-01-15T09:30Z 20251399 00000000 99991231 1 20250115+0215"
).split()


def _framed(choose: Choices, file: File) -> bytes:
    """MLLP around the file, in part or in disorder, once or several times."""
    before, after = choose.of(_FRAMES)
    return (before + file.data + after) * choose.of((1, 2, 3))


def _control_character(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), choose.of((b"\x0b", b"\x1c", b"\x1c\r\x0b", b"\x1a", b"\x1b")))


def _encoding_characters(choose: Choices, file: File) -> bytes:
    """MSH-2 says something else than what the message is written in."""
    return _with_header(choose, file, 1, choose.of(_ENCODINGS))


def _other_subdelimiters(choose: Choices, file: File) -> bytes:
    """The message in other delimiters, as its header says, or as nobody says."""
    new = choose.of((b"$%!@", b"~^&\\", b"&~\\^", b"[]{}"))
    changed = file.data.translate(bytes.maketrans(b"^~\\&", new))
    return choose.of((changed, changed.replace(new, b"^~\\&"), file.data + changed))


def _character_set(choose: Choices, file: File) -> bytes:
    """MSH-18 names a character set, and letters of that or of another one stand in the text."""
    named = _with_header(choose, file, 17, choose.of(_SETS))
    place = choose.integer(0, len(named))
    return named[:place] + choose.of(_SENT) + named[place:]


def _type_of_message(choose: Choices, file: File) -> bytes:
    return _with_header(choose, file, 8, choose.of((*_TYPES, b"")))


def _version(choose: Choices, file: File) -> bytes:
    versions = (b"2.1", b"2.2", b"2.3", b"2.5.1", b"2.7", b"2.9", b"", b"9")
    return _with_header(choose, file, 11, choose.of(versions))


def _country(choose: Choices, file: File) -> bytes:
    return _with_header(choose, file, 16, choose.of((b"USA", b"JPN", b"KWT", b"CA", b"XXX", b"840", b"")))


def _escape(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), choose.of(_ESCAPES))


def _subdelimiter(choose: Choices, file: File) -> bytes:
    which = choose.of((b"^", b"~", b"&", b"^^^", b"~~", b"&&", b"#"))
    return file.inserted(file.offset(choose), which * choose.of((1, 1, 200)))


def _delete_marker(choose: Choices, file: File) -> bytes:
    """A field, a component or anything else becomes the delete marker."""
    if choose.integer(0, 2):
        return _with_field(choose, file, choose.of((b'""', b'^""', b'""^""', b'""~A', b'A&""')))
    return file.inserted(file.offset(choose), b'""')


def _repetition(choose: Choices, file: File) -> bytes:
    """A field is there several times."""
    place = file.place(choose)
    if not file.segments:
        return file.data
    fields = file.elements(place)
    position = choose.integer(0, len(fields) - 1)
    fields[position] = b"~".join([fields[position]] * choose.of((2, 3, 300)))
    return file.replaced(place, file.element.join(fields))


def _odd_amount(choose: Choices, file: File) -> bytes:
    place = file.named(choose, (b"FT1",))
    if place is None:
        return file.data
    fields = file.elements(place)
    fields += [b""] * (23 - len(fields))
    fields[choose.of((11, 12, 15, 22))] = choose.of(_AMOUNTS)
    return file.replaced(place, file.element.join(fields))


def _odd_time(choose: Choices, file: File) -> bytes:
    return _with_field(choose, file, choose.of(_TIMES))


def _broken_line(choose: Choices, file: File) -> bytes:
    ending = choose.of((b"\n", b"\r", b"\r\n"))
    return file.inserted(file.offset(choose), ending + choose.of((b"text ", b"MSH-9 ", b"AB|", b"ABC|")))


def _glued(choose: Choices, file: File) -> bytes:
    """A segment has no end."""
    place = choose.integer(0, len(file.segments))
    rest = file.joined(file.segments[place:])
    return file.joined(file.segments[:place]).removesuffix(file.terminator) + rest


def _batch(choose: Choices, file: File) -> bytes:
    """The file in a batch or a file of batches, with counts that may be wrong or missing."""
    end = file.terminator
    count = choose.of((b"|1", b"|0", b"|9", b"", b"|X", b"|" + b"9" * 500))
    inner = b"BHS|^~\\&|A" + end + file.data * choose.of((1, 2)) + choose.of((b"BTS" + count + end, b""))
    if choose.integer(0, 1):
        return inner
    return b"FHS|^~\\&|A" + end + inner + choose.of((b"FTS|1" + end, b"FTS" + end, b""))


def _with_header(choose: Choices, file: File, position: int, value: bytes) -> bytes:
    """The file with another field in one of its headers. Positions count the name as 0, MSH-2 as 1."""
    place = file.named(choose, _HEADERS)
    if place is None:
        return file.data
    fields = file.elements(place)
    fields += [b""] * (position + 1 - len(fields))
    fields[position] = value
    return file.replaced(place, file.element.join(fields))


def _with_field(choose: Choices, file: File, value: bytes) -> bytes:
    if not file.segments:
        return file.data
    place = file.place(choose)
    fields = file.elements(place)
    fields[choose.integer(min(1, len(fields) - 1), len(fields) - 1)] = value
    return file.replaced(place, file.element.join(fields))


_ALL: tuple[Kind, ...] = (
    _framed, _control_character, _encoding_characters, _other_subdelimiters, _character_set, _type_of_message,
    _version, _country, _escape, _subdelimiter, _delete_marker, _repetition, _odd_amount, _odd_time,
    _broken_line, _glued, _batch,
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.__name__.lstrip("_"): kind for kind in _ALL}
"""Every kind by its label."""
