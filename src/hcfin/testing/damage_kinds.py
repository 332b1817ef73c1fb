"""Every kind of damage: small functions from a cut file to bytes. Any bytes are accepted: X12, HL7, neither.

A kind that finds nothing to damage returns the file as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hcfin.testing import damage_hl7
from hcfin.testing.damage_bytes import (
    all_separators,
    byte_flips,
    byte_order_mark,
    encoding,
    garbage,
    line_break,
    line_ends,
    nul_bytes,
    separator,
    splice,
    truncate,
    wide_characters,
)
from hcfin.testing.damage_file import Choices, File, RandomChoices
from hcfin.testing.damage_words import ISA, OLD_GUIDES, TAILS, words_of

Kind = Callable[[Choices, File], bytes]

_OTHERS = (
    (b"|", b"\n"),
    (b"\x1d", b"\x1c"),
    (b"*", b"\r"),
    (b"~", b"*"),
    (b"^", b"'"),
    (b"+", b"'"),
    (b"\xff", b"~"),
)
_HUGE = 100_001  # above the longest segment that a reader takes by default


# Segments


def _drop_segment(choose: Choices, file: File) -> bytes:
    return file.replaced(file.place(choose))


def _duplicate_segment(choose: Choices, file: File) -> bytes:
    place = file.place(choose)
    return file.replaced(place, *file.segments[place : place + 1] * 2)


def _repeat_segment(choose: Choices, file: File) -> bytes:
    place = file.place(choose)
    return file.replaced(place, *file.segments[place : place + 1] * choose.integer(3, 150))


def _swap_segments(choose: Choices, file: File) -> bytes:
    segments = list(file.segments)
    first, second = file.place(choose), file.place(choose)
    if segments:
        segments[first], segments[second] = segments[second], segments[first]
    return file.joined(segments)


def _move_segment(choose: Choices, file: File) -> bytes:
    segments = list(file.segments)
    if segments:
        moved = segments.pop(file.place(choose))
        segments.insert(choose.integer(0, len(segments)), moved)
    return file.joined(segments)


def _rename_segment(choose: Choices, file: File) -> bytes:
    place = file.place(choose)
    if not file.segments:
        return file.data
    return file.replaced(
        place, file.element.join([choose.of(words_of(file).names), *file.elements(place)[1:]])
    )


def _insert_segment(choose: Choices, file: File) -> bytes:
    place = file.place(choose)
    new = choose.of(words_of(file).segments).replace(b"*", file.element)
    return file.replaced(place, new, *file.segments[place : place + 1])


def _cut_segment(choose: Choices, file: File) -> bytes:
    place = file.place(choose)
    if not file.segments:
        return file.data
    segment = file.segments[place]
    return file.replaced(place, segment[: choose.integer(0, len(segment))])


# Loops, sets, envelopes


def _block(choose: Choices, file: File) -> tuple[int, int]:
    """A claim, service line, set, group or interchange: from its first segment to before the next."""
    heads = words_of(file).heads
    levels = {**heads, **TAILS}
    start = file.named(choose, tuple(heads)) or 0
    level = levels.get(file.name(start), 5) if file.segments else 5
    end = start + 1
    while end < len(file.segments):
        name = file.name(end)
        end += name in TAILS and TAILS[name] == level  # a trailer belongs to its block
        if levels.get(name, 9) <= level:
            break
        end += name not in TAILS or TAILS[name] > level
    return start, end


def _drop_block(choose: Choices, file: File) -> bytes:
    start, end = _block(choose, file)
    return file.joined([*file.segments[:start], *file.segments[end:]])


def _duplicate_block(choose: Choices, file: File) -> bytes:
    start, end = _block(choose, file)
    return file.joined([*file.segments[:end], *file.segments[start:end], *file.segments[end:]])


def _move_block(choose: Choices, file: File) -> bytes:
    start, end = _block(choose, file)
    rest = [*file.segments[:start], *file.segments[end:]]
    place = choose.integer(0, len(rest))
    return file.joined([*rest[:place], *file.segments[start:end], *rest[place:]])


def _drop_isa(choose: Choices, file: File) -> bytes:
    return file.joined([segment for segment in file.segments if not segment.startswith(b"ISA")])


def _drop_envelope(choose: Choices, file: File) -> bytes:
    """All trailers, or all headers, of one kind are gone."""
    name = choose.of((b"SE", b"GE", b"IEA", b"ST", b"GS"))
    return file.joined([s for n, s in enumerate(file.segments) if file.name(n) != name])


def _insert_isa(choose: Choices, file: File) -> bytes:
    """A whole ISA, or several, in the middle, perhaps with delimiters of its own."""
    element, terminator = choose.of(((file.element, file.terminator), *_OTHERS))
    isa = ISA.translate(bytes.maketrans(b"*~", element + terminator))
    return file.inserted(file.offset(choose), isa * choose.of((1, 2, 20)))


def _isa_fragment(choose: Choices, file: File) -> bytes:
    fragment = choose.of((b"ISA*", b"ISA", ISA[:50], ISA[:-1], b"ISA" + b"*" * 17, b"ST*835*1", b"IEA*"))
    return file.inserted(file.offset(choose), fragment * choose.of((1, 3, 60)))


def _other_delimiters(choose: Choices, file: File) -> bytes:
    """The file behind itself, or instead of itself, with other delimiters throughout."""
    old = file.element + file.terminator
    new = b"".join(choose.of(_OTHERS))
    other = file.data.translate(bytes.maketrans(old, new))
    return choose.of((other, file.data + other, other + file.data))


def _nested_file(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), file.data)


def _twice(choose: Choices, file: File) -> bytes:
    """The file stands behind itself, perhaps with something between."""
    return file.data + choose.of((b"", b"\n", b"\x1a", b"NOT X12 ")) + file.data


def _wrong_count(choose: Choices, file: File) -> bytes:
    stated = choose.of((b"0", b"1", b"", b"-1", b"ABC", b"9" * 5_000, "١٢".encode()))
    place = file.named(choose, (b"SE",))
    return file.data if place is None else _with_element(file, place, 1, stated)


def _old_version(choose: Choices, file: File) -> bytes:
    data = file.data
    for new, old in OLD_GUIDES:
        data = data.replace(new, old)
    return data.replace(b"*00501*", b"*00401*")


def _wrong_level(choose: Choices, file: File) -> bytes:
    """A level of an 837 with another number, parent, kind, or word on what is below it."""
    place = file.named(choose, (b"HL",))
    if place is None:
        return file.data
    position = choose.integer(1, 4)
    return _with_element(file, place, position, choose.of((b"", b"1", b"2", b"20", b"23", b"99", b"X")))


# Elements


def _with_element(file: File, place: int, position: int, value: bytes) -> bytes:
    elements = file.elements(place)
    if position < len(elements):
        elements[position] = value
    return file.replaced(place, file.element.join(elements))


def _element(choose: Choices, file: File, change: Callable[[list[bytes], int], None]) -> bytes:
    """The file with one segment's elements changed at one position, which is never the name's."""
    if not file.segments:
        return file.data
    place = file.place(choose)
    elements = file.elements(place)
    if len(elements) < 2:
        return file.data
    change(elements, choose.integer(1, len(elements) - 1))
    return file.replaced(place, file.element.join(elements))


def _drop_element(choose: Choices, file: File) -> bytes:
    return _element(choose, file, lambda elements, n: elements.__delitem__(n))


def _empty_element(choose: Choices, file: File) -> bytes:
    return _element(choose, file, lambda elements, n: elements.__setitem__(n, b""))


def _duplicate_element(choose: Choices, file: File) -> bytes:
    return _element(choose, file, lambda elements, n: elements.insert(n, elements[n]))


def _swap_elements(choose: Choices, file: File) -> bytes:
    def swap(elements: list[bytes], n: int) -> None:
        other = choose.integer(1, len(elements) - 1)
        elements[n], elements[other] = elements[other], elements[n]

    return _element(choose, file, swap)


def _foreign_element(choose: Choices, file: File) -> bytes:
    """An element of another segment, where it does not belong."""
    if not file.segments:
        return file.data
    value = choose.of(file.elements(file.place(choose)))
    return _element(choose, file, lambda elements, n: elements.__setitem__(n, value))


def _huge_element(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), b"X" * _HUGE)


def _many_elements(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), file.element * 5_000)


# Amounts


def _with_amount(choose: Choices, file: File, value: Callable[[bytes], bytes]) -> bytes:
    """Another value at an element that holds money."""
    amounts = words_of(file).amounts
    place = file.named(choose, tuple(amounts))
    if place is None:
        return file.data
    elements = file.elements(place)
    positions = [n for n in amounts[file.name(place)] if n < len(elements)]
    if not positions:
        return file.data
    position = choose.of(positions)
    return _with_element(file, place, position, value(elements[position]))


def _amount(*values: bytes) -> Kind:
    return lambda choose, file: _with_amount(choose, file, lambda _: choose.of(values))


def _amount_other(choose: Choices, file: File) -> bytes:
    """An amount that can be read and is wrong: the sign, a digit, the scale."""

    def other(amount: bytes) -> bytes:
        turned = amount[1:] if amount.startswith(b"-") else b"-" + amount
        return choose.of(
            (b"0", turned, amount + b"1", amount + b".5", b"1" + amount, amount[:-1], b"00" + amount)
        )

    return _with_amount(choose, file, other)


_ALL: tuple[Kind, ...] = (
    _drop_segment, _duplicate_segment, _repeat_segment, _swap_segments, _move_segment, _rename_segment,
    _insert_segment, _cut_segment, _drop_block, _duplicate_block, _move_block, _drop_isa, _drop_envelope,
    _insert_isa, _isa_fragment, _other_delimiters, _nested_file, _twice, _wrong_count, _old_version,
    _drop_element, _empty_element, _duplicate_element, _swap_elements, _foreign_element, _huge_element,
    _many_elements, _amount_other, truncate, garbage, separator, all_separators, line_break, line_ends,
    byte_order_mark, encoding, wide_characters, nul_bytes, byte_flips, splice, _wrong_level,
)  # fmt: skip

KINDS: dict[str, Kind] = {
    **{kind.__name__.lstrip("_"): kind for kind in _ALL},
    "amount_letters": _amount(b"ABC", b"NaN", b"Infinity", b"1_000", b"1,00", b""),
    "amount_exponent": _amount(b"1E+999999999", b"1e-999999999", b"1E5"),
    "amount_foreign_digits": _amount(*(digits.encode() for digits in ("١٢", "१२.३४", "１２", "²"))),
    "amount_size": _amount(b"9" * 16, b"9" * 15, b"9" * 10_000, b"0.0000001", b"-0", b"."),
}
"""Every kind of damage by its label."""

_ONLY_X12 = frozenset(
    {"drop_isa", "drop_envelope", "insert_isa", "isa_fragment", "wrong_count", "old_version", "wrong_level"}
)
HL7_KINDS: dict[str, Kind] = {
    **{label: kind for label, kind in KINDS.items() if label not in _ONLY_X12},
    **damage_hl7.KINDS,
}
"""Every kind of damage that happens to messages of HL7."""

_LABELS = tuple(KINDS)
_HL7_LABELS = tuple(HL7_KINDS)
# Nothing that comes after them is noticed, or they cost as much as a hundred others.
_SELDOM = frozenset({"huge_element", "many_elements", "wide_characters", "all_separators", "drop_isa"})


def damaged(data: bytes, label: str, choose: Choices) -> bytes:
    """The data with one damage of that kind."""
    return (KINDS.get(label) or HL7_KINDS[label])(choose, File(data))


def mutated(data: bytes, random: Random, damages: int, most: int = 100_000) -> tuple[tuple[str, ...], bytes]:
    """The data with several damages on top of one another, and their labels. Needs no hypothesis.

    What has grown beyond `most` bytes gets no further damage.

    >>> mutated(b"ST*835*1~SE*2*1~", Random(4), 2)
    (('move_block', 'insert_segment'), b'N1*PR*A*XV*B~ST*835*1~SE*2*1~')
    """
    choose = RandomChoices(random)
    labels: list[str] = []
    while len(labels) < damages and len(data) <= most:
        label = choose.of(_HL7_LABELS if File(data).hl7 else _LABELS)
        if label in _SELDOM and choose.integer(0, 5):
            continue
        labels.append(label)
        data = damaged(data, label, choose)
    return tuple(labels), data
